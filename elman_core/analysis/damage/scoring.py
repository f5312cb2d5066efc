"""Scoring many networks at once on the same steps."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.analysis.damage.evaluation_data import EvaluationData
from elman_core.analysis.damage.running import RunBlock
from elman_core.config import Output
from elman_core.data.text.vocabulary import Vocabulary
from elman_core.forecasting.accumulators import add_by_sequence

__all__ = ["ManyScores"]

Array = NDArray[np.float64]


class ManyScores:
    """Adds up the errors of N networks' predictions, one step ahead, and of symbols which of them are right.

    They are the figures that `elman train` reports of a part: the root mean squared error in the data's own units, of
    symbols over all numbers of their vectors; and the share of symbols that are predicted as the most probable. Of
    several sequences they are means over these.
    """

    def __init__(self, networks: int, data: EvaluationData, output: Output) -> None:
        self._dataset = data.dataset
        self._output = output
        self._sums = np.zeros((len(self._dataset.panel), networks, 3))  # of squares, right ones, and how many
        symbols = self._dataset.symbols
        self._vocabulary = None if symbols is None else symbols.vocabulary

    def add(self, block: RunBlock) -> None:
        """Add what the networks did at some steps."""
        scored = block.stretch.scored[block.steps]
        if not scored.any():
            return
        rows = block.stretch.rows[block.steps][scored]  # (n,)
        outputs = block.outputs.flatten(1, 2)  # (N, T * B, O)
        if not scored.all():
            outputs = outputs[:, torch.from_numpy(np.flatnonzero(scored))]
        if self._vocabulary is None:
            found = self._of_numbers(outputs, rows)
        else:
            found = self._of_symbols(outputs, rows, self._vocabulary)
        add_by_sequence(self._sums, found, self._dataset.sequence_of_row[rows])

    def _of_numbers(self, outputs: Tensor, rows: NDArray[np.int64]) -> Array:
        """Return the sums over columns of what was known, (n, N, 3)."""
        dataset, networks = self._dataset, len(outputs)
        flat = outputs.double().reshape(networks * len(rows), -1).numpy()
        with np.errstate(over="ignore", invalid="ignore"):
            predicted = dataset.undo_one_step(flat, np.tile(rows, networks)).reshape(networks, len(rows), -1)
            known = ~dataset.missing[rows + 1]  # (n, C)
            squares = np.where(known, (predicted - dataset.values[rows + 1]) ** 2, 0.0).sum(axis=2).T  # (n, N)
        counts = np.broadcast_to(known.sum(axis=1)[:, None], squares.shape)
        return np.stack([squares, np.zeros_like(squares), counts], axis=2)

    def _of_symbols(self, outputs: Tensor, rows: NDArray[np.int64], vocabulary: Vocabulary) -> Array:
        symbols = self._dataset.symbols
        assert symbols is not None  # since there is a vocabulary
        codes = torch.from_numpy(symbols.codes[rows + 1].astype(np.int64))
        vectors = torch.from_numpy(vocabulary.vectors).to(outputs)
        squares = torch.nn.functional.mse_loss(outputs, vectors[codes].expand_as(outputs), reduction="none").mean(-1)
        right = most_probable(outputs, vocabulary, self._output) == codes
        return np.stack([squares.T.double().numpy(), right.T.double().numpy(), np.ones(squares.T.shape)], axis=2)

    def errors(self) -> Array:
        """Return the root mean squared error of each network, (N,); infinite where a prediction was no number."""
        squares, _, counts = self._present
        with np.errstate(over="ignore", invalid="ignore"):
            errors = np.sqrt(squares / counts).mean(axis=0)
        return np.where(np.isnan(errors), np.inf, errors)

    def right(self) -> Array | None:
        """Return the share of symbols that each network predicts right, (N,); None of numbers."""
        _, right, counts = self._present
        return None if self._vocabulary is None else (right / counts).mean(axis=0)

    @property
    def _present(self) -> tuple[Array, Array, Array]:
        squares, right, counts = np.moveaxis(self._sums[self._sums[:, 0, 2] > 0], 2, 0)
        return squares, right, counts


def most_probable(outputs: Tensor, vocabulary: Vocabulary, function: Output) -> Tensor:
    """Return the symbol that outputs (..., O) make the most probable, as `Vocabulary.probabilities` has it: (...)."""
    if vocabulary.is_one_hot:
        y = outputs if function is not Output.LINEAR else outputs.clamp(min=0)
        places = vocabulary.vectors.argmax(axis=1)
        contiguous = bool((places == np.arange(len(places))).all())
        shares = y[..., : len(places)] if contiguous else y[..., torch.from_numpy(places)]
    else:
        vectors = torch.from_numpy(vocabulary.vectors)
        on = outputs.double().clamp(1e-6, 1 - 1e-6)
        shares = torch.logit(on) @ vectors.T  # + a number that is the same for all symbols
    found = shares.argmax(dim=-1)
    unknown = shares.isnan().any(dim=-1) if not bool(shares.sum().isfinite()) else None
    if unknown is None or not bool(unknown.any()):
        return found
    return shares.nan_to_num(nan=0.0).argmax(dim=-1)
