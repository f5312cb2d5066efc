"""LeftOverPlot: what least squares leave of a series, and how much of it a part of a forecaster takes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal, Slot

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.training.events import Response, Snapshot
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.legend import LegendEntry
from elman_gui.views.time.time_plot import TimePlotCard

if TYPE_CHECKING:
    from elman_core.forecasting.whole import WholeForecast  # imports torch

__all__ = ["LeftOverPlot"]


class LeftOverPlot(TimePlotCard):
    """Value - least squares, and part - least squares, one step ahead, in the data's own units.

    Signals
    -------
    offered(bool)
        Whether there is anything to show: a part with least squares beside it.
    """

    offered = Signal(bool)

    def __init__(self) -> None:
        super().__init__(
            "What least squares leave",
            "The value less what least squares predict of it, and what this part adds to least squares. Where the two "
            "go together, the network has learned what a ruler cannot.",
        )
        self._whole: WholeForecast | None = None
        self._response: Response | None = None
        self._column = 0
        self._left, self._part = pg.PlotDataItem(), pg.PlotDataItem()
        for curve in (self._left, self._part):
            self.add_curve(curve)
        self.plot.setMouseEnabled(x=True, y=False)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._left.setPen(pg.mkPen(theme.muted, width=1))
        self._part.setPen(pg.mkPen(theme.best, width=2))
        self.legend.show_entries(
            [LegendEntry("left", theme.muted, "line"), LegendEntry("taken up by this part", theme.best, "line")]
        )

    def show_dataset(self, dataset: SequenceDataset, beyond: int) -> None:
        """Wait for another network."""
        self.set_time_axis(dataset, beyond, label=False)
        self._response = self._whole = None
        self._column = 0
        self._left.clear()
        self._part.clear()
        self.set_axis_label("left", dataset.columns[0] if dataset.kind is DataKind.NUMBERS else None)
        self.offered.emit(False)

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the network as it is now."""
        self._response = snapshot.response
        self.cover(snapshot.response)
        self._draw()

    @Slot(object)
    def show_whole(self, whole: WholeForecast | None) -> None:
        """Know what least squares predict."""
        self._whole = whole
        self.offered.emit(whole is not None and whole.ruler is not None)
        self._draw()

    @Slot(int)
    def show_column(self, column: int) -> None:
        """Show another column of the series."""
        if self.dataset is not None and 0 <= column < len(self.dataset.columns):
            self._column = column
            self.set_axis_label("left", self.dataset.columns[column])
            self._draw()

    def data(self) -> PlotData:
        """Return time, what is left and what the part adds, a row each."""
        found = self._values()
        if found is None or self.dataset is None:
            return PlotData((), ())
        rows, left, part = found
        return self.table(rows, self._positions[rows], self.dataset.axis.label, ("left", "taken_up"), (left, part))

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""
        self._draw()

    def _values(self) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        whole, response, dataset = self._whole, self._response, self.dataset
        if whole is None or whole.ruler is None or response is None or dataset is None:
            return None
        first = max(whole.first_row, response.first_row)
        stop = min(whole.first_row + len(whole.ruler), response.first_row + len(response.one_step), dataset.rows)
        rows = np.arange(first, stop)
        ruler = whole.ruler[rows - whole.first_row, self._column]
        left = dataset.values[rows, self._column] - ruler
        part = response.one_step[rows - response.first_row, self._column] - ruler
        return rows, left, part

    def _draw(self) -> None:
        found = self._values() if self.isVisible() else None
        if found is None:
            return
        rows, left, part = found
        if len(rows):
            self.set_curve(self._left, int(rows[0]), left)
            self.set_curve(self._part, int(rows[0]), part)
            known = left[np.isfinite(left)]
            if len(known):
                self.plot.setYRange(float(known.min()), float(known.max()), padding=0.05)
