"""What a session is doing, and where its run stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

__all__ = ["RunProgress", "RunState"]


class RunState(Enum):
    """What the session is doing."""

    IDLE = auto()
    RUNNING = auto()
    PAUSED = auto()
    STOPPING = auto()


@dataclass(frozen=True)
class RunProgress:
    """Where a run stands, for the status bar. Losses are totals of the last epoch that ended."""

    epoch: int
    time_step: int
    last_epoch: int
    train_loss: float | None
    validation_loss: float | None
    steps_per_second: float
    elapsed: float
    left: float | None
