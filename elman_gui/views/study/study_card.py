"""Study cards: what the views of a study share, the cell that is looked at and ways to its networks."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal, Slot

from elman_core.studies.overview import Overview
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.painted_card import PaintedCard

__all__ = ["PaintedStudyCard", "PlotStudyCard", "columns_of_groups"]


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
