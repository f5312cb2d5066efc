"""JobDialog: what all dialogs share that do long work beside the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDialog, QProgressBar, QWidget

from elman_core.support.jobs import Job
from elman_gui.messages import as_sentence, sentence
from elman_gui.plain_text import PlainLabel
from elman_gui.threads.job import JobThread, end_jobs
from elman_gui.tooltips import wrap_tooltips

__all__ = ["JobDialog"]

_Make = Callable[[], Job[Any]]
_Take = Callable[[Any], object]


class JobDialog(QDialog):
    """Shows how far its work is and what went wrong with it; closed, it ends its work and is deleted.

    Its own work is one job at a time, the one that was begun last, and its result is that of the dialog's fields: it
    begins once the job before it has ended, for which the window never waits. While
    it is `is_behind` them, what is to be done with the result waits in `when_current`. Files are read and written
    beside that. `bar` and `problem` are made here, and laid out by the dialog.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._work: JobThread | None = None
        self._ending: JobThread | None = None
        self._next: tuple[_Make, _Take] | None = None
        self._jobs: set[JobThread] = set()
        self._waiting: Callable[[], object] | None = None
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.problem = PlainLabel()
        self.problem.setObjectName("error")
        self.problem.setWordWrap(True)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.problem.hide()

    # -- working --------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Explain in lines that can be read."""
        super().showEvent(event)
        wrap_tooltips(self)

    def work(self, make_job: _Make, take: _Take) -> None:
        """Do the dialog's own work; what it did before is cancelled, and its result is dropped."""
        self.end_work()
        if self._ending is not None:
            self._next = make_job, take
        else:
            self._work = self._start(make_job, take, self.show_failure, is_own=True)

    def work_beside(self, make_job: _Make, take: _Take) -> None:
        """Read or write a file, while the dialog's own work may go on."""
        self._start(make_job, take, self.show_problem)

    def end_work(self) -> None:
        """End the dialog's own work, if it does any."""
        self._next = None
        if self._work is not None:
            self._work.cancel()
            self._ending, self._work = self._work, None

    @property
    def is_behind(self) -> bool:
        """Whether the result is not yet that of the fields as they are now."""
        return self._work is not None or self._next is not None

    def when_current(self, act: Callable[[], object]) -> None:
        """Do something with the result: now, or once it is that of the fields; not at all where there is none then.

        What is typed in a field counts, also where it has the focus still.
        """
        for field in self.findChildren(QAbstractSpinBox):
            field.interpretText()
        if self.is_behind:
            self._waiting = act
        else:
            act()

    def _start(self, make_job: _Make, take: _Take, refuse: _Take, *, is_own: bool = False) -> JobThread:
        self.bar.setValue(0)
        self.bar.show()
        job = JobThread(make_job, self)
        job.progressed.connect(self._show_progress)
        if is_own:
            job.succeeded.connect(self._on_own_end)
            job.failed.connect(self._on_own_end)
            job.failed.connect(self._on_own_failure)
        job.succeeded.connect(take)
        job.failed.connect(refuse)
        job.ended.connect(self._on_end)
        self._jobs.add(job)
        job.start()
        return job

    def done(self, result: int) -> None:
        """Close; what is still being done is ended."""
        self._next = self._waiting = None
        owner = self.parentWidget()
        for job in self._jobs if owner is not None else ():
            job.cancel()
            job.setParent(owner)  # which ends it, should it be closed before that; the dialog goes without waiting
        end_jobs(self)
        super().done(result)

    # -- showing --------------------------------------------------------------------------------

    def say_problem(self, words: str) -> None:
        """Say what is wrong; nothing is, where there are no words."""
        self.problem.setText(as_sentence(words))
        self.problem.setVisible(bool(words))

    @Slot(object)
    def show_problem(self, error: Exception) -> None:
        """Say what went wrong with a file; what is in the window is not touched by it."""
        self.say_problem(sentence(error))

    @Slot(object)
    def show_failure(self, error: Exception) -> None:
        """Say what went wrong with the dialog's own work."""
        self.show_problem(error)

    @Slot(float)
    def _show_progress(self, share: float) -> None:
        self.bar.setValue(round(1000 * share))

    @Slot()
    def _on_own_end(self) -> None:
        """Know that the result is there, or that there is none, before it is shown."""
        if self.sender() is self._work:
            self._work = None

    @Slot()
    def _on_own_failure(self) -> None:
        self._waiting = None

    @Slot()
    def _on_end(self) -> None:
        """Hide the bar once nothing is done any more, and do what has waited for the result."""
        ended = self.sender()
        if ended is self._work:
            self._work = None
        self._jobs.discard(ended)
        if ended is self._ending:
            self._ending = None
            if self._next is not None:
                self.work(*self._next)
        self.bar.setVisible(bool(self._jobs))
        if self._waiting is not None and not self.is_behind:
            act, self._waiting = self._waiting, None
            act()
