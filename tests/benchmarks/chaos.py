"""How well chaotic series are learned: test errors of 5 seeds, and how long a free run stays near the series."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from elman_core.data.dataset import Part
from elman_core.experiments.factory import begin_named
from elman_core.forecasting.horizons import score_as_trained
from elman_core.forecasting.lasting import steps_within
from elman_core.support.jobs import complete
from elman_core.training.trainer import Trainer

from .measure import Result

__all__ = ["chaos_cases", "free_runs", "test_errors"]

_SEEDS = 5
_ORIGINS = np.linspace(499, 699, 10).astype(int)


def chaos_cases() -> Iterator[Result]:
    """Measure one case after the other."""
    for name, most in (("mackey-glass", 4e-4), ("lorenz", 3e-4)):
        found = test_errors(name)
        median, each = float(np.median(found)), ", ".join(f"{error:.2g}" for error in sorted(found))
        yield Result(
            f"{name}, test error one step ahead", f"{median:.2g}", f"at most {most:g}", median <= most,
            f"median of {_SEEDS} seeds: {each}",
        )  # fmt: skip
    lasting, without = free_runs(), free_runs(input_noise=0.0, closed_loop_steps=1)
    median, before = float(np.median(lasting)), float(np.median(without))
    yield Result(
        "mackey-glass-free-run, steps within 0.1 of the range", f"{median:g}", "at least 100, and twice those without",
        median >= max(100.0, 2 * before),
        f"median of {_SEEDS} seeds x {len(_ORIGINS)} origins, at most 300; without noise and closed-loop steps "
        f"{before:g}; lower and upper quartile {np.percentile(lasting, 25):g} and {np.percentile(lasting, 75):g}",
    )  # fmt: skip


def test_errors(name: str, seeds: int = _SEEDS) -> list[float]:
    """Return the test error of each seed."""
    errors = []
    for seed in range(1, seeds + 1):
        experiment, _ = begin_named(name, {}, {}, {"seed": seed})
        trainer = Trainer(experiment, device="cpu")
        for _ in trainer.updates():
            pass
        response = complete(trainer.snapshot(whole=True)).response
        scores = complete(score_as_trained(trainer.network, experiment.dataset, response))[Part.TEST]
        assert scores is not None
        errors.append(scores.network.rmse)
    return errors


def free_runs(networks: int = _SEEDS, **training: Any) -> np.ndarray:
    """Return for each network and origin how many steps the free run stays near, (N, n)."""
    experiment, _ = begin_named("mackey-glass-free-run", {}, {}, {"networks": networks, **training})
    trainer = Trainer(experiment, device="cpu")
    for _ in trainer.updates():
        pass
    return np.stack(
        [steps_within(trainer.network, experiment.dataset, _ORIGINS, member=member) for member in range(networks)]
    )
