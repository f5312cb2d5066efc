"""Document: what is open, without Qt. Whoever wants to know of its changes observes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from elman_core.analysis.types import Clamps
from elman_core.config import AutomaticConfig, DataConfig, TrainingConfig
from elman_core.data.table import Table
from elman_core.data.text.vocabulary import CodedRows
from elman_core.experiment import Run, Weights
from elman_core.storage.kept_run import KeptRun
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.course import Course
from elman_core.training.events import TrainingUpdate
from elman_gui.known_courses import KnownCourses

if TYPE_CHECKING:
    from elman_core.forecasting.forecaster import Forecaster  # imports torch

__all__ = ["Change", "Content", "Document", "ForecastPlan", "OpenDocument"]


class Change(Enum):
    """What has changed in a document."""

    CONTENT = auto()
    """Another experiment, or the same with other weights."""
    TRAINING = auto()
    """The training settings; the weights are as they were."""
    RATE = auto()
    """The learning rate, with which a run goes on; nothing else."""
    LEARNED = auto()
    """A run went on: history or weights."""
    SAVED = auto()
    PART = auto()
    """Another part of the forecaster is looked at, or trained."""
    FORECASTER = auto()
    """The forecaster has more parts, or they count differently; what is looked at is as it was."""
    MEMBER = auto()
    COURSE = auto()
    """The course of a network is known that was not kept."""
    CLAMPS = auto()


@dataclass(frozen=True)
class ForecastPlan:
    """A forecaster of several parts: how they are chosen and fitted, and what has come of it.

    Attributes
    ----------
    automatic, data
        What is left to validation and what is not; what is taken of the table, without transforms.
    forecaster
        What is fitted so far; None before it begins.
    part
        The place of the part that is looked at. While it is fitted there may be none at that place yet.
    """

    automatic: AutomaticConfig
    data: DataConfig
    forecaster: Forecaster | None = None
    part: int = 0


@dataclass(frozen=True)
class OpenDocument:
    """An experiment that was opened, its table, the file it was saved in, and a sentence worth reading, if any.

    `kept` is where it was kept, of training that was never saved. With a `plan` the experiment is a part of it.
    """

    experiment: Run
    table: Table
    path: Path | None = None
    note: str = ""
    kept: KeptRun | None = None
    plan: ForecastPlan | None = None


@dataclass
class _File:
    """The file a run was saved in last, and the revision that needs no saving: what was saved, or is untrained.

    `seconds` is how long that revision was trained. Shared by all that was made of one run, so that a save that ends
    late still belongs to that run.
    """

    revision: int
    path: Path | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Content:
    """An experiment, its table, and where it is saved. Commands that can be undone keep it.

    Attributes
    ----------
    seconds
        Time it took to train since it was opened; without end where the same seed and settings do not bring it back.
    plan
        Where the experiment is a part of a forecaster.
    """

    experiment: Run
    table: Table
    revision: int
    file: _File
    seconds: float = 0.0
    plan: ForecastPlan | None = None

    @property
    def forecaster(self) -> Forecaster | None:
        """What a plan has brought about so far."""
        return None if self.plan is None else self.plan.forecaster

    @property
    def trained(self) -> Run | Forecaster:
        """What a file holds, and what forecasts: the network, or all parts of a forecaster."""
        return self.experiment if self.forecaster is None else self.forecaster

    @property
    def is_modified(self) -> bool:
        """Whether there is training that is not saved."""
        return self.revision != self.file.revision

    @property
    def seconds_unsaved(self) -> float:
        """How long it takes to have again what is not saved."""
        if not self.is_modified or math.isinf(self.seconds):
            return self.seconds if self.is_modified else 0.0
        return self.seconds - self.file.seconds

    @property
    def path(self) -> Path | None:
        """The file that the run was saved in last."""
        return self.file.path

    def arrays(self) -> Iterator[NDArray[np.generic]]:
        """Yield the large arrays, those of the table too."""
        yield from _arrays_of(self.table.values)
        yield from _arrays_of_run(self.experiment)
        for part in () if self.forecaster is None else self.forecaster.parts:
            yield from _arrays_of_run(part.run)


class Document:
    """Holds the experiment, and knows whether there is training in it that is not saved.

    Every change of the experiment has a new revision number.

    Attributes
    ----------
    member
        The network of the ensemble that is looked at, from 0 to `training.networks` - 1.
    clamps
        The units that are held while the network is looked at.
    """

    def __init__(self, opened: OpenDocument) -> None:
        self.member = 0
        self.clamps = Clamps()
        self._newest = 0
        self._content = self.as_content(opened)
        self._courses = KnownCourses()
        self._ends = opened.experiment.ends
        self._is_under_way = False
        self._observers: list[Callable[[Change], object]] = []

    # -- observing ------------------------------------------------------------------------------

    def observe(self, observer: Callable[[Change], object]) -> None:
        """Call this after every change, until `forget`; first come, first called."""
        self._observers.append(observer)

    def forget(self, observer: Callable[[Change], object]) -> None:
        """Call this no more."""
        self._observers.remove(observer)

    def _tell(self, change: Change) -> None:
        for observer in tuple(self._observers):
            observer(change)

    # -- what is open ---------------------------------------------------------------------------

    @property
    def experiment(self) -> Run:
        """What is trained and looked at."""
        return self._content.experiment

    @property
    def table(self) -> Table:
        """Where the experiment's data came from."""
        return self._content.table

    @property
    def path(self) -> Path | None:
        """The file that the run was saved in last."""
        return self._content.path

    @property
    def revision(self) -> int:
        """The number of this state of the experiment."""
        return self._content.revision

    @property
    def is_modified(self) -> bool:
        """Whether there is training that is not saved."""
        return self._content.is_modified

    @property
    def is_trained(self) -> bool:
        """Whether there is anything to save or predict with."""
        return self.experiment.weights is not None or self.forecaster is not None

    @property
    def plan(self) -> ForecastPlan | None:
        """How a forecaster of several parts is fitted; None of a pure Elman network."""
        return self._content.plan

    @property
    def forecaster(self) -> Forecaster | None:
        """What a plan has brought about so far."""
        return self._content.forecaster

    @property
    def course(self) -> Course:
        """How the network that is looked at learned, as far as that is known."""
        again = self._courses.of(self.member)
        kept = None if again is None else again.history.path
        return Course(self.experiment.history, self.member, kept, self._ends)

    @property
    def kept_now(self) -> int | None:
        """Which of the points that are kept along the run has the weights that the network has now; None if none has.

        While a run is under way, that is the last one.
        """
        course = self.course
        epoch = course.weights_epoch
        for index, point in enumerate(course.path.points):
            if point.epoch == epoch:
                return index if self._is_under_way or self._has_weights_of(point) else None
        return None

    def _has_weights_of(self, point: Checkpoint) -> bool:
        weights = self.experiment.weights
        return weights is not None and all(
            np.array_equal(own[self.member], kept) for own, kept in ((weights.w1, point.w1), (weights.w2, point.w2))
        )

    @property
    def best_to_use(self) -> int | None:
        """The best epoch whose weights are known, of the network that is looked at; None where it has them already."""
        weights = self.experiment.weights
        best = None if weights is None or self._is_under_way else self.course.best_epoch
        if weights is None or best is None:
            return None
        stopping = weights.stopping
        if stopping is not None and stopping.has_best(self.member):
            point = Checkpoint(
                int(stopping.best_epochs[self.member]), stopping.best_w1[self.member], stopping.best_w2[self.member]
            )
        else:
            nearest = self.course.path.nearest(best + 1)
            if nearest is None:
                return None
            point = self.course.path.points[nearest]
        return None if self._has_weights_of(point) else point.epoch

    @property
    def trained_again(self) -> Run | None:
        """The network that is looked at, trained again alone, where that was done."""
        return self._courses.of(self.member)

    @property
    def content(self) -> Content:
        """All that is open, as it is now; a run that goes on adds to its history."""
        return self._content

    def with_weights(self, weights: Weights) -> Content:
        """Return the content with weights as they are now, and the history so far; nothing that is large is copied."""
        experiment = replace(self.experiment, weights=weights, history=self.experiment.history.snapshot())
        return replace(self._content, experiment=experiment)

    def copy(self) -> Content:
        """Return the content with a history of its own, to which no run adds."""
        experiment = self.experiment
        history = experiment.history.first(experiment.history.epochs)
        return replace(self._content, experiment=replace(experiment, history=history))

    # -- other content --------------------------------------------------------------------------

    def as_content(self, opened: OpenDocument) -> Content:
        """Return what was opened as other content."""
        revision = self._next_revision()
        saved = revision if opened.kept is None else 0
        return Content(opened.experiment, opened.table, revision, _File(saved, opened.path), plan=opened.plan)

    def open(self, opened: OpenDocument) -> None:
        """Replace all that is open, and look at the network whose course was kept."""
        self.swap(self.as_content(opened), opened.experiment.history.path.member)

    def begun(self, experiment: Run, table: Table | None = None, plan: ForecastPlan | None = None) -> Content:
        """Return an untrained experiment as other content: a run of its own, which no file holds."""
        return self.as_content(OpenDocument(experiment, self.table if table is None else table, plan=plan))

    def changed(self, experiment: Run, seconds: float = 0.0) -> Content:
        """Return an experiment as other content of the run that is open, trained for so much longer."""
        seconds += self._content.seconds
        return replace(self._content, experiment=experiment, revision=self._next_revision(), seconds=seconds)

    def changed_by_hand(self, experiment: Run) -> Content:
        """Return an experiment as other content of the run that is open, which no seed brings back."""
        return replace(self.changed(experiment, seconds=math.inf), plan=_with_part(self.plan, experiment))

    def apart(self, experiment: Run) -> Content:
        """Return an experiment as other content that goes on from this one, and which no file holds yet."""
        return Content(experiment, self.table, self._next_revision(), _File(0), seconds=math.inf)

    def swap(self, content: Content, member: int | None = None) -> Content:
        """Replace the content, look at this member of it, and return what was there."""
        before, self._content = self._content, content
        member = self.member if member is None else member
        self.member = min(member, content.experiment.training.networks - 1)
        self._courses.clear()
        self._take_ends()
        self._tell(Change.CONTENT)
        if content.experiment.network != before.experiment.network:
            self.set_clamps(Clamps())
        return before

    # -- parts of a forecaster --------------------------------------------------------------------

    def look_at_part(self, place: int) -> None:
        """Look at a part that is fitted."""
        plan, forecaster = self.plan, self.forecaster
        if plan is not None and forecaster is not None and place < len(forecaster.parts):
            self._show_part(place, forecaster.parts[place].run, self._content.revision)

    def begin_part(self, place: int, run: Run) -> None:
        """Look at a part whose networks begin to learn."""
        self._show_part(place, replace(run, history=run.history.snapshot()), self._next_revision())
        self._is_under_way = True

    def _show_part(self, place: int, run: Run, revision: int) -> None:
        assert self.plan is not None
        before, plan = self.experiment, replace(self.plan, part=place)
        self._content = replace(self._content, experiment=run, plan=plan, revision=revision)
        self.member = 0
        self._courses.clear()
        self._take_ends()
        self._tell(Change.PART)
        if run.network != before.network:
            self.set_clamps(Clamps())

    def set_forecaster(self, forecaster: Forecaster, seconds: float = 0.0) -> None:
        """Know what is fitted so far."""
        assert self.plan is not None
        content = self.changed(self.experiment, seconds)
        self._content = replace(content, plan=replace(self.plan, forecaster=forecaster))
        self._tell(Change.FORECASTER)

    # -- changes of the content -----------------------------------------------------------------

    def set_training(self, training: TrainingConfig) -> None:
        """Replace the training settings; the weights stay, but an epoch that cannot be ended with them begins again."""
        before, experiment = self.experiment.training, replace(self.experiment, training=training)
        if training.optimizer is not before.optimizer and experiment.weights is not None:
            experiment = replace(experiment, weights=replace(experiment.weights, optimizer={}))
        if experiment.weights is not None and not training.steps_like(before):
            experiment = replace(experiment, weights=experiment.weights.at_epoch_start())
        # Where nothing is learned yet, there is still nothing to save.
        if not self.is_trained:
            self._content = self.begun(experiment)
        elif training.replace(epochs=before.epochs) == before:
            self._content = self.changed(experiment)
        else:  # what it learns from now on is of two kinds of settings
            self._content = self.changed_by_hand(experiment)
        self._tell(Change.TRAINING)

    def set_learning_rate(self, training: TrainingConfig) -> None:
        """Replace the learning rate of these settings, also while it trains: a run goes on with another one."""
        experiment = replace(self.experiment, training=training)
        has_begun = self.is_trained or self.experiment.history.epochs > 0 or self.is_modified
        self._content = self.changed(experiment) if has_begun else self.begun(experiment)
        self._tell(Change.RATE)

    def extend(self, updates: Iterable[TrainingUpdate]) -> None:
        """Add what a run has done to the history."""
        updates = tuple(updates)
        self.experiment.history.extend(updates)
        if updates:
            self._ends, self._is_under_way = updates[-1].ends, True
        self._content = self.changed(self.experiment, sum(update.seconds for update in updates))
        self._tell(Change.LEARNED)

    def set_weights(self, weights: Weights) -> None:
        """Replace the weights by those that a run ended with."""
        self._content = self.changed(replace(self.experiment, weights=weights))
        self._keep_best()
        self._take_ends()
        self._tell(Change.LEARNED)

    def _keep_best(self) -> None:
        """Keep the best weights so far among the points along the run, so that one can go to them."""
        path, weights = self.experiment.history.path, self.experiment.weights
        stopping = None if weights is None else weights.stopping
        if len(path) and stopping is not None and stopping.has_best(path.member):
            best = int(stopping.best_epochs[path.member])
            path.add(Checkpoint(best, stopping.best_w1[path.member].copy(), stopping.best_w2[path.member].copy()))

    def _take_ends(self) -> None:
        """Know from the weights which networks have ended: a run is over, or other weights are there."""
        self._ends, self._is_under_way = self.experiment.ends, False

    def restore(self, content: Content, training: TrainingConfig) -> None:
        """Go back to what there was before a run that failed, with the settings as they are now."""
        self._content = replace(content, experiment=replace(content.experiment, training=training))
        self._take_ends()
        self._tell(Change.LEARNED)

    # -- saving ---------------------------------------------------------------------------------

    def mark_saved(self, path: Path, content: Content) -> None:
        """Know that this content is in a file now; what was learned since is not, nor is any other run."""
        file = content.file
        if content.revision >= file.revision:  # else an earlier save ends after a later one
            file.revision, file.path, file.seconds = content.revision, path, content.seconds
            self._tell(Change.SAVED)

    # -- looking --------------------------------------------------------------------------------

    def set_member(self, member: int) -> None:
        """Look at another network of the ensemble."""
        if member != self.member:
            self.member = member
            self._tell(Change.MEMBER)

    def know_course(self, member: int, again: Run) -> None:
        """Know the course of a network that was trained again alone."""
        self._courses.keep(member, again)
        self._tell(Change.COURSE)

    def set_clamps(self, clamps: Clamps) -> None:
        """Hold these units and no others."""
        if clamps != self.clamps:
            self.clamps = clamps
            self._tell(Change.CLAMPS)

    # -- revisions ------------------------------------------------------------------------------

    def _next_revision(self) -> int:
        self._newest += 1
        return self._newest


def _with_part(plan: ForecastPlan | None, run: Run) -> ForecastPlan | None:
    """Put a run that was changed in its place among the parts that are fitted."""
    if plan is None or plan.forecaster is None or plan.part >= len(plan.forecaster.parts):
        return plan
    part = plan.forecaster.parts[plan.part]
    return replace(plan, forecaster=plan.forecaster.with_part(plan.part, replace(part, run=run)))


def _arrays_of(values: NDArray[np.float64] | CodedRows) -> Iterator[NDArray[np.generic]]:
    yield from (values.vectors, values.codes) if isinstance(values, CodedRows) else (values,)


def _arrays_of_run(run: Run) -> Iterator[NDArray[np.generic]]:
    dataset, history, weights = run.dataset, run.history, run.weights
    yield from (kept for kept in vars(dataset).values() if isinstance(kept, np.ndarray))
    yield history.train
    if history.validation is not None:
        yield history.validation
    for point in history.path.points:
        yield from (point.w1, point.w2)
    for branch in history.branches:
        yield branch.train
        if branch.validation is not None:
            yield branch.validation
    if weights is not None:
        yield from (weights.w1, weights.w2, weights.context, *weights.optimizer.values())
