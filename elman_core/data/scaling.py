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
from elman_core.data.transforms.pipeline import Pipeline
from elman_core.errors import DataError

__all__ = ["FittedColumns", "Scale", "fit_columns", "pipeline_of"]

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

    def take(self, sequences: NDArray[np.int64], names: tuple[str, ...]) -> FittedColumns:
        """Return what some sequences were fitted, in the order given."""
        targets, covariates = (
            tuple(fitted.take(sequences) for fitted in group) for group in (self.targets, self.covariates)
        )
        return FittedColumns(targets, covariates, names)


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
        When a column does not vary in a training part, is too large, or cannot be transformed.
    """
    train = parts.train_stops - parts.starts
    rows = np.where(train > 0, train, panel.lengths)
    pipeline = pipeline_of(config.transforms, config.season, config.scaling)
    standardized = pipeline_of((), None, Scaling.NONE if config.scaling is Scaling.NONE else Scaling.STANDARDIZE)
    targets = []
    for column, numbers in zip(config.columns, values.T, strict=True):
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
