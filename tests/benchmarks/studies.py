"""Studies: what threads and a cluster add to the runs themselves, and how near the estimate of a study comes."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

from elman_core.config.study import Axis, StudyConfig
from elman_core.studies.estimate import estimate_of
from elman_core.studies.forecaster_block import ForecasterBlock, train_forecaster
from elman_core.studies.results import StudyResults
from elman_core.studies.runner import run_study
from elman_core.studies.study import Study, StudyBase

from .cluster_processes import cluster_processes
from .measure import Result, best_seconds, in_a_process

__all__ = ["measure_study", "study_cases"]

_WORKERS = 2
_MOST_OVERHEAD = 0.2
_RUNS, _ROUNDS = 60, 3
_MOST_OF_TIME, _MOST_OF_MEMORY = 3.0, 1.5
_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]


def study_cases() -> Iterator[Result]:
    """Compare threads with a plain loop, and a cluster of this machine with threads; then the estimates."""
    yield from _overhead_cases()
    yield from _estimate_cases()
    yield from _forecaster_cases()


def _study(seeds: int) -> Study:
    """Return one whose runs take a bit more than 50 ms each."""
    training = {"epochs": 800, "patience": 0}
    return Study(
        StudyBase(name="sunspots", what="sunspots", network={"hidden": 20}, training=training), StudyConfig(seeds=seeds)
    )


def _run(study: Study, executor: Executor | None, workers: int) -> StudyResults:
    results = StudyResults()
    for _ in run_study(study, None, executor, results=results, workers=workers):
        pass
    assert len(results) == study.config.runs
    return results


def _loop(study: Study) -> None:
    """Train the runs one after the other, with nothing around them."""
    from elman_core.training.trainer import Trainer

    for place in range(study.config.seeds):
        run, _ = study.begin({})
        training = run.training.replace(seed=study.first_seed + place)
        for _ in Trainer(type(run)(run.name, run.dataset, run.network, training), threads=1).updates():
            pass


def _overhead_cases() -> Iterator[Result]:
    study = _study(_RUNS)
    one_by_one, one_thread = best_seconds(lambda: _loop(study), lambda: _run(study, None, 1), rounds=_ROUNDS)
    each = one_by_one / _RUNS
    overhead = one_thread / one_by_one - 1
    yield Result(
        "studies: overhead of threads", _percent(overhead), f"under {_MOST_OVERHEAD:.0%}", overhead < _MOST_OVERHEAD,
        f"{_RUNS} runs of {each * 1e3:.0f} ms, against a plain loop of them on one thread",
    )  # fmt: skip
    try:
        from elman_core.studies.cluster import ClusterExecutor

        with cluster_processes(_WORKERS, paths=[_ROOT]) as processes, ClusterExecutor(processes.address) as executor:
            _run(_study(4), executor, _WORKERS)  # so that the engine is there on both
            threads, cluster = best_seconds(
                lambda: _run(study, None, _WORKERS), lambda: _run(study, executor, _WORKERS), rounds=_ROUNDS
            )
    except (ImportError, RuntimeError) as error:
        yield Result("studies: overhead of a cluster", "", f"under {_MOST_OVERHEAD:.0%}", None, str(error))
        return
    overhead = cluster / threads - 1
    yield Result(
        "studies: overhead of a cluster", _percent(overhead), f"under {_MOST_OVERHEAD:.0%}", overhead < _MOST_OVERHEAD,
        f"{_RUNS} runs of {each * 1e3:.0f} ms on two workers of this machine, {cluster:.2f} s, against two threads, "
        f"{threads:.2f} s",
    )  # fmt: skip


def _percent(share: float) -> str:
    return f"{max(share, 0.0):.0%}"


# -- estimates ---------------------------------------------------------------------------------------


def _estimate_cases() -> Iterator[Result]:
    if not sys.platform.startswith("linux"):
        yield Result("studies: estimate of memory", "", f"within {_MOST_OF_MEMORY:g} times", None, "only Linux says it")
        return
    code = (
        f"import json, sys; sys.path.append({str(_HERE.parent)!r}); from {_HERE.name}.studies import measure_study; "
        "print(json.dumps(measure_study()))"
    )
    found = in_a_process(code, seconds=600)
    for what, most, unit in (("memory", _MOST_OF_MEMORY, 1e6), ("seconds", _MOST_OF_TIME, 1.0)):
        told, taken = found[f"told {what}"] / unit, found[what] / unit
        name, words = ("memory", "MB") if what == "memory" else ("time", "s")
        yield Result(
            f"studies: estimate of {name}", f"{told / taken:.2f} times what it took",
            f"within {most:g} times", 1 / most <= told / taken <= most,
            f"{told:.1f} {words} told, {taken:.1f} {words} taken by {found['runs']:,} runs in {found['cells']:,} cells",
        )  # fmt: skip


def _forecaster_cases() -> Iterator[Result]:
    """Compare what is told of one forecaster with the CPU time that it takes, of three built-in series."""
    for name in ("airline", "sunspots", "co2"):
        study = Study(StudyBase(name=name, what=name, automatic={}, engine="compiled"), StudyConfig(seeds=1))
        told = estimate_of(study, 1)
        assert told is not None
        recipe = study.recipe({}, 1)
        train_forecaster(ForecasterBlock(0, {}, 0, recipe, "compiled"), study.table)  # so that kernels are there
        start = time.process_time()
        train_forecaster(ForecasterBlock(0, {}, 0, recipe, "compiled"), study.table)
        taken = time.process_time() - start
        ratio = told.seconds / taken
        yield Result(
            f"studies: estimate of time, forecaster of {name}", f"{ratio:.2f} times what it took",
            f"within {_MOST_OF_TIME:g} times", 1 / _MOST_OF_TIME <= ratio <= _MOST_OF_TIME,
            f"{told.seconds:.2f} s told, {taken:.2f} s of CPU time taken",
        )  # fmt: skip


def measure_study() -> dict[str, float]:
    """Run a study of many small runs, and return what it takes beside what was told; in a process of its own."""
    import torch

    torch.set_num_threads(1)
    rates = tuple(number / 10_000 for number in range(1, 1_001))
    axes = (Axis(field="training.learning_rate", values=rates), Axis(field="network.hidden", values=(5, 6)))
    config = StudyConfig(axes=axes, seeds=50)
    base = StudyBase(name="sine", what="sine", training={"epochs": 20})
    _run(Study(base, StudyConfig(seeds=20)), None, 1)  # so that code and kernels are there
    study = Study(base, config)
    told = estimate_of(study, 1)
    assert told is not None
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, start = _kilobytes("VmRSS"), time.perf_counter()
    results = _run(study, None, 1)
    assert len(results.groups) == config.cells
    return {
        "told seconds": told.seconds, "seconds": time.perf_counter() - start,
        "told memory": told.memory, "memory": 1024 * (_kilobytes("VmHWM") - before),
        "runs": config.runs, "cells": config.cells,
    }  # fmt: skip


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
