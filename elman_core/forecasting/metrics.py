"""Scores of one-step prediction, part by part, and of arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.forecasting.accumulators import ErrorSums, Truth
from elman_core.forecasting.comparison import Baselines
from elman_core.forecasting.scores import PartScores, Score, SymbolScore

__all__ = ["PartScores", "Score", "Scorer", "SymbolScore", "part_scores", "score"]

_NUMBERS_AT_ONCE = 4_000_000

Array = NDArray[np.float64]


def score(prediction: Array, values: Array) -> Score:
    """Return the score of predictions of values, both (R, C), R >= 1; it has no scale for MASE."""
    sums = ErrorSums(Truth.of_values(values))
    sums.add(prediction, values, np.zeros(len(values), np.int64))
    return sums.scores().mean()


class Scorer:
    """Scores one-step predictions of a dataset, block by block; every row that has one must be added once.

    With the `baselines` of networks that were scored before, what these reach is known.
    """

    def __init__(self, dataset: SequenceDataset, baselines: Baselines | None = None) -> None:
        self._dataset = dataset
        self._baselines = baselines or Baselines(dataset)
        self._parts = {part: self._baselines.comparison(part, dataset.scored_rows(part) - 1) for part in Part}
        width = len(dataset.columns) if dataset.symbols is None else len(dataset.symbols.vocabulary.names)
        self._rows_at_once = max(1, _NUMBERS_AT_ONCE // max(width, len(dataset.columns)))

    def add(self, first_row: int, one_step: Array) -> None:
        """Add predictions of the rows from first_row on, (n, C)."""
        self.add_rows(np.arange(first_row, first_row + len(one_step)), one_step)

    def add_rows(self, rows: NDArray[np.int64], one_step: Array) -> None:
        """Add predictions of some rows, in any order, (n, C); those of rows that none can predict are left out."""
        part_of_row = np.where(self._dataset.is_predicted[rows], self._dataset.part_of_row[rows], -1)
        for place, own in enumerate(self._parts.values()):
            kept = np.flatnonzero(part_of_row == place)
            for start in range(0, len(kept), self._rows_at_once):
                some = kept[start : start + self._rows_at_once]
                origins = rows[some] - 1
                own.add(origins, one_step[some][None])
                own.add_symbols(origins, one_step[some])

    def scores(self) -> dict[Part, PartScores | None]:
        """Return the scores of each part, now that every row is added; None for a part without rows."""
        for part, own in self._parts.items():
            self._baselines.keep(part, own)
        return {part: own.scores() for part, own in self._parts.items()}


def part_scores(dataset: SequenceDataset, one_step: Array) -> dict[Part, PartScores | None]:
    """Score one-step predictions of rows 1 ... R - 1, (R - 1, C); None for a part without rows."""
    scorer = Scorer(dataset)
    scorer.add(1, one_step)
    return scorer.scores()
