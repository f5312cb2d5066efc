"""How fast the weights are moved, and with how much memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.experiments import BUILT_IN, begin
from elman_core.experiments.elman_1990 import ELMAN_1990
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.compiled import CompiledEngine
from elman_core.training.engines.compiled_batches import CompiledBatchEngine
from elman_core.training.engines.sequences import Sequences, Series, Steps
from elman_core.training.trainer import Trainer

from .measure import Result, best_seconds, in_a_process
from .reference import (
    hand_written_c,
    one_step_rule_in_torch,
    products_and_tanh_in_torch,
    rnn_with_adam,
    tutorials_own_loop,
)

__all__ = ["training_cases"]

_WORK = 2**60


def training_cases() -> Iterator[Result]:
    """Measure one case after the other."""
    yield from _one_step_rule_against_c()
    yield _tutorial()
    yield _one_step_rule_against_torch()
    yield from _full_bptt_against_rnn()
    yield from _batches_against_rnn()
    yield from _ensemble()
    yield from _elman_1990()
    yield from _long_series()
    yield _memory()
    yield _cuda()


def _engine(
    sizes: tuple[int, int, int], steps: int, threads: int = 1, spread: float = 0.1, **training: Any
) -> CompiledEngine:
    inputs, hidden, outputs = sizes
    random = np.random.default_rng(0)
    values = [random.uniform(-0.5, 0.5, (steps, columns)) for columns in (inputs, outputs)]
    sequences = Sequences.side_by_side([(values[0], values[1])])
    config = TrainingConfig(learning_rate=0.01, **training)
    shape = NetworkConfig(inputs=inputs, hidden=hidden, outputs=outputs, input_spread=spread, output_spread=spread)
    network = ElmanNetwork.initialized(shape, 1, networks=config.networks)
    return CompiledEngine(network, sequences, config, threads=threads)


def _epochs(engine: CompiledEngine | CompiledBatchEngine, epochs: int) -> None:
    last = engine.epoch + epochs
    while engine.epoch < last:
        engine.advance(_WORK, last)
    assert not engine.stopping.all_have_ended


def _one_step_rule_against_c() -> Iterator[Result]:
    train = hand_written_c()
    for sizes, epochs in (((1, 6, 1), 2000), ((1, 20, 1), 1000), ((1, 64, 1), 300), ((31, 150, 31), 40)):
        case = f"one-step rule at {sizes}, against C"
        if train is None:
            yield Result(case, "", "at most C's time", None, "there is no gcc here")
            continue
        engine = _engine(sizes, 100)
        w1, w2 = (weights[0].numpy().copy() for weights in (engine.network.w1, engine.network.w2))
        inputs, targets = engine._run.inputs.copy(), engine._run.targets.copy()
        same = train(w1.copy(), w2.copy(), inputs, targets, 3, 0.01)
        np.testing.assert_allclose(_engine(sizes, 100).advance(300, 3).train_losses[:, 0], same, rtol=1e-4)
        ours, theirs = best_seconds(
            partial(_epochs, engine, epochs), partial(train, w1, w2, inputs, targets, epochs, 0.01)
        )
        note = f"{ours / epochs / 100 * 1e6:.3f} us a step, C {theirs / epochs / 100 * 1e6:.3f} us"
        yield Result(case, f"{ours / theirs:.2f} of C's time", "at most C's time", ours <= theirs, note)


def _tutorial() -> Result:
    sine = BUILT_IN["sine"]
    experiment = begin("sine", sine.table(), sine.data, sine.network, sine.training.replace(epochs=300))
    trainers = [Trainer(experiment, engine="compiled") for _ in range(21)]
    ours = min(best_seconds(lambda: list(trainers.pop().updates()), rounds=1)[0] for _ in range(20))
    (theirs,) = best_seconds(lambda: tutorials_own_loop(300), rounds=3)
    note = f"{ours * 1e3:.2f} ms against {theirs * 1e3:.0f} ms"
    return Result(
        "tutorial, 300 epochs, against its own loop", f"{theirs / ours:,.0f} times faster",
        "at least 1,200 times faster", theirs / ours >= 1200, note,
    )  # fmt: skip


def _one_step_rule_against_torch() -> Result:
    engine = _engine((31, 150, 31), 200)
    w1, w2 = engine.network.w1[0].clone(), engine.network.w2[0].clone()
    inputs, targets = (torch.from_numpy(array) for array in (engine._run.inputs, engine._run.targets))
    ours, theirs = best_seconds(
        lambda: _epochs(engine, 1), lambda: one_step_rule_in_torch(w1, w2, inputs, targets, 0.01)
    )
    note = f"{ours / 200 * 1e6:.1f} us a step against {theirs / 200 * 1e6:.1f} us"
    return Result(
        "one-step rule at (31, 150, 31), against gradients by hand in torch", f"{theirs / ours:.1f} times faster",
        "at least 7 times faster", theirs / ours >= 7, note,
    )  # fmt: skip


def _full_bptt_against_rnn() -> Iterator[Result]:
    for hidden, times in ((6, 300), (20, 120), (64, 35), (256, 8)):
        engine = _engine(
            (1, hidden, 1), 1000, spread=0.4 / hidden**0.5, update_every="all", truncation="all", optimizer="adam"
        )
        inputs, targets = (torch.from_numpy(array) for array in (engine._run.inputs, engine._run.targets))
        # As many epochs as should fit into the time of one of nn.RNN's, so that both run as long with warm caches.
        ours, theirs = best_seconds(partial(_epochs, engine, times), rnn_with_adam(hidden, inputs, targets), rounds=9)
        ours /= times
        yield Result(
            f"full BPTT and Adam, T = 1000, {hidden} hidden, against nn.RNN and fused Adam",
            f"{theirs / ours:.0f} times faster", f"at least {times} times faster", theirs / ours >= times,
            f"{ours * 1e3:.3f} ms an epoch against {theirs * 1e3:.1f} ms",
        )  # fmt: skip


def _batches_against_rnn() -> Iterator[Result]:
    for sizes, times in (((64, 100, 12, 32, 18), 2.0), ((256, 100, 12, 64, 18), 1.4), ((1000, 50, 12, 64, 18), 1.3)):
        sequences, steps, ins, hidden, outs = sizes
        random = torch.Generator().manual_seed(0)
        inputs = torch.randn(steps, sequences, ins, generator=random)
        targets = torch.randn(steps, sequences, outs, generator=random)
        ours, theirs, floor = best_seconds(
            partial(_epochs, _batch_engine(hidden, inputs, targets), 1),
            rnn_with_adam(hidden, inputs, targets),
            products_and_tanh_in_torch(hidden, inputs, targets),
            rounds=15,
        )
        yield Result(
            f"batches of sequences at {sizes}, against nn.RNN and fused Adam", f"{theirs / ours:.1f} times faster",
            f"at least {times:g} times faster", theirs / ours >= times,
            f"{ours * 1e3:.2f} ms an update against {theirs * 1e3:.2f} ms; "
            f"products and tanh alone, in place: floor 1/{theirs / floor:.1f} of torch's",
        )  # fmt: skip


def _batch_engine(hidden: int, inputs: torch.Tensor, targets: torch.Tensor) -> CompiledBatchEngine:
    """Return an engine that makes one update an epoch, of all B sequences (T, B, .) at once."""
    steps, sequences, ins = inputs.shape
    seen, wanted = (
        Series.of(each.transpose(0, 1).reshape(-1, 1, each.shape[2]).double().numpy()) for each in (inputs, targets)
    )
    training = Steps(seen, wanted, np.ones(steps * sequences), np.arange(0, steps * sequences + 1, steps))
    nothing = Steps(seen[:0], wanted[:0], np.empty(0), np.zeros(sequences + 1, np.int64))
    config = TrainingConfig(
        optimizer="adam", learning_rate=0.001, update_every="sequence", truncation="all", batch=sequences
    )
    spread = hidden**-0.5
    shape = NetworkConfig(
        inputs=ins, hidden=hidden, outputs=targets.shape[2], biases=True, input_spread=spread, output_spread=spread
    )
    network = ElmanNetwork.initialized(shape, 1)
    return CompiledBatchEngine(network, Sequences(training, nothing), config, threads=1)


def _ensemble() -> Iterator[Result]:
    def run(threads: int) -> None:
        engine = _engine((1, 6, 1), 20, threads, networks=1000)
        _epochs(engine, 300)

    one, two = best_seconds(lambda: run(1), lambda: run(2), rounds=3)
    case = "1,000 seeds of the tutorial, two threads"
    yield Result(
        case, f"{two / one:.2f} of one thread's time", "under 0.6 of one thread's time", two / one < 0.6,
        f"{two:.2f} s against {one:.2f} s",
    )  # fmt: skip
    yield Result(case, f"{two:.2f} s", "under 1 s", two < 1.0, "300 epochs each")


def _elman_1990() -> Iterator[Result]:
    def train(name: str) -> None:
        chosen = BUILT_IN[name]
        trainer = Trainer(begin(name, chosen.table(), chosen.data, chosen.network, chosen.training), engine="compiled")
        list(trainer.updates())

    names = [chosen.name for chosen in ELMAN_1990]
    for name in names:
        train(name)  # so that nothing is compiled or loaded later
    seconds = dict(zip(names, best_seconds(*(partial(train, name) for name in names), rounds=3), strict=True))
    yield Result(
        "word-classes, whole training", f"{seconds['word-classes']:.2f} s", "under 3 s", seconds["word-classes"] < 3,
        "31-150-31, 6 passes over 27,500 words, with making the stream",
    )  # fmt: skip
    total = sum(seconds.values())
    each = ", ".join(f"{name} {own:.2f} s" for name, own in seconds.items())
    yield Result("all four experiments of Elman (1990)", f"{total:.2f} s", "under 15 s", total < 15, each)


def _long_series() -> Iterator[Result]:
    for name, training in (("one-step rule", {}), ("BPTT(1, 20)", {"truncation": 20})):
        engines = {steps: _engine((1, 6, 1), steps, **training) for steps in (1_000, 10_000, 100_000, 1_000_000)}
        total = 1_000_000 if not training else 200_000
        for engine in engines.values():
            engine.advance(1000, _WORK)
        times = best_seconds(*(partial(engine.advance, total, _WORK) for engine in engines.values()), rounds=7)
        spread = max(times) / min(times) - 1
        note = ", ".join(f"{seconds / total * 1e9:.0f} ns" for seconds in times) + " a unit of work"
        yield Result(
            f"time per step as T grows from 10^3 to 10^6, {name}", f"within {100 * spread:.0f} %", "flat within 10 %",
            spread <= 0.1, note,
        )  # fmt: skip


def _memory() -> Result:
    case, to_reach = "memory beyond the series at T = 10^6, truncation 20", "under 50 MB"
    if not Path("/proc/self/statm").exists():
        return Result(case, "", to_reach, None, "this system does not tell")
    found = in_a_process(
        """
import json, os
from pathlib import Path
import numpy as np, torch
from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.training.engines.compiled import CompiledEngine
from elman_core.training.engines.sequences import Sequences
from elman_core.model.network import ElmanNetwork
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
def train(steps):
    values = np.random.default_rng(0).uniform(-0.5, 0.5, (steps + 1, 1))
    sequences = Sequences.side_by_side([(values[:-1], values[1:])])
    before = resident()
    config = TrainingConfig(learning_rate=0.01, truncation=20)
    engine = CompiledEngine(ElmanNetwork.initialized(NetworkConfig(), 1), sequences, config)
    engine.advance(3_000_000, 1)
    return resident() - before
train(1000)
print(json.dumps({"mib": train(1_000_000)}))
"""
    )
    return Result(
        case, f"{found['mib']:.0f} MB", to_reach,
        found["mib"] < 50, "growth of the resident size from before the engine is made to a whole epoch later",
    )  # fmt: skip


def _cuda() -> Result:
    case = "the table for cuda, and 10,000 seeds there"
    if not torch.cuda.is_available():
        return Result(case, "", "", None, "there is no GPU here")
    seconds = []
    for networks in (1, 10_000):
        config = TrainingConfig(networks=networks, epochs=30)
        sine = BUILT_IN["sine"]
        trainer = Trainer(begin("sine", sine.table(), sine.data, sine.network, config), device="cuda")
        seconds += best_seconds(partial(_thirty_epochs, trainer), rounds=3)
    note = f"30 epochs: one network {seconds[0]:.2f} s, 10,000 networks {seconds[1]:.2f} s"
    return Result(case, f"{seconds[1] / seconds[0]:.2f} of one network's time for 10,000", "", None, note)


def _thirty_epochs(trainer: Trainer) -> None:
    list(trainer.updates(last_epoch=trainer.epoch + 30))
