"""ForecasterFit: the automatic recipe for one series, as a plain generator. To stop is to cease to iterate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.data.table import Table
from elman_core.errors import ElmanError
from elman_core.experiment import Run
from elman_core.forecasting.automatic.candidates import (
    Candidate,
    every_candidate,
    lag_choices,
    ridge_choices,
    transform_choices,
)
from elman_core.forecasting.automatic.judging import score
from elman_core.forecasting.automatic.linear import fit_ridges
from elman_core.forecasting.automatic.parts import linear_run, pure_run, residual_run
from elman_core.forecasting.automatic.season import detected_season
from elman_core.forecasting.automatic.selection import (
    Judged,
    chosen_for_one_step,
    chosen_for_several,
    weights_of,
)
from elman_core.forecasting.automatic.views import SeriesViews
from elman_core.forecasting.forecaster import Forecaster, ForecastPart, PartKind, PartPredictor
from elman_core.forecasting.inner_validation import InnerValidation, JudgedCandidate
from elman_core.support.jobs import complete
from elman_core.training.events import TrainingUpdate
from elman_core.training.history import History
from elman_core.training.trainer import Trainer

__all__ = ["FitStage", "FitUpdate", "ForecasterFit"]

_EPOCHS_A_CHECK = 5

Array = NDArray[np.float64]


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


@dataclass
class _Watching:
    """How a fit that is watched wants its trainer to go."""

    one_time_step: bool = False
    snapshot_seconds: float | None = None
    keep_checkpoints: bool = False
    epochs_at_once: int | None = None


class ForecasterFit:
    """Fits a forecaster to all rows of one series before its test part.

    Belongs to one thread at a time. The result depends on the table, the settings and the engine only, not on pauses.

    Attributes
    ----------
    forecaster
        The best so far; None until least squares have been tried, a part of a second.
    trainer
        The one under way, whose network can be looked at; None before the first one.
    run
        What the trainer under way began with, before training.
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
        self.views = SeriesViews.of(table, data or DataConfig(), self.automatic.horizon)
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
        season = self._season()
        judged: list[Judged] = []
        errors: dict[Candidate, Array] = {}
        yield FitUpdate(FitStage.CHOOSING, 0.0)
        for share in self._judge(season, judged, errors):
            yield FitUpdate(FitStage.CHOOSING, 0.1 * share)
        one, several = chosen_for_one_step(judged), chosen_for_several(judged)
        ranked = sorted(judged, key=lambda each: each.one_step)
        candidates = tuple(
            JudgedCandidate(**vars(each.candidate), one_step=each.one_step, several=each.several) for each in ranked
        )
        validation = InnerValidation(self.views.origins, self.views.steps, candidates)
        chosen = list(dict.fromkeys(one + several))
        parts = tuple(
            ForecastPart(self._linear(candidate), PartKind.LINEAR, errors=errors[candidate]) for candidate in chosen
        )
        self._allowed = [(candidate in one, candidate in several) for candidate in chosen]
        plain = self._with_season(season)
        self.forecaster = self._weighted(Forecaster(plain, parts, self.automatic, validation))
        yield FitUpdate(FitStage.CHOOSING, 0.1, forecaster=self.forecaster)
        plans = self._plans(chosen, season)
        for place, (make, candidate) in enumerate(plans):
            begin, width = 0.1 + 0.9 * place / len(plans), 0.9 / len(plans)
            yield from self._elman(make, candidate, len(parts) + place, begin, width)
        yield FitUpdate(FitStage.DONE, 1.0)

    def _season(self) -> int | None:
        season = self.automatic.season
        if season == "auto":
            return detected_season(self.views.plain)
        return None if season == "none" else season

    def _with_season(self, season: int | None):
        plain = self.views.plain
        return replace(plain, config=plain.config.replace(season=season)) if season != plain.config.season else plain

    def _judge(self, season: int | None, judged: list[Judged], errors: dict[Candidate, Array]) -> Iterator[float]:
        views = self.views
        train = views.plain.train_rows - views.validation_rows
        positive = bool((views.plain.values[: views.plain.train_rows] > 0).all())
        choices = transform_choices(self.automatic, positive=positive, season=season)
        ridges = ridge_choices(self.automatic)
        for place, transforms in enumerate(choices):
            try:
                dataset = views.inner(transforms, season, 1)
                views.whole(transforms, season, 1)
            except ElmanError:
                continue
            most = (train - dataset.fitted.lost_rows) // 2 - 1
            for lags in lag_choices(self.automatic, season, most):
                own = replace(dataset, config=dataset.config.replace(lags=lags))
                fits = fit_ridges(own, np.array(ridges))
                found = views.errors(fits.ahead(views.origins, views.steps))
                for number, candidate in enumerate(every_candidate(transforms, season, lags, ridges)):
                    off = found[:, number]
                    judged.append(Judged(candidate, score(off[:1], views.scales), score(off, views.scales)))
                    errors[candidate] = off
            yield (place + 1) / len(choices)

    def _linear(self, candidate: Candidate) -> Run:
        dataset = self.views.whole(candidate.transforms, candidate.season, candidate.lags)
        return linear_run(self.name, dataset, candidate)

    def _plans(self, chosen, season):
        plans = []
        if self.automatic.residual:
            plans += [(residual_run, candidate) for candidate in chosen]
        if self.automatic.pure:
            plans.append((pure_run, replace(chosen[0], lags=1)))
        return plans

    def _elman(self, make, candidate: Candidate, place: int, begin: float, width: float) -> Iterator[FitUpdate]:
        automatic, views = self.automatic, self.views
        dataset = views.inner(candidate.transforms, candidate.season, candidate.lags)
        run = make(self.name, dataset, candidate, automatic, automatic.inner_networks)
        best, best_loss, best_weights, curve = 0, np.inf, None, []
        trainer = self._begin(run, place)
        while trainer.epoch < automatic.epochs and trainer.epoch - best < automatic.patience:
            until = min(trainer.epoch + _EPOCHS_A_CHECK, automatic.epochs)
            for update in self._train(trainer, until):
                yield FitUpdate(
                    FitStage.VALIDATING, begin + 0.5 * width * trainer.epoch / automatic.epochs, place, update
                )
            loss = float(np.mean(self.history.validation[-_EPOCHS_A_CHECK:]))
            if loss < best_loss:
                best, best_loss, best_weights = trainer.epoch, loss, trainer.weights()
            if trainer.stopping.all_have_ended:
                break
        inner = replace(run, weights=best_weights)
        predictor = complete(PartPredictor.prepare(inner))
        errors = views.errors(predictor.ahead(views.origins, views.steps))
        dataset = views.whole(candidate.transforms, candidate.season, candidate.lags)
        run = make(self.name, dataset, candidate, automatic, automatic.networks)
        run = replace(run, training=run.training.replace(epochs=max(best, 1)))
        trainer = self._begin(run, place)
        for update in self._train(trainer, run.training.epochs):
            yield FitUpdate(
                FitStage.FITTING, begin + width * (0.5 + 0.5 * trainer.epoch / run.training.epochs), place, update
            )
        done = replace(run, weights=trainer.weights(), history=self.history)
        assert self.forecaster is not None
        parts = (*self.forecaster.parts, ForecastPart(done, PartKind.ELMAN, errors=errors))
        self.forecaster = self._weighted(replace(self.forecaster, parts=parts))
        yield FitUpdate(FitStage.FITTING, begin + width, place, forecaster=self.forecaster)

    def _begin(self, run: Run, place: int) -> Trainer:
        self.run, self.history, self.part = run, History(networks=run.training.networks), place
        self.trainer = Trainer(run, engine=self._engine)
        return self.trainer

    def _train(self, trainer: Trainer, until: int) -> Iterator[TrainingUpdate]:
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

    def _weighted(self, forecaster: Forecaster) -> Forecaster:
        scales = self.views.scales
        parts = forecaster.parts
        one = np.array([score(part.errors[:1], scales) for part in parts])
        several = np.array([score(part.errors, scales) for part in parts])
        linear = np.array([part.kind is PartKind.LINEAR for part in parts])
        allowed = np.ones((len(parts), 2), bool)
        allowed[: len(self._allowed)] = self._allowed
        allowed[:, 0] &= linear | (one <= 1.02 * one[linear].min())
        allowed[:, 1] &= linear | (several <= 1.3 * several[linear].min())
        w1 = weights_of(np.where(allowed[:, 0], one, np.inf))
        w2 = weights_of(np.where(allowed[:, 1], several, np.inf))
        return replace(
            forecaster,
            parts=tuple(replace(p, one_step=float(a), several=float(b)) for p, a, b in zip(parts, w1, w2, strict=True)),
        )
