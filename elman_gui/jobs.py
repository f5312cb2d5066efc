"""Long work beside the window: any core job, in a thread, with progress and a way to cancel."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThread, Signal

from elman_core.job import Job

__all__ = ["JobThread", "end_jobs"]

_log = logging.getLogger(__name__)
_REPORT_SECONDS = 1 / 20


class JobThread(QThread):
    """Runs one job.

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
    """

    progressed = Signal(float)
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, make_job: Callable[[], Job[Any]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make_job = make_job

    def cancel(self) -> None:
        """Ask the job to end; it does at its next report."""
        self.requestInterruption()

    def run(self) -> None:
        """Iterate the job in this thread. Importing torch, where a job needs it, happens here too."""
        try:
            self._iterate(self._make_job())
        except Exception as error:
            _log.exception("a job failed")
            self.failed.emit(error)

    def _iterate(self, job: Job[Any]) -> None:
        reported = 0.0
        while not self.isInterruptionRequested():
            try:
                share = next(job)
            except StopIteration as end:
                self.succeeded.emit(end.value)
                return
            if time.monotonic() - reported > _REPORT_SECONDS:
                reported = time.monotonic()
                self.progressed.emit(share)
        job.close()
        self.cancelled.emit()


def end_jobs(owner: QObject) -> None:
    """End every job below a widget: Qt aborts where a thread outlives its owner."""
    for job in owner.findChildren(JobThread):
        job.cancel()
        job.wait()
