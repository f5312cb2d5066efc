"""LaterPage: a page whose views are built when somebody first looks at it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

__all__ = ["LaterPage"]


class LaterPage(QObject):
    """Builds the views of a page in pieces, between which the window answers. Most sessions never see some pages.

    Signals
    -------
    built()
        All views are there.
    """

    built = Signal()

    def __init__(self, page: QWidget, pieces: Iterator[None]) -> None:
        super().__init__(page)
        self._pieces = pieces
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_timeout)
        self.is_built = False
        if page.isVisible():
            self._timer.start()
        else:
            page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin when the page is first shown."""
        if event.type() == QEvent.Type.Show:
            watched.removeEventFilter(self)
            self._timer.start()
        return False

    @property
    def is_being_built(self) -> bool:
        """Whether somebody looks at it, or did, and some of its views are still missing."""
        return self._timer.isActive()

    def complete(self) -> None:
        """Build what is missing at once, for who needs it now."""
        for _ in self._pieces:
            pass
        self._end()

    def stop(self) -> None:
        """Build no more. Called as the window goes."""
        self._timer.stop()

    @Slot()
    def _on_timeout(self) -> None:
        if next(self._pieces, self) is self:
            self._end()

    def _end(self) -> None:
        self.stop()
        if not self.is_built:
            self.is_built = True
            self.built.emit()
