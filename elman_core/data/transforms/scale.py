"""Scales, which bring values of any size to numbers about as large as 1."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from elman_core.data.panel import Array, Panel, Places
from elman_core.data.transforms.base import Parameters, TrainingPart, Transform
from elman_core.errors import DataError

__all__ = ["MeanAbsoluteStep", "MinMax", "Standardize"]

_SMALLEST_SPREAD = 1e-12
"""As a share of the numbers that values were computed from. What is less may be rounding."""


class _Scale(Transform):
    """y = (x - offset) / spread, with an offset and a spread for each sequence."""

    @property
    def parameter_shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {"offset": (), "spread": ()}

    @abstractmethod
    def _offset_and_spread(self, part: TrainingPart) -> tuple[Array, Array]:
        """Return both, (S,); a spread is 0 or NaN where there is nothing to divide by."""

    def fit(self, part: TrainingPart) -> Parameters:
        offset, spread = self._offset_and_spread(part)
        flat = np.flatnonzero(~(spread > _SMALLEST_SPREAD * part.sizes))
        if len(flat):
            raise DataError(
                f"{self.kind} needs values that vary by more than rounding; those of the training part"
                f"{part.panel.name_of(int(flat[0]))} do not"
            )
        return {"offset": offset, "spread": spread}

    def check(self, parameters: Parameters) -> None:
        if not (parameters["spread"] > 0).all():
            raise DataError(f"{self.kind} needs spreads above 0, got {parameters['spread'].min():.6g}")

    def sizes(self, before: Array, largest: Array, parameters: Parameters) -> Array:
        """Rounding is divided as well."""
        return np.maximum(before / parameters["spread"], largest)

    def apply(self, values: Array, places: Places, parameters: Parameters) -> Array:
        sequence = places.sequence
        return (values - parameters["offset"][sequence]) / parameters["spread"][sequence]

    def undo_one_step(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        sequence = places.sequence
        return predicted * parameters["spread"][sequence] + parameters["offset"][sequence]


class Standardize(_Scale):
    """y = (x - mean) / deviation, of the training part."""

    kind: Literal["standardize"] = "standardize"

    def _offset_and_spread(self, part: TrainingPart) -> tuple[Array, Array]:
        panel, sequence, counts = part.panel, part.panel.every.sequence, part.panel.counts(part.values)
        values, exponents = _brought_near_1(part.values, panel)
        mean = panel.sums(values) / counts
        deviation = np.sqrt(panel.sums((values - mean[sequence]) ** 2) / counts)
        return np.ldexp(mean, exponents), np.ldexp(deviation, exponents)


class MinMax(_Scale):
    """y = (x - least) / (greatest - least), of the training part, which comes to 0 to 1."""

    kind: Literal["min-max"] = "min-max"

    def _offset_and_spread(self, part: TrainingPart) -> tuple[Array, Array]:
        least = np.fmin.reduceat(part.values, part.panel.starts)
        return least, np.fmax.reduceat(part.values, part.panel.starts) - least


class MeanAbsoluteStep(_Scale):
    """y_t = x_t / mean |x_t - x_(t-1)|, of the training part."""

    kind: Literal["mean-absolute-step"] = "mean-absolute-step"

    def _offset_and_spread(self, part: TrainingPart) -> tuple[Array, Array]:
        values, exponents = _brought_near_1(part.values, part.panel)
        steps = np.abs(values - part.panel.every.before(values, 1))
        mean = np.ldexp(part.panel.sums(steps) / part.panel.counts(steps), exponents)
        return np.zeros_like(mean), mean


def _brought_near_1(values: Array, panel: Panel) -> tuple[Array, NDArray[np.int32]]:
    """Divide each sequence by a power of 2, which changes no digit, so that squares fit; and its exponent."""
    exponents = np.frexp(panel.largest(values))[1]
    return np.ldexp(values, -exponents[panel.every.sequence]), exponents
