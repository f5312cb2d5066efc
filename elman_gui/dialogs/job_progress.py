"""JobProgress: how far a job is, with a way to cancel it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QProgressBar, QProgressDialog, QWidget

from elman_gui.plain_text import PlainLabel
from elman_gui.threads.job import JobThread

__all__ = ["JobProgress"]

_PATIENCE_MS = 500


class JobProgress(QProgressDialog):
    """Shows itself once the job takes noticeably long, and goes with it."""

    def __init__(self, job: JobThread, what: str, parent: QWidget) -> None:
        super().__init__("", "Cancel", 0, 1000, parent)
        self.setLabel(PlainLabel(f"{what}…"))
        self.setWindowTitle("Elman")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumDuration(_PATIENCE_MS)
        self.setAutoReset(False)
        bar = QProgressBar(self)
        bar.setTextVisible(False)  # it is too thin for words
        bar.setAccessibleName(what)
        self.setBar(bar)
        self.setRange(0, 1000)
        self.setValue(0)
        self.canceled.connect(job.cancel)
        job.progressed.connect(self._show_share)
        job.ended.connect(self._go)

    @Slot(float)
    def _show_share(self, share: float) -> None:
        self.setValue(round(999 * share))  # never the last value, at which Qt would hide it

    @Slot()
    def _go(self) -> None:
        self.close()
        self.deleteLater()
