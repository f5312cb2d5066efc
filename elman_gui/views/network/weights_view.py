"""WeightsView: every weight in its place, as squares (Hinton diagram) or colours, and one weight's course."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox

from elman_core.analysis.units import (
    Connection,
    Layer,
    Unit,
    UnitNames,
    connection_at,
    unit_name,
    units_of,
    w1_rows,
    w2_rows,
)
from elman_core.config import NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.course import Course
from elman_core.training.events import Snapshot
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.colors import image_of, signed_table
from elman_gui.views.painted_card import PaintedCard

__all__ = ["WeightsView"]

_HINTON_UP_TO = 4_000
"""More weights than this are drawn as colours: squares would be smaller than a pixel."""
_COURSE_HEIGHT = 56
_HINT_HEIGHT = 24
_NAMES_HEIGHT = 16
_PIXELS_A_SPREAD = 60.0
"""Dragging a weight over so many pixels changes it by the largest weight's size."""


class WeightsView(PaintedCard):
    """w1 at the left, w2 at the right: a row for each unit that a weight comes from, a column for each it goes to.

    Signals
    -------
    selected(object)
        The person chose a weight.
    menu_wanted(object, QPoint)
        The person wants to do something to it; the point is on the screen.
    weight_dragged(Connection, float)
        The person drags a weight, which is not done yet.
    weight_dropped(Connection, float)
        The weight is to have this value.
    """

    selected = Signal(object)
    menu_wanted = Signal(object, QPoint)
    weight_dragged = Signal(object, float)
    weight_dropped = Signal(object, float)

    def __init__(self) -> None:
        super().__init__(
            "Weights",
            "Left w1, from input, context and bias to the hidden units; right w2, from the hidden units to the output. "
            "A square's area is a weight's size; full red is positive, hollow blue negative. Click one for its course "
            "through training; drag it up or down to change it.",
        )
        self._config = NetworkConfig()
        self._names = UnitNames()
        self._w1: NDArray[np.floating] = np.empty((0, 0))
        self._w2: NDArray[np.floating] = np.empty((0, 0))
        self._points: tuple[Checkpoint, ...] = ()
        self._epoch = 0
        self._table = signed_table(self.theme)
        self._areas: dict[str, QRectF] = {}
        self._grip: tuple[Connection, float, float, float] | None = None
        self.selection: Unit | Connection | None = None
        self.kind = QComboBox()
        self.kind.addItems(["squares", "colours"])
        self.kind.setToolTip("Squares by size (Hinton diagram), or colours by value")
        self.kind.setAccessibleName("How weights are drawn")
        self.what = QComboBox()
        self.what.addItems(["now", "change"])
        self.what.setToolTip("The weights as they are now, or how they differ from those before training")
        self.what.setAccessibleName("Which weights are drawn")
        for box in (self.kind, self.what):
            self.add_control(box)
            box.currentIndexChanged.connect(self.canvas.update)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._table = signed_table(theme)
        self.canvas.update()

    def show_dataset(self, dataset: SequenceDataset, config: NetworkConfig) -> None:
        """Show another network."""
        self._config, self._names = config, UnitNames.of(dataset)
        self._w1 = self._w2 = np.empty((0, 0))
        self._points = ()
        self.selection = None
        self.canvas.update()

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the weights as they are now."""
        (self._w1, self._w2), self._epoch = snapshot.own, snapshot.epoch
        self.canvas.update()

    @Slot(object)
    def show_course(self, course: Course) -> None:
        """Know the weights' course."""
        self._points = course.path.points
        self.canvas.update()

    @Slot(object)
    def show_selection(self, selection: Unit | Connection | None) -> None:
        """Mark a weight, or all of a unit's."""
        self.selection = selection
        self.canvas.update()

    def shown(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Return what is drawn of w1 and w2: the weights, or their change where that is known."""
        if self.what.currentIndex() == 1 and self._points and self._points[0].w1.shape == self._w1.shape:
            return self._w1 - self._points[0].w1, self._w2 - self._points[0].w2
        return self._w1, self._w2

    def course(self, connection: Connection) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the epochs that a weight is known at, and its value there."""
        epochs = np.array([point.epoch for point in self._points], np.int64)
        values = [getattr(point, connection.matrix)[connection.row, connection.column] for point in self._points]
        return epochs, np.array(values, np.float64)

    def data(self) -> PlotData:
        """Return a row for each weight: matrix (1 or 2), row and column from 1, value, and its change where known.

        And the units that it leads from and to.
        """
        parts = [
            (matrix, row + 1, column + 1, float(weights[row, column]))
            for matrix, weights in ((1, self._w1), (2, self._w2))
            for row in range(weights.shape[0])
            for column in range(weights.shape[1])
        ]
        columns = np.array(parts, np.float64).reshape(-1, 4).T
        names: tuple[str, ...] = ("matrix", "row", "column", "weight")
        if self._points and self._points[0].w1.shape == self._w1.shape:
            first = np.concatenate([self._points[0].w1.ravel(), self._points[0].w2.ravel()]).astype(np.float64)
            return PlotData((*names, "change", "from", "to"), (*columns, columns[3] - first, *self._ends()))
        return PlotData((*names, "from", "to"), (*columns, *self._ends()))

    def _ends(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """Return the names of the units that each weight leads from and to."""
        pairs = [
            (unit_name(source, self._names), unit_name(target, self._names))
            for weights, rows, layer in (
                (self._w1, w1_rows(self._config), Layer.HIDDEN), (self._w2, w2_rows(self._config), Layer.OUTPUT),
            )
            if weights.size
            for source in rows
            for target in units_of(self._config, layer)
        ]  # fmt: skip
        sources, targets = np.array(pairs, object).reshape(-1, 2).T
        return sources, targets

    # -- drawing --------------------------------------------------------------------------------

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        """Draw both matrices with their names, and the chosen weight's course below."""
        w1, w2 = self.shown()
        self._areas = {}
        if not w1.size:
            return
        metrics = painter.fontMetrics()
        names = [unit_name(unit, self._names) for unit in w1_rows(self._config)]
        second = [unit_name(unit, self._names) for unit in w2_rows(self._config)]
        left = min(max(metrics.horizontalAdvance(name) for name in names) + 6, 90)
        between = min(max(metrics.horizontalAdvance(name) for name in second) + 18, 90)
        top = _NAMES_HEIGHT + 2
        course = _COURSE_HEIGHT if isinstance(self.selection, Connection) else _HINT_HEIGHT
        room = QSizeF(size.width() - left - between - 4, size.height() - top - 4 - course)
        side_x = room.width() / (w1.shape[1] + w2.shape[1])
        side_y = room.height() / max(w1.shape[0], w2.shape[0])
        side = min(side_x, side_y, 34.0)
        wide, high = (side, side) if side > 3 else (side_x, side_y)
        areas = {
            "w1": QRectF(left, top, wide * w1.shape[1], high * w1.shape[0]),
            "w2": QRectF(left + wide * w1.shape[1] + between, top, wide * w2.shape[1], high * w2.shape[0]),
        }
        self._areas = areas
        finite = [np.abs(w[np.isfinite(w)]).max(initial=0.0) for w in (w1, w2)]
        largest = float(max(finite)) or 1.0
        squares = self.kind.currentIndex() == 0 and w1.size + w2.size <= _HINTON_UP_TO
        for name, weights in (("w1", w1), ("w2", w2)):
            if squares:
                self._draw_squares(painter, areas[name], weights, largest)
            else:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
                painter.drawImage(areas[name], image_of(weights, _usual_size(w1, w2), self._table))
            painter.setPen(QPen(QColor(self.theme.line), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(areas[name])
        self._draw_names(painter, areas["w1"], names, left)
        self._draw_names(painter, areas["w2"], second, between)
        self._mark_selection(painter)
        under = max(area.bottom() for area in areas.values()) + 8
        below = QRectF(0, under, size.width(), min(size.height() - under, 2.5 * _COURSE_HEIGHT))
        if isinstance(self.selection, Connection):
            self._draw_course(painter, below, self.selection)
        else:
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, "Click a weight for its course through training")

    def _draw_squares(self, painter: QPainter, area: QRectF, weights: NDArray[np.floating], largest: float) -> None:
        rows, columns = weights.shape
        wide, high = area.width() / columns, area.height() / rows
        sides = np.sqrt(np.nan_to_num(np.abs(weights)) / largest).clip(0, 1) * 0.9 * min(wide, high)
        full, hollow = QColor(self.theme.signed[2]), QColor(self.theme.signed[0])
        for row in range(rows):
            for column in range(columns):
                side = float(sides[row, column])
                if side < 0.6:
                    continue
                middle = QPointF(area.left() + (column + 0.5) * wide, area.top() + (row + 0.5) * high)
                square = QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side)
                if weights[row, column] >= 0:
                    painter.fillRect(square, full)
                else:
                    pen = min(1.6, side / 3)
                    painter.setPen(QPen(hollow, pen))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(square.adjusted(pen / 2, pen / 2, -pen / 2, -pen / 2))

    def _draw_names(self, painter: QPainter, area: QRectF, names: list[str], width: float) -> None:
        high = area.height() / len(names)
        every = max(1, ceil(13 / max(high, 0.1)))
        painter.setPen(QColor(self.theme.muted))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for index in range(0, len(names), every):
            place = QRectF(area.left() - width, area.top() + (index + 0.5) * high - 8, width - 4, 16)
            name = painter.fontMetrics().elidedText(names[index], Qt.TextElideMode.ElideMiddle, round(width - 4))
            painter.drawText(place, right, name)
        title = "→ hidden" if area == self._areas["w1"] else "→ output"
        wide = painter.fontMetrics().horizontalAdvance(title)
        end = max(area.center().x() + wide / 2, area.left() + wide)
        place = QRectF(min(end, self.canvas.width()) - wide, 0, wide + 1, _NAMES_HEIGHT)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, title)

    def _mark_selection(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(self.theme.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        chosen = self.selection
        if isinstance(chosen, Connection):
            painter.drawRect(self._cell(chosen))
        elif isinstance(chosen, Unit):
            for matrix, rows, to in (
                ("w1", w1_rows(self._config), Layer.HIDDEN),
                ("w2", w2_rows(self._config), Layer.OUTPUT),
            ):
                area = self._areas[matrix]
                shape = (self._w1 if matrix == "w1" else self._w2).shape
                if chosen in rows:
                    high = area.height() / shape[0]
                    painter.drawRect(QRectF(area.left(), area.top() + rows.index(chosen) * high, area.width(), high))
                if chosen.layer is to:
                    wide = area.width() / shape[1]
                    painter.drawRect(QRectF(area.left() + chosen.index * wide, area.top(), wide, area.height()))

    def _draw_course(self, painter: QPainter, area: QRectF, connection: Connection) -> None:
        epochs, values = self.course(connection)
        known = np.isfinite(values)
        epochs, values = epochs[known], values[known]
        names = (unit_name(unit, self._names) for unit in (connection.source, connection.target))
        now = getattr(self, f"_{connection.matrix}")[connection.row, connection.column]
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(QRectF(area.left(), area.top(), area.width(), 16), f"{' → '.join(names)}: {now:.4g}")
        if len(values) < 2:
            return
        low, high = float(values.min()), float(values.max())
        inner = area.adjusted(4, 20, -4, -4)
        x = inner.left() + inner.width() * epochs / max(1, epochs[-1])
        y = inner.bottom() - inner.height() * (values - low) / ((high - low) or 1.0)
        painter.setPen(QPen(QColor(self.theme.one_step), 1.5))
        painter.drawPolyline(QPolygonF([QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)]))
        here = inner.left() + inner.width() * min(self._epoch / max(1, epochs[-1]), 1.0)
        painter.setPen(QPen(QColor(self.theme.ink), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(here, inner.top()), QPointF(here, inner.bottom()))
        painter.setPen(QColor(self.theme.muted))
        right = Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(area.left(), area.top(), area.width(), 16), right, f"{low:.3g} to {high:.3g}")

    # -- the mouse ------------------------------------------------------------------------------

    def at(self, position: QPointF) -> Connection | None:
        """Return the connection whose weight is drawn there."""
        for matrix, area in self._areas.items():
            if area.contains(position):
                rows, columns = (self._w1 if matrix == "w1" else self._w2).shape
                row = min(int((position.y() - area.top()) / area.height() * rows), rows - 1)
                column = min(int((position.x() - area.left()) / area.width() * columns), columns - 1)
                return connection_at(self._config, matrix, row, column)
        return None

    def _cell(self, connection: Connection) -> QRectF:
        area = self._areas[connection.matrix]
        rows, columns = (self._w1 if connection.matrix == "w1" else self._w2).shape
        wide, high = area.width() / columns, area.height() / rows
        return QRectF(area.left() + connection.column * wide, area.top() + connection.row * high, wide, high)

    def _value(self, connection: Connection) -> float:
        weights = self._w1 if connection.matrix == "w1" else self._w2
        return float(weights[connection.row, connection.column])

    def text_at(self, position: QPointF) -> str:
        """Tell a weight."""
        found = self.at(position)
        if found is None:
            return ""
        source, target = (unit_name(unit, self._names) for unit in (found.source, found.target))
        words = f"{source} → {target}: {self._value(found):.4g}"
        epochs, values = self.course(found)
        return f"{words} ({values[0]:.4g} in epoch {epochs[0]:,})" if len(epochs) else words

    def press(self, position: QPointF, button: Qt.MouseButton) -> None:
        """Choose a weight, take hold of it, or ask for the menu."""
        found = self.at(position)
        self.selected.emit(found)
        if found is None:
            return
        if button == Qt.MouseButton.RightButton:
            self.menu_wanted.emit(found, self.canvas.mapToGlobal(position.toPoint()))
        elif button == Qt.MouseButton.LeftButton:
            largest = max(np.abs(np.nan_to_num(w)).max(initial=0.0) for w in (self._w1, self._w2))
            self._grip = (found, position.y(), self._value(found), float(largest) or 1.0)

    def drag(self, position: QPointF) -> None:
        """Change the weight that is held, upwards to more."""
        if self._grip is not None and abs(position.y() - self._grip[1]) >= 3:
            self.weight_dragged.emit(self._grip[0], self._dragged_to(position))
            self._dropped = self._dragged_to(position)

    def release(self) -> None:
        """Let go of the weight."""
        if self._grip is not None and self._dropped is not None:
            self.weight_dropped.emit(self._grip[0], self._dropped)
        self._grip = self._dropped = None

    _dropped: float | None = None

    def _dragged_to(self, position: QPointF) -> float:
        assert self._grip is not None
        _, y, value, largest = self._grip
        return value + (y - position.y()) / _PIXELS_A_SPREAD * largest


def _usual_size(*weights: NDArray[np.floating]) -> float:
    """Return a size that 99 of 100 weights do not exceed, so that a few large ones do not leave the rest pale."""
    sizes = np.concatenate([np.abs(w).ravel()[:: 1 + w.size // 4_000] for w in weights])
    sizes = sizes[np.isfinite(sizes)]
    return float(np.quantile(sizes, 0.99)) if len(sizes) else 1.0
