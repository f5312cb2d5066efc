"""KindsPlot: all kinds of damage beside one another."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from elman_core.config.damage import DamageKind
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.damage.damage_card import DamageCard
from elman_gui.views.damage.kind_signs import sign_of_kind
from elman_gui.views.legend import LegendEntry, line_pen

__all__ = ["KindsPlot"]


class KindsPlot(DamageCard):
    """A line for each kind, its median over networks; that of the kind that is looked at is thick."""

    def __init__(self) -> None:
        super().__init__(
            "All kinds of damage",
            "The median over networks of every kind of damage, level by level. A kind whose curve stays low is one "
            "that the networks bear; where two curves cross, one hurts at once and the other only when much is gone. "
            "Levels are shares, but of different things: compare shapes, and levels of one kind. A click on a curve "
            "looks at that kind.",
        )
        self._curves = {kind: pg.PlotDataItem(connect="finite") for kind in DamageKind}
        for curve in self._curves.values():
            self.plot.addItem(curve)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._paint()

    def _paint(self) -> None:
        for kind, curve in self._curves.items():
            sign = sign_of_kind(kind, self.theme)
            width = 3.0 if kind is self.look.kind else 1.5
            curve.setPen(line_pen(sign.mark, sign.color, width))
            curve.setZValue(1 if kind is self.look.kind else 0)

    def prepare(self) -> None:
        """Draw the medians of all kinds."""
        look, heights = self.look, []
        for kind, curve in self._curves.items():
            over = look.over_levels(kind)
            median = over.bands[2]
            curve.setData(over.levels, np.where(np.isfinite(median), median, np.nan))
            heights.append(median)
        self.show_heights(heights, list(look.baselines.values())[:1])
        self._paint()
        self.set_axis_label("bottom", "level")
        self.set_axis_label("left", look.measure)
        known = [kind for kind in look.kinds if len(look.over_levels(kind).levels) > 1]
        signs = {kind: sign_of_kind(kind, self.theme) for kind in known}
        self.legend.show_entries([LegendEntry(kind.words.lower(), own.color, own.mark) for kind, own in signs.items()])

    def kind_at(self, level: float, value: float) -> DamageKind | None:
        """Return the kind whose curve is nearest in height at a level."""
        best, nearest = np.inf, None
        for kind in self.look.kinds:
            over = self.look.over_levels(kind)
            if len(over.levels):
                away = abs(float(np.interp(level, over.levels, over.bands[2])) - value)
                best, nearest = (away, kind) if away < best else (best, nearest)
        return nearest

    def data(self) -> PlotData:
        """Return the medians of all kinds by level."""
        kinds = [kind for kind in self.look.kinds if len(self.look.over_levels(kind).levels)]
        if not kinds:
            return PlotData((), ())
        levels = np.unique(np.concatenate([self.look.over_levels(kind).levels for kind in kinds]))
        columns = []
        for kind in kinds:
            over = self.look.over_levels(kind)
            column = np.full(len(levels), np.nan)
            column[np.searchsorted(levels, over.levels)] = over.bands[2]
            columns.append(column)
        return PlotData(("level", *(kind.value for kind in kinds)), (levels, *columns))
