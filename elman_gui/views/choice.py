"""Choice: a combo box whose text ends in dots where it has no room, and is whole in its list and its tooltip."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QToolTip

__all__ = ["Choice"]

_BESIDE_THE_LIST = 24
"""Frame and scroll bar of the list."""


class Choice(QComboBox):
    """Qt's own cuts the text off in the middle of a letter, in the list too."""

    @property
    def shown_text(self) -> str:
        """The text as there is room for it."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()
        return self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, room)

    @property
    def _text(self) -> str:
        return self.currentText() or self.placeholderText()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box with what there is room for."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown_text
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def showPopup(self) -> None:
        """Open the list, as wide as its longest text."""
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + _BESIDE_THE_LIST)
        super().showPopup()

    def event(self, event: QEvent) -> bool:
        """Begin the explanation with the text, where it is not shown whole."""
        is_cut = isinstance(event, QHelpEvent) and self.shown_text != self._text
        if is_cut and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), f"{self._text}\n{self.toolTip()}", self)
            return True
        return super().event(event)
