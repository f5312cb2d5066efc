"""Logarithms, which turn growth by a factor into growth by a sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from elman_core.data.panel import Array, Panel, Places
from elman_core.data.transforms.base import Parameters, TrainingPart, Transform
from elman_core.errors import DataError

__all__ = ["Log", "Log1p", "LogWherePositive"]

_SMALLEST_KNEE = 1e-6
"""As a share of the largest value: what is less is as good as 0."""
_STEPS = 10.0
"""Mean absolute steps that become 1 where no logarithm is taken: about those of a logarithm of a usual series."""


class Log(Transform):
    """y = log x, for x above 0."""

    kind: Literal["log"] = "log"

    def sizes(self, before: Array, largest: Array, parameters: Parameters) -> Array:
        """Rounding x by a share of it changes log x by that share of 1."""
        return largest + 1

    def apply(self, values: Array, places: Places, parameters: Parameters) -> Array:
        _refuse(self.kind, values, 0, places)
        return np.log(values)

    def undo_one_step(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        return np.exp(predicted)


class Log1p(Transform):
    """y = log(1 + x), for x above -1: the logarithm for counts, of which some are 0."""

    kind: Literal["log1p"] = "log1p"

    def sizes(self, before: Array, largest: Array, parameters: Parameters) -> Array:
        """Rounding x by a share of it changes log(1 + x) by less than that share of it where x is above 0."""
        return largest

    def apply(self, values: Array, places: Places, parameters: Parameters) -> Array:
        _refuse(self.kind, values, -1, places)
        return np.log1p(values)

    def undo_one_step(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        return np.expm1(predicted)


class LogWherePositive(Transform):
    """y = log(x + a) for sequences above 0, or not below it; others are only divided by a size of their own.

    For a sequence with values of both signs in its training part, y = x / c, where c is ten mean absolute steps. For
    others, with a = 0, or where there are zeros a = 1 (the median of the values above 0 if that is less)::

        y = log(x + a)                            for x + a at or above a knee b
        y = log b + (x + a - b) / b               below it

    The knee is half the smallest x + a of the training part, so that no later value is without a transform.
    """

    kind: Literal["log-where-positive"] = "log-where-positive"

    @property
    def words(self) -> str:
        return "log where positive"

    @property
    def fits_any_values(self) -> bool:
        return True

    @property
    def parameter_shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {"added": (), "knee": (), "divisor": ()}

    def fit(self, part: TrainingPart) -> Parameters:
        values, panel = part.values, part.panel
        smallest, largest = np.fmin.reduceat(values, panel.starts), panel.largest(values)
        added = np.zeros(len(panel))
        for sequence in np.flatnonzero(smallest == 0).tolist():
            own = values[panel.rows_of(sequence)]
            added[sequence] = min(1.0, float(np.median(own[own > 0]))) if (own > 0).any() else 1.0
        knee = np.maximum((smallest + added) / 2, _SMALLEST_KNEE * largest)
        takes_log = np.isfinite(knee) & (smallest >= 0) & (knee > 0)
        divisor = np.where(takes_log, 1.0, _usual_step(values, panel, largest))
        return {"added": np.where(takes_log, added, 0.0), "knee": np.where(takes_log, knee, 0.0), "divisor": divisor}

    def check(self, parameters: Parameters) -> None:
        if not (parameters["divisor"] > 0).all():
            raise DataError(f"{self.kind} needs divisors above 0, got {parameters['divisor'].min():.6g}")
        for name in ("added", "knee"):
            if (parameters[name] < 0).any():
                raise DataError(f"{self.kind} needs a {name} of at least 0, got {parameters[name].min():.6g}")

    def sizes(self, before: Array, largest: Array, parameters: Parameters) -> Array:
        """Rounding x by a share of it changes log x by that share of 1; elsewhere rounding is divided as well."""
        return np.maximum(np.where(parameters["knee"] > 0, 1.0, before / parameters["divisor"]), largest)

    def apply(self, values: Array, places: Places, parameters: Parameters) -> Array:
        added, knee, divisor = _at(places, parameters)
        moved = values + added
        above = np.log(np.maximum(moved, knee))
        below = above + np.minimum(moved - knee, 0.0) / knee
        return np.asarray(np.where(knee > 0, below, values / divisor), np.float64)

    def undo_one_step(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        added, knee, divisor = _at(places, parameters)
        bend = np.log(knee)
        moved = np.where(predicted >= bend, np.exp(predicted), knee + (predicted - bend) * knee)
        return np.asarray(np.where(knee > 0, moved - added, predicted * divisor), np.float64)


def _at(places: Places, parameters: Parameters) -> tuple[Array, Array, Array]:
    added, knee, divisor = (parameters[name][places.sequence] for name in ("added", "knee", "divisor"))
    return added, knee, divisor


def _usual_step(values: Array, panel: Panel, largest: Array) -> Array:
    """Return ten mean absolute steps of each sequence, (S,); its largest |value| where it has none, or 1."""
    steps = np.abs(values - panel.every.before(values, 1))
    mean = _STEPS * panel.sums(steps) / panel.counts(steps)
    size = np.where(largest > 0, largest, 1.0)
    return np.where(np.isfinite(mean) & (mean > _SMALLEST_KNEE * size), mean, size)


def _refuse(kind: str, values: Array, limit: int, places: Places) -> None:
    places.panel.refuse(
        values <= limit,
        lambda index, row: f"{kind} needs values above {limit}, got {values[index] + 0.0:.6g} in {row}",
    )
