"""Fitting: the roomiest of several arrangements that fits; what does not fit in one is a tab in the next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from elman_gui.panels.tabbed_panel import TabbedPanel
from elman_gui.workspaces.places import Places

__all__ = ["Fitting", "TabbedViews"]


class Fitting(QStackedWidget):
    """Arrangements of the same views, the roomiest first; the last one is shown where none fits.

    What views need may depend on the arrangement, and then two of them could drive out each other for ever: so a
    roomier one comes back only when the size changes, or which views there are. An arrangement is made when it is
    tried, and kept: most windows never need the smaller ones.
    """

    def __init__(self, places: Places, least: QSize, *makers: Callable[[], QWidget]) -> None:
        super().__init__()
        self._least = least
        self._makers = makers
        self._may_be_roomier = True
        places.changed.connect(self._allow_roomier)

    @Slot()
    def _allow_roomier(self) -> None:
        self._may_be_roomier = True

    def minimumSizeHint(self) -> QSize:
        """Do with what the last arrangement needs."""
        return self._least

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what fits now."""
        super().resizeEvent(event)
        self._may_be_roomier = True
        self._choose()

    def showEvent(self, event: QShowEvent) -> None:
        """Show what fits."""
        super().showEvent(event)
        self._may_be_roomier = True
        self._choose()

    def event(self, event: QEvent) -> bool:
        """Choose anew when a view needs more room or less."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._choose()
        return done

    def _choose(self) -> None:
        if not self.isVisible():
            return
        first = 0 if self._may_be_roomier else max(0, self.currentIndex())
        self._may_be_roomier = False
        for index in range(first, len(self._makers)):
            if index == self.count():
                self.addWidget(self._makers[index]())
            arrangement = self.widget(index)
            assert arrangement is not None
            for tabs in arrangement.findChildren(TabbedPanel):
                tabs.expect_width(self.width())
            least = arrangement.minimumSizeHint().expandedTo(arrangement.minimumSize())
            if least.width() <= self.width() and least.height() <= self.height():
                break
        self.setCurrentIndex(index)


class TabbedViews(TabbedPanel):
    """Tabs of views; those that are not offered have no tab.

    Which one is in front is kept in `front`, by the name of these tabs: they may stand in several arrangements.
    """

    def __init__(self, places: Places, name: str, what: str, front: dict[str, str]) -> None:
        super().__init__(what)
        self.setObjectName(name)
        self._places = places
        self._front = front
        self._views: dict[str, tuple[str, ...]] = {}
        places.changed.connect(self._on_changed)
        self.tab_shown.connect(self._keep_front)

    def add_views(self, title: str, page: QWidget, *names: str) -> None:
        """Put a page with these views behind the others."""
        self._views[title] = names
        ground = QWidget()  # the page itself may hide, where its view is not offered
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(page)
        self.add(title, ground)
        self._offer(title)

    def has(self, name: str) -> bool:
        """Whether one of the pages has this view."""
        return any(name in names for names in self._views.values())

    def has_in_front(self, name: str) -> bool:
        """Whether the page in front has this view."""
        return name in self._views.get(self.shown, ())

    def show_view(self, name: str) -> None:
        """Bring the page of a view to the front."""
        for title, names in self._views.items():
            if name in names:
                self.show_tab(title)

    def _offer(self, title: str) -> None:
        self.show_only_if(title, any(self._places.is_offered(name) for name in self._views[title]))

    @Slot(str)
    def _on_changed(self, name: str) -> None:
        for title, names in self._views.items():
            if name in names:
                self._offer(title)

    @Slot(str)
    def _keep_front(self, title: str) -> None:
        if self.isVisible():
            self._front[self.objectName()] = self._views[title][0]

    def showEvent(self, event: QShowEvent) -> None:
        """Show the tab that was chosen last, here or in another arrangement."""
        super().showEvent(event)
        self.show_view(self._front.get(self.objectName(), ""))
