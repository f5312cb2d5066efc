"""How near the estimate of a training's memory comes to what it takes: very different trainings, a process each."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from elman_core.config import ALL, SEQUENCE, DataConfig
from elman_core.data.panel import Panel
from elman_core.data.table import AxisKind, Source, Table, TimeAxis
from elman_core.experiment import Run
from elman_core.experiments.factory import begin_series
from elman_core.support.jobs import complete
from elman_core.training.estimate import DataSizes, Estimate, estimate_training

from .measure import Result, in_a_process

__all__ = ["CASES", "Case", "estimate_cases", "measure"]

_MOST = 1.5
_SECONDS = 600
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """A training that is measured: a series of so many rows, or so many sequences of so many rows."""

    name: str
    rows: int
    epochs: int
    sequences: int = 1
    columns: int = 1
    engine: str = "compiled"
    data: dict[str, Any] = field(default_factory=dict)
    network: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)

    def experiment(self, epochs: int | None = None, networks: int | None = None) -> Run:
        """Begin it, or one like it that is smaller."""
        random = np.random.default_rng(0)
        rows = self.rows * self.sequences
        axis = TimeAxis("row", AxisKind.STEP, np.tile(np.arange(self.rows, dtype=np.float64), self.sequences))
        names = tuple(f"s{number}" for number in range(self.sequences))
        panel = Panel.of(rows, np.arange(0, rows, self.rows), names=names) if self.sequences > 1 else None
        columns = tuple(f"c{number}" for number in range(self.columns))
        values = random.normal(size=(rows, self.columns))
        table = Table("table", columns, values, axis, Source(kind="csv", name="t.csv"), sequences=panel)
        training = {"learning_rate": 1e-4, "epochs": epochs or self.epochs} | self.training
        if networks is not None:
            training["networks"] = networks
        return begin_series("table", table, DataConfig(columns=columns, **self.data), self.network, training)[0]


CASES = (
    Case("many small networks", 30, 6, training={"networks": 20_000, "optimizer": "sgd"}),
    Case("many small networks, Adam", 30, 3, training={"networks": 20_000, "optimizer": "adam"}),
    Case("one large network", 60, 2, network={"hidden": 2048}, training={"optimizer": "adam"}),
    Case("large networks, no momentum", 30, 2, network={"hidden": 512}, training={"networks": 40, "optimizer": "sgd"}),
    Case(
        "full BPTT through a long series", 200_000, 2, network={"hidden": 64},
        training={"optimizer": "adam", "update_every": ALL, "truncation": ALL},
    ),
    Case("a long series, one-step rule", 1_000_000, 1, training={"update_every": 1, "truncation": 1}),
    Case("many lags", 40_000, 1, data={"lags": 100}, training={"update_every": 10, "truncation": 20}),
    Case(
        "L-BFGS", 60, 40, network={"hidden": 400, "input_spread": 0.04},
        training={"learning_rate": 1.0, "optimizer": "lbfgs", "update_every": ALL, "truncation": ALL},
    ),
    Case(
        "batches of sequences", 30, 2, sequences=500, network={"hidden": 128},
        training={"update_every": SEQUENCE, "batch": 64, "networks": 40},
    ),
    Case(
        "in float64, with momentum", 40, 2, network={"hidden": 64},
        training={"networks": 1_000, "optimizer": "sgd", "momentum": 0.5, "precision": "float64"},
    ),
    Case(
        "tensors, truncated", 2_000, 1, engine="tensors",
        training={"networks": 300, "update_every": 50, "truncation": 50},
    ),
    Case(
        "tensors, batches of sequences", 30, 1, sequences=100, engine="tensors", network={"hidden": 64},
        training={"update_every": SEQUENCE, "batch": 32, "networks": 40},
    ),
)  # fmt: skip


def estimate_cases() -> Iterator[Result]:
    """Compare the estimates with the peaks, one case after the other."""
    for place, case in enumerate(CASES):
        if not sys.platform.startswith("linux"):
            yield Result(f"memory of {case.name}", "", "within 1.5 times", None, "only Linux says the peak")
            continue
        code = (
            f"import json, sys; sys.path.append({str(_HERE.parent)!r}); from {_HERE.name}.estimates import measure; "
            f"print(json.dumps(measure({place})))"
        )
        found = in_a_process(code, seconds=_SECONDS)
        ratio = found["estimate"] / found["peak"]
        yield Result(
            f"memory of {case.name}", f"estimate {ratio:.2f} times the peak", f"within {_MOST:g} times",
            1 / _MOST <= ratio <= _MOST,
            f"{found['estimate'] / 1e6:,.0f} MB against {found['peak'] / 1e6:,.0f} MB; {found['seconds']:.1f} s "
            f"estimated, {found['taken']:.1f} s taken",
        )  # fmt: skip


def estimate_of(case: Case, experiment: Run) -> Estimate:
    """Return the estimate of a case."""
    return estimate_training(experiment.network, experiment.training, DataSizes.of(experiment.dataset), case.engine)


def measure(place: int) -> dict[str, float]:
    """Train a case as the window does, and return the peak of memory beyond what there was before."""
    import torch

    from elman_core.training.trainer import Trainer

    torch.set_num_threads(1)
    case = CASES[place]
    experiment = case.experiment()
    _train(Trainer(case.experiment(epochs=1, networks=2), engine=case.engine))  # so that code and kernels are there
    estimate = estimate_of(case, experiment)
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _kilobytes("VmRSS")
    taken = _train(complete(Trainer.prepare(experiment, engine=case.engine)))
    return {
        "estimate": estimate.bytes, "peak": 1024 * (_kilobytes("VmHWM") - before),
        "seconds": estimate.seconds, "taken": taken,
    }  # fmt: skip


def _train(trainer: Any) -> float:
    """Train to the end with all that is shown and kept, and return the seconds of training."""
    import time

    from elman_core.training.history import History

    history, shown, seconds = History(), None, 0.0
    updates = trainer.updates(snapshot_seconds=1 / 30, keep_checkpoints=True)
    while True:
        start = time.perf_counter()
        update = next(updates, None)
        seconds += time.perf_counter() - start
        if update is None:
            break
        history.extend([update])
        shown = update.snapshot or shown
    kept = trainer.weights()
    shown = complete(trainer.snapshot(whole=True))
    assert kept is not shown
    return seconds


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
