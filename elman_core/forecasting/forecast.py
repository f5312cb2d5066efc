"""What a forecaster predicts: every row from those before it, and the rows beyond the last one of each sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.future import with_rows_beyond
from elman_core.errors import DataError
from elman_core.forecasting.extent import extended_of
from elman_core.forecasting.forecaster import Forecaster
from elman_core.forecasting.prediction import MAXIMUM_FORECAST_STEPS
from elman_core.forecasting.predictor import Predictor
from elman_core.support.jobs import Job, within
from elman_core.training.events import Response

__all__ = [
    "MOST_VALUES",
    "beyond_of",
    "check_steps",
    "extended_forecaster",
    "predict_with",
    "response_of",
    "times_beyond",
]

MOST_VALUES = 20_000_000
"""Most predicted values of all sequences together."""
_ORIGINS_AT_ONCE = 4_096

Array = NDArray[np.float64]


def check_steps(dataset: SequenceDataset, steps: int) -> None:
    """Refuse more steps than can be predicted.

    Raises
    ------
    DataError
        With the most that there can be.
    """
    if not 0 <= steps <= MAXIMUM_FORECAST_STEPS:
        raise DataError(f"steps must be from 0 to {MAXIMUM_FORECAST_STEPS:,}, got {steps:,}")
    most = MOST_VALUES // (len(dataset.panel) * len(dataset.columns))
    if steps > most:
        raise DataError(f"steps must be at most {most:,} for {len(dataset.panel):,} sequences, got {steps:,}")


def times_beyond(dataset: SequenceDataset, steps: int) -> list[Array]:
    """Return where the rows beyond each sequence stand in time, (H,) each."""
    return [extended_of(dataset, sequence, steps) for sequence in range(len(dataset.panel))]


def extended_forecaster(forecaster: Forecaster, known: Array, times: Sequence[Array]) -> Forecaster:
    """Return it on its series with H rows after the last ones, of which `known` (S, H, K) is known ahead."""
    parts = tuple(
        replace(part, run=replace(part.run, dataset=with_rows_beyond(part.run.dataset, known, times)))
        for part in forecaster.parts
    )
    return replace(forecaster, dataset=with_rows_beyond(forecaster.dataset, known, times), parts=parts)


def predict_with(forecaster: Forecaster, steps: int, known: Array | None = None) -> Job[Response]:
    """Predict every row from those before it, then `steps` rows beyond the last one of each sequence.

    `known` (S, H, K) is known ahead of the rows beyond; without it the last values are held. A row that a part cannot
    predict, because it has too few before it, is NaN.

    Raises
    ------
    DataError
        When there are too many steps.
    """
    dataset = forecaster.dataset
    check_steps(dataset, steps)
    ahead = forecaster
    if known is not None and known.size:
        ahead = extended_forecaster(forecaster, known, times_beyond(dataset, steps))
    predictor = yield from within(ahead.predictor(), 0.0, 0.6)
    moved = (ahead.dataset.panel.starts - dataset.panel.starts)[dataset.panel.every.sequence]
    one_step = np.full((dataset.rows, len(dataset.columns)), np.nan)
    rows = np.flatnonzero(dataset.is_predicted)
    for start in range(0, len(rows), _ORIGINS_AT_ONCE):
        yield 0.6 + 0.2 * start / len(rows)
        some = rows[start : start + _ORIGINS_AT_ONCE]
        one_step[some] = predictor.ahead(some - 1 + moved[some], 1)[0]
    last = dataset.panel.stops - 1
    beyond = yield from within(beyond_of(predictor, last + moved[last], steps, len(dataset.columns)), 0.8, 1.0)
    return response_of(dataset, one_step[1:], beyond)


def beyond_of(predictor: Predictor, origins: NDArray[np.int64], steps: int, columns: int) -> Job[Array]:
    """Predict the rows after the last one of each sequence, (S, H, C)."""
    beyond = np.empty((len(origins), steps, columns))
    at_once = max(1, min(_ORIGINS_AT_ONCE, 2_000_000 // max(1, steps * columns)))
    for start in range(0, len(origins) if steps else 0, at_once):
        yield start / len(origins)
        some = slice(start, start + at_once)
        beyond[some] = np.moveaxis(predictor.ahead(origins[some], steps), 0, 1)
    return beyond


def response_of(dataset: SequenceDataset, one_step: Array, beyond: Array) -> Response:
    """Return what a view or file needs of a forecast; a forecaster has no states of its own."""
    nothing = np.empty((0, 0), np.float32)
    return Response(
        first_row=dataset.rows - len(one_step),
        one_step=one_step,
        hidden=nothing,
        closed_loop_row=dataset.rows,
        closed_loop=beyond[-1],
        closed_loop_hidden=nothing,
        outputs=nothing,
        closed_loop_inputs=nothing,
        closed_loop_outputs=nothing,
        beyond=beyond if dataset.panel.has_several else None,
    )
