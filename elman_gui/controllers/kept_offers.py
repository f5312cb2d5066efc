"""KeptOffers: asks, after a start, about training that an earlier window kept and could not save."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from elman_core.storage.kept_run import LeftRun, LeftRuns, are_left, left_runs
from elman_core.support.text_format import counted
from elman_gui.controllers.files import Documents
from elman_gui.controllers.loading import load_kept
from elman_gui.controllers.session import TrainingSession
from elman_gui.threads.job import JobThread

__all__ = ["KeptOffers"]

_ROLES = QMessageBox.ButtonRole


class KeptOffers(QObject):
    """Offers one run after another, the newest first; what is put off is offered at the next start again.

    Each is held meanwhile, so that no other window offers it.

    Signals
    -------
    problem(str)
        A sentence about what was kept and cannot be opened.
    """

    problem = Signal(str)

    def __init__(self, folder: Path, session: TrainingSession, documents: Documents, window: QWidget) -> None:
        super().__init__(window)
        self._folder = folder
        self._session = session
        self._documents = documents
        self._window = window
        self._waiting: list[LeftRun] = []
        self._count = 0

    def begin(self) -> bool:
        """Look beside the window for what was left, and ask; return whether there may be anything."""
        if not are_left(self._folder):
            return False
        job = JobThread(lambda: left_runs(self._folder), self)
        job.succeeded.connect(self._on_found)
        self._session.jobs.start_quietly(job)
        return True

    @Slot(object)
    def _on_found(self, found: LeftRuns) -> None:
        self._waiting = list(found.runs)
        self._count = len(found.runs)
        for problem in found.problems:
            self.problem.emit(problem)
        self._ask()

    @Slot()
    def _ask(self) -> None:
        """Ask about the next one."""
        if not self._waiting:
            return
        if not self._window.isVisible():
            for run in self._waiting:
                run.kept.leave()
            self._waiting.clear()
            return
        run = self._waiting[0]
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Elman")
        box.setTextFormat(Qt.TextFormat.PlainText)  # a name may look like HTML
        box.setText(f"Elman ended without saving: {described(run)}.")
        place = self._count - len(self._waiting) + 1
        which = f"It is {place:,} of {self._count:,} that were left. " if self._count > 1 else ""
        box.setInformativeText(f"{which}What it learned was kept; Later offers it again at the next start.")
        open_it = box.addButton("&Open", _ROLES.AcceptRole)
        discard = box.addButton("&Discard", _ROLES.DestructiveRole)
        later = box.addButton("&Later", _ROLES.RejectRole)
        box.setDefaultButton(open_it)
        box.setEscapeButton(later)

        def answer() -> None:
            if not self._waiting:  # the window goes
                return
            self._waiting.pop(0)
            if box.clickedButton() is open_it:
                self._documents.leave(lambda: self._open(run), lambda: self._put_off(run))
            elif box.clickedButton() is discard:
                run.kept.remove()
                self._ask_next()
            else:
                self._put_off(run)

        box.finished.connect(answer)
        box.open()

    def _ask_next(self) -> None:
        QTimer.singleShot(0, self._ask)  # not while a dialog closes, perhaps since the window does

    def _put_off(self, run: LeftRun) -> None:
        run.kept.leave()
        self._ask_next()

    def _open(self, run: LeftRun) -> None:
        """Open it beside the window; the session goes on with what is kept."""

        def leave_unless_taken() -> None:
            if not self._session.kept.holds(run.kept):
                run.kept.leave()

        job = JobThread(lambda: load_kept(run), self)
        self._session.open(job, f"Opening {run.name}")
        job.ended.connect(leave_unless_taken)
        job.ended.connect(self._ask_next)


def described(run: LeftRun) -> str:
    """Say which run it is: "sine, 1,240 epochs, 14:32", with the date where that was another day."""
    day = "" if run.moment.date() == date.today() else f"{run.moment:%Y-%m-%d} "
    return f"{run.name}, {counted(run.epochs, 'epoch')}, {day}{run.moment:%H:%M}"
