"""Records: the rows of a text file, and their cells."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from elman_core.data.csv.header import header_names, usual_width
from elman_core.data.table_format import Comments, TableFormat
from elman_core.data.text_file import MAXIMUM_BYTES, MAXIMUM_LINE, encoding_title
from elman_core.errors import DataError
from elman_core.support.text_format import listed

__all__ = [
    "CONTROL",
    "DELIMITERS",
    "MAXIMUM_COLUMNS",
    "Delimiter",
    "RecordReader",
    "Records",
    "cells",
    "column_names",
    "named_columns",
    "place_of",
    "reader_of",
    "record_blocks",
]

Delimiter = Literal["\t", ";", "|", ",", " "]
DELIMITERS: tuple[Delimiter, ...] = ("\t", ";", "|", ",", " ")
MAXIMUM_COLUMNS = 10_000
MAXIMUM_NAME = 300
"""Characters that the name of a column may have."""
CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_CONTROL_BYTES = bytes([*range(0x00, 0x09), *range(0x0E, 0x20)])
"""The same, which are looked for much faster so."""

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_RECORD_LINES = 100
_BLOCK_BYTES = 2**20
_UTF_16_ORDERS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class Records:
    """Rows of a text file, each as one text.

    Attributes
    ----------
    numbers
        The first line of each.
    texts
        What stands there; a record spans several lines where a quoted cell has line breaks in it.
    plain
        Whether there are no quotation marks, so that each delimiter is one.
    """

    numbers: Sequence[int] = ()
    texts: list[str] = field(default_factory=list)
    plain: bool = False

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, part: slice) -> Records:
        return Records(self.numbers[part], self.texts[part], self.plain)

    def __add__(self, other: Records) -> Records:
        if not self.texts:
            return other
        return Records([*self.numbers, *other.numbers], self.texts + other.texts, self.plain and other.plain)

    def cells(self, delimiter: str) -> list[list[str]]:
        """Return the cells of each, without quotes and outer spaces."""
        if delimiter == " " or not any('"' in text for text in self.texts):
            return [cells(text, delimiter) for text in self.texts]
        try:
            rows = list(csv.reader(self.texts, delimiter=delimiter, skipinitialspace=True))
        except csv.Error:  # a cell of more than 128 KiB, which is no number
            rows = []
        if len(rows) != len(self.texts):  # a quotation mark within a cell, or one that stands alone
            return [cells(text, delimiter) for text in self.texts]
        return [list(map(str.strip, row)) for row in rows]


class RecordReader:
    """Splits text into records: lines that are not blank or comments, each with its line number.

    A record spans several lines where a quoted cell has line breaks in it; its number is the first.

    Parameters
    ----------
    name
        What the file is called in error messages.
    delimiter
        A line of nothing but spaces and tabs is blank, unless they are delimiters.
    skip_rows
        Lines at the beginning that are left out.
    comments
        What lines are that begin with #.

    Attributes
    ----------
    stated_delimiter
        What the file says of itself, as Excel does.
    lines
        How many were read so far.
    skipped
        The first text of those that were to be left out.
    """

    def __init__(self, name: str, delimiter: str = " ", skip_rows: int = 0, comments: Comments = Comments.SKIP) -> None:
        self.stated_delimiter: Delimiter | None = None
        self.lines = 0
        self.skipped = ""
        self._name = name
        self._blank = " " if delimiter == "\t" else " \t"
        self._skip_rows = skip_rows
        self._comments = comments
        self._header: tuple[int, str] | None = None
        self._begun = False
        self._rest = ""
        self._open: list[str] = []

    def feed(self, text: str, last: bool = False) -> Records:
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
        if plain := self._plain(text, lines):
            return plain
        numbers: list[int] = []
        records: list[str] = []
        for line in lines:
            self.lines += 1
            if self.lines <= self._skip_rows:
                is_stated = self.lines == 1 and self._find_stated_delimiter(line)
                if not is_stated and not self.skipped and not line.lstrip().startswith("#"):
                    self.skipped = line.strip().strip('"\t,; ')
                continue
            if self._open:
                self._continue(line, numbers, records)
            elif '"' in line and line.count('"') % 2:
                self._open = [line]
            elif line.strip(self._blank) and not self._is_comment(line):
                if self._header is not None:
                    numbers.append(self._header[0])
                    records.append(self._header[1])
                    self._header = None
                numbers.append(self.lines)
                records.append(line)
                self._begun = True
        if self._open and last:
            self._refuse_open_quotation()
        if records and numbers[0] == 1 and self._find_stated_delimiter(records[0]):
            # Excel's way to state the delimiter; it is not a row.
            del numbers[0], records[0]
        return Records(numbers, records)

    def _plain(self, text: str, lines: list[str]) -> Records | None:
        """Return all lines at once where each is a record by itself, which is much faster than to look at each."""
        if self.lines <= self._skip_rows or not self._begun or self._open or not lines:
            return None
        if '"' in text or ("#" in text and self._comments is not Comments.ROWS) or not all(map(str.strip, lines)):
            return None
        numbers = range(self.lines + 1, self.lines + 1 + len(lines))
        self.lines += len(lines)
        return Records(numbers, lines, plain=True)

    def _is_comment(self, line: str) -> bool:
        if self._comments is Comments.ROWS or not line.lstrip().startswith("#"):
            return False
        if self._comments is Comments.HEADER and not self._begun:
            self._header = (self.lines, line.lstrip().lstrip("#").strip())
        return True

    def _find_stated_delimiter(self, line: str) -> bool:
        stated = _SEPARATOR_LINE.fullmatch(line)
        if stated:
            self.stated_delimiter = next((sign for sign in DELIMITERS if sign == stated[1]), None)
        return stated is not None

    def _continue(self, line: str, numbers: list[int], records: list[str]) -> None:
        self._open.append(line)
        if line.count('"') % 2:
            numbers.append(self.lines - len(self._open) + 1)
            records.append("\n".join(self._open))
            self._begun = True
            self._open = []
        elif len(self._open) > _RECORD_LINES:
            self._refuse_open_quotation()

    def _refuse_open_quotation(self) -> None:
        row = self.lines - len(self._open) + 1
        raise DataError(f"{self._name}: row {row:,} opens a quotation mark that is not closed")

    def _refuse_what_is_no_text(self, text: str, lines: list[str]) -> None:
        if len(plain := text.encode(errors="replace")) != len(plain.translate(None, _CONTROL_BYTES)):
            control = CONTROL.search(text)
            assert control is not None
            row = self.lines + 1 + text.count("\n", 0, control.start())
            raise DataError(
                f"{self._name}: row {row:,} has the control character 0x{ord(control[0]):02x}; only text was expected"
            )
        if max(map(len, lines)) <= MAXIMUM_LINE:
            return
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


def named_columns(file: str, header: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return a unique name for each column of a table that begins with these rows.

    Parameters
    ----------
    header
        The rows with names; none where there is no header.
    rows
        Some of those below.

    Raises
    ------
    DataError
        When there are too many columns, or a name is too long.
    """
    width = usual_width([*header, *rows]) if rows else 0
    for names in header:
        width = max(width, max((place + 1 for place, cell in enumerate(names) if cell), default=0))
    if width > MAXIMUM_COLUMNS:
        raise DataError(f"{file} has {width:,} columns; at most {MAXIMUM_COLUMNS:,} can be read")
    if not width or (header and not header[0]):
        raise DataError(f"{file} has nothing but blanks in its first row; columns of numbers were expected")
    names = column_names(header_names(header, width) if header else [], width)
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


def column_names(given: Sequence[str], width: int) -> tuple[str, ...]:
    """Return a unique name for each column: the given ones, or "column 1", "column 2", ... where there are none."""
    wanted = [" ".join(cell.split()) for cell in given[:width]]
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


def reader_of(name: str, table_format: TableFormat) -> RecordReader:
    """Return the reader of a file of a format."""
    return RecordReader(name, table_format.delimiter, table_format.skip_rows, table_format.comments)


def record_blocks(
    name: str, file: BinaryIO, size: int, table_format: TableFormat, reader: RecordReader
) -> Iterator[tuple[float, Records]]:
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
