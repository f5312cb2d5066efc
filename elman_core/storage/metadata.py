"""The JSON text in a model file's metadata: read strictly, brought to today's format, and checked."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Self, get_args

from pydantic import Field, field_validator, model_validator

import elman_core
from elman_core.config import (
    AutomaticConfig,
    Config,
    DataConfig,
    NetworkConfig,
    Scaling,
    TrainingConfig,
    TransformName,
    check_together,
)
from elman_core.config.part_kind import PartKind
from elman_core.data.calendar import Calendar
from elman_core.data.encoding import Encoding
from elman_core.data.table import AxisKind, Source
from elman_core.errors import ConfigError, ModelFileError
from elman_core.storage.header import Header, parse_object
from elman_core.storage.symbols import SymbolsMetadata
from elman_core.support.text_format import one_short_line, shortened

__all__ = [
    "FORMAT_VERSION",
    "MAXIMUM_CANDIDATES",
    "MAXIMUM_PARTS",
    "METADATA_KEY",
    "AxisMetadata",
    "CandidateMetadata",
    "ForecasterMetadata",
    "Metadata",
    "PartMetadata",
    "PartSettings",
    "ValidationMetadata",
    "checked_metadata",
    "metadata_now",
    "raw_metadata",
    "versions_now",
]

FORMAT_VERSION = 4
"""Version 1 knew no symbols; version 2 one sequence of targets only, and one network's course of training; version 3
no forecaster of several parts."""
METADATA_KEY = "elman"

_LIBRARIES = ("torch", "numpy", "numba", "safetensors", "pydantic")
_LONGEST_SERIES = 100_000_000
MAXIMUM_PARTS = 100
MAXIMUM_CANDIDATES = 2_000


class AxisMetadata(Config):
    """What the time axis is called, what its numbers mean, and how it goes on."""

    label: str = Field(max_length=300)
    kind: AxisKind
    calendar: Calendar = Calendar()


class PartSettings(Config):
    """The settings of a part that is not the file's own network."""

    data: DataConfig
    network: NetworkConfig
    training: TrainingConfig


class PartMetadata(Config):
    """What a part is, how much it counts for one step and for several, and settings that are not the file's own."""

    kind: PartKind
    one_step: float = Field(ge=0.0, le=1.0)
    several: float = Field(ge=0.0, le=1.0)
    settings: PartSettings | None


class CandidateMetadata(Config):
    """A linear model that was tried."""

    transforms: tuple[TransformName, ...] = Field(max_length=20)
    season: int | None
    lags: int
    ridge: float
    one_step: float
    several: float


class ValidationMetadata(Config):
    """What the choice of a forecaster's parts rests on; the errors themselves are tensors."""

    steps: int = Field(ge=1, le=1_000)
    candidates: tuple[CandidateMetadata, ...] = Field(max_length=MAXIMUM_CANDIDATES)


class ForecasterMetadata(Config):
    """The parts of a forecaster, one of which is the file's own network, and the series as it is without transforms."""

    data: DataConfig
    parts: tuple[PartMetadata, ...] = Field(min_length=1, max_length=MAXIMUM_PARTS)
    automatic: AutomaticConfig | None
    validation: ValidationMetadata | None
    notes: tuple[Annotated[str, Field(max_length=2_000)], ...] = Field(max_length=100)

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        own = sum(part.settings is None for part in self.parts)
        if own != 1:
            raise ValueError(f"one part must be the file's own network, got {own:,}")
        return self

    @property
    def shown(self) -> int:
        """The place of the part that is the file's own network."""
        return next(place for place, part in enumerate(self.parts) if part.settings is None)


class Metadata(Config):
    """What the metadata say."""

    format_version: int = Field(ge=FORMAT_VERSION, le=FORMAT_VERSION)
    name: str = Field(max_length=300)
    source: Source
    data: DataConfig
    network: NetworkConfig
    training: TrainingConfig
    sequences: int = Field(ge=1, le=_LONGEST_SERIES)
    axis: AxisMetadata | None
    symbols: SymbolsMetadata | None
    forecaster: ForecasterMetadata | None
    versions: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=80)]] = Field(max_length=40)
    saved_at: str = Field(max_length=40)

    @field_validator("saved_at")
    @classmethod
    def _check_time(cls, value: str) -> str:
        try:
            datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"saved_at must be a date and time in ISO 8601, got {shortened(value)}") from None
        return value

    @property
    def others(self) -> dict[int, Metadata]:
        """The same metadata as they are of each part that is not the file's own network, by its place."""
        parts = () if self.forecaster is None else self.forecaster.parts
        return {
            place: self.model_copy(update={**dict(part.settings), "forecaster": None})
            for place, part in enumerate(parts)
            if part.settings is not None
        }


def versions_now() -> dict[str, str]:
    """Return the versions of the program, Python and libraries, by name."""
    versions = {"elman": elman_core.__version__, "python": platform.python_version()}
    for library in _LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[library] = importlib.metadata.version(library)
    return versions


def metadata_now(**told: Any) -> Metadata:
    """Return the metadata of a file that is written now."""
    return Metadata(
        format_version=FORMAT_VERSION,
        versions=versions_now(),
        saved_at=datetime.now(UTC).isoformat(timespec="seconds"),
        **told,
    )


def raw_metadata(header: Header) -> tuple[dict[str, Any], int]:
    """Return the metadata as they stand in a file, and the version of its format.

    Raises
    ------
    ModelFileError
        When they are not those of this program, or of a newer version of it.
    """
    if header.metadata.keys() != {METADATA_KEY}:
        raise ModelFileError("this safetensors file was written by another program: its metadata is not Elman's")
    raw = parse_object(header.metadata[METADATA_KEY], "the metadata")
    version = raw.get("format_version")
    if type(version) is not int or version < 1:
        raise ModelFileError(f"the metadata has no format version that could be read, got {shortened(version)}")
    if version > FORMAT_VERSION:
        raise ModelFileError(
            f"it was written by a newer version of this program, in format {shortened(version)}; "
            f"this one reads format {FORMAT_VERSION}"
        )
    return raw, version


def checked_metadata(raw: Mapping[str, Any]) -> Metadata:
    """Make metadata of today's format of what a file says.

    Raises
    ------
    ModelFileError
        When a setting is missing, unknown or outside its limits, or does not fit the others.
    """
    _check_keys(raw, Metadata, "the metadata")
    try:
        metadata = Metadata(**raw)
        # How long the series is stands with the data; the longest fits any truncation.
        for own in (metadata, *metadata.others.values()):
            check_together(own.network, own.training, time_steps=_LONGEST_SERIES)
    except ConfigError as error:
        raise ModelFileError(one_short_line(str(error))) from None
    except RecursionError:
        raise ModelFileError("the metadata is nested too deeply") from None
    for own in (metadata, *metadata.others.values()):
        _check_sizes(own)
    _check_forecaster(metadata)
    return metadata


def _check_keys(raw: Mapping[str, Any], model: type[Config], where: str) -> None:
    """Refuse unknown and missing settings: a default in place of a lost one would predict wrongly in silence."""
    for name in raw:
        if name not in model.model_fields and name not in model.earlier_settings:
            raise ModelFileError(f"there is no setting called {shortened(name)} in {where}")
    for name, field in model.model_fields.items():
        if name not in raw:
            if name in model.later_settings:
                continue
            raise ModelFileError(f"{where} has no {name!r}")
        each = raw[name] if isinstance(raw[name], list) else [raw[name]]
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, Config):
                for own in each:
                    if isinstance(own, dict):
                        _check_keys(own, part, f"{where}'s {name!r}")


def _check_sizes(metadata: Metadata) -> None:
    """Hold the network's sizes against the columns, lags and horizon."""
    data, network = metadata.data, metadata.network
    if not data.columns:
        raise ModelFileError("the columns that it was trained on are missing")
    encoding = Encoding.of(data, len(data.columns))
    for what, count, wanted in (
        ("inputs", network.inputs, encoding.network_inputs),
        ("outputs", network.outputs, encoding.network_outputs),
    ):
        if count != wanted:
            raise ModelFileError(f"the columns make {wanted:,} network {what}, got {count:,}")
    if metadata.symbols is None and metadata.source.kind in ("text", "pasted"):
        raise ModelFileError("it was trained on a text, but has no symbols")


def _check_forecaster(metadata: Metadata) -> None:
    """Hold the parts of a forecaster against each other: they predict the same columns of the same rows."""
    forecaster = metadata.forecaster
    if forecaster is None:
        return
    if metadata.symbols is not None:
        raise ModelFileError("a forecaster is of numbers, but there are symbols")
    if forecaster.data.transforms or forecaster.data.scaling is not Scaling.NONE:
        raise ModelFileError("the series of a forecaster must be without transforms and scaling")
    for own in (metadata, *metadata.others.values()):
        if own.data.columns != forecaster.data.columns:
            raise ModelFileError("every part of a forecaster must predict the same columns")
