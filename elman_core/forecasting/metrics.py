"""Errors of predictions, in the data's own units, and those of the baselines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.text.vocabulary import Symbols
from elman_core.forecasting.baselines import BigramPredictor, least_squares

__all__ = ["ErrorAccumulator", "PartScores", "Score", "Scorer", "SymbolScore", "part_scores", "score"]

_NUMBERS_AT_ONCE = 4_000_000

Array = NDArray[np.float64]


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
class SymbolScore:
    """How well the next symbol was predicted.

    Attributes
    ----------
    bits
        Mean of -log2 of the probability predicted for the actual symbol; 0 is perfect.
    right
        Accuracy: share of symbols that were predicted as the most probable, from 0 to 1.
    """

    bits: float
    right: float


@dataclass(frozen=True)
class PartScores:
    """The score of one part and those of the baselines on the same rows; for symbols, symbol scores too.

    For symbols, `linear` are the bigrams, and `frequent` always predicts the symbols' frequencies.
    """

    network: Score
    persistence: Score
    linear: Score
    linear_order: int
    symbols: SymbolScore | None = None
    bigrams: SymbolScore | None = None
    frequent: SymbolScore | None = None


class ErrorAccumulator:
    """Accumulates errors block by block."""

    def __init__(self) -> None:
        self._squared = self._absolute = 0.0
        self._count = self._rows = 0
        self._origin: Array = np.zeros(1)
        self._moment1: Array = np.zeros(1)
        self._moment2: Array = np.zeros(1)

    def add(self, prediction: Array, values: Array) -> None:
        """Add predictions and values, (n, C) each."""
        error = prediction - values
        if not self._rows:  # moments about a point among the values lose no digits
            self._origin = values.mean(axis=0)
        with np.errstate(over="ignore", invalid="ignore"):
            off = values - self._origin
            self._squared += float(np.sum(error**2))
            self._absolute += float(np.sum(np.abs(error)))
            self._moment1 = self._moment1 + off.sum(axis=0)
            self._moment2 = self._moment2 + (off**2).sum(axis=0)
        self._count += error.size
        self._rows += len(error)

    def score(self) -> Score:
        """Return the score of all rows, at least one."""
        with np.errstate(over="ignore", invalid="ignore"):
            spread = float((self._moment2 - self._moment1**2 / self._rows).sum())
            return Score(
                rmse=float(np.sqrt(self._squared / self._count)),
                mae=self._absolute / self._count,
                nmse=self._squared / spread if spread > 0 else None,
            )


def score(prediction: Array, values: Array) -> Score:
    """Return the score of predictions of values, both (R, C), R >= 1."""
    sums = ErrorAccumulator()
    sums.add(prediction, values)
    return sums.score()


class _SymbolAccumulator:
    """Accumulates symbol scores block by block."""

    def __init__(self) -> None:
        self._bits = 0.0
        self._right = self._rows = 0

    def add(self, probabilities: Array, codes: NDArray[np.int32]) -> None:
        """Add predicted probabilities (n, S) and the actual symbols (n,)."""
        given = probabilities[np.arange(len(codes)), codes]
        self._bits -= float(np.log2(np.maximum(given, 1e-300)).sum())
        self._right += int((probabilities.argmax(axis=1) == codes).sum())
        self._rows += len(codes)

    def score(self) -> SymbolScore | None:
        """Return the score of all rows; None without rows."""
        return SymbolScore(self._bits / self._rows, self._right / self._rows) if self._rows else None


class _PartAccumulator:
    """The accumulators of one part: for the network, persistence and least squares."""

    def __init__(self) -> None:
        self.numbers = (ErrorAccumulator(), ErrorAccumulator(), ErrorAccumulator())
        self.symbols = (_SymbolAccumulator(), _SymbolAccumulator(), _SymbolAccumulator())
        self.rows = 0

    def scores(self, order: int) -> PartScores | None:
        """Return the scores; None without rows."""
        if not self.rows:
            return None
        own, same, linear = (sums.score() for sums in self.numbers)
        return PartScores(own, same, linear, order, *(sums.score() for sums in self.symbols))


class Scorer:
    """Scores one-step predictions of a series, block by block."""

    def __init__(self, dataset: SequenceDataset) -> None:
        self._dataset = dataset
        self._linear = least_squares(dataset)
        self._parts = {part: _PartAccumulator() for part in Part}
        width = len(dataset.columns) if dataset.symbols is None else len(dataset.symbols.vocabulary.names)
        self._rows_at_once = max(1, _NUMBERS_AT_ONCE // max(width, len(dataset.columns)))

    def add(self, first_row: int, one_step: Array) -> None:
        """Add predictions of the rows from first_row on, (n, C)."""
        for part, sums in self._parts.items():
            rows = self._dataset.part_rows(part)
            start, stop = max(rows.start, first_row), min(rows.stop, first_row + len(one_step))
            for at in range(start, stop, self._rows_at_once):
                end = min(at + self._rows_at_once, stop)
                self._add_rows(sums, at, end, one_step[at - first_row : end - first_row])

    def add_rows(self, rows: NDArray[np.int64], one_step: Array) -> None:
        """Take in predictions of some rows, in rising order, (n, C)."""
        for run in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows) != 1) + 1):
            if len(run):
                self.add(int(rows[run[0]]), one_step[run])

    def scores(self) -> dict[Part, PartScores | None]:
        """Return the scores of each part; None for a part without rows."""
        return {part: sums.scores(self._linear.order) for part, sums in self._parts.items()}

    def _add_rows(self, sums: _PartAccumulator, start: int, stop: int, one_step: Array) -> None:
        dataset, linear = self._dataset, self._linear
        values = dataset.values[start:stop]
        least = linear.rows(dataset.values, start, stop)  # type: ignore[arg-type]  # fitted to values of this kind
        for own, prediction in zip(sums.numbers, (one_step, dataset.values[start - 1 : stop - 1], least), strict=True):
            own.add(prediction, values)
        sums.rows += len(values)
        if dataset.symbols is not None and isinstance(linear, BigramPredictor):
            self._add_symbols(sums, dataset.symbols, linear, start, stop, one_step)

    def _add_symbols(
        self, sums: _PartAccumulator, symbols: Symbols, bigrams: BigramPredictor, start: int, stop: int, one_step: Array
    ) -> None:
        codes, before = symbols.codes[start:stop], symbols.codes[start - 1 : stop - 1]
        frequent = np.broadcast_to(bigrams.unigrams, (len(codes), len(bigrams.unigrams)))
        found = (symbols.vocabulary.probabilities(one_step), bigrams.bigrams[before], frequent)
        for own, probabilities in zip(sums.symbols, found, strict=True):
            own.add(probabilities, codes)


def part_scores(dataset: SequenceDataset, one_step: Array) -> dict[Part, PartScores | None]:
    """Score one-step predictions of rows 1 ... R - 1, (R - 1, C); None for a part without rows."""
    scorer = Scorer(dataset)
    scorer.add(1, one_step)
    return scorer.scores()
