"""HorizonPlot: how wrong forecasts are by the number of steps ahead, beside what they have to beat."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Slot

from elman_core.forecasting.backtest.results import Backtest, Contestant
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.forecast.contestant_signs import PARTS, is_part, sign_of
from elman_gui.views.legend import LegendEntry

__all__ = ["HorizonPlot"]

_MOST_TICKS = 10
_HIGHEST = 3.0
"""So many times the network's own greatest error is shown; what is beyond is cut off."""

Array = NDArray[np.float64]


class HorizonPlot(PlotCard):
    """A curve for the network, thin ones for its parts, and one for each baseline."""

    def __init__(self) -> None:
        super().__init__(
            "Error by steps ahead",
            "How wrong forecasts of 1, 2, 3 ... steps are, from every row of the test part on: the root mean squared "
            "error in the data's units, of several series its mean. Persistence says that nothing changes, seasonal "
            "persistence that the last season comes again; least squares are run on their own predictions as the "
            "network is. A forecast is worth something as far ahead as its curve is below theirs. Errors "
            "far beyond the network's own are cut off.",
        )
        self._backtest: Backtest | None = None
        self._curves: dict[str, pg.PlotDataItem] = {}
        self.plot.setMouseEnabled(x=False, y=False)
        self.set_axis_label("bottom", "steps ahead", is_count=True)
        self.set_axis_label("left", "RMSE")

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        for name, curve in self._curves.items():
            sign = sign_of(name, theme)
            curve.setPen(pg.mkPen(sign.color, width=sign.width, style=sign.style))
            curve.setSymbol(sign.marker)
            curve.setSymbolSize(6)
            curve.setSymbolBrush(sign.color)
            curve.setSymbolPen(None)
        self._show_legend()

    def _show_legend(self) -> None:
        entries: list[LegendEntry] = []
        for own in self._contestants:
            sign = sign_of(own.name, self.theme)
            words = PARTS if is_part(own.name) else own.title.removeprefix("the ").removesuffix(" persistence")
            entry = LegendEntry(words, sign.color, sign.mark)
            if entry not in entries:
                entries.append(entry)
        self.legend.show_entries(entries)

    @property
    def _contestants(self) -> tuple[Contestant, ...]:
        return () if self._backtest is None else self._backtest.contestants

    @Slot(object)
    def show_backtest(self, found: Backtest | None) -> None:
        """Show the errors of a backtest."""
        self._backtest = found
        for curve in self._curves.values():
            self.plot.removeItem(curve)
        self._curves.clear()
        parts = [own for own in self._contestants if is_part(own.name)]
        if parts:
            self._add_curve(parts[0].name, *_one_after_another(parts))
        for own in reversed(self._contestants):  # the network lies over the others
            if not is_part(own.name):
                self._add_curve(own.name, np.arange(1.0, len(own.horizons) + 1), _errors(own))
        if found is not None:
            last = len(found.model.horizons)
            self.plot.setXRange(0.5, last + 0.5, padding=0)
            self.plot.setYRange(0, self._highest(found), padding=0)
            every = max(1, -(-last // _MOST_TICKS))
            ticks = [(float(step), f"{step:,}") for step in range(1, last + 1) if step == 1 or step % every == 0]
            self.plot.getPlotItem().getAxis("bottom").setTicks([ticks])
        self.set_theme(self.theme)

    def _add_curve(self, name: str, steps: Array, errors: Array) -> None:
        curve = pg.PlotDataItem(connect="finite")
        curve.setData(steps, errors)
        self.plot.addItem(curve)
        self._curves[name] = curve

    @staticmethod
    def _highest(found: Backtest) -> float:
        """Return up to where errors are shown: all of them, unless some are far beyond the network's."""
        errors = np.concatenate([_errors(own) for own in found.contestants])
        errors, own = errors[np.isfinite(errors)], _errors(found.model)
        most = float(errors.max(initial=0.0))
        known = own[np.isfinite(own)]
        return 1.1 * (min(most, _HIGHEST * float(known.max())) if len(known) and known.max() > 0 else most) or 1.0

    def data(self) -> PlotData:
        """Return the errors, a row for each number of steps ahead."""
        own = self._contestants
        if not own:
            return PlotData((), ())
        steps = np.arange(1, len(own[0].horizons) + 1, dtype=np.float64)
        names = [f"{one.name.replace(' ', '_')}_rmse" for one in own]
        return PlotData(("steps_ahead", *names), (steps, *(_errors(one) for one in own)))


def _one_after_another(several: list[Contestant]) -> tuple[Array, Array]:
    """Return the points of all curves, with a gap after each: one item is drawn many times as fast as twenty."""
    steps = [np.append(np.arange(1.0, len(own.horizons) + 1), np.nan) for own in several]
    return np.concatenate(steps), np.concatenate([np.append(_errors(own), np.nan) for own in several])


def _errors(own: Contestant) -> Array:
    errors = np.array([figures.rmse for figures in own.horizons], np.float64)
    return np.where(np.isfinite(errors) & (errors < 1e30), errors, np.nan)
