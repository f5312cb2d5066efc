"""SeriesErrorPlot and WorstTable: how errors differ from series to series, and which are the worst."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot

from elman_core.forecasting.backtest.results import Backtest
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.legend import LegendEntry
from elman_gui.views.table_card import Cell, Heading, TableCard

__all__ = ["SeriesErrorPlot", "WorstTable"]

_MOST_BARS = 30
_SHOWN = 0.99
"""Share of the series whose errors are in the picture; the last bar has all that are greater."""
_WORST = 10


class SeriesErrorPlot(PlotCard):
    """How many series have which MASE."""

    def __init__(self) -> None:
        super().__init__(
            "Error by series",
            "How many of the series have which mean absolute scaled error (MASE), over all steps ahead. The solid line "
            "is their median; right of the dashed line at 1 the forecast is worse than saying, one step ahead, that "
            "nothing changes, or with a season that the last one comes again. The last bar has all that are greater.",
        )
        self._backtest: Backtest | None = None
        self._bars = pg.BarGraphItem(x=[], height=[], width=1.0)
        self._one, self._median = (pg.InfiniteLine(1.0, angle=90, movable=False) for _ in range(2))
        self.plot.addItem(self._bars)
        for line in (self._one, self._median):
            self.plot.addItem(line, ignoreBounds=True)
        self.plot.setMouseEnabled(x=False, y=False)
        self.set_axis_label("bottom", "MASE")
        self.set_axis_label("left", "series")
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.header.insertWidget(1, self.words)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._bars.setOpts(brush=theme.one_step, pen=theme.card)
        self._one.setPen(pg.mkPen(theme.muted, width=1.5, style=Qt.PenStyle.DashLine))
        self._median.setPen(pg.mkPen(theme.closed_loop, width=2))
        self.legend.show_entries([LegendEntry("median", theme.closed_loop, "line")])

    @Slot(object)
    def show_backtest(self, found: Backtest | None) -> None:
        """Show the errors of the series."""
        self._backtest = found
        mase = self._errors()
        self.words.clear()
        if not len(mase):
            self._bars.setOpts(x=[], height=[])
            return
        median, most = float(np.median(mase)), float(np.quantile(mase, _SHOWN))
        most = max(most, 1.05)
        bars = min(_MOST_BARS, max(5, round(len(mase) ** 0.5) * 2))
        counts, edges = np.histogram(np.minimum(mase, most), bins=bars, range=(0.0, most))
        width = float(edges[1] - edges[0])
        self._bars.setOpts(x=edges[:-1] + width / 2, height=counts, width=width)
        self._median.setValue(min(median, most))
        self.plot.setXRange(0, most, padding=0.01)
        self.plot.setYRange(0, 1.1 * float(counts.max()), padding=0)
        low, high = np.quantile(mase, (0.25, 0.75))
        self.words.setText(
            f"{100 * float((mase < 1).mean()):.0f} % of {len(mase):,} below 1, median {median:.3g}, half in "
            f"{low:.3g} to {high:.3g}"
        )

    def _errors(self) -> NDArray[np.float64]:
        if self._backtest is None:
            return np.empty(0)
        mase = self._backtest.model.by_sequence.mase
        return np.asarray(mase[np.isfinite(mase)])

    def data(self) -> PlotData:
        """Return each series and its errors."""
        if self._backtest is None:
            return PlotData((), ())
        own, panel = self._backtest.model.by_sequence, self._backtest.dataset.panel
        names = np.array([panel.title(int(place)) for place in own.scored], object)
        places = own.scored
        return PlotData(("series", "mase", "rmse"), (names, own.mase[places], own.rmse[places]))


class WorstTable(TableCard):
    """The ten series with the greatest MASE; a click goes to one.

    Signals
    -------
    chosen(int)
        The person wants to see a series, by its place.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(
            "Worst ten",
            "The series that are forecast worst, by their mean absolute scaled error (MASE) over all steps ahead, with "
            "the best baseline's beside it. A click, or Enter, shows the forecast of that series.",
        )
        self._backtest: Backtest | None = None
        self._places: list[int] = []
        self.table.setAccessibleDescription("Click on a series to see its forecast")
        self.table.cellClicked.connect(self._on_clicked)
        self.table.activated.connect(self._on_activated)

    @Slot(object)
    def show_backtest(self, found: Backtest | None) -> None:
        """Show the worst series."""
        self._backtest = found
        if found is None or not found.dataset.panel.has_several:
            self._places = []
            self.show_table((), ())
            return
        own = found.model.by_sequence
        self._places = own.worst_first()[:_WORST].tolist()
        best = next((other for other in found.leaderboard if other.is_baseline), None)
        headings = [Heading("series", "", is_words=True), Heading("MASE"), Heading("RMSE")]
        if best is not None:
            headings.append(Heading(best.title, f"The MASE of {best.title}, the best baseline over all series"))
        rows = []
        for place in self._places:
            name = found.dataset.panel.title(place)
            cells = [Cell(name, tip=name), Cell(_number(own.mase[place])), Cell(_number(own.rmse[place]))]
            if best is not None:
                cells.append(Cell(_number(best.by_sequence.mase[place])))
            rows.append(cells)
        self.show_table(headings, rows)

    def _on_clicked(self, row: int, _column: int) -> None:
        if row < len(self._places):
            self.chosen.emit(self._places[row])

    def _on_activated(self, index: object) -> None:
        self._on_clicked(index.row(), 0)  # type: ignore[attr-defined]

    def data(self) -> PlotData:
        """Return the worst series and their errors."""
        found = self._backtest
        if found is None or not self._places:
            return PlotData((), ())
        own = found.model.by_sequence
        names = np.array([found.dataset.panel.title(place) for place in self._places], object)
        return PlotData(("series", "mase", "rmse"), (names, own.mase[self._places], own.rmse[self._places]))


def _number(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "–"
