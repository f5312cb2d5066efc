"""Forecast: what the network says of the time to come, and how far it can be trusted."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.workspace import Workspace

__all__ = ["Forecast"]


class Forecast(Workspace):
    """The fit with its free run."""

    name = "forecast"
    title = "Forecast"

    def arrange(self) -> QWidget:
        """Lay out one view."""
        return ViewSlot(self.places, "fit", "next_symbol")
