"""ForecasterFit: the automatic recipe for one series, as a plain generator. To stop is to cease to iterate."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import Table
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.forecasting.automatic.candidates import Candidate
from elman_core.forecasting.automatic.grid import LinearGrid
from elman_core.forecasting.automatic.parts import linear_run, pure_run, residual_run
from elman_core.forecasting.automatic.parts_fit import FitStage, FitUpdate, PartsFit
from elman_core.forecasting.automatic.selection import Judged, chosen_for_one_step, chosen_for_several
from elman_core.forecasting.automatic.views import SeriesViews
from elman_core.forecasting.automatic.weighting import weighted
from elman_core.forecasting.forecaster import Forecaster, ForecastPart, PartKind, PartPredictor
from elman_core.forecasting.inner_validation import InnerValidation
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted

__all__ = ["FitStage", "FitUpdate", "ForecasterFit"]

_EPOCHS_A_CHECK = 4
_CHOOSING_SHARE = 0.1
_MOST_RESIDUAL = 8
_MOST_STEPS = 2_000_000
"""Of the training of one network; a very long series has fewer epochs."""
_PURE_LAGS = (1, 4)

Array = NDArray[np.float64]
T = TypeVar("T")
MakeRun = Callable[[str, SequenceDataset, Candidate, AutomaticConfig, int], Run]


class ForecasterFit(PartsFit):
    """Fits a forecaster to all rows of one series before its test part.

    The result depends on the table, the settings and the engine only, not on pauses.

    Attributes
    ----------
    views
        The series as parts see it.
    """

    def __init__(
        self,
        name: str,
        table: Table,
        data: DataConfig | None = None,
        automatic: AutomaticConfig | None = None,
        *,
        engine: str = "auto",
        network: Mapping[str, Any] | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        """Prepare; of `data`, columns, roles, horizon and the test part count.

        `network` and `training` are settings of the Elman networks that are not to be the usual ones.

        Raises
        ------
        ConfigError
            When settings do not go together.
        DataError
            When a column is missing, or there are too few rows.
        """
        super().__init__(name, automatic or AutomaticConfig(), engine, network, training)
        self.views = SeriesViews.of(table, data or DataConfig(), self.automatic)
        for make in (residual_run, pure_run):  # told now, not in the midst of the work
            self._as_given(make(self.name, self.views.plain, Candidate((), None, 1, 0.0), self.automatic, 1))

    # -- stages -----------------------------------------------------------------------------------

    def _fit(self) -> Iterator[FitUpdate]:
        views, grid = self.views, LinearGrid(self.views, self.automatic)
        if not views.varies.all():
            rows = counted(views.plain.train_rows - views.validation_rows, "row")
            yield self._without_a_choice(f"{views.plain.name}: its first {rows} do not vary")
            return
        try:
            for share in grid.tried():
                yield FitUpdate(FitStage.CHOOSING, _CHOOSING_SHARE * share)
        except DataError as error:
            yield self._without_a_choice(str(error))
            return
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
        shares = np.linspace(_CHOOSING_SHARE, 1.0, len(plans) + 1)
        for (make, candidate), begin, end in zip(plans, shares[:-1].tolist(), shares[1:].tolist(), strict=True):
            yield from self._elman(make, candidate, begin, end)
        yield FitUpdate(FitStage.DONE, 1.0)

    def _without_a_choice(self, reason: str) -> FitUpdate:
        """Take the plainest part there is: the series does not vary, or is too short for an inner validation."""
        candidate = Candidate((), None, 1, 1.0)
        run = linear_run(self.name, self.views.plain, candidate)
        note = f"{reason}; it is predicted by least squares of one lag, without a choice"
        self.forecaster = Forecaster(
            self.views.plain,
            (ForecastPart(run, PartKind.LINEAR),),
            self.automatic,
            notes=(*self.views.notes, note),
        )
        return FitUpdate(FitStage.DONE, 1.0, forecaster=self.forecaster, message=note)

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
        best = {(each.candidate.transforms, each.candidate.lags): each.candidate for each in reversed(one_step)}
        candidates = list(reversed(best.values()))
        for each in several:
            if each.candidate.transforms not in {candidate.transforms for candidate in candidates}:
                candidates.append(each.candidate)
        plans: list[tuple[MakeRun, Candidate]] = []
        if self.automatic.residual:
            plans += [(residual_run, candidate) for candidate in candidates[:_MOST_RESIDUAL]]
        if self.automatic.pure:
            plans += [(pure_run, replace(candidates[0], lags=lags)) for lags in _PURE_LAGS]
        return plans

    def _elman(self, make: MakeRun, candidate: Candidate, begin: float, end: float) -> Iterator[FitUpdate]:
        """Fit the networks of one part, and take it in."""
        assert self.forecaster is not None
        place, middle = len(self.forecaster.parts), (begin + end) / 2
        epochs, errors = yield from self._validated(make, candidate, place, begin, middle)
        run = yield from self._fitted(make, candidate, place, epochs, middle, end)
        yield self._with(self.forecaster, (ForecastPart(run, PartKind.ELMAN, errors=errors),), FitStage.FITTING, end)

    def _validated(
        self, make: MakeRun, candidate: Candidate, place: int, begin: float, end: float
    ) -> Generator[FitUpdate, None, tuple[int, Array]]:
        """Fit networks to what comes before the inner validation, until their mean loss there rises.

        Returns the best epoch, and the errors that they have there with the weights of that epoch.
        """
        automatic, views = self.automatic, self.views
        run = self._as_given(make(self.name, views.inner_of(candidate), candidate, automatic, automatic.inner_networks))
        epochs = min(automatic.epochs, max(_MOST_STEPS // max(run.dataset.train_steps, 1), 2 * _EPOCHS_A_CHECK))
        trainer = self._begin(run, place)
        best, best_loss, best_weights = 0, np.inf, trainer.weights()
        while trainer.epoch < epochs and trainer.epoch - best < automatic.patience:
            before = trainer.epoch
            for update in self._train(trainer, min(before + _EPOCHS_A_CHECK, epochs)):
                share = begin + (end - begin) * trainer.epoch / epochs
                yield FitUpdate(FitStage.VALIDATING, share, place, update)
            losses = self.history.validation
            loss = float(np.mean(losses[before:])) if losses is not None and len(losses) > before else np.inf
            if loss < best_loss:
                best, best_loss, best_weights = trainer.epoch, loss, trainer.weights()
            if trainer.stopping.all_have_ended:
                break
        job = PartPredictor.prepare(replace(run, weights=best_weights))
        judged = yield from _told(job, FitUpdate(FitStage.VALIDATING, end, place))
        return best, views.errors(judged.ahead(views.origins, views.steps))

    def _fitted(
        self, make: MakeRun, candidate: Candidate, place: int, epochs: int, begin: float, end: float
    ) -> Generator[FitUpdate, None, Run]:
        """Fit networks to all rows before the test part, for so many epochs."""
        run = self._as_given(
            make(self.name, self.views.whole_of(candidate), candidate, self.automatic, self.automatic.networks)
        )
        run = replace(run, training=run.training.replace(epochs=max(epochs, 1)))
        trainer = self._begin(run, place)
        for update in self._train(trainer, run.training.epochs):
            share = begin + (end - begin) * trainer.epoch / run.training.epochs
            yield FitUpdate(FitStage.FITTING, share, place, update)
        return replace(run, weights=trainer.weights(), history=self.history)


def _told(job: Job[T], update: FitUpdate) -> Generator[FitUpdate, None, T]:
    """Run a job to its end, and give an update with each of its steps."""
    while True:
        try:
            next(job)
        except StopIteration as end:
            result: T = end.value
            return result
        yield update
