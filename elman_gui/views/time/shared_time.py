"""SharedTime: plots that show the same stretch of time, wherever they stand."""

from __future__ import annotations

from functools import partial

import pyqtgraph as pg
from PySide6.QtCore import QObject

from elman_gui.views.time.time_plot import TimePlotCard

__all__ = ["SharedTime"]


class SharedTime(QObject):
    """Gives every plot the stretch of time that was chosen in one of them.

    pyqtgraph's own links put one plot's pixels above the other's, and so would show other rows in plots that stand
    side by side, or of which one is not seen.
    """

    def __init__(self, plots: tuple[TimePlotCard, ...], parent: QObject) -> None:
        super().__init__(parent)
        self._boxes = tuple(card.plot.getPlotItem().getViewBox() for card in plots)
        self._follows = False
        for box in self._boxes:
            box.sigXRangeChanged.connect(partial(self._on_range, box))

    def _on_range(self, chosen: pg.ViewBox, *_: object) -> None:
        if self._follows:
            return
        self._follows = True
        try:
            low, high = chosen.viewRange()[0]
            for box in self._boxes:
                if box is not chosen:
                    box.setXRange(low, high, padding=0)
        finally:
            self._follows = False
