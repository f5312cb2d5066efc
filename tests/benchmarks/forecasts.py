"""Forecasts of measured series: Theta at its published error, and intervals at the share that they promise."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import TableFormat
from elman_core.experiments.factory import begin_named
from elman_core.forecasting.backtest.contenders import baselines_of
from elman_core.forecasting.backtest.results import Contestant
from elman_core.forecasting.backtest.run import backtest
from elman_core.forecasting.exponential_smoothing import fitted_theta
from elman_core.support.jobs import complete

from .measure import Result

__all__ = ["M3_PLACE", "forecast_cases", "m3_cases"]

M3_PLACE = "ELMAN_M3_MONTHLY"
"""The environment variable with the path of the 1,428 monthly series of the M3 competition, which may not be shipped:
a CSV with the columns series, step and value."""
_SAMPLE = 200
_TIMED = 30


def forecast_cases() -> Iterator[Result]:
    """Test intervals on the sunspots, and where their file is given Theta and intervals on the series of M3."""
    run, _ = begin_named("sunspots", {"test_rows": 62}, {}, {})
    share = _tested("linear", run.dataset, 12).horizons[0].coverage[90.0]
    yield Result(
        "90 % intervals of the sunspots hold, one step ahead", f"{share:.3f}", ".84 to .97", 0.84 <= share <= 0.97,
        "least squares, 62 rows",
    )  # fmt: skip
    place = os.environ.get(M3_PLACE)
    if place is None:
        yield Result("Theta, and intervals, on M3 monthly", "", "13.9", None, f"{M3_PLACE} does not say where they are")
    else:
        yield from m3_cases(Path(place))


def m3_cases(path: Path) -> Iterator[Result]:
    """Forecast the last 18 months of every series by Theta, and test its intervals on a sample of the series."""
    dataset = _m3(path, validation_rows=0)
    overall = _tested("theta", dataset, 18).overall
    yield Result(
        "Theta, M3 monthly, 18 steps: sMAPE / MASE", f"{overall.smape:.2f} / {overall.mase:.3f}", "13.9 / .86",
        overall.smape < 14.05, "published: 13.89 / .858",
    )  # fmt: skip
    edges = zip(dataset.parts.starts[:_TIMED], dataset.parts.train_stops[:_TIMED], strict=True)
    series = [np.array(dataset.values[start:stop, 0]) for start, stop in edges]
    begin = time.thread_time()
    for values in series:
        fitted_theta(values, 12)
    spent = 1_000 * (time.thread_time() - begin) / len(series)
    yield Result("Theta is fitted to a series of M3", f"{spent:.1f} ms", "6 ms", None, "CPU time, 30 series")
    with tempfile.TemporaryDirectory() as folder:
        sample = _tested("theta", _m3(_sample(path, Path(folder))), 12)
    for step in (1, 6, 12):
        share = sample.horizons[step - 1].coverage[90.0]
        yield Result(
            f"90 % intervals of {_SAMPLE} series of M3 hold, step {step}", f"{share:.3f}", ".86 to .94",
            0.86 <= share <= 0.94, "Theta",
        )  # fmt: skip


def _tested(name: str, dataset: SequenceDataset, horizon: int) -> Contestant:
    """Return what a backtest finds of one baseline, beside persistence."""
    baselines = {own.name: own for own in baselines_of(dataset, ets=False)}
    model = replace(baselines[name], name="model", is_baseline=False)
    return complete(backtest(model, [baselines["persistence"]], dataset, horizon)).model


def _m3(path: Path, **data: Any) -> SequenceDataset:
    given = {"columns": ("value",), "season": 12, "test_rows": 18, **data}
    run, _ = begin_named(str(path), given, {}, {}, table_format=TableFormat(sequence_column="series"))
    return run.dataset


def _sample(path: Path, folder: Path) -> Path:
    """Write every seventh series, until there are enough of them."""
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    names = list(dict.fromkeys(line.split(",", 1)[0] for line in lines))
    chosen = set(names[::7][:_SAMPLE])
    kept = [line for line in lines if line.split(",", 1)[0] in chosen]
    sample = folder / "sample.csv"
    sample.write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
    return sample
