"""The main job: train, look, save, open again, predict; by mouse and by keyboard."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from driving import Driver, headless_history, is_open
from PySide6.QtCore import Qt

from elman_core.storage.model_file import load_model
from elman_gui.controllers.run_state import RunState
from elman_gui.dialogs.predict_dialog import PredictDialog
from elman_gui.threads.training import UNLIMITED
from elman_gui.window.main_window import MainWindow

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def score_texts(window: MainWindow) -> dict[object, str]:
    return {place: cell.text() for place, cell in window.scores._cells.items()}


def test_a_click_on_train_trains_all_epochs_and_shows_what_was_learned(driver: Driver, window: MainWindow) -> None:
    before = window.fit._one_step.yData.copy()
    assert len(window.loss.data().columns[0]) == 0
    driver.train()
    epochs, losses = window.loss.data().columns
    assert len(epochs) == len(window.loss._train.xData) == 300
    assert losses[-1] < losses[0] / 20
    after = window.fit._one_step.yData
    target = window.fit._target.yData[1:]
    assert np.abs(after - target).max() < np.abs(before - target).max() / 5
    assert window.status.epoch.text() == "epoch 300 of 300"
    assert all(text != "–" for (_, part), text in score_texts(window).items() if part.value == "train")
    assert "below persistence" in window.scores.verdict.text()


def test_the_window_learns_exactly_what_a_trainer_without_window_learns(driver: Driver) -> None:
    driver.train()
    history = driver.session.experiment.history
    assert np.array_equal(history.train, headless_history(driver.session.experiment).train)


def test_train_after_the_last_epoch_adds_as_many_again(driver: Driver) -> None:
    driver.configure(epochs=20)
    driver.train()
    driver.train()
    assert driver.session.experiment.history.epochs == 40
    assert np.array_equal(
        driver.session.experiment.history.train, headless_history(driver.session.experiment, 40).train
    )


def test_what_was_saved_and_opened_again_is_the_same(driver: Driver, window: MainWindow, tmp_path: Path) -> None:
    driver.configure(epochs=50)
    driver.train()
    trained, scores = driver.session.experiment, score_texts(window)
    assert window.isWindowModified()
    path = tmp_path / "sine.safetensors"
    driver.file_dialogs_give(path)
    with driver.signal(driver.session.saved):
        driver.key(Qt.Key.Key_S, CONTROL)
    assert not window.isWindowModified()
    assert window.windowTitle() == "sine.safetensors[*] – Elman"
    with driver.idle_evaluated():
        driver.trigger("reset")
    assert driver.session.experiment.weights is None
    assert score_texts(window) != scores
    with driver.idle_evaluated():
        driver.trigger("open")
    opened = driver.session.experiment
    assert trained.weights is not None and opened.weights is not None
    assert np.array_equal(opened.weights.w1, trained.weights.w1)
    assert np.array_equal(opened.weights.w2, trained.weights.w2)
    assert np.array_equal(opened.history.train, trained.history.train)
    assert score_texts(window) == scores
    assert not window.isWindowModified()


def test_a_name_without_ending_gets_that_of_model_files(driver: Driver, tmp_path: Path) -> None:
    driver.configure(epochs=1)
    driver.train()
    driver.file_dialogs_give(tmp_path / "my sine")
    with driver.signal(driver.session.saved):
        driver.trigger("save_as")
    assert load_model(tmp_path / "my sine.safetensors").history.epochs == 1


def test_a_forecast_has_fifty_steps_and_can_be_exported(driver: Driver, tmp_path: Path) -> None:
    driver.configure(epochs=20)
    driver.train()
    dialog = driver.predict_dialog()
    assert dialog._forecast is not None
    response = dialog._forecast.response
    assert len(response.closed_loop) == 50
    assert len(dialog.plot._free_run.yData) == 51  # joined to the last true row
    path = tmp_path / "forecast.csv"
    driver.file_dialogs_give(path)
    driver.click(dialog.export)
    driver.until(lambda: dialog.summary.text() == f"Saved: {path}")
    rows = list(csv.reader(path.read_text().splitlines()))
    known = driver.session.experiment.dataset.rows
    assert len(rows) == 1 + known + 50
    assert rows[0][-6:-4] == ["sin(t) (forecast)", "epoch"] and {row[-5] for row in rows[1:]} == {"20"}
    assert rows[0][-4:] == [f"sin(t) ({end} {level})" for level in (80, 90) for end in ("lower", "upper")]
    assert [float(row[-6]) for row in rows[1 + known :]] == response.closed_loop[:, 0].tolist()
    picture = tmp_path / "forecast.svg"
    driver.file_dialogs_give(picture)
    driver.click(dialog.plot.button("export-image"))
    driver.until(lambda: dialog.summary.text() == f"Saved: {picture}")
    assert ElementTree.parse(picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    driver.click(dialog.close_button)
    assert not is_open(dialog)


def test_another_number_of_steps_makes_another_forecast(driver: Driver) -> None:
    driver.configure(epochs=5)
    driver.train()
    dialog = driver.predict_dialog()
    with driver.signal(dialog.forecast_made) as made:
        dialog.steps.setValue(7)
    assert len(made.args[0].response.closed_loop) == 7
    driver.click(dialog.close_button)


def test_a_saved_model_predicts_another_series(driver: Driver, tmp_path: Path) -> None:
    driver.configure(epochs=5)
    driver.train()
    model, series = tmp_path / "sine.safetensors", tmp_path / "other.csv"
    driver.file_dialogs_give(model)
    with driver.signal(driver.session.saved):
        driver.trigger("save")
    series.write_text("value\n" + "\n".join(f"{np.cos(n / 3):.6f}" for n in range(30)) + "\n")
    dialog = driver.predict_dialog()
    with driver.signal(dialog.forecast_made):
        driver.click(dialog.choose_model)
    driver.file_dialogs_give(series)
    with driver.signal(dialog.forecast_made) as made:
        driver.click(dialog.choose_series)
    assert made.args[0].trained.dataset.rows == 30
    assert "is read as" in dialog.summary.text()
    driver.click(dialog.close_button)


def test_a_model_that_cannot_be_read_is_a_sentence_in_the_forecast_window(driver: Driver, tmp_path: Path) -> None:
    driver.configure(epochs=1)
    driver.train()
    dialog = driver.predict_dialog()
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    driver.file_dialogs_give(tmp_path / "broken.safetensors")
    driver.click(dialog.choose_model)
    driver.until(lambda: dialog.problem.isVisible())
    assert "broken.safetensors" in dialog.problem.text()
    assert not driver.problems()
    driver.click(dialog.close_button)


def test_without_a_trained_network_the_forecast_window_asks_for_a_model(driver: Driver, window: MainWindow) -> None:
    driver.trigger("predict")
    dialog = driver.opened(PredictDialog)
    assert dialog.model.text().startswith("None yet")
    assert not dialog.steps.isEnabled() and not dialog.export.isEnabled()
    driver.click(dialog.close_button)


def test_the_whole_run_goes_by_keyboard_alone(driver: Driver, window: MainWindow) -> None:
    session = driver.session
    train_steps = session.experiment.dataset.train_steps
    places: list[int] = []
    session.run.progress_changed.connect(lambda at: places.append(at.epoch * train_steps + at.time_step))
    window.transport.set_speed(10.0)

    driver.key(Qt.Key.Key_F5)
    driver.until(lambda: session.experiment.history.epochs >= 2)
    with driver.idle_evaluated():
        driver.key(Qt.Key.Key_F6)
    assert session.state is RunState.PAUSED
    paused_at = places[-1]
    driver.worker_answers()
    assert places[-1] == paused_at

    with driver.idle_evaluated():
        driver.key(Qt.Key.Key_F7)
    assert (session.state, places[-1]) == (RunState.PAUSED, paused_at + 1)

    epochs = session.experiment.history.epochs
    with driver.idle_evaluated():
        driver.key(Qt.Key.Key_F8)
    assert (session.state, places[-1]) == (RunState.PAUSED, (epochs + 1) * train_steps)

    driver.key(Qt.Key.Key_F5)
    driver.until(lambda: session.experiment.history.epochs >= epochs + 3)
    assert session.state is RunState.RUNNING
    with driver.idle_evaluated():
        driver.key(Qt.Key.Key_F5, SHIFT)
    assert session.state is RunState.IDLE

    stopped_at = session.experiment.history.epochs
    assert epochs + 3 <= stopped_at < 300
    assert np.array_equal(session.experiment.history.train, headless_history(session.experiment, stopped_at).train)


@pytest.mark.parametrize(("action", "epochs"), [("step_time", 0), ("step_epoch", 1)])
def test_a_fresh_network_can_be_stepped(driver: Driver, action: str, epochs: int) -> None:
    with driver.idle_evaluated():
        driver.trigger(action)
    assert driver.session.state is RunState.PAUSED
    assert driver.session.experiment.history.epochs == epochs
    assert driver.session.is_trained


def test_the_button_is_train_then_pause_then_go_on(driver: Driver, window: MainWindow) -> None:
    driver.configure(epochs=50)
    button = window.transport.train
    assert button.text() == "Train"
    driver.begin_long_run()
    assert button.text() == "Pause"
    with driver.idle_evaluated():
        driver.click(button)
    assert (button.text(), driver.session.state) == ("Continue", RunState.PAUSED)
    window.transport.set_speed(UNLIMITED)
    driver.train()
    assert (button.text(), driver.session.experiment.history.epochs) == ("Train", 50)


def test_a_built_in_experiment_with_all_parts_is_trained_and_scored(driver: Driver, window: MainWindow) -> None:
    driver.choose(window.transport.experiments, "sunspots")
    driver.until(lambda: driver.session.experiment.name == "sunspots")
    driver.configure(epochs=5)
    driver.train()
    assert all("–" not in text for text in score_texts(window).values())
    assert window.loss.data().names == ("epoch", "train_loss_per_step", "validation_loss_per_step")
    history, headless = driver.session.experiment.history, headless_history(driver.session.experiment)
    # The slices of an epoch depend on the clock, and torch rounds a longer slice otherwise than two shorter ones.
    np.testing.assert_allclose(history.train, headless.train, rtol=1e-4)
    np.testing.assert_allclose(history.validation, headless.validation, rtol=1e-4)
