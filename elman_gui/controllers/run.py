"""RunController: moves the document's experiment through the states of a run; the worker's thread belongs to it."""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, Signal, Slot

from elman_core.experiment import Weights
from elman_core.training.engines.order import row_of_step
from elman_core.training.events import FinishReason, TrainingUpdate
from elman_gui.controllers.run_clock import RunClock
from elman_gui.controllers.run_progress import progress_of
from elman_gui.controllers.run_state import RunState
from elman_gui.document import Change, Content, Document, ForecastPlan
from elman_gui.messages import sentence
from elman_gui.notices import Ending, Notice
from elman_gui.threads.fitting import FitProgress, FitRequest, PartBegun
from elman_gui.threads.training import UNLIMITED, IdleEvaluation, RunEnd, StopCondition, TrainingRequest, TrainingWorker

__all__ = ["RunController"]

_PATIENCE_SECONDS, _LOOK_SECONDS = 10.0, 0.05
"""How long the end of the program waits for the weights of a run, and how often it looks whether that has ended."""


class RunController(QObject):
    """Trains the experiment of a document, and shows it while nothing trains.

    Signals
    -------
    state_changed(RunState)
    history_changed(History)
        Epochs were added, or another run is there.
    snapshot_changed(Snapshot)
        The network moved.
    progress_changed(RunProgress)
    time_step_made(int)
        One time step was gone, which this row had entered.
    epoch_made(int)
        An epoch was trained alone; so many are done now.
    scores_changed(object)
        Scores by part, or None while they do not hold.
    measures_changed(tuple)
        What is reached beside a paper; empty where there is none, or another experiment has come.
    devices_changed(tuple)
    engine_changed(str)
    whole_changed(object)
        What the whole forecaster predicts beside the part that is shown, a WholeForecast; None while it is not known.
    fit_moved(FitProgress)
        How far the fit of a forecaster is.
    handed_over(Content)
        What a run has learned so far, which `hand_over` asked for.
    noticed(Notice)
        A sentence worth reading, no problem.
    problem(str)
        A sentence about what went wrong.
    """

    state_changed = Signal(object)
    history_changed = Signal(object)
    snapshot_changed = Signal(object)
    progress_changed = Signal(object)
    time_step_made = Signal(int)
    epoch_made = Signal(int)
    scores_changed = Signal(object)
    measures_changed = Signal(tuple)
    devices_changed = Signal(tuple)
    engine_changed = Signal(str)
    whole_changed = Signal(object)
    fit_moved = Signal(object)
    handed_over = Signal(object)
    noticed = Signal(object)
    problem = Signal(str)

    _warm_up_wanted = Signal()
    _picture_wanted = Signal(object)
    _run_wanted = Signal(object)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = RunState.IDLE
        self.device = "cpu"
        self.speed = UNLIMITED
        self.engine = "tensors"
        self._document = document
        self._goal_state = RunState.IDLE
        self._epochs = self._last_epoch = document.experiment.training.epochs
        self._generation = 0
        self._fit_generation = 0
        self._fit_is_done = False
        self._before = document.content
        self._request = TrainingRequest(document.experiment, self._generation, self.device)
        self._time_step = 0
        self._single_step: StopCondition | None = None
        self._clock = RunClock()
        self._handed_over: Content | None = None
        self._waits = False
        self._thread = QThread(self)
        self._thread.setObjectName("training")
        self._worker = TrainingWorker()
        self._worker.moveToThread(self._thread)
        self._connect()
        document.observe(self._on_change)

    def _connect(self) -> None:
        self._warm_up_wanted.connect(self._worker.warm_up)
        self._picture_wanted.connect(self._worker.show_experiment)
        self._run_wanted.connect(self._worker.run)
        self._worker.devices_found.connect(self.devices_changed)
        self._worker.engine_chosen.connect(self.engine_changed)
        self._worker.updates_ready.connect(self._on_updates)
        self._worker.handed_over.connect(self._on_handed_over)
        self._worker.part_begun.connect(self._on_part_begun)
        self._worker.fit_moved.connect(self._on_fit_moved)
        self._worker.whole_found.connect(self.whole_changed)
        self._worker.run_ended.connect(self._on_run_ended)
        self._worker.idle_evaluated.connect(self._on_idle_evaluation)
        self._worker.failed.connect(self._on_failure)

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing trains, so that settings may change."""
        return self.state in (RunState.IDLE, RunState.PAUSED)

    # -- what a person can do -------------------------------------------------------------------

    def warm_up(self) -> None:
        """Start the worker's thread, import torch there, and show the network."""
        self._thread.start()
        self._warm_up_wanted.emit()
        self._report_progress()
        self._show()

    def train(self) -> None:
        """Train, or go on after a pause. A network that has reached its epochs gets as many again."""
        if not self.is_at_rest:
            return
        epochs, done = self._document.experiment.training.epochs, self._document.experiment.history.epochs
        if self.state is RunState.IDLE and self._document.plan is None:
            self._last_epoch = epochs if done < epochs else done + epochs
        self._run(StopCondition(self._last_epoch, ends_run=True), goal=RunState.IDLE)

    def pause(self) -> None:
        """Hold the run; `train` goes on where it stood."""
        self._interrupt(RunState.PAUSED)

    def stop(self) -> None:
        """End the run. What was learned stays."""
        if self.state is RunState.PAUSED:
            self._set_state(RunState.IDLE)
        else:
            self._interrupt(RunState.IDLE)

    def step_time(self) -> None:
        """Go one time step forward, and stay paused."""
        self._step(StopCondition(self._document.experiment.history.epochs + 1, one_time_step=True))

    def step_epoch(self) -> None:
        """Train to the end of this epoch, and stay paused."""
        self._step(StopCondition(self._document.experiment.history.epochs + 1))

    def set_speed(self, epochs_per_second: float) -> None:
        """Set how fast a run may go, `UNLIMITED` or epochs a second; also while it runs."""
        self.speed = epochs_per_second
        self._worker.set_speed(epochs_per_second)

    def follow_rate(self) -> None:
        """Move the weights at the learning rate of the document from the next update on; also while it runs."""
        self._worker.set_learning_rate(self._document.experiment.training.learning_rate)

    def set_device(self, device: str) -> None:
        """Compute on another device from the next run on."""
        if device != self.device:
            self.device = device
            self._generation += 1

    def use_engine(self, name: str) -> None:
        """Train with another engine as soon as possible."""
        self.engine = name
        self._worker.use_engine(name)
        if self.is_at_rest:
            self._show()

    def hand_over(self) -> None:
        """Ask for what a run has learned so far: `handed_over` tells it, unless the run ends before."""
        self._worker.hand_over()

    def content_now(self) -> Content | None:
        """Wait for what is learned by now, in mid-run too; None where that takes too long.

        For the end of the program only: the window waits, for milliseconds as a rule.
        """
        if self.is_at_rest:
            return self._document.copy()
        told, end = self._worker.hand_over(), time.monotonic() + _PATIENCE_SECONDS
        self._waits, has_come = True, False
        while not (has_come or self.is_at_rest or time.monotonic() > end):
            has_come = told.wait(_LOOK_SECONDS)
            # What the worker has told waits in the queue, in its order: updates, then weights or the run's end.
            QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall)
        content, self._waits, self._handed_over = self._handed_over, False, None
        return self._document.copy() if self.is_at_rest else content

    def shut_down(self) -> None:
        """End the run and its thread. Called once, before the window goes."""
        self._document.forget(self._on_change)
        self._request.give_up()
        self._thread.quit()
        self._thread.wait()

    # -- what the session asks for --------------------------------------------------------------

    def begin_anew(self) -> None:
        """Be at the beginning of another run: the document has other content."""
        self._set_last_epoch()
        self._fit_generation += 1
        self._fit_is_done = self._document.forecaster is not None
        self._clock = RunClock()
        self._set_state(RunState.IDLE)

    def show_document(self) -> None:
        """Show the document's experiment, which the worker does not have yet."""
        if self._document.experiment.training.epochs != self._epochs:  # otherwise a run that is paused keeps its goal
            self._set_last_epoch()
        self._generation += 1
        self._take_position()
        self._worker.look_at(self._document.member)
        self.history_changed.emit(self._document.experiment.history)
        self.scores_changed.emit(None)
        self.measures_changed.emit(())
        self._report_progress()
        if self.is_at_rest:
            self._show()

    def _on_change(self, change: Change) -> None:
        """Look at another network of the ensemble: while it trains, from the next snapshot on."""
        if change is not Change.MEMBER:
            return
        self._worker.look_at(self._document.member)
        self._report_progress()
        if self.is_at_rest:
            self.scores_changed.emit(None)
            self._show()

    def _take_position(self) -> None:
        """Know where within an epoch the weights stand."""
        weights = self._document.experiment.weights
        position = None if weights is None else weights.position
        self._time_step = 0 if position is None else position.time_step

    def _set_last_epoch(self) -> None:
        self._epochs = self._document.experiment.training.epochs
        self._last_epoch = max(self._epochs, self._document.experiment.history.epochs)

    # -- states ---------------------------------------------------------------------------------

    def _set_state(self, state: RunState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)

    def _run(self, limit: StopCondition, goal: RunState) -> None:
        self._goal_state, self._single_step = goal, None
        if self._fit_is_done:  # the same seed fits the same forecaster once more
            self._fit_is_done = False
            self._fit_generation += 1
        self._set_state(RunState.RUNNING)
        self._clock.start()
        self.scores_changed.emit(None)
        self._worker.set_speed(self.speed)
        self.follow_rate()
        self._document.experiment.history.expect(limit.last_epoch)
        self._run_wanted.emit(self._new_request(limit))

    def _step(self, limit: StopCondition) -> None:
        if self.is_at_rest:
            self._last_epoch = max(self._last_epoch, limit.last_epoch)
            self._run(limit, goal=RunState.PAUSED)
            self._single_step = limit

    def _interrupt(self, goal: RunState) -> None:
        if self.state in (RunState.RUNNING, RunState.STOPPING):
            self._goal_state = goal
            self._request.stop.set()
            self._set_state(RunState.STOPPING)

    def _new_request(self, limit: StopCondition | None = None) -> TrainingRequest:
        """Give up what the worker still does, and ask for something else."""
        self._request.give_up()
        self._before = self._document.copy()
        path = self._before.experiment.history.path
        if not len(path):  # the course of the network that is looked at is kept
            path.member = self._document.member
        plan = self._before.plan
        self._request = TrainingRequest(
            self._before.experiment,
            self._generation,
            self.device,
            limit,
            fit=None if plan is None else self._fit_of(plan),
            forecaster=self._before.forecaster if limit is None else None,
            part=0 if plan is None else plan.part,
        )
        return self._request

    def _fit_of(self, plan: ForecastPlan) -> FitRequest:
        experiment = self._document.experiment
        return FitRequest(experiment.name, self._document.table, plan.data, plan.automatic, self._fit_generation)

    def _show(self) -> None:
        self._picture_wanted.emit(self._new_request())

    # -- what the worker says -------------------------------------------------------------------

    @Slot(tuple)
    def _on_updates(self, updates: tuple[TrainingUpdate, ...]) -> None:
        history = self._document.experiment.history
        before = history.epochs
        self._time_step = updates[-1].time_step
        self._clock.count(sum(update.steps for update in updates))
        self._document.extend(updates)
        if history.epochs != before:
            self.history_changed.emit(history)
        snapshots = [update.snapshot for update in updates if update.snapshot is not None]
        if snapshots and snapshots[-1].member == self._document.member:
            self.snapshot_changed.emit(snapshots[-1])
        for update in updates:
            if update.message and update.finished is None:  # what ends a run says so at its end
                self.noticed.emit(Notice(update.message, is_important=True))
        self._report_progress()
        self._worker.consumed()

    @Slot(object)
    def _on_part_begun(self, begun: PartBegun) -> None:
        self._document.begin_part(begun.place, begun.run)

    @Slot(object)
    def _on_fit_moved(self, progress: FitProgress) -> None:
        if progress.forecaster is not None:
            self._document.set_forecaster(progress.forecaster, progress.seconds)
        self.fit_moved.emit(progress)

    @Slot(object)
    def _on_handed_over(self, weights: Weights) -> None:
        content = self._document.with_weights(weights)
        self._handed_over = content if self._waits else None
        self.handed_over.emit(content)

    @Slot(object)
    def _on_run_ended(self, end: RunEnd) -> None:
        self._clock.stop()
        if end.weights is not None:
            self._document.set_weights(end.weights)
        if end.reason is FinishReason.FAILED:
            self._document.restore(self._before, self._document.experiment.training)
            self._take_position()
        self.history_changed.emit(self._document.experiment.history)  # which weights there are now is known only here
        if end.reason is FinishReason.DIVERGED:
            self.problem.emit(end.message)
        elif end.message:
            self.noticed.emit(Notice(end.message, frozenset({Ending.TRAINING, Ending.CHANGE})))
        run_is_over = end.reason in (FinishReason.FAILED, FinishReason.DIVERGED)
        self._set_state(RunState.IDLE if run_is_over else self._goal_state)
        self._report_progress()
        if self._single_step is not None and not run_is_over:
            self._tell_step(self._single_step)
        if self._document.plan is not None:
            self._show_what_is_fitted(end)

    def _show_what_is_fitted(self, end: RunEnd) -> None:
        """Look at the part that counts most, or at the one whose networks have not learned all yet."""
        forecaster = self._document.forecaster
        self._fit_is_done = end.reason is FinishReason.COMPLETED
        if forecaster is not None and (self._fit_is_done or self._goal_state is RunState.IDLE):
            self._document.look_at_part(forecaster.shown)
        else:
            self._generation += 1
            self._show()

    def _tell_step(self, step: StopCondition) -> None:
        """Say which step was made."""
        experiment = self._document.experiment
        epoch, time_step = experiment.history.epochs, self._time_step
        if not step.one_time_step:
            self.epoch_made.emit(epoch)
        elif time_step or epoch:  # the last one of an epoch ends it
            epoch, time_step = (epoch, time_step) if time_step else (epoch - 1, experiment.dataset.train_steps)
            self.time_step_made.emit(
                row_of_step(experiment.dataset, experiment.training, epoch, time_step - 1, self._document.member)
            )

    @Slot(object)
    def _on_idle_evaluation(self, evaluation: IdleEvaluation) -> None:
        # An answer may have been on its way here while another experiment was opened.
        if not self.is_at_rest or evaluation.request is not self._request:
            return
        if evaluation.snapshot.member != self._document.member:  # chosen while another one was evaluated
            self._show()
        else:
            self.snapshot_changed.emit(evaluation.snapshot)
            if evaluation.scores is not None:
                self.measures_changed.emit(evaluation.measures)
                self.whole_changed.emit(evaluation.whole)
                self.scores_changed.emit(evaluation.scores)

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self.problem.emit(sentence(error))

    def _report_progress(self) -> None:
        self.progress_changed.emit(
            progress_of(
                self._document.experiment, self._document.course, self._last_epoch, self._time_step, self._clock,
                is_running=self.state is RunState.RUNNING,
            )
        )  # fmt: skip
