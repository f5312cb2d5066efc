"""A study whose program is killed, again and again: no finished run is lost, and none is done twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from studies import figures, run_all, study_of

from elman_core.studies.store import StudyStore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it forks, and Windows sends no signals to one process")

PROGRAM = """
import os, sys
from elman_core.cli import main
from elman_core.cli import study
from elman_core.config import Precision
from elman_core.studies.pace import Pace
from elman_core.training import trainer
from elman_core.training.engines.kernel_cache import prepare_for
prepare_for(Precision.SINGLE, lambda text: None)
Pace.size = lambda self, run, cell, missing, workers, remaining: min(2, missing)
print("ready", flush=True)
for words in sys.stdin:
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(main(words.split()))
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""
"""Has all imported, and runs a command in a process of its own for each line that comes: that process is killed."""


class Commands:
    """Begins commands, and says how they ended."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        assert program.stdin is not None and program.stdout is not None
        self._input, self._output = program.stdin, program.stdout
        assert self._output.readline() == "ready\n"

    def begin(self, *words: str) -> int:
        self._input.write(" ".join(words) + "\n")
        self._input.flush()
        return int(self._output.readline())

    def ended(self) -> int:
        return int(self._output.readline())


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    with running() as program:
        yield Commands(program)


@contextmanager
def running() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        try:
            yield program
            assert program.stdin is not None
            program.stdin.close()
            program.wait(600)
        finally:
            program.kill()


def wait_for_bytes(path: Path, count: int) -> bytes:
    """Wait until a file has more bytes than so many, and return what is in it."""
    until = time.monotonic() + 600
    while not path.exists() or path.stat().st_size <= count:
        assert time.monotonic() < until, "nothing is written"
        time.sleep(0.001)
    return path.read_bytes()


def whole_lines(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1]


def test_twenty_kills_neither_lose_nor_repeat_a_finished_run(tmp_path: Path, commands: Commands) -> None:
    out, chance = tmp_path / "s", random.Random(7)
    path = out / "trials.jsonl"
    # So many runs that twenty programs do not come to the end of them, however late they are killed.
    options = ["--seeds", "1200", "--grid", "hidden=2,3", "--epochs", "100", "--keep", "none", "--out", str(out)]
    kept = b""
    for _ in range(20):
        child = commands.begin("study", "sine", *options, "--resume", "--workers", "2", "--json")
        wait_for_bytes(path, len(kept) + chance.randrange(400))
        os.kill(child, signal.SIGKILL)
        assert commands.ended() == -signal.SIGKILL
        found = path.read_bytes()
        assert found.startswith(kept), "what was finished stays as it was"
        kept = whole_lines(found)
    assert 20 <= kept.count(b"\n") < 2_400, "each time something was finished, and the study was not"
    commands.begin("study", str(out), "--resume")
    assert commands.ended() == 0
    assert path.read_bytes().startswith(kept)
    study = study_of("sine", "hidden=2,3", config={"seeds": 1_200}, training={"epochs": 100})
    assert figures(StudyStore.opened(out).results) == figures(run_all(study))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_a_study_and_keeps_what_is_done(
    tmp_path: Path, commands: Commands, number: signal.Signals, code: int
) -> None:
    out = tmp_path / "s"
    # The second cell takes hours, so that a run is under way whenever the signal comes.
    child = commands.begin("study", "sine", "--seeds", "2", "--grid", "epochs=5,9000000", "--out", str(out), "--json")
    wait_for_bytes(out / "trials.jsonl", 0)
    os.kill(child, number)
    assert commands.ended() == code
    with StudyStore.opened(out, to_write=True) as store:
        assert len(store.results) == 2
