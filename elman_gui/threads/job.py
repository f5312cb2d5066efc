"""Long work beside the window: any core job, in a thread, with progress and a way to cancel."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal, Slot

from elman_core.support.error_log import log_error
from elman_core.support.jobs import Job
from elman_core.support.throttle import Throttle
from elman_gui.threads.priority import let_the_window_go_first

__all__ = ["JobThread", "end_jobs"]

_log = logging.getLogger(__name__)
_REPORT_SECONDS = 1 / 20


class JobThread(QThread):
    """Runs one job, and is deleted after it, with all that the job was given.

    Once it is cancelled, no result is delivered, even if there was one already.

    Signals
    -------
    progressed(float)
        The share done, from 0 to 1, at most 20 times a second.
    succeeded(object)
        The job's result.
    failed(object)
        The exception that ended it.
    cancelled()
        It was cancelled before its end.
    ended()
        It is over, however it went; the last word of it. Said in the window's thread, while it is still there: what
        is connected to `finished` may be told after it was deleted.
    """

    progressed = Signal(float)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()

    _came = Signal(object)
    _broke = Signal(object)

    def __init__(self, make_job: Callable[[], Job[Any]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_job = make_job
        self._is_cancelled = False
        # What the thread says waits in the queue of the window's thread, which may cancel in the meantime.
        self._came.connect(self._tell_result)
        self._broke.connect(self._tell_failure)
        self.finished.connect(self._go)

    def cancel(self) -> None:
        """Ask the job to end; it does at its next report."""
        self._is_cancelled = True
        self.requestInterruption()

    def run(self) -> None:
        """Iterate the job in this thread. Importing torch, where a job needs it, happens here too."""
        let_the_window_go_first()
        try:
            self._iterate(self._make_job())
        except Exception as error:
            log_error(_log, "a job failed", error)
            self._broke.emit(error)

    def _iterate(self, job: Job[Any]) -> None:
        reports = Throttle(seconds=_REPORT_SECONDS)
        while not self.isInterruptionRequested():
            try:
                share = next(job)
            except StopIteration as end:
                self._came.emit(end.value)
                return
            if reports.is_due:
                with reports.turn():
                    self.progressed.emit(share)
        job.close()
        self.cancelled.emit()

    @Slot(object)
    def _tell_result(self, result: object) -> None:
        if self._is_cancelled:
            self.cancelled.emit()
        else:
            self.succeeded.emit(result)

    @Slot(object)
    def _tell_failure(self, error: Exception) -> None:
        if self._is_cancelled:
            self.cancelled.emit()
        else:
            self.failed.emit(error)

    @Slot()
    def _go(self) -> None:
        self.ended.emit()
        self.deleteLater()


def end_jobs(owner: QObject) -> None:
    """End every job below a widget: Qt aborts where a thread outlives its owner."""
    for job in owner.findChildren(JobThread):
        job.cancel()
        job.wait()
