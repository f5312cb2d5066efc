"""The views of the network's inside: what they show is read from them, and held against numbers computed apart."""

from __future__ import annotations

import csv
import re
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from driving import Driver, is_open
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMenu

from elman_core.analysis.units import Layer, Unit, connection_at
from elman_core.data.dataset import SequenceDataset
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN
from elman_core.experiments.pages import read_page
from elman_core.model.network import ElmanNetwork
from elman_core.storage.model_file import load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.trainer import Trainer
from elman_gui.controllers.run_state import RunState
from elman_gui.dialogs.picture_dialog import PictureDialog
from elman_gui.number_boxes import NumberDialog
from elman_gui.threads.inspection import Latest
from elman_gui.window.main_window import MainWindow
from elman_gui.window.tour import Tour

PAGES = ("weights", "states", "dynamics", "landscape", "lesions")
VIEWS = (*PAGES, "clusters", "errors")
CONTEXT = [Unit(Layer.CONTEXT, unit) for unit in range(6)]


@pytest.fixture
def trained(driver: Driver) -> Driver:
    """A window after 60 epochs of the sine, its inside in view."""
    if not driver.window.actions_by_name["inside"].isChecked():
        driver.trigger("inside")
    driver.configure(epochs=60)
    driver.train()
    return driver


def look_at(driver: Driver, page: str) -> None:
    """Bring a page to the front, and wait until it shows something."""
    inside = driver.window.inside
    view = {"dynamics": inside.eigenvalues}.get(page) or getattr(inside, page)
    inside.show_view(page)
    driver.until(lambda: view.data().names)


def network(driver: Driver) -> ElmanNetwork:
    weights = driver.session.experiment.weights
    return ElmanNetwork(driver.session.experiment.network, *(torch.from_numpy(w) for w in (weights.w1, weights.w2)))


def plain_states(w1: NDArray[np.floating], dataset: SequenceDataset) -> NDArray[np.float64]:
    """The tutorial's forward pass, written out: the hidden states while the series is fed in."""
    context, states = np.zeros(w1.shape[1]), []
    for x in dataset.inputs:
        context = np.tanh(np.concatenate([x, context]) @ w1)
        states.append(context)
    return np.array(states)


# -- one cursor, one selection ------------------------------------------------------------------------


def test_the_diagram_shows_every_unit_at_the_cursor(trained: Driver, window: MainWindow) -> None:
    window.selection.move_cursor(7)
    dataset, w1 = trained.session.experiment.dataset, trained.session.experiment.weights.w1[0]
    w2 = trained.session.experiment.weights.w2[0]
    states = plain_states(w1, dataset)
    seen = window.inside.diagram.activations
    np.testing.assert_allclose(seen.hidden, states[7], atol=1e-5)
    np.testing.assert_allclose(seen.context, states[6], atol=1e-5)
    np.testing.assert_allclose(seen.input, dataset.values[7])
    np.testing.assert_allclose(seen.output, states[7] @ w2, atol=1e-5)
    np.testing.assert_allclose(seen.target, dataset.values[8])


def test_beyond_the_series_the_diagram_shows_the_free_run(trained: Driver, window: MainWindow) -> None:
    rows = trained.session.experiment.dataset.rows
    response = trained.window.inspection.now.response
    window.selection.move_cursor(rows + 2)
    seen = window.inside.diagram.activations
    assert seen.free_running
    assert seen.target is None
    np.testing.assert_allclose(seen.input, response.closed_loop[2], atol=1e-6)
    np.testing.assert_allclose(seen.output, response.closed_loop[3], atol=1e-6)
    np.testing.assert_allclose(seen.context, response.closed_loop_hidden[2], atol=1e-6)


def test_pointing_at_the_fit_moves_the_cursor_everywhere(trained: Driver, window: MainWindow) -> None:
    look_at(trained, "states")
    window.fit.cursor_moved.emit(12)
    assert [view.cursor_row for view in (window.fit, window.context)] == [12, 12]
    assert window.inside.diagram.activations.row == 12
    space = window.inside.states
    x, y = space._cursor.getData()
    data = space.data()
    at = data.columns[0].tolist().index(13.0)  # rows are counted from 1 there
    assert (x[0], y[0]) == pytest.approx((data.columns[2][at], data.columns[3][at]))


def test_pointing_at_a_state_moves_the_cursor_to_its_row(trained: Driver, window: MainWindow) -> None:
    look_at(trained, "states")
    space = window.inside.states
    box = space.plot.getPlotItem().getViewBox()
    x, y = (space.data().columns[axis][4] for axis in (2, 3))
    with trained.signal(space.cursor_moved):
        space._follow_mouse(box.mapViewToScene(QPointF(x, y)))
    assert window.fit.cursor_row == 4


def test_a_chosen_unit_is_marked_in_every_view(trained: Driver, window: MainWindow) -> None:
    look_at(trained, "lesions")
    diagram = window.inside.diagram
    place = diagram._places[Unit(Layer.HIDDEN, 3)]
    trained.qtbot.mouseClick(diagram.canvas, Qt.MouseButton.LeftButton, pos=place.center().toPoint())
    chosen = Unit(Layer.HIDDEN, 3)
    assert (diagram.selection, window.inside.weights.selection) == (chosen, chosen)
    assert window.context._mark.isVisible()
    assert window.context._mark.getRegion() == (3.5, 4.5)
    assert window.inside.lesions._chosen.getRegion() == (3.5, 4.5)


def test_a_connection_is_found_where_it_is_drawn_and_tells_its_weight(trained: Driver, window: MainWindow) -> None:
    diagram = window.inside.diagram
    connection = connection_at(trained.session.experiment.network, "w2", 4, 0)
    line = next(line for line in diagram._lines if line.connects == connection)
    middle = line.start * 0.7 + line.end * 0.3
    weight = trained.session.experiment.weights.w2[0, 4, 0]
    assert diagram.at(middle) == connection
    assert diagram.text_at(middle) == f"hidden 5 → output: weight {weight:.4g}"


# -- what the pages show ------------------------------------------------------------------------------


def test_weights_changes_and_courses_are_those_of_the_run(trained: Driver, window: MainWindow) -> None:
    weights, view = trained.session.experiment.weights, window.inside.weights
    untrained = Trainer(trained.session.experiment.untrained()).network
    data = dict(zip(view.data().names, view.data().columns, strict=True))
    both = np.concatenate([weights.w1[0].ravel(), weights.w2[0].ravel()])
    first = np.concatenate([untrained.w1[0].numpy().ravel(), untrained.w2[0].numpy().ravel()])
    np.testing.assert_array_equal(data["weight"].astype(np.float32), both)
    np.testing.assert_allclose(data["change"], both - first, atol=1e-7)
    view.what.setCurrentIndex(1)
    np.testing.assert_allclose(view.shown()[1], weights.w2[0] - untrained.w2[0].numpy(), atol=1e-7)
    epochs, values = view.course(connection_at(trained.session.experiment.network, "w2", 2, 0))
    assert epochs.tolist() == list(range(61))
    assert values[-1] == pytest.approx(float(weights.w2[0, 2, 0]))
    assert values[0] == pytest.approx(float(untrained.w2[0, 2, 0]))


def test_context_traces_are_the_states_of_the_hidden_units_one_step_before(trained: Driver, window: MainWindow) -> None:
    window.context.kind.setCurrentIndex(1)
    states = plain_states(trained.session.experiment.weights.w1[0], trained.session.experiment.dataset)
    for unit, trace in enumerate(window.context._traces):
        np.testing.assert_allclose(trace.yData, [0.0, *states[:-1, unit]], atol=1e-5)
    assert not window.context._image.isVisible()


def test_the_state_space_is_a_rotation_of_the_states(trained: Driver, window: MainWindow) -> None:
    look_at(trained, "states")
    states = plain_states(trained.session.experiment.weights.w1[0], trained.session.experiment.dataset)
    _, _, rows = np.linalg.svd(states - states.mean(axis=0), full_matrices=False)
    data = window.inside.states.data()
    fed = data.columns[1] == 0
    for component in range(3):
        seen, expected = data.columns[2 + component][fed], (states - states.mean(axis=0)) @ rows[component]
        np.testing.assert_allclose(np.abs(seen), np.abs(expected), atol=1e-4)
    x, y = window.inside.states._path.getData()
    np.testing.assert_allclose(x, data.columns[2][fed])
    np.testing.assert_allclose(y, data.columns[3][fed])


def test_eigenvalues_and_spectral_radius_are_numpys(trained: Driver, window: MainWindow) -> None:
    look_at(trained, "dynamics")
    values = np.linalg.eigvals(trained.session.experiment.weights.w1[0, 1:7].astype(np.float64))
    seen = window.inside.eigenvalues.data()
    np.testing.assert_allclose(np.sort(seen.columns[2]), np.sort(np.abs(values)), atol=1e-6)
    assert window.inside.eigenvalues.radius.text() == f"spectral radius {np.abs(values).max():.3g}"
    assert window.inside.reach._edge.value() == 0.5  # the one-step rule propagates back to k = 0


def test_the_landscapes_path_is_the_run_and_its_loss_there_the_networks(trained: Driver, window: MainWindow) -> None:
    look_at(trained, "landscape")
    seen = window.inside.landscape._landscape
    assert seen.path_epochs.tolist() == list(range(61))
    experiment = trained.session.experiment
    error = complete(Trainer(experiment).snapshot()).response.one_step - experiment.dataset.values[1:]
    j, i = np.abs(seen.first).argmin(), np.abs(seen.second).argmin()
    near = seen.loss[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2]
    assert near.min() * 0.9 <= 0.5 * np.mean(error**2) <= near.max() * 1.1


def test_the_lesion_bars_are_the_errors_without_each_unit(trained: Driver, window: MainWindow) -> None:
    look_at(trained, "lesions")
    experiment = trained.session.experiment
    w2 = experiment.weights.w2[0].copy()
    w1 = experiment.weights.w1[0].copy()
    w1[1 + 2] = w2[2] = 0  # the third unit tells neither output nor context
    error = plain_states(w1, experiment.dataset) @ w2 - experiment.dataset.targets
    data = dict(zip(window.inside.lesions.data().names, window.inside.lesions.data().columns, strict=True))
    assert data["rmse_without"][2] == pytest.approx(np.sqrt(np.mean(error**2)), abs=1e-5)
    np.testing.assert_array_equal(window.inside.lesions._unit.opts["height"], data["rmse_without"])


# -- symbols ------------------------------------------------------------------------------------------


def test_symbols_stand_under_the_fit_and_are_clustered(driver: Driver, window: MainWindow) -> None:
    if not window.actions_by_name["inside"].isChecked():
        driver.trigger("inside")
    driver.open_built_in("letters")
    driver.configure(epochs=3)
    driver.train()
    symbols = driver.session.experiment.dataset.symbols
    axis = window.fit.plot.getPlotItem().getAxis("bottom")
    assert axis.tickStrings([0.0, 1.0, 2.0], 1, 1.0) == [symbols.name(row) for row in range(3)]
    look_at(driver, "clusters")
    seen = window.inside.clusters.clusters
    assert set(seen.names) == set("bdgaiu")
    hidden = window.context._response.hidden
    of_b = [row for row in range(len(hidden)) if symbols.name(row) == "b"]
    np.testing.assert_allclose(seen.means[seen.names.index("b")], hidden[of_b].mean(axis=0), atol=1e-5)
    before = seen.merges[-1, 2]
    window.inside.clusters.controls.linkage.setCurrentText("single")
    driver.until(lambda: window.inside.clusters.clusters.merges[-1, 2] != before)
    window.inside.clusters.wheel(QPointF(50, 50), 3)
    window.grab()
    window.inside.clusters.controls.kind.setCurrentText("matrix")
    seen, distances = window.inside.clusters.clusters, window.inside.clusters.distances()
    first, last = (seen.means[seen.order[place]] for place in (0, -1))
    assert distances[0, -1] == pytest.approx(np.linalg.norm(first - last), abs=1e-6)
    window.grab()


def test_the_error_by_symbol_is_that_of_each_prediction(driver: Driver, window: MainWindow) -> None:
    assert not window.errors.isVisible()
    driver.open_built_in("letters")
    driver.configure(epochs=2)
    driver.train()
    window.workspaces.learn.show_view("errors")
    assert window.errors.isVisible()
    values, response = driver.session.experiment.dataset.values, window.context._response
    expected = np.sqrt(np.mean((response.one_step - values[1:]) ** 2, axis=1))
    np.testing.assert_allclose(window.errors.data().columns[1], expected)
    for view in (window.fit, window.errors, window.loss, window.inside.states):  # 0.3 is written 0.3, not 300
        assert view.plot.getPlotItem().getAxis("left").autoSIPrefixScale == 1
    bars = window.errors._bars.opts
    assert len(bars["x"]) < 60  # what is in view
    np.testing.assert_allclose(bars["height"], expected[np.array(bars["x"]) - 1])


def test_the_tree_is_written_as_newick(driver: Driver, window: MainWindow, tmp_path: Path) -> None:
    if not window.actions_by_name["inside"].isChecked():
        driver.trigger("inside")
    driver.open_built_in("letters")
    look_at(driver, "clusters")
    path = tmp_path / "letters.nwk"
    driver.file_dialogs_give(path)
    driver.click(window.inside.clusters.newick)
    driver.until(lambda: window.notice.text.text() == f"Saved as {path}")
    text = path.read_text()
    assert text.count("(") == text.count(")") == 5
    assert text.endswith(";\n")


def test_beside_the_paper_the_scorecard_takes_the_place_of_the_scores(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("temporal-xor")
    driver.until(window.paper.isVisible)
    assert not window.scores.isVisible()
    names = [measure.name for measure in window.paper.measures]
    assert names[2] == "squared error, third bit (a xor b)"
    driver.open_built_in("sine")
    driver.until(window.scores.isVisible)
    assert not window.paper.isVisible()


# -- time travel --------------------------------------------------------------------------------------


def test_scrubbing_shows_the_network_of_that_epoch_in_every_view(trained: Driver, window: MainWindow) -> None:
    point = trained.session.experiment.history.path.points[20]
    now = window.fit.data().columns[2].copy()
    with trained.signal(window.inspection.snapshot_changed, lambda snapshot: snapshot.epoch == 20):
        window.timeline.slider.setValue(20)
    dataset = trained.session.experiment.dataset
    expected = plain_states(point.w1, dataset) @ point.w2
    np.testing.assert_allclose(window.fit.data().columns[2][1 : dataset.rows], expected[:, 0], atol=1e-5)
    np.testing.assert_array_equal(window.inside.weights._w1, point.w1)
    assert window.timeline.words.text() == "epoch 20 of 60"
    assert window.loss._viewed.value() == 20
    window.timeline.go_to_now()
    trained.until(lambda: np.array_equal(window.fit.data().columns[2], now, equal_nan=True))
    assert not window.loss._viewed.isVisible()


def test_a_picture_of_the_past_that_comes_late_is_not_shown_as_now(trained: Driver, window: MainWindow) -> None:
    inspection = window.inspection
    now = window.fit.data().columns[2].copy()
    seen = []
    inspection._inspector.seen.connect(lambda situation, look, inside: seen.append(inside.snapshot.epoch))
    inspection.view(20)
    inspection.view(None)  # before the inspector has answered
    trained.until(lambda: 20 in seen)
    np.testing.assert_array_equal(window.fit.data().columns[2], now)
    assert window.inside.weights._epoch == 60


def test_the_epoch_that_is_looked_at_stays_when_kept_points_are_thinned(trained: Driver, window: MainWindow) -> None:
    window.timeline.slider.setValue(20)
    history = trained.session.experiment.history
    del history.path._points[3:8]
    trained.session.run.history_changed.emit(history)
    assert window.inspection.viewed_point.epoch == 20
    assert window.timeline.words.text() == "epoch 20 of 60"


def test_the_timeline_marks_the_best_epoch(trained: Driver, window: MainWindow) -> None:
    history = trained.session.experiment.history
    points = history.path.points
    assert points[round(window.timeline.slider.mark)].epoch == history.best_epoch + 1


def test_playing_back_goes_through_the_run_and_ends_now(trained: Driver, window: MainWindow) -> None:
    seen = []
    window.timeline.point_chosen.connect(seen.append)
    trained.trigger("play_back")
    trained.until(lambda: window.timeline.is_now and len(seen) > 1)
    assert seen[0] in (0, 1)  # from the beginning, since it stood at now
    assert seen[-1] is None
    assert seen[:-1] == sorted(seen[:-1])


def test_a_branch_goes_on_from_its_point_with_the_first_run_beside_it(trained: Driver, window: MainWindow) -> None:
    first = trained.session.experiment.history.train[:, 0].copy()
    window.timeline.slider.setValue(25)
    with trained.idle_evaluated():
        trained.click(window.timeline.branch)
    experiment: Run = trained.session.experiment
    assert window.timeline.is_now
    assert experiment.history.epochs == 60  # it goes on by itself, as far as the run was to go
    np.testing.assert_array_equal(experiment.history.branches[0].train[:, 0], first[25:])
    np.testing.assert_allclose(experiment.history.train[25:, 0], first[25:], rtol=1e-4)  # nothing is different yet
    with trained.idle_evaluated():
        trained.trigger("undo")
    assert not trained.session.experiment.history.branches
    trained.configure(learning_rate=0.02)
    window.timeline.slider.setValue(25)
    with trained.idle_evaluated():
        trained.click(window.timeline.branch)
    experiment = trained.session.experiment
    (curve,) = window.loss._branches
    assert curve.xData.tolist() == list(range(26, 61))
    np.testing.assert_allclose(curve.yData * 20, first[25:])
    assert not np.allclose(trained.session.experiment.history.train[25:, 0], first[25:])
    with trained.idle_evaluated():
        trained.trigger("undo")  # the branch
    np.testing.assert_array_equal(trained.session.experiment.history.train[:, 0], first)
    with trained.idle_evaluated():
        trained.trigger("redo")
    assert trained.session.experiment.history.epochs == 60
    assert trained.session.experiment.history.branches


def test_kept_weights_and_branches_come_back_from_the_file(trained: Driver, window: MainWindow, tmp_path: Path) -> None:
    window.timeline.slider.setValue(25)
    with trained.idle_evaluated():
        trained.trigger("branch")
    experiment = trained.session.experiment
    save_model(tmp_path / "run.safetensors", experiment)
    saved = load_model(tmp_path / "run.safetensors").history
    for kept, again in zip(experiment.history.path.points, saved.path.points, strict=True):
        assert kept.epoch == again.epoch
        np.testing.assert_array_equal(kept.w1, again.w1)
        np.testing.assert_array_equal(kept.w2, again.w2)
    (branch,) = saved.branches
    np.testing.assert_array_equal(branch.train, experiment.history.branches[0].train)
    assert branch.epoch == 25


def test_while_the_past_is_looked_at_training_goes_on_behind_it(trained: Driver, window: MainWindow) -> None:
    window.timeline.slider.setValue(10)
    trained.until(lambda: window.inside.weights._epoch == 10)
    trained.begin_long_run(101)
    assert window.inside.weights._epoch == 10
    assert not window.timeline.branch.isEnabled()
    trained.trigger("pause")
    trained.until_state(RunState.PAUSED)
    window.timeline.go_to_now()
    trained.until(lambda: window.inside.weights._epoch == trained.session.experiment.history.epochs)


# -- touching -----------------------------------------------------------------------------------------


def test_lesioning_the_context_changes_the_fit_and_undo_brings_it_back(trained: Driver, window: MainWindow) -> None:
    before = window.fit.data().columns[2].copy()
    with trained.signal(window.inspection.snapshot_changed):
        trained.trigger("lesion_context")
    experiment = trained.session.experiment
    x, w1, w2 = experiment.dataset.inputs, experiment.weights.w1[0], experiment.weights.w2[0]
    expected = np.tanh(x @ w1[:1]) @ w2  # no context: each prediction from its input alone
    np.testing.assert_allclose(window.fit.data().columns[2][1 : experiment.dataset.rows], expected[:, 0], atol=1e-5)
    assert window.inside.clamps.isVisible()
    assert "context 1" in window.inside.clamps.words.text()
    assert all(window.inside.diagram.value_of(unit) == 0 for unit in CONTEXT)
    assert window.actions_by_name["undo"].text() == "&Undo Lesion of the Context"
    trained.trigger("undo")
    np.testing.assert_array_equal(window.fit.data().columns[2], before)
    assert not window.inside.clamps.isVisible()
    trained.trigger("redo")
    trained.until(lambda: not np.array_equal(window.fit.data().columns[2], before, equal_nan=True))
    trained.click(window.inside.clamps.button)
    np.testing.assert_array_equal(window.fit.data().columns[2], before)


def test_the_menu_of_a_unit_lesions_and_holds_it(
    trained: Driver, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)  # the platform of the tests has no keyboard to grab
    diagram = window.inside.diagram
    place = diagram._places[Unit(Layer.HIDDEN, 1)].center().toPoint()
    trained.qtbot.mouseClick(diagram.canvas, Qt.MouseButton.RightButton, pos=place)
    menu = window.findChildren(QMenu)[-1]
    entries = {action.text(): action for action in menu.actions()}
    with trained.signal(window.inspection.snapshot_changed):
        entries["Lesion Hidden 2"].trigger()
    menu.close()
    assert window.inspection.clamps.values == {Unit(Layer.HIDDEN, 1): 0.0}
    trained.qtbot.mouseClick(diagram.canvas, Qt.MouseButton.RightButton, pos=place)
    menu = window.findChildren(QMenu)[-1]
    entries = {action.text(): action for action in menu.actions()}
    entries["Hold Hidden 2 at…"].trigger()
    menu.close()
    dialog = trained.opened(NumberDialog)
    dialog.box.setValue(0.75)
    with trained.signal(window.inspection.snapshot_changed):
        dialog.accept()
    trained.until(lambda: np.allclose(window.context._response.hidden[:, 1], 0.75))
    assert "hidden 2 at 0.75" in window.inside.clamps.words.text()


def test_a_unit_is_chosen_and_its_menu_opened_by_keyboard(
    trained: Driver, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)
    diagram = window.inside.diagram
    for key, unit in (
        (Qt.Key.Key_Down, Unit(Layer.HIDDEN, 0)),
        (Qt.Key.Key_Right, Unit(Layer.HIDDEN, 1)),
        (Qt.Key.Key_Up, Unit(Layer.OUTPUT, 0)),
        (Qt.Key.Key_Up, Unit(Layer.OUTPUT, 0)),
    ):
        trained.qtbot.keyClick(diagram.canvas, key)
        assert diagram.selection == unit
    trained.qtbot.keyClick(diagram.canvas, Qt.Key.Key_Down)
    trained.qtbot.keyClick(diagram.canvas, Qt.Key.Key_Return)
    assert any(action.text().startswith("Lesion Hidden") for action in window.findChildren(QMenu)[-1].actions())


def test_dragging_a_weight_changes_the_network_and_is_undone(trained: Driver, window: MainWindow) -> None:
    inside, network = window.inside, trained.session.experiment.network
    inside.show_view("weights")
    connection = connection_at(network, "w2", 4, 0)
    before = float(trained.session.experiment.weights.w2[0, 4, 0])
    canvas = inside.weights.canvas
    inside.weights.canvas.repaint()
    start = inside.weights._cell(connection).center().toPoint()
    trained.qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    with trained.signal(window.inspection.snapshot_changed):
        inside.weights.drag(QPointF(start) - QPointF(0, 30))
    assert trained.session.experiment.weights.w2[0, 4, 0] == pytest.approx(before)  # not dropped yet
    with trained.idle_evaluated():
        trained.qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start)
    largest = np.abs(np.concatenate([inside.weights._w1.ravel(), inside.weights._w2.ravel()])).max()
    after = float(trained.session.experiment.weights.w2[0, 4, 0])
    assert before < after
    assert after <= before + largest
    assert window.isWindowModified()
    with trained.idle_evaluated():
        trained.trigger("undo")
    assert trained.session.experiment.weights.w2[0, 4, 0] == pytest.approx(before)
    assert trained.session.experiment.history.epochs == 60


def test_cutting_a_connection_sets_its_weight_to_0(trained: Driver, window: MainWindow) -> None:
    connection = connection_at(trained.session.experiment.network, "w1", 3, 2)
    with trained.idle_evaluated():
        window.selection.menu.weight_wanted.emit(connection, 0.0)
    assert trained.session.experiment.weights.w1[0, 3, 2] == 0.0
    trained.train()  # and it may grow again
    assert trained.session.experiment.weights.w1[0, 3, 2] != 0.0


def test_a_weight_changes_in_the_newest_weights_even_if_older_ones_are_shown(
    trained: Driver, window: MainWindow
) -> None:
    older = window.inspection.now
    trained.train()
    newest = trained.session.experiment.weights
    window.inspection.show_snapshot(older)  # as if the newest were still on its way
    connection = connection_at(trained.session.experiment.network, "w2", 2, 0)
    with trained.idle_evaluated():
        window.selection.menu.weight_wanted.emit(connection, 0.25)
    changed = trained.session.experiment.weights
    assert changed.w2[0, 2, 0] == 0.25
    np.testing.assert_array_equal(changed.w1, newest.w1)
    np.testing.assert_array_equal(np.delete(changed.w2[0, :, 0], 2), np.delete(newest.w2[0, :, 0], 2))
    with trained.idle_evaluated():
        trained.trigger("undo")
    assert trained.session.experiment.weights is newest


def test_a_weight_of_an_untrained_network_changes_in_those_that_its_seed_draws(
    driver: Driver, window: MainWindow
) -> None:
    drawn = window.inspection.now
    connection = connection_at(driver.session.experiment.network, "w1", 3, 2)
    with driver.idle_evaluated():
        window.selection.menu.weight_wanted.emit(connection, 0.25)
    expected = drawn.w1.copy()
    expected[0, 3, 2] = 0.25
    np.testing.assert_array_equal(driver.session.experiment.weights.w1, expected)
    np.testing.assert_array_equal(driver.session.experiment.weights.w2, drawn.w2)


class InterruptedLatest(Latest[int]):
    """Another thread puts something while this one pops."""

    interrupter: threading.Thread | None = None

    @property
    def _thing(self) -> int | None:
        found = self.__dict__["thing"]
        if self.interrupter is None and found is not None:
            self.interrupter = threading.Thread(target=self.put, args=(2,))
            self.interrupter.start()
            self.interrupter.join(0.2)
        return found

    @_thing.setter
    def _thing(self, thing: int | None) -> None:
        self.__dict__["thing"] = thing


def test_what_is_asked_for_while_the_inspector_takes_something_up_is_not_lost() -> None:
    latest = InterruptedLatest()
    latest.put(1)
    assert latest.pop() == 1
    latest.interrupter.join()
    assert latest.pop() == 2
    assert latest.pop() is None


def test_changes_of_the_forms_are_undone_and_done_again(driver: Driver, window: MainWindow) -> None:
    driver.enter("learning_rate", 0.03)
    with driver.idle_evaluated():
        driver.enter("hidden", 9)
    for action, rate, hidden in (("undo", 0.03, 6), ("undo", 0.1, 6), ("redo", 0.03, 6), ("redo", 0.03, 9)):
        driver.trigger(action)
        driver.worker_answers()
        assert driver.session.experiment.training.learning_rate == rate
        assert driver.field("hidden").value() == hidden


# -- guide and tour -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in BUILT_IN if read_page(name)])
def test_every_link_of_every_page_does_something(driver: Driver, window: MainWindow, name: str) -> None:
    links = [link for step in read_page(name).steps for link in re.findall(r"\]\(([^)]+)\)", step.text)]
    assert links
    for link in links:
        kind, _, what = link.partition(":")
        assert kind in ("do", "cursor", "view"), link
        assert kind != "do" or what in window.actions_by_name, link
        assert kind != "view" or what in (*VIEWS, "left_over"), link
        assert kind != "cursor" or int(what) < BUILT_IN[name].table().values.shape[0], link


def test_links_of_the_guide_press_buttons_and_set_the_cursor(driver: Driver, window: MainWindow) -> None:
    window.left.show_tab("Guide")
    window.guide.link_pressed.emit("cursor:9")
    assert window.fit.cursor_row == 9
    window.guide.link_pressed.emit("view:lesions")
    assert window.inside.diagram.isVisible()
    assert window.workspaces.learn.closer_look.shown == "Lesions"
    with driver.idle_evaluated():
        window.guide.link_pressed.emit("do:step_epoch")
    assert driver.session.experiment.history.epochs == 1


def test_the_guide_works_one_time_step_out_with_the_numbers_that_come_true(driver: Driver, window: MainWindow) -> None:
    window.left.show_tab("Guide")
    window.guide.show_step(1)
    window.selection.move_cursor(0)
    text = window.guide.text.toPlainText()
    with driver.idle_evaluated():
        driver.trigger("step_time")
    after = float(driver.session.experiment.weights.w2[0, 0, 0])
    assert f"= {after:.4f}" in text.split("W2, first weight:")[1]


def test_the_tour_has_three_steps_and_can_be_skipped(driver: Driver, window: MainWindow) -> None:
    window.show_tour_once()
    tour = driver.opened(Tour)
    driver.click(tour.next)
    driver.qtbot.keyClick(tour.next, Qt.Key.Key_Return)
    assert tour.next.text() == "Done"
    driver.click(tour.next)
    assert not is_open(tour)
    driver.trigger("tour")
    driver.qtbot.keyClick(driver.opened(Tour), Qt.Key.Key_Escape)
    assert not driver.shown(Tour)
    window.show_tour_once()
    assert not driver.shown(Tour)


# -- taking out ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_every_view_is_written_as_a_picture_of_the_size_asked_for(
    trained: Driver, window: MainWindow, page: str, suffix: str, tmp_path: Path
) -> None:
    look_at(trained, page)
    view = window.inside.eigenvalues if page == "dynamics" else getattr(window.inside, page)
    path = tmp_path / f"view{suffix}"
    trained.file_dialogs_give(path)
    trained.click(view.button("export-image"))
    dialog = trained.opened(PictureDialog)
    dialog.keep.setChecked(False)
    dialog.width_field.setValue(500)
    dialog.height_field.setValue(400)
    dialog.accept()
    trained.until(lambda: window.notice.text.text() == f"Saved as {path}")
    data = path.read_bytes()
    match suffix:
        case ".png":
            assert (QImage(str(path)).width(), QImage(str(path)).height()) == (500, 400)
        case ".svg":
            assert b'viewBox="0 0 500 400"' in data
        case ".pdf":
            assert data.startswith(b"%PDF")
            assert b"/MediaBox [0 0 375" in data  # 500 pixels at 96 an inch, in points


def test_a_view_is_copied_to_the_clipboard(trained: Driver, window: MainWindow) -> None:
    trained.use(window.inside.diagram)
    trained.trigger("copy")
    assert QApplication.clipboard().image().size() == window.inside.diagram.canvas.size() * 2


@pytest.mark.parametrize("what", ["states", "weights", "path"])
@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_states_weights_and_path_are_taken_out(
    trained: Driver, window: MainWindow, what: str, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{what}{suffix}"
    trained.file_dialogs_give(path)
    trained.trigger(f"export_{what}")
    trained.until(lambda: window.notice.text.text() == f"Saved as {path}")
    experiment = trained.session.experiment
    states = plain_states(experiment.weights.w1[0], experiment.dataset)
    points = experiment.history.path.points
    if suffix == ".npz":
        with np.load(path) as arrays:
            if what == "states":
                np.testing.assert_allclose(arrays["hidden"], states, atol=1e-5)
                np.testing.assert_allclose(arrays["time"], experiment.dataset.axis.positions[:-1])
            elif what == "weights":
                np.testing.assert_array_equal(arrays["w1"], experiment.weights.w1)
            else:
                np.testing.assert_array_equal(arrays["w2"], np.stack([point.w2 for point in points]))
        return
    header, *rows = csv.reader(path.read_text().splitlines())
    if what == "states":
        assert header[:3] == ["t", "free_run", "hidden 1"]
        assert header[-3:] == ["sin(t) (target)", "sin(t) (predicted)", "epoch"]
        fed = np.array([row[2:-3] for row in rows if row[1] == "0"], np.float64)
        np.testing.assert_allclose(fed, states, atol=1e-5)
    elif what == "weights":
        assert rows[0][:3] == ["1", "input", "hidden 1"]
        assert float(rows[0][3]) == pytest.approx(float(experiment.weights.w1[0, 0, 0]))
        assert len(rows) == 48
    else:
        assert len(rows) == 48 * len(points)
        assert [row[0] for row in rows[::48]] == [str(point.epoch) for point in points]


# -- what no view may fail at -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape",
    [{"hidden": 1}, {"hidden": 30, "biases": True}, {"activation": "relu", "output": "logistic"}, {"hidden": 130}],
    ids=str,
)
def test_no_view_fails_at_any_shape_of_network(driver: Driver, window: MainWindow, shape: dict[str, object]) -> None:
    if not window.actions_by_name["inside"].isChecked():
        driver.trigger("inside")
    with driver.idle_evaluated():
        driver.session.set_network(driver.session.experiment.network.replace(**shape))
    driver.configure(epochs=4, learning_rate=0.001)
    driver.train()
    for page in PAGES:
        look_at(driver, page)
        window.grab()
    window.selection.move_cursor(3)
    window.selection.select(Unit(Layer.HIDDEN, 0))
    window.grab()
    assert not driver.problems()


def test_no_view_fails_after_a_run_that_diverged(driver: Driver, window: MainWindow) -> None:
    if not window.actions_by_name["inside"].isChecked():
        driver.trigger("inside")
    with driver.idle_evaluated():
        driver.session.set_network(driver.session.experiment.network.replace(activation="relu"))
    driver.configure(learning_rate=50.0)
    driver.click(window.transport.train)
    assert "diverged" in driver.dismiss_problem()
    for page in ("weights", "states", "dynamics", "lesions"):
        look_at(driver, page)
        window.grab()
    assert not driver.problems()
