"""RunsPlot: every run in the order in which it ended, and the best so far."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis
from elman_gui.views.study.study_card import PlotStudyCard

__all__ = ["RunsPlot"]

_MOST_DOTS = 3_000
"""Of more runs so many are drawn, evenly chosen; the line is of all of them."""
_LEAST_RUNS = 10.0


class RunsPlot(PlotStudyCard):
    """A dot for each run, a step of the line wherever one was better than all before."""

    def __init__(self) -> None:
        super().__init__(
            "Timeline",
            "The error of every run in the order in which they ended, and the smallest so far as a line. While the "
            "line still falls, more runs are worth their time. The best of many runs is a lucky draw: what a setting "
            "is worth is in its median, not here. Runs that diverged stand as triangles at the top.",
        )
        self.plot.setAxisItems({"left": LogAxis("left")})
        self.prepare_axes()
        self._dots, self._triangles = pg.ScatterPlotItem(), pg.ScatterPlotItem(symbol="t1")
        self._own, self._best = pg.ScatterPlotItem(symbol="o"), pg.PlotCurveItem(connect="finite")
        for item in (self._dots, self._triangles, self._own, self._best):
            self.plot.addItem(item)
        self.set_axis_label("bottom", "runs", is_count=True)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        for item, color, size in (
            (self._dots, theme.muted, 4), (self._triangles, theme.error, 7), (self._own, theme.closed_loop, 8),
        ):  # fmt: skip
            item.setPen(None)
            item.setBrush(pg.mkBrush(color))
            item.setSize(size)
        self._best.setPen(pg.mkPen(theme.one_step, width=2))
        self._show_legend()

    def _show_legend(self) -> None:
        theme, overview = self.theme, self.overview
        entries = [LegendEntry("run", theme.muted, "dot"), LegendEntry("best so far", theme.one_step, "line")]
        if np.isinf(overview.run_values).any():
            entries.append(LegendEntry("diverged", theme.error, "triangle"))
        if self.cell is not None:
            entries.append(LegendEntry("of the cell looked at", theme.closed_loop, "dot"))
        self.legend.show_entries(entries if len(overview.run_values) else [])

    def prepare(self) -> None:
        """Draw runs and line."""
        overview = self.overview
        runs = len(overview.run_values)
        shown = np.unique(np.linspace(0, max(runs - 1, 0), _MOST_DOTS).astype(int))[:runs]
        heights = self._heights(overview.run_values[shown])
        known = np.isfinite(heights)
        low, high = (float(heights[known].min()), float(heights[known].max())) if known.any() else (-1.0, 0.0)
        # The line is a step wherever it falls.
        best = overview.best_so_far
        falls = np.flatnonzero(best < np.concatenate([[np.inf], best[:-1]]))
        steps = self._heights(best[falls])
        low = min(low, float(np.min(steps, where=np.isfinite(steps), initial=low)))
        room = max(0.05, 0.08 * (high - low))
        diverged = np.isposinf(overview.run_values[shown])
        self._dots.setData(shown[known] + 1.0, heights[known])
        self._triangles.setData(shown[diverged] + 1.0, np.full(int(diverged.sum()), high + room))
        edges = np.append(falls, runs) + 1.0
        self._best.setData(np.repeat(edges, 2)[1:-1] if len(falls) else np.empty(0), np.repeat(steps, 2))
        if runs:
            self.plot.setRange(
                xRange=(0.0, max(_LEAST_RUNS, 1.02 * runs)), yRange=(low - room, high + 2 * room), padding=0
            )
        self.set_axis_label("left", overview.metric)
        self._show_legend()

    @staticmethod
    def _heights(values: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log10(values)

    def mark(self) -> None:
        """Mark the runs of the cell that is looked at."""
        overview = self.overview
        own = np.flatnonzero(overview.run_cells == (-1 if self.cell is None else self.cell))[:_MOST_DOTS]
        heights = self._heights(overview.run_values[own])
        known = np.isfinite(heights)
        self._own.setData(own[known] + 1.0, heights[known])
        self._show_legend()

    def data(self) -> PlotData:
        """Return cell, error and best so far of every run."""
        overview = self.overview
        if not len(overview.run_values):
            return PlotData((), ())
        runs = np.arange(1, len(overview.run_values) + 1)
        return PlotData(
            ("run", "cell", "error", "best_so_far"),
            (runs, overview.run_cells, overview.run_values, overview.best_so_far),
        )
