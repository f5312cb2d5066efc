"""The window that forecasts: what is shown follows its fields, is what is exported, and says how good it is."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import Qt

from elman_core.cli.app import main
from elman_core.config import DataConfig
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.experiments import SERIES_NETWORK, SERIES_TRAINING, begin
from elman_core.storage.model_file import save_model
from elman_core.support.jobs import complete
from elman_gui.dialogs.predict_dialog import PredictDialog
from elman_gui.document import OpenDocument
from elman_gui.threads.job import JobThread

OTHER = [500.0 + 3 * (n % 5) for n in range(14)] + [20.0]


def written(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def forecast(driver: Driver) -> PredictDialog:
    """The window of the sunspots' forecast."""
    driver.open_built_in("sunspots")
    driver.configure(epochs=10)
    driver.train()
    return driver.predict_dialog()


@pytest.fixture
def closing(driver: Driver) -> Callable[[PredictDialog], None]:
    return lambda dialog: driver.click(dialog.close_button)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.csv"
    path.write_text("spots\n" + "".join(f"{value}\n" for value in OTHER))
    return path


def use_series(driver: Driver, dialog: PredictDialog, path: Path) -> None:
    driver.file_dialogs_give(path)
    with driver.signal(dialog.forecast_made):
        driver.click(dialog.choose_series)


def type_steps(driver: Driver, dialog: PredictDialog, steps: int) -> None:
    dialog.steps.setFocus()
    dialog.steps.selectAll()
    driver.qtbot.keyClicks(dialog.steps, str(steps))


def test_steps_that_are_typed_are_exported_without_another_click(
    driver: Driver, forecast: PredictDialog, tmp_path: Path
) -> None:
    path = tmp_path / "f.csv"
    driver.file_dialogs_give(path)
    type_steps(driver, forecast, 17)
    driver.click(forecast.export)
    driver.until(lambda: forecast.summary.text() == f"Saved: {path}")
    rows = written(path)
    assert len(rows) == 309 + 17
    low, high = (f"SUNACTIVITY ({side} 90)" for side in ("lower", "upper"))
    assert rows[308][low] == "" and float(rows[309][low]) < float(rows[309]["SUNACTIVITY (forecast)"]) < float(
        rows[309][high]
    )
    assert forecast._forecast is not None and len(forecast._forecast.response.closed_loop) == 17
    driver.click(forecast.close_button)


def test_the_forecast_follows_the_steps_by_itself(driver: Driver, forecast: PredictDialog) -> None:
    with driver.signal(forecast.forecast_made, lambda made: len(made.response.closed_loop) == 8):
        type_steps(driver, forecast, 8)
    assert "then 8 steps on" in forecast.summary.text()
    with driver.signal(forecast.forecast_made, lambda made: len(made.response.closed_loop) == 1):
        type_steps(driver, forecast, 1)
    assert "then 1 step on" in forecast.summary.text()
    driver.click(forecast.close_button)


def test_a_choice_that_fails_leaves_nothing_to_export(driver: Driver, forecast: PredictDialog, tmp_path: Path) -> None:
    broken, path = tmp_path / "broken.csv", tmp_path / "f.csv"
    broken.write_text("a,b\nx,y\n")
    forecast.use_series(broken)
    forecast.export_to(path)
    driver.until(lambda: forecast.problem.isVisible() and not forecast.bar.isVisible())
    assert not forecast.export.isEnabled() and not path.exists()
    driver.click(forecast.close_button)


def test_another_series_has_no_parts_but_errors_and_a_warning(
    driver: Driver, forecast: PredictDialog, other: Path
) -> None:
    assert forecast.plot._bands.bands and "On the 47 rows of the test part" in forecast.summary.text()
    assert not forecast.warning.isVisible()
    use_series(driver, forecast, other)
    assert not forecast.plot._bands.bands
    assert forecast._forecast is not None and forecast._forecast.another is not None
    scores = forecast._forecast.another.scores
    assert scores is not None
    expected = np.sqrt(np.mean(np.diff(OTHER) ** 2))
    assert f"{scores.network.rmse:.4g} of the network, {expected:.4g} of persistence and" in forecast.summary.text()
    assert "14 of 15 values of SUNACTIVITY lie outside the range of the training part" in forecast.warning.text()
    with driver.signal(forecast.forecast_made):
        driver.click(forecast.own_series)
    assert forecast.plot._bands.bands and not forecast.warning.isVisible()
    driver.click(forecast.close_button)


def test_the_end_of_the_series_and_the_forecast_are_shown_first_and_all_on_demand(
    driver: Driver, forecast: PredictDialog
) -> None:
    view = forecast.plot.plot.getPlotItem().getViewBox()
    axis = forecast._forecast.trained.dataset.axis
    (left, right), (bottom, top) = view.viewRange()
    ahead = axis.extended(50)
    assert right >= ahead[-1] and (right - axis.positions[-1]) / (right - left) > 0.3
    assert left > axis.positions[150]
    free = forecast._forecast.response.closed_loop
    assert bottom <= free.min() and top >= free.max()
    driver.click(forecast.whole)
    assert view.viewRange()[0][0] <= axis.positions[0] and view.viewRange()[0][1] >= ahead[-1]
    driver.click(forecast.whole)
    assert view.viewRange()[0] == pytest.approx([left, right])
    driver.click(forecast.close_button)


def test_fill_gaps_says_what_was_done_in_training(driver: Driver, tmp_path: Path) -> None:
    path, other = tmp_path / "gaps.csv", tmp_path / "more.csv"
    values = [f"{np.sin(n / 2):.4f}" for n in range(60)]
    values[20] = values[21] = ""
    text = "".join(f"{n},{value}\n" for n, value in enumerate(values))
    path.write_text(f"n,a\n{text}")
    other.write_text(f"n,a\n{text}")
    dialog = driver.import_dialog(path)
    dialog.fill_gaps.setChecked(True)
    driver.take(dialog)
    driver.configure(epochs=2)
    driver.train()
    forecast = driver.predict_dialog()
    assert forecast.fill_gaps.isChecked() and not forecast.fill_gaps.isEnabled()
    use_series(driver, forecast, other)
    assert forecast.fill_gaps.isChecked() and forecast.fill_gaps.isEnabled()
    driver.click(forecast.fill_gaps)
    driver.until(forecast.problem.isVisible)
    assert "have no value" in forecast.problem.text()
    with driver.signal(forecast.forecast_made):
        driver.click(forecast.fill_gaps)
    driver.click(forecast.close_button)


def test_a_text_that_is_typed_is_saved_without_waiting(driver: Driver, tmp_path: Path) -> None:
    driver.learn_text("ma mi mo " * 30)
    driver.configure(epochs=3)
    driver.train()
    dialog = driver.continue_dialog()
    path = tmp_path / "c.txt"
    driver.file_dialogs_give(path)
    dialog.beginning.setFocus()
    dialog.beginning.selectAll()
    driver.qtbot.keyClicks(dialog.beginning, "mi")
    dialog.steps.selectAll()
    driver.qtbot.keyClicks(dialog.steps, "12")
    driver.click(dialog.save)
    driver.until(path.exists)
    assert path.read_text().startswith("mi") and len(path.read_text()) == 2 + 12
    table = tmp_path / "next.csv"
    driver.file_dialogs_give(table)
    driver.click(dialog.next.button("export-data"))
    driver.until(table.exists)
    assert {(row["after"], row["epoch"]) for row in written(table)} == {("mi", "3")}
    dialog.beginning.setText("x")  # which is not in the vocabulary
    driver.until(dialog.problem.isVisible)
    assert not dialog.save.isEnabled() and not dialog.copy.isEnabled()
    driver.click(dialog.close_button)


def test_a_table_that_is_read_again_cannot_be_taken_before_it_is_read(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b\n" + "1;2\n3;5\n" * 200)
    dialog = driver.import_dialog(path)
    dialog.delimiter.setCurrentIndex(dialog.delimiter.findData(","))
    dialog.delimiter.activated.emit(dialog.delimiter.currentIndex())
    dialog.fill_gaps.setChecked(True)  # which looks again at what can be taken
    assert dialog.is_behind and not dialog.take.isEnabled()
    driver.until(lambda: dialog.bar.isHidden())
    driver.change_format(dialog.delimiter, ";")
    assert dialog.take.isEnabled()
    driver.qtbot.keyClick(dialog, Qt.Key.Key_Escape)


# -- what is known ahead --------------------------------------------------------------------------------


@pytest.fixture
def prices(driver: Driver, tmp_path: Path) -> Path:
    """A network that knows prices ahead; return the file of the prices to come, which lacks the third of four."""
    table, future, random = tmp_path / "sales.csv", tmp_path / "future.csv", np.random.default_rng(0)
    price = random.uniform(1, 2, 84)
    months = [f"{2015 + row // 12}-{row % 12 + 1:02}-01" for row in range(84)]
    sales = 100 - 30 * price + random.normal(0, 1, 84)
    rows = [f"{month},{sale:.3f},{cost:.3f}" for month, sale, cost in zip(months, sales, price, strict=True)]
    table.write_text("\n".join(["month,sales,price", *rows[:80]]) + "\n")
    to_come = [f"{month},{cost:.3f}" for month, cost in zip(months[80:], price[80:], strict=True)]
    future.write_text("\n".join(["month,price", *to_come[:2], to_come[3]]) + "\n")
    read, data = complete(read_table(table, detect_format(table))), DataConfig(columns=("sales",), known=("price",))
    training = SERIES_TRAINING.replace(epochs=3, update_every=10, truncation=10)

    def job() -> Iterator[float]:
        yield 0.0
        return OpenDocument(begin("sales", read, data, SERIES_NETWORK, training), read)

    with driver.idle_evaluated():
        driver.session.open(JobThread(job, driver.window), "opening")
    driver.train()
    return future


def test_known_values_of_a_file_are_forecast_with_and_exported_as_the_command_does(
    driver: Driver, prices: Path, tmp_path: Path
) -> None:
    dialog = driver.predict_dialog()
    with driver.signal(dialog.forecast_made, lambda made: len(made.response.closed_loop) == 4):
        type_steps(driver, dialog, 4)
    assert dialog.choose_future.isVisible() and not dialog.last_values.isVisible()
    assert "'price' holds its last value beyond the data" in dialog.summary.text()
    held = dialog._forecast.response.closed_loop
    driver.file_dialogs_give(prices)
    with driver.signal(dialog.forecast_made):
        driver.click(dialog.choose_future)
    assert "future.csv lacks 1 value of 'price', which is known ahead: at 2021-11-01" in dialog.summary.text()
    found = dialog._forecast.response.closed_loop
    assert np.abs(found - held).max() > 1e-6
    own, command = tmp_path / "own.csv", tmp_path / "command.csv"
    driver.file_dialogs_give(own)
    driver.click(dialog.export)
    driver.until(own.exists)
    model = tmp_path / "sales.safetensors"
    save_model(model, driver.session.experiment)
    options = ["--steps", "4", "--future", str(prices), "--interval", "80", "--interval", "90", "--out", str(command)]
    assert main(["predict", str(model), *options]) == 0
    for mine, its in zip(written(own), written(command), strict=True):
        for name in its:
            if name in mine:
                assert mine[name] == its[name] or float(mine[name]) == pytest.approx(float(its[name]), rel=1e-9)
    assert {"sales (forecast)", "sales (lower 90)"} <= set(written(own)[0]) & set(written(command)[0])
    with driver.signal(dialog.forecast_made):
        driver.click(dialog.last_values)
    np.testing.assert_array_equal(dialog._forecast.response.closed_loop, held)
    driver.click(dialog.close_button)


def test_known_values_that_do_not_fit_are_told(driver: Driver, prices: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("month,cost\n2021-09-01,1.5\n2021-10-01,1.6\n")
    dialog = driver.predict_dialog()
    driver.file_dialogs_give(wrong)
    driver.click(dialog.choose_future)
    driver.until(dialog.problem.text)
    assert "wrong.csv lacks 'price', which the model knows ahead" in dialog.problem.text()
    assert dialog.choose_future.isVisible() and dialog.last_values.isVisible()
    driver.click(dialog.close_button)


def test_nothing_is_asked_of_the_future_where_nothing_is_known_ahead(driver: Driver, forecast: PredictDialog) -> None:
    assert not forecast.choose_future.isVisible() and not forecast.future.isVisible()
    driver.click(forecast.close_button)
