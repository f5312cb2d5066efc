"""Signals that ask a command to end: noted first, so that what was trained is kept; the second one ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from elman_core.cli.exit_codes import ExitCode

__all__ = ["Interruption", "interruption"]


class Interruption:
    """Whether a signal has asked for the end: its exit code, DONE (which is false) before."""

    code: ExitCode = ExitCode.DONE


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Note the first SIGINT, SIGTERM or SIGHUP instead of stopping at once, so that none interrupts a weight update.

    A command that was started to outlast its terminal, as by nohup, still does.
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
        noted.code = codes[signal.Signals(number)]
        restore()  # a second one stops at once

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in codes:
        signal.signal(number, note)
    try:
        yield noted
    finally:
        restore()
