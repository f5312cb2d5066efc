"""Damage as a study: seven kinds at ten levels of a hundred trained networks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from elman_core.analysis.damage.results import DamageResults
from elman_core.analysis.damage.study import damage_study
from elman_core.config.damage import DamageConfig
from elman_core.experiment import Run
from elman_core.experiments.factory import begin_named
from elman_core.support.jobs import complete
from elman_core.training.trainer import Trainer

from .measure import Result, in_a_process

__all__ = ["damage_cases", "measure"]

_NETWORKS, _STEPS, _ROUNDS = 100, 2_000, 3
_SECONDS, _MEGABYTES = 10.0, 300
_HERE = Path(__file__).parent
_CODE = f"""
import json, sys
sys.path.append({str(_HERE.parent)!r})
from {_HERE.name}.damage import measure
print(json.dumps(measure()))
"""


def damage_cases() -> Iterator[Result]:
    """Train a hundred networks of 31-20-31 for one pass over the words, and damage them, in a process of its own."""
    found = in_a_process(_CODE, seconds=600)
    seconds, memory, falls = found["seconds"], found["megabytes"], found["falls"]
    yield Result(
        "damage: 7 kinds, 10 levels, 100 networks of 31-20-31, 2,000 words", f"{seconds:.1f} s",
        f"under {_SECONDS:.0f} s", seconds < _SECONDS,
        f"error and % right on one thread; {1e9 * seconds / found['steps']:.0f} ns a network and step",
    )  # fmt: skip
    yield Result(
        "damage: the same, memory", "" if memory is None else f"{memory:.0f} MB", f"under {_MEGABYTES} MB",
        None if memory is None else memory < _MEGABYTES, "more than before it",
    )  # fmt: skip
    yield Result(
        "damage: levels at which the mean error is below that of the level before", f"{falls}", "none", not falls,
        "over the 100 networks, of all kinds",
    )  # fmt: skip


def measure() -> dict[str, Any]:
    """Damage them some times; return the shortest time, the memory, and how often the error falls."""
    torch.set_num_threads(1)
    run, config, seconds = _trained(), DamageConfig(repeats=1, steps=_STEPS), float("inf")
    resident = Path("/proc/self/clear_refs")
    if resident.exists():
        resident.write_text("5")  # the peak begins anew
    before = _megabytes("VmRSS")
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        found = complete(damage_study(run, config))
        seconds = min(seconds, time.perf_counter() - start)
    peak = _megabytes("VmHWM")
    return {
        "seconds": seconds, "megabytes": None if before is None or peak is None else peak - before,
        "falls": _falls(found), "steps": len(config.kinds) * len(config.levels) * _NETWORKS * _STEPS,
    }  # fmt: skip


def _trained() -> Run:
    run, _ = begin_named("word-classes", {}, {"hidden": 20}, {"networks": _NETWORKS, "epochs": 1})
    trainer = Trainer(run, engine="compiled")
    for _ in trainer.updates():
        pass
    return replace(run, weights=trainer.weights())


def _falls(found: DamageResults) -> int:
    """Count the levels at which the mean error is below that of the level before."""
    falls = 0
    for curve in found.curves:
        means = [float(found.undamaged.reached.error.mean()), *curve.errors.mean(axis=(1, 2)).tolist()]
        falls += sum(after < before for before, after in pairwise(means))
    return falls


def _megabytes(name: str) -> float | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(f"{name}:")) / 1024
