"""Methods of forecasting, once they are fitted: what gives point forecasts of a dataset in its own units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.baselines import LinearPredictor, season_before
from elman_core.support.jobs import Job, within

if TYPE_CHECKING:
    from elman_core.forecasting.predictor import Predictor  # imports torch, which Theta and ETS do without

__all__ = ["LeastSquares", "Method", "Persistence", "SeasonalPersistence", "predicted_by"]

_ORIGINS_AT_ONCE = 4_096
_NUMBERS_AT_ONCE = 4_000_000

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class Method(Protocol):
    """Predicts the rows after some origins of any dataset with its columns. An origin is the last row that is known."""

    def ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[Array]:
        """Predict 1 ... H steps ahead: (H, n, C) in the data's own units, of nothing but rows up to each origin (n,).

        Rows beyond a sequence's last one are predicted too. The origins rise.
        """
        ...


def predicted_by(prepared: Job[Predictor], columns: int, origins: Integers, steps: int, width: int) -> Job[Array]:
    """Prepare a predictor, and predict 1 ... H rows after each origin: (H, n, C); each takes `width` numbers."""
    predicted = np.empty((steps, len(origins), columns))
    predictor = yield from within(prepared, 0.0, 0.5)
    for some in _blocks(origins, width):
        yield 0.5 + 0.5 * some.start / len(origins)
        predicted[:, some] = predictor.ahead(origins[some], steps)
    return predicted


def _blocks(origins: Integers, width: int) -> Iterator[slice]:
    """Divide origins into slices that are small enough to be predicted at once, `width` numbers each."""
    at_once = max(1, min(_ORIGINS_AT_ONCE, _NUMBERS_AT_ONCE // max(width, 1)))
    for start in range(0, len(origins), at_once):
        yield slice(start, start + at_once)


@dataclass(frozen=True)
class Persistence:
    """Predicts the value at the origin for all steps."""

    def ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[Array]:
        """See `Method`."""
        yield 0.0
        last = dataset.values[origins]
        return np.array(np.broadcast_to(last, (steps, *last.shape)))


@dataclass(frozen=True)
class SeasonalPersistence:
    """Predicts the last known value that is whole seasons before; the value at the origin where there is none."""

    def ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[Array]:
        """See `Method`."""
        predicted = np.empty((steps, len(origins), len(dataset.columns)))
        for step in range(1, steps + 1):
            yield (step - 1) / steps
            before, there = season_before(dataset, origins, step)
            predicted[step - 1] = dataset.values[np.where(there, before, origins)]
        return predicted


@dataclass(frozen=True)
class LeastSquares:
    """Predicts recursively by least squares on the last rows."""

    linear: LinearPredictor

    def ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[Array]:
        """See `Method`."""
        columns = len(dataset.columns)
        predicted = np.empty((steps, len(origins), columns))
        for some in _blocks(origins, columns * max(steps, self.linear.order)):
            yield some.start / len(origins)
            predicted[:, some] = self.linear.from_origins(dataset.values, origins[some], steps)
        return predicted
