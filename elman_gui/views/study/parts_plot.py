"""PartsPlot: validation and test together."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from elman_core.support.text_format import counted
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis
from elman_gui.views.study.study_card import DotStudyCard

__all__ = ["PartsPlot"]

_MOST_DOTS = 3_000


class PartsPlot(DotStudyCard):
    """A dot for each cell: its median on the validation part across, on the test part upwards."""

    def __init__(self) -> None:
        super().__init__(
            "Validation and test",
            "Each cell's median error on the validation part, by which it is chosen, and on the test part, on which it "
            "is reported. Where the dots lie along a rising line, validation can be believed; a chosen cell that is "
            "good on validation and not on test was chosen by chance. The rank correlation is 1 where both parts put "
            "the cells in the same order, and 0 where one tells nothing of the other.",
        )
        self.plot.setAxisItems({"left": LogAxis("left"), "bottom": LogAxis("bottom")})
        self.prepare_axes()
        self.add_items(self.dots)
        self.set_axis_label("bottom", "validation, median")
        self.set_axis_label("left", "test, median")
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.add_control(self.words)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self.dots.setBrush(pg.mkBrush(theme.one_step))
        self.dots.setSize(7)
        self.legend.show_entries([LegendEntry("cell", theme.one_step, "dot"), LegendEntry("chosen", theme.ink, "star")])

    def prepare(self) -> None:
        """Draw a dot for each cell that has both figures."""
        overview = self.overview
        with np.errstate(divide="ignore", invalid="ignore"):
            self.x, self.y = np.log10(overview.validation), np.log10(overview.test)
        known = np.isfinite(self.x) & np.isfinite(self.y)
        shown = overview.order[:_MOST_DOTS]
        shown = shown[known[shown]]
        self.dots.setData(self.x[shown], self.y[shown])
        if not known.any():
            self.words.setText("No run has an error of both parts." if len(overview) else "")
            return
        low = np.array([self.x[known].min(), self.y[known].min()])
        high = np.array([self.x[known].max(), self.y[known].max()])
        self.make_room(low - 0.05, high + 0.05, 0.06)
        self.words.setText(self._correlation(known))

    def _correlation(self, known: np.ndarray) -> str:
        if known.sum() < 3:
            return counted(int(known.sum()), "cell")
        ranks = [np.argsort(np.argsort(figures[known])).astype(float) for figures in (self.x, self.y)]
        return f"rank correlation {np.corrcoef(*ranks)[0, 1]:.2f}"

    def data(self) -> PlotData:
        """Return both medians of every cell."""
        overview = self.overview
        if not len(overview):
            return PlotData((), ())
        return PlotData(("cell", "validation", "test"), (overview.cells, overview.validation, overview.test))
