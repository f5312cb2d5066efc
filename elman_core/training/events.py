"""What training says of itself: numbers and arrays, all a view needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from elman_core.training.checkpoints import Checkpoint
from elman_core.training.rates import RateSince
from elman_core.training.stopping import Ends

__all__ = ["FinishReason", "Response", "Snapshot", "TrainingUpdate"]


class FinishReason(StrEnum):
    """Why a run ended."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    FAILED = "failed"


@dataclass(frozen=True)
class Response:
    """How a network with given weights responds to a series, in the data's own units.

    Attributes
    ----------
    first_row
        The row that the first prediction is for.
    one_step : (T, C)
        Prediction of rows first_row ... first_row + T - 1, each from all true rows before it.
    hidden : (T, H)
        State of the hidden units while they make these predictions.
    closed_loop_row
        The row that the free run's first prediction is for.
    closed_loop : (F, C)
        The network fed with its own predictions.
    closed_loop_hidden : (F, H)
        State of the hidden units while it makes these.
    outputs : (T, O), closed_loop_inputs : (F, I), closed_loop_outputs : (F, O)
        In the network's units.
    beyond : (S, F, C)
        Of several sequences, the network fed with its own predictions after the last row of each.
    """

    first_row: int
    one_step: NDArray[np.float64]
    hidden: NDArray[np.float32]
    closed_loop_row: int
    closed_loop: NDArray[np.float64]
    closed_loop_hidden: NDArray[np.float32]
    outputs: NDArray[np.float32]
    closed_loop_inputs: NDArray[np.float32]
    closed_loop_outputs: NDArray[np.float32]
    beyond: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Snapshot:
    """The network at one moment of training.

    Attributes
    ----------
    epoch, time_step
        Whole epochs done, and time steps into the next one.
    w1 : (N, I + H [+ 1], H)
    w2 : (N, H [+ 1], O)
    response
        Of one network of the ensemble.
    member
        Which one that is.
    """

    epoch: int
    time_step: int
    w1: NDArray[np.floating]
    w2: NDArray[np.floating]
    response: Response
    member: int = 0

    @property
    def own(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """w1 (I + H [+ 1], H) and w2 (H [+ 1], O) of the network that responds."""
        return self.w1[self.member], self.w2[self.member]


@dataclass(frozen=True)
class TrainingUpdate:
    """What happened since the update before.

    Attributes
    ----------
    epoch, time_step
        Whole epochs done, and time steps into the next one.
    steps
        Training time steps done since the update before.
    train_losses : (E, N)
        Total loss of each epoch that ended since the update before, for each network.
    validation_losses : (E, N) or None
        The same over the validation part, where there is one.
    snapshot
        The network now, when one was due.
    checkpoints, checkpoint_member
        Weights kept along the run, and the network they are of.
    rates
        The learning rate, where it is another one since the update before, or the run begins.
    seconds
        Time spent computing since the update before.
    ends
        Which networks have ended by now.
    finished
        Set in a run's last update.
    message
        One sentence for the person, when something is to be said.
    """

    epoch: int
    time_step: int
    steps: int
    train_losses: NDArray[np.float64]
    validation_losses: NDArray[np.float64] | None
    snapshot: Snapshot | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    checkpoint_member: int = 0
    rates: tuple[RateSince, ...] = ()
    seconds: float = 0.0
    ends: Ends | None = None
    finished: FinishReason | None = None
    message: str = ""
