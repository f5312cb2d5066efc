"""Training that is not saved is kept, goes once it is saved or not wanted, and is offered after a bad end."""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from benchmarks.kept import session_command
from driving import Button, Driver, finite, headless_history
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from elman_core.analysis.units import Connection, Layer, Unit
from elman_core.experiment import Run
from elman_core.storage.kept_run import KeptRun, LeftRun, LeftRuns, left_runs
from elman_core.storage.model_file import load_model
from elman_core.support import files
from elman_core.support.jobs import Job, complete
from elman_core.training.history import History
from elman_core.training.trainer import Trainer
from elman_gui.app import Ending
from elman_gui.controllers.kept_offers import KeptOffers, described
from elman_gui.controllers.kept_work import KeptWork
from elman_gui.controllers.loading import load_kept
from elman_gui.controllers.run_state import RunState
from elman_gui.threads.job import JobThread
from elman_gui.threads.training import UNLIMITED
from elman_gui.window.main_window import MainWindow

on_unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to one process")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the windows keep what is not saved."""
    return tmp_path / "kept"


@pytest.fixture
def driver(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, settings: QSettings, place: Path) -> Iterator[Driver]:
    """A window that keeps what is not saved, as often as it can."""
    driver = Driver(qtbot, monkeypatch, settings, kept_in=place)
    driver.session.kept.set_pause(0.0, share=1.0)
    yield driver
    driver.destroy()


def kept_files(place: Path) -> list[Path]:
    return sorted(place.glob("*/run.safetensors"))


def is_kept(driver: Driver) -> bool:
    """Whether all that the window has learned is kept, and nothing is being written."""
    kept = driver.session.kept
    return kept._is_kept and kept._job is None


def train_and_keep(driver: Driver, epochs: int = 3) -> None:
    driver.configure(epochs=epochs)
    driver.train()
    driver.until(lambda: is_kept(driver))


def found(place: Path) -> LeftRuns:
    return complete(left_runs(place))


def opened(left: LeftRun) -> Run:
    return complete(load_kept(left)).experiment


def end_badly(driver: Driver) -> None:
    """End the window as a signal does: with all kept, and nobody asked."""
    driver.session.kept.leave()
    driver.session.kept.keep_now()
    driver.window.documents.allow_closing()
    assert not driver.window.isVisible()


# -- while the window lives ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [{}, {"update_every": "all", "truncation": "all", "learning_rate": 1e-3}, {"update_every": 7, "truncation": 9}],
    ids=["one step", "full BPTT", "BPTT(7, 9)"],
)
def test_a_run_is_kept_while_it_goes_on_and_learns_what_it_would_have_learned(
    driver: Driver, window: MainWindow, place: Path, rule: dict[str, Any]
) -> None:
    driver.configure(epochs=150, **rule)
    seen: list[int] = []
    driver.session.run.handed_over.connect(lambda content: seen.append(content.experiment.history.epochs))
    window.transport.set_speed(30.0)
    with driver.idle_evaluated():
        driver.click(window.transport.train)
        driver.until(lambda: len(set(seen)) >= 3 and kept_files(place))
        window.transport.set_speed(UNLIMITED)
    history, alone = driver.session.experiment.history, History()
    alone.extend(Trainer(driver.session.experiment.untrained(), device="cpu").updates(keep_checkpoints=True))
    assert max(seen) < 150 == history.epochs
    np.testing.assert_array_equal(history.train, alone.train)
    for point, other in zip(history.path.points, alone.path.points, strict=True):
        assert point.epoch == other.epoch
        np.testing.assert_array_equal(point.w1, other.w1)


def test_what_is_kept_in_mid_run_goes_on_from_there(driver: Driver, window: MainWindow, place: Path) -> None:
    driver.begin_long_run()
    driver.until(lambda: kept_files(place))
    (path,) = kept_files(place)
    saved = load_model(path)
    assert 0 < saved.history.epochs < 300 and finite(saved.weights.w1)
    assert path.stat().st_size > 0 and driver.session.state is RunState.RUNNING
    driver.trigger("stop")
    driver.until(lambda: is_kept(driver))
    saved = load_model(path)
    np.testing.assert_array_equal(saved.weights.w1, driver.session.experiment.weights.w1)
    np.testing.assert_array_equal(saved.history.train, driver.session.experiment.history.train)
    kept_points = [point.epoch for point in saved.history.path.points]
    assert kept_points == [point.epoch for point in driver.session.experiment.history.path.points]


def test_a_run_that_ends_before_it_hands_anything_over_is_kept_at_its_end(driver: Driver, place: Path) -> None:
    driver.session.kept.set_pause(1e6)
    driver.begin_long_run()
    driver.session.kept._waits_for_run = True  # it was asked for when the run had just ended
    driver.trigger("stop")
    driver.until(lambda: is_kept(driver))
    assert len(kept_files(place)) == 1


def test_what_is_kept_is_written_again_only_when_there_is_something_new(driver: Driver, place: Path) -> None:
    train_and_keep(driver)
    (path,) = kept_files(place)
    number = path.stat().st_ino
    driver.worker_answers()
    assert not driver.session.kept._timer.isActive() and path.stat().st_ino == number
    driver.train()
    driver.until(lambda: is_kept(driver))
    assert load_model(path).history.epochs == 6


def test_what_is_saved_is_kept_no_more(driver: Driver, place: Path, tmp_path: Path) -> None:
    train_and_keep(driver)
    with driver.signal(driver.session.saved):
        driver.session.save(tmp_path / "sine.safetensors")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("how", ["another experiment", "reset", "closing"])
def test_what_is_discarded_is_kept_no_more(driver: Driver, window: MainWindow, place: Path, how: str) -> None:
    train_and_keep(driver)
    if how == "another experiment":
        driver.open_built_in("sunspots")
    elif how == "reset":
        with driver.idle_evaluated():
            driver.trigger("reset")
    else:
        window.close()
        driver.click(driver.question().button(Button.Discard))
        assert not window.isVisible()
    assert list(place.iterdir()) == []


def test_what_is_undone_is_kept_no_more_and_kept_again_when_it_comes_back(
    driver: Driver, place: Path, tmp_path: Path
) -> None:
    driver.configure(epochs=3)
    driver.train()
    with driver.signal(driver.session.saved):
        driver.session.save(tmp_path / "sine.safetensors")
    with driver.idle_evaluated():
        driver.session.set_weight(Connection(Unit(Layer.INPUT, 0), Unit(Layer.HIDDEN, 0), "w1", 0, 0), 0.5)
    driver.until(lambda: is_kept(driver))
    (path,) = kept_files(place)
    assert load_model(path).weights.w1[0, 0, 0] == 0.5
    with driver.idle_evaluated():
        driver.trigger("undo")
    assert list(place.iterdir()) == []
    with driver.idle_evaluated():
        driver.trigger("redo")
    driver.until(lambda: is_kept(driver))
    assert len(kept_files(place)) == 1


def test_what_is_discarded_while_it_is_written_goes_with_it(
    driver: Driver, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, begun = KeptRun.write, []

    def discard_first(kept: KeptRun, *arguments: object) -> None:
        begun.append(kept)
        write(kept, *arguments)  # type: ignore[arg-type]

    driver.configure(epochs=3)
    monkeypatch.setattr(KeptRun, "write", discard_first)
    driver.train()
    driver.until(lambda: begun)
    with driver.idle_evaluated():
        driver.trigger("reset")
    driver.until(lambda: driver.session.kept._job is None)
    assert begun and list(place.iterdir()) == []


def test_where_no_folder_is_given_nothing_is_kept(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, settings: QSettings, tmp_path: Path
) -> None:
    driver = Driver(qtbot, monkeypatch, settings)
    driver.configure(epochs=3)
    driver.train()
    driver.session.kept.keep_now()
    assert not driver.session.kept._timer.isActive()
    driver.destroy()


def test_that_nothing_can_be_kept_is_said_once(driver: Driver, window: MainWindow, place: Path) -> None:
    place.write_text("no folder")
    said: list[str] = []
    driver.session.kept.noticed.connect(lambda notice: said.append(notice.text))
    driver.configure(epochs=3)
    driver.train()
    driver.until(lambda: said)
    driver.train()
    driver.worker_answers()
    assert len(said) == 1 and "cannot be kept for the case of a crash" in said[0] and "Not a directory" in said[0]
    assert window.notice.text.text() == said[0]
    driver.session.kept._timer.stop()


def test_a_run_that_takes_long_to_write_is_kept_more_seldom_and_that_is_said(driver: Driver, place: Path) -> None:
    said: list[str] = []
    driver.session.kept.noticed.connect(lambda notice: said.append(notice.text))
    driver.session.kept.set_pause(0.0, share=1e-6)
    train_and_keep(driver)
    assert driver.session.kept._pauses.seconds_left > 60
    assert len(said) == 1 and said[0].startswith("This run is large: what it learns is kept every ")
    driver.train()
    assert driver.session.kept._timer.remainingTime() > 60_000


# -- the end ------------------------------------------------------------------------------------------


def test_what_is_kept_at_a_bad_end_is_all_that_was_learned(driver: Driver, window: MainWindow, place: Path) -> None:
    driver.session.kept.set_pause(1e6)
    driver.begin_long_run()
    end_badly(driver)
    (left,) = found(place).runs
    assert 5 <= left.epochs <= driver.session.experiment.history.epochs  # the run went on while it was written
    assert described(left).startswith(f"sine, {left.epochs} epochs, ")
    np.testing.assert_array_equal(opened(left).history.train, headless_history(opened(left), left.epochs).train)


def test_the_sessions_end_keeps_at_once_and_the_window_lives_on(
    driver: Driver, window: MainWindow, place: Path
) -> None:
    driver.session.kept.set_pause(1e6)
    ending = Ending(window, QApplication.instance())
    driver.begin_long_run()
    ending.keep()
    epochs = load_model(*kept_files(place)).history.epochs
    assert epochs >= 5 and window.isVisible()
    driver.until(lambda: driver.session.experiment.history.epochs > epochs)
    ending.signals.stop()


def test_a_bad_end_while_something_is_written_leaves_one_run(
    driver: Driver, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.configure(epochs=3)
    wanted: list[KeptWork] = []
    start = driver.session.jobs.start_quietly

    def note(job: JobThread) -> None:
        start(job)
        wanted.append(driver.session.kept)

    monkeypatch.setattr(driver.session.jobs, "start_quietly", note)
    driver.train()
    driver.until(lambda: wanted)
    end_badly(driver)
    (left,) = found(place).runs
    assert left.epochs == 3


def test_a_bad_end_with_nothing_unsaved_leaves_nothing(driver: Driver, place: Path) -> None:
    end_badly(driver)
    assert found(place) == LeftRuns()


@contextmanager
def begun(
    folder: Path, *, what: str = "sunspots", pause: float = 1e6, epochs: str = "10000000"
) -> Iterator[subprocess.Popen[str]]:
    """Start a window that trains, in a process of its own, which does not outlive the test."""
    command = session_command(folder, what, pause, epochs)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@on_unix
@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130), ("SIGHUP", 129)])
def test_a_signal_keeps_what_a_run_has_learned_and_ends_the_window(
    tmp_path: Path, place: Path, name: str, code: int
) -> None:
    with begun(tmp_path) as process:
        assert process.stdout is not None
        shown = int(process.stdout.readline().split()[1])
        for _ in range(2):  # as `timeout` sends them, and a terminal that is closed
            process.send_signal(getattr(signal, name))
        _, messages = process.communicate(timeout=600)
    assert (process.returncode, messages) == (code, "")
    (left,) = found(place).runs
    assert left.name == "sunspots" and left.epochs >= shown
    assert opened(left).history.epochs == left.epochs


def test_a_window_that_is_not_filled_yet_just_ends(qtbot: QtBot, settings: QSettings) -> None:
    window = MainWindow(settings)
    ending = Ending(window, QApplication.instance())
    window.show()
    ending.end(15)
    assert ending.code == 143 and not window.isVisible()
    ending.signals.stop()


@on_unix
def test_a_signal_is_heard_in_an_idle_window(tmp_path: Path, place: Path) -> None:
    with begun(tmp_path, pause=0.0, epochs="3") as process:
        assert process.stdout is not None
        while not process.stdout.readline().endswith(" 3\n"):
            assert process.poll() is None
        process.terminate()
        process.communicate(timeout=600)
    assert process.returncode == 143
    (left,) = found(place).runs
    assert left.epochs == 3


@on_unix
def test_what_a_window_kept_opens_after_kill_9_and_without_its_table(tmp_path: Path, place: Path) -> None:
    table = tmp_path / "waves.csv"
    table.write_text("height\n" + "\n".join(f"{np.sin(k / 3):.5f}" for k in range(80)) + "\n", encoding="utf-8")
    with begun(tmp_path, what=str(table), pause=0.05) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while not kept_files(place):
            assert process.poll() is None
        assert found(place) == LeftRuns()  # as long as it lives, it is not offered
        process.kill()
        process.communicate()
    assert not table.exists()
    (left,) = found(place).runs
    run = opened(left)
    assert (run.name, run.dataset.rows, run.dataset.columns) == ("waves", 80, ("height",))
    assert run.history.epochs == left.epochs and finite(run.weights.w1)


# -- the next start -----------------------------------------------------------------------------------


@pytest.fixture
def left(driver: Driver, place: Path) -> Callable[..., KeptRun]:
    """Leave a run behind, as a window does that ends badly."""

    def leave(epochs: int = 3, path: Path | None = None) -> KeptRun:
        driver.configure(epochs=epochs)
        driver.train()
        driver.session.kept._timer.stop()
        kept = KeptRun.begun(place)
        kept.write(driver.session.experiment, driver.session.table, path)
        kept.leave()
        with driver.idle_evaluated():
            driver.trigger("reset")
        driver.until(lambda: driver.session.kept._job is None)
        return kept

    return leave


def offer(driver: Driver, place: Path) -> KeptOffers:
    offers = KeptOffers(place, driver.session, driver.window.documents, driver.window)
    offers.problem.connect(driver.window.show_problem)
    assert offers.begin()
    return offers


def press(driver: Driver, text: str) -> None:
    box = driver.question()
    driver.click(next(button for button in box.buttons() if button.text().replace("&", "") == text))


def test_what_was_left_is_offered_and_opens_as_training_that_is_not_saved(
    driver: Driver, window: MainWindow, place: Path, tmp_path: Path, left: Callable[..., KeptRun]
) -> None:
    kept = left(7, tmp_path / "mine.safetensors")
    offer(driver, place)
    assert driver.question().text().startswith("Elman ended without saving: sine, 7 epochs, ")
    with driver.idle_evaluated():
        press(driver, "Open")
    session = driver.session
    assert session.experiment.history.epochs == 7 and window.isWindowModified()
    assert session.path == tmp_path / "mine.safetensors"
    assert kept.model_path.exists()  # until it is saved
    driver.train()
    driver.until(lambda: is_kept(driver))
    assert load_model(*kept_files(place)).history.epochs == session.experiment.history.epochs > 7
    with driver.signal(session.saved):
        driver.trigger("save")
    assert load_model(tmp_path / "mine.safetensors").history.epochs > 7
    assert list(place.iterdir()) == []


def test_what_is_put_off_is_offered_again_and_what_is_discarded_is_not(
    driver: Driver, place: Path, left: Callable[..., KeptRun]
) -> None:
    left()
    for answer in ("Later", "Discard"):
        offer(driver, place)
        press(driver, answer)
        driver.until(lambda: not driver.problems())
    assert list(place.iterdir()) == []


def test_the_question_is_answered_by_keys_too(driver: Driver, place: Path, left: Callable[..., KeptRun]) -> None:
    left(7)
    offer(driver, place)
    driver.qtbot.keyClick(driver.question(), Qt.Key.Key_Escape)  # which is Later
    driver.until(lambda: len(found_and_left(place)) == 1)
    offer(driver, place)
    with driver.idle_evaluated():
        driver.qtbot.keyClick(driver.question(), Qt.Key.Key_Return)
    assert driver.session.experiment.history.epochs == 7


def test_all_that_were_left_are_offered_one_after_the_other(
    driver: Driver, place: Path, left: Callable[..., KeptRun]
) -> None:
    for epochs in (3, 4, 5):
        kept = left(epochs)
        kept.folder.rename(place / f"2026-{epochs}")
    offer(driver, place)
    for number, answer in enumerate(("Later", "Discard", "Later"), 1):
        box = driver.question()
        assert f"sine, {6 - number} epochs" in box.text() and f"It is {number} of 3" in box.informativeText()
        press(driver, answer)
        driver.until(lambda box=box: box not in driver.problems())  # type: ignore[misc]
    driver.until(lambda: not driver.problems())
    assert [left.epochs for left in found(place).runs] == [5, 3]


def test_what_another_window_still_trains_is_not_offered(
    driver: Driver, place: Path, left: Callable[..., KeptRun]
) -> None:
    left()
    held = found(place)
    offer(driver, place)
    driver.worker_answers()
    assert not driver.problems()
    held.runs[0].kept.leave()


def test_what_is_damaged_is_said_in_one_sentence(driver: Driver, place: Path, left: Callable[..., KeptRun]) -> None:
    kept = left()
    kept.model_path.write_bytes(kept.model_path.read_bytes()[:-7])
    offer(driver, place)
    text = driver.dismiss_problem()
    assert text.startswith("A training that was not saved, of 2") and str(place / "damaged") in text
    assert not KeptOffers(place, driver.session, driver.window.documents, driver.window).begin()


def test_training_that_is_not_saved_is_asked_about_before_what_was_left_takes_its_place(
    driver: Driver, window: MainWindow, place: Path, left: Callable[..., KeptRun]
) -> None:
    left(7)
    driver.configure(epochs=3)
    driver.train()
    driver.configure(epochs=4, momentum=0.5)  # what no seed brings back alone is asked about
    driver.train()
    driver.until(lambda: is_kept(driver))
    offer(driver, place)
    press(driver, "Open")
    driver.until(lambda: "not saved" in driver.question().text())
    driver.click(driver.question().button(Button.Cancel))
    assert driver.session.experiment.history.epochs == 4
    driver.until(lambda: len(found_and_left(place)) == 1)
    offer(driver, place)
    press(driver, "Open")
    driver.until(lambda: "not saved" in driver.question().text())
    with driver.idle_evaluated():
        driver.click(driver.question().button(Button.Discard))
    assert driver.session.experiment.history.epochs == 7
    assert len(kept_files(place)) == 1


def found_and_left(place: Path) -> tuple[LeftRun, ...]:
    runs = found(place).runs
    for run in runs:
        run.kept.leave()
    return runs


def test_closing_with_the_question_open_leaves_what_was_left(
    driver: Driver, window: MainWindow, place: Path, left: Callable[..., KeptRun]
) -> None:
    for epochs in (3, 4):
        left(epochs)
    offer(driver, place)
    driver.question()
    assert window.close() and not window.isVisible()
    driver.until(lambda: len(found_and_left(place)) == 2)


# -- a disk that is full, and the log -----------------------------------------------------------------


def test_a_save_to_a_full_disk_is_kept_elsewhere_and_counts_as_not_saved(
    driver: Driver, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, home, write = tmp_path / "full", tmp_path / "home", files._beside
    for folder in (full, home):
        folder.mkdir()

    def refuse(target: Path, mode: int | None) -> AbstractContextManager[BinaryIO]:
        if target.parent == full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(target, mode)

    train_and_keep(driver)
    monkeypatch.setattr(files, "_beside", refuse)
    monkeypatch.setattr(Path, "home", lambda: home)
    driver.file_dialogs_give(full / "sine.safetensors")
    driver.trigger("save")
    kept = home / "sine.safetensors"
    assert driver.dismiss_problem() == (
        f"{full / 'sine.safetensors'} cannot be saved: the disk is full; the network is kept in {kept} instead."
    )
    assert load_model(kept).history.epochs == 3
    assert window.isWindowModified() and driver.session.path is None


def test_a_mistake_leaves_one_line_in_the_log_and_a_fault_its_traceback(
    driver: Driver, window: MainWindow, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "no\nmodel.safetensors").write_text("nothing")
    with caplog.at_level(logging.INFO):
        window.open_path(tmp_path / "no\nmodel.safetensors")
        driver.dismiss_problem()
    (record,) = caplog.records
    assert record.exc_info is None and "\n" not in record.getMessage() and "no model.safetensors" in record.getMessage()
    caplog.clear()

    def fail() -> Job[None]:
        yield 0.0
        raise ZeroDivisionError("over here")

    with caplog.at_level(logging.INFO):
        driver.session.jobs.start(JobThread(fail, driver.session), "Failing")
        assert "ZeroDivisionError" in driver.dismiss_problem()
    (record,) = caplog.records
    assert record.exc_info is not None and "Traceback" in caplog.text
