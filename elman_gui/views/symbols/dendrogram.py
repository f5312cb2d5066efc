"""Drawing a tree of clusters: its root at the left, its leaves at the right, one under another."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from elman_gui.theme import Theme
from elman_gui.views.symbols.class_marks import ClassMarks

if TYPE_CHECKING:
    from elman_core.analysis.types import Clusters

__all__ = ["SCALE_HEIGHT", "TreeWindow", "draw_names", "draw_tree", "leaves_in", "names_width"]

SCALE_HEIGHT = 16.0
"""Of the line under a picture that tells its distances."""
_MOST_FOR_NAMES = 0.6
"""Of the width of a tree."""
_GAP = 6.0


@dataclass(frozen=True)
class TreeWindow:
    """Which part of a tree is in view.

    Attributes
    ----------
    zoom
        How often the tree is as high as its window; at least 1.
    top
        How much of the tree is above it, as a share of the tree's height.
    """

    zoom: float = 1.0
    top: float = 0.0

    def zoomed(self, factor: float, at: float, most: float) -> TreeWindow:
        """Return it nearer by a factor; what is `at` a share of the window's height stays there."""
        zoom = min(max(self.zoom * factor, 1.0), most)
        return TreeWindow(zoom, self.top + at / self.zoom - at / zoom).inside

    def moved(self, down: float) -> TreeWindow:
        """Return it further down by a share of the window's height."""
        return TreeWindow(self.zoom, self.top + down / self.zoom).inside

    @property
    def inside(self) -> TreeWindow:
        """The nearest one that shows nothing beyond the tree."""
        return TreeWindow(self.zoom, min(max(self.top, 0.0), 1 - 1 / self.zoom))

    def leaf_at(self, area: QRectF, leaves: int, y: float) -> int:
        """Return which leaf from the top is there."""
        share = self.top + (y - area.top()) / (self.zoom * area.height())
        return min(max(int(share * leaves), 0), leaves - 1)

    def slot(self, height: float, leaves: int) -> float:
        """How high a leaf is in a window of some height."""
        return height * self.zoom / leaves

    def leaves_at(self, area: QRectF, leaves: int) -> NDArray[np.float64]:
        """Return where the middle of each leaf is, from the first to the last, (S,); also outside of the area."""
        shares = (np.arange(leaves) + 0.5) / leaves
        return np.asarray(area.top() + (shares - self.top) * self.zoom * area.height())


def leaves_in(area: QRectF) -> QRectF:
    """Return where branches and names are in the area of a tree: all of it but the scale."""
    return area.adjusted(0, 0, 0, -SCALE_HEIGHT)


def names_width(names: list[str], metrics: QFontMetricsF, most: float) -> float:
    """Return how wide names are with a gap beside them; longer ones are cut."""
    return min(max(map(metrics.horizontalAdvance, names)) + _GAP + 2, most)


def draw_tree(
    painter: QPainter, area: QRectF, seen: Clusters, window: TreeWindow, marks: ClassMarks, theme: Theme
) -> None:
    """Draw branches, names, and the scale under them. Nothing is drawn outside, so that no clipping is needed, which
    not every reader of SVG knows."""
    metrics, count = QFontMetricsF(painter.font()), len(seen.names)
    names = [marks.named(name, kind) for name, kind in zip(seen.names, seen.classes, strict=True)]
    words = names_width(names, metrics, _MOST_FOR_NAMES * area.width())
    room = leaves_in(area).adjusted(0, 0, -words, 0)
    highest = float(seen.merges[-1, 2])
    painter.setPen(QPen(QColor(theme.muted), 1.2))
    painter.drawLines(_branches(seen, room, window.leaves_at(room, count), highest or 1.0))
    order = seen.order.tolist()
    colors = [marks.color(seen.classes[leaf], theme) for leaf in order]
    beside = QRectF(room.right() + _GAP, room.top(), words - _GAP, room.height())
    draw_names(painter, beside, [names[leaf] for leaf in order], colors, window, Qt.AlignmentFlag.AlignLeft)
    painter.setPen(QColor(theme.muted))
    scale = QRectF(room.left(), room.bottom(), area.width(), SCALE_HEIGHT)
    told = f"distance {highest:.3g}"
    painter.drawText(scale, Qt.AlignmentFlag.AlignLeft, told)
    if metrics.horizontalAdvance(f"{told}  0") < room.width():
        painter.drawText(scale.adjusted(0, 0, -words, 0), Qt.AlignmentFlag.AlignRight, "0")


def draw_names(
    painter: QPainter,
    area: QRectF,
    names: list[str],
    colors: list[str],
    window: TreeWindow,
    side: Qt.AlignmentFlag,
) -> None:
    """Write names one under another, as many of them as have room without overlapping."""
    metrics = QFontMetricsF(painter.font())
    high = metrics.tightBoundingRect("lg").height() + 2
    every = max(1, ceil(high / max(window.slot(area.height(), len(names)), 1e-3)))
    for place, y in enumerate(window.leaves_at(area, len(names)).tolist()):
        if place % every == 0 and area.top() <= y <= area.bottom():
            painter.setPen(QColor(colors[place]))
            name = metrics.elidedText(names[place], Qt.TextElideMode.ElideMiddle, area.width())
            at = QRectF(area.left(), y - 8, area.width(), 16)
            painter.drawText(at, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, name)


def _branches(seen: Clusters, room: QRectF, leaves: NDArray[np.float64], highest: float) -> list[QLineF]:
    """Return two lines to the right and one that joins them for each merge, as far as they are within the room."""
    count = len(seen.names)
    x, y = np.full(2 * count - 1, room.right()), np.empty(2 * count - 1)
    y[seen.order] = leaves
    lines = []
    for node, (first, second, height, _) in enumerate(seen.merges.tolist(), start=count):
        a, b = int(first), int(second)
        x[node] = room.right() - room.width() * height / highest
        y[node] = (y[a] + y[b]) / 2
        seen_of_both = (child for child in (a, b) if room.top() <= y[child] <= room.bottom())
        lines += [QLineF(x[child], y[child], x[node], y[child]) for child in seen_of_both]
        low, high = np.clip(sorted((y[a], y[b])), room.top(), room.bottom()).tolist()
        if low < high:
            lines.append(QLineF(QPointF(x[node], low), QPointF(x[node], high)))
    return lines
