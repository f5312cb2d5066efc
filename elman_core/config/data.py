"""What is taken from a table, and how it is divided."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from elman_core.config.base import Config

__all__ = ["DataConfig", "Scaling"]


class Scaling(StrEnum):
    """What is done to the series before the network sees it; undone on the way out."""

    STANDARDIZE = "standardize"
    NONE = "none"


class DataConfig(Config):
    """What is taken from a table, and how it is split in time."""

    columns: tuple[str, ...] = Field(
        (), title="Columns", description="Columns that are learned and predicted together. None chosen: the first."
    )
    train_percent: float = Field(
        70.0, gt=0.0, le=100.0, title="Train",
        description="Share of the rows, from the first on, that the weights are fitted to.",
    )  # fmt: skip
    validation_percent: float = Field(
        15.0, ge=0.0, lt=100.0, title="Validation",
        description="Share of the rows after that, to choose the best epoch by. What is left is the test part.",
    )  # fmt: skip
    scaling: Scaling = Field(
        Scaling.STANDARDIZE, title="Scaling",
        description="Standardize: subtract the mean and divide by the deviation of the training part. Predictions "
        "come back in the data's own units.",
    )  # fmt: skip
    fill_gaps: bool = Field(
        False, title="Fill gaps", description="Fill rows without a value by a straight line between their neighbours."
    )

    @model_validator(mode="after")
    def _check_shares(self) -> Self:
        if self.train_percent + self.validation_percent > 100:
            raise ValueError(
                f"train_percent and validation_percent must not exceed 100 % together, got "
                f"{self.train_percent:g} % and {self.validation_percent:g} %"
            )
        return self
