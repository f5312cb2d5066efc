"""ProfilePlot: performance profiles, the share of runs that are as good as a threshold."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from elman_core.studies.study import short_names, value_words
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.colors import blended
from elman_gui.views.legend import LegendEntry, line_pen
from elman_gui.views.log_axis import LogAxis
from elman_gui.views.study.study_card import PlotStudyCard

__all__ = ["ProfilePlot"]

_MARKS = ("line", "dashes", "dots", "dashes and dots", "dashes and two dots")


class ProfilePlot(PlotStudyCard):
    """A curve with its band for each of the best cells."""

    def __init__(self) -> None:
        super().__init__(
            "Performance profile",
            "For each of the best cells, the share of its runs whose error is at or below a threshold, for every "
            "threshold, with the band in which the share lies with 95 % confidence. A curve that is above another "
            "everywhere is better whatever is asked for; curves that cross say that one cell is more often very good "
            "and the other less often bad. Runs that diverged never come.",
        )
        self.plot.setAxisItems({"bottom": LogAxis("bottom")})
        self.prepare_axes()
        self._curves: list[pg.PlotCurveItem] = []
        self._bands: list[pg.FillBetweenItem] = []
        for _ in _MARKS:
            low, high, curve = pg.PlotCurveItem(), pg.PlotCurveItem(), pg.PlotCurveItem()
            band = pg.FillBetweenItem(low, high)
            self._bands.append(band)
            self._curves.append(curve)
            self.plot.addItem(band)
        for curve in self._curves:
            self.plot.addItem(curve)
        self._mark = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self._mark, ignoreBounds=True)
        self._mark.hide()
        self.set_axis_label("left", "share of runs")

    def _colors(self) -> tuple[str, ...]:
        theme = self.theme
        return theme.one_step, theme.closed_loop, theme.best, "#CC79A7", theme.muted

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        for curve, band, color, mark in zip(self._curves, self._bands, self._colors(), _MARKS, strict=True):
            curve.setPen(line_pen(mark, color, 2))
            tint = pg.mkColor(blended(theme.card, color, 0.6))
            tint.setAlpha(70)  # bands lie over one another
            band.setBrush(pg.mkBrush(tint))
        self._mark.setPen(pg.mkPen(theme.ink, width=1.5, style=Qt.PenStyle.DotLine))
        self._show_legend()

    @property
    def _shows_threshold(self) -> bool:
        """Whether the threshold lies where the curves are."""
        profile, threshold = self.overview.profile, self.overview.threshold
        if profile is None or threshold is None:
            return False
        return bool(profile.thresholds[0] <= threshold <= profile.thresholds[-1])

    def _show_legend(self) -> None:
        profile, entries = self.overview.profile, []
        if profile is not None:
            shown = profile.groups[: len(_MARKS)]
            for group, color, mark in zip(shown, self._colors(), _MARKS, strict=False):
                star = "★ " if group == self.overview.chosen else ""
                entries.append(LegendEntry(f"{star}{self._words_of(group, shown)}", color, mark))
            if self._shows_threshold:
                entries.append(LegendEntry(f"threshold {self.overview.threshold:g}", self.theme.ink, "dots"))
        self.legend.show_entries(entries)

    def _words_of(self, group: int, shown: tuple[int, ...]) -> str:
        """Write in what a group differs from the others that are shown."""
        fields = self.overview.fields
        differing = [column for column in fields if len({int(column.places[each]) for each in shown}) > 1] or fields
        names = short_names([column.name for column in differing])
        words = (
            f"{names[column.name].replace('_', ' ')} {value_words(column.values[column.places[group]])}"
            for column in differing
        )
        return ", ".join(words) or "the settings as they are"

    def prepare(self) -> None:
        """Draw the curves."""
        profile, threshold = self.overview.profile, self.overview.threshold
        for place, (curve, band) in enumerate(zip(self._curves, self._bands, strict=True)):
            shown = profile is not None and place < len(profile.groups)
            curve.setVisible(shown)
            band.setVisible(shown)
            if shown:
                x = np.log10(profile.thresholds)
                curve.setData(x, profile.shares[place])
                band.curves[0].setData(x, profile.low[place])
                band.curves[1].setData(x, profile.high[place])
        if profile is not None:
            x = np.log10(profile.thresholds)
            self.plot.setRange(xRange=(x[0], x[-1]), yRange=(-0.02, 1.03), padding=0.02)
        self._mark.setVisible(self._shows_threshold)
        if self._shows_threshold:
            self._mark.setValue(np.log10(threshold))
        self.set_axis_label("bottom", self.overview.metric)
        self._show_legend()

    def data(self) -> PlotData:
        """Return the shares of every curve, with their bands, a row for each threshold."""
        profile = self.overview.profile
        if profile is None:
            return PlotData((), ())
        names, columns = ["threshold"], [profile.thresholds]
        for place, group in enumerate(profile.groups):
            cell = int(self.overview.cells[group])
            for kind, figures in (("share", profile.shares), ("low", profile.low), ("high", profile.high)):
                names.append(f"cell_{cell}_{kind}")
                columns.append(figures[place])
        return PlotData(tuple(names), tuple(columns))
