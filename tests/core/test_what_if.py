"""What would be forecast if some values were others: the same as of data that really are so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from elman_core.config import DataConfig, NetworkConfig, TrainingConfig
from elman_core.data.changed_value import ChangedValue, changeable_columns
from elman_core.data.one_sequence import one_sequence
from elman_core.data.panel import Panel
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.experiments import begin
from elman_core.forecasting.forecast import predict_with
from elman_core.forecasting.forecaster import Forecaster
from elman_core.forecasting.prediction import predict
from elman_core.forecasting.what_if import forecast_if
from elman_core.support.jobs import complete
from elman_core.training.initial_weights import initial_weights
from elman_core.training.weights import network_from_weights

ROWS, STEPS = 40, 4


def run_of(**settings: object) -> Run:
    """An untrained network on random data: what it predicts depends on all that it sees."""
    values = np.random.default_rng(0).normal(size=(2 * ROWS, 3))
    panel = Panel.of(2 * ROWS, (0, ROWS), names=("a", "b"))
    axis = TimeAxis("time step", TimeAxis.steps(1).kind, np.tile(np.arange(ROWS, dtype=np.float64), 2))
    table = Table("t", ("y", "x", "price"), values, axis, Source(kind="built-in", name="t"), sequences=panel)
    data = DataConfig(columns=("y",), inputs=("x",), known=("price",), **settings)
    run = begin("t", table, data, NetworkConfig(hidden=4, biases=True), TrainingConfig())
    return replace(run, weights=initial_weights(run))


def beyond(run: Run, sequence: int) -> np.ndarray:
    assert run.weights is not None
    found = complete(predict(network_from_weights(run.network, run.weights), run.dataset, STEPS))
    assert found.beyond is not None
    return found.beyond[sequence]


@pytest.mark.parametrize("sequence", [0, 1])
@pytest.mark.parametrize("lags", [1, 3])
def test_without_changes_it_is_the_forecast_itself(sequence: int, lags: int) -> None:
    torch.set_num_threads(1)
    run = run_of(lags=lags)
    np.testing.assert_allclose(complete(forecast_if(run, sequence, STEPS, ())), beyond(run, sequence), rtol=1e-5)


@pytest.mark.parametrize("column", ["y", "x"])
def test_a_changed_value_is_as_if_the_data_had_it(column: str) -> None:
    run, row = run_of(), ROWS - 1
    found = complete(forecast_if(run, 1, STEPS, (ChangedValue(column, row, 9.0),)))
    dataset = run.dataset
    values, covariates = np.array(dataset.values[:]), np.array(dataset.covariates)
    if column == "y":
        values[ROWS + row, 0] = 9.0
    else:
        covariates[ROWS + row, 0] = 9.0
    other = replace(run, dataset=replace(dataset, values=values, covariates=covariates))
    np.testing.assert_allclose(found, beyond(other, 1), rtol=1e-5)
    assert not np.allclose(found, beyond(run, 1))  # the data themselves stay as they are


def test_what_is_known_ahead_of_a_row_beyond_changes_the_forecast_from_that_row_on() -> None:
    run = run_of()
    found = complete(forecast_if(run, 0, STEPS, (ChangedValue("price", ROWS + 2, 9.0),)))
    before = beyond(run, 0)
    np.testing.assert_allclose(found[:2], before[:2], rtol=1e-5)
    assert not np.isclose(found[2:], before[2:], rtol=1e-3).any()
    known = np.repeat(run.dataset.covariates[[ROWS - 1, 2 * ROWS - 1]][:, None, 1:], STEPS, axis=1)
    known[0, 2] = 9.0
    expected = complete(predict_with(Forecaster.of_run(run), STEPS, known))
    assert expected.beyond is not None
    np.testing.assert_allclose(found, expected.beyond[0], rtol=1e-5)


def test_what_is_not_known_cannot_be_changed() -> None:
    run = run_of()
    assert changeable_columns(run.dataset) == ("y", "x", "price")
    for change in (
        ChangedValue("y", ROWS, 1.0),
        ChangedValue("x", ROWS, 1.0),
        ChangedValue("price", ROWS + STEPS, 1.0),
    ):
        with pytest.raises(DataError, match="not known"):
            complete(forecast_if(run, 0, STEPS, (change,)))
    with pytest.raises(DataError, match="no column"):
        complete(forecast_if(run, 0, STEPS, (ChangedValue("z", 0, 1.0),)))


def test_one_sequence_alone_has_its_rows_and_its_parts() -> None:
    dataset = run_of().dataset
    own = one_sequence(dataset, 1)
    np.testing.assert_array_equal(own.values, dataset.values[ROWS:])
    assert own.panel.title(0) == "b" and own.rows == ROWS and not own.panel.has_several
    np.testing.assert_array_equal(own.parts.validation_stops, dataset.parts.validation_stops[1:] - ROWS)
    assert one_sequence(own, 0) is own
