"""SupposedValues: what a person supposes some values of one sequence to be, beside what they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.changed_value import ChangedValue, changeable_columns, changeable_rows
from elman_core.data.dataset import SequenceDataset

__all__ = ["SupposedValues"]

Array = NDArray[np.float64]


class SupposedValues:
    """Knows the changes, a value for each column and row; nothing of them is in the dataset."""

    def __init__(self, dataset: SequenceDataset, steps: int) -> None:
        self._dataset = dataset
        self._steps = steps
        self._changes: dict[tuple[str, int], float] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """What can be changed."""
        return changeable_columns(self._dataset)

    @property
    def changes(self) -> tuple[ChangedValue, ...]:
        """All that is supposed."""
        return tuple(ChangedValue(column, row, value) for (column, row), value in sorted(self._changes.items()))

    def rows(self, column: str) -> int:
        """Return how many rows of a column can be changed."""
        return changeable_rows(self._dataset, column, self._steps)

    def changed_rows(self, column: str) -> set[int]:
        """Return the rows of a column that are changed."""
        return {row for own, row in self._changes if own == column}

    def values(self, column: str) -> Array:
        """Return the values of a column as they are supposed to be; what is known ahead holds its last one beyond."""
        values = self._true_values(column)
        for (own, row), value in self._changes.items():
            if own == column:
                values[row] = value
        return values

    def suppose(self, column: str, row: int, value: float) -> bool:
        """Suppose another value; return whether it can be changed."""
        if not 0 <= row < self.rows(column) or not np.isfinite(value):
            return False
        self._changes[column, row] = value
        return True

    def forget(self, column: str, row: int) -> None:
        """Let a value be as it is."""
        self._changes.pop((column, row), None)

    def clear(self) -> None:
        """Let all be as it is."""
        self._changes.clear()

    def _true_values(self, column: str) -> Array:
        dataset = self._dataset
        if column in dataset.columns:
            return np.array(dataset.values[:, dataset.columns.index(column)])
        place = (*dataset.config.inputs, *dataset.config.known).index(column)
        values = np.array(dataset.covariates[:, place])
        beyond = self.rows(column) - len(values)
        return np.concatenate([values, np.full(beyond, values[-1])])
