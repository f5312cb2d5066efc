"""MembersPlot: the loss curves of all networks of an ensemble, at a cost that does not grow with their number."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QTimer, Signal, Slot

from elman_core.config import Loss
from elman_core.data.dataset import SequenceDataset
from elman_core.support.throttle import Throttle
from elman_core.training.history import History
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.colors import blended
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis

__all__ = ["MembersPlot"]

_MOST_CURVES = 60
"""More networks than these are drawn as the range between them."""
_MOST_EPOCHS, _MOST_NETWORKS = 300, 1_000
"""So many epochs of a long run are drawn, and so many networks of more are looked at, evenly chosen."""
_LEAST_EPOCHS = 10.0
_SECONDS, _SHARE = 0.25, 0.2
"""While the networks learn the curves are drawn at most so often, and in at most this share of the time."""

Array = NDArray[np.float64]


class MembersPlot(PlotCard):
    """A thin line for each network, or of many the middle half and all of them as bands; one is looked at.

    Signals
    -------
    chosen(int)
        The person clicked beside the curve of a network, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(
            "Losses of all networks",
            "How each network of the ensemble learns from its own seed: its loss at each time step, epoch by epoch, on "
            "a logarithmic scale; of the validation part where there is one. The thick line is the network that is "
            "looked at; click on another curve to look at that one. Of more than 60 networks the bands show where all "
            "of them and the middle half of them are.",
        )
        self._history = History()
        self._steps, self._member, self._what = 1, 0, ""
        self._epochs: NDArray[np.int64] = np.empty(0, np.int64)
        self._losses: Array = np.empty((0, 0))  # (epochs drawn, networks looked at), log10
        self._members: NDArray[np.int64] = np.empty(0, np.int64)
        self._pace = Throttle(_SECONDS, _SHARE)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._draw)
        self.plot.setAxisItems({"left": LogAxis("left")})
        self.plot.getPlotItem().getAxis("left").setLogMode(x=False, y=True)
        self.prepare_axes()
        self.set_axis_label("bottom", "epoch")
        self._all = pg.PlotCurveItem(connect="finite")
        self._bands = [pg.FillBetweenItem(pg.PlotCurveItem(), pg.PlotCurveItem()) for _ in range(2)]
        self._middle, self._own = pg.PlotCurveItem(), pg.PlotCurveItem(connect="finite")
        for item in (*self._bands, self._all, self._middle, self._own):
            self.plot.addItem(item)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.scene().sigMouseClicked.connect(self._click)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._all.setPen(pg.mkPen(blended(theme.card, theme.muted, 0.7), width=1))
        self._middle.setPen(pg.mkPen(theme.muted, width=1.5))
        self._own.setPen(pg.mkPen(theme.one_step, width=2.5))
        for band, share in zip(self._bands, (0.12, 0.28), strict=True):
            band.setBrush(pg.mkBrush(blended(theme.card, theme.muted, share)))
        self._show_legend()

    @property
    def _is_many(self) -> bool:
        return int(self._losses.shape[1]) > _MOST_CURVES

    def _show_legend(self) -> None:
        theme = self.theme
        entries = [LegendEntry(f"network {self._member + 1:,}", theme.one_step, "line")]
        if self._is_many:
            entries += [
                LegendEntry("median", theme.muted, "line"),
                LegendEntry("middle half", blended(theme.card, theme.muted, 0.28), "square"),
                LegendEntry("all", blended(theme.card, theme.muted, 0.12), "square"),
            ]
        else:
            entries.append(LegendEntry("others", theme.muted, "line"))
        self.legend.show_entries(entries)

    def show_dataset(self, dataset: SequenceDataset, loss: Loss) -> None:
        """Count in this series' time steps from now on."""
        validated = dataset.validation_steps > 0
        self._steps = dataset.validation_steps if validated else dataset.train_steps
        self._what = f"{loss.words}, {'validation' if validated else 'training'}"
        self.set_axis_label("left", loss.words)
        self._draw()

    @Slot(object)
    def show_history(self, history: History) -> None:
        """Show how far the networks have come: at once where it was not done just now, else soon."""
        self._history = history
        if self.isVisible() and not self._later.isActive():
            if self._pace.is_due:
                self._draw()
            else:
                self._later.start(round(1000 * self._pace.seconds_left) + 1)

    def show_member(self, member: int) -> None:
        """Look at another network."""
        if member != self._member:
            self._member = member
            self._draw_own()
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

    @Slot()
    def _draw(self) -> None:
        if not self.isVisible():
            return
        with self._pace.turn():
            curves = self._curves()
            self._epochs = np.unique(np.linspace(0, max(0, len(curves) - 1), _MOST_EPOCHS).astype(int))[: len(curves)]
            members = curves.shape[1]
            self._members = np.unique(np.linspace(0, max(0, members - 1), _MOST_NETWORKS).astype(int))[:members]
            self._losses = self._logarithms(curves[np.ix_(self._epochs, self._members)])
            self._draw_all()
            self._draw_own()
            self._make_axes()
            self._show_legend()

    def _draw_all(self) -> None:
        losses, places = self._losses, self._epochs + 1.0
        for item in (*self._bands, self._middle):
            item.setVisible(self._is_many)
        self._all.setVisible(not self._is_many)
        if self._is_many:
            low, lower, middle, upper, high = _quantiles(_last_known(losses), (0.0, 0.25, 0.5, 0.75, 1.0))
            for band, edges in zip(self._bands, ((low, high), (lower, upper)), strict=True):
                for curve, edge in zip(band.curves, edges, strict=True):
                    curve.setData(places, edge)
            self._middle.setData(places, middle)
        else:  # one item for all of them; a gap after each
            gap = np.full((1, losses.shape[1]), np.nan)
            x = np.append(places, np.nan)
            self._all.setData(np.tile(x, losses.shape[1]), np.concatenate([losses, gap]).T.ravel())

    def _draw_own(self) -> None:
        curves = self._curves()
        if self._member < curves.shape[1] and len(self._epochs):
            self._own.setData(self._epochs + 1.0, self._logarithms(curves[self._epochs, self._member]))
        else:
            self._own.clear()

    def _logarithms(self, losses: Array) -> Array:
        """Return log10 of losses a time step; NaN where there is none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.log10(losses / self._steps)
        return np.where(np.isfinite(found), found, np.nan)

    def _make_axes(self) -> None:
        known = self._losses[np.isfinite(self._losses)]
        if len(known):
            low, high = float(known.min()), float(known.max())
            room = max(0.05, 0.05 * (high - low))
            self.make_room(
                np.array([0.0, low - room]), np.array([max(_LEAST_EPOCHS, self._epochs[-1] + 1.0), high + room]), 0.02
            )

    @Slot(object)
    def _click(self, event: object) -> None:
        """Choose the network whose curve is nearest at the epoch that was clicked at."""
        box = self.plot.getPlotItem().getViewBox()
        place: QPointF = event.scenePos()  # type: ignore[attr-defined]
        if not len(self._epochs) or not box.sceneBoundingRect().contains(place):
            return
        at = box.mapSceneToView(place)
        row = int(np.abs(self._epochs + 1 - at.x()).argmin())
        distances = np.abs(_last_known(self._losses)[row] - at.y())
        if np.isfinite(distances).any():
            self.chosen.emit(int(self._members[np.nanargmin(distances)]))


def _last_known(losses: Array) -> Array:
    """Return the losses with the last one of a network that has ended in place of those that it has not."""
    rows = np.where(np.isfinite(losses), np.arange(len(losses))[:, np.newaxis], 0)
    return np.take_along_axis(losses, np.maximum.accumulate(rows, axis=0), axis=0)


def _quantiles(losses: Array, shares: tuple[float, ...]) -> list[Array]:
    """Return quantiles over the networks at each epoch; a network that has no loss counts as the worst."""
    ordered = np.sort(np.where(np.isnan(losses), np.inf, losses), axis=1)
    found = [ordered[:, round(share * (ordered.shape[1] - 1))] for share in shares]
    return [np.where(np.isfinite(one), one, np.nan) for one in found]
