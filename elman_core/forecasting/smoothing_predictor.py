"""Theta and ETS as predictors: fitted to every sequence and column alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.exponential_smoothing import Method, Smoothing, fitted_ets, fitted_theta
from elman_core.forecasting.predictors import Persistence, SeasonalPersistence
from elman_core.support.jobs import Job, complete
from elman_core.support.processes import call_each

__all__ = ["SmoothingPredictor", "fit_ets", "fit_theta"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
_Task = tuple[Method, Array, int | None]


@dataclass(frozen=True, eq=False)
class SmoothingPredictor:
    """Predicts each sequence and column by what was fitted to it.

    Where nothing could be fitted the value at the origin is predicted, or with a season the value a season before.

    Attributes
    ----------
    fitted
        Of sequence 0 every column, then of sequence 1, ...; None where nothing could be fitted.
    """

    fitted: tuple[Smoothing | None, ...]

    @property
    def unfitted(self) -> int:
        """How many sequences and columns nothing could be fitted to."""
        return sum(own is None for own in self.fitted)

    def ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[Array]:
        """See `Predictor`."""
        simple = Persistence() if dataset.config.season is None else SeasonalPersistence()
        predicted = complete(simple.ahead(dataset, origins, steps))
        panel, columns = dataset.panel, len(dataset.columns)
        edges = np.searchsorted(origins, [*panel.starts, panel.rows])
        for sequence in range(len(panel)):
            own = slice(edges[sequence], edges[sequence + 1])
            if own.start == own.stop:
                continue
            yield sequence / len(panel)
            start = panel.starts[sequence]
            for column in range(columns):
                smoothing = self.fitted[sequence * columns + column]
                if smoothing is not None:
                    values = np.asarray(dataset.values[start : origins[own.stop - 1] + 1, column])
                    with np.errstate(over="ignore", invalid="ignore"):
                        predicted[:, own, column] = smoothing.ahead(values, origins[own] - start, steps)
        return predicted


def fit_theta(dataset: SequenceDataset) -> Job[SmoothingPredictor]:
    """Fit Theta to the training part of each sequence and column."""
    return _fit(dataset, fitted_theta, 0.01)


def fit_ets(dataset: SequenceDataset) -> Job[SmoothingPredictor]:
    """Fit ETS to the training part of each sequence and column."""
    return _fit(dataset, fitted_ets, 0.02 * min(dataset.config.season or 1, 24))


def _fit(dataset: SequenceDataset, method: Method, seconds_each: float) -> Job[SmoothingPredictor]:
    parts, season = dataset.parts, dataset.config.season
    # A sequence without a training part is fitted to what comes before its test part, or to all its rows.
    stops = np.where(parts.train_stops > parts.starts, parts.train_stops, parts.validation_stops)
    stops = np.where(stops > parts.starts, stops, parts.stops)
    tasks: list[_Task] = [
        (method, np.array(dataset.values[start:stop, column]), season)
        for start, stop in zip(parts.starts.tolist(), stops.tolist(), strict=True)
        for column in range(len(dataset.columns))
    ]
    return SmoothingPredictor(tuple((yield from call_each(_fitted, tasks, seconds_each))))


def _fitted(task: _Task) -> Smoothing | None:
    method, values, season = task
    return method(values, season)
