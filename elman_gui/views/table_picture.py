"""A table as it is taken out as a picture, and what it consists of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from elman_gui.theme import Theme
from elman_gui.views.fonts import picture_font

__all__ = ["ROW_HEIGHT", "Cell", "Heading", "aligned", "paint_table"]

ROW_HEIGHT, _GAP = 24, 16
"""Pixels of a row, and between two columns in a picture."""
_AT_THE_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_AT_THE_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Heading:
    """What a column is called, what that means, and whether its cells are words rather than numbers."""

    text: str
    tip: str = ""
    is_words: bool = False


@dataclass(frozen=True)
class Cell:
    """What a cell says, and whether it is to stand out."""

    text: str
    is_bold: bool = False
    tip: str = ""


def aligned(heading: Heading) -> Qt.AlignmentFlag:
    """Return where the cells of a column stand: words at the left, numbers at the right."""
    return _AT_THE_LEFT if heading.is_words else _AT_THE_RIGHT


def paint_table(
    painter: QPainter, target: QRectF, theme: Theme, headings: Sequence[Heading], rows: Sequence[Sequence[Cell]]
) -> None:
    """Draw as many rows as there is room for, smaller where they are too wide."""
    regular = picture_font()
    bold = QFont(regular)
    bold.setBold(True)
    metrics = QFontMetricsF(bold)
    lines = [[Cell(heading.text) for heading in headings], *rows]
    columns = range(len(headings))
    wide = [max(metrics.horizontalAdvance(line[column].text) for line in lines) for column in columns]
    total = sum(wide) + _GAP * (len(wide) + 1)
    scale = min(1.0, target.width() / max(total, 1.0))
    painter.save()
    painter.fillRect(target, QColor(theme.card))
    painter.translate(target.topLeft())
    painter.scale(scale, scale)
    spare = max(target.width() / scale - total, 0.0) / max(len(wide), 1)
    for place, line in enumerate(lines[: int(target.height() / scale // ROW_HEIGHT)]):
        left = float(_GAP)
        painter.setPen(QColor(theme.muted if place == 0 else theme.ink))
        for cell, width, heading in zip(line, wide, headings, strict=True):
            painter.setFont(bold if cell.is_bold else regular)
            room = QRectF(left, place * ROW_HEIGHT, width + spare, ROW_HEIGHT)
            painter.drawText(room, aligned(heading), cell.text)
            left += width + spare + _GAP
    painter.restore()
