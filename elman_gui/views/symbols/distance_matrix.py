"""Drawing the distance of every symbol from every other as a square of cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from elman_gui.theme import Theme
from elman_gui.views.colors import sequence_table
from elman_gui.views.symbols.dendrogram import SCALE_HEIGHT

__all__ = ["cell_at", "draw_matrix", "square_in"]


def square_in(area: QRectF) -> QRectF:
    """Return where the cells stand: the largest square at the top left, with room for the scale under it."""
    side = max(min(area.width(), area.height() - SCALE_HEIGHT - 2), 10.0)
    return QRectF(area.left(), area.top(), side, side)


def cell_at(square: QRectF, count: int, position: QPointF) -> tuple[int, int] | None:
    """Return row and column of the cell there."""
    if not square.contains(position):
        return None
    shares = (position - square.topLeft()) / square.width()
    return min(int(shares.y() * count), count - 1), min(int(shares.x() * count), count - 1)


def draw_matrix(
    painter: QPainter, area: QRectF, distances: NDArray[np.float64], cell: tuple[int, int] | None, theme: Theme
) -> None:
    """Draw the cells, dark where two are alike, a frame around one of them, and the scale."""
    square, count, largest = square_in(area), len(distances), float(distances.max())
    shades = np.rint(255 * distances / (largest or 1.0)).astype(int)
    pixels = np.ascontiguousarray(sequence_table()[shades])
    image = QImage(pixels.data, count, count, 3 * count, QImage.Format.Format_RGB888).copy()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(square, image)
    if cell is not None:
        side = square.width() / count
        frame = QRectF(square.left() + cell[1] * side, square.top() + cell[0] * side, side, side)
        for color, width in ((theme.card, 4.0), (theme.ink, 2.0)):
            painter.setPen(QPen(QColor(color), width))
            painter.drawRect(frame)
    painter.setPen(QColor(theme.muted))
    below = QRectF(square.left(), square.bottom() + 2, area.width(), SCALE_HEIGHT)
    painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"0 (dark) to {largest:.3g}")
