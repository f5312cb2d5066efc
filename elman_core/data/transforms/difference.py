"""Differences, which take off a trend or a season by looking back."""

from __future__ import annotations

from abc import abstractmethod
from typing import Literal

import numpy as np
from pydantic import Field

from elman_core.data.panel import Array, Places
from elman_core.data.transforms.base import Parameters, TrainingPart, Transform

__all__ = ["Difference", "SeasonalDifference"]


class _Lagged(Transform):
    """y_t = x_t - x_(t-k). The first k rows have no difference."""

    @property
    @abstractmethod
    def lost_rows(self) -> int:
        """k."""

    @property
    def _title(self) -> str:
        return self.kind

    def fit(self, part: TrainingPart) -> Parameters:
        part.need_rows(self.lost_rows + 1, self._title)
        return {}

    def apply(self, values: Array, places: Places, parameters: Parameters) -> Array:
        return values - places.before(values, self.lost_rows)

    def undo_one_step(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        return predicted + places.before(values, self.lost_rows)

    def undo_ahead(self, predicted: Array, values: Array, places: Places, parameters: Parameters) -> Array:
        lag, undone = self.lost_rows, np.array(predicted)
        undone[:lag] += places.first(lag).before(values, lag)
        for place in range(min(lag, len(undone))):
            undone[place::lag] = np.cumsum(undone[place::lag], axis=0)
        return undone


class Difference(_Lagged):
    """y_t = x_t - x_(t-1)."""

    kind: Literal["difference"] = "difference"

    @property
    def lost_rows(self) -> int:
        return 1


class SeasonalDifference(_Lagged):
    """y_t = x_t - x_(t-m), with m the season."""

    kind: Literal["seasonal-difference"] = "seasonal-difference"
    season: int = Field(ge=2, le=100_000, title="Season", description="Rows after which the pattern comes again.")

    @property
    def lost_rows(self) -> int:
        return self.season

    @property
    def _title(self) -> str:
        return f"{self.kind} with a season of {self.season}"

    @property
    def words(self) -> str:
        return f"seasonal difference of {self.season}"
