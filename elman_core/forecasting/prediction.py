"""Prediction: one step ahead, and in closed loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.data.rollout import Rollout
from elman_core.errors import DataError
from elman_core.forecasting.comparison import Baselines
from elman_core.forecasting.extent import rows_beyond
from elman_core.forecasting.metrics import PartScores, Scorer
from elman_core.forecasting.running import (
    CHUNK_STEPS,
    ahead_of,
    closed_loop,
    contexts_before,
    direct_ahead,
    first_network,
    hidden_of,
    outputs_at,
    run_rows,
)
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, within
from elman_core.training.events import Response

__all__ = [
    "MAXIMUM_FORECAST_STEPS",
    "RESPONSE_STEPS",
    "hidden_states",
    "predict",
    "respond",
    "score_parts",
]

Array = NDArray[np.float64]

MAXIMUM_FORECAST_STEPS = 1_000_000
RESPONSE_STEPS = 5_000
"""How many steps of a long series a live view covers."""
_WARM_UP_STEPS = 200
"""Steps before a view that does not begin with the series, to settle the context."""
_MOST_NUMBERS = 20_000_000
"""Most outputs and hidden states that a view keeps in memory, and most predicted values."""
_NUMBERS_AT_ONCE = 4_000_000


def predict(network: ElmanNetwork, dataset: SequenceDataset, steps: int) -> Job[Response]:
    """Predict every row from those before it, then `steps` rows beyond the last one in closed loop.

    Of several sequences the rows beyond each are predicted; the free run that is returned is that of the last one.

    Raises
    ------
    DataError
        When more than `MAXIMUM_FORECAST_STEPS` are asked for, or too many values of all sequences.
    """
    if not 0 <= steps <= MAXIMUM_FORECAST_STEPS:
        raise DataError(f"steps must be from 0 to {MAXIMUM_FORECAST_STEPS:,}, got {steps:,}")
    sequences, columns = len(dataset.panel), len(dataset.columns)
    if sequences == 1:
        return _respond(network, dataset, 0, dataset.rows, steps)
    most = _MOST_NUMBERS // (sequences * columns)
    if steps > most:
        raise DataError(f"steps must be at most {most:,} for {sequences:,} sequences, got {steps:,}")
    return _predict_sequences(network, dataset, steps)


def _predict_sequences(network: ElmanNetwork, dataset: SequenceDataset, steps: int) -> Job[Response]:
    response = yield from within(_respond(network, dataset, 0, dataset.rows, steps), 0.0, 0.4)
    network = first_network(network)
    contexts = yield from within(contexts_before(network, dataset), 0.4, 0.7)
    origins = dataset.panel.stops - 1
    beyond = np.empty((len(origins), steps, len(dataset.columns)))
    at_once = max(1, _NUMBERS_AT_ONCE // (max(1, steps) * (network.config.inputs + network.config.outputs)))
    for start in range(0, len(origins) if steps else 0, at_once):
        yield 0.7 + 0.3 * start / len(origins)
        some = origins[start : start + at_once]
        ahead = ahead_of(network, dataset, some, contexts[torch.from_numpy(some).to(contexts.device)], steps)
        beyond[start : start + at_once] = np.moveaxis(ahead, 0, 1)
    return replace(response, beyond=beyond)


def respond(network: ElmanNetwork, dataset: SequenceDataset, *, whole: bool = False) -> Job[Response]:
    """Return the network's current predictions: one step ahead, and in closed loop where its history ends.

    The closed loop begins with the test part (with the first row after the data where there is none)
    and continues `rows_beyond` the last row. Of a series longer than `RESPONSE_STEPS` only the last
    steps are covered, of a text the first ones, unless the `whole` is asked for; that too is limited
    to what fits into some hundred megabytes.
    """
    rows = dataset.rows
    if dataset.panel.has_several:
        return _respond_to_sequences(network, dataset, whole=whole)
    if dataset.kind is DataKind.SYMBOLS and not whole and rows > RESPONSE_STEPS + 1:
        stop = RESPONSE_STEPS + 1  # a text is read from its beginning
        return _respond(network, dataset, 0, stop, RESPONSE_STEPS // 10, stop)
    most = max(RESPONSE_STEPS, _MOST_NUMBERS // (network.config.outputs + network.config.hidden))
    first = max(0, rows - 1 - (most if whole else RESPONSE_STEPS))
    closed_loop_row = max(dataset.history_rows, first + 1)
    steps = min(rows + rows_beyond(rows) - closed_loop_row, RESPONSE_STEPS)
    return _respond(network, dataset, first, closed_loop_row, steps)


def _respond_to_sequences(network: ElmanNetwork, dataset: SequenceDataset, *, whole: bool) -> Job[Response]:
    """Show the first sequences, whole ones where there is room; the free run is of the first one."""
    room = _MOST_NUMBERS // (network.config.outputs + network.config.hidden)
    most = max(RESPONSE_STEPS, room) if whole else RESPONSE_STEPS
    stops = dataset.panel.stops
    fitting = int(np.searchsorted(stops, most, side="right"))
    stop = int(stops[fitting - 1]) if fitting else most
    closed_loop_row = min(dataset.history_rows, stop)
    return _respond(network, dataset, 0, closed_loop_row, int(stops[0]) - closed_loop_row, stop)


def hidden_states(
    network: ElmanNetwork, dataset: SequenceDataset, first_row: int, steps: int
) -> Job[NDArray[np.float32]]:
    """Return only the hidden states of a response, (steps, H), from the step that predicts `first_row` on."""
    network, first = first_network(network), first_row - 1
    warm_up = first if dataset.panel.has_several else max(0, first - _WARM_UP_STEPS)
    states = network.w1.new_empty(0)
    for share, found in hidden_of(network, dataset, warm_up, first + steps):
        yield share
        states = states if found is None else found
    hidden: NDArray[np.float32] = states[first - warm_up :, 0, 0].float().cpu().numpy()
    return hidden


def score_parts(
    network: ElmanNetwork, dataset: SequenceDataset, response: Response | None, baselines: Baselines | None = None
) -> Job[dict[Part, PartScores | None]]:
    """Score one-step prediction of every row, from the response where that covers all of them.

    `baselines` are those of the dataset, where they are known already.
    """
    scorer = Scorer(dataset, baselines)
    yield 0.0
    if response is not None and response.first_row == 1 and len(response.one_step) == dataset.rows - 1:
        scorer.add(1, response.one_step)
        return scorer.scores()
    network = first_network(network)
    for share, rows, hidden in run_rows(network, dataset, 0, dataset.rows):
        yield share
        kept = np.flatnonzero(dataset.is_predicted[np.minimum(rows + 1, dataset.rows - 1)] & (rows + 1 < dataset.rows))
        if len(kept):
            place = torch.from_numpy(kept).to(hidden.device)
            outputs = outputs_at(network, dataset, rows[kept], hidden[place])[:, 0]
            scorer.add_rows(rows[kept] + 1, dataset.undo_one_step(outputs, rows[kept]))
    return scorer.scores()


def _respond(
    network: ElmanNetwork,
    dataset: SequenceDataset,
    first: int,
    closed_loop_row: int,
    steps: int,
    stop: int | None = None,
) -> Job[Response]:
    """Teacher-force the rows from `first` to `stop` or the last; a closed loop begins before `closed_loop_row`."""
    network, stop = first_network(network), dataset.rows if stop is None else stop
    warm_up = first if dataset.panel.has_several else max(0, first - _WARM_UP_STEPS)
    states = network.w1.new_empty(0)
    for share, found in hidden_of(network, dataset, warm_up, stop):
        yield 0.5 * share
        states = states if found is None else found  # (R', 1, 1, H): the state after each row
    origin = closed_loop_row - 1
    begins = origin == warm_up or origin == int(dataset.first_rows[dataset.panel.sequence_of(origin)])
    context = network.initial_context() if begins else states[origin - 1 - warm_up]
    rollout = Rollout(dataset, np.array([origin]))
    predicted = np.empty((steps, 1, len(dataset.columns)))
    at_once = predicted[:0]
    inputs, outputs = (np.empty((steps, size), np.float32) for size in (network.config.inputs, network.config.outputs))
    free_states = context.new_empty((steps, *context.shape))
    for start in range(0, steps, CHUNK_STEPS):
        yield 0.5 + 0.5 * start / steps
        count = min(CHUNK_STEPS, steps - start)
        some = closed_loop(network, rollout, context, count, free_states[start : start + count])
        context, these = some.context, slice(start, start + count)
        predicted[these], inputs[these], outputs[these] = some.predicted, some.inputs[:, 0], some.outputs[:, 0]
        if start == 0 and dataset.encoding.steps > 1:
            at_once = direct_ahead(dataset, np.array([origin]), some.outputs[0])[:steps]
    predicted[: len(at_once)] = at_once
    hidden = states[first - warm_up : -1]  # of the steps whose target is known
    one_step, answers = _one_step(network, dataset, first, hidden)
    return Response(
        first_row=first + 1,
        one_step=one_step,
        hidden=hidden[:, 0, 0].float().cpu().numpy(),
        closed_loop_row=closed_loop_row,
        closed_loop=dataset.undo_ahead(predicted, np.array([origin]))[:, 0],
        closed_loop_hidden=free_states[:, 0, 0].float().cpu().numpy(),
        outputs=answers,
        closed_loop_inputs=inputs,
        closed_loop_outputs=outputs,
    )


def _one_step(
    network: ElmanNetwork, dataset: SequenceDataset, first: int, hidden: Tensor
) -> tuple[Array, NDArray[np.float32]]:
    """Return the predictions of the rows after first ..., (n, C) in the data's own units, and the outputs, (n, O).

    NaN where a row has none before it in its sequence.
    """
    answers = np.full((len(hidden), network.config.outputs), np.nan, np.float32)
    predicted = np.full((len(hidden), len(dataset.columns)), np.nan)
    rows = np.flatnonzero(dataset.is_predicted[first + 1 : first + 1 + len(hidden)]) + first
    for start in range(0, len(rows), CHUNK_STEPS):
        some = rows[start : start + CHUNK_STEPS]
        place = torch.from_numpy(some - first).to(hidden.device)
        outputs = outputs_at(network, dataset, some, hidden[place])[:, 0]
        answers[some - first] = outputs
        predicted[some - first] = dataset.undo_one_step(outputs, some)
    return predicted, answers
