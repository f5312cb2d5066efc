"""Laying a plot out for a picture of another size than it has in the window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

__all__ = ["laid_out"]


@contextmanager
def laid_out(plot: pg.PlotWidget, size: QSizeF, pixels: float) -> Iterator[QGraphicsScene]:
    """Give the plot's scene a size in which to be painted, from (0, 0) on; afterwards it is as it was.

    Markers are drawn as paths: the picture of all markers from which the screen is drawn would be squeezed elsewhere.
    No transform scales them, nor the pens of curves, so both are made as many times as large as the device has `pixels`
    in one of the plot's.
    """
    item, scene = plot.getPlotItem(), plot.scene()
    before, axes = item.geometry(), [item.getAxis(side) for side in ("left", "bottom")]
    markers = [one for one in scene.items() if isinstance(one, pg.ScatterPlotItem)]
    curves = [(one.opts, "pen") for one in scene.items() if isinstance(one, pg.PlotCurveItem | pg.ScatterPlotItem)]
    lines = [(vars(one), "currentPen") for one in scene.items() if isinstance(one, pg.InfiniteLine)]
    pens = [(holder, name, holder[name]) for holder, name in curves + lines]
    for axis in axes:  # the screen's cached pixels would be blurred elsewhere
        axis.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    for one in markers:
        one.setExportMode(True, {"antialias": True, "resolutionScale": pixels})
    for holder, name, pen in pens:
        holder[name] = _as_wide(pen, pixels)
    try:
        _lay_out(item, QRectF(QPointF(), size))
        scene.prepareForPaint()
        yield scene
    finally:
        for holder, name, pen in pens:
            holder[name] = pen
        for one in markers:
            one.setExportMode(False)
        for axis in axes:
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        _lay_out(item, before)


def _lay_out(item: pg.PlotItem, geometry: QRectF) -> None:
    item.setGeometry(geometry)
    for _ in range(2):  # an axis that shows or hides its name asks for another height
        item.layout.activate()


def _as_wide(pen: QPen, pixels: float) -> QPen:
    wide = QPen(pen)
    wide.setWidthF(pen.widthF() * pixels)
    return wide
