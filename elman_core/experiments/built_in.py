"""BuiltIn: an experiment that ships with the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from elman_core.config import AutomaticConfig, DataConfig, NetworkConfig, TrainingConfig
from elman_core.data.table import Source, Table

__all__ = ["BuiltIn", "built_in_name"]


@dataclass(frozen=True)
class BuiltIn:
    """A built-in experiment: its name, its description, data and settings.

    `table` makes or reads the series anew each time. With `automatic` it begins with a forecaster; network and training
    are those of the pure Elman network that may take its place.
    """

    name: str
    title: str
    summary: str
    table: Callable[[], Table]
    data: DataConfig
    network: NetworkConfig
    training: TrainingConfig
    automatic: AutomaticConfig | None = None


def built_in_name(source: Source) -> str:
    """Return the name of the built-in experiment that data come from, empty for other data.

    A file may be named like an experiment, so an experiment is identified by its source, never by its name.
    """
    return source.name if source.kind == "built-in" else ""
