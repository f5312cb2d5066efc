"""The whole job of a forecaster without a mouse: open a table, fit, choose a part, forecast, take it away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from test_forecast_workspace import QUICK, until_tested

from elman_gui.dialogs.save_dialog import SaveDialog

MOST = 150
"""Presses of Tab: more than there are places in the window."""


def press(driver: Driver, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key wherever the focus is."""
    driver.qtbot.keyClick(QApplication.focusWidget() or driver.window, key, modifier)


def tab_to(driver: Driver, wanted: QWidget) -> None:
    """Press Tab until a widget has the focus."""
    proxy = wanted.focusProxy() or wanted
    for _ in range(MOST):
        focused = QApplication.focusWidget()
        if focused is proxy or (focused is not None and wanted.isAncestorOf(focused)):
            return
        press(driver, Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not reach {wanted.accessibleName() or wanted!r}")


def test_a_forecaster_is_fitted_and_its_forecast_taken_away_by_keyboard(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, random = tmp_path / "sales.csv", np.random.default_rng(0)
    season = 10 * np.sin(np.arange(96) * np.pi / 6)
    rows = [f"{2016 + n // 12}-{n % 12 + 1:02},{100 + n + season[n] + random.normal():.3f}\n" for n in range(96)]
    path.write_text(f"month,sales\n{''.join(rows)}")
    window = driver.window
    dialog = driver.import_dialog(path)
    driver.until(lambda: not dialog.is_behind and dialog.take.isEnabled())
    tab_to(driver, dialog.take)
    with driver.idle_evaluated():
        press(driver, Qt.Key.Key_Space)
    with driver.idle_evaluated():
        driver.session.set_automatic(QUICK)
    window.activateWindow()
    driver.until(lambda: (focused := QApplication.focusWidget()) is not None and window.isAncestorOf(focused))
    tab_to(driver, window.transport.train)
    with driver.idle_evaluated():
        press(driver, Qt.Key.Key_Space)
    parts = window.part_bar.parts
    tab_to(driver, parts)
    before = parts.currentIndex()
    press(driver, Qt.Key.Key_Up if before else Qt.Key.Key_Down)
    assert parts.currentIndex() != before
    press(driver, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert window.workspaces.forecast.isVisible()
    until_tested(driver)
    bar = window.workspaces.forecast.bar
    tab_to(driver, bar.steps)
    press(driver, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    for key in (Qt.Key.Key_6, Qt.Key.Key_Return):
        press(driver, key)
    driver.until(lambda: window.outlook.forecast.steps_now == 6)
    until_tested(driver)
    tab_to(driver, bar.levels)
    press(driver, Qt.Key.Key_Down)
    assert bar.levels.currentIndex() == 1
    out = tmp_path / "forecast.csv"
    monkeypatch.setattr(SaveDialog, "ask", staticmethod(lambda *_: (str(out), "")))
    tab_to(driver, window.forecast.button("export-data"))
    press(driver, Qt.Key.Key_Space)
    driver.until(out.exists)
    driver.worker_answers()
    lines = out.read_text().splitlines()
    assert len(lines) == 1 + 96 + 6
