"""Surprisal: how probable each symbol of a text was to each network of an ensemble, as one long CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.export.rows import sequences_of, symbols_of
from elman_core.forecasting.running import CHUNK_STEPS, first_network, input_tensor, outputs_at, run_rows
from elman_core.model.network import ElmanNetwork
from elman_core.support.files import replacement
from elman_core.support.jobs import Job
from elman_core.training.weights import network_from_weights

__all__ = ["COLUMNS", "write_surprisal"]

COLUMNS = ("seed", "sequence", "position", "symbol", "probability", "bits")
_ROWS_AT_ONCE = 20_000

Integers = NDArray[np.int64]
Chances = NDArray[np.float64]


def write_surprisal(path: Path, run: Run) -> Job[int]:
    """Write a row for each symbol that each network predicted, and return how many there are.

    `bits` is the surprisal, -log2 P(symbol | all symbols of its sequence before it); `position` is the place in the
    sequence, counted from 1. The first symbol of a sequence has no row, for nothing was predicted of it. Networks stand
    one after another, each with its seed, and its symbols in the order of the text. Memory does not grow with the text
    or the number of networks.

    Raises
    ------
    ConfigError
        When the networks learned numbers, or nothing yet.
    NotWrittenError
        When the file cannot be written.
    """
    dataset = run.dataset
    if dataset.symbols is None:
        raise ConfigError(f"{run.name} learned numbers; surprisal is of symbols, as of a text")
    if run.weights is None:
        raise ConfigError(f"{run.name} has learned nothing yet; train it first")
    networks = network_from_weights(run.network, run.weights)
    count = networks.networks
    written = 0
    with replacement(path) as file:
        file.write(_lines([COLUMNS]))
        for member in range(count):
            seed = run.training.seed + member
            for rows, probabilities in _probabilities(first_network(networks, member), dataset):
                file.write(_lines(_cells(dataset, seed, rows, probabilities)))
                written += len(rows)
                yield (member + (int(rows[-1]) + 1) / dataset.rows) / count
    return written


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _cells(dataset: SequenceDataset, seed: int, rows: Integers, probabilities: Chances) -> Iterator[tuple[object, ...]]:
    panel, sequences = dataset.panel, dataset.sequence_of_row[rows]
    names = sequences_of(dataset, rows).tolist() if panel.has_several else [""] * len(rows)
    places = (rows - panel.starts[sequences] + 1).tolist()
    bits = -np.log2(probabilities)
    each = (names, places, symbols_of(dataset, rows).tolist(), probabilities.tolist(), bits.tolist())
    return ((seed, *own) for own in zip(*each, strict=True))


def _probabilities(network: ElmanNetwork, dataset: SequenceDataset) -> Iterator[tuple[Integers, Chances]]:
    """Give the probability that a network gave to the symbol in each row, some rows at a time, in their order."""
    symbols, is_predicted = dataset.symbols, dataset.is_predicted
    assert symbols is not None
    for ran, hidden in _states(network, dataset):
        kept = np.flatnonzero((ran + 1 < dataset.rows) & is_predicted[np.minimum(ran + 1, dataset.rows - 1)])
        if not len(kept):
            continue
        origins = ran[kept]
        outputs = outputs_at(network, dataset, origins, hidden[torch.from_numpy(kept).to(hidden.device)])[:, 0]
        probabilities = symbols.vocabulary.probabilities(dataset.undo_one_step(outputs, origins))
        rows = origins + 1
        yield rows, probabilities[np.arange(len(rows)), symbols.codes[rows]]


def _states(network: ElmanNetwork, dataset: SequenceDataset) -> Iterator[tuple[Integers, torch.Tensor]]:
    """Give the hidden states of all rows, (n, 1, 1, H), in the order of the rows; each sequence begins afresh.

    Short sequences are run side by side, and a long one in pieces.
    """
    panel = dataset.panel
    first = 0
    while first < len(panel):
        start = int(panel.starts[first])
        stop = max(first + 1, int(np.searchsorted(panel.stops, start + _ROWS_AT_ONCE, side="right")))
        if stop == first + 1:
            yield from _of_one(network, dataset, int(dataset.first_rows[first]), int(panel.stops[first]))
        else:
            parts = [
                (rows, hidden) for _, rows, hidden in run_rows(network, dataset, start, int(panel.stops[stop - 1]))
            ]
            ran = np.concatenate([rows for rows, _ in parts])
            order = np.argsort(ran, kind="stable")
            yield ran[order], torch.cat([hidden for _, hidden in parts])[torch.from_numpy(order)]
        first = stop


def _of_one(
    network: ElmanNetwork, dataset: SequenceDataset, start: int, stop: int
) -> Iterator[tuple[Integers, torch.Tensor]]:
    context = network.initial_context()
    for begin in range(start, stop, CHUNK_STEPS):
        rows = np.arange(begin, min(begin + CHUNK_STEPS, stop))
        with torch.no_grad():
            hidden, _ = network.forward(input_tensor(network, dataset, rows), context)
        context = hidden[-1]
        yield rows, hidden
