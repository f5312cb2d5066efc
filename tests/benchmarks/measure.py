"""What every case is made of: several rounds side by side, of which the best counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["PLATFORM", "Result", "best_seconds", "in_a_process"]

PLATFORM = {} if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") else {"QT_QPA_PLATFORM": "offscreen"}
"""Where there is no display, Qt's platform "offscreen" takes its place."""


@dataclass(frozen=True)
class Result:
    """What one case gave. `reached` is None where it could not be measured here; `note` says why, or how it came."""

    case: str
    found: str
    to_reach: str
    reached: bool | None
    note: str = ""


def best_seconds(*alternatives: Callable[[], object], rounds: int = 7) -> list[float]:
    """Run the alternatives in turn, and return the shortest time of each, in seconds."""
    best = [float("inf")] * len(alternatives)
    for _ in range(rounds):
        for index, run in enumerate(alternatives):
            start = time.perf_counter()
            run()
            best[index] = min(best[index], time.perf_counter() - start)
    return best


def in_a_process(code: str, environment: Mapping[str, str] | None = None, seconds: int = 300) -> dict[str, Any]:
    """Run a program of its own, and return the JSON object in its last line."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
