"""Legend: signs and words beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, pi, sin

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from elman_gui.plain_text import plain

__all__ = ["GAP", "LINE", "Legend", "LegendEntry", "draw_entry", "flow", "line_pen", "width_of"]

GAP, LINE = 12, 18
"""Pixels between two entries, and of a line of them."""
_SIGN_SIZE = QSize(18, 12)
_SIGN_GAP = 4
_PENS: dict[str, Qt.PenStyle | tuple[float, ...]] = {
    "line": Qt.PenStyle.SolidLine,
    "dashes": Qt.PenStyle.DashLine,
    "dots": Qt.PenStyle.DotLine,
    "dashes and dots": Qt.PenStyle.DashDotLine,
    "dashes and two dots": Qt.PenStyle.DashDotDotLine,
    "long dashes": (6.0, 2.0),
    "far dots": (1.0, 4.0),
}
"""The lines that are told apart without colour: styles, or dashes and gaps in widths of the line."""


@dataclass(frozen=True)
class LegendEntry:
    """One sign of the legend; the kind of mark tells curves apart without colour."""

    text: str
    color: str
    mark: str  # a line of `line_pen`, or "dot", "ring", "frame", "square", "star" or "triangle"


class Legend(QWidget):
    """Signs and words in one line; where there is no room for that, in several.

    Signals
    -------
    changed()
        It needs another width.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Legend")
        self._shown: list[LegendEntry] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def entries(self) -> list[LegendEntry]:
        """The signs that are in the plot now."""
        return list(self._shown)

    def show_entries(self, entries: list[LegendEntry]) -> None:
        """Show the signs that are in the plot now."""
        if entries == self._shown:
            return
        before = [entry.text for entry in self._shown]
        self._shown = list(entries)
        self.update()
        if [entry.text for entry in entries] != before:
            self.setAccessibleDescription(", ".join(entry.text for entry in entries))
            self.updateGeometry()
            self.changed.emit()

    def sizeHint(self) -> QSize:
        """Ask for room for all in one line."""
        width = sum(self._widths()) + GAP * max(0, len(self._shown) - 1)
        return QSize(ceil(width), LINE if self._shown else 0)

    def minimumSizeHint(self) -> QSize:
        """Do with the room of the longest."""
        return QSize(ceil(max(self._widths(), default=0.0)), LINE if self._shown else 0)

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines."""
        return LINE * (1 + max((line for _, line in self._places(width)), default=-1))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw signs and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        muted = self.palette().color(QPalette.ColorRole.PlaceholderText)
        top = max(0.0, (self.height() - self.heightForWidth(self.width())) / 2)
        for entry, (x, line) in zip(self._shown, self._places(self.width()), strict=True):
            draw_entry(painter, entry, QPointF(x, top + LINE * line), muted)
        painter.end()

    def _widths(self) -> list[float]:
        return [width_of(entry, QFontMetricsF(self.font())) for entry in self._shown]

    def _places(self, width: float) -> list[tuple[float, int]]:
        return flow(self._widths(), 0.0, width)


def line_pen(mark: str, color: str, width: float) -> QPen:
    """Return the pen of a line that has this mark in a legend; it is as wide at every scale."""
    style = _PENS[mark]
    pen = QPen(QColor(color), width)
    if isinstance(style, tuple):
        pen.setDashPattern(style)
    else:
        pen.setStyle(style)
    pen.setCosmetic(True)
    return pen


def width_of(entry: LegendEntry, metrics: QFontMetricsF) -> float:
    """Return the width of a sign with its words."""
    return _SIGN_SIZE.width() + _SIGN_GAP + metrics.horizontalAdvance(plain(entry.text))


def flow(widths: list[float], left: float, right: float, begin: float | None = None) -> list[tuple[float, int]]:
    """Return the left edge and the line of each of some things, side by side from `left` to `right`; in the first line
    from `begin` on."""
    x, line, places = left if begin is None else begin, 0, []
    for width in widths:
        if x + width > right and x > left:
            x, line = left, line + 1
        places.append((x, line))
        x += width + GAP
    return places


def draw_entry(painter: QPainter, entry: LegendEntry, at: QPointF, ink: QColor) -> None:
    """Draw a sign and its words in a line whose upper left corner is there."""
    painter.save()
    painter.translate(at + QPointF(0, (LINE - _SIGN_SIZE.height()) / 2))
    _draw_sign(painter, entry)
    painter.restore()
    painter.setPen(ink)
    words = QRectF(at.x() + _SIGN_SIZE.width() + _SIGN_GAP, at.y(), 1.0, LINE)
    centred = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
    painter.drawText(words, centred, plain(entry.text))


def _draw_sign(painter: QPainter, entry: LegendEntry) -> None:
    color = QColor(entry.color)
    if entry.mark in _PENS:
        pen = line_pen(entry.mark, entry.color, 2)
        pen.setCosmetic(False)  # a sign grows with its picture
        painter.setPen(pen)
        painter.drawLine(1, 6, 17, 6)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    match entry.mark:
        case "dot":
            painter.drawEllipse(QRectF(6, 3, 6, 6))
        case "square":
            painter.drawRect(QRectF(4, 1, 10, 10))
        case "star":
            points = [_on_star(corner) for corner in range(10)]
            painter.drawPolygon(points)
        case "frame":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(color, 2))
            painter.drawRect(QRectF(4, 1, 10, 10))
        case "ring":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(color, 1.5))
            painter.drawEllipse(QRectF(5, 2, 8, 8))
        case _:
            painter.drawPolygon([QPointF(4, 2), QPointF(14, 2), QPointF(9, 11)])


def _on_star(corner: int) -> QPointF:
    """Return one of the ten corners of a star of five points."""
    angle, radius = pi * (corner / 5 - 0.5), 6.5 if corner % 2 == 0 else 2.7
    return QPointF(9 + radius * cos(angle), 6.5 + radius * sin(angle))
