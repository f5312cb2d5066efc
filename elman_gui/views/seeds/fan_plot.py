"""FanPlot: what all networks of an ensemble predict, as bands over the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Slot

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.support.quantiles import BAND_SHARES
from elman_core.support.text_format import counted
from elman_gui.plain_text import PlainLabel
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.choice import Choice
from elman_gui.views.legend import LegendEntry
from elman_gui.views.seeds.quantile_bands import QuantileBands
from elman_gui.views.time.time_plot import TimePlotCard

if TYPE_CHECKING:
    from elman_core.forecasting.ensemble_prediction import EnsemblePrediction  # imports torch

__all__ = ["FanPlot"]

_ROOM = 0.15
"""Above and below what is shown, as a share of it."""
_FAR = 1.0
"""Predictions farther off than so many heights of the data are cut off: a free run may go anywhere."""
_DOTS_UP_TO = 500

Array = NDArray[np.float64]


class FanPlot(TimePlotCard):
    """The series with the predictions of all networks: one step ahead, and running free.

    Of a text it is how surprised they are by each symbol.
    """

    def __init__(self) -> None:
        super().__init__(
            "Fits, all networks",
            "The series, and what all networks predict of it: of each row from those before it (one step ahead), and "
            "in a free run from the end of what they may know. The lines are medians over the networks; half of the "
            "networks lie in the darker band, 90 % within the paler one. Of a text it is the surprise at each symbol, "
            "in bits: high where anything may follow.",
        )
        self._found: EnsemblePrediction | None = None
        self._waits: tuple[SequenceDataset, int] | None = None
        self._column = 0
        self._one_step, self._free_run = QuantileBands(self.plot), QuantileBands(self.plot)
        self._target = pg.PlotDataItem()
        self.add_curve(self._target)
        self.columns = Choice()
        self.columns.setToolTip("Which column of the series is shown")
        self.columns.setAccessibleName("Column shown")
        self.columns.currentIndexChanged.connect(self._show_column)
        self.columns.hide()
        self.header.insertWidget(1, self.columns)
        self.readout = PlainLabel()
        self.readout.setObjectName("muted")
        self.words = PlainLabel()
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self.words.hide()
        self.body.addWidget(self.readout)
        self.body.addWidget(self.words)
        self.plot.setMouseEnabled(x=True, y=False)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._one_step.paint(theme.card, theme.one_step)
        self._free_run.paint(theme.card, theme.closed_loop)
        self._target.setPen(pg.mkPen(theme.muted, width=1))
        self._target.setSymbolBrush(theme.ink)
        self._target.setSymbolPen(None)
        self._show_legend()

    @property
    def _is_text(self) -> bool:
        return self.dataset is not None and self.dataset.kind is DataKind.SYMBOLS

    def _show_legend(self) -> None:
        if self._is_text:
            self.legend.show_entries(self._one_step.entries())
            return
        first, *bands = self._one_step.entries("one step")
        mark = "dot" if self._has_dots else "line"
        target = LegendEntry("target", self.theme.ink if self._has_dots else self.theme.muted, mark)
        self.legend.show_entries([target, first, self._free_run.entries("free run")[0], *bands])

    @property
    def _has_dots(self) -> bool:
        return self.dataset is not None and self.dataset.rows <= _DOTS_UP_TO

    def show_dataset(self, dataset: SequenceDataset, beyond: int) -> None:
        """Show another series, not yet predicted: at once where somebody looks, else when somebody does."""
        self._waits, self.dataset, self._found = (dataset, beyond), None, None
        if self.isVisible():
            self._begin()

    def _begin(self) -> None:
        """Stand over the time of the series that waits."""
        assert self._waits is not None
        (dataset, beyond), self._waits = self._waits, None
        self.set_time_axis(dataset, beyond, label=True)
        self._column = 0
        for bands in (self._one_step, self._free_run):
            bands.clear()
        self.columns.blockSignals(True)
        self.columns.clear()
        self.columns.addItems([] if self._is_text else dataset.columns)
        self.columns.blockSignals(False)
        self.columns.setVisible(self.columns.count() > 1)
        self.readout.clear()
        self.words.hide()
        self._target.clear()
        self._show_legend()
        self._draw_target()
        self._draw()
        self.show_all()

    @Slot(object)
    def show_prediction(self, found: EnsemblePrediction | None) -> None:
        """Show what the networks predict now."""
        is_first, self._found = self._found is None, found
        if self.isVisible():
            self._draw()
            if is_first:
                self.show_all()

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""
        if self._waits is not None:
            self._begin()
        elif self.dataset is not None:
            self._draw_target()
            self._draw()
            self.show_all()

    def show_all(self) -> None:
        """Show all that is looked at, and a little room above and below it."""
        if self.dataset is None or self._found is None:
            super().show_all()
            return
        start, stop = self._rows
        if self._is_text:
            self.show_first_symbols()
        else:
            self.show_rows(start, stop)
        self._show_heights()

    @property
    def _rows(self) -> tuple[int, int]:
        found = self._found
        assert found is not None
        stop = max(found.first_row + found.one_step.shape[1], found.closed_loop_row + found.closed_loop.shape[1])
        return max(found.first_row - 1, 0), min(stop, len(self._positions))

    # -- drawing --------------------------------------------------------------------------------

    def _draw_target(self) -> None:
        assert self.dataset is not None
        if self._is_text:
            self.set_axis_label("left", "surprise, bits")
            return
        dots = {"symbol": "o" if self._has_dots else None, "symbolSize": 4}
        self.set_curve(self._target, 0, self._values(), **dots)
        self.set_axis_label("left", self.dataset.columns[self._column])

    def _values(self) -> Array:
        assert self.dataset is not None
        return np.asarray(self.dataset.values[:, self._column])

    def _draw(self) -> None:
        found = self._found
        if found is None or self.dataset is None:
            return
        one_step = found.one_step[..., self._column]
        rows, one_step = self._with_gaps(found.first_row, one_step)
        self._one_step.show_quantiles(rows, one_step)
        start, free = found.closed_loop_row - 1, found.closed_loop[..., self._column]
        if free.shape[1]:  # joined to the last true row, which all of them start from
            last = np.full((len(free), 1), self._values()[start])
            free = np.concatenate([last, free], axis=1)
            self._free_run.show_quantiles(self.positions(start, free.shape[1]), free[:, : len(self._positions) - start])
        self._follow_heights()
        self._say_of_whom()
        self._read_out()

    def _with_gaps(self, first: int, quantiles: Array) -> tuple[Array, Array]:
        """Return places and quantiles, with a gap before each sequence; of a text a step for each symbol."""
        assert self.dataset is not None
        places = self.positions(first, quantiles.shape[1])
        begins = np.flatnonzero(~self.dataset.is_predicted[first : first + len(places)])
        if self.has_sequences and len(begins):
            quantiles = quantiles.copy()
            quantiles[:, begins] = np.nan
        return places, quantiles[:, : len(places)]

    def _heights(self) -> tuple[float, float] | None:
        """Return the lowest and highest value of what is shown; what is far off the data is cut off."""
        found = self._found
        if found is None:
            return None
        edges = [found.one_step[[0, -1], :, self._column].ravel(), found.closed_loop[[0, -1], :, self._column].ravel()]
        shown = np.concatenate(edges)
        if self._is_text:
            known = shown[np.isfinite(shown)]
            return (0.0, float(known.max())) if len(known) else None
        start, stop = self._rows
        values = self._values()[start:stop]
        values = values[np.isfinite(values)]
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
        room = _FAR * ((high - low) or 1.0)
        shown = np.clip(shown[np.isfinite(shown)], low - room, high + room)
        return min(low, shown.min(initial=low)), max(high, shown.max(initial=high))

    def _show_heights(self) -> None:
        heights = self._heights()
        if heights is not None:
            low, high = heights
            room = _ROOM * ((high - low) or 1.0)
            self.plot.setYRange(low if self._is_text else low - room, high + room, padding=0)

    def _follow_heights(self) -> None:
        """Leave the axis at rest while what is shown fits, and fills half of it."""
        heights = self._heights()
        if heights is not None:
            bottom, top = self.plot.getPlotItem().getViewBox().viewRange()[1]
            low, high = heights
            if low < bottom or high > top or high - low < 0.5 * (top - bottom):
                self._show_heights()

    def _say_of_whom(self) -> None:
        found = self._found
        assert found is not None
        words = []
        if len(found.looked_at) < found.networks - found.diverged:
            words.append(
                f"Of {found.networks:,} networks {len(found.looked_at):,} are looked at, evenly chosen: all of them "
                "would take too long."
            )
        if found.diverged:
            words.append(f"{counted(found.diverged, 'network')} with weights that are no numbers left out.")
        self.words.setText(" ".join(words))
        self.words.setVisible(bool(words))

    @Slot(int)
    def _show_column(self, column: int) -> None:
        if column >= 0 and self.dataset is not None:
            self._column = column
            self._draw_target()
            self._draw()
            self.show_all()

    @Slot(int)
    def show_cursor(self, row: int) -> None:
        """Put the cursor on a row, and write what stands there."""
        super().show_cursor(row)
        self._read_out()

    def _read_out(self) -> None:
        found = self._found
        if self.dataset is None or found is None:
            self.readout.clear()
            return
        row, words = self.cursor_row, [self.text_of(self.cursor_row)]
        if not self._is_text and row < self.dataset.rows:
            words.append(f"target {self._values()[row]:.4g}")
        for name, first, quantiles in self._curves_shown(found):
            if 0 <= row - first < quantiles.shape[1] and np.isfinite(quantiles[2, row - first, self._column]):
                low, _, middle, _, high = quantiles[:, row - first, self._column]
                words.append(f"{name} {middle:.4g} ({low:.4g} to {high:.4g})")
        self.readout.setText("   ".join(words))

    def _curves_shown(self, found: EnsemblePrediction) -> tuple[tuple[str, int, Array], ...]:
        name = "surprise" if self._is_text else "one step"
        return (name, found.first_row, found.one_step), ("free run", found.closed_loop_row, found.closed_loop)

    def data(self) -> PlotData:
        """Return a row of the series each: its value, and every quantile of what is predicted."""
        found = self._found
        if found is None or self.dataset is None:
            return PlotData((), ())
        start, stop = self._rows
        names, columns = [], []
        if not self._is_text:
            target = np.full(stop - start, np.nan)
            known = self._values()[start:stop]
            target[: len(known)] = known
            names.append(self.dataset.columns[self._column])
            columns.append(target)
        for name, first, quantiles in self._curves_shown(found):
            if not quantiles.shape[1]:
                continue
            for share, own in zip(BAND_SHARES, quantiles[..., self._column], strict=True):
                column = np.full(stop - start, np.nan)
                own = own[: stop - first]
                column[first - start : first - start + len(own)] = own
                names.append(f"{name.replace(' ', '_')} {100 * share:g} %")
                columns.append(column)
        rows = np.arange(start, stop)
        times = self._positions[start:stop]
        return self.table(rows, times, self.dataset.axis.label, tuple(names), tuple(columns))
