"""Forecasters of every kind, with drawn weights, over small tables that were written to a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from elman_core.config import Begin, DataConfig, NetworkConfig, Optimizer, Scaling, TrainingConfig
from elman_core.config.part_kind import PartKind
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.data.dataset import SequenceDataset
from elman_core.data.preparation import prepare
from elman_core.data.table import Table
from elman_core.experiment import Run
from elman_core.experiments import begin
from elman_core.forecasting.forecaster import Forecaster, ForecastPart
from elman_core.forecasting.horizons import evaluate_predictor
from elman_core.forecasting.predictor import NetworkPredictor
from elman_core.forecasting.scores import HorizonScore
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, complete
from elman_core.training.initial_weights import initial_weights

SEASON = 4


def evaluate_horizons(
    network: ElmanNetwork, dataset: SequenceDataset, horizon: int, from_row: int | None = None
) -> Job[list[HorizonScore]]:
    """Predict with a network in closed loop from every origin, and score each horizon."""
    predictor = yield from NetworkPredictor.prepare(network, dataset)
    return (yield from evaluate_predictor(predictor, dataset, horizon, from_row))


def written_table(
    path: Path, *, rows: int = 40, sequences: int = 1, targets: int = 1, inputs: int = 0, known: int = 0, seed: int = 0
) -> Table:
    """Write a table of months, and read it as the program does."""
    random = np.random.default_rng(seed)
    names = [f"y{place}" for place in range(targets)] + [f"i{place}" for place in range(inputs)]
    names += [f"k{place}" for place in range(known)]
    lines = [",".join([*(["shop"] if sequences > 1 else []), "month", *names])]
    for sequence in range(sequences):
        for row in range(rows + 3 * sequence):
            season = np.sin(2 * np.pi * row / SEASON)
            values = 20 + 0.1 * row + 4 * season + 3 * sequence + random.uniform(0, 2, len(names))
            shop = [f"shop {sequence}"] if sequences > 1 else []
            lines.append(",".join([*shop, f"{2010 + row // 12}-{row % 12 + 1:02}-01", *(f"{v:.3f}" for v in values)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return complete(read_table(path, detect_format(path, "shop" if sequences > 1 else None)))


def future_text(
    table: Table, steps: int, known: tuple[str, ...], *, rows: int = 40, sequences: int = 1, seed: int = 1
) -> str:
    """Return what is known ahead of the months after a written table, as CSV."""
    random = np.random.default_rng(seed)
    lines = [",".join([*(["shop"] if sequences > 1 else []), "month", *known])]
    for sequence in range(sequences):
        for row in range(rows + 3 * sequence, rows + 3 * sequence + steps):
            shop = [f"shop {sequence}"] if sequences > 1 else []
            values = (f"{value:.3f}" for value in random.uniform(18, 26, len(known)))
            lines.append(",".join([*shop, f"{2010 + row // 12}-{row % 12 + 1:02}-01", *values]))
    return "\n".join(lines) + "\n"


def run_of(
    table: Table,
    data: dict[str, Any],
    network: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    seed: int = 1,
) -> Run:
    """Return a run with weights that were drawn and bent, as training would."""
    config = NetworkConfig(**{"hidden": 3, "biases": True, **(network or {})})
    learning = TrainingConfig(**{"optimizer": Optimizer.ADAM, "seed": seed, **(training or {})})
    run = begin(table.name, table, DataConfig(**{"test_rows": 6, "season": SEASON, **data}), config, learning)
    weights = initial_weights(run)
    random = np.random.default_rng(seed)
    bent = {
        name: getattr(weights, name) + random.normal(0, 0.05, getattr(weights, name).shape).astype(weights.w1.dtype)
        for name in ("w1", "w2")
    }
    return replace(run, weights=replace(weights, **bent))


def forecaster_of(table: Table, runs: list[Run], weights: list[tuple[float, float]] | None = None) -> Forecaster:
    """Put runs together; those that begin at least squares and have one hidden unit are linear."""
    if weights is None:
        weights = [(1 / len(runs), 1 / len(runs))] * len(runs)
    parts = []
    for run, (one_step, several) in zip(runs, weights, strict=True):
        is_linear = run.network.begin is Begin.LEAST_SQUARES and run.network.hidden == 1
        kind = PartKind.LINEAR if is_linear else PartKind.ELMAN
        parts.append(ForecastPart(run, kind, one_step, several))
    config = runs[0].dataset.config
    plain = config.replace(transforms=(), scaling=Scaling.NONE, lags=1, relative_to_last=False, strategy="recursive")
    return Forecaster(prepare(table, plain), tuple(parts))


def usual_forecaster(table: Table, **data: Any) -> Forecaster:
    """Return one of a linear part, a part of three networks on it, and a pure Elman network."""
    least_squares = {"direct": True, "begin": "least-squares", "ridge": 1.0}
    differenced = {"transforms": ("log", "seasonal-difference", "difference"), "lags": 3, **data}
    return forecaster_of(
        table,
        [
            run_of(table, differenced, {**least_squares, "hidden": 1}, {"precision": "float64"}),
            run_of(table, differenced, {**least_squares, "hidden": 4}, {"networks": 3}, seed=2),
            run_of(table, {"transforms": ("seasonal-additive",), **data}, {"hidden": 5}, {"networks": 2}, seed=3),
        ],
        [(0.25, 0.5), (0.75, 0.3), (0.0, 0.2)],
    )
