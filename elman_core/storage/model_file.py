"""Saving and loading a trained experiment as one .safetensors file.

Loading trusts nothing in the file, and saving never leaves half a file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from elman_core.config import AutomaticConfig, DataConfig, NetworkConfig, TrainingConfig
from elman_core.config.part_kind import PartKind
from elman_core.data.ends import Ends
from elman_core.data.scaling import FittedColumns, Scale, untransformed
from elman_core.data.table import Source
from elman_core.data.text.vocabulary import Symbols
from elman_core.errors import ConfigError, DataError, ElmanError, ModelFileError
from elman_core.experiment import Run, Weights
from elman_core.forecasting.inner_validation import InnerValidation
from elman_core.storage.checks import check_values
from elman_core.storage.data_tensors import ends_from, fitted_from, tensors_of_ends, tensors_of_fitted
from elman_core.storage.forecaster_tensors import (
    check_ends,
    names_of,
    prefixed,
    told_of_forecaster,
    validation_from,
)
from elman_core.storage.header import MAXIMUM_HEADER_BYTES, Header, read_header
from elman_core.storage.layout import RATES, check_layout, divided, of_part
from elman_core.storage.metadata import (
    FORMAT_VERSION,
    METADATA_KEY,
    AxisMetadata,
    Metadata,
    checked_metadata,
    metadata_now,
    raw_metadata,
)
from elman_core.storage.migrations import migrated, with_what_follows
from elman_core.storage.run_tensors import history_from, tensors_of_history, tensors_of_weights, weights_from
from elman_core.storage.symbols import symbols_from, symbols_metadata, tensors_of
from elman_core.storage.tensor_bytes import tensor_bytes
from elman_core.support.boundaries import refused_if_unexpected
from elman_core.support.files import regular_file, replace_file
from elman_core.support.text_format import one_short_line
from elman_core.training.history import History

if TYPE_CHECKING:
    from elman_core.forecasting.forecaster import Forecaster

__all__ = [
    "FORMAT_VERSION",
    "MAXIMUM_FILE_BYTES",
    "SavedForecaster",
    "SavedModel",
    "SavedPart",
    "load_model",
    "save_model",
]

MAXIMUM_FILE_BYTES = 2**30


@dataclass(frozen=True)
class SavedPart:
    """A part of a forecaster: what it is, how much it counts for one step and for several, and its networks.

    Attributes
    ----------
    errors : (H, n, C)
        As in `ForecastPart`.
    """

    kind: PartKind
    one_step: float
    several: float
    model: SavedModel
    errors: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class SavedForecaster:
    """The parts of a forecaster.

    Attributes
    ----------
    data, fitted
        What is taken of the table, without transforms.
    shown
        The place of the part that the file shows as its own network.
    automatic, validation, notes
        As in `Forecaster`.
    sequences : (n,)
        Which sequence each origin of the validation belongs to.
    """

    data: DataConfig
    fitted: FittedColumns
    parts: tuple[SavedPart, ...]
    shown: int
    automatic: AutomaticConfig | None = None
    validation: InnerValidation | None = None
    notes: tuple[str, ...] = ()
    sequences: NDArray[np.int64] | None = None

    @property
    def keeps_last_rows(self) -> bool:
        """Whether all parts can go on without the data."""
        return all(
            part.model.ends is not None and len(part.model.ends.context) == len(part.model.weights.w1)
            for part in self.parts
        )


@dataclass(frozen=True)
class SavedModel:
    """What a model file holds: everything of an experiment but the rows of its data.

    Attributes
    ----------
    data
        With the columns that the network was trained on, also where none had been chosen.
    fitted
        The transforms fitted to the training part then; predictions need the same ones.
    weights
        In memory of their own, wherever they were trained, with all that a run needs to go on.
    versions
        Of the program, Python and libraries that wrote the file, by name.
    saved_at
        Date and time in ISO 8601.
    format_version
        Of the file as it was found.
    symbols
        The vocabulary, where the network learned symbols; with the stream itself only where it was pasted.
    ends
        The last rows of a table, to predict beyond them without it.
    forecaster
        Where this network is one part of a forecaster, all of them. The others have none.
    axis
        What is known of the time axis; None of files that did not keep it.
    """

    name: str
    source: Source
    data: DataConfig
    fitted: FittedColumns
    network: NetworkConfig
    training: TrainingConfig
    weights: Weights
    history: History
    versions: dict[str, str]
    saved_at: str
    format_version: int
    symbols: Symbols | None = None
    ends: Ends | None = None
    forecaster: SavedForecaster | None = None
    axis: AxisMetadata | None = None

    @property
    def parts(self) -> tuple[SavedPart, ...]:
        """The parts of the forecaster; this network alone where it stands alone."""
        return (SavedPart(PartKind.ELMAN, 1.0, 1.0, self),) if self.forecaster is None else self.forecaster.parts

    @property
    def scale(self) -> Scale:
        """Mean and deviation of each target of the first sequence: those of its scaling, or 0 and 1."""
        return self.fitted.scale


def save_model(path: Path, experiment: Run | Forecaster) -> None:
    """Write a trained experiment, or a forecaster of several parts, to one file, all of it or nothing.

    What stood there before stays whole until the new file is on the disk, and keeps its permissions;
    a link stays a link.

    Raises
    ------
    ModelFileError
        When the experiment is untrained, has values that are not finite, or does not fit together,
        and when the file cannot be written.
    """
    try:
        parts = _serialized(experiment)
    except (ModelFileError, ConfigError, DataError) as error:
        raise ModelFileError(f"{path} cannot be saved: {one_short_line(str(error))}") from None
    size = sum(map(len, parts))
    if size > MAXIMUM_FILE_BYTES:
        raise ModelFileError(f"{path} cannot be saved: {size:,} bytes are more than a model file may have")
    replace_file(path, *parts)


def load_model(path: Path) -> SavedModel:
    """Read a model file, checking everything in it: the header first, and the rest only where that is sound.

    The file is read as bytes: one cut short under a memory mapping would kill the process.

    Raises
    ------
    ModelFileError
        When the file cannot be read, or is anything but a sound model file.
    """
    with refused_if_unexpected(ModelFileError, str(path)), regular_file(path, MAXIMUM_FILE_BYTES) as (file, size):
        try:
            return _parsed(file, size)
        except ElmanError as error:
            raise ModelFileError(f"{path}: {error}") from error.__cause__


# -- from an experiment to bytes --------------------------------------------------------------------


def _serialized(saved: Run | Forecaster) -> list[bytes | memoryview]:
    metadata, tensors = _told_of(saved) if isinstance(saved, Run) else told_of_forecaster(saved, _told_of)
    _model(metadata, tensors, FORMAT_VERSION)  # only what fits together can be run
    tensors |= _ends(saved)
    text = json.dumps(metadata.model_dump(mode="json"))
    _model(_told(text), tensors, FORMAT_VERSION)  # what could not be opened again is not written
    length, header, *numbers = tensor_bytes(tensors, {METADATA_KEY: text})
    if len(header) > MAXIMUM_HEADER_BYTES:
        raise ModelFileError(f"its header needs {len(header):,} bytes, at most {MAXIMUM_HEADER_BYTES:,} are allowed")
    return [length, header, *numbers]


def _told_of(experiment: Run) -> tuple[Metadata, dict[str, NDArray[Any]]]:
    """Return what the file says of one run, and its tensors but for the last rows."""
    weights, history, dataset = experiment.weights, experiment.history, experiment.dataset
    if weights is None:
        raise ModelFileError("the network has not been trained yet")
    training = experiment.training
    metadata = metadata_now(
        # A name taken from a file's may have bytes that are no letters.
        name=experiment.name.encode("utf-8", "replace").decode("utf-8"),
        source=dataset.source,
        data=dataset.config.replace(columns=dataset.columns),
        network=experiment.network,
        training=training.replace(**dict.fromkeys(RATES, ())),
        sequences=len(dataset.panel),
        axis=AxisMetadata(label=dataset.axis.label[:300], kind=dataset.axis.kind, calendar=dataset.axis.calendar),
        symbols=None if dataset.symbols is None else symbols_metadata(dataset.symbols),
        forecaster=None,
    )
    tensors = tensors_of_weights(weights, experiment.network.initial_context)
    tensors |= tensors_of_history(history, len(weights.w1))
    tensors |= {f"training.{name}": np.array(rates) for name in RATES if (rates := getattr(training, name))}
    tensors |= tensors_of_fitted(dataset.fitted)
    if dataset.symbols is not None:
        tensors |= tensors_of(dataset.symbols, pasted=dataset.source.kind == "pasted")
    return metadata, tensors


def _ends(saved: Run | Forecaster) -> dict[str, NDArray[Any]]:
    """Return the last rows of a table, from which to go on without it."""
    dataset = saved.dataset
    if dataset.symbols is not None or dataset.source.kind != "csv":
        return {}
    from elman_core.forecasting.beyond import ends_of, ends_of_parts  # imports torch

    if isinstance(saved, Run):
        ends = ends_of(saved)
        return {} if ends is None else tensors_of_ends(ends)
    each = ends_of_parts([part.run for part in saved.parts])
    return {} if each is None else prefixed([tensors_of_ends(ends) for ends in each], saved.shown)


def _told(text: str) -> Metadata:
    """Read metadata as they are read out of a file."""
    raw, _ = raw_metadata(Header({}, {METADATA_KEY: text}))
    return checked_metadata(raw)


# -- from bytes to a model --------------------------------------------------------------------------


def _parsed(file: BinaryIO, size: int) -> SavedModel:
    header = read_header(file, size)
    raw, version = raw_metadata(header)
    _judge(header, raw, version)
    file.seek(0)
    try:
        arrays: dict[str, NDArray[Any]] = safetensors.numpy.load(file.read(size))
    except SafetensorError:
        raise ModelFileError("this is not a sound safetensors file") from None
    raw, arrays = migrated(raw, arrays, version)
    return _model(checked_metadata(raw), with_what_follows(raw, arrays, version), version)


def _judge(header: Header, raw: dict[str, Any], version: int) -> None:
    """Hold the tensors that a header tells of against its settings, before any of them is read."""
    metadata = checked_metadata(migrated(raw, {}, version)[0])
    check_layout(migrated(raw, header.without_values(), version)[1], metadata)


def _model(metadata: Metadata, arrays: Mapping[str, NDArray[Any]], version: int) -> SavedModel:
    check_layout(arrays, metadata)
    own, others = divided(arrays, metadata)
    found = _network(metadata, own, version)
    told = metadata.forecaster
    if told is None:
        return found
    parts = []
    for place, part in enumerate(told.parts):
        model, tensors = found, own
        if place != told.shown:
            tensors = others[place] | names_of(own)
            with of_part(place):
                model = _network(metadata.others[place], tensors, version)
        parts.append(SavedPart(part.kind, part.one_step, part.several, model, tensors.get("validation.errors")))
    check_ends([part.model.ends for part in parts])
    validation = validation_from(own, told, [part.errors for part in parts])
    fitted = untransformed(told.data, found.fitted.sequences, found.fitted.names)
    forecaster = SavedForecaster(
        told.data,
        fitted,
        tuple(parts),
        told.shown,
        told.automatic,
        validation,
        told.notes,
        own.get("validation.sequences"),
    )
    return replace(found, forecaster=forecaster)


def _network(metadata: Metadata, arrays: Mapping[str, NDArray[Any]], version: int) -> SavedModel:
    check_values(arrays, metadata)
    return SavedModel(
        name=metadata.name,
        source=metadata.source,
        data=metadata.data,
        fitted=fitted_from(arrays, metadata),
        network=metadata.network,
        training=_training(metadata.training, arrays),
        weights=weights_from(arrays),
        history=history_from(arrays),
        versions=metadata.versions,
        saved_at=metadata.saved_at,
        format_version=version,
        symbols=None if metadata.symbols is None else symbols_from(metadata.symbols, metadata.data.columns, arrays),
        ends=ends_from(arrays, metadata),
        axis=metadata.axis,
    )


def _training(training: TrainingConfig, arrays: Mapping[str, NDArray[Any]]) -> TrainingConfig:
    """Add what differs from network to network."""
    rates = {name: arrays[f"training.{name}"].tolist() for name in RATES if f"training.{name}" in arrays}
    if any(getattr(training, name) for name in rates):
        raise ModelFileError("the metadata's 'training' has settings of each network that are tensors too")
    try:
        return training.replace(**rates)
    except ConfigError as error:
        raise ModelFileError(one_short_line(str(error))) from None
