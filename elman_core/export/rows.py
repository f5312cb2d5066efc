"""What a row of an export belongs to: its time, sequence and place, its symbol and class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind

__all__ = [
    "belongings",
    "classes_of",
    "places_of",
    "positions_of",
    "predicted_symbols",
    "sequences_of",
    "symbols_of",
    "times_of",
]

Names = NDArray[np.object_]
Integers = NDArray[np.int64]


def positions_of(dataset: SequenceDataset, rows: Integers) -> NDArray[np.float64]:
    """Return where some rows stand in time, (n,); those after the last one go on by the calendar."""
    axis = dataset.axis
    beyond = max(0, int(rows.max(initial=-1)) + 1 - dataset.rows)
    positions = np.concatenate([axis.positions, axis.extended(beyond)]) if beyond else axis.positions
    return np.asarray(positions[rows], np.float64)


def times_of(dataset: SequenceDataset, rows: Integers) -> list[str]:
    """Return when some rows are, in words, (n,)."""
    return [dataset.axis.text(position) for position in positions_of(dataset, rows).tolist()]


def sequences_of(dataset: SequenceDataset, rows: Integers) -> Names:
    """Return the names of the sequences that some rows belong to, (n,)."""
    panel = dataset.panel
    found, places = np.unique(panel.sequence_of(rows), return_inverse=True)
    return np.array([panel.title(place) for place in found.tolist()], object)[places]


def places_of(dataset: SequenceDataset, rows: Integers) -> Integers:
    """Return the places of some rows in their sequences, counted from 1, (n,)."""
    return np.asarray(rows - dataset.panel.starts[dataset.panel.sequence_of(rows)] + 1, np.int64)


def symbols_of(dataset: SequenceDataset, rows: Integers) -> Names:
    """Return the symbols that some rows are, (n,); empty after the last row, and of numbers."""
    names = np.full(len(rows), "", object)
    symbols = dataset.symbols
    if symbols is not None:
        known = (rows >= 0) & (rows < dataset.rows)
        names[known] = np.array(symbols.vocabulary.names, object)[symbols.codes[rows[known]]]
    return names


def classes_of(dataset: SequenceDataset, symbols: Names) -> Names:
    """Return the class of each of some symbols, (n,); empty for one that has none."""
    known = {} if dataset.symbols is None else dataset.symbols.vocabulary.classes
    return np.array([known.get(name, "") for name in symbols.tolist()], object)


def predicted_symbols(dataset: SequenceDataset, outputs: NDArray[np.floating]) -> Names:
    """Return the symbol that outputs (n, C) make most probable, (n,); empty where there are none."""
    assert dataset.symbols is not None
    vocabulary = dataset.symbols.vocabulary
    names = np.full(len(outputs), "", object)
    known = np.isfinite(outputs).all(axis=1)
    best = vocabulary.probabilities(outputs[known]).argmax(axis=1)
    names[known] = np.array(vocabulary.names, object)[best]
    return names


def belongings(dataset: SequenceDataset, rows: Integers) -> dict[str, Names | Integers]:
    """Return what tells some rows apart beside their time, as columns by name.

    Of several sequences their names and the place in them; of symbols the symbol, and its class where there are
    classes.
    """
    columns: dict[str, Names | Integers] = {}
    if dataset.panel.has_several:
        columns |= {"sequence": sequences_of(dataset, rows), "place": places_of(dataset, rows)}
    if dataset.kind is DataKind.SYMBOLS:
        columns["symbol"] = symbols_of(dataset, rows)
        if dataset.symbols is not None and dataset.symbols.vocabulary.classes:
            columns["class"] = classes_of(dataset, columns["symbol"])  # type: ignore[arg-type]  # names, not places
    return columns
