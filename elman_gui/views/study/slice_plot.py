"""SlicePlot: the error along one field."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt

from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.choice import Choice
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis
from elman_gui.views.study.scales import along_axis
from elman_gui.views.study.study_card import DotStudyCard

__all__ = ["SlicePlot"]

_MOST_DOTS = 3_000
_MARGIN, _SPREAD = 0.08, 0.18
"""Room beside the axis; and how far dots of one value stand beside it, as a share of the distance to the next value."""


class SlicePlot(DotStudyCard):
    """A dot for each cell, and lines through the best and the middle cell of each value."""

    def __init__(self) -> None:
        super().__init__(
            "Slice",
            "The median error of every cell along one field, whatever the other fields are. The line joins the best "
            "cell of each value, the dashed one the middle cell. Where the line falls and rises again, the best value "
            "lies within those that were tried; where it still falls at an end, try more. Cells all of whose runs "
            "diverged stand as triangles at the top.",
        )
        self.fields = Choice()
        self.fields.setAccessibleName("Field of the slice")
        self.fields.setToolTip("The field along the horizontal axis")
        self.fields.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.fields.setMinimumContentsLength(11)
        self.fields.currentIndexChanged.connect(self.catch_up)
        self.add_control(self.fields)
        self.plot.setAxisItems({"left": LogAxis("left")})
        self.prepare_axes()
        self._triangles = pg.ScatterPlotItem(symbol="t1")
        self._best, self._middle = pg.PlotCurveItem(connect="finite"), pg.PlotCurveItem(connect="finite")
        self.add_items(self.dots, self._triangles, self._middle, self._best)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self.dots.setBrush(pg.mkBrush(theme.muted))
        self.dots.setSize(5)
        self._triangles.setPen(None)
        self._triangles.setBrush(pg.mkBrush(theme.error))
        self._best.setPen(pg.mkPen(theme.one_step, width=2))
        self._middle.setPen(pg.mkPen(theme.muted, width=1.5, style=Qt.PenStyle.DashLine))
        self._show_legend()

    def _show_legend(self) -> None:
        theme = self.theme
        entries = [
            LegendEntry("best of others", theme.one_step, "line"),
            LegendEntry("middle", theme.muted, "dashes"),
            LegendEntry("chosen", theme.ink, "star"),
        ]
        if np.isinf(self.overview.median).any():
            entries.append(LegendEntry("diverged", theme.error, "triangle"))
        self.legend.show_entries(entries if len(self.overview) else [])

    def prepare(self) -> None:
        """Draw every cell along the field."""
        overview = self.overview
        labels = [column.label for column in overview.fields]
        if [self.fields.itemText(index) for index in range(self.fields.count())] != labels:
            with QSignalBlocker(self.fields):
                self.fields.clear()
                self.fields.addItems(labels)
                self.fields.setCurrentIndex(0 if labels else -1)
        place = self.fields.currentIndex()
        if not 0 <= place < len(labels) or not len(overview):
            for item in (self.dots, self._triangles, self._best, self._middle):
                item.setData([], [])
            self.x, self.y = np.empty(0), np.empty(0)
            self._show_legend()
            return
        column = overview.fields[place]
        along, ticks = along_axis(column)
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = np.log10(overview.median)
        known = np.isfinite(errors)
        low, high = (float(errors[known].min()), float(errors[known].max())) if known.any() else (-1.0, 0.0)
        room = max(0.05, 0.08 * (high - low))
        self.y = np.where(known, errors, high + room)
        self.x = along[column.places] + self._beside(column.places, len(column.values))
        shown = np.arange(len(overview)) if len(overview) <= _MOST_DOTS else overview.order[:_MOST_DOTS]
        self.dots.setData(self.x[shown][known[shown]], self.y[shown][known[shown]])
        self._triangles.setData(self.x[~known], self.y[~known])
        self._draw_lines(column.places, along, np.where(known, errors, np.inf))
        margin = self._margin(len(column.values))
        self.plot.setRange(xRange=(-margin, 1 + margin), yRange=(low - room, high + 2 * room), padding=0)
        self.plot.getPlotItem().getAxis("bottom").setTicks([self._with_room(ticks, margin)])
        self.set_axis_label("bottom", column.label)
        self.set_axis_label("left", f"{overview.metric}, median")
        self._show_legend()

    @staticmethod
    def _beside(places: np.ndarray, values: int) -> np.ndarray:
        """Return how far each dot stands beside its value, so that none hides another."""
        if values > 16 or len(places) <= values:
            return np.zeros(len(places))
        order = np.argsort(places, kind="stable")
        counts = np.bincount(places, minlength=values)
        rank = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
        found = np.empty(len(places))
        found[order] = (rank + 0.5) / np.maximum(np.repeat(counts, counts), 1) - 0.5
        return found * 2 * _SPREAD / max(values - 1, 1)

    @staticmethod
    def _margin(values: int) -> float:
        """Return the room at both sides of the first and the last value, for all dots beside them."""
        return max(_MARGIN, _SPREAD / (values - 1) + _MARGIN / 2) if values > 1 else _MARGIN

    def _draw_lines(self, places: np.ndarray, along: np.ndarray, errors: np.ndarray) -> None:
        of_values = [errors[places == value] for value in range(len(along))] if len(along) <= 200 else []
        best = np.array([found.min(initial=np.inf) for found in of_values])
        middle = np.array([np.sort(found)[len(found) // 2] if len(found) else np.inf for found in of_values])
        for curve, heights in ((self._best, best), (self._middle, middle)):
            curve.setData(along[: len(heights)], np.where(np.isfinite(heights), heights, np.nan))
        if len(along) > 16:  # each value came once, or hardly more often
            self._best.setData([], [])
            self._middle.setData([], [])

    def _with_room(self, ticks: list[tuple[float, str]], margin: float) -> list[tuple[float, str]]:
        """Return the ticks whose labels do not lie over one another."""
        metrics, wide = self.fontMetrics(), max(self.plot.width() - 80, 60) / (1 + 2 * margin)
        kept, taken = [], -np.inf
        for place, text in ticks:
            half = metrics.horizontalAdvance(text) / 2 / wide
            if place - half > taken:
                kept.append((place, text))
                taken = place + half + 8 / wide
        return kept

    def data(self) -> PlotData:
        """Return value and error of every cell."""
        place = self.fields.currentIndex()
        overview = self.overview
        if not 0 <= place < len(overview.fields) or not len(overview):
            return PlotData((), ())
        column = overview.fields[place]
        values = np.array([column.values[index] for index in column.places], object)
        return PlotData((column.name, "cell", "median"), (values, overview.cells, overview.median))
