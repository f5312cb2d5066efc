"""Saving, and leaving what is not saved."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from driving import TIMEOUT, Button, Driver
from PySide6.QtCore import QSettings

from elman_core.experiment import Run
from elman_core.storage.model_file import load_model, save_model
from elman_gui.controllers.run_state import RunState
from elman_gui.threads.job import JobThread
from elman_gui.window.main_window import MainWindow


@pytest.fixture(params=["/proc/x.safetensors", "missing folder", "a folder"])
def impossible(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A path at which no file can be made."""
    if request.param == "a folder":
        folder = tmp_path / "folder.safetensors"
        folder.mkdir()
        return folder
    return tmp_path / "missing" / "x.safetensors" if request.param == "missing folder" else Path(request.param)


def train_a_little(driver: Driver) -> None:
    driver.configure(epochs=3)
    driver.train()


def test_a_place_that_cannot_be_written_is_a_sentence_and_nothing_counts_as_saved(
    driver: Driver, window: MainWindow, impossible: Path
) -> None:
    train_a_little(driver)
    driver.file_dialogs_give(impossible)
    driver.trigger("save")
    text = driver.dismiss_problem()
    assert str(impossible) in text and "unexpected" not in text
    assert window.isWindowModified() and driver.session.path is None


def test_an_untrained_network_cannot_be_saved(driver: Driver, window: MainWindow) -> None:
    assert not window.actions_by_name["save"].isEnabled()
    train_a_little(driver)
    assert window.actions_by_name["save"].isEnabled()


def test_a_network_without_changes_closes_without_a_question(driver: Driver, window: MainWindow) -> None:
    assert window.close()
    assert not window.isVisible()


def ask_in_mid_training(driver: Driver, answer: Button) -> None:
    driver.begin_long_run()
    assert not driver.window.close()
    assert "running" in driver.question().text()
    assert driver.session.state is RunState.RUNNING
    driver.click(driver.question().button(answer))


def test_cancel_in_mid_training_goes_on_training(driver: Driver, window: MainWindow) -> None:
    ask_in_mid_training(driver, Button.Cancel)
    epochs = driver.session.experiment.history.epochs
    driver.until(lambda: driver.session.experiment.history.epochs > epochs)
    assert window.isVisible() and driver.session.state is RunState.RUNNING


def test_discard_in_mid_training_closes(driver: Driver, window: MainWindow) -> None:
    ask_in_mid_training(driver, Button.Discard)
    assert not window.isVisible()
    assert driver.session.run._thread.isFinished()


def test_save_in_mid_training_stops_saves_and_closes(driver: Driver, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "saved.safetensors"
    driver.file_dialogs_give(path)
    ask_in_mid_training(driver, Button.Save)
    driver.until(lambda: not window.isVisible())
    assert load_model(path).history.epochs == driver.session.experiment.history.epochs >= 5


def test_save_that_is_cancelled_keeps_the_window(driver: Driver, window: MainWindow) -> None:
    driver.file_dialogs_give("")
    ask_in_mid_training(driver, Button.Save)
    driver.until_state(RunState.IDLE)
    assert window.isVisible() and window.isWindowModified()


def test_a_save_that_fails_keeps_the_window_and_does_not_close_it_after_the_next_run(
    driver: Driver, window: MainWindow, tmp_path: Path
) -> None:
    train_a_little(driver)
    driver.file_dialogs_give("/proc/x.safetensors")
    window.close()
    driver.click(driver.question().button(Button.Save))
    driver.dismiss_problem()
    assert window.isVisible() and window.isWindowModified()
    driver.file_dialogs_give(tmp_path / "later.safetensors")
    driver.train()
    driver.worker_answers()
    assert window.isVisible() and not (tmp_path / "later.safetensors").exists()


def test_work_beside_the_window_ends_with_it(driver: Driver, window: MainWindow) -> None:
    train_a_little(driver)
    dialog = driver.predict_dialog()
    dialog.steps.setValue(100_000)
    dialog.run_forecast()
    window.documents._closing = True
    assert window.close()
    assert not dialog.isVisible()
    assert all(job.isFinished() for job in dialog.findChildren(JobThread))


def test_a_table_that_is_being_read_does_not_hold_the_window_open(
    driver: Driver, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a\n" + "1.5\n2.5\n" * 200_000)
    window.open_path(path)
    assert window.close()


@pytest.mark.parametrize("answer", [Button.Cancel, Button.Discard, Button.Save])
def test_another_experiment_asks_about_training_that_is_not_saved(
    driver: Driver, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Button
) -> None:
    monkeypatch.setattr("elman_gui.controllers.session.SOON_SECONDS", 0.0)  # all work counts
    train_a_little(driver)
    driver.file_dialogs_give(tmp_path / "sine.safetensors")
    driver.choose(window.transport.experiments, "sunspots")
    assert "'sine' is not saved" in driver.question().text()
    button = driver.question().button(answer)
    if answer is Button.Cancel:
        driver.click(button)
    else:
        with driver.idle_evaluated():
            driver.click(button)
    name = "sine" if answer is Button.Cancel else "sunspots"
    assert driver.session.experiment.name == window.transport.experiments.currentData() == name
    assert window.isWindowModified() is (answer is Button.Cancel)
    assert (tmp_path / "sine.safetensors").exists() is (answer is Button.Save)


def test_files_opened_or_saved_last_are_offered_again(
    driver: Driver, window: MainWindow, settings: QSettings, tmp_path: Path
) -> None:
    train_a_little(driver)
    for name in ("one", "two"):
        with driver.signal(driver.session.saved):
            driver.session.save(tmp_path / f"{name}.safetensors")
    window.recent_menu.aboutToShow.emit()
    assert [action.text() for action in window.recent_menu.actions()] == ["two.safetensors", "one.safetensors"]
    with driver.idle_evaluated():
        window.recent_menu.actions()[1].trigger()
    assert driver.session.path == tmp_path / "one.safetensors"
    (tmp_path / "two.safetensors").unlink()
    window.recent_menu.aboutToShow.emit()
    assert [action.text() for action in window.recent_menu.actions()] == ["one.safetensors"]


# -- a file that takes its time -----------------------------------------------------------------------


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Saving ends only once this is set."""
    end = threading.Event()

    def write(path: Path, experiment: Run) -> None:
        assert end.wait(TIMEOUT / 1000)
        save_model(path, experiment)

    monkeypatch.setattr("elman_gui.controllers.loading.save_model", write)
    return end


def test_a_save_that_ends_after_a_reset_belongs_to_the_run_that_it_wrote(
    driver: Driver, window: MainWindow, tmp_path: Path, written: threading.Event
) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    train_a_little(driver)
    driver.session.save(first)
    with driver.idle_evaluated():
        driver.trigger("reset")
    driver.configure(epochs=5)
    driver.train()
    with driver.signal(driver.session.saved):
        written.set()
    assert window.isWindowModified() and driver.session.path is None
    assert window.windowTitle() == "sine[*] – Elman"
    driver.file_dialogs_give(second)
    with driver.signal(driver.session.saved):
        driver.trigger("save")
    assert (load_model(first).history.epochs, load_model(second).history.epochs) == (3, 5)
    for _ in ("the epochs", "the reset"):
        with driver.idle_evaluated():
            driver.trigger("undo")
    assert driver.session.path == first and not window.isWindowModified()


def test_what_is_learned_while_a_file_is_written_is_not_saved(
    driver: Driver, window: MainWindow, tmp_path: Path, written: threading.Event
) -> None:
    path = tmp_path / "sine.safetensors"
    train_a_little(driver)
    driver.file_dialogs_give(path)
    window.close()
    driver.click(driver.question().button(Button.Save))
    driver.train()
    with driver.signal(driver.session.saved):
        written.set()
    assert window.isVisible() and window.isWindowModified()  # to close it now would lose what was learned since
    assert (load_model(path).history.epochs, driver.session.experiment.history.epochs) == (3, 6)
    assert driver.session.path == path


def test_two_saves_are_written_one_after_another(
    driver: Driver, window: MainWindow, tmp_path: Path, written: threading.Event
) -> None:
    path = tmp_path / "sine.safetensors"
    train_a_little(driver)
    driver.session.save(path)
    driver.train()
    driver.session.save(path)
    assert len(driver.session.jobs._running) == 1
    written.set()
    driver.until(lambda: not driver.session.jobs.are_running)
    assert load_model(path).history.epochs == driver.session.experiment.history.epochs == 6
    assert not window.isWindowModified()


def test_no_job_begins_once_the_window_has_ended_them(driver: Driver) -> None:
    """What a view or a run asks for as the window goes would be a thread that outlives its owner."""
    jobs = driver.session.jobs
    driver.window.documents._closing = True
    driver.window.close()
    for start in (jobs.start_quietly, lambda job: jobs.start(job, "work"), lambda job: jobs.start_in_turn(job, "work")):
        job = JobThread(lambda: iter(()), driver.session)
        start(job)
        assert not job.isRunning() and not jobs.are_running
