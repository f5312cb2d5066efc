"""Seasonal indices by classical decomposition."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field

from elman_core.data.panel import Array, Panel, Places
from elman_core.data.transforms.base import Parameters, TrainingPart, Transform
from elman_core.errors import DataError

__all__ = ["SeasonalAdditive", "SeasonalMultiplicative", "moving_average"]


class _Indices(Transform):
    """An index for each of the m places in the season, taken off each row at that place.

    The centred moving average of the training part is taken for its trend. What is left of each value without it is
    averaged over all rows at a place.
    """

    season: int = Field(ge=2, le=100_000, title="Season", description="Rows after which the pattern comes again.")

    @property
    def parameter_shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {"indices": (self.season,)}

    @abstractmethod
    def _without(self, values: Array, trend: Array) -> Array:
        """Take trend or season off values."""

    @abstractmethod
    def _normalized(self, indices: Array) -> Array:
        """Return indices (S, m) that leave the level as it is."""

    def fit(self, part: TrainingPart) -> Parameters:
        title = f"{self.kind} with a season of {self.season}"
        part.need_rows(2 * self.season, title)
        panel, places, shape = part.panel, part.panel.every, (len(part.panel), self.season)
        left = self._without(part.values, moving_average(part.values, panel, self.season))
        known = np.flatnonzero(~np.isnan(left))
        cell = (places.sequence * self.season + places.seasons % self.season)[known]
        counts = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
        missing = np.argwhere(counts == 0)
        if len(missing):
            sequence, place = (int(number) for number in missing[0])
            raise DataError(
                f"{title} needs values at each place in the season; the training part{panel.name_of(sequence)} has too "
                f"many gaps around place {place + 1}"
            )
        sums = np.bincount(cell, weights=left[known], minlength=shape[0] * shape[1]).reshape(shape)
        return {"indices": self._normalized(sums / counts)}

    def _index(self, places: Places, parameters: Parameters) -> Array:
        return np.asarray(parameters["indices"][places.sequence, places.seasons % self.season], np.float64)

    def apply(self, values: Array, places: Places, parameters: Parameters) -> Array:
        return self._without(values, self._index(places, parameters))


class SeasonalAdditive(_Indices):
    """y_t = x_t - s_(t mod m), where the m indices add up to 0."""

    kind: Literal["seasonal-additive"] = "seasonal-additive"

    @property
    def words(self) -> str:
        return f"seasonal indices of {self.season}"

    def _without(self, values: Array, trend: Array) -> Array:
        return values - trend

    def _normalized(self, indices: Array) -> Array:
        return np.asarray(indices - indices.mean(axis=1, keepdims=True), np.float64)

    def undo_one_step(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        return predicted + self._index(places, parameters)


class SeasonalMultiplicative(_Indices):
    """y_t = x_t / s_(t mod m), where the mean of the m indices is 1. The training part must be above 0."""

    kind: Literal["seasonal-multiplicative"] = "seasonal-multiplicative"

    @property
    def words(self) -> str:
        return f"multiplicative seasonal indices of {self.season}"

    def fit(self, part: TrainingPart) -> Parameters:
        part.panel.refuse(
            part.values <= 0,
            lambda index, row: f"{self.kind} needs values above 0, got {part.values[index] + 0.0:.6g} in {row}",
        )
        return super().fit(part)

    def check(self, parameters: Parameters) -> None:
        if not (parameters["indices"] > 0).all():
            raise DataError(f"{self.kind} needs indices above 0, got {parameters['indices'].min():.6g}")

    def sizes(self, before: Array, largest: Array, parameters: Parameters) -> Array:
        """Rounding is divided as well."""
        smallest: Array = parameters["indices"].min(axis=1)
        return np.maximum(before / smallest, largest)

    def _without(self, values: Array, trend: Array) -> Array:
        quotient: Array = values / trend
        return quotient

    def _normalized(self, indices: Array) -> Array:
        return np.asarray(indices / indices.mean(axis=1, keepdims=True), np.float64)

    def undo_one_step(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        return predicted * self._index(places, parameters)


def moving_average(values: Array, panel: Panel, season: int) -> Array:
    """Return the mean of the m rows around each row: (N,).

    For an odd m these are the row itself and (m - 1) / 2 on either side; for an even one m / 2 on either side, of
    which the two outermost count half. NaN where a sequence has not so many, or one of them is a gap.
    """
    half, places = season // 2, panel.every
    average = np.full(len(values), np.nan)
    middle = len(values) - 2 * half
    if middle > 0:
        total = np.zeros(middle)
        for offset in range(2 * half + 1):
            weight = 0.5 if season % 2 == 0 and offset in (0, 2 * half) else 1.0
            total += weight * values[offset : offset + middle]
        average[half : half + middle] = total / season
    inside = (places.row >= half) & (places.row < panel.lengths[places.sequence] - half)
    return np.where(inside, average, np.nan)
