"""LossPlot: the loss of each epoch on a logarithmic scale, with the best epoch marked."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Slot

from elman_core.config import Loss
from elman_core.data.dataset import SequenceDataset
from elman_core.history import History
from elman_gui.plots.card import LegendEntry, PlotCard, PlotData, draw_fast
from elman_gui.plots.log_axis import LogAxis
from elman_gui.theme import Theme

__all__ = ["LossPlot"]

_LOSS_NAMES = {Loss.SQUARED_ERROR: "½ squared error", Loss.CROSS_ENTROPY: "cross-entropy"}


class LossPlot(PlotCard):
    """Training and validation loss per time step, so that parts of different length compare."""

    def __init__(self) -> None:
        super().__init__(
            "Loss per time step",
            "How wrong the network is on average at each time step, epoch by epoch, on a logarithmic scale: training "
            "part and, where there is one, validation part. The triangle marks the best epoch.",
        )
        self._history = History()
        self._train_steps = self._validation_steps = 1
        self._planned_epochs = 1
        self.plot.setAxisItems({"left": LogAxis("left")})
        self.prepare_axes()
        self.set_axis_label("bottom", "epoch")
        self._train = pg.PlotDataItem()
        self._validation = pg.PlotDataItem()
        self._best = pg.PlotDataItem(symbol="t", symbolSize=11, pen=None)
        for curve in (self._train, self._validation, self._best):
            self.plot.addItem(curve)
            draw_fast(curve)
        self.plot.getPlotItem().setLogMode(x=False, y=True)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._train.setPen(pg.mkPen(theme.one_step, width=1.5))
        self._validation.setPen(pg.mkPen(theme.free_run, width=1.5))
        self._best.setSymbolBrush(theme.best)
        self._best.setSymbolPen(None)
        self._show_legend()

    def show_dataset(self, dataset: SequenceDataset, loss: Loss, planned_epochs: int) -> None:
        """Count in this series' time steps from now on."""
        self._planned_epochs = planned_epochs
        self._train_steps, self._validation_steps = dataset.train_steps, max(1, dataset.validation_steps)
        self.set_axis_label("left", _LOSS_NAMES[loss])

    @Slot(object)
    def show_history(self, history: History) -> None:
        """Show these losses, of network 0."""
        self._history = history
        epochs, train, validation = self._curves()
        if not len(epochs):
            self.plot.setXRange(0, self._planned_epochs, padding=0.02)
            self.plot.setYRange(-3, 0)  # powers of ten
        else:
            self.plot.enableAutoRange()
        _set_positive(self._train, epochs, train)
        _set_positive(self._validation, epochs[: len(validation)], validation)
        best = history.best_epoch
        judged = validation if len(validation) else train
        _set_positive(self._best, *((epochs[[best]], judged[[best]]) if best is not None else (epochs, train)))
        self._show_legend()

    def data(self) -> PlotData:
        """Return epoch and losses per time step."""
        epochs, train, validation = self._curves()
        if not len(validation):
            return PlotData(("epoch", "train_loss_per_step"), (epochs, train))
        return PlotData(("epoch", "train_loss_per_step", "validation_loss_per_step"), (epochs, train, validation))

    def _curves(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        train = self._history.train[:, 0] / self._train_steps
        validation = self._history.validation
        per_step = np.empty(0) if validation is None else validation[:, 0] / self._validation_steps
        return np.arange(1, len(train) + 1, dtype=np.float64), train, per_step

    def _show_legend(self) -> None:
        entries = [LegendEntry("train", self.theme.one_step, "line")]
        if self._history.validation is not None:
            entries.append(LegendEntry("validation", self.theme.free_run, "line"))
        best = self._history.best_epoch
        if best is not None:
            entries.append(LegendEntry(f"best: {best + 1:,}", self.theme.best, "triangle"))
        self.legend.show_entries(entries)


def _set_positive(curve: pg.PlotDataItem, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Give a curve the points that a logarithmic scale can show."""
    shown = np.isfinite(y) & (y > 0)
    curve.setData(x[shown], y[shown])
