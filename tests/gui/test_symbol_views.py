"""The views of texts: what was expected along them, the next symbol, and the scores in bits."""

from __future__ import annotations

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from elman_core.data.dataset import Part
from elman_core.forecasting.metrics import part_scores
from elman_gui.window.main_window import MainWindow

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def text(driver: Driver) -> Driver:
    """A window that has learned a short text a little."""
    driver.learn_text("the cat sees the dog. the dog sees the cat. " * 8)
    driver.configure(epochs=8)
    driver.train()
    return driver


def test_cells_are_probabilities_and_rings_mark_what_came(text: Driver, window: MainWindow) -> None:
    assert window.next_symbol.isVisible()
    symbols, response = text.session.experiment.dataset.symbols, window.inspection.now.response
    image = window.next_symbol._image.image
    rows = np.arange(1, 1 + image.shape[1])
    expected = symbols.vocabulary.probabilities(response.one_step[rows - 1])
    np.testing.assert_allclose(image, expected.T)
    x, y = window.next_symbol._came.getData()
    np.testing.assert_array_equal(x, rows)
    np.testing.assert_array_equal(y, symbols.codes[rows])


def test_rare_symbols_share_a_line(driver: Driver, window: MainWindow) -> None:
    driver.learn_text("".join(letter * (40 - place) for place, letter in enumerate(LETTERS)))
    image = window.next_symbol._image.image
    assert image.shape[0] == 21
    np.testing.assert_allclose(image.sum(axis=0), 1)
    assert window.next_symbol._line_of[LETTERS.index("z")] == 20


def test_the_readout_tells_what_was_expected_and_what_came(text: Driver, window: MainWindow) -> None:
    window.selection.move_cursor(9)
    symbols, response = text.session.experiment.dataset.symbols, window.inspection.now.response
    shares = symbols.vocabulary.probabilities(response.one_step[8])
    words = window.next_symbol.readout.text()
    assert f"expected {symbols.vocabulary.names[int(shares.argmax())].replace(' ', '␣')} (" in words
    assert f"came {symbols.name(9)} (" in words


def test_the_numbers_behind_the_symbols_take_over_the_time_in_view(text: Driver, window: MainWindow) -> None:
    window.next_symbol.plot.setXRange(20, 50, padding=0)
    text.trigger("numbers")
    assert window.fit.isVisible()
    assert not window.next_symbol.isVisible()
    assert window.fit.plot.getPlotItem().getViewBox().viewRange()[0] == pytest.approx([20, 50])
    target = window.fit._target.getOriginalDataset()[1]
    np.testing.assert_array_equal(target, text.session.experiment.dataset.values[:, 0])
    text.trigger("numbers")
    assert window.next_symbol.isVisible()


def test_the_next_symbol_is_shown_at_the_cursor_with_the_one_that_comes(text: Driver, window: MainWindow) -> None:
    window.inside.show_view("next")
    window.selection.move_cursor(5)
    symbols, response = text.session.experiment.dataset.symbols, window.inspection.now.response
    found = window.inside.next.next_symbols
    np.testing.assert_allclose(found.probabilities, symbols.vocabulary.probabilities(response.one_step[5]))
    assert found.before == "the ca"
    assert symbols.vocabulary.names[found.came] == "t"
    lines = window.inside.next._lines(found, 3)
    assert sum(share for _, share, _ in lines) == pytest.approx(1)
    assert [came for _, _, came in lines].count(True) == 1
    window.selection.move_cursor(len(symbols) + 3)
    assert window.inside.next.next_symbols is None


def test_the_scores_are_bits_a_symbol(text: Driver, window: MainWindow) -> None:
    dataset, response = text.session.experiment.dataset, window.inspection.now.response
    found = part_scores(dataset, response.one_step)[Part.TEST]
    assert window.scores.title.text() == "Bits a symbol"
    assert window.scores._cells["network", Part.TEST].text().strip("</b>") == f"{found.symbols.bits:.3g}"
    assert window.scores._cells["linear", Part.TEST].text().strip("</b>") == f"{found.bigrams.bits:.3g}"
    assert f"{100 * found.symbols.right:.0f} % right" in window.scores.verdict.text()
    text.open_built_in("sine")
    assert window.scores.title.text() == "One-step error (RMSE)"


def test_tabs_are_walked_through_with_the_arrow_keys(text: Driver, window: MainWindow) -> None:
    text.resize(1280, 1000)
    pages = window.workspaces.learn.closer_look
    assert pages.names == ["Weights", "States", "Dynamics", "Landscape", "Lesions", "Clusters", "Errors", "Next"]
    first, second = pages.findChildren(QToolButton, "tab")[:2]
    window.activateWindow()
    text.until(window.isActiveWindow)
    first.click()
    first.setFocus()
    text.until(first.hasFocus)
    text.qtbot.keyClick(first, Qt.Key.Key_Right)
    text.until(second.hasFocus)
    assert pages.shown == "States"


def test_a_low_window_shows_fewer_plots(text: Driver, window: MainWindow) -> None:
    text.resize(1280, 1100)
    text.until(lambda: window.errors.isVisible() and window.context.isVisible() and window.loss.isVisible())
    text.resize(960, 600)
    text.until(lambda: sum(view.isVisible() for view in (window.errors, window.context, window.loss)) <= 1)
