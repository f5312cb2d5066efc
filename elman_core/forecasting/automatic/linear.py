"""Ridge regressions of a transformed series for all penalties at once, and what they predict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset

__all__ = ["RidgeFits", "fit_ridges"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_MOST_ROWS = 20_000


@dataclass(frozen=True, eq=False)
class RidgeFits:
    """One linear model for each of R penalties, of a dataset that predicts one step at once.

    Attributes
    ----------
    dataset
        With the lags that the models see.
    weights : (R, I, C)
    constants : (R, C)
    """

    dataset: SequenceDataset
    weights: Array
    constants: Array

    def ahead(self, origins: Integers, steps: int) -> Array:
        """Predict 1 ... H rows after each origin (n,), fed with own predictions: (H, R, n, C), in the data's units.

        Inputs, whose future is not known, hold their last value.
        """
        dataset, encoding = self.dataset, self.dataset.encoding
        ridges, columns, past = len(self.weights), encoding.targets, encoding.past
        window = dataset.windows(origins).reshape(len(origins), -1)
        window = np.broadcast_to(window, (ridges, *window.shape))
        held = window[:, :, columns:past]
        predicted = np.empty((steps, ridges, len(origins), columns))
        stops = dataset.parts_stop(origins)
        seen, known = self.weights[:, : encoding.lags * past], self.weights[:, encoding.lags * past :]
        with np.errstate(all="ignore"):  # a linear recursion may explode; infinity is then its honest prediction
            for step in range(steps):
                predicted[step] = window @ seen + self.constants[:, None]
                if encoding.known:
                    predicted[step] += dataset.known_after(origins + step, stops)[:, 0] @ known
                window = np.concatenate([predicted[step], held, window[:, :, :-past]], axis=2)
        undone = dataset.undo_ahead(predicted.reshape(steps, -1, columns), np.tile(origins, ridges))
        return undone.reshape(predicted.shape)

    def growth(self, ridge: int) -> float:
        """Return by what factor a step of the recursion grows at most in the long run: the spectral radius."""
        encoding = self.dataset.encoding
        columns, lags = encoding.targets, encoding.lags
        own = self.weights[ridge, : lags * encoding.past].reshape(lags, encoding.past, columns)[:, :columns]
        companion = np.zeros((lags * columns, lags * columns))
        companion[:columns] = np.moveaxis(own, 2, 0).reshape(columns, -1)
        companion[columns:, :-columns] += np.eye((lags - 1) * columns)
        return float(np.abs(np.linalg.eigvals(companion)).max())


def fit_ridges(dataset: SequenceDataset, ridges: Array) -> RidgeFits:
    r"""Fit to the training part, at most the last 20,000 rows; those without all lags, at most a third, are left out.

    For each penalty they make small, with s_i the standard deviation of input i::

        sum_t |x_t W + b - y_t|^2 + ridge * sum_ij s_i^2 w_ij^2
    """
    first, stop = int(dataset.first_rows[0]), int(dataset.parts.train_stops[0])
    length = max(stop - 1 - first, 0)
    rows = np.arange(first + min(dataset.encoding.lags - 1, length // 3), stop - 1)[-_MOST_ROWS:]
    x, y = dataset.step_inputs(rows), dataset.step_targets(rows)
    whole = ~np.isnan(y).any(axis=1)
    x, y = x[whole], y[whole]
    mean, target_mean = x.mean(axis=0), y.mean(axis=0)
    x, y = x - mean, y - target_mean
    scale = np.sqrt((x**2).mean(axis=0))
    scale[scale <= 1e-12 * max(float(scale.max(initial=0.0)), 1e-300)] = np.inf
    x = x / scale
    values, vectors = np.linalg.eigh(x.T @ x)
    # What least squares do not see, they give no weight.
    seen = values > 1e-12 * max(float(values.max(initial=0.0)), 1e-300)
    inverse = np.where(seen, 1.0 / (np.where(seen, values, 1.0) + ridges[:, None]), 0.0)  # (R, I)
    weights = vectors @ (inverse[:, :, None] * (vectors.T @ (x.T @ y))) / scale[:, None]
    return RidgeFits(dataset, weights, target_mean - mean @ weights)
