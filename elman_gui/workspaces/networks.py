"""NetworksPage: how the networks of an ensemble learn, each from a seed of its own."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from elman_gui.workspaces.fitting import Fitting, TabbedViews
from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane
from elman_gui.workspaces.workspace import Workspace

__all__ = ["NetworksPage"]

_LEAST = QSize(220, 240)
"""What one view needs at least, under tabs."""


class NetworksPage(QWidget):
    """The losses of all networks beside a table to choose one by; or a sentence where there is one network only."""

    name = "networks"
    title = "Networks"
    views = ("members", "member_table", "one_network")

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace, self._places = workspace, workspace.places
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        arrangement = Fitting(self._places, _LEAST, self._beside, self._tabs)
        column.addWidget(workspace.instead_of("members", arrangement, "one_network"))

    def _tabs(self) -> QWidget:
        tabs = TabbedViews(self._places, "tabs", "Networks", self._workspace.front)
        tabs.add_views("Losses", self._curves(), "members")
        tabs.add_views("Table", ViewSlot(self._places, "member_table"), "member_table")
        return tabs

    def _beside(self) -> QWidget:
        table = ViewSlot(self._places, "member_table")
        return self._workspace.columns("beside", Pane(self._curves(), 840), Pane(table, 400))

    def _curves(self) -> ViewSlot:
        return ViewSlot(self._places, "members")
