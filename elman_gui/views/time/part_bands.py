"""PartBands: the parts of one series shaded, with their names where these have room."""

from __future__ import annotations

from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QTransform

from elman_gui.views.fonts import picture_font

__all__ = ["Band", "PartBands"]

_GAP, _TOP = 5.0, 2.0
"""Pixels beside a name, and above it."""


@dataclass(frozen=True)
class Band:
    """A part from one place on the time axis to another, and its colour."""

    name: str
    start: float
    stop: float
    color: str


class PartBands(pg.GraphicsObject):
    """Bands over the height of the plot. A name stands in its band, or before it where that is too narrow."""

    def __init__(self) -> None:
        super().__init__()
        self.bands: tuple[Band, ...] = ()
        self._ink = "#000000"
        self.setZValue(-20)

    def show_bands(self, bands: tuple[Band, ...], ink: str) -> None:
        """Shade these, in the order of time, with names in a colour."""
        self.bands, self._ink = bands, ink
        self.setVisible(bool(bands))
        self.update()

    def viewTransformChanged(self) -> None:
        """Cover all that has come into view."""
        super().viewTransformChanged()
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        """Return all that is in view."""
        return self.viewRect() or QRectF()

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw in pixels, so that letters keep their size; those of a larger picture grow with it."""
        view, box = self.viewRect(), self.getViewBox()
        if view is None or box is None or view.width() <= 0:
            return
        to_pixels = painter.transform()
        scale = abs(to_pixels.m11()) * view.width() / max(box.width(), 1.0)
        inside = to_pixels.mapRect(view)
        painter.save()
        painter.setTransform(QTransform())
        painter.setFont(picture_font(scale))
        metrics = QFontMetricsF(painter.font())
        shown = []
        for band in self.bands:
            left, right = (to_pixels.map(QPointF(place, 0.0)).x() for place in (band.start, band.stop))
            seen = QRectF(left, inside.top(), right - left, inside.height()) & inside
            if seen.width() > 0:
                painter.fillRect(seen, QColor(band.color))
                shown.append((band.name, seen, metrics.size(0, band.name).width()))
        painter.setPen(QColor(self._ink))
        for name, left, wide in places_of_names(
            [(name, seen.left(), seen.right(), wide) for name, seen, wide in shown], inside, scale
        ):
            cell = QRectF(left, inside.top() + _TOP * scale, wide, metrics.height())
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, name)
        painter.restore()


def places_of_names(
    bands: list[tuple[str, float, float, float]], inside: QRectF, scale: float = 1.0
) -> list[tuple[str, float, float]]:
    """Return name, left edge and width of each name that has room, the last band's first.

    Each of `bands` is a name, the left and right edge of its band that is in view, and the width of the name. A name
    that is wider than its band begins before it, but never runs into another name or out of the plot.
    """
    gap, free_until = _GAP * scale, inside.right()
    places = []
    for name, start, stop, wide in reversed(bands):
        left = start + gap if wide + 2 * gap <= stop - start or not places else stop - gap - wide
        left = min(left, free_until - wide - (gap if places else 0.0))
        if left >= inside.left():
            places.append((name, left, wide))
            free_until = left - gap
    return places
