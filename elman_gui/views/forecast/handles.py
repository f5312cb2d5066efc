"""Handles: points of a curve that can be dragged up and down."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal

__all__ = ["Handles"]

_SIZE, _MARKED_SIZE = 9, 13
_REACH = 14.0
"""Pixels from a point at which it is still taken hold of."""

Array = NDArray[np.float64]


class Handles(pg.ScatterPlotItem):
    """Rings on a curve, one of which may be marked; those of changed values are filled.

    Signals
    -------
    dragged(int, float)
        The point of this row was dragged to this height.
    """

    dragged = Signal(int, float)

    def __init__(self) -> None:
        super().__init__(pxMode=True)
        self._rows: NDArray[np.int64] = np.empty(0, np.int64)
        self._held: int | None = None
        self.setZValue(40)

    def show_points(self, rows: NDArray[np.int64], positions: Array, heights: Array) -> None:
        """Show points at these places, of these rows."""
        self._rows = rows
        self.setData(positions, heights)

    def mark(self, row: int, changed: set[int], ring: str, fill: str, ground: str) -> None:
        """Make the point of a row larger, and fill those of changed rows."""
        rows = self._rows.tolist()
        if rows:
            self.setSize([_MARKED_SIZE if own == row else _SIZE for own in rows])
            self.setBrush([pg.mkBrush(fill if own in changed else ground) for own in rows])
            self.setPen([pg.mkPen(fill if own in changed else ring, width=2 if own == row else 1) for own in rows])

    def _near(self, event: object) -> int | None:
        """Return the row of the point that is nearest to where the button went down, if that is near."""
        box = self.getViewBox()
        if box is None or not len(self._rows):
            return None
        at = event.buttonDownScenePos()  # type: ignore[attr-defined]
        places = [box.mapViewToScene(pg.Point(x, y)) for x, y in zip(*self.getData(), strict=True)]
        far = [np.hypot(place.x() - at.x(), place.y() - at.y()) for place in places]
        nearest = int(np.argmin(far))
        return int(self._rows[nearest]) if far[nearest] <= _REACH else None

    def mouseDragEvent(self, event: object) -> None:
        """Take hold of the nearest point; where none is near, the plot is moved."""
        if event.button() != Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            event.ignore()  # type: ignore[attr-defined]
            return
        if event.isStart():  # type: ignore[attr-defined]
            self._held = self._near(event)
        if self._held is None:
            event.ignore()  # type: ignore[attr-defined]
            return
        event.accept()  # type: ignore[attr-defined]
        box = self.getViewBox()
        self.dragged.emit(self._held, float(box.mapSceneToView(event.scenePos()).y()))  # type: ignore[attr-defined]
        if event.isFinish():  # type: ignore[attr-defined]
            self._held = None
