"""Throttle: how often something may be done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Throttle"]


class Throttle:
    """Lets something be done at most every `seconds`, and in at most a `share` of the time; at once the first time.

        if throttle.is_due:
            with throttle.turn():
                ...

    Attributes
    ----------
    seconds
        From the end of one turn to the beginning of the next, at least.
    share
        Of the time that turns may take, from 0 to 1: after a turn of d seconds a pause of d (1 / share - 1) follows.
    """

    def __init__(self, seconds: float = 0.0, share: float = 1.0) -> None:
        self.seconds = seconds
        self.share = share
        self._due = -float("inf")

    @property
    def is_due(self) -> bool:
        """Whether it may be done now."""
        return time.monotonic() >= self._due

    @property
    def seconds_left(self) -> float:
        """Until the next turn is due; 0 where it is."""
        return max(0.0, self._due - time.monotonic())

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Measure how long it takes, and set when the next turn is due."""
        start = time.monotonic()
        try:
            yield
        finally:
            end = time.monotonic()
            self._due = end + max(self.seconds, (end - start) * (1 / self.share - 1))
