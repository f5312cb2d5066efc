"""About: the explanation of a view, which lies over it until Escape or its button is pressed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

__all__ = ["About"]


class About(QLabel):
    """Words over a view. Escape is its own while it is shown, wherever in the window the focus is.

    Signals
    -------
    dismissed()
        The person has read it.
    """

    dismissed = Signal()

    def __init__(self, words: str, parent: QWidget) -> None:
        super().__init__(words, parent)
        self.setObjectName("about")
        self.setWordWrap(True)
        self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        """Hear of every key."""
        super().showEvent(event)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def hideEvent(self, event: QHideEvent) -> None:
        """Hear of no key any more."""
        super().hideEvent(event)
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Escape, before it is a shortcut of anything else."""
        if event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            return False
        is_here = isinstance(watched, QWidget) and watched.window() is self.window()
        if not (is_here and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape):
            return False
        if QApplication.activePopupWidget() is not None:
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            self.dismissed.emit()
        return True
