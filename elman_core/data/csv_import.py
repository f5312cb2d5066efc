"""Reading a text file with rows of numbers as a Table."""

from __future__ import annotations

import codecs
import io
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from elman_core.data.csv_detect import (
    GROUPED,
    MAXIMUM_BYTES,
    MAXIMUM_COLUMNS,
    MAXIMUM_LINE,
    MISSING,
    NUMBER,
    Record,
    RecordReader,
    cells,
    column_names,
    detect_format,
    open_regular,
    preview,
    row_width,
)
from elman_core.data.table import AxisKind, Source, Table, TableFormat, TimeAxis
from elman_core.errors import DataError
from elman_core.job import Job
from elman_core.wording import listed

__all__ = [
    "MAXIMUM_BYTES",
    "MAXIMUM_CELLS",
    "MAXIMUM_COLUMNS",
    "MAXIMUM_LINE",
    "MAXIMUM_ROWS",
    "NoNumbersError",
    "detect_format",
    "preview",
    "read_rows",
    "read_table",
]

MAXIMUM_ROWS = 20_000_000
MAXIMUM_CELLS = 100_000_000

_BLOCK_BYTES = 2**20
_UTF_16_ORDERS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_LONG_STEP = 1.5
_SHOWN = 3
_PLAIN = frozenset("0123456789+-.eE ")
_DAY = 86_400.0
_UNITS = ((_DAY, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))
_UNEVEN_UNITS = ((30, 31, "1 month"), (90, 92, "3 months"), (181, 184, "6 months"), (365, 366, "1 year"))


def read_table(path: Path, table_format: TableFormat | None = None) -> Job[Table]:
    """Read a text file; the format is detected where none is given.

    Yields the share of the file that has been read. Columns with text are left out, and a note says
    so; a file that runs from newest to oldest is turned round.

    Raises
    ------
    DataError
        When the file cannot be read, is no table, is too large, has no column of numbers, has text
        among numbers, or its times do not rise from row to row.
    """
    name = path.name or str(path)
    table_format = table_format or detect_format(path)
    file, size = open_regular(path)
    builder = _TableBuilder(name, table_format)
    with file:
        for share, records in _record_blocks(name, file, size, table_format):
            builder.add(records)
            yield share
    return builder.table(Source(kind="csv", name=name, path=str(path.absolute()), format=table_format))


class NoNumbersError(DataError):
    """A table has no column of numbers; its rows may be symbols."""


def read_rows(
    path: Path, table_format: TableFormat
) -> Iterator[tuple[float, tuple[str, ...], list[tuple[int, list[str]]]]]:
    """Read a table's cells as they stand, some rows at a time.

    Yields
    ------
    The share of the file that has been read, the columns' names, and rows, each with its line and its cells.

    Raises
    ------
    DataError
        When the file cannot be read or is no table.
    """
    name, delimiter = path.name or str(path), table_format.delimiter
    file, size = open_regular(path)
    names: tuple[str, ...] = ()
    with file:
        for share, records in _record_blocks(name, file, size, table_format):
            rows = [(line, cells(record, delimiter)) for line, record in records]
            if rows and not names:
                first = rows[0][1]
                names = column_names(
                    first, row_width(first, rows[1][1] if len(rows) > 1 else None), table_format.header
                )
                rows = rows[1:] if table_format.header else rows
            yield share, names, rows


def _record_blocks(
    name: str, file: BinaryIO, size: int, table_format: TableFormat
) -> Iterator[tuple[float, list[Record]]]:
    """Decode the file block by block; a block gives the share read and the records complete with it."""
    codec: str = table_format.encoding
    done = 0
    if codec == "utf-16":
        # The mark is read here, since Pythons differ in how they refuse a file without it; and later blocks have none.
        mark = _read(name, file, 2)
        if mark not in _UTF_16_ORDERS:
            raise DataError(f"{name} does not begin as UTF-16 text; choose another encoding")
        codec, done = _UTF_16_ORDERS[mark], len(mark)
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(codec)(), translate=True)
    reader = RecordReader(name, table_format.delimiter)
    while True:
        block = _read(name, file, _BLOCK_BYTES)
        try:
            text = str(decoder.decode(block, final=not block))
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(codec, errors="replace")
            row = reader.lines + 1 + before.replace("\r\n", "\n").replace("\r", "\n").count("\n")
            raise DataError(
                f"{name}: row {row:,} has a byte that is no {table_format.encoding.upper()} text; "
                "choose another encoding"
            ) from None
        done += len(block)
        yield min(1.0, done / size), reader.feed(text, last=not block)
        if not block:
            return


def _read(name: str, file: BinaryIO, count: int) -> bytes:
    try:
        return file.read(count)
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}") from None


@dataclass
class _Kinds:
    """What the cells of one column were so far."""

    numbers: int = 0
    grouped: int = 0
    texts: int = 0
    first_text: Record | None = None


@dataclass
class _TableBuilder:
    """Gathers records into columns of numbers, and then makes the table of them."""

    name: str
    table_format: TableFormat
    names: tuple[str, ...] = ()
    time: int | None = None
    kinds: list[_Kinds] = field(default_factory=list)
    blocks: list[NDArray[np.float64]] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    rows: int = 0
    notes: list[str] = field(default_factory=list)
    waiting: list[Record] = field(default_factory=list)

    def add(self, records: list[Record]) -> None:
        """Take in the next records."""
        if not self.names:
            self.waiting += records
            # The width takes two rows to know: the header may end in a delimiter too many.
            if len(self.waiting) < 2:
                return
            records, self.waiting = self.waiting, []
            records = self._begin(records)
        if records:
            self._add_rows(records)

    def table(self, source: Source) -> Table:
        """Make the table of all that was added."""
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
        columns = self._number_columns()
        axis, downward = self._axis(values, lines)
        numbers = values[:, columns]
        self._note_gaps(columns, numbers, lines)
        return Table(
            name=self.name,
            columns=tuple(self.names[index] for index in columns),
            values=np.ascontiguousarray(numbers[::-1]) if downward else numbers,
            axis=axis,
            source=source,
            notes=tuple(f"{self.name}: {note}" for note in self.notes),
        )

    def _begin(self, records: list[Record]) -> list[Record]:
        """Learn the columns from the first row and return the records that are data."""
        first, *others = (cells(record, self.table_format.delimiter) for _, record in records[:2])
        width = row_width(first, others[0] if others else None)
        if width > MAXIMUM_COLUMNS:
            raise DataError(f"{self.name} has {width:,} columns; at most {MAXIMUM_COLUMNS:,} can be read")
        self.names = column_names(first, width, self.table_format.header)
        self.kinds = [_Kinds() for _ in self.names]
        wanted = self.table_format.time_column
        if wanted is not None:
            if wanted not in self.names:
                raise DataError(f"{self.name} has no time column {wanted!r}; it has {listed(self.names)}")
            self.time = self.names.index(wanted)
        return records[1:] if self.table_format.header else records

    def _add_rows(self, records: list[Record]) -> None:
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
        block = np.empty(frame.shape)
        for index in range(len(self.names)):
            texts = [text.strip() for text in frame[index].tolist()]
            if index == self.time and self.table_format.date_format is not None:
                block[:, index] = self._dates(texts, records)
            else:
                block[:, index] = self._numbers(index, texts, records)
        self.blocks.append(block)

    def _even_rows(self, records: list[Record]) -> list[str]:
        """Return the rows as text of equal width; refuse a row with cells too many or too few."""
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
                found = f"{len(row):,} cell{'s' if len(row) != 1 else ''}"
                were = "were" if width != 1 else "was"
                raise DataError(f"{self.name}: row {line:,} has {found}, {width:,} {were} expected")
            prepared.append(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row[:width]))
        return prepared

    def _numbers(self, index: int, texts: list[str], records: list[Record]) -> NDArray[np.float64]:
        kinds, decimal = self.kinds[index], self.table_format.decimal
        joined = "".join(texts)
        if (decimal == "." or "." not in joined) and _PLAIN.issuperset(joined.replace(decimal, ".")):
            try:
                plain = np.array([float(text) for text in (t.replace(decimal, ".") for t in texts)])
            except ValueError:
                plain = np.array([np.inf])
            if np.isfinite(plain).all():
                kinds.numbers += len(texts)
                return plain
        values = np.full(len(texts), np.nan)
        for row, text in enumerate(texts):
            if text.lower() in MISSING:
                continue
            number = float(text.replace(decimal, ".")) if NUMBER[decimal].fullmatch(text) else np.inf
            if np.isfinite(number):
                values[row] = number
                kinds.numbers += 1
                continue
            kinds.grouped += GROUPED.fullmatch(text) is not None
            kinds.texts += 1
            kinds.first_text = kinds.first_text or (records[row][0], text)
            if index == self.time:
                raise self._text_among_numbers(index)
        return values

    def _dates(self, texts: list[str], records: list[Record]) -> NDArray[np.float64]:
        import pandas as pd

        # pandas takes these two words for the present moment.
        written = pd.Series([None if text.lower() in MISSING | {"now", "today"} else text for text in texts], dtype=str)
        date_format = str(self.table_format.date_format)
        try:
            moments = pd.to_datetime(written, format=date_format, errors="coerce", utc=True)
        except (ValueError, TypeError):
            raise DataError(f"{self.name}: dates cannot be written as {date_format!r}; choose another format") from None
        unread = moments.isna().to_numpy()
        for row in np.nonzero(unread)[0].tolist():
            if texts[row].lower() not in MISSING:
                raise DataError(
                    f"{self.name}: row {records[row][0]:,} of column {self.table_format.time_column!r} has "
                    f"{_shortened(texts[row])} where a date such as {datetime(1960, 2, 13).strftime(date_format)} "
                    "is expected"
                )
        microseconds = moments.dt.tz_convert(None).to_numpy(dtype="datetime64[us]").astype(np.int64)
        return np.where(unread, np.nan, microseconds / 1e6)

    def _text_among_numbers(self, index: int) -> DataError:
        kinds = self.kinds[index]
        line, text = kinds.first_text or (0, "")
        place = f"{self.name}: row {line:,} of column {self.names[index]!r} has {_shortened(text)}"
        if GROUPED.fullmatch(text):
            mark = self.table_format.decimal
            return DataError(f"{place}; numbers must have no thousands separators and {mark!r} as decimal mark")
        return DataError(f"{place} where a number is expected")

    def _number_columns(self) -> list[int]:
        """Choose the columns of nothing but numbers; refuse a column with some text among its numbers."""
        others = [index for index in range(len(self.names)) if index != self.time]
        broken = [
            index
            for index in others
            if (kinds := self.kinds[index]).texts and kinds.numbers + kinds.grouped > kinds.texts - kinds.grouped
        ]
        if broken:
            raise self._text_among_numbers(min(broken, key=lambda index: self.kinds[index].first_text or (0, "")))
        texts = [index for index in others if self.kinds[index].texts]
        chosen = [index for index in others if self.kinds[index].numbers and not self.kinds[index].texts]
        if not chosen:
            besides = f" besides its time column {self.names[self.time]!r}" if self.time is not None else ""
            raise NoNumbersError(f"{self.name} has no column of numbers{besides}; at least one was expected")
        self._note_left_out(texts, "text")
        empty = [index for index in others if index not in chosen and index not in texts]
        self._note_left_out([index for index in empty if self.names[index] != f"column {index + 1}"], "no value")
        return chosen

    def _note_left_out(self, columns: list[int], what: str) -> None:
        if columns:
            many = len(columns) > 1
            named = listed(tuple(self.names[index] for index in columns))
            self.notes.append(
                f"column{'s' if many else ''} {named} {'have' if many else 'has'} {what} and "
                f"{'are' if many else 'is'} left out"
            )

    def _axis(self, values: NDArray[np.float64], lines: NDArray[np.int64]) -> tuple[TimeAxis, bool]:
        """Return the time axis, and whether the rows have to be turned round for it."""
        if self.time is None:
            return TimeAxis.steps(len(values)), False
        label = self.names[self.time]
        kind = AxisKind.NUMBER if self.table_format.date_format is None else AxisKind.DATE
        axis = TimeAxis(label, kind, values[:, self.time].copy())
        times = axis.positions
        if np.isnan(times).any():
            row = int(lines[np.argmax(np.isnan(times))])
            raise DataError(f"{self.name}: row {row:,} has no time in column {label!r}; every row needs one")
        downward = bool(times[-1] < times[0])
        wrong = np.diff(times) >= 0 if downward else np.diff(times) <= 0
        if wrong.any():
            row = int(np.argmax(wrong))
            before, here = axis.text(times[row]), axis.text(times[row + 1])
            raise DataError(
                f"{self.name}: row {lines[row + 1]:,} of column {label!r} has {here} after {before} in row "
                f"{lines[row]:,}; times must {'fall' if downward else 'rise'} from row to row"
            )
        if downward:
            self.notes.append("the rows run from newest to oldest and were turned round")
            axis = TimeAxis(label, kind, times[::-1].copy())
        if kind is AxisKind.DATE:
            self._note_swappable_dates(axis.positions)
        self._note_long_steps(axis)
        return axis, downward

    def _note_swappable_dates(self, times: NDArray[np.float64]) -> None:
        orders = {"%d": ("day", "month"), "%m": ("month", "day")}
        date_format = str(self.table_format.date_format)
        if date_format[:2] not in orders or date_format[2:3] == ".":
            return
        dates = np.floor(times).astype("datetime64[s]").astype("datetime64[D]")
        if int((dates - dates.astype("datetime64[M]")).max().astype(np.int64)) < 12 and "%d" in date_format:
            first, second = orders[date_format[:2]]
            self.notes.append(
                f"the dates were read as {first}, {second}, year, but {second}, {first}, year would fit as well"
            )

    def _note_long_steps(self, axis: TimeAxis) -> None:
        steps = np.diff(axis.positions)
        usual = float(np.median(steps)) if len(steps) else 0.0
        long = np.nonzero(steps > _LONG_STEP * usual)[0]
        if not len(long):
            return
        duration = _duration(usual) if axis.kind is AxisKind.DATE else f"{usual:.6g}"
        many = len(long) > 1
        self.notes.append(
            f"{len(long):,} time step{'s are' if many else ' is'} longer than the usual {duration}, "
            f"{'the first ' if many else ''}after {axis.text(axis.positions[long[0]])}; "
            f"{'they are' if many else 'it is'} treated as one step{' each' if many else ''}"
        )

    def _note_gaps(self, columns: list[int], numbers: NDArray[np.float64], lines: NDArray[np.int64]) -> None:
        gaps = np.isnan(numbers)
        counts = gaps.sum(axis=0)
        with_gaps = np.nonzero(counts)[0].tolist()
        for index in with_gaps[:_SHOWN]:
            count = int(counts[index])
            self.notes.append(
                f"{count:,} of {len(numbers):,} rows {'have' if count > 1 else 'has'} no value in column "
                f"{self.names[columns[index]]!r}, the first in row {lines[np.argmax(gaps[:, index])]:,}"
            )
        if len(with_gaps) > _SHOWN:
            more = len(with_gaps) - _SHOWN
            self.notes.append(f"{more:,} more column{'s have' if more > 1 else ' has'} rows without a value")


def _duration(seconds: float) -> str:
    """Say a length of time in the unit that suits it."""
    for least, most, words in _UNEVEN_UNITS:
        if least * _DAY <= seconds <= most * _DAY:
            return words
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), _UNITS[-1])
    amount = f"{seconds / size:.6g}"
    return f"{amount} {unit}{'' if amount == '1' else 's'}"


def _shortened(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")
