"""ErrorPlot: how wrong each prediction is, symbol by symbol (Elman 1990, figs. 4 and 6)."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Slot

from elman_core.analysis.symbol_errors import row_errors
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.export.rows import predicted_symbols
from elman_core.training.events import Response, Snapshot
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.time.time_plot import TimePlotCard

__all__ = ["ErrorPlot"]

_LEAST_HEIGHT = 0.05
_MOST_BARS = 400
"""Bars are drawn for what is in view, and not where there are more: they would be narrower than a pixel."""


class ErrorPlot(TimePlotCard):
    """A bar a symbol: the root mean squared error over the outputs, when that symbol was to be predicted."""

    def __init__(self) -> None:
        super().__init__(
            "Error by symbol",
            "How wrong the network was when it had to predict each symbol: the root mean squared error of the outputs. "
            "Where anything may follow the bar is high, as at the beginning of a word; where the past tells what comes "
            "it is low.",
        )
        self._response: Response | None = None
        self._bars = pg.BarGraphItem(x=[], height=[], width=0.7)
        self.plot.addItem(self._bars)
        self.plot.setMouseEnabled(x=True, y=False)
        self.set_axis_label("left", "RMSE")
        self.plot.getPlotItem().getViewBox().sigXRangeChanged.connect(self._draw)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._bars.setOpts(brush=theme.one_step, pen=None)

    def show_dataset(self, dataset: SequenceDataset, beyond: int) -> None:
        """Wait for another network's errors."""
        self.set_time_axis(dataset, beyond, label=False)
        self._response = None
        self._bars.setOpts(x=[], height=[])

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the errors of the network as it is now."""
        if self.dataset is None or self.dataset.kind is DataKind.NUMBERS:
            return
        self._response = snapshot.response
        self.cover(snapshot.response)
        self._draw()

    def data(self) -> PlotData:
        """Return row, counted from 1, and error of every symbol, with the symbol that was the most probable one."""
        if self._response is None or self.dataset is None:
            return PlotData((), ())
        errors = row_errors(self._response, self.dataset)
        rows = self._response.first_row + np.arange(len(errors))
        predicted = predicted_symbols(self.dataset, self._response.one_step[: len(errors)])
        return self.table(rows, rows + 1.0, "row", ("rmse", "predicted"), (errors, predicted))

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""
        self._draw()

    @Slot()
    def _draw(self) -> None:
        if self._response is None or self.dataset is None or not self.isVisible():
            return
        low, high = self.plot.getPlotItem().getViewBox().viewRange()[0]
        first = self._response.first_row
        start = max(0, int(low) - 1 - first)
        stop = max(start, min(len(self._response.one_step), int(high) + 2 - first))
        if stop - start > _MOST_BARS:
            start, stop = 0, 0
        errors = row_errors(self._response, self.dataset, slice(start, stop))
        shown = np.nan_to_num(np.minimum(errors, 1e9))
        self._bars.setOpts(x=first + np.arange(start, start + len(shown)), height=shown)
        highest = max(_LEAST_HEIGHT, float(shown.max(initial=0.0)))
        top = self.plot.getPlotItem().getViewBox().viewRange()[1][1]
        if not 0.55 * top <= highest <= top:  # an axis at rest is easier to read
            self.plot.setYRange(0, 1.15 * highest, padding=0)
            mark = _one_digit(highest)  # the plot is too low for more
            self.plot.getPlotItem().getAxis("left").setTicks([[(0.0, "0"), (mark, f"{mark:g}")]])


def _one_digit(value: float) -> float:
    """Return the greatest number of one digit that is not above a value."""
    unit = 10.0 ** np.floor(np.log10(value))
    return float(f"{np.floor(value / unit * (1 + 1e-9)) * unit:.1g}")
