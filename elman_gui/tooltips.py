"""Tooltips of a readable width: one place for those of all widgets."""

from __future__ import annotations

from textwrap import fill

from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QHelpEvent, Qt
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

__all__ = ["show_in_lines", "wrapped"]

_LETTERS = 60
"""A line that can be read at a glance."""


def wrapped(text: str) -> str:
    """Return a text in lines of a readable width; rich text, which Qt wraps itself, as it is."""
    if Qt.mightBeRichText(text):
        return text
    return "\n".join(fill(line, _LETTERS, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))


def show_in_lines() -> None:
    """Show the tooltips of every widget in lines from now on; Qt would show each in one, however long."""
    application = QApplication.instance()
    assert application is not None
    if application.findChild(_ToolTips) is None:  # one is enough for all windows, and each event costs a microsecond
        application.installEventFilter(_ToolTips(application))


class _ToolTips(QObject):
    """Shows tooltips in the place of the widgets that have them."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the tooltip in the place of a widget that has a text for it."""
        if event.type() != QEvent.Type.ToolTip or not isinstance(watched, QWidget) or not isinstance(event, QHelpEvent):
            return False
        text = watched.toolTip()
        if not text:
            return False
        QToolTip.showText(event.globalPos(), wrapped(text), watched, QRect(), watched.toolTipDuration())
        return True
