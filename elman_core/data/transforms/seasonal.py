"""Seasonal indices by classical decomposition."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from elman_core.data.panel import Array, Integers, Panel, Places
from elman_core.data.transforms.base import Parameters, TrainingPart, Transform
from elman_core.errors import DataError

__all__ = ["SeasonalAdditive", "SeasonalIfFound", "SeasonalMultiplicative", "has_season", "moving_average"]

_FEWEST_SEASONS = 3
_ONE_IN_TEN = 1.645
"""Standard deviations that a normal variable is beyond, on either side, once in ten times."""


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
        sums, counts = self._sums(part)
        missing = np.argwhere(counts == 0)
        if len(missing):
            sequence, place = (int(number) for number in missing[0])
            raise DataError(
                f"{title} needs values at each place in the season; the training part{part.panel.name_of(sequence)} "
                f"has too many gaps around place {place + 1}"
            )
        return {"indices": self._normalized(sums / counts)}

    def _sums(self, part: TrainingPart) -> tuple[Array, Integers]:
        """Return the sum of what is left without the trend at each place in the season, and how many rows: (S, m)."""
        panel, places, shape = part.panel, part.panel.every, (len(part.panel), self.season)
        left = self._without(part.values, moving_average(part.values, panel, self.season))
        known = np.flatnonzero(~np.isnan(left))
        cell = (places.sequence * self.season + places.seasons % self.season)[known]
        counts = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
        sums = np.bincount(cell, weights=left[known], minlength=shape[0] * shape[1]).reshape(shape)
        return np.asarray(sums, np.float64), np.asarray(counts, np.int64)

    def _index(self, places: Places, parameters: Parameters) -> Array:
        return np.asarray(parameters["indices"][places.sequence, places.seasons % self.season], np.float64)

    def apply(self, values: Array, places: Places, parameters: Parameters) -> Array:
        return self._without(values, self._index(places, parameters))


class _Additive(_Indices):
    """y_t = x_t - s_(t mod m), where the m indices add up to 0."""

    def _without(self, values: Array, trend: Array) -> Array:
        return values - trend

    def _normalized(self, indices: Array) -> Array:
        return np.asarray(indices - indices.mean(axis=1, keepdims=True), np.float64)

    def undo_one_step(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        return predicted + self._index(places, parameters)


class SeasonalAdditive(_Additive):
    """y_t = x_t - s_(t mod m), where the m indices add up to 0."""

    kind: Literal["seasonal-additive"] = "seasonal-additive"

    @property
    def words(self) -> str:
        return f"seasonal indices of {self.season}"


class SeasonalIfFound(_Additive):
    """y_t = x_t - s_(t mod m), where the m indices are 0 for a sequence in which `has_season` finds no season."""

    kind: Literal["seasonal-if-found"] = "seasonal-if-found"

    @property
    def words(self) -> str:
        return f"seasonal indices of {self.season} where a test finds a season"

    @property
    def fits_any_values(self) -> bool:
        return True

    def fit(self, part: TrainingPart) -> Parameters:
        sums, counts = self._sums(part)
        found = has_season(part.values, part.panel, self.season) & (counts > 0).all(axis=1)
        indices = self._normalized(sums / counts)
        found &= np.isfinite(indices).all(axis=1)
        return {"indices": np.where(found[:, None], indices, 0.0)}


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


def has_season(values: Array, panel: Panel, season: int) -> NDArray[np.bool_]:
    """Return for each sequence whether values so many rows apart are alike, (S,).

    With r_k the autocorrelation at lag k and n values of which none is a gap, it is so where n >= 3m and::

        |r_m| > 1.645 sqrt((1 + 2 sum_{0 < k < m} r_k^2) / n)

    which noise reaches once in ten times where n is large, and more seldom where it is not (Bartlett's formula).
    """
    counts = panel.counts(values)
    found = np.zeros(len(panel), np.bool_)
    long = np.flatnonzero(counts >= _FEWEST_SEASONS * season)
    mean = panel.sums(values) / np.maximum(counts, 1)
    off = np.where(np.isnan(values), 0.0, values - mean[panel.every.sequence])
    # Sequences of about the same length are transformed together, padded so that no end meets a beginning.
    sizes = np.frexp(panel.lengths[long] + season)[1]
    for size in np.unique(sizes).tolist():
        some = long[sizes == size]
        steps = np.arange(int(panel.lengths[some].max()))
        inside = steps < panel.lengths[some, None]
        padded = np.where(inside, off[np.where(inside, panel.starts[some, None] + steps, 0)], 0.0)
        spectrum = np.fft.rfft(padded, 2**size, axis=1)
        products = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, 2**size, axis=1)[:, : season + 1]
        r = products[:, 1:] / products[:, :1]
        limit = _ONE_IN_TEN * np.sqrt((1 + 2 * (r[:, :-1] ** 2).sum(axis=1)) / counts[some])
        found[some] = np.abs(r[:, -1]) > limit
    return found
