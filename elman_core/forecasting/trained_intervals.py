"""Intervals of whatever forecasts in the window: a network, or all parts of a forecaster."""

from __future__ import annotations

from collections.abc import Sequence

from elman_core.experiment import Run
from elman_core.forecasting.forecaster import Forecaster
from elman_core.forecasting.intervals import LEVELS
from elman_core.forecasting.intervals_beyond import IntervalsBeyond, intervals_beyond, of_another_series
from elman_core.forecasting.kept_intervals import forecaster_intervals
from elman_core.forecasting.network_method import NetworkMethod
from elman_core.support.jobs import Job
from elman_core.training.weights import network_from_weights

__all__ = ["trained_intervals"]


def trained_intervals(
    trained: Run | Forecaster, steps: int, levels: Sequence[float] = LEVELS, *, is_another: bool = False
) -> Job[IntervalsBeyond | None]:
    """Return the intervals of the rows beyond, by networks that forecast together; None where too little is known.

    Of another series than the one it was trained on, all rows calibrate.
    """
    if isinstance(trained, Run):
        assert trained.weights is not None
        method = NetworkMethod(network_from_weights(trained.network, trained.weights))
        dataset = of_another_series(trained.dataset) if is_another else trained.dataset
        found = yield from intervals_beyond(method, dataset, steps, levels)
    else:
        found = yield from forecaster_intervals(trained, steps, levels, is_another=is_another)
    return found if found.reach else None
