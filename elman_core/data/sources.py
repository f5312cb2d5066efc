"""Getting a table again from where it once came from."""

from __future__ import annotations

from pathlib import Path

from elman_core.data.csv_import import read_table
from elman_core.data.table import Source, Table
from elman_core.errors import DataError
from elman_core.experiments import BUILT_IN
from elman_core.job import Job

__all__ = ["SourceGoneError", "open_source"]


class SourceGoneError(DataError):
    """What a model was trained on is not there any more, so the person has to give the data."""


def open_source(source: Source) -> Job[Table]:
    """Make or read the table of a source: a built-in experiment's or a CSV file's, in its saved format.

    Raises
    ------
    SourceGoneError
        When this version has no such experiment, or the file is not there any more.
    DataError
        When the file is there but cannot be read.
    """
    if source.kind == "built-in":
        if source.name not in BUILT_IN:
            raise SourceGoneError(
                f"the model was trained on the experiment {source.name!r}, which this version does not have"
            )
        yield 0.0
        return BUILT_IN[source.name].table()
    if source.path is None:
        raise SourceGoneError(f"the model was trained on {source.name}, but it does not say where that file is")
    path = Path(source.path)
    if not _is_there(path):
        raise SourceGoneError(f"the model was trained on {path}, which is not there")
    return (yield from read_table(path, source.format))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a path out of a file may have any letters in it
        return False
