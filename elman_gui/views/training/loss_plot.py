"""LossPlot: the loss of each epoch on a logarithmic scale, with the best epoch marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot

from elman_core.config import Loss
from elman_core.data.dataset import SequenceDataset
from elman_core.training.course import Course
from elman_core.training.history import History
from elman_gui.theme import Theme
from elman_gui.views.axis import round_number_above
from elman_gui.views.card import PlotCard, PlotData, draw_fast
from elman_gui.views.envelope import Envelope
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis

__all__ = ["LossPlot"]

_STEPS_A_DECADE = 4
_LEAST_FILLED = 0.45
"""Share of the height that what was zoomed to fills at least."""
_LEAST_DECADES = 0.01
_MOST_OTHERS = 12
"""So many other networks of an ensemble are drawn behind the one that is looked at."""


class LossPlot(PlotCard):
    """Training and validation loss per time step, so that parts of different length compare.

    Signals
    -------
    best_clicked()
        The person wants to look at the best epoch.
    """

    best_clicked = Signal()

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
        self._room: float | None = None
        self._is_zoomed = False
        self._shown: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        self._train_envelope, self._validation_envelope = Envelope(), Envelope()
        self.plot.setAxisItems({"left": LogAxis("left")})
        self.prepare_axes()
        self.set_axis_label("bottom", "epoch", is_count=True)
        self._train = pg.PlotDataItem()
        self._validation = pg.PlotDataItem()
        self._best = pg.PlotDataItem(symbol="t", symbolSize=11, pen=None)
        self._best.setZValue(10)
        self._best.sigPointsClicked.connect(self._on_best_clicked)
        self._looked_at: int | None = None
        self._branches: list[pg.PlotDataItem] = []
        self._others: dict[int, tuple[pg.PlotDataItem, Envelope]] = {}
        self._viewed = pg.InfiniteLine(angle=90, movable=False)
        self._viewed.hide()
        self.plot.addItem(self._viewed, ignoreBounds=True)
        for curve in (self._train, self._validation, self._best):
            self.plot.addItem(curve)
            draw_fast(curve)
        self.plot.getPlotItem().setLogMode(x=False, y=True)
        self.plot.setMouseEnabled(x=True, y=False)
        box = self.plot.getPlotItem().getViewBox()
        box.sigRangeChangedManually.connect(self._on_zoomed)
        box.sigXRangeChanged.connect(self._follow_heights)

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
        self._room, self._is_zoomed, self._shown = None, False, []
        self._train_envelope.clear()
        self._validation_envelope.clear()
        self._show_others(())
        self._train_steps, self._validation_steps = dataset.train_steps, max(1, dataset.validation_steps)
        self.set_axis_label("left", loss.words)

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
        self._shown = [(places + 1, losses) for places, losses in curves]
        self._make_room(course.epochs)
        for curve, (epochs, losses) in zip(drawn, self._shown, strict=True):
            _set_positive(curve, epochs, losses)
        self._mark_best()
        self._mark_epoch()
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
        self._looked_at = epoch
        self._mark_epoch()

    def _mark_epoch(self) -> None:
        """Mark the epoch that is looked at; now, that of the weights, if the run went on after it."""
        course, epoch = self._course, self._looked_at
        if epoch is None and course.is_back_at_best:
            epoch = course.weights_epoch
        self._viewed.setVisible(epoch is not None)
        if epoch is not None:
            self._viewed.setValue(epoch)

    @Slot()
    def _on_best_clicked(self) -> None:
        self.best_clicked.emit()

    def show_all(self) -> None:
        """Show the whole curves, and go on doing so."""
        self._room, self._is_zoomed = None, False
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

    # -- what is in view ------------------------------------------------------------------------

    def _make_room(self, epochs: int) -> None:
        """Widen the axes in steps: an axis at rest is easier to read, and need not be painted anew."""
        longest = max([epochs, *(one.epoch + len(one.train) for one in self._course.branches)])
        last = round_number_above(longest) if longest else self._planned_epochs
        if longest <= self._planned_epochs:
            last = min(last, self._planned_epochs)
        if last != self._room:
            self._room = last
            if not self._is_zoomed:
                self.plot.setXRange(0, last, padding=0.02)
        self._follow_heights()

    @Slot()
    def _on_zoomed(self) -> None:
        """Leave the epochs that the person looks at in view while more are trained."""
        self._is_zoomed = True

    @Slot()
    def _follow_heights(self) -> None:
        """Show the losses of the epochs in view as high as they are."""
        low, high = self._heights_in_view()
        bottom, top = self.plot.getPlotItem().getViewBox().viewRange()[1]
        if self._is_zoomed:
            if bottom <= low and high <= top and high - low > _LEAST_FILLED * (top - bottom):
                return
            room = 0.1 * max(high - low, _LEAST_DECADES)
            wanted = (low - room, high + room)
        else:
            low, high = np.floor(low * _STEPS_A_DECADE), np.ceil(high * _STEPS_A_DECADE)
            wanted = ((low - 0.2) / _STEPS_A_DECADE, (high + 0.2) / _STEPS_A_DECADE)
        if wanted != (bottom, top):
            self.plot.setYRange(*wanted, padding=0)

    def _heights_in_view(self) -> tuple[float, float]:
        """Return the smallest and greatest loss of the epochs in view, as powers of ten."""
        left, right = self.plot.getPlotItem().getViewBox().viewRange()[0]
        branches = [
            (one.epoch + np.arange(1, len(one.train) + 1), one.train[:, 0] / self._train_steps)
            for one in self._course.branches
        ]
        ends = []
        for epochs, losses in (*self._shown, *branches):
            seen = losses[(epochs >= left) & (epochs <= right) & np.isfinite(losses) & (losses > 0)]
            ends += [seen.min(), seen.max()] if len(seen) else []
        return (float(np.log10(min(ends))), float(np.log10(max(ends)))) if ends else (-3.0, 0.0)

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


def _set_positive(curve: pg.PlotDataItem, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Give a curve the points that a logarithmic scale can show."""
    shown = np.isfinite(y) & (y > 0)
    curve.setData(x[shown], y[shown])
