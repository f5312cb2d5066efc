"""Notes about the times of a table that a person should read before training, one sentence each."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar import frequency_words, unevenness
from elman_core.data.csv.first_year import pattern_without_year
from elman_core.data.csv.missing_rows import MissingRows
from elman_core.data.csv.time_likeness import looks_like_time
from elman_core.data.panel import Panel
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.data.time_text import offset_text
from elman_core.support.text_format import counted, joined

__all__ = [
    "century_notes",
    "long_step_notes",
    "missing_notes",
    "offset_notes",
    "other_order_notes",
    "unread_time_notes",
    "yearless_notes",
]

Array = NDArray[np.float64]

_LONG_STEP = 1.5
_CLEARLY = 2.0
_DAY = 86_400.0
_UNITS = ((_DAY, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))
_UNEVEN_UNITS = ((30, 31, "1 month"), (90, 92, "3 months"), (181, 184, "6 months"), (365, 366, "1 year"))
_PARTS = {"d": "day", "m": "month", "y": "year", "Y": "year"}
_ORDERS = ("dmy", "mdy", "ymd")
_DATE = re.compile(r"%([dmyY])([-/. ])%([dmyY])\2%([dmyY])")


def other_order_notes(date_format: str, positions: Array, panel: Panel) -> list[str]:
    """Point out where day, month and year could stand in another order, with steps that are as even."""
    found = _DATE.search(date_format)
    if found is None:
        return []
    mark, own = found[2], found[1] + found[3] + found[4]
    year = "Y" if "Y" in own else "y"
    if sorted(own.lower()) != ["d", "m", "y"] or own[0] == "Y":
        return []
    dates = np.floor(positions / _DAY).astype(np.int64).astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(np.int64)
    parts = {
        "y": months // 12 + 1970,
        "m": months % 12 + 1,
        "d": (dates - dates.astype("datetime64[M]")).astype(int) + 1,
    }
    if year == "y":
        parts["y"] = parts["y"] % 100
    others = []
    for order in _ORDERS:
        if order == own.lower() or (year == "Y" and order[own.index("Y")] != "y") or (mark == "." and order == "mdy"):
            continue
        if _could_be(
            {name: parts[place] for name, place in zip(order, own.lower(), strict=True)}, year == "y", positions, panel
        ):
            others.append(order.replace("y", year))
    if not others:
        return []
    words = joined(f"{_words(order)} ({_with_order(date_format, order)})" for order in others)
    return [f"the dates were read as {_words(own)}, but {words} would fit as well (--date-format)"]


def _could_be(parts: dict[str, NDArray[np.int64]], is_short: bool, positions: Array, panel: Panel) -> bool:
    """Whether parts that were exchanged are dates, which go one way in as even steps."""
    year = np.where(parts["y"] < 69, parts["y"] + 2000, parts["y"] + 1900) if is_short else parts["y"]
    month, day = parts["m"], parts["d"]
    if (month < 1).any() or (month > 12).any() or (day < 1).any() or (day > 31).any():
        return False
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    dates = first.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    if (dates.astype("datetime64[M]") != first).any():
        return False
    sequence = panel.every.sequence
    within = sequence[1:] == sequence[:-1]
    others = np.asarray(dates.astype(np.int64) * _DAY, np.float64)
    steps = np.diff(others)[within]
    if len(steps) and (steps <= 0).all():
        others, within = others[::-1], within[::-1]
    elif (steps < 0).any():
        return False
    return unevenness(others, within) < _CLEARLY * unevenness(positions, within)


def _words(order: str) -> str:
    return ", ".join(_PARTS[part] for part in order)


def _with_order(date_format: str, order: str) -> str:
    return _DATE.sub(lambda found: f"%{order[0]}{found[2]}%{order[1]}{found[2]}%{order[2]}", date_format, count=1)


def century_notes(axis: TimeAxis, newest_year: int) -> list[str]:
    """Say which century two-digit years were read in."""
    first, last = (
        str(np.datetime64(int(own), "s").astype("datetime64[Y]"))
        for own in (axis.positions.min(), axis.positions.max())
    )
    span = first if first == last else f"{first} to {last}"
    return [
        f"years of two digits were read as {span}, since a century later would lie after {newest_year}; the newest "
        "year says otherwise (--newest-year)"
    ]


def excel_notes(axis: TimeAxis) -> list[str]:
    """Point out numbers that may be the days in which Excel counts dates."""
    first = float(axis.positions[0])
    day = np.datetime64("1899-12-30") + np.timedelta64(int(first), "D")
    return [
        f"column {axis.label!r} may have days as Excel counts them, {first:.0f} being {day}, but is read as numbers "
        "(--date-format excel: as days)"
    ]


def offset_notes(offsets: NDArray[np.int64], kept: int | None) -> list[str]:
    """Point out that the offset from UTC changes, and what is done about it."""
    different = np.unique(offsets).tolist()
    if len(different) < 2:
        return []
    shown = joined(offset_text(own) for own in different[:3])
    done = "left out: times are as they are written" if kept is None else f"written as {offset_text(kept)} throughout"
    return [f"the offset from UTC changes between rows ({shown}) and is {done}"]


def unread_time_notes(texts: Sequence[tuple[str, tuple[int, str] | None]]) -> list[str]:
    """Point out a column that looks like times and cannot be read: its name, and the line and text of a cell."""
    column = next((name for name, first in texts if first is not None and looks_like_time(name, first[1])), None)
    if column is None:
        return []
    cell = next(first[1] for name, first in texts if name == column and first is not None)
    if pattern_without_year([[cell]]) is not None:
        return yearless_notes([column])
    return [
        f"column {column!r} looks like times that cannot be read, so that the order of the rows is taken as time, and "
        "may run backwards; say how it is written (--date-format), or take the rows from the last on (--order reversed)"
    ]


def yearless_notes(columns: Sequence[str]) -> list[str]:
    """Point out a column of times without a year, of which the order of the rows is all that is known."""
    return [
        f"column {column!r} looks like times that cannot be read without a year, so that the order of the rows is "
        "taken as time, and may run backwards; say the year of the first row (--first-year), or take the rows from the "
        "last on (--order reversed)"
        for column in columns[:1]
    ]


def missing_notes(axis: TimeAxis, panel: Panel, missing: MissingRows, inserted: bool) -> list[str]:
    """Say how many rows lack, and the first of them."""
    if not missing.total:
        return []
    many = missing.total > 1
    row = int(np.argmax(missing.after > 0))
    where = f"{axis.text(missing.first)}{panel.name_of(int(panel.every.sequence[row]))}"
    frequency = axis.calendar.frequency
    step = f"{missing.step:.6g}" if frequency is None else frequency_words(frequency)
    if inserted:
        done = f"{'they were' if many else 'it was'} inserted without values"
    else:
        are = "they are" if many else "it is"
        done = f"{are} stepped over, unless missing rows are inserted as gaps (--insert-missing)"
    return [
        f"{counted(missing.total, 'row')} {'are' if many else 'is'} missing where rows are {step} apart, "
        f"{'the first ' if many else ''}{where}; {done}"
    ]


def long_step_notes(axis: TimeAxis, panel: Panel) -> list[str]:
    """Point out time steps that are longer than usual in their sequence: rows may be missing there."""
    sequence = panel.every.sequence
    within = np.flatnonzero(sequence[1:] == sequence[:-1])
    steps, own = np.diff(axis.positions)[within], sequence[within]
    usual = _medians(steps, own, len(panel))
    long = np.flatnonzero(steps > _LONG_STEP * usual[own])
    if not len(long):
        return []
    shortest = float(usual[own[long]].min())
    duration = _duration(shortest) if axis.kind is AxisKind.DATE else f"{shortest:.6g}"
    many, first = len(long) > 1, int(long[0])
    where = f"{axis.text(axis.positions[within[first]])}{panel.name_of(int(own[first]))}"
    return [
        f"{len(long):,} time step{'s are' if many else ' is'} longer than the usual {duration}, "
        f"{'the first ' if many else ''}after {where}; "
        f"{'they are' if many else 'it is'} treated as one step{' each' if many else ''}"
    ]


def _medians(steps: Array, sequence: NDArray[np.int64], sequences: int) -> Array:
    """Return the median step of each sequence, (S,); NaN where there is none."""
    sorted_steps = steps[np.lexsort((steps, sequence))]
    counts = np.bincount(sequence, minlength=sequences)
    first = np.cumsum(counts) - counts
    medians = np.full(sequences, np.nan)
    some = counts > 0
    low, high = (first + (counts - 1) // 2)[some], (first + counts // 2)[some]
    medians[some] = (sorted_steps[low] + sorted_steps[high]) / 2
    return medians


def _duration(seconds: float) -> str:
    """Format a duration in the unit that suits it."""
    for least, most, words in _UNEVEN_UNITS:
        if least * _DAY <= seconds <= most * _DAY:
            return words
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), _UNITS[-1])
    amount = f"{seconds / size:.6g}"
    return f"{amount} {unit}{'' if amount == '1' else 's'}"
