"""Sequences: what an engine goes through, as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.data.text.vocabulary import CodedRows
from elman_core.errors import DataError

__all__ = ["Sequences", "Series"]

Array = NDArray[np.float64]


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


@dataclass(frozen=True)
class Sequences:
    """B sequences side by side, in the network's units.

    Attributes
    ----------
    inputs : (T, B, I)
    targets : (T, B, O)
    validation_inputs : (V, B, I)
        What follows the training part; V may be 0.
    validation_targets : (V, B, O)

    Raises
    ------
    DataError
        When they are empty, of unequal length, or not finite.
    """

    inputs: Series
    targets: Series
    validation_inputs: Series
    validation_targets: Series

    def __post_init__(self) -> None:
        if not self.inputs.rows.size or not self.targets.rows.size:
            raise DataError("there is nothing to learn: the training part has no time steps")
        for name, inputs, targets in (
            ("training", self.inputs, self.targets),
            ("validation", self.validation_inputs, self.validation_targets),
        ):
            if inputs.rows.shape != targets.rows.shape:
                raise DataError(f"{name}: {len(inputs):,} inputs and {len(targets):,} targets do not go together")
            if not (np.isfinite(inputs.vectors).all() and np.isfinite(targets.vectors).all()):
                raise DataError(f"{name}: every number must be finite; fill the gaps or mend the data")

    @classmethod
    def of(cls, dataset: SequenceDataset) -> Sequences:
        """Return the one sequence of a dataset."""
        steps, after = dataset.train_steps, dataset.train_steps + dataset.validation_steps
        values = dataset.values
        if isinstance(values, CodedRows):
            series = Series(dataset.scale.apply(values.vectors), values.codes[:, None])
        else:
            series = Series.of(dataset.scale.apply(values)[:, None])
        inputs, targets = series[:-1], series[1:]
        return cls(inputs[:steps], targets[:steps], inputs[steps:after], targets[steps:after])

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
        return cls(inputs, targets, inputs[:0], targets[:0])
