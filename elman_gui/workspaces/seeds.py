"""Seeds: how the networks of an ensemble learn, each from a seed of its own."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.workspace import Workspace

__all__ = ["Seeds"]


class Seeds(Workspace):
    """The losses."""

    name = "seeds"
    title = "Seeds"

    def arrange(self) -> QWidget:
        """Lay out one view."""
        return ViewSlot(self.places, "loss")
