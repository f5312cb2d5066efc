"""Reading a table again from its source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from elman_core.config import SymbolUnit
from elman_core.data.csv.detect import detect
from elman_core.data.csv.read import read_table
from elman_core.data.table import Source, Table, TableFormat
from elman_core.data.text.tables import pasted_table, tokenized_column, tokenized_file
from elman_core.data.text.vocabulary import Symbols
from elman_core.errors import DataError
from elman_core.experiments import BUILT_IN
from elman_core.support.jobs import Job

__all__ = ["SourceGoneError", "find_data", "open_source", "read_like"]

_ALIKE = ("decimal", "thousands", "missing", "layout", "insert_missing", "sequence_column")
"""Settings of a format that other data for the same network are read with."""


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
        tokenized = yield from tokenized_file(path, symbols.config)
    else:
        tokenized = yield from tokenized_column(path, source.column, symbols.config, source.format)
    return tokenized.table(symbols.vocabulary)


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
    path: Path, known: Source, symbols: Symbols | None = None, wanted: TableFormat | None = None
) -> Job[Table]:
    """Read other data for a network: a table of numbers, or symbols of the kind that it learned.

    Parameters
    ----------
    known
        The source of what the network learned, which is read as those are: the same marks, codes and dates. Where that
        does not fit, the format is found anew, and a note says so.
    symbols
        Of a network that learned symbols.
    wanted
        What is set in it holds.

    Raises
    ------
    DataError
        When the file cannot be read so, or has a symbol that the network does not know.
    """
    given = {} if wanted is None else {name: getattr(wanted, name) for name in wanted.model_fields_set}
    sequence = {} if known.sequence_column is None else {"sequence_column": known.sequence_column}
    anew = TableFormat(**(sequence | given))
    if symbols is None:
        return (yield from _read_like(path, known.format, anew, given))
    if symbols.config.unit is SymbolUnit.ROWS:
        tokenized = yield from tokenized_column(
            path, known.column, symbols.config, detect(path, anew, known.format).format
        )
    else:
        tokenized = yield from tokenized_file(path, symbols.config)
    return tokenized.table(symbols.vocabulary)


def _read_like(path: Path, known: TableFormat | None, anew: TableFormat, given: dict[str, Any]) -> Job[Table]:
    """Read numbers as those of a format, or else as they are found to be written."""
    if known is None:
        return (yield from read_table(path, wanted=anew))
    alike = {name: getattr(known, name) for name in _ALIKE}
    try:
        return (yield from read_table(path, wanted=TableFormat(**(alike | given)), known=known))
    except DataError as refused:
        table = yield from read_table(path, wanted=anew, known=known)
        told = f"{str(refused).rstrip('.')}; as the model's data are not written so, the format was found anew"
        return replace(table, notes=(told, *table.notes))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a path out of a file may have any letters in it
        return False
