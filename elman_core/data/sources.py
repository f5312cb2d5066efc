"""Reading a table again from its source."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from elman_core.config import SymbolUnit
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.data.table import Source, Table, TableFormat
from elman_core.data.text.tables import pasted_table, tokenized_column, tokenized_file
from elman_core.data.text.vocabulary import Symbols
from elman_core.errors import DataError
from elman_core.experiments import BUILT_IN
from elman_core.support.jobs import Job

__all__ = ["SourceGoneError", "find_data", "open_source", "read_like"]


class SourceGoneError(DataError):
    """The data that a model was trained on are gone; others have to be given."""


def open_source(source: Source, symbols: Symbols | None = None) -> Job[Table]:
    """Return the table of a source: of a built-in experiment, of a CSV file in its saved format, or of a text.

    `symbols` holds the vocabulary of a network of symbols, and the text itself where that was pasted.

    Raises
    ------
    SourceGoneError
        When this version has no such experiment, or the file no longer exists.
    DataError
        When the file exists but cannot be read.
    """
    if source.kind == "built-in":
        if source.name not in BUILT_IN:
            raise SourceGoneError(
                f"the model was trained on the experiment {source.name!r}, which this version does not have"
            )
        yield 0.0
        return BUILT_IN[source.name].table()
    if source.kind == "pasted" and symbols is not None:
        yield 0.0
        return pasted_table(symbols)
    if source.path is None:
        raise SourceGoneError(f"the model was trained on {source.name}, but it does not say where that file is")
    path = Path(source.path)
    if not _is_there(path):
        raise SourceGoneError(f"the model was trained on {path}, which is not there")
    if symbols is None:
        return (yield from read_table(path, source.format))
    if source.kind == "text":
        material = yield from tokenized_file(path, symbols.config)
    else:
        material = yield from tokenized_column(path, source.column, symbols.config, source.format)
    return material.table(symbols.vocabulary)


def find_data(source: Source, model_path: Path) -> Path | None:
    """Return a file in the model's folder that has the name that the data had; None where there is none.

    Only the last part of a path out of a file is taken, so that it leads nowhere else.
    """
    if source.kind not in ("csv", "text") or source.path is None:
        return None
    for kind in (PurePosixPath, PureWindowsPath):  # the model may come from another system
        name = kind(source.path).name
        beside = model_path.absolute().parent / name
        if name not in ("", "..") and _is_there(beside) and not beside.is_dir():
            return beside
    return None


def read_like(
    path: Path,
    symbols: Symbols | None,
    column: str | None = None,
    sequence_column: str | None = None,
    known: TableFormat | None = None,
) -> Job[Table]:
    """Read other data for a network: a table of numbers, or symbols of the kind that it learned.

    `column` is the one whose rows are symbols, `sequence_column` the one that tells sequences apart.
    `known` is the format of the data that the network was trained on, which is taken where it fits.

    Raises
    ------
    DataError
        When the file cannot be read so, or has a symbol that the network does not know.
    """
    if symbols is None:
        return (yield from read_table(path, detect_format(path, sequence_column, known)))
    if symbols.config.unit is SymbolUnit.ROWS:
        table_format = detect_format(path, sequence_column, known)
        material = yield from tokenized_column(path, column, symbols.config, table_format)
    else:
        material = yield from tokenized_file(path, symbols.config)
    return material.table(symbols.vocabulary)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a path out of a file may have any letters in it
        return False
