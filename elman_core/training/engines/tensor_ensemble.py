"""Those networks of an ensemble that take part in an epoch, in tensors, and those that have ended."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.members import Members
from elman_core.training.stopping import StoppingState

__all__ = ["Ensemble", "is_finite"]

Array = NDArray[np.floating]
Mask = NDArray[np.bool_]


class Ensemble:
    """N networks, of which n take part; these are the ensemble's own tensors where all do, and copies where not.

    Attributes
    ----------
    members
        Which take part.
    learning
        Their weights, which are moved.
    start
        The weights w1 and w2 that they began the epoch with.
    """

    def __init__(self, network: ElmanNetwork, stopping: StoppingState) -> None:
        self._whole, self._stopping = network, stopping
        # On the CPU these are the arrays of `stopping` themselves.
        self._best = [torch.from_numpy(w).to(network.w1.device) for w in (stopping.best_w1, stopping.best_w2)]
        self.choose(Members.all_of(network.networks))

    def choose(self, members: Members) -> None:
        """Let these networks take part in an epoch that begins."""
        self.members, self.learning, whole = members, self._whole, self._whole
        if not members.are_all:
            self.learning = ElmanNetwork(whole.config, members.of(whole.w1), members.of(whole.w2))
        self.start = self.learning.w1.clone(), self.learning.w2.clone()

    @property
    def weights(self) -> tuple[Tensor, Tensor]:
        """w1 and w2 of those that take part."""
        return self.learning.w1, self.learning.w2

    def are_finite(self) -> Mask:
        """(n,), whether all weights of each are finite."""
        return np.logical_and(*(is_finite(weights) for weights in self.weights))

    def show(self) -> None:
        """Write the weights of those that take part to where all are seen."""
        for whole, part in zip((self._whole.w1, self._whole.w2), self.weights, strict=True):
            self.members.put(whole, part)

    def back_to_start(self, chosen: Mask) -> None:
        """Give some of those that take part, (n,), the weights that they began the epoch with."""
        places = self._places(np.flatnonzero(chosen))
        for weights, start in zip(self.weights, self.start, strict=True):
            weights[places] = start[places]
        self.show()

    def keep_best(self, chosen: Mask) -> None:
        """Keep the weights of some of those that take part, (n,), as their best ones."""
        whole, own = self._places(self.members.places[chosen]), self._places(np.flatnonzero(chosen))
        for best, weights in zip(self._best, self.weights, strict=True):
            best[whole] = weights[own]
        if self._whole.w1.device.type != "cpu":
            for array, best in zip((self._stopping.best_w1, self._stopping.best_w2), self._best, strict=True):
                array[:] = best.cpu().numpy()

    def take_best(self, chosen: Mask) -> None:
        """Keep the weights of some of those that take part, (n,), as their last ones; give them the best, if any."""
        chosen = chosen & (self._stopping.best_epochs[self.members.places] > 0)
        places = self.members.places[chosen]
        whole, own = self._places(places), self._places(np.flatnonzero(chosen))
        last = self._stopping.last_w1, self._stopping.last_w2
        for kept, best, weights in zip(last, self._best, self.weights, strict=True):
            kept[places] = weights[own].cpu().numpy()
            weights[own] = best[whole]
        self.show()

    def expanded(self, part: Tensor, others: Tensor) -> Array:
        """Return a copy (N, ...): the part (n, ...) of those that take part, and of others (N, ...) the rest."""
        whole = others.cpu().clone()  # not on the device, which may have no memory left
        self.members.put(whole, part.cpu())
        return np.array(whole.numpy())

    def epoch_start(self) -> tuple[Array, Array]:
        """Return copies of w1 and w2 of all networks as they were when this epoch began."""
        whole = self._whole
        return self.expanded(self.start[0], whole.w1), self.expanded(self.start[1], whole.w2)

    def _places(self, places: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(places).to(self._whole.w1.device)


def is_finite(values: Tensor) -> Mask:
    """Return whether all numbers of each network are, (n,)."""
    return np.asarray(torch.isfinite(values).reshape(len(values), -1).all(dim=1).cpu().numpy())
