"""A cluster of this machine alone: a real scheduler and real workers, each a process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

__all__ = ["ClusterProcesses", "cluster_processes"]

_SCHEDULER = "from distributed.cli.dask_scheduler import main; main()"
_WORKER = "from distributed.cli.dask_worker import main; main()"
_PLACE = ("--host", "127.0.0.1", "--no-dashboard")


@dataclass
class ClusterProcesses:
    """The processes of a cluster.

    Attributes
    ----------
    address
        Of the scheduler.
    paths
        Folders that workers and scheduler import from, beside what is installed.
    """

    address: str = ""
    paths: Sequence[Path] = ()
    scheduler: subprocess.Popen[str] | None = None
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def start_scheduler(self) -> None:
        """Start it, and wait until it says its address."""
        self.scheduler = self._begin(_SCHEDULER, "--port", "0", *_PLACE)
        self.address = _line_with(self.scheduler, "Scheduler at:").split()[-1]

    def start_worker(self, before: str = "") -> subprocess.Popen[str]:
        """Start one with one thread, and wait until the scheduler has it; `before` is Python that it begins with."""
        process = self._begin(before + _WORKER, self.address, "--no-nanny", "--nthreads", "1", *_PLACE)
        self.workers.append(process)
        _line_with(process, "Registered to:")
        return process

    def end(self) -> None:
        """End all at once."""
        for process in (*self.workers, self.scheduler):
            if process is not None:
                process.kill()
                process.wait()

    def _begin(self, code: str, *words: str) -> subprocess.Popen[str]:
        path = os.pathsep.join([*map(str, self.paths), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(
            [sys.executable, "-c", code, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=environment,
        )  # fmt: skip


@contextmanager
def cluster_processes(workers: int = 2, paths: Sequence[Path] = ()) -> Iterator[ClusterProcesses]:
    """Start a scheduler and some workers, and end them afterwards."""
    cluster = ClusterProcesses(paths=paths)
    try:
        cluster.start_scheduler()
        for _ in range(workers):
            cluster.start_worker()
        yield cluster
    finally:
        cluster.end()


def _line_with(process: subprocess.Popen[str], words: str) -> str:
    """Wait for a line on standard error."""
    said: list[str] = []
    stream: IO[str] | None = process.stderr
    assert stream is not None
    for line in stream:
        said.append(line)
        if words in line:
            # A pipe that nobody empties would hold the process up.
            threading.Thread(target=_empty, args=(stream,), daemon=True).start()
            return line
    raise RuntimeError(f"the process ended before it said {words!r}: {''.join(said)}")


def _empty(stream: IO[str]) -> None:
    with stream:
        stream.read()
