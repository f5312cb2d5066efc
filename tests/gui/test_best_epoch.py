"""Which epoch the network in the window is of, and going to the best one."""

from __future__ import annotations

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtWidgets import QStyle, QStyleOptionSlider

from elman_core.experiment import Run
from elman_gui.controllers.run_state import RunState
from elman_gui.dialogs.predict_dialog import PredictDialog
from elman_gui.panels.timeline import Timeline
from elman_gui.window.main_window import MainWindow


def middle_of_handle(timeline: Timeline) -> float:
    """Where the slider's handle stands, by what the style says."""
    option = QStyleOptionSlider()
    timeline.slider.initStyleOption(option)
    control, handle = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
    return QRectF(timeline.slider.style().subControlRect(control, option, handle, timeline.slider)).center().x()


def run_of(driver: Driver) -> Run:
    return driver.session.experiment


@pytest.fixture
def early(driver: Driver) -> Driver:
    """A network that stopped early: its weights are of another epoch than the last."""
    driver.open_built_in("sunspots")
    driver.configure(epochs=60, patience=3, learning_rate=0.1)
    driver.train()
    assert run_of(driver).history.best_epoch + 1 < run_of(driver).history.epochs < 60
    return driver


@pytest.fixture
def past_best(driver: Driver) -> Driver:
    """A network that rests after its best epoch, and has the weights of the last one."""
    driver.open_built_in("sunspots")
    driver.configure(epochs=39, patience=0, learning_rate=0.1)
    driver.train()
    with driver.idle_evaluated():
        driver.trigger("step_epoch")
    assert run_of(driver).history.best_epoch + 1 < run_of(driver).history.epochs
    return driver


# -- at the end of a run ------------------------------------------------------------------------------


def test_a_run_that_ends_by_itself_has_its_best_weights_and_says_so(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("sunspots")
    driver.configure(epochs=40, patience=0, learning_rate=0.1)
    with driver.signal(window.session.run.noticed, lambda notice: "best epoch" in notice.text):
        driver.train()
    history, weights = run_of(driver).history, run_of(driver).weights
    best = history.best_epoch + 1
    assert best < history.epochs == 40
    np.testing.assert_array_equal(weights.w1, weights.stopping.best_w1)
    assert window.status.epoch.text() == f"epoch {best} of 40 (best; training went on to 40)"
    assert window.timeline.words.text() == f"now: epoch {best} (best)"
    assert not window.actions_by_name["use_best"].isEnabled()
    last = weights.stopping.last_w1.copy()
    with driver.idle_evaluated():
        driver.trigger("step_epoch")  # it goes on from the last weights, and shows the current ones
    assert window.status.epoch.text() == "epoch 41 of 41"
    assert np.abs(run_of(driver).weights.w1 - last).max() < np.abs(weights.stopping.best_w1 - last).max()
    assert window.actions_by_name["use_best"].isEnabled()


def test_train_goes_on_after_the_end_as_if_there_had_been_none(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("sunspots")
    driver.configure(epochs=30, patience=0, learning_rate=0.1)
    driver.train()
    driver.train()
    twice = run_of(driver)
    driver.trigger("reset")
    driver.configure(epochs=60)
    driver.train()
    np.testing.assert_array_equal(run_of(driver).history.train, twice.history.train)
    np.testing.assert_array_equal(run_of(driver).weights.w1, twice.weights.w1)


# -- after an early stop ------------------------------------------------------------------------------


def test_status_timeline_and_loss_say_the_epoch_of_the_weights(early: Driver, window: MainWindow) -> None:
    history = run_of(early).history
    best, last = history.best_epoch + 1, history.epochs
    words = f"(best; training went on to {last})"
    assert window.status.epoch.text() == f"epoch {best} of 60 {words}"
    assert window.timeline.words.text() == f"now: epoch {best} (best)"
    assert window.timeline.words.toolTip() == f"epoch {best} {words}"
    assert f"{history.train[best - 1, 0]:.4g}" in window.status.losses.text()
    assert window.loss._viewed.isVisible()
    assert window.loss._viewed.value() == best
    assert window.timeline.is_now
    assert history.path.points[window.timeline.slider.value()].epoch == best
    assert window.inspection.now.epoch == best
    early.click(window.transport.predict)
    assert f"epoch {best} {words}" in early.opened(PredictDialog).model.text()


def test_what_came_after_the_best_epoch_can_still_be_looked_at(early: Driver, window: MainWindow) -> None:
    history = run_of(early).history
    kept = history.path.points[-1].epoch
    assert kept > history.best_epoch + 1
    with early.signal(window.inspection.snapshot_changed, lambda snapshot: snapshot.epoch == kept):
        window.timeline.slider.setValue(window.timeline.slider.maximum())
    assert window.timeline.words.text() == f"epoch {kept} of {history.epochs}"
    assert window.loss._viewed.value() == kept
    window.timeline.go_to_now()
    assert window.timeline.is_now


def test_there_is_no_best_epoch_to_use_where_the_network_has_it(early: Driver, window: MainWindow) -> None:
    assert not window.actions_by_name["use_best"].isEnabled()
    assert not window.timeline.use_best.isVisible()


def test_training_on_counts_the_epochs_of_the_run(early: Driver, window: MainWindow) -> None:
    early.configure(patience=0)
    with early.idle_evaluated():
        early.trigger("step_epoch")
    last = run_of(early).history.epochs
    assert window.status.epoch.text().startswith(f"epoch {last} of")
    assert "best" not in window.status.epoch.text()


# -- the mark of the best epoch -----------------------------------------------------------------------


@pytest.mark.parametrize("epochs", [1, 2, 5, 40])
def test_the_mark_stands_over_the_handle_of_its_epoch(driver: Driver, window: MainWindow, epochs: int) -> None:
    driver.configure(epochs=epochs)
    driver.train()
    best = run_of(driver).history.best_epoch + 1
    points = run_of(driver).history.path.points
    window.timeline.slider.setValue([point.epoch for point in points].index(best))
    assert abs(window.timeline.slider.mark_place().x() - middle_of_handle(window.timeline)) <= 1
    assert window.loss._best.xData.tolist() == [best]
    if best == epochs:  # the last epoch is now: both stand at the end
        assert window.timeline.is_now


def test_a_click_on_the_mark_goes_to_the_best_epoch(past_best: Driver, window: MainWindow) -> None:
    best = run_of(past_best).history.best_epoch + 1
    at = window.timeline.slider.mark_place().toPoint() - QPoint(0, 3)
    with past_best.signal(window.inspection.snapshot_changed, lambda snapshot: snapshot.epoch == best):
        past_best.qtbot.mouseClick(window.timeline.slider, Qt.MouseButton.LeftButton, pos=at)
    assert window.timeline.words.text() == f"epoch {best} of 40"
    assert window.loss._viewed.value() == best


def test_a_click_on_the_mark_in_the_loss_goes_there_too(past_best: Driver, window: MainWindow) -> None:
    best = run_of(past_best).history.best_epoch + 1
    loss = window.loss
    (x,), (y,) = loss._best.xData, np.log10(loss._best.yData)
    scene = loss.plot.getPlotItem().getViewBox().mapViewToScene(QPointF(x, y))
    past_best.qtbot.mouseClick(loss.plot.viewport(), Qt.MouseButton.LeftButton, pos=loss.plot.mapFromScene(scene))
    past_best.until(lambda: window.timeline.words.text() == f"epoch {best} of 40")


# -- using it -----------------------------------------------------------------------------------------


def test_one_click_gives_the_network_its_best_weights_and_undo_takes_them_back(
    past_best: Driver, window: MainWindow
) -> None:
    before, best = run_of(past_best), run_of(past_best).history.best_epoch + 1
    kept = before.weights.stopping.best_w1[0].copy()
    with past_best.idle_evaluated():
        past_best.click(window.timeline.use_best)
    after = run_of(past_best)
    np.testing.assert_array_equal(after.weights.w1[0], kept)
    assert window.status.epoch.text() == f"epoch {best} of 40 (best; training went on to 40)"
    assert after.history.epochs == 40
    assert not window.timeline.use_best.isVisible()
    assert not window.actions_by_name["use_best"].isEnabled()
    with past_best.idle_evaluated():
        past_best.trigger("undo")
    np.testing.assert_array_equal(run_of(past_best).weights.w1, before.weights.w1)
    assert window.status.epoch.text() == "epoch 40 of 40"
    assert window.actions_by_name["use_best"].isEnabled()


def test_of_an_ensemble_every_network_gets_its_best_weights(driver: Driver, window: MainWindow) -> None:
    driver.open_built_in("sunspots")
    driver.configure(epochs=39, patience=0, learning_rate=0.1, networks=3)
    driver.train()
    with driver.idle_evaluated():
        driver.trigger("step_epoch")
    best = [run_of(driver).history.best_epoch_of(member) + 1 for member in range(3)]
    with driver.idle_evaluated():
        driver.trigger("use_best")
    assert [run_of(driver).ends.weights_epoch(member, 40) for member in range(3)] == best
    assert run_of(driver).training.networks == 3


def test_without_a_validation_part_it_goes_back_to_the_kept_epoch(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=30, learning_rate=0.3)
    driver.train()
    best = run_of(driver).history.best_epoch + 1
    assert best < 30
    kept = next(point for point in run_of(driver).history.path.points if point.epoch == best)
    with driver.idle_evaluated():
        driver.click(window.timeline.use_best)
    np.testing.assert_array_equal(run_of(driver).weights.w1[0], kept.w1)
    assert window.status.epoch.text() == f"epoch {best} of 30"
    assert len(run_of(driver).history.branches) == 1  # the losses after it stay in the picture
    with driver.idle_evaluated():
        driver.trigger("undo")
    assert run_of(driver).history.epochs == 30


def test_it_cannot_be_used_while_the_network_trains(past_best: Driver, window: MainWindow) -> None:
    past_best.configure(epochs=10_000)
    past_best.begin_long_run(41)
    assert not window.actions_by_name["use_best"].isEnabled()
    assert not window.timeline.use_best.isVisible()
    past_best.trigger("stop")
    past_best.until_state(RunState.IDLE)
    past_best.worker_answers()
