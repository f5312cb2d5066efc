"""A value that a person supposes to be another one."""

from __future__ import annotations

from dataclasses import dataclass

from elman_core.data.dataset import SequenceDataset

__all__ = ["ChangedValue", "changeable_columns", "changeable_rows"]


@dataclass(frozen=True)
class ChangedValue:
    """What a value would be.

    Attributes
    ----------
    column
        A target or an input, of which rows of the data can be changed, or a column known ahead, of which those beyond
        can be changed too.
    row
        Its place in the sequence, from 0; from the sequence's length on it is beyond the data.
    value
        In the data's own units.
    """

    column: str
    row: int
    value: float


def changeable_columns(dataset: SequenceDataset) -> tuple[str, ...]:
    """Return the columns that something can be changed in: targets, inputs, and columns known ahead."""
    return (*dataset.columns, *dataset.config.inputs, *dataset.config.known)


def changeable_rows(dataset: SequenceDataset, column: str, steps: int) -> int:
    """Return how many rows of one sequence can be changed in a column, where `steps` rows beyond it are forecast."""
    return dataset.rows + (steps if column in dataset.config.known else 0)
