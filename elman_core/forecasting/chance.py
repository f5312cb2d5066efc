"""Chance: how easily two predictors that are equally good would differ as much as these do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["could_be_chance", "probability_of_chance"]

_LIKELY = 0.05
"""A probability from which on a difference could be chance."""
_LEAST_CASES = 3
_FEW_ROWS = 20
"""Where nothing can be said of chance on so few rows, it is not ruled out."""

Array = NDArray[np.float64]


def could_be_chance(probability: float | None, rows: int) -> bool:
    """Whether a difference over some rows could be chance, by its probability where that is known."""
    return rows <= _FEW_ROWS if probability is None else probability >= _LIKELY


def probability_of_chance(own: Array, other: Array, steps: int = 1) -> float | None:
    """Return how probable so large a difference of mean losses is between two equally good predictors, two-sided.

    The test of Diebold & Mariano (1995) on d = own - other, with the correction of Harvey, Leybourne & Newbold (1997)
    for few cases::

        S = mean d / sqrt((g_0 + 2 sum_{k<h} g_k) / n) * sqrt((n + 1 - 2 h + h (h - 1) / n) / n)

    where g_k is the covariance of d with itself k cases before; S has Student's distribution with n - 1 degrees of
    freedom. One step ahead it is the paired t-test.

    Parameters
    ----------
    own, other : (n,)
        Losses on the same cases, in the order of time; NaN where there is none.
    steps
        h, the steps ahead that a loss covers: neighbours share h - 1 of them.

    Returns
    -------
    From 0 to 1, or None where there are too few cases, or losses that are not finite.
    """
    from scipy.special import stdtr  # imported when it is used; scipy.stats would take a second

    seen = ~(np.isnan(own) | np.isnan(other))
    cases = int(np.count_nonzero(seen))
    correction = cases + 1 - 2 * steps + steps * (steps - 1) / max(cases, 1)
    if cases < max(_LEAST_CASES, steps + 1) or correction <= 0:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        difference = own[seen] - other[seen]
        mean = float(difference.mean())
        off = difference - mean
        variance = float(off @ off) / cases
        shared = sum(float(off[lag:] @ off[:-lag]) / cases for lag in range(1, steps))
    if not np.isfinite([mean, variance]).all():
        return None
    variance = variance + 2 * shared if variance + 2 * shared > 0 else variance
    if variance <= 0:
        return 1.0 if mean == 0 else 0.0
    statistic = mean / np.sqrt(variance / cases) * np.sqrt(correction / cases)
    return float(2 * stdtr(cases - 1, -abs(statistic)))
