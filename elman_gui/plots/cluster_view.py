"""ClusterView: a tree of symbols by what the hidden units make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QComboBox, QPushButton

from elman_core.data.dataset import SequenceDataset
from elman_gui.plots.card import PlotData
from elman_gui.plots.colors import sequence_table
from elman_gui.plots.painted_card import PaintedCard
from elman_gui.theme import Theme

if TYPE_CHECKING:
    from elman_core.inside.seen import Clusters, Inside

__all__ = ["ClusterView"]

_LINKAGES = ("average", "complete", "single", "ward")
_DISTANCES = ("euclidean", "cosine", "correlation", "cityblock")
_MARKS = ("●", "▲", "■", "◆")
_MOST_ZOOM = 20.0


class ClusterView(PaintedCard):
    """A dendrogram, its leaves at the right, or a matrix of distances; the wheel zooms the tree, dragging moves it.

    Signals
    -------
    clustering_changed(str, str)
        Another linkage or distance is wanted.
    newick_wanted()
        The person wants the tree as a Newick file.
    """

    clustering_changed = Signal(str, str)
    newick_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(
            "Clusters",
            "Symbols by their mean hidden vectors: those that join early are treated alike by the network. Before "
            "training there are clusters too, by chance and by what came before: go back in time and compare. The "
            "wheel zooms, dragging moves.",
        )
        self._clusters: Clusters | None = None
        self._classes: dict[str, str] = {}
        self._zoom, self._top = 1.0, 0.0
        self._grip: float | None = None
        self.kind, self.linkage, self.distance = QComboBox(), QComboBox(), QComboBox()
        for box, entries, tip in (
            (self.kind, ("tree", "matrix"), "A tree, or the distance of every symbol from every other"),
            (self.linkage, _LINKAGES, "How the distance between two groups is taken"),
            (self.distance, _DISTANCES, "How the distance between two symbols' mean vectors is taken"),
        ):
            box.addItems(entries)
            box.setToolTip(tip)
            box.setAccessibleName(tip)
            self.add_control(box)
        self.kind.currentIndexChanged.connect(self.canvas.update)
        for box in (self.linkage, self.distance):
            box.currentIndexChanged.connect(self._ask)
        self.newick = QPushButton("Newick…")
        self.newick.setToolTip("Save the tree in the format that other programs for trees read")
        self.add_control(self.newick)
        self.newick.clicked.connect(self.newick_wanted)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self.canvas.update()

    def show_dataset(self, dataset: SequenceDataset) -> None:
        """Wait for another network's clusters."""
        self._clusters = None
        self._zoom, self._top = 1.0, 0.0
        self._classes = {} if dataset.symbols is None else dict(dataset.symbols.vocabulary.classes)
        self.canvas.update()

    @Slot(object)
    def show_inside(self, inside: Inside) -> None:
        """Show these clusters, if they were looked at."""
        if inside.clusters is not None:
            self._clusters = inside.clusters
            self.canvas.update()

    @property
    def clusters(self) -> Clusters | None:
        """What is shown."""
        return self._clusters

    def data(self) -> PlotData:
        """Return the merges: the two nodes that are joined, their distance, and how many symbols they have.

        Nodes are counted from 0, first the symbols in alphabetical order, then the merges.
        """
        if self._clusters is None:
            return PlotData((), ())
        return PlotData(("first", "second", "distance", "symbols"), tuple(self._clusters.merges.T))

    @Slot()
    def _ask(self) -> None:
        # Ward's method is defined for Euclidean distances only.
        ward = self.linkage.currentText() == "ward"
        self.distance.setEnabled(not ward)
        self.clustering_changed.emit(self.linkage.currentText(), "euclidean" if ward else self.distance.currentText())

    def _color(self, kind: str) -> str:
        kinds = sorted(set(self._classes.values()))
        return (self.theme.one_step, self.theme.free_run, self.theme.best, self.theme.ink)[kinds.index(kind) % 4]

    # -- drawing --------------------------------------------------------------------------------

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        """Draw the tree from its root at the left to the names at the right."""
        seen = self._clusters
        if seen is None:
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(QRectF(QPointF(), size), Qt.AlignmentFlag.AlignCenter, "looking…")
            return
        if self.kind.currentText() == "matrix":
            self._draw_matrix(painter, size, seen)
            return
        metrics = painter.fontMetrics()
        names = [self._named(name) for name in seen.names]
        words = max(metrics.horizontalAdvance(name) for name in names) + 8
        room = QRectF(6, 4, size.width() - words - 12, (size.height() - 24) * self._zoom)
        count = len(seen.names)
        slot = room.height() / count
        y = np.empty(2 * count - 1)
        x = np.empty(2 * count - 1)
        y[seen.order] = room.top() - self._top + (np.arange(count) + 0.5) * slot
        x[:count] = room.right()
        highest = float(seen.merges[-1, 2]) or 1.0
        painter.setClipRect(QRectF(0, 0, size.width(), size.height() - 18))
        painter.setPen(QPen(QColor(self.theme.muted), 1.2))
        for index, (first, second, height, _) in enumerate(seen.merges.tolist()):
            a, b, node = int(first), int(second), count + index
            x[node] = room.right() - room.width() * height / highest
            y[node] = (y[a] + y[b]) / 2
            for child in (a, b):
                painter.drawLine(QPointF(x[child], y[child]), QPointF(x[node], y[child]))
            painter.drawLine(QPointF(x[node], y[a]), QPointF(x[node], y[b]))
        every = max(1, int(np.ceil((metrics.height() - 3) / max(slot, 0.1))))
        for place, symbol in enumerate(seen.order.tolist()):
            if place % every == 0:
                kind = self._classes.get(seen.names[symbol])
                painter.setPen(QColor(self.theme.ink if kind is None else self._color(kind)))
                at = QRectF(room.right() + 6, y[symbol] - 8, words, 16)
                painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, names[symbol])
        painter.setClipping(False)
        painter.setPen(QColor(self.theme.muted))
        scale = QRectF(room.left(), size.height() - 16, room.width(), 16)
        painter.drawText(scale, Qt.AlignmentFlag.AlignLeft, f"distance {highest:.3g}")
        painter.drawText(scale, Qt.AlignmentFlag.AlignRight, "0")
        signs = (f"{mark} {kind}" for mark, kind in zip(_MARKS, sorted(set(self._classes.values())), strict=False))
        painter.drawText(scale, Qt.AlignmentFlag.AlignHCenter, "   ".join(signs))

    def _draw_matrix(self, painter: QPainter, size: QSizeF, seen: Clusters) -> None:
        """Draw a square for each pair of symbols in the tree's order, dark where the network treats them alike."""
        names = [self._named(seen.names[symbol]) for symbol in seen.order.tolist()]
        words = max(painter.fontMetrics().horizontalAdvance(name) for name in names) + 8
        side = max(min(size.width() - words - 8, size.height() - 26), 10.0)
        area = QRectF(words, 4, side, side)
        distances = self.distances()
        table = sequence_table()
        shades = np.rint(255 * distances / (float(distances.max()) or 1.0)).astype(int)
        pixels = np.ascontiguousarray(table[shades])
        count = len(names)
        image = QImage(pixels.data, count, count, 3 * count, QImage.Format.Format_RGB888).copy()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(area, image)
        slot = side / count
        every = max(1, int(np.ceil((painter.fontMetrics().height() - 3) / slot)))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for place in range(0, count, every):
            kind = self._classes.get(seen.names[int(seen.order[place])])
            painter.setPen(QColor(self.theme.ink if kind is None else self._color(kind)))
            painter.drawText(QRectF(0, area.top() + (place + 0.5) * slot - 8, words - 4, 16), right, names[place])
        painter.setPen(QColor(self.theme.muted))
        below = QRectF(area.left(), area.bottom() + 2, side, 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"distance 0 (dark) to {distances.max():.3g}")

    def distances(self) -> NDArray[np.float64]:
        """Return the Euclidean distances between the symbols' mean vectors, in the tree's order, (S, S)."""
        assert self._clusters is not None
        means = self._clusters.means[self._clusters.order]
        squares = np.square(means).sum(axis=1)
        return np.asarray(np.sqrt(np.maximum(squares[:, None] + squares - 2 * means @ means.T, 0)))

    def _named(self, name: str) -> str:
        """A name with the mark of its class, since colours are never the only sign."""
        kinds = sorted(set(self._classes.values()))
        if name not in self._classes:
            return name
        return f"{_MARKS[kinds.index(self._classes[name]) % len(_MARKS)]} {name}"

    # -- the mouse ------------------------------------------------------------------------------

    def wheel(self, position: QPointF, steps: float) -> None:
        """Zoom in or out around the mouse."""
        before = self._zoom
        self._zoom = min(max(self._zoom * 1.2**steps, 1.0), _MOST_ZOOM)
        self._top = (self._top + position.y()) * self._zoom / before - position.y()
        self._stay_inside()

    def press(self, position: QPointF, button: Qt.MouseButton) -> None:
        """Take hold of the tree."""
        self._grip = position.y() if button == Qt.MouseButton.LeftButton else None

    def drag(self, position: QPointF) -> None:
        """Move the tree."""
        if self._grip is not None:
            self._top -= position.y() - self._grip
            self._grip = position.y()
            self._stay_inside()

    def _stay_inside(self) -> None:
        height = self.canvas.height() - 24
        self._top = min(max(self._top, 0.0), height * (self._zoom - 1))
        self.canvas.update()
