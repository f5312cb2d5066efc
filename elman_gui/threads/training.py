"""TrainingWorker: in its own thread, it turns the core's generator into signals."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from elman_core.data.dataset import Part
from elman_core.experiment import Run, Weights
from elman_core.forecasting.scores import PartScores
from elman_core.support.background_import import load_torch
from elman_core.support.error_log import log_error
from elman_core.support.jobs import complete
from elman_core.support.throttle import Throttle
from elman_core.training.events import FinishReason, Snapshot, TrainingUpdate
from elman_gui.threads.fitting import FitProgress, FitRequest, PartBegun, watch_fit
from elman_gui.threads.priority import let_the_window_go_first

if TYPE_CHECKING:
    from elman_core.experiments.scorecard import Measure
    from elman_core.forecasting.automatic import PartsFit
    from elman_core.forecasting.forecaster import Forecaster
    from elman_core.forecasting.whole import WholeForecast
    from elman_core.support.jobs import Job
    from elman_core.training.trainer import Trainer

__all__ = [
    "FRAMES_PER_SECOND", "UNLIMITED", "IdleEvaluation", "RunEnd", "StopCondition", "TrainingRequest", "TrainingWorker",
]  # fmt: skip

_log = logging.getLogger(__name__)
T = TypeVar("T")

FRAMES_PER_SECOND = 30
UNLIMITED = 0.0
"""Speed without a limit; any other speed is in epochs a second."""


@dataclass(frozen=True)
class StopCondition:
    """How far a run goes: to an epoch, or one time step; and whether it has ended then, or only rests."""

    last_epoch: int
    one_time_step: bool = False
    ends_run: bool = False


@dataclass(frozen=True)
class TrainingRequest:
    """What to show or train.

    A request of the same generation as the one before goes on where that one left the network; one of another
    generation begins with its experiment.

    Each request has its own events, so that none is mistaken for another's: `stop` ends its run, `abandon` ends all
    that it does, the evaluation after the run too.

    With a `fit` it is a forecaster that is trained, part after part; the experiment is the `part` that is shown.
    Scores are those of the `forecaster` where there is one.
    """

    experiment: Run
    generation: int
    device: str
    limit: StopCondition | None = None
    fit: FitRequest | None = None
    forecaster: Forecaster | None = None
    part: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    abandon: threading.Event = field(default_factory=threading.Event)

    def give_up(self) -> None:
        """End all that this request does at its next slice. May be called from any thread."""
        self.stop.set()
        self.abandon.set()


@dataclass(frozen=True)
class RunEnd:
    """How a run ended: `reason` is None when it was interrupted, `message` a sentence or empty."""

    reason: FinishReason | None
    message: str = ""
    weights: Weights | None = None


@dataclass(frozen=True)
class IdleEvaluation:
    """The network while nothing trains: all there is to show and score.

    Attributes
    ----------
    scores
        None while they are not known yet.
    measures
        Beside a paper, if it has one.
    whole
        What the whole forecaster predicts, of which the network is a part.
    """

    request: TrainingRequest
    snapshot: Snapshot
    scores: dict[Part, PartScores | None] | None = None
    measures: tuple[Measure, ...] = ()
    whole: WholeForecast | None = None


class TrainingWorker(QObject):
    """Owns the trainer, whose network nobody else touches.

    `consumed`, `set_speed`, `set_learning_rate`, `use_engine`, `look_at` and `hand_over` are called directly from the
    window's thread, since a queued slot would run only after the loop; so are a request's events. The slots are queued.

    Signals
    -------
    devices_found(tuple)
        The devices that torch can use here, once torch is imported.
    engine_chosen(str)
        The engine that moves the weights from now on.
    updates_ready(tuple)
        Updates since the last time: at most 30 times a second, and not before the window has
        `consumed` those before.
    handed_over(Weights)
        The weights in mid-run, with all that the run needs to go on from a file; they are those of the last update.
    part_begun(PartBegun)
        Of a forecaster, the networks of another part begin to learn; the next updates are of these.
    fit_moved(FitProgress)
        How far the fit of a forecaster is, and what it is so far.
    whole_found(WholeForecast)
        What a forecaster predicts that is still being fitted.
    run_ended(RunEnd)
        Nothing trains any more.
    idle_evaluated(IdleEvaluation)
        How the network responds and scores while nothing trains.
    failed(Exception)
        A request failed.
    """

    devices_found = Signal(tuple)
    engine_chosen = Signal(str)
    updates_ready = Signal(tuple)
    handed_over = Signal(object)
    part_begun = Signal(object)
    fit_moved = Signal(object)
    whole_found = Signal(object)
    run_ended = Signal(object)
    idle_evaluated = Signal(object)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._consumed = threading.Event()
        self._consumed.set()
        self._speed = UNLIMITED
        self._learning_rate: float | None = None
        self._engine = "tensors"
        self._engine_told = ""
        self._member = 0
        self._trainer: Trainer | None = None
        self._generation = -1
        self._fit: PartsFit | None = None
        self._fit_generation = -1
        self._weights_wanted: deque[threading.Event] = deque()
        self._collected: list[TrainingUpdate] = []
        self._frames = Throttle(seconds=1 / FRAMES_PER_SECOND)

    # -- called directly, from any thread -------------------------------------------------------

    def consumed(self) -> None:
        """Allow the next signal: the window has shown the updates of the last one."""
        self._consumed.set()

    def set_speed(self, epochs_per_second: float) -> None:
        """Set the speed from now on."""
        self._speed = epochs_per_second

    def set_learning_rate(self, rate: float) -> None:
        """Move the weights at this rate from the next update on; it is within its limits."""
        self._learning_rate = rate

    def use_engine(self, name: str) -> None:
        """Use another engine as soon as possible."""
        self._engine = name

    def look_at(self, member: int) -> None:
        """Show another network of the ensemble from the next snapshot on."""
        self._member = member

    def hand_over(self) -> threading.Event:
        """Ask for the weights in mid-run; the event is set once they, or the end of the run, have been told."""
        told = threading.Event()
        self._weights_wanted.append(told)
        return told

    # -- slots ----------------------------------------------------------------------------------

    @Slot()
    def warm_up(self) -> None:
        """Import torch, which takes a second, and say which devices there are."""
        try:
            let_the_window_go_first()
            load_torch()
            import torch

            from elman_core.devices import available_devices

            torch.set_num_threads(1)  # set per thread; one is fastest for networks this small
            self.devices_found.emit(available_devices())
        except Exception as error:
            self._fail(error)

    @Slot(object)
    def show_experiment(self, request: TrainingRequest) -> None:
        """Make the trainer of an experiment, and show how its network responds."""
        try:
            if request.fit is None or request.fit.generation != self._fit_generation:
                self._fit = None  # of a table that was left
            trainer = self._trainer_for(request)
            if trainer is not None:
                self._evaluate(trainer, request)
        except Exception as error:
            self._fail(error)

    @Slot(object)
    def run(self, request: TrainingRequest) -> None:
        """Train until the limit, an interruption, or the end of the run."""
        if request.fit is not None:
            self._run_fit(request, request.fit)
            return
        try:
            trainer = self._trainer_for(request)
            if trainer is None:
                self.run_ended.emit(RunEnd(None))
                return
            reason, message = self._iterate(trainer, request)
            self._emit_collected()
            self.run_ended.emit(RunEnd(reason, message, trainer.weights()))
        except Exception as error:
            self._trainer = None
            self._fail(error)
            self.run_ended.emit(RunEnd(FinishReason.FAILED))
            return
        finally:
            self._answer()
        try:
            self._evaluate(trainer, request)
        except Exception as error:
            self._fail(error)

    # -- a forecaster, part after part ----------------------------------------------------------

    def _run_fit(self, request: TrainingRequest, wanted: FitRequest) -> None:
        try:
            fit = self._fit_for(wanted)
            reason = self._watch(fit, request)
            is_held = reason is None and fit.trainer is not None
            self.run_ended.emit(RunEnd(reason, weights=fit.trainer.weights() if is_held else None))
        except Exception as error:
            self._fit = None
            self._fail(error)
            self.run_ended.emit(RunEnd(FinishReason.FAILED))
            return
        finally:
            self._answer()

    def _fit_for(self, wanted: FitRequest) -> PartsFit:
        if self._fit is None or wanted.generation != self._fit_generation:
            from elman_core.forecasting.automatic import recipe_for

            self._fit = None
            recipe = recipe_for(wanted.table)
            self._fit = recipe(wanted.name, wanted.table, wanted.data, wanted.automatic, engine=self._engine)
            self._fit_generation = wanted.generation
        return self._fit

    def _watch(self, fit: PartsFit, request: TrainingRequest) -> FinishReason | None:
        assert request.limit is not None
        self._collected.clear()
        self._frames = Throttle(seconds=1 / FRAMES_PER_SECOND)
        due = time.monotonic()

        def goes_on(epochs: int) -> bool:
            nonlocal due
            due = self._keep_pace(due, epochs, request.stop)
            self._answer()  # there is nothing to hand over before a part is done
            if fit.trainer is not None:
                self._follow_engine(fit.trainer)
            fit.use_engine(self._engine)
            return not request.stop.is_set()

        return watch_fit(
            fit,
            self,
            one_time_step=request.limit.one_time_step,
            frame_seconds=1 / FRAMES_PER_SECOND,
            is_due=lambda: self._consumed.is_set() and self._frames.is_due,
            goes_on=goes_on,
            epochs_at_once=self._epochs_a_frame,
        )

    def show_part(self, begun: PartBegun) -> None:
        """Tell that another part begins."""
        self.part_begun.emit(begun)

    def show_updates(self, updates: list[TrainingUpdate]) -> None:
        """Tell what the part under way did; that its epochs are done ends no run."""
        self._collected.extend(replace(update, finished=None, message="") for update in updates)
        with self._frames.turn():
            self._emit_collected()

    def show_fit(self, progress: FitProgress) -> None:
        """Tell how far the fit is; the first forecast, by least squares, is there at once."""
        self.fit_moved.emit(progress)
        if progress.forecaster is not None and progress.is_first:
            from elman_core.forecasting.forecaster_method import alone
            from elman_core.forecasting.whole import look_at_whole

            # Of the part that counts most: all of them would take a second.
            self.whole_found.emit(complete(look_at_whole(alone(progress.forecaster, progress.forecaster.shown))))

    # -- one run --------------------------------------------------------------------------------

    def _trainer_for(self, request: TrainingRequest) -> Trainer | None:
        """Return the trainer of a request; None where it is to stop before there is one: many networks take a while."""
        if self._trainer is None or request.generation != self._generation:
            from elman_core.training.trainer import Trainer

            self._trainer = None  # so that two large networks are never held at once
            preparation = Trainer.prepare(request.experiment, device=request.device, engine=self._engine)
            self._trainer = _unless(request.stop, preparation)
            if self._trainer is None:
                return None
            self._generation = request.generation
        self._trainer.member, self._trainer.checkpoint_member = self._member, request.experiment.history.path.member
        self._follow_engine(self._trainer)
        return self._trainer

    def _follow_engine(self, trainer: Trainer) -> None:
        trainer.use_engine(self._engine)
        if trainer.engine_name != self._engine_told:
            self._engine_told = trainer.engine_name
            self.engine_chosen.emit(trainer.engine_name)

    def _iterate(self, trainer: Trainer, request: TrainingRequest) -> tuple[FinishReason | None, str]:
        assert request.limit is not None
        self._collected.clear()
        self._frames = Throttle(seconds=1 / FRAMES_PER_SECOND)  # the first one of a run is shown at once
        trainer.epochs_at_once = self._epochs_a_frame()
        due = time.monotonic()
        self._follow_rate(trainer)
        while True:
            for update in trainer.updates(
                last_epoch=request.limit.last_epoch,
                one_time_step=request.limit.one_time_step,
                snapshot_seconds=1 / FRAMES_PER_SECOND,
                keep_checkpoints=True,
                ends_run=request.limit.ends_run,
            ):
                self._collected.append(update)
                if update.finished is not None:
                    return update.finished, update.message
                self._emit_if_due()
                due = self._keep_pace(due, len(update.train_losses), request.stop)
                if request.stop.is_set() or self._weights_wanted:
                    break
                trainer.epochs_at_once, trainer.member = self._epochs_a_frame(), self._member
                self._follow_rate(trainer)
                self._follow_engine(trainer)
            settled = trainer.settle()  # so that the run can be saved, and goes on from a file as it does from here
            self._collected.append(settled)
            goes_on = bool(self._weights_wanted) and not request.stop.is_set() and not request.limit.one_time_step
            if settled.finished is not None or not goes_on:
                return settled.finished, settled.message
            self._emit_collected()
            self.handed_over.emit(trainer.weights())
            self._answer()

    def _answer(self) -> None:
        """Let those go on who wait for the weights: they, or the end of the run, are told by now."""
        while self._weights_wanted:
            self._weights_wanted.popleft().set()

    def _follow_rate(self, trainer: Trainer) -> None:
        if self._learning_rate is not None:
            trainer.set_learning_rate(self._learning_rate)

    def _epochs_a_frame(self) -> int | None:
        """How many epochs the next slice may have, so that a limited speed looks even."""
        return None if self._speed == UNLIMITED else max(1, round(self._speed / FRAMES_PER_SECOND))

    def _keep_pace(self, due: float, epochs: int, stop: threading.Event) -> float:
        """Wait until the next epochs are due, and return that time.

        Waits a frame at a time, so that a change of speed is felt at once, and no more where the weights are wanted.
        """
        frame = 1 / FRAMES_PER_SECOND
        start = max(due, time.monotonic() - frame)
        while self._speed != UNLIMITED and not stop.is_set():
            left = start + epochs / self._speed - time.monotonic()
            if left <= 0 or self._weights_wanted:
                return start + epochs / self._speed
            self._emit_if_due()
            stop.wait(min(left, frame))
        return time.monotonic()

    def _emit_if_due(self) -> None:
        if self._consumed.is_set() and self._frames.is_due:
            with self._frames.turn():
                self._emit_collected()

    def _emit_collected(self) -> None:
        if self._collected:
            self._consumed.clear()
            self.updates_ready.emit(tuple(self._collected))
            self._collected.clear()

    def _evaluate(self, trainer: Trainer, request: TrainingRequest) -> None:
        """Show and score a network over the whole series, unless the request is given up."""
        from elman_core.experiments.scorecard import scorecard_of
        from elman_core.forecasting.horizons import score_as_trained
        from elman_core.forecasting.running import first_network

        trainer.member = self._member
        snapshot: Snapshot | None = _unless_abandoned(trainer.snapshot(whole=True), request)
        if snapshot is None:
            return
        if request.forecaster is not None:
            self._evaluate_forecaster(request.forecaster, snapshot, request)
            return
        network = first_network(trainer.network, snapshot.member)
        scores = _unless_abandoned(score_as_trained(network, trainer.dataset, snapshot.response), request)
        if scores is None:
            return
        seed = request.experiment.training.seed + snapshot.member
        measures = _unless_abandoned(scorecard_of(trainer.dataset.source, network, seed), request)
        if measures is not None:
            self.idle_evaluated.emit(IdleEvaluation(request, snapshot, scores, measures))

    def _evaluate_forecaster(self, forecaster: Forecaster, snapshot: Snapshot, request: TrainingRequest) -> None:
        """Show and score the whole forecaster beside the network that is looked at."""
        from elman_core.forecasting.whole import look_at_whole

        self.idle_evaluated.emit(IdleEvaluation(request, snapshot))  # to be seen while all parts are run
        whole = _unless_abandoned(look_at_whole(forecaster, request.part, snapshot.response), request)
        if whole is not None:
            self.idle_evaluated.emit(IdleEvaluation(request, snapshot, whole.scores, whole=whole))

    def _fail(self, error: Exception) -> None:
        log_error(_log, "the worker failed", error)
        self.failed.emit(error)


def _unless_abandoned(job: Job[T], request: TrainingRequest) -> T | None:
    """Return a job's result, or None where the request is given up on the way."""
    return _unless(request.abandon, job)


def _unless(end: threading.Event, job: Job[T]) -> T | None:
    """Return a job's result, or None where an event comes first."""
    while not end.is_set():
        try:
            next(job)
        except StopIteration as stop:
            result: T = stop.value
            return result
    job.close()
    return None
