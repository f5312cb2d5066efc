"""How fast ensembles are trained with a network in each lane of a vector."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.compiled import CompiledEngine
from elman_core.training.engines.lane_library import programs_now
from elman_core.training.engines.sequences import Sequences

from .kernel_before_lanes import train_one_by_one
from .lane_wise_c import C_LANES, lane_wise_c
from .measure import Result, best_seconds, in_a_process

__all__ = ["lane_cases"]

_WORK = 2**60
_SEEDS, _EPOCHS = 1_000, 300
_MILLION = 1_000_000


def lane_cases() -> Iterator[Result]:
    """Measure one case after the other."""
    yield from _tutorial()
    yield _sixteen_hidden()
    yield _full_bptt()
    yield from _million()


def _engine(
    networks: int, steps: int, *, lanes: bool, threads: int = 1, hidden: int = 6, **training: Any
) -> CompiledEngine:
    """Return an ensemble on a sine, whose networks are in lanes or trained one after another, as they were before."""
    values = np.sin(np.linspace(2, 2 + 0.4 * steps, steps + 1))[:, None]
    sequences = Sequences.side_by_side([(values[:-1], values[1:])])
    config = TrainingConfig(networks=networks, **training)
    spread = 0.4 * min(1.0, (6 / hidden) ** 0.5)
    shape = NetworkConfig(hidden=hidden, input_spread=spread)
    engine = CompiledEngine(ElmanNetwork.initialized(shape, 1, networks=networks), sequences, config, threads=threads)
    if not lanes:
        engine.lane_rule = None
    else:
        assert engine.lane_rule is not None
        assert programs_now(engine.lane_rule) is not None
    return engine


def _epochs(engine: CompiledEngine, epochs: int) -> None:
    last = engine.epoch + epochs
    while engine.epoch < last:
        engine.advance(_WORK, last)


def best_processor_seconds(*alternatives: Callable[[], object], rounds: int = 5) -> list[float]:
    """Run the alternatives in turn, and return the least time of this thread for each, in seconds."""
    best = [float("inf")] * len(alternatives)
    for _ in range(rounds):
        for index, run in enumerate(alternatives):
            start = time.thread_time()
            run()
            best[index] = min(best[index], time.thread_time() - start)
    return best


def _tutorial() -> Iterator[Result]:
    lanes, alone = (_engine(_SEEDS, 20, lanes=chosen) for chosen in (True, False))
    in_c = lane_wise_c()
    runs: list[Callable[[], object]] = [partial(_epochs, lanes, _EPOCHS), partial(_epochs, alone, _EPOCHS), _before()]
    if in_c is not None:
        blocks, random = -(-_SEEDS // C_LANES), np.random.default_rng(0)
        w1, w2 = (random.normal(0, 0.4, (blocks, *shape, C_LANES)).astype(np.float32) for shape in ((7, 6), (6,)))
        values = np.sin(np.linspace(2, 10, 21)).astype(np.float32)
        losses = in_c(w1.copy(), w2.copy(), values[:-1].copy(), values[1:].copy(), _EPOCHS, 0.1)
        assert np.isfinite(losses).all()
        runs.append(partial(in_c, w1, w2, values[:-1].copy(), values[1:].copy(), _EPOCHS, 0.1))
    ours, theirs, before, *c = best_processor_seconds(*runs)
    step = 1e9 / _SEEDS / _EPOCHS / 20
    yield Result(
        "networks in lanes: tutorial against today's engine", f"{ours / before:.3f} of its time", "at most 0.12",
        ours / before <= 0.12,
        f"{ours * step:.1f} ns a step and network; the loop as it was before lanes, alone, {before * step:.1f} ns, the "
        f"engine with one network after another now {theirs * step:.1f} ns",
    )  # fmt: skip
    case, to_reach = "networks in lanes: tutorial against lane-wise C", "at most 1.3"
    if not c:
        yield Result(case, "", to_reach, None, "not measured: there is no gcc here")
    else:
        share = ours / c[0] * blocks * C_LANES / _SEEDS
        note = f"{ours * step:.1f} ns a step and network, C {c[0] * 1e9 / blocks / C_LANES / _EPOCHS / 20:.1f} ns"
        yield Result(case, f"{share:.2f} of its time", to_reach, share <= 1.3, note)
    two = _engine(_SEEDS, 20, lanes=True, threads=2)
    one_thread, two_threads = best_seconds(partial(_epochs, lanes, _EPOCHS), partial(_epochs, two, _EPOCHS), rounds=15)
    yield Result(
        "networks in lanes: on two threads", f"{two_threads / one_thread:.2f} of one thread's time", "under 0.6",
        two_threads / one_thread < 0.6, f"{two_threads * 1e3:.0f} ms against {one_thread * 1e3:.0f} ms",
    )  # fmt: skip


def _before() -> Callable[[], object]:
    """Return what trains as many networks in the loop that there was before the lanes."""
    random, values = np.random.default_rng(0), np.sin(np.linspace(2, 10, 21)).astype(np.float32)
    w1, w2 = (random.normal(0, 0.4, (_SEEDS, *shape)).astype(np.float32) for shape in ((7, 6), (6,)))
    losses = np.empty((_EPOCHS, _SEEDS))
    inputs, targets, rate = values[:-1].copy(), values[1:].copy(), np.float32(0.1)
    train_one_by_one(w1.copy(), w2.copy(), inputs, targets, _EPOCHS, rate, losses)
    assert np.isfinite(losses).all()
    return partial(train_one_by_one, w1, w2, inputs, targets, _EPOCHS, rate, losses)


def _sixteen_hidden() -> Result:
    lanes, alone = (_engine(_SEEDS, 20, lanes=chosen, hidden=16, learning_rate=0.02) for chosen in (True, False))
    ours, theirs = best_processor_seconds(partial(_epochs, lanes, 60), partial(_epochs, alone, 60))
    step = 1e9 / _SEEDS / 60 / 20
    return Result(
        "networks in lanes: 16 hidden", f"{ours / theirs:.2f} of the time one by one", "at most 0.35",
        ours / theirs <= 0.35, f"{ours * step:.1f} ns a step and network against {theirs * step:.1f} ns",
    )  # fmt: skip


def _full_bptt() -> Result:
    rule: dict[str, Any] = {"update_every": "all", "truncation": "all", "optimizer": "adam", "learning_rate": 0.001}
    lanes, alone = (_engine(256, 1000, lanes=chosen, **rule) for chosen in (True, False))
    ours, theirs = best_processor_seconds(partial(_epochs, lanes, 4), partial(_epochs, alone, 4))
    each = 1e6 / 256 / 4
    return Result(
        "networks in lanes: full BPTT and Adam", f"{theirs / ours:.1f} times as fast as one by one",
        "at least 4 times", theirs / ours >= 4,
        f"6 hidden, T = 1000, 256 networks: {ours * each:.0f} us an epoch and network against {theirs * each:.0f} us",
    )  # fmt: skip


def _million() -> Iterator[Result]:
    """Run the tutorial from a million seeds as one study in its folder: seed and figures of each are kept."""
    found = in_a_process(
        f"""
import json, os, tempfile, time
from pathlib import Path
from elman_core.config.study import StudyConfig
from elman_core.studies.runner import run_study
from elman_core.studies.store import StudyStore
from elman_core.studies.study import Study, StudyBase
def resident():
    file = Path("/proc/self/statm")
    return int(file.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if file.exists() else 0
def study(seeds):
    return Study(StudyBase(name="sine", what="sine", network={{}}, training={{}}), StudyConfig(seeds=seeds))
for _ in run_study(study(256), workers=2):
    pass
with tempfile.TemporaryDirectory() as folder:
    rest, start, most = resident(), time.perf_counter(), 0.0
    store = StudyStore.created(Path(folder) / "study", study({_MILLION}))
    for update in run_study(store.study, store, workers=2):
        most = max(most, resident())
    seconds = time.perf_counter() - start
    store.close()
print(json.dumps({{"seconds": seconds, "mib": most - rest, "rest": rest, "runs": update.done}}))
""",
        seconds=3600,
    )
    assert found["runs"] == _MILLION
    yield Result(
        "networks in lanes: a million trainings, time", f"{found['seconds']:.0f} s", "under 120 s",
        found["seconds"] < 120, "300 epochs of the tutorial each, on two threads, a line of each on the disk",
    )  # fmt: skip
    told = found["rest"] > 0
    yield Result(
        "networks in lanes: a million trainings, memory", f"{found['mib']:.0f} MB" if told else "", "under 300 MB",
        found["mib"] < 300 if told else None,
        f"more than the {found['rest']:.0f} MB at rest" if told else "this system does not tell",
    )  # fmt: skip
