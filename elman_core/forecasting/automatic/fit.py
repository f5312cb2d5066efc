"""ForecasterFit: the automatic recipe for one series, as a plain generator. To stop is to cease to iterate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest

import numpy as np

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import Table
from elman_core.experiment import Run
from elman_core.forecasting.automatic.candidates import Candidate
from elman_core.forecasting.automatic.grid import LinearGrid
from elman_core.forecasting.automatic.parts import linear_run, pure_run, residual_run
from elman_core.forecasting.automatic.selection import Judged, chosen_for_one_step, chosen_for_several
from elman_core.forecasting.automatic.views import SeriesViews
from elman_core.forecasting.automatic.weighting import weighted
from elman_core.forecasting.forecaster import Forecaster, ForecastPart, PartKind, PartPredictor
from elman_core.forecasting.inner_validation import InnerValidation
from elman_core.support.jobs import complete
from elman_core.training.events import TrainingUpdate
from elman_core.training.history import History
from elman_core.training.trainer import Trainer

__all__ = ["FitStage", "FitUpdate", "ForecasterFit"]

_EPOCHS_A_CHECK = 4
_CHOOSING_SHARE = 0.1
_MOST_RESIDUAL = 5
_PURE_LAGS = (1, 4)

MakeRun = Callable[[str, SequenceDataset, Candidate, AutomaticConfig, int], Run]


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


class ForecasterFit:
    """Fits a forecaster to all rows of one series before its test part.

    Belongs to one thread at a time. The result depends on the table, the settings and the engine only, not on pauses.

    Attributes
    ----------
    views
        The series as parts see it.
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
        table: Table,
        data: DataConfig | None = None,
        automatic: AutomaticConfig | None = None,
        *,
        engine: str = "auto",
    ) -> None:
        """Prepare; of `data`, columns, roles, horizon and the test part count.

        Raises
        ------
        DataError
            When a column is missing, or there are too few rows.
        """
        self.name = name
        self.automatic = automatic or AutomaticConfig()
        self.views = SeriesViews.of(table, data or DataConfig(), self.automatic)
        self.forecaster: Forecaster | None = None
        self.trainer: Trainer | None = None
        self.run: Run | None = None
        self.history = History()
        self.part: int | None = None
        self._engine = engine
        self._watching = _Watching()
        self._work = self._fit()

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

    # -- stages -----------------------------------------------------------------------------------

    def _fit(self) -> Iterator[FitUpdate]:
        views = self.views
        grid = LinearGrid(views, self.automatic)
        for share in grid.tried():
            yield FitUpdate(FitStage.CHOOSING, _CHOOSING_SHARE * share)
        self._judge = grid.judge
        one_step, several = chosen_for_one_step(grid.judged), chosen_for_several(grid.judged)
        linear = {each.candidate: each for each in (*one_step, *several)}
        self._chosen = [(each in one_step, each in several) for each in linear.values()]
        parts = tuple(
            ForecastPart(
                linear_run(self.name, views.whole_of(candidate), candidate), PartKind.LINEAR, errors=each.errors
            )
            for candidate, each in linear.items()
        )
        validation = InnerValidation(views.origins, views.steps, grid.ranked())
        begun = Forecaster(views.plain, (), self.automatic, validation, views.notes)
        yield self._with(begun, parts, FitStage.CHOOSING, _CHOOSING_SHARE)
        plans = self._plans(one_step, several)
        for place, (make, candidate) in enumerate(plans):
            width = (1 - _CHOOSING_SHARE) / len(plans)
            yield from self._elman(make, candidate, _CHOOSING_SHARE + width * place, width)
        yield FitUpdate(FitStage.DONE, 1.0)

    def _with(
        self, forecaster: Forecaster, parts: tuple[ForecastPart, ...], stage: FitStage, share: float
    ) -> FitUpdate:
        """Take in more parts, and weigh all anew."""
        parts = (*forecaster.parts, *parts)
        chosen = self._chosen + [(False, False)] * (len(parts) - len(self._chosen))
        self.forecaster = replace(forecaster, parts=weighted(parts, self._judge, chosen))
        return FitUpdate(stage, share, forecaster=self.forecaster)

    def _plans(self, one_step: list[Judged], several: list[Judged]) -> list[tuple[MakeRun, Candidate]]:
        """Return what Elman parts there will be: on what the best of each way to transform leaves, and pure ones."""
        best: dict[object, Candidate] = {}
        for pair in zip_longest(one_step, several):
            for each in pair:
                if each is not None:
                    best.setdefault(each.candidate.transforms, each.candidate)
        candidates = list(best.values())
        plans: list[tuple[MakeRun, Candidate]] = []
        if self.automatic.residual:
            plans += [(residual_run, candidate) for candidate in candidates[:_MOST_RESIDUAL]]
        if self.automatic.pure:
            plans += [(pure_run, replace(candidates[0], lags=lags)) for lags in _PURE_LAGS]
        return plans

    def _elman(self, make: MakeRun, candidate: Candidate, begin: float, width: float) -> Iterator[FitUpdate]:
        """Fit the networks of one part: to what comes before the inner validation, then to all."""
        assert self.forecaster is not None
        automatic, views, place = self.automatic, self.views, len(self.forecaster.parts)
        run = make(self.name, views.inner_of(candidate), candidate, automatic, automatic.inner_networks)
        trainer = self._begin(run, place)
        best, best_loss, best_weights = 0, np.inf, trainer.weights()
        while trainer.epoch < automatic.epochs and trainer.epoch - best < automatic.patience:
            before = trainer.epoch
            for update in self._train(trainer, min(before + _EPOCHS_A_CHECK, automatic.epochs)):
                yield FitUpdate(
                    FitStage.VALIDATING, begin + width * 0.5 * trainer.epoch / automatic.epochs, place, update
                )
            losses = self.history.validation
            loss = np.inf if losses is None or not len(losses[before:]) else float(np.mean(losses[before:]))
            if loss < best_loss:
                best, best_loss, best_weights = trainer.epoch, loss, trainer.weights()
            if trainer.stopping.all_have_ended:
                break
        judged = complete(PartPredictor.prepare(replace(run, weights=best_weights)))
        errors = views.errors(judged.ahead(views.origins, views.steps))
        run = make(self.name, views.whole_of(candidate), candidate, automatic, automatic.networks)
        run = replace(run, training=run.training.replace(epochs=max(best, 1)))
        trainer = self._begin(run, place)
        for update in self._train(trainer, run.training.epochs):
            yield FitUpdate(
                FitStage.FITTING, begin + width * (0.5 + 0.5 * trainer.epoch / run.training.epochs), place, update
            )
        done = replace(run, weights=trainer.weights(), history=self.history)
        yield self._with(
            self.forecaster, (ForecastPart(done, PartKind.ELMAN, errors=errors),), FitStage.FITTING, begin + width
        )

    def _begin(self, run: Run, place: int) -> Trainer:
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
