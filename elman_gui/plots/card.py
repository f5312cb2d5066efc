"""PlotCard: a titled card around a plot, with a legend line and ways to take the plot out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QGraphicsItem, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from elman_gui.icons import icon
from elman_gui.theme import LIGHT, Theme

__all__ = ["Card", "Legend", "LegendEntry", "PlotCard", "PlotData", "draw_fast"]

_LEFT_AXIS_WIDTH = 56
"""The same for all plots, so that one time axis stands under another."""


@dataclass(frozen=True)
class PlotData:
    """What a plot shows, as columns of a CSV file."""

    names: tuple[str, ...]
    columns: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class LegendEntry:
    """One sign of the legend; the kind of mark tells curves apart without colour."""

    text: str
    color: str
    mark: str  # "line", "dashes", "dot" or "triangle"


class Card(QFrame):
    """A calm frame with a title and, at its right, a legend or controls."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.title = QLabel(title)
        self.title.setObjectName("cardTitle")
        self.header = QHBoxLayout()
        self.header.setSpacing(8)
        self.header.addWidget(self.title)
        self.header.addStretch(1)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 8, 12, 8)
        self.body.setSpacing(4)
        self.body.addLayout(self.header)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""


class PlotCard(Card):
    """A card with one plot.

    Signals
    -------
    export_image_wanted(), export_data_wanted()
        The person wants the plot as a picture, or its numbers.
    """

    export_image_wanted = Signal()
    export_data_wanted = Signal()

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title)
        self.theme = LIGHT
        self.plot = pg.PlotWidget()
        self.plot.setAccessibleName(title)
        self.plot.setAccessibleDescription(description)
        self.plot.setToolTip(description)
        self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plot.setFrameShape(QFrame.Shape.NoFrame)
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.plot.setMinimumHeight(60)
        item = self.plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.getViewBox().setDefaultPadding(0.02)
        self.prepare_axes()
        self.legend = Legend()
        self.header.addWidget(self.legend)
        self._image_button = self._header_button("Save this plot as a picture, PNG or SVG", self.export_image_wanted)
        self._data_button = self._header_button("Save this plot's numbers as a CSV file", self.export_data_wanted)
        self.body.addWidget(self.plot, 1)

    def prepare_axes(self) -> None:
        """Bring the axes into line; to be called again after one is exchanged."""
        item = self.plot.getPlotItem()
        item.getAxis("left").setWidth(_LEFT_AXIS_WIDTH)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.enableAutoSIPrefix(False)
            # Text and grid take most of a frame to paint; they seldom change.
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def set_axis_label(self, side: str, text: str | None) -> None:
        """Name an axis, in its middle: pyqtgraph would put the new name where the middle of the old one was."""
        axis = self.plot.getPlotItem().getAxis(side)
        axis.setLabel(text)
        axis.resizeEvent()

    def _header_button(self, tip: str, wanted: SignalInstance) -> QToolButton:
        button = QToolButton()
        button.setObjectName("flat")
        button.setToolTip(tip)
        button.setAccessibleName(f"{self.title.text()}: {tip}")
        button.setIconSize(QSize(16, 16))
        button.clicked.connect(wanted)
        self.header.addWidget(button)
        return button

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self.theme = theme
        self._image_button.setIcon(icon("export-image", theme.muted))
        self._data_button.setIcon(icon("export-data", theme.muted))
        self.plot.setBackground(theme.card)
        for side in ("left", "bottom"):
            self._paint_axis(self.plot.getPlotItem().getAxis(side))
        self.plot.getPlotItem().showGrid(x=True, y=True, alpha=0.3)

    def _paint_axis(self, axis: pg.AxisItem) -> None:
        axis.setPen(pg.mkPen(self.theme.line))
        axis.setTextPen(pg.mkPen(self.theme.muted))

    def data(self) -> PlotData:
        """Return the numbers that the plot shows."""
        return PlotData((), ())


def draw_fast(curve: pg.PlotDataItem) -> None:
    """Draw of a long curve only what a pixel's width can show: its lowest and highest point there.

    To be called after the curve is added, since the plot puts its own mode on what it is given.
    """
    curve.setDownsampling(auto=True, method="peak")
    curve.opts["autoDownsampleFactor"] = 1.0  # a point a pixel; pyqtgraph's own factor draws five
    curve.setClipToView(True)


class Legend(QWidget):
    """Signs and words in one line."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self.setAccessibleName("Legend")
        self._shown: list[LegendEntry] = []

    def show_entries(self, entries: list[LegendEntry]) -> None:
        """Show the signs that are in the plot now."""
        if entries == self._shown:
            return
        self._shown = list(entries)
        while self._row.count():
            widget = self._row.takeAt(0).widget()
            if widget is not None:
                widget.setParent(None)
        for entry in entries:
            sign, words = QLabel(), QLabel(entry.text)
            sign.setPixmap(_sign(entry, self.devicePixelRatioF()))
            words.setObjectName("muted")
            words.setContentsMargins(0, 0, 8, 0)
            self._row.addWidget(sign)
            self._row.addWidget(words)


def _sign(entry: LegendEntry, ratio: float) -> QPixmap:
    pixmap = QPixmap(QSize(18, 12) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = QColor(entry.color)
    if entry.mark in ("line", "dashes"):
        painter.setPen(QPen(color, 2, Qt.PenStyle.DashLine if entry.mark == "dashes" else Qt.PenStyle.SolidLine))
        painter.drawLine(1, 6, 17, 6)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        if entry.mark == "dot":
            painter.drawEllipse(QRectF(6, 3, 6, 6))
        else:
            painter.drawPolygon([QPointF(4, 2), QPointF(14, 2), QPointF(9, 11)])
    painter.end()
    return pixmap
