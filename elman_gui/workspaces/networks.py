"""NetworksPage: how the networks of an ensemble learn, each from a seed of its own."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from elman_gui.workspaces.fitting import Fitting, TabbedViews
from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane
from elman_gui.workspaces.workspace import Workspace

__all__ = ["NETWORK_VIEWS", "NetworksPage"]

_PLOTS = {"Losses": "members", "Fits": "fan"}
_NUMBERS = {"Final errors": "final_errors"}
_TABLES = {"Table": "member_table", "Elman (1990)": "member_scorecards"}
NETWORK_VIEWS = (*_PLOTS.values(), *_NUMBERS.values(), *_TABLES.values())
"""The names of all views that stand here."""
_LEAST_OF_TABS = 360, 300
_LEAST = QSize(220, 240)
"""What one view needs at least, under tabs."""


class NetworksPage(QWidget):
    """Curves and fits of all networks, the distribution of their errors, and tables to choose one by.

    Where there is one network only, a sentence stands in their place.
    """

    name = "networks"
    title = "Networks"
    views = (*NETWORK_VIEWS, "one_network")

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace, self._places = workspace, workspace.places
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        arrangement = Fitting(self._places, _LEAST, self._grid, self._two_tabs, self._one_tab)
        column.addWidget(workspace.instead_of("members", arrangement, "one_network"))

    def show_view(self, name: str) -> None:
        """Bring a view to the front, if it is one of those that are shown here."""
        for tabs in self.findChildren(TabbedViews):
            if tabs.has(name):
                self._workspace.front[tabs.objectName()] = name
                tabs.show_view(name)

    def _tabs(self, name: str, what: str, views: dict[str, str]) -> TabbedViews:
        tabs = TabbedViews(self._places, name, what, self._workspace.front)
        for title, view in views.items():
            tabs.add_views(title, ViewSlot(self._places, view), view)
        return tabs

    def _grid(self) -> QWidget:
        """Lay out four places in two columns."""
        work = self._workspace
        tables = self._tabs("tables", "Tables", _TABLES)
        curves, fan, errors = (ViewSlot(self._places, name) for name in ("members", "fan", "final_errors"))
        left = work.rows("networks left", Pane(curves, 300), Pane(fan, 300))
        right = work.rows("networks right", Pane(errors, 320), Pane(tables, 280))
        return work.columns("networks", Pane(left, 620), Pane(right, 620))

    def _two_tabs(self) -> QWidget:
        """Lay out two places side by side."""
        left = self._tabs("curves", "Curves", _PLOTS)
        right = self._tabs("numbers", "Numbers", {**_NUMBERS, **_TABLES})
        for tabs in (left, right):
            tabs.setMinimumSize(*_LEAST_OF_TABS)
        return self._workspace.columns("networks beside", Pane(left, 560), Pane(right, 560))

    def _one_tab(self) -> QWidget:
        return self._tabs("networks all", "Networks", {**_PLOTS, **_NUMBERS, **_TABLES})
