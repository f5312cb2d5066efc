"""What all networks of an ensemble predict, as quantiles over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.forecasting.extent import rows_beyond
from elman_core.forecasting.running import members_of, outputs_at, run_rows, transformed_ahead_of_each
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job
from elman_core.support.quantiles import BAND_SHARES, quantiles_of

__all__ = ["EnsemblePrediction", "predict_together", "whole_networks"]

_MOST_ROWS, _MOST_BEYOND = 500, 200
"""So many rows of a long series are looked at, those about the end of its history, and steps of the free run."""
_WARM_UP_STEPS = 200
"""Steps before these, to settle the context."""
_MOST_STEPS_OF_WEIGHTS = 300_000_000
"""Most steps times weights: about half a second. Of more networks some are looked at, evenly chosen."""
_MOST_VALUES = 4_000_000
"""Most predicted numbers at once."""
_LEAST_NETWORKS = 20

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class EnsemblePrediction:
    """Quantiles over networks of what they predict, in the data's own units.

    Attributes
    ----------
    names
        What is predicted: C columns of the series. Of symbols it is one, the surprise: the bits -log2 p that each
        network gives to the symbol that came.
    shares : Q
        Which quantiles, from 0 to 1.
    first_row
        The row that the first prediction is for.
    one_step : (Q, T, C)
        Of rows first_row ... first_row + T - 1, each from all true rows before it; NaN where a row has none before it,
        and where a quantile is of networks whose predictions are no numbers.
    closed_loop_row
        The row that the free run's first prediction is for.
    closed_loop : (Q, F, C)
        Each network fed with its own predictions. Of symbols there is none.
    looked_at : (M,)
        The networks, counted from 0.
    networks
        N: how many there are.
    diverged
        How many have weights that are no numbers; they are not looked at.
    """

    names: tuple[str, ...]
    shares: tuple[float, ...]
    first_row: int
    one_step: Array
    closed_loop_row: int
    closed_loop: Array
    looked_at: Integers
    networks: int
    diverged: int


def whole_networks(network: ElmanNetwork) -> NDArray[np.bool_]:
    """Return which networks have weights that are all numbers, (N,)."""
    finite = torch.isfinite(network.w1).all(dim=(1, 2)) & torch.isfinite(network.w2).all(dim=(1, 2))
    return np.asarray(finite.cpu().numpy())


def predict_together(
    network: ElmanNetwork, dataset: SequenceDataset, shares: tuple[float, ...] = BAND_SHARES
) -> Job[EnsemblePrediction]:
    """Predict the rows about the end of a series' history, and in closed loop from there on, with all networks.

    Of a text, and of several sequences, it is the first rows; the free run is that of the first sequence. The work is
    limited: of many large networks some are looked at, and the result says which.
    """
    first, stop = _rows_shown(dataset)
    whole = whole_networks(network)
    members = _evenly(np.flatnonzero(whole), _most_networks(network, dataset, stop - first))
    some = members_of(network, members)
    symbols = dataset.kind is DataKind.SYMBOLS
    names = ("surprise (bits)",) if symbols else dataset.columns
    closed_loop_row = max(dataset.history_rows, first + 1)
    if dataset.panel.has_several:
        closed_loop_row = min(dataset.history_rows, int(dataset.panel.stops[0]))
    origin = closed_loop_row - 1
    one_step = np.full((len(shares), stop - first - 1, len(names)), np.nan)
    before = some.initial_context()
    if len(members):
        for share, rows, hidden in run_rows(some, dataset, max(0, first - _WARM_UP_STEPS), stop):
            yield 0.7 * share
            place = int(np.searchsorted(rows, origin - 1))
            is_start = origin == int(dataset.first_rows[dataset.panel.sequence_of(origin)])
            if not is_start and place < len(rows) and rows[place] == origin - 1:
                before = hidden[place]  # (M, 1, H)
            kept = np.flatnonzero((rows >= first) & (rows + 1 < stop) & _has_next(dataset, rows))
            if len(kept):
                found = _one_step(some, dataset, rows[kept], hidden[torch.from_numpy(kept)])
                one_step[:, rows[kept] - first] = quantiles_of(found, shares, axis=1)
    yield 0.7
    steps = 0 if symbols or not len(members) else _steps_beyond(dataset, closed_loop_row)
    closed_loop = np.full((len(shares), steps, len(names)), np.nan)
    if steps:
        closed_loop = quantiles_of(_free_run(some, dataset, origin, before, steps), shares, axis=1)
    return EnsemblePrediction(
        names, shares, first + 1, one_step, closed_loop_row, closed_loop, members, network.networks,
        int((~whole).sum()),
    )  # fmt: skip


def _rows_shown(dataset: SequenceDataset) -> tuple[int, int]:
    """Return the first row that is fed in, and the one after the last that is predicted."""
    rows, several = dataset.rows, dataset.panel.has_several
    first_stop = int(dataset.panel.stops[0]) if several else rows
    if several and first_stop <= _MOST_ROWS:  # whole sequences
        fitting = int(np.searchsorted(dataset.panel.stops, _MOST_ROWS, side="right"))
        return 0, int(dataset.panel.stops[fitting - 1])
    if dataset.kind is DataKind.SYMBOLS:
        return 0, min(first_stop, _MOST_ROWS)  # a text is read from its beginning
    stop = min(first_stop, dataset.history_rows + _MOST_BEYOND)  # the free run with some of what comes before it
    return max(0, stop - 1 - _MOST_ROWS), stop


def _steps_beyond(dataset: SequenceDataset, closed_loop_row: int) -> int:
    if dataset.panel.has_several:
        return min(int(dataset.panel.stops[0]) - closed_loop_row, _MOST_BEYOND)
    return min(dataset.rows + rows_beyond(dataset.rows) - closed_loop_row, _MOST_BEYOND)


def _most_networks(network: ElmanNetwork, dataset: SequenceDataset, rows: int) -> int:
    columns = len(dataset.columns) if dataset.symbols is None else len(dataset.symbols.vocabulary.names)
    steps = rows + _WARM_UP_STEPS + _MOST_BEYOND
    most = min(_MOST_STEPS_OF_WEIGHTS // (steps * network.config.weight_count), _MOST_VALUES // (rows * columns))
    return max(most, _LEAST_NETWORKS)


def _evenly(members: Integers, most: int) -> Integers:
    """Return all of these, or as many of more, evenly chosen."""
    if len(members) <= most:
        return members
    chosen: Integers = members[np.linspace(0, len(members) - 1, most).astype(int)]
    return chosen


def _has_next(dataset: SequenceDataset, rows: Integers) -> NDArray[np.bool_]:
    """Return which rows are followed by one that can be predicted from them, (n,)."""
    after = np.minimum(rows + 1, dataset.rows - 1)
    return np.asarray(dataset.is_predicted[after] & (rows + 1 < dataset.rows))


def _one_step(some: ElmanNetwork, dataset: SequenceDataset, rows: Integers, hidden: Tensor) -> Array:
    """Return what each network predicts of the rows after some, (n, M, C); of symbols their surprise, (n, M, 1)."""
    outputs = outputs_at(some, dataset, rows, hidden)  # (n, M, O)
    if dataset.symbols is not None:
        chances = dataset.symbols.vocabulary.probabilities(outputs)
        given = chances[np.arange(len(rows)), :, dataset.symbols.codes[rows + 1]]
        return np.asarray(-np.log2(np.maximum(given, 1e-300))[:, :, None])
    count, networks = outputs.shape[:2]
    found = dataset.undo_one_step(outputs.reshape(count * networks, -1), np.repeat(rows, networks))
    return found.reshape(count, networks, -1)


def _free_run(some: ElmanNetwork, dataset: SequenceDataset, origin: int, before: Tensor, steps: int) -> Array:
    """Return what each network predicts in closed loop after a row, (F, M, C)."""
    origins = np.array([origin])
    with np.errstate(over="ignore", invalid="ignore"):
        ahead = transformed_ahead_of_each(some, dataset, origins, before.contiguous(), steps)  # (M, F, 1, C)
        return dataset.undo_ahead(np.moveaxis(ahead[:, :, 0], 0, 1), np.full(len(ahead), origin))
