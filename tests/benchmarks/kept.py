"""What is left of a training whose window is killed at a random moment; also `python -m benchmarks.kept KILLS`."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from elman_core.errors import ElmanError
from elman_core.storage.kept_run import left_runs
from elman_core.support.jobs import complete
from elman_core.support.resources import resource

from .measure import PLATFORM, Result

__all__ = ["kept_cases", "session_command"]

_KILLS = 50
_SECONDS = 1.0
_ONE_SAVE = 1.0
_LONGEST = 5.0
_EXPERIMENTS = ("sine", "sunspots", "letters", "co2.csv")
_HERE = Path(__file__).parent


def session_command(folder: Path, what: str, seconds: float, *options: str) -> list[str]:
    """Return the command line of a window that trains and keeps."""
    given = "".join(f", {option}" for option in options)
    code = (
        f"import sys; sys.path.append({str(_HERE.parent)!r}); from {_HERE.name}.kept_session import run; "
        f"sys.exit(run({str(folder)!r}, {what!r}, {seconds!r}{given}))"
    )
    return [sys.executable, "-c", code]


def kept_cases(kills: int = _KILLS) -> Iterator[Result]:
    """Kill windows in training, and open what they kept."""
    from elman_gui.controllers.loading import load_kept

    chance = random.Random(1)
    opened, problems, lost = 0, [], []
    for number in range(kills):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            learned, end = _killed(folder, _EXPERIMENTS[number % len(_EXPERIMENTS)], chance)
            found = complete(left_runs(folder / "kept"))
            epochs = 0
            try:
                assert len(found.runs) == 1, f"{len(found.runs)} runs are left"
                epochs = complete(load_kept(found.runs[0])).experiment.history.epochs
                opened += 1
            except (AssertionError, ElmanError) as error:
                problems.append(f"{error} {' '.join(found.problems)}".strip())
            lost.append(end - next((moment for moment, done in learned if done >= epochs), end))
    yield Result(
        f"kill -9 in training, kept every {_SECONDS:g} s: what is left opens", f"{opened} of {kills}",
        f"{kills} of {kills}", opened == kills, problems[0] if problems else ", ".join(_EXPERIMENTS),
    )  # fmt: skip
    most = max(lost)
    yield Result(
        f"kill -9 in training, kept every {_SECONDS:g} s: the most time that is lost", f"{most:.2f} s",
        f"at most {_SECONDS + _ONE_SAVE:g} s", most <= _SECONDS + _ONE_SAVE,
        f"that second and one save; half of the times at most {sorted(lost)[len(lost) // 2]:.2f} s",
    )  # fmt: skip


def _killed(folder: Path, what: str, chance: random.Random) -> tuple[list[tuple[float, int]], float]:
    """Train in a window, and kill it after a while; return when it had learned how much, and when it was killed."""
    if what.endswith(".csv"):
        copy = folder / what
        copy.write_bytes(resource(f"data/{what}").read_bytes())
        what = str(copy)
    learned: list[tuple[float, int]] = []
    with subprocess.Popen(
        session_command(folder, what, _SECONDS), env={**os.environ, **PLATFORM}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline().split()
        assert first, f"the window ended by itself, {process.wait()}"
        learned.append((float(first[0]), int(first[1])))
        lines = process.stdout
        reader = threading.Thread(target=lambda: learned.extend(_told(line) for line in lines if line.endswith("\n")))
        reader.start()
        while not list((folder / "kept").glob("*/run.safetensors")):
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, _LONGEST))
        end = time.monotonic()
        process.kill()
        reader.join()
    return learned, end


def _told(line: str) -> tuple[float, int]:
    moment, epochs = line.split()
    return float(moment), int(epochs)


if __name__ == "__main__":
    for result in kept_cases(*map(int, sys.argv[1:])):
        sys.stdout.write(f"{result}\n")
