"""What is taken from a table, and how it is divided."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from elman_core.config.base import Config, WholeNumber

__all__ = ["DataConfig", "Scaling", "Split", "Strategy", "TransformName"]


class Scaling(StrEnum):
    """What is done to the series before the network sees it; undone on the way out."""

    STANDARDIZE = "standardize"
    MIN_MAX = "min-max"
    MEAN_ABSOLUTE_STEP = "mean-absolute-step"
    NONE = "none"


class Strategy(StrEnum):
    """How several steps ahead are predicted."""

    RECURSIVE = "recursive"
    DIRECT = "direct"


class Split(StrEnum):
    """What the parts are divided by."""

    TIME = "time"
    SEQUENCES = "sequences"


class TransformName(StrEnum):
    """What may be done to a target before it is scaled."""

    LOG = "log"
    LOG1P = "log1p"
    LOG_WHERE_POSITIVE = "log-where-positive"
    DIFFERENCE = "difference"
    SEASONAL_DIFFERENCE = "seasonal-difference"
    SEASONAL_ADDITIVE = "seasonal-additive"
    SEASONAL_MULTIPLICATIVE = "seasonal-multiplicative"
    SEASONAL_IF_FOUND = "seasonal-if-found"

    @property
    def is_seasonal(self) -> bool:
        """Whether it needs to know the season."""
        return self.value.startswith("seasonal")


class DataConfig(Config):
    """What is taken from a table, and how it is split in time."""

    columns: tuple[str, ...] = Field(
        (), title="Targets",
        description="Columns that are predicted; the network sees them up to now. None chosen: the first.",
    )  # fmt: skip
    inputs: tuple[str, ...] = Field(
        (), title="Inputs", description="Columns that the network sees up to now, but does not predict."
    )
    known: tuple[str, ...] = Field(
        (), title="Known ahead",
        description="Columns whose future is known as well, such as prices or holidays: seen one step ahead.",
    )  # fmt: skip
    lags: int = Field(
        1, ge=1, le=1_000, title="Lags",
        description="Rows of targets and inputs that the network sees at each step, newest first. 1 in the tutorial.",
    )  # fmt: skip
    horizon: int = Field(1, ge=1, le=1_000, title="Horizon", description="Steps ahead that are to be predicted.")
    strategy: Strategy = Field(
        Strategy.RECURSIVE, title="Strategy",
        description="Recursive: one step is predicted, and predictions are fed back. Direct: all steps of the horizon "
        "are predicted at once.",
    )  # fmt: skip
    transforms: tuple[TransformName, ...] = Field(
        (), title="Transforms",
        description="What is done to each target before it is scaled, in order; undone on the way out.",
    )  # fmt: skip
    season: WholeNumber | None = Field(
        None, ge=2, le=100_000, title="Season",
        description="Rows after which a pattern comes again, such as 12 for months.",
    )  # fmt: skip
    relative_to_last: bool = Field(
        False, title="Relative to last",
        description="Take each target's newest value off what is seen and what is predicted.",
    )  # fmt: skip
    split: Split = Field(
        Split.TIME, title="Parts by",
        description="Time: each sequence is divided from its first row on. Sequences: whole ones go to one part.",
    )  # fmt: skip
    train_percent: float = Field(
        70.0, gt=0.0, le=100.0, title="Train",
        description="Share of the rows, from the first on, that the weights are fitted to.",
    )  # fmt: skip
    validation_percent: float = Field(
        15.0, ge=0.0, lt=100.0, title="Validation",
        description="Share of the rows after that, to choose the best epoch by. What is left is the test part.",
    )  # fmt: skip
    validation_rows: WholeNumber | None = Field(
        None, ge=0, le=100_000_000, title="Validation rows",
        description="Last rows of each sequence before its test part, in place of the share.",
    )  # fmt: skip
    test_rows: WholeNumber | None = Field(
        None, ge=0, le=100_000_000, title="Test rows",
        description="Last rows of each sequence, in place of what the shares leave.",
    )  # fmt: skip
    scaling: Scaling = Field(
        Scaling.STANDARDIZE, title="Scaling",
        description="Standardize: subtract the mean and divide by the standard deviation of the training part; "
        "min-max: to 0 to 1; or divide by the mean absolute step. Predictions come back in the data's own units.",
    )  # fmt: skip
    fill_gaps: bool = Field(
        False,
        title="Fill gaps",
        description="Fill rows without a value by a straight line between their neighbours in the same part. They are "
        "never scored.",
    )

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        if self.train_percent + self.validation_percent > 100:
            raise ValueError(
                f"train_percent and validation_percent must not exceed 100 % together, got "
                f"{self.train_percent:g} % and {self.validation_percent:g} %"
            )
        return self

    @model_validator(mode="after")
    def _check_split(self) -> Self:
        for name, rows in (("test_rows", self.test_rows), ("validation_rows", self.validation_rows)):
            if rows is not None and self.split is Split.SEQUENCES:
                raise ValueError(f"{name} is for parts by time, got {rows:,} with parts by sequences")
        return self

    @model_validator(mode="after")
    def _check_roles(self) -> Self:
        roles = {"target": self.columns, "input": self.inputs, "known ahead": self.known}
        found: dict[str, str] = {}
        for role, columns in roles.items():
            for column in columns:
                if column in found:
                    again = "twice" if found[column] == role else f"also {role}"
                    raise ValueError(f"column {column!r} must have one role, got it as {found[column]} and {again}")
                found[column] = role
        return self

    @model_validator(mode="after")
    def _check_season(self) -> Self:
        seasonal = [name.value for name in self.transforms if name.is_seasonal]
        if seasonal and self.season is None:
            raise ValueError(f"{seasonal[0]} needs a season: the number of rows after which the pattern comes again")
        return self

    @property
    def output_steps(self) -> int:
        """Steps ahead that the network predicts at once: the horizon with the direct strategy, else 1."""
        return self.horizon if self.strategy is Strategy.DIRECT else 1
