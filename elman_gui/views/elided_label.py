"""ElidedLabel: a line of words that ends in an ellipsis where there is no room for all, and says all in its tooltip."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QStyle, QStyleOption

from elman_gui.plain_text import PlainLabel
from elman_gui.tooltips import wrapped

__all__ = ["ElidedLabel"]

_LEAST_WIDTH = 60


class ElidedLabel(PlainLabel):
    """Shows as much of one line of plain words as there is room for."""

    def minimumSizeHint(self) -> QSize:
        """Do with a few letters."""
        if self.wordWrap():
            return super().minimumSizeHint()
        return QSize(min(_LEAST_WIDTH, self.sizeHint().width()), super().minimumSizeHint().height())

    _explanation = ""

    def setText(self, text: str) -> None:
        """Show other words."""
        super().setText(text)
        self._explain()

    def setToolTip(self, text: str) -> None:
        """Explain the words; where they are not all seen, they stand before the explanation."""
        self._explanation = text
        self._explain()

    @property
    def is_elided(self) -> bool:
        """Whether some of the words are left out."""
        return not self.wordWrap() and self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say all in the tooltip where it is not seen."""
        super().resizeEvent(event)
        self._explain()

    def _explain(self) -> None:
        parts = (self.text() if self.is_elided else "", self._explanation)
        super().setToolTip(wrapped("\n".join(filter(None, parts))))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what there is room for."""
        if not self.is_elided:
            super().paintEvent(event)
            return
        option = QStyleOption()
        option.initFrom(self)
        place: QRect = self.contentsRect()
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        align = self.alignment().value
        role = QPalette.ColorRole.WindowText
        self.style().drawItemText(painter, place, align, self.palette(), self.isEnabled(), words, role)
        painter.end()
