"""Full BPTT over batches of whole sequences, in tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import Activation, TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.gradients import activation_slope, losses, output_delta, weighted
from elman_core.training.engines.order import gradient_scale, shuffled
from elman_core.training.engines.sequences import Sequences
from elman_core.training.engines.tensor_data import DeviceSteps, Move, Within, sum_dtype
from elman_core.training.engines.tensor_entering import loss_and_gradients

__all__ = ["BatchBptt"]

Integers = NDArray[np.int64]
_ACTIVATE: dict[Activation, Callable[[Tensor], Tensor]] = {
    Activation.TANH: torch.tanh_,
    Activation.LOGISTIC: torch.sigmoid_,
    Activation.RELU: torch.relu_,
}
"""The hidden units' functions, in place."""


class BatchBptt:
    """One update for each batch of sequences, by the gradient of all their steps; see `TruncatedBptt` for equations.

    Each network takes the sequences in an order of its own. A batch's sequences stand side by side, the longest first,
    and time step t is done for those that are still there, packed one time step after another. Networks go together
    as their k-th longest sequences do: a step that only some of them have is masked in the others.
    """

    def __init__(self, steps: DeviceSteps, sequences: Sequences, config: TrainingConfig, move: Move) -> None:
        self._steps, self._sequences, self._config, self._move = steps, sequences, config, move
        training = sequences.training
        self._starts, self._lengths = training.starts[:-1], training.lengths
        steps_that_count = np.concatenate([[0], np.cumsum(training.weights > 0)])
        self._counts = np.diff(steps_that_count[training.starts]) > 0  # (S,)

    def begin(
        self, network: ElmanNetwork, members: Integers, epoch: int, context: Tensor, within: Within | None
    ) -> None:
        """Begin an epoch, or go on within one; sequences begin with the initial context, not with `context`."""
        self._network, self._members, self._epoch = network, members, epoch
        seed, size = self._config.seed, self._config.batch
        orders = [shuffled(seed + int(member), epoch, self._sequences) for member in members]
        self._orders = np.stack(orders) if orders else np.empty((0, 0), np.int64)  # (n, places)
        # Progress within an epoch is counted in steps of the ensemble's first network, whether or not it still learns.
        first = orders[0] if orders and members[0] == 0 else shuffled(seed, epoch, self._sequences)
        lengths = self._lengths[first]
        self._batch_steps = np.add.reduceat(lengths, np.arange(0, len(lengths), size))
        self.time_step = 0 if within is None else within.time_step
        self._batch = int(np.searchsorted(np.cumsum(self._batch_steps), self.time_step, side="right"))
        self.loss = (
            torch.zeros(network.networks, dtype=sum_dtype(network.w1), device=network.w1.device)
            if within is None
            else within.loss
        )

    @property
    def done(self) -> bool:
        """Whether all batches have been gone through."""
        return self._batch == len(self._batch_steps)

    @property
    def work_due(self) -> int:
        """No work is left over: a batch is not divided."""
        return 0

    @property
    def context(self) -> Tensor:
        """(n, 1, H): the initial context, which each sequence begins with."""
        return self._network.initial_context()

    @property
    def end_contexts(self) -> Tensor:
        """Nothing: validation goes through each sequence from its beginning."""
        return self._network.w1.new_empty((self._network.networks, 0, self._network.config.hidden))

    def within(self) -> Within:
        """Return where it stands, between two batches."""
        network = self._network
        nothing = network.w1.new_empty((network.networks, 0, 1, network.config.hidden))
        gradients = torch.zeros_like(network.w1), torch.zeros_like(network.w2)
        return Within(self.time_step, self.loss, nothing, gradients, self.end_contexts)

    def advance(self, work: int) -> tuple[int, int]:
        """Do one batch, whatever the work; return the steps forward, and those forward and back."""
        size = self._config.batch
        sequences = self._orders[:, self._batch * size : (self._batch + 1) * size]  # (n, B)
        counted = gradient_scale(self._config, int(self._counts.sum()), self._counts[sequences].sum(axis=1))
        scale = torch.from_numpy(counted).to(self._network.w1)
        if self._config.changes_inputs:
            loss, w1, w2 = loss_and_gradients(
                self._network, self._config, self._steps, sequences, self._sequences.training.starts, self._members,
                self._epoch, scale,
            )  # fmt: skip
        else:
            packed = _Packed.of(self._starts[sequences], self._lengths[sequences], self._network.w1.device)
            loss, w1, w2 = _loss_and_gradients(self._network, self._config, self._steps, packed, scale)
        self.loss += loss
        steps = int(self._batch_steps[self._batch])
        update, self._batch = self._batch, self._batch + 1
        self.time_step += steps
        self._move(w1, w2, update, len(self._batch_steps))
        return steps, 2 * steps


@dataclass(frozen=True, eq=False)
class _Packed:
    """The P steps of a batch, time step after time step.

    Attributes
    ----------
    edges
        Where each time step begins, and P; time step t is done for the first edges[t + 1] - edges[t] sequences.
    places : (n, P)
        Which of all steps each is.
    there : (n, P)
        False for a step that this network has not; None if all have all.
    before : (P,)
        Where the state before each step stands among the initial ones and those of all steps, one after another;
        None if all sequences are equally long: they then stand in order.
    """

    edges: list[int]
    places: Tensor
    there: Tensor | None
    before: Tensor | None

    @classmethod
    def of(cls, starts: Integers, lengths: Integers, device: torch.device) -> _Packed:
        """Pack sequences, (n, B), each network's longest first."""
        order = np.argsort(-lengths, axis=1, kind="stable")
        starts, lengths = (np.take_along_axis(values, order, axis=1) for values in (starts, lengths))
        longest = lengths.max(axis=0)  # (B,), which falls as each network's lengths do
        sizes = np.searchsorted(-longest, -np.arange(longest[0]), side="left")  # (time steps,)
        edges = np.concatenate([[0], np.cumsum(sizes)])
        time = np.repeat(np.arange(len(sizes)), sizes)  # (P,)
        sequence = np.arange(edges[-1]) - edges[time]
        there = time < lengths[:, sequence]
        places = starts[:, sequence] + np.minimum(time, lengths[:, sequence] - 1)
        before = np.where(time > 0, sizes[0] + edges[np.maximum(time - 1, 0)], 0) + sequence
        return cls(
            edges=edges.tolist(),
            places=torch.from_numpy(places).to(device),
            there=None if there.all() else torch.from_numpy(there).to(device),
            before=None if sizes[-1] == sizes[0] else torch.from_numpy(before).to(device),
        )

    def step(self, t: int) -> slice:
        """Where time step t stands among all steps."""
        return slice(self.edges[t], self.edges[t + 1])


def _loss_and_gradients(
    network: ElmanNetwork, config: TrainingConfig, steps: DeviceSteps, packed: _Packed, scale: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return loss (n,) and gradients of w1 and w2 of a batch, the gradients times a scale (n,)."""
    sizes = network.config
    inputs = steps.inputs[steps.input_rows[packed.places, 0]]  # (n, P, I)
    target = steps.targets[steps.target_rows[packed.places, 0]]  # (n, P, O)
    states = _states(network, inputs, packed)  # (n, B + P, H)
    first = packed.edges[1]
    hidden = states[:, first:]
    before = states[:, : packed.edges[-1]] if packed.before is None else states[:, packed.before]
    y = network.read_out(hidden, inputs)
    weights = _weights(steps, packed, scale)
    each = weighted(losses(y, target, sizes.output, config.loss), weights)
    errors = output_delta(y, target, sizes.output, config.loss)
    errors = weighted(errors, None if weights is None else weights[:, :, None]) * scale[:, None, None]
    deltas = _deltas(network, errors, hidden, packed)
    w1 = [inputs.mT @ deltas, before.mT @ deltas]
    w2 = [hidden.mT @ errors, inputs.mT @ errors] if sizes.direct else [hidden.mT @ errors]
    if sizes.biases:
        w1.append(deltas.sum(dim=1, keepdim=True))
        w2.append(errors.sum(dim=1, keepdim=True))
    return each.sum(dim=1, dtype=sum_dtype(each)), torch.cat(w1, dim=1), torch.cat(w2, dim=1)


def _weights(steps: DeviceSteps, packed: _Packed, like: Tensor) -> Tensor | None:
    """(n, P), what each loss is multiplied by; None where all are 1."""
    weights = steps.weights_at(packed.places)
    if packed.there is None:
        return weights
    return packed.there.to(like) if weights is None else weights * packed.there


def _states(network: ElmanNetwork, inputs: Tensor, packed: _Packed) -> Tensor:
    """Return the states that sequences begin with, and then those after each step: (n, B + P, H)."""
    config, w1, first = network.config, network.w1, packed.edges[1]
    recurrent = w1[:, config.inputs : config.inputs + config.hidden]
    states = inputs.new_full((w1.shape[0], first + packed.edges[-1], config.hidden), config.initial_context)
    hidden, before = states[:, first:], states[:, :first]
    torch.matmul(inputs, w1[:, : config.inputs], out=hidden)  # the part without recurrence, all at once
    if config.biases:
        hidden += w1[:, -1:]
    for t in range(len(packed.edges) - 1):
        step = packed.step(t)
        before = hidden[:, step].baddbmm_(before[:, : step.stop - step.start], recurrent)
        _ACTIVATE[config.activation](before)
        if packed.there is not None:  # what a network has not must not overflow: 0 times infinity is not 0
            before.masked_fill_(~packed.there[:, step, None], 0.0)
    return states


def _deltas(network: ElmanNetwork, errors: Tensor, hidden: Tensor, packed: _Packed) -> Tensor:
    """Return d loss / d z at the hidden units, (n, P, H)."""
    config = network.config
    recurrent = network.w1[:, config.inputs : config.inputs + config.hidden].mT
    deltas = errors @ network.w2[:, : config.hidden].mT
    slope = activation_slope(hidden, config.activation)
    later: Tensor | None = None
    for t in reversed(range(len(packed.edges) - 1)):
        step = packed.step(t)
        delta = deltas[:, step]
        if later is not None:
            delta[:, : later.shape[1]].baddbmm_(later, recurrent)
        later = delta.mul_(slope[:, step])
    return deltas
