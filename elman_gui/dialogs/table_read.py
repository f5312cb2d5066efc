"""TableRead: what a file gave as a table, read beside the window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from elman_core.data.csv.detect import detect, detect_format, preview
from elman_core.data.csv.read import read_table
from elman_core.data.table import Table, TableFormat
from elman_core.errors import DataError
from elman_core.support.jobs import Job

__all__ = ["TableRead", "read_for_import"]


@dataclass(frozen=True)
class TableRead:
    """What a file gave, or the sentence that says why it gave nothing."""

    path: Path
    table_format: TableFormat
    cells: list[list[str]]
    table: Table | None
    problem: str = ""


def read_for_import(path: Path, table_format: TableFormat | None = None, *, seek_time: bool = False) -> Job[TableRead]:
    """Detect how a file is written, and read it; a problem that another format may solve is returned.

    With `seek_time` the time is looked for anew, within the sequences of a format.
    """
    yield 0.0
    notes: tuple[str, ...] = ()
    if table_format is None:
        detected = detect(path)
        table_format, notes = detected.format, detected.notes
    elif seek_time:
        found = detect_format(path, table_format.sequence_column)
        table_format = table_format.replace(time_columns=found.time_columns, date_format=found.date_format)
    cells: list[list[str]] = []
    try:
        cells = preview(path, table_format)
        table = yield from read_table(path, table_format)
    except DataError as error:
        return TableRead(path, table_format, cells, None, str(error))
    return TableRead(path, table_format, cells, replace(table, notes=(*notes, *table.notes)))
