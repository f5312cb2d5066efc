"""PastedText: a box for a text of any length, of which a long one is shown in part."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QSignalBlocker, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPlainTextEdit

__all__ = ["PastedText"]

_SHOWN = 20_000
"""Characters; laying out a million would hold the window up for seconds."""


class PastedText(QPlainTextEdit):
    """Takes a text by typing or pasting; Ctrl+V replaces one that is too long to be shown whole.

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
        self.setToolTip("The text whose symbols are learned. Of a long one the beginning is shown.")
        self.textChanged.connect(self._take_edit)
        self._delete = QShortcut(QKeySequence.StandardKey.Delete, self, self.clear)
        self._delete.setEnabled(False)

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
            self._delete.setEnabled(is_long)
        self.text_changed.emit()

    def clear(self) -> None:
        """Begin anew."""
        self.put("")

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Take text."""
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Take a text that is pasted or dropped; a long one takes the place of what is there."""
        text = source.text()
        if self._long or len(text) + self.document().characterCount() > _SHOWN:
            self.put(text)
        else:
            super().insertFromMimeData(source)

    @Slot()
    def _take_edit(self) -> None:
        self.text_changed.emit()
