"""Theta and ETS: against statsmodels' own forecasts, and on series that cannot be fitted."""

from __future__ import annotations

import math
import multiprocessing
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from many_sequences import sequences_of
from numpy.typing import NDArray

from elman_core.forecasting import exponential_smoothing
from elman_core.forecasting.baselines import season_before
from elman_core.forecasting.exponential_smoothing import _ets_of, fitted_ets, fitted_theta
from elman_core.forecasting.smoothing_method import fit_ets, fit_theta
from elman_core.support import processes
from elman_core.support.jobs import complete
from elman_core.support.processes import call_each

Array = NDArray[np.float64]


def monthly(rows: int = 96, slope: float = 0.5, season: float = 10.0, level: float = 100.0, seed: int = 0) -> Array:
    time = np.arange(rows)
    noise = np.random.default_rng(seed).normal(0, 3, rows)
    return level + slope * time + season * np.sin(time * 2 * np.pi / 12) + noise


SERIES = {
    "season": (monthly(), 12),
    "season around zero": (monthly(level=0.0), 12),
    "trend": (monthly(season=0.0), 12),
    "no season": (monthly(season=0.0), None),
}


@pytest.mark.parametrize(("values", "season"), SERIES.values(), ids=SERIES)
def test_theta_from_the_last_row_is_the_forecast_of_statsmodels(values: Array, season: int | None) -> None:
    from statsmodels.tsa.forecasting.theta import ThetaModel

    theta = fitted_theta(values, season)
    assert theta is not None
    model = ThetaModel(values, period=season or 1, deseasonalize=season is not None)
    expected = np.asarray(model.fit().forecast(30))
    np.testing.assert_allclose(theta.ahead(values, np.array([95]), 30)[:, 0], expected, rtol=1e-9)


@pytest.mark.parametrize("begin", ["heuristic", "estimated"])
@pytest.mark.parametrize("season", [None, 12])
@pytest.mark.parametrize(("trend", "damped"), [(None, False), ("add", False), ("add", True)])
def test_ets_from_any_row_is_what_statsmodels_filters_and_forecasts(
    trend: str | None, damped: bool, season: int | None, begin: str
) -> None:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    values = monthly(72)
    settings = {"trend": trend, "damped_trend": damped, "seasonal": season and "add", "seasonal_periods": season}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = ETSModel(values, error="add", initialization_method=begin, **settings).fit(disp=False)
    ets = _ets_of(found, settings, 0)
    one_step = ets.ahead(values, np.arange(71), 1)[0]
    np.testing.assert_allclose(one_step, np.asarray(found.fittedvalues)[1:], rtol=1e-8)
    np.testing.assert_allclose(ets.ahead(values, np.array([71]), 30)[:, 0], np.asarray(found.forecast(30)), rtol=1e-8)


@pytest.mark.parametrize("fitted", [fitted_theta, fitted_ets])
def test_a_forecast_knows_nothing_after_its_origin(fitted) -> None:  # type: ignore[no-untyped-def]
    values = monthly()
    method = fitted(values[:72], 12)
    origins = np.array([40, 71, 80])
    found = method.ahead(values, origins, 6)
    changed = values.copy()
    changed[81:] += 1_000
    np.testing.assert_array_equal(method.ahead(changed, origins, 6), found)
    for place, origin in enumerate(origins):
        alone = method.ahead(values[: origin + 1], np.array([origin]), 6)
        np.testing.assert_allclose(alone[:, 0], found[:, place], rtol=1e-12)


@pytest.mark.parametrize("fitted", [fitted_theta, fitted_ets])
def test_a_long_series_is_fitted_to_its_last_rows(fitted, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    values = monthly()
    monkeypatch.setattr(exponential_smoothing, "_FIT_ROWS", 60)
    method, alone = fitted(values, 12), fitted(values[36:], 12)
    assert method.begin == 36
    found = method.ahead(values, np.array([10, 95]), 3)
    np.testing.assert_allclose(found[:, 1], alone.ahead(values[36:], np.array([59]), 3)[:, 0], rtol=1e-12)
    np.testing.assert_array_equal(found[:, 0], values[10])


def test_aicc_chooses_trend_and_season_where_they_are() -> None:
    names = {
        kind: ets.name
        for kind, values in {
            "flat": np.random.default_rng(1).normal(size=80),
            "line": np.arange(80) + np.random.default_rng(1).normal(size=80),
            "season": monthly(slope=0.0),
            "both": monthly(slope=2.0),
        }.items()
        if (ets := fitted_ets(values, 12)) is not None
    }
    assert names == {"flat": "ETS(A,N,N)", "line": "ETS(A,A,N)", "season": "ETS(A,N,A)", "both": "ETS(A,A,A)"}


AWKWARD = {
    "zeros": np.zeros(40),
    "constant": np.full(40, 7.0),
    "one row": np.array([3.0]),
    "two rows": np.array([3.0, 5.0]),
    "five rows": np.arange(5.0),
    "negative": -(np.arange(40.0) ** 2),
    "few that are not 0": np.where(np.arange(40) % 17 == 3, 5.0, 0.0),
    "a step": np.repeat([1.0, 1e6], 20),
    "tiny": 1e-300 * np.arange(1.0, 41.0),
    "huge": 1e300 * np.sin(np.arange(40.0)),
}


@pytest.mark.parametrize("season", [None, 4, 12])
@pytest.mark.parametrize("values", AWKWARD.values(), ids=AWKWARD)
def test_awkward_series_do_not_fail(values: Array, season: int | None) -> None:
    for fitted in (fitted_theta, fitted_ets):
        method = fitted(values, season)
        if method is not None:
            assert np.isfinite(method.ahead(values, np.array([len(values) - 1]), 14)).all()


def test_where_nothing_can_be_fitted_persistence_of_the_season_stands_in() -> None:
    short, long = np.arange(12.0)[:, None], monthly(60)[:, None]
    dataset = sequences_of([short, long], season=4)
    predictor = complete(fit_ets(dataset))
    assert predictor.unfitted == 1 and predictor.fitted[0] is None
    origins = np.array([10, 11, 50])
    found = complete(predictor.ahead(dataset, origins, 5))
    for step in range(1, 6):
        before, _ = season_before(dataset, origins[:2], step)
        np.testing.assert_array_equal(found[step - 1, :2], dataset.values[before])
    alone = fitted_ets(long[:36, 0], 4)
    assert alone is not None
    np.testing.assert_allclose(found[:, 2, 0], alone.ahead(long[:, 0], np.array([50 - 12]), 5)[:, 0])


def test_every_column_of_every_sequence_is_fitted_alone_to_its_training_part() -> None:
    parts = [np.stack([monthly(60, seed=k), monthly(60, level=5.0, seed=k + 9)], axis=1) for k in range(2)]
    dataset = sequences_of(parts, season=12)
    predictor = complete(fit_theta(dataset))
    found = complete(predictor.ahead(dataset, np.array([59, 119]), 3))
    for sequence, rows in enumerate(parts):
        for column in range(2):
            theta = fitted_theta(rows[:36, column], 12)
            assert theta is not None
            expected = theta.ahead(rows[:, column], np.array([59]), 3)[:, 0]
            np.testing.assert_allclose(found[:, sequence, column], expected, rtol=1e-12)


# -- processes --------------------------------------------------------------------------------------


def test_several_processes_return_what_one_does_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = list(range(7))
    monkeypatch.setattr(processes, "_WORTH_SECONDS", 0.0)
    monkeypatch.setattr(processes.os, "cpu_count", lambda: 2)
    shares: list[float] = []
    assert complete(call_each(abs, [-task for task in tasks], 0.2), shares.append) == tasks
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] == 1
    assert not multiprocessing.active_children()


def test_a_job_that_is_closed_leaves_no_process_and_waits_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_WORTH_SECONDS", 0.0)
    monkeypatch.setattr(processes.os, "cpu_count", lambda: 2)
    job = call_each(time.sleep, [100_000.0] * 4, 0.5)
    next(job)
    assert multiprocessing.active_children()
    job.close()
    assert not multiprocessing.active_children()


def test_an_error_in_a_process_is_that_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_WORTH_SECONDS", 0.0)
    monkeypatch.setattr(processes.os, "cpu_count", lambda: 2)
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        complete(call_each(_root, [4.0, -4.0], 0.5))


def _root(value: float) -> float:
    return math.sqrt(value)


def test_statsmodels_is_imported_when_it_is_used() -> None:
    code = (
        "import sys; from elman_core.forecasting.backtest import run, contenders; "
        "from elman_core.cli import backtest; print('statsmodels' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"
