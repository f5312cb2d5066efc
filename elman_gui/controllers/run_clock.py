"""RunClock: time spent training, and time steps a second."""

from __future__ import annotations

import math
import time

__all__ = ["RunClock"]


class RunClock:
    """Runs from `start` to `stop`; `count` says how many time steps were done since it was called last."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.rate = 0.0
        self._counted_at: float | None = None

    def start(self) -> None:
        """Begin a run."""
        self._counted_at = time.monotonic()

    def count(self, steps: int) -> None:
        """Take in the time steps done since the last call."""
        now = time.monotonic()
        passed = now - (self._counted_at or now)
        self._counted_at = now
        self.elapsed += passed
        if passed > 0:
            # The last second counts most, so that the number is steady and still follows a change of speed.
            share = 1 - math.exp(-passed)
            self.rate = steps / passed if self.rate == 0 else (1 - share) * self.rate + share * steps / passed

    def stop(self) -> None:
        """End the run."""
        self._counted_at = None
        self.rate = 0.0
