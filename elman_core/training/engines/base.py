"""What every engine can do: move the weights by a bounded amount of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from elman_core.training.stopping import StoppingState

if TYPE_CHECKING:
    from elman_core.model.network import ElmanNetwork

__all__ = ["Engine", "EngineState", "Position", "Progress"]

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Progress:
    """What one call of `Engine.advance` has done.

    Attributes
    ----------
    time_steps
        Training time steps gone forward.
    train_losses, validation_losses : (E, N)
        Total loss of each epoch that ended, NaN for a network that had ended before; validation is None without a
        validation part.
    """

    time_steps: int
    train_losses: NDArray[np.float64]
    validation_losses: NDArray[np.float64] | None

    def then(self, later: Progress) -> Progress:
        """Return both together."""
        validation = None
        if self.validation_losses is not None and later.validation_losses is not None:
            validation = np.concatenate([self.validation_losses, later.validation_losses])
        train = np.concatenate([self.train_losses, later.train_losses])
        return Progress(self.time_steps + later.time_steps, train, validation)


@dataclass(frozen=True, eq=False)
class Position:
    """Where a run stands within an epoch, between two updates or on the way to one, but not on the way back.

    Attributes
    ----------
    time_step
        Time steps into the epoch; with `update_every` sequence, those of whole batches.
    losses : (N,)
        The training loss of this epoch so far, of what has been propagated back.
    w1_start, w2_start : (N, ., .)
        The weights that the epoch began with.
    states : (N, n, B, H)
        Hidden states of the last steps, as far back as the next update can reach; the last one is the context of the
        next step. Empty with `update_every` sequence.
    w1_gradient, w2_gradient : (N, ., .)
        What sequences that have ended give to the update at the end of the epoch; 0 otherwise.
    end_contexts : (N, S, H)
        The state after the last training step of each sequence, where validation steps follow it.
    """

    time_step: int
    losses: NDArray[np.float64]
    w1_start: Array
    w2_start: Array
    states: Array
    w1_gradient: Array
    w2_gradient: Array
    end_contexts: Array

    def of_member(self, member: int) -> Position:
        """Return the position of one network alone."""
        own = {name: value[member : member + 1].copy() for name, value in vars(self).items() if name != "time_step"}
        return replace(self, **own)


@dataclass(frozen=True, eq=False)
class EngineState:
    """All that a run needs to go on, beside the weights: what another engine, or a file, takes over.

    Attributes
    ----------
    epoch
        Whole epochs done by the networks that still learn.
    context : (N, B, H)
        State of the context units after the last training step, which the next epoch begins with where it is carried.
    optimizer
        The optimiser's memory by name, such as "w1.exp_avg" (N, ., .), and "w1.step", "w2.step" (N,): updates done.
        That of L-BFGS is what `lbfgs_state` returns.
    stopping
        Why networks ended, and their best and last weights.
    position
        Within an epoch; None at the beginning of one.
    """

    epoch: int
    context: Array
    optimizer: Mapping[str, Array]
    stopping: StoppingState
    position: Position | None = field(default=None)


class Engine(Protocol):
    """Moves the weights of N networks. Each stops, diverges, keeps its best and follows its schedule as it would alone.

    A network that diverges goes back to the weights before that epoch. It, or one that stops early, keeps its weights
    as the last ones and goes back to the best by validation, where there are any; neither changes after that, and the
    others learn on.
    """

    name: str
    network: ElmanNetwork
    stopping: StoppingState

    @property
    def epoch(self) -> int:
        """Whole epochs done by the networks that still learn."""

    @property
    def time_step(self) -> int:
        """Time steps into this epoch."""

    @property
    def first_work(self) -> int:
        """Units of work that take a few milliseconds at most, to begin with as long as nothing is measured."""

    @property
    def work_due(self) -> int:
        """Units of work before the next time step forward: propagation back and validation; 0 between updates."""

    def advance(self, work: int, last_epoch: int) -> Progress:
        """Do about `work` units, one time step forward or back each, and never go past `last_epoch`.

        Forward it is never more than `work`, but that a batch of sequences is not divided. How a run is sliced does not
        change its numbers. Ends early when every network has ended.
        """

    def epoch_start(self) -> tuple[Array, Array]:
        """Return w1 and w2 as they were when this epoch began, of the networks that learn; all are finite."""

    def state(self) -> EngineState:
        """Return copies of all that a run needs to go on. Only where no work is due."""

    def context(self) -> Array:
        """Return the state of the context units now, (N, B, H)."""
