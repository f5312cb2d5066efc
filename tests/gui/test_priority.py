"""What works beside the window has a lower priority than the window, where the system has one for each thread."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytestqt.qtbot import QtBot

from elman_gui.threads.job import JobThread

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only here has each thread a niceness of its own")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_job_and_the_threads_that_it_begins_let_the_window_go_first(qtbot: QtBot) -> None:
    before, seen = niceness(), []

    def job() -> Iterator[float]:
        yield 0.0
        with ThreadPoolExecutor(1) as pool:
            seen.extend([niceness(), pool.submit(niceness).result()])

    thread = JobThread(job)
    with qtbot.waitSignal(thread.ended, timeout=600_000):
        thread.start()
    assert seen == [max(before, 5)] * 2
    assert niceness() == before
