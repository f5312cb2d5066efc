"""Sequences: what an engine goes through, as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from elman_core.config import LossReduction, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.text.vocabulary import CodedRows
from elman_core.errors import DataError

__all__ = ["Sequences", "Series", "Steps"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Series:
    """B series of T vectors side by side, of which only the different ones are kept.

    A stream of symbols has few; a series of numbers has one for each row, which inputs and targets share.

    Attributes
    ----------
    vectors : (K, C)
        In the network's units.
    rows : (T, B)
        Step t of sequence b is vectors[rows[t, b]].
    """

    vectors: Array
    rows: NDArray[np.int32]

    @classmethod
    def of(cls, values: Array) -> Series:
        """Return series that are written out, (T, B, C)."""
        steps, sequences, columns = values.shape
        return cls(values.reshape(-1, columns), np.arange(steps * sequences, dtype=np.int32).reshape(steps, sequences))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, steps: slice) -> Series:
        return Series(self.vectors, self.rows[steps])


@dataclass(frozen=True, eq=False)
class Steps:
    """The time steps of one part, sequence after sequence.

    Attributes
    ----------
    inputs : (T, B, I)
    targets : (T, B, O)
    weights : (T,)
        What the loss of each step is multiplied by; 0 where a step is run but not counted.
    starts : (S + 1,)
        The first step of each sequence, and T; a sequence may have none.
    """

    inputs: Series
    targets: Series
    weights: Array
    starts: Integers

    def __len__(self) -> int:
        return len(self.inputs)

    @classmethod
    def of_one(cls, inputs: Series, targets: Series) -> Steps:
        """Return the steps of one sequence, all of which count."""
        return cls(inputs, targets, np.ones(len(inputs)), np.array([0, len(inputs)]))

    @property
    def lengths(self) -> Integers:
        """(S,), the steps of each sequence."""
        return np.diff(self.starts)

    @cached_property
    def counted(self) -> float:
        """How many steps count."""
        return float(np.count_nonzero(self.weights))

    def segments(self, every: int | None, offsets: Integers | None = None) -> Integers:
        """Return where a run in one piece begins, and T: at each sequence, and within it after so many steps.

        `offsets` (S,) are the steps that each sequence has gone before these.
        """
        starts = [self.starts]
        if every is not None:
            gone = np.zeros(len(self.lengths), np.int64) if offsets is None else offsets
            for start, length, before in zip(self.starts.tolist(), self.lengths.tolist(), gone.tolist(), strict=False):
                starts.append(np.arange(start + (-before) % every, start + length, every))
        return np.unique(np.concatenate(starts))


@dataclass(frozen=True, eq=False)
class Sequences:
    """What is learned, and what it is validated on, in the network's units.

    The validation steps of a sequence follow its training steps, whose context they go on with.

    Raises
    ------
    DataError
        When they are empty, of unequal length, or not finite.
    """

    training: Steps
    validation: Steps

    def __post_init__(self) -> None:
        if not self.training.inputs.rows.size or not self.training.targets.rows.size:
            raise DataError("there is nothing to learn: the training part has no time steps")
        for name, part in (("training", self.training), ("validation", self.validation)):
            inputs, targets = part.inputs, part.targets
            if inputs.rows.shape != targets.rows.shape:
                raise DataError(f"{name}: {len(inputs):,} inputs and {len(targets):,} targets do not go together")
            rows = targets.rows[part.weights > 0]
            if not (np.isfinite(inputs.vectors).all() and np.isfinite(targets.vectors[rows]).all()):
                raise DataError(f"{name}: every number must be finite; fill the gaps or mend the data")

    @property
    def side_by_side_count(self) -> int:
        """B, how many run side by side at every step."""
        return int(self.training.inputs.rows.shape[1])

    @classmethod
    def of(cls, dataset: SequenceDataset, training: TrainingConfig | None = None) -> Sequences:
        """Return the training and validation steps of a dataset, weighted as the training says.

        Raises
        ------
        DataError
            When there are none, or every one is to predict a row that was filled.
        """
        first, ahead = dataset.first_rows, dataset.encoding.steps
        train = np.maximum(dataset.parts.train_stops - ahead - first, 0)
        begin = first + train
        has_validation = dataset.parts.validation_stops > dataset.parts.train_stops
        last = np.where(has_validation, dataset.parts.validation_stops - ahead, begin)
        validation = np.maximum(last - begin, 0)
        inputs, targets = _series_of(dataset)
        parts = []
        for starts, lengths in ((first, train), (begin, validation)):
            rows = _ranges(starts, lengths)
            edges = np.concatenate([[0], np.cumsum(lengths)])
            parts.append((rows, edges))
        (train_rows, train_edges), (validation_rows, validation_edges) = parts
        straddling = validation_rows + 1 < np.repeat(dataset.parts.train_stops, validation)
        whole = ~np.asarray(np.isnan(targets.vectors).any(axis=1))[targets.rows[:, 0]]
        train_weights = _weights(whole[train_rows], train_edges, training, warm_up=True)
        if len(train_weights) and not train_weights.any():
            raise DataError(
                f"{dataset.name}: there is nothing to learn: every row of the training part that is predicted had a gap"
            )
        validation_weights = _weights(whole[validation_rows] & ~straddling, validation_edges, training, warm_up=False)
        return cls(
            _steps(inputs, targets, train_rows, train_weights, train_edges),
            _steps(inputs, targets, validation_rows, validation_weights, validation_edges),
        )

    @classmethod
    def side_by_side(cls, pairs: Sequence[tuple[Array, Array]]) -> Sequences:
        """Return several sequences, each a pair (T, I) and (T, O), to be learned at once.

        Raises
        ------
        DataError
            When they are not equally long.
        """
        lengths = {len(inputs) for inputs, _ in pairs}
        if len(lengths) != 1:
            found = "none" if not lengths else f"{min(lengths):,} to {max(lengths):,} steps"
            raise DataError(f"sequences that are learned side by side must be equally long, got {found}")
        inputs, targets = (Series.of(np.stack([pair[side] for pair in pairs], axis=1)) for side in (0, 1))
        return cls(Steps.of_one(inputs, targets), Steps.of_one(inputs[:0], targets[:0]))


def _series_of(dataset: SequenceDataset) -> tuple[Series, Series]:
    """Return what goes in at each row and what is to come out, (R, B = 1, ·); only the different vectors are kept."""
    values, encoding, rows = dataset.values, dataset.encoding, np.arange(dataset.rows)
    after = np.minimum(rows + 1, dataset.rows - 1)
    if isinstance(values, CodedRows) and encoding.is_plain:
        return Series(values.vectors, values.codes[:, None]), Series(values.vectors, values.codes[after][:, None])
    if encoding.is_plain and not dataset.missing.any() and not dataset.fitted.lost_rows:
        own = rows.astype(np.int32)[:, None]
        vectors = dataset.past
        return Series(vectors, own), Series(vectors, after.astype(np.int32)[:, None])
    first = dataset.first_rows[dataset.sequence_of_row]
    usable = np.maximum(rows, first)
    own = rows.astype(np.int32)[:, None]
    return Series(dataset.step_inputs(usable), own), Series(dataset.step_targets(usable), own)


def _ranges(starts: Integers, lengths: Integers) -> Integers:
    """Return starts[s] ... starts[s] + lengths[s] - 1 for every s, one after another."""
    total = int(lengths.sum())
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(total)


def _weights(counts: NDArray[np.bool_], edges: Integers, training: TrainingConfig | None, *, warm_up: bool) -> Array:
    lengths = np.diff(edges)
    weights = counts.astype(np.float64)
    if training is not None and warm_up and training.warm_up_steps:
        step = np.arange(len(weights)) - np.repeat(edges[:-1], lengths)
        weights[step < np.repeat(np.minimum(training.warm_up_steps, lengths // 3), lengths)] = 0.0
    if training is None or training.loss_reduction is LossReduction.SUM or not len(weights):
        return weights
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    counted = np.bincount(sequence, weights=weights, minlength=len(lengths))
    return weights / np.maximum(counted, 1)[sequence] / max(int((counted > 0).sum()), 1)


def _steps(inputs: Series, targets: Series, rows: Integers, weights: Array, edges: Integers) -> Steps:
    return Steps(Series(inputs.vectors, inputs.rows[rows]), Series(targets.vectors, targets.rows[rows]), weights, edges)
