"""Running a backtest, as a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from elman_core.config import Split
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.data.table import AxisKind
from elman_core.errors import ConfigError, DataError
from elman_core.forecasting.accumulators import mean_steps
from elman_core.forecasting.backtest.contenders import Contender
from elman_core.forecasting.backtest.figures import Scale, autocorrelation, figures_of, scores_of, values_after
from elman_core.forecasting.backtest.forecasts import Forecasts, forecasts_of, has_no_validation
from elman_core.forecasting.backtest.judgement import compare, doubts, verdict
from elman_core.forecasting.backtest.origins import Origins, choose_origins
from elman_core.forecasting.backtest.results import Backtest, Contestant, Residuals
from elman_core.forecasting.intervals import LEVELS, checked_levels, spread_radii
from elman_core.support.jobs import Job, within
from elman_core.support.text_format import counted

__all__ = ["backtest"]

_LAGS = 24
_STEPS = (
    ("hour", 1 / 24, 1 / 24),
    ("day", 1, 1),
    ("week", 7, 7),
    ("month", 28, 31),
    ("quarter", 90, 92),
    ("year", 365, 366),
)
"""What steps between so many days are called."""
_SIMPLE = ("persistence", "seasonal")

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
T = TypeVar("T")
_Forecast = tuple[Array, Array | None]


def backtest(
    model: Contender,
    others: Sequence[Contender],
    dataset: SequenceDataset,
    horizon: int,
    *,
    folds: int = 1,
    refit: bool = False,
    levels: Sequence[float] = LEVELS,
) -> Job[Backtest]:
    """Forecast 1 ... H steps from every origin of the test part, and compare with what came.

    A rolling origin: each forecast knows all rows up to its origin. The parameters are those of the training part, or
    with `refit` those of what was known at the first origin of each of the folds. Intervals come from errors made
    before each origin; see `adaptive_radii`. Among the
    others are its parts, if it has several, and the baselines, of which persistence must be one.

    Raises
    ------
    ConfigError
        When something was asked for that there is not.
    DataError
        When there is nothing to forecast so far ahead, or a fold cannot be fitted to.
    """
    if dataset.kind is DataKind.SYMBOLS:
        raise ConfigError(f"{dataset.name} is a stream of symbols; a backtest is for a table of numbers")
    if refit and dataset.config.split is Split.SEQUENCES:
        raise ConfigError("to fit again at each fold is for parts by time, not for whole sequences as parts")
    levels = checked_levels(levels)
    contenders = (model, *others)
    origins = choose_origins(dataset, horizon, folds, max(own.lost_rows for own in contenders))
    scale = Scale(dataset, origins.tested, values_after(dataset, origins.tested, horizon), mean_steps(dataset))
    forecasts, notes = [], list(origins.notes)
    total, done = sum(own.weight for own in contenders), 0.0
    for own in contenders:
        begin, end = 0.95 * done / total, 0.95 * (done + own.weight) / total
        job = forecasts_of(own, dataset, origins, horizon, levels, refit, notes)
        forecasts.append((yield from within(job, begin, end)))
        done += own.weight
    simple = [found.point for own, found in zip(contenders, forecasts, strict=True) if own.name in _SIMPLE]
    contestants = []
    for place, (own, found) in enumerate(zip(contenders, forecasts, strict=True)):
        yield 0.95 + 0.05 * place / len(contenders)
        contestants.append(_contestant(own, found, scale, origins, levels, folds, simple))
    told = _told(model, dataset, origins, horizon, refit, notes)
    return _judged(tuple(contestants), scale, origins, levels, horizon, refit, told)


def _contestant(
    own: Contender,
    found: Forecasts,
    scale: Scale,
    origins: Origins,
    levels: Sequence[float],
    folds: int,
    simple: Sequence[Array],
) -> Contestant:
    point, radii, horizon = found.point, found.radii, len(found.point)
    spread = None if found.deviation is None else spread_radii(found.deviation, levels)
    complete = scale.origins + horizon < scale.dataset.parts_stop(scale.origins)
    everything = np.ones(len(complete), np.bool_)
    steps = list(range(1, horizon + 1))
    given = (scale, point, radii, spread, levels)
    overall = figures_of(*given, steps, complete, simple)
    horizons = [figures_of(*given, [step], everything, simple) for step in steps]
    if overall is None:
        raise DataError(f"{scale.dataset.name}: all rows to be forecast were filled; there is nothing to compare with")
    return Contestant(
        name=own.name,
        title=own.title,
        is_baseline=own.is_baseline,
        point=point,
        radii=radii,
        deviation=found.deviation,
        horizons=tuple(figures for figures in horizons if figures is not None),
        overall=overall,
        folds=tuple(figures_of(*given, steps, complete & (origins.fold == fold), simple) for fold in range(folds)),
        by_sequence=scores_of(scale, point, steps, complete),
    )


def _judged(
    contestants: tuple[Contestant, ...],
    scale: Scale,
    origins: Origins,
    levels: tuple[float, ...],
    horizon: int,
    refit: bool,
    notes: tuple[str, ...],
) -> Backtest:
    model, baselines = contestants[0], tuple(own for own in contestants if own.is_baseline)
    complete = scale.origins + horizon < scale.dataset.parts_stop(scale.origins)
    everything = np.ones(len(complete), np.bool_)
    overall = compare(scale, model, baselines, range(1, horizon + 1), complete)
    one_step = compare(scale, model, baselines, range(1, 2), everything)
    persistence = next(own for own in contestants if own.name == "persistence")
    return Backtest(
        dataset=scale.dataset,
        horizon=horizon,
        origins=scale.origins,
        fold=origins.fold,
        values=scale.values,
        levels=levels,
        contestants=contestants,
        refitted=refit,
        residuals=_residuals(scale, model),
        verdict=verdict(model.title, overall, one_step, horizon, _step_of(scale.dataset)),
        warnings=tuple(doubts(scale, model, persistence, complete)),
        notes=notes,
    )


def _residuals(scale: Scale, model: Contestant) -> tuple[Residuals, ...]:
    found = []
    for place, column in enumerate(scale.dataset.columns):
        errors = scale.values[0, :, place] - model.point[0, :, place]
        seen = np.isfinite(errors)
        rows = scale.origins[seen] + 1
        count = max(len(rows), 1)
        own = autocorrelation(errors[seen], scale.dataset.sequence_of_row[rows], min(_LAGS, max(count // 2, 1)))
        found.append(Residuals(column, rows, errors[seen], own, 1.96 / np.sqrt(count)))
    return tuple(found)


def _told(
    model: Contender, dataset: SequenceDataset, origins: Origins, horizon: int, refit: bool, notes: Sequence[str]
) -> tuple[str, ...]:
    """Return the notes, each once, with what else is to be known."""
    parts, found = dataset.parts, list(dict.fromkeys(notes))
    if not (parts.stops > parts.validation_stops).any():
        found.append("there is no test part: the forecasts are of rows that the model was fitted to")
    elif model.calibration is None and has_no_validation(dataset, origins):
        found.append(
            "there is no validation part: intervals are calibrated by a fit without the last fifth of the training part"
        )
    calibration = model.calibration
    if calibration is not None and len(calibration.errors) < horizon:
        reach = counted(len(calibration.errors), "step")
        found.append(f"intervals reach {reach} ahead at first: validation went no further")
    if refit:
        found.append(f"all are fitted again at the beginning of each of {counted(len(origins.cuts), 'fold')}")
    return tuple(found)


def _step_of(dataset: SequenceDataset) -> str:
    """Return what a step is called: "month" of months, "step" where the time does not say."""
    axis = dataset.axis
    if axis.kind is not AxisKind.DATE:
        return "step"
    days = float(np.median(axis.spacing(dataset.panel.starts, dataset.panel.stops))) / 86_400
    return next((word for word, low, high in _STEPS if low <= days <= high), "step")
