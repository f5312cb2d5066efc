"""DamageCard: a plot over the levels of damage, one of which may be marked."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut

from elman_core.analysis.damage.look import ERROR, DamageLook
from elman_core.config.damage import DamageKind
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard

__all__ = ["DamageCard"]

_ROOM = 0.06
_HUGE = 1e12
"""What is beyond, such as the error of a network without bounds, is left out."""

Array = NDArray[np.float64]


class DamageCard(PlotCard):
    """Marks a level at a click, or by the arrow keys; what was not seen is drawn when it comes to be.

    Signals
    -------
    level_chosen(float)
        The person looks at a level.
    kind_chosen(object)
        The person looks at a kind of damage.
    hold_wanted()
        The person wants the damage of that level done to the network in all views: a double click, or Enter.
    """

    level_chosen = Signal(float)
    kind_chosen = Signal(object)
    hold_wanted = Signal()

    is_of_network = False

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, description)
        self.look = DamageLook()
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.getPlotItem().getViewBox().disableAutoRange()
        self._level = pg.InfiniteLine(angle=90, movable=False)
        self._level.setZValue(-5)
        self._level.hide()
        self.plot.addItem(self._level, ignoreBounds=True)
        self.plot.scene().sigMouseClicked.connect(self._click)
        for key, step in ((Qt.Key.Key_Left, -1), (Qt.Key.Key_Right, 1)):
            shortcut = QShortcut(QKeySequence(key), self.plot, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda step=step: self._step(step))
        enter = QShortcut(QKeySequence(Qt.Key.Key_Return), self.plot, context=Qt.ShortcutContext.WidgetShortcut)
        enter.activated.connect(self.hold_wanted)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._level.setPen(pg.mkPen(theme.accent, width=1.5))
        self._draw_if_seen()

    @Slot(object)
    def show_look(self, look: DamageLook) -> None:
        """Show what is looked at now."""
        self.look = look
        self._draw_if_seen()

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""
        self.prepare()
        level = self.look.level
        self._level.setVisible(level is not None and self.look.results is not None)
        if level is not None:
            self._level.setValue(level)

    def _draw_if_seen(self) -> None:
        if self.isVisible():
            self.catch_up()

    def prepare(self) -> None:
        """Draw what is looked at."""

    def kind_at(self, level: float, value: float) -> DamageKind | None:
        """Return the kind whose curve is nearest to a place of the plot."""
        return None

    @property
    def levels(self) -> Array:
        """The levels that can be marked."""
        results = self.look.results
        return np.empty(0) if results is None else np.array([own for own in results.config.levels if own > 0])

    def show_heights(self, heights: list[Array], least: list[float]) -> None:
        """Let the axes cover these values, and the baselines `least` where they are not far beyond them."""
        known = np.concatenate([own.ravel() for own in heights]) if heights else np.empty(0)
        known = known[np.isfinite(known) & (np.abs(known) < _HUGE)]
        if not len(known):
            return
        low, high = float(known.min()), float(known.max())
        span = max(high - low, 1e-3 * max(abs(high), 1e-9))
        near = [own for own in least if low - span < own < high + span]
        low, high = min([low, *near]), max([high, *near])
        room = max(_ROOM * (high - low), 1e-3 * max(abs(high), 1e-9))
        last = max(1.0, float(self.levels.max(initial=1.0)))
        self.plot.setRange(xRange=(-0.03 * last, 1.05 * last), yRange=(low - room, high + room), padding=0)

    def is_shown(self, value: float) -> bool:
        """Whether the axes reach as far as a value."""
        low, high = self.plot.getPlotItem().getViewBox().viewRange()[1]
        return low <= value <= high

    @property
    def measure_words(self) -> str:
        """What the vertical axis says."""
        return f"{self.look.measure}, median" if self.look.measure == ERROR else self.look.measure

    def _step(self, step: int) -> None:
        levels, now = self.levels, self.look.level
        if not len(levels):
            return
        if now is None:
            place = 0 if step > 0 else len(levels) - 1
        else:
            place = int(np.clip(int(np.abs(levels - now).argmin()) + step, 0, len(levels) - 1))
        self.level_chosen.emit(float(levels[place]))

    @Slot(object)
    def _click(self, event: object) -> None:
        box = self.plot.getPlotItem().getViewBox()
        place: QPointF = event.scenePos()  # type: ignore[attr-defined]
        levels = self.levels
        if not len(levels) or not box.sceneBoundingRect().contains(place):
            return
        at = box.mapSceneToView(place)
        kind = self.kind_at(at.x(), at.y())
        if kind is not None:
            self.kind_chosen.emit(kind)
        self.level_chosen.emit(float(levels[np.abs(levels - at.x()).argmin()]))
        if event.double():  # type: ignore[attr-defined]
            self.hold_wanted.emit()
