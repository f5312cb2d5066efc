"""What a model file holds of a forecaster: one part as any network, the others beside it under a prefix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from elman_core.data.ends import Ends
from elman_core.errors import ModelFileError
from elman_core.forecasting.inner_validation import InnerValidation, JudgedCandidate
from elman_core.storage.metadata import (
    MAXIMUM_CANDIDATES,
    CandidateMetadata,
    ForecasterMetadata,
    Metadata,
    PartMetadata,
    PartSettings,
    ValidationMetadata,
)

if TYPE_CHECKING:
    from elman_core.experiment import Run
    from elman_core.forecasting.forecaster import Forecaster

__all__ = ["check_ends", "names_of", "prefixed", "told_of_forecaster", "validation_from"]

_NAMES = "sequences.names"
_MOST_NOTES, _LONGEST_NOTE = 100, 2_000

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
    dataset, validation = forecaster.dataset, forecaster.validation
    whole = ForecasterMetadata(
        data=dataset.config.replace(columns=dataset.columns),
        parts=parts,
        automatic=forecaster.automatic,
        validation=None if validation is None else _told_of_validation(validation),
        notes=tuple(_line(note) for note in forecaster.notes[:_MOST_NOTES]),
    )
    tensors = [dict(own) for _, own in each]
    for own_tensors, part in zip(tensors, forecaster.parts, strict=True):
        if validation is not None and part.errors is not None:
            own_tensors["validation.errors"] = np.where(np.isfinite(part.errors), part.errors, np.nan)
    if validation is not None:
        tensors[shown]["validation.origins"] = validation.origins.astype(np.int64)
        tensors[shown]["validation.sequences"] = dataset.panel.sequence_of(validation.origins).astype(np.int64)
    return own.replace(forecaster=whole), prefixed(tensors, shown)


def _line(note: str) -> str:
    return note.encode("utf-8", "replace").decode("utf-8")[:_LONGEST_NOTE]


def _told_of_validation(validation: InnerValidation) -> ValidationMetadata:
    tried = [own for own in validation.candidates if np.isfinite([own.one_step, own.several]).all()]
    candidates = tuple(CandidateMetadata(**vars(own)) for own in tried[:MAXIMUM_CANDIDATES])
    return ValidationMetadata(steps=validation.steps, candidates=candidates)


def validation_from(
    tensors: Mapping[str, NDArray[Any]], told: ForecasterMetadata, errors: Sequence[NDArray[Any] | None]
) -> InnerValidation | None:
    """Return what the choice of the parts rests on; None where nothing is told.

    Raises
    ------
    ModelFileError
        When the errors are not of the origins and steps that are told.
    """
    origins, known = tensors.get("validation.origins"), told.validation
    if (origins is None) != (known is None):
        raise ModelFileError("validation.origins must be there with a validation, and without one not")
    shape = (0, 0) if origins is None or known is None else (known.steps, len(origins))
    for place, own in enumerate(errors):
        if own is not None and own.shape[:2] != shape:
            raise ModelFileError(
                f"part {place}: validation.errors must be of {shape} steps and origins, got {own.shape}"
            )
    if origins is None or known is None:
        return None
    return InnerValidation(origins, known.steps, tuple(JudgedCandidate(**dict(own)) for own in known.candidates))


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
