"""Time facts: how the time of a table's rows was read."""

from __future__ import annotations

import re

import numpy as np

from elman_core.data.csv.missing_rows import missing_rows
from elman_core.data.csv.order import Arranged
from elman_core.data.csv.time_columns import YEAR_WORDS
from elman_core.data.panel import Panel
from elman_core.data.table import AxisKind, TimeAxis, TimeFacts

__all__ = ["time_facts"]

_FIRST_YEAR, _LAST_YEAR = 1_000, 2_999
_MONTHS = {12: "MS", 4: "QS", 2: "6MS"}
"""Frequencies by how many rows a year has."""
_ROUNDING = 0.006
"""Of a year: its decimals have two digits at least."""


def time_facts(arranged: Arranged, columns: tuple[str, ...], date_format: str | None) -> TimeFacts:
    """Return how the time of rows was read: from which columns, and how it is written."""
    axis = arranged.axis
    if axis.kind is AxisKind.STEP:
        return TimeFacts((), None, None, None, None, arranged.order)
    first, last = axis.text(float(axis.positions.min())), axis.text(float(axis.positions.max()))
    frequency = axis.calendar.frequency
    if axis.kind is AxisKind.NUMBER:
        date_format, frequency = _of_years(axis, arranged.panel)
    return TimeFacts(columns, date_format, frequency, first, last, arranged.order)


def _of_years(axis: TimeAxis, panel: Panel) -> tuple[str | None, str | None]:
    """Return format and frequency of plain numbers that are years, or years with decimals."""
    years = axis.positions
    is_called_so = bool(set(re.findall(r"[^\W\d_]+", axis.label.lower())) & YEAR_WORDS)
    if not is_called_so or years.min() < _FIRST_YEAR or years.max() > _LAST_YEAR:
        return None, None
    if (years == np.rint(years)).all():
        found = missing_rows(axis, panel)
        step = 0 if found is None else round(found.step)
        return "%Y", None if not step else "YS" if step == 1 else f"{step}YS"
    sequence = panel.every.sequence
    steps = np.diff(years)[sequence[1:] == sequence[:-1]]
    a_year = round(1 / float(np.median(steps))) if len(steps) else 0
    is_even = a_year in _MONTHS and bool((np.abs(steps - 1 / a_year) <= _ROUNDING).all())
    return None, _MONTHS[a_year] if is_even else None
