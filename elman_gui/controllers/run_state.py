"""What a session is doing."""

from __future__ import annotations

from enum import Enum, auto

__all__ = ["RunState"]


class RunState(Enum):
    """What the session is doing."""

    IDLE = auto()
    RUNNING = auto()
    PAUSED = auto()
    STOPPING = auto()
