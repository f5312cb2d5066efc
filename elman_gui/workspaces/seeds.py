"""Seeds: how the networks of an ensemble learn, each from a seed of its own."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from elman_gui.workspaces.fitting import Fitting, TabbedViews
from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane
from elman_gui.workspaces.workspace import Workspace

__all__ = ["Seeds"]

_LEAST = QSize(220, 240)
"""What one view needs at least, under tabs."""


class Seeds(Workspace):
    """The losses of all networks beside a table to choose one by; or a sentence where there is one network only."""

    name = "seeds"
    title = "Seeds"

    def arrange(self) -> QWidget:
        """Lay out curves and table."""
        return self.instead_of("members", Fitting(self.places, _LEAST, self._beside, self._tabs), "one_network")

    def _tabs(self) -> QWidget:
        tabs = TabbedViews(self.places, "tabs", "Networks", self.front)
        tabs.add_views("Losses", self._curves(), "members")
        tabs.add_views("Networks", ViewSlot(self.places, "member_table"), "member_table")
        return tabs

    def _beside(self) -> QWidget:
        table = ViewSlot(self.places, "member_table")
        return self.columns("beside", Pane(self._curves(), 840), Pane(table, 400))

    def _curves(self) -> ViewSlot:
        return ViewSlot(self.places, "members")
