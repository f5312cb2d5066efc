"""Prediction: one step ahead, in closed loop, and its errors by horizon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.errors import DataError
from elman_core.forecasting.baselines import least_squares
from elman_core.forecasting.extent import first_test_row, rows_beyond
from elman_core.forecasting.metrics import ErrorAccumulator, PartScores, Scorer
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job
from elman_core.training.events import Response

__all__ = [
    "MAXIMUM_FORECAST_STEPS",
    "RESPONSE_STEPS",
    "HorizonScore",
    "closed_loop",
    "evaluate_horizons",
    "hidden_states",
    "predict",
    "respond",
    "score_parts",
]

MAXIMUM_FORECAST_STEPS = 1_000_000
RESPONSE_STEPS = 5_000
"""How many steps of a long series a live view covers."""
_WARM_UP_STEPS = 200
"""Steps before a view that does not begin with the series, to settle the context."""
_CHUNK_STEPS = 2_000
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


@torch.no_grad()
def closed_loop(
    network: ElmanNetwork, value: Tensor, context: Tensor, steps: int, states: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Run the network in closed loop: each output is the next input.

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
        State after the last step; `outputs[-1]` is the next input.
    """
    outputs = value.new_empty((steps, *value.shape))
    if network.is_single_cpu(context):
        states = context.new_empty((steps, *context.shape)) if states is None else states
        network.run_single_closed_loop(value, context, states, outputs)
        return outputs, states[-1] if steps else context
    for k in range(steps):
        hidden, y = network.forward(value[None], context)
        context, value = hidden[0], y[0]
        outputs[k] = value
        if states is not None:
            states[k] = context
    return outputs, context


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
    if dataset.symbols is not None and not whole and rows > RESPONSE_STEPS + 1:
        stop = RESPONSE_STEPS + 1  # a text is read from its beginning
        return _respond(network, dataset, 0, stop, RESPONSE_STEPS // 10, stop)
    most = max(RESPONSE_STEPS, _MOST_NUMBERS // (network.config.outputs + network.config.hidden))
    first = max(0, rows - 1 - (most if whole else RESPONSE_STEPS))
    closed_loop_row = max(dataset.history_rows, first + 1)
    steps = min(rows + rows_beyond(rows) - closed_loop_row, RESPONSE_STEPS)
    return _respond(network, dataset, first, closed_loop_row, steps)


def hidden_states(
    network: ElmanNetwork, dataset: SequenceDataset, first_row: int, steps: int
) -> Job[NDArray[np.float32]]:
    """Return only the hidden states of a response, (steps, H), from the step that predicts `first_row` on."""
    network, first = _first(network), first_row - 1
    warm_up = max(0, first - _WARM_UP_STEPS)
    parts = []
    for share, hidden in _run_through(network, dataset, warm_up, first + steps):
        yield share
        parts.append(hidden[:, 0, 0].float().cpu().numpy())
    found: NDArray[np.float32] = np.concatenate(parts)[first - warm_up :]
    return found


def score_parts(
    network: ElmanNetwork, dataset: SequenceDataset, response: Response
) -> Job[dict[Part, PartScores | None]]:
    """Score one-step prediction of every row, from the response where that covers all of them."""
    scorer = Scorer(dataset)
    yield 0.0
    if response.first_row == 1 and len(response.one_step) == dataset.rows - 1:
        scorer.add(1, response.one_step)
        return scorer.scores()
    network, row = _first(network), 1
    for share, hidden in _run_through(network, dataset, 0, dataset.rows - 1):
        yield share
        scorer.add(row, dataset.scale.undo(_outputs(network, hidden)))
        row += len(hidden)
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
    network = _first(network)
    linear = least_squares(dataset)
    before_row = yield from _contexts(network, dataset, 0)  # (R + 1, 1, 1, H): the state before each row
    origins = np.arange(from_row - 1, dataset.rows - 1)
    sums = [(ErrorAccumulator(), ErrorAccumulator(), ErrorAccumulator()) for _ in range(horizon)]
    origins_at_once = max(1, min(_ORIGINS_AT_ONCE, _MOST_NUMBERS // (horizon * len(dataset.columns))))
    for start in range(0, len(origins), origins_at_once):
        yield 0.5 + 0.5 * start / len(origins)
        some = origins[start : start + origins_at_once]
        value, context = _inputs(network, dataset, some)[:, 0, 0][None], before_row[some][:, 0, 0][None]  # (1, B, ·)
        outputs, _ = closed_loop(network, value, context, horizon)  # (horizon, 1, B, O)
        ahead = dataset.scale.undo(outputs[:, 0].double().cpu().numpy())  # (horizon, B, C)
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
        found = own.score()
        scores.append(HorizonScore(h, found.rmse, found.mae, found.nmse, persistence.score().rmse, least.score().rmse))
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
    network = _first(network)
    warm_up = max(0, first - _WARM_UP_STEPS)
    states = yield from _contexts(network, dataset, warm_up, stop)  # (R' + 1, 1, 1, H)
    origin = closed_loop_row - 1
    value, context = _inputs(network, dataset, slice(origin, origin + 1))[0], states[origin - warm_up]
    free = np.empty((steps, network.config.outputs))
    free_states = context.new_empty((steps, *context.shape))
    for start in range(0, steps, _CHUNK_STEPS):
        yield 0.5 + 0.5 * start / steps
        count = min(_CHUNK_STEPS, steps - start)
        outputs, context = closed_loop(network, value, context, count, free_states[start : start + count])
        value = outputs[-1]
        free[start : start + count] = outputs[:, 0, 0].double().cpu().numpy()
    hidden = states[first - warm_up + 1 : -1]  # of the steps whose target is known
    return Response(
        first_row=first + 1,
        one_step=dataset.scale.undo(_outputs(network, hidden)),
        hidden=hidden[:, 0, 0].float().cpu().numpy(),
        closed_loop_row=closed_loop_row,
        closed_loop=dataset.scale.undo(free),
        closed_loop_hidden=free_states[:, 0, 0].float().cpu().numpy(),
    )


def _contexts(network: ElmanNetwork, dataset: SequenceDataset, first: int, stop: int | None = None) -> Job[Tensor]:
    """Return the context before each row from `first` on and after the last one, (R' + 1, 1, 1, H); up to one half."""
    states = [network.initial_context()[None]]
    for share, hidden in _run_through(network, dataset, first, stop):
        yield 0.5 * share
        states.append(hidden)
    return torch.cat(states)


def _run_through(
    network: ElmanNetwork, dataset: SequenceDataset, first: int, stop: int | None = None
) -> Iterator[tuple[float, Tensor]]:
    """Feed in rows first ... stop - 1, and yield the hidden states, (n, 1, 1, H), block by block."""
    stop, context = dataset.rows if stop is None else stop, network.initial_context()
    for start in range(first, stop, _CHUNK_STEPS):
        with torch.no_grad():
            rows = slice(start, min(start + _CHUNK_STEPS, stop))
            hidden, _ = network.forward(_inputs(network, dataset, rows), context)
        context = hidden[-1]
        yield (start - first) / (stop - first), hidden


def _outputs(network: ElmanNetwork, hidden: Tensor) -> NDArray[np.float64]:
    """(n, 1, 1, H) -> (n, O)."""
    found: NDArray[np.float64] = network.read_out(hidden)[:, 0, 0].double().cpu().numpy()
    return found


def _inputs(network: ElmanNetwork, dataset: SequenceDataset, rows: slice | NDArray[np.intp]) -> Tensor:
    """Return rows as inputs, (n, N = 1, B = 1, I)."""
    return torch.from_numpy(dataset.scale.apply(dataset.values[rows])).to(network.w1)[:, None, None, :]


def _first(network: ElmanNetwork) -> ElmanNetwork:
    """Return network 0 of an ensemble."""
    return network if network.networks == 1 else ElmanNetwork(network.config, network.w1[:1], network.w2[:1])
