"""First year: times that are written without a year, such as months alone, and the years that these are of."""

from __future__ import annotations

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar import MICROSECONDS
from elman_core.data.csv.dates import date_pattern
from elman_core.data.csv.patterns import Pattern, pattern_of
from elman_core.data.panel import Panel
from elman_core.data.table_format import TableFormat
from elman_core.errors import DataError

__all__ = ["LEAP", "in_years_from", "pattern_without_year", "yearless_pattern"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

LEAP = 2_000
"""The year in which times without one are read: it has a 29 February."""
_WITHIN_YEAR = {"month", "month_name", "quarter", "half", "day_of_year"}
_DAY = 86_400
_YEAR = 366 * _DAY
_FAR, _SOME = 0.52, 0.1
"""Rows that follow each other are no further apart than half a year, but for a few."""


def yearless_pattern(date_format: str) -> Pattern | None:
    """Return the pattern of texts that a year and a blank are put before; None where that makes no date of them."""
    pattern = pattern_of(f"%Y {date_format}") if pattern_of(date_format) is None else None
    return pattern if pattern is not None and _WITHIN_YEAR & set(pattern.fields) else None


def pattern_without_year(runs: list[list[str]]) -> str | None:
    """Return how most of the texts of a column are written, if that is a time without a year: %b, %m, %d.%m., Q%q."""
    found = date_pattern([[f"{text} {LEAP}" for text in run] for run in runs])
    if found is None or not found.endswith(" %Y"):
        return None
    found = found.removesuffix(" %Y")
    pattern = yearless_pattern(found)
    texts = [f"{LEAP} {text}" for text in chain(*runs)]
    return found if pattern is not None and 2 * np.count_nonzero(pattern.moments(texts)[1]) > len(texts) else None


def in_years_from(
    name: str, label: str, positions: Array, table_format: TableFormat, lines: Integers, panel: Panel
) -> tuple[Array, str]:
    """Return times that were read in the year LEAP in the years that they are of, and a note that says these.

    Each sequence begins in the first year, and a new one begins wherever its times go back. A sequence that runs
    backwards, as the order says or else most of its steps do, ends in it. A sequence in no order is of that year alone.

    Parameters
    ----------
    name, label
        Of the file and of the time column.
    positions : (R,)
        Seconds since 1970-01-01 of each row's time in the year LEAP.
    lines : (R,)
        The line of each row in the file.

    Raises
    ------
    DataError
        When no first year is said, a sequence in no order has a time twice, or a year has no such day.
    """
    first_year = table_format.first_year
    if first_year is None:
        raise DataError(f"{name}: the times of column {label!r} have no year; say that of the first row (--first-year)")
    sequence = panel.every.sequence
    steps = np.where(sequence[1:] == sequence[:-1], np.diff(positions), 0.0)

    def count(which: NDArray[np.bool_]) -> Integers:
        return np.bincount(sequence[1:][which], minlength=len(panel))

    backwards = count(steps < 0) > count(steps > 0) + 1
    if table_format.order in ("as-is", "reversed"):
        backwards = np.full(len(panel), table_format.order == "reversed")
    forward = np.where(backwards[sequence[1:]], -steps, steps)
    is_far = np.where(forward < 0, forward + _YEAR, forward) > _FAR * _YEAR
    is_mixed = count(is_far) > _SOME * count(steps != 0)
    _check_one_year(name, label, positions, panel, is_mixed)
    counted = np.cumsum(np.append(False, forward < 0))
    starts, stops = panel.starts[sequence], panel.stops[sequence] - 1
    years = np.where(backwards[sequence], counted[stops] - counted, counted - counted[starts])
    years = first_year + np.where(is_mixed[sequence], 0, years)
    moved = _moved(positions, years)
    if np.isnan(moved).any():
        row = int(np.argmax(np.isnan(moved)))
        raise DataError(f"{name}: row {lines[row]:,} has 29 February in {years[row]}; say another first year")
    last = int(years.max(initial=first_year))
    span = f"{first_year}" if last == first_year else f"{first_year} to {last}"
    return moved, f"the times of column {label!r} have no year and were read as {span} (--first-year)"


def _check_one_year(name: str, label: str, positions: Array, panel: Panel, some: NDArray[np.bool_]) -> None:
    sequence = panel.every.sequence
    order = np.lexsort((positions, sequence))
    repeats = (np.diff(positions[order]) == 0) & (np.diff(sequence[order]) == 0) & some[sequence[order][1:]]
    if repeats.any():
        raise DataError(
            f"{name}: the times of column {label!r} have no year and are in no order, so that nothing says of which "
            "year a row is; sort the rows by time, or add the years"
        )


def _moved(positions: Array, years: Integers) -> Array:
    """Return the same days in other years, NaN where a year has none such."""
    microseconds = np.rint(positions * MICROSECONDS).astype(np.int64)
    days, rest = np.divmod(microseconds, _DAY * MICROSECONDS)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    others = months + (12 * (years - LEAP)).astype("timedelta64[M]")
    there = others.astype("datetime64[D]") + (dates - months.astype("datetime64[D]"))
    moved = there.astype(np.int64) * float(_DAY) + rest / MICROSECONDS
    return np.where(there.astype("datetime64[M]") == others, moved, np.nan)
