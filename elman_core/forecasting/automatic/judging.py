"""Judging: how far predictions are off in the inner validation, as one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["root_mean_square", "score"]

BLOCKS = 4

Array = NDArray[np.float64]


def score(errors: Array, scales: Array) -> float:
    """Return the geometric mean, over 4 blocks of time, of the RMSE of errors (H, n, C), each column by its scale (C,).

    A plain RMSE would let one crisis choose. Infinite where a prediction is no finite number.
    """
    blocks = np.array_split(errors / scales, min(BLOCKS, errors.shape[1]), axis=1)
    found = [root_mean_square(block) for block in blocks if not np.isnan(block).all()]
    return float(np.exp(np.mean(np.log(np.maximum(found, 1e-12))))) if found else np.inf


def root_mean_square(errors: Array) -> float:
    """Return the root of the mean square of what is known; infinite where it is beyond all numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = float(np.sqrt(np.nanmean(errors**2)))
    return found if np.isfinite(found) else np.inf
