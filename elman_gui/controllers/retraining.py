"""Retraining: has the course of a network of an ensemble again, whose weights were not kept along the run."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from elman_core.training.course import train_again
from elman_gui.controllers.jobs import JobController
from elman_gui.controllers.run import RunController
from elman_gui.document import Change, Document
from elman_gui.messages import sentence
from elman_gui.threads.job import JobThread

__all__ = ["MissingCourse", "Retraining"]

_PATIENCE_MS = 400
"""A person who goes from network to network does not want the course of each."""


@dataclass(frozen=True)
class MissingCourse:
    """Why the course of the network that is looked at is not there.

    Attributes
    ----------
    words
        What is to be said of it.
    share
        How much of it is trained again, from 0 to 1; None while it is not.
    may_be_had
        Whether it can be trained again.
    """

    words: str
    share: float | None = None
    may_be_had: bool = True


class Retraining(QObject):
    """Trains the network that is looked at again from its seed, alone and beside the window; nothing waits for it.

    It begins by itself once nothing else trains, but where it was cancelled only when it is asked for.

    Signals
    -------
    changed(object)
        A `MissingCourse`, or None where there is none.
    """

    changed = Signal(object)

    def __init__(self, document: Document, run: RunController, jobs: JobController, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._run = run
        self._jobs = jobs
        self._job: JobThread | None = None
        self._member = 0
        self._refused: dict[int, MissingCourse] = {}
        self._told: MissingCourse | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PATIENCE_MS)
        self._timer.timeout.connect(self._begin)
        document.observe(self._on_change)
        run.state_changed.connect(self._follow)

    def shut_down(self) -> None:
        """Begin no more. Called once, before the window goes."""
        self._timer.stop()
        self._document.forget(self._on_change)

    # -- what a person can do -------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Train it again, also where that was cancelled before."""
        self._refused.pop(self._document.member, None)
        self._begin()

    @Slot()
    def cancel(self) -> None:
        """Do without the course."""
        self._timer.stop()
        self._refused[self._document.member] = MissingCourse(f"The course of {self._name} was not kept.")
        self._end_job()
        self._follow()

    # -- what there is --------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return f"network {self._document.member + 1:,}"

    @property
    def _is_missing(self) -> bool:
        """Whether the weights along the run are those of another network, or end before the run does."""
        history, again = self._document.experiment.history, self._document.trained_again
        if history.epochs == 0 or history.path.member == self._document.member:
            return False
        return again is None or self._document.course.own_epochs > again.history.epochs

    def _on_change(self, change: Change) -> None:
        if change is Change.CONTENT:
            self._refused.clear()
            self._end_job()
        elif change is Change.MEMBER and self._job is not None and self._member != self._document.member:
            self._end_job()
        if change is not Change.LEARNED or self._run.is_at_rest:
            self._follow()

    @Slot()
    def _follow(self) -> None:
        """Begin soon, where the course is missing and nothing trains."""
        member = self._document.member
        self._timer.stop()
        is_partly_known = not self._run.is_at_rest and self._document.trained_again is not None
        if is_partly_known or not self._is_missing:
            self._tell(None)
        elif member in self._refused:
            self._tell(self._refused[member])
        elif self._job is None:
            self._tell(MissingCourse(f"The course of {self._name} was not kept."))
            if self._run.is_at_rest:
                self._timer.start()

    @Slot()
    def _begin(self) -> None:
        if self._job is not None or not self._is_missing:
            return
        experiment, member, before = (
            self._document.copy().experiment,
            self._document.member,
            self._document.trained_again,
        )
        engine = self._run.engine
        self._member = member
        self._job = JobThread(lambda: train_again(experiment, member, engine, before), self)
        self._job.progressed.connect(self._on_progress)
        self._job.succeeded.connect(self._on_success)
        self._job.failed.connect(self._on_failure)
        self._job.ended.connect(self._on_ended)
        self._show_share(0.0)
        self._jobs.start_quietly(self._job)

    def _end_job(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    # -- what the job says ----------------------------------------------------------------------

    @Slot(float)
    def _on_progress(self, share: float) -> None:
        if self.sender() is self._job:
            self._show_share(share)

    @Slot(object)
    def _on_success(self, again: object) -> None:
        if self.sender() is self._job:
            self._job = None
            self._document.know_course(self._member, again)

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        if self.sender() is self._job:
            self._job = None
            self._refused[self._member] = MissingCourse(sentence(error), may_be_had=False)
            self._follow()

    @Slot()
    def _on_ended(self) -> None:
        if self.sender() is self._job:
            self._job = None

    def _show_share(self, share: float) -> None:
        self._tell(MissingCourse(f"Training {self._name} again to show its course", share))

    def _tell(self, missing: MissingCourse | None) -> None:
        if missing != self._told:
            self._told = missing
            self.changed.emit(missing)
