"""Seeds: how the networks of an ensemble learn, each from a seed of its own."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from elman_gui.workspaces.fitting import Fitting, TabbedViews
from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane, columns
from elman_gui.workspaces.workspace import Workspace

__all__ = ["Seeds"]


class Seeds(Workspace):
    """The losses of all networks beside a table to choose one by; or a sentence where there is one network only."""

    name = "seeds"
    title = "Seeds"

    def arrange(self) -> QWidget:
        """Lay out curves and table."""
        tabs = TabbedViews(self.places, "tabs", "Networks", self.front)
        tabs.add_views("Losses", self._curves(), "members")
        tabs.add_views("Networks", ViewSlot(self.places, "member_table"), "member_table")
        beside = columns("beside", Pane(self._curves(), 840), Pane(ViewSlot(self.places, "member_table"), 400))
        return self.instead_of("members", Fitting(beside, tabs), "one_network")

    def _curves(self) -> ViewSlot:
        return ViewSlot(self.places, "members")
