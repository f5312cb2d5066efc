"""Times as text: positions on an axis of dates, written as finely as the file wrote them."""

from __future__ import annotations

import numpy as np

from elman_core.data.calendar import Calendar, TimeUnit, moments_of

__all__ = ["date_text", "offset_text"]

_DIGITS: dict[TimeUnit, int] = {"second": 0, "millisecond": 3, "microsecond": 6}
"""Of a second's fraction."""
_NUMPY_UNITS: dict[TimeUnit, str] = {"year": "Y", "month": "M", "day": "D"}


def date_text(position: float, calendar: Calendar) -> str:
    """Write a date in ISO 8601, with a blank before the time of day: 2023, 2023Q1, 2023-W05, 2023-01-31 06:00:00.

    Without a unit it is a day where it is midnight, and else has as many digits of a second as it needs.
    """
    microseconds = int(moments_of(position, calendar.offset))
    moment = np.datetime64(microseconds, "us")
    year, unit = str(moment.astype("datetime64[Y]")), calendar.unit
    month = int(moment.astype("datetime64[M]").astype(int)) % 12
    if unit in _NUMPY_UNITS:
        return str(moment.astype(f"datetime64[{_NUMPY_UNITS[unit]}]"))
    if unit == "quarter":
        return f"{year}Q{month // 3 + 1}"
    if unit == "half-year":
        return f"{year}H{month // 6 + 1}"
    if unit == "week":
        return _week(moment)
    needed = next(digits for digits in (0, 3, 6) if microseconds % 10 ** (6 - digits) == 0)
    if unit == "clock":
        return _clock(moment, needed)
    day = str(moment.astype("datetime64[D]"))
    if unit is None:
        midnight = moment == moment.astype("datetime64[D]")
        return day if midnight else f"{day} {_clock(moment, needed)}"
    return f"{day} {_clock(moment, _DIGITS[unit])}{offset_text(calendar.offset)}"


def offset_text(offset: int | None) -> str:
    """Write an offset in seconds as in ISO 8601: Z, +02:00; nothing where none is known."""
    if not offset:
        return "" if offset is None else "Z"
    hours, minutes = divmod(abs(offset) // 60, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"


def _clock(moment: np.datetime64, digits: int) -> str:
    text = str(moment).partition("T")[2]
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction[:digits]}" if digits else whole


def _week(moment: np.datetime64) -> str:
    """Write the week of ISO 8601: that of the year which its Thursday lies in."""
    days = int(moment.astype("datetime64[D]").astype(int))
    thursday = np.datetime64(days - (days + 3) % 7 + 3, "D")
    year = thursday.astype("datetime64[Y]")
    number = int((thursday - year.astype("datetime64[D]")).astype(int)) // 7 + 1
    return f"{year}-W{number:02d}"
