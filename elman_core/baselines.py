"""What an honest forecaster has to beat: persistence and linear least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAXIMUM_ORDER", "LinearPredictor", "persistence"]

MAXIMUM_ORDER = 18
_MOST_PREDICTORS = 72
"""Of many columns fewer rows are looked at: the time grows with the square of their product."""
_ROWS_AT_ONCE = 20_000
_FIT_ROWS = 200_000
"""Rows of a very long training part that the least squares look at: the last ones."""


def persistence(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Predict rows 1 ... R - 1 by the row before each: (R - 1, C)."""
    return values[:-1]


@dataclass(frozen=True)
class LinearPredictor:
    """Each column from the last p rows of all columns and a constant, by least squares.

    The order p, 1 to 18 and p * C at most 72 where there are many columns, is the one with the smallest Bayesian
    information criterion on the training part. Rows before the first are taken to be like the first.

    Attributes
    ----------
    order
        p, the number of rows looked at.
    coefficients : (p * C + 1, C)
        Newest row first, the constant last.
    """

    order: int
    coefficients: NDArray[np.float64]

    @classmethod
    def fitted(cls, train: NDArray[np.float64]) -> LinearPredictor:
        """Fit to the training rows (R, C), which set the order too."""
        train = train[-_FIT_ROWS:]
        rows, columns = train.shape
        # Half the rows at most may be spent on coefficients.
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
        for start in range(0, len(predictions), _ROWS_AT_ONCE):
            stop = min(start + _ROWS_AT_ONCE, len(predictions))
            lagged = _lagged(values[max(0, start - self.order + 1) : stop], self.order)[start - stop :]
            predictions[start:stop] = lagged @ self.coefficients
        return predictions

    def from_origins(self, values: NDArray[np.float64], origins: NDArray[np.intp], horizon: int) -> NDArray[np.float64]:
        """Go on from each origin, the last known row, on its own predictions: (horizon, origins, C)."""
        recent = _lagged(values, self.order)[origins, :-1]  # (origins, p * C), newest first
        constant = np.ones((len(origins), 1))
        predictions = np.empty((horizon, len(origins), values.shape[1]))
        # A linear recursion may explode; infinity is then its honest prediction.
        with np.errstate(over="ignore", invalid="ignore"):
            for k in range(horizon):
                predictions[k] = np.hstack([recent, constant]) @ self.coefficients
                recent = np.hstack([predictions[k], recent])[:, : recent.shape[1]]
        return predictions


def _lagged(values: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """For each row, it and the order - 1 rows before it, newest first, and a 1: (R, order * C + 1)."""
    padded = np.concatenate([np.repeat(values[:1], order - 1, axis=0), values])
    lags = [padded[order - 1 - lag : len(padded) - lag] for lag in range(order)]
    return np.hstack([*lags, np.ones((len(values), 1))])
