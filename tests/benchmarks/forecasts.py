"""Forecasts of measured series: Theta at its published error, and intervals at the share that they promise."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import TableFormat
from elman_core.experiments.factory import begin_named, begin_series
from elman_core.forecasting.automatic import ForecasterFit
from elman_core.forecasting.automatic.many_series import ManySeriesFit
from elman_core.forecasting.automatic.parts_fit import PartsFit
from elman_core.forecasting.backtest.contenders import baselines_of, forecaster_contenders
from elman_core.forecasting.backtest.results import Contestant
from elman_core.forecasting.backtest.run import backtest
from elman_core.forecasting.exponential_smoothing import fitted_theta
from elman_core.support.jobs import complete

from .m3 import M3_PLACE, each_series, m3_path, m3_sample
from .measure import Result

__all__ = ["forecast_cases", "m3_cases"]

_SAMPLE = 200
_STEPS = 12
_M3 = DataConfig(columns=("value",), season=12, horizon=_STEPS, test_rows=18)
_AUTOMATIC = AutomaticConfig(seed=1)
_TIMED = 30


def forecast_cases() -> Iterator[Result]:
    """Test intervals on the sunspots, and where their file is given Theta and intervals on the series of M3."""
    run, _ = begin_named("sunspots", {"test_rows": 62}, {}, {})
    share = _tested("linear", run.dataset, 12).horizons[0].coverage[90.0]
    yield Result(
        "90 % intervals of the sunspots hold, one step ahead", f"{share:.3f}", ".84 to .97", 0.84 <= share <= 0.97,
        "least squares, 62 rows",
    )  # fmt: skip
    path = m3_path()
    if path is None:
        yield Result("Theta, and intervals, on M3 monthly", "", "13.9", None, f"{M3_PLACE} does not say where they are")
    else:
        yield from m3_cases(path)


def m3_cases(path: Path) -> Iterator[Result]:
    """Forecast the last 18 months of every series by Theta; test intervals of Theta and of both recipes on a sample."""
    dataset = _m3(path, validation_rows=0)
    overall = _tested("theta", dataset, 18).overall
    yield Result(
        "Theta, M3 monthly, 18 steps: sMAPE / MASE", f"{overall.smape:.2f} / {overall.mase:.3f}", "13.9 / .86",
        overall.smape < 14.05, "published: 13.89 / .858",
    )  # fmt: skip
    edges = zip(dataset.parts.starts[:_TIMED], dataset.parts.train_stops[:_TIMED], strict=True)
    series = [np.array(dataset.values[start:stop, 0]) for start, stop in edges]
    started = time.thread_time()
    for values in series:
        fitted_theta(values, 12)
    spent = 1_000 * (time.thread_time() - started) / len(series)
    yield Result("Theta is fitted to a series of M3", f"{spent:.1f} ms", "6 ms", None, "CPU time, 30 series")
    table = m3_sample(path, lambda rows: [*rows][::7][:_SAMPLE])
    dataset = begin_series("m3", table, DataConfig(columns=("value",), season=12, test_rows=18))[0].dataset
    yield from _intervals("Theta", [_tested("theta", dataset, _STEPS)])
    yield from _intervals("one forecaster of all", [_forecaster_tested(ManySeriesFit("m3", table, _M3, _AUTOMATIC))])
    alone = [_forecaster_tested(ForecasterFit("m3", own, _M3, _AUTOMATIC)) for own in each_series(table)]
    yield from _intervals("a forecaster of each", alone)


def _intervals(words: str, found: Sequence[Contestant]) -> Iterator[Result]:
    """Say how many of all values lie within the intervals, of one contestant on all series or of one of each."""
    for step in (1, 6, 12):
        figures = [own.horizons[step - 1] for own in found]
        rows = sum(own.rows for own in figures)
        share = sum(own.rows * own.coverage[90.0] for own in figures) / rows
        yield Result(
            f"90 % intervals of {_SAMPLE} series of M3 hold, step {step}", f"{share:.3f}", ".86 to .94",
            0.86 <= share <= 0.94, f"{words}, {rows:,} values",
        )  # fmt: skip


def _forecaster_tested(fit: PartsFit) -> Contestant:
    """Fit by an automatic recipe, and return what a backtest finds of the forecaster."""
    for _ in fit.updates():
        pass
    assert fit.forecaster is not None
    dataset, model = fit.forecaster.dataset, forecaster_contenders(fit.forecaster)[0]
    persistence = next(own for own in baselines_of(dataset, ets=False) if own.name == "persistence")
    return complete(backtest(model, [persistence], dataset, _STEPS)).model


def _tested(name: str, dataset: SequenceDataset, horizon: int) -> Contestant:
    """Return what a backtest finds of one baseline, beside persistence."""
    baselines = {own.name: own for own in baselines_of(dataset, ets=False)}
    model = replace(baselines[name], name="model", is_baseline=False)
    return complete(backtest(model, [baselines["persistence"]], dataset, horizon)).model


def _m3(path: Path, **data: Any) -> SequenceDataset:
    given = {"columns": ("value",), "season": 12, "test_rows": 18, **data}
    run, _ = begin_named(str(path), given, {}, {}, table_format=TableFormat(sequence_column="series"))
    return run.dataset
