"""KnownStep: how far apart the rows are that a network learned, by which those of another series are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from elman_core.data.calendar import frequency_words
from elman_core.data.dataset import SequenceDataset
from elman_core.data.ends import Ends
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.support.text_format import counted

__all__ = ["KnownStep"]

_FEWEST_ROWS = 3
"""That say how far apart rows are."""
_ROUNDING = 0.01


@dataclass(frozen=True)
class KnownStep:
    """How far apart rows are.

    Attributes
    ----------
    kind
        What the numbers on the time axis mean.
    frequency
        An alias of pandas; None where irregular, or no dates.
    distance
        The usual one of numbers.
    """

    kind: AxisKind
    frequency: str | None
    distance: float

    @classmethod
    def of(cls, dataset: SequenceDataset) -> Self:
        """Take that of some data."""
        panel, axis = dataset.panel, dataset.axis
        return cls._of_axis(axis, float(np.median(axis.spacing(panel.starts, panel.stops))))

    @classmethod
    def of_ends(cls, ends: Ends) -> Self:
        """Take that of the last rows, which a model file keeps."""
        axis = TimeAxis(ends.label, ends.kind, ends.times[:, 0], ends.calendar)
        return cls._of_axis(axis, float(np.median(ends.times[:, 1])))

    @classmethod
    def _of_axis(cls, axis: TimeAxis, distance: float) -> Self:
        return cls(axis.kind, axis.calendar.frequency, distance)

    def sentence_of(self, dataset: SequenceDataset) -> str | None:
        """Say to a person that rows of other data are not as far apart; None where they are, or nobody knows."""
        other = KnownStep.of(dataset)
        if int(dataset.panel.lengths.max()) < _FEWEST_ROWS or other.kind is not self.kind or self.words == other.words:
            return None
        if self.kind is AxisKind.STEP or (self.kind is AxisKind.DATE and self.frequency is None):
            return None
        if self.kind is AxisKind.NUMBER and abs(other.distance / self.distance - 1) <= _ROUNDING:
            return None
        rows = counted(dataset.rows, "row")
        return (
            f"The {rows} are {other.words}, but the network learned rows {self.words}: a step means another time there"
        )

    @property
    def words(self) -> str:
        """Say how far apart rows are."""
        if self.kind is not AxisKind.DATE:
            return f"{self.distance:.4g} apart"
        return "at irregular times" if self.frequency is None else f"{frequency_words(self.frequency)} apart"
