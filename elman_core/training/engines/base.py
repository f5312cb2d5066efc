"""What every engine can do: move the weights by a bounded amount of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from elman_core.model.network import ElmanNetwork

__all__ = ["BestWeights", "Engine", "Progress"]


@dataclass(frozen=True)
class Progress:
    """What one call of `Engine.advance` has done.

    Attributes
    ----------
    time_steps
        Training time steps gone forward.
    train_losses, validation_losses : (E, N)
        Total loss of each epoch that ended; validation is None without a validation part.
    """

    time_steps: int
    train_losses: NDArray[np.float64]
    validation_losses: NDArray[np.float64] | None


@dataclass(frozen=True)
class BestWeights:
    """The weights after the epoch with the smallest validation loss so far.

    `epoch` counts from 1: the number of epochs that had ended.
    """

    epoch: int
    loss: float
    w1: NDArray[np.floating]
    w2: NDArray[np.floating]


class Engine(Protocol):
    """Moves a network's weights. State is the network's weights, the optimiser's state and the position."""

    name: str
    network: ElmanNetwork
    diverged: bool
    """Set when a loss or weight is no longer finite. The engine is then of no more use."""
    out_of_patience: bool
    """Set when the validation loss has not improved for the config's number of epochs."""

    @property
    def epoch(self) -> int:
        """Whole epochs done."""

    @property
    def time_step(self) -> int:
        """Time steps into this epoch."""

    @property
    def weights_before_epoch(self) -> tuple[Tensor, Tensor]:
        """w1 and w2 as they were when this epoch began, which are finite."""

    @property
    def best(self) -> BestWeights | None:
        """The best weights so far, by validation loss."""

    @property
    def first_work(self) -> int:
        """Units of work that take a few milliseconds at most, to begin with as long as nothing is measured."""

    @property
    def work_due(self) -> int:
        """Units of work before the next time step forward: propagation back and validation; 0 between updates."""

    def advance(self, work: int, last_epoch: int) -> Progress:
        """Do about `work` units, one time step forward or back each, and never go past `last_epoch`.

        Forward it is never more than `work`. How a run is sliced does not change its numbers.
        """

    def renew_patience(self) -> None:
        """Count the epochs without improvement from now on."""

    def state(self) -> dict[str, NDArray[np.floating]]:
        """Return the optimiser's state by name."""

    def context(self) -> NDArray[np.floating]:
        """Return the state of the context units now, (N, B, H)."""
