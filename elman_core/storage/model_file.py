"""Saving and loading a trained experiment as one .safetensors file.

Loading trusts nothing in the file, and saving never leaves half a file.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import itertools
import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, get_args

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from pydantic import Field, field_validator
from safetensors import SafetensorError

import elman_core
from elman_core.config import Config, DataConfig, NetworkConfig, TrainingConfig, check_together
from elman_core.data.dataset import Scale
from elman_core.data.table import Source
from elman_core.data.text.vocabulary import Symbols
from elman_core.errors import ConfigError, ModelFileError
from elman_core.experiment import Experiment, Weights
from elman_core.storage.header import Header, TensorEntry, one_short_line, parse_object, read_header, shortened
from elman_core.storage.symbols import SymbolsMetadata, symbols_from, symbols_metadata, tensors_of
from elman_core.support.files import read_regular_file, replace_file
from elman_core.training.checkpoints import MAXIMUM_CHECKPOINTS, Checkpoint, CheckpointPath
from elman_core.training.history import Branch, History

__all__ = ["FORMAT_VERSION", "MAXIMUM_FILE_BYTES", "SavedModel", "load_model", "save_model"]

FORMAT_VERSION = 2
"""Version 1 knew no symbols."""
MAXIMUM_FILE_BYTES = 2**30

_METADATA_KEY = "elman"
_OPTIMIZER = "optimizer."
_PATH = ("path.epochs", "path.w1", "path.w2")
_STREAM = ("symbols.codes", "symbols.position")
_OPTIMIZER_STATE = re.compile(r"(w1|w2)\.[a-z_]{1,40}")
_BRANCH = re.compile(r"branch\.(?P<number>[1-9][0-9]{0,3})\.(?P<what>epoch|train|validation)")
_DTYPES = {"float32": "F32", "float64": "F64"}
_LIBRARIES = ("torch", "numpy", "numba", "safetensors", "pydantic")


@dataclass(frozen=True)
class SavedModel:
    """What a model file holds: everything of an experiment but the rows of its data.

    Attributes
    ----------
    data
        With the columns that the network was trained on, also where none had been chosen.
    scale
        Fitted to the training part then; predictions need the same one.
    weights
        In memory of their own, wherever they were trained.
    versions
        Of the program, Python and libraries that wrote the file, by name.
    saved_at
        Date and time in ISO 8601.
    symbols
        The vocabulary, where the network learned symbols; with the stream itself only where it was pasted.
    """

    name: str
    source: Source
    data: DataConfig
    scale: Scale
    network: NetworkConfig
    training: TrainingConfig
    weights: Weights
    history: History
    versions: dict[str, str]
    saved_at: str
    format_version: int
    symbols: Symbols | None = None


class _Metadata(Config):
    """The JSON text in the file's metadata."""

    format_version: int = Field(ge=1, le=FORMAT_VERSION)
    name: str = Field(max_length=300)
    source: Source
    data: DataConfig
    scale: Scale
    network: NetworkConfig
    training: TrainingConfig
    versions: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=80)]] = Field(max_length=40)
    saved_at: str = Field(max_length=40)
    symbols: SymbolsMetadata | None

    @field_validator("saved_at")
    @classmethod
    def _check_time(cls, value: str) -> str:
        try:
            datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"saved_at must be a date and time in ISO 8601, got {shortened(value)}") from None
        return value


def save_model(path: Path, experiment: Experiment) -> None:
    """Write a trained experiment to one file, all of it or nothing.

    What stood there before stays whole until the new file is on the disk, and keeps its permissions;
    a link stays a link.

    Raises
    ------
    ModelFileError
        When the experiment is untrained, has values that are not finite, or does not fit together,
        and when the file cannot be written.
    """
    try:
        data = _serialized(experiment)
        _parsed(data)  # what could not be opened again is not written
    except (ModelFileError, ConfigError, SafetensorError) as error:
        raise ModelFileError(f"{path} cannot be saved: {one_short_line(str(error))}") from None
    if len(data) > MAXIMUM_FILE_BYTES:
        raise ModelFileError(f"{path} cannot be saved: {len(data):,} bytes are more than a model file may have")
    replace_file(path, data)


def load_model(path: Path) -> SavedModel:
    """Read a model file, checking everything in it.

    The file is read as bytes: one cut short under a memory mapping would kill the process.

    Raises
    ------
    ModelFileError
        When the file cannot be read, or is anything but a sound model file.
    """
    data = read_regular_file(path, MAXIMUM_FILE_BYTES)
    try:
        return _parsed(data)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None
    except MemoryError:
        raise ModelFileError(f"{path} needs more memory than there is") from None


# -- from an experiment to bytes --------------------------------------------------------------------


def _serialized(experiment: Experiment) -> bytes:
    weights, history, dataset = experiment.weights, experiment.history, experiment.dataset
    if weights is None:
        raise ModelFileError("the network has not been trained yet")
    metadata = _Metadata(
        format_version=FORMAT_VERSION,
        # A name taken from a file's may have bytes that are no letters.
        name=experiment.name.encode("utf-8", "replace").decode("utf-8"),
        source=dataset.source,
        data=dataset.config.replace(columns=dataset.columns),
        scale=dataset.scale,
        network=experiment.network,
        training=experiment.training,
        versions=_versions(),
        saved_at=datetime.now(UTC).isoformat(timespec="seconds"),
        symbols=None if dataset.symbols is None else symbols_metadata(dataset.symbols),
    )
    tensors = {"w1": weights.w1, "w2": weights.w2, "context": weights.context}
    tensors["loss.train"] = _curve(history.train, weights)
    if history.validation is not None:
        tensors["loss.validation"] = _curve(history.validation, weights)
    for number, branch in enumerate(history.branches, start=1):
        tensors[f"branch.{number}.epoch"] = np.array([branch.epoch], np.int64)
        tensors[f"branch.{number}.train"] = branch.train
        if branch.validation is not None:
            tensors[f"branch.{number}.validation"] = branch.validation
    if len(history.path):
        tensors |= _kept(history.path.points)
    if dataset.symbols is not None:
        tensors |= tensors_of(dataset.symbols, pasted=dataset.source.kind == "pasted")
    tensors |= {f"{_OPTIMIZER}{name}": state for name, state in weights.optimizer.items()}
    # safetensors reads memory as it lies, so each array is laid out in rows first.
    in_rows = {name: np.array(array, order="C") for name, array in tensors.items()}
    text = json.dumps(metadata.model_dump(mode="json"))
    return safetensors.numpy.save(in_rows, {_METADATA_KEY: text})


def _curve(losses: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    # Before the first epoch has ended, a history need not know how many networks there are.
    return losses if len(losses) else np.empty((0, len(weights.w1)))


def _kept(points: tuple[Checkpoint, ...]) -> dict[str, NDArray[Any]]:
    return {
        "path.epochs": np.array([point.epoch for point in points], np.int64),
        "path.w1": np.stack([point.w1 for point in points]),
        "path.w2": np.stack([point.w2 for point in points]),
    }


def _versions() -> dict[str, str]:
    versions = {"elman": elman_core.__version__, "python": platform.python_version()}
    for library in _LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[library] = importlib.metadata.version(library)
    return versions


# -- from bytes to a model --------------------------------------------------------------------------


def _parsed(data: bytes) -> SavedModel:
    header = read_header(data)
    metadata = _read_metadata(header)
    _check_names(header.tensors, metadata)
    _check_tensors(header.tensors, metadata)
    try:
        arrays = safetensors.numpy.load(data)
    except SafetensorError:
        raise ModelFileError("this is not a sound safetensors file") from None
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ModelFileError(f"{name} has values that are not finite")
    optimizer = {name.removeprefix(_OPTIMIZER): array for name, array in arrays.items() if name.startswith(_OPTIMIZER)}
    return SavedModel(
        weights=Weights(arrays["w1"], arrays["w2"], arrays["context"], optimizer),
        history=History(
            arrays["loss.train"],
            arrays.get("loss.validation"),
            path=_read_path(arrays),
            branches=_read_branches(arrays),
        ),
        symbols=None if metadata.symbols is None else symbols_from(metadata.symbols, metadata.data.columns, arrays),
        **{name: getattr(metadata, name) for name in _Metadata.model_fields if name != "symbols"},
    )


def _read_path(arrays: Mapping[str, NDArray[Any]]) -> CheckpointPath:
    if "path.epochs" not in arrays:
        return CheckpointPath()
    epochs = arrays["path.epochs"].tolist()
    if epochs and (epochs[0] < 0 or any(later <= earlier for earlier, later in itertools.pairwise(epochs))):
        raise ModelFileError("path.epochs must be whole numbers from 0 on, each greater than the one before")
    if epochs and epochs[-1] > len(arrays["loss.train"]):
        raise ModelFileError(f"path.epochs goes to {epochs[-1]:,}, the losses to {len(arrays['loss.train']):,} only")
    return CheckpointPath(
        Checkpoint(epoch, w1, w2) for epoch, w1, w2 in zip(epochs, arrays["path.w1"], arrays["path.w2"], strict=True)
    )


def _read_branches(arrays: Mapping[str, NDArray[Any]]) -> tuple[Branch, ...]:
    branches = []
    for name, array in arrays.items():
        found = _BRANCH.fullmatch(name)
        if found is None or found["what"] != "train":
            continue
        number = found["number"]
        if f"branch.{number}.epoch" not in arrays:
            raise ModelFileError(f"tensor 'branch.{number}.epoch' is missing")
        epoch = int(arrays[f"branch.{number}.epoch"][0])
        if epoch < 0:
            raise ModelFileError(f"branch.{number}.epoch must be at least 0, got {epoch:,}")
        branches.append((int(number), Branch(epoch, array, arrays.get(f"branch.{number}.validation"))))
    return tuple(branch for _, branch in sorted(branches, key=lambda pair: pair[0]))


def _read_metadata(header: Header) -> _Metadata:
    if header.metadata.keys() != {_METADATA_KEY}:
        raise ModelFileError("this safetensors file was written by another program: its metadata is not Elman's")
    raw = parse_object(header.metadata[_METADATA_KEY], "the metadata")
    version = raw.get("format_version")
    if type(version) is not int or version < 1:
        raise ModelFileError(f"the metadata has no format version that could be read, got {shortened(version)}")
    if version > FORMAT_VERSION:
        raise ModelFileError(
            f"it was written by a newer version of this program, in format {shortened(version)}; "
            f"this one reads format {FORMAT_VERSION}"
        )
    if version == 1:
        raw = _as_version_2(raw)
    _check_keys(raw, _Metadata, "the metadata")
    try:
        metadata = _Metadata(**raw)
        # How long the series is stands with the data; the longest fits any truncation.
        check_together(metadata.network, metadata.training, time_steps=100_000_000)
    except ConfigError as error:
        raise ModelFileError(one_short_line(str(error))) from None
    except RecursionError:
        raise ModelFileError("the metadata is nested too deeply") from None
    _check_columns(metadata)
    if metadata.symbols is None and metadata.source.kind in ("text", "pasted"):
        raise ModelFileError("it was trained on a text, but has no symbols")
    return metadata


def _as_version_2(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Add what version 1 did not have."""
    source = raw.get("source")
    return {**raw, "symbols": None, "source": {**source, "column": None} if isinstance(source, dict) else source}


def _check_keys(raw: Mapping[str, Any], model: type[Config], where: str) -> None:
    """Refuse unknown and missing settings: a default in place of a lost one would predict wrongly in silence."""
    for name in raw:
        if name not in model.model_fields:
            raise ModelFileError(f"there is no setting called {shortened(name)} in {where}")
    for name, field in model.model_fields.items():
        if name not in raw:
            raise ModelFileError(f"{where} has no {name!r}")
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, Config) and isinstance(raw[name], dict):
                _check_keys(raw[name], part, f"{where}'s {name!r}")


def _check_columns(metadata: _Metadata) -> None:
    columns = len(metadata.data.columns)
    for name, count in (
        ("network inputs", metadata.network.inputs),
        ("network outputs", metadata.network.outputs),
        ("means to scale by", len(metadata.scale.mean)),
        ("deviations to scale by", len(metadata.scale.deviation)),
    ):
        if count != columns:
            raise ModelFileError(f"there must be as many {name} as columns, got {count:,} and {columns:,}")
    if min(metadata.scale.deviation) <= 0:
        raise ModelFileError(f"deviations to scale by must be more than 0, got {min(metadata.scale.deviation):g}")


def _check_names(tensors: Mapping[str, TensorEntry], metadata: _Metadata) -> None:
    required: tuple[str, ...] = (
        "w1",
        "w2",
        "context",
        "loss.train",
        *(_PATH if any(name in tensors for name in _PATH) else ()),
    )
    for name in required:
        if name not in tensors:
            raise ModelFileError(f"tensor {name!r} is missing")
    pasted = metadata.symbols is not None and metadata.source.kind == "pasted"
    vectors = ("symbols.vectors",) if metadata.symbols is not None else ()
    optional = ("loss.validation", *vectors, *(_STREAM if pasted else ()))
    if pasted and "symbols.codes" not in tensors:
        raise ModelFileError("tensor 'symbols.codes' is missing: the text was pasted, and is nowhere else")
    for name in tensors:
        state = _OPTIMIZER_STATE.fullmatch(name.removeprefix(_OPTIMIZER)) if name.startswith(_OPTIMIZER) else None
        if name not in (*required, *optional) and state is None and _BRANCH.fullmatch(name) is None:
            raise ModelFileError(f"there is no tensor called {shortened(name)} in a model file")


def _check_tensors(tensors: Mapping[str, TensorEntry], metadata: _Metadata) -> None:
    """Check every dtype and shape against the settings."""
    network, networks, train = metadata.network, metadata.training.networks, tensors["loss.train"]
    epochs = train.shape[0] if len(train.shape) == 2 else 0
    kept = min([MAXIMUM_CHECKPOINTS, *tensors["path.epochs"].shape]) if "path.epochs" in tensors else 0
    shapes: dict[str, tuple[int, ...]] = {
        "w1": (networks, network.input_rows, network.hidden),
        "w2": (networks, network.output_rows, network.outputs),
        "context": (networks, network.hidden),
        "loss.train": (epochs, networks),
        "loss.validation": (epochs, networks),
        "path.epochs": (kept,),
        "path.w1": (kept, network.input_rows, network.hidden),
        "path.w2": (kept, network.output_rows, network.outputs),
    }
    if metadata.symbols is not None:
        if "symbols.vectors" not in tensors and len(metadata.symbols.names) != network.inputs:
            raise ModelFileError("tensor 'symbols.vectors' is missing: there are not as many symbols as inputs")
        length = tensors["symbols.codes"].shape if "symbols.codes" in tensors else ()
        stream = length if len(length) == 1 else (0,)
        shapes["symbols.vectors"] = (len(metadata.symbols.names), network.inputs)
        shapes["symbols.codes"] = shapes["symbols.position"] = stream
    precision = _DTYPES[metadata.training.precision]
    # In this order, so that a wrong w1 is told of before what else is wrong because of it.
    for name in [*(name for name in shapes if name in tensors), *sorted(tensors.keys() - shapes.keys())]:
        entry = tensors[name]
        dtypes: tuple[str, ...] = (precision,)
        if name in ("path.epochs", "symbols.codes", "symbols.position") or name.endswith(".epoch"):
            dtypes = ("I64",)
        elif name.startswith(("loss.", "branch.", "symbols.")):
            dtypes = ("F64",)
        if name in shapes:
            expected = shapes[name]
        elif name.startswith("branch."):
            rows = entry.shape[0] if len(entry.shape) == 2 else 0
            expected = (1,) if name.endswith(".epoch") else (rows, networks)
        elif entry.shape:
            expected = shapes[name.removeprefix(_OPTIMIZER)[:2]]
        else:
            # One number for all weights. torch.optim counts its steps in float32 beside any weights.
            expected, dtypes = (), (precision, "F32")
        if entry.dtype not in dtypes:
            raise ModelFileError(f"{name} is {entry.dtype}, the settings need {dtypes[0]}")
        if entry.shape != expected:
            raise ModelFileError(f"{name} has shape {entry.shape}, the settings need {expected}")
