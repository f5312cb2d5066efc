"""What the plots show, the time cursor, themes, layout, and taking plots out of the window."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import QApplication

from elman_core.support.jobs import complete
from elman_gui.dialogs.picture_dialog import PictureDialog
from elman_gui.theme import DARK, LIGHT, ThemeChoice, theme_for
from elman_gui.views.card import PlotCard
from elman_gui.window.main_window import MainWindow
from elman_gui.workspaces.splitter import Splitter

CARDS = ("fit", "context", "loss")


@pytest.fixture
def trained(driver: Driver) -> Driver:
    driver.configure(epochs=10)
    driver.train()
    return driver


@pytest.fixture(params=CARDS)
def card(request: pytest.FixtureRequest, trained: Driver) -> PlotCard:
    view: PlotCard = getattr(trained.window, request.param)
    return view


# -- what is shown ------------------------------------------------------------------------------------


def test_the_plots_show_the_numbers_of_the_snapshot(driver: Driver, window: MainWindow) -> None:
    shown = []
    driver.session.run.snapshot_changed.connect(shown.append)
    driver.configure(epochs=10)
    driver.train()
    response, dataset = shown[-1].response, driver.session.experiment.dataset
    assert np.array_equal(window.fit._target.yData, dataset.values[:, 0])
    assert np.array_equal(window.fit._one_step.xData, dataset.axis.positions[response.first_row :])
    assert np.array_equal(window.fit._one_step.yData, response.one_step[:, 0])
    assert np.array_equal(window.fit._free_run.yData[1:], response.closed_loop[:, 0])
    assert window.fit._free_run.yData[0] == dataset.values[response.closed_loop_row - 1, 0]
    assert np.array_equal(window.context._image.image[:, 1:], response.hidden[:-1].T)
    assert not window.context._image.image[:, 0].any()
    assert tuple(window.context._image.levels) == (-1.0, 1.0)


def test_the_loss_is_per_time_step_with_the_best_epoch_marked(trained: Driver, window: MainWindow) -> None:
    history, steps = trained.session.experiment.history, trained.session.experiment.dataset.train_steps
    assert np.allclose(window.loss._train.yData, history.train[:, 0] / steps)
    assert window.loss._best.xData.tolist() == [history.best_epoch + 1]
    assert f"best: {history.best_epoch + 1}" in [entry.text for entry in window.loss.legend._shown]


def test_values_that_are_not_finite_do_not_spoil_the_picture(trained: Driver, window: MainWindow) -> None:
    snapshot = complete(trained.session.run._worker._trainer.snapshot())
    snapshot.response.one_step[3] = np.inf
    snapshot.response.closed_loop[:] = np.nan
    snapshot.response.hidden[2] = np.nan
    window.fit.show_snapshot(snapshot)
    window.context.show_snapshot(snapshot)
    assert len(window.fit._one_step.yData) == len(snapshot.response.one_step) - 1
    assert np.isfinite(window.context._image.image).all()


def test_show_whole_series_comes_back_from_any_zoom(trained: Driver, window: MainWindow) -> None:
    view = window.fit.plot.getViewBox()
    window.fit.plot.setXRange(3, 4, padding=0)
    assert np.allclose(window.context.plot.getViewBox().viewRange()[0], [3, 4], atol=0.2)  # one time axis
    trained.trigger("show_all")
    low, high = view.viewRange()[0]
    axis = trained.session.experiment.dataset.axis
    assert low <= axis.positions[0] and high >= axis.extended(20)[-1]


# -- the time cursor ----------------------------------------------------------------------------------


def test_the_cursor_follows_the_mouse_and_runs_through_both_plots(trained: Driver, window: MainWindow) -> None:
    dataset = trained.session.experiment.dataset
    row = 7
    box = window.fit.plot.getPlotItem().getViewBox()
    window.fit.plot.scene().sigMouseMoved.emit(box.mapViewToScene(QPointF(dataset.axis.positions[row], 0.0)))
    for view in (window.fit, window.context):
        assert view.cursor_row == row
        assert view._cursor.isVisible()
        assert view._cursor.value() == dataset.axis.positions[row]


@pytest.mark.parametrize("name", ["fit", "context"])
def test_keys_move_the_cursor_in_a_plot(trained: Driver, window: MainWindow, name: str) -> None:
    plot = getattr(window, name).plot
    last = len(window.fit._positions) - 1
    rows = []
    keys = (Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_End, Qt.Key.Key_Right)
    for key in keys:
        trained.qtbot.keyClick(plot, key)
        rows.append((window.fit.cursor_row, window.context.cursor_row))
    assert rows == [(0, 0), (1, 1), (2, 2), (1, 1), (last, last), (last, last)]


@pytest.mark.parametrize(("row", "words"), [(0, 2), (5, 3), (20, 3), (25, 2)])
def test_the_readout_has_the_numbers_of_the_row(trained: Driver, window: MainWindow, row: int, words: int) -> None:
    window.selection.move_cursor(row)
    names, columns = window.fit.data().names, window.fit.data().columns
    assert names[2:] == ("one_step", "free_run")
    position, *numbers = (column[row] for column in columns)
    expected = [f"{window.fit.dataset.axis.label} {position:.10g}"]
    for name, number in zip(("target", "one step", "free run"), numbers, strict=True):
        if np.isfinite(number):
            expected.append(f"{name} {number:.4g}")
    assert window.fit.readout.text().split("  ") == expected
    assert len(expected) == words


def test_the_readout_follows_the_network_while_it_learns(driver: Driver, window: MainWindow) -> None:
    window.selection.move_cursor(5)
    before = window.fit.readout.text()
    driver.configure(epochs=50)
    window.selection.move_cursor(5)
    driver.train()
    assert window.fit.readout.text() != before
    assert f"one step {window.fit.data().columns[2][5]:.4g}" in window.fit.readout.text()


# -- out of the window --------------------------------------------------------------------------------


def export(driver: Driver, card: PlotCard, path: Path, kind: str) -> None:
    driver.file_dialogs_give(path)
    driver.click(card.button(f"export-{kind}"))
    if kind == "image":
        driver.opened(PictureDialog).accept()
    driver.until(lambda: driver.window.notice.text.text() == f"Saved as {path}")


def test_a_plot_is_exported_as_png_of_twice_its_size(trained: Driver, card: PlotCard, tmp_path: Path) -> None:
    size = card.plot.size()
    export(trained, card, tmp_path / "plot.png", "image")
    image = QImage(str(tmp_path / "plot.png"))
    assert image.size() == size * 2
    colors = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 3)}
    assert len(colors) > 5  # more than ground and frame


def test_a_plot_is_exported_as_svg(trained: Driver, card: PlotCard, tmp_path: Path) -> None:
    size = card.plot.size() * 2
    export(trained, card, tmp_path / "plot.svg", "image")
    root = ElementTree.parse(tmp_path / "plot.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox") == f"0 0 {size.width()} {size.height()}"
    assert root.findtext("{http://www.w3.org/2000/svg}title") == card.title.text()
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        scale = float(group.get("transform", "matrix(1)").removeprefix("matrix(").rstrip(")").split(",")[0])
        drawn = [child.tag for child in group if child.get("vector-effect") == "non-scaling-stroke"]
        drawn = [tag for tag in drawn if tag.endswith(("path", "polyline"))]
        assert not drawn or abs(scale) in (0, 1), "a reader without non-scaling pens draws this line too wide"


def test_a_plot_is_exported_as_csv_with_the_numbers_shown(trained: Driver, card: PlotCard, tmp_path: Path) -> None:
    export(trained, card, tmp_path / "plot.csv", "data")
    header, *rows = csv.reader((tmp_path / "plot.csv").read_text().splitlines())
    names = card.data().names
    assert tuple(header[: len(names)]) == names
    assert header[len(names) :] == ([] if "epoch" in names else ["epoch"])  # of the network that is shown
    assert header[-1] != "epoch" or {row[-1] for row in rows} == {"10"}
    numbers = np.array([[float(cell or "nan") for cell in row[: len(names)]] for row in rows])
    assert len(numbers) > 0
    assert np.array_equal(numbers.T, np.array(card.data().columns), equal_nan=True)


@pytest.mark.parametrize("name", CARDS)
def test_plots_are_exported_from_the_menu_too(trained: Driver, window: MainWindow, name: str, tmp_path: Path) -> None:
    for kind, suffix in (("image", ".png"), ("data", ".csv")):
        path = tmp_path / f"{name}{suffix}"
        trained.file_dialogs_give(path)
        trained.use(getattr(window, name))
        trained.trigger(f"export_{kind}")
        if kind == "image":
            trained.opened(PictureDialog).accept()
        trained.until(lambda path=path: window.notice.text.text() == f"Saved as {path}")
    header = (tmp_path / f"{name}.csv").read_text().splitlines()[0]
    assert header.removesuffix(",epoch") == ",".join(getattr(window, name).data().names)
    assert not QImage(str(tmp_path / f"{name}.png")).isNull()


@pytest.mark.parametrize("name", ["plot.jpg", "missing/plot.png"])
def test_an_export_that_cannot_be_made_is_a_sentence(
    driver: Driver, window: MainWindow, tmp_path: Path, name: str
) -> None:
    window.documents.export_image(window.fit, tmp_path / name)
    text = driver.dismiss_problem()
    assert "plot" in text and "unexpected" not in text


# -- themes and layout --------------------------------------------------------------------------------


@pytest.mark.parametrize("choice", list(ThemeChoice))
def test_a_theme_colours_everything_and_is_kept(driver: Driver, settings: QSettings, choice: ThemeChoice) -> None:
    window = driver.window
    driver.trigger(f"theme_{choice.value}")
    theme = theme_for(choice)
    assert theme is {ThemeChoice.LIGHT: LIGHT, ThemeChoice.DARK: DARK}.get(choice, theme)
    assert QApplication.palette().color(QPalette.ColorRole.Window).name().upper() == theme.ground
    assert window.fit.plot.backgroundBrush().color().name().upper() == theme.card
    assert window.fit._one_step.opts["pen"].color().name().upper() == theme.one_step
    assert [other for other in ThemeChoice if window.actions_by_name[f"theme_{other.value}"].isChecked()] == [choice]
    assert settings.value("theme") == choice.value


def test_a_second_window_looks_as_the_first_was_left(
    driver: Driver, settings: QSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = driver.window
    driver.resize(780, 640)  # narrower than the screen of the platform "offscreen"
    first.workspaces.learn.unfold_left()
    (columns,) = first.workspaces.learn.findChildren(Splitter, "columns")
    border = columns.handle(1)
    driver.qtbot.mousePress(border, Qt.MouseButton.LeftButton)
    driver.qtbot.mouseMove(border, QPoint(-20, 0))
    driver.qtbot.mouseRelease(border, Qt.MouseButton.LeftButton, pos=QPoint(-20, 0))
    first.transport.set_speed(20.0)
    driver.trigger("theme_dark")
    (tmp_path / "kept.csv").touch()
    first.recent.add(tmp_path / "kept.csv")
    driver.worker_answers()
    driver.until_laid_out()
    sizes = columns.sizes()
    assert sizes != columns.first_sizes
    first.close()
    settings.sync()

    again = QSettings(settings.fileName(), QSettings.Format.IniFormat)
    second = Driver(driver.qtbot, monkeypatch, again, speed=None)
    try:
        window = second.window
        assert (window.width(), window.height()) == (780, 640)
        assert window.left.isVisible()
        (columns,) = window.workspaces.learn.findChildren(Splitter, "columns")
        assert columns.sizes() == sizes
        assert second.session.run.speed == window.transport.chosen_speed == 20.0
        assert window.theme_choice is ThemeChoice.DARK
        assert window.recent.paths() == [tmp_path / "kept.csv"]
    finally:
        second.destroy()


def test_settings_that_make_no_sense_do_not_keep_the_window_from_opening(
    driver: Driver, settings: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("theme", "speed", "layout/geometry", "recent"):
        settings.setValue(name, "nonsense")
    second = Driver(driver.qtbot, monkeypatch, settings, speed=None)
    try:
        assert second.window.theme_choice is ThemeChoice.SYSTEM
        assert second.session.run.speed == second.window.transport.chosen_speed
    finally:
        second.destroy()


def test_the_window_can_be_as_small_as_a_small_screen(driver: Driver, window: MainWindow) -> None:
    driver.resize(960, 600)
    right = window.transport.predict.mapTo(window, window.transport.predict.rect().bottomRight())
    assert right.x() <= 960


@pytest.mark.parametrize("epochs", [1, 2, 3, 7])
def test_epochs_have_no_tick_between_two_of_them(driver: Driver, window: MainWindow, epochs: int) -> None:
    driver.configure(epochs=epochs)
    driver.train()
    axis = window.loss.plot.getPlotItem().getAxis("bottom")
    low, high = window.loss.plot.getViewBox().viewRange()[0]
    ticks = [place for _, places in axis.tickValues(low, high, axis.size().width()) for place in places]
    assert ticks and all(float(place).is_integer() for place in ticks)
