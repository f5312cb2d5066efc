"""The session's states and signals, its settings, and what happens when something fails."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from driving import TIMEOUT, Button, Driver, finite, headless_history
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication, QLabel

from elman_core.config import ALL, Activation, Loss, Optimizer, Output, Precision
from elman_core.experiments.scorecard import scorecard, scorecard_of
from elman_core.support.jobs import complete
from elman_core.training.events import TrainingUpdate
from elman_core.training.trainer import Trainer
from elman_core.training.weights import network_from_weights
from elman_gui.app import CrashReporter
from elman_gui.controllers.run_state import RunState
from elman_gui.panels.config_form import ConfigForm
from elman_gui.threads.training import UNLIMITED
from elman_gui.window.main_window import MainWindow

IDLE, RUNNING, PAUSED, STOPPING = RunState.IDLE, RunState.RUNNING, RunState.PAUSED, RunState.STOPPING


@pytest.fixture
def told(driver: Driver) -> list[object]:
    """What the session tells from now on, in order: states, and names of other signals; repetitions once."""
    found: list[object] = []

    def note(what: object) -> None:
        if not found or found[-1] != what:
            found.append(what)

    session = driver.session
    session.run.state_changed.connect(note)
    session.run.history_changed.connect(lambda _: note("history"))
    session.run.problem.connect(lambda _: note("problem"))
    session.run.scores_changed.connect(lambda scores: note("no scores" if scores is None else "scores"))
    return found


# -- states -------------------------------------------------------------------------------------------


def test_a_run_tells_that_it_runs_what_it_learns_and_that_it_is_over(driver: Driver, told: list[object]) -> None:
    driver.configure(epochs=30)
    told.clear()
    driver.train()
    assert told == [RUNNING, "no scores", "history", IDLE, "scores"]


def test_a_pause_is_told_of_before_and_after(driver: Driver, told: list[object]) -> None:
    driver.begin_long_run()
    with driver.idle_evaluated():
        driver.trigger("pause")
    assert [word for word in told if isinstance(word, RunState)] == [RUNNING, STOPPING, PAUSED]
    assert told[-1] == "scores"
    driver.trigger("stop")
    assert told[-1] is IDLE


def test_states_follow_each_other_in_strict_order(driver: Driver) -> None:
    session = driver.session
    expected = (RUNNING, STOPPING, PAUSED, RUNNING, STOPPING, IDLE)
    with driver.qtbot.waitSignals(
        [session.run.state_changed] * len(expected),
        timeout=TIMEOUT,
        order="strict",
        check_params_cbs=[lambda told, state=state: told is state for state in expected],
    ):
        driver.begin_long_run()
        session.run.pause()
        driver.until_state(PAUSED)
        driver.begin_long_run(session.experiment.history.epochs + 1)
        session.run.stop()


def test_stop_after_pause_was_asked_for_ends_the_run(driver: Driver) -> None:
    driver.begin_long_run()
    with driver.idle_evaluated():
        driver.session.run.pause()
        driver.session.run.stop()
    assert driver.session.state is IDLE


def test_words_that_do_not_fit_the_state_change_nothing(driver: Driver) -> None:
    session = driver.session
    with driver.qtbot.assertNotEmitted(session.run.state_changed):
        session.run.pause()
        session.run.stop()
    driver.begin_long_run()
    experiment = session.experiment
    with driver.qtbot.assertNotEmitted(session.run.state_changed):
        session.run.train()
        session.run.step_epoch()
        session.reset()
        session.undo()
    assert session.experiment is experiment


def test_what_is_emitted_by_the_worker_arrives_in_the_windows_thread(driver: Driver) -> None:
    threads = set()
    for signal in (driver.session.run.history_changed, driver.session.run.state_changed, driver.session.jobs.started):
        signal.connect(lambda *_: threads.add(QThread.currentThread()))
    driver.configure(epochs=30)
    driver.train()
    driver.open_built_in("sunspots")
    assert threads == {QApplication.instance().thread()}


# -- what a run delivers ------------------------------------------------------------------------------


@pytest.mark.parametrize("interrupt", ["pause", "stop"])
def test_an_interruption_delivers_every_update_yielded(driver: Driver, interrupt: str) -> None:
    driver.begin_long_run()
    with driver.idle_evaluated():
        driver.trigger(interrupt)
    trainer = driver.session.run._worker._trainer
    assert trainer is not None
    assert driver.session.experiment.history.epochs == trainer.epoch
    assert np.array_equal(driver.session.experiment.weights.w1, trainer.weights().w1)


@pytest.mark.parametrize("interrupt", ["pause", "stop"])
def test_an_interrupted_run_learns_what_an_uninterrupted_one_learns(driver: Driver, interrupt: str) -> None:
    driver.configure(epochs=60)
    for _ in range(3):
        driver.begin_long_run(driver.session.experiment.history.epochs + 3)
        with driver.idle_evaluated():
            driver.trigger(interrupt)
    assert driver.session.experiment.history.epochs < 60
    driver.window.transport.set_speed(UNLIMITED)
    driver.train()
    history = driver.session.experiment.history
    assert np.array_equal(history.train, headless_history(driver.session.experiment).train)
    assert history.epochs == 60


def test_steps_by_time_and_by_epoch_learn_what_a_run_learns(driver: Driver) -> None:
    for action in ("step_time", "step_time", "step_epoch", "step_time", "step_epoch"):
        with driver.idle_evaluated():
            driver.trigger(action)
    history = driver.session.experiment.history
    assert np.array_equal(history.train, headless_history(driver.session.experiment, 2).train)


def test_a_change_of_speed_is_felt_while_running(driver: Driver) -> None:
    driver.window.transport.set_speed(1.0)
    driver.click(driver.window.transport.train)
    driver.until(lambda: driver.session.experiment.history.epochs >= 1)
    with driver.idle_evaluated():
        driver.window.transport.set_speed(UNLIMITED)  # at the old speed this would take five minutes
    assert driver.session.experiment.history.epochs == 300


# -- settings -----------------------------------------------------------------------------------------


def test_settings_are_locked_while_the_network_trains(driver: Driver, window: MainWindow) -> None:
    locked = [driver.field(name) for name in ("hidden", "epochs", "train_percent")]
    transport = window.transport
    locked += [transport.experiments, transport.step, transport.reset, transport.seed, transport.devices]
    assert all(widget.isEnabled() for widget in locked)
    driver.begin_long_run()
    assert not any(widget.isEnabled() for widget in locked)
    assert not any(window.actions_by_name[name].isEnabled() for name in ("open", "save", "train", "reset"))
    with driver.idle_evaluated():
        driver.trigger("stop")
    assert all(widget.isEnabled() for widget in locked)


def test_another_network_is_untrained_and_undo_brings_the_trained_one_back(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=20)
    driver.train()
    trained = driver.session.experiment
    with driver.idle_evaluated():
        driver.enter("hidden", 8)
    assert driver.session.experiment.network.hidden == 8
    assert driver.session.experiment.weights is None
    assert driver.session.experiment.history.epochs == 0
    assert "8 hidden" in window.settings_panel._sentence.text()
    assert "Edit > Undo" in window.notice.text.text() and window.notice.isVisible()
    assert len(window.context.data().columns) == 9
    with driver.idle_evaluated():
        driver.trigger("undo")
    assert driver.session.experiment.weights is trained.weights
    assert driver.session.experiment.training == trained.training
    assert driver.field("hidden").value() == 6
    assert window.isWindowModified()
    assert window.actions_by_name["redo"].text() == "&Redo Change of Network"
    assert len(window.loss.data().columns[0]) == 20


@pytest.mark.parametrize(
    ("field", "value"), [("activation", Activation.LOGISTIC), ("biases", True), ("initial_context", 0.5)]
)
def test_every_setting_of_the_network_reaches_the_trainer(driver: Driver, field: str, value: Any) -> None:
    with driver.idle_evaluated():
        driver.enter(field, value)
    assert getattr(driver.session.run._worker._trainer.network.config, field) == value


def test_another_learning_rate_keeps_the_weights(driver: Driver) -> None:
    driver.configure(epochs=20)
    driver.train()
    weights = driver.session.experiment.weights
    driver.enter("learning_rate", 0.05)
    assert driver.session.experiment.training.learning_rate == 0.05
    assert driver.session.experiment.weights is weights
    assert driver.session.experiment.history.epochs == 20
    driver.train()
    assert driver.session.experiment.history.epochs == 40


@pytest.mark.parametrize("optimizer", [Optimizer.RPROP, Optimizer.LBFGS])
def test_an_optimizer_that_updates_once_an_epoch_sets_the_steps_to_all(driver: Driver, optimizer: Optimizer) -> None:
    driver.configure(epochs=5, momentum=0.5)
    with driver.idle_evaluated():
        driver.enter("optimizer", optimizer)
    assert [driver.field(name).currentText() for name in ("update_every", "truncation")] == [ALL, ALL]
    assert driver.field("momentum").value() == 0
    assert not driver.field("momentum").isEnabled()
    training = driver.session.experiment.training
    assert (training.optimizer, training.update_every, training.truncation) == (optimizer, ALL, ALL)
    driver.train()
    assert driver.session.experiment.history.epochs == 5


def test_a_trained_network_goes_on_with_another_optimizer(driver: Driver) -> None:
    driver.configure(epochs=5, optimizer=Optimizer.ADAM)
    driver.train()
    with driver.idle_evaluated():
        driver.enter("optimizer", Optimizer.SGD)
    driver.train()
    assert driver.session.experiment.history.epochs == 10
    assert not driver.problems()


def test_update_every_never_exceeds_truncation(driver: Driver) -> None:
    with driver.idle_evaluated():
        driver.enter("update_every", 5)
    assert driver.field("truncation").currentText() == "5"
    with driver.idle_evaluated():
        driver.enter("truncation", 2)
    assert driver.field("update_every").currentText() == "2"


def test_another_precision_is_another_network(driver: Driver) -> None:
    with driver.idle_evaluated():
        driver.enter("precision", Precision.DOUBLE)
    driver.configure(epochs=2)
    driver.train()
    assert driver.session.experiment.weights.w1.dtype == np.float64


@pytest.mark.parametrize(
    ("form", "field", "value", "sentence"),
    [
        ("training", "truncation", "many", "truncation"),
        ("training", "update_every", 0, "update_every must be at least 1"),
        ("data", "train_percent", 99.0, "train_percent and validation_percent must not exceed 100 %"),
    ],
)
def test_an_invalid_entry_shows_a_sentence_and_changes_nothing(
    driver: Driver, window: MainWindow, form: str, field: str, value: Any, sentence: str
) -> None:
    driver.open_built_in("sunspots")
    panel: ConfigForm = getattr(window.settings_panel, form)
    before = panel.config
    with driver.qtbot.assertNotEmitted(panel.config_changed):
        driver.enter(field, value)
    shown = panel.findChild(QLabel, "error")
    assert shown.isVisible() and shown.text().lower().startswith(f"⚠ {sentence.lower()}")
    assert panel.config == before
    driver.enter(field, getattr(before, field))
    with driver.idle_evaluated():
        driver.enter("scaling" if form == "data" else "context_reset", "none" if form == "data" else "never")
    assert not shown.isVisible()


def test_another_split_of_the_data_moves_the_parts(driver: Driver) -> None:
    driver.open_built_in("sunspots")
    with driver.idle_evaluated():
        driver.enter("train_percent", 50.0)
    dataset = driver.session.experiment.dataset
    assert dataset.train_rows == round(dataset.rows * 0.5)


def test_data_that_cannot_be_learned_is_a_sentence_and_the_form_goes_back(driver: Driver) -> None:
    driver.enter("train_percent", 1.0)
    assert "leave" in driver.dismiss_problem()
    assert driver.field("train_percent").value() == 100
    assert driver.session.experiment.dataset.train_rows == driver.session.experiment.dataset.rows


# -- seeds and resets ---------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_run_again(driver: Driver) -> None:
    driver.configure(epochs=20)
    driver.train()
    losses = driver.session.experiment.history.train.copy()
    with driver.idle_evaluated():
        driver.trigger("reset")
    assert driver.session.experiment.history.epochs == 0
    driver.train()
    assert np.array_equal(driver.session.experiment.history.train, losses)


def test_a_new_seed_gives_other_weights_and_is_shown(driver: Driver, window: MainWindow) -> None:
    before = window.fit._one_step.yData.copy()
    with driver.idle_evaluated():
        driver.trigger("reset_new_seed")
    assert window.transport.seed.value() == driver.session.experiment.training.seed != 1
    assert not np.array_equal(window.fit._one_step.yData, before)


def test_a_seed_typed_in_draws_other_weights_of_an_untrained_network(driver: Driver, window: MainWindow) -> None:
    before = window.fit._one_step.yData.copy()
    with driver.idle_evaluated():
        window.transport.seed.setValue(17)
    assert driver.session.experiment.training.seed == 17
    assert not np.array_equal(window.fit._one_step.yData, before)


# -- failures -----------------------------------------------------------------------------------------


def make_diverge(driver: Driver) -> None:
    with driver.idle_evaluated():
        driver.enter("activation", Activation.RELU)
    driver.configure(learning_rate=100.0)


def test_a_diverging_run_is_a_sentence_and_the_next_run_works(driver: Driver, told: list[object]) -> None:
    make_diverge(driver)
    told.clear()
    with driver.idle_evaluated():
        driver.click(driver.window.transport.train)
    assert told[:1] + told[-3:] == [RUNNING, "problem", IDLE, "scores"]
    assert "diverged" in driver.dismiss_problem()
    assert driver.session.state is IDLE
    assert finite(driver.session.experiment.weights.w1, driver.session.experiment.weights.w2)
    driver.configure(learning_rate=0.01, epochs=20)
    with driver.idle_evaluated():
        driver.trigger("reset")
    driver.train()
    assert driver.session.experiment.history.epochs == 20
    assert not driver.problems()


def break_updates(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Let training raise after some updates."""
    updates: Callable[..., Any] = Trainer.updates

    def broken(self: Trainer, **arguments: Any) -> Any:
        for count, update in enumerate(updates(self, **arguments)):
            if count == after:
                raise ZeroDivisionError("a wheel came off")
            yield update

    monkeypatch.setattr(Trainer, "updates", broken)


@pytest.mark.parametrize("after", [0, 3])
def test_an_exception_while_training_is_one_dialog_and_the_next_run_works(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    driver.configure(epochs=20)
    driver.train()
    before = driver.session.experiment
    losses = before.history.train.copy()
    with monkeypatch.context() as broken:
        break_updates(broken, after)
        driver.window.transport.set_speed(60.0)
        driver.click(driver.window.transport.train)
        assert "ZeroDivisionError: a wheel came off" in driver.dismiss_problem()
    driver.until_state(IDLE)
    assert np.array_equal(driver.session.experiment.history.train, losses)
    assert np.array_equal(driver.session.experiment.weights.w1, before.weights.w1)
    assert len(driver.window.loss.data().columns[0]) == 20
    driver.train()
    assert np.array_equal(
        driver.session.experiment.history.train, headless_history(driver.session.experiment, 40).train
    )


def test_a_device_that_is_not_there_is_a_sentence_and_the_cpu_still_works(driver: Driver) -> None:
    driver.session.run.set_device("cuda:7")
    driver.click(driver.window.transport.train)
    assert driver.dismiss_problem().startswith("there is no device 'cuda:7' here")
    driver.until_state(IDLE)
    driver.session.run.set_device("cpu")
    driver.configure(epochs=5)
    driver.train()
    assert driver.session.experiment.history.epochs == 5


def test_settings_that_do_not_go_together_are_the_same_sentence_again(driver: Driver) -> None:
    driver.enter("loss", Loss.CROSS_ENTROPY)
    assert "cross-entropy needs logistic or softmax outputs" in driver.dismiss_problem()
    driver.click(driver.window.transport.train)
    assert "cross-entropy needs logistic or softmax outputs" in driver.dismiss_problem()
    driver.until_state(IDLE)
    with driver.idle_evaluated():
        driver.enter("output", Output.LOGISTIC)
    assert not driver.problems()


def test_train_at_once_after_settings_that_are_refused_says_why_and_trains_once_they_are_mended(driver: Driver) -> None:
    driver.enter("loss", Loss.CROSS_ENTROPY)
    driver.click(driver.window.transport.train)  # before the worker has answered
    driver.until(lambda: len(driver.problems()) == 2)
    for box in driver.problems():
        assert box.text().startswith("cross-entropy needs logistic or softmax outputs")
        driver.click(box.button(Button.Ok))
    driver.until_state(IDLE)
    with driver.idle_evaluated():
        driver.enter("loss", Loss.SQUARED_ERROR)
    driver.configure(epochs=5)
    driver.train()
    assert driver.session.experiment.history.epochs == 5
    assert not driver.problems()


def test_an_exception_in_any_thread_is_a_sentence_in_the_windows_own(
    driver: Driver, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (sys, threading):
        monkeypatch.setattr(module, "excepthook", module.excepthook)  # to have it back
    shown_in: list[QThread] = []
    show_problem = MainWindow.show_problem

    def noted(self: MainWindow, text: str) -> None:
        shown_in.append(QThread.currentThread())
        show_problem(self, text)

    monkeypatch.setattr(MainWindow, "show_problem", noted)
    CrashReporter(window).install()
    thread = threading.Thread(target=lambda: [][0])
    thread.start()
    thread.join()
    assert not shown_in  # it waits for the window's thread
    assert "IndexError" in driver.dismiss_problem()
    assert shown_in == [QApplication.instance().thread()]


# -- scores -------------------------------------------------------------------------------------------


def test_the_window_scores_a_network_on_the_stream_that_the_command_line_scores_it_on(driver: Driver) -> None:
    driver.open_built_in("temporal-xor")
    driver.configure(epochs=2, seed=7)
    driver.train()
    experiment = driver.session.experiment
    network = network_from_weights(experiment.network, experiment.weights)
    by_command_line = complete(scorecard_of(experiment.dataset.source, network, experiment.training.seed))
    assert driver.window.paper.measures == by_command_line
    fresh_from_epochs = complete(scorecard("temporal-xor", network, experiment.history.epochs))
    assert driver.window.paper.measures != fresh_from_epochs


# -- the worker's pace --------------------------------------------------------------------------------


def test_updates_come_one_after_another_and_all_of_them(driver: Driver) -> None:
    driver.configure(epochs=100)
    places: list[int] = []
    driver.session.run.progress_changed.connect(lambda progress: places.append(progress.epoch))
    driver.train()
    assert all(earlier <= later for earlier, later in pairwise(places))
    assert places[-1] == 100


def test_a_snapshot_of_the_last_update_is_shown(driver: Driver, window: MainWindow) -> None:
    shown: list[TrainingUpdate] = []
    driver.session.run.snapshot_changed.connect(shown.append)
    driver.configure(epochs=5)
    driver.train()
    assert shown[-1].epoch == 5
    assert np.array_equal(window.fit._one_step.yData, shown[-1].response.one_step[:, 0])


def test_a_paused_run_goes_on_to_its_goal_with_another_rate_and_optimizer(driver: Driver) -> None:
    driver.configure(epochs=40)
    driver.train()
    driver.begin_long_run(epochs=42)  # as many epochs again
    driver.trigger("pause")
    driver.until_state(PAUSED)
    with driver.idle_evaluated():
        driver.session.set_training(driver.session.experiment.training.replace(optimizer="adam", learning_rate=0.01))
    driver.window.transport.set_speed(UNLIMITED)
    driver.train()
    assert driver.session.experiment.history.epochs == 80


def test_a_picture_of_an_experiment_that_is_gone_is_not_shown(driver: Driver, window: MainWindow) -> None:
    rests = []
    driver.session.run._worker.idle_evaluated.connect(rests.append)
    with driver.idle_evaluated():
        driver.trigger("step_epoch")
    driver.open_built_in("letters")
    driver.session.run._on_idle_evaluation(rests[0])  # as if it had been on its way
    assert window.inspection.now.w1.shape == (1, 6 + 20 + 1, 20)
    window.grab()
