"""Prediction: one step ahead, free-running, and the error over horizons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from elman_core.baselines import LinearPredictor
from elman_core.data.dataset import SequenceDataset
from elman_core.errors import DataError
from elman_core.job import Job
from elman_core.metrics import score
from elman_core.network import ElmanNetwork
from elman_core.updates import Response

__all__ = [
    "MAXIMUM_FORECAST_STEPS",
    "RESPONSE_STEPS",
    "HorizonScore",
    "evaluate_horizons",
    "free_run",
    "predict",
    "respond",
]

MAXIMUM_FORECAST_STEPS = 1_000_000
RESPONSE_STEPS = 5_000
"""How much of a long series a live picture covers."""
_WARM_UP_STEPS = 200
"""Steps that settle the context before a picture that does not begin with the series."""
_CHUNK_STEPS = 2_000
_ORIGINS_AT_ONCE = 4_096


@dataclass(frozen=True)
class HorizonScore:
    """Errors of free-running prediction so many steps ahead, over all origins, in the data's own units."""

    horizon: int
    rmse: float
    mae: float
    nmse: float | None
    persistence_rmse: float
    linear_rmse: float


@torch.no_grad()
def free_run(
    network: ElmanNetwork, value: Tensor, context: Tensor, steps: int, states: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Feed the network with its own predictions.

    Parameters
    ----------
    value : (N, B, I)
        The last true input; the first prediction returned is the one made from it.
    context : (N, B, H)
        State before it.
    states : (steps, N, B, H), optional
        Filled with the hidden states on the way.

    Returns
    -------
    outputs : (steps, N, B, O)
        In the network's units.
    context : (N, B, H)
        State after the last step; go on with `outputs[-1]`.
    """
    outputs = value.new_empty((steps, *value.shape))
    if network.is_alone(context):
        states = context.new_empty((steps, *context.shape)) if states is None else states
        network.run_alone_freely(value, context, states, outputs)
        return outputs, states[-1] if steps else context
    for k in range(steps):
        hidden, y = network.forward(value[None], context)
        context, value = hidden[0], y[0]
        outputs[k] = value
        if states is not None:
            states[k] = context
    return outputs, context


def predict(network: ElmanNetwork, dataset: SequenceDataset, steps: int) -> Job[Response]:
    """Predict every row from those before it, then `steps` rows beyond the last one, free-running.

    Raises
    ------
    DataError
        When more than `MAXIMUM_FORECAST_STEPS` are asked for.
    """
    if not 0 <= steps <= MAXIMUM_FORECAST_STEPS:
        raise DataError(f"steps must be from 0 to {MAXIMUM_FORECAST_STEPS:,}, got {steps:,}")
    return _respond(network, dataset, 0, dataset.rows, steps)


def respond(network: ElmanNetwork, dataset: SequenceDataset, *, whole: bool = False) -> Job[Response]:
    """Show how the network responds now: one step ahead, and free-running where its history ends.

    The free run begins with the test part (with the first row after the data where there is none)
    and goes on a quarter of the series beyond the last row. Of a series longer than
    `RESPONSE_STEPS` only the last steps are covered, unless the `whole` is wanted.
    """
    rows = dataset.rows
    first = 0 if whole else max(0, rows - 1 - RESPONSE_STEPS)
    free_run_row = max(dataset.history_rows, first + 1)
    beyond = min(max(rows // 4, 20), RESPONSE_STEPS // 10)
    steps = min(rows + beyond - free_run_row, RESPONSE_STEPS)
    return _respond(network, dataset, first, free_run_row, steps)


def evaluate_horizons(
    network: ElmanNetwork, dataset: SequenceDataset, horizon: int, from_row: int | None = None
) -> Job[list[HorizonScore]]:
    """Free-run from every origin and score each number of steps ahead.

    An origin is the last row that is known; the context is warmed up by the true rows before it.
    The first origin is the row before `from_row`, counted from 0: by default the first row of the
    test part, or row 1 where there is none.

    Raises
    ------
    DataError
        When there are too few rows for the horizon.
    """
    test_row = dataset.history_rows if dataset.history_rows < dataset.rows else 1
    from_row = test_row if from_row is None else from_row
    if not 1 <= from_row < dataset.rows:
        raise DataError(f"from must be a row from 1 to {dataset.rows - 1:,}, got {from_row:,}")
    if not 1 <= horizon <= dataset.rows - from_row:
        raise DataError(
            f"horizon must be from 1 to {dataset.rows - from_row:,}, the rows from row {from_row:,} on, got {horizon:,}"
        )
    return _evaluate(network, dataset, horizon, from_row)


def _evaluate(network: ElmanNetwork, dataset: SequenceDataset, horizon: int, from_row: int) -> Job[list[HorizonScore]]:
    network = _first(network)
    linear = LinearPredictor.fitted(dataset.values[: dataset.train_rows])
    inputs = _inputs(network, dataset, 0)
    before_row = yield from _contexts(network, inputs)  # (R + 1, 1, 1, H): the state before each row
    origins = np.arange(from_row - 1, dataset.rows - 1)
    ahead = np.full((horizon, len(origins), len(dataset.columns)), np.nan)
    linear_ahead = ahead.copy()
    for start in range(0, len(origins), _ORIGINS_AT_ONCE):
        yield 0.5 + 0.5 * start / len(origins)
        some = origins[start : start + _ORIGINS_AT_ONCE]
        value, context = inputs[some][:, 0, 0][None], before_row[some][:, 0, 0][None]  # (1, B, ·)
        outputs, _ = free_run(network, value, context, horizon)  # (horizon, 1, B, O)
        ahead[:, start : start + len(some)] = dataset.scale.undo(outputs[:, 0].double().cpu().numpy())
        linear_ahead[:, start : start + len(some)] = linear.from_origins(dataset.values, some, horizon)
    scores = []
    for h in range(1, horizon + 1):
        known = slice(0, dataset.rows - h - (from_row - 1))  # origins whose row h steps on exists
        truth, last = dataset.values[origins[known] + h], dataset.values[origins[known]]
        own = score(ahead[h - 1, known], truth)
        scores.append(
            HorizonScore(
                h, own.rmse, own.mae, own.nmse, score(last, truth).rmse, score(linear_ahead[h - 1, known], truth).rmse
            )
        )
    return scores


def _respond(
    network: ElmanNetwork, dataset: SequenceDataset, first: int, free_run_row: int, steps: int
) -> Job[Response]:
    """Teacher-force the rows from `first` on, and branch off into a free run before `free_run_row`."""
    network = _first(network)
    warm_up = max(0, first - _WARM_UP_STEPS)
    inputs = _inputs(network, dataset, warm_up)
    states = yield from _contexts(network, inputs)  # (R' + 1, 1, 1, H)
    origin = free_run_row - 1 - warm_up
    value, context = inputs[origin], states[origin]
    free = np.empty((steps, network.config.outputs))
    free_states = context.new_empty((steps, *context.shape))
    for start in range(0, steps, _CHUNK_STEPS):
        yield 0.5 + 0.5 * start / steps
        count = min(_CHUNK_STEPS, steps - start)
        outputs, context = free_run(network, value, context, count, free_states[start : start + count])
        value = outputs[-1]
        free[start : start + count] = outputs[:, 0, 0].double().cpu().numpy()
    hidden = states[first - warm_up + 1 : -1]  # of the steps whose target is known
    return Response(
        first_row=first + 1,
        one_step=dataset.scale.undo(network.read_out(hidden)[:, 0, 0].double().cpu().numpy()),
        hidden=hidden[:, 0, 0].float().cpu().numpy(),
        free_run_row=free_run_row,
        free_run=dataset.scale.undo(free),
        free_hidden=free_states[:, 0, 0].float().cpu().numpy(),
    )


def _contexts(network: ElmanNetwork, inputs: Tensor) -> Job[Tensor]:
    """Return the context before each row and after the last one, (R + 1, 1, 1, H); reports up to one half."""
    states = [network.initial_context()[None]]
    for start in range(0, len(inputs), _CHUNK_STEPS):
        yield 0.5 * start / len(inputs)
        with torch.no_grad():
            hidden, _ = network.forward(inputs[start : start + _CHUNK_STEPS], states[-1][-1])
        states.append(hidden)
    return torch.cat(states)


def _inputs(network: ElmanNetwork, dataset: SequenceDataset, first: int) -> Tensor:
    """Return the rows from `first` on as inputs, (R', N = 1, B = 1, I)."""
    return torch.from_numpy(dataset.scale.apply(dataset.values[first:])).to(network.w1)[:, None, None, :]


def _first(network: ElmanNetwork) -> ElmanNetwork:
    """Return network 0 of an ensemble."""
    return network if network.networks == 1 else ElmanNetwork(network.config, network.w1[:1], network.w2[:1])
