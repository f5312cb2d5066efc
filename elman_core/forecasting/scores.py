"""Scores: how far predictions are from what came, of a network and of its baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["ColumnScores", "HorizonScore", "PartScores", "Score", "SequenceScores", "SymbolScore"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """Errors e = prediction - value over all rows and columns; of several sequences, means over these.

    Attributes
    ----------
    rmse
        sqrt(mean e^2), in the data's own units.
    mae
        mean |e|, in the data's own units.
    nmse
        sum e^2 / sum (value - column mean)^2: 0 is perfect, 1 no better than the mean; None where
        the values do not vary.
    mase
        mean |e| / mean |x_t - x_(t-m)| of the training part, m the season, 1 without one: below 1 is better there than
        the value m rows before. The mean over columns, each by its own scale; None where that is 0.
    smape
        mean 200 |e| / (|value| + |prediction|), in per cent; 0 / 0 counts as 0.
    """

    rmse: float
    mae: float
    nmse: float | None
    mase: float | None
    smape: float


@dataclass(frozen=True, eq=False)
class SequenceScores:
    """The score of each of S sequences; NaN where it has none: without rows, spread or scale.

    Attributes
    ----------
    rmse, mae, nmse, mase, smape : (S,)
        As in `Score`. Infinite where a prediction is no number.
    """

    rmse: Array
    mae: Array
    nmse: Array
    mase: Array
    smape: Array

    @property
    def scored(self) -> NDArray[np.int64]:
        """The sequences that have rows to be scored."""
        return np.flatnonzero(~np.isnan(self.rmse))

    def mean(self) -> Score:
        """Return the mean of each figure over the sequences that have it, at least one."""
        rmse, mae, smape = (float(values[self.scored].mean()) for values in (self.rmse, self.mae, self.smape))
        return Score(rmse, mae, _mean(self.nmse), _mean(self.mase), smape)

    def worst_first(self) -> NDArray[np.int64]:
        """Return the sequences scored, by MASE where there is one, then by RMSE."""
        mase, rmse = self.mase[self.scored], self.rmse[self.scored]
        order = np.lexsort((-rmse, -np.where(np.isnan(mase), -1.0, mase)))
        return self.scored[order]


def _mean(values: Array) -> float | None:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else None


@dataclass(frozen=True)
class ColumnScores:
    """The scores of one column, in its own units; `chance` as in `PartScores`."""

    network: Score
    persistence: Score
    linear: Score
    seasonal: Score | None = None
    chance: Mapping[str, float] = field(default_factory=dict)


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
    """The score of one part and those of the baselines on the same values; for symbols, symbol scores too.

    For symbols, `linear` are the bigrams, and `frequent` always predicts the symbols' frequencies.

    Attributes
    ----------
    seasonal
        Of the value a season before, where there are such values; None without a season.
    columns
        The scores of each target; none for symbols.
    sequences
        How many sequences the figures are means over.
    by_sequence
        The network's score of each sequence.
    horizon
        The figures are means over 1 ... so many steps ahead.
    rows
        How many rows were scored.
    chance
        For "persistence", "linear", "frequent" and "bigrams" how probable so large a difference from the network is
        between equally good predictors; see `probability_of_chance`. Over the rows, or of several sequences over
        these. None of the training part, which the network was fitted to, nor where there are too few or too many rows.
    """

    network: Score
    persistence: Score
    linear: Score
    linear_order: int
    symbols: SymbolScore | None = None
    bigrams: SymbolScore | None = None
    frequent: SymbolScore | None = None
    seasonal: Score | None = None
    columns: Mapping[str, ColumnScores] = field(default_factory=dict)
    sequences: int = 1
    by_sequence: SequenceScores | None = None
    horizon: int = 1
    rows: int = 0
    chance: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class HorizonScore:
    """Errors at one number of steps ahead over all origins, in the data's own units; of sequences, means over these.

    Attributes
    ----------
    rows
        How many rows were scored.
    persistence_chance, linear_chance
        How probable so large a difference from the network is between equally good predictors; None where that cannot
        be said.
    """

    horizon: int
    rmse: float
    mae: float
    nmse: float | None
    persistence_rmse: float
    linear_rmse: float
    mase: float | None
    smape: float
    seasonal_persistence_rmse: float | None
    sequences: int
    rows: int = 0
    persistence_chance: float | None = None
    linear_chance: float | None = None
