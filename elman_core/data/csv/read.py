"""Reading a file with rows of numbers as a Table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import methodcaller
from pathlib import Path

from elman_core.data.csv.build import MAXIMUM_CELLS, MAXIMUM_ROWS, NoNumbersError, TableBuilder
from elman_core.data.csv.detect import detect
from elman_core.data.csv.header import is_value
from elman_core.data.csv.layout import find_across
from elman_core.data.csv.numbers import MISSING, is_number
from elman_core.data.csv.records import (
    MAXIMUM_COLUMNS,
    RecordReader,
    Records,
    named_columns,
    reader_of,
    record_blocks,
)
from elman_core.data.csv.sheets import is_sheet_file, open_sheet
from elman_core.data.csv.tail import footer_notes, footer_rows, is_total, total_notes
from elman_core.data.csv.time_cells import fits
from elman_core.data.table import Source, Table
from elman_core.data.table_format import Layout, TableFormat
from elman_core.data.text_file import open_text_file
from elman_core.errors import DataError
from elman_core.support.boundaries import refused_if_unexpected
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted, listed

__all__ = [
    "MAXIMUM_CELLS",
    "MAXIMUM_COLUMNS",
    "MAXIMUM_ROWS",
    "NoNumbersError",
    "read_rows",
    "read_table",
]

_ROWS_TO_COMPARE = 300
_LAST_ROWS = 200
"""Rows that are held back until the end of the file is known: a footer may begin there."""


def read_table(
    path: Path,
    table_format: TableFormat | None = None,
    wanted: TableFormat | None = None,
    known: TableFormat | None = None,
) -> Job[Table]:
    """Read a file as a table; the format is detected where none is given, with what is set in the one `wanted`.

    What is `known` of a model's data is tried first.

    Yields the share of the file that has been read. Columns with text are left out, as are rows of totals and a footer,
    and notes say so; a file that runs from newest to oldest is reversed, and rows of a sequence that stand apart are
    gathered.

    Raises
    ------
    DataError
        When the file cannot be read, is no table, is too large, has no column of numbers, has text
        among numbers, or its times do not rise from row to row.
    """
    name = path.name or str(path)
    notes: tuple[str, ...] = ()
    if table_format is None:
        found = detect(path, wanted, known)
        table_format, notes = found.format, found.notes
    if is_sheet_file(path):
        file, size = yield from open_sheet(path, table_format.sheet)
    else:
        file, size = open_text_file(path)
    reader = reader_of(name, table_format)
    kind = _RowsAcross if table_format.layout is Layout.ACROSS else _Rows
    rows = kind(name, table_format)
    with refused_if_unexpected(DataError, name):
        with file:
            for share, records in record_blocks(name, file, size, table_format, reader):
                rows.add(records)
                yield share
        builder = rows.finish()
        source = Source(kind="csv", name=name, path=str(path.absolute()), format=table_format)
        return builder.table(source, [*_without_name(name, notes), *_title_notes(reader, table_format), *rows.notes])


def read_rows(
    path: Path, table_format: TableFormat
) -> Iterator[tuple[float, tuple[str, ...], list[tuple[int, list[str]]]]]:
    """Read the cells of a table unchanged, some rows at a time.

    Yields
    ------
    The share of the file that has been read, the columns' names, and rows, each with its line and its cells.

    Raises
    ------
    DataError
        When the file cannot be read or is no table.
    """
    name, delimiter = path.name or str(path), table_format.delimiter
    if is_sheet_file(path):
        job = open_sheet(path, table_format.sheet)
        while True:
            try:
                next(job)
            except StopIteration as stop:
                file, size = stop.value
                break
    else:
        file, size = open_text_file(path)
    names: tuple[str, ...] = ()
    with refused_if_unexpected(DataError, name), file:
        for share, records in record_blocks(name, file, size, table_format, reader_of(name, table_format)):
            rows = list(zip(records.numbers, records.cells(delimiter), strict=True))
            if rows and not names:
                above = table_format.header_rows if table_format.header else 0
                cells_of = [row for _, row in rows]
                names = named_columns(name, cells_of[:above], cells_of[above : above + _ROWS_TO_COMPARE])
                rows = rows[above:]
            yield share, names, rows


@dataclass
class _Rows:
    """Splits records into cells, takes the header off, and holds back what may be a footer."""

    name: str
    table_format: TableFormat
    builder: TableBuilder = field(init=False)
    notes: list[str] = field(default_factory=list)
    waiting: Records = field(default_factory=Records)

    def __post_init__(self) -> None:
        self.builder = TableBuilder(self.name, self.table_format)

    def add(self, records: Records) -> None:
        """Add the next records."""
        if not self.builder.names or len(records) < _LAST_ROWS:
            self.waiting += records
            # The width follows from many rows: the header may end in a superfluous delimiter.
            if len(self.waiting) < _ROWS_TO_COMPARE + self.table_format.header_rows:
                return
            if not self.builder.names:
                self._begin()
        else:  # plain records stay apart from others, for they are read much faster
            self.builder.add(*self._columns(self.waiting))
            self.waiting = records
        ready = len(self.waiting) - _LAST_ROWS
        if ready > 0:
            self.builder.add(*self._columns(self.waiting[:ready]))
            self.waiting = self.waiting[ready:]

    def finish(self) -> TableBuilder:
        """Return the columns of all records but those of a footer, and of totals at the end."""
        if not self.builder.names and len(self.waiting):
            self._begin()
        if len(self.waiting):
            rows = self.waiting.cells(self.table_format.delimiter)
            blank = next((place for place, row in enumerate(reversed(rows)) if any(row)), len(rows))
            rows = rows[: len(rows) - blank]
            count = footer_rows(rows, self._have_numbers(rows))
            self.notes += footer_notes(rows[len(rows) - count :])
            count += self._totals(rows[: len(rows) - count])
            self.builder.add(*self._columns(self.waiting[: len(rows) - count]))
        return self.builder

    def _begin(self) -> None:
        """Set the columns from the header, and take it off."""
        delimiter, above = self.table_format.delimiter, self.table_format.header_rows * self.table_format.header
        rows = self.waiting[: above + _ROWS_TO_COMPARE].cells(delimiter)
        self.builder.begin(named_columns(self.name, rows[:above], rows[above:]))
        self.notes += header_notes(rows[1:above], self.waiting.numbers[0], self.builder.names, rows[:1])
        self.waiting = self.waiting[above:]

    def _have_numbers(self, rows: Sequence[Sequence[str]]) -> list[bool]:
        """Say of each of the last rows whether it has a number in a column of numbers."""
        builder, decimal = self.builder, self.table_format.decimal
        others = [index for index in range(len(builder.names)) if index not in (*builder.time, *builder.sequence)]
        numeric = []
        for index in others:
            column = builder.columns[index]
            numbers, texts = column.numbers, column.texts
            if numbers + texts < len(rows):
                found = [row[index] for row in rows if index < len(row) and row[index].lower() not in MISSING]
                there = sum(is_number(cell, decimal) for cell in found)
                numbers, texts = numbers + there, texts + len(found) - there
            if numbers > texts:
                numeric.append(index)
        return [
            not self._is_remark(row)
            and (
                any(is_number(row[index], decimal) for index in numeric)
                if len(row) >= len(builder.names)
                else any(is_number(cell, decimal) for cell in row)
            )
            for row in rows
        ]

    def _is_remark(self, row: Sequence[str]) -> bool:
        """Whether a row is a sentence that delimiters divide, such as "Source: office of numbers, 2023"."""
        first, builder = row[0] if row else "", self.builder
        if not re.search(r"[^\W\d_].*[\s:]|[:\s].*[^\W\d_]", first) or is_value(first) or is_total(first):
            return False
        if len(row) < len(builder.names):
            return True
        form = self.table_format.date_format
        return builder.time == (0,) and form is not None and not fits(form, [first])

    def _totals(self, rows: Sequence[Sequence[str]]) -> int:
        """Count the rows at the end that begin with the name of a total, where no column tells the time."""
        if self.builder.time or self.builder.sequence:
            return 0  # with a time the builder finds them anywhere
        count = 0
        for row in reversed(rows[1:]):
            label = next((cell for cell in row if cell), "")
            if is_number(label, self.table_format.decimal) or not is_total(label):
                break
            count += 1
        self.notes += total_notes([next(filter(None, row)) for row in rows[len(rows) - count :]] if count else [])
        return count

    def _columns(self, records: Records) -> tuple[list[list[str]], Sequence[int]]:
        """Split records into cells, column by column; refuse a row with too many or too few."""
        delimiter, width = self.table_format.delimiter, len(self.builder.names)
        if (
            records.plain
            and delimiter != " "
            and set(map(methodcaller("count", delimiter), records.texts)) == {width - 1}
        ):
            flat = delimiter.join(records.texts).split(delimiter)
            return [list(map(str.strip, flat[index::width])) for index in range(width)], records.numbers
        rows = records.cells(delimiter)
        if set(map(len, rows)) != {width}:
            rows = self._even_rows(rows, records.numbers)
        return [list(column) for column in zip(*rows, strict=True)], records.numbers

    def _even_rows(self, rows: Sequence[list[str]], lines: Sequence[int]) -> list[list[str]]:
        """Return rows of equally many cells; superfluous empty ones do not count."""
        width = len(self.builder.names)
        for line, row in zip(lines, rows, strict=True):
            if len(row) < width or any(row[width:]):
                found = counted(len(row), "cell")
                were = "were" if width != 1 else "was"
                raise DataError(f"{self.name}: row {line:,} has {found}, {width:,} {were} expected")
        return [row[:width] for row in rows]


@dataclass
class _RowsAcross:
    """Collects the rows of a table whose header has times, and brings them into long form at the end."""

    name: str
    table_format: TableFormat
    notes: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    cells: int = 0

    def add(self, records: Records) -> None:
        """Add the next records."""
        found = records.cells(self.table_format.delimiter)
        self.cells += sum(map(len, found))
        if self.cells > MAXIMUM_CELLS:
            raise DataError(f"{self.name} has more than {MAXIMUM_CELLS:,} cells, which is the most that can be read")
        self.rows += zip(records.numbers, found, strict=True)

    def finish(self) -> TableBuilder:
        """Return the columns of the table in long form."""
        builder = TableBuilder(self.name, self.table_format)
        above = self.table_format.header_rows * self.table_format.header
        header, body = [row for _, row in self.rows[:above]], self.rows[above:]
        if not body:
            return builder
        names = named_columns(self.name, header, [row for _, row in body[:_ROWS_TO_COMPARE]])
        across = find_across(names, [row for _, row in body])
        if across is None:
            raise DataError(f"{self.name} has no months, years or dates in its header, which the layout 'across' needs")
        kept, footer, totals = across.without_others(body)
        self.notes += footer_notes(footer) + total_notes(totals)
        long = across.long(self.name, kept, self.table_format.sequence_column)
        if long.left_out:
            many = len(long.left_out) > 1
            self.notes.append(
                f"column{'s' if many else ''} {listed(long.left_out)} {'stand' if many else 'stands'} beside the times "
                f"and {'are' if many else 'is'} left out"
            )
        builder.begin(long.names)
        columns = [[row[index] for _, row in long.rows] for index in range(len(long.names))]
        builder.add(columns, [line for line, _ in long.rows])
        return builder


def header_notes(
    below: Sequence[Sequence[str]], line: int, names: Sequence[str], first: Sequence[Sequence[str]]
) -> list[str]:
    """Say what was made of the rows of a header below its first."""
    if not below:
        return []
    texts = tuple(cell for row in below for cell in row if cell)
    upper = [cell for row in first for cell in row if cell]
    if list(names[: len(upper)]) == upper:
        return [f"row {line + 1:,} stands below the names and is left out: {listed(texts, 4)}"]
    return [f"the names of the columns are joined of {len(below) + 1} rows: {listed(tuple(names), 4)}"]


def _title_notes(reader: RecordReader, table_format: TableFormat) -> list[str]:
    """Say which lines above the table are left out; blank ones need no word."""
    if not reader.skipped:
        return []
    count = table_format.skip_rows
    lines = f"{counted(count, 'line')} above the table are" if count > 1 else "line above the table is"
    return [f"the first {lines} left out: {listed((reader.skipped,))}"]


def _without_name(name: str, notes: Sequence[str]) -> list[str]:
    return [note.removeprefix(f"{name}: ") for note in notes]
