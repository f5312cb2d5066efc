"""Prediction, held against a loop that takes one row at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from forecasters import evaluate_horizons
from numpy.typing import NDArray

from elman_core.config import NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.rollout import Rollout
from elman_core.errors import DataError
from elman_core.forecasting import horizons, running
from elman_core.forecasting import prediction as forecast
from elman_core.forecasting.baselines import LinearPredictor
from elman_core.forecasting.prediction import MAXIMUM_FORECAST_STEPS, predict, respond
from elman_core.forecasting.running import closed_loop
from elman_core.forecasting.scores import HorizonScore
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete

DatasetOf = Callable[..., SequenceDataset]
Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def network() -> ElmanNetwork:
    config = NetworkConfig(inputs=2, hidden=5, outputs=2, biases=True, initial_context=0.5)
    return ElmanNetwork.initialized(config, 3, precision="float64")


@pytest.fixture
def dataset(dataset_of: DatasetOf) -> SequenceDataset:
    """80 rows of two columns far from the network's units: 40 to train on, 16 to validate, 24 to test."""
    return dataset_of(two_waves(80), train_percent=50, validation_percent=20, scaling="standardize")


def two_waves(rows: int) -> Array:
    t = np.arange(rows)
    return np.stack([1000 + 50 * np.sin(t / 3), -3 + 0.01 * np.cos(t / 5) + 0.001 * t], axis=1)


def figures(score: HorizonScore) -> dict[str, float]:
    """Return those that there are."""
    return {name: value for name, value in vars(score).items() if value is not None}


def row_by_row(network: ElmanNetwork, dataset: SequenceDataset, last_row: int, steps: int) -> tuple[Array, Array]:
    """Show rows 0 ... last_row, then feed back: predictions in own units and states of all these steps."""
    (w1,), (w2,) = network.w1.numpy(), network.w2.numpy()
    train = dataset.values[: dataset.train_rows]
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    context, y, predictions, states = np.full(5, 0.5), np.empty(2), [], []
    for row in range(last_row + steps):
        x = (dataset.values[row] - mean) / deviation if row <= last_row else y
        context = np.tanh(np.concatenate([x, context, [1]]) @ w1)
        y = np.concatenate([context, [1]]) @ w2
        predictions.append(y * deviation + mean)
        states.append(context)
    return np.array(predictions), np.array(states)


def test_predict_gives_every_row_and_the_rows_beyond(network: ElmanNetwork, dataset: SequenceDataset) -> None:
    response = complete(predict(network, dataset, 30))
    expected, states = row_by_row(network, dataset, 79, 30)
    assert (response.first_row, response.closed_loop_row) == (1, 80)
    np.testing.assert_allclose(response.one_step, expected[:79], rtol=1e-10)
    np.testing.assert_allclose(response.closed_loop, expected[79:], rtol=1e-10)
    np.testing.assert_allclose(response.hidden, states[:79], rtol=1e-5)
    assert response.hidden.dtype == np.float32


def test_predict_may_be_asked_for_no_step_beyond(network: ElmanNetwork, dataset: SequenceDataset) -> None:
    assert complete(predict(network, dataset, 0)).closed_loop.shape == (0, 2)


def test_respond_branches_off_where_the_test_part_begins(network: ElmanNetwork, dataset: SequenceDataset) -> None:
    response = complete(respond(network, dataset))
    assert (response.first_row, response.closed_loop_row) == (1, 56)
    assert len(response.closed_loop) == 24 + 80 // 4
    np.testing.assert_allclose(response.one_step, row_by_row(network, dataset, 79, 0)[0], rtol=1e-10)
    np.testing.assert_allclose(response.closed_loop, row_by_row(network, dataset, 55, 44)[0][55:], rtol=1e-10)


def test_respond_branches_off_after_the_last_row_where_there_is_no_test_part(
    network: ElmanNetwork, dataset_of: DatasetOf
) -> None:
    response = complete(respond(network, dataset_of(two_waves(80))))
    assert (response.closed_loop_row, len(response.closed_loop)) == (80, 20)


def test_how_a_long_forecast_is_cut_into_chunks_does_not_matter(
    network: ElmanNetwork, dataset: SequenceDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = complete(predict(network, dataset, 50))
    scores = complete(evaluate_horizons(network, dataset, 5))
    for module in (forecast, running):
        monkeypatch.setattr(module, "CHUNK_STEPS", 7)
    monkeypatch.setattr(horizons, "_ORIGINS_AT_ONCE", 3)
    shares: list[float] = []
    in_chunks = complete(predict(network, dataset, 50), shares.append)
    np.testing.assert_allclose(in_chunks.one_step, whole.one_step, rtol=1e-12)
    np.testing.assert_allclose(in_chunks.closed_loop, whole.closed_loop, rtol=1e-12)
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] < 1
    for one, other in zip(complete(evaluate_horizons(network, dataset, 5)), scores, strict=True):
        assert figures(one) == pytest.approx(figures(other), rel=1e-9)


def test_a_live_picture_of_a_long_series_covers_its_last_rows(
    network: ElmanNetwork, dataset_of: DatasetOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "RESPONSE_STEPS", 300)
    long = dataset_of(two_waves(1000), train_percent=70, validation_percent=15, scaling="standardize")
    live, whole = complete(respond(network, long)), complete(respond(network, long, whole=True))
    assert (whole.first_row, len(whole.one_step)) == (1, 999)
    assert (live.first_row, len(live.one_step), len(live.hidden)) == (700, 300, 300)
    np.testing.assert_allclose(live.one_step, whole.one_step[-300:], rtol=1e-6)
    np.testing.assert_allclose(live.hidden, whole.hidden[-300:], atol=1e-5)
    assert live.closed_loop_row == whole.closed_loop_row == 850
    np.testing.assert_allclose(live.closed_loop, whole.closed_loop, rtol=1e-6)


def test_a_live_picture_of_a_long_test_part_runs_free_from_its_own_beginning(
    network: ElmanNetwork, dataset_of: DatasetOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "RESPONSE_STEPS", 300)
    long = dataset_of(two_waves(1000), train_percent=20, scaling="standardize")
    live = complete(respond(network, long))
    assert (live.first_row, live.closed_loop_row, len(live.closed_loop)) == (700, 700, 300)
    expected, _ = row_by_row(network, long, 699, 300)
    np.testing.assert_allclose(live.closed_loop, expected[699:], rtol=1e-6)


@pytest.mark.parametrize(("from_row", "first_origin"), [(None, 55), (1, 0), (70, 69)])
def test_errors_per_horizon_equal_a_loop_over_origins(
    network: ElmanNetwork, dataset: SequenceDataset, from_row: int | None, first_origin: int
) -> None:
    values, horizon = dataset.values, 6
    scores = complete(evaluate_horizons(network, dataset, horizon, from_row))
    linear = LinearPredictor.fitted(values[: dataset.train_rows])
    assert [each.horizon for each in scores] == list(range(1, horizon + 1))
    for h, found in enumerate(scores, start=1):
        origins = range(first_origin, 80 - h)
        truth = np.array([values[origin + h] for origin in origins])
        own = np.array([row_by_row(network, dataset, origin, h)[0][-1] for origin in origins]) - truth
        stays = np.array([values[origin] for origin in origins]) - truth
        ahead = np.array([linear.from_origins(values, np.array([origin]), h)[-1, 0] for origin in origins]) - truth
        spread = np.sum((truth - truth.mean(axis=0)) ** 2)
        assert found.rmse == pytest.approx(np.sqrt(np.mean(own**2)), rel=1e-9)
        assert found.mae == pytest.approx(np.mean(np.abs(own)), rel=1e-9)
        assert found.nmse == pytest.approx(np.sum(own**2) / spread, rel=1e-9)
        assert found.persistence_rmse == pytest.approx(np.sqrt(np.mean(stays**2)), rel=1e-9)
        assert found.linear_rmse == pytest.approx(np.sqrt(np.mean(ahead**2)), rel=1e-6, abs=1e-9)


def test_horizons_begin_with_row_1_where_there_is_no_test_part(network: ElmanNetwork, dataset_of: DatasetOf) -> None:
    dataset = dataset_of(two_waves(30), scaling="standardize")
    by_default, from_row_1 = (complete(evaluate_horizons(network, dataset, 3, row)) for row in (None, 1))
    assert by_default == from_row_1


@pytest.mark.parametrize("steps", [-1, MAXIMUM_FORECAST_STEPS + 1])
def test_too_many_or_too_few_steps_are_refused(network: ElmanNetwork, dataset: SequenceDataset, steps: int) -> None:
    with pytest.raises(DataError, match=f"steps must be from 0 to 1,000,000, got {steps:,}"):
        complete(predict(network, dataset, steps))


@pytest.mark.parametrize(
    ("horizon", "from_row", "sentence"),
    [
        (1, 0, "from must be a row from 1 to 79, got 0"),
        (1, 80, "from must be a row from 1 to 79, got 80"),
        (0, None, "horizon must be from 1 to 24, the rows from row 56 on, got 0"),
        (25, None, "horizon must be from 1 to 24, the rows from row 56 on, got 25"),
        (3, 78, "horizon must be from 1 to 2, the rows from row 78 on, got 3"),
    ],
)
def test_a_horizon_beyond_the_rows_is_refused(
    network: ElmanNetwork, dataset: SequenceDataset, horizon: int, from_row: int | None, sentence: str
) -> None:
    with pytest.raises(DataError) as error:
        complete(evaluate_horizons(network, dataset, horizon, from_row))
    assert str(error.value) == sentence


def test_the_longest_horizon_has_one_origin(network: ElmanNetwork, dataset: SequenceDataset) -> None:
    scores = complete(evaluate_horizons(network, dataset, 24))
    assert len(scores) == 24
    assert scores[-1].nmse is None  # one value has no spread


def test_of_an_ensemble_the_first_network_predicts(dataset: SequenceDataset, network: ElmanNetwork) -> None:
    ensemble = ElmanNetwork.initialized(network.config, 3, networks=3, precision="float64")
    one, first = complete(predict(network, dataset, 5)), complete(predict(ensemble, dataset, 5))
    np.testing.assert_array_equal(one.one_step, first.one_step)
    np.testing.assert_array_equal(one.closed_loop, first.closed_loop)


def test_a_free_run_goes_on_from_where_another_ended(network: ElmanNetwork, dataset: SequenceDataset) -> None:
    context, origins = network.initial_context(4), np.array([3, 7, 11, 19])
    whole = closed_loop(network, Rollout(dataset, origins), context, 9)
    rollout = Rollout(dataset, origins)
    first = closed_loop(network, rollout, context, 4)
    rest = closed_loop(network, rollout, first.context, 5)
    np.testing.assert_allclose(np.concatenate([first.predicted, rest.predicted]), whole.predicted)
    torch.testing.assert_close(rest.context, whole.context)
