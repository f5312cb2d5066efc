"""The page Damage: networks are damaged beside the window, and what they lose is drawn level by level."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from driving import TIMEOUT, Driver
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from elman_core.analysis.damage.look import ERROR, RIGHT
from elman_core.analysis.damage.study import damage_study
from elman_core.analysis.units import Layer
from elman_core.config.damage import DamageConfig, DamageKind
from elman_core.support.jobs import complete
from elman_gui.controllers.run_state import RunState
from elman_gui.panels.damage_bar import DamageBar
from elman_gui.theme import DARK, LIGHT, Theme
from elman_gui.views.damage.damage_card import DamageCard
from elman_gui.views.damage.kind_signs import sign_of_kind
from elman_gui.views.export import image, svg_bytes
from elman_gui.views.legend import line_pen
from elman_gui.window.main_window import MainWindow
from elman_gui.workspaces.damage import DamagePage


@pytest.fixture
def page(driver: Driver, window: MainWindow) -> DamagePage:
    """The page, in front."""
    driver.trigger("workspace_seeds")
    driver.trigger("page_damage")
    page = window.workspaces.seeds.findChild(DamagePage)
    assert page is not None
    driver.until(lambda: page.isVisible() and window.damage_page.is_built)
    return page


def run(driver: Driver, page: DamagePage, *kinds: DamageKind, levels: int = 4, repeats: int = 2) -> None:
    """Damage the networks in some ways, by default in all, as a person asks for it."""
    if kinds:
        for name, action in page.bar._actions.items():
            action.setChecked(name in kinds)
    page.bar.levels.setValue(levels)
    page.bar.repeats.setValue(repeats)
    driver.click(page.bar.run)
    controller = driver.window.damage.controller
    assert controller.is_working
    driver.until(lambda: not controller.is_working)


def place_of(view: DamageCard, level: float, value: float | None = None) -> QPoint:
    """Where a level is in the plot's widget."""
    box = view.plot.getPlotItem().getViewBox()
    low, high = box.viewRange()[1]
    at = box.mapViewToScene(QPointF(level, (low + high) / 2 if value is None else value))
    return view.plot.mapFromScene(at)


def click_at(driver: Driver, view: DamageCard, level: float, value: float | None = None) -> None:
    driver.qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton, pos=place_of(view, level, value))


def test_nothing_can_be_damaged_before_something_is_learned(
    driver: Driver, window: MainWindow, page: DamagePage
) -> None:
    assert not page.bar.run.isEnabled() and window.no_damage.isVisible()
    assert window.no_damage.words.text().startswith("Nothing has been learned yet.")
    driver.train()
    assert page.bar.run.isEnabled()
    assert window.no_damage.words.text().startswith("Run damages the networks")


def test_the_curves_are_those_of_the_command_line(driver: Driver, window: MainWindow, page: DamagePage) -> None:
    driver.configure(networks=5)
    driver.train()
    run(driver, page)
    config = DamageConfig(levels=(0.25, 0.5, 0.75, 1.0), repeats=2, seed=window.session.experiment.training.seed)
    expected = complete(damage_study(window.session.document.content.experiment, config))
    found = window.damage.controller.results
    assert found is not None and [curve.kind for curve in found.curves] == list(DamageKind)
    for own, other in zip(found.curves, expected.curves, strict=True):
        np.testing.assert_array_equal(own.errors, other.errors)
    assert window.damage_curve.isVisible() and window.damage_kinds.isVisible() and not window.no_damage.isVisible()
    assert page.words.text() == "Of 5 networks, 2 repeats, on the training part, 20 steps."
    data = window.damage_curve.data()
    assert data.names[:4] == ("level", "quantile_0.05", "quantile_0.25", "quantile_0.5")
    np.testing.assert_allclose(data.columns[0], (0, 0.25, 0.5, 0.75, 1))
    np.testing.assert_allclose(data.columns[3][1:], np.median(expected.curves[0].errors.mean(axis=2), axis=1))
    assert window.damage_kinds.data().names == ("level", *(kind.value for kind in DamageKind))


def test_kinds_and_networks_are_chosen(driver: Driver, window: MainWindow, page: DamagePage) -> None:
    driver.configure(networks=3)
    driver.train()
    assert page.bar.kinds.text() == "All 7 kinds" and page.bar.networks.value() == 3
    page.bar.networks.setValue(2)
    run(driver, page, DamageKind.CUT, DamageKind.SCALE)
    assert page.bar.kinds.text() == "2 kinds"
    found = window.damage.controller.results
    assert found is not None and found.undamaged.network.networks == 2
    assert [curve.kind for curve in found.curves] == [DamageKind.CUT, DamageKind.SCALE]
    assert [window.damage_curve.kinds.itemData(place) for place in range(2)] == ["cut", "scale"]
    page.bar._choose_none()
    assert page.bar.kinds.text() == "No kinds"
    driver.click(page.bar.run)
    assert page.words.text() == "Choose at least one kind of damage."


def test_stopping_keeps_the_kinds_that_are_done(driver: Driver, window: MainWindow, page: DamagePage) -> None:
    driver.train()
    page.bar.repeats.setValue(200)
    controller = window.damage.controller
    with driver.signal(controller.found_changed, lambda: bool(controller.results and controller.results.curves)):
        driver.click(page.bar.run)
    assert page.bar.stop.isVisible() and not page.bar.run.isEnabled()
    driver.click(page.bar.stop)
    driver.until(lambda: not controller.is_working)
    assert controller.results is not None and 1 <= len(controller.results.curves) < 7
    assert "It was stopped after" in page.words.text()
    assert page.bar.run.isEnabled() and not page.bar.stop.isVisible()


def test_a_click_marks_a_level_and_keys_move_it(driver: Driver, window: MainWindow, page: DamagePage) -> None:
    driver.train()
    run(driver, page, DamageKind.REMOVE_UNITS, DamageKind.CUT)
    assert "Click on a level" in page.level.words.text()
    click_at(driver, window.damage_curve, 0.48)
    driver.until(lambda: "level 0.5" in page.level.words.text())
    assert page.level.words.text().startswith("Remove hidden units, level 0.5: median RMSE ")
    window.activateWindow()
    driver.until(window.isActiveWindow)
    window.damage_curve.plot.setFocus()
    driver.until(window.damage_curve.plot.hasFocus)
    QTest.keyClick(window.damage_curve.plot, Qt.Key.Key_Right)
    assert "level 0.75" in page.level.words.text()
    QTest.keyClick(window.damage_curve.plot, Qt.Key.Key_Left)
    QTest.keyClick(window.damage_curve.plot, Qt.Key.Key_Left)
    QTest.keyClick(window.damage_curve.plot, Qt.Key.Key_Left)
    assert "level 0.25" in page.level.words.text()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_kinds_of_damage_differ_in_colour_alone(theme: Theme) -> None:
    signs = [sign_of_kind(kind, theme) for kind in DamageKind]
    pens = [line_pen(sign.mark, sign.color, 2) for sign in signs]
    assert len({tuple(pen.dashPattern()) for pen in pens}) == len(signs)
    assert len({sign.color for sign in signs}) == len(signs)


def test_a_click_on_a_curve_looks_at_its_kind(driver: Driver, window: MainWindow, page: DamagePage) -> None:
    driver.train()
    run(driver, page, DamageKind.NOISE_WEIGHTS, DamageKind.CONTEXT)
    look = window.damage_kinds.look
    over = look.over_levels(DamageKind.CONTEXT)
    click_at(driver, window.damage_kinds, 1.0, float(over.bands[2, -1]))
    driver.until(lambda: window.damage_curve.look.kind is DamageKind.CONTEXT)
    assert window.damage_curve.kinds.currentText() == "Lesion context"
    window.damage_curve.kinds.setCurrentIndex(0)
    assert window.damage_kinds.look.kind is DamageKind.NOISE_WEIGHTS


def test_the_damage_is_done_to_the_network_where_holding_units_can(
    driver: Driver, window: MainWindow, page: DamagePage
) -> None:
    driver.train()
    run(driver, page, DamageKind.REMOVE_UNITS, DamageKind.CUT)
    window.damage._choose_level(0.5)
    assert page.level.hold.isEnabled()
    with driver.signal(window.inspection.clamps_changed):
        driver.click(page.level.hold)
    held = window.session.document.clamps.values
    assert {unit.layer for unit in held} == {Layer.HIDDEN, Layer.CONTEXT} and len(held) == 2 * 3
    driver.until(lambda: window.inspection.shown is not None)
    window.damage._choose_kind(DamageKind.CUT)
    assert not page.level.hold.isEnabled() and "weights" in page.level.hold.toolTip()
    driver.trigger("undo")
    assert not window.session.document.clamps


def test_results_of_networks_that_have_changed_say_so_and_other_data_take_them_away(
    driver: Driver, window: MainWindow, page: DamagePage
) -> None:
    driver.train()
    run(driver, page, DamageKind.CUT)
    driver.configure(epochs=320)
    driver.train()
    assert "The networks have changed since" in page.words.text()
    window.damage._choose_level(0.5)
    assert not page.level.hold.isEnabled()
    driver.open_built_in("temporal-xor")
    assert window.damage.controller.results is None and not window.damage_curve.isVisible()
    assert page.bar.steps.isVisible()  # it meets a fresh stream


def test_a_stream_of_symbols_is_scored_as_in_the_paper(driver: Driver, window: MainWindow, page: DamagePage) -> None:
    driver.open_built_in("temporal-xor")
    driver.configure(epochs=2, networks=2)
    driver.train()
    page.bar.steps.setValue(60)
    run(driver, page, DamageKind.CONTEXT)
    assert "a fresh stream of 60 bits" in page.words.text()
    assert window.damage_curve.look.measures == (ERROR, RIGHT)
    window.damage_curve.measures.setCurrentIndex(1)
    assert window.damage_kinds.look.measure == RIGHT
    window.damage._choose_level(0.5)
    controller = window.damage.controller
    driver.click(page.level.score)
    driver.until(lambda: not controller.is_working)
    assert [card.level for card in controller.cards] == [0.0, 0.5]
    look = window.damage_curve.look
    assert look.measure == "squared error, first bit" and look.paper == "0.29 to 0.34"
    np.testing.assert_allclose(look.over_levels(DamageKind.CONTEXT).levels, (0.0, 0.5))
    assert not page.level.score.isEnabled()  # it is made
    window.damage._choose_level(0.75)
    assert "no scorecard was made there yet" in page.level.words.text() and page.level.score.isEnabled()


def test_the_network_that_is_looked_at_has_a_curve_of_its_own(
    driver: Driver, window: MainWindow, page: DamagePage
) -> None:
    driver.configure(networks=3)
    driver.train()
    run(driver, page, DamageKind.CUT)
    window.session.document.set_member(2)
    look = window.damage_curve.look
    assert look.member == 2
    _, y = window.damage_curve._own.getData()
    np.testing.assert_allclose(y, look.over_levels(DamageKind.CUT).of_network(2))
    assert "network 3" in [entry.text for entry in window.damage_curve.legend.entries]


def test_pictures_and_numbers_are_taken_out_and_say_nothing_of_units_held_by_hand(
    driver: Driver, window: MainWindow, page: DamagePage, tmp_path: Path
) -> None:
    driver.train()
    run(driver, page, DamageKind.REMOVE_UNITS, DamageKind.CUT)
    window.damage._choose_level(0.5)
    window.damage.hold()
    assert window.inspection.stamp.held
    for view in (window.damage_curve, window.damage_kinds):
        svg = svg_bytes(view, QSize(700, 420)).decode()
        assert view.title.text() in svg and "level" in svg
        assert not image(view, QSize(700, 420)).isNull()
        path = tmp_path / f"{view.title.text()}.csv"
        window.documents.export_data(view, path, window.inspection.stamp)
        driver.until(path.exists)
        header, *rows = path.read_text().splitlines()
        assert header.split(",") == list(view.data().names) and len(rows) == 5


def test_closing_the_window_ends_the_work(driver: Driver, window: MainWindow, page: DamagePage) -> None:
    driver.train()
    page.bar.repeats.setValue(1_000)
    driver.click(page.bar.run)
    driver.until(lambda: window.damage.controller.is_working)
    window.documents._closing = True
    window.close()
    job = window.damage.controller._job
    assert job is None or job.isFinished()


def test_nothing_is_begun_while_networks_learn(driver: Driver, window: MainWindow, page: DamagePage) -> None:
    driver.begin_long_run()
    assert not page.bar.run.isEnabled()
    assert window.no_damage.words.text().startswith("The networks are learning.")
    driver.trigger("stop")
    driver.until_state(RunState.IDLE)
    assert page.bar.run.isEnabled()


@pytest.mark.parametrize(("width", "lines"), [(440, 2), (1_200, 1)])
def test_the_bar_stands_in_two_lines_where_there_is_no_room(qtbot: QtBot, width: int, lines: int) -> None:
    bar = DamageBar()
    qtbot.addWidget(bar)
    bar.show_kinds([("cut", "Cut connections", "Some are cut.")])
    bar.show_networks(1_000, fresh=True)
    bar.resize(width, 80)
    with qtbot.waitExposed(bar, timeout=TIMEOUT):
        bar.show()
    widgets = (bar.kinds, bar.networks, bar.repeats, bar.steps, bar.run)
    qtbot.waitUntil(
        lambda: len({widget.mapTo(bar, widget.rect().center()).y() for widget in widgets}) == lines, timeout=TIMEOUT
    )
    assert all(bar.rect().contains(widget.mapTo(bar, widget.rect().bottomRight())) for widget in widgets)
    bar.close()
