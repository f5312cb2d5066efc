"""What the tests send to a cluster's workers."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from elman_core.data.dataset import SequenceDataset

__all__ = ["end_worker", "fail", "process", "process_after", "rows_and_process"]


def process(number: int) -> tuple[int, int]:
    """Return the number, and in which process this was."""
    return number, os.getpid()


def process_after(path: Path, dataset: SequenceDataset, number: int) -> tuple[int, int]:
    """Return the number, and in which process this was, once there is a file."""
    while not path.exists():
        time.sleep(0.01)
    assert dataset.rows
    return number, os.getpid()


def rows_and_process(dataset: SequenceDataset, number: int) -> tuple[int, int, int]:
    """Return how many rows there are, the number, and in which process this was."""
    return dataset.rows, number, os.getpid()


def fail(sentence: str) -> None:
    """Raise what a run may raise."""
    raise ValueError(sentence)


def end_worker() -> None:
    """End the process, as a system does that is short of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
