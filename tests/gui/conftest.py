"""A window for each test, and the demand that nothing of it is left behind."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from driving import Driver
from PySide6.QtCore import QObject, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from elman_gui.window.main_window import MainWindow


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Qt's warnings fail tests, but those that the platform "offscreen" gives for every dialog and list."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support (propagateSizeHints|raise|grabbing)"))


@pytest.fixture(autouse=True)
def nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a thread running, a timer ticking or a window open."""
    started: list[weakref.ref[QObject]] = []  # weak, since some tests ask whether anything is kept
    for kind in (QThread, QTimer):
        monkeypatch.setattr(kind, "start", _noting_down(kind.start, started))
    yield
    alive = [thing for known in started if (thing := known()) is not None and shiboken6.isValid(thing)]
    threads = [thing for thing in alive if isinstance(thing, QThread) and thing.isRunning()]
    timers = [thing for thing in alive if isinstance(thing, QTimer) and thing.isActive()]
    windows = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    for thread in threads:
        thread.quit()
        thread.wait()
    for widget in windows:
        widget.hide()
    assert not threads, f"threads still run: {threads}"
    assert not timers, f"timers still tick: {timers}"
    assert not windows, f"windows are still open: {windows}"


def _noting_down(start, started: list[weakref.ref[QObject]]):  # type: ignore[no-untyped-def]
    def noted_start(self: QObject, *arguments: object) -> None:
        started.append(weakref.ref(self))
        start(self, *arguments)

    return noted_start


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def driver(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, settings: QSettings) -> Iterator[Driver]:
    """A window that shows the untrained sine, in the hands of somebody who waits for what it says."""
    driver = Driver(qtbot, monkeypatch, settings)
    yield driver
    driver.destroy()


@pytest.fixture
def window(driver: Driver) -> MainWindow:
    return driver.window
