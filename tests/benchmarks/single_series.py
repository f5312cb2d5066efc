"""Single series: what the automatic recipe reaches on three that are well known and twenty that are generated."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import Table
from elman_core.experiments import BUILT_IN
from elman_core.forecasting.automatic import ForecasterFit
from elman_core.forecasting.baselines import least_squares
from elman_core.support.jobs import complete

from .generated_series import KINDS, generated_table
from .m3 import M3_PLACE, each_series, m3_path, m3_sample
from .measure import Result

__all__ = ["Forecast", "forecast", "held_out_cases", "single_series_cases"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_SEEDS = range(1, 6)
_TEST_ROWS = {"sunspots": 62, "co2": 457, "airline": 29}
_TO_REACH = {"sunspots": (17.6, 32.5), "co2": (0.40, 0.62), "airline": (16.0, 19.5)}
_WORST, _ONE_STEP, _TWELFTH = 1.03, 0.90, 0.85
_FIRST_FORECAST = 1.0
_HELD_OUT = (901, 902, 903)
_M3_SERIES, _M3_ROWS = 24, 100


@dataclass(frozen=True)
class Forecast:
    """What one fit reached.

    Attributes
    ----------
    rmse, ruler
        RMSE one step and 12 steps ahead, from all origins from the row before the test part on; of the forecaster, and
        of least squares.
    first, seconds
        CPU time until there was a forecast, and until the end.
    """

    rmse: tuple[float, float]
    ruler: tuple[float, float]
    first: float
    seconds: float

    @property
    def ratios(self) -> tuple[float, float]:
        """RMSE as a share of that of least squares."""
        return self.rmse[0] / self.ruler[0], self.rmse[1] / self.ruler[1]


def forecast(table: Table, test_rows: int | None, seed: int) -> Forecast:
    """Fit by the automatic recipe, and score on the test part."""
    start, first = time.process_time(), 0.0
    data = DataConfig() if test_rows is None else DataConfig(test_rows=test_rows)
    fit = ForecasterFit(table.name, table, data, AutomaticConfig(seed=seed))
    for _ in fit.updates():
        if fit.forecaster is not None and not first:
            first = time.process_time() - start
    seconds = time.process_time() - start
    assert fit.forecaster is not None
    dataset = fit.forecaster.dataset
    origins = np.arange(dataset.train_rows - 1, dataset.rows - 1)
    linear = least_squares(dataset)
    own = complete(fit.forecaster.predictor()).ahead(origins, 12)
    ruler = linear.from_origins(dataset.values, origins, 12)  # type: ignore[arg-type]  # fitted to such values
    return Forecast(_rmse_of(own, origins, dataset), _rmse_of(ruler, origins, dataset), first, seconds)


def _rmse_of(ahead: Array, origins: Integers, dataset: SequenceDataset) -> tuple[float, float]:
    return _rmse(ahead, 1, origins, dataset), _rmse(ahead, 12, origins, dataset)


def _rmse(ahead: Array, step: int, origins: Integers, dataset: SequenceDataset) -> float:
    rows = origins + step
    inside = rows < dataset.rows
    inside[inside] &= ~dataset.missing[rows[inside], 0]
    errors = ahead[step - 1, inside, 0] - dataset.values[rows[inside], 0]
    return float(np.sqrt((errors**2).mean()))


def single_series_cases() -> Iterator[Result]:
    """Measure every series, each with as many seeds as are said."""
    forecast(BUILT_IN["airline"].table(), _TEST_ROWS["airline"], 1)  # compiles what is compiled
    every: dict[str, tuple[float, float]] = {}
    for name, limits in _TO_REACH.items():
        table = BUILT_IN[name].table()
        runs = [forecast(table, _TEST_ROWS[name], seed) for seed in _SEEDS]
        rmse = [median(run.rmse[place] for run in runs) for place in (0, 1)]
        every[name] = (median(run.ratios[0] for run in runs), median(run.ratios[1] for run in runs))
        yield Result(
            f"automatic forecast of {name}, RMSE one step / 12 steps ahead",
            f"{rmse[0]:.4g} / {rmse[1]:.4g}",
            f"{limits[0]:g} / {limits[1]:g}",
            rmse[0] <= limits[0] and rmse[1] <= limits[1],
            f"medians of {len(runs)} seeds; least squares {runs[0].ruler[0]:.4g} / {runs[0].ruler[1]:.4g}",
        )
        seconds = 15 if table.rows > 1_000 else 4
        yield Result(
            f"fit of {table.rows:,} rows, CPU seconds until the first forecast / the end",
            f"{median(run.first for run in runs):.2f} / {median(run.seconds for run in runs):.2f}",
            f"{_FIRST_FORECAST:g} / {seconds}",
            all(run.first <= _FIRST_FORECAST and run.seconds <= seconds for run in runs),
        )
    for kind in KINDS:
        every[kind] = forecast(generated_table(kind), None, 1).ratios
    yield from _shares(every, f"{len(every)} series", limits=True)
    yield from held_out_cases()


def held_out_cases() -> Iterator[Result]:
    """Measure series that nothing was chosen by: other seeds of the generated ones, and months of M3."""
    every = {
        f"{kind}, seed {seed}": forecast(generated_table(kind, seed), None, 1).ratios
        for seed in _HELD_OUT
        for kind in KINDS
    }
    yield from _shares(every, f"{len(every)} generated series never used before", limits=True)
    path = m3_path()
    if path is None:
        yield Result(f"automatic forecast of {_M3_SERIES} series of M3", "", "", None, f"name the file in {M3_PLACE}")
        return
    table = m3_sample(path, _drawn)
    every = {own.name: forecast(own, None, 1).ratios for own in each_series(table)}
    yield from _shares(every, f"{len(every)} series of M3 of more than {_M3_ROWS} months", limits=False)


def _drawn(rows: dict[str, int]) -> list[str]:
    long = [name for name, count in rows.items() if count > _M3_ROWS]
    found: list[str] = np.random.default_rng(_HELD_OUT[0]).choice(long, _M3_SERIES, replace=False).tolist()
    return found


def _shares(every: dict[str, tuple[float, float]], which: str, *, limits: bool) -> Iterator[Result]:
    """Say what share of least squares' RMSE is left, one step and 12 steps ahead: the geometric mean, and the worst."""
    ratios = np.array(list(every.values()))
    one_step, twelfth = np.exp(np.log(ratios).mean(axis=0))
    yield Result(
        f"automatic forecast of {which}: RMSE as a share of least squares', geometric mean, one step / 12",
        f"{one_step:.3f} / {twelfth:.3f}",
        f"{_ONE_STEP:g} / {_TWELFTH:g}" if limits else "",
        bool(one_step <= _ONE_STEP and twelfth <= _TWELFTH) if limits else None,
    )
    worst = [max(every, key=lambda name: every[name][place]) for place in (0, 1)]
    yield Result(
        "the worst of these, one step / 12",
        f"{ratios[:, 0].max():.3f} / {ratios[:, 1].max():.3f}",
        f"{_WORST:g} one step" if limits else "",
        bool(ratios[:, 0].max() <= _WORST) if limits else None,
        " / ".join(worst),
    )
