"""Several transforms in order: which go together, and how they are named and fitted."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Self

from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from elman_core.config import Config
from elman_core.data.panel import Array, Panel
from elman_core.data.transforms.base import Transform
from elman_core.data.transforms.chain import lost_rows, sentence
from elman_core.data.transforms.difference import Difference, SeasonalDifference
from elman_core.data.transforms.fitted import FittedPipeline
from elman_core.data.transforms.logarithm import Log, Log1p, LogWherePositive
from elman_core.data.transforms.scale import MeanAbsoluteStep, MinMax, Standardize
from elman_core.data.transforms.seasonal import SeasonalAdditive, SeasonalIfFound, SeasonalMultiplicative
from elman_core.errors import ConfigError

__all__ = ["TRANSFORMS", "Pipeline", "parse_transforms"]

AnyTransform = Annotated[
    Log | Log1p | LogWherePositive | Difference | SeasonalDifference | SeasonalAdditive | SeasonalMultiplicative
    | SeasonalIfFound | Standardize | MinMax | MeanAbsoluteStep,
    Field(discriminator="kind"),
]  # fmt: skip

TRANSFORMS: Mapping[str, type[Transform]] = {
    kind.model_fields["kind"].default: kind
    for kind in (
        Log, Log1p, LogWherePositive, Difference, SeasonalDifference, SeasonalAdditive, SeasonalMultiplicative,
        SeasonalIfFound, Standardize, MinMax, MeanAbsoluteStep,
    )
}  # fmt: skip
"""All transforms by name."""

_OTHER_SPELLINGS = {"standardise": "standardize"}
_LOGARITHMS = ("log", "log1p", "log-where-positive")
_FIRST = (*_LOGARITHMS, "seasonal-multiplicative")
_ONE_OF = (
    _LOGARITHMS,
    ("seasonal-additive", "seasonal-multiplicative", "seasonal-if-found"),
    ("standardize", "min-max", "mean-absolute-step"),
)


class Pipeline(Config):
    """Transforms of one column, applied in the order given.

    Raises
    ------
    ConfigError
        When two of them do not go together, or not in this order.
    """

    transforms: tuple[AnyTransform, ...] = Field(
        (), title="Transforms",
        description="What is done to a column before the network sees it, in order; undone on the way out.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        kinds = [transform.kind for transform in self.transforms]
        for place, kind in enumerate(kinds):
            if kind in kinds[:place]:
                raise ValueError(f"{kind} must be given once, got it twice")
        logarithms = [kind for kind in kinds if kind in _LOGARITHMS]
        if "seasonal-multiplicative" in kinds and logarithms:
            raise ValueError(
                f"{logarithms[0]} turns factors into sums: give seasonal-additive, not seasonal-multiplicative"
            )
        for group in _ONE_OF:
            both = [kind for kind in kinds if kind in group]
            if len(both) > 1:
                raise ValueError(f"{both[0]} and {both[1]} do not go together: choose one")
        for kind in kinds[1:]:
            if kind in _FIRST:
                raise ValueError(f"{kind} must come first, got it after {kinds[kinds.index(kind) - 1]}")
        return self

    @property
    def lost_rows(self) -> int:
        """Rows at the head of a sequence that become NaN; as many are needed before a row that is undone."""
        return lost_rows(self.transforms)

    @property
    def fits_any_values(self) -> bool:
        """Whether there are transforms, and all can be fitted to any finite values, be they few or all the same."""
        return bool(self.transforms) and all(transform.fits_any_values for transform in self.transforms)

    def sentence(self) -> str:
        """Say what is done, such as "log, difference, seasonal indices of 12"."""
        return sentence(self.transforms)

    def fit(self, values: ArrayLike, fit_rows: ArrayLike | None = None, panel: Panel | None = None) -> FittedPipeline:
        """Fit each transform to the first rows of each sequence, as those before it leave them.

        Parameters
        ----------
        values : (N,)
            Of one column, NaN in gaps.
        fit_rows : (S,) or one number
            The rows of each training part; all without it.
        panel
            Where sequences begin; without it there is one.

        Raises
        ------
        DataError
            When a training part is too short, does not vary or has values that cannot be transformed.
        """
        return FittedPipeline.fit(self.transforms, values, fit_rows, panel)

    def of_tensors(self, tensors: Mapping[str, Array], sequences: int) -> FittedPipeline:
        """Put together what `FittedPipeline.tensors` took apart.

        Raises
        ------
        DataError
            When a parameter is missing, of another shape or not a number that fitting could have found.
        """
        return FittedPipeline.of_tensors(self.transforms, tensors, sequences)


def parse_transforms(names: str, season: int | None = None) -> Pipeline:
    """Read names such as "log,difference,seasonal-difference"; "none" is no transform.

    Raises
    ------
    ConfigError
        When a name is unknown, a season is missing, or transforms do not go together.
    """
    kinds = [name.strip().lower() for name in names.split(",")]
    if kinds in ([""], ["none"]):
        return Pipeline()
    transforms = []
    for name in kinds:
        kind = TRANSFORMS.get(_OTHER_SPELLINGS.get(name, name))
        if kind is None:
            raise ConfigError(_unknown(name))
        settings: dict[str, Any] = {}
        if "season" in kind.model_fields:
            if season is None:
                raise ConfigError(f"{name} needs a season: the number of rows after which the pattern comes again")
            settings["season"] = season
        transforms.append(kind(**settings))
    return Pipeline(**{"transforms": transforms})


def _unknown(name: str) -> str:
    if not name:
        return "a transform is missing beside a comma"
    if name == "none":
        return "none must stand alone, got it with other transforms"
    near = get_close_matches(name, TRANSFORMS, n=1)
    known = f"did you mean {near[0]}?" if near else f"there are {', '.join(TRANSFORMS)}"
    return f"there is no transform {name!r}; {known}"
