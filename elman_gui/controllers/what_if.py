"""WhatIfController: what would be forecast if some values were others, asked again and again as a person drags."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from elman_core.data.changed_value import ChangedValue
from elman_gui.controllers.jobs import JobController
from elman_gui.controllers.outlook_jobs import WhatIf, try_changes
from elman_gui.document import Change, Document
from elman_gui.messages import sentence
from elman_gui.threads.job import JobThread

__all__ = ["WhatIfController"]

_Asked = tuple[int, int, tuple[ChangedValue, ...]]


class WhatIfController(QObject):
    """One job at a time; of what is asked meanwhile the last is answered. Nothing of it comes into the data.

    Signals
    -------
    answered(object)
        A `WhatIf`, or None: all is as it is.
    problem(str)
        A sentence why it cannot be told.
    """

    answered = Signal(object)
    problem = Signal(str)

    def __init__(self, document: Document, jobs: JobController, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._next: _Asked | None = None
        self._job: JobThread | None = None
        self._is_wanted = False
        document.observe(self._on_change)

    def shut_down(self) -> None:
        """Follow the document no more. Called once, before the window goes."""
        self._document.forget(self._on_change)

    def ask(self, sequence: int, steps: int, changes: Sequence[ChangedValue]) -> None:
        """Ask what would be forecast of a sequence, so many steps ahead; without changes all is as it is."""
        if not changes:
            self.put_back()
            return
        self._is_wanted = True
        self._next = sequence, steps, tuple(changes)
        self._begin()

    @Slot()
    def put_back(self) -> None:
        """Leave all as it is."""
        self._next, self._is_wanted = None, False
        self.answered.emit(None)

    def _on_change(self, change: Change) -> None:
        if change in (Change.CONTENT, Change.LEARNED, Change.FORECASTER, Change.MEMBER) and self._is_wanted:
            self.put_back()

    def _begin(self) -> None:
        if self._job is not None or self._next is None:
            return
        trained, member = self._document.content.trained, self._document.member
        asked, self._next = self._next, None
        job = JobThread(lambda: try_changes(trained, member, *asked), self)
        job.succeeded.connect(self._on_answer)
        job.failed.connect(self._on_failure)
        job.ended.connect(self._on_end)
        self._job = job
        self._jobs.start_quietly(job)

    @Slot(object)
    def _on_answer(self, answer: WhatIf) -> None:
        if self._is_wanted:
            self.answered.emit(answer)

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        if self._is_wanted:
            self.put_back()
            self.problem.emit(sentence(error))

    @Slot()
    def _on_end(self) -> None:
        self._job = None
        self._begin()
