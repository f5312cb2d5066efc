"""TrainingSession: what the window works with, a document, its run, and the jobs beside the window."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from elman_core.analysis.units import Connection
from elman_core.config import AutomaticConfig, DataConfig, NetworkConfig, TrainingConfig
from elman_core.data.table import Table
from elman_core.experiment import Run, Weights
from elman_core.support.jobs import Job
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.engines.kernel_cache import prepare_kernels
from elman_gui.controllers.comparison import Comparison
from elman_gui.controllers.device_advice import DeviceAdvice
from elman_gui.controllers.jobs import JobController
from elman_gui.controllers.kept_work import KeptWork
from elman_gui.controllers.loading import DataMissing, SavedContent, network_anew, plan_anew, prepare_anew, save
from elman_gui.controllers.retraining import Retraining
from elman_gui.controllers.run import RunController
from elman_gui.controllers.run_state import RunState
from elman_gui.controllers.undo import ChangeTraining, SwapContent, UndoStack, is_another_rate
from elman_gui.document import Change, Content, Document, ForecastPlan, OpenDocument
from elman_gui.notices import Ending, Notice
from elman_gui.threads.job import JobThread

__all__ = ["SOON_SECONDS", "TrainingSession"]

SOON_SECONDS = 10.0
"""Training that took less is had again soon, where the same seed brings it back."""


class TrainingSession(QObject):
    """Changes what the document holds, in ways that can be undone, and tells in signals what has changed.

    The run, the jobs and the comparison have signals of their own. What is not saved is kept in the folder `kept_in`,
    where one is given.

    Signals
    -------
    experiment_changed(Experiment)
        Another experiment, or other settings; the history shown so far may no longer hold.
    rate_changed(Run)
        The learning rate is another one, maybe of a run that goes on.
    plan_changed(object)
        The ForecastPlan: another one, another part of it, or more of it is fitted; None of a pure Elman network.
    course_changed(Course)
        Another network of the ensemble is looked at, or more is known of its course.
    data_missing(DataMissing)
        A model was opened whose data are gone; nothing has changed yet.
    saved(Path)
    modified_changed(bool)
        Whether there is training that is not saved.
    noticed(Notice)
        A sentence worth reading, no problem.
    """

    experiment_changed = Signal(object)
    rate_changed = Signal(object)
    plan_changed = Signal(object)
    course_changed = Signal(object)
    saved = Signal(object)
    modified_changed = Signal(bool)
    data_missing = Signal(object)
    noticed = Signal(object)

    def __init__(self, opened: OpenDocument, parent: QObject | None = None, kept_in: Path | None = None) -> None:
        super().__init__(parent)
        self.document = Document(opened)
        self.undo_stack = UndoStack(self.document, self)
        self.run = RunController(self.document, self)
        self.jobs = JobController(self)
        self.comparison = Comparison(self.document, self.jobs, self)
        self.device_advice = DeviceAdvice(self.document, self.jobs, self)
        self.retraining = Retraining(self.document, self.run, self.jobs, self)
        self.kept = KeptWork(self.document, self.run, self.jobs, kept_in, self)
        self._was_modified = False
        self._change = ""
        self._connect()

    def _connect(self) -> None:
        self.document.observe(self._on_change)
        self.run.devices_changed.connect(self._on_torch_ready, Qt.ConnectionType.SingleShotConnection)

    def shut_down(self) -> None:
        """End the run, the jobs and the threads. Called once, before the window goes."""
        self.retraining.shut_down()
        self.run.shut_down()
        self.jobs.shut_down()
        self.kept.shut_down()
        self.document.forget(self._on_change)

    # -- what is open ---------------------------------------------------------------------------

    @property
    def experiment(self) -> Run:
        """What is trained and looked at."""
        return self.document.experiment

    @property
    def table(self) -> Table:
        """Where the experiment's data came from."""
        return self.document.table

    @property
    def path(self) -> Path | None:
        """The file that the run was saved in last."""
        return self.document.path

    @property
    def is_modified(self) -> bool:
        """Whether there is training that is not saved."""
        return self.document.is_modified

    @property
    def is_soon_had_again(self) -> bool:
        """Whether what is not saved is work of a few seconds, which the same seed brings back: nobody need be asked.

        Until something else is changed, undo brings it back as well.
        """
        content, training = self.document.content, self.experiment.training
        takes_seconds = content.is_modified and content.seconds_unsaved < SOON_SECONDS
        has_one_rate = {since.rate for since in self.experiment.history.rates} <= {training.learning_rate}
        return takes_seconds and has_one_rate and self.undo_stack.can_hold(content)

    @property
    def is_trained(self) -> bool:
        """Whether there is anything to save or predict with."""
        return self.document.is_trained

    @property
    def state(self) -> RunState:
        """What the run is doing."""
        return self.run.state

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing trains, so that settings may change."""
        return self.run.is_at_rest

    # -- settings -------------------------------------------------------------------------------

    def reset(self, seed: int | None = None) -> None:
        """Go back to untrained weights, drawn from the same seed or another. Can be undone."""
        plan = self.document.plan
        if plan is not None:
            automatic = plan.automatic if seed is None else plan.automatic.replace(seed=seed)
            self._prepare(lambda name, table, data: plan_anew(name, table, data, automatic), "Reset")
            return
        training = self.experiment.training
        training = training if seed is None else training.replace(seed=seed)
        self._begin_anew(replace(self.experiment.untrained(), training=training), "Reset")

    def reset_with_new_seed(self) -> None:
        """Go back to untrained weights, drawn from a seed not used before."""
        self.reset(random.randrange(2, 10_000))

    def set_seed(self, seed: int) -> None:
        """Draw from another seed from the next training on. Can be undone."""
        plan = self.document.plan
        if plan is None:
            self.set_training(self.experiment.training.replace(seed=seed))
        else:
            self.set_automatic(plan.automatic.replace(seed=seed))

    @Slot(object)
    def set_network(self, network: NetworkConfig) -> None:
        """Use another network, untrained. Can be undone."""
        if network != self.experiment.network:
            training = self.experiment.training
            training = training if network.direct else training.replace(hold_direct=False)
            begun = replace(self.experiment.untrained(), network=network, training=training)
            self._begin_anew(begun, "Change of Network")

    @Slot(object)
    def set_training(self, training: TrainingConfig) -> None:
        """Replace the training settings; the learning rate also while it trains. Can be undone.

        The weights stay, unless their number, precision or seed changes.
        """
        before = self.experiment.training
        if training == before or not (self.is_at_rest or is_another_rate(before, training)):
            return
        other_weights = training.precision is not before.precision or training.networks != before.networks
        if other_weights or (training.seed != before.seed and not self.is_trained):
            self._begin_anew(replace(self.experiment.untrained(), training=training), "Change of Training")
        else:
            self.undo_stack.push(ChangeTraining(self.document, before, training))

    @Slot(bool)
    def use_forecaster(self, wanted: bool) -> None:
        """Learn by a forecaster of several parts, or by a pure Elman network; untrained. Can be undone."""
        if wanted is not (self.document.plan is not None):
            self._prepare(lambda name, table, data: (plan_anew if wanted else network_anew)(name, table, data))

    @Slot(object)
    def set_automatic(self, automatic: AutomaticConfig) -> None:
        """Fit the forecaster in another way. Can be undone."""
        plan = self.document.plan
        if plan is not None and automatic != plan.automatic:
            self._prepare(lambda name, table, data: plan_anew(name, table, data, automatic))

    def _prepare(
        self, make: Callable[[str, Table, DataConfig], Job[OpenDocument]], what: str = "Change of Forecaster"
    ) -> None:
        plan, name, table = self.document.plan, self.experiment.name, self.table
        data = self.experiment.dataset.config if plan is None else plan.data
        self._change = what
        job = JobThread(lambda: make(name, table, data), self)
        job.succeeded.connect(self._on_other_data)
        job.failed.connect(self._on_data_refused)
        self.jobs.start(job, "Preparing the data")

    @Slot(object)
    def set_data(self, data: DataConfig) -> None:
        """Use other columns, parts or scaling of the same table, with an untrained network. Can be undone."""
        plan = self.document.plan
        if plan is not None:
            if data != plan.data:
                automatic = plan.automatic
                self._prepare(lambda name, table, _: plan_anew(name, table, data, automatic))
        elif data != self.experiment.dataset.config:
            experiment, table = self.experiment, self.table
            self._change = "Change of Data"
            job = JobThread(lambda: prepare_anew(experiment, table, data), self)
            job.succeeded.connect(self._on_other_data)
            job.failed.connect(self._on_data_refused)
            self.jobs.start(job, "Preparing the data")

    # -- weights --------------------------------------------------------------------------------

    def set_weight(self, connection: Connection, value: float) -> None:
        """Change one weight of the network that is looked at. Can be undone."""
        weights = self.experiment.weights
        if weights is None:
            from elman_core.training.initial_weights import initial_weights  # here: torch is loaded by now

            weights = initial_weights(self.experiment)
        matrix = getattr(weights, connection.matrix).copy()  # (N, ., .)
        matrix[self.document.member, connection.row, connection.column] = value
        history = self.experiment.history
        changed = replace(
            self.experiment,
            weights=weights.with_matrix(connection.matrix, matrix, self.document.member),
            history=history.first(history.epochs),  # what is undone keeps its own
        )
        self._swap(self.document.changed_by_hand(changed), "Change of a Weight")

    def branch_from(self, point: Checkpoint) -> None:
        """Go on from an earlier epoch; the losses from there on stay beside the new ones. Can be undone.

        Of an ensemble the network that is looked at goes on, alone.
        """
        before, document = self.experiment, self.document
        member, networks = document.member, before.training.networks
        own = before.of_member(member, document.course.path)
        context = np.full((1, own.network.hidden), own.network.initial_context, point.w1.dtype)
        branch = replace(
            own,
            weights=Weights(point.w1[None].copy(), point.w2[None].copy(), context),
            history=own.history.branch(point.epoch),
        )
        alone = networks == 1 and document.plan is None
        content = document.changed_by_hand(branch) if alone else document.apart(branch)
        self._swap(content, f"Branch at Epoch {point.epoch:,}")
        if networks > 1:
            self._notice_change(
                f"The branch is network {member + 1:,} alone, with its seed, {own.training.seed:,}. Edit > Undo "
                f"brings all {networks:,} networks back."
            )

    @Slot()
    def use_best_epoch(self) -> None:
        """Give the network the weights of its best epoch. Can be undone.

        With a validation part every network of an ensemble gets its best ones; the last ones are kept, training would
        go on from these, and the losses stay as they are.
        Otherwise the run goes back to the kept epoch nearest to the best one.
        """
        document, experiment = self.document, self.experiment
        best, weights = document.best_to_use, experiment.weights
        if best is None or weights is None or not self.is_at_rest:
            return
        if weights.stopping is not None and weights.stopping.has_best(document.member):
            history = experiment.history
            at_best = replace(
                experiment, weights=weights.at_best(history.epochs), history=history.first(history.epochs)
            )
            self._swap(document.changed(at_best), f"Use of Epoch {best:,}")
        else:
            path = document.course.path
            self.branch_from(next(point for point in path.points if point.epoch == best))

    # -- undo -----------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take the last change back."""
        if self.is_at_rest:
            self.undo_stack.undo()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self.is_at_rest:
            self.undo_stack.redo()

    def _begin_anew(
        self, experiment: Run, what: str, table: Table | None = None, plan: ForecastPlan | None = None
    ) -> None:
        """Replace the experiment by an untrained one; the one before can be had back."""
        if self.is_at_rest:
            was_trained = self.is_trained
            self._swap(self.document.begun(experiment, table, plan), what)
            if was_trained:
                words = "The network is untrained again. Edit > Undo brings the trained one back."
                self._notice_change(words, Ending.TRAINING)

    def _notice_change(self, words: str, *endings: Ending) -> None:
        """Say what a change did, until it is undone or the next one is made."""
        self.noticed.emit(Notice(words, frozenset({Ending.CHANGE, *endings})))

    def _swap(self, content: Content, what: str) -> None:
        if self.is_at_rest:
            self.undo_stack.push(SwapContent(self.document, content, what))

    # -- beside the window ----------------------------------------------------------------------

    def open(self, job: JobThread, what: str) -> None:
        """Run a job that returns an `OpenDocument`, and open that."""
        job.succeeded.connect(self._on_opened)
        self.jobs.start(job, what)

    def save(self, path: Path) -> None:
        """Write the model file, beside the window."""
        self._write(path, self.document.copy())

    def save_member(self, path: Path) -> None:
        """Write a model file of the network that is looked at, alone, beside the window."""
        content = self.document.apart(self.experiment.of_member(self.document.member, self.document.course.path))
        self._write(path, content)

    def _write(self, path: Path, content: Content) -> None:
        job = JobThread(lambda: save(path, content), self)
        job.succeeded.connect(self._on_saved)
        self.jobs.start_in_turn(job, "Saving")

    def compare(self) -> None:
        """Train the networks that stand beside this experiment's own, beside the window."""
        if self.is_at_rest:
            self.comparison.start(self.run.engine)

    # -- what others say ------------------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        """Tell in signals what has changed in the document."""
        if self.is_modified != self._was_modified:
            self._was_modified = self.is_modified
            self.modified_changed.emit(self._was_modified)
        if change is Change.CONTENT:
            self.run.begin_anew()
        if change in (Change.CONTENT, Change.TRAINING, Change.PART):
            self.experiment_changed.emit(self.experiment)
            self.run.show_document()
        if change in (Change.CONTENT, Change.PART, Change.FORECASTER):
            self.plan_changed.emit(self.document.plan)
        if change is Change.RATE:
            self.run.follow_rate()
            self.rate_changed.emit(self.experiment)
        if change in (Change.MEMBER, Change.COURSE):
            self.course_changed.emit(self.document.course)
        if change in (Change.CONTENT, Change.TRAINING, Change.MEMBER):
            self.comparison.forget_if_another()

    @Slot(object)
    def _on_opened(self, opened: OpenDocument | DataMissing) -> None:
        if isinstance(opened, DataMissing):
            self.data_missing.emit(opened)
        elif self.is_at_rest:
            left = self._leave_for(opened)
            if words := " ".join(filter(None, (opened.note, left))):
                self._notice_change(words)

    def _leave_for(self, opened: OpenDocument) -> str:
        """Open something else; return what is to be said of work that is left without a question."""
        if not self.is_soon_had_again:
            self.undo_stack.clear()
            self.document.open(opened)
            if opened.kept is not None:
                self.kept.go_on_with(opened.kept)
            return ""
        name, seconds = self.experiment.name, max(1, round(self.document.content.seconds_unsaved))
        content, member = self.document.as_content(opened), opened.experiment.history.path.member
        self.undo_stack.push(SwapContent(self.document, content, f"Opening of {opened.experiment.name}", member))
        if opened.kept is not None:
            self.kept.go_on_with(opened.kept)
        return (
            f"The training of '{name}' was not saved: the same seed brings it back in {seconds} s, and Edit > Undo at "
            "once."
        )

    @Slot(object)
    def _on_saved(self, saved: SavedContent) -> None:
        self.document.mark_saved(saved.path, saved.content)
        self.saved.emit(saved.path)

    @Slot(object)
    def _on_other_data(self, opened: OpenDocument) -> None:
        self._begin_anew(opened.experiment, self._change, opened.table, opened.plan)

    @Slot()
    def _on_data_refused(self) -> None:
        self.experiment_changed.emit(self.experiment)  # so that the form shows what still holds

    @Slot()
    def _on_torch_ready(self) -> None:
        """Have the fast engine ready, now that torch is; until it is, and where it cannot be had, another trains."""
        job = JobThread(prepare_kernels, self)
        job.succeeded.connect(self._on_kernels)
        self.jobs.start_quietly(job)

    @Slot()
    def _on_kernels(self) -> None:
        self.run.use_engine("auto")
