"""The weights kept along a run, so that one can go back to any of its times."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAXIMUM_CHECKPOINTS", "Checkpoint", "CheckpointPath", "next_checkpoint_epoch"]

MAXIMUM_CHECKPOINTS = 500
_MAXIMUM_BYTES = 64 * 2**20
_KEPT_EACH = 60
"""So many epochs are kept one by one; from then on the gaps grow with the epochs."""


@dataclass(frozen=True)
class Checkpoint:
    """The weights of one network after so many epochs.

    Attributes
    ----------
    w1 : (I + H [+ 1], H)
    w2 : (H [+ 1], O)
    """

    epoch: int
    w1: NDArray[np.floating]
    w2: NDArray[np.floating]


class CheckpointPath:
    """At most `MAXIMUM_CHECKPOINTS` points in the order of their epochs, and at most 64 MiB of them.

    Where there would be more, the point whose neighbours are nearest in the logarithm of the epoch goes: learning is
    fast early, so early points stay dense. The first and the last point always stay.

    Attributes
    ----------
    member
        The network of the ensemble whose weights these are.
    """

    def __init__(self, points: Iterable[Checkpoint] = (), member: int = 0) -> None:
        self.member = member
        self._points = sorted(points, key=lambda point: point.epoch)

    @property
    def points(self) -> tuple[Checkpoint, ...]:
        """The points, first epoch first."""
        return tuple(self._points)

    def __len__(self) -> int:
        return len(self._points)

    def add(self, point: Checkpoint) -> None:
        """Add a point, in place of one of the same epoch."""
        index = bisect_left(self._points, point.epoch, key=lambda kept: kept.epoch)
        same = index < len(self._points) and self._points[index].epoch == point.epoch
        self._points[index : index + same] = [point]
        room = max(3, min(MAXIMUM_CHECKPOINTS, _MAXIMUM_BYTES // (point.w1.nbytes + point.w2.nbytes)))
        if len(self._points) > room:
            self._thin()

    def nearest(self, epoch: int) -> int | None:
        """Return the index of the point nearest to an epoch."""
        if not self._points:
            return None
        return min(range(len(self._points)), key=lambda index: abs(self._points[index].epoch - epoch))

    def place(self, epoch: float) -> float | None:
        """Return where an epoch stands among the points, counted from 0: of one between two points, a fraction."""
        if not self._points:
            return None
        return float(np.interp(epoch, [point.epoch for point in self._points], range(len(self._points))))

    def _thin(self) -> None:
        epochs = np.array([point.epoch for point in self._points], np.float64)
        gaps = np.log(epochs[2:] + 1) - np.log(epochs[:-2] + 1)
        # Of equal gaps the later one goes.
        del self._points[len(gaps) - int(np.argmin(gaps[::-1]))]


def next_checkpoint_epoch(epoch: int) -> int:
    """Return the epoch whose weights are kept after those of `epoch`.

    >>> next_checkpoint_epoch(0), next_checkpoint_epoch(60), next_checkpoint_epoch(600)
    (1, 61, 610)
    """
    return epoch + max(1, epoch // _KEPT_EACH)
