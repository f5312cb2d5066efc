"""Cards: a titled frame around a picture, with a legend, an explanation, and ways to take the picture out."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from elman_gui.icons import icon
from elman_gui.theme import LIGHT, Theme
from elman_gui.views.legend import Legend

__all__ = ["Card", "PlotCard", "PlotData", "ViewCard", "draw_fast"]

_LEFT_AXIS_WIDTH = 56
"""The same for all plots, so that one time axis stands under another."""


_ABOUT_MARGIN = 8
_NEVER = ((-1.0, -1.0),)
"""Sizes at which an axis is to count in thousandths: none, since sizes are not negative."""
_TOO_WIDE = 0.55
"""Axes of which less than this share is used are made narrower."""


@dataclass(frozen=True)
class PlotData:
    """What a plot shows, as columns of a CSV file: numbers, or names of sequences."""

    names: tuple[str, ...]
    columns: tuple[NDArray[np.float64] | NDArray[np.object_], ...]


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


class ViewCard(Card):
    """A card with a picture of the network or its data, which tells what it is and can be taken out.

    Signals
    -------
    export_image_wanted(), export_data_wanted()
        The person wants the picture, or its numbers.
    """

    export_image_wanted = Signal()
    export_data_wanted = Signal()

    def __init__(self, title: str, description: str, *, narrow: bool = False) -> None:
        super().__init__(title)
        self.theme = LIGHT
        self.legend = Legend()
        self._controls = QHBoxLayout()
        self._controls.setSpacing(8)
        self._controls.addWidget(self.legend)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        self._buttons = {
            "help": self._flat_button("What am I looking at?", None),
            "export-image": self._flat_button("Take this picture out: PNG, SVG, PDF or copy", self.export_image_wanted),
            "export-data": self._flat_button("Save these numbers as a CSV file", self.export_data_wanted),
        }
        for button in self._buttons.values():
            buttons.addWidget(button)
        if narrow:  # legend and controls stand in a line of their own
            self._controls.addStretch(1)
            self.body.addLayout(self._controls)
        else:
            self.header.addLayout(self._controls)
        self.header.addLayout(buttons)
        self.about = QLabel(description, self)  # lies over the picture
        self.about.setObjectName("about")
        self.about.setWordWrap(True)
        self.about.hide()
        self._buttons["help"].setCheckable(True)
        self._buttons["help"].toggled.connect(self._show_about)
        self.about.setText(_with_manual(description, type(self).__name__))
        self.about.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.about.setOpenExternalLinks(True)

    def _flat_button(self, tip: str, wanted: SignalInstance | None) -> QToolButton:
        button = QToolButton()
        button.setObjectName("flat")
        button.setToolTip(tip)
        button.setAccessibleName(f"{self.title.text()}: {tip}")
        button.setIconSize(QSize(16, 16))
        if wanted is not None:
            button.clicked.connect(wanted)
        return button

    @Slot(bool)
    def _show_about(self, shown: bool) -> None:
        width = self.width() - 2 * _ABOUT_MARGIN
        top = self.header.geometry().bottom() + 4
        self.about.setGeometry(_ABOUT_MARGIN, top, width, self.about.heightForWidth(width))
        self.about.setVisible(shown)
        self.about.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the explanation in its place."""
        super().resizeEvent(event)
        if self.about.isVisible():
            self._show_about(True)

    def add_control(self, control: QWidget) -> None:
        """Put a control or label beside the legend."""
        self._controls.insertWidget(self._controls.indexOf(self.legend), control)

    def button(self, name: str) -> QToolButton:
        """Return a button of the header: "help", "export-image" or "export-data"."""
        return self._buttons[name]

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self.theme = theme
        for name, button in self._buttons.items():
            button.setIcon(icon(name, theme.muted))

    @property
    def picture(self) -> QWidget:
        """The widget that shows the picture."""
        raise NotImplementedError

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """Draw the picture into a rectangle of any size."""
        raise NotImplementedError

    def data(self) -> PlotData:
        """Return the numbers that the picture shows."""
        return PlotData((), ())


class PlotCard(ViewCard):
    """A card with one plot."""

    def __init__(self, title: str, description: str, *, narrow: bool = False) -> None:
        super().__init__(title, description, narrow=narrow)
        self.plot = pg.PlotWidget(enableMenu=False)
        self.plot.setAccessibleName(title)
        self.plot.setAccessibleDescription(description)
        self.plot.setToolTip(description)
        self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.plot.setFrameShape(QFrame.Shape.NoFrame)
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.plot.setMinimumHeight(60)
        item = self.plot.getPlotItem()
        item.hideButtons()
        item.getViewBox().setDefaultPadding(0.02)
        _drop_menu(item)
        self.prepare_axes()
        self.body.addWidget(self.plot, 1)

    @property
    def picture(self) -> QWidget:
        """The widget that shows the picture."""
        return self.plot

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """Draw the plot into a rectangle of any size."""
        painter.fillRect(target, self.plot.backgroundBrush())
        self.plot.scene().prepareForPaint()
        axes = [self.plot.getPlotItem().getAxis(side) for side in ("left", "bottom")]
        for axis in axes:  # the screen's cached pixels would be blurred elsewhere
            axis.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        self.plot.render(painter, target, self.plot.viewport().rect(), Qt.AspectRatioMode.IgnoreAspectRatio)
        for axis in axes:
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def prepare_axes(self) -> None:
        """Bring the axes into line; to be called again after one is exchanged."""
        item = self.plot.getPlotItem()
        item.getAxis("left").setWidth(_LEFT_AXIS_WIDTH)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setSIPrefixEnableRanges(_NEVER)  # no 300 (x0.001) for 0.3
            axis.enableAutoSIPrefix(False)
            # Text and grid take most of a frame to paint; they seldom change.
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def set_axis_label(self, side: str, text: str | None) -> None:
        """Name an axis, in its middle: pyqtgraph would put the new name where the middle of the old one was."""
        axis = self.plot.getPlotItem().getAxis(side)
        if not text or axis.labelText != text:  # painting an axis takes longer than all the curves
            axis.setLabel(text)
            axis.resizeEvent()

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
        for side in ("left", "bottom"):
            self._paint_axis(self.plot.getPlotItem().getAxis(side))
        self.plot.getPlotItem().showGrid(x=True, y=True, alpha=0.3)

    def _paint_axis(self, axis: pg.AxisItem) -> None:
        axis.setPen(pg.mkPen(self.theme.line))
        axis.setTextPen(pg.mkPen(self.theme.muted))


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


def _with_manual(description: str, view: str) -> str:
    """Return an explanation with a link to the view's page of the manual."""
    return f'{escape(description)} <a href="manual:{view}">Read more in the manual</a>.'
