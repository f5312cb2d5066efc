"""Calendar inputs: what month, weekday or hour a row is of, as columns that are known for all time."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from elman_core.config import CalendarInput
from elman_core.data.table import TimeAxis

__all__ = ["calendar_columns", "calendar_values", "is_calendar_column"]

Array = NDArray[np.float64]

_HARMONICS = 3
_PERIODS = {CalendarInput.MONTH: 12, CalendarInput.WEEKDAY: 7, CalendarInput.HOUR: 24}
_NAME = re.compile(rf"calendar (month|weekday|hour) (sine|cosine) ([1-{_HARMONICS}])")


def calendar_columns(inputs: tuple[CalendarInput, ...]) -> tuple[str, ...]:
    """Return the columns of each input: sine and cosine of three harmonics, so that any shape of a week fits."""
    return tuple(
        f"calendar {own.value} {wave} {harmonic}"
        for own in inputs
        for harmonic in range(1, _HARMONICS + 1)
        for wave in ("sine", "cosine")
    )


def is_calendar_column(name: str) -> bool:
    """Whether a column is one of these."""
    return _NAME.fullmatch(name) is not None


def calendar_values(name: str, positions: Array, axis: TimeAxis) -> Array:
    r"""Return a calendar column at some positions on a time axis, as its dates are written: (R,).

    With the place u = 0 ... P - 1 in its period (month P = 12, weekday 7 from Monday, hour 24) it is
    sin(2 pi k u / P) or cos(2 pi k u / P), k the harmonic.
    """
    found = _NAME.fullmatch(name)
    assert found is not None
    unit, wave, harmonic = CalendarInput(found[1]), found[2], int(found[3])
    positions = positions + (axis.calendar.offset or 0)
    if unit is CalendarInput.MONTH:
        place = np.floor(positions).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
    elif unit is CalendarInput.WEEKDAY:
        place = (positions // 86_400 + 3).astype(np.int64) % 7  # the first of January 1970 was a Thursday
    else:
        place = (positions // 3_600).astype(np.int64) % 24
    angle = 2 * np.pi * harmonic * place / _PERIODS[unit]
    return np.sin(angle) if wave == "sine" else np.cos(angle)
