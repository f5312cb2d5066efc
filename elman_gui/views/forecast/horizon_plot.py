"""HorizonPlot and HorizonTable: how wrong the network is by the number of steps ahead, beside what it has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from elman_core.forecasting.scores import HorizonScore
from elman_gui.plain_text import PlainLabel
from elman_gui.theme import Theme
from elman_gui.tooltips import wrapped
from elman_gui.views.card import Card, PlotCard, PlotData
from elman_gui.views.legend import LegendEntry

__all__ = ["HorizonPlot", "HorizonTable"]

_NAMES = {
    "rmse": "network",
    "persistence_rmse": "persistence",
    "linear_rmse": "linear",
    "seasonal_persistence_rmse": "seasonal",
}
"""Whose error each figure of a score is."""
_AT_THE_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

_TABLE_TIP = "Root mean squared errors on the test part, in the data's units; the smallest is bold"


class HorizonPlot(PlotCard):
    """A curve for the network and for each baseline."""

    def __init__(self) -> None:
        super().__init__(
            "Error by steps ahead",
            "How wrong forecasts of 1, 2, 3 ... steps are, from every row of the test part on: the root mean squared "
            "error in the data's units. Persistence says that nothing changes; linear is least squares on the last "
            "values, run on its own predictions as the network is. A forecast is worth something as far ahead as its "
            "curve is below theirs.",
        )
        self._horizons: tuple[HorizonScore, ...] = ()
        self._curves = {name: pg.PlotDataItem() for name in _NAMES}
        for curve in self._curves.values():
            self.plot.addItem(curve)
        self.plot.setMouseEnabled(x=False, y=False)
        self.set_axis_label("bottom", "steps ahead")
        self.set_axis_label("left", "RMSE")

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        for name, (color, style, sign) in _signs(theme).items():
            curve = self._curves[name]
            curve.setPen(pg.mkPen(color, width=2 if name == "rmse" else 1.5, style=style))
            curve.setSymbol(sign)
            curve.setSymbolSize(6)
            curve.setSymbolBrush(color)
            curve.setSymbolPen(None)
        self._show_legend()

    def _show_legend(self) -> None:
        marks = {Qt.PenStyle.SolidLine: "line", Qt.PenStyle.DashLine: "dashes", Qt.PenStyle.DotLine: "dots"}
        self.legend.show_entries(
            [
                LegendEntry(_NAMES[name], color, marks[style])
                for name, (color, style, _) in _signs(self.theme).items()
                if any(_figure(score, name) is not None for score in self._horizons) or name == "rmse"
            ]
        )

    @Slot(object)
    def show_horizons(self, horizons: Sequence[HorizonScore]) -> None:
        """Show these errors."""
        self._horizons = tuple(horizons)
        highest = 0.0
        for name, curve in self._curves.items():
            steps, errors = self._points(name)
            curve.setData(steps, errors)
            highest = max(highest, float(errors.max(initial=0.0)))
        if self._horizons:
            last = self._horizons[-1].horizon
            self.plot.setXRange(0.5, last + 0.5, padding=0)
            self.plot.setYRange(0, 1.1 * (highest or 1.0), padding=0)
            every = max(1, last // 10)
            ticks = [(float(step), f"{step}") for step in range(1, last + 1) if step == 1 or step % every == 0]
            self.plot.getPlotItem().getAxis("bottom").setTicks([ticks])
        self._show_legend()

    def _points(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        found = [(score.horizon, _figure(score, name)) for score in self._horizons]
        known = [(step, error) for step, error in found if error is not None and np.isfinite(error)]
        steps, errors = zip(*known, strict=True) if known else ((), ())
        return np.array(steps, np.float64), np.array(errors, np.float64)

    def data(self) -> PlotData:
        """Return the errors, a row for each number of steps ahead."""
        if not self._horizons:
            return PlotData((), ())
        names = [name for name in _NAMES if any(_figure(score, name) is not None for score in self._horizons)]
        columns = [np.array([_figure(score, name) for score in self._horizons], np.float64) for name in names]
        steps = np.array([score.horizon for score in self._horizons], np.float64)
        return PlotData(("steps_ahead", *(f"{_NAMES[name]}_rmse" for name in names)), (steps, *columns))


class HorizonTable(Card):
    """The same errors in numbers, the smallest of each row bold, and what they come to in a sentence."""

    def __init__(self) -> None:
        super().__init__("Errors in numbers")
        self.table = QTableWidget(0, 0)
        self.table.setAccessibleName("Errors by steps ahead")
        self.table.setToolTip(_TABLE_TIP)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setDefaultAlignment(_AT_THE_RIGHT)
        self.table.setShowGrid(False)
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.verdict = PlainLabel()
        self.verdict.setObjectName("muted")
        self.verdict.setWordWrap(True)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.verdict)
        self.table.setMinimumSize(180, 100)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low card the sentence gives way to the numbers; their tooltip has it too."""
        super().resizeEvent(event)
        width = self.width() - 2 * self.body.contentsMargins().left()
        others = self.header.sizeHint().height() + self.table.minimumHeight() + 4 * self.body.spacing() + 16
        self.verdict.setVisible(self.height() >= others + self.verdict.heightForWidth(width))
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Columns are as wide as each other, or as what is in them where there is no room for that."""
        header, columns = self.table.horizontalHeader(), range(self.table.columnCount())
        widest = max((header.sectionSizeHint(column) for column in columns), default=0)
        is_roomy = widest * len(columns) <= self.table.viewport().width()
        modes = QHeaderView.ResizeMode
        header.setSectionResizeMode(modes.Stretch if is_roomy else modes.ResizeToContents)

    def show_horizons(self, horizons: Sequence[HorizonScore]) -> None:
        """Show these errors."""
        names = [name for name in _NAMES if any(_figure(score, name) is not None for score in horizons)]
        self.table.setColumnCount(1 + len(names))
        self.table.setHorizontalHeaderLabels(["steps", *(_NAMES[name] for name in names)])
        self.table.setRowCount(len(horizons))
        for row, score in enumerate(horizons):
            figures = {name: _figure(score, name) for name in names}
            known = [figure for figure in figures.values() if figure is not None and np.isfinite(figure)]
            self._write(row, 0, f"{score.horizon}", bold=False)
            for column, figure in enumerate(figures.values(), start=1):
                text = "–" if figure is None else f"{figure:.4g}"
                self._write(row, column, text, bold=figure is not None and figure == min(known, default=None))
        self._fit_columns()
        self.verdict.setText(_verdict(horizons))
        self.table.setToolTip(wrapped(f"{_TABLE_TIP}. {self.verdict.text()}"))

    def _write(self, row: int, column: int, text: str, *, bold: bool) -> None:
        item = QTableWidgetItem(text)
        item.setTextAlignment(_AT_THE_RIGHT)
        font = item.font()
        font.setBold(bold)
        item.setFont(font)
        self.table.setItem(row, column, item)


def _signs(theme: Theme) -> dict[str, tuple[str, Qt.PenStyle, str]]:
    """Return colour, line and marker of each curve."""
    return {
        "rmse": (theme.one_step, Qt.PenStyle.SolidLine, "o"),
        "persistence_rmse": (theme.muted, Qt.PenStyle.DashLine, "s"),
        "linear_rmse": (theme.closed_loop, Qt.PenStyle.DotLine, "t1"),
        "seasonal_persistence_rmse": (theme.best, Qt.PenStyle.DashLine, "d"),
    }


def _figure(score: HorizonScore, name: str) -> float | None:
    figure: float | None = getattr(score, name)
    return figure


def _verdict(horizons: Sequence[HorizonScore]) -> str:
    """Say up to which horizon the network is better than each of the two baselines that there always are."""
    if not horizons:
        return "There are too few rows to score a forecast."
    last = horizons[-1].horizon
    parts = []
    for words, name in (("persistence", "persistence_rmse"), ("linear least squares", "linear_rmse")):
        worse = [score.horizon for score in horizons if not score.rmse < getattr(score, name)]
        better = len(horizons) - len(worse)
        if not worse:
            parts.append(f"better than {words} at every number of steps up to {last}")
        elif not better:
            parts.append(f"not better than {words} at any")
        else:
            parts.append(f"better than {words} at {better} of {len(horizons)}")
    return f"On the rows that are scored the network is {' and '.join(parts)}."
