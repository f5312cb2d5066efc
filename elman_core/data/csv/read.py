"""Reading a text file with rows of numbers as a Table."""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.gather import gather
from elman_core.data.csv.notes import gap_notes, left_out_notes
from elman_core.data.csv.order import Arranged, counted_rows, in_time
from elman_core.data.csv.parse import NumberColumn
from elman_core.data.csv.records import MAXIMUM_COLUMNS, Record, cells, named_columns, place_of, record_blocks
from elman_core.data.csv.time_cells import TimeCells
from elman_core.data.csv.time_facts import time_facts
from elman_core.data.csv.time_notes import unread_time_notes
from elman_core.data.panel import Panel
from elman_core.data.table import (
    ColumnFacts,
    ColumnKind,
    Source,
    Table,
    TableFacts,
    TableFormat,
)
from elman_core.data.text_file import open_text_file
from elman_core.errors import DataError
from elman_core.support.boundaries import refused_if_unexpected
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted

__all__ = [
    "MAXIMUM_CELLS",
    "MAXIMUM_COLUMNS",
    "MAXIMUM_ROWS",
    "NoNumbersError",
    "read_rows",
    "read_table",
]

MAXIMUM_ROWS = 20_000_000
MAXIMUM_CELLS = 100_000_000


def read_table(path: Path, table_format: TableFormat | None = None) -> Job[Table]:
    """Read a text file as a table; the format is detected where none is given.

    Yields the share of the file that has been read. Columns with text are left out, and a note says
    so; a file that runs from newest to oldest is reversed, and rows of a sequence that stand apart are gathered.

    Raises
    ------
    DataError
        When the file cannot be read, is no table, is too large, has no column of numbers, has text
        among numbers, or its times do not rise from row to row.
    """
    name = path.name or str(path)
    table_format = table_format or detect_format(path)
    file, size = open_text_file(path)
    builder = _TableBuilder(name, table_format)
    with refused_if_unexpected(DataError, name):
        with file:
            for share, records in record_blocks(name, file, size, table_format):
                builder.add(records)
                yield share
        return builder.table(Source(kind="csv", name=name, path=str(path.absolute()), format=table_format))


class NoNumbersError(DataError):
    """A table has no column of numbers; its rows may be symbols."""


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
    file, size = open_text_file(path)
    names: tuple[str, ...] = ()
    with refused_if_unexpected(DataError, name), file:
        for share, records in record_blocks(name, file, size, table_format):
            rows = [(line, cells(record, delimiter)) for line, record in records]
            if rows and not names:
                names = named_columns(name, [row for _, row in rows[:2]], table_format.header)
                rows = rows[1:] if table_format.header else rows
            yield share, names, rows


@dataclass
class _TableBuilder:
    """Collects records into columns of numbers, and then builds the table."""

    name: str
    table_format: TableFormat
    names: tuple[str, ...] = ()
    time: list[int] = field(default_factory=list)
    time_cells: TimeCells | None = None
    sequence: int | None = None
    sequence_codes: dict[str, int] = field(default_factory=dict)
    columns: list[NumberColumn] = field(default_factory=list)
    blocks: list[NDArray[np.float64]] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    rows: int = 0
    notes: list[str] = field(default_factory=list)
    waiting: list[Record] = field(default_factory=list)

    def add(self, records: list[Record]) -> None:
        """Add the next records."""
        if not self.names:
            self.waiting += records
            # The width follows from two rows: the header may end in a superfluous delimiter.
            if len(self.waiting) < 2:
                return
            records, self.waiting = self.waiting, []
            records = self._begin(records)
        if records:
            self._add_rows(records)

    def table(self, source: Source) -> Table:
        """Return the table of all records."""
        if self.waiting:
            records = self._begin(self.waiting)
            if records:
                self._add_rows(records)
        if not self.rows:
            what = "a header but no rows below it" if self.names and self.table_format.header else "no rows"
            raise DataError(f"{self.name} has {what}; a table with rows of numbers was expected")
        values = np.concatenate(self.blocks)[: self.rows]
        self.blocks.clear()
        lines = np.frombuffer(self.lines, dtype=np.int64)[: self.rows]
        chosen = self._number_columns()
        columns = tuple(self.names[index] for index in chosen)
        gap_lines = gap_notes(columns, values[:, chosen], lines)
        panel = Panel.of(self.rows)
        if self.sequence is not None:
            found = gather(self.name, self.names[self.sequence], values[:, self.sequence], self.sequence_codes, lines)
            panel, values, lines = found.panel, values[found.order], lines[found.order]
            self.notes += found.notes
        arranged = self._arranged(values, lines, panel)
        self.notes += [*arranged.notes, *gap_lines]
        if source.format is not None:
            kept = {"newest_year": arranged.newest_year, "frequency": arranged.axis.calendar.frequency}
            source = source.replace(format=source.format.replace(**kept))
        placed = values[:, chosen][arranged.rows]
        placed[arranged.rows < 0] = np.nan
        return Table(
            name=self.name,
            columns=columns,
            values=np.ascontiguousarray(placed),
            axis=arranged.axis,
            source=source,
            notes=tuple(f"{self.name}: {note}" for note in self.notes),
            sequences=None if self.sequence is None else arranged.panel,
            facts=TableFacts(
                self._column_facts(),
                self.rows,
                len(panel),
                arranged.order,
                time_facts(arranged, self.table_format.time_columns, self.table_format.date_format),
            ),
        )

    def _begin(self, records: list[Record]) -> list[Record]:
        """Set the columns from the first row, and return the records that are data."""
        rows = [cells(record, self.table_format.delimiter) for _, record in records[:2]]
        self.names = named_columns(self.name, rows, self.table_format.header)
        self.columns = [NumberColumn(self.name, name, self.table_format.decimal) for name in self.names]
        columns = self.table_format.time_columns
        self.time = [place_of(self.name, self.names, column, "time column") for column in columns]
        if self.time and self.table_format.date_format is not None:
            self.time_cells = TimeCells(self.name, self._time_label, self.table_format.date_format)
        wanted = self.table_format.sequence_column
        if wanted is not None:
            self.sequence = place_of(self.name, self.names, wanted, "sequence column")
            if wanted in columns:
                raise DataError(f"{self.name}: column {wanted!r} cannot tell both the time and the sequence")
        return records[1:] if self.table_format.header else records

    def _add_rows(self, records: list[Record]) -> None:
        lines = [line for line, _ in records]
        time_texts = []
        block = np.empty((len(records), len(self.names)))
        for index, texts in enumerate(self._columns_of_texts(records)):
            if index in self.time and self.time_cells is not None:
                time_texts.append((self.time.index(index), texts))
                continue
            column = self.columns[index]
            if index == self.sequence:
                codes = self.sequence_codes
                block[:, index] = [codes.setdefault(text, len(codes)) if text else np.nan for text in texts]
                continue
            block[:, index] = column.parse(texts, lines)
            if index in self.time and column.texts:
                raise column.refusal()
        if self.time_cells is not None:
            parts = [texts for _, texts in sorted(time_texts, key=lambda part: part[0])]
            texts = parts[0] if len(parts) == 1 else list(map(" ".join, zip(*parts, strict=True)))
            block[:, self.time[0]] = self.time_cells.parse(texts, lines)
        self.blocks.append(block)

    def _columns_of_texts(self, records: list[Record]) -> Iterator[list[str]]:
        """Split records into cells, and return them column by column."""
        import pandas as pd  # slow to import, and not needed before a file is opened

        prepared = self._even_rows(records)
        if len(self.lines) > MAXIMUM_ROWS:
            raise DataError(f"{self.name} has more than {MAXIMUM_ROWS:,} rows, which is the most that can be read")
        if len(self.lines) * len(self.names) > MAXIMUM_CELLS:
            raise DataError(f"{self.name} has more than {MAXIMUM_CELLS:,} cells, which is the most that can be read")
        try:
            frame = pd.read_csv(
                io.StringIO("\n".join(prepared) + "\n"),
                sep=self.table_format.delimiter,
                header=None,
                names=list(range(len(self.names))),
                index_col=False,
                dtype=str,
                na_filter=False,
                skipinitialspace=True,
                skip_blank_lines=False,
                quotechar='"',
                doublequote=True,
                engine="c",
                low_memory=False,
            )
        except pd.errors.ParserError:
            frame = pd.DataFrame()
        if len(frame) != len(records):
            first, last = records[0][0], records[-1][0]
            raise DataError(f"{self.name}: rows {first:,} to {last:,} have quotation marks that do not match")
        return ([text.strip() for text in frame[index].tolist()] for index in range(len(self.names)))

    def _even_rows(self, records: list[Record]) -> list[str]:
        """Return the rows as text with equally many cells; refuse a row with too many or too few."""
        delimiter, width = self.table_format.delimiter, len(self.names)
        nothing = delimiter + ' \t"'
        prepared = []
        for line, record in records:
            self.lines.append(line)
            if record.strip(nothing):
                self.rows = len(self.lines)  # rows without anything at the end of the file do not count
            if delimiter != " " and '"' not in record and record.count(delimiter) + 1 == width:
                prepared.append(record)
                continue
            row = cells(record, delimiter)
            if len(row) < width or any(row[width:]):
                found = counted(len(row), "cell")
                were = "were" if width != 1 else "was"
                raise DataError(f"{self.name}: row {line:,} has {found}, {width:,} {were} expected")
            prepared.append(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row[:width]))
        return prepared

    def _number_columns(self) -> list[int]:
        """Choose the columns of nothing but numbers; refuse a column with some text among its numbers."""
        others = [index for index in range(len(self.names)) if index not in (*self.time, self.sequence)]
        with_text = [index for index in others if self.columns[index].texts]
        broken = [column for index in with_text if (column := self.columns[index]).is_mostly_numbers]
        if broken:
            raise min(broken, key=lambda column: column.first_text or (0, "")).refusal()
        chosen = [index for index in others if self.columns[index].numbers and index not in with_text]
        if not chosen:
            besides = f" besides its time column {self._time_label!r}" if self.time else ""
            raise NoNumbersError(f"{self.name} has no column of numbers{besides}; at least one was expected")
        if not self.time:
            self.notes += unread_time_notes([(self.names[i], self.columns[i].first_text) for i in with_text])
        empty = [index for index in others if index not in chosen and index not in with_text]
        named = [index for index in empty if self.names[index] != f"column {index + 1}"]
        self.notes += left_out_notes([self.names[index] for index in with_text], "text")
        self.notes += left_out_notes([self.names[index] for index in named], "no value")
        return chosen

    @property
    def _time_label(self) -> str:
        """What the time axis is called."""
        return " ".join(self.names[index] for index in self.time)

    def _arranged(self, values: NDArray[np.float64], lines: NDArray[np.int64], panel: Panel) -> Arranged:
        """Bring the rows into the order of time."""
        if not self.time:
            return counted_rows(self.name, self.table_format.order, panel)
        times = values[:, self.time[0]].copy()
        return in_time(
            self.name, self._time_label, times, self.time_cells, self.table_format, lines, panel, MAXIMUM_ROWS
        )

    def _column_facts(self) -> tuple[ColumnFacts, ...]:
        """Say what each column turned out to be."""
        facts = []
        for index, column in enumerate(self.columns):
            is_text = index == self.sequence or column.texts > 0 or column.numbers == 0
            kind: ColumnKind = (
                "date" if self.time_cells is not None and index in self.time else "text" if is_text else "number"
            )
            has_all = index in (*self.time, self.sequence)
            facts.append(ColumnFacts(column.name, kind, 0 if has_all else self.rows - column.numbers - column.texts))
        return tuple(facts)
