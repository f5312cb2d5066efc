"""How the window behaves: what it says and for how long, where a step was made, and what may change meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QProgressBar

from elman_core.analysis.units import Layer, Unit
from elman_core.training.history import History
from elman_core.training.rates import RateSince
from elman_core.training.trainer import Trainer
from elman_gui.controllers.run_state import RunState
from elman_gui.dialogs.job_progress import JobProgress
from elman_gui.dialogs.messages import MessagesDialog
from elman_gui.dialogs.save_dialog import SaveDialog
from elman_gui.notices import Ending, Notice, reading_milliseconds
from elman_gui.threads.job import JobThread
from elman_gui.threads.training import UNLIMITED
from elman_gui.views.choice import Choice
from elman_gui.window.main_window import MainWindow

# -- notices ------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices are read in no time."""
    monkeypatch.setattr("elman_gui.notices._TO_NOTICE_MS", 1)
    monkeypatch.setattr("elman_gui.notices._A_CHARACTER_MS", 0)
    monkeypatch.setattr("elman_gui.panels.notice_bar._LEFT_AFTER_A_LOOK_MS", 1)


def test_a_long_notice_stays_longer_than_a_short_one_and_an_important_one_longest() -> None:
    short, long = Notice("Saved."), Notice("Saved." * 20)
    assert 2_000 < reading_milliseconds(short) < reading_milliseconds(long) < 30_000
    assert reading_milliseconds(replace(long, is_important=True)) > 1.5 * reading_milliseconds(long)


def test_a_notice_lies_over_the_workspace_and_moves_nothing(driver: Driver, window: MainWindow) -> None:
    before = window.workspaces.geometry()
    window.notice.show_notice(
        Notice("This is said over the workspace, in so many words that two lines are needed. " * 3)
    )
    assert window.notice.isVisible()
    assert window.workspaces.geometry() == before
    assert before.contains(window.notice.geometry())
    assert window.notice.text.height() >= window.notice.text.heightForWidth(window.notice.text.width())
    driver.resize(960, 600)
    assert window.workspaces.geometry().contains(window.notice.geometry())


def test_a_notice_goes_by_itself_but_not_while_it_has_the_focus(
    driver: Driver, window: MainWindow, quick: None
) -> None:
    window.notice.show_notice(Notice("Read me."))
    driver.until(lambda: not window.notice.isVisible())
    window.activateWindow()
    driver.until(window.isActiveWindow)
    window.notice.show_notice(Notice("Read me."))
    window.notice.button.setFocus()
    assert window.notice.isVisible()
    assert not window.notice._timer.isActive()
    window.transport.train.setFocus()
    driver.until(lambda: not window.notice.isVisible())


def test_the_mouse_holds_a_notice(driver: Driver, window: MainWindow) -> None:
    window.notice.show_notice(Notice("Read me."))
    assert window.notice._timer.isActive()
    middle = QPointF(window.notice.rect().center())
    QApplication.sendEvent(window.notice, QEnterEvent(middle, middle, middle))
    assert not window.notice._timer.isActive()


def test_a_notice_is_closed_by_its_button_and_by_escape(driver: Driver, window: MainWindow) -> None:
    window.notice.show_notice(Notice("Read me."))
    driver.click(window.notice.button)
    assert not window.notice.isVisible()
    window.notice.show_notice(Notice("Read me."))
    driver.qtbot.keyClick(window.notice.button, Qt.Key.Key_Escape)
    assert not window.notice.isVisible()


def test_an_ordinary_notice_waits_for_an_important_one(window: MainWindow, caplog: pytest.LogCaptureFixture) -> None:
    notice = window.notice
    notice.show_notice(Notice("one"))
    notice.show_notice(Notice("two", is_important=True))
    assert notice.text.text() == "two"
    notice.show_notice(Notice("three"))
    assert notice.text.text() == "two"
    notice.button.click()
    assert notice.text.text() == "three"
    notice.button.click()
    assert not notice.isVisible()
    assert [record.message for record in caplog.records if record.name.endswith("notice_bar")] == ["two"]


def test_what_waits_and_is_no_longer_true_is_never_shown(window: MainWindow) -> None:
    notice = window.notice
    notice.show_notice(Notice("one", is_important=True))
    notice.show_notice(Notice("two", frozenset({Ending.TRAINING})))
    notice.end(Ending.TRAINING)
    assert notice.text.text() == "one" and notice.isVisible()
    notice.button.click()
    assert not notice.isVisible()


def test_messages_can_be_read_again(driver: Driver, window: MainWindow) -> None:
    window.notice.show_notice(Notice("The first."))
    window.notice.show_notice(Notice("The second."))
    driver.trigger("messages")
    dialog = driver.opened(MessagesDialog)
    first, second = dialog.text.toPlainText().splitlines()
    assert first.endswith("The second.") and second.endswith("The first.")
    driver.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not driver.shown(MessagesDialog)
    window.show_problem("Something is wrong.")
    driver.dismiss_problem()
    assert window.notice.messages[-1].text == "Something is wrong."


def test_untrained_again_is_said_until_it_trains_or_is_undone(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=20)
    for _ in range(2):
        driver.train()
        assert not window.notice.isVisible()
        with driver.idle_evaluated():
            driver.trigger("reset")
        assert "untrained again" in window.notice.text.text() and window.notice.isVisible()
    with driver.idle_evaluated():
        driver.trigger("undo")
    assert not window.notice.isVisible()


def test_what_is_asked_to_be_stopped_first_goes_once_it_is_stopped(driver: Driver, window: MainWindow) -> None:
    driver.begin_long_run()
    window.open_path(Path("any.csv"))
    assert window.notice.text.text().startswith("Stop the training first") and window.notice.isVisible()
    with driver.idle_evaluated():
        driver.trigger("stop")
    assert not window.notice.isVisible()


# -- steps and branches -------------------------------------------------------------------------------


def test_the_cursor_stands_on_the_time_step_that_was_just_made(driver: Driver, window: MainWindow) -> None:
    steps = driver.session.experiment.dataset.train_steps
    for step in (*range(steps), 0):
        with driver.idle_evaluated():
            driver.trigger("step_time")
        assert window.fit.cursor_row == window.context.cursor_row == window.guide._row == step
    assert driver.session.experiment.history.epochs == 1
    with driver.idle_evaluated():
        driver.trigger("step_epoch")
    assert window.fit.cursor_row == 0  # an epoch has no place among the rows


def test_a_step_is_brought_into_view(driver: Driver, window: MainWindow) -> None:
    window.fit.plot.setXRange(12, 18, padding=0)
    with driver.idle_evaluated():
        driver.trigger("step_time")
    low, high = window.fit.plot.getPlotItem().getViewBox().viewRange()[0]
    assert low < window.fit.position(0) < high


def test_the_epoch_that_was_just_made_is_marked_until_training_goes_on(driver: Driver, window: MainWindow) -> None:
    for epoch in (1, 2):
        with driver.idle_evaluated():
            driver.trigger("step_epoch")
        assert window.loss._viewed.isVisible() and window.loss._viewed.value() == epoch
    driver.begin_long_run()
    assert not window.loss._viewed.isVisible()
    driver.trigger("stop")
    driver.until_state(RunState.IDLE)


def test_a_step_goes_on_from_now_and_shows_it(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=10)
    driver.train()
    window.timeline.slider.setValue(3)
    assert window.inspection.viewing == 3
    with driver.idle_evaluated():
        driver.trigger("step_time")
    assert window.inspection.viewing is None and window.timeline.is_now


def test_a_branch_goes_on_training(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=30)
    driver.train()
    window.timeline.slider.setValue(10)
    window.transport.set_speed(3.0)
    driver.click(window.timeline.branch)
    assert driver.session.state is RunState.RUNNING
    driver.until(lambda: driver.session.experiment.history.epochs > 12)
    with driver.idle_evaluated():
        driver.trigger("stop")
    with driver.idle_evaluated():
        driver.trigger("undo")
    assert driver.session.experiment.history.epochs == 30


# -- the learning rate --------------------------------------------------------------------------------


def test_the_learning_rate_is_changed_while_it_trains_and_the_run_is_what_the_record_says(
    driver: Driver, window: MainWindow
) -> None:
    before = driver.session.experiment
    driver.begin_long_run()
    field = driver.field("learning_rate")
    assert field.isEnabled() and not driver.field("optimizer").isEnabled()
    driver.enter("learning_rate", 0.02)
    driver.until(lambda: len(driver.session.experiment.history.rates) == 2)
    assert driver.session.state is RunState.RUNNING
    window.transport.set_speed(UNLIMITED)
    driver.until_state(RunState.IDLE)
    experiment = driver.session.experiment
    first, second = experiment.history.rates
    assert first == RateSince(0, 0, 0.1)
    assert second.rate == experiment.training.learning_rate == 0.02
    assert "Learning rate 0.1, from " in window.settings_panel._sentence.text()

    trainer, history = Trainer(before, device="cpu"), History()
    history.extend(trainer.updates(last_epoch=second.epoch))
    for _ in range(second.time_step):
        history.extend(trainer.updates(one_time_step=True, last_epoch=second.epoch + 1))
    trainer.set_learning_rate(0.02)
    history.extend(trainer.updates(last_epoch=300))
    np.testing.assert_array_equal(experiment.history.train, history.train)
    np.testing.assert_array_equal(experiment.weights.w1, trainer.weights().w1)


def test_a_changed_rate_can_be_taken_back_once_nothing_trains(driver: Driver) -> None:
    driver.begin_long_run()
    driver.enter("learning_rate", 0.02)
    with driver.idle_evaluated():
        driver.trigger("stop")
    epochs = driver.session.experiment.history.epochs
    driver.trigger("undo")
    assert driver.session.experiment.training.learning_rate == 0.1 == driver.field("learning_rate").value()
    assert driver.session.experiment.history.epochs == epochs  # what was learned stays
    driver.trigger("redo")
    assert driver.field("learning_rate").value() == 0.02


def test_a_rate_that_cannot_be_is_refused_while_it_trains(driver: Driver, window: MainWindow) -> None:
    driver.begin_long_run()
    window.settings_panel.training.change(learning_rate=-1.0)
    assert "learning_rate" in window.settings_panel.training._problem.text()
    assert driver.session.experiment.training.learning_rate == 0.1
    driver.trigger("stop")
    driver.until_state(RunState.IDLE)


def test_rprop_has_no_rate_to_change_while_it_trains(driver: Driver) -> None:
    driver.configure(optimizer="rprop", update_every="all", truncation="all")
    driver.begin_long_run()
    assert not driver.field("learning_rate").isEnabled()
    driver.trigger("stop")
    driver.until_state(RunState.IDLE)
    assert driver.field("learning_rate").isEnabled()


# -- leaving what the same seed brings back -----------------------------------------------------------


def test_a_moments_work_is_left_without_a_question_and_undo_brings_it_back(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=20)
    driver.train()
    trained = driver.session.experiment
    with driver.idle_evaluated():
        driver.choose(window.transport.experiments, "sunspots")
    assert driver.session.experiment.name == "sunspots" and not driver.problems()
    assert "'sine' was not saved" in window.notice.text.text() and "Edit > Undo" in window.notice.text.text()
    assert not window.isWindowModified()
    assert window.actions_by_name["undo"].text() == "&Undo Opening of sunspots"
    with driver.idle_evaluated():
        driver.trigger("undo")
    assert driver.session.experiment is trained
    assert window.transport.experiments.currentData() == "sine" and window.isWindowModified()
    assert not window.notice.isVisible()
    with driver.idle_evaluated():
        driver.trigger("redo")
    assert driver.session.experiment.name == "sunspots"


def test_what_was_changed_by_hand_is_asked_about_however_little_it_is(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=5)
    driver.train()
    assert driver.session.is_soon_had_again
    driver.configure(learning_rate=0.05)
    driver.train()
    assert driver.session.is_modified and not driver.session.is_soon_had_again
    driver.open_built_in("sine")
    driver.train()
    assert driver.session.is_soon_had_again
    with driver.idle_evaluated():
        driver.configure(momentum=0.5)
    assert not driver.session.is_soon_had_again


def test_long_work_is_asked_about(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.configure(epochs=20)
    driver.train()
    assert 0 < driver.session.document.content.seconds_unsaved < 10
    monkeypatch.setattr("elman_gui.controllers.session.SOON_SECONDS", 1e-9)
    assert not driver.session.is_soon_had_again


# -- the explanation of a view ------------------------------------------------------------------------


def test_escape_closes_the_explanation_of_a_view(driver: Driver, window: MainWindow) -> None:
    driver.click(window.fit.button("help"))
    assert window.fit.about.isVisible()
    driver.key(Qt.Key.Key_Escape)
    assert not window.fit.about.isVisible() and not window.fit.button("help").isChecked()


def test_escape_closes_the_explanation_wherever_the_focus_is_and_only_where_one_is_open(
    driver: Driver, window: MainWindow
) -> None:
    driver.use(window.context)
    for card in (window.fit, window.loss):
        driver.click(card.button("help"))
    driver.qtbot.keyClick(window.context.picture, Qt.Key.Key_Escape)
    assert not window.loss.about.isVisible() or not window.fit.about.isVisible()
    driver.qtbot.keyClick(window.context.picture, Qt.Key.Key_Escape)
    assert not window.loss.about.isVisible() and not window.fit.about.isVisible()


# -- what is lesioned ---------------------------------------------------------------------------------


def test_a_lesioned_context_is_one_colour_in_its_heat_map_and_zero_in_its_numbers(
    driver: Driver, window: MainWindow
) -> None:
    driver.configure(epochs=20)
    driver.train()
    assert np.ptp(window.context._image.image) > 0.5
    with driver.signal(window.inspection.snapshot_changed):
        driver.trigger("lesion_context")
    assert not window.context._image.image.any()
    table = window.context.data()
    units = [column for name, column in zip(table.names, table.columns, strict=True) if name.startswith("context")]
    assert len(units) == 6 and not np.any(units)
    driver.trigger("release")
    driver.worker_answers()
    assert np.ptp(window.context._image.image) > 0.5


def test_the_context_units_of_the_plot_are_those_of_the_diagram(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=20)
    driver.train()
    table = window.context.data()
    for row in (0, 1, 12):
        window.selection.move_cursor(row)
        shown = [window.inside.diagram.value_of(Unit(Layer.CONTEXT, unit)) for unit in range(6)]
        np.testing.assert_allclose([table.columns[-6 + unit][row] for unit in range(6)], shown, rtol=1e-6)


def test_held_units_have_no_step_to_work_out(driver: Driver, window: MainWindow) -> None:
    window.left.show_tab("Guide")
    window.guide.show_step(1)
    assert "Forward" in window.guide.text.toPlainText()
    driver.trigger("lesion_context")
    assert "let them go" in window.guide.text.toPlainText()
    driver.trigger("release")
    driver.until(lambda: "Forward" in window.guide.text.toPlainText())


# -- words that have no room --------------------------------------------------------------------------


def test_a_choice_is_whole_where_it_has_room(window: MainWindow) -> None:
    for box in (window.transport.devices, window.transport.experiments):
        assert box.shown_text == box.currentText()


def test_a_choice_ends_in_dots_where_it_has_no_room(driver: Driver) -> None:
    choice = Choice()
    driver.qtbot.addWidget(choice)
    choice.addItems(["temperature of the sea at noon", "sales"])
    choice.resize(90, 26)
    choice.show()
    assert choice.shown_text.endswith("…") and choice.shown_text.startswith("te")
    choice.resize(400, 26)
    assert choice.shown_text == "temperature of the sea at noon"
    choice.showPopup()
    assert choice.view().width() > choice.fontMetrics().horizontalAdvance(choice.currentText())
    choice.hidePopup()
    choice.hide()


def test_a_file_is_saved_in_a_folder_and_has_its_ending_before_it_is_asked_about(
    driver: Driver, window: MainWindow, tmp_path: Path
) -> None:
    dialog = SaveDialog(window, "Save", str(tmp_path / "sine.png"), "PNG picture (*.png);;SVG picture (*.svg)")
    assert dialog.labelText(SaveDialog.DialogLabel.LookIn) == "Save in:"
    assert dialog.defaultSuffix() == "png"
    dialog.filterSelected.emit("SVG picture (*.svg)")
    assert dialog.defaultSuffix() == "svg"
    dialog.deleteLater()


@pytest.mark.parametrize("name", ["empty.txt", "empty.csv"])
def test_the_name_of_a_file_is_written_as_it_is(driver: Driver, window: MainWindow, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("")
    window.open_path(path)
    driver.until(lambda: any(name in label.text() for label in labels(window)))
    assert not any(name.capitalize() in label.text() for label in labels(window))
    for dialog in driver.shown(QDialog):
        dialog.close()


def labels(window: MainWindow) -> list[QLabel]:
    return [label for label in window.findChildren(QLabel) if label.isVisible()]


def test_no_thin_bar_has_words(driver: Driver, window: MainWindow) -> None:
    driver.build_pages()
    job = JobThread(lambda: iter(()), window)
    bars = [*window.findChildren(QProgressBar), *JobProgress(job, "Something", window).findChildren(QProgressBar)]
    assert len(bars) >= 3
    assert not any(bar.isTextVisible() for bar in bars)
    for progress in window.findChildren(JobProgress):
        progress.deleteLater()


def test_an_untrained_network_is_not_said_to_be_ready(driver: Driver, window: MainWindow) -> None:
    assert window.status.state.text() == "Untrained"
    driver.configure(epochs=3)
    driver.train()
    assert window.status.state.text() == "Ready"
    with driver.idle_evaluated():
        driver.trigger("reset")
    assert window.status.state.text() == "Untrained"
