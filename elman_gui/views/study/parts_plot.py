"""PartsPlot: validation and test together."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Slot

from elman_core.support.text_format import counted
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis
from elman_gui.views.study.study_card import PlotStudyCard

__all__ = ["PartsPlot"]

_MOST_DOTS = 3_000


class PartsPlot(PlotStudyCard):
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
        self._dots = pg.ScatterPlotItem()
        self._own, self._star = pg.ScatterPlotItem(symbol="o", size=14), pg.ScatterPlotItem(symbol="star", size=14)
        for item in (self._dots, self._star, self._own):
            self.plot.addItem(item)
        self.set_axis_label("bottom", "validation, median")
        self.set_axis_label("left", "test, median")
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.add_control(self.words)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self._x, self._y = np.empty(0), np.empty(0)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._dots.setPen(None)
        self._dots.setBrush(pg.mkBrush(theme.one_step))
        self._dots.setSize(7)
        self._star.setPen(None)
        self._star.setBrush(pg.mkBrush(theme.ink))
        self._own.setBrush(None)
        self._own.setPen(pg.mkPen(theme.closed_loop, width=2))
        self.legend.show_entries([LegendEntry("cell", theme.one_step, "dot"), LegendEntry("chosen", theme.ink, "star")])

    def prepare(self) -> None:
        """Draw a dot for each cell that has both figures."""
        overview = self.overview
        with np.errstate(divide="ignore", invalid="ignore"):
            self._x, self._y = np.log10(overview.validation), np.log10(overview.test)
        known = np.isfinite(self._x) & np.isfinite(self._y)
        shown = overview.order[:_MOST_DOTS]
        shown = shown[known[shown]]
        self._dots.setData(self._x[shown], self._y[shown])
        if not known.any():
            self.words.setText("There is no part of each yet." if len(overview) else "")
            return
        low = np.array([self._x[known].min(), self._y[known].min()])
        high = np.array([self._x[known].max(), self._y[known].max()])
        self.make_room(low - 0.05, high + 0.05, 0.06)
        self.words.setText(self._correlation(known))

    def _correlation(self, known: np.ndarray) -> str:
        if known.sum() < 3:
            return counted(int(known.sum()), "cell")
        ranks = [np.argsort(np.argsort(figures[known])).astype(float) for figures in (self._x, self._y)]
        return f"rank correlation {np.corrcoef(*ranks)[0, 1]:.2f}"

    def mark(self) -> None:
        """Mark the chosen cell, and the one that is looked at."""
        overview = self.overview
        group = None if self.cell is None else overview.group_of(self.cell)
        for item, found in ((self._star, overview.chosen), (self._own, group)):
            has = found is not None and found < len(self._x) and np.isfinite(self._x[found] + self._y[found])
            item.setData([self._x[found]] if has else [], [self._y[found]] if has else [])

    @Slot(object)
    def _click(self, event: object) -> None:
        """Look at the cell whose dot is nearest, or open its networks."""
        box = self.plot.getPlotItem().getViewBox()
        place: QPointF = event.scenePos()  # type: ignore[attr-defined]
        if not len(self._x) or not box.sceneBoundingRect().contains(place):
            return
        at, (wide, high) = box.mapSceneToView(place), box.viewPixelSize()
        away = np.hypot((self._x - at.x()) / wide, (self._y - at.y()) / high)
        away[~np.isfinite(away)] = np.inf
        wanted = self.open_wanted if event.double() else self.cell_chosen  # type: ignore[attr-defined]
        if away.min() < 24:
            wanted.emit(int(self.overview.cells[int(away.argmin())]))

    def data(self) -> PlotData:
        """Return both medians of every cell."""
        overview = self.overview
        if not len(overview):
            return PlotData((), ())
        return PlotData(("cell", "validation", "test"), (overview.cells, overview.validation, overview.test))
