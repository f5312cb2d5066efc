"""Forecasters: parts that predict together, each by the mean of its networks, in the data's own units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from elman_core.config import Begin, DataConfig, NetworkConfig, Optimizer, TrainingConfig, TransformName
from elman_core.data.dataset import Part
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.experiment import Run
from elman_core.experiments import begin
from elman_core.forecasting.forecaster import Forecaster, ForecastPart, PartKind, PartPredictor
from elman_core.forecasting.predictor import NetworkPredictor
from elman_core.forecasting.whole import look_at_whole
from elman_core.support.jobs import complete
from elman_core.training.initial_weights import initial_weights
from elman_core.training.weights import network_from_weights

ORIGINS = np.array([30, 41, 59])


def rising_table() -> Table:
    time = np.arange(60.0)
    values = np.exp(0.02 * time + 0.3 * np.sin(2 * np.pi * time / 12) + 3)[:, None]
    return Table("rising", ("y",), values, TimeAxis.steps(60), Source(kind="csv", name="rising.csv"))


def run_with(transforms: tuple[TransformName, ...], lags: int, networks: int = 1) -> Run:
    data = DataConfig(transforms=transforms, lags=lags, season=12)
    network = NetworkConfig(hidden=3, biases=True, direct=True, begin=Begin.LEAST_SQUARES)
    training = TrainingConfig(optimizer=Optimizer.ADAM, networks=networks, seed=7)
    run = begin("rising", rising_table(), data, network, training)
    weights = initial_weights(run)
    bent = weights.w2 + np.random.default_rng(1).normal(0, 0.05, weights.w2.shape).astype(weights.w2.dtype)
    return replace(run, weights=replace(weights, w2=bent))


def test_a_part_of_one_network_predicts_as_the_network_does() -> None:
    run = run_with((TransformName.LOG, TransformName.DIFFERENCE), lags=3)
    network = network_from_weights(run.network, run.weights)
    alone = complete(NetworkPredictor.prepare(network, run.dataset)).ahead(ORIGINS, 8)
    together = complete(Forecaster.of_run(run).predictor()).ahead(ORIGINS, 8)
    np.testing.assert_array_equal(together, alone)


def test_networks_of_a_part_are_averaged_before_their_transforms_are_undone() -> None:
    run = run_with((TransformName.LOG,), lags=2, networks=4)
    found = complete(PartPredictor.prepare(run)).ahead(ORIGINS, 5)
    alone = [complete(PartPredictor.prepare(run.of_member(member))).ahead(ORIGINS, 5) for member in range(4)]
    # A log is undone by exp, which makes a geometric mean of a mean; the scaling between them changes nothing of that.
    np.testing.assert_allclose(found, np.exp(np.mean(np.log(alone), axis=0)), rtol=1e-9)


@pytest.mark.parametrize("steps", [1, 6])
def test_the_first_step_has_weights_of_its_own(steps: int) -> None:
    first, second = run_with((TransformName.LOG,), 2), run_with((TransformName.SEASONAL_DIFFERENCE,), 4)
    forecaster = Forecaster(
        first.dataset,
        (ForecastPart(first, PartKind.LINEAR, 0.75, 0.0), ForecastPart(second, PartKind.ELMAN, 0.25, 1.0)),
    )
    found = complete(forecaster.predictor()).ahead(ORIGINS, steps)
    one, other = (complete(PartPredictor.prepare(run)).ahead(ORIGINS, steps) for run in (first, second))
    np.testing.assert_allclose(found[0], 0.75 * one[0] + 0.25 * other[0])
    np.testing.assert_allclose(found[1:], other[1:])


def test_rows_at_which_a_part_looks_back_at_nothing_are_neither_scored_nor_shown() -> None:
    """A log of 13 lags knows nothing of the rows before the first one, and so is far off in the first ones."""
    near, far = run_with((TransformName.LOG,), lags=1), run_with((TransformName.LOG,), lags=13)
    forecaster = Forecaster(
        near.dataset, (ForecastPart(near, PartKind.ELMAN, 0.5, 0.5), ForecastPart(far, PartKind.LINEAR, 0.5, 0.5))
    )
    assert forecaster.lost_rows == 0 and forecaster.warm_up_rows == 12
    whole = complete(look_at_whole(forecaster))
    rows = whole.first_row + np.arange(len(whole.one_step))
    shown = np.isfinite(whole.one_step[:, 0])
    np.testing.assert_array_equal(shown, rows > 12)
    errors = whole.one_step[:, 0] - forecaster.dataset.values[rows, 0]
    inside = shown & (rows < forecaster.dataset.train_rows)
    train = whole.scores[Part.TRAIN]
    assert train is not None and train.rows == inside.sum()
    assert train.network.rmse == pytest.approx(np.sqrt((errors[inside] ** 2).mean()))


def test_a_short_training_part_is_scored_though_parts_look_far_back() -> None:
    far = run_with((), lags=40)
    assert Forecaster.of_run(far).warm_up_rows == far.dataset.train_rows // 2
