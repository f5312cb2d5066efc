"""The window goes first: where all processors are busy, what works beside it waits, not the person."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

__all__ = ["let_the_window_go_first"]

_STEPS = 5
"""Of niceness, of which there are 19."""


def let_the_window_go_first() -> None:
    """Lower the priority of the calling thread, and of all that it begins from now on; it cannot be raised again.

    Linux alone gives each thread a niceness of its own, and no other way to say this of an ordinary one; elsewhere
    nothing is changed.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # not allowed here: then all are equal
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _STEPS)
