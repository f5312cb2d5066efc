"""Long work as a plain generator: it yields the share done, from 0 to 1, and returns its result.

Cancelling is ceasing to iterate (`job.close()`), so a job cleans up in `finally`. The command line
and the window drive the same jobs, each in its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

__all__ = ["Job", "complete", "within"]

T = TypeVar("T")
Job = Generator[float, None, T]


def complete(job: Job[T], report: Callable[[float], object] = lambda share: None) -> T:
    """Run a job to its end and return its result, reporting the share done on the way."""
    while True:
        try:
            report(next(job))
        except StopIteration as end:
            result: T = end.value
            return result


def within(job: Job[T], begin: float, end: float) -> Job[T]:
    """Run a job as the part of a longer one that goes from one share done to another."""
    try:
        while True:
            try:
                share = next(job)
            except StopIteration as stop:
                result: T = stop.value
                return result
            yield begin + (end - begin) * share
    finally:
        job.close()
