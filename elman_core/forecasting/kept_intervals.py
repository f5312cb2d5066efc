"""Intervals of a forecaster, from what its inner validation was off by: with its data, and with the file alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman_core.forecasting.forecaster import Forecaster
from elman_core.forecasting.forecaster_method import ForecasterMethod
from elman_core.forecasting.intervals import LEVELS, Calibration, checked_levels, fixed_radii
from elman_core.forecasting.intervals_beyond import IntervalsBeyond, intervals_beyond, of_another_series
from elman_core.support.jobs import Job

__all__ = ["forecaster_calibration", "forecaster_intervals", "intervals_without_data"]


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


def intervals_without_data(
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
