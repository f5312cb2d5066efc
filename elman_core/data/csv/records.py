"""Records: the rows of a text file, and their cells."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, Literal

from elman_core.data.table import TableFormat
from elman_core.data.text_file import MAXIMUM_BYTES, MAXIMUM_LINE, encoding_title
from elman_core.errors import DataError
from elman_core.support.text_format import listed

__all__ = [
    "CONTROL",
    "DELIMITERS",
    "MAXIMUM_COLUMNS",
    "Delimiter",
    "Record",
    "RecordReader",
    "cells",
    "column_names",
    "named_columns",
    "place_of",
    "record_blocks",
    "row_width",
]

Record = tuple[int, str]
"""The number of its first line, and its text."""
Delimiter = Literal["\t", ";", "|", ",", " "]
DELIMITERS: tuple[Delimiter, ...] = ("\t", ";", "|", ",", " ")
MAXIMUM_COLUMNS = 10_000
MAXIMUM_NAME = 300
"""Characters that the name of a column may have."""
CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_RECORD_LINES = 100
_BLOCK_BYTES = 2**20
_UTF_16_ORDERS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class RecordReader:
    """Splits text into records: lines that are not blank or comments, each with its line number.

    A record spans several lines where a quoted cell has line breaks in it; its number is the first.

    Parameters
    ----------
    name
        What the file is called in error messages.
    delimiter
        A line of nothing but spaces and tabs is blank, unless they are delimiters.
    """

    def __init__(self, name: str, delimiter: str = " ") -> None:
        self.stated_delimiter: Delimiter | None = None
        self.lines = 0
        self._name = name
        self._blank = " " if delimiter == "\t" else " \t"
        self._rest = ""
        self._open: list[str] = []

    def feed(self, text: str, last: bool = False) -> list[Record]:
        """Return the records that are complete with this text; `last` marks the end of the file.

        Raises
        ------
        DataError
            When a line is too long, is not text, or a quotation mark is never closed.
        """
        if self.lines == 0 and not self._rest:
            text = text.removeprefix("\ufeff")
        text = self._rest + text
        lines = text.split("\n")
        self._rest = "" if last else lines.pop()
        self._refuse_what_is_no_text(text, [*lines, self._rest])
        records: list[Record] = []
        for line in lines:
            self.lines += 1
            if self._open:
                self._continue(line, records)
            elif '"' in line and line.count('"') % 2:
                self._open = [line]
            elif line.strip(self._blank) and not line.lstrip().startswith("#"):
                records.append((self.lines, line))
        if self._open and last:
            self._refuse_open_quotation()
        if records and records[0][0] == 1 and (stated := _SEPARATOR_LINE.fullmatch(records[0][1])):
            # Excel's way to state the delimiter; it is not a row.
            del records[0]
            self.stated_delimiter = next((sign for sign in DELIMITERS if sign == stated[1]), None)
        return records

    def _continue(self, line: str, records: list[Record]) -> None:
        self._open.append(line)
        if line.count('"') % 2:
            records.append((self.lines - len(self._open) + 1, "\n".join(self._open)))
            self._open = []
        elif len(self._open) > _RECORD_LINES:
            self._refuse_open_quotation()

    def _refuse_open_quotation(self) -> None:
        row = self.lines - len(self._open) + 1
        raise DataError(f"{self._name}: row {row:,} opens a quotation mark that is not closed")

    def _refuse_what_is_no_text(self, text: str, lines: list[str]) -> None:
        if control := CONTROL.search(text):
            row = self.lines + 1 + text.count("\n", 0, control.start())
            raise DataError(
                f"{self._name}: row {row:,} has the control character 0x{ord(control[0]):02x}; only text was expected"
            )
        for index, line in enumerate(lines):
            if len(line) > MAXIMUM_LINE:
                raise DataError(
                    f"{self._name}: row {self.lines + 1 + index:,} is longer than {MAXIMUM_LINE:,} characters; "
                    "a table with shorter lines was expected"
                )


def cells(record: str, delimiter: str) -> list[str]:
    """Return the cells of a record without quotes and outer spaces."""
    if delimiter == " ":
        record = record.replace("\t", " ").strip()
    if '"' not in record:
        return record.split() if delimiter == " " else [cell.strip() for cell in record.split(delimiter)]
    try:
        row = next(csv.reader([record], delimiter=delimiter, skipinitialspace=True))
    except csv.Error:  # a cell of more than 128 KiB, which is no number
        return [record]
    return [cell.strip() for cell in row]


def row_width(first: list[str], second: list[str] | None) -> int:
    """Count the columns: the cells of the first row, without those after superfluous delimiters at its end."""
    named = len(first)
    while named > 1 and not first[named - 1]:
        named -= 1
    if second is None:
        return named
    return max(named, min(len(first), len(second)))


def named_columns(file: str, rows: list[list[str]], header: bool) -> tuple[str, ...]:
    """Return a unique name for each column of a table that begins with these rows, one or more.

    Raises
    ------
    DataError
        When there are too many columns, or a name is too long.
    """
    width = row_width(rows[0], rows[1] if len(rows) > 1 else None)
    if width > MAXIMUM_COLUMNS:
        raise DataError(f"{file} has {width:,} columns; at most {MAXIMUM_COLUMNS:,} can be read")
    if not width:
        raise DataError(f"{file} has nothing but blanks in its first row; columns of numbers were expected")
    names = column_names(rows[0], width, header)
    longest = max(names, key=len)
    if len(longest) > MAXIMUM_NAME:
        raise DataError(
            f"{file}: column {names.index(longest) + 1:,} has a name of {len(longest):,} characters, {longest[:20]!r} "
            f"and so on; at most {MAXIMUM_NAME} can be read"
        )
    return names


def place_of(file: str, names: tuple[str, ...], column: str, what: str = "column") -> int:
    """Return the place of a column, which is `what`, among the names.

    Raises
    ------
    DataError
        When there is none of that name.
    """
    if column not in names:
        raise DataError(f"{file} has no {what} {column!r}; it has {listed(names)}")
    return names.index(column)


def column_names(first: list[str], width: int, header: bool) -> tuple[str, ...]:
    """Return a unique name for each column: from the header, or "column 1", "column 2", ... without one."""
    wanted = [" ".join(cell.split()) for cell in first[:width]] if header else []
    wanted += [""] * (width - len(wanted))
    taken = set(wanted)
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    for number, want in enumerate(wanted, start=1):
        want = want or f"column {number}"
        name, count = want, counts.get(want, 1)
        while name in names or (count > 1 and name in taken):
            count += 1
            name = f"{want} ({count})"
        counts[want] = count
        names[name] = None
    return tuple(names)


def record_blocks(
    name: str, file: BinaryIO, size: int, table_format: TableFormat
) -> Iterator[tuple[float, list[Record]]]:
    """Decode the file block by block; yield the share read so far and the records that each block completes."""
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
                f"{name}: row {row:,} has a byte that is no {encoding_title(table_format.encoding)} text; "
                "choose another encoding"
            ) from None
        done += len(block)
        if done > MAXIMUM_BYTES:
            raise DataError(f"{name} grows while it is read, to more than {MAXIMUM_BYTES:,} bytes; at most so many are")
        yield min(1.0, done / size), reader.feed(text, last=not block)
        if not block:
            return


def _read(name: str, file: BinaryIO, count: int) -> bytes:
    try:
        return file.read(count)
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}") from None
