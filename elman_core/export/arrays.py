"""Writing hidden states, weights and the weights along a run to files, as NPZ or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elman_core.analysis.clusters import newick
from elman_core.analysis.types import Clusters
from elman_core.analysis.units import Layer, UnitNames, unit_name, units_of, w1_rows, w2_rows
from elman_core.config import NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.errors import DataError
from elman_core.support.files import replace_file
from elman_core.support.jobs import Job
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.events import Snapshot

__all__ = ["export_arrays", "write_newick"]

_ROWS_AT_ONCE = 5_000


def export_arrays(
    path: Path,
    what: str,
    network: NetworkConfig,
    dataset: SequenceDataset,
    snapshot: Snapshot,
    points: tuple[Checkpoint, ...],
) -> Job[Path]:
    """Write "states", "weights" or "path" to a file.

    An .npz file has arrays: for states `time`, `hidden` (T, H) and `one_step` (T, C), and `free_run_time`,
    `free_run_hidden`, `free_run`, where there are several sequences also `sequence` and `free_run_sequence`; for
    weights `w1`, `w2` of the whole ensemble; for the path `epochs` (K,), `w1` (K, P, H), `w2` (K, R, O). A .csv file
    has a row for each time step, or for each weight (and epoch).

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
        data = _npz(what, dataset, snapshot, points)
    else:
        data = yield from _csv(_table(what, network, dataset, snapshot, points))
    replace_file(path, data)
    return path


def write_newick(path: Path, seen: Clusters) -> Job[Path]:
    """Write a tree of symbols as Newick."""
    yield 0.0
    replace_file(path, f"{newick(seen)}\n".encode())
    return path


def _npz(what: str, dataset: SequenceDataset, snapshot: Snapshot, points: tuple[Checkpoint, ...]) -> bytes:
    response = snapshot.response
    arrays: dict[str, NDArray[np.floating] | NDArray[np.int64] | NDArray[np.str_]]
    if what == "states":
        first, free = response.first_row - 1, response.closed_loop_row - 1
        arrays = {
            "time": _times(dataset, first, len(response.hidden)),
            "hidden": response.hidden,
            "one_step": response.one_step,
            "free_run_time": _times(dataset, free, len(response.closed_loop_hidden)),
            "free_run_hidden": response.closed_loop_hidden,
            "free_run": response.closed_loop,
        }
        if dataset.panel.has_several:
            arrays["sequence"] = np.array(_sequences(dataset, first, len(response.hidden)))
            arrays["free_run_sequence"] = np.array(_sequences(dataset, free, len(response.closed_loop_hidden)))
    elif what == "weights":
        arrays = {"w1": snapshot.w1, "w2": snapshot.w2}
    else:
        arrays = {
            "epochs": np.array([point.epoch for point in points], np.int64),
            "w1": np.stack([point.w1 for point in points]),
            "w2": np.stack([point.w2 for point in points]),
        }
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # its keywords are arrays
    return file.getvalue()


def _table(
    what: str,
    network: NetworkConfig,
    dataset: SequenceDataset,
    snapshot: Snapshot,
    points: tuple[Checkpoint, ...],
) -> Iterable[list[object]]:
    if what == "states":
        yield from _state_rows(network, dataset, snapshot)
    elif what == "weights":
        yield ["network", "from", "to", "weight"]
        for n, pair in enumerate(zip(snapshot.w1, snapshot.w2, strict=True), start=1):
            yield from ([n, *row] for row in _weight_rows(network, dataset, *pair))
    else:
        yield ["epoch", "from", "to", "weight"]
        for point in points:
            yield from ([point.epoch, *row] for row in _weight_rows(network, dataset, point.w1, point.w2))


def _state_rows(network: NetworkConfig, dataset: SequenceDataset, snapshot: Snapshot) -> Iterable[list[object]]:
    response, several = snapshot.response, dataset.panel.has_several
    units = [unit_name(unit) for unit in units_of(network, Layer.HIDDEN)]
    yield [dataset.axis.label, *(["sequence"] if several else []), "free_run", *units]
    for free, first, states in (
        (0, response.first_row - 1, response.hidden),
        (1, response.closed_loop_row - 1, response.closed_loop_hidden),
    ):
        times = [dataset.axis.text(time) for time in _times(dataset, first, len(states)).tolist()]
        names = [[name] for name in _sequences(dataset, first, len(states))] if several else [[]] * len(states)
        for time, name, state in zip(times, names, states.tolist(), strict=True):
            yield [time, *name, free, *state]


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


def _times(dataset: SequenceDataset, first: int, count: int) -> NDArray[np.float64]:
    """Return where `count` rows from `first` on stand in time, also after the last row."""
    axis = dataset.axis
    beyond = max(0, first + count - dataset.rows)
    positions = np.concatenate([axis.positions, axis.extended(beyond)]) if beyond else axis.positions
    return np.asarray(positions[first : first + count], np.float64)


def _sequences(dataset: SequenceDataset, first: int, count: int) -> list[str]:
    """Return the names of the sequences that `count` rows from `first` on belong to."""
    return [dataset.panel.title(place) for place in dataset.panel.sequence_of(np.arange(first, first + count)).tolist()]
