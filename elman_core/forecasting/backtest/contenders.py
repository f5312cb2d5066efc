"""Contenders: how each model and baseline of a backtest is fitted to a training part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from elman_core.data.dataset import SequenceDataset
from elman_core.experiment import Run
from elman_core.forecasting.baselines import LinearPredictor, least_squares
from elman_core.forecasting.network_predictor import NetworkPredictor, train_again
from elman_core.forecasting.predictors import LeastSquares, Persistence, Predictor, SeasonalPersistence
from elman_core.forecasting.smoothing_predictor import fit_ets, fit_theta
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job

__all__ = ["FEW_SERIES", "Contender", "baselines_of", "network_contender"]

FEW_SERIES = 20
"""Sequences times columns to which ETS is fitted without being asked for: each takes a fifth of a second."""


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
    weight
        How long its work takes beside that of others, roughly.
    """

    name: str
    title: str
    fit: Callable[[SequenceDataset], Job[Predictor]]
    fitted: Predictor | None = None
    is_baseline: bool = True
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

    def fit(dataset: SequenceDataset) -> Job[Predictor]:
        return (yield from train_again(run, dataset, device, engine))

    return Contender("network", title, fit, NetworkPredictor(network), is_baseline=False, weight=4.0)


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


def _at_once(predictor: Predictor) -> Callable[[SequenceDataset], Job[Predictor]]:
    """Return the fit of what needs none."""
    return partial(_fitted_already, predictor)


def _fitted_already(predictor: Predictor, _dataset: SequenceDataset) -> Job[Predictor]:
    yield 0.0
    return predictor


def _fit_least_squares(dataset: SequenceDataset) -> Job[Predictor]:
    yield 0.0
    linear = least_squares(dataset)
    assert isinstance(linear, LinearPredictor)  # a backtest is of numbers
    return LeastSquares(linear)
