"""Sums of errors by sequence and column, to which predictions are added some rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.text.vocabulary import CodedRows
from elman_core.forecasting.scores import SequenceScores, SymbolScore

__all__ = ["ErrorSums", "SymbolSums", "Truth", "by_sequence", "mean_steps"]

_NUMBERS_AT_ONCE = 4_000_000

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def by_sequence(values: Array, sequence: Integers, sequences: int) -> Array:
    """Return the sums of (n, ...) values by the sequence (n,) that each belongs to: (S, ...)."""
    sums = np.zeros((sequences, *values.shape[1:]))
    add_by_sequence(sums, values, sequence)
    return sums


def add_by_sequence(sums: Array, values: Array, sequence: Integers) -> None:
    """Add (n, ...) values to the sums (S, ...) of the sequences (n,) that they belong to."""
    if not len(values):
        return
    with np.errstate(over="ignore", invalid="ignore"):
        if len(sums) == 1:  # along contiguous memory numpy adds up in pairs, which loses fewer digits
            sums[0] += np.ascontiguousarray(np.moveaxis(values, 0, -1)).sum(axis=-1)
            return
        if (np.diff(sequence) < 0).any():
            order = np.argsort(sequence, kind="stable")
            values, sequence = values[order], sequence[order]
        first = np.flatnonzero(np.diff(sequence, prepend=-1))
        sums[sequence[first]] += np.add.reduceat(values, first, axis=0)


@dataclass(frozen=True, eq=False)
class Truth:
    """What is scored, by sequence and column. Symbols have one column, the mean of their vectors' components.

    Attributes
    ----------
    count : (S, C)
        Values scored; none of them was filled.
    spread : (S, C)
        sum (value - mean)^2 of these values.
    scale : (S, C)
        Of MASE: what `mean_steps` returns.
    """

    count: Array
    spread: Array
    scale: Array

    @classmethod
    def of(cls, dataset: SequenceDataset, weights: Integers, scale: Array) -> Self:
        """Take each row of a dataset as often as its weight (R,) says."""
        rows, sequences = np.flatnonzero(weights), len(dataset.panel)
        sequence, often = dataset.sequence_of_row[rows], weights[rows].astype(np.float64)
        if isinstance(dataset.values, CodedRows):
            count = by_sequence(often[:, None], sequence, sequences)
            return cls(count, _spread_of_codes(dataset.values, rows, sequence, often, count), scale)
        values = dataset.values[rows]
        seen = np.broadcast_to(often[:, None] * ~dataset.missing[rows], values.shape)
        return cls(*_moments(values, seen, sequence, sequences), scale)

    @classmethod
    def of_values(cls, values: Array) -> Self:
        """Take (R, C) values of one sequence, without a scale."""
        count, spread = _moments(values, np.ones_like(values), np.zeros(len(values), np.int64), 1)
        return cls(count, spread, np.full_like(count, np.nan))


def _moments(values: Array, seen: Array, sequence: Integers, sequences: int) -> tuple[Array, Array]:
    """Return how often values (n, C) are seen, and their spread: (S, C) each; `sequence` does not fall."""
    count = by_sequence(seen, sequence, sequences)
    origin = np.zeros_like(count)
    first = np.flatnonzero(np.diff(sequence, prepend=-1))
    origin[sequence[first]] = values[first]  # values that do not vary have a spread of exactly 0
    with np.errstate(over="ignore", invalid="ignore"):
        off = values - origin[sequence]
        mean = by_sequence(seen * off, sequence, sequences) / np.maximum(count, 1)
        return count, by_sequence(seen * (off - mean[sequence]) ** 2, sequence, sequences)


def _spread_of_codes(values: CodedRows, rows: Integers, sequence: Integers, often: Array, count: Array) -> Array:
    """Return the spread of symbols' vectors by sequence, (S, 1): n (mean |v|^2 - |mean v|^2) / C."""
    symbols, columns = values.vectors.shape
    spread, at_once = np.zeros_like(count), max(1, _NUMBERS_AT_ONCE // symbols)
    for start in range(0, len(count), at_once):
        stop = min(start + at_once, len(count))
        some = slice(*np.searchsorted(sequence, [start, stop]))
        place = (sequence[some] - start) * symbols + values.codes[rows[some]]
        counts = np.bincount(place, often[some], (stop - start) * symbols).reshape(-1, symbols)
        total = counts @ values.vectors
        squares = counts @ (values.vectors**2).sum(axis=1) - (total**2).sum(axis=1) / np.maximum(
            count[start:stop, 0], 1
        )
        varies = (counts > 0).sum(axis=1) > 1
        spread[start:stop, 0] = np.where(varies, squares / columns, 0.0)
    return spread


def mean_steps(dataset: SequenceDataset) -> Array:
    """Return the mean |x_t - x_(t-m)| of each sequence's training part, (S, C), with m the season, 1 without one.

    A sequence without a training part has that of all training rows; NaN where it is 0, or there are no such pairs.
    """
    season, panel, parts = dataset.config.season or 1, dataset.panel, dataset.parts
    sequence = dataset.sequence_of_row
    row = np.arange(dataset.rows)
    rows = row[(row < parts.train_stops[sequence]) & (row >= parts.starts[sequence] + season)]
    seen = (~(dataset.missing[rows] | dataset.missing[rows - season])).astype(np.float64)
    steps = _steps(dataset, rows, season)
    total, count = (by_sequence(each, sequence[rows], len(panel)) for each in (seen * steps, seen))
    alone = parts.train_stops > parts.starts
    total, count = (np.where(alone[:, None], each, each.sum(axis=0)) for each in (total, count))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, total / count, np.nan)


def _steps(dataset: SequenceDataset, rows: Integers, season: int) -> Array:
    """Return |x_t - x_(t-m)|, (n, C); for symbols (n, 1), the mean over components."""
    values = dataset.values
    if not isinstance(values, CodedRows):
        return np.abs(values[rows] - values[rows - season])
    steps, at_once = np.zeros((len(rows), 1)), max(1, _NUMBERS_AT_ONCE // values.shape[1])
    other = np.flatnonzero(values.codes[rows] != values.codes[rows - season])
    for start in range(0, len(other), at_once):
        some = other[start : start + at_once]
        steps[some, 0] = np.abs(values[rows[some]] - values[rows[some] - season]).mean(axis=1)
    return steps


class ErrorSums:
    """Sums of the errors e = prediction - value by sequence and column: of e^2, |e| and 200 |e| / (|a| + |f|)."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._sums = np.zeros((*truth.count.shape, 3))

    def add(self, prediction: Array, values: Array, sequence: Integers, seen: NDArray[np.bool_] | None = None) -> None:
        """Add predictions and values, (n, C) each, of sequences (n,), but for those not seen, (n, C) or (n, 1)."""
        with np.errstate(all="ignore"):
            error = np.abs(prediction - values)
            size = np.abs(prediction) + np.abs(values)
            each: Sequence[Array] = (error**2, error, np.where(error == 0, 0.0, 200 * error / size))
            if self._sums.shape[1] < values.shape[1]:
                each = [one.mean(axis=1, keepdims=True) for one in each]
            if seen is not None:
                each = [np.where(seen, one, 0.0) for one in each]
            add_by_sequence(self._sums, np.stack(each, axis=-1), sequence)

    def scores(self, columns: slice = slice(None)) -> SequenceScores:
        """Return the score of each sequence over some columns."""
        truth = self._truth
        count, spread, scale = (each[:, columns] for each in (truth.count, truth.spread, truth.scale))
        sums = np.where(np.isnan(self._sums), np.inf, self._sums)[:, columns]
        squared, absolute, percent = np.moveaxis(sums, -1, 0)
        with np.errstate(all="ignore"):
            values, spreads = count.sum(axis=1), spread.sum(axis=1)
            has_scale = (count > 0) & (scale > 0)
            scaled = np.where(has_scale, absolute / count / scale, 0.0)
            return SequenceScores(
                rmse=np.sqrt(squared.sum(axis=1) / values),
                mae=absolute.sum(axis=1) / values,
                nmse=np.where(spreads > 0, squared.sum(axis=1) / spreads, np.nan),
                mase=scaled.sum(axis=1) / has_scale.sum(axis=1),
                smape=percent.sum(axis=1) / values,
            )


class SymbolSums:
    """Sums of bits and of symbols that were right, by sequence; of a single sequence also the bits of each row wanted.

    Parameters
    ----------
    rows : (n,), optional
        The rows whose bits are wanted, in the order of time.
    """

    def __init__(self, sequences: int, rows: Integers | None = None) -> None:
        self._sums = np.zeros((sequences, 3))
        self._rows = rows if sequences == 1 else None
        self._bits = np.full(0 if self._rows is None else len(self._rows), np.nan)

    def add(
        self, probabilities: Array, codes: NDArray[np.int32], sequence: Integers, rows: Integers | None = None
    ) -> None:
        """Add predicted probabilities (n, V) and the actual symbols (n,) of sequences (n,), made at some rows (n,)."""
        given = probabilities[np.arange(len(codes)), codes]
        bits = -np.log2(np.maximum(given, 1e-300))
        right = probabilities.argmax(axis=1) == codes
        add_by_sequence(self._sums, np.stack([bits, right, np.ones(len(codes))], axis=1), sequence)
        if self._rows is not None and rows is not None:
            self._bits[np.searchsorted(self._rows, rows)] = bits

    @property
    def bits(self) -> Array:
        """The bits of each row wanted, or of several sequences the mean of each; NaN where there are none."""
        if self._rows is not None:
            return self._bits
        with np.errstate(invalid="ignore"):
            return np.asarray(self._sums[:, 0] / self._sums[:, 2])

    def score(self) -> SymbolScore | None:
        """Return the score of all symbols, of several sequences the mean over these; None without symbols."""
        bits, right, count = self._sums[self._sums[:, 2] > 0].T
        return SymbolScore(float((bits / count).mean()), float((right / count).mean())) if len(count) else None
