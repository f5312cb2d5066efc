"""RocPlot: how well a high error tells where a word, sentence or triple begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot

from elman_core.data.dataset import SequenceDataset
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.views.legend import LegendEntry

if TYPE_CHECKING:
    from elman_core.analysis.symbol_errors import RocCurve
    from elman_core.analysis.types import Inspection

__all__ = ["RocPlot"]

_MOST_POINTS = 300
"""Points that are drawn; more of them could not be seen."""


class RocPlot(PlotCard):
    """The curve from a threshold that finds nothing to one that takes every symbol for a beginning."""

    def __init__(self) -> None:
        super().__init__(
            "ROC curve",
            "Knowing nothing but the error, one could take every symbol with an error above a threshold for the "
            "beginning of a word, or of whatever the stream is made of. The curve shows, for each threshold, what "
            "share of the beginnings is found so, and what share of the other symbols is taken for one. The area under "
            "it is 1 when the error is higher at every beginning than anywhere else, and 0.5 by chance.",
        )
        self._curve_seen: RocCurve | None = None
        self._curve = pg.PlotCurveItem()
        self._chance = pg.PlotCurveItem([0.0, 1.0], [0.0, 1.0])
        for item in (self._chance, self._curve):
            self.plot.addItem(item)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setRange(xRange=(0, 1), yRange=(0, 1.02), padding=0.01)
        self.set_axis_label("left", "found")
        self.area = ElidedLabel()
        self.area.setObjectName("muted")
        self.area.setToolTip("The area under the curve; there is none where errors are not finite")
        self.add_control(self.area)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._curve.setPen(pg.mkPen(theme.one_step, width=1.5))
        self._chance.setPen(pg.mkPen(theme.muted, width=1.5, style=Qt.PenStyle.DashLine))
        self.legend.show_entries([LegendEntry("chance", theme.muted, "dashes")])

    def show_dataset(self, dataset: SequenceDataset) -> None:
        """Wait for another network's curve; only streams of groups have one."""
        symbols = dataset.symbols
        self._clear("looking…")
        has_groups = symbols is not None and symbols.position is not None
        self.setVisible(has_groups)
        if has_groups and symbols is not None:
            self.set_axis_label("bottom", f"others taken for the beginning of a {symbols.group}")

    @Slot(object)
    def show_inside(self, inside: Inspection) -> None:
        """Show this curve, if it was looked at."""
        if inside.errors is None:
            return
        curve = self._curve_seen = inside.errors.roc
        if curve is None:
            self._clear("no curve")
            return
        points = len(curve.false_positive)
        drawn = np.unique(np.linspace(0, points - 1, _MOST_POINTS).astype(int))
        self._curve.setData(curve.false_positive[drawn], curve.true_positive[drawn])
        self.area.setText(f"area {curve.area:.3f}")

    def data(self) -> PlotData:
        """Return the shares at each threshold."""
        if self._curve_seen is None:
            return PlotData((), ())
        curve = self._curve_seen
        names = ("false_positive_rate", "true_positive_rate", "threshold")
        return PlotData(names, (curve.false_positive, curve.true_positive, curve.thresholds))

    def _clear(self, words: str) -> None:
        self._curve_seen = None
        self._curve.setData([], [])
        self.area.setText(words)
