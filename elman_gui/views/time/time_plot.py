"""TimePlotCard: a plot over the series' time axis, with the time cursor."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.export.rows import belongings
from elman_core.training.events import Response
from elman_gui.theme import Theme
from elman_gui.views.axis import DateAxis, PlotAxis
from elman_gui.views.card import PlotCard, PlotData, draw_fast
from elman_gui.views.time.row_axis import RowAxis
from elman_gui.views.time.sequence_marks import SequenceMarks, broken_curve
from elman_gui.views.time.symbol_axis import SymbolAxis

__all__ = ["TimePlotCard", "time_axis_text"]


_LETTERS_SHOWN, _WORDS_SHOWN = 36, 12
_BARE_AXIS_HEIGHT = 24
"""Of a time axis without a name: pyqtgraph cuts the words' descenders off there."""


class TimePlotCard(PlotCard):
    """Shares its time axis and cursor with its like.

    Several sequences stand one after another: the axis counts rows, boundaries are drawn, and curves have gaps there.
    The cursor follows the mouse; with the plot focused, Left and Right move it by one row, Page Up
    and Page Down by a twentieth of the series, Home and End to its ends.

    Signals
    -------
    cursor_moved(int)
        The row that the person points at.
    """

    cursor_moved = Signal(int)

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, description)
        self.dataset: SequenceDataset | None = None
        self.cursor_row = 0
        self._positions: NDArray[np.float64] = np.zeros(1)
        self._covered: range | None = None
        self._trains, self._when = False, ""
        self._curves: dict[pg.PlotDataItem, tuple[int, NDArray[np.floating]] | None] = {}
        self.marks = SequenceMarks()
        self.plot.addItem(self.marks, ignoreBounds=True)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setZValue(50)
        self._cursor.hide()
        self.plot.addItem(self._cursor, ignoreBounds=True)
        self.plot.scene().sigMouseMoved.connect(self._follow_mouse)
        self.plot.keyPressEvent = self._press_key  # type: ignore[method-assign]
        self.plot.getPlotItem().getViewBox().sigXRangeChanged.connect(self._on_other_rows)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._cursor.setPen(pg.mkPen(theme.ink, width=1, style=Qt.PenStyle.DotLine))
        self.marks.set_theme(theme)

    def set_time_axis(self, dataset: SequenceDataset, beyond: int, *, label: bool) -> None:
        """Stand over this series' time, and `beyond` rows after it."""
        self.dataset = dataset
        axis = dataset.axis
        self._positions = np.concatenate([axis.positions, axis.extended(beyond)]) if beyond else axis.positions
        self._covered = None
        self.marks.show_dataset(dataset, with_parts=self.marks_parts, with_names=label)
        self.marks.say("")
        for curve in self._curves:
            self._curves[curve] = None
            draw_fast(curve, is_thinned=self.has_sequences)
        item = self.plot.getPlotItem()
        bottom = item.getAxis("bottom")
        kind = self._kind_of_axis(dataset)
        if type(bottom) is not kind or kind in (SymbolAxis, RowAxis):
            bottom = self._new_axis(dataset, kind)
            item.setAxisItems({"bottom": bottom})
            bottom.linkedViewChanged(item.getViewBox())  # it would wait for the next change of what is in view
            self.prepare_axes()
            self.set_theme(self.theme)
        if isinstance(bottom, DateAxis):
            bottom.utcOffset = -(axis.calendar.offset or 0)  # the ticks count west of UTC
        named = label and not self.has_sequences  # of several, the line of the cursor has the room
        self.set_axis_label("bottom", axis.label if named else None)
        bottom.setHeight(None if named else _BARE_AXIS_HEIGHT)
        self._cursor.hide()

    marks_parts = False
    """Whether the parts of each of several sequences are shaded."""

    @property
    def has_sequences(self) -> bool:
        """Whether several sequences stand one after another."""
        return self.dataset is not None and self.dataset.panel.has_several

    @staticmethod
    def _kind_of_axis(dataset: SequenceDataset) -> type[PlotAxis]:
        if dataset.kind is DataKind.SYMBOLS:
            return SymbolAxis
        if dataset.panel.has_several:
            return RowAxis
        return DateAxis if dataset.axis.kind is AxisKind.DATE else PlotAxis

    @staticmethod
    def _new_axis(dataset: SequenceDataset, kind: type[PlotAxis]) -> PlotAxis:
        if kind is RowAxis:
            return RowAxis(dataset)
        if dataset.kind is DataKind.SYMBOLS:
            return SymbolAxis(dataset.symbols)
        return DateAxis("bottom", utcOffset=0) if kind is DateAxis else PlotAxis("bottom")

    # -- curves ---------------------------------------------------------------------------------

    def add_curve(self, curve: pg.PlotDataItem) -> None:
        """Draw this curve over time."""
        self.plot.addItem(curve)
        self._curves[curve] = None
        draw_fast(curve, is_thinned=self.has_sequences)

    def drop_curve(self, curve: pg.PlotDataItem) -> None:
        """Draw this curve no more."""
        self.plot.removeItem(curve)
        self._curves.pop(curve, None)

    def set_curve(
        self, curve: pg.PlotDataItem, first_row: int, values: NDArray[np.floating], **options: object
    ) -> None:
        """Let a curve have these values from a row on; those that are not finite would spoil the whole picture."""
        if self.has_sequences:
            curve.opts.update(options)
            self._curves[curve] = (first_row, values)
            self._draw_curve(curve)
            return
        values = values[: max(len(self._positions) - first_row, 0)]
        finite = np.isfinite(values) & (np.abs(values) < 1e30)
        curve.setData(self.positions(first_row, len(values))[finite], values[finite], connect="auto", **options)

    def _draw_curve(self, curve: pg.PlotDataItem) -> None:
        known = self._curves[curve]
        if known is not None and self.dataset is not None:
            low, high = self.plot.getPlotItem().getViewBox().viewRange()[0]
            rows, values, joined = broken_curve(known[1], known[0], self.dataset.panel, low, high)
            curve.setData(rows, values, connect=joined)

    def catch_up(self) -> None:
        """Draw what came into view of several sequences while nobody saw it."""
        super().catch_up()
        self._on_other_rows()

    @Slot()
    def _on_other_rows(self) -> None:
        """Draw what has come into view of several sequences."""
        if self.has_sequences:
            if self.isVisible():
                for curve in self._curves:
                    self._draw_curve(curve)
            self._say_what_is_covered()

    # -- what is covered ------------------------------------------------------------------------

    def show_training(self, trains: bool) -> None:
        """Know whether the network trains: then only the first rows of many are covered from the next response on."""
        self._trains = trains

    def cover(self, response: Response) -> None:
        """Know which rows are covered."""
        self._covered = range(response.first_row - 1, response.first_row + len(response.one_step))
        self._when = "while training" if self._trains else "here, since there are too many rows"
        self._say_what_is_covered()

    def _say_what_is_covered(self) -> None:
        covered = self._covered
        if not self.has_sequences or covered is None:
            return
        low, high = self.plot.getPlotItem().getViewBox().viewRange()[0]
        outside = low >= covered.stop - 1 or high <= covered.start
        self.marks.say(f"not covered {self._when}; rows 1 to {covered.stop:,} are" if outside else "")

    # -- what is in view ------------------------------------------------------------------------

    def show_all(self) -> None:
        """Show the whole time axis; of a text, as much as can be read."""
        if self.dataset is not None and self.dataset.kind is DataKind.SYMBOLS:
            self.show_first_symbols()
        elif self.dataset is not None:
            self._show_whole_time()

    def _show_whole_time(self) -> None:
        self.plot.setXRange(self.position(0), self.position(len(self._positions)), padding=0.01)

    def show_rows(self, start: int, stop: int) -> None:
        """Bring these rows into view."""
        self.plot.setXRange(self.position(start) - 0.5, self.position(stop - 1) + 0.5, padding=0.02)

    @Slot(int)
    def go_to_sequence(self, place: int) -> None:
        """Bring a sequence into view, and move the cursor to its first row."""
        assert self.dataset is not None
        rows = self.dataset.panel.rows_of(place)
        self.show_rows(rows.start, rows.stop)
        self.cursor_moved.emit(rows.start)

    def text_of(self, row: int) -> str:
        """Say when a row is, and of which sequence."""
        assert self.dataset is not None
        when = time_axis_text(self.dataset.axis, float(self._positions[min(row, len(self._positions) - 1)]))
        if not self.has_sequences:
            return when
        panel = self.dataset.panel
        return f"{panel.title(int(panel.sequence_of(row)))}, {when}"

    def table(
        self,
        rows: NDArray[np.int64],
        times: NDArray[np.float64],
        label: str,
        names: tuple[str, ...],
        columns: tuple[NDArray[np.float64] | NDArray[np.object_], ...],
    ) -> PlotData:
        """Return what is shown of some rows as a table: their time first, then their sequence if there are several.

        At the end stands what else tells a row apart: its place in the sequence, its symbol and class.
        """
        assert self.dataset is not None
        told = belongings(self.dataset, rows)
        sequence = [told.pop("sequence")] if self.has_sequences else []
        head = (label, "sequence") if sequence else (label,)
        others = tuple(column.astype(object) for column in told.values())
        return PlotData((*head, *names, *told), (times, *sequence, *columns, *others))

    def show_first_symbols(self) -> None:
        """Show as much of a text as can be read: a whole stream is a grey block."""
        assert self.dataset is not None
        assert self.dataset.kind is DataKind.SYMBOLS
        shown = _LETTERS_SHOWN if max(map(len, self.dataset.symbols.vocabulary.names)) <= 2 else _WORDS_SHOWN
        self.plot.setXRange(-0.5, shown - 0.5, padding=0)

    # -- the cursor -----------------------------------------------------------------------------

    def position(self, row: int) -> float:
        """Return where a row stands on the axis: its time, or among several sequences its number."""
        row = min(row, len(self._positions) - 1)
        return float(row) if self.has_sequences else float(self._positions[row])

    def positions(self, first_row: int, count: int) -> NDArray[np.float64]:
        """Return where some rows stand on the axis."""
        stop = min(first_row + count, len(self._positions))
        return np.arange(first_row, stop, dtype=float) if self.has_sequences else self._positions[first_row:stop]

    @Slot(int)
    def show_cursor(self, row: int) -> None:
        """Put the cursor on a row."""
        self.cursor_row = max(0, min(row, len(self._positions) - 1))
        self._cursor.setValue(self.position(self.cursor_row))
        self._cursor.show()

    def bring_into_view(self, row: int) -> None:
        """Move what is shown, where it is too far from a row to show it."""
        box = self.plot.getPlotItem().getViewBox()
        low, high = box.viewRange()[0]
        at = self.position(row)
        if not low <= at <= high:
            self.plot.setXRange(at - (high - low) / 2, at + (high - low) / 2, padding=0)

    @Slot(object)
    def _follow_mouse(self, scene_position: QPointF) -> None:
        box = self.plot.getPlotItem().getViewBox()
        if self.dataset is not None and box.sceneBoundingRect().contains(scene_position):
            x = box.mapSceneToView(scene_position).x()
            self._move_cursor(round(x) if self.has_sequences else _nearest(self._positions, x))

    def _press_key(self, event: QKeyEvent) -> None:
        page = max(1, len(self._positions) // 20)
        moves = {
            Qt.Key.Key_Left: self.cursor_row - 1,
            Qt.Key.Key_Right: self.cursor_row + 1,
            Qt.Key.Key_PageUp: self.cursor_row - page,
            Qt.Key.Key_PageDown: self.cursor_row + page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._positions) - 1,
        }
        if event.key() in moves:
            self._move_cursor(moves[Qt.Key(event.key())])
        else:
            pg.PlotWidget.keyPressEvent(self.plot, event)

    def _move_cursor(self, row: int) -> None:
        row = max(0, min(row, len(self._positions) - 1))
        if row != self.cursor_row or not self._cursor.isVisible():
            self.cursor_moved.emit(row)


def _nearest(positions: NDArray[np.float64], x: float) -> int:
    right = int(np.clip(np.searchsorted(positions, x), 1, max(1, len(positions) - 1)))
    right = min(right, len(positions) - 1)
    return right - 1 if right and x - positions[right - 1] < positions[right] - x else right


def time_axis_text(axis: TimeAxis, position: float) -> str:
    """Write the time of a position with the axis's name: "YEAR 1778"."""
    return axis.reading(position) if axis.kind is AxisKind.DATE else f"{axis.label} {axis.text(position)}"
