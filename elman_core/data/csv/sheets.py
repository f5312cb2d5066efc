"""Workbooks and Parquet files, as the text of a table that commas divide.

Whatever stands in a sheet beside its table - titles, units, totals, sources - is found as in any other text.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from elman_core.data.csv.header import is_value
from elman_core.data.text_file import MAXIMUM_BYTES, SAMPLE_BYTES
from elman_core.errors import DataError
from elman_core.support.jobs import Job
from elman_core.support.text_format import listed

__all__ = ["SUFFIXES", "is_sheet_file", "open_sheet", "sample_of_sheet", "sheet_names", "sheet_note"]

SUFFIXES = (".xlsx", ".xlsm", ".parquet")
_OLD = (".xls", ".xlsb", ".ods")
_MAXIMUM_UNPACKED = 2**29
"""Bytes that the parts of a workbook may have together once they are unpacked."""
_MAXIMUM_CELLS = 100_000_000
_MAXIMUM_TEXT = 32_767
"""Characters in a cell, as Excel has it."""
_ROWS_TO_COMPARE = 1_000
_ROWS_AT_ONCE = 4_096
_IN_MEMORY = 2**24
_INDEX = "__index_level_"
"""How pandas begins the name of an index that has none."""

Row = list[str]


def is_sheet_file(path: Path) -> bool:
    """Whether a file is a workbook or a Parquet file by its name."""
    return path.suffix.lower() in (*SUFFIXES, *_OLD)


def open_sheet(path: Path, sheet: str | None = None) -> Job[tuple[BinaryIO, int]]:
    """Return a sheet as a file of text in UTF-8, and its size in bytes; how much there is to read is not known before.

    Raises
    ------
    DataError
        When the file cannot be read, has no such sheet, or is too large; or the library that reads it is missing.
    """
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # who reads it closes it
    try:
        for block in _blocks(path, sheet):
            file.write(block)
            yield 0.0
            if file.tell() > MAXIMUM_BYTES:
                raise DataError(f"{path.name} has more than {MAXIMUM_BYTES:,} bytes of text, which is the most")
        size = file.tell()
        if not size:
            raise DataError(f"{path.name} is empty; a table with rows of numbers was expected")
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file, size  # type: ignore[return-value]


def sample_of_sheet(path: Path, sheet: str | None = None) -> tuple[bytes, bool]:
    """Return the beginning of a sheet's text, and whether that is all."""
    sample = b""
    with closing(_blocks(path, sheet)) as blocks:
        for block in blocks:
            sample += block
            if len(sample) > SAMPLE_BYTES:
                return sample[:SAMPLE_BYTES], False
    if not sample:
        raise DataError(f"{path.name} is empty; a table with rows of numbers was expected")
    return sample, True


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of a workbook's sheets; none of a file that has no sheets, or cannot be read."""
    if path.suffix.lower() == ".parquet" or not is_sheet_file(path):
        return ()
    try:
        import openpyxl  # an extra, and slow to import

        with closing(openpyxl.load_workbook(path, read_only=True)) as book:
            return tuple(book.sheetnames)
    except Exception:  # who reads the file says what is wrong with it
        return ()


def sheet_note(path: Path) -> str:
    """Say which sheet of several is read where none is chosen; nothing where there is one only."""
    if path.suffix.lower() == ".parquet":
        return ""
    import openpyxl

    with closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as book:
        names = tuple(book.sheetnames)
        return f"sheet {_first_table(book).title!r} is read, of {listed(names)} (--sheet)" if len(names) > 1 else ""


def _blocks(path: Path, sheet: str | None) -> Generator[bytes]:
    """Yield the text of a sheet, some rows at a time."""
    suffix = path.suffix.lower()
    if suffix in _OLD:
        raise DataError(f"{path.name} is in a format that is not read; save it as .xlsx or as CSV")
    if not path.is_file():
        raise DataError(f"{path.name} was not found in {path.absolute().parent}; a workbook was expected")
    if suffix == ".parquet":
        if sheet is not None:
            raise DataError(f"{path.name} is a Parquet file, which has no sheets; it was asked for {sheet!r}")
        rows = _parquet_rows(path)
    else:
        rows = _workbook_rows(path, sheet)
    with closing(rows):
        cells = 0
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            cells += sum(map(len, some))
            if cells > _MAXIMUM_CELLS:
                raise DataError(
                    f"{path.name} has more than {_MAXIMUM_CELLS:,} cells, which is the most that can be read"
                )
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(some)
            yield text.getvalue().encode()


def _workbook_rows(path: Path, sheet: str | None) -> Generator[Row]:
    try:
        import openpyxl  # an extra, and slow to import
    except ImportError:
        raise DataError(_missing(path, "openpyxl")) from None
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        raise DataError(f"{path.name} is no workbook, or is damaged; a workbook or CSV was expected") from None
    if unpacked > _MAXIMUM_UNPACKED:
        raise DataError(
            f"{path.name} has {unpacked:,} bytes once it is unpacked; at most {_MAXIMUM_UNPACKED:,} can be read: save "
            "its sheet as CSV"
        )
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # whatever a library raises on a file that is no workbook
        raise DataError(f"{path.name} is no workbook, or is damaged; a workbook or CSV was expected") from error
    with closing(book):
        names = tuple(book.sheetnames)
        if sheet is not None and sheet not in names:
            raise DataError(f"{path.name} has no sheet {sheet!r}; it has {listed(names)}")
        chosen = book[sheet] if sheet is not None else _first_table(book)
        chosen.reset_dimensions()  # what a file says of its size need not be true
        yield from _texts(_trimmed(chosen.iter_rows(values_only=True)))


def _first_table(book: Any) -> Any:
    """Return the first sheet that has several rows with numbers or dates, or else several rows; charts have none."""
    with_rows = []
    for name in book.sheetnames:
        found = book[name]
        if hasattr(found, "iter_rows"):
            found.reset_dimensions()
            rows = list(islice(found.iter_rows(values_only=True), _ROWS_TO_COMPARE))
            if sum(any(map(_is_value, row)) for row in rows) > 1:
                return found
            if len(rows) > 1:
                with_rows.append(found)
    return with_rows[0] if with_rows else book[book.sheetnames[0]]


def _is_value(cell: Any) -> bool:
    return is_value(cell.strip()) if isinstance(cell, str) else isinstance(cell, int | float | date)


def _trimmed(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
    """Yield rows of equally many cells, as far as the first thousand have any."""
    rows = iter(rows)
    first = list(islice(rows, _ROWS_TO_COMPARE))
    width = max((place + 1 for row in first for place, value in enumerate(row) if value is not None), default=0)
    for row in chain(first, rows):
        cells = list(row[:width])
        yield cells + [None] * (width - len(cells))


def _texts(rows: Iterable[list[Any]]) -> Generator[Row]:
    """Write the values of each row; dates without a time of day where the first thousand of a column have none."""
    rows = iter(rows)
    first = list(islice(rows, _ROWS_TO_COMPARE))
    width = max(map(len, first), default=0)
    whole_days = [
        all(row[place].time() == time() for row in first if isinstance(row[place], datetime)) for place in range(width)
    ]
    for row in chain(first, rows):
        yield [_text(value, day) for value, day in zip(row, whole_days, strict=False)]


def _text(value: Any, whole_day: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        at_midnight = whole_day and value.time() == time()
        return value.date().isoformat() if at_midnight else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)[:_MAXIMUM_TEXT].replace("\x00", "")


def _parquet_rows(path: Path) -> Generator[Row]:
    try:
        import pyarrow
        import pyarrow.parquet  # an extra, and slow to import
    except ImportError:
        raise DataError(_missing(path, "pyarrow")) from None
    try:
        schema = pyarrow.parquet.read_schema(path)
        kinds = pyarrow.types
        texts = [field.name for field in schema if kinds.is_string(field.type) or kinds.is_large_string(field.type)]
        file = pyarrow.parquet.ParquetFile(path, read_dictionary=texts)
    except (pyarrow.ArrowException, OSError, ValueError):
        raise DataError(f"{path.name} is no Parquet file, or is damaged; a Parquet file or CSV was expected") from None
    with closing(file):
        names = [field.name for field in schema]
        index = [place for place, name in enumerate(names) if name.startswith(_INDEX)]  # pandas writes it last
        order = [*index, *(place for place in range(len(names)) if place not in index)]
        yield ["" if place in index else names[place] for place in order]
        rows = _parquet_values(path, file, pyarrow)
        yield from _texts([row[place] for place in order] for row in rows)


def _parquet_values(path: Path, file: Any, pyarrow: Any) -> Iterator[list[Any]]:
    """Yield the values of each row; a column of anything but numbers, dates and texts is left empty."""
    frequencies = [_frequency_of(field) for field in file.schema_arrow]
    for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
        columns: list[list[Any]] = []
        for column, frequency in zip(batch.columns, frequencies, strict=True):
            kind = column.type
            if pyarrow.types.is_dictionary(kind):
                longest = max(map(len, column.dictionary.to_pylist()), default=0)
                if longest > _MAXIMUM_TEXT:
                    raise DataError(
                        f"{path.name} has a text of {longest:,} characters; at most {_MAXIMUM_TEXT:,} can be"
                    )
            if isinstance(kind, pyarrow.BaseExtensionType):
                column, kind = column.storage, kind.storage_type
            if frequency is not None:
                columns.append(_periods(column.to_pylist(), frequency))
                continue
            if pyarrow.types.is_timestamp(kind):
                # Nanoseconds have no place in a datetime of Python.
                column = column.cast(pyarrow.timestamp("us", kind.tz), safe=False)
            elif pyarrow.types.is_nested(kind) or pyarrow.types.is_large_binary(kind) or pyarrow.types.is_binary(kind):
                columns.append([None] * len(column))
                continue
            values = column.to_pylist()
            if pyarrow.types.is_floating(kind):
                values = [None if value is not None and value != value else value for value in values]
            columns.append(values)
        yield from map(list, zip(*columns, strict=True))


def _frequency_of(field: Any) -> str | None:
    """Return the frequency of a column of periods as pandas writes them, such as M; None of any other column."""
    about = field.metadata or {}
    if about.get(b"ARROW:extension:name") != b"pandas.period":
        return getattr(field.type, "freq", None)  # where pandas has told pyarrow of its periods
    try:
        return str(json.loads(about[b"ARROW:extension:metadata"])["freq"])
    except (ValueError, KeyError, TypeError):
        return None


def _periods(ordinals: list[int | None], frequency: str) -> list[Any]:
    """Write periods such as 2015-01, 2015Q1 or 2015; their numbers where there is no such frequency."""
    import pandas as pd

    try:
        numbers = np.array([0 if one is None else one for one in ordinals], np.int64)
        texts = pd.PeriodIndex(pd.arrays.PeriodArray(numbers, dtype=pd.PeriodDtype(frequency))).astype(str).tolist()
    except (ValueError, OverflowError, TypeError):
        return ordinals
    return [None if one is None else text for one, text in zip(ordinals, texts, strict=True)]


def _missing(path: Path, library: str) -> str:
    how = "pip install 'elman[tables]', or save it as CSV"
    return f"{path.name} needs the library {library}, which is not installed: {how}"
