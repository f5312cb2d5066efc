"""PastedText: a box for a text of any length, of which a long one is shown in part."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPlainTextEdit

__all__ = ["PastedText"]

_SHOWN = 20_000
"""Characters; laying out a million would hold the window up for seconds."""


class PastedText(QPlainTextEdit):
    """Takes a text by typing or pasting; one too long to be shown whole is replaced by Ctrl+V, removed by Delete.

    Signals
    -------
    text_changed()
        There is another text.
    """

    text_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._long = ""
        self.setTabChangesFocus(True)
        self.setAccessibleName("Text to learn")
        self.setPlaceholderText("Type or paste a text here.")
        self.setToolTip(
            "The text whose symbols are learned. Of a long one the beginning is shown; not edited here, but paste "
            "another one over it, or press Delete to begin anew."
        )
        self.textChanged.connect(self._on_edit)

    @property
    def text(self) -> str:
        """The whole text."""
        return self._long or self.toPlainText()

    def put(self, text: str) -> None:
        """Show a text; a long one can be looked at, but not edited."""
        is_long = len(text) > _SHOWN
        with QSignalBlocker(self):
            self.setPlainText(text[:_SHOWN])
            self._long = text if is_long else ""
            self.setReadOnly(is_long)
        self.text_changed.emit()

    def clear(self) -> None:
        """Begin anew."""
        self.put("")

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take text."""
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Take a text that is pasted or dropped into the one there; a long one there is replaced."""
        text = source.text()
        if self._long:
            self.put(text)
        elif len(text) + self.document().characterCount() > _SHOWN:
            cursor, before = self.textCursor(), self.toPlainText()
            self.put(before[: cursor.selectionStart()] + text + before[cursor.selectionEnd() :])
        else:
            super().insertFromMimeData(source)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Paste over a long text, or take it away; Qt hears neither where nothing can be edited."""
        if self._long and event.matches(QKeySequence.StandardKey.Paste):
            self.insertFromMimeData(QGuiApplication.clipboard().mimeData())
        elif self._long and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_edit(self) -> None:
        self.text_changed.emit()
