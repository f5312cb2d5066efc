"""Logarithms, which turn growth by a factor into growth by a sum."""

from __future__ import annotations

from typing import Literal

import numpy as np

from elman_core.data.panel import Array, Places
from elman_core.data.transforms.base import Parameters, Transform

__all__ = ["Log", "Log1p"]


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


def _refuse(kind: str, values: Array, limit: int, places: Places) -> None:
    places.panel.refuse(
        values <= limit,
        lambda index, row: f"{kind} needs values above {limit}, got {values[index] + 0.0:.6g} in {row}",
    )
