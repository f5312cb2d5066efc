"""Study cards: what the views of a study share, the cell that is looked at and ways to its networks."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal, SignalInstance, Slot
from PySide6.QtWidgets import QGraphicsObject

from elman_core.studies.overview import Overview
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.painted_card import PaintedCard
from elman_gui.views.study.scales import group_words

__all__ = ["DotStudyCard", "PaintedStudyCard", "PlotStudyCard", "columns_of_groups"]

_NEAR = 24.0
"""Pixels from a dot within which a click means it."""


class PaintedStudyCard(PaintedCard):
    """Paints a study; what was not seen is drawn when it comes to be.

    Signals
    -------
    cell_chosen(int)
        The person looks at the cell of this number.
    open_wanted(int)
        The person wants the networks of this cell.
    """

    is_of_network = False
    cell_chosen = Signal(int)
    open_wanted = Signal(int)

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, description)
        self.overview = Overview()
        self.cell: int | None = None

    @Slot(object)
    def show_overview(self, overview: Overview) -> None:
        """Show what is known now."""
        self.overview = overview
        if self.isVisible():
            self.catch_up()

    @Slot(object)
    def show_cell(self, cell: int | None) -> None:
        """Mark the cell that is looked at."""
        self.cell = cell
        self.canvas.update()

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""
        self.prepare()
        self.canvas.update()

    def prepare(self) -> None:
        """Work out what is drawn, of another overview."""

    def group_at(self, position: QPointF) -> int | None:
        """Return the group whose picture is there, if there is one."""
        del position
        return None

    def text_at(self, position: QPointF) -> str:
        """Say the settings and figures of the cell there."""
        group = self.group_at(position)
        return "" if group is None else group_words(self.overview, group)

    def press(self, position: QPointF, button: Qt.MouseButton) -> None:
        """Look at the cell there."""
        self._tell(self.cell_chosen, position, button)

    def double_press(self, position: QPointF, button: Qt.MouseButton) -> None:
        """Open its networks."""
        self._tell(self.open_wanted, position, button)

    def _tell(self, wanted: SignalInstance, position: QPointF, button: Qt.MouseButton) -> None:
        group = self.group_at(position)
        if group is not None and button == Qt.MouseButton.LeftButton:
            wanted.emit(int(self.overview.cells[group]))


class PlotStudyCard(PlotCard):
    """Plots a study; what was not seen is drawn when it comes to be.

    Signals
    -------
    cell_chosen(int)
        The person looks at the cell of this number.
    open_wanted(int)
        The person wants the networks of this cell.
    """

    is_of_network = False
    cell_chosen = Signal(int)
    open_wanted = Signal(int)

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, description)
        self.overview = Overview()
        self.cell: int | None = None
        self.plot.setMouseEnabled(x=False, y=False)

    @Slot(object)
    def show_overview(self, overview: Overview) -> None:
        """Show what is known now."""
        self.overview = overview
        if self.isVisible():
            self.catch_up()

    @Slot(object)
    def show_cell(self, cell: int | None) -> None:
        """Mark the cell that is looked at."""
        self.cell = cell
        if self.isVisible():
            self.mark()

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""
        self.prepare()
        self.mark()

    def prepare(self) -> None:
        """Draw another overview."""

    def mark(self) -> None:
        """Mark the cell that is looked at."""


class DotStudyCard(PlotStudyCard):
    """Has a place for each cell: the chosen one has a star, the one that is looked at a ring.

    Attributes
    ----------
    x, y : (G,)
        Where each group stands; not finite where it does not.
    """

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, description)
        self.dots = pg.ScatterPlotItem()
        self._own, self._star = pg.ScatterPlotItem(symbol="o", size=14), pg.ScatterPlotItem(symbol="star", size=14)
        self.x, self.y = np.empty(0), np.empty(0)
        self.plot.scene().sigMouseClicked.connect(self._click)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self.dots.setPen(None)
        self._star.setPen(None)
        self._star.setBrush(pg.mkBrush(theme.ink))
        self._own.setBrush(None)
        self._own.setPen(pg.mkPen(theme.closed_loop, width=2))

    def add_items(self, *below: QGraphicsObject) -> None:
        """Put star and ring on top of all others."""
        for item in (*below, self._star, self._own):
            self.plot.addItem(item)

    def mark(self) -> None:
        """Mark the chosen cell, and the one that is looked at."""
        group = None if self.cell is None else self.overview.group_of(self.cell)
        for item, found in ((self._star, self.overview.chosen), (self._own, group)):
            has = found is not None and found < len(self.x) and np.isfinite(self.x[found] + self.y[found])
            item.setData([self.x[found]] if has else [], [self.y[found]] if has else [])

    @Slot(object)
    def _click(self, event: object) -> None:
        """Look at the cell whose dot is nearest, or open its networks."""
        box = self.plot.getPlotItem().getViewBox()
        place: QPointF = event.scenePos()  # type: ignore[attr-defined]
        if not len(self.x) or not box.sceneBoundingRect().contains(place):
            return
        at, (wide, high) = box.mapSceneToView(place), box.viewPixelSize()
        away = np.hypot((self.x - at.x()) / wide, (self.y - at.y()) / high)
        away[~np.isfinite(away)] = np.inf
        wanted = self.open_wanted if event.double() else self.cell_chosen  # type: ignore[attr-defined]
        if away.min() < _NEAR:
            wanted.emit(int(self.overview.cells[int(away.argmin())]))


def columns_of_groups(overview: Overview) -> PlotData:
    """Return a row for each group, the best first: its settings and all its figures."""
    order = overview.order
    settings = {
        column.name: np.array([column.values[place] for place in column.places], object)[order]
        for column in overview.fields
    }
    figures = {
        name: np.asarray(getattr(overview, name))[order]
        for name in (
            "cells", "runs", "diverged", "failed", "median", "iqm", "low", "high", "success", "train", "validation",
            "test",
        )
    }  # fmt: skip
    figures = {"cell": figures.pop("cells"), **figures}
    chosen = (order == overview.chosen).astype(np.int64) if overview.chosen is not None else np.zeros(len(order), int)
    return PlotData((*settings, *figures, "chosen"), (*settings.values(), *figures.values(), chosen))
