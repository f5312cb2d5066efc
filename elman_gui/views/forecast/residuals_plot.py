"""ResidualsPlot and AutocorrelationPlot: what one-step forecasts leave, and whether anything is left in that."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot

from elman_core.forecasting.backtest.results import Backtest, Residuals
from elman_core.support.text_format import counted
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.legend import LegendEntry
from elman_gui.views.time.time_plot import TimePlotCard

__all__ = ["AutocorrelationPlot", "ResidualsPlot"]

_MOST_TICKS = 12


class ResidualsPlot(TimePlotCard):
    """Value - one-step forecast over time, of the rows that were tested on."""

    def __init__(self) -> None:
        super().__init__(
            "Residuals",
            "The true value less the forecast one step ahead, for each row of the test part, in the data's units. "
            "Where the forecast leaves nothing to learn, they scatter around 0 without any pattern, and as widely at "
            "the end as at the beginning.",
        )
        self._residuals: Residuals | None = None
        self._zero = pg.InfiniteLine(0, angle=0, movable=False)
        self._errors = pg.PlotDataItem()
        self.plot.addItem(self._zero, ignoreBounds=True)
        self.add_curve(self._errors)
        self.plot.setMouseEnabled(x=True, y=False)
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.header.insertWidget(1, self.words)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._zero.setPen(pg.mkPen(theme.muted, width=1))
        self._errors.setPen(pg.mkPen(theme.one_step, width=1))
        self._errors.setSymbolBrush(theme.one_step)
        self._errors.setSymbolPen(None)

    @Slot(object)
    def show_backtest(self, found: Backtest | None, column: int = 0) -> None:
        """Show what the forecasts of one column leave."""
        residuals = None if found is None or not found.residuals else found.residuals[column]
        self._residuals = residuals
        self._errors.clear()
        self.words.clear()
        if found is None or residuals is None or not len(residuals.rows):
            return
        self.set_time_axis(found.dataset, 0, label=True)
        self.set_axis_label("left", residuals.column)
        first, last = int(residuals.rows[0]), int(residuals.rows[-1])
        values = np.full(last + 1 - first, np.nan)
        values[residuals.rows - first] = residuals.errors
        self.set_curve(self._errors, first, values, symbol="o", symbolSize=4)
        self.show_rows(first, last + 1)
        most = float(np.abs(residuals.errors).max()) or 1.0
        self.plot.setYRange(-1.1 * most, 1.1 * most, padding=0)
        mean, deviation = float(residuals.errors.mean()), float(residuals.errors.std())
        self.words.setText(f"mean {mean:.3g}, deviation {deviation:.3g}, {counted(len(residuals.rows), 'row')}")

    def show_all(self) -> None:
        """Show all rows that were tested on."""
        if self._residuals is not None and len(self._residuals.rows):
            self.show_rows(int(self._residuals.rows[0]), int(self._residuals.rows[-1]) + 1)

    def data(self) -> PlotData:
        """Return time and residual, a row each."""
        found = self._residuals
        if found is None or self.dataset is None:
            return PlotData((), ())
        times = self.dataset.axis.positions[found.rows]
        return self.table(found.rows, times, self.dataset.axis.label, (f"{found.column}_residual",), (found.errors,))


class AutocorrelationPlot(PlotCard):
    """A bar for each lag, and the bounds within which chance keeps nineteen of twenty."""

    def __init__(self) -> None:
        super().__init__(
            "Autocorrelation of residuals",
            "How strongly the one-step residuals correlate with those a number of rows before, the lag: 1 is wholly, "
            "0 not at all. By chance alone, one bar in twenty lies beyond the dashed lines; more of them, or one far "
            "beyond, say that there is something left to learn, such as a season at its lag.",
        )
        self._residuals: Residuals | None = None
        self._bars = pg.BarGraphItem(x=[], height=[], width=0.6)
        self._lines = tuple(pg.InfiniteLine(0, angle=0, movable=False) for _ in range(3))
        self.plot.addItem(self._bars)
        for line in self._lines:
            self.plot.addItem(line, ignoreBounds=True)
        self.plot.setMouseEnabled(x=False, y=False)
        self.set_axis_label("bottom", "lag", is_count=True)
        self.set_axis_label("left", "correlation")
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.header.insertWidget(1, self.words)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._lines[0].setPen(pg.mkPen(theme.muted, width=1))
        for line in self._lines[1:]:
            line.setPen(pg.mkPen(theme.closed_loop, width=1.5, style=Qt.PenStyle.DashLine))
        self._color_bars()
        self.legend.show_entries([LegendEntry("by chance", theme.closed_loop, "dashes")])

    def _color_bars(self) -> None:
        found, theme = self._residuals, self.theme
        if found is not None:
            outside = np.abs(found.autocorrelation) > found.bound
            self._bars.setOpts(brushes=[theme.closed_loop if out else theme.one_step for out in outside], pen=None)

    @Slot(object)
    def show_backtest(self, found: Backtest | None, column: int = 0) -> None:
        """Show what is left in the residuals of one column."""
        residuals = None if found is None or not found.residuals else found.residuals[column]
        self._residuals = residuals
        self.words.clear()
        if residuals is None or not len(residuals.autocorrelation):
            self._bars.setOpts(x=[], height=[])
            return
        correlation: NDArray[np.float64] = residuals.autocorrelation
        lags = np.arange(1, len(correlation) + 1)
        self._bars.setOpts(x=lags, height=np.nan_to_num(correlation))
        self._color_bars()
        for line, height in zip(self._lines, (0.0, residuals.bound, -residuals.bound), strict=True):
            line.setValue(height)
        most = min(max(float(np.nan_to_num(np.abs(correlation)).max()), 1.2 * residuals.bound, 0.1) * 1.1, 1.05)
        self.plot.setXRange(0.4, len(lags) + 0.6, padding=0)
        self.plot.setYRange(-most, most, padding=0)
        every = max(1, -(-len(lags) // _MOST_TICKS))
        ticks = [(float(lag), f"{lag}") for lag in lags.tolist() if lag == 1 or lag % every == 0]
        self.plot.getPlotItem().getAxis("bottom").setTicks([ticks])
        beyond = int(np.count_nonzero(np.abs(correlation) > residuals.bound))
        self.words.setText(
            f"{beyond} of {counted(len(lags), 'lag')} beyond chance, about {len(lags) / 20:.0f} expected"
        )

    def data(self) -> PlotData:
        """Return the correlation at each lag, and the bound."""
        found = self._residuals
        if found is None:
            return PlotData((), ())
        lags = np.arange(1, len(found.autocorrelation) + 1, dtype=np.float64)
        return PlotData(
            ("lag", "autocorrelation", "bound"), (lags, found.autocorrelation, np.full(len(lags), found.bound))
        )
