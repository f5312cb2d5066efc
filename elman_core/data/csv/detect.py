"""Detecting the format of a table: delimiter, decimal mark, header, time column and date format."""

from __future__ import annotations

from pathlib import Path

from elman_core.data.csv.parse import GROUPED, MISSING, NUMBER, Decimal, is_number
from elman_core.data.csv.records import (
    CONTROL,
    DELIMITERS,
    Delimiter,
    RecordReader,
    cells,
    named_columns,
    place_of,
    row_width,
)
from elman_core.data.csv.spellings import is_date
from elman_core.data.csv.time_columns import find_time
from elman_core.data.table import TableFormat
from elman_core.data.text_file import decoded_sample, encoding_of, sample_of
from elman_core.errors import DataError
from elman_core.support.boundaries import refused_if_unexpected

__all__ = ["detect_format", "has_numbers", "preview"]

_ROWS_TO_COMPARE = 300


def detect_format(path: Path, sequence_column: str | None = None, known: TableFormat | None = None) -> TableFormat:
    """Detect the format of a table from the beginning of its file.

    Where the texts of a `sequence_column` tell sequences apart, the time is looked for within each of them. What is
    `known` of the data of a model is taken where it fits.

    Raises
    ------
    DataError
        When the path is not a readable text file with at least one row, or has no such column.
    """
    name = path.name or str(path)
    with refused_if_unexpected(DataError, name):
        return _detected(path, name, sequence_column, known)


def _detected(path: Path, name: str, sequence_column: str | None, known: TableFormat | None) -> TableFormat:
    sample, whole = sample_of(path)
    encoding = encoding_of(name, sample)
    text = decoded_sample(sample, encoding, "replace")
    if CONTROL.search(text):
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
    names = named_columns(name, rows[:2], header)
    sequences = _sequences(name, rows[1:] if header else rows, names, sequence_column)
    time = find_time(names, sequences, decimal, other_than=sequence_column, known=known)
    return TableFormat(
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        header=header,
        time_columns=time.columns,
        date_format=time.date_format,
        **(known.model_dump(include={"newest_year", "frequency"}) if known is not None and time.is_of(known) else {}),
        sequence_column=sequence_column,
    )


def has_numbers(path: Path) -> bool:
    """Whether a text file looks like a table of numbers rather than a text.

    Raises
    ------
    DataError
        When the path is not a readable text file with at least one row.
    """
    delimiter = detect_format(path).delimiter
    sample, whole = sample_of(path)
    text = decoded_sample(sample, encoding_of(path.name, sample), "replace")
    records = [record for _, record in RecordReader(path.name).feed(text, last=whole)][:_ROWS_TO_COMPARE]
    return _share_of_numbers([cells(record, delimiter) for record in records]) > 0.5


def preview(path: Path, table_format: TableFormat, rows: int = 12) -> list[list[str]]:
    """Return the cells of the first rows unchanged, the header (where there is one) included.

    Bytes that are invalid in the chosen encoding become replacement characters, which shows that
    another encoding is needed.

    Raises
    ------
    DataError
        When the path is not a readable file or has an endless line.
    """
    name = path.name or str(path)
    with refused_if_unexpected(DataError, name):
        return _first_cells(path, name, table_format, rows)


def _first_cells(path: Path, name: str, table_format: TableFormat, rows: int) -> list[list[str]]:
    sample, whole = sample_of(path)
    try:
        text = decoded_sample(sample, table_format.encoding, "replace")
    except UnicodeError:  # UTF-16 that does not begin with its mark
        text = decoded_sample(sample, "latin-1", "replace")
    text = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    records = RecordReader(name, table_format.delimiter).feed(text, last=whole)
    return [cells(record, table_format.delimiter) for _, record in records[:rows]]


def _delimiter(records: list[str]) -> Delimiter:
    """Choose the delimiter that splits the rows into equally many cells, most of them numbers."""
    records = records[:_ROWS_TO_COMPARE]
    best: Delimiter = ","
    best_score = 0.0
    for sign in DELIMITERS:
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
    fitting = sum(1 for cell in found if is_number(cell, ".") or is_number(cell, ",") or is_date(cell))
    return fitting / len(found) if found else 0.0


def _columns(rows: list[list[str]], width: int) -> list[list[str]]:
    """Return the columns of some rows, without missing cells."""
    return [
        [row[index] for row in rows if index < len(row) and row[index].lower() not in MISSING] for index in range(width)
    ]


def _sequences(
    name: str, rows: list[list[str]], names: tuple[str, ...], sequence_column: str | None
) -> list[list[list[str]]]:
    """Return the rows of each sequence, in the order of first appearance."""
    if sequence_column is None:
        return [rows]
    index = place_of(name, names, sequence_column, "sequence column")
    found: dict[str, list[list[str]]] = {}
    for row in rows:
        found.setdefault(row[index] if index < len(row) else "", []).append(row)
    return list(found.values())


def _decimal(columns: list[list[str]]) -> Decimal:
    """Choose the decimal mark. A comma before exactly three digits is ambiguous: it may separate thousands."""
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
    """Whether the first row is a header: it begins with text, and has text above the columns of numbers if any."""
    texts = {
        index: not (is_number(cell, decimal) or is_date(cell))
        for index, cell in enumerate(first)
        if cell.lower() not in MISSING
    }
    if not texts or not next(iter(texts.values())):
        return False
    numbers = [_mostly_numbers(column, decimal) or any(map(is_date, column)) for column in columns]
    if any(text and index < len(numbers) and numbers[index] for index, text in texts.items()):
        return sum(texts.values()) * 2 > len(texts)
    return all(texts.values()) and not any(numbers)


def _mostly_numbers(column: list[str], decimal: Decimal) -> bool:
    return sum(is_number(cell, decimal) for cell in column) * 2 > len(column)
