"""WindowLayout: the window before it has views, cards on a quiet ground, with what is remembered of its layout."""

from __future__ import annotations

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QStatusBar, QVBoxLayout, QWidget

from elman_gui.actions import fill_menu_bar, make_actions
from elman_gui.settings import keep_state, restore_state
from elman_gui.views.view_card import Card
from elman_gui.workspaces.places import Places
from elman_gui.workspaces.view_windows import ViewWindows
from elman_gui.workspaces.workspaces import Workspaces

__all__ = ["WindowLayout"]

_TRANSPORT_HEIGHT = 45
_GEOMETRY = "layout/geometry"


class WindowLayout(QMainWindow):
    """Menus, and empty cards where the views will be: all that the first paint needs."""

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self.settings = settings
        self.actions_by_name = make_actions(self)
        self._build()

    def _build(self) -> None:
        """Lay empty cards out where the views will be."""
        self.setWindowTitle("Elman")
        self.menus = fill_menu_bar(self.menuBar(), self.actions_by_name)
        self.recent_menu = self.menus["&File"].addMenu("Open &Recent")
        self.menus["&File"].insertMenu(self.actions_by_name["open_sample"], self.recent_menu)
        self.places = Places(self)
        self.workspaces = Workspaces(self.actions_by_name)
        self.view_windows = ViewWindows(self.places, list(self.actions_by_name.values()), self)
        self.menuBar().setCornerWidget(self.workspaces.tabs)
        self._place_of_timeline = Card("")
        self._place_of_transport = QFrame()
        self._place_of_transport.setObjectName("transport")
        self._place_of_transport.setFixedHeight(_TRANSPORT_HEIGHT)
        self._body = QVBoxLayout()
        self._body.setContentsMargins(12, 8, 12, 4)
        self._body.setSpacing(8)
        self._body.addWidget(self.workspaces, 1)
        self._foot = QHBoxLayout()
        self._foot.setSpacing(8)
        self._foot.addWidget(self._place_of_timeline, 3)
        self._body.addLayout(self._foot)
        self._ground = QVBoxLayout()
        self._ground.setContentsMargins(0, 0, 0, 0)
        self._ground.setSpacing(0)
        self._ground.addWidget(self._place_of_transport)
        self._ground.addLayout(self._body, 1)
        ground = QWidget()
        ground.setLayout(self._ground)
        self.setCentralWidget(ground)
        status = QStatusBar()
        status.showMessage("Loading…")
        self.setStatusBar(status)
        self.setMinimumSize(480, 360)
        self.resize(1280, 800)

    def restore_layout(self) -> None:
        """Stand as the window was left."""
        restore_state(self.settings, _GEOMETRY, self.restoreGeometry)

    def keep_layout(self) -> None:
        """Remember how the window stands."""
        keep_state(self.settings, _GEOMETRY, self.saveGeometry())
        self.workspaces.keep_layout(self.settings)
