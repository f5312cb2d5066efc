"""Beginning an experiment as the options of a command say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from elman_core.cli.options import TRAINING_SETTINGS, chosen, table_format
from elman_core.config import DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.data.scaling import named_transforms
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.experiments.factory import begin_named

__all__ = ["Asked", "asked", "begin_as_asked"]


class Asked(NamedTuple):
    """The settings that a command was given, by config."""

    data: dict[str, Any]
    network: dict[str, Any]
    training: dict[str, Any]
    symbols: dict[str, Any]


def asked(settings: Mapping[str, Any]) -> Asked:
    """Return the settings that a command was given for an Elman network.

    Raises
    ------
    ConfigError
        When transforms are not named as they should be.
    """
    given = Asked(
        *(
            chosen(config, TRAINING_SETTINGS, settings)
            for config in (DataConfig, NetworkConfig, TrainingConfig, SymbolConfig)
        )
    )
    if "transforms" in given.data:
        _read_transforms(given.data)
    return given


def begin_as_asked(what: str, features: Path | None, settings: Mapping[str, Any]) -> tuple[Run, list[str]]:
    """Return an untrained experiment on what a command was given, with its settings, and notes for the person.

    Raises
    ------
    ConfigError, DataError
        As `begin_named` does.
    """
    return begin_named(what, *asked(settings), features, table_format(settings))


def _read_transforms(data: dict[str, Any]) -> None:
    """Take the names apart into transforms and a scaling, which may also be given by itself."""
    names = ",".join(data["transforms"]) or "none"
    data["transforms"], scaling = named_transforms(names, data.get("season"))
    if "scaling" in data and names != "none" and scaling.value in names.split(","):
        raise ConfigError(f"the scaling is given twice, as {data['scaling'].value} and in --transform {names}")
    data.setdefault("scaling", scaling)
