"""LesionPlot: what each hidden unit is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal, Slot

from elman_core.analysis.units import Layer, Unit
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.legend import LegendEntry

if TYPE_CHECKING:
    from elman_core.analysis.types import Inspection, Lesions

__all__ = ["LesionPlot"]


class LesionPlot(PlotCard):
    """Two bars a unit: the error without it, and the error without its memory only.

    Signals
    -------
    selected(object)
        The person chose a unit.
    """

    selected = Signal(object)

    def __init__(self) -> None:
        super().__init__(
            "Lesions",
            "The one-step error (RMSE, in the network's units) with each hidden unit held at 0 in turn, and with only "
            "its context unit held at 0, so that the unit answers but is not remembered. The line is the whole "
            "network, the dashed line one without any context. A tall bar is a unit that matters.",
            narrow=True,
        )
        self._lesions: Lesions | None = None
        self._unit = pg.BarGraphItem(x=[], height=[], width=0.38)
        self._context = pg.BarGraphItem(x=[], height=[], width=0.38)
        self._intact = pg.InfiniteLine(angle=0, movable=False)
        self._without = pg.InfiniteLine(angle=0, movable=False)
        self._chosen = pg.LinearRegionItem(movable=False)
        self._chosen.setZValue(-20)
        for item in (self._unit, self._context):
            self.plot.addItem(item)
        for line in (self._intact, self._without, self._chosen):
            self.plot.addItem(line, ignoreBounds=True)
            line.hide()
        self.plot.getPlotItem().getViewBox().disableAutoRange()
        self.set_axis_label("bottom", "hidden unit", is_count=True)
        self.set_axis_label("left", "RMSE")
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.header.insertWidget(1, self.words)
        self.plot.scene().sigMouseClicked.connect(self._click)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._unit.setOpts(brush=theme.one_step, pen=None)
        self._context.setOpts(brush=theme.best, pen=None)
        self._intact.setPen(pg.mkPen(theme.ink, width=1.5))
        self._without.setPen(pg.mkPen(theme.closed_loop, width=1.5, style=Qt.PenStyle.DashLine))
        self._chosen.setBrush(theme.hover)
        for line in self._chosen.lines:
            line.setPen(pg.mkPen(None))
        self.legend.show_entries([
            LegendEntry("unit", theme.one_step, "line"),
            LegendEntry("its context", theme.best, "line"),
            LegendEntry("whole", theme.ink, "line"),
            LegendEntry("no context", theme.closed_loop, "dashes"),
        ])  # fmt: skip

    def show_dataset(self) -> None:
        """Wait for another network."""
        self._lesions = None
        self.words.setText("looking…")
        for bars in (self._unit, self._context):
            bars.setOpts(x=[], height=[])
        for line in (self._intact, self._without, self._chosen):
            line.hide()

    @Slot(object)
    def show_inside(self, inside: Inspection) -> None:
        """Show these lesions, if they were looked at."""
        if inside.lesions is None:
            return
        self._lesions = seen = inside.lesions
        self.words.clear()
        units = np.arange(1, len(seen.without) + 1)
        self._unit.setOpts(x=units - 0.2, height=np.nan_to_num(np.minimum(seen.without, 1e9)))
        self._context.setOpts(x=units + 0.2, height=np.nan_to_num(np.minimum(seen.without_context, 1e9)))
        for line, value in ((self._intact, seen.intact), (self._without, seen.no_context)):
            line.setVisible(bool(np.isfinite(value)))
            line.setValue(float(np.nan_to_num(value)))
        highest = np.nanmax(np.concatenate([seen.without, seen.without_context, [seen.intact, seen.no_context]]))
        if np.isfinite(highest) and highest > 0:
            self.make_room(np.array([0.4, 0.0]), np.array([len(units) + 0.6, min(float(highest), 1e9)]), 0.04)

    @Slot(object)
    def show_selection(self, selection: object) -> None:
        """Mark a unit."""
        is_unit = isinstance(selection, Unit) and selection.layer in (Layer.HIDDEN, Layer.CONTEXT)
        self._chosen.setVisible(is_unit and self._lesions is not None)
        if is_unit:
            self._chosen.setRegion((selection.index + 0.5, selection.index + 1.5))

    def data(self) -> PlotData:
        """Return the errors by unit."""
        seen = self._lesions
        if seen is None:
            return PlotData((), ())
        units = np.arange(1, len(seen.without) + 1, dtype=np.float64)
        whole, none = np.full(len(units), seen.intact), np.full(len(units), seen.no_context)
        names = ("hidden_unit", "rmse_without", "rmse_without_its_context", "rmse_whole", "rmse_without_any_context")
        return PlotData(names, (units, seen.without, seen.without_context, whole, none))

    @Slot(object)
    def _click(self, event: object) -> None:
        box = self.plot.getPlotItem().getViewBox()
        position: QPointF = event.scenePos()  # type: ignore[attr-defined]
        if self._lesions is not None and box.sceneBoundingRect().contains(position):
            unit = round(box.mapSceneToView(position).x()) - 1
            if 0 <= unit < len(self._lesions.without):
                self.selected.emit(Unit(Layer.HIDDEN, unit))
