"""ViewWindows: views in windows of their own, which stay live and go back to their places when they are closed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize, Qt, Slot
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from elman_gui.views.view_card import Card
from elman_gui.workspaces.places import Places

__all__ = ["ViewWindow", "ViewWindows"]

_LEAST = QSize(560, 400)


class ViewWindows(QObject):
    """Opens and closes the windows. The window's actions can be used in each of them."""

    def __init__(self, places: Places, actions: list[QAction], window: QWidget) -> None:
        super().__init__(window)
        self._places = places
        self._actions = actions
        self._window = window
        self._open: dict[str, ViewWindow] = {}
        places.changed.connect(self._on_changed)

    def detach(self, name: str) -> None:
        """Show a view in a window of its own; where it is already, bring that to the front."""
        if not self._places.is_away(name):
            view = self._places.view(name)
            assert view is not None
            size = view.size()
            window = ViewWindow(name, self._places.send_away(name), self._places, self._window)
            window.addActions(self._actions)
            window.resize(size.expandedTo(_LEAST))
            self._open[name] = window
        self._open[name].show()
        self._open[name].raise_()
        self._open[name].activateWindow()

    def bring_all_back(self) -> None:
        """Close every window."""
        for name in tuple(self._open):
            self._places.bring_back(name)

    @Slot(str)
    def _on_changed(self, name: str) -> None:
        """Close the window of a view that was brought back, or that does not apply to what is open any more."""
        if name not in self._open:
            return
        if not self._places.is_away(name):
            self._open.pop(name).close()
        elif not self._places.is_offered(name):
            self._places.bring_back(name)


class ViewWindow(QWidget):
    """One view, and nothing else."""

    def __init__(self, name: str, view: QWidget, places: Places, window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._name = name
        self._places = places
        title = view.title.text() if isinstance(view, Card) else name
        self.setWindowTitle(f"{title} – Elman")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(view)
        view.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let the view go back to its place."""
        if self._places.is_away(self._name):
            self._places.bring_back(self._name)
        event.accept()
