"""Forecasts of measured series: Theta at its published error, and intervals at the share that they promise."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import Table, TableFormat
from elman_core.experiments.factory import begin_named
from elman_core.forecasting.automatic import ForecasterFit
from elman_core.forecasting.automatic.many_series import ManySeriesFit
from elman_core.forecasting.automatic.parts_fit import PartsFit
from elman_core.forecasting.backtest.contenders import baselines_of, forecaster_contenders
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
    place = os.environ.get(M3_PLACE)
    if place is None:
        yield Result("Theta, and intervals, on M3 monthly", "", "13.9", None, f"{M3_PLACE} does not say where they are")
    else:
        yield from m3_cases(Path(place))


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
    begin = time.thread_time()
    for values in series:
        fitted_theta(values, 12)
    spent = 1_000 * (time.thread_time() - begin) / len(series)
    yield Result("Theta is fitted to a series of M3", f"{spent:.1f} ms", "6 ms", None, "CPU time, 30 series")
    with tempfile.TemporaryDirectory() as folder:
        sample = _sample(path, Path(folder))
        yield from _intervals("Theta", [_tested("theta", _m3(sample), _STEPS)])
        table = complete(read_table(sample, detect_format(sample, "series")))
    yield from _intervals("one forecaster of all", [_forecaster_tested(ManySeriesFit("m3", table, _M3, _AUTOMATIC))])
    yield from _intervals("a forecaster of each", [
        _forecaster_tested(ForecasterFit("m3", own, _M3, _AUTOMATIC)) for own in _each(table)
    ])  # fmt: skip


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


def _each(table: Table) -> Iterator[Table]:
    """Return each sequence as a table of its own."""
    for place in range(len(table.panel)):
        rows = table.panel.rows_of(place)
        axis = replace(table.axis, positions=table.axis.positions[rows.start : rows.stop])
        values = np.asarray(table.values[rows.start : rows.stop])
        yield Table(table.panel.title(place), table.columns, values, axis, table.source)


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
