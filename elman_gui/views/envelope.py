"""Envelope: a growing curve by its lowest and highest point in each stretch, so that drawing it stays cheap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Envelope"]

_MOST_STRETCHES = 1_000
"""More than a plot has pixels."""

Array = NDArray[np.float64]


class Envelope:
    """Takes in a curve that only grows at its end, and looks at what is new.

    A curve of at most `_MOST_STRETCHES` points is kept whole; whenever there are twice as many stretches, each two
    become one. Values that are not finite are left out.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._width = 1
        self._taken = 0
        self._low: Array = np.empty(0)
        self._high: Array = np.empty(0)

    def follow(self, curve: Array) -> tuple[Array, Array]:
        """Take in the curve so far; return places, counted in points from 0, and values to draw."""
        if len(curve) < self._taken:
            self.clear()
        while len(curve) // self._width >= 2 * _MOST_STRETCHES:
            self._widen()
        whole = len(curve) // self._width * self._width
        new = curve[self._taken : whole].reshape(-1, self._width)
        if len(new):
            finite = np.isfinite(new)
            self._low = np.concatenate([self._low, np.where(finite, new, np.inf).min(axis=1)])
            self._high = np.concatenate([self._high, np.where(finite, new, -np.inf).max(axis=1)])
            self._taken = whole
        rest = curve[whole:]
        if self._width == 1:
            places, values = np.arange(len(self._low), dtype=np.float64), self._low
        else:
            middle = (np.arange(len(self._low)) + 0.5) * self._width - 0.5
            places = np.column_stack([middle - self._width / 4, middle + self._width / 4]).ravel()
            values = np.column_stack([self._high, self._low]).ravel()
            places = np.concatenate([places, np.arange(whole, len(curve))])
            values = np.concatenate([values, rest])
        known = np.isfinite(values)
        return places[known], values[known]

    def _widen(self) -> None:
        """Make one stretch of each two; an odd last one is taken in again."""
        if len(self._low) % 2:
            self._low, self._high = self._low[:-1], self._high[:-1]
        self._low = self._low.reshape(-1, 2).min(axis=1)
        self._high = self._high.reshape(-1, 2).max(axis=1)
        self._width *= 2
        self._taken = len(self._low) * self._width
