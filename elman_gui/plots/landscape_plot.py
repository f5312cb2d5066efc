"""LandscapePlot: the loss around the path that the weights took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Slot
from PySide6.QtWidgets import QLabel

from elman_gui.plots.card import PlotCard, PlotData
from elman_gui.plots.colors import sequence_table
from elman_gui.theme import Theme

if TYPE_CHECKING:
    from elman_core.inside.seen import Inside, Landscape

__all__ = ["LandscapePlot"]

_SMOOTH = 6
"""Pixels drawn for each point of the grid, between which the loss is interpolated."""


class LandscapePlot(PlotCard):
    """Dark is low. The path runs from the ring, before training, to the disc, now."""

    def __init__(self) -> None:
        super().__init__(
            "Landscape",
            "The loss over the two directions in which the weights moved most while training, dark where it is small, "
            "on a logarithmic scale. The line is the way the weights took, from the ring to the disc. All other "
            "directions are held where the disc is, so that other points of the path lie near the surface only.",
            narrow=True,
        )
        self._landscape: Landscape | None = None
        self._epoch = 0
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setLookupTable(sequence_table())
        self._image.setZValue(-10)
        self._path = pg.PlotCurveItem()
        self._ends = pg.ScatterPlotItem(pxMode=True, size=11)
        for item in (self._image, self._path, self._ends):
            self.plot.addItem(item)
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.add_control(self.words)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._path.setPen(pg.mkPen("#FFFFFF", width=1.5))

    def show_dataset(self) -> None:
        """Wait for another network."""
        self._landscape = None
        self._image.clear()
        self._path.setData([], [])
        self._ends.setData([], [])
        self.words.setText("Train first: a path needs three points")

    @Slot(object)
    def show_inside(self, inside: Inside) -> None:
        """Show this landscape, if it was looked at; it is None until there is a path."""
        self._epoch = inside.snapshot.epoch
        if inside.landscape is None:
            return
        self._landscape = seen = inside.landscape
        logarithm = np.log10(np.maximum(np.where(np.isfinite(seen.loss), seen.loss, np.nan), 1e-12))
        highest = float(np.nanmax(logarithm)) if np.isfinite(logarithm).any() else 0.0
        self._image.setImage(_finer(np.nan_to_num(logarithm, nan=highest)), autoLevels=True)
        step = (seen.first[1] - seen.first[0], seen.second[1] - seen.second[0])
        self._image.setRect(QRectF(
            seen.first[0] - step[0] / 2, seen.second[0] - step[1] / 2,
            seen.first[-1] - seen.first[0] + step[0], seen.second[-1] - seen.second[0] + step[1],
        ))  # fmt: skip
        self._path.setData(*seen.path.T)
        white, ink = pg.mkPen("#FFFFFF", width=2), pg.mkPen("#1B2430", width=1)
        self._ends.setData(*seen.path[[0, -1]].T, pen=[white, ink], brush=[pg.mkBrush(None), pg.mkBrush("#FFFFFF")])
        for side, share in zip(("bottom", "left"), seen.explained, strict=True):
            name = "first" if side == "bottom" else "second"
            self.set_axis_label(side, f"{name} direction ({100 * share:.0f} % of the path)")
        finite = seen.loss[np.isfinite(seen.loss)]
        extent = f"{finite.min():.2g} to {finite.max():.2g}" if len(finite) else "not finite"
        self.words.setText(f"loss a step {extent}, over {seen.steps:,} steps")

    def data(self) -> PlotData:
        """Return a row for each point of the surface: where it is, and the mean loss of a step."""
        seen = self._landscape
        if seen is None:
            return PlotData((), ())
        first, second = np.meshgrid(seen.first, seen.second)
        return PlotData(("first", "second", "loss_per_step"), (first.ravel(), second.ravel(), seen.loss.ravel()))


def _finer(values: np.ndarray) -> np.ndarray:
    """Interpolate linearly along both axes."""
    rows, columns = values.shape
    at = np.linspace(0, columns - 1, (columns - 1) * _SMOOTH + 1)
    wide = np.array([np.interp(at, np.arange(columns), row) for row in values])
    down = np.linspace(0, rows - 1, (rows - 1) * _SMOOTH + 1)
    return np.array([np.interp(down, np.arange(rows), column) for column in wide.T]).T
