"""EndSignals: SIGTERM, SIGINT and SIGHUP as a signal of Qt, heard also while the window is idle."""

from __future__ import annotations

import signal
import socket
import time
from types import FrameType
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Signal, Slot

__all__ = ["EndSignals"]

_SECONDS_APART = 1.0
"""Signals that come sooner after the first one mean the same."""
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class EndSignals(QObject):
    """Listens from `listen` to `stop`.

    Python handles a signal only between two steps of its own, which there are none of while Qt waits for events; so
    the number of each is written into a socket, which wakes Qt. A second signal ends the program at once, unless it
    comes together with the first: `timeout`, and a terminal that is closed, send two.

    Signals
    -------
    asked(int)
        The program is to end, by the signal of this number.
    """

    asked = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._before: dict[signal.Signals, Any] = {}
        self._first: float | None = None
        self._is_told = False
        self._heard, self._written = socket.socketpair()
        for end in (self._heard, self._written):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._heard.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_activated)

    def listen(self) -> None:
        """Hear the signals from now on, but those that the program was started to ignore, as by nohup."""
        signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        for name in _NAMES:
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._take_note)

    def stop(self) -> None:
        """Hear none any more, and let them do what they did before."""
        for number, handler in self._before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        self._before.clear()
        signal.set_wakeup_fd(-1)
        self._notifier.setEnabled(False)
        for end in (self._heard, self._written):
            end.close()

    def _take_note(self, number: int, _frame: FrameType | None) -> None:
        """Know when the first one came; Python has written its number into the socket by now."""
        now = time.monotonic()
        if self._first is None:
            self._first = now
        elif now - self._first > _SECONDS_APART:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    @Slot()
    def _on_activated(self) -> None:
        numbers = [number for number in self._heard.recv(64) if number in self._before]
        if numbers and not self._is_told:
            self._is_told = True
            self.asked.emit(numbers[0])
