"""Calendar: how often a time axis has a row, how it goes on, and how finely its times are written."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from elman_core.config import Config

__all__ = [
    "MICROSECONDS",
    "UNKNOWN",
    "Calendar",
    "TimeUnit",
    "frequency_of",
    "frequency_words",
    "is_frequency",
    "is_on_grid",
    "moments_of",
    "shifted",
    "steps_between",
    "unevenness",
]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

TimeUnit = Literal[
    "year", "half-year", "quarter", "month", "week", "day", "clock", "second", "millisecond", "microsecond"
]  # fmt: skip

MICROSECONDS = 1_000_000
_DAY = 86_400 * MICROSECONDS
_FIXED = {
    "D": _DAY, "h": 3_600 * MICROSECONDS, "min": 60 * MICROSECONDS, "s": MICROSECONDS, "ms": 1_000, "us": 1,
}  # fmt: skip
"""Microseconds of a step that is always as long, the longest first."""
_MONTHS = {"M": 1, "Q": 3, "Y": 12}
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_ALIAS = re.compile(
    r"(?P<count>[1-9][0-9]{0,8})?"
    r"(?:(?P<business>B)?(?P<months>[MQY])(?P<edge>[SE])|(?P<fixed>D|h|min|s|ms|us)|(?P<week>W)|(?P<weekdays>B))"
    r"(?:-(?P<anchor>[A-Z]{3}))?"
)
_WORDS = {
    "M": "month", "Q": "quarter", "Y": "year", "W": "week", "B": "working day", "D": "day", "h": "hour",
    "min": "minute", "s": "second", "ms": "millisecond", "us": "microsecond",
}  # fmt: skip
_LEAST_SHARE = 0.5
"""Of all steps that must be the usual one; the others are multiples of it, where rows are missing."""


class Calendar(Config):
    """What is known of the dates of a time axis beside their positions.

    A frequency is an alias of pandas. MS, QS and YS go on by months and keep the day of the month, which is the first
    in most data; ME, QE and YE go on by months and stay at their last day; B leaves weekends out.
    """

    frequency: str | None = Field(
        None, max_length=24, pattern=f"^{_ALIAS.pattern}$",
        description="How often there is a row, as pandas writes it: MS, QE, B, D, W-SUN, 15min; none where irregular.",
    )  # fmt: skip
    unit: TimeUnit | None = Field(
        None, description="The smallest unit that is written; none: days, and the time of day where it is not midnight."
    )
    offset: int | None = Field(
        None, ge=-86_400, le=86_400,
        description="Seconds that the times as written are ahead of UTC; none where the file does not say.",
    )  # fmt: skip


UNKNOWN = Calendar()
"""Of an axis of which nothing is known but its positions."""


def moments_of(positions: ArrayLike, offset: int | None = None) -> Integers:
    """Return positions, in seconds since 1970-01-01 UTC, as whole microseconds of the time as it is written."""
    microseconds = np.rint(np.asarray(positions, np.float64) * MICROSECONDS).astype(np.int64)
    return np.asarray(microseconds + (offset or 0) * MICROSECONDS, np.int64)


def shifted(positions: ArrayLike, steps: ArrayLike, frequency: str, offset: int | None = None) -> Array:
    """Return the positions so many steps of a frequency later; fewer than 0 steps lead back.

    Parameters
    ----------
    positions, steps
        Broadcast against each other.
    """
    alias = _matched(frequency)
    moments, counts = moments_of(positions, offset), np.asarray(steps, np.int64) * int(alias["count"] or 1)
    if alias["fixed"] or alias["week"]:
        after = moments + counts * (_FIXED[alias["fixed"]] if alias["fixed"] else 7 * _DAY)
    else:
        days, time_of_day = np.divmod(moments, _DAY)
        dates = days.astype("datetime64[D]")
        if alias["weekdays"]:
            dates = np.busday_offset(dates, counts, roll="backward")
        else:
            dates = _months_later(dates, counts * _MONTHS[alias["months"]], alias["edge"], bool(alias["business"]))
        after = dates.astype(np.int64) * _DAY + time_of_day
    return np.asarray((after - (offset or 0) * MICROSECONDS) / MICROSECONDS, np.float64)


def steps_between(before: ArrayLike, after: ArrayLike, frequency: str, offset: int | None = None) -> Integers:
    """Return how many steps of a frequency lead from some positions to others that lie on its grid."""
    alias = _matched(frequency)
    first, last = moments_of(before, offset), moments_of(after, offset)
    count = int(alias["count"] or 1)
    if alias["fixed"] or alias["week"]:
        return np.asarray((last - first) // (count * (_FIXED[alias["fixed"]] if alias["fixed"] else 7 * _DAY)))
    begin, end = (np.floor_divide(moments, _DAY).astype("datetime64[D]") for moments in (first, last))
    if alias["weekdays"]:
        return np.asarray(np.busday_count(begin, end) // count, np.int64)
    months = end.astype("datetime64[M]").astype(np.int64) - begin.astype("datetime64[M]").astype(np.int64)
    return np.asarray(months // (count * _MONTHS[alias["months"]]), np.int64)


def frequency_of(positions: Array, within: NDArray[np.bool_], offset: int | None = None) -> str | None:
    """Return the frequency of dates, as an alias of pandas; None where they are irregular.

    Rows may be missing: then a step is several usual ones.

    Parameters
    ----------
    positions : (R,)
        Rising within each sequence.
    within : (R - 1,)
        Whether a row and the next one belong to the same sequence.
    """
    if not within.any():
        return None
    moments = moments_of(positions, offset)
    days, time_of_day = np.divmod(moments, _DAY)
    if (time_of_day == time_of_day[0]).all():
        return _of_months(days.astype("datetime64[D]"), within) or _of_days(days, within)
    usual = _usual(np.diff(moments)[within])
    if usual is None:
        return None
    unit = next(unit for unit, length in _FIXED.items() if usual % length == 0)
    return f"{_times(usual // _FIXED[unit])}{unit}"


def unevenness(positions: Array, within: NDArray[np.bool_]) -> float:
    """Return the longest step in usual ones: by the calendar where there is a frequency, else in median steps.

    Parameters
    ----------
    positions, within
        As for `frequency_of`.
    """
    before, after = positions[:-1][within], positions[1:][within]
    if not len(before):
        return 1.0
    frequency = frequency_of(positions, within)
    if frequency is not None:
        return float(steps_between(before, after, frequency).max())
    steps = np.abs(after - before)
    return float(steps.max() / max(float(np.median(steps)), 1e-6))


def _usual(steps: Integers) -> int | None:
    """Return the usual one of some steps, which all others are multiples of; None where there is none."""
    least = int(steps.min())
    if least <= 0 or (steps % least).any() or np.count_nonzero(steps == least) < _LEAST_SHARE * len(steps):
        return None
    return least


def _of_months(dates: NDArray[np.datetime64], within: NDArray[np.bool_]) -> str | None:
    months = dates.astype("datetime64[M]")
    usual = _usual(np.diff(months.astype(np.int64)).astype(np.int64)[within])
    if usual is None:
        return None
    first, last = _edges(months)
    day = (dates - first).astype(np.int64)
    if (dates == last).all():
        edge = "E"
    elif (day == day[0]).all() and day[0] < 28:  # every month has that day
        edge = "S"
    elif (dates == np.busday_offset(last, 0, roll="backward")).all():
        edge = "BE"
    elif (dates == np.busday_offset(first, 0, roll="forward")).all():
        edge = "BS"
    else:
        return None
    return _alias_of_months(usual, months.astype(np.int64) % 12, edge)


def _alias_of_months(usual: int, month: Integers, edge: str) -> str:
    """Return the alias of a step of so many months; `month` (R,) is 0 in January."""
    business, side = ("B", edge[1]) if len(edge) > 1 else ("", edge)
    if usual % 12 == 0 and (month == month[0]).all():
        count, letter, regular = usual // 12, "Y", 0 if side == "S" else 11
        anchor = int(month[0])
    elif usual == 3 and (month % 3 == month[0] % 3).all():
        count, letter, regular = 1, "Q", 0 if side == "S" else 2
        anchor = int(month[0]) % 3
    else:
        return f"{_times(usual)}{business}M{side}"
    named = "" if anchor == regular else f"-{_MONTH_NAMES[anchor]}"
    return f"{_times(count)}{business}{letter}{side}{named}"


def _of_days(days: Integers, within: NDArray[np.bool_]) -> str | None:
    weekdays = (days + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    steps = np.diff(days)[within]
    over_weekends = (steps == 3) & (weekdays[1:][within] == 0)
    if len(np.unique(weekdays)) == 5 and weekdays.max() < 5 and over_weekends.any():
        dates = days.astype("datetime64[D]")
        if _usual(np.busday_count(dates[:-1][within], dates[1:][within])) == 1:
            return "B"
    usual = _usual(steps)
    if usual is None:
        return None
    if usual % 7 == 0 and (weekdays == weekdays[0]).all():
        return f"{_times(usual // 7)}W-{_WEEKDAYS[int(weekdays[0])]}"
    return f"{_times(usual)}D"


def _times(count: int) -> str:
    return "" if count == 1 else str(count)


def _edges(months: NDArray[np.datetime64]) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Return the first and the last day of months."""
    after: NDArray[np.datetime64] = (months + np.timedelta64(1, "M")).astype("datetime64[D]")
    last: NDArray[np.datetime64] = np.subtract(after, np.timedelta64(1, "D"))
    return months.astype("datetime64[D]"), last


def _months_later(dates: NDArray[np.datetime64], months: Integers, edge: str, business: bool) -> NDArray[np.datetime64]:
    first = dates.astype("datetime64[M]")
    start, end = _edges(first + months.astype("timedelta64[M]"))
    if business:
        return np.busday_offset(start, 0, roll="forward") if edge == "S" else np.busday_offset(end, 0, roll="backward")
    if edge == "E":
        return np.asarray(end)
    return np.asarray(np.minimum(start + (dates - first.astype("datetime64[D]")), end))


def is_frequency(text: str) -> bool:
    """Whether a text is the alias of a frequency that dates can go on by."""
    return _ALIAS.fullmatch(text) is not None


def is_on_grid(positions: Array, within: NDArray[np.bool_], frequency: str, offset: int | None = None) -> bool:
    """Whether each row is a whole number of steps of a frequency after the one before; as for `frequency_of`."""
    before, after = positions[:-1][within], positions[1:][within]
    steps = steps_between(before, after, frequency, offset)
    return bool((steps > 0).all() and np.array_equal(shifted(before, steps, frequency, offset), after))


def frequency_words(frequency: str) -> str:
    """Say a frequency: "1 month", "2 weeks", "1 working day", "15 minutes"."""
    alias = _matched(frequency)
    count = int(alias["count"] or 1)
    kind = alias["months"] or alias["fixed"] or ("W" if alias["week"] else "B")
    return f"{count:,} {_WORDS[kind]}{'s' if count > 1 else ''}"


def _matched(frequency: str) -> re.Match[str]:
    found = _ALIAS.fullmatch(frequency)
    assert found is not None, frequency  # checked where a Calendar is made
    return found
