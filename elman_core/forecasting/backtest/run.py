"""Running a backtest, as a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from elman_core.config import Split
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.errors import ConfigError, DataError
from elman_core.forecasting.accumulators import mean_steps
from elman_core.forecasting.backtest.contenders import Contender
from elman_core.forecasting.backtest.figures import Scale, autocorrelation, figures_of, scores_of, values_after
from elman_core.forecasting.backtest.judgement import compare, doubts, verdict
from elman_core.forecasting.backtest.origins import Origins, choose_origins, known_at, without_last_rows
from elman_core.forecasting.backtest.results import Backtest, Contestant, Residuals
from elman_core.forecasting.intervals import LEVELS, ForecastErrors, adaptive_radii, checked_levels, spread_radii
from elman_core.forecasting.network_predictor import NetworkPredictor
from elman_core.forecasting.predictors import Predictor
from elman_core.forecasting.smoothing_predictor import SmoothingPredictor
from elman_core.support.jobs import Job, within
from elman_core.support.text_format import counted

__all__ = ["backtest"]

_LAGS = 24
_SIMPLE = ("persistence", "seasonal")

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
T = TypeVar("T")
_Forecast = tuple[Array, Array | None]


def backtest(
    model: Contender,
    baselines: Sequence[Contender],
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
    before each origin; see `adaptive_radii`. The persistence must be among the baselines.

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
    origins = choose_origins(dataset, horizon, folds)
    scale = Scale(dataset, origins.tested, values_after(dataset, origins.tested, horizon), mean_steps(dataset))
    contenders = (model, *baselines)
    forecasts, notes = [], list(origins.notes)
    total, done = sum(own.weight for own in contenders), 0.0
    for own in contenders:
        begin, end = 0.95 * done / total, 0.95 * (done + own.weight) / total
        job = _forecast(own, dataset, origins, horizon, levels, refit, notes)
        forecasts.append((yield from within(job, begin, end)))
        done += own.weight
    simple = [found[0] for own, found in zip(contenders, forecasts, strict=True) if own.name in _SIMPLE]
    contestants = []
    for place, (own, found) in enumerate(zip(contenders, forecasts, strict=True)):
        yield 0.95 + 0.05 * place / len(contenders)
        contestants.append(_contestant(own, found, scale, origins, levels, folds, simple))
    return _judged(tuple(contestants), scale, origins, levels, horizon, refit, _told(dataset, origins, refit, notes))


def _forecast(
    own: Contender,
    dataset: SequenceDataset,
    origins: Origins,
    horizon: int,
    levels: Sequence[float],
    refit: bool,
    notes: list[str],
) -> Job[tuple[Array, Array, Array | None]]:
    """Return the forecasts of the origins tested, the radii of their intervals, and the ensemble's deviation."""
    needs_inner = len(origins.calibrating) > 0 and not (origins.test_starts > dataset.parts.train_stops).any()
    later_folds = range(1, len(origins.cuts)) if refit else range(0)
    edges = iter(np.linspace(0.0, 1.0, 4 + 2 * needs_inner + 2 * len(later_folds)).tolist())
    last = next(edges)

    def stage(job: Job[T]) -> Job[T]:
        nonlocal last
        begin, last = last, next(edges)
        return within(job, begin, last)

    predictor = yield from stage(_fitted(own, dataset))
    _tell_of_unfitted(own, predictor, notes)
    everything = origins.all
    point, deviation = yield from stage(_ahead(predictor, dataset, everything, horizon))
    tested = np.searchsorted(everything, origins.tested)
    train_stops = dataset.parts.train_stops
    if needs_inner:
        # Without a validation part, errors of the rows fitted to would promise too much.
        inner = without_last_rows(dataset)
        earlier = yield from stage(own.fit(inner))
        before, _ = yield from stage(_ahead(earlier, inner, origins.calibrating, horizon))
        point[:, np.searchsorted(everything, origins.calibrating)] = before
        train_stops = inner.parts.train_stops
    for fold in later_folds:
        known = known_at(dataset, origins.cuts[fold])
        again = yield from stage(own.fit(known))
        chosen = origins.fold == fold
        later, spread = yield from stage(_ahead(again, known, origins.tested[chosen], horizon))
        point[:, tested[chosen]] = later
        if deviation is not None and spread is not None:
            deviation[:, tested[chosen]] = spread
    with np.errstate(invalid="ignore", over="ignore"):
        errors = ForecastErrors(
            values_after(dataset, everything, horizon) - point,
            everything,
            dataset.sequence_of_row[everything],
            train_stops,
            origins.test_starts,
            mean_steps(dataset),
        )
    radii = yield from stage(adaptive_radii(errors, levels))
    return point[:, tested], radii, None if deviation is None else deviation[:, tested]


def _fitted(own: Contender, dataset: SequenceDataset) -> Job[Predictor]:
    yield 0.0
    return own.fitted if own.fitted is not None else (yield from own.fit(dataset))


def _ahead(predictor: Predictor, dataset: SequenceDataset, origins: Integers, horizon: int) -> Job[_Forecast]:
    """Return forecasts, and of an ensemble the standard deviation over its networks."""
    if isinstance(predictor, NetworkPredictor):
        return (yield from predictor.spread_ahead(dataset, origins, horizon))
    return (yield from predictor.ahead(dataset, origins, horizon)), None


def _tell_of_unfitted(own: Contender, predictor: Predictor, notes: list[str]) -> None:
    if not isinstance(predictor, SmoothingPredictor) or not predictor.unfitted:
        return
    count, total = predictor.unfitted, len(predictor.fitted)
    which = "the series" if total == 1 else f"{count:,} of {total:,} series"
    notes.append(f"{own.title} cannot be fitted to {which}; persistence stands in for it there")


def _contestant(
    own: Contender,
    found: tuple[Array, Array, Array | None],
    scale: Scale,
    origins: Origins,
    levels: Sequence[float],
    folds: int,
    simple: Sequence[Array],
) -> Contestant:
    point, radii, deviation = found
    horizon = len(point)
    spread = None if deviation is None else spread_radii(deviation, levels)
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
        deviation=deviation,
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
        verdict=verdict(model.title, overall, one_step, horizon),
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


def _told(dataset: SequenceDataset, origins: Origins, refit: bool, notes: Sequence[str]) -> tuple[str, ...]:
    """Return the notes, each once, with what else is to be known."""
    parts, found = dataset.parts, list(dict.fromkeys(notes))
    if not (parts.stops > parts.validation_stops).any():
        found.append("there is no test part: the forecasts are of rows that the model was fitted to")
    elif not (parts.validation_stops > parts.train_stops).any():
        found.append(
            "there is no validation part: intervals are calibrated by a fit without the last fifth of the training part"
        )
    if refit:
        found.append(f"all are fitted again at the beginning of each of {counted(len(origins.cuts), 'fold')}")
    return tuple(found)
