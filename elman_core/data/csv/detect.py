"""Text files with rows of cells: opening them safely, taking rows apart, finding out how they are written."""

from __future__ import annotations

import codecs
import csv
import io
import re
import stat
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Literal

from elman_core.data.table import TableFormat
from elman_core.errors import DataError

__all__ = [
    "MAXIMUM_BYTES",
    "MAXIMUM_COLUMNS",
    "MAXIMUM_LINE",
    "SAMPLE_BYTES",
    "detect_format",
    "encoding_of",
    "has_numbers",
    "open_regular",
    "preview",
    "sample_of",
]

MAXIMUM_BYTES = 2**30
MAXIMUM_COLUMNS = 10_000
MAXIMUM_LINE = 2**20
SAMPLE_BYTES = 2**18

MISSING = frozenset({"", "na", "n/a", "nan", "null", "-", "?", "."})
NUMBER = {
    ".": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?"),
}
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(([,.' \u00a0\u2019\u202f])[0-9]{3})(\2[0-9]{3})*([.,][0-9]*)?")

Record = tuple[int, str]
Delimiter = Literal["\t", ";", "|", ",", " "]
Decimal = Literal[".", ","]
Encoding = Literal["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]

_DELIMITERS: tuple[Delimiter, ...] = ("\t", ";", "|", ",", " ")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_DATE = re.compile(
    r"(?:(?P<year_first>[0-9]{4})(?P<mark>[-/.])[0-9]{1,2}(?P<day>(?P=mark)[0-9]{1,2})?|(?P<compact>[0-9]{8})"
    r"|[0-9]{1,2}(?P<other>[-/.])[0-9]{1,2}(?P=other)(?P<year>[0-9]{4}|[0-9]{2}))"
    r"(?:(?P<gap>[ T])[0-9]{1,2}:[0-9]{2}(?P<seconds>:[0-9]{2})?(?P<fraction>\.[0-9]{1,6})?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_YEAR_WORDS = frozenset({"year", "years", "date", "dates", "datetime", "timestamp", "jahr", "datum"})
_TIME_WORDS = _YEAR_WORDS | {
    "time", "t", "month", "months", "week", "weeks", "day", "days", "hour", "hours", "minute", "minutes", "second",
    "seconds", "quarter", "period", "step", "steps", "epoch", "index", "unnamed", "zeit", "monat", "woche", "tag",
}  # fmt: skip
_ROWS_TO_COMPARE = 300
_COLUMNS_TO_COMPARE = 20
_RECORD_LINES = 100


def detect_format(path: Path) -> TableFormat:
    """Find out from the beginning of a file how it is to be read.

    Raises
    ------
    DataError
        When the path is not a readable text file with at least one row.
    """
    name = path.name or str(path)
    sample, whole = sample_of(path)
    encoding = encoding_of(name, sample)
    text = _decode(sample, encoding, "strict")
    if _CONTROL.search(text):
        raise DataError(f"{name} is not a text file; a table such as CSV was expected")
    reader = RecordReader(name)
    records = [record for _, record in reader.feed(text, last=whole)]
    if not records:
        beginning = "" if whole else f" in its first {len(sample):,} bytes"
        raise DataError(f"{name} has no rows{beginning}; a table with rows of numbers was expected")
    delimiter = reader.stated_delimiter or _delimiter(records)
    rows = [cells(record, delimiter) for record in records]
    width = row_width(rows[0], rows[1] if len(rows) > 1 else None)
    columns = _columns(rows[1:] or rows, width)
    decimal = _decimal(columns)
    header = _has_header(rows[0], columns if len(rows) > 1 else [], decimal)
    names = column_names(rows[0], width, header)
    if not header:
        columns = _columns(rows, width)
    time_column, date_format = _time_column(names, columns, decimal)
    return TableFormat(
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        header=header,
        time_column=time_column,
        date_format=date_format,
    )


def has_numbers(path: Path) -> bool:
    """Whether a text file looks like a table of numbers, and not like a text.

    Raises
    ------
    DataError
        When the path is not a readable text file with at least one row.
    """
    delimiter = detect_format(path).delimiter
    sample, whole = sample_of(path)
    text = _decode(sample, encoding_of(path.name, sample), "replace")
    records = [record for _, record in RecordReader(path.name).feed(text, last=whole)][:_ROWS_TO_COMPARE]
    return _share_of_numbers([cells(record, delimiter) for record in records]) > 0.5


def preview(path: Path, table_format: TableFormat, rows: int = 12) -> list[list[str]]:
    """Return the cells of the first rows as they stand, the header (where there is one) included.

    Letters that the chosen encoding cannot spell are shown as replacement marks, so that the person
    sees that another encoding is needed.

    Raises
    ------
    DataError
        When the path is not a readable file or has a line without end.
    """
    name = path.name or str(path)
    sample, whole = sample_of(path)
    try:
        text = _decode(sample, table_format.encoding, "replace")
    except UnicodeError:  # UTF-16 that does not begin with its mark
        text = _decode(sample, "latin-1", "replace")
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    records = RecordReader(name, table_format.delimiter).feed(text, last=whole)
    return [cells(record, table_format.delimiter) for _, record in records[:rows]]


def open_regular(
    path: Path, what: str = "a text file with a table", content: str = "a table with rows of numbers"
) -> tuple[BinaryIO, int]:
    """Open a file and return it with its size in bytes; refuse what is not a plain file of bearable size.

    A device or a pipe would never end, so it is refused before it is opened.

    Raises
    ------
    DataError
        When there is no such file, it cannot be opened, it is not a plain file, is empty or too large.
    """
    name = path.name or str(path)
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise DataError(f"{name!a} has letters in its name or folder that are not valid text; rename it") from None
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise DataError(f"{name} is a folder; {what} was expected")
        if not stat.S_ISREG(status.st_mode):
            raise DataError(f"{name} is a device or a pipe; {what} was expected")
        if status.st_size > MAXIMUM_BYTES:
            raise DataError(f"{name} has {status.st_size:,} bytes; at most {MAXIMUM_BYTES:,} can be read")
        if status.st_size == 0:
            raise DataError(f"{name} is empty; {content} was expected")
        return path.open("rb"), status.st_size
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{name} was not found in {path.absolute().parent}; a text file was expected") from None
    except PermissionError:
        raise DataError(f"{name} may not be read by you; a file with permission to read was expected") from None
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{name} cannot be opened: {reason}") from None


class RecordReader:
    """Takes text apart into records: lines that are not blank or comments, each with its line number.

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
        """Return the records that are complete with this text; `last` says that no more will come.

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
            # Excel's own way to name the delimiter; it is no row.
            del records[0]
            self.stated_delimiter = next((sign for sign in _DELIMITERS if sign == stated[1]), None)
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
        if control := _CONTROL.search(text):
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
    """Count the columns: the cells of the first row, but not a delimiter too many at its end."""
    named = len(first)
    while named > 1 and not first[named - 1]:
        named -= 1
    if second is None:
        return named
    return max(named, min(len(first), len(second)))


def column_names(first: list[str], width: int, header: bool) -> tuple[str, ...]:
    """Give each column a name of its own: from the header where there is one, else "column 1" and on."""
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


def sample_of(path: Path) -> tuple[bytes, bool]:
    """Read the beginning, and more if it has no line break; say whether that is the whole file."""
    try:
        with open_regular(path)[0] as file:
            sample = file.read(SAMPLE_BYTES)
            if b"\n" not in sample and b"\r" not in sample:
                sample += file.read(4 * MAXIMUM_LINE)
            return sample, not file.read(1)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror or error}") from None


def encoding_of(name: str, sample: bytes, what: str = "a table such as CSV") -> Encoding:
    """Find out how a sample of bytes spells letters."""
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        guesses: tuple[Encoding, ...] = ("utf-16",)
    elif sample.startswith(b"PK\x03\x04"):
        raise DataError(f"{name} is an Excel workbook or a zip archive; a text file such as CSV was expected")
    else:
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        if odd > len(sample) // 8 and even < odd // 8:
            guesses = ("utf-16-le",)
        elif even > len(sample) // 8 and odd < even // 8:
            guesses = ("utf-16-be",)
        else:
            guesses = ("utf-8", "cp1252", "latin-1")
    for encoding in guesses:
        try:
            _decode(sample, encoding, "strict")
        except UnicodeDecodeError:
            continue
        return encoding
    raise DataError(f"{name} is not a text file; {what} was expected")


def _decode(sample: bytes, encoding: str, errors: str) -> str:
    """Decode a sample that may end in the middle of a letter."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors), translate=True)
    return str(decoder.decode(sample))


def _delimiter(records: list[str]) -> Delimiter:
    """Choose the sign that splits the first row and makes the other rows equally wide and full of numbers."""
    records = records[:_ROWS_TO_COMPARE]
    best: Delimiter = ","
    best_score = 0.0
    for sign in _DELIMITERS:
        rows = [cells(record, sign) for record in records]
        width = row_width(rows[0], rows[1] if len(rows) > 1 else None)
        fitting = sum(len(row) == width or (len(row) > width and not any(row[width:])) for row in rows)
        score = fitting / len(rows) * (0.05 + _share_of_numbers(rows)) if width > 1 else 0.0
        if score > best_score:
            best, best_score = sign, score
    whole = [[record.strip().strip('"')] for record in records]
    if best_score >= 0.5 or best_score >= _share_of_numbers(whole):
        return best
    # A single column; one with decimal commas must not be split at them.
    return ";" if any("," in record for record in records[1:] or records) else ","


def _share_of_numbers(rows: list[list[str]]) -> float:
    found = [cell for row in rows[1:] or rows for cell in row if cell.lower() not in MISSING]
    fitting = sum(1 for cell in found if _is_number(cell, ".") or _is_number(cell, ",") or _DATE.fullmatch(cell))
    return fitting / len(found) if found else 0.0


def _is_number(cell: str, decimal: Decimal) -> bool:
    if cell.endswith(","):
        return False
    return NUMBER[decimal].fullmatch(cell) is not None or GROUPED.fullmatch(cell) is not None


def _columns(rows: list[list[str]], width: int) -> list[list[str]]:
    """Turn rows into columns of what is not missing."""
    return [
        [row[index] for row in rows if index < len(row) and row[index].lower() not in MISSING] for index in range(width)
    ]


def _decimal(columns: list[list[str]]) -> Decimal:
    """Choose the decimal mark. Three digits behind every comma may be thousands, so alone they prove nothing."""
    votes = {".": 0, ",": 0}
    uniform = False
    for column in columns:
        thousands = 0
        for cell in column:
            grouped = GROUPED.fullmatch(cell)
            if grouped and grouped[4]:
                votes[grouped[4][0]] += grouped[2] != grouped[4][0]
            elif grouped:
                thousands += grouped[2] == "," and not grouped[3]
            else:
                for mark in votes:
                    votes[mark] += mark in cell and NUMBER[mark].fullmatch(cell) is not None
        uniform = uniform or (thousands > 0 and thousands == len(column))
    return "," if votes[","] > votes["."] or (uniform and not any(votes.values())) else "."


def _has_header(first: list[str], columns: list[list[str]], decimal: Decimal) -> bool:
    """Take the first row for names when it has text, above numbers if there are any, and no number leads it."""
    texts = {
        index: not (_is_number(cell, decimal) or _DATE.fullmatch(cell))
        for index, cell in enumerate(first)
        if cell.lower() not in MISSING
    }
    if not texts or not next(iter(texts.values())):
        return False
    numbers = [_mostly_numbers(column, decimal) or any(map(_DATE.fullmatch, column)) for column in columns]
    if any(text and index < len(numbers) and numbers[index] for index, text in texts.items()):
        return sum(texts.values()) * 2 > len(texts)
    return all(texts.values()) and not any(numbers)


def _mostly_numbers(column: list[str], decimal: Decimal) -> bool:
    return sum(_is_number(cell, decimal) for cell in column) * 2 > len(column)


def _time_column(names: tuple[str, ...], columns: list[list[str]], decimal: Decimal) -> tuple[str | None, str | None]:
    """Find the column that tells when each row was, and how its dates are written (None: plain numbers)."""
    if len(columns) < 2:
        return None, None
    candidates = list(zip(names, columns, strict=True))[:_COLUMNS_TO_COMPARE]
    for index, (name, column) in enumerate(candidates):
        if date_format := _date_format(column, index == 0 or bool(_words(name) & _TIME_WORDS)):
            return name, date_format
    for index, (name, column) in enumerate(candidates):
        numbers = [float(cell.replace(",", ".")) for cell in column if NUMBER[decimal].fullmatch(cell)]
        if len(numbers) * 2 <= len(column) or len(numbers) < 2:
            continue
        steps = {later - earlier for earlier, later in pairwise(numbers)}
        one_way = min(steps) > 0 or max(steps) < 0
        # Years that hardly repeat are the time even where they are out of order: reading says where.
        if _words(name) & _YEAR_WORDS and len(set(numbers)) * 2 > len(numbers):
            return name, None
        if one_way and len(numbers) == len(column) and _words(name) & _TIME_WORDS:
            return name, None
        whole = all(number.is_integer() for number in numbers)
        if index == 0 and len(numbers) > 2 and len(numbers) == len(column) and whole and len(steps) == 1 and one_way:
            return name, None
    return None, None


def _words(name: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", name.lower()))


def _date_format(column: list[str], likely: bool) -> str | None:
    """Return how most of the cells write a date. Eight digits are a date only where one is `likely`."""
    match = next(filter(None, map(_DATE.fullmatch, column)), None)
    if match is None or (match["compact"] and not likely):
        return None
    best: tuple[float, bool, float, str] | None = None
    for date_format in (date + _time_format(match) for date in _date_orders(match)):
        moments = [moment for cell in column if (moment := _moment(cell, date_format)) is not None]
        if len(moments) * 2 <= len(column):
            continue
        one_way = moments in (sorted(moments), sorted(moments, reverse=True))
        steps = sorted(abs(later - earlier) for earlier, later in pairwise(moments)) or [0.0]
        unevenness = steps[-1] / max(steps[len(steps) // 2], 1.0)
        found = (len(moments) / len(column), one_way, unevenness, date_format)
        # Where days and months could be swapped, time goes evenly in the right order: 1/1, 2/1, ... 12/1, 1/1.
        if best is None or found[:2] > best[:2] or (found[:2] == best[:2] and unevenness * 2 < best[2]):
            best = found
    return best[3] if best else None


def _date_orders(match: re.Match[str]) -> list[str]:
    if match["compact"]:
        return ["%Y%m%d"]
    if match["year_first"]:
        mark = match["mark"]
        if match["day"]:
            return [f"%Y{mark}%m{mark}%d"]
        return [f"%Y{mark}%m"] if mark != "." else []
    mark, year = match["other"], "%Y" if len(match["year"]) == 4 else "%y"
    orders = [f"%d{mark}%m{mark}{year}"]
    return orders if mark == "." else [*orders, f"%m{mark}%d{mark}{year}"]


def _time_format(match: re.Match[str]) -> str:
    if not match["gap"]:
        return ""
    half = match["half"]
    return (
        match["gap"]
        + ("%I:%M" if half else "%H:%M")
        + (":%S" if match["seconds"] else "")
        + (".%f" if match["fraction"] else "")
        + ((" %p" if half.startswith(" ") else "%p") if half else "")
        + ("%z" if match["zone"] else "")
    )


def _moment(cell: str, date_format: str) -> float | None:
    if not _DATE.fullmatch(cell):
        return None
    try:
        moment = datetime.strptime(cell, date_format)
    except ValueError:
        return None
    return (moment.replace(tzinfo=None) - datetime.min).total_seconds()
