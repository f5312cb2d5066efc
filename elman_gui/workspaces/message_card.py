"""MessageCard: stands where a view would, and says in a sentence why there is none."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from elman_gui.plain_text import PlainLabel
from elman_gui.views.view_card import Card

__all__ = ["MessageCard"]


class MessageCard(Card):
    """A sentence in the middle of a card, and under it a button that does what it speaks of; hidden at first."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.words = PlainLabel()
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = QPushButton()
        self.button.hide()
        self.body.addStretch(1)
        self.body.addWidget(self.words)
        self.body.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        self.body.addStretch(1)
