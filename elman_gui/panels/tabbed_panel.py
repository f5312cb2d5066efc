"""TabbedPanel: several panels in one place, with quiet tabs above them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

__all__ = ["TabbedPanel"]


class TabbedPanel(QWidget):
    """One of its panels is in front. Tabs that do not fit into one line stand in several.

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
        self._bar = _TabBar()
        self._bar.setAccessibleName(what)
        self._pages = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._head = QHBoxLayout()
        self._head.setContentsMargins(0, 0, 0, 0)
        self._head.addWidget(self._bar, 1)
        column.addLayout(self._head)
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
        tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._tabs.addButton(tab, self._pages.addWidget(panel))
        self._lay_out()
        if self._tabs.checkedButton() is None:
            tab.setChecked(True)

    def set_corner(self, widget: QWidget) -> None:
        """Put a widget beside the tabs, at the right."""
        self._head.addWidget(widget)

    def expect_width(self, width: int) -> None:
        """Ask for as many lines of tabs as there would be in a width, while nobody sees them."""
        if width != self._bar.expected_width and not self._bar.isVisible():
            self._bar.expected_width = width
            self._bar.updateGeometry()

    @property
    def shown(self) -> str:
        """The name of the panel in front."""
        tab = self._tabs.checkedButton()
        return "" if tab is None else tab.text()

    @property
    def names(self) -> list[str]:
        """The panels that are offered now."""
        return [tab.text() for tab in self._offered()]

    def rename(self, names: Sequence[str]) -> None:
        """Give the panels other names, in their order."""
        for tab, name in zip(self._tabs.buttons(), names, strict=True):
            tab.setText(name)
            tab.setAccessibleName(f"{self._what}: {name}")
            tab.setToolTip(f"{self._what}: {name}")
        self._lay_out()

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
        offered = self._offered()
        if offered and self._tabs.checkedButton() not in offered:
            offered[0].setChecked(True)

    def _offered(self) -> list[QToolButton]:
        return [tab for tab in self._tabs.buttons() if tab.text() not in self._left_out]

    def _lay_out(self) -> None:
        tabs = self._offered()
        for tab in self._tabs.buttons():
            tab.setVisible(tab in tabs)
        self._bar.show_tabs(tabs)
        self._bar.setVisible(len(tabs) > 1)

    @Slot(int, bool)
    def _show(self, index: int, checked: bool) -> None:
        if checked:
            self._pages.setCurrentIndex(index)
            self.tab_shown.emit(self.shown)


class _TabBar(QWidget):
    """Tabs in as few lines as there is room for, under one another where they are several."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[QToolButton] = []
        self._laid_out = 0
        self.expected_width = 0
        self.setSizePolicy(self.sizePolicy().Policy.Expanding, self.sizePolicy().Policy.Fixed)

    def show_tabs(self, tabs: list[QToolButton]) -> None:
        """Show these tabs."""
        self._shown = tabs
        self._lay_out()

    def sizeHint(self) -> QSize:
        """Ask for one line."""
        return QSize(sum(self._widths(1)), self._height())

    def minimumSizeHint(self) -> QSize:
        """Do with the width of one tab."""
        return QSize(max(self._widths(1), default=0), self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self._lay_out()

    def _height(self) -> int:
        return self._lines() * max((tab.sizeHint().height() for tab in self._shown), default=0)

    def _widths(self, lines: int) -> list[int]:
        """Return how wide each column has to be."""
        across = ceil(len(self._shown) / lines)
        each = [tab.sizeHint().width() for tab in self._shown]
        return [max(each[column::across]) for column in range(across)]

    def _lines(self) -> int:
        width = self.width() if self.isVisible() else self.expected_width or self.width()
        most = max(1, len(self._shown))
        return next((lines for lines in range(1, most) if sum(self._widths(lines)) <= width), most)

    def _lay_out(self) -> None:
        if not self._shown:
            return
        lines = self._lines()
        widths, height = self._widths(lines), self._height() // lines
        spare = max(0, self.width() - sum(widths))
        edges = [sum(widths[:column]) + spare * column // len(widths) for column in range(len(widths) + 1)]
        for place, tab in enumerate(self._shown):
            line, column = divmod(place, len(widths))
            tab.setGeometry(edges[column], line * height, edges[column + 1] - edges[column], height)
        if lines != self._laid_out:
            self._laid_out = lines
            self.updateGeometry()
