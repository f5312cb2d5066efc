"""What is drawn of how errors are distributed over networks: bars, the share at or below each error, and the edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Histogram", "histogram_of"]

_FEWEST, _MOST = 8, 60
_FAR = 6.0
"""Errors farther above the middle half than so many times its width (in logarithms) are counted, not drawn."""
_LEAST_WIDTH = 0.005

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Histogram:
    """Errors on a logarithmic axis.

    Attributes
    ----------
    edges : (B + 1,)
        Of the bars, log10.
    counts : (B,)
        Networks in each.
    errors : (n,)
        Those that are known, diverged networks too, ascending, log10; infinite for those that diverged.
    beyond
        How many are greater than the last edge, but numbers.
    """

    edges: Array
    counts: NDArray[np.int64]
    errors: Array
    beyond: int

    @property
    def steps(self) -> tuple[Array, Array]:
        """The share of networks at or below each error, as corners of steps: x and shares from 0 to 1."""
        known = self.errors[np.isfinite(self.errors) & (self.errors <= self.edges[-1])]
        shares = np.arange(len(known) + 1) / max(len(self.errors), 1)
        x = np.concatenate([[self.edges[0]], np.repeat(known, 2), [self.edges[-1]]])
        return x, np.repeat(shares, 2)


def histogram_of(errors: Array, marks: Array) -> Histogram | None:
    """Return how errors (N,) are distributed, with room for some marks; None where none is known.

    NaN is not known yet; infinite is a network that diverged, which counts but has no place on the axis.
    """
    known = errors[~np.isnan(errors)]
    positive = known[np.isfinite(known) & (known > 0)]
    if not len(positive):
        return None
    logs = np.sort(np.log10(np.maximum(known, positive.min())))  # an error of 0 stands with the smallest
    finite = logs[np.isfinite(logs)]
    lower, upper = np.quantile(finite, (0.25, 0.75))
    low, high = float(finite[0]), float(min(finite[-1], upper + max(_FAR * (upper - lower), 1.0)))
    marks = marks[np.isfinite(marks) & (marks > 0)]
    if len(marks):
        low, high = min(low, float(np.log10(marks.min()))), max(high, float(np.log10(marks.max())))
    room = max(0.02 * (high - low), _LEAST_WIDTH)
    bars = int(np.clip(2 * np.sqrt(len(finite)), _FEWEST, _MOST))
    counts, edges = np.histogram(finite, bins=bars, range=(low - room, high + room))
    return Histogram(edges, counts.astype(np.int64), logs, int((finite > edges[-1]).sum()))
