"""Baselines: persistence and linear least squares; for symbols, the frequencies of symbols and bigrams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import Rows
from elman_core.data.text.vocabulary import CodedRows

__all__ = ["MAXIMUM_ORDER", "BigramPredictor", "LinearPredictor", "least_squares", "persistence"]

MAXIMUM_ORDER = 18
_MOST_PREDICTORS = 72
"""Limits the lags where there are many columns: the time grows with the square of lags times columns."""
_ROWS_AT_ONCE = 20_000
_FIT_ROWS = 200_000
"""The least squares are fitted to the last rows of a very long training part."""


def persistence(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Predict rows 1 ... R - 1 by the row before each: (R - 1, C)."""
    return values[:-1]


@dataclass(frozen=True)
class LinearPredictor:
    """Predicts each column from the last p rows of all columns and a constant, by least squares.

    The order p, 1 to 18 and p * C at most 72 where there are many columns, is the one with the smallest Bayesian
    information criterion on the training part. Lags before the first row take its value.

    Attributes
    ----------
    order
        p, the number of lags.
    coefficients : (p * C + 1, C)
        Newest row first, the constant last.
    """

    order: int
    coefficients: NDArray[np.float64]

    @classmethod
    def fitted(cls, train: NDArray[np.float64]) -> LinearPredictor:
        """Fit to the training rows (R, C), by which the order is chosen too."""
        train = train[-_FIT_ROWS:]
        rows, columns = train.shape
        # At most half as many coefficients as rows.
        highest = max(1, min(MAXIMUM_ORDER, _MOST_PREDICTORS // columns, (rows // 2 - 1) // columns, rows - 2))
        same_rows = train[highest:]
        spread = float(np.sum((same_rows - same_rows.mean(axis=0)) ** 2)) or 1.0
        best, best_criterion = 1, np.inf
        for order in range(1, highest + 1):
            predictors = _lagged(train, order)[highest - 1 : -1]
            coefficients = np.linalg.lstsq(predictors, same_rows, rcond=None)[0]
            error = float(np.sum((same_rows - predictors @ coefficients) ** 2))
            # Below rounding, a smaller error is no better.
            criterion = same_rows.size * np.log(max(error, 1e-24 * spread)) + coefficients.size * np.log(same_rows.size)
            if criterion < best_criterion:
                best, best_criterion = order, criterion
        coefficients = np.linalg.lstsq(_lagged(train, best)[best - 1 : -1], train[best:], rcond=None)[0]
        return cls(best, np.asarray(coefficients, np.float64))

    def one_step(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predict rows 1 ... R - 1 from the rows before each: (R - 1, C)."""
        predictions = np.empty((len(values) - 1, values.shape[1]))
        for start in range(1, len(values), _ROWS_AT_ONCE):
            stop = min(start + _ROWS_AT_ONCE, len(values))
            predictions[start - 1 : stop - 1] = self.rows(values, start, stop)
        return predictions

    def rows(self, values: Rows, start: int, stop: int) -> NDArray[np.float64]:
        """Predict rows start ... stop - 1, start >= 1, from the rows before each."""
        lagged = _lagged(values[max(0, start - self.order) : stop - 1], self.order)[start - stop :]
        predicted: NDArray[np.float64] = lagged @ self.coefficients
        return predicted

    def from_origins(self, values: Rows, origins: NDArray[np.intp], horizon: int) -> NDArray[np.float64]:
        """Predict recursively from each origin, the last known row: (horizon, origins, C)."""
        first = max(0, int(origins[0]) - self.order + 1)
        near = values[first : int(origins[-1]) + 1]
        recent = _lagged(near, self.order)[origins - first, :-1]  # (origins, p * C), newest first
        constant = np.ones((len(origins), 1))
        predictions = np.empty((horizon, len(origins), values.shape[1]))
        # A linear recursion may explode; infinity is then its honest prediction.
        with np.errstate(over="ignore", invalid="ignore"):
            for k in range(horizon):
                predictions[k] = np.hstack([recent, constant]) @ self.coefficients
                recent = np.hstack([predictions[k], recent])[:, : recent.shape[1]]
        return predictions


@dataclass(frozen=True)
class BigramPredictor:
    """Predicts each symbol from the one before it, by the frequency of the pair in the training part.

    P(b | a) = (n_ab + P(b)) / (n_a + 1) and P(b) = (n_b + 1) / (n + S), so that no probability is 0. This is the
    least-squares prediction from one symbol.

    Attributes
    ----------
    unigrams : (S,)
        P(b).
    bigrams : (S, S)
        P(b | a) in row a, column b.
    vectors : (S, C)
        Of the symbols.
    """

    unigrams: NDArray[np.float64]
    bigrams: NDArray[np.float64]
    vectors: NDArray[np.float64]
    order: int = 1

    @classmethod
    def fitted(cls, train: CodedRows) -> BigramPredictor:
        """Count in the training rows."""
        codes, count = train.codes.astype(np.int64), len(train.vectors)
        unigrams = (np.bincount(codes, minlength=count) + 1) / (len(codes) + count)
        pairs = np.bincount(codes[:-1] * count + codes[1:], minlength=count * count).reshape(count, count)
        bigrams = (pairs + unigrams) / (pairs.sum(axis=1, keepdims=True) + 1)
        return cls(unigrams, bigrams, train.vectors)

    def rows(self, values: CodedRows, start: int, stop: int) -> NDArray[np.float64]:
        """Predict the vectors of rows start ... stop - 1, start >= 1."""
        predicted: NDArray[np.float64] = (self.bigrams @ self.vectors)[values.codes[start - 1 : stop - 1]]
        return predicted

    def from_origins(self, values: CodedRows, origins: NDArray[np.intp], horizon: int) -> NDArray[np.float64]:
        """Return the expected vectors after each origin: (horizon, origins, C)."""
        ahead, predictions = self.vectors, []
        for _ in range(horizon):
            ahead = self.bigrams @ ahead  # (S, C): the expected vector that many steps after each symbol
            predictions.append(ahead[values.codes[origins]])
        return np.stack(predictions)


def least_squares(dataset: SequenceDataset) -> LinearPredictor | BigramPredictor:
    """Fit to the training part."""
    values = dataset.values
    if isinstance(values, CodedRows):
        return BigramPredictor.fitted(CodedRows(values.vectors, values.codes[: dataset.train_rows]))
    return LinearPredictor.fitted(values[: dataset.train_rows])


def _lagged(values: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """Return each row with the order - 1 rows before it, newest first, and a 1: (R, order * C + 1)."""
    padded = np.concatenate([np.repeat(values[:1], order - 1, axis=0), values])
    lags = [padded[order - 1 - lag : len(padded) - lag] for lag in range(order)]
    return np.hstack([*lags, np.ones((len(values), 1))])
