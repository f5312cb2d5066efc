"""StandingWork: something of the network in the window that is computed anew whenever that has changed."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.support.jobs import Job
from elman_gui.controllers.jobs import JobController
from elman_gui.controllers.run import RunController
from elman_gui.document import Change, Document
from elman_gui.messages import as_sentence, sentence
from elman_gui.threads.job import JobThread

__all__ = ["StandingWork"]

_FOLLOWED = (Change.CONTENT, Change.TRAINING, Change.LEARNED, Change.FORECASTER, Change.MEMBER)


class StandingWork(QObject):
    """Computes only while somebody looks, and while the network is at rest.

    Work that was begun for another network or other settings is ended. What was cancelled is not begun again by
    itself.

    Attributes
    ----------
    found
        What was computed last; None where there is nothing, or it is of other data.
    words
        What stands of which network, or why nothing does; empty where it is as it should be.

    Signals
    -------
    found_changed(object)
        Something else was found, or there is nothing any more.
    words_changed(str)
        Other words.
    progressed(float)
        The share that is done, from 0 to 1.
    working_changed(bool)
        It works from now on, or no more.
    """

    found_changed = Signal(object)
    words_changed = Signal(str)
    progressed = Signal(float)
    working_changed = Signal(bool)

    under_way = ""
    """What is said while it works."""
    cancelled = "It was cancelled."
    """What is said after that."""

    def __init__(self, document: Document, run: RunController, jobs: JobController, parent: QObject) -> None:
        super().__init__(parent)
        self.found: Any = None
        self.words = ""
        self._document = document
        self._run = run
        self._jobs = jobs
        self._is_wanted = False
        self._known: Hashable = None
        self._asked: Hashable = None
        self._left: Hashable = None
        self._problem = ""
        self._job: JobThread | None = None
        document.observe(self._on_change)
        run.state_changed.connect(self.follow)

    # -- for those that compute -----------------------------------------------------------------

    @property
    def _settings(self) -> Hashable:
        """What it depends on beside the network."""
        raise NotImplementedError

    def _make_job(self) -> Job[Any]:
        """Begin, in the job's thread; what is needed of the document is taken in `_prepare`, in the window's."""
        raise NotImplementedError

    def _prepare(self) -> None:
        """Take from the document what the job needs."""
        raise NotImplementedError

    def _dataset_of(self, found: Any) -> SequenceDataset:
        dataset: SequenceDataset = found.dataset
        return dataset

    # -- for those that look --------------------------------------------------------------------

    def shut_down(self) -> None:
        """Follow the document no more. Called once, before the window goes."""
        self._is_wanted = False
        self._document.forget(self._on_change)

    def want(self, wanted: bool) -> None:
        """Know whether somebody looks."""
        self._is_wanted = wanted
        self.follow()

    @property
    def is_stale(self) -> bool:
        """Whether what is shown is of the network, or the settings, as they were."""
        return self.found is not None and self._known != self._now

    @property
    def is_working(self) -> bool:
        """Whether it works."""
        return self._job is not None

    @property
    def is_cancelled(self) -> bool:
        """Whether what would be computed now was cancelled."""
        return self._left is not None and self._left == self._now

    @Slot()
    def cancel(self) -> None:
        """End the work; it is not begun again by itself."""
        if self._job is not None:
            self._left = self._asked
            self._job.cancel()

    @Slot()
    def begin_again(self) -> None:
        """Work though it was cancelled."""
        self._left = None
        self.follow()

    @property
    def _now(self) -> Hashable:
        return self._document.revision, self._document.member, self._settings

    @property
    def _dataset(self) -> SequenceDataset:
        return self._document.content.trained.dataset

    def _on_change(self, change: Change) -> None:
        if change in _FOLLOWED:
            self.follow()

    @Slot()
    def follow(self) -> None:
        """Compute what is missing, or say why it cannot be had."""
        document = self._document
        if self._job is not None and self._asked != self._now:
            self._job.cancel()
        if self.found is not None and self._dataset_of(self.found) is not self._dataset:
            self._show(None)
        if document.experiment.dataset.kind is DataKind.SYMBOLS:
            self._show(None)
            self._say("A text is continued symbol by symbol: Predict… opens the window for that.")
        elif not document.is_trained:
            self._show(None)
            begun = "The network is learning. Its forecast appears here when the training pauses or ends."
            none = "Nothing has been learned yet. Train the network, and its forecast appears here."
            self._say(none if self._run.is_at_rest else begun)
        elif self._known == self._now:
            self._say(self._problem)
        elif not self._run.is_at_rest:
            was = "This is the forecast of the network as it was. " if self.found is not None else ""
            self._say(f"{was}The forecast is made anew when the training pauses or ends.")
        elif self.is_cancelled:
            self._say(self.cancelled)
        elif self._is_wanted:
            self._begin()

    def _begin(self) -> None:
        self._say(self.under_way)
        if self._job is not None:
            return  # it begins when the one before has ended
        self._asked = self._now
        self._prepare()
        job = JobThread(self._make_job, self)
        job.succeeded.connect(self._on_found)
        job.failed.connect(self._on_failure)
        job.progressed.connect(self.progressed)
        job.ended.connect(self._on_end)
        self._job = job
        self._jobs.start_quietly(job)
        self.working_changed.emit(True)

    @Slot(object)
    def _on_found(self, found: Any) -> None:
        if self._dataset_of(found) is self._dataset:
            self._known, self._problem = self._asked, ""
            self._show(found)

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self._show(None)
        self._known, self._problem = self._asked, as_sentence(sentence(error))  # it would fail again

    @Slot()
    def _on_end(self) -> None:
        self._job = None
        self.follow()
        if self._job is None:
            self.working_changed.emit(False)

    def _show(self, found: Any) -> None:
        if found is None and self.found is not None:
            self._known = None
        if found is not self.found:
            self.found = found
            self.found_changed.emit(found)

    def _say(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.words_changed.emit(words)
