"""Sequences of one column that stand one after another, and places in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from elman_core.errors import DataError
from elman_core.support.text_format import counted

__all__ = ["MAXIMUM_SEQUENCE_NAME", "Array", "Integers", "Panel", "Places"]

MAXIMUM_SEQUENCE_NAME = 1_000
"""Characters that the name of a sequence may have."""

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Panel:
    """Where each of S sequences begins in the (N,) values of one column.

    Attributes
    ----------
    starts : (S,)
        First row of each sequence. None is empty.
    phases : (S,)
        Place in the season of each first row, from 0; taken modulo the season.
    rows
        N, the rows of all sequences together.
    names : S
        What each sequence is called; none where there is one, or they have no names.

    Raises
    ------
    ValueError
        When the starts do not go up from 0, or starts and phases differ in number.
    """

    starts: Integers
    phases: Integers
    rows: int
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.starts.ndim != 1 or self.starts.shape != self.phases.shape or not len(self.starts):
            raise ValueError(f"starts and phases must be (S,), got {self.starts.shape} and {self.phases.shape}")
        if self.starts[0] != 0 or (self.lengths < 1).any():
            raise ValueError("starts must go up from 0, and no sequence may be empty")
        if self.names and len(self.names) != len(self.starts):
            raise ValueError(f"there must be a name for each sequence, got {len(self.names)} of {len(self.starts)}")

    @classmethod
    def of(cls, rows: int, starts: ArrayLike = (0,), phases: ArrayLike = 0, names: tuple[str, ...] = ()) -> Self:
        """Make a panel; by default of one sequence that begins with a season."""
        first = np.array(starts, np.int64)
        return cls(first, np.array(np.broadcast_to(np.asarray(phases, np.int64), first.shape)), rows, names)

    @property
    def stops(self) -> Integers:
        """(S,), the row after the last one of each sequence."""
        return np.asarray(self.starts + self.lengths, np.int64)

    @property
    def has_several(self) -> bool:
        """Whether there is more than one sequence."""
        return len(self.starts) > 1

    def sequence_of(self, rows: ArrayLike) -> Integers:
        """Return the sequence that each of some rows belongs to."""
        return np.searchsorted(self.starts, np.asarray(rows), side="right") - 1

    def title(self, sequence: int) -> str:
        """Return what a sequence is called: its name, or its number from 1."""
        return self.names[sequence] if self.names else f"sequence {sequence + 1:,}"

    def rows_of(self, sequence: int) -> slice:
        """Return the rows of a sequence."""
        return slice(int(self.starts[sequence]), int(self.stops[sequence]))

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def lengths(self) -> Integers:
        """(S,), the rows of each sequence."""
        return np.diff(self.starts, append=self.rows)

    @cached_property
    def every(self) -> Places:
        """The places of all N rows."""
        sequence = np.repeat(np.arange(len(self)), self.lengths)
        return Places(self, sequence, np.arange(self.rows) - self.starts[sequence])

    def head(self, rows: ArrayLike) -> tuple[NDArray[np.bool_], Panel]:
        """Return which of the N rows are the first so many of their sequence, and the panel of these.

        Raises
        ------
        DataError
            When a sequence has fewer rows, or none is wanted.
        """
        wanted = np.array(np.broadcast_to(np.asarray(rows, np.int64), self.starts.shape))
        wrong = np.flatnonzero((wanted < 1) | (wanted > self.lengths))
        if len(wrong):
            got, there = int(wanted[wrong[0]]), counted(int(self.lengths[wrong[0]]), "row")
            raise DataError(f"the training part{self.name_of(int(wrong[0]))} must be 1 to {there}, got {got:,}")
        inside = self.every.row < wanted[self.every.sequence]
        return inside, Panel(np.cumsum(wanted) - wanted, self.phases, int(wanted.sum()), self.names)

    def largest(self, values: Array) -> Array:
        """Return the largest |value| of each sequence: (S,), 0 where there is none."""
        largest = np.fmax.reduceat(np.abs(values), self.starts)
        return np.where(np.isnan(largest), 0.0, largest)

    def sums(self, values: Array) -> Array:
        """Return the sum of each sequence without its gaps: (S,)."""
        return np.asarray(np.add.reduceat(np.where(np.isnan(values), 0.0, values), self.starts), np.float64)

    def counts(self, values: Array) -> Integers:
        """Return how many values of each sequence are no gaps: (S,)."""
        return np.asarray(np.add.reduceat((~np.isnan(values)).astype(np.int64), self.starts), np.int64)

    def name_of(self, sequence: int) -> str:
        """Say which sequence is meant, where there are several."""
        if not self.has_several:
            return ""
        return f" of {self.names[sequence]!r}" if self.names else f" of sequence {sequence + 1:,}"

    def refuse(self, wrong: NDArray[np.bool_], sentence: Callable[[int, str], str]) -> None:
        """Refuse the first row that is wrong, in a sentence made of its index and its name.

        Raises
        ------
        DataError
            Where any of the N rows is wrong.
        """
        if wrong.any():
            index = int(np.argmax(wrong))
            row = f"row {self.every.row[index] + 1:,}{self.name_of(int(self.every.sequence[index]))}"
            raise DataError(sentence(index, row))


@dataclass(frozen=True, eq=False)
class Places:
    """The rows that some values are for, which need not be in the panel: a forecast goes beyond it.

    Attributes
    ----------
    panel
        The sequences.
    sequence
        Of each value; broadcasts against `row`.
    row
        Of each value within its sequence, from 0.
    """

    panel: Panel
    sequence: Integers
    row: Integers

    @property
    def seasons(self) -> Integers:
        """Rows since a season began, of which the season's length is still to be taken off."""
        return self.panel.phases[self.sequence] + self.row

    def first(self, steps: int) -> Places:
        """Return those of the first so many steps, where `row` is (H, O)."""
        return Places(self.panel, self.sequence, self.row[:steps])

    def before(self, values: Array, lag: int) -> Array:
        """Return the panel's (N,) values so many rows before, NaN where its sequence has no such row."""
        row = self.row - lag
        inside = (row >= 0) & (row < self.panel.lengths[self.sequence])
        return np.where(inside, values[np.where(inside, self.panel.starts[self.sequence] + row, 0)], np.nan)
