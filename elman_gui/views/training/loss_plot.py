"""LossPlot: the loss of each epoch on a logarithmic scale, with the best epoch marked."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot

from elman_core.config import Loss
from elman_core.data.dataset import SequenceDataset
from elman_core.training.history import History
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData, draw_fast
from elman_gui.views.envelope import Envelope
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis

__all__ = ["LossPlot"]

_STEPS_A_DECADE = 4
_LOSS_NAMES = {Loss.SQUARED_ERROR: "½ squared error", Loss.CROSS_ENTROPY: "cross-entropy"}


class LossPlot(PlotCard):
    """Training and validation loss per time step, so that parts of different length compare."""

    def __init__(self) -> None:
        super().__init__(
            "Loss",
            "How wrong the network is on average at each time step, epoch by epoch, on a logarithmic scale: training "
            "part and, where there is one, validation part. The triangle marks the best epoch.",
        )
        self._history = History()
        self._train_steps = self._validation_steps = 1
        self._planned_epochs = 1
        self._room: tuple[float, float, float] | None = None
        self._train_envelope, self._validation_envelope = Envelope(), Envelope()
        self.plot.setAxisItems({"left": LogAxis("left")})
        self.prepare_axes()
        self.set_axis_label("bottom", "epoch")
        self._train = pg.PlotDataItem()
        self._validation = pg.PlotDataItem()
        self._best = pg.PlotDataItem(symbol="t", symbolSize=11, pen=None)
        self._branches: list[pg.PlotDataItem] = []
        self._viewed = pg.InfiniteLine(angle=90, movable=False)
        self._viewed.hide()
        self.plot.addItem(self._viewed, ignoreBounds=True)
        for curve in (self._train, self._validation, self._best):
            self.plot.addItem(curve)
            draw_fast(curve)
        self.plot.getPlotItem().setLogMode(x=False, y=True)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._train.setPen(pg.mkPen(theme.one_step, width=1.5))
        self._validation.setPen(pg.mkPen(theme.closed_loop, width=1.5))
        self._best.setSymbolBrush(theme.best)
        self._best.setSymbolPen(None)
        self._viewed.setPen(pg.mkPen(theme.ink, width=1, style=Qt.PenStyle.DotLine))
        self._draw_branches()
        self._show_legend()

    def show_dataset(self, dataset: SequenceDataset, loss: Loss, planned_epochs: int) -> None:
        """Count in this series' time steps from now on."""
        self._planned_epochs = planned_epochs
        self._room = None
        self._train_envelope.clear()
        self._validation_envelope.clear()
        self._train_steps, self._validation_steps = dataset.train_steps, max(1, dataset.validation_steps)
        self.set_axis_label("left", _LOSS_NAMES[loss])

    @Slot(object)
    def show_history(self, history: History) -> None:
        """Show these losses, of network 0."""
        self._history = history
        if len(history.branches) != len(self._branches):
            self._draw_branches()
        train = self._train_envelope.follow(history.train[:, 0])
        validation = self._validation_envelope.follow(_first_network(history.validation))
        curves = [(train[0], train[1] / self._train_steps), (validation[0], validation[1] / self._validation_steps)]
        self._make_room(history.epochs, np.concatenate([losses for _, losses in curves]))
        for curve, (places, losses) in zip((self._train, self._validation), curves, strict=True):
            _set_positive(curve, places + 1, losses)
        self._mark_best()
        self._show_legend()

    def _mark_best(self) -> None:
        best = self._history.best_epoch
        if best is None:
            self._best.setData([], [])
            return
        validation = self._history.validation
        loss = self._history.train[best, 0] / self._train_steps
        if validation is not None:
            loss = validation[best, 0] / self._validation_steps
        _set_positive(self._best, np.array([best + 1.0]), np.array([loss]))

    @Slot(object)
    def show_epoch(self, epoch: int | None) -> None:
        """Mark an epoch that is looked at; None for now."""
        self._viewed.setVisible(epoch is not None)
        if epoch is not None:
            self._viewed.setValue(epoch)

    def show_all(self) -> None:
        """Show the whole curves."""
        self._room = None
        self.show_history(self._history)

    def data(self) -> PlotData:
        """Return epoch and losses per time step."""
        epochs, train, validation = self._curves()
        if not len(validation):
            return PlotData(("epoch", "train_loss_per_step"), (epochs, train))
        return PlotData(("epoch", "train_loss_per_step", "validation_loss_per_step"), (epochs, train, validation))

    def _draw_branches(self) -> None:
        """Draw the runs that were left, thin and dotted."""
        for curve in self._branches:
            self.plot.removeItem(curve)
        self._branches = []
        for branch in self._history.branches:
            epochs = branch.epoch + np.arange(1, len(branch.train) + 1, dtype=np.float64)
            curve = pg.PlotDataItem(pen=pg.mkPen(self.theme.one_step, width=1, style=Qt.PenStyle.DotLine))
            self.plot.addItem(curve)
            draw_fast(curve)
            curve.setLogMode(False, True)
            _set_positive(curve, epochs, branch.train[:, 0] / self._train_steps)
            self._branches.append(curve)

    def _make_room(self, epochs: int, losses: NDArray[np.float64]) -> None:
        """Widen the axes in steps: an axis at rest is easier to read, and need not be painted anew."""
        branches = self._history.branches
        losses = np.concatenate([losses, *(one.train[:, 0] / self._train_steps for one in branches)])
        losses = losses[np.isfinite(losses) & (losses > 0)]
        if not len(losses):
            room = (float(self._planned_epochs), -3.0, 0.0)
        else:
            low, high = (np.log10(extreme(losses)) * _STEPS_A_DECADE for extreme in (np.min, np.max))
            longest = max([epochs, *(one.epoch + len(one.train) for one in branches)])
            last = _round_number_above(longest)
            if longest <= self._planned_epochs:
                last = min(last, self._planned_epochs)
            room = (float(last), (np.floor(low) - 0.2) / _STEPS_A_DECADE, (np.ceil(high) + 0.2) / _STEPS_A_DECADE)
        if room != self._room:
            self._room = room
            self.plot.setXRange(0, room[0], padding=0.02)
            self.plot.setYRange(room[1], room[2], padding=0)  # powers of ten

    def _curves(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        train = self._history.train[:, 0] / self._train_steps
        per_step = _first_network(self._history.validation) / self._validation_steps
        return np.arange(1, len(train) + 1, dtype=np.float64), train, per_step

    def _show_legend(self) -> None:
        entries = [LegendEntry("train", self.theme.one_step, "line")]
        if self._history.validation is not None:
            entries.append(LegendEntry("validation", self.theme.closed_loop, "line"))
        if self._branches:
            entries.append(LegendEntry("runs left", self.theme.one_step, "dots"))
        best = self._history.best_epoch
        if best is not None:
            entries.append(LegendEntry(f"best: {best + 1:,}", self.theme.best, "triangle"))
        self.legend.show_entries(entries)


def _first_network(losses: NDArray[np.float64] | None) -> NDArray[np.float64]:
    return np.empty(0) if losses is None else losses[:, 0]


def _round_number_above(count: int) -> int:
    """Return the next of 10, 15, 20, 30, 40, 50, 60, 80, 100, 150, ..."""
    decade = 10 ** max(1, len(str(count)) - 1)
    return next(int(part * decade) for part in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if part * decade >= count)


def _set_positive(curve: pg.PlotDataItem, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Give a curve the points that a logarithmic scale can show."""
    shown = np.isfinite(y) & (y > 0)
    curve.setData(x[shown], y[shown])
