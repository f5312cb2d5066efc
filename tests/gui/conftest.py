"""A window for each test, and the demand that nothing of it is left behind."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from driving import Driver
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from elman_gui.main_window import MainWindow


@pytest.fixture(autouse=True)
def nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a thread running, a timer ticking or a window open."""
    started: list[QThread | QTimer] = []
    for kind in (QThread, QTimer):
        monkeypatch.setattr(kind, "start", _noting_down(kind.start, started))
    yield
    alive = [thing for thing in started if shiboken6.isValid(thing)]
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


def _noting_down(start, started: list[QObject]):  # type: ignore[no-untyped-def]
    def noted_start(self: QObject, *arguments: object) -> None:
        started.append(self)
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
    _destroy(driver)


@pytest.fixture
def window(driver: Driver) -> MainWindow:
    return driver.window


def _destroy(driver: Driver) -> None:
    """Close the window and delete it now, in this thread: later, the collector might do so in another."""
    driver.leave()
    driver.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.freeze()  # what is alive now is libraries; the next collection need not look at them
