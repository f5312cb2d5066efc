"""TrainingSession: the one controller between the views and the worker."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import QUndoStack

from elman_core.config import DataConfig, NetworkConfig, TrainingConfig
from elman_core.experiment import Weights
from elman_core.experiments.variants import compare, what_is_compared
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.engines.kernel_cache import prepare_kernels
from elman_core.training.events import FinishReason, TrainingUpdate
from elman_gui.controllers.loading import OpenDocument, prepare_anew, save
from elman_gui.controllers.run_clock import RunClock
from elman_gui.controllers.run_state import RunProgress, RunState
from elman_gui.controllers.undo import ChangeTraining, SwapDocument
from elman_gui.messages import sentence
from elman_gui.threads.job import JobThread
from elman_gui.threads.training import UNLIMITED, IdleEvaluation, RunEnd, StopCondition, TrainingRequest, TrainingWorker

if TYPE_CHECKING:
    from elman_core.experiments.scorecard import Measure

__all__ = ["SessionContent", "TrainingSession"]


_MOST_UNDONE = 100


@dataclass(frozen=True)
class SessionContent:
    """What a session holds, and whether there is training in it that is not saved."""

    loaded: OpenDocument
    modified: bool


class TrainingSession(QObject):
    """Holds the experiment, and moves it through its states.

    Signals
    -------
    state_changed(RunState)
    experiment_changed(Experiment)
        Another experiment, or other settings; the history shown so far may no longer hold.
    history_changed(History)
        Epochs were added.
    snapshot_changed(Snapshot)
        The network moved.
    progress_changed(RunProgress)
    scores_changed(object)
        Scores by part, or None while they do not hold.
    measures_changed(tuple)
        What is reached beside a paper; empty where there is none, or while the network moves.
    comparison_changed(tuple)
        What other networks reach from the same seed; empty where they have not been trained.
    devices_changed(tuple)
    engine_changed(str)
    saved(Path)
    modified_changed(bool)
        Whether there is training that is not saved.
    job_started(JobThread, str)
        Long work began; the string says what.
    noticed(str)
        A sentence worth reading, no problem.
    problem(str)
        A sentence about what went wrong.
    """

    state_changed = Signal(object)
    experiment_changed = Signal(object)
    history_changed = Signal(object)
    snapshot_changed = Signal(object)
    progress_changed = Signal(object)
    scores_changed = Signal(object)
    measures_changed = Signal(tuple)
    comparison_changed = Signal(tuple)
    devices_changed = Signal(tuple)
    engine_changed = Signal(str)
    saved = Signal(object)
    modified_changed = Signal(bool)
    job_started = Signal(object, str)
    noticed = Signal(str)
    problem = Signal(str)

    _warm_up_wanted = Signal()
    _picture_wanted = Signal(object)
    _run_wanted = Signal(object)

    def __init__(self, loaded: OpenDocument, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.experiment = loaded.experiment
        self.table = loaded.table
        self.path = loaded.path
        self.state = RunState.IDLE
        self.modified = False
        self.device = "cpu"
        self.speed = UNLIMITED
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(_MOST_UNDONE)
        self._goal_state = RunState.IDLE
        self._last_epoch = loaded.experiment.training.epochs
        self._handed_over = False
        self._request = TrainingRequest(None, self.device)
        self._time_step = 0
        self._clock = RunClock()
        self._engine = "tensors"
        self._compared = ("", 0)
        self._comparison: JobThread | None = None
        self._jobs: set[JobThread] = set()
        self._thread = QThread(self)
        self._thread.setObjectName("training")
        self._worker = TrainingWorker()
        self._worker.moveToThread(self._thread)
        self._connect()

    def _connect(self) -> None:
        self._warm_up_wanted.connect(self._worker.warm_up)
        self._picture_wanted.connect(self._worker.show_experiment)
        self._run_wanted.connect(self._worker.run)
        self._worker.devices_found.connect(self.devices_changed)
        self._worker.devices_found.connect(self._prepare_kernels, Qt.ConnectionType.SingleShotConnection)
        self._worker.engine_chosen.connect(self.engine_changed)
        self._worker.updates_ready.connect(self._on_updates)
        self._worker.run_ended.connect(self._end_run)
        self._worker.idle_evaluated.connect(self._on_idle_evaluation)
        self._worker.failed.connect(self._on_worker_failure)

    # -- what a person can do -------------------------------------------------------------------

    def warm_up(self) -> None:
        """Start the worker's thread, import torch there, and show the network."""
        self._thread.start()
        self._warm_up_wanted.emit()
        self._report_progress()
        self._show()

    def train(self) -> None:
        """Train, or go on after a pause. A network that has reached its epochs gets as many again."""
        if self.state not in (RunState.IDLE, RunState.PAUSED):
            return
        training, done = self.experiment.training, self.experiment.history.epochs
        if self.state is RunState.IDLE:
            self._last_epoch = training.epochs if done < training.epochs else done + training.epochs
        self._run(StopCondition(self._last_epoch), goal=RunState.IDLE)

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
        self._step(StopCondition(self.experiment.history.epochs + 1, one_time_step=True))

    def step_epoch(self) -> None:
        """Train to the end of this epoch, and stay paused."""
        self._step(StopCondition(self.experiment.history.epochs + 1))

    def reset(self, seed: int | None = None) -> None:
        """Go back to untrained weights, drawn from the same seed or another. Can be undone."""
        training = self.experiment.training
        training = training if seed is None else training.replace(seed=seed)
        self._begin_afresh(OpenDocument(replace(self.experiment.untrained(), training=training), self.table), "Reset")

    def reset_with_new_seed(self) -> None:
        """Go back to untrained weights, drawn from a seed not used before."""
        self.reset(random.randrange(2, 10_000))

    def undo(self) -> None:
        """Take the last change back."""
        if self.is_at_rest:
            self.undo_stack.undo()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self.is_at_rest:
            self.undo_stack.redo()

    def set_network(self, network: NetworkConfig) -> None:
        """Use another network, untrained."""
        if network != self.experiment.network:
            experiment = replace(self.experiment.untrained(), network=network)
            self._begin_afresh(OpenDocument(experiment, self.table), "Change of Network")

    def set_training(self, training: TrainingConfig) -> None:
        """Train otherwise from now on; the weights stay, unless their number, precision or seed changes."""
        before = self.experiment.training
        if training == before or not self.is_at_rest:
            return
        untrained = self.experiment.weights is None
        other_weights = training.precision is not before.precision or training.networks != before.networks
        if other_weights or (training.seed != before.seed and untrained):
            experiment = replace(self.experiment.untrained(), training=training)
            self._begin_afresh(OpenDocument(experiment, self.table), "Change of Training")
        else:
            self.undo_stack.push(ChangeTraining(self, before, training))

    def apply_training(self, training: TrainingConfig) -> None:
        """Train otherwise from now on, with the weights as they are."""
        before, experiment = self.experiment.training, replace(self.experiment, training=training)
        if training.optimizer is not before.optimizer and experiment.weights is not None:
            experiment = replace(experiment, weights=replace(experiment.weights, optimizer={}))
        if training.epochs != before.epochs:  # otherwise a run that is paused keeps its goal
            self._last_epoch = max(training.epochs, experiment.history.epochs)
        self._put(OpenDocument(experiment, self.table, self.path), keep_state=True)

    def set_weights(self, w1: NDArray[np.floating], w2: NDArray[np.floating], what: str) -> None:
        """Go on with other weights, (N, ., .) each. Can be undone, by the name of `what`."""
        experiment = self.experiment
        if experiment.weights is None:
            context = np.full((len(w1), experiment.network.hidden), experiment.network.initial_context, w1.dtype)
            weights = Weights(w1, w2, context)
        else:
            weights = replace(experiment.weights, w1=w1, w2=w2)
        changed = replace(experiment, weights=weights, history=experiment.history.first(experiment.history.epochs))
        self._exchange_for(OpenDocument(changed, self.table, self.path), True, what)

    def branch_from(self, point: Checkpoint) -> None:
        """Go on from an earlier epoch; the losses from there on stay beside the new ones. Can be undone."""
        experiment = self.experiment
        if experiment.training.networks != 1:
            self.noticed.emit(
                "Only a single network can go on from an earlier epoch: of an ensemble, the weights of the first "
                "network alone are kept along the run."
            )
            return
        context = np.full((1, experiment.network.hidden), experiment.network.initial_context, point.w1.dtype)
        branch = replace(
            experiment,
            weights=Weights(point.w1[None].copy(), point.w2[None].copy(), context),
            history=experiment.history.branch(point.epoch),
        )
        self._exchange_for(OpenDocument(branch, self.table, self.path), True, f"Branch at Epoch {point.epoch:,}")

    def set_data(self, data: DataConfig) -> None:
        """Take other columns, parts or scaling from the same table, with an untrained network."""
        if data != self.experiment.dataset.config:
            experiment, table = self.experiment, self.table
            job = JobThread(lambda: prepare_anew(experiment, table, data), self)
            job.succeeded.connect(self._on_other_data)
            job.failed.connect(self._refuse_data)
            self._start(job, "Preparing the data")

    def set_speed(self, epochs_per_second: float) -> None:
        """Set how fast a run may go, `UNLIMITED` or epochs a second; also while it runs."""
        self.speed = epochs_per_second
        self._worker.set_speed(epochs_per_second)

    def set_device(self, device: str) -> None:
        """Compute on another device from the next run on."""
        if device != self.device:
            self.device = device
            self._handed_over = False

    def open(self, job: JobThread, what: str) -> None:
        """Run a job that returns `OpenDocument`, and open that."""
        job.succeeded.connect(self._open_loaded)
        job.failed.connect(self._on_failure)
        self._start(job, what)

    def save(self, path: Path) -> None:
        """Write the model file, beside the window."""
        experiment = replace(self.experiment, history=self.experiment.history.first(self.experiment.history.epochs))
        job = JobThread(lambda: save(path, experiment), self)
        job.succeeded.connect(self._on_saved)
        job.failed.connect(self._on_failure)
        self._start(job, "Saving")

    def compare(self) -> None:
        """Train the networks that stand beside this experiment's own, beside the window."""
        if not self.is_at_rest or not self.what_is_compared or self._comparison is not None:
            return
        (name, seed), fresh, engine = self._comparable, self.experiment.history.epochs, self._engine
        self._compared = name, seed
        self._comparison = JobThread(lambda: compare(name, seed, fresh, engine), self)
        self._comparison.succeeded.connect(self._on_comparison)
        self._comparison.failed.connect(self._on_failure)
        self._comparison.ended.connect(self._end_comparison)
        self._start(self._comparison, "Training other networks from the same seed")

    def shut_down(self) -> None:
        """End the run and the threads. Called once, before the window goes."""
        self._request.give_up()
        self.undo_stack.blockSignals(True)  # it would speak once more while it is deleted
        for job in self._jobs:
            job.cancel()
        self._thread.quit()
        self._thread.wait()
        for job in list(self._jobs):
            job.wait()

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing trains, so that settings may change."""
        return self.state in (RunState.IDLE, RunState.PAUSED)

    @property
    def is_trained(self) -> bool:
        """Whether there is anything to save or predict with."""
        return self.experiment.weights is not None

    @property
    def what_is_compared(self) -> str:
        """Which other networks `compare` trains, in a few words; empty where there are none."""
        return what_is_compared(self._comparable[0])

    @property
    def _comparable(self) -> tuple[str, int]:
        """The built-in experiment and the seed that a comparison holds for; no name for other data."""
        source = self.experiment.dataset.source
        return source.name if source.kind == "built-in" else "", self.experiment.training.seed

    # -- states ---------------------------------------------------------------------------------

    def _set_state(self, state: RunState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)

    def _set_modified(self, modified: bool) -> None:
        if modified != self.modified:
            self.modified = modified
            self.modified_changed.emit(modified)

    def _run(self, limit: StopCondition, goal: RunState) -> None:
        self._goal_state = goal
        self._set_state(RunState.RUNNING)
        self._clock.start(self.experiment.history.epochs)
        self.scores_changed.emit(None)
        self._worker.set_speed(self.speed)
        self._run_wanted.emit(self._new_request(limit))

    def _step(self, limit: StopCondition) -> None:
        if self.is_at_rest:
            self._last_epoch = max(self._last_epoch, limit.last_epoch)
            self._run(limit, goal=RunState.PAUSED)

    def _interrupt(self, goal: RunState) -> None:
        if self.state in (RunState.RUNNING, RunState.STOPPING):
            self._goal_state = goal
            self._request.stop.set()
            self._set_state(RunState.STOPPING)

    def _new_request(self, limit: StopCondition | None = None) -> TrainingRequest:
        """Give up what the worker still does, and hand the experiment over if it does not have it."""
        self._request.give_up()
        # The history goes on changing here, so the worker gets one of its own.
        experiment = replace(self.experiment, history=self.experiment.history.first(self.experiment.history.epochs))
        self._request = TrainingRequest(None if self._handed_over else experiment, self.device, limit)
        self._handed_over = True
        return self._request

    def _show(self) -> None:
        self._picture_wanted.emit(self._new_request())

    def _put(self, loaded: OpenDocument, *, keep_state: bool = False) -> None:
        """Make this the experiment, and show it."""
        self.experiment, self.table, self.path = loaded.experiment, loaded.table, loaded.path
        self._handed_over = False
        self._time_step = 0
        if not keep_state:
            self._last_epoch = max(self.experiment.training.epochs, self.experiment.history.epochs)
            self._clock = RunClock()
            self._set_state(RunState.IDLE)
        self.experiment_changed.emit(self.experiment)
        self.history_changed.emit(self.experiment.history)
        self.scores_changed.emit(None)
        self.measures_changed.emit(())
        if self._comparable != self._compared:
            self._forget_comparison()
        self._report_progress()
        self._show()

    @Slot(object)
    def _on_other_data(self, loaded: OpenDocument) -> None:
        self._begin_afresh(loaded, "Change of Data")

    def _begin_afresh(self, loaded: OpenDocument, what: str) -> None:
        """Put an untrained experiment in place of this one, which can be had back."""
        if not self.is_at_rest:
            return
        if self.is_trained:
            self.noticed.emit("The network is untrained again. Edit > Undo brings the trained one back.")
        self._exchange_for(loaded, False, what)

    def _exchange_for(self, loaded: OpenDocument, modified: bool, what: str) -> None:
        if self.is_at_rest:
            self.undo_stack.push(SwapDocument(self, SessionContent(loaded, modified), what))

    def swap_document(self, content: SessionContent) -> SessionContent:
        """Put other content in place of what is held, and return that."""
        history = self.experiment.history
        before = replace(self.experiment, history=history.first(history.epochs))
        held = SessionContent(OpenDocument(before, self.table, self.path), self.modified)
        self._put(content.loaded)
        self._set_modified(content.modified)
        return held

    @Slot(object)
    def _open_loaded(self, loaded: OpenDocument) -> None:
        if self.is_at_rest:
            self.undo_stack.clear()
            self._put(loaded)
            self._set_modified(False)

    # -- what the worker says -------------------------------------------------------------------

    @Slot(tuple)
    def _on_updates(self, updates: tuple[TrainingUpdate, ...]) -> None:
        history = self.experiment.history
        before = history.epochs
        history.extend(updates)
        self._time_step = updates[-1].time_step
        self._clock.count(sum(update.steps for update in updates))
        if history.epochs != before:
            self.history_changed.emit(history)
        snapshots = [update.snapshot for update in updates if update.snapshot is not None]
        if snapshots:
            self.snapshot_changed.emit(snapshots[-1])
        for update in updates:
            if update.message and update.finished is None:  # what ends a run says so at its end
                self.noticed.emit(update.message)
        self._set_modified(True)
        self._report_progress()
        self._worker.consumed()

    @Slot(object)
    def _end_run(self, end: RunEnd) -> None:
        self._clock.stop()
        if end.weights is not None:
            self.experiment = replace(self.experiment, weights=end.weights)
        if end.reason is FinishReason.FAILED:
            self._handed_over = False
            self.experiment = replace(self.experiment, history=self.experiment.history.first(self._clock.first_epoch))
            self.history_changed.emit(self.experiment.history)
        if end.reason is FinishReason.DIVERGED:
            self.problem.emit(end.message)
        elif end.message:
            self.noticed.emit(end.message)
        run_is_over = end.reason in (FinishReason.FAILED, FinishReason.DIVERGED)
        self._set_state(RunState.IDLE if run_is_over else self._goal_state)
        self._report_progress()

    @Slot(object)
    def _on_idle_evaluation(self, rest: IdleEvaluation) -> None:
        # An answer may have been on its way here while another experiment was opened.
        if self.is_at_rest and rest.request is self._request:
            self.snapshot_changed.emit(rest.snapshot)
            self.measures_changed.emit(rest.measures)
            self.scores_changed.emit(rest.scores)

    @Slot()
    def _prepare_kernels(self) -> None:
        """Have the fast engine ready, now that torch is; until it is, and where it cannot be had, another trains."""
        job = JobThread(prepare_kernels, self)
        job.succeeded.connect(self._use_kernels)
        self._keep(job)
        job.start()

    @Slot()
    def _use_kernels(self) -> None:
        self._engine = "auto"
        self._worker.use_engine(self._engine)
        if self.is_at_rest:
            self._show()

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self.problem.emit(sentence(error))

    @Slot(object)
    def _on_worker_failure(self, error: Exception) -> None:
        self._handed_over = False  # the worker may have no trainer to go on with
        self._on_failure(error)

    @Slot(object)
    def _refuse_data(self, error: Exception) -> None:
        self.problem.emit(sentence(error))
        self.experiment_changed.emit(self.experiment)  # so that the form shows what still holds

    @Slot(object)
    def _on_saved(self, path: Path) -> None:
        self.path = path
        self._set_modified(False)
        self.saved.emit(path)

    @Slot(object)
    def _on_comparison(self, measures: tuple[Measure, ...]) -> None:
        if self._comparable == self._compared:  # else another experiment has come in between
            self.comparison_changed.emit(measures)

    @Slot()
    def _end_comparison(self) -> None:
        self._comparison = None

    def _forget_comparison(self) -> None:
        self._compared = ("", 0)
        if self._comparison is not None:
            self._comparison.cancel()
        self.comparison_changed.emit(())

    def _start(self, job: JobThread, what: str) -> None:
        self._keep(job)
        self.job_started.emit(job, what)
        job.start()

    def _keep(self, job: JobThread) -> None:
        self._jobs.add(job)
        job.ended.connect(self._forget_job)

    @Slot()
    def _forget_job(self) -> None:
        self._jobs.discard(self.sender())

    def _report_progress(self) -> None:
        history, clock = self.experiment.history, self._clock
        steps_left = (self._last_epoch - history.epochs) * self.experiment.dataset.train_steps - self._time_step
        validation = history.validation
        self.progress_changed.emit(
            RunProgress(
                epoch=history.epochs,
                time_step=self._time_step,
                last_epoch=self._last_epoch,
                train_loss=float(history.train[-1, 0]) if history.epochs else None,
                validation_loss=float(validation[-1, 0]) if history.epochs and validation is not None else None,
                steps_per_second=clock.rate,
                elapsed=clock.elapsed,
                left=max(0.0, steps_left / clock.rate) if clock.rate > 0 and self.state is RunState.RUNNING else None,
            )
        )
