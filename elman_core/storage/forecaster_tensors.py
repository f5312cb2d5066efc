"""What a model file holds of a forecaster: one part as any network, the others beside it under a prefix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman_core.data.ends import Ends
from elman_core.errors import ModelFileError
from elman_core.storage.metadata import ForecasterMetadata, Metadata, PartMetadata, PartSettings

if TYPE_CHECKING:
    from elman_core.experiment import Run
    from elman_core.forecasting.forecaster import Forecaster

__all__ = ["check_ends", "names_of", "prefixed", "told_of_forecaster"]

_NAMES = "sequences.names"

Tensors = dict[str, NDArray[Any]]


def told_of_forecaster(
    forecaster: Forecaster, told_of: Callable[[Run], tuple[Metadata, Tensors]]
) -> tuple[Metadata, Tensors]:
    """Return what the file says of a forecaster, and its tensors, from what it would say of each run alone."""
    shown = forecaster.shown
    each = [told_of(part.run) for part in forecaster.parts]
    own = each[shown][0]
    parts = tuple(
        PartMetadata(
            kind=part.kind,
            one_step=part.one_step,
            several=part.several,
            settings=None
            if place == shown
            else PartSettings(data=told.data, network=told.network, training=told.training),
        )
        for place, (part, (told, _)) in enumerate(zip(forecaster.parts, each, strict=True))
    )
    dataset = forecaster.dataset
    whole = ForecasterMetadata(data=dataset.config.replace(columns=dataset.columns), parts=parts)
    return own.replace(forecaster=whole), prefixed([tensors for _, tensors in each], shown)


def prefixed(each: Sequence[Mapping[str, NDArray[Any]]], shown: int) -> Tensors:
    """Return the tensors of all parts; those that are not shown have a prefix, and no names of sequences."""
    return {
        name if place == shown else f"part.{place}.{name}": array
        for place, tensors in enumerate(each)
        for name, array in tensors.items()
        if place == shown or name != _NAMES
    }


def names_of(tensors: Mapping[str, NDArray[Any]]) -> Tensors:
    """Return the names of the sequences, which are those of all parts."""
    return {_NAMES: tensors[_NAMES]} if _NAMES in tensors else {}


def check_ends(each: Sequence[Ends | None]) -> None:
    """Hold the last rows of all parts against each other.

    Raises
    ------
    ModelFileError
        When they are not the same rows of the same sequences.
    """
    first = each[0]
    for place, other in enumerate(each):
        if first is None or other is None:
            if first is not other:
                raise ModelFileError("all parts must have last rows, or none")
            continue
        same = first.rows.shape[:2] == other.rows.shape[:2] and all(
            np.array_equal(one, own)
            for one, own in (
                (first.times, other.times),
                (first.phases, other.phases),
                (np.isnan(first.rows).any(axis=2), np.isnan(other.rows).any(axis=2)),
            )
        )
        if not same:
            raise ModelFileError(f"part {place}: its last rows are not those of part 0")
