"""IntervalBands: where the values to come lie with some certainty, a band for each level."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

__all__ = ["IntervalBands"]

Array = NDArray[np.float64]


class IntervalBands(pg.GraphicsObject):
    """Bands behind the curves, the widest first. Each begins at the last known value."""

    def __init__(self) -> None:
        super().__init__()
        self._bands: tuple[tuple[QPolygonF, QColor], ...] = ()
        self._place = QRectF()
        self.setZValue(-10)

    def show_bands(self, positions: Array, low: Array, high: Array, colors: tuple[str, ...]) -> None:
        """Show a band (L, n) at each position (n,), a colour each; edges that are not finite end it."""
        self.prepareGeometryChange()
        bands, self._place = [], QRectF()
        for own_low, own_high, color in zip(low, high, colors, strict=True):
            known = np.isfinite(own_low) & np.isfinite(own_high)
            stop = len(known) if known.all() else int(np.argmin(known))
            above = [QPointF(x, y) for x, y in zip(positions[:stop].tolist(), own_high[:stop].tolist(), strict=True)]
            below = [QPointF(x, y) for x, y in zip(positions[:stop].tolist(), own_low[:stop].tolist(), strict=True)]
            polygon = QPolygonF([*above, *reversed(below)])
            if stop > 1:
                bands.append((polygon, QColor(color)))
                self._place = self._place.united(polygon.boundingRect())
        self._bands = tuple(sorted(bands, key=lambda band: -band[0].boundingRect().height()))
        self.update()

    def boundingRect(self) -> QRectF:
        """Return all that is covered."""
        return self._place

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw the bands."""
        painter.setPen(Qt.PenStyle.NoPen)
        for polygon, color in self._bands:
            painter.setBrush(color)
            painter.drawPolygon(polygon)
