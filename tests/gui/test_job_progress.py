"""How far a job is: the dialog shows itself after a while, and its job may end at any moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from driving import TIMEOUT
from PySide6.QtCore import QMetaObject, Qt, QTimer
from PySide6.QtWidgets import QProgressBar, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from elman_core.support.jobs import Job
from elman_gui.dialogs.job_progress import JobProgress
from elman_gui.threads.job import JobThread


@pytest.fixture
def job(qtbot: QtBot) -> Iterator[JobThread]:
    """A job that never runs: the tests speak for it."""
    job = JobThread(nothing)
    yield job
    job.deleteLater()


@pytest.fixture
def dialog(qtbot: QtBot, job: JobThread) -> Iterator[JobProgress]:
    """Its dialog, which has shown itself."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    dialog = JobProgress(job, "Opening", window)
    qtbot.waitUntil(dialog.isVisible, timeout=TIMEOUT)
    yield dialog
    window.close()


def nothing() -> Job[None]:
    yield 1.0


def test_nothing_else_happens_within_a_report(qtbot: QtBot, job: JobThread, dialog: JobProgress) -> None:
    """A modal QProgressDialog handles whatever waits while its value is set: it could be deleted in the midst of it."""
    shown: list[bool] = []

    def report() -> None:
        QMetaObject.invokeMethod(dialog, "_go", Qt.ConnectionType.QueuedConnection)  # what the job says next
        job.progressed.emit(0.5)
        shown.append(isValid(dialog) and dialog.isVisible())

    with qtbot.waitSignal(dialog.destroyed, timeout=TIMEOUT):
        QTimer.singleShot(0, report)
    assert shown == [True]


def test_it_stays_until_the_end_whatever_is_reported(qtbot: QtBot, job: JobThread, dialog: JobProgress) -> None:
    (bar,) = dialog.findChildren(QProgressBar)
    for share in (0.5, 1.0):
        job.progressed.emit(share)
        assert dialog.isVisible() and bar.value() == round(share * bar.maximum())
    with qtbot.waitSignal(dialog.destroyed, timeout=TIMEOUT):
        job.ended.emit()
