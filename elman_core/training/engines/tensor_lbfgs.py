"""L-BFGS: each network's weights are moved by torch's own optimiser, one network after another, as if alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.lbfgs import lbfgs_state, make_lbfgs
from elman_core.training.engines.sequences import Sequences
from elman_core.training.engines.tensor_data import DeviceSteps, Within
from elman_core.training.engines.tensor_steps import TruncatedBptt

__all__ = ["Minimizer"]

Array = NDArray[np.floating]
Numbers = NDArray[np.float64]
_WITHOUT_END = 2**62


class Minimizer:
    """One iteration of L-BFGS an epoch, which asks for loss and gradient of full BPTT as often as it needs.

    An epoch is not divided. Its loss and its states are those that it began with.

    Parameters
    ----------
    network
        All N networks.
    memory
        What `state` returned before; nothing if all begin afresh.
    rates
        Gives the rates of all N networks in this epoch.
    prepared
        Changes gradients of w1 and w2 before they are used.
    """

    def __init__(
        self,
        steps: DeviceSteps,
        sequences: Sequences,
        config: TrainingConfig,
        network: ElmanNetwork,
        memory: Mapping[str, Array],
        rates: Callable[[], Numbers],
        prepared: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    ) -> None:
        self._rates, self._prepared = rates, prepared
        self._bptt = TruncatedBptt(steps, sequences, config, self._take_gradients)
        self._length = len(sequences.training)
        self._alone = [
            ElmanNetwork(network.config, *(weights.clone() for weights in _weights_of(network, member)))
            for member in range(network.networks)
        ]
        self._optimizers = [
            make_lbfgs(config, [alone.w1, alone.w2], memory, member) for member, alone in enumerate(self._alone)
        ]

    def begin(
        self, network: ElmanNetwork, members: NDArray[np.int64], epoch: int, context: Tensor, within: Within | None
    ) -> None:
        """Begin an epoch with a context (n, B, H)."""
        self._network, self._members, self._epoch, self._context = network, members, epoch, context
        self.time_step, self.done, self.work_due = 0, False, 0
        self.loss = torch.zeros(network.networks, device=network.w1.device)

    @property
    def context(self) -> Tensor:
        """(n, B, H): the state of the context units now."""
        return self._context

    @property
    def end_contexts(self) -> Tensor:
        """(n, E, H): the state after the last training step of each sequence that is validated too."""
        return self._end_contexts

    def state(self) -> dict[str, Array]:
        """Return copies of all that the optimisers remember, by name."""
        return lbfgs_state(self._optimizers)

    def within(self) -> Within:
        """Never asked for, since an epoch is not divided."""
        raise AssertionError("an epoch of L-BFGS is not divided")

    def advance(self, work: int) -> tuple[int, int]:
        """Do the whole epoch, whatever the work."""
        rates = self._rates()
        found = [self._minimize_once(place, int(member), rates) for place, member in enumerate(self._members)]
        self.loss, self._context, self._end_contexts = (torch.cat(parts) for parts in zip(*found, strict=True))
        self.time_step, self.done = self._length, True
        return self._length, 2 * self._length

    def _minimize_once(self, place: int, member: int, rates: Numbers) -> tuple[Tensor, Tensor, Tensor]:
        """Move the weights of one network; return loss, context and end contexts of its first way through the steps."""
        network, optimizer = self._alone[member], self._optimizers[member]
        for mine, alone in self._pairs_of_weights(place, member):
            alone.copy_(mine)
        first: tuple[Tensor, Tensor, Tensor] | None = None

        def loss_and_gradient() -> Tensor:
            nonlocal first
            bptt, context = self._bptt, self._context[place : place + 1]
            bptt.begin(network, self._members[place : place + 1], self._epoch, context, None)
            while not bptt.done:
                bptt.advance(_WITHOUT_END)
            network.w1.grad, network.w2.grad = self._prepared(*self._gradients)
            # The last way through may have been a trial that the line search refused.
            first = first or (bptt.loss, bptt.context.clone(), bptt.end_contexts)
            return bptt.loss.sum()

        optimizer.param_groups[0]["lr"] = float(rates[member])
        optimizer.step(loss_and_gradient)  # type: ignore[arg-type]  # torch.optim takes tensors too
        for mine, alone in self._pairs_of_weights(place, member):
            mine.copy_(alone)
        assert first is not None
        return first

    def _pairs_of_weights(self, place: int, member: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Give w1 and w2 of one network, among those that learn and as its optimiser's own."""
        alone = self._alone[member]
        yield from zip(_weights_of(self._network, place), (alone.w1, alone.w2), strict=True)

    def _take_gradients(self, w1: Tensor, w2: Tensor, update: int, updates: int) -> None:
        self._gradients = w1, w2


def _weights_of(network: ElmanNetwork, place: int) -> tuple[Tensor, Tensor]:
    return network.w1[place : place + 1], network.w2[place : place + 1]
