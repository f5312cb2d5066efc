"""Comparison: trains the networks that stand beside a built-in experiment's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from elman_core.experiments.built_in import built_in_name
from elman_core.experiments.variants import compare, what_is_compared
from elman_gui.controllers.jobs import JobController
from elman_gui.document import Document
from elman_gui.threads.job import JobThread

if TYPE_CHECKING:
    from elman_core.experiments.scorecard import Measure

__all__ = ["Comparison"]


class Comparison(QObject):
    """Holds for one built-in experiment and the seed of one network, and is forgotten with them.

    Signals
    -------
    changed(tuple)
        What other networks reach from the same seed; empty where they have not been trained.
    """

    changed = Signal(tuple)

    def __init__(self, document: Document, jobs: JobController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._compared = ("", 0)
        self._job: JobThread | None = None

    @property
    def is_running(self) -> bool:
        """Whether networks are trained."""
        return self._job is not None

    @property
    def what(self) -> str:
        """Which other networks there are, in a few words; empty where there are none."""
        return what_is_compared(self._comparable[0])

    @property
    def _comparable(self) -> tuple[str, int]:
        """The built-in experiment and the seed that a comparison holds for; no name for other data."""
        experiment = self._document.experiment
        return built_in_name(experiment.dataset.source), experiment.training.seed + self._document.member

    def start(self, engine: str) -> None:
        """Train the other networks, beside the window."""
        if not self.what or self.is_running:
            return
        name, seed = self._compared = self._comparable
        self._job = JobThread(lambda: compare(name, seed, seed, engine), self)
        self._job.succeeded.connect(self._on_success)
        self._job.ended.connect(self._on_ended)
        self._jobs.start(self._job, "Training other networks from the same seed")

    def forget_if_another(self) -> None:
        """Forget what belongs to another experiment or seed than the document's."""
        if self._comparable == self._compared:
            return
        self._compared = ("", 0)
        if self._job is not None:
            self._job.cancel()
        self.changed.emit(())

    @Slot(object)
    def _on_success(self, measures: tuple[Measure, ...]) -> None:
        if self._comparable == self._compared:  # else another experiment has come in between
            self.changed.emit(measures)

    @Slot()
    def _on_ended(self) -> None:
        self._job = None
