"""PartsFit: what automatic recipes have in common. They are plain generators; to stop is to cease to iterate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from elman_core.config import AutomaticConfig
from elman_core.experiment import Run
from elman_core.forecasting.automatic.parts import as_asked
from elman_core.forecasting.forecaster import Forecaster
from elman_core.training.events import TrainingUpdate
from elman_core.training.history import History
from elman_core.training.trainer import Trainer

__all__ = ["FitStage", "FitUpdate", "PartsFit"]


class FitStage(StrEnum):
    """What is under way."""

    CHOOSING = "choosing"
    """Transforms, lags and penalties of least squares are tried."""
    VALIDATING = "validating"
    """Networks are fitted to what comes before the inner validation: when do they stop, and what are they worth?"""
    FITTING = "fitting"
    """Networks are fitted to all rows before the test part."""
    DONE = "done"


@dataclass(frozen=True)
class FitUpdate:
    """What happened since the update before.

    Attributes
    ----------
    stage
        What is under way.
    share
        How much of the whole is done, from 0 to 1.
    part
        The place of the part whose networks are trained, in the forecaster as it will be; None where none are.
    training
        What the trainer under way has said.
    forecaster
        Where it is another one since the update before: the best so far.
    message
        One sentence for the person, when something is to be said.
    """

    stage: FitStage
    share: float
    part: int | None = None
    training: TrainingUpdate | None = None
    forecaster: Forecaster | None = None
    message: str = ""


@dataclass(frozen=True)
class _Watching:
    """How one who watches wants the trainer to go."""

    one_time_step: bool = False
    snapshot_seconds: float | None = None
    keep_checkpoints: bool = False
    epochs_at_once: int | None = None


class PartsFit(ABC):
    """Fits the parts of a forecaster one after another. Belongs to one thread at a time.

    Attributes
    ----------
    forecaster
        The best so far; None until least squares have been tried, a part of a second.
    trainer
        The one under way, whose network can be looked at; None before the first one.
    run
        What it began with, before training.
    history
        Its losses so far.
    part
        The place of the part that it trains.
    """

    def __init__(
        self,
        name: str,
        automatic: AutomaticConfig,
        engine: str,
        network: Mapping[str, Any] | None,
        training: Mapping[str, Any] | None,
    ) -> None:
        """Prepare; `network` and `training` are settings of the Elman networks that are not to be the usual ones."""
        self.name, self.automatic = name, automatic
        self._network, self._training = dict(network or {}), dict(training or {})
        self.forecaster: Forecaster | None = None
        self.trainer: Trainer | None = None
        self.run: Run | None = None
        self.history = History()
        self.part: int | None = None
        self._engine = engine
        self._watching = _Watching()
        self._work = self._fit()

    @abstractmethod
    def _fit(self) -> Iterator[FitUpdate]:
        """Do all there is to do."""

    def updates(
        self,
        *,
        one_time_step: bool = False,
        snapshot_seconds: float | None = None,
        keep_checkpoints: bool = False,
        epochs_at_once: int | None = None,
    ) -> Iterator[FitUpdate]:
        """Fit, and yield a FitUpdate about every 8 ms; called again it goes on where it stood.

        The parameters are those of `Trainer.updates`, for the trainer under way. With `one_time_step` it ends after one
        step of a network; what comes between two networks counts as none.
        """
        self._watching = _Watching(one_time_step, snapshot_seconds, keep_checkpoints, epochs_at_once)
        for update in self._work:
            yield update
            if one_time_step and update.training is not None:
                return

    def settle(self) -> TrainingUpdate | None:
        """Bring the networks under way to where they can be looked at and go on from; None where there are none."""
        if self.trainer is None or self.run is None:
            return None
        update = self.trainer.settle()
        self.history.extend([update])
        return update

    def use_engine(self, engine: str) -> None:
        """Train with another engine from now on."""
        self._engine = engine
        if self.trainer is not None:
            self.trainer.use_engine(engine)

    def _as_given(self, run: Run) -> Run:
        """Return an untrained run with the settings that were given.

        Raises
        ------
        ConfigError
            When they do not go together with the others.
        """
        return as_asked(run, self._network, self._training)

    def _begin(self, run: Run, place: int) -> Trainer:
        """Begin to train the networks of a part."""
        self.run, self.history, self.part = run, History(networks=run.training.networks), place
        self.trainer = Trainer(run, engine=self._engine)
        return self.trainer

    def _train(self, trainer: Trainer, until: int) -> Iterator[TrainingUpdate]:
        """Train up to an epoch, as one who watches wants it, which may change on the way."""
        while trainer.epoch < until and not trainer.stopping.all_have_ended:
            watching = self._watching
            trainer.epochs_at_once = watching.epochs_at_once
            for update in trainer.updates(
                last_epoch=until,
                one_time_step=watching.one_time_step,
                snapshot_seconds=watching.snapshot_seconds,
                keep_checkpoints=watching.keep_checkpoints,
            ):
                self.history.extend([update])
                yield update
                if watching is not self._watching:
                    break
