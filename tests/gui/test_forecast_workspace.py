"""The workspace Forecast: bands, tests on the past, and what would be if some values were others."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import QPoint, QPointF, Qt

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.data.changed_value import ChangedValue
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.experiments import SERIES_NETWORK, SERIES_TRAINING, begin
from elman_core.forecasting.backtest.contenders import baselines_of, network_contender
from elman_core.forecasting.backtest.run import backtest
from elman_core.forecasting.forecast import predict_with
from elman_core.forecasting.horizons import evaluate_predictor
from elman_core.forecasting.what_if import forecast_if
from elman_core.support.jobs import complete
from elman_core.training.weights import network_from_weights
from elman_gui.controllers import outlook_jobs as jobs_of
from elman_gui.controllers import standing_backtest
from elman_gui.document import OpenDocument
from elman_gui.threads.job import JobThread
from elman_gui.window.main_window import MainWindow

QUICK = AutomaticConfig(lags=13, networks=2, inner_networks=1, epochs=10, patience=5, pure=False)


def look(driver: Driver) -> None:
    """Bring the workspace to the front, and wait for all that stands there."""
    driver.trigger("workspace_forecast")
    until_tested(driver)


def until_tested(driver: Driver) -> None:
    outlook = driver.window.outlook
    for work in (outlook.forecast, outlook.backtest):
        driver.until(lambda work=work: work.found is not None and not work.is_working and not work.is_stale)


def trained_table(driver: Driver, path: Path, data: DataConfig, sequence_column: str | None = None) -> None:
    """Train a pure network on a table for a moment."""
    table = complete(read_table(path, detect_format(path, sequence_column)))
    training = SERIES_TRAINING.replace(epochs=3, update_every=10, truncation=10)

    def job() -> Iterator[float]:
        yield 0.0
        return OpenDocument(begin(path.stem, table, data, SERIES_NETWORK, training), table)

    with driver.idle_evaluated():
        driver.session.open(JobThread(job, driver.window), "opening")
    driver.train()


@pytest.fixture
def airline(driver: Driver) -> Driver:
    """A forecaster of a built-in series that is fitted and looked at."""
    driver.open_built_in("airline")
    with driver.idle_evaluated():
        driver.session.set_automatic(QUICK)
    driver.train()
    look(driver)
    return driver


@pytest.fixture
def sunspots(driver: Driver) -> Driver:
    """A pure network on a built-in series."""
    driver.open_built_in("sunspots")
    driver.configure(epochs=10)
    driver.train()
    look(driver)
    return driver


@pytest.fixture
def prices(driver: Driver, tmp_path: Path) -> Driver:
    """A network that knows prices ahead."""
    path, random = tmp_path / "sales.csv", np.random.default_rng(0)
    price = random.uniform(1, 2, 120)
    sales = 100 - 30 * price + random.normal(0, 1, 120)
    rows = "".join(f"{sale:.3f},{cost:.3f}\n" for sale, cost in zip(sales, price, strict=True))
    path.write_text(f"sales,price\n{rows}")
    trained_table(driver, path, DataConfig(columns=("sales",), known=("price",)))
    look(driver)
    return driver


@pytest.fixture
def shops(driver: Driver, tmp_path: Path) -> Driver:
    """A network of fifteen short series."""
    trained_table(driver, write_shops(tmp_path), DataConfig(columns=("sales",)), "shop")
    look(driver)
    return driver


def write_shops(folder: Path) -> Path:
    """Write a table of fifteen short series."""
    path, random = folder / "shops.csv", np.random.default_rng(0)
    lines = [f"shop {shop:02},{10 * shop + random.normal():.3f}" for shop in range(15) for _ in range(30)]
    path.write_text("shop,sales\n" + "\n".join(lines) + "\n")
    return path


def columns_of(view) -> dict[str, np.ndarray]:  # type: ignore[no-untyped-def]
    data = view.data()
    return dict(zip(data.names, data.columns, strict=True))


# -- the forecast and its bands -----------------------------------------------------------------------


def test_forecast_bands_and_errors_are_those_of_all_parts_together(airline: Driver) -> None:
    window, forecaster = airline.window, airline.session.document.forecaster
    expected = complete(predict_with(forecaster, 12)).closed_loop
    np.testing.assert_allclose(window.forecast._response.closed_loop, expected)
    found = columns_of(window.forecast)
    name = forecaster.dataset.columns[0]
    rows = forecaster.dataset.rows
    for level in (80, 90):
        low, high = found[f"{name} (lower {level})"], found[f"{name} (upper {level})"]
        assert np.isnan(low[:rows]).all()
        np.testing.assert_allclose((low + high)[rows:] / 2, expected[:, 0])
    assert (found[f"{name} (lower 90)"][rows:] <= found[f"{name} (lower 80)"][rows:]).all()
    scored = evaluate_predictor(
        complete(forecaster.predictor()), forecaster.dataset, 12, lost_rows=forecaster.lost_rows
    )
    errors = columns_of(window.horizons)
    np.testing.assert_allclose(errors["network_rmse"], [score.rmse for score in complete(scored)])
    assert {"persistence_rmse", "seasonal_rmse", "linear_rmse", "theta_rmse", "ets_rmse", "part_1_rmse"} < set(errors)


def test_what_is_tested_is_what_the_core_finds(sunspots: Driver) -> None:
    window, run = sunspots.window, sunspots.session.experiment
    network = network_from_weights(run.network, run.weights)
    expected = complete(backtest(network_contender(run, network), baselines_of(run.dataset), run.dataset, 12))
    assert window.workspaces.forecast.verdict.text() == expected.verdict
    found = columns_of(window.leaderboard)
    assert list(found["model"]) == [own.title for own in expected.leaderboard]
    for name in ("mase", "smape", "rmse", "quantile_loss", "skill"):
        np.testing.assert_allclose(found[name], [getattr(own.overall, name) for own in expected.leaderboard])
    covered = columns_of(window.coverage)
    np.testing.assert_allclose(covered["measured_80"], [own.coverage[80] for own in expected.model.horizons])
    assert set(covered["nominal_90"]) == {0.9}
    np.testing.assert_allclose(
        columns_of(window.autocorrelation)["autocorrelation"], expected.residuals[0].autocorrelation
    )
    residuals = columns_of(window.residuals)
    np.testing.assert_allclose(residuals["SUNACTIVITY_residual"], expected.residuals[0].errors)


def test_steps_ahead_change_forecast_errors_and_test(sunspots: Driver) -> None:
    window, bar = sunspots.window, sunspots.window.workspaces.forecast.bar
    bar.slider.setValue(5)
    assert bar.steps.value() == 5
    sunspots.until(lambda: len(window.forecast._response.closed_loop) == 5)
    until_tested(sunspots)
    assert window.outlook.backtest.backtest.horizon == 5
    assert len(columns_of(window.horizons)["steps_ahead"]) == 5
    assert "Over 5 " in window.workspaces.forecast.verdict.text()
    bar.steps.setValue(400)  # more than can be scored, which the forecast need not care about
    sunspots.until(lambda: len(window.forecast._response.closed_loop) == 400)
    until_tested(sunspots)
    assert window.outlook.backtest.backtest.horizon < 400


def test_only_the_intervals_that_are_chosen_are_drawn_and_exported(sunspots: Driver, tmp_path: Path) -> None:
    window, path = sunspots.window, tmp_path / "f.csv"
    levels = window.workspaces.forecast.bar.levels
    levels.setCurrentText("90 %")
    assert window.forecast.levels == (90.0,)
    assert [entry.text for entry in window.forecast.legend.entries][-1] == "90 %"
    with sunspots.signal(window.documents.noticed):
        window.documents.export_data(window.forecast, path)
    with path.open(newline="") as file:
        names = next(csv.reader(file))
    assert "SUNACTIVITY (lower 90)" in names and "SUNACTIVITY (lower 80)" not in names
    levels.setCurrentText("No intervals")
    assert not any("lower" in name for name in window.forecast.data().names)


def test_a_forecast_of_months_goes_on_by_the_calendar(airline: Driver) -> None:
    plot = airline.window.forecast
    assert [plot.text_of(plot.dataset.rows + step) for step in (0, 11)] == ["1961-01", "1961-12"]


# -- testing on the past ------------------------------------------------------------------------------


def test_a_test_with_refitting_is_cancelled_and_made_after_all(airline: Driver) -> None:
    window, bar = airline.window, airline.window.workspaces.forecast.bar
    bar.fits.setCurrentIndex(bar.fits.findData(2))
    airline.until(bar.stop.isVisible)
    airline.click(bar.stop)
    airline.until(bar.again.isVisible)
    assert "cancelled" in window.workspaces.forecast.words.text()
    assert not window.outlook.backtest.backtest.refitted  # what was found before stays
    airline.click(bar.again)
    until_tested(airline)
    found = window.outlook.backtest.backtest
    assert found.refitted and found.fold.max() == 1
    assert not bar.stop.isVisible() and not bar.again.isVisible()
    assert "fitted again at the beginning of each of 2 folds" in window.workspaces.forecast.words.text()


def test_ets_is_a_switch(sunspots: Driver) -> None:
    bar = sunspots.window.workspaces.forecast.bar
    assert bar.with_ets.isChecked()
    sunspots.click(bar.with_ets)
    until_tested(sunspots)
    assert not bar.with_ets.isChecked()
    assert "ETS" not in list(columns_of(sunspots.window.leaderboard)["model"])


def test_nothing_is_tested_while_nobody_looks(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=3)
    driver.train()
    driver.worker_answers()
    assert window.outlook.backtest.found is None and not window.outlook.backtest.is_working


def test_what_makes_one_doubt_is_said_at_the_top(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("x\n" + "".join(f"{(3 * n) % 7}\n" for n in range(40)))
    trained_table(driver, path, DataConfig(columns=("x",), test_rows=14, validation_rows=4))
    look(driver)
    workspace = driver.window.workspaces.forecast
    assert workspace.warning.isVisible() and "3 origins only" in workspace.warning.text()


# -- what if ------------------------------------------------------------------------------------------


def answered(driver: Driver) -> np.ndarray:
    plot = driver.window.forecast
    driver.until(lambda: plot._answer is not None)
    driver.worker_answers()
    return plot._answer


def test_a_past_point_is_dragged_and_the_forecast_answers_and_all_is_put_back(sunspots: Driver) -> None:
    window, plot, run = sunspots.window, sunspots.window.forecast, sunspots.session.experiment
    before = run.dataset.values.copy()
    sunspots.click(plot.what_if)
    sunspots.worker_answers()
    plot.grab()
    box = plot.plot.getPlotItem().getViewBox()
    row = run.dataset.rows - 3

    def pixel(value: float) -> QPoint:
        place = box.mapViewToScene(QPointF(plot.position(row), value))
        return plot.plot.mapFromScene(place)

    old = float(before[row, 0])
    new = old + 0.3 * (box.viewRange()[1][1] - old)
    viewport, left = plot.plot.viewport(), Qt.MouseButton.LeftButton
    sunspots.qtbot.mousePress(viewport, left, pos=pixel(old))
    for share in (0.3, 0.6, 1.0):
        sunspots.qtbot.mouseMove(viewport, pixel(old + share * (new - old)))
    sunspots.qtbot.mouseRelease(viewport, left, pos=pixel(new))
    (change,) = plot._supposed.changes
    assert change.row == row and change.value > old + 0.5 * (new - old)
    answer = answered(sunspots)
    np.testing.assert_allclose(answer, complete(forecast_if(run, 0, 12, (change,))))
    assert not np.allclose(answer, plot._response.closed_loop)
    assert "1 value is supposed" in plot.said.text()
    np.testing.assert_array_equal(sunspots.session.experiment.dataset.values, before)
    assert not sunspots.session.is_modified or sunspots.session.experiment is run
    sunspots.click(plot.put_back)
    sunspots.until(lambda: plot._answer is None)
    assert not plot.is_supposing and "supposed" not in plot.said.text()
    assert window.forecast._response is not None


def test_the_keyboard_supposes_a_value_and_escape_puts_it_back(airline: Driver) -> None:
    plot, forecaster = airline.window.forecast, airline.session.document.forecaster
    airline.click(plot.what_if)
    row = forecaster.dataset.rows - 1
    assert plot.cursor_row == row
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Up):
        airline.qtbot.keyClick(plot.plot, key)
    (change,) = plot._supposed.changes
    assert change.row == row - 1 and change.value > forecaster.dataset.values[row - 1, 0]
    answered(airline)
    airline.until(lambda: np.allclose(plot._answer, complete(forecast_if(forecaster, 0, 12, (change,)))))
    airline.qtbot.keyClick(plot.plot, Qt.Key.Key_Escape)
    assert not plot.is_supposing
    airline.until(lambda: plot._answer is None)


def test_what_is_known_ahead_is_said_to_hold_its_last_value(prices: Driver) -> None:
    words = prices.window.workspaces.forecast.words.text()
    held = "'price' holds its last value beyond the data"
    said = f"{held}; give what is known ahead in Other Data…, or try values with What If."
    assert said in words and "Errors are those of" in words


def test_what_is_known_ahead_can_be_supposed_beyond_the_data(prices: Driver) -> None:
    plot, run = prices.window.forecast, prices.session.experiment
    prices.click(plot.what_if)
    plot.changed_column.setCurrentText("price")
    row = run.dataset.rows + 2
    plot.suppose(row, 5.0)
    answer = answered(prices)
    expected = complete(forecast_if(run, 0, 12, (ChangedValue("price", row, 5.0),)))
    np.testing.assert_allclose(answer, expected)
    np.testing.assert_allclose(answer[:2], plot._response.closed_loop[:2])
    assert not np.isclose(answer[2], plot._response.closed_loop[2])
    plot.changed_column.setCurrentText("sales")
    plot.suppose(row, 5.0)  # what is forecast cannot be changed
    assert len(plot._supposed.changes) == 1


def test_training_puts_back_what_was_supposed(sunspots: Driver) -> None:
    plot = sunspots.window.forecast
    sunspots.click(plot.what_if)
    plot.suppose(300, 10.0)
    answered(sunspots)
    sunspots.configure(epochs=12)
    sunspots.train()
    until_tested(sunspots)
    assert not plot.is_supposing and plot._answer is None


# -- many series --------------------------------------------------------------------------------------


def test_the_worst_series_are_listed_and_a_click_goes_to_one(shops: Driver) -> None:
    window = shops.window
    assert window.places.is_offered("worst") and window.places.is_offered("series_errors")
    found = window.outlook.backtest.backtest
    worst = found.model.by_sequence.worst_first()[:10]
    assert window.worst.table.rowCount() == 10
    assert window.worst.table.item(0, 0).text() == found.dataset.panel.title(int(worst[0]))
    place = int(worst[1])
    window.worst.table.cellClicked.emit(1, 0)
    rows = found.dataset.panel.rows_of(place)
    np.testing.assert_array_equal(window.forecast.dataset.values, found.dataset.values[rows])
    beyond = window.outlook.forecast.outlook.response.beyond[place]
    np.testing.assert_array_equal(window.forecast._response.closed_loop, beyond)
    assert window.forecast.place.sequences.text() == found.dataset.panel.title(place)
    errors = columns_of(window.series_errors)
    assert len(errors["mase"]) == 15


def test_residuals_of_many_series_are_drawn_once_they_are_looked_at(shops: Driver) -> None:
    window = shops.window
    found = window.outlook.backtest.backtest.residuals[0]
    assert not window.residuals.isVisible()
    window.workspaces.forecast.show_view("residuals")
    shops.until(window.residuals.isVisible)
    rows, errors = window.residuals._errors.getData()
    np.testing.assert_array_equal(rows, found.rows)
    np.testing.assert_allclose(errors, found.errors)


def test_no_heading_of_the_errors_in_numbers_is_cut(shops: Driver) -> None:
    table, header = shops.window.horizon_table.table, shops.window.horizon_table.table.horizontalHeader()
    shops.window.workspaces.forecast.show_view("horizon_table")
    shops.until(table.isVisible)
    for width in (620, 720, 1_100):
        shops.window.horizon_table.resize(width, 300)
        for column in range(table.columnCount()):
            assert header.sectionSize(column) >= header.sectionSizeHint(column)


def test_views_of_the_test_on_the_past_say_what_they_wait_for(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = Event()

    def held(*wanted: object) -> Iterator[float]:
        while not may_end.wait(0.01):
            yield 0.0
        return (yield from jobs_of.test_back(*wanted))

    monkeypatch.setattr(standing_backtest, "test_back", held)
    trained_table(driver, write_shops(tmp_path), DataConfig(columns=("sales",)), "shop")
    driver.trigger("workspace_forecast")
    window, backtest = driver.window, driver.window.outlook.backtest
    names = ("horizons", "leaderboard", "coverage", "residuals", "series_errors", "worst")
    tested = [getattr(window, name) for name in names]
    driver.until(lambda: backtest.is_working)
    for view in tested:
        assert view.words_instead == backtest.words and "are being compared" in view.words_instead
        assert view.picture.isHidden() and not view.button("export-image").isEnabled()
    backtest.cancel()
    driver.until(lambda: not backtest.is_working)
    assert "cancelled" in window.horizons.words_instead
    may_end.set()
    backtest.begin_again()
    until_tested(driver)
    for view in tested:
        assert not view.words_instead and not view.picture.isHidden() and view.button("export-data").isEnabled()


def test_one_series_has_no_views_of_many(sunspots: Driver) -> None:
    places = sunspots.window.places
    assert not places.is_offered("worst") and not places.is_offered("series_errors")
