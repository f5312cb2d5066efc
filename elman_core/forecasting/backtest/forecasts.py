"""The forecasts of one contender: fitted, asked at every origin, fitted again at each fold, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.accumulators import mean_steps
from elman_core.forecasting.backtest.contenders import Contender
from elman_core.forecasting.backtest.figures import values_after
from elman_core.forecasting.backtest.origins import Origins, known_at, without_last_rows
from elman_core.forecasting.intervals import Calibration, ForecastErrors, adaptive_radii, local_level
from elman_core.forecasting.methods import Method
from elman_core.forecasting.network_method import NetworkMethod
from elman_core.forecasting.smoothing_method import SmoothingMethod
from elman_core.support.jobs import Job, within

__all__ = ["Forecasts", "forecasts_of"]

T = TypeVar("T")

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Forecasts:
    """What a contender forecasts from each of the origins tested.

    Attributes
    ----------
    point : (H, n, C)
        In the data's own units.
    radii : (L, H, n, C)
        Half the width of the intervals.
    deviation : (H, n, C), optional
        The standard deviation over an ensemble's networks.
    """

    point: Array
    radii: Array
    deviation: Array | None


class _Stages:
    """Shares the progress of a job equally between a number of jobs within it."""

    def __init__(self, count: int) -> None:
        self._count, self._done = count, 0

    def next(self, job: Job[T]) -> Job[T]:
        begin, self._done = self._done / self._count, self._done + 1
        return within(job, begin, self._done / self._count)


def forecasts_of(
    own: Contender,
    dataset: SequenceDataset,
    origins: Origins,
    horizon: int,
    levels: Sequence[float],
    refit: bool,
    notes: list[str],
) -> Job[Forecasts]:
    """Return the forecasts of the origins tested and their intervals; tell what is to be known in `notes`.

    Intervals are calibrated by the contender's own calibration, or else by errors before the test part; where there is
    no validation part, by those of a fit without the last fifth of the training part.
    """
    later_folds = range(1, len(origins.cuts)) if refit else range(0)
    needs_inner = own.calibration is None and has_no_validation(dataset, origins)
    stages = _Stages(3 + 2 * needs_inner + 2 * len(later_folds))
    method = yield from stages.next(_fitted(own, dataset))
    _tell_of_unfitted(own, method, notes)
    calibrating = origins.calibrating if own.calibration is None and not needs_inner else origins.calibrating[:0]
    everything = np.concatenate([calibrating, origins.tested])
    order = np.argsort(everything, kind="stable")
    found, spread = yield from stages.next(_ahead(method, dataset, everything[order], horizon))
    place = np.argsort(order, kind="stable")
    before, point = np.split(found[:, place], [len(calibrating)], axis=1)
    deviation = None if spread is None else spread[:, place[len(calibrating) :]]
    train_stops = dataset.parts.train_stops
    calibration = own.calibration
    if needs_inner:
        inner = without_last_rows(dataset)
        earlier = yield from stages.next(own.fit(inner))
        calibrating, train_stops = origins.calibrating, inner.parts.train_stops
        before, _ = yield from stages.next(_ahead(earlier, inner, calibrating, horizon))
    if calibration is None:
        calibration = Calibration(calibrating, values_after(dataset, calibrating, horizon) - before)
    else:
        train_stops = dataset.parts.starts  # nothing of it was fitted to
    for fold in later_folds:
        known = known_at(dataset, origins.cuts[fold])
        again = yield from stages.next(own.fit(known))
        chosen = origins.fold == fold
        later, spread = yield from stages.next(_ahead(again, known, origins.tested[chosen], horizon))
        point[:, chosen] = later
        if deviation is not None and spread is not None:
            deviation[:, chosen] = spread
    errors = errors_with(calibration, dataset, origins.tested, point, train_stops, origins.test_starts)
    radii = yield from stages.next(adaptive_radii(errors, levels))
    return Forecasts(point, radii, deviation)


def has_no_validation(dataset: SequenceDataset, origins: Origins) -> bool:
    """Whether the rows before the test part are all fitted to, so that their errors promise too much."""
    has_validation = (origins.test_starts > dataset.parts.train_stops).any()
    return len(origins.calibrating) > 0 and not has_validation


def errors_with(
    calibration: Calibration,
    dataset: SequenceDataset,
    origins: Integers,
    point: Array,
    train_stops: Integers,
    test_starts: Integers,
) -> ForecastErrors:
    """Return the errors of a calibration and of forecasts (H, n, C) from origins (n,) that come later, in order."""
    everything = np.concatenate([calibration.origins, origins])
    order = np.argsort(everything, kind="stable")
    with np.errstate(invalid="ignore", over="ignore"):
        own = values_after(dataset, origins, len(point)) - point
    errors = np.concatenate([calibration.within(len(point)), own], axis=1)
    return ForecastErrors(
        errors[:, order],
        everything[order],
        dataset.sequence_of_row[everything[order]],
        train_stops,
        test_starts,
        mean_steps(dataset),
        local_level(dataset, everything[order]),
    )


def _fitted(own: Contender, dataset: SequenceDataset) -> Job[Method]:
    yield 0.0
    return own.fitted if own.fitted is not None else (yield from own.fit(dataset))


def _ahead(
    method: Method, dataset: SequenceDataset, origins: Integers, horizon: int
) -> Job[tuple[Array, Array | None]]:
    """Return forecasts, and of an ensemble the standard deviation over its networks."""
    if isinstance(method, NetworkMethod):
        return (yield from method.spread_ahead(dataset, origins, horizon))
    return (yield from method.ahead(dataset, origins, horizon)), None


def _tell_of_unfitted(own: Contender, method: Method, notes: list[str]) -> None:
    if not isinstance(method, SmoothingMethod) or not method.unfitted:
        return
    count, total = method.unfitted, len(method.fitted)
    which = "the series" if total == 1 else f"{count:,} of {total:,} series"
    notes.append(f"{own.title} cannot be fitted to {which}; persistence stands in for it there")
