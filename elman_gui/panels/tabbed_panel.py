"""TabbedPanel: several panels in one place, with quiet tabs above them."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QGridLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

__all__ = ["TabbedPanel"]

_MOST_IN_A_ROW = 6


class TabbedPanel(QWidget):
    """One of its panels is in front. More tabs than fit into one line stand in two.

    Signals
    -------
    tab_shown(str)
        Another panel came to the front.
    """

    tab_shown = Signal(str)

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what
        self._left_out: set[str] = set()
        self._tabs = QButtonGroup(self)  # exclusive, and the arrow keys move within it
        self._bar = QWidget()
        self._bar.setAccessibleName(what)
        self._grid = QGridLayout(self._bar)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        self._pages = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._bar)
        column.addWidget(self._pages, 1)
        self._tabs.idToggled.connect(self._show)

    def add(self, name: str, panel: QWidget) -> None:
        """Put one more panel behind the others."""
        tab = QToolButton(self._bar)  # else it would be a window of its own until it is laid out
        tab.setObjectName("tab")
        tab.setText(name)
        tab.setCheckable(True)
        tab.setAccessibleName(f"{self._what}: {name}")
        tab.setToolTip(f"{self._what}: {name}")
        tab.setSizePolicy(tab.sizePolicy().Policy.Expanding, tab.sizePolicy().verticalPolicy())
        tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._tabs.addButton(tab, self._pages.addWidget(panel))
        self._lay_out()
        if self._tabs.checkedButton() is None:
            tab.setChecked(True)

    @property
    def shown(self) -> str:
        """The name of the panel in front."""
        tab = self._tabs.checkedButton()
        return "" if tab is None else tab.text()

    @property
    def names(self) -> list[str]:
        """The panels that are offered now."""
        return [tab.text() for tab in self._offered()]

    def show_tab(self, name: str) -> None:
        """Bring a panel to the front by its name, if there is one of that name."""
        for tab in self._offered():
            if tab.text() == name:
                tab.setChecked(True)

    def show_only_if(self, name: str, wanted: bool) -> None:
        """Offer a panel, or do not; where it was in front, the first one comes there."""
        if wanted is (name not in self._left_out):
            return
        self._left_out ^= {name}
        self._lay_out()
        if name == self.shown and not wanted:
            self._offered()[0].setChecked(True)

    def _offered(self) -> list[QAbstractButton]:
        return [tab for tab in self._tabs.buttons() if tab.text() not in self._left_out]

    def _lay_out(self) -> None:
        """Put the tabs into one line, or evenly into two."""
        tabs = self._offered()
        width = len(tabs) if len(tabs) <= _MOST_IN_A_ROW else ceil(len(tabs) / 2)
        for tab in self._tabs.buttons():
            tab.setVisible(tab in tabs)
        for place, tab in enumerate(tabs):
            self._grid.addWidget(tab, place // width, place % width)

    @Slot(int, bool)
    def _show(self, index: int, checked: bool) -> None:
        if checked:
            self._pages.setCurrentIndex(index)
            self.tab_shown.emit(self.shown)
