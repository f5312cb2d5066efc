"""The JSON text in a model file's metadata: read strictly, brought to today's format, and checked."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, get_args

from pydantic import Field, field_validator

import elman_core
from elman_core.config import Config, DataConfig, NetworkConfig, TrainingConfig, check_together
from elman_core.data.calendar import Calendar
from elman_core.data.encoding import Encoding
from elman_core.data.table import AxisKind, Source
from elman_core.errors import ConfigError, ModelFileError
from elman_core.storage.header import Header, parse_object
from elman_core.storage.symbols import SymbolsMetadata
from elman_core.support.text_format import one_short_line, shortened

__all__ = [
    "FORMAT_VERSION",
    "METADATA_KEY",
    "AxisMetadata",
    "Metadata",
    "checked_metadata",
    "metadata_now",
    "raw_metadata",
    "versions_now",
]

FORMAT_VERSION = 3
"""Version 1 knew no symbols; version 2 one sequence of targets only, and one network's course of training."""
METADATA_KEY = "elman"

_LIBRARIES = ("torch", "numpy", "numba", "safetensors", "pydantic")
_LONGEST_SERIES = 100_000_000


class AxisMetadata(Config):
    """What the time axis is called, what its numbers mean, and how it goes on."""

    later_settings: ClassVar[frozenset[str]] = frozenset({"calendar"})

    label: str = Field(max_length=300)
    kind: AxisKind
    calendar: Calendar = Calendar()


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
        check_together(metadata.network, metadata.training, time_steps=_LONGEST_SERIES)
    except ConfigError as error:
        raise ModelFileError(one_short_line(str(error))) from None
    except RecursionError:
        raise ModelFileError("the metadata is nested too deeply") from None
    _check_sizes(metadata)
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
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, Config) and isinstance(raw[name], dict):
                _check_keys(raw[name], part, f"{where}'s {name!r}")


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
