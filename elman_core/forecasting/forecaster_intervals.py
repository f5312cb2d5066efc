"""Intervals of a forecaster: what its inner validation was off by calibrates them, and the test part adapts them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import Part
from elman_core.forecasting.accumulators import mean_steps
from elman_core.forecasting.backtest.figures import values_after
from elman_core.forecasting.forecaster import Forecaster
from elman_core.forecasting.intervals import LEVELS, ForecastErrors, adaptive_radii, checked_levels
from elman_core.forecasting.intervals_beyond import IntervalsBeyond
from elman_core.forecasting.predictor import Predictor
from elman_core.support.jobs import Job, within

__all__ = ["forecaster_intervals", "intervals_without_data"]

_MOST_NUMBERS = 400_000

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def forecaster_intervals(
    forecaster: Forecaster,
    predictor: Predictor,
    steps: int,
    levels: Sequence[float] = LEVELS,
    *,
    is_another: bool = False,
) -> Job[IntervalsBeyond]:
    """Return the intervals of forecasts of `steps` rows beyond every sequence; see `adaptive_radii`.

    They reach as far as inner validation did, or the rows of the test part do. Of another series all rows count as
    validation: none was fitted to. `predictor` is the forecaster's own.
    """
    dataset = forecaster.dataset
    panel, parts = dataset.panel, dataset.parts
    kept, validation = forecaster.errors, forecaster.validation
    judged = np.flatnonzero(dataset.is_predicted) if is_another else dataset.scored_rows(Part.TEST)
    origins = judged - 1
    sequence = panel.sequence_of(origins)
    most = max(1, _MOST_NUMBERS // max(1, steps * len(dataset.columns) * len(panel)))
    near = (origins >= panel.starts[sequence] + forecaster.lost_rows) & (origins >= panel.stops[sequence] - 1 - most)
    origins, sequence = origins[near], sequence[near]
    reach = min(steps, max(0 if kept is None else len(kept), int((panel.stops[sequence] - origins).max(initial=1)) - 1))
    errors = np.empty((reach, len(origins), len(dataset.columns)))
    if len(origins) and reach:
        yield 0.0
        errors = values_after(dataset, origins, reach) - predictor.ahead(origins, reach)
    if kept is not None and validation is not None:
        origins = np.concatenate([validation.origins, origins])
        errors = np.concatenate([-_to_reach(kept, reach), errors], axis=1)
        sequence = panel.sequence_of(origins)
    has_test = (parts.stops > parts.validation_stops) & (not is_another)
    starts = np.where(has_test, parts.validation_stops, parts.stops)
    work = _radii(errors, origins, sequence, starts, panel.stops - 1, mean_steps(dataset), steps, levels)
    return (yield from within(work, 0.2, 1.0))


def intervals_without_data(
    errors: Array, origins: Integers, sequence: Integers, sequences: int, steps: int, levels: Sequence[float] = LEVELS
) -> Job[IntervalsBeyond]:
    """Return the intervals that follow from what inner validation was off by, (H, n, C), and nothing else."""
    reach = min(steps, len(errors))
    last = np.full(sequences, int(origins.max(initial=0)) + len(errors) + 1)
    scale = np.ones((sequences, errors.shape[2]))
    for own in np.unique(sequence).tolist():
        off = np.abs(errors[:, sequence == own])
        mean = np.nanmean(off[0], axis=0) if np.isfinite(off[0]).any() else np.ones(errors.shape[2])
        scale[own] = np.where(mean > 0, mean, 1.0)
    return _radii(-errors[:reach], origins, sequence, last + 1, last, scale, steps, levels)


def _radii(
    errors: Array,
    origins: Integers,
    sequence: Integers,
    test_starts: Integers,
    last: Integers,
    scale: Array,
    steps: int,
    levels: Sequence[float],
) -> Job[IntervalsBeyond]:
    """Return the radii at the `last` row (S,) of each sequence, from errors (H, n, C) at the origins before it."""
    levels = checked_levels(levels)
    reach, _, columns = errors.shape
    sequences = len(last)
    radii = np.full((len(levels), sequences, steps, columns), np.nan)
    if not reach:
        return IntervalsBeyond(levels, radii)
    unknown = np.full((reach, sequences, columns), np.nan)
    everything = np.concatenate([errors, unknown], axis=1)
    rows, of = np.concatenate([origins, last]), np.concatenate([sequence, np.arange(sequences)])
    _, kept = np.unique(np.stack([of, rows]), axis=1, return_index=True)  # an origin may stand in both
    order = kept[np.lexsort((rows[kept], of[kept]))]
    first = np.full(sequences, np.iinfo(np.int64).max)
    np.minimum.at(first, of, rows)
    found = ForecastErrors(everything[:, order], rows[order], of[order], first, test_starts, scale)
    got = yield from adaptive_radii(found, levels)  # (L, H, m, C)
    tested = order[found.is_tested]
    place = {(int(of[own]), int(rows[own])): number for number, own in enumerate(tested.tolist())}
    ends = np.array([place[own, int(row)] for own, row in enumerate(last.tolist())])
    radii[:, :, :reach] = np.moveaxis(got[:, :, ends], 1, 2)
    return IntervalsBeyond(levels, radii)


def _to_reach(errors: Array, reach: int) -> Array:
    """Return errors (H, n, C) of so many steps, NaN beyond those that are known."""
    missing = np.full((max(reach - len(errors), 0), *errors.shape[1:]), np.nan)
    return np.concatenate([errors[:reach], missing])
