"""OutlookPlot: the forecast that stands, and what it would be if some values were others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from elman_core.data.dataset import SequenceDataset
from elman_core.data.panel import Panel
from elman_core.support.text_format import counted
from elman_core.training.events import Response
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.choice import Choice
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.forecast.forecast_plot import ForecastPlot
from elman_gui.views.forecast.handles import Handles
from elman_gui.views.forecast.supposed import SupposedValues
from elman_gui.views.legend import LegendEntry
from elman_gui.views.time.time_plot import TimePlotCard

if TYPE_CHECKING:
    from elman_core.forecasting.intervals_beyond import IntervalsBeyond  # imports torch

__all__ = ["OutlookPlot"]

_MOST_HANDLES = 200
_STRIP, _STRIP_ROOM = 0.24, 0.4
"""Share of the height in which a column stands that has units of its own, and by which what is in view is lowered."""
_KEY_STEP, _LARGE_STEPS = 0.02, 5
_HOW = "Drag a point up or down, or press ↑ and ↓ at the cursor"

Array = NDArray[np.float64]


class OutlookPlot(ForecastPlot):
    """A forecast plot of one sequence at a time. With What If its points can be dragged, and the forecast answers.

    Signals
    -------
    changes_wanted(object)
        The person supposes other values: all `ChangedValue`s there are now; none when all is put back.
    sequence_chosen(int)
        The person wants to see another sequence.
    """

    changes_wanted = Signal(object)
    sequence_chosen = Signal(int)

    def __init__(self) -> None:
        self._supposed: SupposedValues | None = None
        self._answer: Array | None = None
        self._panel: Panel | None = None
        self._handles = Handles()
        self._if_forecast, self._strip, self._if_values = pg.PlotDataItem(), pg.PlotDataItem(), pg.PlotDataItem()
        super().__init__()
        for curve in (self._strip, self._if_values, self._if_forecast):
            self.add_curve(curve)
        self.plot.addItem(self._handles, ignoreBounds=True)
        self._handles.dragged.connect(self._on_dragged)
        self._handles.hide()
        self.what_if = QPushButton("What If")
        self.what_if.setObjectName("small")
        self.what_if.setCheckable(True)
        self.what_if.setAutoDefault(False)
        self.what_if.setToolTip("Suppose other values, and see the forecast answer. Nothing of it comes into the data")
        self.what_if.toggled.connect(self._on_toggled)
        self.add_control(self.what_if)
        self.changed_column = Choice()
        self.changed_column.setAccessibleName("Column whose values are supposed")
        self.changed_column.setToolTip("Which column's points can be dragged")
        self.changed_column.currentIndexChanged.connect(self._on_other_column)
        self.said = ElidedLabel()
        self.said.setObjectName("warning")
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.put_back = QPushButton("Put Back")
        self.put_back.setObjectName("small")
        self.put_back.setAutoDefault(False)
        self.put_back.setToolTip("Let all values be as they are again (Escape)")
        self.put_back.clicked.connect(self.put_all_back)
        self._line = QWidget()
        line = QHBoxLayout(self._line)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.changed_column)
        line.addWidget(self.said, 1)
        line.addWidget(self.put_back)
        self.body.insertWidget(2, self._line)
        self._line.hide()
        self.place.sequences.chosen.disconnect(self.go_to_sequence)
        self.place.sequences.chosen.connect(self.sequence_chosen)
        self.plot.getPlotItem().getViewBox().sigRangeChanged.connect(self._on_other_view)

    # -- showing --------------------------------------------------------------------------------

    def show_forecast(
        self,
        dataset: SequenceDataset,
        response: Response,
        intervals: IntervalsBeyond | None = None,
        sequence: int = 0,
        panel: Panel | None = None,
    ) -> None:
        """Show the forecast of one sequence, of those in the panel; what was supposed of another one is left."""
        steps = len(response.closed_loop)
        same = self.dataset is dataset and self._response is not None and len(self._response.closed_loop) == steps
        if not same:
            self._supposed, self._answer = SupposedValues(dataset, steps), None
            self._offer_columns(dataset)
        self._panel = panel
        super().show_forecast(dataset, response, intervals, sequence)
        if panel is not None:
            self.place.show_panel(panel)
            self.place.sequences.show_row(int(panel.starts[sequence]))
        self._draw_supposed()

    def _offer_columns(self, dataset: SequenceDataset) -> None:
        assert self._supposed is not None
        self.changed_column.blockSignals(True)
        before = self.changed_column.currentText()
        self.changed_column.clear()
        self.changed_column.addItems(self._supposed.columns)
        self.changed_column.setCurrentIndex(max(self.changed_column.findText(before), 0))
        self.changed_column.blockSignals(False)
        self.changed_column.setVisible(self.changed_column.count() > 1)

    @property
    def is_supposing(self) -> bool:
        """Whether any value is supposed to be another."""
        return self._supposed is not None and bool(self._supposed.changes)

    def show_what_if(self, forecast: Array | None) -> None:
        """Show what would be forecast, (H, C), if the values were as supposed; None where nothing is supposed."""
        self._answer = forecast
        if forecast is None and self._supposed is not None:
            self._supposed.clear()
        self._draw_supposed()

    @Slot(int)
    def show_cursor(self, row: int) -> None:
        """Put the cursor on a row, and write what stands there."""
        TimePlotCard.show_cursor(self, row)  # its chooser has the sequence that is shown
        self._read_out()
        self._mark()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._if_forecast.setPen(pg.mkPen(theme.best, width=2.5, style=Qt.PenStyle.DashLine))
        self._if_values.setPen(pg.mkPen(theme.best, width=1))
        self._strip.setPen(pg.mkPen(theme.muted, width=1))
        entries = [entry for entry in self.legend.entries if entry.text != "what if"]
        if self._answer is not None:
            entries.append(LegendEntry("what if", theme.best, "dashes"))
        self.legend.show_entries(entries)
        self._mark()

    # -- supposing ------------------------------------------------------------------------------

    @property
    def _if_column(self) -> str:
        return self.changed_column.currentText()

    @property
    def _has_own_units(self) -> bool:
        """Whether the column that is changed is another than the one whose axis is shown."""
        return self.dataset is not None and self._if_column != self.dataset.columns[self._column]

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self._line.setVisible(on)
        if not on:
            self.put_all_back()
        self._show_heights()
        self._draw_supposed()
        if on:
            self.plot.setFocus()
            if self.dataset is not None and self.cursor_row < self._first_handle:
                self.cursor_moved.emit(self.dataset.rows - 1)

    @Slot()
    def put_all_back(self) -> None:
        """Let all values be as they are."""
        if self._supposed is not None and self._supposed.changes:
            self._supposed.clear()
            self._answer = None
            self._draw_supposed()
            self.changes_wanted.emit(())

    @Slot(int)
    def _on_other_column(self) -> None:
        self._show_heights()
        self._draw_supposed()

    def _show_column(self, column: int) -> None:
        """Show another target, and let its points be dragged."""
        super()._show_column(column)
        if self.dataset is not None and 0 <= column < len(self.dataset.columns):
            self.changed_column.setCurrentText(self.dataset.columns[column])
        self._draw_supposed()

    def suppose(self, row: int, value: float) -> None:
        """Suppose another value of the column that is chosen."""
        if self._supposed is not None and self._supposed.suppose(self._if_column, row, value):
            self._draw_supposed()
            self.changes_wanted.emit(self._supposed.changes)

    @Slot(int, float)
    def _on_dragged(self, row: int, height: float) -> None:
        self.cursor_moved.emit(row)
        self.suppose(row, self._value_at(height))

    def _press_key(self, event: QKeyEvent) -> None:
        """In What If, up and down change the value at the cursor, Delete puts it back, and Escape all."""
        supposed, row = self._supposed, self.cursor_row
        if supposed is None or not self.what_if.isChecked():
            super()._press_key(event)
            return
        key, column = event.key(), self._if_column
        if key == Qt.Key.Key_Escape and supposed.changes:
            self.put_all_back()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            supposed.forget(column, row)
            self.changes_wanted.emit(supposed.changes)
            self._draw_supposed()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            if row < supposed.rows(column):
                values = supposed.values(column)
                many = _LARGE_STEPS if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
                step = _KEY_STEP * many * (self._extent(values) or 1.0)
                self.suppose(row, float(values[row]) + (step if key == Qt.Key.Key_Up else -step))
            else:
                self._say("What is forecast cannot be changed; go to a row of the data with ←")
        else:
            super()._press_key(event)

    # -- drawing --------------------------------------------------------------------------------

    @staticmethod
    def _extent(values: Array) -> float:
        return float(np.nanmax(values) - np.nanmin(values))

    def _strip_edges(self) -> tuple[float, float, float, float]:
        """Return bottom and top of the strip on the axis, and the values of the column that stand there."""
        assert self._supposed is not None
        bottom, top = self.plot.getPlotItem().getViewBox().viewRange()[1]
        values = self._supposed.values(self._if_column)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        room = 0.25 * ((high - low) or abs(high) or 1.0)
        return bottom, bottom + _STRIP * (top - bottom), low - room, high + room

    def _heights_of(self, values: Array) -> Array:
        """Return where values of the changed column stand on the axis."""
        if not self._has_own_units:
            return values
        bottom, top, low, high = self._strip_edges()
        return bottom + (values - low) / (high - low) * (top - bottom)

    def _value_at(self, height: float) -> float:
        """Return the value of the changed column that stands at a height on the axis."""
        if not self._has_own_units:
            return height
        bottom, top, low, high = self._strip_edges()
        return low + (height - bottom) / (top - bottom) * (high - low)

    def _show_heights(self) -> None:
        """Leave room below for a column with units of its own."""
        super()._show_heights()
        if self.what_if.isChecked() and self._has_own_units:
            bottom, top = self.plot.getPlotItem().getViewBox().viewRange()[1]
            self.plot.setYRange(bottom - _STRIP_ROOM * (top - bottom), top, padding=0)

    @property
    def _first_handle(self) -> int:
        """The first row in view whose point can be dragged."""
        left = self.plot.getPlotItem().getViewBox().viewRange()[0][0]
        return int(np.searchsorted(self._positions, left))

    @Slot()
    def _on_other_view(self) -> None:
        if self.what_if.isChecked():
            self._draw_supposed()

    def _draw_supposed(self) -> None:
        """Draw the points that can be dragged, what is supposed, and what would be forecast."""
        supposed, on = self._supposed, self.what_if.isChecked()
        self._handles.setVisible(on)
        if supposed is None or self.dataset is None or not on:
            for curve in (self._strip, self._if_values, self._if_forecast):
                curve.clear()
            self.set_theme(self.theme)
            return
        column = self._if_column
        values = supposed.values(column)
        heights = self._heights_of(values)
        left, right = self.plot.getPlotItem().getViewBox().viewRange()[0]
        positions = self.positions(0, len(values))
        rows = np.flatnonzero((positions >= left) & (positions <= right))
        rows = rows[-_MOST_HANDLES:]
        self._handles.show_points(rows, positions[rows], heights[rows])
        if self._has_own_units:
            self.set_curve(self._strip, 0, heights)
        else:
            self._strip.clear()
        own = self.dataset.columns[self._column]
        self._draw_supposed_values(own, supposed)
        if self._answer is None:
            self._if_forecast.clear()
        else:
            start = supposed.values(own)[self.dataset.rows - 1 : self.dataset.rows]
            self.set_curve(
                self._if_forecast, self.dataset.rows - 1, np.concatenate([start, self._answer[:, self._column]])
            )
        count = len(supposed.changes)
        self.put_back.setEnabled(count > 0)
        is_are = "is" if count == 1 else "are"
        self._read_out()
        self._say(f"What if: {counted(count, 'value')} {is_are} supposed; the data stay as they are" if count else _HOW)
        self.set_theme(self.theme)

    def _draw_supposed_values(self, column: str, supposed: SupposedValues) -> None:
        """Draw the target's own curve as it is supposed to be, from the first changed value to the last."""
        changed = supposed.changed_rows(column)
        if changed:
            start, stop = max(min(changed) - 1, 0), max(changed) + 2
            self.set_curve(self._if_values, start, supposed.values(column)[start:stop])
        else:
            self._if_values.clear()

    def _say(self, words: str) -> None:
        self.said.setText(words)

    def _mark(self) -> None:
        if self._supposed is not None and self.what_if.isChecked():
            theme = self.theme
            changed = self._supposed.changed_rows(self._if_column)
            self._handles.mark(self.cursor_row, changed, theme.muted, theme.best, theme.card)

    def _read_out(self) -> None:
        super()._read_out()
        supposed = self._supposed
        if supposed is None or not self.what_if.isChecked() or not self._cursor.isVisible():
            return
        row, column, words = self.cursor_row, self._if_column, self.readout.text()
        if row < supposed.rows(column) and (self._has_own_units or row in supposed.changed_rows(column)):
            words += f"  {column} {supposed.values(column)[row]:.4g}"
        if self._answer is not None and self.dataset is not None and 0 <= row - self.dataset.rows < len(self._answer):
            words += f"  what if {self._answer[row - self.dataset.rows, self._column]:.4g}"
        self.readout.setText(words)

    def data(self) -> PlotData:
        """Return what is shown; what is supposed and what would follow from it have columns of their own."""
        found, supposed = super().data(), self._supposed
        if supposed is None or self.dataset is None or not supposed.changes:
            return found
        rows = len(self._positions)
        names: list[str] = []
        columns: list[Array] = []
        for column in dict.fromkeys(change.column for change in supposed.changes):
            names.append(f"{column} (supposed)")
            columns.append(_padded(supposed.values(column), 0, rows))
        if self._answer is not None:
            names.append(f"{self.dataset.columns[self._column]} (what if)")
            columns.append(_padded(self._answer[:, self._column], self.dataset.rows, rows))
        return PlotData((*found.names, *names), (*found.columns, *columns))


def _padded(values: NDArray[np.float64], first: int, rows: int) -> Array:
    """Return values from a row on, and NaN where there is none."""
    found = np.full(rows, np.nan)
    found[first : first + len(values)] = values[: max(rows - first, 0)]
    return found
