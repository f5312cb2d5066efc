"""ManualOpener: opens the manual, from a menu or from any explanation that has a link to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices

if TYPE_CHECKING:
    from elman_gui.manual.window import ManualWindow

__all__ = ["ManualOpener"]

_SCHEME = "manual"
"""Of addresses such as manual:FitPlot, which lead to the page of that view."""


class ManualOpener(QObject):
    """Knows whether the manual is open; there is one only."""

    def __init__(self, actions: dict[str, QAction], parent: QObject) -> None:
        super().__init__(parent)
        self._actions = actions
        self.window: ManualWindow | None = None
        QDesktopServices.setUrlHandler(_SCHEME, self, "open_link")

    @Slot()
    def open(self) -> None:
        """Open the manual, or bring it to the front."""
        self._opened()

    @Slot(QUrl)
    def open_link(self, address: QUrl) -> None:
        """Open the page that a link leads to."""
        from elman_gui.manual.of_views import page_of_view

        self._opened().show_page(page_of_view(address.path()))

    def close(self) -> None:
        """Close the manual if it is open, and answer no more links."""
        QDesktopServices.unsetUrlHandler(_SCHEME)
        if self.window is not None:
            self.window.close()

    def _opened(self) -> ManualWindow:
        if self.window is None:
            from elman_gui.manual.window import ManualWindow  # here, so that the program starts without it

            self.window = ManualWindow()
            self.window.destroyed.connect(self._forget)
            self.window.action_wanted.connect(self._do)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()
        return self.window

    @Slot()
    def _forget(self) -> None:
        self.window = None

    @Slot(str)
    def _do(self, name: str) -> None:
        """Do what a menu's entry does, or say that it cannot be done now."""
        assert self.window is not None
        action = self._actions[name]
        words = action.text().replace("&", "").rstrip("…")
        self.window.say(f"Done: {words}" if action.isEnabled() else f"{words} is not possible just now.")
        action.trigger()
