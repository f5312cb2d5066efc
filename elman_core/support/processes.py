"""Processes: a function called for many tasks at once, as a job that can be cancelled."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from elman_core.support.jobs import Job

__all__ = ["call_each"]

_WORTH_SECONDS = 4.0
"""Work that takes less is done here: processes need seconds to start."""
_CHUNK_SECONDS = 0.5
_LONGEST_WAIT = 0.05
"""Seconds between two looks at whether the job is still wanted."""

T = TypeVar("T")
R = TypeVar("R")


def call_each(function: Callable[[T], R], tasks: Sequence[T], seconds_each: float) -> Job[list[R]]:
    """Call a function for each task and return the results in their order.

    Where it is worth it, by a rough guess of the seconds that a call takes, several processes share the work; then the
    function must be one of a module's own, and tasks and results must be fit to be pickled. When the job is closed the
    processes end at once. Where the system lets no processes begin, or ends one, this one does the work.
    """
    workers = min(os.cpu_count() or 1, 8)
    if workers > 1 and seconds_each * len(tasks) >= _WORTH_SECONDS:
        try:
            return (yield from _shared(function, tasks, seconds_each, workers))
        except (BrokenProcessPool, OSError):
            pass
    results = []
    for done, task in enumerate(tasks):
        yield done / len(tasks)
        results.append(function(task))
    return results


def _shared(function: Callable[[T], R], tasks: Sequence[T], seconds_each: float, workers: int) -> Job[list[R]]:
    size = max(1, min(round(_CHUNK_SECONDS / seconds_each), -(-len(tasks) // workers)))
    chunks = [tasks[start : start + size] for start in range(0, len(tasks), size)]
    # A process that is begun afresh holds no locks of this one's threads.
    executor = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_begin_alone)
    try:
        futures: list[Future[list[R]]] = [executor.submit(_call_all, function, chunk) for chunk in chunks]
        pending = set(futures)
        while pending:
            _, pending = wait(pending, _LONGEST_WAIT, FIRST_COMPLETED)
            yield 1 - len(pending) / len(futures)
        return [result for future in futures for result in future.result()]
    except GeneratorExit:
        # Nobody wants the results: what is under way need not be ended. Python 3.14 has a public way to do this.
        for process in list((executor._processes or {}).values()):
            process.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _call_all(function: Callable[[T], R], tasks: Sequence[T]) -> list[R]:
    return [function(task) for task in tasks]


def _begin_alone() -> None:
    """Leave it to the process that waits to end, for a terminal sends Ctrl-C to all; and compute with one thread each.

    The libraries read the latter when they are first imported, which is after this.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
