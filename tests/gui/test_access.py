"""Everything can be reached by keyboard, explains itself, and has a name for a screen reader."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QScrollBar,
    QWidget,
)

from elman_gui.actions import ACTIONS
from elman_gui.notices import Notice
from elman_gui.views.card import ViewCard
from elman_gui.window.main_window import MainWindow

PARTS_OF_QT = (QScrollBar, QHeaderView)
"""Scroll bars and table headers belong to the widget that they scroll or head, which has the explanation."""


def focusable(root: QWidget) -> list[QWidget]:
    """Return the widgets that the person can focus, but those that Qt makes inside of others."""
    found = []
    for widget in root.findChildren(QWidget):
        parent = widget.parentWidget()
        inside = (
            isinstance(widget, PARTS_OF_QT)
            # The line of a spin box or combo box, its list, and the viewport and corner of a table are its own parts.
            or (isinstance(widget, QLineEdit) and isinstance(parent, QAbstractSpinBox | QComboBox))
            or (isinstance(widget, QAbstractItemView) and parent.inherits("QComboBoxPrivateContainer"))
            or (isinstance(widget, QAbstractButton) and isinstance(parent, QAbstractItemView))
            or (isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget)
        )
        if widget.isVisible() and widget.focusPolicy() is not Qt.FocusPolicy.NoFocus and not inside:
            found.append(widget)
    return found


def explanation(widget: QWidget) -> str:
    """Return the tooltip that is shown over a widget; over a label that is text to select, Qt shows its card's.

    Over a picture none is to be shown, since it would hide what one reads: there the button "?" explains.
    """
    parent = widget.parentWidget()
    if isinstance(parent, ViewCard) and widget is parent.picture:
        return widget.accessibleDescription()
    return widget.toolTip() or (parent.toolTip() if isinstance(widget, QLabel) and parent is not None else "")


def unexplained(root: QWidget) -> list[str]:
    """Return what has no tooltip or no name."""
    return [
        f"{type(widget).__name__} {widget.objectName()!r}: name {name!r}, tooltip {explanation(widget)!r}"
        for widget in focusable(root)
        if not (name := QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name))
        or not explanation(widget)
    ]


@pytest.fixture
def unfolded(driver: Driver, window: MainWindow) -> MainWindow:
    """A window in which everything is shown that can be, after a run, with notice and cursor."""
    for form in (window.settings_panel.network, window.settings_panel.training):
        for button in form.findChildren(QAbstractButton):
            if button.text() == "More settings":
                driver.click(button)
    driver.configure(epochs=1)
    driver.train()
    window.notice.show_notice(Notice("A notice"))
    return window


def test_everything_in_the_window_has_a_name_and_an_explanation(unfolded: MainWindow) -> None:
    assert len(focusable(unfolded)) > 30
    assert unexplained(unfolded) == []


def test_everything_in_the_import_dialog_has_a_name_and_an_explanation(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("day,a,b\n" + "".join(f"{n},{n % 3},{n % 5}\n" for n in range(20)) + "20,,1\n")
    dialog = driver.import_dialog(path)
    assert len(focusable(dialog)) > 8
    assert unexplained(dialog) == []
    dialog.fill_gaps.setChecked(True)
    assert unexplained(dialog) == []
    dialog.reject()


def test_everything_in_the_forecast_window_has_a_name_and_an_explanation(driver: Driver) -> None:
    driver.configure(epochs=1)
    driver.train()
    dialog = driver.predict_dialog()
    assert len(focusable(dialog)) > 6
    assert unexplained(dialog) == []
    driver.click(dialog.close_button)


def test_tab_reaches_every_part_of_the_window(driver: Driver, window: MainWindow) -> None:
    reached: set[QWidget] = set()
    widget: QWidget = window.transport.train
    while widget not in reached:
        reached.add(widget)
        widget = widget.nextInFocusChain()
    wanted = [w for w in focusable(window) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert set(wanted) <= reached


def test_the_train_button_has_the_focus_at_first(driver: Driver, window: MainWindow) -> None:
    assert window.focusWidget() is window.transport.train


# -- actions ------------------------------------------------------------------------------------------


def names_in(menu: QMenu) -> list[str]:
    """Return the names of a menu's actions; older PySide6 forget an action with the menu it is from."""
    names: list[str] = []
    for action in menu.actions():
        submenu = action.menu()
        names += names_in(submenu) if submenu else [action.objectName()]
    return [name for name in names if name]


def test_every_action_is_in_a_menu_once_with_words_that_explain_it(window: MainWindow) -> None:
    in_menus = [name for top in window.menuBar().actions() for name in names_in(top.menu())]
    assert Counter(in_menus) == Counter(spec.name for spec in ACTIONS)
    for action in window.actions_by_name.values():
        assert action.text() and action.toolTip() and action.statusTip()


def test_no_two_actions_have_the_same_shortcut(window: MainWindow) -> None:
    shortcuts = [action.shortcut().toString() for action in window.findChildren(QAction) if action.shortcut()]
    used = Counter(filter(None, shortcuts))
    assert len(used) >= 15
    assert [shortcut for shortcut, times in used.items() if times > 1] == []


def test_no_two_entries_of_a_menu_have_the_same_letter(window: MainWindow) -> None:
    menus = [window.menuBar(), *(menu for menu in window.menus.values())]
    for menu in menus:
        letters = [text[text.index("&") + 1].lower() for action in menu.actions() if "&" in (text := action.text())]
        assert len(letters) == len(set(letters)), [action.text() for action in menu.actions()]


@pytest.mark.parametrize(
    ("action", "words"),
    [("help", "Getting started"), ("shortcuts", "Shift+F5"), ("about", "Elman networks")],
)
def test_help_opens_without_holding_the_window_up(driver: Driver, window: MainWindow, action: str, words: str) -> None:
    driver.trigger(action)
    (box,) = driver.problems()
    assert words in box.text()
    driver.click(box.button(QMessageBox.StandardButton.Close))
    assert not driver.problems()
