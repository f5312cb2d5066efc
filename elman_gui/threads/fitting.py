"""Fitting: a forecaster fitted part after part, as the window watches it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.data.table import Table
from elman_core.experiment import Run
from elman_core.training.events import FinishReason, TrainingUpdate

if TYPE_CHECKING:
    from elman_core.forecasting.automatic.fit import ForecasterFit
    from elman_core.forecasting.forecaster import Forecaster

__all__ = ["FitProgress", "FitRequest", "PartBegun", "watch_fit"]

_SECONDS_A_PART = 0.3
"""A part that learns for less time after the one before is not shown on the way: nobody could see it."""


@dataclass(frozen=True)
class FitRequest:
    """What a forecaster is fitted to, and how. One of the same generation goes on where the one before stood."""

    name: str
    table: Table
    data: DataConfig
    automatic: AutomaticConfig
    generation: int


@dataclass(frozen=True)
class PartBegun:
    """The networks of a part that begin to learn, before training."""

    place: int
    run: Run


@dataclass(frozen=True)
class FitProgress:
    """How much of a fit is done, from 0 to 1, in what stage; and the forecaster, where there is a better one.

    Attributes
    ----------
    is_first
        Whether there was no forecaster before.
    seconds
        How long this took since the progress before.
    """

    share: float
    stage: str
    forecaster: Forecaster | None = None
    is_first: bool = False
    seconds: float = 0.0


class Watcher(Protocol):
    """Shows a fit while it goes on."""

    def show_part(self, begun: PartBegun) -> None:
        """Show another part."""

    def show_updates(self, updates: list[TrainingUpdate]) -> None:
        """Show what its networks did."""

    def show_fit(self, progress: FitProgress) -> None:
        """Show how far the whole is."""


class _ShownPart:
    """The part that is shown, and what is known of the one under way but not shown yet."""

    def __init__(self, fit: ForecasterFit) -> None:
        self._fit = fit
        self._trainer = fit.trainer
        self._is_shown = fit.trainer is not None
        self._shown_at = -_SECONDS_A_PART
        self._collected: list[TrainingUpdate] = []

    def add(self, update: TrainingUpdate) -> None:
        """Take in what the trainer under way did."""
        if self._fit.trainer is not self._trainer:
            self._trainer, self._is_shown = self._fit.trainer, False
            self._collected.clear()
        self._collected.append(update)

    def show(self, watcher: Watcher, *, at_once: bool = False) -> None:
        """Show it, and what it did since the last time."""
        fit = self._fit
        if self._collected and not self._is_shown:
            if not at_once and time.monotonic() - self._shown_at < _SECONDS_A_PART:
                return
            assert fit.part is not None and fit.run is not None
            watcher.show_part(PartBegun(fit.part, fit.run.untrained()))
            self._is_shown, self._shown_at = True, time.monotonic()
        if self._collected:
            watcher.show_updates(self._collected)
            self._collected = []


def watch_fit(
    fit: ForecasterFit,
    watcher: Watcher,
    *,
    one_time_step: bool,
    frame_seconds: float,
    is_due: Callable[[], bool],
    goes_on: Callable[[int], bool],
    epochs_at_once: Callable[[], int | None],
) -> FinishReason | None:
    """Fit, and show on the way what can be seen; return why it ended, or None where it did not go on.

    Parameters
    ----------
    is_due
        Whether the window can take something in.
    goes_on
        Called after every update with the epochs that it did; may wait.
    """
    shown, begun, had_one = _ShownPart(fit), time.monotonic(), fit.forecaster is not None
    for update in fit.updates(
        one_time_step=one_time_step,
        snapshot_seconds=frame_seconds,
        keep_checkpoints=True,
        epochs_at_once=epochs_at_once(),
    ):
        if update.training is not None:
            shown.add(update.training)
        if update.forecaster is not None or is_due():
            now = time.monotonic()
            found = update.forecaster
            is_first = found is not None and not had_one
            watcher.show_fit(FitProgress(update.share, update.stage.value, found, is_first, now - begun))
            begun, had_one = now, had_one or found is not None
            shown.show(watcher)
        if update.share >= 1.0 and update.training is None and update.forecaster is None:
            return FinishReason.COMPLETED
        if not goes_on(0 if update.training is None else len(update.training.train_losses)):
            break
        if fit.trainer is not None:
            fit.trainer.epochs_at_once = epochs_at_once()
    settled = fit.settle()
    if settled is not None:
        shown.add(settled)
        shown.show(watcher, at_once=True)
    return None
