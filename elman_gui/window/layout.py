"""WindowLayout: the window before it has views, cards on a quiet ground, with what is remembered of its layout."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QFrame, QMainWindow, QSplitter, QStatusBar, QVBoxLayout, QWidget

from elman_gui.actions import fill_menu_bar, make_actions
from elman_gui.settings import keep_state, restore_state
from elman_gui.views.card import Card

__all__ = ["WindowLayout", "replace_card"]

_TRANSPORT_HEIGHT = 45
_LAYOUT = "layout of three columns, four plots"
"""Where the settings keep the layout; a layout of other columns would not fit."""


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
        self.foot = _splitter(Qt.Orientation.Horizontal, [(Card(""), 3), (Card(""), 1)])
        self.plots = _splitter(Qt.Orientation.Vertical, [(Card(""), 9), (Card(""), 4), (Card(""), 5), (self.foot, 7)])
        self.plots.widget(1).hide()  # for symbols only
        self._place_of_timeline = Card("")
        centre = QWidget()
        self._centre = QVBoxLayout(centre)
        self._centre.setContentsMargins(0, 0, 0, 0)
        self._centre.setSpacing(8)
        self._centre.addWidget(self.plots, 1)
        self._centre.addWidget(self._place_of_timeline)
        self.columns = _splitter(Qt.Orientation.Horizontal, [(Card(""), 0), (centre, 1), (Card(""), 0)])
        self.columns.setSizes([272, 640, 344])
        self._place_of_transport = QFrame()
        self._place_of_transport.setObjectName("transport")
        self._place_of_transport.setFixedHeight(_TRANSPORT_HEIGHT)
        self._body = QVBoxLayout()
        self._body.setContentsMargins(12, 12, 12, 12)
        self._body.setSpacing(8)
        self._body.addWidget(self.columns, 1)
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
        self.setMinimumSize(900, 560)
        self.resize(1280, 800)

    def restore_layout(self) -> None:
        """Stand as the window was left."""
        for name, restore in (
            ("geometry", self.restoreGeometry),
            ("columns", self.columns.restoreState),
            ("plots", self.plots.restoreState),
            ("foot", self.foot.restoreState),
        ):
            restore_state(self.settings, f"{_LAYOUT}/{name}", restore)

    def keep_layout(self) -> None:
        """Remember how the window stands."""
        keep_state(self.settings, f"{_LAYOUT}/geometry", self.saveGeometry())
        for name in ("columns", "plots", "foot"):
            keep_state(self.settings, f"{_LAYOUT}/{name}", getattr(self, name).saveState())


def _splitter(orientation: Qt.Orientation, parts: list[tuple[QWidget, int]]) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(12 if orientation is Qt.Orientation.Horizontal else 8)
    splitter.setChildrenCollapsible(False)
    for index, (widget, stretch) in enumerate(parts):
        splitter.addWidget(widget)
        splitter.setStretchFactor(index, stretch)
    return splitter


def replace_card(view: QWidget, splitter: QSplitter, index: int) -> None:
    """Put a view where an empty card was."""
    empty = splitter.widget(index)
    stretch = (empty.sizePolicy().horizontalStretch(), empty.sizePolicy().verticalStretch())
    splitter.replaceWidget(index, view)
    splitter.setStretchFactor(index, max(stretch))
    empty.deleteLater()
