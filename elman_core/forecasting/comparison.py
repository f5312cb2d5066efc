"""Errors of a network beside those of its baselines, on the same values."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.forecasting.accumulators import ErrorSums, SymbolSums, Truth, mean_steps
from elman_core.forecasting.baselines import BigramPredictor, LinearPredictor, least_squares, season_before
from elman_core.forecasting.chance import probability_of_chance
from elman_core.forecasting.losses import MOST_LOSSES, Losses, chance_over_sequences
from elman_core.forecasting.scores import ColumnScores, PartScores, Score

__all__ = ["Baselines", "Comparison"]

_NETWORK = "network"
_SYMBOLS = (_NETWORK, "bigrams", "frequent")

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class Baselines:
    """The baselines of a dataset, fitted once; what they reach is computed with the first network that is scored."""

    def __init__(self, dataset: SequenceDataset, linear: LinearPredictor | BigramPredictor | None = None) -> None:
        """Fit them to the training part; or take a `linear` one that was fitted to other data."""
        self.dataset = dataset
        self.linear = least_squares(dataset) if linear is None else linear
        self.scale = mean_steps(dataset)
        self._known: dict[Part, tuple[int, Comparison]] = {}

    def comparison(self, part: Part, origins: Integers, horizon: int = 1) -> Comparison:
        """Return a comparison for all predictions from `origins` (n,) that lie in a part, 1 ... horizon steps ahead."""
        known_horizon, known = self._known.get(part, (0, None))
        steps = range(1, horizon + 1)
        judged = part is not Part.TRAIN
        return Comparison(self, origins, steps, judged=judged, known=known if known_horizon == horizon else None)

    def keep(self, part: Part, comparison: Comparison) -> None:
        """Keep what the baselines reach in a part, now that all predictions are added."""
        self._known[part] = (max(comparison.steps), comparison)


class Comparison:
    """Adds up the errors of predictions from some origins, the last known rows, so many steps ahead.

    The seasonal persistence is scored where there is a value a season before, the others everywhere.
    """

    def __init__(
        self,
        baselines: Baselines,
        origins: Integers,
        steps: Iterable[int],
        *,
        judged: bool = True,
        known: Comparison | None = None,
    ) -> None:
        """Prepare for all predictions that will be added: those from `origins` (n,) at each of `steps` ahead.

        `judged` asks how easily chance alone makes such differences. A comparison that is `known`, of another network
        with the same origins and steps, has the errors of the baselines.
        """
        self.steps = tuple(steps)
        self._dataset, self._linear = baselines.dataset, baselines.linear
        self._judged = judged
        if known is not None:
            self._take_known(known)
            return
        self._baselines_are_known = False
        dataset = self._dataset
        weights, seasonal = (np.zeros(dataset.rows, np.int64) for _ in range(2))
        for step in self.steps:
            weights += np.bincount(origins + step, minlength=dataset.rows)
            if dataset.config.season is not None:
                _, there = season_before(dataset, origins, step)
                seasonal += np.bincount(origins[there] + step, minlength=dataset.rows)
        self._origins, self._scale = origins, baselines.scale
        self._truth = Truth.of(dataset, weights, baselines.scale)
        self._sums = {name: ErrorSums(self._truth) for name in (_NETWORK, "persistence", "linear")}
        if seasonal.any():
            self._sums["seasonal"] = ErrorSums(Truth.of(dataset, seasonal, baselines.scale))
        self._losses = {name: losses for name in self._sums if (losses := self._new_losses(name)) is not None}
        self._symbols = {name: self._new_symbols() for name in _SYMBOLS if dataset.kind is DataKind.SYMBOLS}
        self.rows = int(np.count_nonzero((weights > 0) & ~dataset.missing.all(axis=1)))
        self.has_rows = bool(self._truth.count.any())

    def _take_known(self, known: Comparison) -> None:
        """Share with another comparison all but what is the network's."""
        self._baselines_are_known = True
        self._origins, self._scale, self._truth = known._origins, known._scale, known._truth
        self.rows, self.has_rows = known.rows, known.has_rows
        self._sums = known._sums | {_NETWORK: ErrorSums(known._truth)}
        losses = self._new_losses(_NETWORK)
        self._losses = known._losses | ({} if losses is None else {_NETWORK: losses})
        self._symbols = known._symbols | ({_NETWORK: self._new_symbols()} if known._symbols else {})

    def _new_losses(self, name: str) -> Losses | None:
        """Return room for the losses of each row, where they are to be judged by; of several sequences, these are."""
        dataset = self._dataset
        is_one_of_numbers = dataset.kind is DataKind.NUMBERS and not dataset.panel.has_several
        few = len(self._origins) * len(dataset.columns) <= MOST_LOSSES
        wanted = self._judged and is_one_of_numbers and few and name != "seasonal"
        return Losses(self._origins, self._scale) if wanted else None

    def _new_symbols(self) -> SymbolSums:
        return SymbolSums(len(self._dataset.panel), rows=self._origins if self._judged else None)

    def add(self, origins: Integers, predicted: Array) -> None:
        """Add what a network predicted, (steps, n, C) in the data's own units, from some origins (n,)."""
        dataset = self._dataset
        sequence = dataset.sequence_of_row[origins]
        has_gaps = bool(dataset.missing.any())
        for step, own in zip(self.steps, predicted, strict=True):
            seen = ~dataset.missing[origins + step] if has_gaps else None
            self._add(_NETWORK, origins, own, dataset.values[origins + step], sequence, seen)
        if self._baselines_are_known:
            return
        linear = self._linear.from_origins(dataset.values, origins, max(self.steps))  # type: ignore[arg-type]  # fitted to such values
        last = dataset.values[origins]
        for step in self.steps:
            values, seen = dataset.values[origins + step], ~dataset.missing[origins + step] if has_gaps else None
            for name, prediction in (("persistence", last), ("linear", linear[step - 1])):
                self._add(name, origins, prediction, values, sequence, seen)
            if "seasonal" in self._sums:
                before, there = season_before(dataset, origins, step)
                known = there[:, None] if seen is None else seen & there[:, None]
                self._sums["seasonal"].add(dataset.values[before], values, sequence, known)

    def _add(
        self,
        name: str,
        origins: Integers,
        prediction: Array,
        values: Array,
        sequence: Integers,
        seen: NDArray[np.bool_] | None,
    ) -> None:
        self._sums[name].add(prediction, values, sequence, seen)
        if name in self._losses:
            self._losses[name].add(origins, prediction, values, seen)

    def add_symbols(self, origins: Integers, predicted: Array) -> None:
        """Add what a network predicted of the next symbols, (n, C), to the scores of symbols."""
        symbols, linear = self._dataset.symbols, self._linear
        if symbols is None or not isinstance(linear, BigramPredictor):
            return
        codes, sequence = symbols.codes[origins + 1], self._dataset.sequence_of_row[origins]
        self._symbols[_NETWORK].add(symbols.vocabulary.probabilities(predicted), codes, sequence, origins)
        if self._baselines_are_known:
            return
        frequent = np.broadcast_to(linear.unigrams, (len(codes), len(linear.unigrams)))
        self._symbols["bigrams"].add(linear.bigrams[symbols.codes[origins]], codes, sequence, origins)
        self._symbols["frequent"].add(frequent, codes, sequence, origins)

    def means(self) -> dict[str, Score]:
        """Return the score of the network and of each baseline over all columns."""
        return {name: sums.scores().mean() for name, sums in self._sums.items()}

    @property
    def sequences(self) -> int:
        """How many sequences have rows that are scored."""
        return len(self._sums[_NETWORK].scores().scored)

    def scores(self) -> PartScores | None:
        """Return all scores; None without rows."""
        if not self.has_rows:
            return None
        by_sequence, means = self._sums[_NETWORK].scores(), self.means()
        symbols, bigrams, frequent = (self._symbols[name].score() if self._symbols else None for name in _SYMBOLS)
        return PartScores(
            means[_NETWORK],
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
            horizon=max(self.steps),
            rows=self.rows,
            chance=self.chance(),
        )

    def _columns(self) -> dict[str, ColumnScores]:
        found = {}
        for place, column in enumerate(self._dataset.columns):
            own = {name: sums.scores(slice(place, place + 1)) for name, sums in self._sums.items()}
            if all(len(each.scored) for each in own.values()):
                means = {name: each.mean() for name, each in own.items()}
                found[column] = ColumnScores(**means, chance=self.chance(place))
        return found

    def chance(self, column: int | None = None) -> dict[str, float]:
        """Return how probable so large a difference from each baseline is by chance, of a column or of all."""
        if not self._judged:
            return {}
        if self._symbols:
            own = self._symbols[_NETWORK].bits
            found = {name: probability_of_chance(own, self._symbols[name].bits) for name in _SYMBOLS[1:]}
        elif self._losses:
            losses, steps = self._losses[_NETWORK], max(self.steps)
            found = {name: losses.chance(self._losses[name], steps, column) for name in ("persistence", "linear")}
        elif self._dataset.panel.has_several:
            columns = slice(None) if column is None else slice(column, column + 1)
            network = self._sums[_NETWORK].scores(columns)
            scaled = column is None and len(self._dataset.columns) > 1
            found = {
                name: chance_over_sequences(network, self._sums[name].scores(columns), scaled=scaled)
                for name in ("persistence", "linear")
            }
        else:
            found = {}
        return {name: chance for name, chance in found.items() if chance is not None}
