"""EigenvaluePlot and ReachPlot: what the recurrence does to the past, and how far back it can learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot

from elman_core.config import ALL, StepCount
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis

if TYPE_CHECKING:
    from elman_core.analysis.types import Dynamics, Inspection

__all__ = ["EigenvaluePlot", "ReachPlot"]


class EigenvaluePlot(PlotCard):
    """Eigenvalues of the recurrent weights in the complex plane, with the unit circle."""

    def __init__(self) -> None:
        super().__init__(
            "Eigenvalues",
            "Eigenvalues of the recurrent weights, from the context to the hidden units. Inside the unit circle the "
            "past fades, near it the past lasts; pairs off the real axis turn, as a rhythm does. The spectral radius "
            "is the distance of the farthest one from 0; where it is above 1, the units saturate and hold the network "
            "back.",
            narrow=True,
        )
        self._dynamics: Dynamics | None = None
        angle = np.linspace(0, 2 * np.pi, 181)
        self._circle = pg.PlotCurveItem(np.cos(angle), np.sin(angle))
        self._values = pg.ScatterPlotItem(pxMode=True, size=9)
        self.plot.addItem(self._circle)
        self.plot.addItem(self._values)
        self.plot.setAspectLocked(True)
        self.set_axis_label("bottom", "real part")
        self.set_axis_label("left", "imaginary part")
        self.radius = ElidedLabel()
        self.radius.setObjectName("muted")
        self.add_control(self.radius)
        self.plot.setRange(xRange=(-1.2, 1.2), yRange=(-1.2, 1.2))

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._circle.setPen(pg.mkPen(theme.muted, width=1.5))
        self._values.setPen(pg.mkPen(theme.card, width=1))
        self._values.setBrush(pg.mkBrush(theme.one_step))

    @Slot(object)
    def show_inside(self, inside: Inspection) -> None:
        """Show these eigenvalues, if they were looked at."""
        if inside.dynamics is None:
            return
        self._dynamics = inside.dynamics
        values = inside.dynamics.eigenvalues[np.isfinite(inside.dynamics.eigenvalues)]
        self._values.setData(values.real, values.imag)
        known = len(values) == len(inside.dynamics.eigenvalues)
        self.radius.setText(f"spectral radius {inside.dynamics.spectral_radius:.3g}" if known else "weights not finite")
        reach = max(1.2, np.ceil(10 * np.abs(values).max(initial=0.0) + 1) / 10)
        box = self.plot.getPlotItem().getViewBox()
        if box.viewRange()[1][1] < reach or box.viewRange()[1][1] > 3 * reach:
            self.plot.setRange(xRange=(-reach, reach), yRange=(-reach, reach))

    def data(self) -> PlotData:
        """Return real and imaginary part of each eigenvalue, and its number."""
        if self._dynamics is None:
            return PlotData((), ())
        values = self._dynamics.eigenvalues
        numbers = np.arange(1.0, len(values) + 1)
        return PlotData(
            ("real", "imaginary", "absolute", "eigenvalue"), (values.real, values.imag, np.abs(values), numbers)
        )


class ReachPlot(PlotCard):
    """How large the gradient still is that many steps back."""

    def __init__(self) -> None:
        super().__init__(
            "Reach of the gradient",
            "How much the loss at a time step depends on the context k steps before: the mean norm of d loss(t) / "
            "d context(t - k). Where it has fallen to nothing, learning cannot connect the two times; beyond the "
            "truncation it does not try to.",
            narrow=True,
        )
        self._dynamics: Dynamics | None = None
        self._truncation: StepCount = 1
        self.plot.setAxisItems({"left": LogAxis("left")})
        self.prepare_axes()
        self.set_axis_label("bottom", "k, steps back in time", is_count=True)
        self.set_axis_label("left", "mean norm")
        self._curve = pg.PlotDataItem(symbol="o", symbolSize=5)
        self._edge = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._curve)
        self.plot.addItem(self._edge, ignoreBounds=True)
        self.plot.getPlotItem().setLogMode(x=False, y=True)
        self.plot.getPlotItem().getViewBox().disableAutoRange()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._curve.setPen(pg.mkPen(theme.one_step, width=1.5))
        self._curve.setSymbolBrush(theme.one_step)
        self._curve.setSymbolPen(None)
        self._edge.setPen(pg.mkPen(theme.closed_loop, width=1.5, style=Qt.PenStyle.DashLine))
        self._show_legend()

    def show_truncation(self, truncation: StepCount) -> None:
        """Show how far back training propagates."""
        self._truncation = truncation
        self._edge.setVisible(truncation != ALL)
        if truncation != ALL:
            self._edge.setValue(int(truncation) - 0.5)
        self._show_legend()

    @Slot(object)
    def show_inside(self, inside: Inspection) -> None:
        """Show this reach, if it was looked at."""
        if inside.dynamics is None:
            return
        self._dynamics = inside.dynamics
        reach = inside.dynamics.reach
        steps = np.arange(len(reach), dtype=np.float64)
        shown = np.isfinite(reach) & (reach > 1e-30)
        self._curve.setData(steps[shown], reach[shown])
        if shown.any():
            powers = np.log10(reach[shown])
            self.make_room(np.array([0.0, powers.min()]), np.array([steps[shown][-1] + 1, powers.max()]), 0.08)

    def data(self) -> PlotData:
        """Return k and the mean norm."""
        if self._dynamics is None:
            return PlotData((), ())
        reach = self._dynamics.reach
        return PlotData(("steps_back", "mean_norm"), (np.arange(len(reach), dtype=np.float64), reach))

    def _show_legend(self) -> None:
        words = "truncation: none" if self._truncation == ALL else f"truncation {self._truncation:,}"
        self.legend.show_entries([LegendEntry(words, self.theme.closed_loop, "dashes")])
