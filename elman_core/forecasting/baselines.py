"""Baselines: persistence, of a season too, and linear least squares; for symbols, frequencies and bigrams."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.panel import Panel
from elman_core.data.table import Rows
from elman_core.data.text.vocabulary import CodedRows

__all__ = [
    "MAXIMUM_ORDER",
    "BigramPredictor",
    "LinearPredictor",
    "Standards",
    "least_squares",
    "persistence",
    "season_before",
]

MAXIMUM_ORDER = 18
_MOST_PREDICTORS = 72
"""Limits the lags where there are many columns: the time grows with the square of lags times columns."""
_ROWS_AT_ONCE = 20_000
_FIT_ROWS = 200_000
"""The least squares are fitted to the last rows of a very long training part, or to as many rows of many sequences."""

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def persistence(values: Array) -> Array:
    """Predict rows 1 ... R - 1 by the row before each: (R - 1, C)."""
    return values[:-1]


def season_before(dataset: SequenceDataset, origins: Integers, step: int) -> tuple[Integers, NDArray[np.bool_]]:
    """Return the last known rows that are whole seasons before the rows `step` after some origins, and which exist.

    With season m they are origin + step - m * ceil(step / m); where there is none, the first row of the sequence.
    """
    season = dataset.config.season
    assert season is not None
    before = origins + step - season * -(-step // season)
    first = dataset.panel.starts[dataset.sequence_of_row[origins]]
    return np.maximum(before, first), before >= first


@dataclass(frozen=True, eq=False)
class Standards:
    """What the values of several sequences are standardised by: (value - mean) / deviation of their sequence.

    Attributes
    ----------
    panel
        The sequences.
    mean, deviation : (S, C)
        Of the training part of each sequence; of all its rows, where it has none.
    """

    panel: Panel
    mean: Array
    deviation: Array

    @classmethod
    def of(cls, dataset: SequenceDataset) -> Standards:
        """Measure each sequence. What does not vary has a deviation of 1."""
        train = dataset.parts.train_stops - dataset.parts.starts
        inside, head = dataset.panel.head(np.where(train > 0, train, dataset.panel.lengths))
        columns = [np.asarray(dataset.values[:, place][inside]) for place in range(len(dataset.columns))]
        mean = np.stack([head.sums(column) / head.lengths for column in columns], axis=1)
        squares = [head.sums((column - mean[head.every.sequence, place]) ** 2) for place, column in enumerate(columns)]
        deviation = np.sqrt(np.stack(squares, axis=1) / head.lengths[:, None])
        return cls(dataset.panel, mean, np.where(deviation > 1e-12 * np.abs(mean), deviation, 1.0))


@dataclass(frozen=True)
class LinearPredictor:
    """Predicts each column from the last p rows of all columns and a constant, by least squares.

    The order p, 1 to 18 and p * C at most 72 where there are many columns, is the one with the smallest Bayesian
    information criterion on the training part. Lags before the first row of a sequence take its value. One predictor
    serves all sequences, which are standardised where there are several.

    Attributes
    ----------
    order
        p, the number of lags.
    coefficients : (p * C + 1, C)
        Newest row first, the constant last.
    standards
        Of several sequences.
    """

    order: int
    coefficients: Array
    standards: Standards | None = field(default=None, compare=False)

    @classmethod
    def fitted(cls, train: Array) -> LinearPredictor:
        """Fit to the training rows (R, C) of one sequence, by which the order is chosen too."""
        train = train[-_FIT_ROWS:]
        rows, columns = train.shape
        if rows < 2:  # one value has none before it: nothing but itself can be predicted
            return cls(1, np.vstack([np.zeros((columns, columns)), train]))
        # At most half as many coefficients as rows.
        highest = max(1, min(MAXIMUM_ORDER, _MOST_PREDICTORS // columns, (rows // 2 - 1) // columns, rows - 2))
        starts = np.zeros(1, np.int64)
        best = _best_order(_recent(train, np.arange(highest, rows) - 1, starts, highest), train[highest:])
        return cls(best, _solved(_recent(train, np.arange(best, rows) - 1, starts, best), train[best:]))

    @classmethod
    def fitted_to_sequences(cls, dataset: SequenceDataset) -> LinearPredictor:
        """Fit to the standardised training rows of all sequences together."""
        standards, parts = Standards.of(dataset), dataset.parts
        sequence, columns = dataset.sequence_of_row, len(dataset.columns)
        values = (dataset.values[:] - standards.mean[sequence]) / standards.deviation[sequence]
        lengths = parts.train_stops - parts.starts
        usual = int(np.median(lengths[lengths > 0]))
        most = min(MAXIMUM_ORDER, _MOST_PREDICTORS // columns, usual - 2)
        # At most half as many coefficients as rows.
        orders = [1, *(p for p in range(2, most + 1) if np.maximum(lengths - p, 0).sum() >= 2 * (p * columns + 1))]
        highest = orders[-1]
        row = np.arange(dataset.rows)
        starts, in_train = parts.starts[sequence], row < parts.train_stops[sequence]

        def fitting(order: int) -> Integers:
            """Return training rows with so many rows before them, evenly spread where there are many."""
            wanted = np.flatnonzero(in_train & (row >= starts + order))
            return (
                wanted if len(wanted) <= _FIT_ROWS else wanted[np.linspace(0, len(wanted) - 1, _FIT_ROWS).astype(int)]
            )

        some = fitting(highest)
        best = _best_order(_recent(values, some - 1, starts[some], highest), values[some])
        some = fitting(best)
        return cls(best, _solved(_recent(values, some - 1, starts[some], best), values[some]), standards)

    def one_step(self, values: Array) -> Array:
        """Predict rows 1 ... R - 1 from the rows before each: (R - 1, C)."""
        predictions = np.empty((len(values) - 1, values.shape[1]))
        for start in range(0, len(predictions), _ROWS_AT_ONCE):
            origins = np.arange(start, min(start + _ROWS_AT_ONCE, len(predictions)))
            predictions[origins] = self.from_origins(values, origins, 1)[0]
        return predictions

    def from_origins(self, values: Rows, origins: Integers, horizon: int) -> Array:
        """Predict recursively from each origin, the last known row: (horizon, origins, C)."""
        starts, mean, deviation = np.zeros(1, np.int64), np.zeros(1), np.ones(1)
        if self.standards is not None:
            sequence = self.standards.panel.sequence_of(origins)
            starts = self.standards.panel.starts[sequence]
            mean, deviation = self.standards.mean[sequence], self.standards.deviation[sequence]
        predictions = np.empty((horizon, len(origins), values.shape[1]))
        last = _recent(values, origins, starts, self.order).reshape(len(origins), self.order, -1)
        recent = ((last - mean[:, None]) / deviation[:, None]).reshape(len(origins), -1)  # (n, p * C), newest first
        constant = np.ones((len(origins), 1))
        # A linear recursion may explode; infinity is then its honest prediction.
        with np.errstate(over="ignore", invalid="ignore"):
            for k in range(horizon):
                predictions[k] = np.hstack([recent, constant]) @ self.coefficients
                recent = np.hstack([predictions[k], recent])[:, : recent.shape[1]]
            return predictions if self.standards is None else predictions * deviation + mean


@dataclass(frozen=True)
class BigramPredictor:
    """Predicts each symbol from the one before it, by the frequency of the pair in the training part.

    P(b | a) = (n_ab + P(b)) / (n_a + 1) and P(b) = (n_b + 1) / (n + V), so that no probability is 0. This is the
    least-squares prediction from one symbol. A pair never lies across two sequences.

    Attributes
    ----------
    unigrams : (V,)
        P(b).
    bigrams : (V, V)
        P(b | a) in row a, column b.
    vectors : (V, C)
        Of the symbols.
    """

    unigrams: Array
    bigrams: Array
    vectors: Array
    order: int = 1

    @classmethod
    def fitted(cls, values: CodedRows, train: Integers, begins: NDArray[np.bool_]) -> BigramPredictor:
        """Count in the training rows (n,), of which some begin a sequence, (n,)."""
        count, codes = len(values.vectors), values.codes[train].astype(np.int64)
        unigrams = (np.bincount(codes, minlength=count) + 1) / (len(codes) + count)
        second = np.flatnonzero(~begins)
        pairs = np.bincount(codes[second - 1] * count + codes[second], minlength=count * count).reshape(count, count)
        bigrams = (pairs + unigrams) / (pairs.sum(axis=1, keepdims=True) + 1)
        return cls(unigrams, bigrams, values.vectors)

    @cached_property
    def _next_vectors(self) -> Array:
        """(V, C), the expected vector after each symbol."""
        expected: Array = self.bigrams @ self.vectors
        return expected

    def from_origins(self, values: CodedRows, origins: Integers, horizon: int) -> Array:
        """Return the expected vectors after each origin: (horizon, origins, C)."""
        ahead, predictions = self._next_vectors, np.empty((horizon, len(origins), self.vectors.shape[1]))
        for k in range(horizon):
            predictions[k] = ahead[values.codes[origins]]
            if k < horizon - 1:
                ahead = self.bigrams @ ahead  # (V, C): one step further on
        return predictions


def least_squares(dataset: SequenceDataset) -> LinearPredictor | BigramPredictor:
    """Fit to the training part."""
    values, train = dataset.values, np.flatnonzero(dataset.part_of_row == 0)
    if isinstance(values, CodedRows):
        begins = np.isin(train, dataset.panel.starts)
        return BigramPredictor.fitted(values, train, begins)
    if dataset.panel.has_several:
        return LinearPredictor.fitted_to_sequences(dataset)
    return LinearPredictor.fitted(values[: dataset.train_rows])


def _best_order(recent: Array, targets: Array) -> int:
    """Choose the number of lags, all of which are judged by the same rows.

    Parameters
    ----------
    recent : (n, highest order * C)
        Newest row first.
    targets : (n, C)
    """
    columns = targets.shape[1]
    spread = float(np.sum((targets - targets.mean(axis=0)) ** 2)) or 1.0
    best, best_criterion = 1, np.inf
    for order in range(1, recent.shape[1] // columns + 1):
        predictors = np.hstack([recent[:, : order * columns], np.ones((len(targets), 1))])
        coefficients = np.linalg.lstsq(predictors, targets, rcond=None)[0]
        error = float(np.sum((targets - predictors @ coefficients) ** 2))
        # Below rounding, a smaller error is no better.
        criterion = targets.size * np.log(max(error, 1e-24 * spread)) + coefficients.size * np.log(targets.size)
        if criterion < best_criterion:
            best, best_criterion = order, criterion
    return best


def _solved(recent: Array, targets: Array) -> Array:
    """Return the least squares' coefficients, (p * C + 1, C), the constant last."""
    coefficients = np.linalg.lstsq(np.hstack([recent, np.ones((len(targets), 1))]), targets, rcond=None)[0]
    still = (targets == targets[:1]).all(axis=0)  # what never varies goes on without a trace of rounding
    coefficients[:-1, still], coefficients[-1, still] = 0.0, targets[0, still] if len(targets) else 0.0
    return np.asarray(coefficients, np.float64)


def _recent(values: Rows, rows: Integers, starts: Integers, order: int) -> Array:
    """Return some rows (n,) with the order - 1 rows before each, newest first, (n, order * C).

    Before the first row of its sequence a row has that one again.
    """
    seen = np.maximum(rows[:, None] - np.arange(order), starts[: len(rows), None])
    found: Array = values[seen].reshape(len(rows), -1)
    return found
