"""Writing hidden states, weights and the weights along a run to files, as NPZ or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.analysis.clusters import newick
from elman_core.analysis.types import Clusters
from elman_core.analysis.units import Layer, UnitNames, unit_name, units_of, w1_rows, w2_rows
from elman_core.config import NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.errors import DataError
from elman_core.export.rows import belongings, positions_of, predicted_symbols, symbols_of, times_of
from elman_core.export.stamp import Stamp
from elman_core.support.files import replace_file
from elman_core.support.jobs import Job
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.events import Response, Snapshot

__all__ = ["export_arrays", "write_newick"]

_ROWS_AT_ONCE = 5_000
_TOLD = ("place", "symbol", "class", "target_symbol", "predicted_symbol")
"""What a row of states belongs to beside time and sequence, where there is such a thing."""


def export_arrays(
    path: Path,
    what: str,
    network: NetworkConfig,
    dataset: SequenceDataset,
    snapshot: Snapshot,
    points: tuple[Checkpoint, ...],
    stamp: Stamp | None = None,
) -> Job[Path]:
    """Write "states", "weights" or "path" to a file.

    An .npz file has arrays: for states `time`, `hidden` (T, H), `one_step` (T, C), what is predicted then, and `target`
    (T, C), what came; for symbols `symbol`, `class`, `target_symbol` and `predicted_symbol` (T,); for several sequences
    `sequence` and `place` (T,); and the same of the free run with `free_run_` before, but for `free_run`, which it
    predicts. For weights `w1`, `w2` of the whole ensemble, and `networks` (N,), their numbers; for the path `epochs`
    (K,), `w1` (K, P, H), `w2` (K, R, O). `stamp` says which network it is: `network`, `epoch` and so on are arrays ().

    A .csv file has a row for each time step, or for each weight (and epoch), with the same in columns.

    Raises
    ------
    DataError
        When the name ends in neither .npz nor .csv, or there is nothing kept along the run.
    """
    yield 0.0
    suffix = path.suffix.lower()
    if suffix not in (".npz", ".csv"):
        raise DataError(f"{path.name}: the name must end in .npz or .csv")
    if what == "path" and not points:
        raise DataError("no weights were kept along the run yet; train first")
    if suffix == ".npz":
        data = _npz(what, dataset, snapshot, points, stamp or Stamp())
    else:
        data = yield from _csv(_table(what, network, dataset, snapshot, points, stamp or Stamp()))
    replace_file(path, data)
    return path


def write_newick(path: Path, seen: Clusters) -> Job[Path]:
    """Write a tree of symbols as Newick."""
    yield 0.0
    replace_file(path, f"{newick(seen)}\n".encode())
    return path


def _npz(
    what: str, dataset: SequenceDataset, snapshot: Snapshot, points: tuple[Checkpoint, ...], stamp: Stamp
) -> bytes:
    arrays: dict[str, NDArray[Any]]
    if what == "states":
        arrays = {name: _storable(array) for name, array in _state_arrays(dataset, snapshot.response).items()}
    elif what == "weights":
        arrays = {"w1": snapshot.w1, "w2": snapshot.w2, "networks": np.array(_numbers(snapshot, stamp), np.int64)}
    else:
        arrays = {
            "epochs": np.array([point.epoch for point in points], np.int64),
            "w1": np.stack([point.w1 for point in points]),
            "w2": np.stack([point.w2 for point in points]),
        }
    said = {name: np.array(value) for name, value in _stamp_of(what, stamp).items()}
    file = io.BytesIO()
    np.savez_compressed(file, **arrays, **said)  # type: ignore[arg-type]  # its keywords are arrays
    return file.getvalue()


def _storable(array: NDArray[Any]) -> NDArray[Any]:
    """Return names as an array that can be read without trusting it."""
    return array.astype(np.str_) if array.dtype == object else array


def _stamp_of(what: str, stamp: Stamp) -> dict[str, int | str]:
    """Return what is said of all rows alike: the path has its epochs, and the weights their networks."""
    own = {"path": ("epoch", "time_step", "held"), "weights": ("network", "held"), "states": ()}[what]
    return {name: value for name, value in stamp.columns.items() if name not in own}


def _numbers(snapshot: Snapshot, stamp: Stamp) -> list[int]:
    """Return the numbers, counted from 1, of the networks whose weights a snapshot has."""
    alone = len(snapshot.w1) == 1 and stamp.network is not None
    return [stamp.network or 1] if alone else list(range(1, len(snapshot.w1) + 1))


def _table(
    what: str,
    network: NetworkConfig,
    dataset: SequenceDataset,
    snapshot: Snapshot,
    points: tuple[Checkpoint, ...],
    stamp: Stamp,
) -> Iterable[list[object]]:
    said = _stamp_of(what, stamp)
    same = list(said.values())
    if what == "states":
        rows = _state_rows(network, dataset, snapshot)
        yield [*next(rows), *said]
        yield from ([*row, *same] for row in rows)
    elif what == "weights":
        yield ["network", "from", "to", "weight", *said]
        for n, *pair in zip(_numbers(snapshot, stamp), snapshot.w1, snapshot.w2, strict=True):
            yield from ([n, *row, *same] for row in _weight_rows(network, dataset, *pair))
    else:
        yield ["epoch", "from", "to", "weight", *said]
        for point in points:
            yield from ([point.epoch, *row, *same] for row in _weight_rows(network, dataset, point.w1, point.w2))


def _state_arrays(dataset: SequenceDataset, response: Response) -> dict[str, NDArray[Any]]:
    """Return the states, first those fed with the series, and what they belong to, by name."""
    first, free = response.first_row - 1, response.closed_loop_row - 1
    arrays: dict[str, NDArray[Any]] = {}
    for before, start, hidden, predicted, name in (
        ("", first, response.hidden, response.one_step, "one_step"),
        ("free_run_", free, response.closed_loop_hidden, response.closed_loop, "free_run"),
    ):
        rows = np.arange(start, start + len(hidden))
        arrays |= {f"{before}time": positions_of(dataset, rows), f"{before}hidden": hidden, name: predicted}
        own = belongings(dataset, rows) | {"target": _targets(dataset, rows + 1, len(dataset.columns))}
        if dataset.kind is DataKind.SYMBOLS:
            own |= {
                "target_symbol": _target_symbols(dataset, rows + 1),
                "predicted_symbol": predicted_symbols(dataset, predicted),
            }
        arrays |= {f"{before}{column}": array for column, array in own.items()}
    return arrays


def _targets(dataset: SequenceDataset, rows: NDArray[np.int64], columns: int) -> NDArray[np.float64]:
    """Return what came at some rows, (n, C); NaN where it was filled, or nothing comes."""
    targets = np.full((len(rows), columns), np.nan)
    known = _are_targets(dataset, rows)
    targets[known] = dataset.values[rows[known]]
    targets[known] = np.where(dataset.missing[rows[known]], np.nan, targets[known])
    return targets


def _target_symbols(dataset: SequenceDataset, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    return np.where(_are_targets(dataset, rows), symbols_of(dataset, rows), "")


def _are_targets(dataset: SequenceDataset, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows are there, and have a row before them in their sequence."""
    known = np.minimum(rows, dataset.rows - 1)
    follows = known != dataset.panel.starts[dataset.panel.sequence_of(known)]
    return np.asarray((rows < dataset.rows) & follows)


def _state_rows(network: NetworkConfig, dataset: SequenceDataset, snapshot: Snapshot) -> Iterator[list[object]]:
    """Give the header, then a row for each state: when it is, the state, what went in, came and was predicted."""
    arrays, columns = _state_arrays(dataset, snapshot.response), dataset.columns
    units = [unit_name(unit) for unit in units_of(network, Layer.HIDDEN)]
    told = [name for name in _TOLD if name in arrays]
    numbers = dataset.kind is DataKind.NUMBERS
    seen = [name for column in columns for name in (f"{column} (target)", f"{column} (predicted)")] if numbers else []
    head = [dataset.axis.label, *(["sequence"] if "sequence" in arrays else []), "free_run"]
    yield [*head, *units, *told, *seen]
    first, free = snapshot.response.first_row - 1, snapshot.response.closed_loop_row - 1
    for number, (before, start, predicted) in enumerate((("", first, "one_step"), ("free_run_", free, "free_run"))):
        hidden = arrays[f"{before}hidden"]
        pairs = np.stack([arrays[f"{before}target"], arrays[predicted]], axis=-1).reshape(len(hidden), -1)
        own: list[list[Any]] = [times_of(dataset, np.arange(start, start + len(hidden)))]
        own += [arrays[f"{before}sequence"].tolist()] if "sequence" in arrays else []
        own += [[number] * len(hidden)]
        others = [arrays[f"{before}{name}"].tolist() for name in told]
        for row, pair, state, *rest in zip(
            zip(*own, strict=True), pairs.tolist(), hidden.tolist(), *others, strict=True
        ):
            yield [*row, *state, *rest, *(map(_cell, pair) if numbers else ())]


def _cell(value: float) -> float | str:
    """Leave a cell without a value empty."""
    return "" if value != value else value


def _weight_rows(
    network: NetworkConfig, dataset: SequenceDataset, w1: NDArray[np.floating], w2: NDArray[np.floating]
) -> Iterable[list[object]]:
    names = UnitNames.of(dataset)
    for weights, rows, layer in ((w1, w1_rows(network), Layer.HIDDEN), (w2, w2_rows(network), Layer.OUTPUT)):
        targets = [unit_name(unit, names) for unit in units_of(network, layer)]
        for unit, row in zip(rows, weights.tolist(), strict=True):
            source = unit_name(unit, names)
            yield from ([source, target, weight] for target, weight in zip(targets, row, strict=True))


def _csv(rows: Iterable[list[object]]) -> Job[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for index, row in enumerate(rows):
        if index % _ROWS_AT_ONCE == 0:
            yield min(0.9, index / 1e6)
        writer.writerow(row)
    return text.getvalue().encode()
