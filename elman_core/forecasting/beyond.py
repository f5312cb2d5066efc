"""Predicting beyond the last row of every sequence, from the rows or from what a model file keeps of them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.data.dataset import SequenceDataset
from elman_core.data.ends import Ends, last_rows, rows_needed
from elman_core.data.panel import Array
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.forecasting.prediction import MAXIMUM_FORECAST_STEPS
from elman_core.forecasting.running import ahead_of, first_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job
from elman_core.training.events import Response

__all__ = ["ends_of", "predict_beyond"]

_MOST_NUMBERS = 2_000_000
"""Of contexts, and of rows, that a model file keeps."""
_MOST_ROWS = 100_000
"""Rows of a sequence that settle the context before its last one."""
_NUMBERS_AT_ONCE = 4_000_000


def ends_of(experiment: Run) -> Ends | None:
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
    axis = dataset.axis
    return Ends(context, *last_rows(dataset), axis.label, axis.kind, axis.calendar)


def predict_beyond(
    network: ElmanNetwork, dataset: SequenceDataset, context: NDArray[np.floating], steps: int, member: int = 0
) -> Job[Response]:
    """Predict `steps` rows beyond the last one of every sequence in closed loop, and nothing else.

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
    network, origins = first_network(network, member), dataset.panel.stops - 1
    states = torch.from_numpy(np.array(context[member])).to(network.w1)  # (S, H)
    beyond = np.empty((len(origins), steps, len(dataset.columns)))
    at_once = max(1, _NUMBERS_AT_ONCE // (max(1, steps) * (network.config.inputs + network.config.outputs)))
    for start in range(0, len(origins) if steps else 0, at_once):
        yield start / len(origins)
        some = slice(start, start + at_once)
        beyond[some] = np.moveaxis(ahead_of(network, dataset, origins[some], states[some], steps), 0, 1)
    return _response(beyond, dataset, network)


def _response(beyond: Array, dataset: SequenceDataset, network: ElmanNetwork) -> Response:
    config = network.config
    nothing = {size: np.empty((0, size), np.float32) for size in (config.hidden, config.inputs, config.outputs)}
    return Response(
        first_row=dataset.rows,
        one_step=np.empty((0, len(dataset.columns))),
        hidden=nothing[config.hidden],
        closed_loop_row=dataset.rows,
        closed_loop=beyond[-1],
        closed_loop_hidden=nothing[config.hidden],
        outputs=nothing[config.outputs],
        closed_loop_inputs=nothing[config.inputs],
        closed_loop_outputs=nothing[config.outputs],
        beyond=beyond if dataset.panel.has_several else None,
    )


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
