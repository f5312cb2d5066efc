"""Drift: whether a series leaves the values that a network is fitted to, so that it would have to extrapolate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["drifts"]

_FEWEST = 20
"""Rows of which something can be said."""
_LAST = 0.2
_SHARE = 0.15


def drifts(values: NDArray[np.float64]) -> bool:
    """Return whether more than 15 % of the last fifth of (N,) values lie outside the range of those before.

    Gaps are left out. A hidden unit is bounded, so what lies outside the range that it was fitted to is predicted
    badly; the differences of such a series stay within theirs.
    """
    known = values[~np.isnan(values)]
    if len(known) < _FEWEST:
        return False
    before, last = np.split(known, [round((1 - _LAST) * len(known))])
    return bool(((last < before.min()) | (last > before.max())).mean() > _SHARE)
