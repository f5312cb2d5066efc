"""What a model file holds of its data: the sequences' names, what was fitted to them, and their last rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.data.ends import Ends
from elman_core.data.panel import MAXIMUM_SEQUENCE_NAME
from elman_core.data.scaling import FittedColumns, pipelines_of
from elman_core.data.transforms.fitted import FittedPipeline
from elman_core.data.transforms.pipeline import Pipeline
from elman_core.errors import DataError, ModelFileError
from elman_core.storage.metadata import Metadata
from elman_core.support.text_format import one_short_line, shortened

__all__ = ["ends_from", "fitted_from", "tensors_of_ends", "tensors_of_fitted"]

_BETWEEN = "\0"


def tensors_of_fitted(fitted: FittedColumns) -> dict[str, NDArray[Any]]:
    """Return the parameters of every transform, (S, ...) each, and the names of the sequences, in UTF-8."""
    tensors: dict[str, NDArray[Any]] = {
        f"transforms.{what}.{place}.{name}": array
        for what, group in (("targets", fitted.targets), ("covariates", fitted.covariates))
        for place, pipeline in enumerate(group)
        for name, array in pipeline.tensors().items()
    }
    if fitted.names:
        text = _BETWEEN.join(name.replace(_BETWEEN, " ") for name in fitted.names)
        tensors["sequences.names"] = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    return tensors


def fitted_from(arrays: Mapping[str, NDArray[Any]], metadata: Metadata) -> FittedColumns:
    """Put together what `tensors_of_fitted` took apart.

    Raises
    ------
    ModelFileError
        When a parameter is not what fitting could have found, or names and sequences are not as many.
    """
    data, sequences = metadata.data, metadata.sequences
    of_targets, of_covariates = (Pipeline(), Pipeline()) if metadata.symbols is not None else pipelines_of(data)
    groups = (
        ("targets", of_targets, len(data.columns)),
        ("covariates", of_covariates, len(data.inputs) + len(data.known)),
    )
    try:
        targets, covariates = (
            tuple(_pipeline(arrays, pipeline, f"transforms.{what}.{place}.", sequences) for place in range(columns))
            for what, pipeline, columns in groups
        )
    except DataError as error:
        raise ModelFileError(one_short_line(str(error))) from None
    return FittedColumns(targets, covariates, _names(arrays, sequences))


def _pipeline(arrays: Mapping[str, NDArray[Any]], pipeline: Pipeline, prefix: str, sequences: int) -> FittedPipeline:
    own = {
        f"{place}.{name}": arrays[f"{prefix}{place}.{name}"]
        for place, transform in enumerate(pipeline.transforms)
        for name in transform.parameter_shapes
    }
    return pipeline.of_tensors(own, sequences)


def _names(arrays: Mapping[str, NDArray[Any]], sequences: int) -> tuple[str, ...]:
    if "sequences.names" not in arrays:
        return ()
    try:
        names = tuple(arrays["sequences.names"].tobytes().decode("utf-8").split(_BETWEEN))
    except UnicodeDecodeError:
        raise ModelFileError("sequences.names is not text in UTF-8") from None
    if len(names) != sequences:
        raise ModelFileError(f"sequences.names must name each of {sequences:,} sequences, got {len(names):,} names")
    if len(set(names)) < len(names):
        raise ModelFileError("sequences.names must name each sequence once")
    longest = max(names, key=len)
    if len(longest) > MAXIMUM_SEQUENCE_NAME:
        raise ModelFileError(f"sequences.names has a name that is too long, {shortened(longest)}")
    return names


def tensors_of_ends(ends: Ends) -> dict[str, NDArray[Any]]:
    """Return the last rows, and the state before the last one."""
    return {
        "end.context": ends.context,
        "end.rows": ends.rows,
        "end.times": ends.times,
        "end.phases": ends.phases,
    }


def ends_from(arrays: Mapping[str, NDArray[Any]], metadata: Metadata) -> Ends | None:
    """Return the last rows of a file that has them.

    Raises
    ------
    ModelFileError
        When nothing is known of their time axis.
    """
    if "end.rows" not in arrays:
        return None
    if metadata.axis is None:
        raise ModelFileError("end.rows have no time axis")
    rows, times, phases = (arrays[f"end.{name}"] for name in ("rows", "times", "phases"))
    axis = metadata.axis
    return Ends(arrays["end.context"], rows, times, phases, axis.label, axis.kind, axis.calendar)
