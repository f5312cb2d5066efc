"""Four workspaces, one cursor and one selection; views move between them, grow, and have windows of their own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from driving import Driver
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtWidgets import QPushButton, QToolButton

from elman_core.analysis.types import Analysis
from elman_core.analysis.units import Layer, Unit
from elman_core.forecasting.horizons import evaluate_predictor
from elman_core.forecasting.predictor import NetworkPredictor
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete
from elman_gui.controllers.run_state import RunState
from elman_gui.dialogs.picture_dialog import PictureDialog
from elman_gui.dialogs.predict_dialog import PredictDialog
from elman_gui.views.card import ViewCard
from elman_gui.window.main_window import MainWindow
from elman_gui.workspaces.networks import NetworksPage
from elman_gui.workspaces.splitter import Splitter
from elman_gui.workspaces.view_windows import ViewWindow

CONTROL = Qt.KeyboardModifier.ControlModifier
NAMES = ("learn", "inside", "forecast", "seeds")


def come_to(driver: Driver, name: str) -> None:
    driver.trigger(f"workspace_{name}")
    driver.until(driver.window.workspaces.front.isVisible)
    driver.until_pages_are_built()
    assert driver.window.workspaces.front.name == name


def drag(driver: Driver, splitter: Splitter, pixels: int) -> None:
    """Move the first border of a splitter."""
    border, by = splitter.handle(1), QPoint(pixels, 0)
    driver.qtbot.mousePress(border, Qt.MouseButton.LeftButton)
    driver.qtbot.mouseMove(border, by)
    driver.qtbot.mouseRelease(border, Qt.MouseButton.LeftButton, pos=by)


def double_click_on_title(driver: Driver, view: ViewCard) -> None:
    driver.qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=view.title.geometry().center())


# -- one of four ----------------------------------------------------------------------------------------


def test_keys_and_tabs_bring_a_workspace_to_the_front(driver: Driver, window: MainWindow) -> None:
    tabs = {tab.text(): tab for tab in window.workspaces.tabs.findChildren(QToolButton)}
    assert list(tabs) == ["Learn", "Inside", "Forecast", "Seeds"]
    for key, name in zip((Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4), NAMES, strict=True):
        driver.key(key, CONTROL)
        assert window.workspaces.front.name == name
        assert [tab.text() for tab in tabs.values() if tab.isChecked()] == [name.capitalize()]
    driver.click(tabs["Learn"])
    assert window.workspaces.front.name == "learn"
    assert [workspace.isVisible() for workspace in window.workspaces.all] == [True, False, False, False]


def test_one_cursor_one_selection_and_one_timeline_run_through_all_workspaces(
    driver: Driver, window: MainWindow
) -> None:
    driver.train()
    window.selection.move_cursor(5)
    window.selection.select(Unit(Layer.HIDDEN, 2))
    come_to(driver, "inside")
    assert window.inside.diagram.isVisible()
    assert window.inside.diagram.activations.row == 5
    assert window.inside.diagram.selection == Unit(Layer.HIDDEN, 2)
    come_to(driver, "forecast")
    driver.until(window.forecast.isVisible)
    window.forecast.cursor_moved.emit(9)
    assert window.fit.cursor_row == window.context.cursor_row == window.inside.diagram.activations.row == 9
    for name in NAMES:
        come_to(driver, name)
        assert window.timeline.isVisible()


def test_a_view_exists_once_and_stands_in_the_workspace_in_front(driver: Driver, window: MainWindow) -> None:
    window.workspaces.learn.show_view("context")
    assert window.workspaces.learn.isAncestorOf(window.context)
    come_to(driver, "inside")
    assert window.workspaces.inside.isAncestorOf(window.context)
    come_to(driver, "learn")
    assert window.workspaces.learn.isAncestorOf(window.context)
    assert window.context.isVisible()


def test_plots_over_time_show_the_same_stretch_wherever_they_stand(driver: Driver, window: MainWindow) -> None:
    come_to(driver, "inside")
    window.fit.plot.setXRange(3.0, 6.0, padding=0)
    for plot in (window.context, window.errors, window.next_symbol):
        assert plot.plot.getPlotItem().getViewBox().viewRange()[0] == pytest.approx([3.0, 6.0])


# -- only what is seen ----------------------------------------------------------------------------------


def test_what_cannot_be_seen_is_not_computed(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=20)
    driver.train()
    window.inside.show_view("states")
    driver.until(lambda: window.inspection._analyses == {Analysis.STATES})
    come_to(driver, "seeds")
    driver.until(lambda: window.inspection._analyses == frozenset())
    come_to(driver, "inside")
    window.workspaces.inside.choose(1, "lesions")
    driver.until(lambda: window.inspection._analyses == {Analysis.LESIONS})
    window.detach(window.inside.states)
    driver.until(lambda: window.inspection._analyses == {Analysis.LESIONS, Analysis.STATES})
    come_to(driver, "seeds")
    driver.until(lambda: window.inspection._analyses == {Analysis.STATES})
    window.view_windows.bring_all_back()
    driver.until(lambda: window.inspection._analyses == frozenset())


def test_a_view_that_comes_to_be_seen_shows_what_was_found_before(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=20)
    driver.train()
    come_to(driver, "inside")
    inside = window.workspaces.inside
    inside.show_number(2)
    inside.choose(0, "eigenvalues")
    driver.until(lambda: window.inside.eigenvalues.data().names)
    inside.choose(0, "reach")  # it needs the same analysis, so that none is made anew
    driver.until(lambda: window.inside.reach.data().names)


def test_no_forecast_is_made_while_nobody_looks(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=2)
    driver.train()
    driver.worker_answers()
    assert window.outlook.forecast.outlook is None
    come_to(driver, "forecast")
    driver.until(lambda: window.outlook.forecast.outlook is not None)


def test_a_plot_that_comes_to_be_seen_shows_what_it_missed(driver: Driver, window: MainWindow) -> None:
    come_to(driver, "seeds")
    driver.configure(epochs=30)
    driver.train()
    window.workspaces.bring_to_front("learn")
    window.workspaces.learn.show_view("loss")
    x, _ = window.loss._train.getData()
    assert len(x) == 30


@pytest.mark.parametrize("name", NAMES)
def test_the_view_that_is_taken_out_can_be_seen(driver: Driver, window: MainWindow, name: str, tmp_path: Path) -> None:
    driver.configure(epochs=3, networks=2)
    driver.train()
    driver.use(window.inside.diagram)
    come_to(driver, name)
    driver.until(lambda: window.last_used_view.isVisible())
    driver.file_dialogs_give(tmp_path / "view.png")
    driver.key(Qt.Key.Key_E, CONTROL)
    driver.opened(PictureDialog).reject()
    come_to(driver, "learn")
    assert window.last_used_view.isVisible()


# -- enlarged -------------------------------------------------------------------------------------------


def test_a_view_is_enlarged_by_its_title_and_escape_goes_back(driver: Driver, window: MainWindow) -> None:
    window.workspaces.learn.show_view("fit")
    before = window.fit.size()
    double_click_on_title(driver, window.fit)
    driver.until(lambda: window.fit.width() > before.width() and window.fit.height() > before.height())
    assert window.fit.width() == window.workspaces.learn.width()
    assert not window.context.isVisible()
    assert window.actions_by_name["enlarge"].isChecked()
    driver.key(Qt.Key.Key_Escape)
    driver.until(lambda: window.fit.size() == before)
    assert not window.actions_by_name["enlarge"].isChecked()


def test_the_key_f_and_the_button_enlarge_the_view_that_is_used(driver: Driver, window: MainWindow) -> None:
    driver.use(window.inside.diagram)
    driver.key(Qt.Key.Key_F)
    assert window.workspaces.front.enlarged == "diagram"
    driver.until(window.inside.diagram.canvas.hasFocus)
    driver.qtbot.keyClick(window.inside.diagram.canvas, Qt.Key.Key_Escape)
    assert window.workspaces.front.enlarged == ""
    driver.click(window.inside.diagram.button("enlarge"))
    assert window.workspaces.front.enlarged == "diagram"
    driver.click(window.inside.diagram.button("enlarge"))
    assert window.workspaces.front.enlarged == ""


def test_a_view_that_does_not_apply_any_more_is_not_left_alone(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("temporal-xor")
    window.workspaces.learn.show_view("clusters")
    window.enlarge(window.inside.clusters)
    driver.open_built_in("sine")
    assert window.workspaces.front.enlarged == ""


# -- detached -------------------------------------------------------------------------------------------


def test_a_detached_view_stays_live_and_comes_back_when_its_window_is_closed(
    driver: Driver, window: MainWindow
) -> None:
    driver.use(window.fit)
    driver.key(Qt.Key.Key_D, CONTROL)
    own = driver.opened(ViewWindow)
    assert own.isAncestorOf(window.fit) and window.fit.isVisible()
    assert own.windowTitle() == "Fit – Elman"
    driver.configure(epochs=10)
    driver.train()
    _, drawn = window.fit._one_step.getData()
    np.testing.assert_allclose(drawn, window.fit._response.one_step[:, 0])
    window.selection.move_cursor(4)
    assert window.fit.cursor_row == 4
    own.close()
    assert window.workspaces.learn.isAncestorOf(window.fit) and window.fit.isVisible()
    driver.until(lambda: not driver.shown(ViewWindow))


def test_where_a_view_was_a_note_brings_it_back(driver: Driver, window: MainWindow) -> None:
    window.workspaces.learn.show_view("fit")
    driver.click(window.fit.button("detach")) if window.fit.button("detach").isVisible() else window.detach(window.fit)
    driver.opened(ViewWindow)
    (back,) = [b for b in window.workspaces.findChildren(QPushButton) if b.isVisible() and b.text() == "Bring It Back"]
    driver.click(back)
    assert window.workspaces.learn.isAncestorOf(window.fit)
    driver.until(lambda: not driver.shown(ViewWindow))


def test_keys_work_in_the_window_of_a_view_and_it_goes_with_the_main_one(driver: Driver, window: MainWindow) -> None:
    window.detach(window.loss)
    own = driver.opened(ViewWindow)
    own.activateWindow()
    driver.until(own.isActiveWindow)
    driver.qtbot.keyClick(own, Qt.Key.Key_2, CONTROL)
    assert window.workspaces.front.name == "inside"
    window.close()
    driver.until(lambda: not driver.shown(ViewWindow))


def test_a_detached_view_that_does_not_apply_any_more_has_no_window(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("temporal-xor")
    window.detach(window.inside.clusters)
    driver.opened(ViewWindow)
    driver.open_built_in("sine")
    driver.until(lambda: not driver.shown(ViewWindow))


# -- layout ---------------------------------------------------------------------------------------------


def test_each_workspace_remembers_how_it_was_laid_out(
    driver: Driver, settings: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = driver.window
    driver.resize(780, 640)  # narrower than the screen of the platform "offscreen"
    driver.until(lambda: first.workspaces.width() == 756)
    come_to(driver, "inside")
    first.workspaces.inside.show_number(3)
    first.workspaces.inside.choose(0, "lesions")
    driver.until(lambda: first.workspaces.inside.width() == 756)
    driver.worker_answers()
    driver.until_laid_out()
    (grid,) = [splitter for splitter in first.workspaces.inside.findChildren(Splitter) if splitter.isVisible()]
    drag(driver, grid, 40)
    sizes = grid.sizes()
    first.workspaces.learn.show_page("landscape")
    first.close()
    settings.sync()
    again = QSettings(settings.fileName(), QSettings.Format.IniFormat)
    second = Driver(driver.qtbot, monkeypatch, again, speed=None)
    try:
        window = second.window
        assert window.workspaces.front.name == "inside"
        assert window.workspaces.inside.shown[:3] == ["lesions", "states", "weights"]
        assert window.inside.lesions.isVisible()
        (grid,) = [splitter for splitter in window.workspaces.inside.findChildren(Splitter) if splitter.isVisible()]
        assert grid.sizes() == sizes
        window.toggle_inside()
        assert window.workspaces.learn.closer_look.shown == "Landscape"
    finally:
        second.destroy()


def test_reset_layout_brings_everything_back_to_its_first_place(driver: Driver, window: MainWindow) -> None:
    (border,) = window.workspaces.learn.findChildren(Splitter, "columns")
    driver.resize(1200, 700)
    first = border.sizes()
    drag(driver, border, 50)
    window.workspaces.learn.fold_left()
    window.workspaces.inside.choose(0, "loss")
    window.workspaces.inside.show_number(2)
    window.detach(window.fit)
    window.enlarge(window.inside.diagram)
    driver.trigger("reset_layout")
    assert not window.workspaces.learn.is_left_folded
    driver.until(lambda: border.sizes() == first)
    assert window.workspaces.inside.shown == ["diagram", "states", "weights", "context"]
    assert window.workspaces.inside.number == 4
    assert not driver.shown(ViewWindow)
    assert window.workspaces.front.enlarged == ""


@pytest.mark.parametrize(
    "kept",
    [
        "nonsense",
        "[]",
        "{",
        "[" * 10_000,
        '{"sizes": 3, "front": [], "views": 5, "number": "x", "left": 7, "inside": []}',
        '{"sizes": {"columns": [1, -5], "beside": ["a", 2]}, "front": {"closer look": 4}}',
        '{"views": ["diagram", "diagram", "weights", "loss"], "number": 99}',
        '{"views": ["diagram", "nothing", "weights", "loss"], "number": true}',
        '{"sizes": {"columns": [NaN, 1e999]}}',
        json.dumps({"sizes": {"columns": [0]}, "views": [["diagram"], 1, None, {}]}),
    ],
)
def test_a_layout_that_makes_no_sense_is_the_first_one(window: MainWindow, settings: QSettings, kept: str) -> None:
    workspaces = window.workspaces
    first = [workspace.layout_state for workspace in workspaces.all]
    for workspace in workspaces.all:
        settings.setValue(f"workspaces/{workspace.name}", kept)
        workspace.restore_layout(settings)
    assert [workspace.layout_state for workspace in workspaces.all] == first


def test_a_workspace_that_is_not_known_is_not_brought_to_the_front(driver: Driver, window: MainWindow) -> None:
    window.workspaces.bring_to_front("nonsense")
    assert window.workspaces.front.name == "learn"


# -- Inside ---------------------------------------------------------------------------------------------


def test_inside_shows_what_is_chosen_and_views_change_places(driver: Driver, window: MainWindow) -> None:
    come_to(driver, "inside")
    inside = window.workspaces.inside
    (cell,) = [cell for cell in inside._cells[4] if cell.number == 0 and cell.isVisible()]
    assert (cell.chooser.currentText(), window.inside.diagram.title.isVisible()) == ("Network", False)
    driver.choose(cell.chooser, "states")
    assert inside.shown == ["states", "diagram", "weights", "context"]
    assert cell.isAncestorOf(window.inside.states)
    come_to(driver, "learn")
    window.workspaces.learn.show_view("diagram")
    assert window.inside.diagram.title.isVisible()


def test_a_choice_that_does_not_apply_gives_way_and_comes_back(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("temporal-xor")
    inside = window.workspaces.inside
    inside.choose(2, "clusters")
    driver.open_built_in("sine")
    assert inside.shown == ["diagram", "states", "weights", "context"]
    driver.open_built_in("temporal-xor")
    assert inside.shown[2] == "clusters"


# -- Forecast -------------------------------------------------------------------------------------------


def test_the_forecast_and_its_errors_are_those_of_evaluate(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("sunspots")
    driver.configure(epochs=30)
    come_to(driver, "forecast")
    assert "Train the network" in window.no_forecast.words.text()
    driver.train()
    driver.until(lambda: window.outlook.backtest.found is not None)
    experiment = driver.session.experiment
    weights = (torch.from_numpy(w) for w in (experiment.weights.w1, experiment.weights.w2))
    network, dataset = ElmanNetwork(experiment.network, *weights), experiment.dataset
    expected = complete(evaluate_predictor(complete(NetworkPredictor.prepare(network, dataset)), dataset, 12))
    data = dict(zip(window.horizons.data().names, window.horizons.data().columns, strict=True))
    np.testing.assert_allclose(data["steps_ahead"], np.arange(1, 13))
    np.testing.assert_allclose(data["network_rmse"], [score.rmse for score in expected])
    np.testing.assert_allclose(data["linear_rmse"], [score.linear_rmse for score in expected])
    response = window.forecast._response
    assert response.closed_loop_row == experiment.dataset.rows
    low, high = window.forecast.plot.getPlotItem().getViewBox().viewRange()[0]
    assert 1965 < low < 1975 and high > 2020  # 36 rows before the 12 that are forecast


def test_a_forecast_is_said_to_be_of_the_network_as_it_was_and_made_anew(driver: Driver, window: MainWindow) -> None:
    come_to(driver, "forecast")
    driver.configure(epochs=5)
    driver.train()
    driver.until(window.forecast.isVisible)
    before = window.forecast._response.closed_loop.copy()
    driver.configure(epochs=100_000)
    driver.begin_long_run(20)
    assert "as it was" in window.workspaces.forecast.words.text()
    driver.click(window.transport.stop)
    driver.until_state(RunState.IDLE)
    driver.until(lambda: "as it is now" in window.workspaces.forecast.words.text())
    assert not window.outlook.forecast.is_stale
    assert not np.array_equal(window.forecast._response.closed_loop, before)


def test_of_a_text_a_sentence_says_where_it_is_gone_on_with(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("temporal-xor")
    come_to(driver, "forecast")
    assert window.no_forecast.isVisible()
    assert "symbol by symbol" in window.no_forecast.words.text()
    assert window.no_forecast.button.isVisible() and not window.workspaces.forecast.predict.isVisible()


def test_other_steps_are_asked_for_in_the_window_for_forecasts(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=1)
    driver.train()
    come_to(driver, "forecast")
    driver.until(window.workspaces.forecast.predict.isVisible)
    driver.click(window.workspaces.forecast.predict)
    dialog = driver.opened(PredictDialog)
    driver.until(dialog.export.isEnabled)
    driver.click(dialog.close_button)


# -- Seeds ----------------------------------------------------------------------------------------------


def test_seeds_has_three_pages_which_mouse_keys_and_menu_reach(driver: Driver, window: MainWindow) -> None:
    come_to(driver, "seeds")
    pages = window.workspaces.seeds.pages
    assert pages.names == ["Networks", "Study", "Damage"]
    assert pages.shown == "Networks" and window.one_network.isVisible()
    tabs = {tab.text(): tab for tab in pages.findChildren(QToolButton) if tab.text() in pages.names}
    driver.click(tabs["Study"])
    assert pages.shown == "Study" and not window.one_network.isVisible()
    driver.qtbot.keyClick(tabs["Study"], Qt.Key.Key_Right)
    assert pages.shown == "Damage"
    come_to(driver, "learn")
    driver.key(Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert window.workspaces.front.name == "seeds" and pages.shown == "Study"
    driver.trigger("page_networks")
    assert pages.shown == "Networks" and window.one_network.isVisible()


def test_a_page_is_built_in_pieces_when_it_is_first_looked_at(driver: Driver, window: MainWindow) -> None:
    assert not window.of_study and not window.of_damage
    driver.trigger("page_study")
    assert not window.study_page.is_built  # the window answers in between
    driver.until(lambda: window.study_page.is_built)
    assert len(window.of_study) == 8 and not window.of_damage
    driver.trigger("page_networks")
    driver.trigger("page_study")
    assert window.places.view("study_rank") is window.study_rank


def test_the_page_of_seeds_is_remembered_and_reset_layout_brings_the_first_one_back(
    driver: Driver, settings: QSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_to(driver, "seeds")
    driver.trigger("page_damage")
    driver.window.close()
    settings.sync()
    again = QSettings(settings.fileName(), QSettings.Format.IniFormat)
    second = Driver(driver.qtbot, monkeypatch, again, speed=None)
    try:
        pages = second.window.workspaces.seeds.pages
        assert second.window.workspaces.front.name == "seeds" and pages.shown == "Damage"
        second.window.reset_layout()
        assert pages.shown == "Networks"
    finally:
        second.destroy()


def test_of_one_network_a_sentence_says_how_to_have_many(driver: Driver, window: MainWindow) -> None:
    come_to(driver, "seeds")
    assert "one network" in window.one_network.words.text()
    assert window.one_network.isVisible() and not window.members.isVisible()


def test_seeds_shows_every_network_the_best_first_and_chooses_one(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=15, networks=5)
    come_to(driver, "seeds")
    driver.train()
    history = driver.session.experiment.history
    steps = driver.session.experiment.dataset.train_steps
    np.testing.assert_allclose(np.array(window.members.data().columns[1:]), history.train.T / steps)
    (page,) = window.workspaces.seeds.findChildren(NetworksPage)
    page.show_view("member_table")
    model = window.member_table.table.model()
    order = np.argsort(history.train[-1])
    driver.until(lambda: [int(model.index(row, 0).data()) - 1 for row in range(5)] == order.tolist())
    window.member_table.table.selectRow(2)
    assert driver.session.document.member == order[2]
    assert window.members._member == order[2]
    page.show_view("members")
    driver.until(lambda: len(window.members._own.getData()[1]) == 15)
    np.testing.assert_allclose(10 ** window.members._own.getData()[1], history.train[:, order[2]] / steps)


def test_a_thousand_networks_are_drawn_by_as_many_points_as_sixty(driver: Driver, window: MainWindow) -> None:
    come_to(driver, "seeds")
    driver.configure(epochs=3, networks=1_000)
    driver.train()
    driver.until(lambda: len(window.members._bands.median.getData()[0]) == 3)
    assert not window.members._all.isVisible()
    losses = driver.session.experiment.history.train / driver.session.experiment.dataset.train_steps
    np.testing.assert_allclose(10 ** window.members._bands.median.getData()[1], np.median(losses, axis=1))


# -- room -----------------------------------------------------------------------------------------------


def test_in_a_narrow_window_guide_and_settings_fold_to_a_strip_that_brings_them_back(
    driver: Driver, window: MainWindow
) -> None:
    learn = window.workspaces.learn
    driver.resize(800, 600)
    assert not window.left.isVisible() and learn.folded.isVisible()
    driver.click(learn.folded.tabs[1])
    driver.until(window.left.isVisible)
    assert window.left.shown == "Settings" and not learn.folded.isVisible()
    driver.click(window.left.fold)
    driver.until(learn.folded.isVisible)
    driver.resize(1200, 700)
    driver.until(window.left.isVisible)


def test_the_left_panel_keeps_its_width(driver: Driver, window: MainWindow) -> None:
    for width in (1000, 1200, 1400, 1000):
        driver.resize(width, 700)
        driver.until(lambda: window.left.width() == 272)
    driver.configure(epochs=20, networks=3)
    driver.train()
    assert window.left.width() == 272


def test_what_the_bar_has_no_room_for_is_behind_its_last_button(driver: Driver, window: MainWindow) -> None:
    bar = window.transport
    driver.resize(1280, 700)
    driver.until(lambda: bar.width() == 1280)
    assert not bar.more.isVisible() and bar.seed.isVisible()
    driver.resize(640, 480)
    driver.until(lambda: bar.width() == 640)
    assert bar.more.isVisible() and bar.train.isVisible() and bar.stop.isVisible()
    assert bar.more.geometry().right() <= bar.width()
    assert not bar.isAncestorOf(bar.seed) or not bar.seed.isVisible()
    driver.click(bar.more)
    driver.until(bar.seed.isVisible)
    bar.seed.setValue(7)
    assert driver.session.experiment.training.seed == 7
    bar.more._sheet.hide()
    driver.resize(1280, 700)
    driver.until(lambda: bar.seed.isVisible() and not bar.more.isVisible())
    places = [
        bar.layout().indexOf(widget) for widget in (bar.train, bar.step, bar.stop, bar.reset, bar.seed, bar.devices)
    ]
    assert places == sorted(places) and -1 not in places


def test_a_window_smaller_than_it_should_be_has_scroll_bars(driver: Driver, window: MainWindow) -> None:
    driver.resize(480, 380)
    area = window.workspaces
    driver.until(lambda: area.verticalScrollBar().maximum() > 0)
    assert window.timeline.isVisible() and window.transport.train.isVisible()
    assert all(view.picture.height() >= 120 for view in window.views if view.isVisible())
