"""NoticeBar: a sentence worth reading, until it is closed or another comes."""

from __future__ import annotations

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from elman_gui.icons import icon
from elman_gui.plain_text import PlainLabel
from elman_gui.theme import Theme

__all__ = ["NoticeBar"]


class NoticeBar(QFrame):
    """One line with a sign, words and a button to close it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._sign = QLabel()
        self.text = PlainLabel()
        self.text.setWordWrap(True)
        self.text.setAccessibleName("Notice")
        self.button = QToolButton()
        self.button.setObjectName("flat")
        self.button.setText("Close")
        self.button.setToolTip("Close this notice")
        self.button.setAccessibleName("Close notice")
        self.button.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.addWidget(self._sign)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self._sign.setPixmap(icon("info", theme.accent).pixmap(QSize(16, 16)))

    @Slot(str)
    def show_notice(self, text: str) -> None:
        """Show a sentence."""
        self.text.setText(text)
        self.show()
