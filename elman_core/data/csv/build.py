"""TableBuilder: collects the cells of a file column by column, and makes a Table of them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from elman_core.data.csv.codes import code_notes
from elman_core.data.csv.columns import no_series
from elman_core.data.csv.gather import gather
from elman_core.data.csv.notes import code_count_notes, gap_notes, left_out_notes, repeated_name_notes, sign_notes
from elman_core.data.csv.order import Arranged, counted_rows, in_time
from elman_core.data.csv.parse import NumberColumn
from elman_core.data.csv.records import place_of
from elman_core.data.csv.sequences import name_of_sequence, sequence_places
from elman_core.data.csv.tail import is_total, total_notes
from elman_core.data.csv.time_cells import TimeCells
from elman_core.data.csv.time_facts import time_facts
from elman_core.data.csv.time_notes import unread_time_notes, yearless_notes
from elman_core.data.csv.time_parts import is_month
from elman_core.data.panel import Panel
from elman_core.data.table import (
    ColumnFacts,
    ColumnKind,
    Source,
    Table,
    TableFacts,
    TableFormat,
)
from elman_core.errors import DataError
from elman_core.support.text_format import counted

__all__ = ["MAXIMUM_CELLS", "MAXIMUM_ROWS", "NoNumbersError", "TableBuilder"]

MAXIMUM_ROWS = 20_000_000
MAXIMUM_CELLS = 100_000_000


class NoNumbersError(DataError):
    """A table has no column of numbers; its rows may be symbols."""


@dataclass
class TableBuilder:
    """Collects columns of cells as numbers, and then builds the table.

    Attributes
    ----------
    name
        Of the file, for errors and notes.
    """

    name: str
    table_format: TableFormat
    names: tuple[str, ...] = ()
    time: tuple[int, ...] = ()
    time_cells: TimeCells | None = None
    sequence: tuple[int, ...] = ()
    sequence_codes: dict[str, int] = field(default_factory=dict)
    columns: list[NumberColumn] = field(default_factory=list)
    blocks: list[NDArray[np.float64]] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    totals: list[str] = field(default_factory=list)
    repeated_headers: int = 0
    notes: list[str] = field(default_factory=list)

    def begin(self, names: tuple[str, ...]) -> None:
        """Set the columns.

        Raises
        ------
        DataError
            When there is no such time or sequence column, or one is to be both.
        """
        self.names = names
        self.notes += repeated_name_notes(names)
        self.columns = [NumberColumn(self.name, name, self.table_format) for name in names]
        columns, date_format = self.table_format.time_columns, self.table_format.date_format
        self.time = tuple(place_of(self.name, names, column, "time column") for column in columns)
        if self.time and date_format is not None:
            self.time_cells = TimeCells(self.name, self._time_label, date_format)
        wanted = self.table_format.sequence_column
        if wanted is not None:
            self.sequence = sequence_places(self.name, names, wanted)
            if both := [names[place] for place in self.sequence if place in self.time]:
                raise DataError(f"{self.name}: column {both[0]!r} cannot tell both the time and the sequence")

    def add(self, columns: Sequence[list[str]], lines: Sequence[int]) -> None:
        """Add rows, column by column; rows of totals among them, and headers that come again, are left out.

        Raises
        ------
        DataError
            When there are too many rows, or one has no valid time.
        """
        if not lines:
            return
        times = self._times(columns, lines)
        if times is not None and np.isnan(times).any():
            kept = self._without_totals(columns, np.isnan(times))
            if len(kept) < len(lines):
                columns, lines = [[texts[row] for row in kept] for texts in columns], [lines[row] for row in kept]
                times = times[kept]
        if len(self.lines) + len(lines) > MAXIMUM_ROWS:
            raise DataError(f"{self.name} has more than {MAXIMUM_ROWS:,} rows, which is the most that can be read")
        self.lines.extend(lines)
        if len(self.lines) * len(self.names) > MAXIMUM_CELLS:
            raise DataError(f"{self.name} has more than {MAXIMUM_CELLS:,} cells, which is the most that can be read")
        block = np.empty((len(lines), len(self.names)))
        for index, texts in enumerate(columns):
            if index in self.time:
                block[:, index] = np.nan if times is None or index != self.time[0] else times
            elif index in self.sequence:
                block[:, index] = self._codes(columns) if index == self.sequence[0] else np.nan
            else:
                block[:, index] = self.columns[index].parse(texts, lines)
        self.blocks.append(block)

    def table(self, source: Source, notes: Sequence[str] = ()) -> Table:
        """Return the table of all rows; the `notes` come before its own.

        Raises
        ------
        DataError
            When there are no rows or no numbers, or times do not rise.
        """
        if not self.lines:
            what = "a header but no rows below it" if self.names and self.table_format.header else "no rows"
            raise DataError(f"{self.name} has {what}; a table with rows of numbers was expected")
        values = np.concatenate(self.blocks)
        self.blocks.clear()
        for index, column in enumerate(self.columns):
            column.in_full(values[:, index])
        lines = np.frombuffer(self.lines, dtype=np.int64)
        self._note_left_out_rows()
        chosen = self._number_columns()
        columns = tuple(self.names[index] for index in chosen)
        self.notes += sign_notes([self.columns[index] for index in chosen])
        self.notes += code_count_notes([self.columns[index] for index in chosen])
        gap_lines = gap_notes(columns, values[:, chosen], lines)
        panel, in_file = Panel.of(len(lines)), np.arange(len(lines))
        if self.sequence:
            label = ", ".join(self.names[place] for place in self.sequence)
            found = gather(self.name, label, values[:, self.sequence[0]], self.sequence_codes, lines)
            panel, values, lines = found.panel, values[found.order], lines[found.order]
            in_file = in_file[found.order]
            self.notes += found.notes
        arranged = self._arranged(values, lines, panel)
        self.notes += [*arranged.notes, *gap_lines]
        if source.format is not None:
            kept = {"newest_year": arranged.newest_year, "frequency": arranged.axis.calendar.frequency}
            source = source.replace(format=source.format.replace(**kept))
        numbers = np.ascontiguousarray(values[:, chosen][arranged.rows])
        numbers[arranged.rows < 0] = np.nan
        doubts = {
            self.names[index]: no_series(self.names[index], numbers[:, place], arranged.panel, is_first=index == 0)
            for place, index in enumerate(chosen)
        }
        if not self.time:
            self.notes += yearless_notes([name for name, doubt in doubts.items() if doubt and is_month(name)])
        self.notes += code_notes(columns, numbers)
        return Table(
            name=self.name,
            columns=columns,
            values=numbers,
            axis=arranged.axis,
            source=source,
            notes=tuple(f"{self.name}: {note}" for note in [*notes, *self.notes]),
            sequences=arranged.panel if self.sequence else None,
            facts=TableFacts(
                self._column_facts(doubts),
                len(lines),
                len(panel),
                arranged.order,
                time_facts(arranged, self.table_format.time_columns, self.table_format.date_format),
            ),
            places=np.where(arranged.rows < 0, -1, in_file[arranged.rows]),
        )

    def _codes(self, columns: Sequence[list[str]]) -> list[float]:
        """Return the place of each row's sequence among all that there are, NaN where it has none."""
        parts = [columns[place] for place in self.sequence]
        texts = parts[0] if len(parts) == 1 else list(map(name_of_sequence, zip(*parts, strict=True)))
        codes = self.sequence_codes
        return [codes.setdefault(text, len(codes)) if text else np.nan for text in texts]

    def _times(self, columns: Sequence[list[str]], lines: Sequence[int]) -> NDArray[np.float64] | None:
        """Return the times of some rows, NaN where one cannot be read; None where no column has any."""
        if not self.time:
            return None
        if self.time_cells is None:
            return self.columns[self.time[0]].parse(columns[self.time[0]], lines)
        parts = [columns[index] for index in self.time]
        texts = parts[0] if len(parts) == 1 else list(map(" ".join, zip(*parts, strict=True)))
        return self.time_cells.parse(texts, lines)

    def _without_totals(self, columns: Sequence[list[str]], unread: NDArray[np.bool_]) -> list[int]:
        """Return the rows that are not totals of others, or the header once more, among those without a time."""
        kept = []
        for row, is_unread in enumerate(unread.tolist()):
            texts = [columns[index][row] for index in self.time] if is_unread else []
            total = next(filter(is_total, texts), "")
            if total:
                self.totals.append(total)
            elif texts and self.table_format.header and texts == [self.names[index] for index in self.time]:
                self.repeated_headers += 1
            else:
                kept.append(row)
        return kept

    def _note_left_out_rows(self) -> None:
        self.notes += total_notes(self.totals)
        if self.repeated_headers:
            self.notes.append(f"the header comes {counted(self.repeated_headers, 'more time')}, and is left out there")

    def _number_columns(self) -> list[int]:
        """Choose the columns of nothing but numbers; refuse a column with some text among its numbers."""
        others = [index for index in range(len(self.names)) if index not in (*self.time, *self.sequence)]
        with_text = [index for index in others if self.columns[index].texts or self.columns[index].has_mixed_units]
        broken = [column for index in with_text if (column := self.columns[index]).texts and column.is_mostly_numbers]
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
        if self.time_cells is None and (column := self.columns[self.time[0]]).texts:
            raise column.refusal()
        times = values[:, self.time[0]].copy()
        return in_time(
            self.name, self._time_label, times, self.time_cells, self.table_format, lines, panel, MAXIMUM_ROWS
        )

    def _column_facts(self, doubts: dict[str, str]) -> tuple[ColumnFacts, ...]:
        """Say what each column turned out to be."""
        rows, facts = len(self.lines), []
        for index, column in enumerate(self.columns):
            is_time = index in self.time
            is_text = index in self.sequence or (not is_time and (column.texts > 0 or column.numbers == 0))
            kind: ColumnKind = "text" if is_text else "number"
            if is_time and self.time_cells is not None:
                kind = "date"
            missing = 0 if is_time or index in self.sequence else rows - column.numbers - column.texts
            facts.append(ColumnFacts(column.name, kind, missing, doubts.get(column.name, "")))
        return tuple(facts)
