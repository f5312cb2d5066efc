"""Inspector: looks inside networks in a thread of its own, always at what was asked for last."""

from __future__ import annotations

import logging
import threading
import time

from PySide6.QtCore import QObject, QThread, Signal, Slot

from elman_core.analysis.types import Inspection, InspectionRequest
from elman_core.support.background_import import load_torch

__all__ = ["Inspector"]

_PAUSE, _LONGEST_PAUSE = 3, 0.5
"""Between two looks at a run: so many times as long as the look before took, and seconds at most."""

_log = logging.getLogger(__name__)


class Inspector(QObject):
    """Takes looks, one at a time; of several that wait only the last is done.

    Signals
    -------
    seen(object, Look, Inspection)
        The first is what `look` was told of the situation it was asked in.
    failed(Exception)
    """

    seen = Signal(object, object, object)
    failed = Signal(object)

    _asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = _Worker()
        self._thread = QThread(self)
        self._thread.setObjectName("inspector")
        self._worker.moveToThread(self._thread)
        self._asked.connect(self._worker.work)
        self._worker.seen.connect(self.seen)
        self._worker.failed.connect(self.failed)

    def request(self, request: InspectionRequest, situation: object) -> None:
        """Look, as soon as what is looked at now is done."""
        if not self._thread.isRunning():
            self._thread.start()
        self._worker.wanted = (situation, request)
        self._asked.emit()

    def shut_down(self) -> None:
        """End the thread. Called once, before the window goes."""
        self._worker.given_up.set()
        self._thread.quit()
        self._thread.wait()


class _Worker(QObject):
    """`wanted` and `given_up` are set from the window's thread; `work` is queued."""

    seen = Signal(object, object, object)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.wanted: tuple[object, InspectionRequest] | None = None
        self.given_up = threading.Event()
        self._took = 0.0

    @Slot()
    def work(self) -> None:
        """Do the look that was asked for last, if it is not done yet."""
        wanted, self.wanted = self.wanted, None
        if wanted is None or self.given_up.is_set():
            return
        situation, request = wanted
        if (
            request.response is not None
        ):  # a picture of a run, of which another comes soon: the run and the window go first
            self.given_up.wait(min(_PAUSE * self._took, _LONGEST_PAUSE))
            (situation, request), self.wanted = self.wanted or wanted, None
        start = time.perf_counter()
        try:
            load_torch()
            import torch

            from elman_core.analysis.inspection import inspect_network

            torch.set_num_threads(1)  # set per thread; one is fastest for networks this small
            job = inspect_network(request)
            while True:
                try:
                    next(job)
                except StopIteration as end:
                    inside: Inspection = end.value
                    break
                if self.given_up.is_set():
                    job.close()
                    return
            self._took = time.perf_counter() - start
            self.seen.emit(situation, request, inside)
        except Exception as error:
            _log.exception("looking inside failed")
            self.failed.emit(error)
