"""DamagePlot: what one kind of damage does to networks, level by level, with bands over all of them."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Signal, Slot

from elman_core.analysis.damage.results import SHARES
from elman_core.config.damage import DamageKind
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.choice import Choice
from elman_gui.views.colors import blended
from elman_gui.views.damage.damage_card import DamageCard
from elman_gui.views.forecast.interval_bands import IntervalBands
from elman_gui.views.legend import LegendEntry, line_pen

__all__ = ["DamagePlot"]

_WIDE, _NARROW = 0.14, 0.30
"""How far the bands' colours are from the card's."""
_MARKS = {
    "undamaged": "dashes",
    "untrained": "dots",
    "chance": "dashes and dots",
}


class DamagePlot(DamageCard):
    """The median, the middle half and nine tenths of the networks, the one that is looked at, and baselines.

    Signals
    -------
    measure_chosen(str)
        The person looks at another measure.
    """

    measure_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__(
            "Damage",
            "What trained networks still reach as more and more is taken from them. The line is the median over "
            "networks, the bands are the middle half and nine tenths of them; of a single network they are over its "
            "repeats. The dashed line is what they reached undamaged, the dotted one what the same networks reached "
            "before training, that of dashes and dots what chance reaches. A higher level takes all that a lower one "
            "took, and more. A click on a level marks it; a double click does its damage to the network in all views, "
            "where holding units can.",
        )
        self.kinds, self.measures = Choice(), Choice()
        for choice, length, name, tip in (
            (self.kinds, 18, "Kind of damage", "Which damage is drawn"),
            (
                self.measures,
                12,
                "Measure",
                "The error, symbols that are right, or a line of the scorecard",
            ),
        ):
            choice.setAccessibleName(name)
            choice.setToolTip(tip)
            choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(length)
            self.add_control(choice)
        self.kinds.currentIndexChanged.connect(self._on_kind)
        self.measures.currentIndexChanged.connect(self._on_measure)
        self._bands = IntervalBands()
        self._median = pg.PlotDataItem(connect="finite")
        self._own = pg.PlotDataItem(connect="finite")
        for item in (self._bands, self._own, self._median):
            self.plot.addItem(item)
        self._baselines = {name: pg.InfiniteLine(angle=0, movable=False) for name in _MARKS}
        for line in self._baselines.values():
            line.setZValue(-8)
            line.hide()
            self.plot.addItem(line, ignoreBounds=True)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self._median.setPen(pg.mkPen(theme.one_step, width=2.5))
        self._median.setSymbol("o")
        self._median.setSymbolSize(6)
        self._median.setSymbolBrush(theme.one_step)
        self._median.setSymbolPen(None)
        self._own.setPen(pg.mkPen(theme.closed_loop, width=1.5))
        colors = {"undamaged": theme.ink, "untrained": theme.muted, "chance": theme.best}
        for name, line in self._baselines.items():
            line.setPen(line_pen(_MARKS[name], colors[name], 1.5))
        super().set_theme(theme)

    def prepare(self) -> None:
        """Draw what is looked at."""
        look = self.look
        self._offer(self.kinds, [(kind.words, kind) for kind in look.kinds], look.kind)
        self._offer(self.measures, [(measure, measure) for measure in look.measures], look.measure)
        over = look.over_levels(look.kind)
        spread = over.bands
        several = over.values.shape[1] > 1 or over.values.shape[2] > 1
        theme = self.theme
        colors = tuple(blended(theme.card, theme.one_step, share) for share in (_WIDE, _NARROW))
        if several:
            self._bands.show_bands(over.levels, spread[[0, 1]], spread[[4, 3]], colors)
        else:
            self._bands.show_bands(over.levels, spread[:0], spread[:0], ())
        self._median.setData(over.levels, _drawable(spread[2]))
        own = over.of_network(look.member) if over.values.shape[1] > 1 else np.empty(0)
        self._own.setData(over.levels[: len(own)], _drawable(own))
        baselines = look.baselines
        self.show_heights([spread, own], list(baselines.values()))
        for name, line in self._baselines.items():
            value = baselines.get(name, np.nan)
            line.setVisible(bool(np.isfinite(value)) and self.is_shown(value))
            line.setValue(float(np.nan_to_num(value)))
        self.set_axis_label("bottom", f"level: {look.kind.level_means}")
        paper = f"; Elman 1990: {look.paper}" if look.paper else ""
        self.set_axis_label("left", f"{look.measure}{paper}")
        self._show_legend(several, bool(len(own)), baselines)

    def _show_legend(self, several: bool, has_own: bool, baselines: dict[str, float]) -> None:
        theme = self.theme
        entries = []
        if self.look.results is not None:
            entries.append(LegendEntry("median" if several else "error", theme.one_step, "line"))
        if several:
            entries += [
                LegendEntry("middle half", blended(theme.card, theme.one_step, _NARROW), "square"),
                LegendEntry("5 to 95 %", blended(theme.card, theme.one_step, _WIDE), "square"),
            ]
        if has_own:
            entries.append(LegendEntry(f"network {self.look.member + 1:,}", theme.closed_loop, "line"))
        colors = {"undamaged": theme.ink, "untrained": theme.muted, "chance": theme.best}
        for name, value in baselines.items():
            beyond = "" if self.is_shown(value) else f" {value:.3g}, beyond"
            entries.append(LegendEntry(f"{name}{beyond}", colors[name], _MARKS[name]))
        self.legend.show_entries(entries)

    @staticmethod
    def _offer(choice: Choice, items: list[tuple[str, object]], chosen: object) -> None:
        with QSignalBlocker(choice):
            if [choice.itemData(index) for index in range(choice.count())] != [value for _, value in items]:
                choice.clear()
                for words, value in items:
                    choice.addItem(words, value)
            choice.setCurrentIndex(choice.findData(chosen))

    @Slot(int)
    def _on_kind(self, index: int) -> None:
        if index >= 0:
            self.kind_chosen.emit(DamageKind(self.kinds.itemData(index)))

    @Slot(int)
    def _on_measure(self, index: int) -> None:
        if index >= 0:
            self.measure_chosen.emit(self.measures.itemData(index))

    def data(self) -> PlotData:
        """Return quantiles, and every network, by level."""
        look = self.look
        over = look.over_levels(look.kind)
        if not len(over.levels):
            return PlotData((), ())
        quantiles = tuple(f"quantile_{share:g}" for share in SHARES)
        networks = tuple(f"network_{number + 1}" for number in range(over.values.shape[1]))
        each = over.values.mean(axis=2).T
        baselines = {name: np.full(len(over.levels), value) for name, value in look.baselines.items()}
        names = ("level", *quantiles, *baselines, *networks)
        return PlotData(names, (over.levels, *over.bands, *baselines.values(), *each))


def _drawable(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)
