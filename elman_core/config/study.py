"""What a study varies, over how many seeds, and what its runs are judged by."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from elman_core.config.base import Config

__all__ = ["Axis", "AxisValue", "Keep", "Range", "SearchKind", "StudyConfig", "StudyMetric"]

AxisValue = bool | int | float | str | None
"""One value of a setting; several names, as of transforms, are joined by "+"."""


class SearchKind(StrEnum):
    """Which settings are tried."""

    GRID = "grid"
    RANDOM = "random"
    TPE = "tpe"

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        return {"grid": "grid", "random": "random search", "tpe": "search by TPE"}[self.value]


class StudyMetric(StrEnum):
    """What a run is judged by; of each the smaller is the better."""

    VALIDATION = "validation"
    """The loss of the validation part, at the epoch of the weights kept; of training where there is no such part."""
    TRAIN = "train"
    """The loss of training, at that epoch."""
    TEST = "test"
    """The RMSE of the test part one step ahead, or over the horizon; of symbols the bits for each."""


class Keep(StrEnum):
    """Which runs get a model file; all others come back from their settings and seed."""

    NONE = "none"
    CHOSEN = "chosen"
    ALL = "all"


class Range(Config):
    """Numbers from `low` to `high`, drawn evenly, or evenly in their logarithm."""

    low: int | float = Field(title="From")
    high: int | float = Field(title="To")
    log: bool = Field(False, title="Logarithmic")

    @property
    def is_whole(self) -> bool:
        """Whether whole numbers are drawn: both ends are such."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"a range goes from a smaller number to a larger one, got {self.low:g} to {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"a logarithmic range begins above 0, got {self.low:g}")
        return self


class Axis(Config):
    """A setting that a study varies.

    Attributes
    ----------
    field
        Its full name, such as "network.hidden".
    values
        What it is tried with; none with a range.
    range
        What it is drawn from, in place of values: for random search and TPE.
    """

    field: str = Field(max_length=100, title="Setting")
    values: tuple[AxisValue, ...] = Field((), max_length=1_000_000, title="Values")
    range: Range | None = Field(None, title="Range")

    @property
    def size(self) -> int | None:
        """How many values there are; None where there is one between any two."""
        if self.range is None:
            return len(self.values)
        return int(self.range.high - self.range.low) + 1 if self.range.is_whole else None

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        if self.range is not None:
            if self.values:
                raise ValueError(f"{self.field} must have values or a range, got both")
            return self
        if not self.values:
            raise ValueError(f"{self.field} has no values: give at least one")
        # True equals 1 in Python, but is another setting.
        value, count = Counter((type(value), value) for value in self.values).most_common(1)[0]
        if count > 1:
            raise ValueError(f"{self.field} has the value {value[1]} {'twice' if count == 2 else f'{count:,} times'}")
        return self


class StudyConfig(Config):
    """What a study varies, over how many seeds, and what its runs are judged by.

    The seeds of every cell, that is of every combination of settings, are the same: that of the training, and those
    after it. So cells are compared seed by seed.
    """

    axes: tuple[Axis, ...] = Field(
        (), max_length=50, title="Axes", description="The settings that are varied. None: only the seeds differ."
    )
    seeds: int = Field(
        10, ge=1, le=10_000_000, title="Seeds",
        description="How many networks are trained with each combination of settings, each from its own seed.",
    )  # fmt: skip
    search: SearchKind = Field(
        SearchKind.GRID, title="Search",
        description="Grid: every combination. Random: some of them. TPE: some, each proposed by what those before came "
        "to (tree-structured Parzen estimator).",
    )  # fmt: skip
    trials: int = Field(
        20, ge=1, le=1_000_000, title="Trials", description="How many combinations random search and TPE try."
    )
    metric: StudyMetric = Field(
        StudyMetric.VALIDATION, title="Metric",
        description="What runs are compared by: the loss of validation (of training where there is no such part), that "
        "of training, or the error of the test part.",
    )  # fmt: skip
    threshold: float | None = Field(
        None, title="Threshold", description="A run whose metric is at or below this counts as a success."
    )
    keep: Keep = Field(
        Keep.CHOSEN, title="Keep",
        description="Which runs get a model file in the study's folder: none, the best one of the chosen settings, or "
        "all. Every other one is trained again from its settings and seed when it is opened.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _check_axes(self) -> Self:
        for field, count in Counter(axis.field for axis in self.axes).items():
            if count > 1:
                raise ValueError(f"{field} is an axis twice; give all its values together")
        ranged = [axis.field for axis in self.axes if axis.range is not None]
        if ranged and self.search is SearchKind.GRID:
            raise ValueError(f"a grid needs values, got a range for {ranged[0]}; random search and tpe draw from it")
        if self.search is not SearchKind.GRID and not self.axes:
            raise ValueError(f"there is nothing to search with {self.search.value}: give at least one axis")
        return self

    @property
    def combinations(self) -> int | None:
        """How many combinations of values there are; None where there is no end of them."""
        count = 1
        for axis in self.axes:
            if axis.size is None:
                return None
            count *= axis.size
        return count

    @property
    def cells(self) -> int:
        """How many combinations of settings are tried; they are counted, never listed."""
        if self.search is SearchKind.GRID:
            assert self.combinations is not None
            return self.combinations
        return self.trials if self.combinations is None else min(self.trials, self.combinations)

    @property
    def runs(self) -> int:
        """How many networks are trained."""
        return self.cells * self.seeds
