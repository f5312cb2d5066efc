"""JobDialog: what all dialogs share that do long work beside the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QProgressBar, QWidget

from elman_core.support.jobs import Job
from elman_gui.messages import as_sentence, sentence
from elman_gui.plain_text import PlainLabel
from elman_gui.threads.job import JobThread, end_jobs

__all__ = ["JobDialog"]

_Make = Callable[[], Job[Any]]
_Take = Callable[[Any], object]


class JobDialog(QDialog):
    """Shows how far its work is and what went wrong with it; closed, it ends its work and is deleted.

    Its own work is one job at a time, the one that was begun last. Files are read and written beside that.
    `bar` and `problem` are made here, and laid out by the dialog.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._work: JobThread | None = None
        self._jobs: set[JobThread] = set()
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

    def work(self, make_job: _Make, take: _Take) -> None:
        """Do the dialog's own work; what it did before is cancelled, and its result is dropped."""
        self.end_work()
        self._work = self._start(make_job, take, self.show_failure)

    def work_beside(self, make_job: _Make, take: _Take) -> None:
        """Read or write a file, while the dialog's own work may go on."""
        self._start(make_job, take, self.show_problem)

    def end_work(self) -> None:
        """End the dialog's own work, if it does any."""
        if self._work is not None:
            self._work.cancel()
            self._work.wait()
            self._work = None

    def _start(self, make_job: _Make, take: _Take, refuse: _Take) -> JobThread:
        self.bar.setValue(0)
        self.bar.show()
        job = JobThread(make_job, self)
        job.progressed.connect(self._show_progress)
        job.succeeded.connect(take)
        job.failed.connect(refuse)
        job.ended.connect(self._on_end)
        self._jobs.add(job)
        job.start()
        return job

    def done(self, result: int) -> None:
        """Close; what is still being done is ended."""
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
    def _on_end(self) -> None:
        """Hide the bar once nothing is done any more."""
        ended = self.sender()
        if ended is self._work:
            self._work = None
        self._jobs.discard(ended)
        self.bar.setVisible(bool(self._jobs))
