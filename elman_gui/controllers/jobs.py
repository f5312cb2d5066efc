"""JobController: long work beside the window."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, Signal, Slot

from elman_gui.messages import sentence
from elman_gui.threads.job import JobThread

__all__ = ["JobController"]


class JobController(QObject):
    """Keeps the jobs that run, and ends them with the window.

    Signals
    -------
    started(JobThread, str)
        Long work began; the string says what.
    problem(str)
        A sentence about a job that failed.
    """

    started = Signal(object, str)
    problem = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: set[JobThread] = set()
        self._in_turn: deque[tuple[JobThread, str]] = deque()
        self._is_shut_down = False

    @property
    def are_running(self) -> bool:
        """Whether any job runs."""
        return bool(self._running)

    def start(self, job: JobThread, what: str) -> None:
        """Run a job whose progress and failure are shown."""
        if self._is_shut_down:
            return
        job.failed.connect(self._on_failure)
        self._keep(job)
        self.started.emit(job, what)
        job.start()

    def start_in_turn(self, job: JobThread, what: str) -> None:
        """Run a job once those that were given here before have ended: two files are never written at once."""
        self._in_turn.append((job, what))
        if len(self._in_turn) == 1:
            self.start(job, what)

    def start_quietly(self, job: JobThread) -> None:
        """Run a job that nobody waits for."""
        if not self._is_shut_down:
            self._keep(job)
            job.start()

    def shut_down(self) -> None:
        """End every job, and begin no other: Qt aborts where a thread outlives its owner."""
        self._is_shut_down = True
        self._in_turn.clear()
        for job in self._running:
            job.cancel()
        for job in tuple(self._running):
            job.wait()

    def _keep(self, job: JobThread) -> None:
        self._running.add(job)
        job.ended.connect(self._on_ended)

    @Slot()
    def _on_ended(self) -> None:
        job = self.sender()
        self._running.discard(job)
        if self._in_turn and self._in_turn[0][0] is job:
            self._in_turn.popleft()
            if self._in_turn:
                self.start(*self._in_turn[0])

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self.problem.emit(sentence(error))
