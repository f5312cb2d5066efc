"""TablePlot: a column of a table as it would be read, and beside it as it was before."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QResizeEvent

from elman_core.data.csv.changes import in_file_order
from elman_core.data.table import AxisKind, Table
from elman_gui.theme import Theme
from elman_gui.views.axis import DateAxis, PlotAxis
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.legend import LegendEntry

__all__ = ["TablePlot", "thinned"]

Array = NDArray[np.float64]
_STRETCHES = 1_000
_MOST_MARKS = 400
_MARKED_LINE = 60
"""A line of no more points shows each of them: a single one between two gaps would not be seen."""


class TablePlot(PlotCard):
    """The values of one sequence of a column over time: rings where there is none, dots where a row was inserted."""

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, description)
        self._hide_buttons()
        self._before = pg.PlotCurveItem(connect="finite")
        self._now = pg.PlotDataItem(connect="finite")
        self._gaps = pg.ScatterPlotItem(symbol="o", size=9)
        self._inserted = pg.ScatterPlotItem(symbol="o", size=5)
        for item in (self._before, self._now, self._gaps, self._inserted):
            self.plot.addItem(item)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setMinimumHeight(120)
        self._is_dated = False
        self._words = ""
        self._data = PlotData((), ())
        self._counts = (0, 0)

    def _hide_buttons(self) -> None:
        """In a dialog a plot is not taken out, enlarged or detached."""
        for name in ("export-image", "export-data", "detach", "enlarge"):
            self.button(name).hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the explanation in its place."""
        super().resizeEvent(event)
        self._hide_buttons()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer nothing: there is nothing to be done with the plot."""
        event.ignore()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._now.setPen(pg.mkPen(theme.one_step, width=1.5))
        self._now.setSymbolBrush(pg.mkBrush(theme.one_step))
        self._now.setSymbolPen(None)
        self._before.setPen(pg.mkPen(theme.closed_loop, width=1, style=Qt.PenStyle.DashLine))
        self._gaps.setPen(pg.mkPen(theme.error, width=1.5))
        self._gaps.setBrush(None)
        self._inserted.setPen(None)
        self._inserted.setBrush(pg.mkBrush(theme.best))
        self._show_legend()

    def clear(self) -> None:
        """Show nothing."""
        self._words, self._counts, self._data = "", (0, 0), PlotData((), ())
        for item in (self._before, self._now, self._gaps, self._inserted):
            item.setData([], [])
        self._show_legend()

    def show_table(self, table: Table, column: str, sequence: int) -> None:
        """Show a column of one sequence as it would be read."""
        self.clear()
        self._use_axis(table)
        rows = table.panel.rows_of(sequence)
        x = table.axis.positions[rows]
        first, last = table.axis.text(float(x[0])), table.axis.text(float(x[-1]))
        self.set_axis_label("bottom", f"{table.axis.label}: {first} to {last}")
        y = np.asarray(table.values)[rows, table.columns.index(column)]
        self._data = PlotData((table.axis.label, column), (x, y))
        self._now.setSymbol("o" if len(x) <= _MARKED_LINE else None)
        self._now.setSymbolSize(4)
        drawn = thinned(x, y)
        self._now.setData(*drawn)
        is_inserted = np.zeros(len(x), np.bool_) if table.places is None else table.places[rows] < 0
        gaps = np.isnan(y)
        self._mark(self._gaps, x, y, gaps & ~is_inserted)
        self._mark(self._inserted, x, y, is_inserted)
        self._counts = (int((gaps & ~is_inserted).sum()), int(is_inserted.sum()))
        self._fit(*drawn)
        self._show_legend()

    def show_file_order(self, table: Table, column: str, sequence: int) -> None:
        """Show beside it the values as they follow each other in the file."""
        if table.places is None:
            return
        rows = table.panel.rows_of(sequence)
        places = table.places[rows]
        read = places >= 0
        if (np.diff(places[read]) > 0).all():
            return
        order = np.argsort(places[read], kind="stable")
        y = np.asarray(table.values)[rows, table.columns.index(column)][read][order]
        self._words = "as it stands in the file"
        self._before.setData(*thinned(table.axis.positions[rows][read], y), connect="finite")
        self._show_legend()

    def show_before(self, before: Table, table: Table, column: str, sequence: int) -> None:
        """Show beside it what another reading gave: over its own times, or the places of rows where these differ."""
        if column not in before.columns:
            return
        rows = table.panel.rows_of(sequence)
        x = table.axis.positions[rows]
        if before.axis.kind is table.axis.kind:
            own = before.panel.rows_of(sequence) if len(before.panel) == len(table.panel) else slice(None)
            times = before.axis.positions[own]
            y = np.asarray(before.values)[own, before.columns.index(column)]
            if len(before.panel) != len(table.panel):
                times, y = _broken(times, y)
        else:
            y = in_file_order(before, column)
            times = np.linspace(x[0], x[-1], len(y)) if len(y) > 1 else x[:1]
        if len(times) == len(x) and np.array_equal(times, x):
            mine = np.asarray(table.values)[rows, table.columns.index(column)]
            if np.array_equal(y, mine, equal_nan=True):
                return
        self._words = "as detected"
        self._before.setData(*thinned(times, y), connect="finite")
        self._fit(np.concatenate([x, times]), np.concatenate([self._data.columns[1], y]))
        self._show_legend()

    @property
    def counts(self) -> tuple[int, int]:
        """How many gaps there are, and rows that were inserted."""
        return self._counts

    @property
    def has_before(self) -> bool:
        """Whether another curve is shown beside that of the reading."""
        return bool(self._words)

    def data(self) -> PlotData:
        """Return times and values."""
        return self._data

    def _use_axis(self, table: Table) -> None:
        dated = table.axis.kind is AxisKind.DATE
        if dated is not self._is_dated:
            self._is_dated = dated
            axis = DateAxis("bottom", utcOffset=0) if dated else PlotAxis("bottom")
            self.plot.setAxisItems({"bottom": axis})
            self.prepare_axes()
            self.set_theme(self.theme)

    def _mark(self, item: pg.ScatterPlotItem, x: Array, y: Array, which: NDArray[np.bool_]) -> None:
        """Mark some rows, evenly fewer where there are more than can be told apart."""
        rows = np.flatnonzero(which)
        if len(rows) > _MOST_MARKS:
            rows = rows[np.linspace(0, len(rows) - 1, _MOST_MARKS).astype(int)]
        item.setData(x[rows], _bridged(y, rows) if len(rows) else y[rows])

    def _fit(self, x: Array, y: Array) -> None:
        x, y = x[np.isfinite(x)], y[np.isfinite(y)]
        low, high = (float(y.min()), float(y.max())) if len(y) else (0.0, 1.0)
        margin = 0.06 * (high - low) or 0.5
        left, right = (float(x.min()), float(x.max())) if len(x) else (0.0, 1.0)
        self.plot.setRange(xRange=(left, right if right > left else left + 1), yRange=(low - margin, high + margin),
                           padding=0.02)  # fmt: skip

    def _show_legend(self) -> None:
        theme, (gaps, inserted) = self.theme, self._counts
        entries = [LegendEntry(self._words, theme.closed_loop, "dashes")] if self._words else []
        entries += [LegendEntry("as read", theme.one_step, "line")] if self._words else []
        entries += [LegendEntry(f"{gaps:,} without a value", theme.error, "ring")] if gaps else []
        entries += [LegendEntry(f"{inserted:,} inserted", theme.best, "dot")] if inserted else []
        self.legend.show_entries(entries)


def thinned(x: Array, y: Array) -> tuple[Array, Array]:
    """Return a long curve by the lowest and highest value of each of a thousand stretches; a short one as it is."""
    if len(y) <= 4 * _STRETCHES:
        return x, y
    width = -(-len(y) // _STRETCHES)
    starts = np.arange(0, len(y), width)
    low, high = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    places = np.repeat(x[starts], 2)
    return places, np.column_stack([low, high]).ravel()


def _bridged(y: Array, rows: NDArray[np.int64]) -> Array:
    """Return values for rows in gaps, on straight lines over these: there a person looks for a mark."""
    there = np.flatnonzero(np.isfinite(y))
    return np.interp(rows, there, y[there]) if len(there) else np.zeros(len(rows))


def _broken(x: Array, y: Array) -> tuple[Array, Array]:
    """Return a curve that is not drawn where time goes back."""
    back = np.flatnonzero(np.diff(x) < 0) + 1
    return np.insert(x, back, x[back]), np.insert(y, back, np.nan)
