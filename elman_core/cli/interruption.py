"""Signals that ask a command to end: noted first, so that what was trained is kept; a second one ends at once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from elman_core.cli.exit_codes import ExitCode

__all__ = ["Interruption", "interruption"]

_SECONDS_APART = 1.0
"""Signals that come sooner after the first one mean the same."""


class Interruption:
    """Whether a signal has asked for the end: its exit code, DONE (which is false) before."""

    code: ExitCode = ExitCode.DONE
    moment: float = 0.0


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Note the first SIGINT, SIGTERM or SIGHUP instead of stopping at once, so that none interrupts a weight update.

    A second one stops at once, unless it comes together with the first: `timeout`, and a terminal that is closed, send
    two. A command that was started to outlast its terminal, as by nohup, still does.
    """
    noted = Interruption()
    if threading.current_thread() is not threading.main_thread():  # only the main thread receives signals
        yield noted
        return
    codes = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        codes[signal.SIGHUP] = ExitCode.HUNG_UP
    before = {number: signal.getsignal(number) or signal.SIG_DFL for number in codes}

    def note(number: int, _frame: FrameType | None) -> None:
        if not noted.code:
            noted.code, noted.moment = codes[signal.Signals(number)], time.monotonic()
        elif time.monotonic() - noted.moment > _SECONDS_APART:
            restore()
            signal.raise_signal(number)

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in codes:
        signal.signal(number, note)
    try:
        yield noted
    finally:
        restore()
