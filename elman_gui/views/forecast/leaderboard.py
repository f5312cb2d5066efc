"""Leaderboard and HorizonTable: what a backtest comes to in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton

from elman_core.forecasting.backtest.results import Backtest, Contestant, Figures
from elman_gui.views.forecast.contestant_signs import is_part
from elman_gui.views.table_card import Cell, Heading, TableCard
from elman_gui.views.view_card import PlotData

__all__ = ["HorizonTable", "Leaderboard"]

_MASE = "Mean absolute scaled error: below 1 is better than saying, one step ahead, that nothing changes"
_FIGURES = {
    "mase": ("MASE", f"{_MASE}; with a season, that the last season comes again"),
    "smape": ("sMAPE", "Symmetric mean absolute percentage error, from 0 to 200"),
    "rmse": ("RMSE", "Root mean squared error in the data's units"),
    "quantile_loss": ("WQL", "Weighted quantile loss of the intervals' edges and the forecast: smaller is better"),
    "skill": ("skill", "1 - error / error of the better persistence: 1 is perfect, 0 no better, below 0 worse"),
}
_GREATEST_IS_BEST = {"skill"}
_FEW_PARTS = 5


class Leaderboard(TableCard):
    """Network, its parts and all baselines, the best first; the best figure of each column is bold."""

    def __init__(self) -> None:
        super().__init__(
            "Leaderboard",
            "Forecasts from every origin of the test part, over all steps ahead, of the network, of each of its parts "
            "alone, and of the baselines, the best first. All know the same rows. Coverage is the share of values that "
            "lie within the intervals of 80 and 90 %.",
        )
        self._backtest: Backtest | None = None
        self.parts = QPushButton("Parts")
        self.parts.setObjectName("small")
        self.parts.setCheckable(True)
        self.parts.setAutoDefault(False)
        self.parts.setToolTip("Show what each part of the network would reach alone")
        self.parts.toggled.connect(self._show)
        self.parts.hide()
        self.add_control(self.parts)

    @Slot(object)
    def show_backtest(self, found: Backtest | None) -> None:
        """Show who won; many parts only if they are wanted."""
        before, self._backtest = self._backtest, found
        count = 0 if found is None else sum(is_part(own.name) for own in found.contestants)
        if found is not None and (before is None or before.dataset is not found.dataset):
            self.parts.blockSignals(True)
            self.parts.setChecked(count <= _FEW_PARTS)
            self.parts.blockSignals(False)
        self.parts.setVisible(count > 0)
        self._show()

    @property
    def _shown(self) -> tuple[Contestant, ...]:
        if self._backtest is None:
            return ()
        with_parts = self.parts.isChecked()
        return tuple(own for own in self._backtest.leaderboard if with_parts or not is_part(own.name))

    @Slot()
    def _show(self) -> None:
        found = self._backtest
        if found is None:
            self.show_table((), ())
            return
        shown, levels = self._shown, found.levels
        headings = [Heading("model", "", is_words=True), *(Heading(*words) for words in _FIGURES.values())]
        headings += [Heading(f"{level:g} %", f"Share of values within the interval of {level:g} %") for level in levels]
        best = {name: _best(shown, name) for name in _FIGURES}
        rows = []
        for own in shown:
            cells = [Cell(own.title, own is found.model, own.title)]
            for name in _FIGURES:
                value = getattr(own.overall, name)
                cells.append(Cell(_skill(value) if name == "skill" else _number(value), _is(value, best[name])))
            cells += [Cell(_share(own.overall.coverage.get(level))) for level in levels]
            rows.append(cells)
        self.show_table(headings, rows)

    def data(self) -> PlotData:
        """Return the figures, a row for each contestant."""
        found = self._backtest
        if found is None:
            return PlotData((), ())
        shown = self._shown
        columns = [np.array([_value(getattr(own.overall, name)) for own in shown]) for name in _FIGURES]
        covered = [np.array([_value(own.overall.coverage.get(level)) for own in shown]) for level in found.levels]
        names = ("model", *_FIGURES, *(f"coverage_{level:g}" for level in found.levels))
        return PlotData(names, (np.array([own.title for own in shown], object), *columns, *covered))


class HorizonTable(TableCard):
    """Errors of network and baselines by the number of steps ahead, the smallest of each row bold."""

    def __init__(self) -> None:
        super().__init__(
            "Errors in numbers",
            "Root mean squared errors by the number of steps ahead in the data's units, of the network and of each "
            "baseline; the smallest of each row is bold. At the right stands how many of the values lie within the "
            "network's intervals.",
        )
        self._backtest: Backtest | None = None

    @Slot(object)
    def show_backtest(self, found: Backtest | None) -> None:
        """Show these errors."""
        self._backtest = found
        if found is None:
            self.show_table((), ())
            return
        shown = [own for own in found.contestants if not is_part(own.name)]
        headings = [Heading("steps", "How many steps ahead")]
        headings += [Heading(own.title.removeprefix("the ")) for own in shown]
        headings += [
            Heading(f"{level:g} %", f"Share of values within the interval of {level:g} %") for level in found.levels
        ]
        rows = []
        for step, figures in enumerate(found.model.horizons):
            errors = [own.horizons[step].rmse for own in shown]
            least = min((error for error in errors if np.isfinite(error)), default=None)
            cells = [Cell(f"{step + 1:,}"), *(Cell(_number(error), error == least) for error in errors)]
            rows.append([*cells, *(Cell(_share(figures.coverage.get(level))) for level in found.levels)])
        self.show_table(headings, rows)

    def data(self) -> PlotData:
        """Return all figures of the network, a row for each number of steps ahead."""
        if self._backtest is None:
            return PlotData((), ())
        found = self._backtest
        figures = found.model.horizons
        names = ("rmse", "mae", "mase", "smape", "skill")
        columns = [np.array([_value(getattr(own, name)) for own in figures]) for name in names]
        covered = [np.array([_value(own.coverage.get(level)) for own in figures]) for level in found.levels]
        steps = np.arange(1, len(figures) + 1, dtype=np.float64)
        return PlotData(
            ("steps_ahead", *names, *(f"coverage_{level:g}" for level in found.levels)), (steps, *columns, *covered)
        )


def _best(shown: Sequence[Contestant], name: str) -> float | None:
    known = [value for own in shown if (value := _of(own.overall, name)) is not None]
    return (max if name in _GREATEST_IS_BEST else min)(known, default=None)


def _of(figures: Figures, name: str) -> float | None:
    value: float | None = getattr(figures, name)
    return value if value is not None and np.isfinite(value) else None


def _value(value: float | None) -> float:
    return np.nan if value is None else value


def _number(value: float | None) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.4g}"


def _skill(value: float | None) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.3f}"


def _is(value: float | None, best: float | None) -> bool:
    return value is not None and value == best


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"
