"""LandscapePlot: the loss around the path that the weights took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Slot

from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.colors import sequence_table
from elman_gui.views.elided_label import ElidedLabel

if TYPE_CHECKING:
    from elman_core.analysis.types import Inspection, Landscape

__all__ = ["LandscapePlot"]

_MARGIN = 0.2
"""Shown around the path; the surface reaches a little farther."""
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
        self.plot.getPlotItem().getViewBox().disableAutoRange()
        self.set_axis_label("bottom", "first direction of the path")
        self.set_axis_label("left", "second direction")
        self.words = ElidedLabel()
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
    def show_inside(self, inside: Inspection) -> None:
        """Show this landscape, if it was looked at; it is None until there is a path."""
        self._epoch = inside.snapshot.epoch
        if inside.landscape is None:
            return
        self._landscape = seen = inside.landscape
        logarithm = np.log10(np.maximum(np.where(np.isfinite(seen.loss), seen.loss, np.nan), 1e-12))
        highest = float(np.nanmax(logarithm)) if np.isfinite(logarithm).any() else 0.0
        fine = _finer(np.nan_to_num(logarithm, nan=highest))
        shades = 255 * (fine - fine.min()) / (float(np.ptp(fine)) or 1.0)
        self._image.setImage(shades.astype(np.uint8), levels=(0, 255), autoLevels=False)
        step = (seen.first[1] - seen.first[0], seen.second[1] - seen.second[0])
        self._image.setRect(QRectF(
            seen.first[0] - step[0] / 2, seen.second[0] - step[1] / 2,
            seen.first[-1] - seen.first[0] + step[0], seen.second[-1] - seen.second[0] + step[1],
        ))  # fmt: skip
        self._path.setData(*seen.path.T)
        white, ink = pg.mkPen("#FFFFFF", width=2), pg.mkPen("#1B2430", width=1)
        self._ends.setData(*seen.path[[0, -1]].T, pen=[white, ink], brush=[pg.mkBrush(None), pg.mkBrush("#FFFFFF")])
        self.make_room(seen.path.min(axis=0), seen.path.max(axis=0), _MARGIN)
        finite = seen.loss[np.isfinite(seen.loss)]
        extent = f"{finite.min():.2g} to {finite.max():.2g}" if len(finite) else "not finite"
        share = 100 * float(seen.explained.sum())
        self.words.setText(f"loss {extent}; {share:.0f} % of the path")

    def data(self) -> PlotData:
        """Return a row for each point of the surface: where it is, and the mean loss of a step."""
        seen = self._landscape
        if seen is None:
            return PlotData((), ())
        first, second = np.meshgrid(seen.first, seen.second)
        return PlotData(("first", "second", "loss_per_step"), (first.ravel(), second.ravel(), seen.loss.ravel()))


def _finer(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate linearly along both axes.

    Not by products of matrices: the threads that these are shared out to take longer to wake than the work itself.
    """
    for _ in range(2):
        steps = np.diff(values, axis=0)[:, None] * (np.arange(_SMOOTH) / _SMOOTH)[:, None]  # (R - 1, _SMOOTH, C)
        between = (values[:-1, None] + steps).reshape(-1, values.shape[1])
        values = np.vstack([between, values[-1:]]).T
    return values
