"""KeptWork: keeps training that is not saved, every half minute, so that no crash and no power cut loses more."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal, Slot

from elman_core.data.table import Table
from elman_core.errors import ModelFileError
from elman_core.storage.kept_run import KeptRun
from elman_core.support.error_log import log_error
from elman_core.support.jobs import complete
from elman_core.support.throttle import Throttle
from elman_gui.controllers.jobs import JobController
from elman_gui.controllers.loading import keep
from elman_gui.controllers.run import RunController
from elman_gui.document import Change, Content, Document
from elman_gui.messages import as_sentence, sentence
from elman_gui.notices import Notice
from elman_gui.threads.job import JobThread

__all__ = ["KeptWork"]

_SECONDS = 30.0
_SHARE = 0.03
"""Of the time that keeping may take: a run that takes long to write is kept more seldom."""
_WORTH_TELLING = 2.0
"""Times the usual pause."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Writing:
    """What is written, where, and since when; and the place that held before, which may be the same."""

    place: KeptRun
    content: Content
    before: KeptRun | None
    moment: float = field(default_factory=time.monotonic)


class KeptWork(QObject):
    """Writes what is not saved beside the window, and removes it once it is saved, discarded or undone.

    Nothing is kept where no folder is given.

    Signals
    -------
    noticed(Notice)
        A sentence worth reading.
    """

    noticed = Signal(object)

    def __init__(
        self, document: Document, run: RunController, jobs: JobController, folder: Path | None, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._run = run
        self._jobs = jobs
        self._folder = folder
        self._kept: KeptRun | None = None
        self._table: Table | None = None
        self._revision = -1
        self._job: JobThread | None = None
        self._writing: _Writing | None = None
        self._waits_for_run = False
        self._is_leaving = False
        self._told: set[str] = set()
        self._seconds = _SECONDS
        self._pauses = Throttle(share=_SHARE)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timeout)
        run.handed_over.connect(self._on_handed_over)
        run.state_changed.connect(self._on_state)
        document.observe(self._on_change)

    def set_pause(self, seconds: float, share: float = _SHARE) -> None:
        """Set how long something may be unsaved before it is kept, and the share of the time that keeping may take."""
        self._seconds, self._pauses.share = seconds, share

    def go_on_with(self, kept: KeptRun) -> None:
        """Keep the document, which was kept there before, in the same place from now on."""
        self._timer.stop()
        self._drop()
        self._kept, self._table, self._revision = kept, self._document.table, self._document.revision

    def holds(self, kept: KeptRun) -> bool:
        """Whether the document is kept there."""
        return self._kept is kept

    def keep_now(self) -> None:
        """Keep what there is before the program ends. Waits until it is written."""
        self._waits_for_run = False  # what was asked for comes too late
        if self._job is not None:
            self._job.wait()
            QCoreApplication.sendPostedEvents(self._job, QEvent.Type.MetaCall)  # its last words
        self._timer.stop()
        content = self._run.content_now() if self._folder is not None and self._document.is_modified else None
        if content is None or content.experiment.weights is None:
            return
        try:
            writing = self._begun(content)
            complete(keep(writing.place, content, self._pauses))
            self._take(writing)
        except ModelFileError as error:
            log_error(_log, "what is not saved cannot be kept", error)

    def leave(self) -> None:
        """Let what is kept stay when the window goes: the program ends without having asked."""
        self._is_leaving = True

    def shut_down(self) -> None:
        """Keep no more. Called once, when nothing runs any more."""
        self._timer.stop()
        self._document.forget(self._on_change)
        self._folder = None
        if self._writing is not None and self._writing.place is not self._kept:
            self._writing.place.remove()
        if self._is_leaving and self._kept is not None:
            self._kept.leave()
        elif self._kept is not None:
            self._kept.remove()

    # -- when -----------------------------------------------------------------------------------

    def _on_change(self, _change: Change) -> None:
        if self._folder is None:
            return
        if not self._document.is_modified:
            self._timer.stop()
            self._drop()
        else:
            self._wait_since(time.monotonic())

    def _wait_since(self, moment: float) -> None:
        """Keep in time what is new since a moment, however much comes in between."""
        if not (self._is_kept or self._waits_for_run or self._timer.isActive() or self._job is not None):
            left = max(self._seconds - (time.monotonic() - moment), self._pauses.seconds_left, 0.0)
            self._timer.start(round(1000 * left))

    @property
    def _is_kept(self) -> bool:
        return self._kept is not None and self._revision == self._document.revision

    @Slot()
    def _on_timeout(self) -> None:
        weights = self._document.experiment.weights
        if self._run.is_at_rest and weights is not None:
            self._write(self._document.with_weights(weights))
        elif not self._run.is_at_rest:
            self._waits_for_run = True
            self._run.hand_over()

    @Slot(object)
    def _on_handed_over(self, content: Content) -> None:
        if self._waits_for_run:
            self._waits_for_run = False
            self._write(content)

    @Slot(object)
    def _on_state(self) -> None:
        if self._waits_for_run and self._run.is_at_rest:  # it has ended before it handed anything over
            self._waits_for_run = False
            self._on_timeout()

    # -- writing --------------------------------------------------------------------------------

    def _write(self, content: Content) -> None:
        if not content.is_modified:
            return
        try:
            writing = self._writing = self._begun(content)
        except ModelFileError as error:
            self._on_failure(error)
            self._on_change(Change.LEARNED)
            return
        self._job = JobThread(lambda: keep(writing.place, content, self._pauses), self)
        self._job.succeeded.connect(self._on_success)
        self._job.failed.connect(self._on_failure)
        self._job.ended.connect(self._on_ended)
        self._jobs.start_quietly(self._job)

    def _begun(self, content: Content) -> _Writing:
        """Go on in the same place; a run on other data gets a place of its own, with these data."""
        assert self._folder is not None
        if self._kept is not None and self._table is content.table and self._kept.folder.is_dir():
            return _Writing(self._kept, content, self._kept)
        return _Writing(KeptRun.begun(self._folder), content, self._kept)

    def _take(self, writing: _Writing) -> None:
        """Know what is kept now; what was kept before in another place goes only now."""
        if self._kept is writing.before:
            if self._kept is not None and self._kept is not writing.place:
                self._kept.remove()
            content = writing.content
            self._kept, self._table, self._revision = writing.place, content.table, content.revision

    def _drop(self) -> None:
        """Remove what is kept, now or when it is written."""
        if self._kept is not None and (self._writing is None or self._writing.place is not self._kept):
            self._kept.remove()
        self._kept = self._table = None

    @Slot()
    def _on_success(self) -> None:
        assert self._writing is not None
        self._take(self._writing)

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self._tell("failure", f"Training that is not saved cannot be kept for the case of a crash: {sentence(error)}")

    @Slot()
    def _on_ended(self) -> None:
        writing, self._job, self._writing = self._writing, None, None
        if writing is not None and writing.place is not self._kept:
            writing.place.remove()
        pause = self._pauses.seconds_left
        if pause > _WORTH_TELLING * self._seconds:
            self._tell("pause", f"This run is large: what it learns is kept every {pause / 60:.2g} minutes only")
        if writing is not None and self._folder is not None and self._document.is_modified:
            self._wait_since(writing.moment)  # what was learned while it was written waits for as long
        else:
            self._on_change(Change.LEARNED)

    def _tell(self, what: str, text: str) -> None:
        """Say something once only."""
        if what not in self._told:
            self._told.add(what)
            self.noticed.emit(Notice(as_sentence(text), is_important=True))
