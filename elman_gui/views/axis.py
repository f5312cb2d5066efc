"""PlotAxis: an axis whose labels are whole and never lie over one another."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from elman_gui.views.fonts import picture_font

__all__ = ["DateAxis", "PlotAxis", "round_number_above"]

_LEAST_HEIGHT_FOR_NAME = 112
"""A lower plot needs the height for its curves more than for the name of its horizontal axis."""
_MARGIN = 4.0
"""Around the letters of an axis's name."""


class PlotAxis(pg.AxisItem):
    """Where room is short, the axis's name gives way first, then labels of ticks that would lie over others."""

    gap = 6.0
    """Pixels between two labels of a horizontal axis."""
    is_count = False
    """Whether it has whole numbers only, such as epochs: then there is no tick between two of them."""

    def __init__(self, orientation: str, **options: Any) -> None:
        self._is_crowded = False
        super().__init__(orientation, **options)
        self.label.setFont(picture_font())
        self.setTickFont(picture_font())

    @property
    def name_rect(self) -> QRectF | None:
        """Where the letters of the name stand, in the axis's coordinates; None where no name is shown."""
        if not self.label.isVisible():
            return None
        rect = self.mapRectFromItem(self.label, self.label.boundingRect())
        return QRectF(rect).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def fit_name(self) -> None:
        """Show the name where it has room."""
        shown = bool(self.labelText) and not self._is_crowded and self._has_room_for_name()
        if shown is not self.label.isVisible():
            self.showLabel(shown)
            pg.AxisItem.resizeEvent(self)

    def _has_room_for_name(self) -> bool:
        length = self.label.boundingRect().width() - 2 * _MARGIN
        if self.orientation in ("left", "right"):
            return bool(length <= self.size().height())
        plot = self.parentItem()
        is_low = plot is not None and plot.size().height() < _LEAST_HEIGHT_FOR_NAME
        return bool(not is_low and length <= self.size().width())

    def resizeEvent(self, event: Any = None) -> None:
        """Put the name into the middle, where it has room."""
        super().resizeEvent(event)
        if self.label is not None:
            self._is_crowded = False
            self.fit_name()

    def paint(self, p: QPainter, *_: Any) -> None:
        """Draw line, ticks and labels as they are.

        pyqtgraph draws a picture first and plays it, which looks for the font anew for every label. A plot keeps what
        its axes have painted, so they are painted only where something has changed.
        """
        specs = self.generateDrawSpecs(p)
        if specs is not None:
            self.drawPicture(p, *specs)

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """Return how far ticks are apart, and from where on, the large ones first."""
        found: list[tuple[float, float]] = super().tickSpacing(minVal, maxVal, size)
        return ([level for level in found if level[0] >= 1] or [(1.0, 0.0)]) if self.is_count else found

    def generateDrawSpecs(self, p: QPainter) -> Any:
        """Return what is to be drawn, without labels that would lie over others."""
        specs = super().generateDrawSpecs(p)
        if specs is None:
            return None
        line, ticks, labels = specs
        if self._tickLevels is None:  # else who chose the labels knows their room
            labels = self._apart(labels)
        if self.orientation == "left":
            reach = self.label.pos().x() + self.label.boundingRect().height() - _MARGIN
            self._is_crowded = any(rect.left() < reach for rect, _, _ in labels)
            self.fit_name()
        return line, ticks, labels

    def _apart(self, labels: list[tuple[QRectF, Any, str]]) -> list[tuple[QRectF, Any, str]]:
        """Return the labels that do not lie over one before them; those of large steps come first."""
        gap = self.gap if self.orientation in ("bottom", "top") else 0.0
        taken: list[QRectF] = []
        kept = []
        for label in labels:
            rect, _, text = label
            if text and not any(rect.adjusted(-gap, 0, gap, 0).intersects(other) for other in taken):
                taken.append(rect)
                kept.append(label)
        return kept


def round_number_above(count: int) -> int:
    """Return the next of 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 50, 60, 80, 100, 150, ..."""
    decade = 10 ** (len(str(count)) - 1)
    return next(int(part * decade) for part in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if part * decade >= count)


class DateAxis(PlotAxis, pg.DateAxisItem):
    """Dates, in the step that the view asks for."""
