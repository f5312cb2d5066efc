"""Detecting the format of a table: delimiter, marks, head, layout, sequences, time column and date format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elman_core.data.csv.header import Head, find_head, is_value, usual_width
from elman_core.data.csv.layout import find_across
from elman_core.data.csv.marks import choose_marks
from elman_core.data.csv.name_words import words_of
from elman_core.data.csv.numbers import MISSING, Decimal, is_number
from elman_core.data.csv.records import (
    CONTROL,
    DELIMITERS,
    Delimiter,
    RecordReader,
    Records,
    cells,
    named_columns,
)
from elman_core.data.csv.sequences import find_sequences, name_of_sequence, sequence_places
from elman_core.data.csv.sheets import is_sheet_file, sample_of_sheet, sheet_note
from elman_core.data.csv.time_columns import TIME_WORDS, find_time
from elman_core.data.table_format import Comments, Layout, TableFormat
from elman_core.data.text_file import decoded_sample, encoding_note, encoding_of, sample_of
from elman_core.errors import DataError
from elman_core.support.boundaries import refused_if_unexpected
from elman_core.support.text_format import joined

__all__ = ["Detected", "detect", "detect_format", "has_numbers", "preview"]

_MOST_ROWS = 20_000
"""Of the sample that are looked at: of short rows it has many more, which say nothing new."""
_ROWS_TO_COMPARE = 300


@dataclass(frozen=True)
class Detected:
    """The format of a table, and what the person should know of how it was chosen."""

    format: TableFormat
    notes: tuple[str, ...] = ()


def detect_format(path: Path, sequence_column: str | None = None) -> TableFormat:
    """Detect the format of a table from the beginning of its file.

    Where the texts of a `sequence_column` tell sequences apart, the time is looked for within each of them.

    Raises
    ------
    DataError
        When the path is not a readable text file with at least one row, or has no such column.
    """
    wanted = None if sequence_column is None else TableFormat(sequence_column=sequence_column)
    return detect(path, wanted).format


def detect(path: Path, wanted: TableFormat | None = None, known: TableFormat | None = None) -> Detected:
    """Detect the format of a table from the beginning of its file; what is set in the one that is `wanted` holds.

    Times are read as is `known` of a model's data, where that fits.

    Raises
    ------
    DataError
        When the path is not a readable text file with at least one row, or has no such columns.
    """
    name = path.name or str(path)
    with refused_if_unexpected(DataError, name):
        return _detected(path, name, TableFormat() if wanted is None else wanted, known)


def _detected(path: Path, name: str, wanted: TableFormat, known: TableFormat | None) -> Detected:
    given = {field: getattr(wanted, field) for field in wanted.model_fields_set}
    sample, whole = _sample_of(path, wanted.sheet)
    encoding = given.get("encoding") or encoding_of(name, sample)
    text = _decoded(sample, encoding)
    if CONTROL.search(text):
        raise DataError(f"{name} is not a text file; a table such as CSV was expected")
    reader = RecordReader(name, skip_rows=wanted.skip_rows, comments=Comments.ROWS)
    records = reader.feed(text, last=whole)
    ordinary = _without_comments(records)
    if not ordinary.texts:
        beginning = "" if whole else f" in its first {len(sample):,} bytes"
        raise DataError(f"{name} has no rows{beginning}; a table with rows of numbers was expected")
    delimiter = given.get("delimiter") or reader.stated_delimiter or _delimiter(ordinary.texts)
    comments = given.get("comments") or _comments(records, ordinary, delimiter)
    if comments is not Comments.SKIP:
        reader = RecordReader(name, delimiter, wanted.skip_rows, comments)
        ordinary = reader.feed(text, last=whole)
    rows = ordinary[:_MOST_ROWS].cells(delimiter)
    head = _head(rows, given)
    body = rows[head.first + head.rows * head.header :]
    above = rows[head.first : head.first + head.rows] if head.header else []
    names = named_columns(name, above, body[:_ROWS_TO_COMPARE] or above)
    columns = _columns(body or rows, len(names))
    marks = choose_marks(columns, delimiter, decimal=given.get("decimal"), thousands=given.get("thousands"))
    found = TableFormat(
        encoding=encoding,
        delimiter=delimiter,
        decimal=marks.decimal,
        thousands=marks.thousands,
        header=head.header,
        header_rows=head.rows,
        skip_rows=given.get("skip_rows", ordinary.numbers[head.first] - 1 if head.first else 0),
        comments=comments,
        missing=wanted.missing,
        sheet=wanted.sheet,
    )
    guessed = [] if "encoding" in given else list(filter(None, [encoding_note(encoding, sample)]))
    if wanted.sheet is None and is_sheet_file(path):
        guessed += filter(None, [sheet_note(path)])
    notes = [*guessed, *_mark_notes(marks.example, found)]
    layout, layout_notes, names, body = _laid_out(name, names, body, head.header, given)
    is_all = whole and len(ordinary) <= _MOST_ROWS
    sequence_column, sequence_notes = _sequence_column(names, body, layout, marks.decimal, given, is_all=is_all)
    apart = () if sequence_column is None else sequence_places(name, names, sequence_column)
    sequences = _sequences(body, apart)
    times = _times(names, sequences, tuple(names[place] for place in apart), marks.decimal, given, known)
    found = found.replace(layout=layout, sequence_column=sequence_column, **times)
    return Detected(found, tuple(f"{name}: {note}" for note in [*notes, *layout_notes, *sequence_notes]))


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
    records = RecordReader(path.name).feed(text, last=whole)[:_ROWS_TO_COMPARE]
    return _share_of_numbers(records.cells(delimiter)) > 0.5


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
    sample, whole = _sample_of(path, table_format.sheet)
    text = _decoded(sample, table_format.encoding)
    text = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    reader = RecordReader(name, table_format.delimiter, table_format.skip_rows, table_format.comments)
    return reader.feed(text, last=whole)[:rows].cells(table_format.delimiter)


def _sample_of(path: Path, sheet: str | None) -> tuple[bytes, bool]:
    return sample_of_sheet(path, sheet) if is_sheet_file(path) else sample_of(path)


def _decoded(sample: bytes, encoding: str) -> str:
    try:
        return decoded_sample(sample, encoding, "replace")
    except UnicodeError:  # UTF-16 that does not begin with its mark
        return decoded_sample(sample, "latin-1", "replace")


def _without_comments(records: Records) -> Records:
    kept = [place for place, text in enumerate(records.texts) if not text.lstrip().startswith("#")]
    return Records([records.numbers[place] for place in kept], [records.texts[place] for place in kept])


def _comments(records: Records, ordinary: Records, delimiter: Delimiter) -> Comments:
    """Say what the lines are that begin with #: comments, rows, or comments of which one has the names."""
    if len(ordinary) == len(records):
        return Comments.SKIP
    rows = ordinary.cells(delimiter)
    width, head = usual_width(rows), find_head(rows, usual_width(rows))
    first = ordinary.numbers[0]
    marked = [
        (number, text) for number, text in zip(records.numbers, records.texts, strict=True) if text.lstrip()[0] == "#"
    ]
    within = [cells(text, delimiter) for number, text in marked if number > first]
    values = [is_value(cell) for cell in rows[-1][:width]]
    if within and width > 1 and not values[0]:
        alike = sum(len(row) == width and [is_value(cell) for cell in row[:width]] == values for row in within)
        if alike * 2 > len(within):
            return Comments.ROWS
    if within and width == 1 and not any(values):
        texts = [row[0] for row in within if row]
        if len(set(texts)) < len(texts) or not any(" " in text for text in texts):
            return Comments.ROWS
    above = [text for number, text in marked if number < first]
    if above and not head.header and any(values):
        names = cells(above[-1].lstrip().lstrip("#").strip(), delimiter)
        is_prose = delimiter == " " and not any(words_of(name) & TIME_WORDS for name in names)
        if width > 1 and len(names) == width and all(names) and not any(map(is_value, names)) and not is_prose:
            return Comments.HEADER
    return Comments.SKIP


def _head(rows: list[list[str]], given: dict[str, Any]) -> Head:
    """Return the head of a table as it was given, or else as it is found."""
    header, count = given.get("header"), given.get("header_rows")
    if header is False:
        return Head(0, False)
    found = find_head(rows, usual_width(rows))
    found = Head(found.first, bool(header) or found.header or count is not None, found.rows)
    if isinstance(count, int):
        found = Head(max(0, found.first + found.rows - count), True, count)
    return Head(0, found.header, found.rows) if "skip_rows" in given else found


def _mark_notes(example: str, found: TableFormat) -> list[str]:
    """Say how numbers were read that could be read in another way."""
    if not example:
        return []
    mark = "," if "," in example else "."
    if mark == found.thousands:
        plain = example.replace(mark, "")
        return [
            f"numbers such as {example} are read as {plain}, with {mark!r} between thousands; to read "
            f"{example.replace(mark, '.')} say that it is the decimal mark (--decimal {mark})"
        ]
    return [
        f"numbers such as {example} are read as {example.replace(mark, '.')}, with {mark!r} as decimal mark; to read "
        f"{example.replace(mark, '')} say that it stands between thousands (--thousands {mark})"
    ]


def _laid_out(
    name: str, names: tuple[str, ...], body: list[list[str]], header: bool, given: dict[str, Any]
) -> tuple[Layout, list[str], tuple[str, ...], list[list[str]]]:
    """Return the layout, notes about it, and the columns and rows of the table in long form."""
    wanted = given.get("layout")
    if wanted is Layout.COLUMNS or not header:
        return Layout.COLUMNS, [], names, body
    across = find_across(names, body)
    if across is None:
        if wanted is Layout.ACROSS:
            raise DataError(f"{name} has no months, years or dates in its header, which the layout 'across' needs")
        return Layout.COLUMNS, [], names, body
    numbered, _, _ = across.without_others(list(enumerate(body, start=1)))
    long = across.long(name, numbered, given.get("sequence_column"))
    if not long.rows:
        return Layout.COLUMNS, [], names, body
    apart = len(long.names) == 3
    read = f"a sequence for each {long.names[0]}" if apart else "one series"
    notes = [f"the header has {across.what}; the rows are read from left to right as {read} (--layout columns: not so)"]
    return Layout.ACROSS, notes, long.names, [row for _, row in long.rows]


def _sequence_column(
    names: tuple[str, ...],
    body: list[list[str]],
    layout: Layout,
    decimal: Decimal,
    given: dict[str, Any],
    *,
    is_all: bool,
) -> tuple[str | None, list[str]]:
    """Return the column that tells sequences apart: the given one, or that without which times would repeat.

    `is_all` says whether these are all rows of the file.
    """
    if layout is Layout.ACROSS:
        return (names[0] if len(names) == 3 else None), []
    if "sequence_column" in given:
        return given["sequence_column"], []
    year = given.get("first_year")
    found = find_sequences(
        names,
        body,
        lambda own, columns: find_time(names, own, decimal, other_than=columns, first_year=year).columns,
    )
    if found is None:
        return None, []
    several = len(found.columns) > 1
    what = f"columns {joined(map(repr, found.columns))} tell" if several else f"column {found.columns[0]!r} tells"
    count = f"{found.count:,}" if is_all else f"at least {found.count:,}"
    note = (
        f"{what} {count} sequences apart, within each of which the times of {found.time!r} come once "
        "(--sequence-column none: not so)"
    )
    return ", ".join(found.columns), [note]


def _times(
    names: tuple[str, ...],
    sequences: list[list[list[str]]],
    sequence_columns: tuple[str, ...],
    decimal: Decimal,
    given: dict[str, Any],
    known: TableFormat | None,
) -> dict[str, Any]:
    """Return the settings of the time: those that are given, or known of a model's data where they fit, or found."""
    settings = ("order", "insert_missing", "newest_year", "first_year", "frequency")
    chosen: dict[str, Any] = {name: given[name] for name in settings if name in given}
    if "time_columns" in given and not given["time_columns"]:
        return {**chosen, "time_columns": (), "date_format": None}
    time = find_time(
        names,
        sequences,
        decimal,
        other_than=sequence_columns,
        columns=given.get("time_columns", ()),
        date_format=given.get("date_format"),
        known=known,
        first_year=given.get("first_year"),
    )
    if known is not None and time.is_of(known):
        chosen = known.model_dump(include={"newest_year", "first_year", "frequency"}) | chosen
    return {**chosen, "time_columns": time.columns, "date_format": time.date_format}


def _delimiter(records: list[str]) -> Delimiter:
    """Choose the delimiter that splits the rows into equally many cells, most of them numbers."""
    records = records[:_ROWS_TO_COMPARE]
    best: Delimiter = ","
    best_score, divides_all = 0.0, False
    for sign in DELIMITERS:
        if sign == " " and best != "," and divides_all:
            break  # a blank stands within cells, as between a date and a time of day
        rows = [cells(record, sign) for record in records]
        width = usual_width(rows)
        fitting = [row for row in rows if len(row) == width or (len(row) > width and not any(row[width:]))]
        score = len(fitting) / len(rows) * (0.05 + _share_of_numbers(fitting)) if width > 1 else 0.0
        if score > best_score:
            best, best_score, divides_all = sign, score, len(fitting) == len(rows)
    whole = [[record.strip().strip('"')] for record in records]
    below = whole[1:]
    if (
        best == ","
        and len(cells(records[0], best)) == 1
        and any("," in row[0] for row in below)
        and all(is_number(row[0], ",") for row in below)
    ):
        return ";"  # a name, and below it numbers with decimal commas
    if best_score >= 0.5 or best_score >= _share_of_numbers(whole):
        return best
    # A single column; one with decimal commas must not be split at them.
    return ";" if any("," in record for record in records[1:] or records) else ","


def _share_of_numbers(rows: list[list[str]]) -> float:
    found = [cell for row in rows[1:] or rows for cell in row if cell.lower() not in MISSING]
    return sum(map(is_value, found)) / len(found) if found else 0.0


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    """Return the columns of some rows, without missing cells."""
    return [
        [row[index] for row in rows if index < len(row) and row[index].lower() not in MISSING] for index in range(width)
    ]


def _sequences(rows: list[list[str]], places: tuple[int, ...]) -> list[list[list[str]]]:
    """Return the rows of each sequence, in the order of first appearance."""
    if not places:
        return [rows]
    found: dict[str, list[list[str]]] = {}
    for row in rows:
        name = name_of_sequence([row[place] if place < len(row) else "" for place in places])
        found.setdefault(name, []).append(row)
    return list(found.values())
