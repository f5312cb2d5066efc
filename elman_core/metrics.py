"""How good a prediction is, in the data's own units, beside the baselines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.baselines import LinearPredictor, persistence
from elman_core.data.dataset import Part, SequenceDataset

__all__ = ["PartScores", "Score", "part_scores", "score"]


@dataclass(frozen=True)
class Score:
    """Errors e = prediction - value over all rows and columns.

    Attributes
    ----------
    rmse
        sqrt(mean e^2), in the data's own units.
    mae
        mean |e|, in the data's own units.
    nmse
        sum e^2 / sum (value - column mean)^2: 0 is perfect, 1 no better than the mean; None where
        the values do not vary.
    """

    rmse: float
    mae: float
    nmse: float | None


@dataclass(frozen=True)
class PartScores:
    """One part's score, and the baselines' on the same rows."""

    network: Score
    persistence: Score
    linear: Score
    linear_order: int


def score(prediction: NDArray[np.float64], values: NDArray[np.float64]) -> Score:
    """Compare predictions with values of the same shape (R, C), R >= 1."""
    error = prediction - values
    with np.errstate(over="ignore", invalid="ignore"):
        squared = float(np.sum(error**2))
        spread = float(np.sum((values - values.mean(axis=0)) ** 2))
        return Score(
            rmse=float(np.sqrt(squared / error.size)),
            mae=float(np.mean(np.abs(error))),
            nmse=squared / spread if spread > 0 else None,
        )


def part_scores(dataset: SequenceDataset, one_step: NDArray[np.float64]) -> dict[Part, PartScores | None]:
    """Score one-step predictions of rows 1 ... R - 1, (R - 1, C); None for a part without rows."""
    linear = LinearPredictor.fitted(dataset.values[: dataset.train_rows])
    predictions = (one_step, persistence(dataset.values), linear.one_step(dataset.values))
    scores: dict[Part, PartScores | None] = {}
    for part in Part:
        rows = dataset.part_rows(part)
        if rows.start >= rows.stop:
            scores[part] = None
            continue
        before = slice(rows.start - 1, rows.stop - 1)  # the prediction of row r stands at r - 1
        own, same, least_squares = (score(prediction[before], dataset.values[rows]) for prediction in predictions)
        scores[part] = PartScores(own, same, least_squares, linear.order)
    return scores
