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
_LONGEST = 400


def detected_season(dataset: SequenceDataset) -> int | None:
    """Return the season of a single series, or None; only rows before the test part are looked at."""
    train = dataset.train_rows
    calendar = _calendar_season(dataset.axis, train)
    values = dataset.values[:train]
    if calendar is not None:
        return calendar if calendar > 1 and train >= 3 * calendar else None
    found = [_most_likely(column) for column in np.asarray(values).T]
    return next((season for season in found if season is not None), None)


def _calendar_season(axis: TimeAxis, rows: int) -> int | None:
    """Return the season that dates so far apart usually have, 1 for none; None where there are no dates."""
    if axis.kind is not AxisKind.DATE or rows < 2:
        return None
    step = float(np.median(np.diff(axis.positions[:rows])))
    return next((season for least, most, season in _CALENDAR if least <= step <= most), None)


def _most_likely(values: Array) -> int | None:
    """Return the lag at which the differenced series goes most with itself, where that is no chance and a peak."""
    steps = np.diff(values)
    n = len(steps)
    if n < 12 or not steps.any():
        return None
    most = min(n // 3, _LONGEST)
    off = steps - steps.mean()
    size = int(2 ** np.ceil(np.log2(2 * n)))
    spectrum = np.fft.rfft(off, size)
    correlation = np.fft.irfft(spectrum * spectrum.conj(), size)[: most + 2]
    r = correlation / correlation[0]
    limit = 1.645 * np.sqrt((1 + 2 * np.concatenate([[0.0], np.cumsum(r[1:] ** 2)])) / n)
    best, strongest = None, 0.0
    for lag in range(2, most + 1):
        is_peak = r[lag] > r[lag - 1] and r[lag] >= r[lag + 1]
        if is_peak and r[lag] > limit[lag - 1] and r[lag] > 1.1 * strongest:
            best, strongest = lag, r[lag]
    return best
