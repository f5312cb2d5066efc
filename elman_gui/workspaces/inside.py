"""Inside: the views of the network's inner life, large and side by side."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane, columns
from elman_gui.workspaces.workspace import Workspace

__all__ = ["Inside"]


class Inside(Workspace):
    """Two views side by side."""

    name = "inside"
    title = "Inside"

    def arrange(self) -> QWidget:
        """Lay out two views."""
        return columns(
            "columns", Pane(ViewSlot(self.places, "diagram"), 600), Pane(ViewSlot(self.places, "states"), 600)
        )
