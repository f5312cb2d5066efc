"""Inspector: inspects networks in a thread of its own, always the one that was asked for last."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, QThread, Signal, Slot

from elman_core.analysis.types import Inspection, InspectionRequest
from elman_core.support.background_import import load_torch
from elman_core.support.error_log import log_error
from elman_core.support.jobs import Job
from elman_core.support.throttle import Throttle
from elman_gui.threads.priority import let_the_window_go_first

__all__ = ["Inspector", "Latest"]

_SHARE, _LONGEST_PAUSE = 0.25, 0.5
"""Of the time that inspections of a run may take; but no pause between two is longer than so many seconds."""

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Inspector(QObject):
    """Does one inspection at a time; of several that wait only the last is done.

    Signals
    -------
    seen(object, object, object)
        What `request` was told of the situation it was made in, the request itself, which is an InspectionRequest
        unless one looks in another way, and what was seen.
    failed(Exception)
    """

    seen = Signal(object, object, object)
    failed = Signal(object)

    _asked = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        look: Callable[[Any], Job[Any]] | None = None,
        *,
        share: float = _SHARE,
        least_pause: float = 0.0,
        longest_pause: float | None = _LONGEST_PAUSE,
    ) -> None:
        """Prepare to inspect networks, or to `look` at them in another way, which is called in the thread.

        Networks in training may take a `share` of the time, with pauses of so many seconds.
        """
        super().__init__(parent)
        self._worker = _Worker(look or _inspect, Throttle(least_pause, share), longest_pause)
        self._thread = QThread(self)
        self._thread.setObjectName("inspector")
        self._worker.moveToThread(self._thread)
        self._thread.started.connect(self._worker.begin)
        self._asked.connect(self._worker.work)
        self._worker.seen.connect(self.seen)
        self._worker.failed.connect(self.failed)

    def request(self, request: Any, situation: object, *, urgent: bool) -> None:
        """Inspect a network, as soon as the inspection before is done; where it is not urgent, after a pause."""
        if self._worker.given_up.is_set():  # a run that ends with the window has a last word
            return
        if not self._thread.isRunning():
            self._thread.start()
        self._worker.wanted.put((situation, request, urgent))
        if urgent:
            self._worker.hurry.set()
        self._asked.emit()

    def forget(self) -> None:
        """Drop what is asked for, and what is looked at for a run: its data are left."""
        self._worker.wanted.pop()
        self._worker.hurry.set()

    def shut_down(self) -> None:
        """End the thread. Called once, before the window goes."""
        self._worker.given_up.set()
        self._worker.hurry.set()
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

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that has not been returned."""
        with self._lock:
            return self._thing is None

    def pop(self) -> T | None:
        """Return the thing put last, or None if it has been returned before."""
        with self._lock:
            thing, self._thing = self._thing, None
            return thing


class _Worker(QObject):
    """`wanted`, `given_up` and `hurry` are set from the window's thread; `work` is queued."""

    seen = Signal(object, object, object)
    failed = Signal(object)

    def __init__(self, look: Callable[[Any], Job[Any]], turns: Throttle, longest_pause: float | None) -> None:
        super().__init__()
        self.wanted: Latest[tuple[object, Any, bool]] = Latest()
        self.given_up = threading.Event()
        self.hurry = threading.Event()
        self._look = look
        self._turns = turns
        self._longest_pause = longest_pause

    @Slot()
    def begin(self) -> None:
        """Be in a thread of its own, whose first task this is."""
        let_the_window_go_first()

    @Slot()
    def work(self) -> None:
        """Inspect what was asked for last, if that is not done yet."""
        if self.wanted.is_empty:
            return
        if not self.hurry.is_set():
            # One of a run, of which another comes soon: the run and the window go first.
            left, longest = self._turns.seconds_left, self._longest_pause
            self.hurry.wait(left if longest is None else min(left, longest))
        self.hurry.clear()
        wanted = self.wanted.pop()
        if wanted is None or self.given_up.is_set():
            return
        situation, request, urgent = wanted
        try:
            with self._turns.turn():
                inside = self._inspected(request, urgent=urgent)
            if inside is not None:
                self.seen.emit(situation, request, inside)
        except Exception as error:
            log_error(_log, "an inspection failed", error)
            self.failed.emit(error)

    def _inspected(self, request: Any, *, urgent: bool) -> Any:
        """Inspect; return None where it is given up on the way, for what is urgent too."""
        load_torch()
        import torch

        torch.set_num_threads(1)  # set per thread; one is fastest for networks this small
        job = self._look(request)
        while not self.given_up.is_set() and (urgent or not self.hurry.is_set()):
            try:
                next(job)
            except StopIteration as end:
                return end.value
        job.close()
        return None


def _inspect(request: InspectionRequest) -> Job[Inspection]:
    from elman_core.analysis.inspection import inspect_network  # imports torch

    return inspect_network(request)
