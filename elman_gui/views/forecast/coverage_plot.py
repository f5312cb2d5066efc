"""CoveragePlot: how many values lie within the intervals, beside how many should."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot

from elman_core.forecasting.backtest.results import Backtest
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.legend import LegendEntry

__all__ = ["CoveragePlot"]

_LOWEST = 0.5


class CoveragePlot(PlotCard):
    """A curve of what was measured for each level, and a dashed line where it should be."""

    def __init__(self) -> None:
        super().__init__(
            "Coverage",
            "The share of values that lay within the forecast's intervals, by the number of steps ahead, and as dashed "
            "lines the share that should: 80 and 90 %. Below its line a band was too narrow, above it wider than it "
            "need be. Where there are few origins, the measured share varies much by chance.",
        )
        self._backtest: Backtest | None = None
        self._measured: list[pg.PlotDataItem] = []
        self._nominal: list[pg.InfiniteLine] = []
        self.plot.setMouseEnabled(x=False, y=False)
        self.set_axis_label("bottom", "steps ahead", is_count=True)
        self.set_axis_label("left", "within")
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.header.insertWidget(1, self.words)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        levels = () if self._backtest is None else self._backtest.levels
        entries = []
        for place, (curve, line, level) in enumerate(zip(self._measured, self._nominal, levels, strict=True)):
            color, marker = self._color(place), "ost"[place % 3]
            curve.setPen(pg.mkPen(color, width=2))
            curve.setSymbol(marker)
            curve.setSymbolSize(6)
            curve.setSymbolBrush(color)
            curve.setSymbolPen(None)
            line.setPen(pg.mkPen(color, width=1.5, style=Qt.PenStyle.DashLine))
            entries.append(LegendEntry(f"{level:g} % measured", color, "line"))
            entries.append(LegendEntry(f"{level:g} % nominal", color, "dashes"))
        self.legend.show_entries(entries)

    def _color(self, place: int) -> str:
        return (self.theme.one_step, self.theme.closed_loop, self.theme.best)[place % 3]

    @Slot(object)
    def show_backtest(self, found: Backtest | None) -> None:
        """Show how many values lay within the model's intervals."""
        self._backtest = found
        for item in (*self._measured, *self._nominal):
            self.plot.removeItem(item)
        self._measured, self._nominal = [], []
        self.words.clear()
        if found is not None:
            lowest, steps = _LOWEST, len(found.model.horizons)
            for level in found.levels:
                shares = self._shares(found, level)
                curve, line = pg.PlotDataItem(), pg.InfiniteLine(level / 100, angle=0, movable=False)
                curve.setData(np.arange(1, steps + 1), shares)
                self.plot.addItem(curve)
                self.plot.addItem(line, ignoreBounds=True)
                self._measured.append(curve)
                self._nominal.append(line)
                lowest = min(lowest, float(np.nanmin(shares, initial=1.0)))
            self.plot.setXRange(0.5, steps + 0.5, padding=0)
            self.plot.setYRange(max(lowest - 0.05, -0.02), 1.02, padding=0)
            overall = found.model.overall.coverage
            told = [f"{100 * overall[level]:.0f} % for {level:g} %" for level in found.levels if level in overall]
            self.words.setText(f"all steps: {', '.join(told)}" if told else "There are no intervals.")
        self.set_theme(self.theme)

    @staticmethod
    def _shares(found: Backtest, level: float) -> np.ndarray:
        return np.array([figures.coverage.get(level, np.nan) for figures in found.model.horizons], np.float64)

    def data(self) -> PlotData:
        """Return measured and nominal shares, a row for each number of steps ahead."""
        found = self._backtest
        if found is None:
            return PlotData((), ())
        steps = np.arange(1, len(found.model.horizons) + 1, dtype=np.float64)
        names, columns = [], []
        for level in found.levels:
            names += [f"measured_{level:g}", f"nominal_{level:g}"]
            columns += [self._shares(found, level), np.full(len(steps), level / 100)]
        return PlotData(("steps_ahead", *names), (steps, *columns))
