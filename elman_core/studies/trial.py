"""Trial: what one run of a study came to, in plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from elman_core.config.study import AxisValue

__all__ = ["Outcome", "Settings", "Trial"]

Settings = Mapping[str, AxisValue]
"""The settings that a cell differs in, by full name, such as {"network.hidden": 6}."""


class Outcome(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    DIVERGED = "diverged"
    """Its loss or a weight was no longer a finite number. It counts as worse than any that finished."""
    FAILED = "failed"
    """It could not be trained; its message says why."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of a study: one network, trained with the settings of a cell from one seed.

    Attributes
    ----------
    number
        Its place in the study: cell * seeds + its place among the seeds.
    cell
        The combination of settings, counted from 0.
    settings
        What is varied, as it is in this cell.
    seed
        That of its initial weights.
    epochs
        How many it has learned in.
    best_epoch
        The epoch whose weights it has: the best by validation, else the last; 0 where it has none.
    train, validation
        Its loss of that epoch; NaN where there is none, validation None where there is no such part. Where losses of
        different cells could not be compared (`Measure`), its errors, as of the test part.
    test
        The RMSE of the test part, of symbols the bits for each; None where there is no such part.
    began
        When it began, in seconds since 1970-01-01 UTC.
    seconds
        How long it took; of networks that were trained together, an equal share for each.
    message
        Why it failed.
    """

    number: int
    cell: int
    settings: Settings
    seed: int
    outcome: Outcome
    epochs: int = 0
    best_epoch: int = 0
    train: float = float("nan")
    validation: float | None = None
    test: float | None = None
    began: float = 0.0
    seconds: float = 0.0
    message: str = ""
