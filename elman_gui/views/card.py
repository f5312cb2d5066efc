"""PlotCard: a card with one plot."""

from __future__ import annotations

from html import escape

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QFrame, QGraphicsItem, QSizePolicy, QWidget

from elman_gui.plain_text import plain
from elman_gui.theme import Theme
from elman_gui.views.axis import PlotAxis
from elman_gui.views.laid_out import laid_out
from elman_gui.views.view_card import Card, PlotData, ViewCard

__all__ = ["Card", "PlotCard", "PlotData", "ViewCard", "draw_fast"]

_LEFT_AXIS_WIDTH = 56
"""The same for all plots, so that one time axis stands under another."""


_SIDES = ("left", "bottom")
_LEAST_HEIGHT = 120
"""Of a picture: in less there is no room for its labels."""
_NEVER = ((-1.0, -1.0),)
"""Sizes at which an axis is to count in thousandths: none, since sizes are not negative."""
_TOO_WIDE = 0.55
"""Axes of which less than this share is used are made narrower."""


class PlotCard(ViewCard):
    """A card with one plot."""

    def __init__(self, title: str, description: str, *, narrow: bool = False) -> None:
        super().__init__(title, description, narrow=narrow)
        self.plot = _PlotWidget(enableMenu=False, axisItems={side: PlotAxis(side) for side in _SIDES})
        self.plot.double_clicked.connect(self._on_double_click)
        self.plot.setAccessibleName(title)
        self.plot.setAccessibleDescription(description)
        self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plot.setFrameShape(QFrame.Shape.NoFrame)
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.plot.setMinimumHeight(_LEAST_HEIGHT)
        item = self.plot.getPlotItem()
        item.hideButtons()
        item.getViewBox().setDefaultPadding(0.02)
        item.getViewBox().sigResized.connect(self._fit_axis_names)
        _drop_menu(item)
        self.prepare_axes()
        self.body.addWidget(self.plot, 1)

    @property
    def picture(self) -> QWidget:
        """The widget that shows the picture."""
        return self.plot

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """Draw the plot into a rectangle, laid out for its size."""
        with laid_out(self.plot, target.size(), painter.transform().m11()) as scene:
            painter.fillRect(target, self.plot.backgroundBrush())
            scene.render(painter, target, QRectF(QPointF(), target.size()), Qt.AspectRatioMode.IgnoreAspectRatio)

    def prepare_axes(self) -> None:
        """Bring the axes into line; to be called again after one is exchanged."""
        item = self.plot.getPlotItem()
        item.getAxis("left").setWidth(_LEFT_AXIS_WIDTH)
        for side in _SIDES:
            axis = item.getAxis(side)
            axis.setSIPrefixEnableRanges(_NEVER)  # no 300 (x0.001) for 0.3
            axis.enableAutoSIPrefix(False)
            # Text and grid take most of a frame to paint; they seldom change.
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def set_axis_label(self, side: str, text: str | None, *, is_count: bool = False) -> None:
        """Name an axis, in its middle: pyqtgraph would put the new name where the middle of the old one was."""
        axis = self.plot.getPlotItem().getAxis(side)
        axis.is_count = is_count
        text = escape(plain(text)) if text else text  # pyqtgraph writes it as HTML
        if not text or axis.labelText != text:  # painting an axis takes longer than all the curves
            axis.setLabel(text)
            axis.resizeEvent()

    @Slot()
    def _fit_axis_names(self) -> None:
        for side in _SIDES:
            self.plot.getPlotItem().getAxis(side).fit_name()

    # -- what is in view ------------------------------------------------------------------------

    def show_all(self) -> None:
        """Show everything again."""
        self.plot.getPlotItem().getViewBox().autoRange()

    @Slot()
    def _on_double_click(self) -> None:
        """Show everything again, where the mouse can move what is in view."""
        if any(self.plot.getPlotItem().getViewBox().mouseEnabled()):
            self.show_all()

    def make_room(self, low: NDArray[np.float64], high: NDArray[np.float64], margin: float) -> None:
        """Show from `low` to `high`, (x, y) each, but leave the axes alone while they are neither too narrow nor far
        too wide: axes at rest are easier to read, and need not be painted anew.
        """
        spread = np.maximum(high - low, 1e-6 + 1e-9 * np.abs(high))
        (left, right), (bottom, top) = self.plot.getPlotItem().getViewBox().viewRange()
        inside = low[0] >= left and high[0] <= right and low[1] >= bottom and high[1] <= top
        if not inside or spread[0] < _TOO_WIDE * (right - left) or spread[1] < _TOO_WIDE * (top - bottom):
            low, high = low - margin * spread, high + margin * spread
            self.plot.setRange(xRange=(low[0], high[0]), yRange=(low[1], high[1]), padding=0)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self.plot.setBackground(theme.card)
        for side in _SIDES:
            self._paint_axis(self.plot.getPlotItem().getAxis(side))
        self.plot.getPlotItem().showGrid(x=True, y=True, alpha=0.3)

    def _paint_axis(self, axis: pg.AxisItem) -> None:
        axis.setPen(pg.mkPen(self.theme.line))
        axis.setTextPen(pg.mkPen(self.theme.muted))


class _PlotWidget(pg.PlotWidget):
    """A plot that tells of double clicks."""

    double_clicked = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self.double_clicked.emit()


def _drop_menu(item: pg.PlotItem) -> None:
    """Delete the menu that pyqtgraph makes for every plot though it is not to be shown, and let nothing that is left
    of it outlive the plot: without a parent it would be Python's, which may delete it in any thread.
    """
    item.ctrlMenu.deleteLater()
    item.ctrlMenu = None
    item.stateGroup.setParent(item)


def draw_fast(curve: pg.PlotDataItem, *, is_thinned: bool = False) -> None:
    """Draw of a long curve only what a pixel's width can show: its lowest and highest point there.

    To be called after the curve is added, since the plot puts its own mode on what it is given. A curve that is thinned
    by who draws it is drawn as it is.
    """
    curve.setDownsampling(auto=not is_thinned, ds=1, method="peak")
    curve.opts["autoDownsampleFactor"] = 1.0  # a point a pixel; pyqtgraph's own factor draws five
    curve.setClipToView(not is_thinned)
