"""NextSymbolPlot: what the network expected at each place of a text, symbol by symbol."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QShowEvent

from elman_core.data.dataset import SequenceDataset
from elman_core.data.text.vocabulary import Symbols, shown
from elman_core.training.events import Response, Snapshot
from elman_gui.theme import Theme
from elman_gui.views.axis import PlotAxis
from elman_gui.views.card import PlotData
from elman_gui.views.colors import positive_table
from elman_gui.views.legend import LegendEntry
from elman_gui.views.time.place_row import PlaceRow
from elman_gui.views.time.time_plot import TimePlotCard

__all__ = ["NextSymbolPlot"]

_LONG_READOUT = "expected window (100 %), came window (100 %)"
_MOST_ROWS = 20
"""Symbols that have a line of their own, the most frequent ones; all others share one."""
_MOST_COLUMNS = 600
_LABEL_HEIGHT = 13


class NextSymbolPlot(TimePlotCard):
    """A column a place of the text, a line a symbol: the darker, the more probable. A ring marks what came.

    Where more than 600 places are in view, every second, every third and so on has a column.
    """

    def __init__(self) -> None:
        super().__init__(
            "What was expected",
            "A column for each place of the text: how probable the network held each symbol there, from those before. "
            "The ring marks the symbol that came; where it lies on a dark cell the network was right. Drag to move, "
            "turn the wheel to zoom.",
        )
        self._response: Response | None = None
        self._lines: NDArray[np.int64] = np.empty(0, np.int64)
        self._line_of: NDArray[np.int64] = np.empty(0, np.int64)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setZValue(-10)
        self.marks.draw_over(True)
        self._came = pg.ScatterPlotItem(symbol="o", pxMode=True)
        self.plot.addItem(self._image)
        self.plot.addItem(self._came)
        self.plot.setAxisItems({"left": _NameAxis("left")})
        self.prepare_axes()
        self.set_axis_label("left", "symbol")
        self.plot.setMouseEnabled(x=True, y=False)
        self.place = PlaceRow(self)
        self.room_for_readout = self.fontMetrics().horizontalAdvance(_LONG_READOUT)
        self.place.sequences.chosen.connect(self.go_to_sequence)
        self.readout = self.place.readout
        self.plot.getPlotItem().getViewBox().sigXRangeChanged.connect(self._draw)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self.place.set_theme(theme)
        self._image.setLookupTable(positive_table(theme))
        self._came.setPen(pg.mkPen(theme.ink, width=1.5))
        self._came.setBrush(pg.mkBrush(None))
        self.legend.show_entries(
            [LegendEntry("probable", theme.signed[2], "square"), LegendEntry("came", theme.ink, "ring")]
        )

    def show_dataset(self, dataset: SequenceDataset, beyond: int) -> None:
        """Wait for the predictions of another text."""
        self.set_time_axis(dataset, beyond, label=True)
        self.place.show_panel(dataset.panel)
        self._response = None
        self._image.clear()
        self._came.clear()
        self.readout.clear()
        symbols = dataset.symbols
        if symbols is None:
            return
        frequent = np.argsort(-symbols.counts, kind="stable")[:_MOST_ROWS]
        self._lines = np.sort(frequent)
        rest = len(symbols.vocabulary.names) > len(self._lines)
        self._line_of = np.full(len(symbols.vocabulary.names), len(self._lines))
        self._line_of[self._lines] = np.arange(len(self._lines))
        names = [shown(symbols.vocabulary.names[code]) for code in self._lines]
        self.plot.getPlotItem().getAxis("left").show_names([*names, *(["others"] if rest else [])])
        self.plot.getPlotItem().getViewBox().invertY(True)
        top = -1.5 if self.has_sequences else -0.5  # their names stand above the symbols
        self.plot.setYRange(top, len(names) + rest - 0.5, padding=0)
        self.show_first_symbols()
        self.set_axis_label("left", "symbol" if max(map(len, names)) <= 2 else None)  # long names need the room

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show what the network expects now."""
        self._response = snapshot.response
        self.cover(snapshot.response)
        if self.isVisible():
            self._draw()
            self._read_out()

    @Slot(int)
    def show_cursor(self, row: int) -> None:
        """Put the cursor on a place, and say what was expected there."""
        super().show_cursor(row)
        self.place.sequences.show_row(self.cursor_row)
        self._read_out()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what was not drawn while nobody saw it."""
        super().showEvent(event)
        self._draw()
        self._read_out()

    def data(self) -> PlotData:
        """Return the row, and the probability of each symbol with a line of its own, for the rows in view."""
        rows = self._rows_in_view()
        if not len(rows):
            return PlotData((), ())
        probabilities = self._probabilities(rows)
        assert self._symbols is not None
        names = [shown(self._symbols.vocabulary.names[code]) for code in self._lines]
        return self.table(rows, rows + 1.0, "row", tuple(names), tuple(probabilities[:, self._lines].T))

    @property
    def _symbols(self) -> Symbols | None:
        return None if self.dataset is None else self.dataset.symbols

    def _rows_in_view(self) -> NDArray[np.int64]:
        """Return the places that are shown: of many, every second, every third and so on."""
        if self._response is None or self._symbols is None:
            return np.empty(0, np.int64)
        first, count = self._response.first_row, len(self._response.one_step)
        low, high = self.plot.getPlotItem().getViewBox().viewRange()[0]
        start, stop = max(first, int(low)), min(first + count, len(self._symbols), int(high) + 2)
        return np.arange(start, stop, max(1, -((start - stop) // _MOST_COLUMNS)))

    def _probabilities(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the probability of each symbol at some rows; NaN where a sequence begins."""
        assert self._response is not None
        assert self._symbols is not None
        outputs = self._response.one_step[rows - self._response.first_row]
        found = self._symbols.vocabulary.probabilities(outputs)
        if self.has_sequences:
            assert self.dataset is not None
            found[~self.dataset.is_predicted[rows]] = np.nan
        return found

    @Slot()
    def _draw(self) -> None:
        symbols = self._symbols
        rows = self._rows_in_view()
        if not len(rows) or symbols is None:
            self._image.clear()
            self._came.clear()
            return
        probabilities = self._probabilities(rows)
        cells = probabilities[:, self._lines].T  # (lines, rows)
        if len(symbols.vocabulary.names) > len(self._lines):
            cells = np.vstack([cells, np.clip(1 - cells.sum(axis=0), 0, 1)])
        self._image.setImage(np.nan_to_num(cells), levels=(0.0, 1.0), autoLevels=False)
        every = int(rows[1] - rows[0]) if len(rows) > 1 else 1
        self._image.setRect(QRectF(rows[0] - 0.5, -0.5, every * len(rows), len(cells)))
        box = self.plot.getPlotItem().getViewBox()
        wide = every * box.width() / max(1.0, box.viewRange()[0][1] - box.viewRange()[0][0])
        size = float(np.clip(min(wide, box.height() / len(cells)) - 2, 3, 12))
        self._came.setData(rows + (every - 1) / 2, self._line_of[symbols.codes[rows]], size=size)

    def _read_out(self) -> None:
        symbols, row = self._symbols, self.cursor_row
        response = self._response
        if symbols is None or response is None or not self._cursor.isVisible():
            return
        at = row - response.first_row
        if not (0 <= at < len(response.one_step) and row < len(symbols)):
            self.readout.clear()
            return
        probabilities = self._probabilities(np.array([row]))[0]
        if np.isnan(probabilities).any():
            self.readout.setText(f"{self.text_of(row)}: a sequence begins, nothing is expected yet")
            return
        code = int(symbols.codes[row])
        expected = shown(symbols.vocabulary.names[int(probabilities.argmax())])
        where = f"{self.text_of(row)}  " if self.has_sequences else ""
        self.readout.setText(
            f"{where}expected {expected} ({_percent(probabilities.max())}), "
            f"came {shown(symbols.name(row))} ({_percent(probabilities[code])})"
        )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1g} %"


class _NameAxis(PlotAxis):
    """Writes a name at each whole number, as many as there is room for."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._names: list[str] = []

    def show_names(self, names: list[str]) -> None:
        """Write these from now on."""
        self._names = names
        self.picture = None
        self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return a tick for each name that has room."""
        every = max(1, int(np.ceil(len(self._names) * _LABEL_HEIGHT / max(size, 1.0))))
        return [(float(every), [float(line) for line in range(0, len(self._names), every)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the names, long ones shortened."""
        found = (self._names[int(value)] for value in values)
        return [name if len(name) <= 6 else f"{name[:5]}…" for name in found]
