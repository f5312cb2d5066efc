"""Contenders: how each model and baseline of a backtest is fitted to a training part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.experiment import Run
from elman_core.forecasting.backtest.refitting import fit_parts_again
from elman_core.forecasting.baselines import LinearPredictor, least_squares
from elman_core.forecasting.forecaster import Forecaster
from elman_core.forecasting.forecaster_method import ForecasterMethod, alone
from elman_core.forecasting.intervals import Calibration
from elman_core.forecasting.methods import LeastSquares, Method, Persistence, SeasonalPersistence
from elman_core.forecasting.network_method import NetworkMethod, train_again
from elman_core.forecasting.part_words import short_part_words
from elman_core.forecasting.smoothing_method import fit_ets, fit_theta
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job

__all__ = ["FEW_SERIES", "Contender", "baselines_of", "forecaster_contenders", "network_contender"]

FEW_SERIES = 20
"""Sequences times columns to which ETS is fitted without being asked for: each takes a fifth of a second."""


Array = NDArray[np.float64]


@dataclass(frozen=True)
class Contender:
    """A way to forecast.

    Attributes
    ----------
    name, title
        For programs, and for people.
    fit
        Fits to the training part of a dataset.
    fitted
        What is fitted to the training part of the backtest's own dataset already.
    is_baseline
        Whether it is one of those that the model has to beat.
    calibration
        What calibrates its intervals; by default errors before the test part.
    lost_rows
        How many first rows of a sequence it cannot forecast from.
    weight
        How long its work takes beside that of others, roughly.
    """

    name: str
    title: str
    fit: Callable[[SequenceDataset], Job[Method]]
    fitted: Method | None = None
    is_baseline: bool = True
    calibration: Calibration | None = None
    lost_rows: int = 0
    weight: float = 1.0


def network_contender(
    run: Run, network: ElmanNetwork, member: int | None = None, device: str = "auto", engine: str = "auto"
) -> Contender:
    """Return a trained Elman network; of several the mean, or one `member` alone, counted from 0.

    Fitted again it is trained from its seed on, with the same settings.
    """
    networks = network.networks
    if networks > 1 and member is not None:
        run = run.of_member(member)
        network = ElmanNetwork(network.config, network.w1[member : member + 1], network.w2[member : member + 1])
    title = "the network" if network.networks == 1 else f"the mean of {networks:,} networks"

    def fit(dataset: SequenceDataset) -> Job[Method]:
        return (yield from train_again(run, dataset, device, engine))

    return Contender("network", title, fit, NetworkMethod(network), is_baseline=False, weight=4.0)


def forecaster_contenders(
    forecaster: Forecaster, fit: Callable[[SequenceDataset], Job[Forecaster]] | None = None
) -> tuple[Contender, ...]:
    """Return a forecaster, and each of its parts alone where there are several.

    Their intervals are calibrated by what they were off by in the forecaster's inner validation. `fit` fits a
    forecaster anew to the training part of a dataset with the same rows, by default with the choices that were made; it
    is asked once for all contenders.
    """
    once, rows = _Once(fit or partial(fit_parts_again, forecaster)), forecaster.lost_rows
    whole = Contender(
        name="network",
        title="the network",
        fit=once.whole,
        fitted=ForecasterMethod(forecaster),
        is_baseline=False,
        calibration=_calibration(forecaster, forecaster.errors),
        lost_rows=rows,
        weight=4.0,
    )
    if len(forecaster.parts) == 1:
        return (whole,)
    parts = [
        Contender(
            name=f"part {place + 1}",
            title=f"its part {place + 1:,}: {short_part_words(part)}",
            fit=partial(once.part, place),
            fitted=ForecasterMethod(alone(forecaster, place)),
            is_baseline=False,
            calibration=_calibration(forecaster, part.errors),
            lost_rows=part.run.dataset.fitted.lost_rows,
        )
        for place, part in enumerate(forecaster.parts)
    ]
    return whole, *parts


def _calibration(forecaster: Forecaster, errors: Array | None) -> Calibration | None:
    if forecaster.validation is None or errors is None:
        return None
    return Calibration(forecaster.validation.origins, errors)


class _Once:
    """Fits a forecaster to each training part once, whoever asks for it or one of its parts."""

    def __init__(self, fit: Callable[[SequenceDataset], Job[Forecaster]]) -> None:
        self._fit = fit
        self._known: dict[tuple[bytes, bytes], Forecaster] = {}

    def whole(self, dataset: SequenceDataset) -> Job[Method]:
        return ForecasterMethod((yield from self._fitted(dataset)))

    def part(self, place: int, dataset: SequenceDataset) -> Job[Method]:
        """Return the part that stands in the same place; where there are fewer now, the last one."""
        found = yield from self._fitted(dataset)
        return ForecasterMethod(alone(found, min(place, len(found.parts) - 1)))

    def _fitted(self, dataset: SequenceDataset) -> Job[Forecaster]:
        key = dataset.parts.train_stops.tobytes(), dataset.parts.validation_stops.tobytes()
        if key not in self._known:
            self._known[key] = yield from self._fit(dataset)
        return self._known[key]


def baselines_of(dataset: SequenceDataset, *, ets: bool | None = None) -> tuple[Contender, ...]:
    """Return what a model of a dataset has to beat.

    Persistence, with a season also the seasonal persistence, linear least squares on 1 to 18 lags by BIC, Theta, and
    ETS where that is wanted, by default of a few series.
    """
    series = len(dataset.panel) * len(dataset.columns)
    found = [
        Contender("persistence", "persistence", _at_once(Persistence())),
        Contender("linear", "least squares", _fit_least_squares),
        Contender("theta", "Theta", fit_theta),
    ]
    if dataset.config.season is not None:
        found.insert(1, Contender("seasonal", "seasonal persistence", _at_once(SeasonalPersistence())))
    if ets or (ets is None and series <= FEW_SERIES):
        found.append(Contender("ets", "ETS", fit_ets, weight=2.0))
    return tuple(found)


def _at_once(method: Method) -> Callable[[SequenceDataset], Job[Method]]:
    """Return the fit of what needs none."""
    return partial(_fitted_already, method)


def _fitted_already(method: Method, _dataset: SequenceDataset) -> Job[Method]:
    yield 0.0
    return method


def _fit_least_squares(dataset: SequenceDataset) -> Job[Method]:
    yield 0.0
    linear = least_squares(dataset)
    assert isinstance(linear, LinearPredictor)  # a backtest is of numbers
    return LeastSquares(linear)
