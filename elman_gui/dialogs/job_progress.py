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
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)  # it is too thin for words
        self._bar.setAccessibleName(what)
        self.setBar(self._bar)
        self.setRange(0, 1000)
        self.setValue(0)
        self.canceled.connect(job.cancel)
        job.progressed.connect(self._show_share)
        job.ended.connect(self._go)

    @Slot(float)
    def _show_share(self, share: float) -> None:
        # The dialog's own setValue handles whatever waits, where it is modal: the end of the job, and with it the
        # dialog's, could come in the midst of it.
        self._bar.setValue(round(share * self._bar.maximum()))

    @Slot()
    def _go(self) -> None:
        self.close()
        self.deleteLater()
