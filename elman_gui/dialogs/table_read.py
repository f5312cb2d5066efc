"""TableRead: what a file gave as a table, read beside the window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from elman_core.data.csv.dates import date_patterns
from elman_core.data.csv.detect import detect, preview
from elman_core.data.csv.read import read_table
from elman_core.data.csv.records import named_columns
from elman_core.data.csv.sheets import is_sheet_file, sheet_names
from elman_core.data.csv.time_cells import fits
from elman_core.data.table import Table, TableFormat
from elman_core.errors import ConfigError, DataError
from elman_core.support.jobs import Job

__all__ = ["TableRead", "read_for_import"]

_SHOWN, _COMPARED = 12, 400
_OF_DIGITS = ("yyyymm", "%Y%m%d", "%Y", "%Y%j", "epoch-s", "epoch-ms", "epoch-us", "epoch-ns", "excel")
"""Formats of whole numbers, which no cell shows to be times."""


@dataclass(frozen=True)
class TableRead:
    """What a file gave, or the sentence that says why it gave nothing.

    Attributes
    ----------
    wanted
        The settings that the person chose; all others were detected.
    cells
        Of the first rows, unchanged.
    names
        Of the columns.
    sheets
        Of a workbook.
    date_formats
        That the cells of the time columns fit.
    """

    path: Path
    table_format: TableFormat
    cells: list[list[str]]
    table: Table | None
    problem: str = ""
    wanted: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    date_formats: tuple[str, ...] = ()

    @property
    def is_of_cells(self) -> bool:
        """Whether the file has cells rather than text: a workbook, or a Parquet file."""
        return is_sheet_file(self.path)


def read_for_import(path: Path, wanted: Mapping[str, Any] | None = None) -> Job[TableRead]:
    """Detect how a file is written, with the settings that are `wanted`, and read it.

    A problem that other settings may solve is returned.

    Raises
    ------
    DataError
        When nothing is wanted and the file is no table.
    """
    yield 0.0
    wanted = dict(wanted or {})
    sheets = sheet_names(path)
    yield 0.0
    try:
        chosen = TableFormat(**wanted)
        detected = detect(path, chosen)
        found = detected.format
        if "date_format" in wanted and wanted["date_format"] is None:
            found = found.replace(date_format=None)  # plain numbers, however much they look like dates
    except (DataError, ConfigError) as error:
        if not wanted:
            raise
        return TableRead(path, _nearest(path, wanted), [], None, str(error), wanted, sheets=sheets)
    read = TableRead(path, found, [], None, wanted=wanted, sheets=sheets)
    try:
        rows = preview(path, found, _COMPARED)
        yield 0.0
        above = found.header_rows if found.header else 0
        names = named_columns(path.name, rows[:above], rows[above:])
        formats = _date_formats(found, names, rows[above:])
        read = replace(read, cells=rows[:_SHOWN], names=names, date_formats=formats)
        yield 0.0
        table = yield from read_table(path, found)
    except DataError as error:
        return replace(read, problem=str(error))
    return replace(read, table=replace(table, notes=(*detected.notes, *table.notes)))


def _nearest(path: Path, wanted: Mapping[str, Any]) -> TableFormat:
    """Return a format with as much of what is wanted as can be, of a file that cannot be read so."""
    found = detect(path).format
    for name, value in wanted.items():
        try:
            found = found.replace(**{name: value})
        except ConfigError:
            continue
    return found


def _date_formats(found: TableFormat, names: tuple[str, ...], rows: list[list[str]]) -> tuple[str, ...]:
    """Return the formats that the cells of the time columns fit, the one that is read first."""
    if not found.time_columns or any(name not in names for name in found.time_columns):
        return ()
    places = [names.index(name) for name in found.time_columns]
    texts = [" ".join(row[place] for place in places) for row in rows if len(row) > max(places) and row[places[0]]]
    formats = [*date_patterns([texts]), *(one for one in _OF_DIGITS if fits(one, texts))] if texts else []
    return tuple(dict.fromkeys(formats))
