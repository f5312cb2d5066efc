"""What a whole forecaster predicts and reaches, beside one of its parts that is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.config.part_kind import PartKind
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.forecasting.extent import rows_beyond
from elman_core.forecasting.forecaster import Forecaster, PartPredictor
from elman_core.forecasting.horizons import score_predictor
from elman_core.forecasting.prediction import RESPONSE_STEPS
from elman_core.forecasting.predictor import Predictor
from elman_core.forecasting.scores import PartScores
from elman_core.support.jobs import Job, within
from elman_core.training.events import Response

__all__ = ["WholeForecast", "look_at_whole", "ruler_of"]

_ORIGINS_AT_ONCE = 4_096

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WholeForecast:
    """The rows that a part is shown with, predicted by the whole forecaster and by the part's least squares alone.

    Attributes
    ----------
    scores
        Of the whole.
    one_step : (T, C), closed_loop : (F, C)
        Of the whole, for the same rows as those of the part's response.
    is_linear
        Whether nothing but least squares counts.
    ruler : (T, C)
        One step ahead, of least squares with the transforms and lags of the part; None where it has none beside it.
    """

    scores: dict[Part, PartScores | None]
    first_row: int
    one_step: Array
    closed_loop_row: int
    closed_loop: Array
    is_linear: bool
    ruler: Array | None


def ruler_of(forecaster: Forecaster, place: int) -> int | None:
    """Return the place of the linear part that sees the series as a part does; None where there is none."""
    if place >= len(forecaster.parts):
        return None
    own = forecaster.parts[place].run.dataset.config
    for other, part in enumerate(forecaster.parts):
        if part.kind is PartKind.LINEAR and part.run.dataset.config == own:
            return other
    return None


def look_at_whole(
    forecaster: Forecaster, place: int | None = None, shown: Response | None = None
) -> Job[WholeForecast]:
    """Score the whole, and predict the rows that a part at this place is shown with; without one, the last rows."""
    dataset = forecaster.dataset
    first, count, closed_loop_row, steps = _rows_of(dataset, shown)
    predictor = yield from within(forecaster.predictor(), 0.0, 0.4)
    scores = yield from within(score_predictor(predictor, dataset, 1, lost_rows=forecaster.warm_up_rows), 0.4, 0.7)
    rows = first + np.arange(count)
    one_step = yield from within(_one_step(forecaster, predictor, rows), 0.7, 0.8)
    place_of_ruler, ruler = None if place is None else ruler_of(forecaster, place), None
    if place_of_ruler is not None and place_of_ruler != place:
        part = forecaster.parts[place_of_ruler]
        linear = yield from within(PartPredictor.prepare(part.run), 0.8, 0.9)
        alone = replace(forecaster, parts=(replace(part, one_step=1.0, several=1.0),))
        ruler = yield from within(_one_step(alone, linear, rows), 0.9, 1.0)
    closed_loop = np.empty((0, len(dataset.columns)))
    if steps:
        closed_loop = predictor.ahead(np.array([closed_loop_row - 1]), steps)[:, 0]
    counting = [part for part in forecaster.parts if part.one_step or part.several]
    is_linear = all(part.kind is PartKind.LINEAR for part in counting)
    return WholeForecast(scores, first, one_step, closed_loop_row, closed_loop, is_linear, ruler)


def _rows_of(dataset: SequenceDataset, shown: Response | None) -> tuple[int, int, int, int]:
    """Return the first row and how many are predicted one step ahead, and the same of the free run."""
    if shown is not None:
        return shown.first_row, len(shown.one_step), shown.closed_loop_row, len(shown.closed_loop)
    first = 1 if dataset.panel.has_several else max(1, dataset.rows - RESPONSE_STEPS)
    stop = min(dataset.rows, first + RESPONSE_STEPS)
    end = int(dataset.panel.stops[0]) if dataset.panel.has_several else dataset.rows + rows_beyond(dataset.rows)
    closed_loop_row = min(max(dataset.history_rows, first + 1), stop)
    return first, stop - first, closed_loop_row, min(max(end - closed_loop_row, 0), RESPONSE_STEPS)


def _one_step(forecaster: Forecaster, predictor: Predictor, rows: NDArray[np.int64]) -> Job[Array]:
    """Predict some rows, each from those before it; NaN where there are too few before it."""
    dataset = forecaster.dataset
    row_of = rows - dataset.panel.starts[dataset.sequence_of_row[rows]]
    possible = np.flatnonzero(row_of > forecaster.warm_up_rows)
    found = np.full((len(rows), len(dataset.columns)), np.nan)
    for start in range(0, len(possible), _ORIGINS_AT_ONCE):
        yield start / len(possible)
        some = possible[start : start + _ORIGINS_AT_ONCE]
        found[some] = predictor.ahead(rows[some] - 1, 1)[0]
    return found
