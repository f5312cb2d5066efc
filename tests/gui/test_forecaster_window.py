"""A forecaster in the window: fitted part after part, looked at, saved, opened, and left for a pure Elman network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from driving import Driver

from elman_core.analysis.units import Connection, Layer, Unit
from elman_core.config import AutomaticConfig
from elman_core.config.part_kind import PartKind
from elman_core.forecasting.automatic.fit import ForecasterFit
from elman_core.forecasting.forecaster import Forecaster
from elman_core.support.jobs import complete
from elman_gui.controllers.run_state import RunState
from elman_gui.dialogs.predict_dialog import PredictDialog

QUICK = AutomaticConfig(lags=13, networks=2, inner_networks=1, epochs=10, patience=5, pure=False)
ORIGINS = np.array([100, 120, 140])


@pytest.fixture
def airline(driver: Driver) -> Driver:
    """A forecaster of a built-in series, with settings that take no time, not fitted yet."""
    driver.open_built_in("airline")
    with driver.idle_evaluated():
        driver.session.set_automatic(QUICK)
    assert driver.session.document.plan.automatic == QUICK
    return driver


@pytest.fixture
def fitted(airline: Driver) -> Driver:
    airline.train()
    return airline


def forecaster_of(driver: Driver) -> Forecaster:
    forecaster = driver.session.document.forecaster
    assert forecaster is not None
    return forecaster


def forecast_of(forecaster: Forecaster) -> np.ndarray:
    return complete(forecaster.predictor()).ahead(ORIGINS, 6)


def test_training_fits_the_same_forecaster_as_without_a_window(fitted: Driver) -> None:
    document = fitted.session.document
    fit = ForecasterFit("airline", document.table, document.plan.data, QUICK, engine="compiled")
    for _ in fit.updates():
        pass
    np.testing.assert_array_equal(forecast_of(forecaster_of(fitted)), forecast_of(fit.forecaster))


def test_the_first_forecast_comes_before_any_network_has_learned(airline: Driver) -> None:
    with airline.signal(airline.session.run.whole_changed, lambda whole: whole is not None):
        airline.click(airline.window.transport.train)
    assert all(part.kind is PartKind.LINEAR for part in forecaster_of(airline).parts[:1])
    airline.until_state(RunState.IDLE)


def test_the_part_that_counts_most_is_looked_at_first_and_any_other_can_be(fitted: Driver) -> None:
    document, bar = fitted.session.document, fitted.window.part_bar
    forecaster = forecaster_of(fitted)
    assert document.plan.part == forecaster.shown == bar.parts.currentIndex()
    assert bar.isVisible() and bar.parts.count() == len(forecaster.parts)
    other = next(place for place, part in enumerate(forecaster.parts) if place != forecaster.shown)
    with fitted.idle_evaluated():
        bar.parts.activated.emit(other)
    assert fitted.session.experiment is forecaster.parts[other].run
    assert document.forecaster is forecaster


def test_scores_are_those_of_all_parts_until_one_is_changed(fitted: Driver) -> None:
    words = fitted.window.scores.of_what.text()
    assert words == f"all {len(forecaster_of(fitted).parts)} parts together"
    fitted.trigger("lesion_context")
    fitted.until(lambda: "alone" in fitted.window.scores.of_what.text())
    fitted.trigger("release")
    fitted.until(lambda: fitted.window.scores.of_what.text() == words)


def test_a_pause_changes_nothing_of_what_is_fitted(airline: Driver) -> None:
    session = airline.session
    airline.window.transport.set_speed(10.0)
    airline.click(airline.window.transport.train)
    airline.until(lambda: session.experiment.history.epochs >= 2)
    airline.trigger("pause")
    airline.until_state(RunState.PAUSED)
    with airline.signal(session.run.time_step_made):
        airline.trigger("step_time")
    airline.until_state(RunState.PAUSED)
    airline.window.transport.set_speed(0.0)
    airline.train()
    document = session.document
    fit = ForecasterFit("airline", document.table, document.plan.data, QUICK, engine="compiled")
    for _ in fit.updates():
        pass
    np.testing.assert_array_equal(forecast_of(forecaster_of(airline)), forecast_of(fit.forecaster))


def test_what_is_saved_is_opened_with_all_parts_and_the_same_forecast(fitted: Driver, tmp_path: Path) -> None:
    before, path = forecaster_of(fitted), tmp_path / "model.safetensors"
    with fitted.signal(fitted.session.saved):
        fitted.session.save(path)
    assert not fitted.session.is_modified
    fitted.open_built_in("sine")
    with fitted.idle_evaluated():
        fitted.window.open_path(path)
    np.testing.assert_allclose(forecast_of(forecaster_of(fitted)), forecast_of(before))
    assert fitted.session.path == path and fitted.window.part_bar.isVisible()


def test_a_pure_elman_network_is_one_click_away_and_undo_brings_the_forecaster_back(fitted: Driver) -> None:
    before = forecaster_of(fitted)
    with fitted.idle_evaluated():
        fitted.click(fitted.window.settings_panel.kinds.pure)
    assert fitted.session.document.plan is None and fitted.window.part_bar.isHidden()
    assert not fitted.window.settings_panel.network.isHidden()
    with fitted.idle_evaluated():
        fitted.trigger("undo")
    assert forecaster_of(fitted) is before and fitted.window.settings_panel.network.isHidden()


def test_predict_forecasts_with_all_parts(fitted: Driver) -> None:
    fitted.trigger("predict")
    dialog = fitted.opened(PredictDialog)
    fitted.until(lambda: dialog._forecast is not None)
    forecaster = forecaster_of(fitted)
    last = np.array([forecaster.dataset.rows - 1])
    expected = complete(forecaster.predictor()).ahead(last, 50)[:, 0]
    np.testing.assert_allclose(dialog._forecast.response.closed_loop, expected)
    dialog.close()


def test_a_weight_that_is_changed_by_hand_changes_the_forecast_of_all_parts(fitted: Driver) -> None:
    before = forecast_of(forecaster_of(fitted))
    with fitted.idle_evaluated():
        fitted.session.set_weight(Connection(Unit(Layer.HIDDEN, 0), Unit(Layer.OUTPUT, 0), "w2", 0, 0), 0.5)
    after = forecast_of(forecaster_of(fitted))
    assert not np.allclose(before, after)
    with fitted.idle_evaluated():
        fitted.trigger("undo")
    np.testing.assert_array_equal(forecast_of(forecaster_of(fitted)), before)


def test_stopping_on_the_way_leaves_what_is_fitted_so_far(airline: Driver) -> None:
    airline.window.transport.set_speed(10.0)
    airline.click(airline.window.transport.train)
    airline.until(lambda: airline.session.experiment.history.epochs >= 2)
    with airline.idle_evaluated():
        airline.trigger("stop")
    forecaster = forecaster_of(airline)
    assert airline.session.state is RunState.IDLE
    assert airline.session.experiment is forecaster.parts[forecaster.shown].run
    assert np.isfinite(forecast_of(forecaster)).all()
