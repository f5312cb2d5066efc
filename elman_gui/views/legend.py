"""Legend: signs and words in one line."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

__all__ = ["SIGN_SIZE", "Legend", "LegendEntry", "draw_sign"]

SIGN_SIZE = QSize(18, 12)
_PENS = {"line": Qt.PenStyle.SolidLine, "dashes": Qt.PenStyle.DashLine, "dots": Qt.PenStyle.DotLine}


@dataclass(frozen=True)
class LegendEntry:
    """One sign of the legend; the kind of mark tells curves apart without colour."""

    text: str
    color: str
    mark: str  # "line", "dashes", "dots", "dot", "ring", "square" or "triangle"


class Legend(QWidget):
    """Signs and words in one line; where there is no room for all, the last ones are left out and in the tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setAccessibleName("Legend")
        self._shown: list[LegendEntry] = []

    @property
    def entries(self) -> list[LegendEntry]:
        """The signs that are in the plot now, those without room among them."""
        return list(self._shown)

    def show_entries(self, entries: list[LegendEntry]) -> None:
        """Show the signs that are in the plot now."""
        if entries == self._shown:
            return
        self._shown = list(entries)
        while self._row.count():
            widget = self._row.takeAt(0).widget()
            if widget is not None:
                widget.setParent(None)
        for entry in entries:
            sign, words = QLabel(), QLabel(entry.text)
            sign.setPixmap(_sign(entry, self.devicePixelRatioF()))
            words.setObjectName("muted")
            words.setContentsMargins(0, 0, 4, 0)
            words.setMinimumWidth(words.sizeHint().width())
            self._row.addWidget(sign)
            self._row.addWidget(words)
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        """Ask for room for all."""
        return QSize(sum(self._widths()), self._row.sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Do with the first sign."""
        return QSize(sum(self._widths()[:1]), self._row.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many signs as there is room for."""
        super().resizeEvent(event)
        self._fit()

    def _widths(self) -> list[int]:
        """The width of each sign with its words."""
        items = [self._row.itemAt(index).widget() for index in range(self._row.count())]
        each = [widget.sizeHint().width() + self._row.spacing() for widget in items if widget is not None]
        return [sign + words for sign, words in zip(each[::2], each[1::2], strict=True)]

    def _fit(self) -> None:
        room, left_out = self.width(), []
        for index, width in enumerate(self._widths()):
            room -= width
            fits = index == 0 or room >= -self._row.spacing()
            for place in (2 * index, 2 * index + 1):
                widget = self._row.itemAt(place).widget()
                if widget is not None:
                    widget.setVisible(fits)
            if not fits:
                left_out.append(self._shown[index].text)
        self.setToolTip(", ".join(entry.text for entry in self._shown) if left_out else "")


def draw_sign(painter: QPainter, entry: LegendEntry) -> None:
    """Draw the sign of an entry from (0, 0) on, `SIGN_SIZE` large."""
    color = QColor(entry.color)
    if entry.mark in _PENS:
        painter.setPen(QPen(color, 2, _PENS[entry.mark]))
        painter.drawLine(1, 6, 17, 6)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    match entry.mark:
        case "dot":
            painter.drawEllipse(QRectF(6, 3, 6, 6))
        case "square":
            painter.drawRect(QRectF(4, 1, 10, 10))
        case "ring":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(color, 1.5))
            painter.drawEllipse(QRectF(5, 2, 8, 8))
        case _:
            painter.drawPolygon([QPointF(4, 2), QPointF(14, 2), QPointF(9, 11)])


def _sign(entry: LegendEntry, ratio: float) -> QPixmap:
    pixmap = QPixmap(SIGN_SIZE * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_sign(painter, entry)
    painter.end()
    return pixmap
