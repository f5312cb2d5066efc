"""PartError: one figure of how far a network is off in one part, without baselines; for many networks in turn."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.forecasting.accumulators import ErrorSums, SymbolSums, Truth
from elman_core.forecasting.horizons import blocks_of, first_rows_of, origins_within
from elman_core.forecasting.predictor import NetworkPredictor
from elman_core.forecasting.running import outputs_at, run_rows
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, within

__all__ = ["PartError"]

Integers = NDArray[np.int64]


class PartError:
    """The RMSE of a part one step ahead, or over the horizon; of symbols the bits for each.

    It is the figure that `score_as_trained` gives, without all that is scored beside it.

    Parameters
    ----------
    lost_rows
        From so many rows of each sequence on, predictions are scored: those that other datasets lose to a difference.
    """

    def __init__(self, dataset: SequenceDataset, part: Part, lost_rows: int = 0) -> None:
        self._dataset, self._is_symbols = dataset, dataset.kind is DataKind.SYMBOLS
        self._horizon = 1 if self._is_symbols else dataset.config.horizon
        if self._horizon == 1:
            origins = dataset.scored_rows(part) - 1
            self._origins = origins[origins >= first_rows_of(dataset, lost_rows)[dataset.sequence_of_row[origins]]]
        else:
            self._origins = origins_within(dataset, part, self._horizon, first_rows_of(dataset, lost_rows))
        weights = np.zeros(dataset.rows, np.int64)
        for step in range(1, self._horizon + 1):
            weights += np.bincount(self._origins + step, minlength=dataset.rows)
        scale = np.full((len(dataset.panel), len(dataset.columns)), np.nan)
        self._truth = None if self._is_symbols else Truth.of(dataset, weights, scale)
        self._is_origin = np.zeros(dataset.rows, np.bool_)
        self._is_origin[self._origins] = True
        self._has_gaps = bool(dataset.missing.any())

    @property
    def has_rows(self) -> bool:
        """Whether there is anything to be scored."""
        return len(self._origins) > 0 if self._truth is None else bool(self._truth.count.any())

    def of(self, network: ElmanNetwork) -> Job[float | None]:
        """Return the figure of a single network; infinite where a prediction is no number, None without rows."""
        if not self.has_rows:
            return None
        if self._horizon > 1:
            return (yield from self._over_horizon(network))
        dataset, sums = self._dataset, self._new_sums()
        symbols, bits = dataset.symbols, SymbolSums(len(dataset.panel))
        for share, rows, hidden in run_rows(network, dataset, 0, int(self._origins[-1]) + 1):
            yield share
            kept = np.flatnonzero(self._is_origin[rows])
            if not len(kept):
                continue
            outputs = outputs_at(network, dataset, rows[kept], hidden[torch.from_numpy(kept).to(hidden.device)])[:, 0]
            predicted = dataset.undo_one_step(outputs, rows[kept])
            if symbols is not None:
                probabilities = symbols.vocabulary.probabilities(predicted)
                bits.add(probabilities, symbols.codes[rows[kept] + 1], dataset.sequence_of_row[rows[kept]])
            elif sums is not None:
                self._add(sums, rows[kept], rows[kept] + 1, predicted)
        if sums is not None:
            return sums.scores().mean().rmse
        score = bits.score()
        return None if score is None else score.bits

    def _over_horizon(self, network: ElmanNetwork) -> Job[float]:
        dataset, sums = self._dataset, self._new_sums()
        assert sums is not None
        predictor = yield from within(NetworkPredictor.prepare(network, dataset), 0.0, 0.3)
        for some in blocks_of(dataset, self._origins, self._horizon):
            yield 0.3
            for step, predicted in enumerate(predictor.ahead(some, self._horizon), start=1):
                self._add(sums, some, some + step, predicted)
        return sums.scores().mean().rmse

    def _new_sums(self) -> ErrorSums | None:
        return None if self._truth is None else ErrorSums(self._truth)

    def _add(self, sums: ErrorSums, origins: Integers, rows: Integers, predicted: NDArray[np.float64]) -> None:
        dataset = self._dataset
        seen = ~dataset.missing[rows] if self._has_gaps else None
        sums.add(predicted, dataset.values[rows], dataset.sequence_of_row[origins], seen)
