"""What targets, inputs and columns known ahead go through before the network sees them, fitted to each sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from elman_core.config import Config, DataConfig, Scaling, TransformName
from elman_core.data.panel import Panel
from elman_core.data.splits import Parts
from elman_core.data.transforms.fitted import FittedPipeline
from elman_core.data.transforms.pipeline import Pipeline, parse_transforms
from elman_core.errors import ConfigError, DataError

__all__ = ["FittedColumns", "Scale", "fit_columns", "named_transforms", "pipeline_of", "pipelines_of", "untransformed"]

Array = NDArray[np.float64]


class Scale(Config):
    """Per column of a single sequence: scaled = (value - mean) / deviation."""

    mean: tuple[float, ...] = Field(min_length=1)
    deviation: tuple[float, ...] = Field(min_length=1)

    def apply(self, values: Array) -> Array:
        """From the data's own units to the network's."""
        scaled: Array = (values - np.asarray(self.mean)) / np.asarray(self.deviation)
        return scaled

    def undo(self, scaled: Array) -> Array:
        """From the network's units to the data's own."""
        values: Array = scaled * np.asarray(self.deviation) + np.asarray(self.mean)
        return values

    def fitted(self) -> FittedColumns:
        """Return the same as a pipeline for each column."""
        pipeline = pipeline_of((), None, Scaling.STANDARDIZE)
        return FittedColumns(
            tuple(
                pipeline.of_tensors({"0.offset": np.array([mean]), "0.spread": np.array([deviation])}, 1)
                for mean, deviation in zip(self.mean, self.deviation, strict=True)
            )
        )


@dataclass(frozen=True, eq=False)
class FittedColumns:
    """The fitted transforms of every column.

    Attributes
    ----------
    targets
        Of each target.
    covariates
        Of each input, then of each column known ahead.
    names : S
        The sequences they were fitted to; none where there is one.
    """

    targets: tuple[FittedPipeline, ...]
    covariates: tuple[FittedPipeline, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def sequences(self) -> int:
        """S, how many sequences they were fitted to."""
        return self.targets[0].sequences

    @property
    def lost_rows(self) -> int:
        """Rows at the head of each sequence that only serve as what others are differenced with."""
        return max(fitted.lost_rows for fitted in self.targets)

    @property
    def scale(self) -> Scale:
        """Mean and deviation of each target of the first sequence: those of its scaling, or 0 and 1."""
        last = [own.parameters[-1] if own.transforms else {} for own in self.targets]
        return Scale(
            mean=tuple(float(own["offset"][0]) if "offset" in own else 0.0 for own in last),
            deviation=tuple(float(own["spread"][0]) if "spread" in own else 1.0 for own in last),
        )

    def take(self, sequences: NDArray[np.int64], names: tuple[str, ...]) -> FittedColumns:
        """Return what some sequences were fitted, in the order given."""
        targets, covariates = (
            tuple(fitted.take(sequences) for fitted in group) for group in (self.targets, self.covariates)
        )
        return FittedColumns(targets, covariates, names)

    def joined(self, other: FittedColumns) -> FittedColumns:
        """Return what these sequences and then others were fitted, by the same pipelines."""
        targets, covariates = (
            tuple(first.joined(second) for first, second in zip(*groups, strict=True))
            for groups in ((self.targets, other.targets), (self.covariates, other.covariates))
        )
        return FittedColumns(targets, covariates, (*self.names, *other.names))


def pipeline_of(transforms: tuple[TransformName, ...], season: int | None, scaling: Scaling) -> Pipeline:
    """Return the transforms in order, the scaling last.

    Raises
    ------
    ConfigError
        When two of them do not go together, or not in this order.
    """
    steps: list[dict[str, Any]] = [
        {"kind": name.value, **({"season": season} if name.is_seasonal else {})} for name in transforms
    ]
    if scaling is not Scaling.NONE:
        steps.append({"kind": scaling.value})
    return Pipeline(**{"transforms": steps})


def pipelines_of(config: DataConfig) -> tuple[Pipeline, Pipeline]:
    """Return what each target goes through, and what each input and column known ahead does.

    Raises
    ------
    ConfigError
        When transforms do not go together, or not in this order.
    """
    scaling = Scaling.NONE if config.scaling is Scaling.NONE else Scaling.STANDARDIZE
    return pipeline_of(config.transforms, config.season, config.scaling), pipeline_of((), None, scaling)


def untransformed(config: DataConfig, sequences: int, names: tuple[str, ...]) -> FittedColumns:
    """Return columns that are taken as they are."""
    nothing = FittedPipeline((), (), sequences)
    return FittedColumns((nothing,) * len(config.columns), (nothing,) * len(config.inputs + config.known), names)


def named_transforms(names: str, season: int | None) -> tuple[tuple[TransformName, ...], Scaling]:
    """Read names such as "log,difference,min-max": transforms, and the scaling after them.

    Without a scaling values are standardised; "none" is neither transform nor scaling.

    Raises
    ------
    ConfigError
        When a name is unknown, a season is missing, or names do not go together or not in this order.
    """
    if "auto" in (name.strip() for name in names.split(",")):
        raise ConfigError("transform auto is not there yet; name the transforms, or none")
    kinds = [transform.kind for transform in parse_transforms(names, season).transforms]
    scalings = [kind for kind in kinds if kind in set(Scaling)]
    if scalings and kinds[-1] not in scalings:
        raise ConfigError(f"{scalings[0]} must come last, got it before {kinds[kinds.index(scalings[0]) + 1]}")
    usual = Scaling.STANDARDIZE if kinds else Scaling.NONE
    transforms = tuple(TransformName(kind) for kind in kinds if kind not in scalings)
    return transforms, Scaling(scalings[0]) if scalings else usual


def fit_columns(
    name: str, config: DataConfig, values: Array, covariates: Array, panel: Panel, parts: Parts
) -> FittedColumns:
    """Fit every column to the training part of each sequence; a sequence without one, to all its rows.

    Parameters
    ----------
    values : (R, C)
        Targets.
    covariates : (R, D + K)
        Inputs, then columns known ahead; they are standardised.

    Raises
    ------
    DataError
        When a column does not vary in a training part though it has to, is too large, or cannot be transformed.
    """
    train = parts.train_stops - parts.starts
    rows = np.where(train > 0, train, panel.lengths)
    pipeline, standardized = pipelines_of(config)
    targets = []
    for column, numbers in zip(config.columns, values.T, strict=True):
        if not pipeline.fits_any_values:
            _refuse_constant(name, column, numbers, rows, panel)
        targets.append(_fitted(name, column, pipeline, numbers, rows, panel))
    others = tuple(_fitted_or_plain(standardized, numbers, rows, panel) for numbers in covariates.T)
    return FittedColumns(tuple(targets), others, panel.names)


def _fitted(
    name: str, column: str, pipeline: Pipeline, numbers: Array, rows: NDArray[np.int64], panel: Panel
) -> FittedPipeline:
    try:
        return pipeline.fit(numbers, rows, panel)
    except DataError as error:
        raise DataError(f"{name}: column {column!r}: {error}") from None


def _fitted_or_plain(pipeline: Pipeline, numbers: Array, rows: NDArray[np.int64], panel: Panel) -> FittedPipeline:
    """Fit; where a column seen beside the targets does not vary in a sequence, only its mean is taken off there."""
    if not pipeline.transforms:
        return pipeline.fit(numbers, rows, panel)
    inside, head = panel.head(rows)
    known = numbers[inside]
    mean = head.sums(known) / head.counts(known)
    spread = np.sqrt(head.sums((known - mean[head.every.sequence]) ** 2) / head.counts(known))
    flat = ~(spread > 1e-12 * np.maximum(head.largest(known), 1e-300))
    return pipeline.of_tensors({"0.offset": mean, "0.spread": np.where(flat, 1.0, spread)}, len(panel))


def _refuse_constant(name: str, column: str, numbers: Array, rows: NDArray[np.int64], panel: Panel) -> None:
    inside, head = panel.head(rows)
    train = numbers[inside]
    size = head.largest(train)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = head.sums(train) / head.counts(train)
        spread = np.sqrt(head.sums((train - mean[head.every.sequence]) ** 2) / head.counts(train))
    if not np.isfinite(spread).all():
        raise DataError(
            f"{name}: column {column!r} has numbers as large as {size.max():.3g}, whose squares are beyond what can be "
            "computed with; give it in larger units"
        )
    flat = spread <= 1e-12 * np.maximum(size, 1e-300)
    if flat.any():
        which = head.name_of(int(np.argmax(flat)))
        raise DataError(
            f"{name}: column {column!r} does not vary in the training part{which}; there is nothing to learn"
        )
