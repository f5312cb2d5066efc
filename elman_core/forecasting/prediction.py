"""Prediction: one step ahead, in closed loop, and its errors by horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.rollout import Rollout
from elman_core.errors import DataError
from elman_core.forecasting.baselines import least_squares
from elman_core.forecasting.extent import first_test_row, rows_beyond
from elman_core.forecasting.metrics import ErrorAccumulator, PartScores, Scorer
from elman_core.forecasting.running import CHUNK_STEPS, closed_loop, first_network, hidden_of, outputs_at, run_rows
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job
from elman_core.training.events import Response

__all__ = [
    "MAXIMUM_FORECAST_STEPS",
    "RESPONSE_STEPS",
    "HorizonScore",
    "evaluate_horizons",
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
_ORIGINS_AT_ONCE = 4_096
_MOST_NUMBERS = 20_000_000
"""Most outputs and hidden states that a view keeps in memory."""


@dataclass(frozen=True)
class HorizonScore:
    """Errors of closed-loop prediction at one horizon, over all origins, in the data's own units."""

    horizon: int
    rmse: float
    mae: float
    nmse: float | None
    persistence_rmse: float
    linear_rmse: float


def predict(network: ElmanNetwork, dataset: SequenceDataset, steps: int) -> Job[Response]:
    """Predict every row from those before it, then `steps` rows beyond the last one in closed loop.

    Raises
    ------
    DataError
        When more than `MAXIMUM_FORECAST_STEPS` are asked for.
    """
    if not 0 <= steps <= MAXIMUM_FORECAST_STEPS:
        raise DataError(f"steps must be from 0 to {MAXIMUM_FORECAST_STEPS:,}, got {steps:,}")
    return _respond(network, dataset, 0, dataset.rows, steps)


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
    if dataset.symbols is not None and not whole and rows > RESPONSE_STEPS + 1:
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
    network: ElmanNetwork, dataset: SequenceDataset, response: Response
) -> Job[dict[Part, PartScores | None]]:
    """Score one-step prediction of every row, from the response where that covers all of them."""
    scorer = Scorer(dataset)
    yield 0.0
    if response.first_row == 1 and len(response.one_step) == dataset.rows - 1:
        scorer.add(1, response.one_step)
        return scorer.scores()
    network = first_network(network)
    for share, rows, hidden in run_rows(network, dataset, 0, dataset.rows):
        yield share
        kept = np.flatnonzero(dataset.is_predicted[np.minimum(rows + 1, dataset.rows - 1)] & (rows + 1 < dataset.rows))
        if len(kept):
            place = torch.from_numpy(kept).to(hidden.device)
            outputs = outputs_at(network, dataset, rows[kept], hidden[place])
            scorer.add_rows(rows[kept] + 1, dataset.undo_one_step(outputs, rows[kept]))
    return scorer.scores()


def evaluate_horizons(
    network: ElmanNetwork, dataset: SequenceDataset, horizon: int, from_row: int | None = None
) -> Job[list[HorizonScore]]:
    """Predict in closed loop from every origin, and score each horizon.

    An origin is the last known row; the context comes from the true rows before it.
    The first origin is the row before `from_row`, counted from 0: by default the first row of the
    test part, or row 1 where there is none.

    Raises
    ------
    DataError
        When there are too few rows for the horizon.
    """
    from_row = first_test_row(dataset) if from_row is None else from_row
    if not 1 <= from_row < dataset.rows:
        raise DataError(f"from must be a row from 1 to {dataset.rows - 1:,}, got {from_row:,}")
    if not 1 <= horizon <= dataset.rows - from_row:
        raise DataError(
            f"horizon must be from 1 to {dataset.rows - from_row:,}, the rows from row {from_row:,} on, got {horizon:,}"
        )
    return _evaluate(network, dataset, horizon, from_row)


def _evaluate(network: ElmanNetwork, dataset: SequenceDataset, horizon: int, from_row: int) -> Job[list[HorizonScore]]:
    network = first_network(network)
    linear = least_squares(dataset)
    states = network.w1.new_empty(0)
    for share, found in hidden_of(network, dataset, 0, dataset.rows):
        yield 0.5 * share
        states = states if found is None else found
    before_row = torch.cat([network.initial_context()[None], states[:-1]])  # (R, 1, 1, H): the state before each row
    before_row[torch.from_numpy(dataset.first_rows).to(states.device)] = network.initial_context()
    origins = np.arange(from_row - 1, dataset.rows - 1)
    sums = [(ErrorAccumulator(), ErrorAccumulator(), ErrorAccumulator()) for _ in range(horizon)]
    origins_at_once = max(1, min(_ORIGINS_AT_ONCE, _MOST_NUMBERS // (horizon * len(dataset.columns))))
    for start in range(0, len(origins), origins_at_once):
        yield 0.5 + 0.5 * start / len(origins)
        some = origins[start : start + origins_at_once]
        context = before_row[some][:, 0, 0][None].contiguous()  # (N = 1, B, H)
        ran = closed_loop(network, Rollout(dataset, some), context, horizon)
        ahead = dataset.undo_ahead(ran.predicted, some)  # (horizon, B, C)
        linear_ahead = linear.from_origins(dataset.values, some, horizon)  # type: ignore[arg-type]  # fitted to such values
        for h in range(1, horizon + 1):
            known = some[some + h < dataset.rows]  # origins whose row h steps on exists
            if not len(known):
                break
            truth, last = dataset.values[known + h], dataset.values[known]
            for own, prediction in zip(
                sums[h - 1], (ahead[h - 1, : len(known)], last, linear_ahead[h - 1, : len(known)]), strict=True
            ):
                own.add(prediction, truth)
    scores = []
    for h, (own, persistence, least) in enumerate(sums, start=1):
        score = own.score()
        scores.append(HorizonScore(h, score.rmse, score.mae, score.nmse, persistence.score().rmse, least.score().rmse))
    return scores


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
    inputs, outputs = (np.empty((steps, size), np.float32) for size in (network.config.inputs, network.config.outputs))
    free_states = context.new_empty((steps, *context.shape))
    for start in range(0, steps, CHUNK_STEPS):
        yield 0.5 + 0.5 * start / steps
        count = min(CHUNK_STEPS, steps - start)
        some = closed_loop(network, rollout, context, count, free_states[start : start + count])
        context, these = some.context, slice(start, start + count)
        predicted[these], inputs[these], outputs[these] = some.predicted, some.inputs[:, 0], some.outputs[:, 0]
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
        outputs = outputs_at(network, dataset, some, hidden[place])
        answers[some - first] = outputs
        predicted[some - first] = dataset.undo_one_step(outputs, some)
    return predicted, answers
