"""DiagramView: units and connections as one draws them on paper, with what they do at the cursor's time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from elman_core.analysis.activations import Activations, activations_at
from elman_core.analysis.types import Clamps
from elman_core.analysis.units import Connection, Layer, Unit, UnitNames, connection_at, unit_name, units_of
from elman_core.config import NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.training.events import Snapshot
from elman_gui.theme import Theme
from elman_gui.views.colors import blended, signed_color, signed_table
from elman_gui.views.painted_card import PaintedCard

__all__ = ["DiagramView"]

_MOST_UNITS = 20
"""Above so many hidden units a layer is a strip of cells, and its connections one band."""
_NAMES_WIDTH = 52
_OUTPUT_TOP = 32.0
"""Where the output units are centred at least: under a line of words."""
_NEAR = 5.0
_STRENGTHS = 12
_DIRECT_BANDS = ((Layer.INPUT, Layer.OUTPUT),)
_BANDS = ((Layer.INPUT, Layer.HIDDEN), (Layer.CONTEXT, Layer.HIDDEN), (Layer.HIDDEN, Layer.OUTPUT))


@dataclass(frozen=True)
class _Line:
    """Where a weight is drawn, or a band that stands for all weights between two layers."""

    start: QPointF
    end: QPointF
    connects: Connection | tuple[Layer, Layer]


class DiagramView(PaintedCard):
    """Input and context at the bottom, hidden units in the middle, output at the top (Elman 1990, fig. 2).

    Signals
    -------
    selected(object)
        The person chose a unit or a connection.
    menu_wanted(object, QPoint)
        The person wants to do something to it; the point is on the screen.
    """

    selected = Signal(object)
    menu_wanted = Signal(object, QPoint)

    def __init__(self) -> None:
        super().__init__(
            "Network",
            "The network at the time of the cursor. A unit's fill is its activation, blue below 0 and red above; a "
            "line's colour is its weight's sign, its width the weight's size. At the next step the context units "
            "hold a copy of the hidden ones. Right-click a unit or line to change it.",
        )
        self._config = NetworkConfig()
        self._names = UnitNames()
        self._dataset: SequenceDataset | None = None
        self._snapshot: Snapshot | None = None
        self._held = Clamps()
        self._row = 0
        self.activations: Activations | None = None
        self.selection: Unit | Connection | None = None
        self._table = signed_table(self.theme)
        self._places: dict[Unit, QRectF] = {}
        self._lines: list[_Line] = []
        self._drawn: list[QLineF] = []
        self._sizes: NDArray[np.float64] = np.empty(0)
        self._laid_out: tuple[object, ...] = ()
        self.canvas.setMinimumHeight(150)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._table = signed_table(theme)
        self.canvas.update()

    def show_dataset(self, dataset: SequenceDataset, config: NetworkConfig) -> None:
        """Show another network."""
        self._dataset, self._config, self._names = dataset, config, UnitNames.of(dataset)
        self._snapshot = self.activations = self.selection = None
        self._held = Clamps()
        self._laid_out = ()
        self.canvas.update()

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the network as it is now."""
        self._snapshot = snapshot
        self._sizes = self._band_sizes() if self.is_aggregated else _flat(snapshot)
        self._look()

    @Slot(int)
    def show_cursor(self, row: int) -> None:
        """Show what the units do at another row."""
        self._row = row
        self._look()

    @Slot(object)
    def show_selection(self, selection: Unit | Connection | None) -> None:
        """Mark a unit or a connection."""
        self.selection = selection
        self.canvas.update()

    @Slot(object)
    def show_clamps(self, clamps: Clamps) -> None:
        """Mark the units that are held."""
        self._held = clamps
        self.canvas.update()

    def _look(self) -> None:
        if self._snapshot is not None and self._dataset is not None:
            self.activations = activations_at(self._snapshot.response, self._dataset, self._config, self._row)
        self.canvas.update()

    def value_of(self, unit: Unit) -> float:
        """Return a unit's activation at the cursor; NaN where it is not known."""
        if unit in self._held.values:
            return self._held.values[unit]
        return np.nan if self.activations is None else self.activations.of(unit)

    # -- where everything stands ----------------------------------------------------------------

    @property
    def is_aggregated(self) -> bool:
        """Whether layers are drawn as strips."""
        return max(self._config.hidden, self._config.inputs, self._config.outputs) > _MOST_UNITS

    def _lay_out(self, size: QSizeF) -> None:
        key = (size.width(), size.height())
        if self._laid_out == key:
            return
        self._laid_out = key
        width, height = size.width() - _NAMES_WIDTH - 16, size.height()
        left = float(_NAMES_WIDTH)
        top, middle, bottom = max(0.14 * height, _OUTPUT_TOP), 0.46 * height, 0.80 * height
        config = self._config
        self._places = {}
        self._place(units_of(config, Layer.OUTPUT), QRectF(left, top, width, 0.18 * height))
        self._place(units_of(config, Layer.HIDDEN), QRectF(left, middle, width, 0.18 * height))
        # Side by side at the bottom, each as wide as it has units, with a gap between them.
        layers = [Layer.INPUT, Layer.CONTEXT, *([Layer.BIAS] if config.biases else [])]
        shares = [max(1.0, min(len(units_of(config, layer)), _MOST_UNITS)) for layer in layers]
        gap = 0.04 * width
        slot = (width - gap * (len(layers) - 1)) / sum(shares)
        start = left
        for layer, share in zip(layers, shares, strict=True):
            self._place(units_of(config, layer), QRectF(start, bottom, share * slot, 0.18 * height))
            start += share * slot + gap
        self._lines = self._bands() if self.is_aggregated else self._all_lines()
        self._drawn = [QLineF(line.start, line.end) for line in self._lines]

    def _place(self, units: list[Unit], room: QRectF) -> None:
        if not units:
            return
        if self.is_aggregated and len(units) > _MOST_UNITS:
            across = max(1, round(np.sqrt(len(units) * room.width() / max(room.height(), 1.0))))
            down = -(-len(units) // across)
            side = min(room.width() / across, room.height() / down, 14.0)
            corner = QPointF(room.center().x() - across * side / 2, room.top() - down * side / 2)
            for index, unit in enumerate(units):
                x, y = corner.x() + index % across * side, corner.y() + index // across * side
                self._places[unit] = QRectF(x, y, side, side)
            return
        spacing = room.width() / len(units)
        radius = min(13.0, 0.42 * spacing, 0.4 * room.height())
        for index, unit in enumerate(units):
            x = room.left() + (index + 0.5) * spacing
            self._places[unit] = QRectF(x - radius, room.top() - radius, 2 * radius, 2 * radius)

    def _all_lines(self) -> list[_Line]:
        """One a weight, in the order of w1's and w2's rows."""
        config, places = self._config, self._places
        shapes = (("w1", config.input_rows, config.hidden), ("w2", config.output_rows, config.outputs))
        lines = []
        for matrix, rows, columns in shapes:
            for row in range(rows):
                for column in range(columns):
                    connection = connection_at(config, matrix, row, column)
                    start, end = _top(places[connection.source]), _bottom(places[connection.target])
                    lines.append(_Line(start, end, connection))
        return lines

    def _bands(self) -> list[_Line]:
        return [
            _Line(_top(self._bounds(source)), _bottom(self._bounds(target)), (source, target))
            for source, target in (*_BANDS, *(_DIRECT_BANDS if self._config.direct else ()))
        ]

    def _band_sizes(self) -> NDArray[np.float64]:
        """Root mean square of the weights that each band stands for."""
        assert self._snapshot is not None
        inputs, hidden = self._config.inputs, self._config.hidden
        w1, w2 = (weights.astype(np.float64) for weights in self._snapshot.own)
        groups = [w1[:inputs], w1[inputs : inputs + hidden], w2[:hidden]]
        if self._config.direct:
            groups.append(w2[hidden : hidden + inputs])
        return np.array([np.sqrt(np.mean(np.square(group))) for group in groups])

    def _bounds(self, layer: Layer) -> QRectF:
        bounds = QRectF()
        for unit, place in self._places.items():
            if unit.layer is layer:
                bounds = bounds.united(place)
        return bounds

    def _name(self, unit: Unit) -> str:
        return unit_name(unit, self._names)

    # -- drawing --------------------------------------------------------------------------------

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        """Draw lines, then units over them, then the names."""
        self._lay_out(size)
        self._draw_lines(painter)
        self._draw_copying(painter)
        if self.is_aggregated:
            painter.setPen(QPen(QColor(self.theme.muted), 1))
            painter.setBrush(QColor(self.theme.card))
            for layer in (Layer.HIDDEN, Layer.CONTEXT):
                painter.drawRect(self._bounds(layer).adjusted(-1, -1, 1, 1))
        for unit, place in self._places.items():
            self._draw_unit(painter, unit, place)
        painter.setPen(QColor(self.theme.muted))
        if self._snapshot is not None and self.activations is None:
            at = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(QRectF(QPointF(), size), at, "nothing is known of this time step")
        for layer in (Layer.OUTPUT, Layer.HIDDEN):
            y = self._bounds(layer).center().y()
            painter.drawText(QRectF(0, y - 10, _NAMES_WIDTH, 20), Qt.AlignmentFlag.AlignVCenter, layer.value)
        for layer in (Layer.INPUT, Layer.CONTEXT, Layer.BIAS):
            bounds = self._bounds(layer)
            if not bounds.isEmpty():
                under = QRectF(bounds.center().x() - 60, bounds.bottom() + 2, 120, 16)
                painter.drawText(under, Qt.AlignmentFlag.AlignHCenter, layer.value)

    def _draw_lines(self, painter: QPainter) -> None:
        if len(self._sizes) != len(self._lines):
            return
        finite = np.isfinite(self._sizes)
        shares = np.where(finite, self._sizes, 0.0)
        shares = shares / (np.abs(shares).max(initial=0.0) or 1.0)
        bands = self.is_aggregated
        for index, line in enumerate(self._lines):
            if line.connects == self.selection:
                painter.setPen(QPen(QColor(self.theme.accent), 0.4 + (8.0 if bands else 2.6) * abs(shares[index]) + 4))
                painter.drawLine(line.start, line.end)
        # In a few strengths of either sign, the strongest last so that it lies on top: a pen for each line is slow.
        strengths = np.rint(shares * _STRENGTHS).astype(int)
        for strength in range(1 if not bands else 0, _STRENGTHS + 1):
            for sign in (-1, 1):
                chosen = np.flatnonzero(strengths == sign * strength)
                if len(chosen):
                    share = strength / _STRENGTHS
                    color = self.theme.muted if bands else self.theme.signed[0 if sign < 0 else 2]
                    color = blended(self.theme.card, color, 0.2 + 0.7 * share)
                    painter.setPen(QPen(QColor(color), 0.4 + (8.0 if bands else 2.6) * share))
                    painter.drawLines([self._drawn[index] for index in chosen.tolist()])

    def _draw_copying(self, painter: QPainter) -> None:
        hidden, context = self._bounds(Layer.HIDDEN), self._bounds(Layer.CONTEXT)
        start, end = (
            QPointF(hidden.right() + 2, hidden.center().y()),
            QPointF(context.right() + 2, context.center().y()),
        )
        path = QPainterPath(start)
        out = max(start.x(), end.x()) + 14
        path.cubicTo(QPointF(out, start.y()), QPointF(out, end.y()), end)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.muted), 1.2, Qt.PenStyle.DashLine))
        painter.drawPath(path)
        painter.setPen(QPen(QColor(self.theme.muted), 1.2))
        painter.drawLine(end, end + QPointF(6, -4))
        painter.drawLine(end, end + QPointF(6, 4))

    def _draw_unit(self, painter: QPainter, unit: Unit, place: QRectF) -> None:
        value = self.value_of(unit)
        small = place.width() < 15
        chosen = unit == self.selection
        painter.setBrush(signed_color(self._table, value))
        painter.setPen(QPen(QColor(self.theme.accent if chosen else self.theme.muted), 2.5 if chosen else 1.0))
        if self.is_aggregated and small and unit.layer is not Layer.BIAS:
            painter.setPen(QPen(QColor(self.theme.accent), 2) if chosen else Qt.PenStyle.NoPen)
            painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))
        elif unit.layer is Layer.BIAS:
            painter.drawRect(place.adjusted(2, 2, -2, -2))
        else:
            painter.drawEllipse(place)
        if unit in self._held.values:
            painter.setPen(QPen(QColor(self.theme.ink), 1.5))
            inner = place.adjusted(3, 3, -3, -3)
            if self._held.values[unit] == 0:  # a lesion is crossed out, any other value is locked in a box
                painter.drawLine(inner.topLeft(), inner.bottomRight())
                painter.drawLine(inner.topRight(), inner.bottomLeft())
            else:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(inner)
        elif not small and place.width() >= 22 and np.isfinite(value):
            font = painter.font()
            font.setPixelSize(9)
            painter.save()
            painter.setFont(font)
            dark = signed_color(self._table, value).lightness() < 128
            painter.setPen(QColor("#FFFFFF" if dark else "#1B2430"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, _short(value))
            painter.restore()

    # -- the mouse ------------------------------------------------------------------------------

    def at(self, position: QPointF) -> Unit | Connection | None:
        """Return the unit or the connection that stands there."""
        for unit, place in self._places.items():
            if place.contains(position):
                return unit
        index = self._line_at(position)
        if index is None:
            return None
        connects = self._lines[index].connects
        return connects if isinstance(connects, Connection) else None

    def _line_at(self, position: QPointF) -> int | None:
        distances = [_distance(position, line.start, line.end) for line in self._lines]
        return int(np.argmin(distances)) if distances and min(distances) <= _NEAR else None

    def text_at(self, position: QPointF) -> str:
        """Tell a unit's activation or a connection's weight."""
        found = self.at(position)
        if isinstance(found, Unit):
            clamps = self._held.values.get(found)
            words = "" if clamps is None else (", lesioned" if clamps == 0 else f", held at {clamps:g}")
            value = self.value_of(found)
            return f"{self._name(found)}{words}" if np.isnan(value) else f"{self._name(found)}: {value:.4g}{words}"
        index = self._line_at(position)
        if index is None or len(self._sizes) != len(self._lines):
            return ""
        connects, size = self._lines[index].connects, self._sizes[index]
        if isinstance(connects, Connection):
            return f"{self._name(connects.source)} → {self._name(connects.target)}: weight {size:.4g}"
        return f"{connects[0]} → {connects[1]}: root mean square of the weights {size:.4g}"

    def press(self, position: QPointF, button: Qt.MouseButton) -> None:
        """Choose, or ask for the menu."""
        found = self.at(position)
        self.selected.emit(found)
        if button == Qt.MouseButton.RightButton and found is not None:
            self.menu_wanted.emit(found, self.canvas.mapToGlobal(position.toPoint()))

    def key(self, key: int) -> bool:
        """Choose with the arrows, along a layer or the nearest unit above or below; Return opens the menu."""
        chosen = self.selection if isinstance(self.selection, Unit) and self.selection in self._places else None
        moves = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Menu) and chosen is not None:
            self.menu_wanted.emit(chosen, self.canvas.mapToGlobal(self._places[chosen].center().toPoint()))
            return True
        if key not in moves or not self._places:
            return False
        self.selected.emit(Unit(Layer.HIDDEN) if chosen is None else self._beside(chosen, *moves[Qt.Key(key)]))
        return True

    def _beside(self, chosen: Unit, right: int, down: int) -> Unit:
        here = self._places[chosen].center()

        def distance(unit: Unit) -> float:
            off = self._places[unit].center() - here
            ahead, aside = off.x() * right + off.y() * down, off.x() * down + off.y() * right
            # The next row comes first, and in it what stands nearest.
            return 10 * ahead + abs(aside) if ahead > 1 and (down or abs(aside) < 1) else np.inf

        nearest = min(self._places, key=distance)
        return nearest if np.isfinite(distance(nearest)) else chosen


def _flat(snapshot: Snapshot) -> NDArray[np.float64]:
    """All weights in the order of `DiagramView._all_lines`."""
    return np.concatenate([weights.ravel() for weights in snapshot.own]).astype(np.float64)


def _short(value: float) -> str:
    text = f"{value:.2f}" if abs(value) < 9.95 else f"{value:.0f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _top(place: QRectF) -> QPointF:
    return QPointF(place.center().x(), place.top())


def _bottom(place: QRectF) -> QPointF:
    return QPointF(place.center().x(), place.bottom())


def _distance(point: QPointF, start: QPointF, end: QPointF) -> float:
    """Return how far a point is from the line between two others."""
    along = end - start
    length = QPointF.dotProduct(along, along) or 1.0
    share = min(max(QPointF.dotProduct(point - start, along) / length, 0.0), 1.0)
    off = point - (start + along * share)
    return float(np.hypot(off.x(), off.y()))
