"""Scores by hand, and the baselines that a network has to beat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.forecasting import baselines
from elman_core.forecasting.baselines import MAXIMUM_ORDER, LinearPredictor, persistence
from elman_core.forecasting.metrics import part_scores, score

DatasetOf = Callable[..., SequenceDataset]
Array = NDArray[np.float64]


def autoregressive(rows: int, noise: float = 0.0) -> Array:
    """x_t = 1.6 x_{t-1} - 0.9 x_{t-2} + 2 + noise, which is (R, 1)."""
    rng, x = np.random.default_rng(0), [3.0, 5.0]
    for _ in range(rows - 2):
        x.append(1.6 * x[-1] - 0.9 * x[-2] + 2 + noise * rng.normal())
    return np.array(x)[:, np.newaxis]


def coupled(rows: int) -> Array:
    """Two columns, each of which is the other one's past."""
    x = [np.array([1.0, 0.3])]
    for _ in range(rows - 1):
        x.append(np.array([[0.3, 0.9], [-0.95, 0.1]]) @ x[-1] + [0.5, -1])
    return np.array(x)


# -- scores -----------------------------------------------------------------------------------------


def test_a_score_equals_one_computed_by_hand() -> None:
    values = np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]])
    prediction = values + np.array([[1.0, -2.0], [0.0, 0.0], [2.0, 3.0]])
    found = score(prediction, values)
    assert found.rmse == pytest.approx(np.sqrt((1 + 4 + 0 + 0 + 4 + 9) / 6))
    assert found.mae == pytest.approx((1 + 2 + 0 + 0 + 2 + 3) / 6)
    assert found.nmse == pytest.approx(18 / (8 + 600))


def test_the_mean_as_prediction_has_an_nmse_of_1() -> None:
    values = autoregressive(20)
    assert score(np.full_like(values, values.mean()), values).nmse == pytest.approx(1)


def test_values_that_do_not_vary_have_no_nmse() -> None:
    found = score(np.array([[1.0], [2.0]]), np.array([[2.0], [2.0]]))
    assert (found.rmse, found.mae, found.nmse) == (pytest.approx(np.sqrt(0.5)), 0.5, None)


def test_a_prediction_that_explodes_has_an_infinite_error() -> None:
    assert score(np.array([[1e300], [np.inf]]), np.array([[1.0], [2.0]])).rmse == np.inf


def test_each_part_is_scored_on_its_own_rows(dataset_of: DatasetOf) -> None:
    dataset = dataset_of(np.arange(20.0) ** 2, train_percent=50, validation_percent=25)
    one_step = dataset.values[1:].copy()
    one_step[9:14] += 2.0  # rows 10 to 14 are the validation part
    scores = part_scores(dataset, one_step)
    assert {part: each.network.rmse for part, each in scores.items() if each} == {
        Part.TRAIN: 0.0, Part.VALIDATION: 2.0, Part.TEST: 0.0,
    }  # fmt: skip
    steps = np.diff(np.arange(20.0) ** 2)
    validation, test = scores[Part.VALIDATION], scores[Part.TEST]
    assert validation is not None
    assert test is not None
    assert validation.persistence.rmse == pytest.approx(np.sqrt(np.mean(steps[9:14] ** 2)))
    assert test.persistence.mae == pytest.approx(np.mean(steps[14:]))


def test_a_part_without_rows_has_no_score(dataset_of: DatasetOf) -> None:
    dataset = dataset_of(np.arange(20.0), train_percent=100)
    scores = part_scores(dataset, persistence(dataset.values))
    train = scores[Part.TRAIN]
    assert train is not None
    assert train.network == train.persistence
    assert scores[Part.VALIDATION] is scores[Part.TEST] is None


def test_a_constant_test_part_has_no_nmse(dataset_of: DatasetOf) -> None:
    dataset = dataset_of([*np.sin(np.arange(10.0)), 7.0, 7.0, 7.0, 7.0, 7.0], train_percent=66.7)
    test = part_scores(dataset, persistence(dataset.values))[Part.TEST]
    assert test is not None
    assert test.network.nmse is None


# -- baselines --------------------------------------------------------------------------------------


def test_persistence_predicts_the_row_before() -> None:
    np.testing.assert_array_equal(persistence(np.array([[1.0], [4.0], [9.0]])), [[1.0], [4.0]])


def test_least_squares_find_an_exact_autoregression() -> None:
    values = autoregressive(60)
    linear = LinearPredictor.fitted(values[:40])
    assert linear.order == 2
    np.testing.assert_allclose(linear.coefficients[:, 0], [1.6, -0.9, 2.0], rtol=1e-9)
    np.testing.assert_allclose(linear.one_step(values)[1:], values[2:], rtol=1e-9)


def test_least_squares_find_the_order_of_a_noisy_autoregression() -> None:
    linear = LinearPredictor.fitted(autoregressive(2000, noise=0.1))
    assert linear.order == 2
    np.testing.assert_allclose(linear.coefficients[:, 0], [1.6, -0.9, 2.0], atol=0.1)


def test_least_squares_use_all_columns() -> None:
    values = coupled(60)
    linear = LinearPredictor.fitted(values[:40])
    assert linear.order == 1
    np.testing.assert_allclose(linear.one_step(values), values[1:], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("values", [autoregressive(50, noise=0.3), coupled(50) ** 3], ids=["one column", "two columns"])
def test_going_on_from_origins_equals_iterating_by_hand(values: Array) -> None:
    linear = LinearPredictor.fitted(values)
    origins = np.array([0, 1, 17, 48])
    found = linear.from_origins(values, origins, 5)
    for k, origin in enumerate(origins):
        # Rows before the first are taken to be like the first.
        rows = [values[0]] * (linear.order - 1) + list(values[: origin + 1])
        for h in range(5):
            recent = rows[: -linear.order - 1 : -1]  # newest first
            rows.append(np.concatenate([*recent, [1.0]]) @ linear.coefficients)
            np.testing.assert_allclose(found[h, k], rows[-1], rtol=1e-12)
    np.testing.assert_allclose(linear.one_step(values)[origins], found[0], rtol=1e-12)


def test_predicting_a_long_series_in_pieces_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    values = autoregressive(50, noise=0.3)
    linear = LinearPredictor.fitted(values)
    whole = linear.one_step(values)
    for rows in (1, 7, 49):
        monkeypatch.setattr(baselines, "_ROWS_AT_ONCE", rows)
        np.testing.assert_allclose(linear.one_step(values), whole, rtol=1e-12)


def test_a_recursion_that_explodes_predicts_infinity_without_a_warning() -> None:
    linear = LinearPredictor(1, np.array([[1e200], [0.0]]))
    assert not np.isfinite(linear.from_origins(np.array([[1e200], [1e200]]), np.array([1]), 3)).any()


@pytest.mark.parametrize("rows", [2, 3, 4, 5, 20])
def test_the_order_leaves_rows_to_fit_to(rows: int) -> None:
    values = np.random.default_rng(rows).normal(size=(rows, 1))
    linear = LinearPredictor.fitted(values)
    assert 1 <= linear.order <= min(MAXIMUM_ORDER, max(1, rows // 2 - 1))
    assert np.isfinite(linear.one_step(values)).all()
