"""SequenceMarks: where one sequence ends and the next begins, and the parts of each."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QTransform
from PySide6.QtWidgets import QWidget

from elman_core.data.dataset import SequenceDataset
from elman_core.data.panel import Panel
from elman_gui.theme import LIGHT, Theme

__all__ = ["SequenceMarks", "broken_curve"]

Array = NDArray[np.float64]

_LEAST_PIXELS = 5.0
"""Between two boundaries: nearer ones would be one grey block, and none is drawn."""
_LETTERS = 12
_NAME_HEIGHT, _LEAST_NAME, _GAP = 16.0, 28.0, 8.0
_MOST_POINTS = 3_000
"""Of a curve that are drawn as they are; of longer stretches only the lowest and the highest point of each."""


class SequenceMarks(pg.GraphicsObject):
    """Thin lines at the boundaries that are in view, names where there is room for them, and the bands of the parts.

    The boundaries of 100,000 sequences are an array, of which only those in view are looked at.
    """

    def __init__(self) -> None:
        super().__init__()
        self._panel: Panel | None = None
        self._bands: tuple[tuple[str, NDArray[np.int64], NDArray[np.int64]], ...] = ()
        self._theme = LIGHT
        self._with_names = self._over_picture = True
        self._words = ""
        self.draw_over(False)

    def draw_over(self, over: bool) -> None:
        """Draw over a picture that fills the plot, or under the curves."""
        self._over_picture = over
        self.setZValue(10 if over else -15)

    def show_dataset(self, dataset: SequenceDataset, *, with_parts: bool, with_names: bool) -> None:
        """Mark these sequences; a single one has no marks."""
        self._panel = dataset.panel if dataset.panel.has_several else None
        self._with_names = with_names
        parts = dataset.parts
        self._bands = ()
        if with_parts:
            self._bands = (
                ("validation_band", parts.train_stops, parts.validation_stops),
                ("test_band", parts.validation_stops, parts.stops),
            )
        self.setVisible(self._panel is not None)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self._theme = theme
        self.update()

    def say(self, words: str) -> None:
        """Write this over what is in view, or nothing."""
        if words != self._words:
            self._words = words
            self.update()

    @property
    def words(self) -> str:
        """What is written over what is in view."""
        return self._words

    def in_view(self, pixels_a_row: float, low: float, high: float) -> tuple[int, int]:
        """Return the first sequence in view and the one after the last; none where they are too narrow to be drawn."""
        panel = self._panel
        assert panel is not None
        first = max(0, int(np.searchsorted(panel.starts, low, side="right")) - 1)
        stop = int(np.searchsorted(panel.starts, high, side="left"))
        too_many = (stop - first) * _LEAST_PIXELS > max((high - low) * pixels_a_row, 1.0)
        return (0, 0) if too_many else (first, stop)

    # -- what pyqtgraph calls -------------------------------------------------------------------

    def viewTransformChanged(self) -> None:
        """Cover all that has come into view."""
        super().viewTransformChanged()
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        """Return all that is in view."""
        return self.viewRect() or QRectF()

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw in pixels, so that letters and lines keep their size; those of a larger picture grow with it."""
        panel, view = self._panel, self.viewRect()
        box = self.getViewBox()
        if panel is None or view is None or box is None or view.width() <= 0:
            return
        to_pixels = painter.transform()
        across = abs(to_pixels.m11())
        scale = across * view.width() / max(box.width(), 1.0)
        inside = to_pixels.mapRect(view)
        painter.save()
        painter.setTransform(QTransform())

        def at(row: float) -> float:
            return to_pixels.map(QPointF(row, 0.0)).x()

        first, stop = self.in_view(across / scale, view.left(), view.right())
        if stop > first:
            self._draw_bands(painter, at, first, stop, inside)
            edges = [at(start - 0.5) for start in panel.starts[first:stop].tolist()]
            self._draw_boundaries(painter, edges if first else edges[1:], inside, scale)
            if self._with_names:
                self._draw_names(painter, [max(edge, inside.left()) for edge in edges], first, inside, scale)
        if self._words:
            self._draw_words(painter, inside, scale)
        painter.restore()

    def _draw_bands(
        self, painter: QPainter, at: Callable[[float], float], first: int, stop: int, inside: QRectF
    ) -> None:
        for color, begins, ends in self._bands:
            brush = QColor(getattr(self._theme, color))
            for begin, end in zip(begins[first:stop].tolist(), ends[first:stop].tolist(), strict=True):
                if end > begin:
                    left, right = at(begin - 0.5), at(end - 0.5)
                    painter.fillRect(QRectF(left, inside.top(), right - left, inside.height()), brush)

    def _draw_boundaries(self, painter: QPainter, edges: list[float], inside: QRectF, scale: float) -> None:
        over = self._over_picture
        painter.setPen(QPen(QColor(self._theme.ink if over else self._theme.muted), scale))
        painter.setOpacity(1.0 if over else 0.6)
        for edge in edges:
            if inside.left() <= edge <= inside.right():
                painter.drawLine(QPointF(edge, inside.top()), QPointF(edge, inside.bottom()))
        painter.setOpacity(1.0)

    def _draw_names(self, painter: QPainter, edges: list[float], first: int, inside: QRectF, scale: float) -> None:
        """Write a name at a boundary where the one before has ended, cut to its sequence's width or left out."""
        assert self._panel is not None
        painter.setFont(self._font(scale))
        painter.setPen(QColor(self._theme.muted))
        metrics = QFontMetricsF(painter.font())
        free_from = -np.inf
        for place, edge in enumerate(edges):
            if edge < free_from:
                continue
            room = (edges[place + 1] if place + 1 < len(edges) else inside.right()) - edge - _GAP * scale
            name = self._panel.title(first + place)
            wide = metrics.horizontalAdvance(name)
            if wide > room:
                if room < _LEAST_NAME * scale:
                    continue
                name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
                wide = metrics.horizontalAdvance(name)
            cell = QRectF(edge + _GAP / 2 * scale, inside.top() + 2 * scale, wide + scale, _NAME_HEIGHT * scale)
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, name)
            free_from = cell.right()

    def _draw_words(self, painter: QPainter, inside: QRectF, scale: float) -> None:
        painter.setFont(self._font(scale))
        metrics = QFontMetricsF(painter.font())
        words = metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, inside.width() - 2 * _GAP * scale)
        size = metrics.size(0, words)
        cell = QRectF(0, 0, size.width() + 2 * _GAP * scale, size.height() + _GAP * scale)
        cell.moveCenter(inside.center())
        painter.fillRect(cell, QColor(self._theme.card))
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)

    def _font(self, scale: float) -> QFont:
        view: QWidget | None = self.getViewWidget()
        font = QFont(view.font()) if view is not None else QFont()
        font.setPixelSize(max(1, round(_LETTERS * scale)))
        return font


def broken_curve(
    values: Array, first_row: int, panel: Panel, low: float, high: float
) -> tuple[Array, Array, NDArray[np.int32]]:
    """Return what is to be drawn of a curve in view: rows, values, and whether each point is joined to the next.

    `values` are of `first_row` and those after it. A curve has gaps between sequences and where there is no value.
    Where very many rows are in view, only the lowest and highest value of each stretch is drawn, without gaps.
    """
    start = int(np.clip(floor(low) - 1 - first_row, 0, len(values)))
    stop = int(np.clip(ceil(high) + 2 - first_row, start, len(values)))
    count = stop - start
    if count > _MOST_POINTS:
        width = count // (_MOST_POINTS // 2)
        # A column of many lies far apart in memory; a copy is gone through six times as fast.
        pieces = np.ascontiguousarray(values[start : start + count // width * width]).reshape(-1, width)
        with np.errstate(invalid="ignore"):
            ends = np.stack([np.fmin.reduce(pieces, axis=1), np.fmax.reduce(pieces, axis=1)], axis=1)
        middle = first_row + start + (np.arange(len(pieces)) + 0.5) * width - 0.5
        rows, found = np.repeat(middle, 2), ends.ravel()
        joined = np.ones(len(rows), np.int32)
    else:
        places = np.arange(first_row + start, first_row + stop)
        rows, found = places.astype(np.float64), np.array(values[start:stop], np.float64)
        sequence = panel.sequence_of(places)
        joined = np.append(sequence[1:] == sequence[:-1], False)[: len(rows)].astype(np.int32)
    finite = np.isfinite(found) & (np.abs(found) < 1e30)
    joined &= np.append(finite[1:], False)[: len(rows)]
    return rows[finite], found[finite], joined[finite]
