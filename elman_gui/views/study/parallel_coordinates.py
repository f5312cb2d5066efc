"""ParallelCoordinates: a line for each cell, through its settings to its error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from elman_gui.plain_text import plain
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.colors import blended
from elman_gui.views.fonts import picture_font
from elman_gui.views.legend import LegendEntry
from elman_gui.views.study.scales import ErrorScale, along_axis, scale_of
from elman_gui.views.study.study_card import PaintedStudyCard, columns_of_groups

__all__ = ["ParallelCoordinates"]

_MOST_LINES = 1_000
"""Of more cells the best are drawn, and of the others some."""
_MOST_WIDE = 150
"""Of more lines each is as thin as can be."""
_SHADES = 12
_SIDE, _TICK_GAP, _TICK_ROOM = 40.0, 5.0, 4.0
"""Pixels beside the axes, from an axis to its values, and around these."""
_NEAR = 12.0
"""Pixels from a line within which the mouse means it."""
_NOTHING = "A line for each cell stands here as soon as its runs have ended."

Array = NDArray[np.float64]


class ParallelCoordinates(PaintedStudyCard):
    """An axis for each field and one for the error; the better a cell, the lighter and the thicker its line."""

    def __init__(self) -> None:
        super().__init__(
            "Parallel coordinates",
            "A line for each cell, through the value that it has of each field to its median error at the right, where "
            "the best are at the top, and those that are far worse than most at the bottom. The better a cell, the "
            "lighter and thicker its line; the chosen one has dots. Where the good lines run together, that value "
            "matters. Click on a line to look at its cell.",
        )
        self._places: Array = np.empty((0, 0))  # (lines, axes), from 0 at the bottom to 1
        self._groups: NDArray[np.int64] = np.empty(0, np.int64)
        self._ticks: list[list[tuple[float, str]]] = []
        self._names: list[str] = []
        self._scale = ErrorScale(0.0, 1.0, False)
        self._size = QSizeF(1.0, 1.0)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._show_legend()

    def _show_legend(self) -> None:
        if self.overview.chosen is None:
            self.legend.show_entries([])
            return
        self.legend.show_entries(
            [
                LegendEntry("chosen", self.theme.ink, "dot"),
                LegendEntry("looked at", self.theme.closed_loop, "dashes"),
                *([LegendEntry("diverged", self.theme.error, "dots")] if np.isinf(self.overview.median).any() else []),
            ]
        )

    def prepare(self) -> None:
        """Find where the lines go."""
        overview = self.overview
        self._scale = scale_of(overview)
        order = overview.order
        if len(order) > _MOST_LINES:
            best = order[: _MOST_LINES // 2]
            rest = order[_MOST_LINES // 2 :]
            order = np.concatenate([best, rest[np.linspace(0, len(rest) - 1, _MOST_LINES // 2).astype(int)]])
        self._groups = order[::-1]  # the best are drawn last
        columns, self._ticks, self._names = [], [], []
        for column in overview.fields:
            along, ticks = along_axis(column)
            columns.append(along[column.places][self._groups])
            self._ticks.append(ticks)
            self._names.append(column.label)
        shares = self._scale.shares(overview.median)
        columns.append(np.nan_to_num(shares, nan=-0.04)[self._groups])
        marks = [0.0, 0.25, 0.5, 0.75, 1.0] if self._scale.low != self._scale.high else [0.0]
        self._ticks.append([(mark, self._scale.words_at(mark)) for mark in marks])
        self._names.append(overview.metric)
        self._places = np.stack(columns, axis=1) if len(order) else np.empty((0, len(columns)))
        self._show_legend()

    # -- what is drawn --------------------------------------------------------------------------

    def _field(self, size: QSizeF) -> QRectF:
        metrics = QFontMetricsF(picture_font())
        line = metrics.height()
        words = max((metrics.horizontalAdvance(plain(text)) for _, text in (self._ticks or [[]])[-1]), default=0.0)
        beside = max(_SIDE, _TICK_GAP + words + _TICK_ROOM)  # the last axis has its values at the right too
        return QRectF(_SIDE, line + 6, size.width() - _SIDE - beside, size.height() - line - 18)

    def _points(self, size: QSizeF) -> Array:
        """Return where the lines go, (lines, axes, 2)."""
        field, axes = self._field(size), self._places.shape[1]
        x = field.left() + np.linspace(0, 1, axes) * field.width()
        y = field.bottom() - self._places * field.height()
        return np.stack([np.broadcast_to(x, y.shape), y], axis=-1)

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        """Draw axes and lines."""
        self._size = QSizeF(size)
        painter.setFont(picture_font())
        if not len(self._groups):
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(QRectF(QPointF(), size), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, _NOTHING)
            return
        points = self._points(size)
        self._draw_lines(painter, points)
        self._draw_axes(painter, size)
        self._draw_marked(painter, points)

    def _draw_lines(self, painter: QPainter, points: Array) -> None:
        shares = self._scale.shares(self.overview.median[self._groups])
        shades = np.where(np.isnan(shares), -1, np.rint(np.nan_to_num(shares) * (_SHADES - 1))).astype(int)
        is_crowded = len(points) > _MOST_WIDE  # wide and smooth lines take a hundred times as long
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_crowded)
        for shade in range(-1, _SHADES):
            own = points[shades == shade]
            if not len(own):
                continue
            if shade < 0:
                painter.setPen(QPen(QColor(self.theme.error), 1, Qt.PenStyle.DotLine))
            else:
                share = shade / (_SHADES - 1)
                color = blended(self.theme.card, self._scale.color(share).name(), 0.35 + 0.65 * share)
                painter.setPen(QPen(QColor(color), 1.0 if is_crowded else 1 + 1.5 * share))
            ends = np.concatenate([own[:, :-1], own[:, 1:]], axis=-1).reshape(-1, 4)
            painter.drawLines([QLineF(*line) for line in ends.tolist()])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _draw_axes(self, painter: QPainter, size: QSizeF) -> None:
        field, metrics, axes = self._field(size), QFontMetricsF(picture_font()), self._places.shape[1]
        step = field.width() / max(axes - 1, 1)
        for axis, (name, ticks) in enumerate(zip(self._names, self._ticks, strict=True)):
            x = field.left() + axis * step
            painter.setPen(QPen(QColor(self.theme.muted), 1))
            painter.drawLine(QPointF(x, field.top()), QPointF(x, field.bottom()))
            words = metrics.elidedText(
                plain(name), Qt.TextElideMode.ElideRight, step - 8 if axes > 1 else field.width()
            )
            wide = metrics.horizontalAdvance(words)
            left = min(max(x - wide / 2, 0.0), size.width() - wide)
            painter.setPen(QColor(self.theme.ink))
            painter.drawText(QPointF(left, metrics.ascent()), words)
            self._draw_ticks(painter, metrics, x, field, ticks)

    def _draw_ticks(
        self, painter: QPainter, metrics: QFontMetricsF, x: float, field: QRectF, ticks: list[tuple[float, str]]
    ) -> None:
        """Write the values of an axis, on a ground that lines do not run through."""
        ground = QColor(self.theme.card)
        ground.setAlphaF(0.8)
        last = np.inf
        for place, text in ticks:
            y = field.bottom() - place * field.height()
            if last - y < metrics.height() and last != np.inf:
                continue
            last = y
            wide = metrics.horizontalAdvance(plain(text)) + _TICK_ROOM
            rect = QRectF(x + _TICK_GAP, y - metrics.height() / 2, wide, metrics.height())
            painter.fillRect(rect, ground)
            painter.setPen(QColor(self.theme.muted))
            painter.drawLine(QPointF(x - 3, y), QPointF(x + 3, y))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, plain(text))

    def _draw_marked(self, painter: QPainter, points: Array) -> None:
        """Draw the cell that is chosen, and the one that is looked at, over all others."""
        overview = self.overview
        looked_at = None if self.cell is None else overview.group_of(self.cell)
        for group, pen, dots in (
            (looked_at, QPen(QColor(self.theme.closed_loop), 2.5, Qt.PenStyle.DashLine), False),
            (overview.chosen, QPen(QColor(self.theme.ink), 2.5), True),
        ):
            found = np.flatnonzero(self._groups == group) if group is not None else ()
            for line in points[found]:
                painter.setPen(pen)
                painter.drawPolyline([QPointF(*point) for point in line])
                if dots:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(QColor(self.theme.ink))
                    for point in line:
                        painter.drawEllipse(QPointF(*point), 4, 4)
                    painter.setBrush(Qt.BrushStyle.NoBrush)

    # -- mouse and keyboard ---------------------------------------------------------------------

    def group_at(self, position: QPointF) -> int | None:
        """Return the group whose line is there."""
        """Return the group whose line is nearest there."""
        if not len(self._groups) or self._places.shape[1] < 2:
            return None
        points = self._points(self._size)
        x = points[0, :, 0]
        part = int(np.clip(np.searchsorted(x, position.x()) - 1, 0, len(x) - 2))
        along = np.clip((position.x() - x[part]) / max(x[part + 1] - x[part], 1e-9), 0, 1)
        away = np.abs(points[:, part, 1] * (1 - along) + points[:, part + 1, 1] * along - position.y())
        nearest = len(away) - 1 - int(away[::-1].argmin())  # of several, the best
        return int(self._groups[nearest]) if away[nearest] <= _NEAR else None

    def key(self, key: int) -> bool:
        """Up and down go to the next better and worse cell, Return opens its networks."""
        overview = self.overview
        group = None if self.cell is None else overview.group_of(self.cell)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and group is not None:
            self.open_wanted.emit(self.cell)
            return True
        if key not in (Qt.Key.Key_Up, Qt.Key.Key_Down) or not len(overview):
            return False
        rank = 0 if group is None else int(np.flatnonzero(overview.order == group)[0])
        rank += 0 if group is None else (-1 if key == Qt.Key.Key_Up else 1)
        self.cell_chosen.emit(int(overview.cells[overview.order[min(max(rank, 0), len(overview) - 1)]]))
        return True

    def data(self) -> PlotData:
        """Return a row for each cell, the best first."""
        return columns_of_groups(self.overview) if len(self.overview) else PlotData((), ())
