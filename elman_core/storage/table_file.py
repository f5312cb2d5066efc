"""A table as one .safetensors file: all that was read of its source, so that the source may go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from pydantic import Field
from safetensors import SafetensorError

from elman_core.config import Config
from elman_core.data.calendar import Calendar
from elman_core.data.panel import Panel
from elman_core.data.table import AxisKind, Rows, Source, Table, TableFacts, TimeAxis
from elman_core.data.text.vocabulary import CodedRows
from elman_core.errors import ConfigError, ModelFileError
from elman_core.storage.symbols import SymbolsMetadata, symbols_from, symbols_metadata, tensors_of
from elman_core.storage.tensor_bytes import tensor_bytes
from elman_core.support.files import replace_file

__all__ = ["load_table_file", "save_table_file"]

_KEY = "elman.table"
_FORMAT = 1
_BETWEEN = "\0"


class _Metadata(Config):
    """What stands beside the numbers."""

    format_version: int = Field(ge=_FORMAT, le=_FORMAT)
    name: str
    columns: tuple[str, ...] = Field(min_length=1)
    label: str
    kind: AxisKind
    calendar: Calendar = Calendar()
    source: Source
    notes: tuple[str, ...]
    symbols: SymbolsMetadata | None
    facts: TableFacts | None


def save_table_file(path: Path, table: Table) -> None:
    """Write a table to one file, all of it or nothing.

    The tensors are `values` (R, C), or of symbols `symbols.codes` (R,); `positions` (R,) on the time axis; `starts`
    and `phases` (S,) of its sequences, and their `names` in UTF-8 with a zero byte between two.

    Raises
    ------
    NotWrittenError
        When the file cannot be written.
    """
    panel, symbols = table.panel, table.symbols
    tensors: dict[str, NDArray[Any]] = {
        "positions": table.axis.positions,
        "starts": panel.starts,
        "phases": panel.phases,
    }
    if symbols is None:
        tensors["values"] = table.values[:]
    else:
        tensors |= tensors_of(symbols, pasted=True)
    if panel.names:
        text = _BETWEEN.join(name.replace(_BETWEEN, " ") for name in panel.names)
        tensors["names"] = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    metadata = _Metadata(
        format_version=_FORMAT,
        name=table.name.encode("utf-8", "replace").decode("utf-8"),
        columns=table.columns,
        label=table.axis.label,
        kind=table.axis.kind,
        calendar=table.axis.calendar,
        source=table.source,
        notes=table.notes,
        symbols=None if symbols is None else symbols_metadata(symbols),
        facts=table.facts,
    )
    replace_file(path, *tensor_bytes(tensors, {_KEY: json.dumps(metadata.model_dump(mode="json"))}))


def load_table_file(path: Path) -> Table:
    """Read a table that `save_table_file` wrote.

    Raises
    ------
    ModelFileError
        When the file cannot be read, or is damaged.
    """
    try:
        return _table(path.read_bytes())
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror}") from None
    except (ModelFileError, ConfigError, SafetensorError, ValueError, TypeError, KeyError):
        raise ModelFileError(f"{path} is damaged: it is not a table that this program wrote") from None


def _table(data: bytes) -> Table:
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    metadata = _Metadata(**json.loads(header["__metadata__"][_KEY]))
    arrays: dict[str, NDArray[Any]] = safetensors.numpy.load(data)
    positions = _tensor(arrays, "positions", np.float64, 1)
    axis = TimeAxis(metadata.label, metadata.kind, positions, metadata.calendar)
    rows, columns = len(axis.positions), metadata.columns
    starts, phases = (_tensor(arrays, name, np.int64, 1) for name in ("starts", "phases"))
    symbols = None if metadata.symbols is None else symbols_from(metadata.symbols, columns, arrays)
    values: Rows
    if symbols is None:
        values = _tensor(arrays, "values", np.float64, 2)
    else:
        values = CodedRows(symbols.vocabulary.vectors, symbols.codes)
    if (len(values), values.shape[1]) != (rows, len(columns)):
        raise ModelFileError(f"the table has {values.shape} numbers, its axis and columns ({rows}, {len(columns)})")
    names = tuple(arrays["names"].tobytes().decode("utf-8").split(_BETWEEN)) if "names" in arrays else ()
    return Table(
        metadata.name,
        columns,
        values,
        axis,
        metadata.source,
        metadata.notes,
        symbols,
        Panel(starts, phases, rows, names),
        metadata.facts,
    )


def _tensor(arrays: Mapping[str, NDArray[Any]], name: str, kind: type[np.generic], dimensions: int) -> NDArray[Any]:
    found = arrays[name]
    if found.dtype != kind or found.ndim != dimensions:
        raise ModelFileError(f"tensor {name!r} has another shape or type than a table's")
    return found.copy()
