"""What the automatic recipes may choose, and what they are told."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from elman_core.config.base import Config, WholeNumber
from elman_core.config.data import TransformName

__all__ = ["AUTO", "NO_SEASON", "AutomaticConfig", "CalendarInput"]

AUTO: Literal["auto"] = "auto"
NO_SEASON: Literal["none"] = "none"
_Season = Annotated[WholeNumber, Field(ge=2, le=100_000)]
_Lags = Annotated[WholeNumber, Field(ge=1, le=1_000)]
_Epochs = Annotated[WholeNumber, Field(ge=1, le=100_000)]
_Ridge = Annotated[float, Field(ge=0.0, le=1e9)]


class CalendarInput(StrEnum):
    """What of the calendar may be given to the network of the row that is predicted."""

    MONTH = "month"
    WEEKDAY = "weekday"
    HOUR = "hour"


class AutomaticConfig(Config):
    """Each choice is made by inner validation where it is "auto"; otherwise it is as given."""

    transforms: Literal["auto"] | tuple[TransformName, ...] = Field(
        AUTO, title="Transforms",
        description="What is done to each target before it is scaled. Auto: what validation prefers.",
    )  # fmt: skip
    season: Literal["auto", "none"] | _Season = Field(
        AUTO, title="Season",
        description="Rows after which a pattern comes again. Auto: as the calendar or the series itself say.",
    )  # fmt: skip
    lags: Literal["auto"] | _Lags = Field(
        AUTO, title="Lags", description="Rows that a part sees at each step. Auto: as many as validation prefers."
    )
    ridge: Literal["auto"] | _Ridge = Field(
        AUTO, title="Ridge", description="Penalty on the weights of least squares. Auto: what validation prefers."
    )
    calendar: tuple[CalendarInput, ...] = Field(
        (), title="Calendar",
        description="What of the calendar goes in as well, of the row that is predicted: month, weekday, hour.",
    )  # fmt: skip
    horizon: int = Field(
        12, ge=1, le=1_000, title="Horizon",
        description="Steps ahead by which parts are judged and weighted, beside one step.",
    )  # fmt: skip
    residual: bool = Field(
        True, title="Networks on what is left",
        description="Add Elman networks that begin at least squares and learn what these leave.",
    )  # fmt: skip
    pure: bool = Field(True, title="Pure networks", description="Add Elman networks without direct connections.")
    networks: int = Field(
        5, ge=1, le=100, title="Networks", description="How many networks each Elman part is the mean of."
    )
    inner_networks: int = Field(
        3, ge=1, le=100, title="Networks that choose",
        description="How many networks, by their mean validation loss, say when to stop and what a part is worth.",
    )  # fmt: skip
    hidden: int = Field(8, ge=1, le=512, title="Hidden units", description="Of networks on what is left.")
    pure_hidden: int = Field(16, ge=1, le=512, title="Hidden units (pure)", description="Of pure networks.")
    shared_hidden: int = Field(
        32, ge=1, le=512, title="Hidden units (many series)", description="Of networks that learn from many series."
    )
    shared_epochs: Literal["auto"] | _Epochs = Field(
        AUTO, title="Epochs (many series)",
        description="For how long networks learn from many series. Auto: the more series, the less often.",
    )  # fmt: skip
    epochs: int = Field(
        300, ge=1, le=100_000, title="Epochs at most", description="For how long each Elman part is trained at most."
    )
    patience: int = Field(
        40, ge=1, le=100_000, title="Patience",
        description="Epochs without a better mean validation loss after which training stops.",
    )  # fmt: skip
    seed: int = Field(
        1, ge=0, le=2**63 - 1, title="Seed", description="Draws all initial weights. The same seed gives the same fit."
    )

    @model_validator(mode="after")
    def _check_season(self) -> Self:
        names = () if self.transforms == AUTO else self.transforms
        seasonal = [name.value for name in names if name.is_seasonal]
        if seasonal and self.season == NO_SEASON:
            raise ValueError(f"{seasonal[0]} needs a season: the number of rows after which the pattern comes again")
        return self
