"""Sentence: words in as many lines as they need, which make nothing else scroll."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent

from elman_gui.plain_text import PlainLabel

__all__ = ["Sentence"]


class Sentence(PlainLabel):
    """Is as high as its words are in the width that it has.

    A layout is not told that its height depends on its width: a scroll area around it would then give all the height
    that everything in it would like to have.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)

    def hasHeightForWidth(self) -> bool:
        """Say no to layouts."""
        return False

    def setText(self, text: str) -> None:
        """Show other words."""
        super().setText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as is needed in the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setMinimumHeight(0)  # else Qt would answer with no less than the height there is
        needed = self.heightForWidth(self.width())
        if needed > 0:
            self.setFixedHeight(needed)
