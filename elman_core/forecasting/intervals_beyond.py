"""Intervals of forecasts beyond the last row, from the errors that the same forecaster made before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.splits import Parts
from elman_core.forecasting.accumulators import mean_steps
from elman_core.forecasting.backtest.figures import values_after
from elman_core.forecasting.intervals import LEVELS, ForecastErrors, adaptive_radii, checked_levels
from elman_core.forecasting.predictors import Predictor
from elman_core.support.jobs import Job, within

__all__ = ["IntervalsBeyond", "intervals_beyond", "of_another_series"]

_MOST_NUMBERS = 400_000
_MOST_ORIGINS = 1_000
_FEWEST_ORIGINS = 30

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class IntervalsBeyond:
    """How far the values beyond the last row may lie from their forecasts.

    Attributes
    ----------
    levels : L
        In per cent.
    radii : (L, S, F, C)
        Half the width for each sequence and row beyond; NaN where there was no error so many steps ahead to learn from.
    """

    levels: tuple[float, ...]
    radii: Array

    def edges(self, beyond: Array) -> Array:
        """Return lower and upper edge of each interval around forecasts (S, F, C): (L, 2, S, F, C)."""
        return np.stack([beyond - self.radii, beyond + self.radii], axis=1)

    @property
    def reach(self) -> int:
        """For how many rows beyond every sequence has intervals."""
        steps = self.radii.shape[2]
        missing = np.flatnonzero(np.isnan(self.radii).any(axis=(0, 1, 3)))
        return int(missing[0]) if len(missing) else steps


def of_another_series(dataset: SequenceDataset) -> SequenceDataset:
    """Return the same data as one validation part: none of them was fitted to."""
    panel = dataset.panel
    return replace(dataset, parts=Parts(panel.starts, panel.starts, panel.stops, panel.stops))


def intervals_beyond(
    predictor: Predictor, dataset: SequenceDataset, steps: int, levels: Sequence[float] = LEVELS
) -> Job[IntervalsBeyond]:
    """Return the intervals of forecasts of `steps` rows beyond every sequence.

    They are those that a backtest would give at the last row: errors of the validation part calibrate them, or where
    there are few of the training part, and those of the test part adapt them. See `adaptive_radii`.
    """
    panel, columns = dataset.panel, len(dataset.columns)
    levels = checked_levels(levels)
    radii = np.full((len(levels), len(panel), steps, columns), np.nan)
    tried = min(steps, int(panel.lengths.max()) - dataset.fitted.lost_rows - 1, _MOST_NUMBERS // _FEWEST_ORIGINS)
    if tried < 1:
        return IntervalsBeyond(levels, radii)
    most = int(np.clip(_MOST_NUMBERS // (tried * columns * len(panel)), _FEWEST_ORIGINS, _MOST_ORIGINS))
    row, sequence = np.arange(dataset.rows), dataset.sequence_of_row
    # So many origins have a value at the furthest step.
    first = np.maximum(dataset.first_rows, panel.stops - most - tried)[sequence]
    last = row == panel.stops[sequence] - 1
    origins = np.flatnonzero(((row >= first) & ~dataset.filled) | last)
    point = yield from within(predictor.ahead(dataset, origins, tried), 0.0, 0.7)
    parts = dataset.parts
    # What is not in the test part calibrates; without a test part nothing is left to adapt by.
    test_starts = np.where(parts.stops > parts.validation_stops, parts.validation_stops, parts.stops)
    with np.errstate(invalid="ignore", over="ignore"):
        errors = ForecastErrors(
            values_after(dataset, origins, tried) - point,
            origins,
            sequence[origins],
            np.where(parts.train_stops > parts.starts, parts.train_stops, parts.starts),
            test_starts,
            mean_steps(dataset),
        )
    found = yield from within(adaptive_radii(errors, levels), 0.7, 1.0)  # (L, H, m, C)
    ends = np.searchsorted(origins[errors.is_tested], panel.stops - 1)
    radii[:, :, :tried] = np.moveaxis(found[:, :, ends], 1, 2)
    return IntervalsBeyond(levels, radii)
