"""BuiltIn: an experiment that ships with the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from elman_core.config import DataConfig, NetworkConfig, TrainingConfig
from elman_core.data.table import Source, Table

__all__ = ["BuiltIn", "built_in_name"]


@dataclass(frozen=True)
class BuiltIn:
    """A name, what it is about, and all that is needed to begin.

    `table` makes or reads the series anew each time.
    """

    name: str
    title: str
    summary: str
    table: Callable[[], Table]
    data: DataConfig
    network: NetworkConfig
    training: TrainingConfig


def built_in_name(source: Source) -> str:
    """Return the name of the built-in experiment that data are from, empty for all other data.

    A file may be called like an experiment: what a run is, is known from its source and never from its name.
    """
    return source.name if source.kind == "built-in" else ""
