"""The views of the errors of symbols: bars, curve and the paper's sentence, held against numbers computed apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QToolButton

from elman_core.analysis.symbol_errors import area_under_curve
from elman_core.analysis.units import Layer, Unit
from elman_gui.dialogs.picture_dialog import PictureDialog
from elman_gui.views.symbols.position_plot import PositionPlot, Way
from elman_gui.window.main_window import MainWindow

LETTERS = "manyyearsagoaboyandgirllivedbytheseatheyplayedhappily"
CAPITALS = "ManyYearsAgoABoyAndGirlLivedByTheSeaTheyPlayedHappily"


def look_at_errors(driver: Driver, name: str, epochs: int = 2) -> PositionPlot:
    """Open an experiment, train it a little, and bring its errors to the front."""
    window = driver.window
    if not window.actions_by_name["inside"].isChecked():
        driver.trigger("inside")
    driver.open_built_in(name)
    driver.configure(epochs=epochs)
    driver.train()
    window.guide.link_pressed.emit("view:errors")
    assert window.workspaces.learn.closer_look.shown == "Errors"
    driver.until(lambda: window.inside.places.data().names)
    driver.until(lambda: window.inspection.now.epoch == epochs)
    return window.inside.places


def expected_errors(driver: Driver) -> NDArray[np.float64]:
    """The error of every row but the first, from the response."""
    response, values = driver.window.context._response, driver.session.experiment.dataset.values
    assert response.first_row == 1
    return np.sqrt(((response.one_step - values[1:]) ** 2).mean(axis=1))


def by_place(errors: NDArray[np.float64], places: NDArray[np.int64]) -> list[float]:
    return [float(np.sqrt((errors[places == place] ** 2).mean())) for place in range(places.max() + 1)]


def heights(view: PositionPlot) -> list[float]:
    """All bars from left to right."""
    bars = [
        (x, height)
        for item in (view._bars, view._firsts)
        for x, height in zip(item.opts["x"], item.opts["height"], strict=True)
    ]
    return [height for _, height in sorted(bars)]


def choose(driver: Driver, view: PositionPlot, way: Way) -> None:
    """Choose by keyboard what stands under the bars."""
    driver.qtbot.keyClick(view.way, Qt.Key.Key_Home)
    while view.way.currentData() is not way:
        before = view.way.currentIndex()
        driver.qtbot.keyClick(view.way, Qt.Key.Key_Down)
        assert view.way.currentIndex() == before + 1


def plain_sentence_errors(w1: NDArray[np.floating], w2: NDArray[np.floating]) -> NDArray[np.float64]:
    """Read the sentence letter by letter, after its last one, from a context of one half."""
    code = np.array([[int(bit) for bit in f"{ord(letter) - 96:05b}"] for letter in LETTERS], np.float64)
    context, errors = np.full(w1.shape[1], 0.5), []
    for x, target in zip(np.roll(code, 1, axis=0), code, strict=True):
        context = 1 / (1 + np.exp(-np.concatenate([x, context, [1]]) @ w1))
        y = 1 / (1 + np.exp(-np.concatenate([context, [1]]) @ w2))
        errors.append(np.sqrt(((y - target) ** 2).mean()))
    return np.array(errors)


def test_there_is_a_bar_for_each_place_in_the_triple(driver: Driver, window: MainWindow) -> None:
    view = look_at_errors(driver, "temporal-xor")
    places = driver.session.experiment.dataset.symbols.position[1:]
    expected = by_place(expected_errors(driver), places)
    driver.until(lambda: np.allclose(heights(view), expected))
    names, columns = view.data().names, view.data().columns
    assert names == ("place", "rmse", "mean_error", "cases")
    assert columns[0].tolist() == [1, 2, 3]
    assert columns[3].tolist() == [1000, 1000, 1000]
    assert view._says_half.isVisible()
    assert view._says_half.value() == 0.5
    assert view.plot.getPlotItem().getAxis("bottom").labelText == "place in the triple"
    window.grab()


def test_a_cycle_of_any_length_is_chosen_by_keyboard(driver: Driver, window: MainWindow) -> None:
    view = look_at_errors(driver, "letters")
    assert view.length.isHidden()
    choose(driver, view, Way.CYCLE)
    assert not view.length.isHidden()
    view.length.selectAll()
    driver.qtbot.keyClicks(view.length, "7")
    driver.qtbot.keyClick(view.length, Qt.Key.Key_Return)
    driver.until(lambda: len(heights(view)) == 7)
    errors = expected_errors(driver)
    np.testing.assert_allclose(heights(view), by_place(errors, np.arange(1, len(errors) + 1) % 7))
    driver.qtbot.keyClick(view.length, Qt.Key.Key_Up)
    driver.until(lambda: len(heights(view)) == 8)
    assert (view.length.minimum(), view.length.maximum()) == (2, 50)
    driver.configure(epochs=3)  # other settings of the same stream leave the choice as it is
    assert view.way.currentData() is Way.CYCLE


def test_a_bar_pointed_at_tells_its_error_and_its_cases(driver: Driver, window: MainWindow) -> None:
    view = look_at_errors(driver, "letters")
    _, rmse, _, cases = view.data().columns
    box = view.plot.getPlotItem().getViewBox()
    view._follow_mouse(box.mapViewToScene(QPointF(2.1, 0.01)))
    assert view.text == f"{rmse[1]:.3f}; {int(cases[1]):,} cases"
    driver.qtbot.keyClick(view.plot, Qt.Key.Key_Right)
    assert view.text == f"{rmse[2]:.3f}; {int(cases[2]):,} cases"
    driver.qtbot.keyClick(view.plot, Qt.Key.Key_Home)
    assert view.text.startswith(f"{rmse[0]:.3f}")
    view._follow_mouse(QPointF(-5, -5))
    assert view.text == ""


def test_the_curve_has_the_area_of_the_scorecard(driver: Driver, window: MainWindow) -> None:
    look_at_errors(driver, "words")
    begins = driver.session.experiment.dataset.symbols.position[1:] == 0
    area = area_under_curve(expected_errors(driver), begins)
    window.workspaces.learn.show_view("roc")
    driver.until(lambda: window.inside.roc.area.text() == f"area {area:.3f}")
    across, up, thresholds = window.inside.roc.data().columns
    assert np.trapezoid(up, across) == pytest.approx(area)
    assert (np.diff(across) >= 0).all()
    assert (np.diff(up) >= 0).all()
    assert (np.diff(thresholds) < 0).all()


def test_a_stream_without_groups_has_cycles_only(driver: Driver, window: MainWindow) -> None:
    view = look_at_errors(driver, "letters")
    experiment = driver.session.experiment
    symbols = replace(experiment.dataset.symbols, position=None, group="")
    dataset = replace(experiment.dataset, symbols=symbols)
    view.show_dataset(dataset)
    window.inside.roc.show_dataset(dataset)
    assert [view.way.itemData(index) for index in range(view.way.count())] == [Way.CYCLE]
    assert not window.inside.roc.isVisible()


# -- the paper's sentence ---------------------------------------------------------------------------


def test_the_papers_sentence_is_read_by_the_network_as_it_is(driver: Driver, window: MainWindow) -> None:
    view = look_at_errors(driver, "words")
    choose(driver, view, Way.SENTENCE)
    weights = driver.session.experiment.weights
    expected = plain_sentence_errors(weights.w1[0], weights.w2[0])
    driver.until(lambda: len(heights(view)) == 53)
    np.testing.assert_allclose(heights(view), expected, atol=1e-5)
    assert "".join(view._labels) == CAPITALS
    firsts = [letter.isupper() for letter in CAPITALS]
    assert [x - 1 for x in view._firsts.opts["x"]] == np.nonzero(firsts)[0].tolist()
    data = dict(zip(view.data().names, view.data().columns, strict=True))
    assert "".join(chr(int(code)) for code in data["letter_code"]) == LETTERS
    assert data["first_of_word"].tolist() == firsts
    driver.qtbot.keyClick(view.plot, Qt.Key.Key_Home)
    assert view.text == f"m, first: {expected[0]:.3f}"
    window.grab()


def test_the_sentence_goes_back_in_time_and_feels_lesions(driver: Driver, window: MainWindow) -> None:
    view = look_at_errors(driver, "words")
    choose(driver, view, Way.SENTENCE)
    now = heights(view)
    point = driver.session.experiment.history.path.points[0]
    window.inspection.view(0)
    expected = plain_sentence_errors(point.w1, point.w2)
    driver.until(lambda: np.allclose(heights(view), expected, atol=1e-5))
    window.inspection.view(None)
    driver.until(lambda: np.allclose(heights(view), now))
    window.inspection.hold({Unit(Layer.CONTEXT, 4): 0.0}, "Lesion")
    w1 = driver.session.experiment.weights.w1[0].copy()
    w1[5 + 4] = 0  # nothing comes from that context unit
    expected = plain_sentence_errors(w1, driver.session.experiment.weights.w2[0])
    driver.until(lambda: np.allclose(heights(view), expected, atol=1e-5))
    assert not np.allclose(heights(view), now, atol=1e-3)


def test_only_the_experiment_with_words_offers_the_sentence(driver: Driver, window: MainWindow) -> None:
    view = look_at_errors(driver, "words")
    choose(driver, view, Way.SENTENCE)
    driver.open_built_in("letters")
    assert view.way.findData(Way.SENTENCE) == -1
    assert view.way.currentData() is Way.GROUP


# -- where it is, and taking it out -----------------------------------------------------------------


def test_the_page_is_offered_for_symbols_only(driver: Driver, window: MainWindow) -> None:
    pages = window.workspaces.learn.closer_look
    assert "Errors" not in pages.names
    look_at_errors(driver, "temporal-xor")
    assert "Errors" in pages.names
    driver.open_built_in("sine")
    assert "Errors" not in pages.names
    assert window.workspaces.learn.closer_look.shown == "Weights"


def test_all_tabs_have_room_for_their_names(driver: Driver, window: MainWindow) -> None:
    look_at_errors(driver, "temporal-xor")
    for tab in window.workspaces.learn.closer_look.findChildren(QToolButton, "tab"):
        if tab.isVisible():
            assert tab.width() >= tab.fontMetrics().horizontalAdvance(tab.text()) + 8
            assert tab.geometry().right() <= tab.parentWidget().width()


@pytest.mark.parametrize("name", ["places", "roc"])
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_both_plots_are_taken_out_as_pictures(
    driver: Driver, window: MainWindow, name: str, suffix: str, tmp_path: Path
) -> None:
    look_at_errors(driver, "temporal-xor")
    view, path = getattr(window.inside, name), tmp_path / f"errors{suffix}"
    driver.file_dialogs_give(path)
    driver.click(view.button("export-image"))
    driver.opened(PictureDialog).accept()
    driver.until(lambda: window.notice.text.text() == f"Saved as {path}")
    assert not QImage(str(path)).isNull() if suffix == ".png" else b"<svg" in path.read_bytes()
