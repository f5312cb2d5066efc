"""The test error of every network of an ensemble."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.forecasting.accumulators import by_sequence
from elman_core.forecasting.ensemble_prediction import whole_networks
from elman_core.forecasting.part_error import PartError
from elman_core.forecasting.running import CHUNK_STEPS, first_network, members_of, outputs_at, run_rows
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, within

__all__ = ["errors_of_members"]

_NUMBERS_AT_ONCE = 4_000_000

Array = NDArray[np.float64]


def errors_of_members(network: ElmanNetwork, dataset: SequenceDataset, part: Part = Part.TEST) -> Job[Array | None]:
    """Return the error of each network on a part, (N,); None where that part has no rows.

    It is what `PartError` gives for each network alone: the RMSE in the data's own units, one step ahead or over the
    horizon, of symbols the bits for each; of several sequences the mean over these. A network whose weights are no
    numbers has an infinite one.
    """
    if dataset.kind is DataKind.NUMBERS and dataset.config.horizon > 1:
        return (yield from _errors_over_horizon(network, PartError(dataset, part)))
    scored = np.zeros(dataset.rows, np.bool_)
    scored[dataset.scored_rows(part)] = True
    if not scored.any():
        return None
    errors, whole = np.full(network.networks, np.inf), np.flatnonzero(whole_networks(network))
    width = network.config.hidden + network.config.inputs + network.config.outputs
    longest = int((dataset.panel.stops - dataset.panel.starts).max()) if dataset.panel.has_several else CHUNK_STEPS
    at_once = max(1, _NUMBERS_AT_ONCE // (width * min(longest, dataset.rows)))
    for start in range(0, len(whole), at_once):
        members = whole[start : start + at_once]
        job = _errors(members_of(network, members), dataset, scored)
        errors[members] = yield from within(job, start / len(whole), (start + len(members)) / len(whole))
    return errors


def _errors_over_horizon(network: ElmanNetwork, error: PartError) -> Job[Array | None]:
    if not error.has_rows:
        return None
    errors, whole = np.full(network.networks, np.inf), np.flatnonzero(whole_networks(network)).tolist()
    for place, member in enumerate(whole):
        job = error.of(first_network(network, member))
        errors[member] = yield from within(job, place / len(whole), (place + 1) / len(whole))
    return errors


def _errors(network: ElmanNetwork, dataset: SequenceDataset, scored: NDArray[np.bool_]) -> Job[Array]:
    networks, sequences = network.networks, len(dataset.panel)
    sums, counts = np.zeros((sequences, networks)), np.zeros(sequences)
    symbols = dataset.symbols
    stop = int(np.flatnonzero(scored)[-1])  # the last row is predicted from the one before it
    for share, rows, hidden in run_rows(network, dataset, 0, stop):
        yield share
        kept = np.flatnonzero(scored[rows + 1] & dataset.is_predicted[rows + 1])
        if not len(kept):
            continue
        after, sequence = rows[kept] + 1, dataset.sequence_of_row[rows[kept]]
        outputs = outputs_at(network, dataset, rows[kept], hidden[kept])
        if symbols is not None:
            chances = symbols.vocabulary.probabilities(outputs)[np.arange(len(kept)), :, symbols.codes[after]]
            each, seen = -np.log2(np.maximum(chances, 1e-300)), np.ones(len(kept))
        else:
            flat = outputs.reshape(len(kept) * networks, -1)
            found = dataset.undo_one_step(flat, np.repeat(rows[kept], networks)).reshape(len(kept), networks, -1)
            there = ~dataset.missing[after]  # (n, C): what was filled is not scored
            with np.errstate(over="ignore", invalid="ignore"):
                squared = np.square(found - dataset.values[after][:, None])
            each, seen = np.where(there[:, None], squared, 0.0).sum(axis=2), there.sum(axis=1).astype(np.float64)
        sums += by_sequence(each, sequence, sequences)
        counts += by_sequence(seen[:, None], sequence, sequences)[:, 0]
    there = counts > 0
    with np.errstate(over="ignore", invalid="ignore"):
        means = sums[there] / counts[there, None]
        means = means if symbols is not None else np.sqrt(means)
        found = means.mean(axis=0)
    return np.where(np.isnan(found), np.inf, found)
