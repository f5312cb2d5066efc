"""Origins: the rows that a backtest forecasts from, and the data as they were known at a fold's first one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.splits import Parts
from elman_core.errors import DataError
from elman_core.forecasting.backtest.refitting import divided
from elman_core.forecasting.extent import first_test_rows
from elman_core.forecasting.horizons import longest_horizon
from elman_core.support.text_format import counted

__all__ = ["Origins", "choose_origins", "known_at", "without_last_rows"]

_MOST_NUMBERS = 1_000_000
"""Forecast by each contestant; of a longer test part every second row is an origin, or every third, ..."""
_MOST_CALIBRATING = 1_000
_INNER_SHARE = 0.2

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Origins:
    """Where forecasts begin.

    Attributes
    ----------
    tested : (n,)
        The row before the test part of each sequence and those after it but for the last.
    fold : (n,)
        The fold that each is in, from 0: the origins of each sequence are divided into so many stretches.
    cuts : (K, S)
        The rows of each sequence before a cut are known at the fold's first origin.
    calibrating : (m,)
        The last rows before those, from which errors calibrate intervals.
    test_starts : (S,)
        First row of each sequence's test part.
    notes
        What was left out.
    """

    tested: Integers
    fold: Integers
    cuts: Integers
    calibrating: Integers
    test_starts: Integers
    notes: tuple[str, ...]

    @property
    def all(self) -> Integers:
        """(m + n,), all of them, rising."""
        return np.sort(np.concatenate([self.calibrating, self.tested]))


def choose_origins(dataset: SequenceDataset, horizon: int, folds: int, lost_rows: int = 0) -> Origins:
    """Choose all origins whose next row is in the test part; where there is none, in any part.

    The first `lost_rows` rows of a sequence are none: a contender cannot forecast from them.

    A row that was filled is no origin: its value may come from a row after it.

    Raises
    ------
    DataError
        When no sequence has so many rows to forecast, or there are more folds than origins.
    """
    longest = longest_horizon(dataset)
    if not 1 <= horizon <= longest:
        which = "of the longest sequence " if dataset.panel.has_several else ""
        limits = f"from 1 to {longest:,}, the rows" if longest > 1 else "1, the row"
        raise DataError(f"horizon must be {limits} {which}from its test part on, got {horizon:,}")
    stops = dataset.panel.stops
    starts = np.minimum(np.maximum(first_test_rows(dataset), dataset.panel.starts + lost_rows + 1), stops)
    row, sequence = np.arange(dataset.rows), dataset.sequence_of_row
    wanted = (row >= starts[sequence] - 1) & (row < stops[sequence] - 1)
    filled, notes = dataset.filled, []
    dropped = int(np.count_nonzero(wanted & filled))
    if dropped:
        notes.append(
            f"{counted(dropped, 'row')} with filled gaps {'are' if dropped > 1 else 'is'} no origin of forecasts"
        )
    numbers = int(np.count_nonzero(wanted)) * horizon * len(dataset.columns)
    every = -(-numbers // _MOST_NUMBERS)
    if every > 1:
        wanted &= (row - starts[sequence] + 1) % every == 0
        notes.append(f"of the many rows of the test part one in {every:,} is an origin of a forecast")
    tested = np.flatnonzero(wanted & ~filled)
    if not len(tested):
        raise DataError(f"{dataset.name}: every row that could be an origin was filled; nothing can be forecast from")
    counts = np.bincount(sequence[tested], minlength=len(dataset.panel))
    most = int(counts.max())
    if not 1 <= folds <= most:
        limits = f"from 1 to {most:,}, the origins of forecasts there are" if most > 1 else "1, the only origin"
        raise DataError(f"folds must be {limits}, got {folds:,}")
    before = np.cumsum(counts) - counts
    rank = np.arange(len(tested)) - before[sequence[tested]]
    fold = rank * folds // counts[sequence[tested]]
    firsts = before + -(-np.arange(folds)[:, None] * counts // folds)  # (K, S), the place of each fold's first origin
    inside = firsts < before + counts
    cuts = np.where(inside, tested[np.minimum(firsts, len(tested) - 1)] + 1, np.where(counts > 0, stops, starts))
    calibrating = (
        row >= np.maximum(dataset.first_rows, starts - 1 - _most_calibrating(dataset, horizon))[sequence]
    ) & (row < starts[sequence] - 1)
    return Origins(tested, fold, cuts, np.flatnonzero(calibrating & ~filled), starts, tuple(notes))


def _most_calibrating(dataset: SequenceDataset, horizon: int) -> int:
    """Return how many origins of a sequence calibrate at most."""
    each = len(dataset.panel) * horizon * len(dataset.columns)
    return max(horizon, min(_MOST_CALIBRATING, 4 * _MOST_NUMBERS // each))


def known_at(dataset: SequenceDataset, cuts: Integers) -> SequenceDataset:
    """Return the dataset as it is known before a row of each sequence (S,): what comes from there on is the test part.

    The rows before are divided into training and validation as they were, and the transforms are fitted to the
    training part.

    Raises
    ------
    DataError
        When they cannot be fitted to it.
    """
    parts = dataset.parts
    before = np.maximum(parts.validation_stops - parts.starts, 1)
    share = (parts.train_stops - parts.starts) / before
    train_stops = parts.starts + np.rint((cuts - parts.starts) * share).astype(np.int64)
    return divided(dataset, Parts(parts.starts, train_stops, cuts, parts.stops))


def without_last_rows(dataset: SequenceDataset) -> SequenceDataset:
    """Return the dataset with the last fifth of each training part as validation part."""
    parts = dataset.parts
    lengths = parts.train_stops - parts.starts
    train_stops = parts.train_stops - np.rint(_INNER_SHARE * lengths).astype(np.int64)
    return divided(dataset, Parts(parts.starts, train_stops, parts.train_stops, parts.stops))
