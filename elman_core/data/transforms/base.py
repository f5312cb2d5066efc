"""What every transform does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from elman_core.config import Config
from elman_core.data.panel import Array, Panel, Places
from elman_core.errors import DataError
from elman_core.support.text_format import counted

__all__ = ["Parameters", "TrainingPart", "Transform"]

Parameters = Mapping[str, Array]
"""What a transform was fitted to S sequences: arrays (S, ...) by name."""


@dataclass(frozen=True, eq=False)
class TrainingPart:
    """What a transform is fitted to: the first rows of each sequence, as earlier transforms left them.

    Attributes
    ----------
    values : (N,)
        NaN in gaps and in rows lost.
    panel
        The sequences, cut off after their training part.
    lost_rows
        Rows that earlier transforms lost at the head of each sequence.
    sizes : (S,)
        How large the numbers were or are that the values were computed from: a trillionth of it may be rounding.
    """

    values: Array
    panel: Panel
    lost_rows: int
    sizes: Array

    def need_rows(self, rows: int, transform: str) -> None:
        """Refuse a sequence with fewer rows that are not lost.

        Raises
        ------
        DataError
            With the number of rows that there are.
        """
        needed = rows + self.lost_rows
        short = np.flatnonzero(self.panel.lengths < needed)
        if len(short):
            got = counted(int(self.panel.lengths[short[0]]), "row")
            raise DataError(
                f"{transform} needs a training part of at least {counted(needed, 'row')}, got {got}"
                f"{self.panel.name_of(int(short[0]))}"
            )


class Transform(Config, ABC):
    """One step of a pipeline: from (N,) values to (N,) values, row by row, and back.

    A transform is its settings only. What it was fitted to is handed to it, so that one transform serves any
    number of sequences at once. Without a word to the contrary it looks at one row at a time.
    """

    kind: str

    @property
    def lost_rows(self) -> int:
        """How many rows back it looks: so many at the head of a sequence become NaN."""
        return 0

    @property
    def fits_any_values(self) -> bool:
        """Whether it can be fitted to any finite values, be they few or all the same."""
        return False

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        return self.kind

    @property
    def parameter_shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape that each parameter has for one sequence."""
        return {}

    def fit(self, part: TrainingPart) -> Parameters:
        """Find the parameters of each sequence.

        Raises
        ------
        DataError
            When the training part is too short, or has no spread to divide by.
        """
        return {}

    def check(self, parameters: Parameters) -> None:
        """Check parameters of the right shape that were found or read.

        Raises
        ------
        DataError
            When a number is not what fitting could have found.
        """

    def sizes(self, before: Array, largest: Array, parameters: Parameters) -> Array:
        """Return the sizes (S,) of `TrainingPart` after this transform, from those before and the largest |value|."""
        return np.maximum(before, largest)

    @abstractmethod
    def apply(self, values: Array, places: Places, parameters: Parameters) -> Array:
        """Transform all (N,) values of a panel.

        Raises
        ------
        DataError
            When a value has no transform.
        """

    @abstractmethod
    def undo_one_step(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        """Undo values predicted for some places, each with the true (N,) values of the rows before it."""

    def undo_ahead(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        """Undo (H, O) values predicted on from O origins, each with what was undone before it."""
        return self.undo_one_step(predicted, values, places, parameters)
