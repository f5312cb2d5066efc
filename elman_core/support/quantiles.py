"""Quantiles of values that are sorted once, with those that are no numbers above all others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["BAND_SHARES", "quantiles_of"]

BAND_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The edges of two bands, 5 to 95 % and the middle half, around the median."""

Array = NDArray[np.float64]


def quantiles_of(values: Array, shares: Sequence[float], axis: int = -1) -> Array:
    """Return the quantiles of values along an axis, which becomes the first: (Q, ...).

    They are interpolated as numpy does. What is NaN or infinite is no small error of something, but a failure: it
    counts as greater than any number, and a quantile that falls there is NaN.
    """
    ordered = np.moveaxis(np.sort(np.where(np.isfinite(values), values, np.inf), axis=axis), axis, 0)
    if not len(ordered):
        return np.full((len(shares), *ordered.shape[1:]), np.nan)
    place = np.asarray(shares) * (len(ordered) - 1)
    low = np.floor(place).astype(int)
    part = (place - low).reshape(-1, *[1] * (ordered.ndim - 1))
    above = ordered[np.minimum(low + 1, len(ordered) - 1)]
    with np.errstate(invalid="ignore"):  # infinite minus infinite
        found = np.where(part > 0, ordered[low] * (1 - part) + above * part, ordered[low])
    return np.where(np.isfinite(found), found, np.nan)
