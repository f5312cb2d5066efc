"""DeviceAdvice: measures beside the window which of processor and GPU is faster for what is open, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from elman_core.training.engines.kernel_cache import prepare_kernels
from elman_gui.controllers.jobs import JobController
from elman_gui.document import Document
from elman_gui.notices import Notice
from elman_gui.threads.job import JobThread

if TYPE_CHECKING:
    from elman_core.experiment import Run
    from elman_core.support.jobs import Job

__all__ = ["DeviceAdvice"]


class DeviceAdvice(QObject):
    """Answers when a person chooses a device; where there is only the processor, nothing is measured.

    Signals
    -------
    advised(str)
        Which device is faster, and why.
    noticed(Notice)
        The same, to be read at once.
    """

    advised = Signal(str)
    noticed = Signal(object)

    def __init__(self, document: Document, jobs: JobController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._jobs = document, jobs
        self._job: JobThread | None = None

    def ask(self) -> None:
        """Measure what is open now, unless that is under way."""
        if self._job is not None:
            return
        experiment = self._document.experiment
        self._job = JobThread(lambda: _advice(experiment), self)
        self._job.succeeded.connect(self._on_success)
        self._job.ended.connect(self._on_ended)
        self._jobs.start(self._job, "Measuring which device is faster")

    @Slot(object)
    def _on_success(self, sentence: str) -> None:
        if sentence:
            self.advised.emit(sentence)
            self.noticed.emit(Notice(sentence))

    @Slot()
    def _on_ended(self) -> None:
        self._job = None


def _advice(experiment: Run) -> Job[str]:
    """Return the sentence; none without a GPU."""
    import torch

    from elman_core.training.device_speed import compare_devices, gpus

    if not gpus():
        return ""
    torch.set_num_threads(1)  # it is for this thread alone
    yield from prepare_kernels()
    compared = yield from compare_devices(experiment)
    return "" if compared is None else compared.sentence
