"""Fitted transforms one after another, there and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from elman_core.data.panel import Array, Panel, Places
from elman_core.data.transforms.base import Parameters, Transform

__all__ = ["Chain", "applied", "lost_rows", "sentence"]

_PRECISION = 1e-10
"""As a share of the largest value: how far a value may come back from where it was. A tenth of what is promised."""
_LONGEST_SPAN = 10_000
"""Rows: the longest way that is gone ahead without true values. Rounding adds up along it."""


@dataclass(frozen=True, eq=False)
class Chain:
    """The values of a panel before the first transform, between any two and after the last.

    Attributes
    ----------
    transforms, parameters
        What is applied, and what it was fitted to.
    panel
        The sequences.
    stages
        (N,) values each, one more than there are transforms.
    """

    transforms: tuple[Transform, ...]
    parameters: tuple[Parameters, ...]
    panel: Panel
    stages: tuple[Array, ...]

    @classmethod
    def of(
        cls, transforms: tuple[Transform, ...], parameters: tuple[Parameters, ...], values: Array, panel: Panel
    ) -> Self:
        """Apply the transforms to (N,) finite values.

        Raises
        ------
        DataError
            When a value cannot be transformed.
        """
        stages = [values]
        for transform, fitted in zip(transforms, parameters, strict=True):
            stages.append(applied(transform, stages[-1], panel, fitted))
        return cls(transforms, parameters, panel, tuple(stages))

    @property
    def transformed(self) -> Array:
        """(N,), what comes out."""
        return self.stages[-1]

    def undone_one_step(self, predicted: Array, places: Places) -> Array:
        """Undo values predicted for some places, each with the true values before it."""
        with np.errstate(all="ignore"):
            for transform, parameters, values in self._backwards():
                predicted = transform.undo_one_step(predicted, values, places, parameters)
        return predicted

    def undone_ahead(self, predicted: Array, places: Places) -> Array:
        """Undo (H, O) values, each with what was undone before it."""
        with np.errstate(all="ignore"):
            for transform, parameters, values in self._backwards():
                predicted = transform.undo_ahead(predicted, values, places, parameters)
        return predicted

    def all_ahead(self, longest: int) -> Array:
        """Undo all rows that are not lost: (N,), in spans of so many at most, each of which begins from true values."""
        panel, lost = self.panel, lost_rows(self.transforms)
        spans = -(-np.maximum(panel.lengths - lost, 0) // longest)
        sequence = np.repeat(np.arange(len(panel)), spans)
        origin = lost + longest * (np.arange(len(sequence)) - (np.cumsum(spans) - spans)[sequence])
        rows = np.minimum(panel.lengths[sequence] - origin, longest)
        # Together go spans that are at most twice as long as one another.
        groups, back = np.frexp(rows)[1], np.full(panel.rows, np.nan)
        for group in np.unique(groups):
            chosen = np.flatnonzero(groups == group)
            step = np.arange(rows[chosen].max())[:, np.newaxis]
            places = Places(panel, sequence[chosen], origin[chosen] + step)
            inside = step < rows[chosen]
            index = np.where(inside, panel.starts[places.sequence] + places.row, 0)
            undone = self.undone_ahead(np.where(inside, self.transformed[index], np.nan), places)
            back[index[inside]] = undone[inside]
        return back

    def refuse_what_does_not_come_back(self) -> None:
        """Go the way back, one step ahead and ahead without true values, and compare.

        Raises
        ------
        DataError
            When rounding has taken too much of a value.
        """
        self._refuse_far(self.undone_one_step(self.transformed, self.panel.every))
        if lost_rows(self.transforms):
            self._refuse_far(self.all_ahead(_LONGEST_SPAN))

    def _refuse_far(self, back: Array) -> None:
        values = self.stages[0]
        with np.errstate(all="ignore"):
            far = np.abs(back - values) > _PRECISION * self.panel.largest(values)[self.panel.every.sequence]
        self.panel.refuse(
            far,
            lambda index, row: (
                f"{sentence(self.transforms)} cannot be undone: {values[index]:.6g} in {row} would come back as "
                f"{back[index]:.6g}, because the values differ too much in size"
            ),
        )

    def _backwards(self) -> list[tuple[Transform, Parameters, Array]]:
        """Return the transforms from the last to the first, each with the values it was applied to."""
        return list(zip(self.transforms, self.parameters, self.stages[:-1], strict=True))[::-1]


def applied(transform: Transform, values: Array, panel: Panel, parameters: Parameters) -> Array:
    """Apply one transform to (N,) values.

    Raises
    ------
    DataError
        When a value has no transform, or one too large for a number.
    """
    with np.errstate(all="ignore"):
        transformed = transform.apply(values, panel.every, parameters)
    panel.refuse(np.isinf(transformed), lambda _, row: f"{transform.words} gives too large a number in {row}")
    return transformed


def lost_rows(transforms: Iterable[Transform]) -> int:
    """Return how many rows all transforms together lose."""
    return sum(transform.lost_rows for transform in transforms)


def sentence(transforms: Iterable[Transform]) -> str:
    """Return the transforms in words."""
    return ", ".join(transform.words for transform in transforms) or "none"
