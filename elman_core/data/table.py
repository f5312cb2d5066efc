"""A table of numbers over time, as it was read: before anything is chosen, filled or scaled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from elman_core.config import Config
from elman_core.data.calendar import UNKNOWN, Calendar, moments_of, shifted
from elman_core.data.kind import DataKind
from elman_core.data.panel import Panel
from elman_core.data.table_format import Layout, Order, TableFormat
from elman_core.data.text.vocabulary import CodedRows, Symbols
from elman_core.data.time_text import date_text

__all__ = [
    "AxisKind",
    "ColumnFacts",
    "Layout",
    "Order",
    "Rows",
    "Source",
    "Table",
    "TableFacts",
    "TableFormat",
    "TimeAxis",
    "TimeFacts",
]

Rows = NDArray[np.float64] | CodedRows
"""(R, C) numbers, written out or by the codes of their symbols."""


_RECENT = 1_001


class AxisKind(StrEnum):
    """What the numbers on the time axis mean."""

    STEP = "step"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True)
class TimeAxis:
    """Where each row stands in time.

    Attributes
    ----------
    label
        What is written along the axis, for example "YEAR" or "time step".
    kind
        STEP counts rows, NUMBER is any rising number (years among them), DATE is in seconds since
        1970-01-01 UTC.
    positions : (R,)
        One number a row, rising within each sequence.
    calendar
        How often there is a row and how dates are written, where that is known.
    """

    label: str
    kind: AxisKind
    positions: NDArray[np.float64]
    calendar: Calendar = UNKNOWN

    @classmethod
    def steps(cls, rows: int, label: str = "time step") -> TimeAxis:
        """Count the rows from 0."""
        return cls(label, AxisKind.STEP, np.arange(rows, dtype=np.float64))

    def taken(self, rows: NDArray[np.int64]) -> TimeAxis:
        """Return the axis of some rows."""
        return TimeAxis(self.label, self.kind, self.positions[rows], self.calendar)

    def extended(self, count: int) -> NDArray[np.float64]:
        """Return `count` positions that go on after the last one.

        They go on by the calendar where there is a frequency, else at the median distance of the last thousand.
        """
        steps = np.arange(1, count + 1)
        calendar = self.calendar
        if self.kind is AxisKind.DATE and calendar.frequency is not None:
            return shifted(self.positions[-1], steps, calendar.frequency, calendar.offset)
        distance = self.spacing(np.array([0]), np.array([len(self.positions)]))[0]
        after: NDArray[np.float64] = self.positions[-1] + distance * steps
        return after

    def spacing(self, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the median distance of the last thousand positions of each span of rows, (S,); 1 of a single one."""
        counts = np.minimum(stops - starts, _RECENT)
        spacing = np.ones(len(counts))
        for count in np.unique(counts[counts > 1]).tolist():
            spans = counts == count
            positions = self.positions[stops[spans][:, None] + np.arange(-count, 0)]
            spacing[spans] = np.sort(np.diff(positions, axis=1), axis=1)[:, (count - 1) // 2]
        return spacing

    def text(self, position: float) -> str:
        """Write one position for a person: a date as finely as the file wrote it, a number without needless zeros."""
        return date_text(position, self.calendar) if self.kind is AxisKind.DATE else f"{position:.10g}"

    def reading(self, position: float) -> str:
        """Write one position as a person reads it off: a date as far as the axis's own steps tell it apart.

        That is 1749 of years, 1749-01 of months, 1749-01-31 of days, and with the time of day of hours and less.
        """
        if self.kind is not AxisKind.DATE or self.calendar.unit in ("quarter", "half-year", "week", "clock"):
            return self.text(position)
        moment = np.datetime64(int(moments_of(position, self.calendar.offset)), "us")
        return str(moment.astype(f"datetime64[{self._unit}]")).replace("T", " ")

    @cached_property
    def _unit(self) -> str:
        """The largest unit of the calendar that keeps all positions as they are; of hours on, minutes are written."""
        moments = moments_of(self.positions, self.calendar.offset).astype("datetime64[us]")
        units = ("Y", "M", "D", "m", "s", "ms")
        return next((unit for unit in units if (moments.astype(f"datetime64[{unit}]") == moments).all()), "us")


class Source(Config):
    """Where a table came from, so that it can be had again; a pasted text is nowhere else."""

    kind: Literal["built-in", "csv", "text", "pasted"] = "built-in"
    name: str = Field(max_length=300)
    path: str | None = Field(None, max_length=4096)
    format: TableFormat | None = None
    column: str | None = Field(None, max_length=300, description="Whose rows are symbols; None where none are.")

    @property
    def sequence_column(self) -> str | None:
        """The column that tells sequences apart; None where none does."""
        return None if self.format is None else self.format.sequence_column


ColumnKind = Literal["number", "date", "text", "symbol"]
FLAG = "a flag of 0 and 1"


@dataclass(frozen=True)
class ColumnFacts:
    """What one column of a file turned out to be.

    Attributes
    ----------
    missing
        Rows without a value.
    doubt
        Why nobody would learn it unasked: "a date part", "a row number", "an identifier", "constant" or
        FLAG; else nothing.
    """

    name: str
    kind: ColumnKind
    missing: int = 0
    doubt: str = ""


@dataclass(frozen=True)
class TimeFacts:
    """How the time of a table's rows was read.

    Attributes
    ----------
    columns
        That it was read from.
    format
        How it is written: a strptime pattern, yyyymm, epoch-ms and so on; None of other numbers.
    frequency
        An alias of pandas; None where irregular, or no calendar.
    first, last
        The earliest and the latest time, as text; None where rows are just counted.
    order
        What was done to the rows.
    """

    columns: tuple[str, ...]
    format: str | None
    frequency: str | None
    first: str | None
    last: str | None
    order: Order


@dataclass(frozen=True)
class TableFacts:
    """What was read of a file, beside the numbers that were read.

    Attributes
    ----------
    columns
        All of them, in the order of the file.
    rows, sequences
        How many there are.
    order
        What was done to the rows, so that they run forwards in time.
    time
        How the time of the rows was read.
    """

    columns: tuple[ColumnFacts, ...]
    rows: int
    sequences: int = 1
    order: Order = "as-is"
    time: TimeFacts | None = None


@dataclass(frozen=True)
class Table:
    """Columns of numbers over one time axis.

    Attributes
    ----------
    name
        What the series is called in titles: an experiment's or a file's name.
    columns
        Names of the number columns, without the time column.
    values : (R, C)
        In the data's own units; NaN where a row has no value.
    axis
        The time of each row.
    source
        Where the table came from.
    notes
        Sentences the person should read before training, such as "3 dates are missing ...".
    symbols
        What the rows stand for, where they are symbols.
    sequences
        Where its sequences begin, and their names, where they are told apart.
    facts
        What was read of the file, where it was read from one.
    places : (R,)
        Where each row stands in its file, counted from 0 among the rows that were read; -1 of a missing one that was
        inserted. None where it was not read from a file.
    """

    name: str
    columns: tuple[str, ...]
    values: Rows
    axis: TimeAxis
    source: Source
    notes: tuple[str, ...] = ()
    symbols: Symbols | None = None
    sequences: Panel | None = None
    facts: TableFacts | None = None
    places: NDArray[np.int64] | None = None

    @property
    def kind(self) -> DataKind:
        """What the rows are."""
        return DataKind.NUMBERS if self.symbols is None else DataKind.SYMBOLS

    @property
    def rows(self) -> int:
        """R, how many rows there are."""
        return len(self.values)

    @property
    def panel(self) -> Panel:
        """Where its sequences begin; one where none are told apart."""
        return self.sequences or Panel.of(self.rows)

    @property
    def usual_targets(self) -> tuple[str, ...]:
        """The first column that is a series rather than a part of a date or the like; none where there is none.

        A flag of 0 and 1 comes after all others. Where all are constant, it is the first of these: what is wrong with
        it is said where it is learned.
        """
        doubts = {c.name: c.doubt for c in self.facts.columns if c.doubt} if self.facts is not None else {}
        if set(doubts.values()) == {"constant"} and len(doubts) == len(self.columns):
            return self.columns[:1]
        flags = tuple(name for name in self.columns if doubts.get(name) == FLAG)
        return (*(name for name in self.columns if name not in doubts), *flags)[:1]

    def gaps(self, columns: tuple[str, ...] = ()) -> int:
        """Count the rows without a value in any of the columns."""
        if isinstance(self.values, CodedRows):
            return 0
        chosen = [self.columns.index(name) for name in columns or self.columns]
        return int(np.isnan(self.values[:, chosen]).any(axis=1).sum())
