"""QuantileBands: where most of many curves are, as two bands around their median."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker

from elman_gui.views.colors import blended
from elman_gui.views.legend import LegendEntry

__all__ = ["QuantileBands"]

_MIDDLE, _WIDE = 0.34, 0.15
"""How strong the bands are."""

Array = NDArray[np.float64]


class QuantileBands:
    """A line for the median, a band for the middle half, and a paler one for 5 to 95 %; gaps where there is nothing."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._wide, self._middle = (pg.FillBetweenItem(pg.PlotCurveItem(), pg.PlotCurveItem()) for _ in range(2))
        self.median = pg.PlotCurveItem(connect="finite")
        self._colors = "", "", ""
        for item in (self._wide, self._middle, self.median):
            plot.addItem(item)

    def paint(self, ground: str, color: str, width: float = 1.5) -> None:
        """Take on a colour on the ground of a theme."""
        self._colors = color, blended(ground, color, _MIDDLE), blended(ground, color, _WIDE)
        self.median.setPen(pg.mkPen(color, width=width))
        self._middle.setBrush(pg.mkBrush(self._colors[1]))
        self._wide.setBrush(pg.mkBrush(self._colors[2]))

    def show_quantiles(self, places: Array, quantiles: Array) -> None:
        """Show quantiles (5, n), from the lowest to the highest, at places (n,)."""
        for band, edges in ((self._wide, quantiles[[0, 4]]), (self._middle, quantiles[[1, 3]])):
            known = np.isfinite(edges).all(axis=0)  # an edge alone has nothing to be filled
            lower, upper = (np.where(known, edge, np.nan) for edge in edges)
            with QSignalBlocker(band.curves[0]):  # filled once, when both edges are there
                band.curves[0].setData(places, lower, connect="finite")
            band.curves[1].setData(places, upper, connect="finite")
        self.median.setData(places, quantiles[2])

    def clear(self) -> None:
        """Show nothing."""
        self.show_quantiles(np.empty(0), np.empty((5, 0)))

    def set_visible(self, visible: bool) -> None:
        """Be there, or not."""
        for item in (self._wide, self._middle, self.median):
            item.setVisible(visible)

    def entries(self, what: str = "median") -> list[LegendEntry]:
        """Return what stands in the legend."""
        line, middle, wide = self._colors
        return [
            LegendEntry(what, line, "line"),
            LegendEntry("middle half", middle, "square"),
            LegendEntry("5 to 95 %", wide, "square"),
        ]
