"""StateSpacePlot: the path of the hidden state, and where the network would go from there on its own."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QMouseEvent
from PySide6.QtWidgets import QComboBox

from elman_core.data.dataset import SequenceDataset
from elman_core.export.rows import belongings, times_of
from elman_core.training.events import Snapshot
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.colors import blended, sequence_table
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.legend import LegendEntry

if TYPE_CHECKING:
    from elman_core.analysis.types import Inspection, StateSpace

__all__ = ["StateSpacePlot"]

_MOST_POINTS = 600
_SHADES = 12
_NEAR_PIXELS = 14
_AXES = {"PC 1, 2": (0, 1), "PC 1, 3": (0, 2), "PC 2, 3": (1, 2), "turned": None}
_TURN_A_PIXEL = 0.01


class StateSpacePlot(PlotCard):
    """States in their principal components; with "turned", dragging turns three of them.

    Signals
    -------
    cursor_moved(int)
        The row whose state the person points at.
    """

    cursor_moved = Signal(int)

    def __init__(self) -> None:
        super().__init__(
            "State space",
            "Each point is the hidden units' state at one time, seen along the directions in which the states differ "
            "most. Solid: fed with the series; dashed: the free run. Arrows: where the free-running network goes from "
            "there; discs and rings: fixed points that draw the state in, or push it away. Point at a state to move "
            "the time cursor there.",
            narrow=True,
        )
        self._space: StateSpace | None = None
        self._dataset: SequenceDataset | None = None
        self._response_row = 0
        self._errors: NDArray[np.float64] = np.empty(0)
        self._row = 0
        self._turn = np.array([0.6, 0.4])
        self._turning_from: QPointF | None = None
        self.plot.getPlotItem().getViewBox().disableAutoRange()
        self._field = pg.PlotCurveItem(connect="pairs")
        self._heads = pg.ScatterPlotItem(pxMode=True, size=3, pen=None)
        self._path = pg.PlotCurveItem()
        self._points = pg.ScatterPlotItem(pxMode=True, size=6, pen=None)
        self._free = pg.PlotCurveItem()
        self._fixed = pg.ScatterPlotItem(pxMode=True, size=13)
        self._cursor = pg.ScatterPlotItem(pxMode=True, size=13, brush=None)
        for item in (self._field, self._heads, self._path, self._points, self._free, self._fixed, self._cursor):
            self.plot.addItem(item)
        self.axes = _chooser("Which principal components are shown", list(_AXES))
        self.coloring = _chooser("What the points' colour tells", ["time", "input", "error"])
        for box in (self.axes, self.coloring):
            self.add_control(box)
            box.currentIndexChanged.connect(self._draw)
        self.explained = ElidedLabel()
        self.explained.setObjectName("muted")
        self.header.insertWidget(1, self.explained)
        self.plot.scene().sigMouseMoved.connect(self._follow_mouse)
        self.plot.viewport().installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        quiet = blended(theme.card, theme.muted, 0.55)
        self._field.setPen(pg.mkPen(quiet, width=1))
        self._heads.setBrush(pg.mkBrush(quiet))
        self._path.setPen(pg.mkPen(blended(theme.card, theme.one_step, 0.35), width=1))
        self._free.setPen(pg.mkPen(theme.closed_loop, width=1.5, style=Qt.PenStyle.DashLine))
        self._cursor.setPen(pg.mkPen(theme.accent, width=2.5))
        self.legend.show_entries([])
        self._draw()

    def show_dataset(self, dataset: SequenceDataset) -> None:
        """Wait for another network's states."""
        self._dataset, self._space = dataset, None
        for item in (self._field, self._heads, self._path, self._points, self._free, self._fixed, self._cursor):
            item.setData([], [])
        self._errors = np.empty(0)

    @Slot(object)
    def show_inside(self, inside: Inspection) -> None:
        """Show these states, if they were looked at."""
        if inside.states is not None and self._dataset is not None:
            self._space = inside.states
            self._errors = _errors(inside.snapshot, inside.states, self._dataset)
            self._draw()

    @Slot(int)
    def show_cursor(self, row: int) -> None:
        """Mark the state that answers a row."""
        self._row = row
        self._draw_cursor()

    def data(self) -> PlotData:
        """Return row and components of every state, first those fed with the series, then the free run's.

        The row is the one that the state answers; at the end stand its time, place, symbol and class.
        """
        space = self._space
        if space is None:
            return PlotData((), ())
        rows = np.concatenate([
            space.first_row + np.arange(len(space.states)), space.free_first_row + np.arange(len(space.free))
        ])  # fmt: skip
        free = np.repeat([0.0, 1.0], [len(space.states), len(space.free)])
        states = np.vstack([space.states, space.free])
        names = ("free_run", *(f"pc{component + 1}" for component in range(states.shape[1])))
        assert self._dataset is not None
        dataset = self._dataset
        told = {dataset.axis.label: np.array(times_of(dataset, rows), object), **belongings(dataset, rows)}
        sequence = [told.pop("sequence")] if dataset.panel.has_several else []
        head = ("row", "sequence") if sequence else ("row",)
        others = tuple(column.astype(object) for column in told.values())
        return PlotData((*head, *names, *told), (rows + 1.0, *sequence, free, *states.T, *others))

    # -- drawing --------------------------------------------------------------------------------

    def shown(self, states: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where states (S, C) stand in the plot, (S, 2)."""
        axes = _AXES[self.axes.currentText()]
        if states.shape[1] < 2:
            return np.column_stack([states[:, 0], np.zeros(len(states))])
        if states.shape[1] < 3:
            return states[:, :2]
        return states[:, axes] if axes is not None else states @ _rotation(*self._turn).T

    @Slot()
    def _draw(self) -> None:
        space = self._space
        if space is None:
            return
        theme = self.theme
        states = self.shown(_finite(space.states))
        self._path.setData(*states.T, connect=self._joined())
        every = max(1, len(states) // _MOST_POINTS)
        shades = self._shades()[::every]
        known = np.isfinite(space.states[::every]).all(axis=1)
        brush = [_brushes()[shade] for shade in shades[known].tolist()]
        self._points.setData(*states[::every][known].T, brush=brush)
        self._free.setData(*self.shown(_finite(space.free)).T)
        in_plane = _AXES[self.axes.currentText()] == (0, 1)
        at, field = (space.field_at, space.field) if in_plane else (space.field_at[:0], space.field[:0])
        self._draw_field(at, field)
        fixed = space.fixed_points
        places = self.shown(space.projection.of(fixed.states))
        near = _within(places, states)
        places, stable = places[near], fixed.stable[near]
        self._fixed.setData(
            *places.T,
            brush=[pg.mkBrush(theme.ink if one else theme.card) for one in stable.tolist()],
            pen=[pg.mkPen(theme.ink, width=2)] * len(stable),
        )
        axes = _AXES[self.axes.currentText()]
        for side, component in zip(("bottom", "left"), axes or (None, None), strict=True):
            self.set_axis_label(side, "turned" if component is None else f"PC {component + 1}")
        shares = [
            space.projection.explained[axis] for axis in axes or range(3) if axis < len(space.projection.explained)
        ]
        self.explained.setText(f"{100 * sum(shares):.0f} % of variance")
        entries = [LegendEntry("free run", theme.closed_loop, "dashes")]
        if len(stable):
            entries.append(LegendEntry("fixed", theme.ink, "dot"))
        self.legend.show_entries(entries)
        everything = np.vstack([states[np.isfinite(space.states).all(axis=1)], self.shown(_finite(space.free)), places])
        if len(everything):
            self.make_room(everything.min(axis=0), everything.max(axis=0), 0.15)
        self._draw_cursor()

    def _joined(self) -> NDArray[np.int32]:
        """Whether each state is joined to the next: not where it is not known, or another sequence begins."""
        space, dataset = self._space, self._dataset
        assert space is not None
        assert dataset is not None
        known = np.isfinite(space.states).all(axis=1)
        sequence = dataset.panel.sequence_of(space.first_row + np.arange(len(space.states)))
        joined = known & np.append(known[1:] & (sequence[1:] == sequence[:-1]), False)[: len(known)]
        return joined.astype(np.int32)

    def _draw_field(self, at: NDArray[np.float64], field: NDArray[np.float64]) -> None:
        if not len(at) or at.shape[1] < 2:
            self._field.setData([], [])
            self._heads.setData([], [])
            return
        start, arrows = at[:, :2], field[:, :2]
        # As long as the grid is wide at most; direction tells more than length.
        cell = (start.max(axis=0) - start.min(axis=0)) / max(1, round(np.sqrt(len(start))) - 1)
        longest = float(np.abs(arrows / np.where(cell > 0, cell, 1)).max(initial=0.0)) or 1.0
        end = start + arrows / max(longest, 1e-12) * 0.95
        pairs = np.stack([start, end], axis=1).reshape(-1, 2)
        self._field.setData(*pairs.T, connect="pairs")
        self._heads.setData(*end.T)

    def _shades(self) -> NDArray[np.intp]:
        space, dataset = self._space, self._dataset
        assert space is not None
        assert dataset is not None
        count = len(space.states)
        match self.coloring.currentText():
            case "input":
                values = dataset.targets_at(slice(space.first_row, space.first_row + count))[:, 0]
            case "error":
                values = self._errors[:count]
            case _:
                values = np.arange(count, dtype=np.float64)
        values = np.nan_to_num(values)
        spread = float(np.ptp(values)) if len(values) else 0.0
        low = float(values.min()) if len(values) else 0.0
        return np.minimum(((values - low) / (spread or 1.0) * _SHADES).astype(np.intp), _SHADES - 1)

    def _draw_cursor(self) -> None:
        space = self._space
        if space is None:
            return
        at = self._row - space.first_row
        if 0 <= at < len(space.states):
            place = self.shown(space.states[at : at + 1])
            place = place[np.isfinite(place).all(axis=1)]
        else:
            at = self._row - space.free_first_row
            place = self.shown(_finite(space.free[max(at, 0) : at + 1] if at >= 0 else space.free[:0]))
        self._cursor.setData(*place.T)

    # -- the mouse ------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Turn the axes while they are dragged, where three are shown."""
        if _AXES[self.axes.currentText()] is None and isinstance(event, QMouseEvent):
            left = Qt.MouseButton.LeftButton
            if event.type() == QEvent.Type.MouseButtonPress and event.button() == left:
                self._turning_from = event.position()
                return True
            if event.type() == QEvent.Type.MouseMove and self._turning_from is not None and event.buttons() & left:
                moved = event.position() - self._turning_from
                self._turning_from = event.position()
                self._turn += _TURN_A_PIXEL * np.array([-moved.x(), moved.y()])
                self._draw()
                return True
            if event.type() == QEvent.Type.MouseButtonRelease:
                self._turning_from = None
        return super().eventFilter(watched, event)

    @Slot(object)
    def _follow_mouse(self, scene_position: QPointF) -> None:
        box = self.plot.getPlotItem().getViewBox()
        if self._space is None or not box.sceneBoundingRect().contains(scene_position):
            return
        rows = np.concatenate([
            self._space.first_row + np.arange(len(self._space.states)),
            self._space.free_first_row + np.arange(len(self._space.free)),
        ])  # fmt: skip
        places = np.vstack([self.shown(_finite(part)) for part in (self._space.states, self._space.free)])
        if not len(places):
            return
        here = box.mapSceneToView(scene_position)
        pixel = box.viewPixelSize()
        distances = np.hypot((places[:, 0] - here.x()) / pixel[0], (places[:, 1] - here.y()) / pixel[1])
        nearest = int(np.argmin(distances))
        if distances[nearest] <= _NEAR_PIXELS and int(rows[nearest]) != self._row:
            self.cursor_moved.emit(int(rows[nearest]))


@cache
def _brushes() -> tuple[QBrush, ...]:
    """Return a brush for each shade; that points share them makes them quick to draw."""
    return tuple(pg.mkBrush(*color) for color in sequence_table()[np.linspace(20, 240, _SHADES).astype(int)].tolist())


def _chooser(name: str, entries: list[str]) -> QComboBox:
    box = QComboBox()
    box.addItems(entries)
    box.setToolTip(name)
    box.setAccessibleName(name)
    return box


def _rotation(azimuth: float, elevation: float) -> NDArray[np.float64]:
    """(2, 3): how three axes are seen from there."""
    a, e = azimuth, elevation
    return np.array([
        [np.cos(a), np.sin(a), 0.0],
        [-np.sin(a) * np.sin(e), np.cos(a) * np.sin(e), np.cos(e)],
    ])  # fmt: skip


def _finite(states: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.nan_to_num(np.clip(states, -1e9, 1e9))


def _within(places: NDArray[np.float64], states: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which places are near the states: a fixed point far off would shrink all else to a dot."""
    if not len(states) or not len(places):
        return np.zeros(len(places), np.bool_)
    low, high = states.min(axis=0), states.max(axis=0)
    room = 0.5 * np.maximum(high - low, 1e-9)
    return np.asarray(((places >= low - room) & (places <= high + room)).all(axis=1))


def _errors(snapshot: Snapshot, space: StateSpace, dataset: SequenceDataset) -> NDArray[np.float64]:
    """Return the size of the error of the prediction that each state gives, in the network's units."""
    rows = space.first_row + np.arange(len(space.states))
    rows = np.maximum(rows, dataset.first_rows[dataset.panel.sequence_of(rows)])
    at = space.first_row + 1 - snapshot.response.first_row
    off = snapshot.response.outputs[at : at + len(rows)] - dataset.step_targets(rows)
    return np.sqrt(np.square(off).sum(axis=1))
