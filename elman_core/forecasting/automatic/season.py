"""Season: after how many rows a pattern may come again, by the calendar or by the series itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import AxisKind, TimeAxis

__all__ = ["detected_season"]

Array = NDArray[np.float64]

_HOUR, _DAY = 3_600.0, 86_400.0
_CALENDAR = (
    # median step in seconds, from and to; rows of a season
    (0.9 * 60, 1.1 * 60, 1_440),
    (0.9 * 900, 1.1 * 900, 96),
    (0.9 * 1_800, 1.1 * 1_800, 48),
    (0.9 * _HOUR, 1.1 * _HOUR, 24),
    (0.9 * _DAY, 1.1 * _DAY, 7),
    (6.9 * _DAY, 7.1 * _DAY, 52),
    (27.0 * _DAY, 32.0 * _DAY, 12),
    (88.0 * _DAY, 93.0 * _DAY, 4),
    (364.0 * _DAY, 367.0 * _DAY, 1),
)
_YEARS = (1000.0, 2200.0)
_LONGEST = 400
_CALENDAR_LIMIT = 1.0
_LIMIT = 2.5
"""Standard errors that an autocorrelation must be above 0, since many lags are looked at."""
_LASTING = 0.6
"""Share of it that there must still be after two and three seasons."""


def detected_season(dataset: SequenceDataset) -> int | None:
    """Return the season of a single series, or None; only rows before the test part are looked at.

    By the calendar, where time has one, if any target goes with itself at that lag; otherwise by the series itself.
    """
    train = dataset.train_rows
    calendar = _calendar_season(dataset.axis, train)
    columns = [np.diff(column) for column in np.asarray(dataset.values[:train]).T]
    if calendar is None:
        found = [_most_likely(steps) for steps in columns]
    else:
        found = [calendar if _goes_with_itself(steps, calendar) else None for steps in columns]
    return next((season for season in found if season is not None), None)


def _calendar_season(axis: TimeAxis, rows: int) -> int | None:
    """Return the season that rows so far apart usually have, 1 for none; None where time has no calendar."""
    positions = axis.positions[:rows]
    if axis.kind is AxisKind.NUMBER and _are_years(positions):
        return 1
    if axis.kind is not AxisKind.DATE or rows < 2:
        return None
    step = float(np.median(np.diff(positions)))
    if _are_working_days(positions, step):
        return 5
    return next((season for least, most, season in _CALENDAR if least <= step <= most), None)


def _are_years(positions: Array) -> bool:
    least, most = _YEARS
    return bool((np.diff(positions) == 1).all() and least <= positions[0] and positions[-1] <= most)


def _are_working_days(positions: Array, step: float) -> bool:
    """Whether rows are days of which none is a Saturday or Sunday, over two weeks at least."""
    weekday = (positions // _DAY + 3) % 7  # 0 is Monday; the first of January 1970 was a Thursday
    return step == _DAY and len(positions) >= 10 and bool((weekday < 5).all())


def _goes_with_itself(steps: Array, season: int) -> bool:
    """Whether the differenced series has an autocorrelation at the season that is hardly chance, over three of them."""
    if season < 2 or len(steps) < 3 * season - 1 or np.ptp(steps) == 0:
        return False
    r = _autocorrelation(steps, season)
    return bool(r[season] > _CALENDAR_LIMIT * np.sqrt((1 + 2 * (r[1:season] ** 2).sum()) / len(steps)))


def _most_likely(steps: Array) -> int | None:
    """Return the lag at which the differenced series goes with itself most, and as much at twice and three times it.

    What merely swings, as an autoregression does, goes with itself less and less.
    """
    rows, most = len(steps), min(len(steps) // 4, _LONGEST)
    if most < 2 or np.ptp(steps) == 0:
        return None
    r = _autocorrelation(steps, 3 * most + 1)
    limit = _LIMIT * np.sqrt((1 + 2 * np.concatenate([[0.0], np.cumsum(r[1:] ** 2)])) / rows)
    best, strongest = None, 0.0
    for lag in range(2, most + 1):
        lasts = min(r[2 * lag] / (1 - 2 * lag / rows), r[3 * lag] / (1 - 3 * lag / rows)) if 3 * lag < len(r) else 0.0
        is_peak = r[lag] > r[lag - 1] and r[lag] >= r[lag + 1]
        if is_peak and r[lag] > limit[lag - 1] and lasts > _LASTING * r[lag] and r[lag] > 1.1 * strongest:
            best, strongest = lag, float(r[lag])
    return best


def _autocorrelation(values: Array, lags: int) -> Array:
    """Return r_0 ... r_lags."""
    off = values - values.mean()
    size = 2 ** int(np.ceil(np.log2(2 * len(off))))
    spectrum = np.fft.rfft(off, size)
    found = np.fft.irfft(np.abs(spectrum) ** 2, size)[: lags + 1]
    return np.asarray(found / found[0], np.float64)
