"""ContextPlot: the state of every hidden unit, which is what the context units remember, over time."""

from __future__ import annotations

from math import ceil

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Slot
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel

from elman_core.config import Activation
from elman_core.data.dataset import SequenceDataset
from elman_core.updates import Response, Snapshot
from elman_gui.plots.card import PlotData
from elman_gui.plots.time_plot import TimePlotCard
from elman_gui.theme import Theme

__all__ = ["ContextPlot"]

_LABEL_HEIGHT = 14
_COLUMNS_DRAWN = 4_000
"""Time steps drawn at most; no screen is wider."""


class ContextPlot(TimePlotCard):
    """A heat map: one row a unit, one column a time step, on the same time axis as the fit."""

    def __init__(self) -> None:
        super().__init__(
            "Context units",
            "The state of each hidden unit while the network predicts. At the next step the context units bring it "
            "back as input: it is all the network remembers.",
        )
        self._response: Response | None = None
        self._levels = (-1.0, 1.0)
        self._units = 0
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setZValue(-10)
        self.plot.addItem(self._image)
        self.plot.setAxisItems({"left": _UnitAxis("left")})
        self.prepare_axes()
        self.set_axis_label("left", "unit")
        self.plot.setMouseEnabled(x=True, y=False)
        self._scale = QLabel()
        self._low, self._high = QLabel(), QLabel()
        for label in (self._low, self._scale, self._high):
            label.setObjectName("muted")
            self.header.insertWidget(self.header.count() - 2, label)
        self.plot.getPlotItem().getViewBox().sigXRangeChanged.connect(self._redraw_long_series)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        low, high = self._levels
        colors = theme.signed if low < 0 else (theme.card, _blend(theme.card, theme.signed[2]), theme.signed[2])
        table = pg.ColorMap(np.linspace(0, 1, 3), [pg.mkColor(color).getRgb() for color in colors]).getLookupTable(
            nPts=256
        )
        self._image.setLookupTable(table)
        strip = np.ascontiguousarray(np.broadcast_to(table[np.newaxis, :, :3], (8, 256, 3)).astype(np.uint8))
        image = QImage(strip.data, 256, 8, 3 * 256, QImage.Format.Format_RGB888).copy()
        self._scale.setPixmap(QPixmap.fromImage(image).scaled(QSize(72, 8)))
        self._low.setText(f"{low:g}")
        self._high.setText(f"{high:.3g}")

    def show_dataset(self, dataset: SequenceDataset, beyond: int, units: int, activation: Activation) -> None:
        """Make room for another series and network."""
        self.set_time_axis(dataset, beyond, label=False)
        self._response = None
        self._units = units
        self._levels = (-1.0, 1.0) if activation is Activation.TANH else (0.0, 1.0)
        self._relu = activation is Activation.RELU
        self._image.clear()
        self.plot.setYRange(0.5, units + 0.5, padding=0)
        self.set_theme(self.theme)

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the states of the network as it is now."""
        self._response = snapshot.response
        if self._relu:
            highest = float(np.nanmax(snapshot.response.hidden, initial=0.0))
            self._levels = (0.0, highest if np.isfinite(highest) and highest > 0 else 1.0)
            self._high.setText(f"{self._levels[1]:.3g}")
        self._draw()

    def data(self) -> PlotData:
        """Return time and the state of each unit."""
        response = self._response
        if response is None:
            return PlotData((), ())
        assert self.dataset is not None
        positions = self._positions[response.first_row - 1 : response.first_row - 1 + len(response.hidden)]
        names = (self.dataset.axis.label, *(f"hidden {unit + 1}" for unit in range(response.hidden.shape[1])))
        return PlotData(names, (positions, *response.hidden.T.astype(np.float64)))

    @Slot()
    def _redraw_long_series(self) -> None:
        if self._response is not None and len(self._response.hidden) > _COLUMNS_DRAWN:
            self._draw()

    def _draw(self) -> None:
        response = self._response
        if response is None or not len(response.hidden):
            return
        # State t belongs to the prediction of row t + 1, but it is the answer to row t, where it is drawn.
        first, count = response.first_row - 1, len(response.hidden)
        positions = self._positions[first : first + count]
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
        self._image.setImage(np.nan_to_num(response.hidden[nearest].T), levels=self._levels, autoLevels=False)
        self._image.setRect(QRectF(low - width / 2, 0.5, high - low + width, response.hidden.shape[1]))


class _UnitAxis(pg.AxisItem):
    """Labels whole numbers only, as many as there is room for."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the labelled units."""
        every = max(1, ceil((maxVal - minVal) * _LABEL_HEIGHT / max(size, 1)))
        return [(every, [float(unit) for unit in range(ceil(minVal), int(maxVal) + 1) if (unit - 1) % every == 0])]


def _nearest_rows(positions: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each wanted time, the index of the nearest position."""
    right = np.clip(np.searchsorted(positions, wanted), 1, max(1, len(positions) - 1))
    right = np.minimum(right, len(positions) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(wanted - positions[left] < positions[right] - wanted, left, right)


def _blend(first: str, second: str) -> str:
    """Return the colour half way between two."""
    one, other = pg.mkColor(first), pg.mkColor(second)
    return pg.mkColor(*((a + b) // 2 for a, b in zip(one.getRgb()[:3], other.getRgb()[:3], strict=True))).name()
