"""Inner validation: what the last rows before the test part say of candidates and parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.config import TransformName

__all__ = ["InnerValidation", "JudgedCandidate"]

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class JudgedCandidate:
    """A linear model that was tried.

    Attributes
    ----------
    transforms, season, lags, ridge
        As in `DataConfig` and `NetworkConfig`.
    one_step, several
        Its errors one step ahead, and from 1 to H steps: the geometric mean of the RMSE over blocks of time.
    """

    transforms: tuple[TransformName, ...]
    season: int | None
    lags: int
    ridge: float
    one_step: float
    several: float


@dataclass(frozen=True, eq=False)
class InnerValidation:
    """What the choice and the weights of parts rest on. Parts have their errors with them.

    Attributes
    ----------
    origins : (n,)
        The rows that were predicted from, by parts that were fitted to the rows up to the first of them.
    steps
        H, how many rows ahead.
    candidates
        Those that were tried, the best one step ahead first.
    """

    origins: Integers
    steps: int
    candidates: tuple[JudgedCandidate, ...]
