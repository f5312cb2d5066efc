"""Notices: sentences worth reading that stop nothing, and when they are no longer true."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

__all__ = ["Ending", "Notice", "reading_milliseconds"]

_TO_NOTICE_MS = 2_500
_A_CHARACTER_MS = 65
"""About 180 words a minute."""
_IMPORTANT_TIMES = 2


class Ending(Enum):
    """What makes a notice untrue, however long it has been there."""

    TRAINING = auto()
    """A run begins."""
    REST = auto()
    """Nothing trains any more."""
    CHANGE = auto()
    """Something was changed, undone or opened."""
    VIEWING = auto()
    """Another epoch is looked at, or now."""


@dataclass(frozen=True)
class Notice:
    """A sentence or two.

    Attributes
    ----------
    ends_with
        What makes it untrue.
    is_important
        Whether it is worth twice the time, and a line in the log.
    at
        When it was said.
    """

    text: str
    ends_with: frozenset[Ending] = frozenset()
    is_important: bool = False
    at: datetime = field(default_factory=datetime.now, compare=False)


def reading_milliseconds(notice: Notice) -> int:
    """Return how long a notice stays while nobody points at it.

    >>> reading_milliseconds(Notice("Saved."))
    2890
    """
    once = _TO_NOTICE_MS + _A_CHARACTER_MS * len(notice.text)
    return once * _IMPORTANT_TIMES if notice.is_important else once
