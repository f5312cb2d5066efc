"""MessagesDialog: what the window has said since it was opened, to be read again."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from elman_gui.notices import Notice

__all__ = ["MessagesDialog"]


class MessagesDialog(QDialog):
    """A list with the newest message first; goes when it is closed."""

    def __init__(self, messages: Iterable[Notice], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Messages")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(620, 320)
        lines = [f"{message.at:%H:%M:%S}  {message.text}" for message in messages][::-1]
        self.text = QPlainTextEdit("\n".join(lines) or "Nothing has been said yet.")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("Messages")
        self.text.setToolTip("What the window has said since it was opened, the newest first")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setToolTip("Close this window")
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)
