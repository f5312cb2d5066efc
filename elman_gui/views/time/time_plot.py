"""TimePlotCard: a plot over the series' time axis, with the time cursor."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent

from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import AxisKind, TimeAxis
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard
from elman_gui.views.time.symbol_axis import SymbolAxis

__all__ = ["TimePlotCard", "time_axis_text"]


_LETTERS_SHOWN, _WORDS_SHOWN = 36, 12
_BARE_AXIS_HEIGHT = 24
"""Of a time axis without a name: pyqtgraph cuts the words' descenders off there."""


class TimePlotCard(PlotCard):
    """Shares its time axis and cursor with its like.

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
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setZValue(50)
        self._cursor.hide()
        self.plot.addItem(self._cursor, ignoreBounds=True)
        self.plot.scene().sigMouseMoved.connect(self._follow_mouse)
        self.plot.keyPressEvent = self._press_key  # type: ignore[method-assign]

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._cursor.setPen(pg.mkPen(theme.ink, width=1, style=Qt.PenStyle.DotLine))

    def set_time_axis(self, dataset: SequenceDataset, beyond: int, *, label: bool) -> None:
        """Stand over this series' time, and `beyond` rows after it."""
        self.dataset = dataset
        axis = dataset.axis
        self._positions = np.concatenate([axis.positions, axis.extended(beyond)])
        item = self.plot.getPlotItem()
        bottom = item.getAxis("bottom")
        kind = SymbolAxis if dataset.symbols else pg.DateAxisItem if axis.kind is AxisKind.DATE else pg.AxisItem
        if type(bottom) is not kind or dataset.symbols is not None:
            if dataset.symbols is not None:
                bottom = SymbolAxis(dataset.symbols)
            else:
                bottom = pg.DateAxisItem(utcOffset=0) if axis.kind is AxisKind.DATE else pg.AxisItem("bottom")
            item.setAxisItems({"bottom": bottom})
            bottom.linkedViewChanged(item.getViewBox())  # it would wait for the next change of what is in view
            self.prepare_axes()
            self.set_theme(self.theme)
        self.set_axis_label("bottom", axis.label if label else None)
        bottom.setHeight(None if label else _BARE_AXIS_HEIGHT)
        self._cursor.hide()

    def show_first_symbols(self) -> None:
        """Show as much of a text as can be read: a whole stream is a grey block."""
        assert self.dataset is not None
        assert self.dataset.symbols is not None
        shown = _LETTERS_SHOWN if max(map(len, self.dataset.symbols.vocabulary.names)) <= 2 else _WORDS_SHOWN
        self.plot.setXRange(-0.5, shown - 0.5, padding=0)

    def position(self, row: int) -> float:
        """Return where a row stands in time."""
        return float(self._positions[min(row, len(self._positions) - 1)])

    @Slot(int)
    def show_cursor(self, row: int) -> None:
        """Put the cursor on a row."""
        self.cursor_row = max(0, min(row, len(self._positions) - 1))
        self._cursor.setValue(self.position(self.cursor_row))
        self._cursor.show()

    @Slot(object)
    def _follow_mouse(self, scene_position: QPointF) -> None:
        box = self.plot.getPlotItem().getViewBox()
        if self.dataset is not None and box.sceneBoundingRect().contains(scene_position):
            self._move_cursor(_nearest(self._positions, box.mapSceneToView(scene_position).x()))

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
    return axis.text(position) if axis.kind is AxisKind.DATE else f"{axis.label} {axis.text(position)}"
