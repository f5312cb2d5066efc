"""LossPlot: the loss of each epoch on a logarithmic scale, with the best epoch marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot

from elman_core.config import Loss
from elman_core.data.dataset import SequenceDataset
from elman_core.training.course import Course
from elman_core.training.history import History
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData, draw_fast
from elman_gui.views.envelope import Envelope
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis

__all__ = ["LossPlot"]

_STEPS_A_DECADE = 4
_MOST_OTHERS = 12
"""So many other networks of an ensemble are drawn behind the one that is looked at."""
_LOSS_NAMES = {Loss.SQUARED_ERROR: "½ squared error", Loss.CROSS_ENTROPY: "cross-entropy"}


class LossPlot(PlotCard):
    """Training and validation loss per time step, so that parts of different length compare."""

    def __init__(self) -> None:
        super().__init__(
            "Loss",
            "How wrong the network is on average at each time step, epoch by epoch, on a logarithmic scale: training "
            "part and, where there is one, validation part. The triangle marks the best epoch. Of several networks the "
            "one that is looked at is bold; thin lines are the training losses of others.",
        )
        self._course = Course(History())
        self._train_steps = self._validation_steps = 1
        self._planned_epochs = 1
        self._drawn_member = 0
        self._room: tuple[float, float, float] | None = None
        self._train_envelope, self._validation_envelope = Envelope(), Envelope()
        self.plot.setAxisItems({"left": LogAxis("left")})
        self.prepare_axes()
        self.set_axis_label("bottom", "epoch")
        self._train = pg.PlotDataItem()
        self._validation = pg.PlotDataItem()
        self._best = pg.PlotDataItem(symbol="t", symbolSize=11, pen=None)
        self._branches: list[pg.PlotDataItem] = []
        self._others: dict[int, tuple[pg.PlotDataItem, Envelope]] = {}
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
        self._best.setSymbolBrush(theme.best)
        self._best.setSymbolPen(None)
        self._viewed.setPen(pg.mkPen(theme.ink, width=1, style=Qt.PenStyle.DotLine))
        self._set_pens()
        self._draw_branches()
        self._show_legend()

    def _set_pens(self) -> None:
        width = 2.5 if self._others else 1.5
        self._train.setPen(pg.mkPen(self.theme.one_step, width=width))
        self._validation.setPen(pg.mkPen(self.theme.closed_loop, width=width))
        for curve, _ in self._others.values():
            curve.setPen(pg.mkPen(self.theme.muted, width=1))

    def show_dataset(self, dataset: SequenceDataset, loss: Loss, planned_epochs: int) -> None:
        """Count in this series' time steps from now on."""
        self._planned_epochs = planned_epochs
        self._room = None
        self._train_envelope.clear()
        self._validation_envelope.clear()
        self._show_others(())
        self._train_steps, self._validation_steps = dataset.train_steps, max(1, dataset.validation_steps)
        self.set_axis_label("left", _LOSS_NAMES[loss])

    @Slot(object)
    def show_course(self, course: Course) -> None:
        """Show the losses of one network, those of some others behind it."""
        self._course = course
        if not self.isVisible():
            return
        if course.member != self._drawn_member:
            self._drawn_member = course.member
            self._train_envelope.clear()
            self._validation_envelope.clear()
        if len(course.branches) != len(self._branches):
            self._draw_branches()
        self._show_others(_some_others(course))
        train = self._train_envelope.follow(course.train)
        validation = self._validation_envelope.follow(_none_if_missing(course.validation))
        curves = [(train[0], train[1] / self._train_steps), (validation[0], validation[1] / self._validation_steps)]
        drawn = [self._train, self._validation]
        for member, (curve, envelope) in self._others.items():
            places, losses = envelope.follow(course.history.train[:, member])
            curves.append((places, losses / self._train_steps))
            drawn.append(curve)
        self._make_room(course.epochs, np.concatenate([losses for _, losses in curves]))
        for curve, (places, losses) in zip(drawn, curves, strict=True):
            _set_positive(curve, places + 1, losses)
        self._mark_best()
        self._show_legend()

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""
        self.show_course(self._course)

    def _show_others(self, members: Sequence[int]) -> None:
        """Have a curve for each of these networks and no other."""
        if tuple(members) == tuple(self._others):
            return
        for curve, _ in self._others.values():
            self.plot.removeItem(curve)
        self._others = {member: (pg.PlotDataItem(), Envelope()) for member in members}
        for curve, _ in self._others.values():
            curve.setZValue(-1)
            self.plot.addItem(curve)
            draw_fast(curve)
            curve.setLogMode(False, True)
        self._set_pens()

    def _mark_best(self) -> None:
        best = self._course.best_epoch
        if best is None:
            self._best.setData([], [])
            return
        validation = self._course.validation
        loss = self._course.train[best] / self._train_steps
        if validation is not None:
            loss = validation[best] / self._validation_steps
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
        self.show_course(self._course)

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
        for branch in self._course.branches:
            epochs = branch.epoch + np.arange(1, len(branch.train) + 1, dtype=np.float64)
            curve = pg.PlotDataItem(pen=pg.mkPen(self.theme.one_step, width=1, style=Qt.PenStyle.DotLine))
            self.plot.addItem(curve)
            draw_fast(curve)
            curve.setLogMode(False, True)
            _set_positive(curve, epochs, branch.train[:, 0] / self._train_steps)
            self._branches.append(curve)

    def _make_room(self, epochs: int, losses: NDArray[np.float64]) -> None:
        """Widen the axes in steps: an axis at rest is easier to read, and need not be painted anew."""
        branches = self._course.branches
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
        train = self._course.train / self._train_steps
        per_step = _none_if_missing(self._course.validation) / self._validation_steps
        return np.arange(1, len(train) + 1, dtype=np.float64), train, per_step

    def _show_legend(self) -> None:
        which = f"network {self._course.member + 1:,}" if self._others else "train"
        entries = [LegendEntry(which, self.theme.one_step, "line")]
        if self._course.validation is not None:
            entries.append(LegendEntry("validation", self.theme.closed_loop, "line"))
        if self._branches:
            entries.append(LegendEntry("runs left", self.theme.one_step, "dots"))
        best = self._course.best_epoch
        if best is not None:
            entries.append(LegendEntry(f"best: {best + 1:,}", self.theme.best, "triangle"))
        if self._others:
            entries.append(LegendEntry("others", self.theme.muted, "line"))
        self.legend.show_entries(entries)


def _some_others(course: Course) -> tuple[int, ...]:
    """Return other networks of the ensemble, evenly chosen where there are many."""
    others = [member for member in range(course.networks) if member != course.member] if course.epochs else []
    return tuple(others[:: -(-len(others) // _MOST_OTHERS)]) if others else ()


def _none_if_missing(losses: NDArray[np.float64] | None) -> NDArray[np.float64]:
    return np.empty(0) if losses is None else losses


def _round_number_above(count: int) -> int:
    """Return the next of 10, 15, 20, 30, 40, 50, 60, 80, 100, 150, ..."""
    decade = 10 ** max(1, len(str(count)) - 1)
    return next(int(part * decade) for part in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if part * decade >= count)


def _set_positive(curve: pg.PlotDataItem, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Give a curve the points that a logarithmic scale can show."""
    shown = np.isfinite(y) & (y > 0)
    curve.setData(x[shown], y[shown])
