"""Ridge regressions for all penalties at once, against numpy and against the network that begins at them."""

from __future__ import annotations

import numpy as np
import pytest

from elman_core.config import DataConfig, TransformName
from elman_core.data.dataset import SequenceDataset
from elman_core.data.preparation import prepare
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.forecasting.automatic.candidates import Candidate
from elman_core.forecasting.automatic.linear import fit_ridges
from elman_core.forecasting.automatic.parts import linear_run
from elman_core.forecasting.forecaster import PartPredictor
from elman_core.support.jobs import complete

RIDGES = np.array([0.0, 0.1, 10.0])


def dataset_of(count: int, **settings: object) -> SequenceDataset:
    random = np.random.default_rng(3)
    values = 20 + np.cumsum(random.normal(0.1, 1.0, (90, count)), axis=0)
    names = tuple("abcd"[:count])
    table = Table("walk", names, values, TimeAxis.steps(90), Source(kind="csv", name="walk.csv"))
    return prepare(table, DataConfig(train_percent=80, validation_percent=0, **settings))


def test_every_penalty_is_solved_as_numpy_solves_it() -> None:
    dataset = dataset_of(2, columns=("a", "b"), lags=3)
    fits = fit_ridges(dataset, RIDGES)
    rows = np.arange(2, dataset.train_rows - 1)
    x, y = dataset.step_inputs(rows), dataset.step_targets(rows)
    off = x - x.mean(axis=0)
    for number, ridge in enumerate(RIDGES):
        penalty = np.diag(np.sqrt(ridge) * off.std(axis=0))
        stacked = np.vstack([off, penalty]), np.vstack([y - y.mean(axis=0), np.zeros((x.shape[1], 2))])
        expected = np.linalg.lstsq(*stacked, rcond=None)[0]
        np.testing.assert_allclose(fits.weights[number], expected, atol=1e-9)
        np.testing.assert_allclose(fits.constants[number], y.mean(axis=0) - x.mean(axis=0) @ expected, atol=1e-9)


@pytest.mark.parametrize(
    "settings",
    [
        {"columns": ("a",)},
        {"columns": ("a",), "transforms": (TransformName.LOG, TransformName.SEASONAL_ADDITIVE), "season": 5},
        {"columns": ("a", "b"), "transforms": (TransformName.DIFFERENCE,)},
        {"columns": ("a",), "inputs": ("b",), "known": ("c", "d")},
    ],
)
def test_a_linear_part_predicts_what_its_regression_does(settings: dict[str, object]) -> None:
    dataset = dataset_of(4, lags=4, **settings)
    run = linear_run("walk", dataset, Candidate(dataset.config.transforms, dataset.config.season, 4, 10.0))
    origins = np.arange(40, 85, 5)
    expected = fit_ridges(dataset, RIDGES).ahead(origins, 6)[:, 2]
    found = complete(PartPredictor.prepare(run)).ahead(origins, 6)
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_growth_is_the_largest_root_of_the_recursion() -> None:
    dataset = dataset_of(1, columns=("a",), lags=3)
    fits = fit_ridges(dataset, RIDGES)
    for number in range(len(RIDGES)):
        roots = np.roots([1.0, *-fits.weights[number, :, 0]])
        assert fits.growth(number) == pytest.approx(np.abs(roots).max())


def test_inputs_that_others_make_up_for_are_no_trouble() -> None:
    dataset = dataset_of(2, columns=("a",), inputs=("b",), lags=2)
    doubled = np.hstack([dataset.values, dataset.values])
    table = Table("twice", ("a", "b"), doubled, dataset.axis, dataset.source)
    fits = fit_ridges(prepare(table, dataset.config), np.zeros(1))
    assert np.isfinite(fits.ahead(np.array([50]), 12)).all()
