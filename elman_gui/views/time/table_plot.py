"""TablePlot: a column of a table as it would be read, and beside it as it was before."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot

from elman_core.data.csv.changes import in_file_order
from elman_core.data.table import AxisKind, Table, TimeAxis
from elman_core.support.jobs import Job
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
_AT_ONCE = 20_000
_NOWHERE = np.empty(0), np.empty(0)


class TablePlot(PlotCard):
    """The values of one sequence of a column over time: rings where there is none, dots where a row was inserted.

    The wheel zooms time and the mouse drags it; the height follows what is in view.
    """

    in_workspace = False

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, description)
        self._before = pg.PlotCurveItem(connect="finite")
        self._now = pg.PlotDataItem(connect="finite")
        self._gaps = pg.ScatterPlotItem(symbol="o", size=9)
        self._inserted = pg.ScatterPlotItem(symbol="o", size=5)
        for item in (self._before, self._now, self._gaps, self._inserted):
            self.plot.addItem(item)
        self.plot.setMouseEnabled(x=True, y=False)
        self.plot.setMinimumHeight(120)
        self.plot.getPlotItem().getViewBox().sigXRangeChanged.connect(self._draw)
        self._axis: TimeAxis | None = None
        self._is_dated = False
        self._column = ""
        self.clear()

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
        self._forget()
        self._draw()
        self._show_legend()

    def _forget(self) -> None:
        self._words, self._counts = "", (0, 0)
        self._curve = self._other = _NOWHERE
        self._are_gaps = self._are_inserted = np.zeros(0, np.bool_)

    def show_table(self, table: Table, column: str, sequence: int) -> None:
        """Show a column of one sequence as it would be read."""
        self._forget()
        self._use_axis(table)
        rows = table.panel.rows_of(sequence)
        x = table.axis.positions[rows]
        first, last = table.axis.text(float(x[0])), table.axis.text(float(x[-1]))
        self.set_axis_label("bottom", f"{table.axis.label}: {first} to {last}")
        y = np.asarray(table.values)[rows, table.columns.index(column)]
        self._axis, self._column, self._curve = table.axis, column, (x, y)
        inserted = np.zeros(len(x), np.bool_) if table.places is None else table.places[rows] < 0
        self._are_gaps, self._are_inserted = np.isnan(y) & ~inserted, inserted
        self._counts = (int(self._are_gaps.sum()), int(inserted.sum()))
        self.show_all()
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
        self._other = table.axis.positions[rows][read], y
        self.show_all()
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
        self._other = times, y
        self.show_all()
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
        """Return times and values; beside another curve, of which of both each row is."""
        (x, y), (times, values) = self._curve, self._other
        if self._axis is None or not len(x):
            return PlotData((), ())
        if not self._words:
            return PlotData((self._axis.label, self._column), (x, y))
        known = np.isfinite(values)  # the others are where a curve is broken, or has no value
        reading = np.repeat(np.array(["as read", self._words], object), (len(x), int(known.sum())))
        return PlotData(
            (self._axis.label, self._column, "reading"),
            (np.concatenate([x, times[known]]), np.concatenate([y, values[known]]), reading),
        )

    def data_job(self) -> Job[PlotData]:
        """Return the job that brings the numbers into a form to be saved: dates as the file has them."""
        return _with_dates(self.data(), self._axis)

    def _use_axis(self, table: Table) -> None:
        dated = table.axis.kind is AxisKind.DATE
        if dated is not self._is_dated:
            self._is_dated = dated
            axis = DateAxis("bottom", utcOffset=0) if dated else PlotAxis("bottom")
            self.plot.setAxisItems({"bottom": axis})
            self.prepare_axes()
            self.set_theme(self.theme)

    def show_all(self) -> None:
        """Show everything again."""
        ends = [(np.fmin.reduce(x), np.fmax.reduce(x)) for x, _ in (self._curve, self._other) if len(x)]
        known = [end for end in np.ravel(ends) if np.isfinite(end)]
        left, right = (float(min(known)), float(max(known))) if known else (0.0, 1.0)
        box = self.plot.getPlotItem().getViewBox()
        box.sigXRangeChanged.disconnect(self._draw)  # once is enough
        self.plot.setXRange(left, right if right > left else left + 1, padding=0.02)
        box.sigXRangeChanged.connect(self._draw)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        """Draw what of both curves is in view, as finely as there is room for, and as high as it is."""
        low, high = self.plot.getPlotItem().getViewBox().viewRange()[0]
        (x, y), rows = self._curve, _seen(self._curve[0], low, high)
        other = _seen(self._other[0], low, high)
        now, before = thinned(x[rows], y[rows]), thinned(self._other[0][other], self._other[1][other])
        self._now.setSymbol("o" if rows.stop - rows.start <= _MARKED_LINE else None)
        self._now.setSymbolSize(4)
        self._now.setData(*now)
        self._before.setData(*before, connect="finite")
        self._mark(self._gaps, self._are_gaps, rows)
        self._mark(self._inserted, self._are_inserted, rows)
        values = np.concatenate([now[1], before[1]])  # thinned, they still have the lowest and the highest
        values = values[np.isfinite(values)]
        if len(values):
            lowest, highest = float(values.min()), float(values.max())
            margin = 0.08 * (highest - lowest) or 0.5
            self.plot.setYRange(lowest - margin, highest + margin, padding=0)

    def _mark(self, item: pg.ScatterPlotItem, which: NDArray[np.bool_], seen: slice) -> None:
        """Mark some rows in view, evenly fewer where there are more than can be told apart."""
        rows = seen.start + np.flatnonzero(which[seen])
        if len(rows) > _MOST_MARKS:
            rows = rows[np.linspace(0, len(rows) - 1, _MOST_MARKS).astype(int)]
        x, y = self._curve
        item.setData(x[rows], _bridged(y, rows) if len(rows) else y[rows])

    def _show_legend(self) -> None:
        theme, (gaps, inserted) = self.theme, self._counts
        entries = [LegendEntry(self._words, theme.closed_loop, "dashes")] if self._words else []
        entries += [LegendEntry("as read", theme.one_step, "line")] if self._words else []
        entries += [LegendEntry(f"{gaps:,} without a value", theme.error, "ring")] if gaps else []
        entries += [LegendEntry(f"{inserted:,} inserted", theme.best, "dot")] if inserted else []
        self.legend.show_entries(entries)


def _with_dates(data: PlotData, axis: TimeAxis | None) -> Job[PlotData]:
    if axis is None or axis.kind is not AxisKind.DATE or not data.columns:
        yield 1.0
        return data
    times, texts = data.columns[0].tolist(), np.empty(len(data.columns[0]), object)
    for start in range(0, len(times), _AT_ONCE):
        yield start / len(times)
        texts[start : start + _AT_ONCE] = [axis.text(time) for time in times[start : start + _AT_ONCE]]
    return PlotData(data.names, (texts, *data.columns[1:]))


def _seen(x: Array, low: float, high: float) -> slice:
    """Return the rows of a curve from the first to the last in view, and one at each side that a line leads to."""
    if len(x) and low <= np.fmin.reduce(x) and np.fmax.reduce(x) <= high:
        return slice(0, len(x))
    seen = np.flatnonzero((x >= low) & (x <= high))
    if not len(seen):
        after = int(np.searchsorted(x, low)) if len(x) and (np.diff(x) >= 0).all() else 0
        return slice(max(after - 1, 0), min(after + 1, len(x)))
    return slice(max(int(seen[0]) - 1, 0), min(int(seen[-1]) + 2, len(x)))


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
