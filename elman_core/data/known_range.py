"""KnownRange: the values that a network met in training, by which those of another series are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.support.text_format import counted

__all__ = ["KnownRange", "OutsideValues"]

_ROUNDING = 1e-6
"""As a share of the range: what is that near to it is not outside."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class OutsideValues:
    """How many values of a column lie outside the range of the training part.

    Attributes
    ----------
    low, high
        That range, in the data's own units, or where values are transformed by more than a scale, as the network sees
        them.
    """

    column: str
    outside: int
    values: int
    low: float
    high: float
    is_transformed: bool

    @property
    def sentence(self) -> str:
        """Say it to a person."""
        lies = f"{'lies' if self.values == 1 else 'lie'} outside the range of the training part"
        values = f"{self.outside:,} of {counted(self.values, 'value')} of {self.column}"
        if self.is_transformed:
            return f"{values}, transformed as the network sees them, {lies}, so that predictions there are guesses"
        return f"{values} {lies}, {self.low:.4g} to {self.high:.4g}, so that predictions there are guesses"


@dataclass(frozen=True, eq=False)
class KnownRange:
    """The smallest and the largest value of each column in the training part.

    Attributes
    ----------
    columns
        Names of targets, inputs and columns known ahead.
    low, high : (C + D + K,)
    is_transformed
        Whether these are values as the network sees them: not where a scale alone lies between, the same for all rows.
    """

    columns: tuple[str, ...]
    low: Array
    high: Array
    is_transformed: bool

    @classmethod
    def of(cls, dataset: SequenceDataset) -> Self:
        """Take those of the data that a network was trained on: numbers, not symbols."""
        config = dataset.config
        is_transformed = bool(config.transforms) or dataset.panel.has_several
        train = _values(dataset, is_transformed)[dataset.part_of_row == 0]
        columns = (*dataset.columns, *config.inputs, *config.known)
        return cls(columns, np.fmin.reduce(train), np.fmax.reduce(train), is_transformed)

    def outside(self, dataset: SequenceDataset) -> tuple[OutsideValues, ...]:
        """Count the values of other data for the same network that lie outside, of the columns that have such values.

        Values that were filled do not count.
        """
        values = _values(dataset, self.is_transformed)
        values[:, : len(dataset.columns)][dataset.missing] = np.nan
        room = _ROUNDING * (self.high - self.low)
        with np.errstate(invalid="ignore"):
            is_outside = (values < self.low - room) | (values > self.high + room)
        counts = zip(self.columns, is_outside.sum(axis=0), np.isfinite(values).sum(axis=0), strict=True)
        return tuple(
            OutsideValues(column, int(outside), int(there), float(low), float(high), self.is_transformed)
            for (column, outside, there), low, high in zip(counts, self.low, self.high, strict=True)
            if outside
        )


def _values(dataset: SequenceDataset, is_transformed: bool) -> Array:
    """Return targets, inputs and columns known ahead, (R, C + D + K)."""
    parts = (dataset.past, dataset.ahead) if is_transformed else (dataset.values, dataset.covariates)
    return np.concatenate(parts, axis=1)  # type: ignore[arg-type]  # numbers, not symbols
