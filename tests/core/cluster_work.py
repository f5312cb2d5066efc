"""What the tests send to a cluster's workers."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

__all__ = ["Load", "end_worker", "fail", "length_and_process", "process", "process_after"]


class Load:
    """Many bytes, and how often a process has packed them."""

    packed = 0

    def __init__(self, length: int) -> None:
        self.data = bytes(length)

    def __getstate__(self) -> dict[str, bytes]:
        Load.packed += 1
        return {"data": self.data}


def process(number: int) -> tuple[int, int]:
    """Return the number, and in which process this was."""
    return number, os.getpid()


def process_after(path: Path, load: Load, number: int) -> tuple[int, int]:
    """Return the number, and in which process this was, once there is a file."""
    while not path.exists():
        time.sleep(0.01)
    assert load.data
    return number, os.getpid()


def length_and_process(load: Load, number: int) -> tuple[int, int, int]:
    """Return how much there is, the number, and in which process this was."""
    return len(load.data), number, os.getpid()


def fail(sentence: str) -> None:
    """Raise what a run may raise."""
    raise ValueError(sentence)


def end_worker() -> None:
    """End the process, as a system does that is short of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
