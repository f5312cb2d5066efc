"""BuiltIn: an experiment that ships with the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from elman_core.config import DataConfig, NetworkConfig, TrainingConfig
from elman_core.data.table import Table

__all__ = ["BuiltIn"]


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
