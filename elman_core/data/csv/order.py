"""The order of a table's rows: they rise in time within each sequence, or are brought to, and the person is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar import UNKNOWN, Calendar, TimeUnit, frequency_of, is_on_grid, moments_of
from elman_core.data.csv.centuries import in_years_up_to, within_century
from elman_core.data.csv.first_year import in_years_from
from elman_core.data.csv.missing_rows import inserted, missing_rows
from elman_core.data.csv.summer_time import doubled_hours
from elman_core.data.csv.time_cells import TimeCells
from elman_core.data.csv.time_likeness import looks_like_excel
from elman_core.data.csv.time_notes import (
    century_notes,
    excel_notes,
    long_step_notes,
    missing_notes,
    offset_notes,
    other_order_notes,
)
from elman_core.data.panel import Panel
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.data.table_format import Order, TableFormat
from elman_core.errors import DataError
from elman_core.support.text_format import counted

__all__ = ["Arranged", "counted_rows", "in_time"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_FREQUENCIES: dict[TimeUnit, str] = {
    "year": "YS", "half-year": "6MS", "quarter": "QS", "month": "MS", "week": "W-MON", "day": "D",
}  # fmt: skip
"""Of single rows, by what they are written to."""
_MIDNIGHT = 86_400 * 1_000_000


@dataclass(frozen=True, eq=False)
class Arranged:
    """The rows of a table in the order of time.

    Attributes
    ----------
    axis
        Their times.
    panel
        Where the sequences begin.
    rows : (R,)
        The row, as it was given, that stands in each place; -1 of a missing one that was inserted.
    order
        What was done.
    notes
        What the person should know of it.
    newest_year
        That two digits of a year can mean, where they were read so.
    """

    axis: TimeAxis
    panel: Panel
    rows: Integers
    order: Order = "as-is"
    notes: list[str] = field(default_factory=list)
    newest_year: int | None = None


def counted_rows(name: str, order: Order | None, panel: Panel, label: str = "time step") -> Arranged:
    """Arrange rows of which no time is known: their order in the file is taken as time.

    Raises
    ------
    DataError
        When they are to be sorted by time.
    """
    if order == "sorted":
        raise DataError(f"{name} has no time column that its rows could be sorted by; name it, or leave their order")
    positions = panel.every.row.astype(np.float64)
    axis, rows = TimeAxis(label, AxisKind.STEP, positions), np.arange(panel.rows)
    if order != "reversed":
        return Arranged(axis, panel, rows)
    note = "the rows were taken from the last to the first, as was chosen"
    return Arranged(axis, panel, _mirrored(panel, np.ones(len(panel), np.bool_)), "reversed", [note])


def in_time(
    name: str,
    label: str,
    times: Array,
    cells: TimeCells | None,
    table_format: TableFormat,
    lines: Integers,
    panel: Panel,
    most_rows: int,
) -> Arranged:
    """Arrange rows by their times.

    Without a chosen order, a sequence that runs from newest to oldest is turned round, and rows in no order are sorted.

    Parameters
    ----------
    name, label
        Of the file and of the time column.
    times : (R,)
        NaN where one is missing.
    cells
        What read them; None of plain numbers.
    lines : (R,)
        The line of each row in the file.
    most_rows
        With the missing ones that are inserted.

    Raises
    ------
    DataError
        When a row has no time, or times repeat in a sequence.
    """
    if np.isnan(times).any():
        row = int(lines[np.argmax(np.isnan(times))])
        if cells is not None:
            raise cells.refusal(row)
        raise DataError(f"{name}: row {row:,} has no time in column {label!r}; every row needs one")
    notes: list[str] = []
    newest_year = None
    if cells is not None and cells.has_short_years:
        newest_year = table_format.newest_year
        if newest_year is not None:
            times = in_years_up_to(times, newest_year)
        else:
            times, newest_year = within_century(times)
    if cells is not None and cells.is_yearless:
        times, years = in_years_from(name, label, times, table_format, lines, panel)
        notes.append(years)
    offsets = np.concatenate(cells.offsets)[: len(times)] if cells is not None and cells.offsets else None
    if cells is not None and cells.unit == "clock":
        times = _over_midnight(times, panel)
    kind, as_written = AxisKind.NUMBER, UNKNOWN
    if cells is not None:
        kind, as_written = AxisKind.DATE, Calendar(unit=_unit(cells.unit, times, None))
    arranged = _rising(name, TimeAxis(label, kind, times, as_written), table_format.order, lines, panel)
    notes += arranged.notes
    if arranged.axis.kind is AxisKind.STEP:
        return arranged
    axis, on_grid = arranged.axis, np.ones(len(times), np.bool_)
    positions, spread = doubled_hours(axis.positions, panel) if kind is AxisKind.DATE else (axis.positions, None)
    if spread is not None:
        axis, on_grid = replace(axis, positions=positions), spread.on_grid
        notes.append(spread.note(axis))
    if cells is not None:
        if newest_year is not None:
            notes += century_notes(axis, newest_year)
        notes += other_order_notes(cells.date_format, axis.positions, panel)
        rows_offsets = None if offsets is None else offsets[arranged.rows]
        axis, offset_notes_ = _with_calendar(axis, panel, on_grid, cells.unit, rows_offsets, table_format.frequency)
        notes += offset_notes_
    elif looks_like_excel(label, axis.positions):
        notes += excel_notes(axis)
    missing = missing_rows(axis, panel, on_grid)
    rows = arranged.rows
    if missing is None:
        notes += long_step_notes(axis, panel)
    else:
        notes += missing_notes(axis, panel, missing, table_format.insert_missing)
        if table_format.insert_missing and missing.total:
            axis, panel, placed = inserted(name, axis, panel, missing, most_rows)
            rows = np.where(placed < 0, -1, rows[placed])
    return Arranged(axis, panel, rows, arranged.order, notes, newest_year)


def _rising(name: str, axis: TimeAxis, wanted: Order | None, lines: Integers, panel: Panel) -> Arranged:
    """Bring rows into the order that is wanted, or else into one in which times rise."""
    if wanted in ("as-is", "reversed"):
        return _as_chosen(axis, wanted, panel)
    as_in_file = None if wanted == "sorted" else _as_in_file_or_reversed(axis, panel)
    return _sorted(name, axis, wanted, lines, panel) if as_in_file is None else as_in_file


def _as_chosen(axis: TimeAxis, wanted: Order, panel: Panel) -> Arranged:
    """Take the order of the rows as that of time, whatever their times; where these do not rise, rows are counted."""
    rows = np.arange(panel.rows) if wanted == "as-is" else _mirrored(panel, np.ones(len(panel), np.bool_))
    taken = axis.taken(rows)
    notes = [] if wanted == "as-is" else ["the rows were taken from the last to the first, as was chosen"]
    if _are_in_order(taken.positions, panel):
        return Arranged(taken, panel, rows, wanted, notes)
    count = int((~_rises(taken.positions, panel)).sum())
    notes.append(
        f"{counted(count, 'row')} {'have' if count > 1 else 'has'} no later time in column {axis.label!r} than the "
        "row before in the order that was chosen, so that rows are counted and these times left out"
    )
    steps = TimeAxis("time step", AxisKind.STEP, panel.every.row.astype(np.float64))
    return Arranged(steps, panel, rows, wanted, notes)


def _as_in_file_or_reversed(axis: TimeAxis, panel: Panel) -> Arranged | None:
    """Turn sequences round whose times fall; None where times do not rise then."""
    downward = _run_backwards(axis.positions, panel)
    rows = _mirrored(panel, downward)
    taken = axis.taken(rows)
    if not _are_in_order(taken.positions, panel):
        return None
    if not downward.any():
        return Arranged(taken, panel, rows)
    some = "" if downward.all() else f" of {counted(int(downward.sum()), 'sequence')}"
    return Arranged(taken, panel, rows, "reversed", [f"the rows{some} run from newest to oldest and were reversed"])


def _sorted(name: str, axis: TimeAxis, wanted: Order | None, lines: Integers, panel: Panel) -> Arranged:
    """Sort the rows of each sequence by time."""
    rows = np.lexsort((axis.positions, panel.every.sequence))
    taken = axis.taken(rows)
    if not _are_in_order(taken.positions, panel):
        repeated = ~_rises(taken.positions, panel)
        row = int(np.argmax(repeated)) + 1
        both = sorted(int(lines[own]) for own in rows[row - 1 : row + 1])
        count = int(repeated.sum())
        raise DataError(
            f"{name}: {counted(count, 'row')} of column {axis.label!r} {'repeat' if count > 1 else 'repeats'} a time, "
            f"the first {axis.text(taken.positions[row])} in rows {both[0]:,} and {both[1]:,}"
            f"{panel.name_of(int(panel.every.sequence[row]))}; choose the column that tells sequences apart "
            "(--sequence-column), or take the order of the rows as time (--order as-is)"
        )
    if (rows == np.arange(panel.rows)).all():
        return Arranged(taken, panel, rows, "sorted" if wanted else "as-is")
    out_of_order = ~_rises(axis.positions, panel)
    row = int(np.argmax(out_of_order)) + 1
    note = (
        f"the rows are in no order of time, first in row {lines[row]:,}, which has {axis.text(axis.positions[row])} "
        f"after {axis.text(axis.positions[row - 1])}; they were sorted by column {axis.label!r}"
    )
    return Arranged(taken, panel, rows, "sorted", [note])


def _are_in_order(positions: Array, panel: Panel) -> bool:
    """Whether times rise from row to row, but for hours that come twice as summer time ends."""
    return bool(_rises(positions, panel).all()) or doubled_hours(positions, panel)[1] is not None


def _rises(positions: Array, panel: Panel) -> NDArray[np.bool_]:
    """Whether each row but the last, (R - 1,), is followed by a later one, or by another sequence."""
    sequence = panel.every.sequence
    return np.asarray((np.diff(positions) > 0) | (sequence[1:] != sequence[:-1]))


def _run_backwards(positions: Array, panel: Panel) -> NDArray[np.bool_]:
    """Whether times fall more often than they rise in each sequence, (S,)."""
    sequence = panel.every.sequence
    signs = np.sign(np.diff(positions)) * (sequence[1:] == sequence[:-1])
    return np.bincount(sequence[1:], weights=signs, minlength=len(panel)) < 0


def _mirrored(panel: Panel, some: NDArray[np.bool_]) -> Integers:
    """Return the rows with some sequences (S,) turned round."""
    every, rows = panel.every, np.arange(panel.rows)
    mirrored = panel.starts[every.sequence] + panel.stops[every.sequence] - 1 - rows
    return np.where(some[every.sequence], mirrored, rows)


def _over_midnight(times: Array, panel: Panel) -> Array:
    """Go on to the next day where a time of day is earlier than the one before, in a sequence that mostly rises."""
    sequence = panel.every.sequence
    within = sequence[1:] == sequence[:-1]
    falls = np.append(False, (np.diff(times) < 0) & within)
    counts = np.bincount(sequence, weights=falls, minlength=len(panel))
    mostly_rises = counts * 2 < np.maximum(panel.lengths - 1, 1)
    days = np.cumsum(falls)
    return times + 86_400.0 * np.where(mostly_rises[sequence], days - days[panel.starts][sequence], 0)


def _with_calendar(
    axis: TimeAxis,
    panel: Panel,
    on_grid: NDArray[np.bool_],
    unit: TimeUnit,
    offsets: Integers | None,
    wanted: str | None,
) -> tuple[TimeAxis, list[str]]:
    """Return dates with their frequency, unit and offset from UTC, and notes about it."""
    notes, offset = [], None
    sequence = panel.every.sequence[on_grid]
    within = sequence[1:] == sequence[:-1]
    positions = axis.positions
    if offsets is not None:
        offset = int(offsets[-1])
        is_constant = bool((offsets == offset).all())
        written = positions + offsets
        # Midnights of summer and winter are regular only as they are written.
        if (
            not is_constant
            and frequency_of(positions[on_grid], within, offset) is None
            and _rises(written, panel).all()
        ):
            positions, offset = written, None
        notes += offset_notes(offsets, offset)
    frequency = frequency_of(positions[on_grid], within, offset)
    if frequency is None and wanted is not None and is_on_grid(positions[on_grid], within, wanted, offset):
        frequency = wanted
    elif frequency is None and not within.any():
        frequency = _FREQUENCIES.get(unit)
    calendar = Calendar(frequency=frequency, unit=_unit(unit, positions[on_grid], offset), offset=offset)
    return TimeAxis(axis.label, axis.kind, positions, calendar), notes


def _unit(unit: TimeUnit, positions: Array, offset: int | None) -> TimeUnit:
    """Return the unit that times of this unit are written in: as long as the finest of them needs."""
    if unit != "second":
        return unit
    moments = moments_of(positions, offset)
    if (moments % 1_000).any():
        return "microsecond"
    if (moments % 1_000_000).any():
        return "millisecond"
    return "day" if offset is None and not (moments % _MIDNIGHT).any() else "second"
