"""ContextPlot: what every context unit holds, over time."""

from __future__ import annotations

from math import ceil

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel

from elman_core.analysis.activations import context_states
from elman_core.analysis.types import Clamps
from elman_core.analysis.units import Layer, Unit
from elman_core.config import Activation, NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.training.events import Response, Snapshot
from elman_gui.theme import Theme
from elman_gui.views.axis import PlotAxis
from elman_gui.views.card import PlotData
from elman_gui.views.colors import blended, positive_table, signed_table
from elman_gui.views.legend import LegendEntry
from elman_gui.views.time.time_plot import TimePlotCard

__all__ = ["ContextPlot"]

_LABEL_HEIGHT = 14
_ROOM_FOR_SCALE = 440
_MOST_TRACES = 64
_TRACE_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_TRACE_STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
_COLUMNS_DRAWN = 4_000
"""Time steps drawn at most; no screen is wider."""


class ContextPlot(TimePlotCard):
    """A heat map, one row a unit and one column a time step, or a line a unit; on the same time axis as the fit.

    Signals
    -------
    selected(object)
        The person chose a unit.
    """

    selected = Signal(object)

    def __init__(self) -> None:
        super().__init__(
            "Context units",
            "What each context unit brings in at each time step: the state of its hidden unit one step before. It is "
            "all that the network remembers. A unit that is held has one colour.",
        )
        self._response: Response | None = None
        self._clamps = Clamps()
        self._levels = (-1.0, 1.0)
        self._units = 0
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setZValue(-10)
        self.marks.draw_over(True)
        self.plot.addItem(self._image)
        self.plot.setAxisItems({"left": _UnitAxis("left")})
        self.prepare_axes()
        self.set_axis_label("left", "unit")
        self.plot.setMouseEnabled(x=True, y=False)
        self._scale = QLabel()
        self._low, self._high = QLabel(), QLabel()
        for label in (self._low, self._scale, self._high):
            label.setObjectName("muted")
            self.add_control(label)
        self.kind = QComboBox()
        self.kind.addItems(["heat map", "traces"])
        self.kind.setToolTip("A heat map of all units, or a line for each")
        self.kind.setAccessibleName("How the context units are drawn")
        self.add_control(self.kind)
        self.kind.currentIndexChanged.connect(self._change_kind)
        self._traces: list[pg.PlotDataItem] = []
        self._mark = pg.LinearRegionItem(orientation="horizontal", movable=False)
        self._mark.hide()
        self.plot.addItem(self._mark, ignoreBounds=True)
        self._selected: int | None = None
        self.plot.getPlotItem().getViewBox().sigXRangeChanged.connect(self._redraw_long_series)
        self.plot.scene().sigMouseClicked.connect(self._click)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        low, high = self._levels
        table = self._table()
        self._image.setLookupTable(table)
        strip = np.ascontiguousarray(np.broadcast_to(table[np.newaxis], (8, 256, 3)))
        image = QImage(strip.data, 256, 8, 3 * 256, QImage.Format.Format_RGB888).copy()
        self._scale.setPixmap(QPixmap.fromImage(image).scaled(QSize(72, 8)))
        self._mark.setBrush(pg.mkBrush(None))
        for line in self._mark.lines:
            line.setPen(pg.mkPen(theme.accent, width=2))
        self._change_kind()
        self._low.setText(f"{low:g}")
        self._high.setText(f"{high:.3g}")

    def show_dataset(self, dataset: SequenceDataset, beyond: int, network: NetworkConfig) -> None:
        """Make room for another series and network."""
        self.set_time_axis(dataset, beyond, label=False)
        self._response, self._network = None, network
        self._units = network.hidden
        self._levels = (-1.0, 1.0) if network.activation is Activation.TANH else (0.0, 1.0)
        self._relu = network.activation is Activation.RELU
        self._image.clear()
        self._selected = None
        self.set_theme(self.theme)

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show what the context units of the network hold as it is now."""
        self._response = snapshot.response
        self.cover(snapshot.response)
        if self._relu:
            highest = float(np.fmax.reduce(snapshot.response.hidden, axis=None, initial=0.0))
            self._levels = (0.0, highest if np.isfinite(highest) and highest > 0 else 1.0)
            self._high.setText(f"{self._levels[1]:.3g}")
        self._draw()

    @property
    def picture_legend(self) -> list[LegendEntry]:
        """What stands above the picture where it is taken out: the ends of the colour scale."""
        if self._as_traces:
            return []
        low, high = (color.name() for color in _ends(self._table()))
        return [LegendEntry(self._low.text(), low, "square"), LegendEntry(self._high.text(), high, "square")]

    def _table(self) -> NDArray[np.uint8]:
        return signed_table(self.theme) if self._levels[0] < 0 else positive_table(self.theme)

    @Slot(object)
    def show_clamps(self, clamps: Clamps) -> None:
        """Show units that are held at one value."""
        self._clamps = clamps
        self._draw()

    def _contexts(self, places: NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """(T, H), what the units hold at these places of the response, or all."""
        assert self._response is not None
        assert self.dataset is not None
        return context_states(self._response, self.dataset, self._network, self._clamps, places)

    @Slot(object)
    def show_selection(self, selection: object) -> None:
        """Mark a unit."""
        is_unit = isinstance(selection, Unit) and selection.layer in (Layer.HIDDEN, Layer.CONTEXT)
        self._selected = selection.index if is_unit and selection.index < self._units else None
        self._show_mark()

    def data(self) -> PlotData:
        """Return time and what each unit holds."""
        response = self._response
        if response is None:
            return PlotData((), ())
        assert self.dataset is not None
        rows = np.arange(response.first_row - 1, response.first_row - 1 + len(response.hidden))
        names = tuple(f"context {unit + 1}" for unit in range(response.hidden.shape[1]))
        states = tuple(self._contexts().T.astype(np.float64))
        return self.table(rows, self._positions[rows], self.dataset.axis.label, names, states)

    @property
    def _as_traces(self) -> bool:
        return self.kind.currentIndex() == 1

    @Slot()
    def _change_kind(self) -> None:
        for trace in self._traces:
            self.drop_curve(trace)
        self._traces = []
        self._image.setVisible(not self._as_traces)
        low, high = self._levels
        if self._as_traces:
            for unit in range(min(self._units, _MOST_TRACES)):
                trace = pg.PlotDataItem()
                self.add_curve(trace)
                trace.setZValue(unit == self._selected)
                self._traces.append(trace)
            room = 0.05 * (high - low)
            self.plot.setYRange(low - room, high + room, padding=0)
        else:
            self.plot.setYRange(0.5, self._units + 0.5, padding=0)
        axis = self.plot.getPlotItem().getAxis("left")
        axis.counts_units = not self._as_traces
        self.set_axis_label("left", "state" if self._as_traces else "unit")
        self._show_scale()
        self._show_mark()
        self._draw()

    def _show_scale(self) -> None:
        """Show what the colours mean, where the header has room for it."""
        for widget in (self._low, self._scale, self._high):
            widget.setVisible(not self._as_traces and self.width() >= _ROOM_FOR_SCALE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show or hide the scale."""
        super().resizeEvent(event)
        self._show_scale()

    def _show_mark(self) -> None:
        """Mark the chosen unit: a frame around its row, or its line drawn thick."""
        chosen = self._selected
        self._mark.setVisible(chosen is not None and not self._as_traces)
        if chosen is not None:
            self._mark.setRegion((chosen + 0.5, chosen + 1.5))
        for unit, trace in enumerate(self._traces):
            color = _TRACE_COLORS[unit % len(_TRACE_COLORS)]
            color = color if chosen in (None, unit) else blended(self.theme.card, color, 0.25)
            style = _TRACE_STYLES[unit // len(_TRACE_COLORS) % len(_TRACE_STYLES)]
            trace.setPen(pg.mkPen(color, width=2.5 if unit == chosen else 1, style=style))

    @Slot(object)
    def _click(self, event: object) -> None:
        box = self.plot.getPlotItem().getViewBox()
        position: QPointF = event.scenePos()  # type: ignore[attr-defined]
        if not self._as_traces and box.sceneBoundingRect().contains(position):
            unit = round(box.mapSceneToView(position).y()) - 1
            if 0 <= unit < self._units:
                self.selected.emit(Unit(Layer.CONTEXT, unit))

    @Slot()
    def _redraw_long_series(self) -> None:
        drawn_anyway = self._as_traces and self.has_sequences
        if self._response is not None and len(self._response.hidden) > _COLUMNS_DRAWN and not drawn_anyway:
            self._draw()

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""
        self._draw()

    def _draw(self) -> None:
        response = self._response
        if response is None or not len(response.hidden) or not self.isVisible():
            return
        # It helps to predict row t + 1, but it is beside row t as input, where it is drawn.
        first, count = response.first_row - 1, len(response.hidden)
        positions = self.positions(first, count)
        if self._as_traces:
            contexts = self._contexts()
            for unit, trace in enumerate(self._traces):
                self.set_curve(trace, first, contexts[:, unit])
            return
        low, high = positions[0], positions[-1]
        if count > _COLUMNS_DRAWN:
            view_low, view_high = self.plot.getPlotItem().getViewBox().viewRange()[0]
            low, high = max(low, view_low), min(high, view_high)
            if low >= high:
                return
        columns = min(count, _COLUMNS_DRAWN)
        even = np.linspace(low, high, columns)
        nearest = _nearest_rows(positions, even)
        width = (high - low) / max(1, columns - 1)
        # The levels are the colour scale; a value that is not finite is drawn as the middle.
        self._image.setImage(np.nan_to_num(self._contexts(nearest).T), levels=self._levels, autoLevels=False)
        self._image.setRect(QRectF(low - width / 2, 0.5, high - low + width, response.hidden.shape[1]))


class _UnitAxis(PlotAxis):
    """Labels whole numbers only, as many as there is room for, while it counts units."""

    counts_units = True

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the labelled units."""
        if not self.counts_units:
            return super().tickValues(minVal, maxVal, size)  # type: ignore[no-any-return]
        every = max(1, ceil((maxVal - minVal) * _LABEL_HEIGHT / max(size, 1)))
        return [(every, [float(unit) for unit in range(ceil(minVal), int(maxVal) + 1) if (unit - 1) % every == 0])]


def _ends(table: NDArray[np.uint8]) -> tuple[QColor, QColor]:
    """Return the first and the last colour."""
    return QColor(*table[0].tolist()), QColor(*table[-1].tolist())


def _nearest_rows(positions: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each wanted time, the index of the nearest position."""
    right = np.clip(np.searchsorted(positions, wanted), 1, max(1, len(positions) - 1))
    right = np.minimum(right, len(positions) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(wanted - positions[left] < positions[right] - wanted, left, right)
