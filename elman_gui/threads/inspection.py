"""Inspector: inspects networks in a thread of its own, always the one that was asked for last."""

from __future__ import annotations

import logging
import threading
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QThread, Signal, Slot

from elman_core.analysis.types import Inspection, InspectionRequest
from elman_core.support.background_import import load_torch
from elman_core.support.error_log import log_error
from elman_core.support.throttle import Throttle

__all__ = ["Inspector", "Latest"]

_SHARE, _LONGEST_PAUSE = 0.25, 0.5
"""Of the time that inspections of a run may take; but no pause between two is longer than so many seconds."""

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Inspector(QObject):
    """Does one inspection at a time; of several that wait only the last is done.

    Signals
    -------
    seen(object, InspectionRequest, Inspection)
        The first is what `request` was told of the situation it was made in.
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
        """Inspect a network, as soon as the inspection before is done."""
        if not self._thread.isRunning():
            self._thread.start()
        self._worker.wanted.put((situation, request))
        self._asked.emit()

    def shut_down(self) -> None:
        """End the thread. Called once, before the window goes."""
        self._worker.given_up.set()
        self._thread.quit()
        self._thread.wait()


class Latest(Generic[T]):
    """Hands the newest of some things from one thread to another, each at most once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thing: T | None = None

    def put(self, thing: T) -> None:
        """Put a thing in the place of the one before."""
        with self._lock:
            self._thing = thing

    def pop(self) -> T | None:
        """Return the thing put last, or None if it has been returned before."""
        with self._lock:
            thing, self._thing = self._thing, None
            return thing


class _Worker(QObject):
    """`wanted` and `given_up` are set from the window's thread; `work` is queued."""

    seen = Signal(object, object, object)
    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.wanted: Latest[tuple[object, InspectionRequest]] = Latest()
        self.given_up = threading.Event()
        self._turns = Throttle(share=_SHARE)

    @Slot()
    def work(self) -> None:
        """Inspect what was asked for last, if that is not done yet."""
        wanted = self.wanted.pop()
        if wanted is None or self.given_up.is_set():
            return
        situation, request = wanted
        if request.response is not None:
            # One of a run, of which another comes soon: the run and the window go first.
            self.given_up.wait(min(self._turns.seconds_left, _LONGEST_PAUSE))
            situation, request = self.wanted.pop() or wanted
        try:
            with self._turns.turn():
                inside = self._inspected(request)
            if inside is not None:
                self.seen.emit(situation, request, inside)
        except Exception as error:
            log_error(_log, "an inspection failed", error)
            self.failed.emit(error)

    def _inspected(self, request: InspectionRequest) -> Inspection | None:
        """Inspect; return None where it is given up on the way."""
        load_torch()
        import torch

        from elman_core.analysis.inspection import inspect_network

        torch.set_num_threads(1)  # set per thread; one is fastest for networks this small
        job = inspect_network(request)
        while not self.given_up.is_set():
            try:
                next(job)
            except StopIteration as end:
                inside: Inspection = end.value
                return inside
        job.close()
        return None
