"""TabbedPanel: several panels in one place, with quiet tabs above them."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

__all__ = ["TabbedPanel"]


class TabbedPanel(QWidget):
    """One of its panels is in front.

    Signals
    -------
    tab_shown(str)
        Another panel came to the front.
    """

    tab_shown = Signal(str)

    def __init__(self, what: str, *, many: bool = False) -> None:
        super().__init__()
        self.tabs = QTabBar()
        self.tabs.setObjectName("manyTabs" if many else "tabs")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(True)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName(what)
        self.tabs.setToolTip(what)
        self._pages = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.tabs)
        column.addWidget(self._pages, 1)
        self.tabs.currentChanged.connect(self._show)

    def add(self, name: str, panel: QWidget) -> None:
        """Put one more panel behind the others."""
        self._pages.addWidget(panel)
        self.tabs.addTab(name)

    @property
    def shown(self) -> str:
        """The name of the panel in front."""
        return self.tabs.tabText(self.tabs.currentIndex())

    def show_tab(self, name: str) -> None:
        """Bring a panel to the front by its name, if there is one of that name."""
        for index in range(self.tabs.count()):
            if self.tabs.tabText(index) == name:
                self.tabs.setCurrentIndex(index)

    def show_only_if(self, name: str, wanted: bool) -> None:
        """Offer a panel, or do not; where it was in front, the first one comes there."""
        for index in range(self.tabs.count()):
            if self.tabs.tabText(index) == name and self.tabs.isTabVisible(index) != wanted:
                in_front = self.tabs.currentIndex() == index
                self.tabs.setTabVisible(index, wanted)
                if in_front and not wanted:
                    self.tabs.setCurrentIndex(0)

    @Slot(int)
    def _show(self, index: int) -> None:
        self._pages.setCurrentIndex(index)
        self.tab_shown.emit(self.shown)
