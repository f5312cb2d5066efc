"""ForecastPlot: the end of the series, what the network says will follow, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.training.events import Response
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.colors import blended
from elman_gui.views.forecast.interval_bands import IntervalBands
from elman_gui.views.legend import LegendEntry
from elman_gui.views.time.fit_plot import FitPlot

if TYPE_CHECKING:
    from elman_core.forecasting.intervals_beyond import IntervalsBeyond  # imports torch

__all__ = ["ForecastPlot"]

_BEFORE, _LEAST_BEFORE = 3, 36
"""Rows of the data that are shown for each row of the forecast, and at least."""
_SHADES = (0.34, 0.2)
"""How strong the bands are, the narrower one first."""

Array = NDArray[np.float64]


class ForecastPlot(FitPlot):
    """Begins with the forecast and the data before it; Show Whole Series, or a double click, shows all."""

    closed_loop_name = "forecast"
    room_beyond = 1.0

    def __init__(self) -> None:
        self._levels: tuple[float, ...] = ()
        self._radii: Array | None = None
        self._chosen: tuple[float, ...] | None = None
        self._intervals = IntervalBands()
        super().__init__()
        self.plot.addItem(self._intervals, ignoreBounds=True)
        self.title.setText("Forecast")

    def show_forecast(
        self,
        dataset: SequenceDataset,
        response: Response,
        intervals: IntervalsBeyond | None = None,
        sequence: int = 0,
    ) -> None:
        """Show a forecast, which begins after the last row; what is in view stays if it is as long as before."""
        steps, before = len(response.closed_loop), self._response
        same = self.dataset is dataset and before is not None and len(before.closed_loop) == steps
        seen = self.plot.getPlotItem().getViewBox().viewRange()[0]
        self.show_dataset(dataset, steps)
        self.show_intervals(intervals, sequence)
        self.show_response(response)
        if same:
            self.plot.setXRange(*seen, padding=0)
            self._show_heights()
        else:
            shown = max(_BEFORE * steps, _LEAST_BEFORE)
            self.show_rows(max(0, dataset.rows - shown), dataset.rows + steps)

    # -- intervals ------------------------------------------------------------------------------

    def show_intervals(self, intervals: IntervalsBeyond | None, sequence: int) -> None:
        """Know the intervals of the forecast of a sequence."""
        self._levels = () if intervals is None else intervals.levels
        self._radii = None if intervals is None else intervals.radii[:, sequence]  # (L, F, C)
        self._draw_intervals()

    def choose_levels(self, levels: Sequence[float]) -> None:
        """Draw the intervals of these levels only, in per cent."""
        self._chosen = tuple(levels)
        self.set_theme(self.theme)
        self._follow_heights()

    @property
    def levels(self) -> tuple[float, ...]:
        """The levels of the intervals that are shown."""
        known = self._levels if self._radii is not None else ()
        return known if self._chosen is None else tuple(level for level in known if level in self._chosen)

    def _edges(self) -> tuple[Array, Array] | None:
        """Return lower and upper edges of the levels shown, (L, F) each, of the column that is shown."""
        response, levels = self._response, self.levels
        if response is None or self._radii is None or not levels:
            return None
        radii = self._radii[[self._levels.index(level) for level in levels], :, self._column]
        steps = min(radii.shape[1], len(response.closed_loop))
        forecast = response.closed_loop[:steps, self._column]
        return forecast - radii[:, :steps], forecast + radii[:, :steps]

    def _draw_intervals(self) -> None:
        edges, response = self._edges(), self._response
        nothing = np.empty((0, 0))
        if edges is None or response is None or self.dataset is None:
            self._intervals.show_bands(np.empty(0), nothing, nothing, ())
            return
        first = response.closed_loop_row
        last = self._values()[first - 1]
        low, high = (np.insert(edge, 0, last, axis=1) for edge in edges)
        self._intervals.show_bands(self.positions(first - 1, low.shape[1]), low, high, self._colors_of_levels)

    @property
    def _colors_of_levels(self) -> tuple[str, ...]:
        count = len(self.levels)
        shades = _SHADES if count <= len(_SHADES) else np.linspace(_SHADES[0], _SHADES[-1], count).tolist()
        return tuple(blended(self.theme.card, self.theme.closed_loop, shade) for shade in shades[:count])

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._draw_intervals()
        bands = zip(self.levels, self._colors_of_levels, strict=True)
        entries = [LegendEntry(f"{level:g} %", color, "square") for level, color in bands]
        self.legend.show_entries([*self.legend.entries, *entries])

    def show_response(self, response: Response) -> None:
        """Show these predictions."""
        super().show_response(response)
        self.set_theme(self.theme)

    def clear_response(self) -> None:
        """Show no predictions."""
        super().clear_response()
        self._radii = None
        self.set_theme(self.theme)

    def _draw_predictions(self) -> None:
        super()._draw_predictions()
        self._draw_intervals()

    def _heights_in_view(self) -> tuple[float, float] | None:
        """Take in the intervals that are in view too."""
        seen, edges, response = super()._heights_in_view(), self._edges(), self._response
        if seen is None or edges is None or response is None:
            return seen
        left, right = self.plot.getPlotItem().getViewBox().viewRange()[0]
        positions = self.positions(response.closed_loop_row, edges[0].shape[1])
        shown = (positions >= left) & (positions <= right)
        values = np.concatenate([edge[:, : len(positions)][:, shown].ravel() for edge in edges])
        values = values[np.isfinite(values)]
        if not len(values):
            return seen
        least, most = self._limits
        low, high = (float(np.clip(edge, least, most)) for edge in (values.min(), values.max()))
        return min(seen[0], low), max(seen[1], high)

    def data(self) -> PlotData:
        """Return what is shown with the intervals, "C (lower 80)" and "C (upper 80)", at the end."""
        found, edges, response = super().data(), self._edges(), self._response
        if edges is None or response is None or self.dataset is None:
            return found
        column, first = self.dataset.columns[self._column], response.closed_loop_row
        names, columns = list(found.names), list(found.columns)
        for level, *sides in zip(self.levels, *edges, strict=True):
            for side, values in zip(("lower", "upper"), sides, strict=True):
                whole = np.full(len(columns[0]), np.nan)
                whole[first : first + len(values)] = values[: max(len(whole) - first, 0)]
                names.append(f"{column} ({side} {level:g})")
                columns.append(whole)
        return PlotData(tuple(names), tuple(columns))
