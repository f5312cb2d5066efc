"""FitPlot: the series, and what the network makes of it."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.training.events import Response, Snapshot
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.choice import Choice
from elman_gui.views.legend import LegendEntry
from elman_gui.views.time.part_bands import Band, PartBands
from elman_gui.views.time.place_row import PlaceRow
from elman_gui.views.time.time_plot import TimePlotCard

if TYPE_CHECKING:
    from elman_core.forecasting.whole import WholeForecast  # imports torch

__all__ = ["FitPlot"]

_LONG_READOUT = "2020-02-28 22:15  target 0.1234  one step 0.1234  free run 0.1234"
_DOTS_UP_TO = 500
_LEAST_FILLED = 0.45
"""Share of the height that what is in view fills at least."""
_SMOOTH_UP_TO = 5_000
"""Antialiased lines of width 2 take half a second a paint when there are many noisy points."""


class FitPlot(TimePlotCard):
    """Target, one-step prediction and free run over time, with the parts of the data shaded.

    Signals
    -------
    column_changed(int)
        Another column of the series is shown.
    """

    column_changed = Signal(int)
    marks_parts = True

    closed_loop_name = "free run"
    room_beyond = 0.0
    """How far predictions may go beyond the series, as a share of its height, before they are cut off."""

    def __init__(self) -> None:
        super().__init__(
            "Fit",
            "The series (target), the network's prediction of each row from the rows before it (one step ahead), and "
            "its run on its own predictions (free run). Drag to move, turn the wheel to zoom in time, double-click for "
            "all.",
        )
        self._response: Response | None = None
        self._whole: WholeForecast | None = None
        self._column = 0
        self._shown_values: NDArray[np.float64] | None = None
        self._all_heights: tuple[float, float] | None = None
        self._bands = PartBands()
        self.plot.addItem(self._bands, ignoreBounds=True)
        self._target = pg.PlotDataItem()
        self._one_step = pg.PlotDataItem()
        self._free_run = pg.PlotDataItem()
        self._ruler, self._part = pg.PlotDataItem(), pg.PlotDataItem()
        for curve in (self._target, self._ruler, self._part, self._one_step, self._free_run):
            self.add_curve(curve)
        self._one_step.curve.setSegmentedLineMode("on")  # Qt draws short wide lines in half the time of one long one
        self.place = PlaceRow(self)
        self.room_for_readout = self.fontMetrics().horizontalAdvance(_LONG_READOUT)
        self.place.sequences.chosen.connect(self.go_to_sequence)
        self.readout = self.place.readout
        self.columns = Choice()
        self.columns.setToolTip("Which column of the series is shown")
        self.columns.setAccessibleName("Column shown")
        self.columns.currentIndexChanged.connect(self._show_column)
        self.header.insertWidget(1, self.columns)
        self.plot.setMouseEnabled(x=True, y=False)
        self.plot.getPlotItem().getViewBox().sigXRangeChanged.connect(self._follow_heights)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self.place.set_theme(theme)
        few = self.dataset is not None and self.dataset.rows <= _SMOOTH_UP_TO
        self._target.setPen(pg.mkPen(theme.muted if few else theme.ink, width=1))
        self._target.setSymbolBrush(theme.ink)
        self._target.setSymbolPen(None)
        self._one_step.setPen(pg.mkPen(theme.one_step, width=2 if few else 1))
        self._free_run.setPen(pg.mkPen(theme.closed_loop, width=2 if few else 1, style=Qt.PenStyle.DashLine))
        self._part.setPen(pg.mkPen(theme.best, width=1))
        self._ruler.setPen(pg.mkPen(theme.muted, width=1, style=Qt.PenStyle.DotLine))
        for curve in (self._one_step, self._free_run):
            curve.opts["antialias"] = few
        self._draw_bands()
        entries = [
            LegendEntry("target", theme.ink, "dot" if self._with_dots else "line"),
            LegendEntry(_one_step_words(self._whole), theme.one_step, "line"),
            LegendEntry(self.closed_loop_name, theme.closed_loop, "dashes"),
        ]
        if self._whole is not None:
            entries.append(LegendEntry("this part", theme.best, "line"))
            if self._whole.ruler is not None:
                entries.append(LegendEntry("its least squares", theme.muted, "dots"))
        if self.has_sequences:  # too many parts to be named in the picture
            entries += [
                LegendEntry(part.value, color, "square") for part, color in self._parts() if self._has_part(part)
            ]
        self.legend.show_entries(entries)

    def _parts(self) -> tuple[tuple[Part, str], ...]:
        return ((Part.VALIDATION, self.theme.validation_band), (Part.TEST, self.theme.test_band))

    def _has_part(self, part: Part) -> bool:
        assert self.dataset is not None
        parts = self.dataset.parts
        ends = parts.validation_stops if part is Part.VALIDATION else parts.stops
        begins = parts.train_stops if part is Part.VALIDATION else parts.validation_stops
        return bool((ends > begins).any())

    @property
    def _with_dots(self) -> bool:
        return self.dataset is not None and self.dataset.rows <= _DOTS_UP_TO

    def show_dataset(self, dataset: SequenceDataset, beyond: int) -> None:
        """Show another series, not yet predicted."""
        same_columns = self.dataset is not None and self.dataset.columns == dataset.columns
        same_series = same_columns and self.dataset is not None and _are_equal(self.dataset, dataset)
        self._response = self._shown_values = self._all_heights = None
        self.set_time_axis(dataset, beyond, label=True)
        self.place.show_panel(dataset.panel)
        self.columns.setVisible(len(dataset.columns) > 1)
        if not same_columns:
            self.columns.blockSignals(True)
            self.columns.clear()
            self.columns.addItems(dataset.columns)
            self.columns.blockSignals(False)
            self._column = 0
        if not same_series:  # else it is another part that sees it
            self._whole = None
        for curve in self._predictions:
            curve.clear()
        self.readout.clear()
        self.set_theme(self.theme)
        self.show_all()
        if dataset.kind is DataKind.SYMBOLS:
            self.show_first_symbols()
        if self.isVisible():
            self._draw_target()
            self._draw_predictions()

    def show_all(self) -> None:
        """Show the whole series, and a little room above and below it."""
        if self.dataset is not None:
            self._show_whole_time()
            self._show_heights()

    def show_rows(self, start: int, stop: int) -> None:
        """Bring these rows into view, as high as they are."""
        super().show_rows(start, stop)
        self._show_heights()

    def show_end(self, rows: int) -> None:
        """Bring so many last rows and what is predicted beyond them into view, as high as all of these are."""
        assert self.dataset is not None
        known, stop = self.dataset.rows, len(self._positions)
        start = max(int(self.dataset.panel.starts[-1]), known - rows)
        values = [self._values()[start:]]
        if self._response is not None:
            response = self._response
            for first, found in (
                (response.first_row, response.one_step), (response.closed_loop_row, response.closed_loop),
            ):  # fmt: skip
                values.append(found[max(start - first, 0) : max(stop - first, 0), self._column])
        shown = np.concatenate(values)
        super().show_rows(start, stop)
        self.plot.setYRange(*_with_room(*(_extremes(shown[np.abs(shown) < 1e30]) or (0.0, 0.0))), padding=0)

    def clear_response(self) -> None:
        """Show no predictions."""
        self._response = self._whole = None
        for curve in self._predictions:
            curve.clear()
        self._read_out()

    @Slot()
    def _follow_heights(self) -> None:
        """Show what has come into view as high as it is; while it fits, the axis rests."""
        seen = self._heights_in_view()
        if seen is not None:
            bottom, top = self.plot.getPlotItem().getViewBox().viewRange()[1]
            if not (bottom < seen[0] and seen[1] < top and seen[1] - seen[0] > _LEAST_FILLED * (top - bottom)):
                self._show_heights()

    def _show_heights(self) -> None:
        """Show what is in view as high as it is, with some room, but never more than the whole series needs."""
        seen = self._heights_in_view()
        if seen is not None:
            low, high = _with_room(*seen)
            least, most = self._limits
            self.plot.setYRange(max(low, least), min(high, most), padding=0)

    @property
    def _limits(self) -> tuple[float, float]:
        least, most = _with_room(*self._heights_of_all())
        beyond = self.room_beyond * (most - least)
        return least - beyond, most + beyond

    def _heights_of_all(self) -> tuple[float, float]:
        if self._all_heights is None:
            self._all_heights = _extremes(self._values()) or (0.0, 1.0)
        return self._all_heights

    def _heights_in_view(self) -> tuple[float, float] | None:
        """Return the lowest and highest value of target and predictions in view; those far off are cut off."""
        if self.dataset is None:
            return None
        low, high = self.plot.getPlotItem().getViewBox().viewRange()[0]
        if self.has_sequences:
            start, stop = max(0, ceil(low)), max(0, floor(high) + 1)
        else:
            start = int(np.searchsorted(self._positions, low))
            stop = int(np.searchsorted(self._positions, high, side="right"))
        if start == 0 and stop >= self.dataset.rows:
            return self._heights_of_all()
        curves = [(0, self._values())]
        if self._response is not None:
            curves.append((self._response.first_row, self._response.one_step[:, self._column]))
            curves.append((self._response.closed_loop_row, self._response.closed_loop[:, self._column]))
        seen = [_extremes(values[max(start - first, 0) : max(stop - first, 0)]) for first, values in curves]
        least, most = self._limits
        ends = [min(max(end, least), most) for pair in seen if pair is not None for end in pair]
        return (min(ends), max(ends)) if ends else None

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the predictions of the network as it is now."""
        self.show_response(snapshot.response)

    def show_response(self, response: Response) -> None:
        """Show these predictions."""
        self._response = response
        self.cover(response)
        if self.isVisible():
            self._draw_predictions()

    @property
    def _predictions(self) -> tuple[pg.PlotDataItem, ...]:
        return self._one_step, self._free_run, self._part, self._ruler

    @Slot(object)
    def show_whole(self, whole: WholeForecast | None) -> None:
        """Show what all parts of a forecaster predict together; what one part does stands beside it, thinner."""
        if whole is None and self._whole is None:
            return
        self._whole = whole
        self._part.clear()
        self._ruler.clear()
        self.set_theme(self.theme)
        if self.isVisible():
            self._draw_predictions()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not drawn while nobody saw it."""
        super().showEvent(event)
        if self.dataset is not None:
            self._draw_target()
        self._draw_predictions()

    def _draw_predictions(self) -> None:
        column, response, whole = self._column, self._response, self._whole
        shown = response if whole is None else whole
        if shown is None:
            return
        one_step, free = shown.one_step[:, column], shown.closed_loop[:, column]
        self.set_curve(self._one_step, shown.first_row, one_step)
        if whole is not None and response is not None:
            self.set_curve(self._part, response.first_row, response.one_step[:, column])
        if whole is not None and whole.ruler is not None:
            self.set_curve(self._ruler, whole.first_row, whole.ruler[:, column])
        # The free run is joined to the last true row, which it started from.
        start = shown.closed_loop_row - 1
        self.set_curve(self._free_run, start, np.concatenate([self._values()[start : start + 1], free]))
        self._follow_heights()
        self._read_out()

    @Slot(int)
    def show_cursor(self, row: int) -> None:
        """Put the cursor on a row, and write what stands there."""
        super().show_cursor(row)
        self.place.sequences.show_row(self.cursor_row)
        self._read_out()

    def data(self) -> PlotData:
        """Return time, target and predictions, a row each; NaN where there is none."""
        assert self.dataset is not None
        rows = len(self._positions)
        target, one_step, free = (np.full(rows, np.nan) for _ in range(3))
        target[: self.dataset.rows] = self._values()
        if self._response is not None:
            first, free_row = self._response.first_row, self._response.closed_loop_row
            one_step[first : first + len(self._response.one_step)] = self._response.one_step[:, self._column]
            known = self._response.closed_loop[: max(rows - free_row, 0), self._column]
            free[free_row : free_row + len(known)] = known
        names = (self.dataset.columns[self._column], "one_step", "free_run")
        return self.table(np.arange(rows), self._positions, self.dataset.axis.label, names, (target, one_step, free))

    def _values(self) -> NDArray[np.float64]:
        assert self.dataset is not None
        if self._shown_values is None:
            self._shown_values = self.dataset.values[:, self._column]
        return self._shown_values

    def _draw_target(self) -> None:
        assert self.dataset is not None
        self.set_curve(self._target, 0, self._values(), symbol="o" if self._with_dots else None, symbolSize=5)
        self.set_axis_label("left", self.dataset.columns[self._column])

    @Slot(int)
    def _show_column(self, column: int) -> None:
        if column < 0 or self.dataset is None:
            return
        self._column, self._shown_values, self._all_heights = column, None, None
        self._draw_target()
        self.show_all()
        if self._response is not None:
            self.show_response(self._response)
        self.column_changed.emit(column)

    def _draw_bands(self) -> None:
        bands = []
        for part, color in self._parts() if self.dataset is not None and not self.has_sequences else ():
            rows = self.dataset.part_rows(part)
            if rows.start < rows.stop:
                bands.append(Band(part.value, self.position(rows.start - 1), self.position(rows.stop - 1), color))
        self._bands.show_bands(tuple(bands), self.theme.muted)

    def _read_out(self) -> None:
        if self.dataset is None or not self._cursor.isVisible():
            return
        row = self.cursor_row
        words = [self.text_of(row)]
        if row < self.dataset.rows:
            words.append(f"target {self._values()[row]:.4g}")
        response = self._response
        if response is not None:
            for name, first, values in (
                ("one step", response.first_row, response.one_step),
                (self.closed_loop_name, response.closed_loop_row, response.closed_loop),
            ):
                if 0 <= row - first < len(values) and np.isfinite(values[row - first, self._column]):
                    words.append(f"{name} {values[row - first, self._column]:.4g}")
        self.readout.setText("  ".join(words))


def _extremes(values: NDArray[np.floating]) -> tuple[float, float] | None:
    """Return the lowest and highest value that can be drawn; None where there is none."""
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else None


def _with_room(low: float, high: float) -> tuple[float, float]:
    room = 0.2 * ((high - low) or 1.0)
    return low - room, high + room


def _one_step_words(whole: WholeForecast | None) -> str:
    if whole is None:
        return "one step"
    return "one step, least squares" if whole.is_linear else "one step, all parts"


def _are_equal(one: SequenceDataset, other: SequenceDataset) -> bool:
    """Whether two datasets are of the same rows, whatever is made of them."""
    numbers = one.kind is DataKind.NUMBERS and other.kind is DataKind.NUMBERS
    return numbers and bool(np.array_equal(one.values[:], other.values[:]))
