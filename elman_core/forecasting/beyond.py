"""Predicting beyond the last row of every sequence, from the rows or from what a model file keeps of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.data.dataset import SequenceDataset
from elman_core.data.ends import Ends, last_rows, rows_needed
from elman_core.data.rollout import Rollout
from elman_core.errors import DataError
from elman_core.experiment import Experiment
from elman_core.forecasting.prediction import MAXIMUM_FORECAST_STEPS
from elman_core.forecasting.running import closed_loop, first_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job

__all__ = ["Beyond", "ends_of", "predict_beyond"]

_MOST_NUMBERS = 2_000_000
"""Of contexts, and of rows, that a model file keeps."""
_MOST_ROWS = 100_000
"""Rows of a sequence that settle the context before its last one."""
_NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class Beyond:
    """Predictions of the rows after the last one of every sequence.

    Attributes
    ----------
    dataset
        The rows that they follow, or the last ones of them.
    predicted : (steps, S, C)
        In the data's own units.
    times : (steps, S)
        On the data's time axis.
    """

    dataset: SequenceDataset
    predicted: NDArray[np.float64]
    times: NDArray[np.float64]


def ends_of(experiment: Experiment) -> Ends | None:
    """Return what the networks need to go on without their data; None where that is too much, or not finite."""
    dataset, weights = experiment.dataset, experiment.weights
    assert weights is not None
    sequences, hidden = len(dataset.panel), experiment.network.hidden
    count = rows_needed(dataset.encoding.lags, dataset.fitted.lost_rows)
    columns = len(dataset.columns) + dataset.covariates.shape[1]
    members = min(len(weights.w1), _MOST_NUMBERS // (sequences * hidden))
    if members == 0 or sequences * count * columns > _MOST_NUMBERS:
        return None
    network = ElmanNetwork(
        experiment.network, *(torch.from_numpy(np.array(array[:members])) for array in (weights.w1, weights.w2))
    )
    context = _contexts_before_last(network, dataset).numpy()
    if not np.isfinite(context).all():
        return None
    return Ends(context, *last_rows(dataset), dataset.axis.label, dataset.axis.kind)


def predict_beyond(
    network: ElmanNetwork, dataset: SequenceDataset, context: NDArray[np.floating], steps: int, member: int = 0
) -> Job[Beyond]:
    """Predict `steps` rows beyond the last one of every sequence in closed loop.

    Parameters
    ----------
    context : (M, S, H)
        The state of each network when the last row is about to go in; those of `Ends`.

    Raises
    ------
    DataError
        When more than `MAXIMUM_FORECAST_STEPS` are asked for, or the network's state is not known.
    """
    if not 0 <= steps <= MAXIMUM_FORECAST_STEPS:
        raise DataError(f"steps must be from 0 to {MAXIMUM_FORECAST_STEPS:,}, got {steps:,}")
    if member >= len(context):
        raise DataError(f"the state of network {member + 1:,} after the data is not known; the data are needed")
    network, panel, columns = first_network(network, member), dataset.panel, len(dataset.columns)
    origins = panel.stops - 1
    state = torch.from_numpy(np.array(context[member])).to(network.w1)[None]  # (N = 1, S, H)
    predicted = np.empty((steps, len(panel), columns))
    width = steps * (network.config.inputs + network.config.outputs + columns)
    at_once = max(1, _NUMBERS_AT_ONCE // max(width, 1))
    for start in range(0, len(panel), at_once):
        yield start / len(panel)
        some = slice(start, start + at_once)
        ran = closed_loop(network, Rollout(dataset, origins[some]), state[:, some].contiguous(), steps)
        predicted[:, some] = dataset.undo_ahead(ran.predicted, origins[some])
    times = [
        dataset.axis.taken(np.arange(*edges)).extended(steps) for edges in zip(panel.starts, panel.stops, strict=True)
    ]
    return Beyond(dataset, predicted, np.stack(times, axis=1))


@torch.no_grad()
def _contexts_before_last(network: ElmanNetwork, dataset: SequenceDataset) -> Tensor:
    """Run the rows of each sequence but the last, and return the states after them, (N, S, H)."""
    last = dataset.panel.stops - 1
    starts = np.maximum(dataset.first_rows, last - _MOST_ROWS)
    lengths = np.maximum(last - starts, 0)
    states = network.initial_context(len(last))
    order = np.argsort(-lengths, kind="stable")
    wide = network.networks * (network.config.hidden + network.config.outputs) + network.config.inputs
    sequences_at_once = max(1, min(4_096, _NUMBERS_AT_ONCE // wide))
    for first in range(0, len(order), sequences_at_once):
        some = order[first : first + sequences_at_once]
        context, step = network.initial_context(len(some)), 0
        steps_at_once = max(1, _NUMBERS_AT_ONCE // (wide * len(some)))
        while step < lengths[some[0]]:
            count = int(min(steps_at_once, lengths[some[0]] - step))
            rows = np.minimum(starts[some] + step + np.arange(count)[:, None], np.maximum(last[some], starts[some]))
            inputs = torch.from_numpy(dataset.step_inputs(rows.ravel()).reshape(count, 1, len(some), -1))
            hidden, _ = network.forward(inputs.to(network.w1), context)
            context = hidden[-1]
            ends = np.flatnonzero((lengths[some] > step) & (lengths[some] <= step + count))
            place = torch.from_numpy(lengths[some[ends]] - step - 1)
            states[:, torch.from_numpy(some[ends])] = hidden[place, :, torch.from_numpy(ends)].transpose(0, 1)
            step += count
    return states
