"""Intervals of a forecaster, from what its inner validation was off by: with its data, and with the file alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman_core.forecasting.forecaster import Forecaster
from elman_core.forecasting.forecaster_method import ForecasterMethod
from elman_core.forecasting.intervals import LEVELS, Calibration, checked_levels, fixed_radii
from elman_core.forecasting.intervals_beyond import IntervalsBeyond, intervals_beyond, of_another_series
from elman_core.storage.model_file import SavedModel, SavedPart
from elman_core.support.jobs import Job, complete

__all__ = ["forecaster_calibration", "forecaster_intervals", "kept_intervals"]

Array = NDArray[np.float64]


def forecaster_calibration(forecaster: Forecaster) -> Calibration | None:
    """Return what inner validation was off by; None where there was none."""
    errors, validation = forecaster.errors, forecaster.validation
    return None if errors is None or validation is None else Calibration(validation.origins, errors)


def forecaster_intervals(
    forecaster: Forecaster, steps: int, levels: Sequence[float] = LEVELS, *, is_another: bool = False
) -> Job[IntervalsBeyond]:
    """Return the intervals of the rows beyond; the test part adapts them, and all of another series calibrates them."""
    dataset, calibration = forecaster.dataset, forecaster_calibration(forecaster)
    if is_another:
        dataset, calibration = of_another_series(dataset), None
    return (yield from intervals_beyond(ForecasterMethod(forecaster), dataset, steps, levels, calibration))


def kept_intervals(
    saved: SavedModel, steps: int | None = None, levels: Sequence[float] = LEVELS
) -> IntervalsBeyond | None:
    """Return the intervals that a model file alone gives, by default as far as they reach.

    None where it keeps no errors of an inner validation.
    """
    own = saved.forecaster
    if own is None or own.validation is None or own.sequences is None:
        return None
    errors = _errors_together(own.parts)
    if errors is None or not len(errors):
        return None
    calibration, sequences = Calibration(own.validation.origins, errors), saved.fitted.sequences
    steps = len(errors) if steps is None else steps
    return complete(_without_data(calibration, own.sequences, sequences, steps, levels))


def _errors_together(parts: Sequence[SavedPart]) -> Array | None:
    """Return what parts were off by together, (H, n, C); None where nothing is known."""
    found = None
    for part in parts:
        if part.errors is None or not (part.one_step or part.several):
            continue
        weights = np.full((len(part.errors), 1, 1), part.several)
        weights[:1] = part.one_step
        own = np.where(weights > 0, weights * part.errors, 0.0)
        found = own if found is None else found + own
    return found


def _without_data(
    calibration: Calibration,
    sequence: NDArray[np.int64],
    sequences: int,
    steps: int,
    levels: Sequence[float] = LEVELS,
) -> Job[IntervalsBeyond]:
    """Return the intervals that follow from a calibration alone.

    Where a sequence has few errors those of others are taken, by the size of the errors one step ahead.

    Parameters
    ----------
    sequence : (n,)
        That each of the calibration's origins belongs to, of so many `sequences`.
    """
    levels = checked_levels(levels)
    columns = calibration.errors.shape[2]
    off = np.abs(calibration.errors[0])  # (n, C)
    known = np.isfinite(off)
    sums, counts = np.zeros((sequences, columns)), np.zeros((sequences, columns))
    np.add.at(sums, sequence, np.where(known, off, 0.0))
    np.add.at(counts, sequence, known)
    usual = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    of_all = np.median(usual[usual > 0]) if (usual > 0).any() else 1.0
    radii = yield from fixed_radii(calibration, sequence, np.where(usual > 0, usual, of_all), steps, levels)
    return IntervalsBeyond(levels, np.moveaxis(radii, 1, 2))  # (L, S, H, C)
