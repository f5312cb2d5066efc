"""Errors of a network beside those of its baselines, on the same values."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.forecasting.accumulators import ErrorSums, SymbolSums, Truth
from elman_core.forecasting.baselines import BigramPredictor, LinearPredictor, season_before
from elman_core.forecasting.scores import ColumnScores, PartScores, Score

__all__ = ["Comparison"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class Comparison:
    """Adds up the errors of predictions from some origins, the last known rows, so many steps ahead.

    The seasonal persistence is scored where there is a value a season before, the others everywhere.
    """

    def __init__(
        self,
        dataset: SequenceDataset,
        linear: LinearPredictor | BigramPredictor,
        origins: Integers,
        steps: Iterable[int],
        scale: Array,
    ) -> None:
        """Prepare for all predictions that will be added: those from `origins` (n,) at each of `steps` ahead."""
        self._dataset, self._linear, self._steps = dataset, linear, tuple(steps)
        weights, seasonal = (np.zeros(dataset.rows, np.int64) for _ in range(2))
        for step in self._steps:
            weights += np.bincount(origins + step, minlength=dataset.rows)
            if dataset.config.season is not None:
                _, there = season_before(dataset, origins, step)
                seasonal += np.bincount(origins[there] + step, minlength=dataset.rows)
        truth = Truth.of(dataset, weights, scale)
        self._sums = {name: ErrorSums(truth) for name in ("network", "persistence", "linear")}
        if seasonal.any():
            self._sums["seasonal"] = ErrorSums(Truth.of(dataset, seasonal, scale))
        self._symbols = [SymbolSums(len(dataset.panel)) for _ in range(3)] if dataset.kind is DataKind.SYMBOLS else []
        self.has_rows = bool(truth.count.any())

    def add(self, origins: Integers, predicted: Array) -> None:
        """Add what a network predicted, (steps, n, C) in the data's own units, from some origins (n,)."""
        dataset = self._dataset
        sequence = dataset.sequence_of_row[origins]
        linear = self._linear.from_origins(dataset.values, origins, max(self._steps))  # type: ignore[arg-type]  # fitted to such values
        last = dataset.values[origins]
        has_gaps = bool(dataset.missing.any())
        for step, own in zip(self._steps, predicted, strict=True):
            values, seen = dataset.values[origins + step], ~dataset.missing[origins + step] if has_gaps else None
            for name, prediction in (("network", own), ("persistence", last), ("linear", linear[step - 1])):
                self._sums[name].add(prediction, values, sequence, seen)
            if "seasonal" in self._sums:
                before, there = season_before(dataset, origins, step)
                known = there[:, None] if seen is None else seen & there[:, None]
                self._sums["seasonal"].add(dataset.values[before], values, sequence, known)

    def add_symbols(self, origins: Integers, predicted: Array) -> None:
        """Add what a network predicted of the next symbols, (n, C), to the scores of symbols."""
        symbols, linear = self._dataset.symbols, self._linear
        if symbols is None or not isinstance(linear, BigramPredictor):
            return
        codes, sequence = symbols.codes[origins + 1], self._dataset.sequence_of_row[origins]
        frequent = np.broadcast_to(linear.unigrams, (len(codes), len(linear.unigrams)))
        found = (symbols.vocabulary.probabilities(predicted), linear.bigrams[symbols.codes[origins]], frequent)
        for own, probabilities in zip(self._symbols, found, strict=True):
            own.add(probabilities, codes, sequence)

    def means(self) -> dict[str, Score]:
        """Return the score of the network and of each baseline over all columns."""
        return {name: sums.scores().mean() for name, sums in self._sums.items()}

    @property
    def sequences(self) -> int:
        """How many sequences have rows that are scored."""
        return len(self._sums["network"].scores().scored)

    def scores(self) -> PartScores | None:
        """Return all scores; None without rows."""
        if not self.has_rows:
            return None
        by_sequence, means = self._sums["network"].scores(), self.means()
        symbols, bigrams, frequent = (own.score() for own in self._symbols) if self._symbols else (None, None, None)
        return PartScores(
            means["network"],
            means["persistence"],
            means["linear"],
            self._linear.order,
            symbols,
            bigrams,
            frequent,
            seasonal=means.get("seasonal"),
            columns={} if self._symbols else self._columns(),
            sequences=len(by_sequence.scored),
            by_sequence=by_sequence,
            horizon=max(self._steps),
        )

    def _columns(self) -> dict[str, ColumnScores]:
        found = {}
        for place, column in enumerate(self._dataset.columns):
            own = {name: sums.scores(slice(place, place + 1)) for name, sums in self._sums.items()}
            if all(len(each.scored) for each in own.values()):
                found[column] = ColumnScores(**{name: each.mean() for name, each in own.items()})
        return found
