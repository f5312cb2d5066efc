"""MembersPlot: the loss curves of all networks of an ensemble, at a cost that does not grow with their number."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, QTimer, Signal, Slot

from elman_core.config import Loss
from elman_core.data.dataset import SequenceDataset
from elman_core.support.throttle import Throttle
from elman_core.training.history import History
from elman_core.training.loss_bands import LossBands, losses_known_at
from elman_gui.plain_text import PlainLabel
from elman_gui.theme import Theme
from elman_gui.views.axis import round_number_above
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.colors import blended
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis
from elman_gui.views.seeds.quantile_bands import QuantileBands

__all__ = ["MembersPlot"]

_MOST_CURVES = 20
"""More networks than these are drawn as the range between them."""
_MOST_EPOCHS, _MOST_NETWORKS = 300, 1_000
"""So many epochs of a long run are drawn of each network, and so many networks of more are looked at, evenly chosen."""
_SECONDS, _SHARE = 0.4, 0.1
"""While the networks learn the curves are drawn at most so often, and in at most this share of the time."""
_LONG_READOUT = "network 1,000, seed 1000: 0.0001234 at epoch 10,000"

Array = NDArray[np.float64]


class MembersPlot(PlotCard):
    """A thin line for each network, or of many the median and two bands; one is looked at, another pointed at.

    Signals
    -------
    chosen(int)
        The person clicked beside the curve of a network, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(
            "Losses, all networks",
            "How each network of the ensemble learns from its own seed: its loss at each time step, epoch by epoch, on "
            "a logarithmic scale; of the validation part where there is one. The thick line is the network that is "
            "looked at. Of more than 20 networks the line is their median, and the bands show where the middle half of "
            "them and 5 to 95 % of them are. Point at a place to see the curve of the network that is nearest there; "
            "click to look at that one.",
        )
        self._history = History()
        self._steps, self._member, self._seed = 1, 0, 0
        self._bands_of_losses = LossBands(most=_MOST_EPOCHS // 2)  # there may be twice as many
        self._members: NDArray[np.int64] = np.empty(0, np.int64)
        self._pointed: int | None = None
        self._pace = Throttle(_SECONDS, _SHARE)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._draw)
        self.plot.setAxisItems({"left": LogAxis("left")})
        self.plot.getPlotItem().getAxis("left").setLogMode(x=False, y=True)
        self.prepare_axes()
        self.set_axis_label("bottom", "epoch", is_count=True)
        self.readout = PlainLabel()
        self.readout.setObjectName("muted")
        self.add_control(self.readout)
        self.room_for_readout = self.fontMetrics().horizontalAdvance(_LONG_READOUT)
        self._all = pg.PlotCurveItem(connect="finite")
        self._bands = QuantileBands(self.plot)
        self._own, self._near = (pg.PlotCurveItem(connect="finite") for _ in range(2))
        for item in (self._all, self._near, self._own):
            self.plot.addItem(item)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self.plot.scene().sigMouseMoved.connect(self._point)
        self.plot.viewport().installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._all.setPen(pg.mkPen(blended(theme.card, theme.muted, 0.7), width=1))
        self._bands.paint(theme.card, theme.muted)
        self._own.setPen(pg.mkPen(theme.one_step, width=2.5))
        self._near.setPen(pg.mkPen(theme.closed_loop, width=1.5))
        self._show_legend()

    @property
    def _is_many(self) -> bool:
        return len(self._members) > _MOST_CURVES

    def _show_legend(self) -> None:
        theme = self.theme
        entries = [LegendEntry(f"network {self._member + 1:,}", theme.one_step, "line")]
        if self._is_many:
            entries += self._bands.entries()
        else:
            entries.append(LegendEntry("others", theme.muted, "line"))
        self.legend.show_entries(entries)

    def show_dataset(self, dataset: SequenceDataset, loss: Loss, seed: int) -> None:
        """Count in this series' time steps from now on; the networks' seeds begin with this one."""
        validated = dataset.validation_steps > 0
        self._steps = dataset.validation_steps if validated else dataset.train_steps
        self._seed = seed
        self.set_axis_label("left", f"{loss.words}, {'validation' if validated else 'training'}")
        self._draw()

    @Slot(object)
    def show_history(self, history: History) -> None:
        """Show how far the networks have come: at once where it was not done just now, else soon."""
        if history is not self._history:
            self._history = history
            self._bands_of_losses.begin()
        if self.isVisible() and not self._later.isActive():
            if self._pace.is_due:
                self._draw()
            else:
                self._later.start(round(1000 * self._pace.seconds_left) + 1)

    def show_member(self, member: int) -> None:
        """Look at another network."""
        if member != self._member:
            self._member = member
            self._draw_one(self._own, member)
            self._show_legend()

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""
        self._draw()

    def data(self) -> PlotData:
        """Return the losses of every network at every epoch."""
        losses = self._curves()
        names = tuple(f"network {member + 1}" for member in range(losses.shape[1]))
        epochs = np.arange(1, len(losses) + 1, dtype=np.float64)
        return PlotData(("epoch", *names), (epochs, *(losses / self._steps).T)) if len(losses) else PlotData((), ())

    def _curves(self) -> Array:
        history = self._history
        return history.train if history.validation is None else history.validation

    # -- drawing --------------------------------------------------------------------------------

    @Slot()
    def _draw(self) -> None:
        if not self.isVisible():
            return
        with self._pace.turn():
            curves = self._curves()
            members = curves.shape[1] if len(curves) else 0
            self._members = np.unique(np.linspace(0, max(0, members - 1), _MOST_NETWORKS).astype(int))[:members]
            if self._is_many:
                self._draw_bands(curves)
            else:
                self._draw_each(curves)
            self._bands.set_visible(self._is_many)
            self._all.setVisible(not self._is_many)
            self._draw_one(self._own, self._member)
            self._draw_one(self._near, self._pointed)
            self._show_legend()

    def _draw_bands(self, curves: Array) -> None:
        losses = curves if len(self._members) == curves.shape[1] else curves[:, self._members]
        self._bands_of_losses.follow(losses)
        places = self._bands_of_losses.epochs + 1.0
        quantiles = self._logarithms(self._bands_of_losses.quantiles)
        self._bands.show_quantiles(places, quantiles)
        self._make_axes(places, quantiles)

    def _draw_each(self, curves: Array) -> None:
        """Draw one item for all of them, with a gap after each."""
        epochs = self._epochs_drawn(curves)
        losses = self._logarithms(curves[epochs])
        gap = np.full((1, losses.shape[1]), np.nan)
        self._all.setData(
            np.tile(np.append(epochs + 1.0, np.nan), losses.shape[1]), np.concatenate([losses, gap]).T.ravel()
        )
        self._make_axes(epochs + 1.0, losses)

    def _draw_one(self, curve: pg.PlotCurveItem, member: int | None) -> None:
        curves = self._curves()
        if member is None or not len(curves) or member >= curves.shape[1]:
            curve.clear()
            return
        epochs = self._epochs_drawn(curves)
        curve.setData(epochs + 1.0, self._logarithms(curves[epochs, member]))

    @staticmethod
    def _epochs_drawn(curves: Array) -> NDArray[np.int64]:
        return np.unique(np.linspace(0, max(0, len(curves) - 1), _MOST_EPOCHS).astype(int))[: len(curves)]

    def _logarithms(self, losses: Array) -> Array:
        """Return log10 of losses a time step; NaN where there is none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.log10(losses / self._steps)
        return np.where(np.isfinite(found), found, np.nan)

    def _make_axes(self, places: Array, losses: Array) -> None:
        known = losses[np.isfinite(losses)]
        if len(known):
            low, high = float(known.min()), float(known.max())
            room = max(0.05, 0.05 * (high - low))
            end = round_number_above(int(places[-1]))  # a round one: an axis at rest need not be painted anew
            self.make_room(np.array([0.0, low - room]), np.array([end, high + room]), 0.02)

    # -- the mouse ------------------------------------------------------------------------------

    def _nearest(self, place: QPointF) -> tuple[int, int, float] | None:
        """Return the network whose curve is nearest to a place of the scene, the epoch there and its loss."""
        box, curves = self.plot.getPlotItem().getViewBox(), self._curves()
        if not len(curves) or not box.sceneBoundingRect().contains(place):
            return None
        at = box.mapSceneToView(place)
        epoch = int(np.clip(round(at.x()) - 1, 0, len(curves) - 1))
        losses = losses_known_at(curves, epoch) / self._steps
        with np.errstate(divide="ignore", invalid="ignore"):
            distances = np.abs(np.log10(losses) - at.y())
        if not np.isfinite(distances).any():
            return None
        member = int(np.nanargmin(distances))
        return member, epoch, float(losses[member])

    @Slot(object)
    def _point(self, place: QPointF) -> None:
        """Show the curve of the network that is nearest, and say which it is."""
        near = self._nearest(place)
        self._pointed = None if near is None else near[0]
        self._draw_one(self._near, self._pointed)
        if near is None:
            self.readout.clear()
        else:
            member, epoch, loss = near
            self.readout.setText(
                f"network {member + 1:,}, seed {self._seed + member}: {loss:.4g} at epoch {epoch + 1:,}"
            )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Forget what was pointed at when the mouse leaves the plot."""
        if event.type() == QEvent.Type.Leave:
            self._pointed = None
            self._near.clear()
            self.readout.clear()
        return super().eventFilter(watched, event)

    @Slot(object)
    def _click(self, event: object) -> None:
        """Choose the network whose curve is nearest to what was clicked at."""
        near = self._nearest(event.scenePos())  # type: ignore[attr-defined]
        if near is not None:
            self.chosen.emit(near[0])
