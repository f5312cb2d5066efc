"""Losses: what each case loses by a prediction, kept apart so that predictions can be compared case by case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from elman_core.forecasting.chance import probability_of_chance

if TYPE_CHECKING:
    from elman_core.forecasting.scores import SequenceScores

__all__ = ["MOST_LOSSES", "Losses", "chance_over_sequences"]

MOST_LOSSES = 2_000_000
"""Of more rows and columns none are kept: chance is no question there."""

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class Losses:
    """The squared error of each origin and column, and the mean absolute error over columns, scaled as MASE is.

    Where an origin is predicted several steps ahead its losses are sums over these.

    Parameters
    ----------
    origins : (n,)
        In the order of time.
    scale : (1, C)
        What absolute errors are divided by.
    """

    def __init__(self, origins: Integers, scale: Array) -> None:
        self._origins, self._scale = origins, scale[0]
        self._squared = np.full((len(origins), len(self._scale)), np.nan)
        self._scaled = np.full(len(origins), np.nan)

    def add(self, origins: Integers, prediction: Array, values: Array, seen: NDArray[np.bool_] | None) -> None:
        """Add predictions and values, (m, C) each, made at some origins (m,), but for those not seen, (m, C)."""
        place = np.searchsorted(self._origins, origins)
        with np.errstate(all="ignore"):
            error = prediction - values if seen is None else np.where(seen, prediction - values, np.nan)
            has_scale = self._scale > 0
            scaled = (np.abs(error) / self._scale)[:, has_scale].mean(axis=1) if has_scale.any() else np.nan
            for sums, found in ((self._squared, error**2), (self._scaled, scaled)):
                before = sums[place]
                sums[place] = np.where(np.isnan(before), 0.0, before) + found

    def chance(self, other: Losses, steps: int, column: int | None = None) -> float | None:
        """Return how probable so large a difference from another's losses is by chance.

        Of a column, or of all: of several by their scaled errors.
        """
        if column is None and self._squared.shape[1] > 1:
            return probability_of_chance(self._scaled, other._scaled, steps)
        return probability_of_chance(self._squared[:, column or 0], other._squared[:, column or 0], steps)


def chance_over_sequences(own: SequenceScores, other: SequenceScores, *, scaled: bool) -> float | None:
    """Return how probable so large a difference of the sequences' errors is by chance."""
    if scaled:
        return probability_of_chance(own.mase, other.mase)
    return probability_of_chance(own.rmse, other.rmse)
