"""Plots under the mouse and in little room: the wheel, double clicks, labels, legends and readouts."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget

from elman_core.config import SymbolUnit
from elman_gui.tooltips import wrapped
from elman_gui.views.card import PlotCard
from elman_gui.views.legend import Legend, LegendEntry
from elman_gui.views.time.part_bands import places_of_names
from elman_gui.window.main_window import MainWindow


@pytest.fixture
def trained(driver: Driver) -> Driver:
    driver.configure(epochs=40)
    driver.train()
    return driver


@pytest.fixture
def text(driver: Driver) -> Driver:
    driver.learn_text("a boy sees a girl and a girl sees a boy " * 8, unit=SymbolUnit.CHARACTERS)
    driver.configure(epochs=3)
    driver.train()
    return driver


def ranges(card: PlotCard) -> tuple[list[float], list[float]]:
    x, y = card.plot.getPlotItem().getViewBox().viewRange()
    return x, y


def turn(card: PlotCard, notches: int, share: float = 0.5) -> None:
    """Turn the wheel over a plot, away from the person where there are more than 0 notches."""
    box = card.plot.getPlotItem().getViewBox().sceneBoundingRect()
    at = QPointF(box.left() + share * box.width(), box.center().y())
    angle = QPoint(0, 120 if notches > 0 else -120)
    for _ in range(abs(notches)):
        event = QWheelEvent(
            at, QPointF(card.plot.viewport().mapToGlobal(at.toPoint())), QPoint(), angle,
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QCoreApplication.sendEvent(card.plot.viewport(), event)


def double_click(driver: Driver, card: PlotCard) -> None:
    middle = card.plot.getPlotItem().getViewBox().sceneBoundingRect().center()
    driver.qtbot.mouseDClick(card.plot.viewport(), Qt.MouseButton.LeftButton, pos=middle.toPoint())


# -- the wheel ----------------------------------------------------------------------------------------


def test_the_wheel_zooms_time_and_the_height_follows_what_is_in_view(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("sunspots")
    dataset, (before_x, before_y) = driver.session.experiment.dataset, ranges(window.fit)
    turn(window.fit, 12, share=0.28)
    (left, right), (bottom, top) = ranges(window.fit)
    assert right - left < 0.7 * (before_x[1] - before_x[0])
    positions = dataset.axis.positions
    seen = dataset.values[(positions >= left) & (positions <= right), 0]
    assert bottom < seen.min()
    assert seen.max() < top
    assert top - bottom < before_y[1] - before_y[0]


@pytest.mark.parametrize("name", ["context", "errors", "next_symbol"])
def test_the_wheel_leaves_heights_that_count_units_or_symbols(text: Driver, window: MainWindow, name: str) -> None:
    card: PlotCard = getattr(window, name)
    card.show_all()
    before_x, before_y = ranges(card)
    turn(card, 6)
    after_x, after_y = ranges(card)
    assert after_x[1] - after_x[0] < before_x[1] - before_x[0]
    if name != "errors":  # whose bars are as high as the errors in view
        assert after_y == before_y
    else:
        assert after_y[0] == before_y[0] == 0


def test_the_wheel_zooms_the_epochs_of_the_loss(trained: Driver, window: MainWindow) -> None:
    (before_x, before_y), history = ranges(window.loss), trained.session.experiment.history
    turn(window.loss, 6, share=0.9)
    (left, right), (bottom, top) = ranges(window.loss)
    assert right - left < 0.7 * (before_x[1] - before_x[0])
    epochs = np.arange(1, history.epochs + 1)
    losses = history.train[(epochs >= left) & (epochs <= right), 0] / trained.session.experiment.dataset.train_steps
    assert bottom <= np.log10(losses.min())
    assert np.log10(losses.max()) <= top
    assert top - bottom < before_y[1] - before_y[0]


def test_what_was_zoomed_to_in_the_loss_stays_while_it_trains_on(trained: Driver, window: MainWindow) -> None:
    turn(window.loss, 10)
    zoomed, _ = ranges(window.loss)
    trained.train()  # as many epochs again
    assert trained.session.experiment.history.epochs == 80
    assert ranges(window.loss)[0] == zoomed
    trained.trigger("show_all")
    assert ranges(window.loss)[0][1] >= 80


@pytest.mark.parametrize("name", ["fit", "context", "loss"])
def test_a_double_click_shows_everything_again(trained: Driver, window: MainWindow, name: str) -> None:
    card: PlotCard = getattr(window, name)
    card.show_all()
    whole = ranges(card)
    turn(card, 15)
    assert ranges(card)[0] != whole[0]
    double_click(trained, card)
    np.testing.assert_allclose(ranges(card)[0], whole[0])
    np.testing.assert_allclose(ranges(card)[1], whole[1])


def test_a_double_click_in_a_text_shows_as_much_as_can_be_read(text: Driver, window: MainWindow) -> None:
    window.next_symbol.show_all()
    whole = ranges(window.next_symbol)
    turn(window.next_symbol, 5)
    double_click(text, window.next_symbol)
    np.testing.assert_allclose(ranges(window.next_symbol)[0], whole[0])


# -- labels in little room ----------------------------------------------------------------------------


def labels(card: PlotCard) -> list[tuple[str, QRectF]]:
    """Every label of the axes that is drawn, and where in the scene."""
    found = []
    for side in ("left", "bottom"):
        axis = card.plot.getPlotItem().getAxis(side)
        shown = []
        draw = axis.drawPicture

        def keep(painter, line, ticks, texts, shown=shown, draw=draw):
            shown[:] = texts
            draw(painter, line, ticks, texts)

        axis.drawPicture = keep
        axis.picture = None
        axis.update()  # whose pixels are cached
        card.plot.grab()
        axis.drawPicture = draw
        found += [(text, axis.mapRectToScene(rect)) for rect, _, text in shown]
        if axis.name_rect is not None:
            found.append((axis.labelText, axis.mapRectToScene(axis.name_rect)))
    return found


@pytest.mark.parametrize(
    "size", [(200, 120), (240, 90), (420, 130), (700, 300)], ids=lambda size: f"{size[0]}x{size[1]}"
)
@pytest.mark.parametrize("name", ["fit", "context", "loss"])
def test_no_label_of_a_small_plot_lies_over_another_or_is_cut(
    trained: Driver, window: MainWindow, name: str, size: tuple[int, int]
) -> None:
    card: PlotCard = getattr(window, name)
    card.plot.setFixedSize(*size)
    trained.until(lambda: card.plot.width() == size[0])
    card.plot.grab()
    found = labels(card)
    assert len(found) >= 2
    whole = QRectF(card.plot.viewport().rect()).adjusted(-1, -1, 1, 1)
    for index, (words, rect) in enumerate(found):
        assert whole.contains(rect), words
        for other, place in found[:index]:
            assert not rect.intersects(place), (words, other)
    if size == (700, 300):
        assert card.plot.getPlotItem().getAxis("left").labelText in [words for words, _ in found]


def test_names_of_parts_never_touch_each_other() -> None:
    inside = QRectF(0, 0, 200, 100)
    for boundary in range(0, 220, 5):
        for width in (3, 20, 80):
            bands = [("validation", boundary - width, boundary, 56.0), ("test", boundary, boundary + width, 24.0)]
            bands = [
                (name, max(start, 0.0), min(stop, 200.0), wide)
                for name, start, stop, wide in bands
                if stop > 0 and start < 200
            ]
            places = sorted((left, left + wide) for _, left, wide in places_of_names(bands, inside))
            assert all(inside.left() <= left and right <= inside.right() for left, right in places)
            assert all(right + 4 <= left for (_, right), (left, _) in itertools.pairwise(places))
            if 75 <= boundary <= 150:
                assert len(places) == 2


def test_a_part_with_room_has_its_name_at_its_beginning() -> None:
    places = places_of_names([("validation", 100.0, 300.0, 56.0), ("test", 300.0, 400.0, 24.0)], QRectF(0, 0, 400, 99))
    assert places == [("test", 305.0, 24.0), ("validation", 105.0, 56.0)]


# -- legends ------------------------------------------------------------------------------------------


def test_a_legend_without_room_takes_more_lines_and_never_cuts_a_word(driver: Driver) -> None:
    legend = Legend()
    driver.qtbot.addWidget(legend)
    legend.show_entries(
        [LegendEntry(text, "#000000", "line") for text in ("train", "validation", "best: 599", "others")]
    )
    whole = legend.sizeHint().width()
    assert legend.heightForWidth(whole) == legend.sizeHint().height()
    for width in range(legend.minimumSizeHint().width(), whole, 7):
        places, widths = legend._places(width), legend._widths()
        assert all(x + wide <= width for (x, _), wide in zip(places, widths, strict=True))
        assert legend.heightForWidth(width) > max(line for _, line in places) * legend.sizeHint().height()


def test_the_legend_of_the_loss_is_whole_in_a_narrow_card(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("sunspots")
    driver.configure(epochs=20)
    driver.train()
    legend, card = window.loss.legend, window.loss
    for width in (900, 960, 1280):
        driver.resize(width, 700)
        driver.until(lambda: legend.height() >= legend.heightForWidth(legend.width()))
        assert QRect(QPoint(), card.size()).contains(QRect(legend.mapTo(card, QPoint()), legend.size()))
        others = [widget for widget in card.findChildren(QWidget) if widget.isVisible() and widget is not legend]
        beside = [one for one in others if one.parentWidget() is card]
        assert not any(legend.geometry().intersects(one.geometry()) for one in beside)


# -- readouts and tooltips ----------------------------------------------------------------------------


def test_the_readout_of_hourly_data_has_the_hour(driver: Driver, window: MainWindow, tmp_path: Path) -> None:
    hours = np.datetime64("2024-03-01T00", "h") + np.arange(60)
    lines = [f"{str(hour).replace('T', ' ')}:00,{np.sin(row / 4):.3f}" for row, hour in enumerate(hours)]
    (tmp_path / "hourly.csv").write_text("time,load\n" + "\n".join(lines) + "\n")
    driver.import_table(tmp_path / "hourly.csv")
    window.selection.move_cursor(24)
    assert window.fit.readout.text().startswith("2024-03-02 00:00  target")
    window.selection.move_cursor(25)
    assert window.fit.readout.text().startswith("2024-03-02 01:00  target")


def test_long_tooltips_have_lines_that_can_be_read(trained: Driver, window: MainWindow) -> None:
    trained.build_pages()
    dialog = trained.predict_dialog()
    for root, least in ((window, 80), (dialog, 4)):
        tips = [widget.toolTip() for widget in root.findChildren(QWidget) if widget.toolTip()]
        assert len(tips) > least
        assert [tip for tip in tips if wrapped(tip) != tip] == []
    trained.click(dialog.close_button)


def test_rich_text_and_lines_of_their_own_stay_as_they_are() -> None:
    assert wrapped("<p>" + "word " * 40 + "</p>").count("\n") == 0
    assert wrapped("one\ntwo") == "one\ntwo"
    assert wrapped("") == ""


def test_no_tooltip_covers_what_one_reads(trained: Driver, window: MainWindow) -> None:
    trained.build_pages()
    for view in window.views:
        assert not view.picture.toolTip(), view.title.text()
        assert view.about.text()
