"""ClusterView: a tree of symbols by what the hidden units make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QToolButton

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.support.text_format import counted
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.painted_card import PaintedCard
from elman_gui.views.symbols.class_marks import ClassMarks
from elman_gui.views.symbols.cluster_controls import ClusterControls
from elman_gui.views.symbols.dendrogram import SCALE_HEIGHT, TreeWindow, draw_names, draw_tree, leaves_in, names_width
from elman_gui.views.symbols.distance_matrix import cell_at, draw_matrix, square_in

if TYPE_CHECKING:
    from elman_core.analysis.types import Clusters, Inspection

__all__ = ["ClusterView"]

_TITLES = ("this network", "untrained, same seed")
_TITLE_HEIGHT = 18.0
_MOST_ZOOM = 20.0
_ZOOM_STEP = 1.2
_MARGIN, _GAP = 4.0, 12.0
_MOST_FOR_NAMES = 0.3
"""Of the width, beside matrices."""
_MOVES = {
    Qt.Key.Key_Up: -0.1,
    Qt.Key.Key_Down: 0.1,
    Qt.Key.Key_PageUp: -0.9,
    Qt.Key.Key_PageDown: 0.9,
}
"""How far keys move the tree, in heights of the view."""
_STEPS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
"""How far keys move in the matrix, in rows and columns."""


class ClusterView(PaintedCard):
    """A dendrogram, its leaves at the right, or a matrix of distances; beside it, if wanted, the untrained network's.

    Signals
    -------
    clustering_changed(Clustering)
        Something else is to be clustered, or in another way.
    newick_wanted()
        The person wants the tree as a Newick file.
    """

    clustering_changed = Signal(object)
    newick_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(
            "Clusters",
            "Symbols, or symbols after others, by their mean hidden vectors: those that join early are treated alike "
            "by the network. An untrained network has clusters too, by chance and by what came before: show it beside. "
            "Each picture has its own scale. Wheel, + and − zoom the tree, dragging and arrows move it, Home shows all "
            "of it; in the matrix, mouse or arrows choose a pair.",
        )
        self._clusters: Clusters | None = None
        self._control: Clusters | None = None
        self._looked = False
        self._marks = ClassMarks()
        self._window = TreeWindow()
        self._cell: tuple[int, int] | None = None
        self._grip: float | None = None
        self.controls = ClusterControls()
        self.body.insertWidget(self.body.indexOf(self.canvas), self.controls)
        self.controls.kind_changed.connect(self.canvas.update)
        self.controls.clustering_changed.connect(self.clustering_changed)
        self.newick = QToolButton()
        self.newick.setObjectName("flat")
        self.newick.setText("Newick…")
        self.newick.setToolTip("Save this network's tree in the format that other programs for trees read")
        self.newick.clicked.connect(self.newick_wanted)
        self.header.insertWidget(self.header.count() - 1, self.newick)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self.canvas.update()

    def show_dataset(self, dataset: SequenceDataset) -> None:
        """Wait for another network's clusters."""
        self._clusters = self._control = self._cell = None
        self._looked = False
        self._window = TreeWindow()
        if dataset.kind is DataKind.SYMBOLS:
            self._marks = ClassMarks(dataset.symbols.vocabulary.classes.values())
            self.controls.offer(dataset.symbols.vocabulary.names)
        self.canvas.update()

    @Slot(object)
    def show_inside(self, inside: Inspection) -> None:
        """Show these clusters, if they were looked at."""
        if inside.clustering is not None:
            if self._clusters is None or inside.clusters is None or inside.clusters.names != self._clusters.names:
                self._window, self._cell = TreeWindow(), None
            self._looked = True
            self._clusters, self._control = inside.clusters, inside.control
            self.canvas.update()

    @property
    def clusters(self) -> Clusters | None:
        """What is shown of this network."""
        return self._clusters

    @property
    def control(self) -> Clusters | None:
        """What is shown of the untrained one."""
        return self._control

    @property
    def is_matrix(self) -> bool:
        """Whether distances are shown as a matrix."""
        return self.controls.kind.currentText() == "matrix"

    def distances(self) -> NDArray[np.float64]:
        """Return the distances between the mean vectors, in the tree's order, (S, S)."""
        assert self._clusters is not None
        return self._in_order(self._clusters)

    def data(self) -> PlotData:
        """Return the merges, or in the matrix the distances in the tree's order, a column for each leaf.

        A merge joins two nodes, `first` and `second`, at a distance. Nodes are counted from 0: first the leaves, in the
        order of the columns that have their names, then the merges from the top. A leaf's column is 1 where it is in
        what the merge has made. Leaves that are joined are also named. A row of the matrix has the leaf's name, class
        and how often it was met at the end.
        """
        seen = self._clusters
        if seen is None:
            return PlotData((), ())
        if self.is_matrix:
            order = seen.order.tolist()
            names, classes = ([own[leaf] for leaf in order] for own in (seen.names, seen.classes))
            told = (np.array(names, object), np.array(classes, object), seen.counts[order].astype(np.float64))
            return PlotData((*names, "symbol", "class", "met"), (*self.distances(), *told))
        members = np.eye(2 * len(seen.names) - 1, len(seen.names))
        for node, (first, second, _, _) in enumerate(seen.merges.tolist(), start=len(seen.names)):
            members[node] = members[int(first)] + members[int(second)]
        names = ("first", "second", "distance", "symbols", *seen.names)
        leaves = np.array([*seen.names, *("" for _ in seen.merges)], object)
        joined = tuple(leaves[seen.merges[:, place].astype(np.int64)] for place in (0, 1))
        columns = (*seen.merges.T, *members[len(seen.names) :].T, *joined)
        return PlotData((*names, "first_symbol", "second_symbol"), columns)

    # -- drawing --------------------------------------------------------------------------------

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        """Draw this network's picture, the untrained one's beside it, and the marks of the classes below."""
        seen = self._clusters
        painter.setPen(QColor(self.theme.muted))
        if seen is None:
            words = (
                "Nothing to cluster: fewer than two were met, or states are not finite." if self._looked else "looking…"
            )
            centred = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(QPointF(), size), centred, words)
            return
        metrics, below = QFontMetricsF(painter.font()), self._words_below(seen)
        for line, words in enumerate(reversed(below)):
            at = QRectF(_MARGIN, size.height() - (line + 1) * SCALE_HEIGHT, size.width() - 2 * _MARGIN, SCALE_HEIGHT)
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, at.width())
            painter.drawText(at, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        areas = self._areas(size, painter.font())
        if len(areas) > 1:
            for title, area in zip(_TITLES, areas, strict=True):
                at = QRectF(area.left(), _MARGIN, area.width(), _TITLE_HEIGHT)
                title = metrics.elidedText(title, Qt.TextElideMode.ElideRight, at.width())
                painter.drawText(at, Qt.AlignmentFlag.AlignLeft, title)
        for one, area in zip(self._shown, areas, strict=True):
            if self.is_matrix:
                draw_matrix(painter, area, self._in_order(one), self._cell, self.theme)
            else:
                draw_tree(painter, area, one, self._window, self._marks, self.theme)
        if self.is_matrix:
            self._draw_names_of_rows(painter, square_in(areas[0]), seen)

    @property
    def _shown(self) -> tuple[Clusters, ...]:
        return tuple(seen for seen in (self._clusters, self._control) if seen is not None)

    def _words_below(self, seen: Clusters) -> list[str]:
        lines = [self._words_of_cell() or "mouse or arrow keys tell the distance of a pair"] if self.is_matrix else []
        if any(seen.classes):
            lines.append(self._marks.legend())
        if seen.left_out:
            lines.append(f"the {len(seen.names):,} most frequent; {counted(seen.left_out, 'rarer one')} left out")
        return lines

    def _areas(self, size: QSizeF, font: QFont) -> list[QRectF]:
        """Return where each picture stands; in the matrix without the names, which both have at their left."""
        seen, shown = self._clusters, self._shown
        assert seen is not None
        top = _MARGIN + (_TITLE_HEIGHT if len(shown) > 1 else 0)
        left = _MARGIN
        if self.is_matrix:
            left += names_width(self._names(seen), QFontMetricsF(font), _MOST_FOR_NAMES * size.width())
        height = max(size.height() - top - SCALE_HEIGHT * len(self._words_below(seen)) - 2, 30.0)
        width = (size.width() - left - _MARGIN - _GAP * (len(shown) - 1)) / len(shown)
        return [QRectF(left + place * (width + _GAP), top, width, height) for place in range(len(shown))]

    def _names(self, seen: Clusters) -> list[str]:
        """Names with marks in the tree's order."""
        return [self._marks.named(seen.names[leaf], seen.classes[leaf]) for leaf in seen.order.tolist()]

    def _in_order(self, seen: Clusters) -> NDArray[np.float64]:
        """Distances in the order of this network's tree, also of the untrained one, which has the same leaves."""
        assert self._clusters is not None
        return seen.distances[np.ix_(self._clusters.order, self._clusters.order)]

    def _draw_names_of_rows(self, painter: QPainter, square: QRectF, seen: Clusters) -> None:
        colors = [self._marks.color(seen.classes[leaf], self.theme) for leaf in seen.order.tolist()]
        at = QRectF(_MARGIN, square.top(), square.left() - _MARGIN - 4, square.height())
        draw_names(painter, at, self._names(seen), colors, TreeWindow(), Qt.AlignmentFlag.AlignRight)

    # -- mouse and keys -------------------------------------------------------------------------

    def _areas_now(self) -> list[QRectF]:
        return [] if self._clusters is None else self._areas(QSizeF(self.canvas.size()), self.canvas.font())

    def _words_of_cell(self) -> str:
        if self._cell is None or self._clusters is None:
            return ""
        one, other = (self._clusters.names[int(self._clusters.order[place])] for place in self._cell)
        words = f"{one} – {other}: distance {self.distances()[self._cell]:.3g}"
        return words if self._control is None else f"{words}, untrained {self._in_order(self._control)[self._cell]:.3g}"

    def text_at(self, position: QPointF) -> str:
        """Tell the pair there and its distance; in the tree the leaf, and how often it was met."""
        if self.is_matrix:
            self.hover(position)
            return self._words_of_cell()
        for seen, area in zip(self._shown, self._areas_now(), strict=False):
            rows = leaves_in(area)
            if rows.contains(position):
                leaf = int(seen.order[self._window.leaf_at(rows, len(seen.names), position.y())])
                kind = f"{seen.classes[leaf]}, " if seen.classes[leaf] else ""
                return f"{seen.names[leaf]}: {kind}met {counted(int(seen.counts[leaf]), 'time')}"
        return ""

    def hover(self, position: QPointF) -> None:
        """Choose the pair there."""
        if self.is_matrix and self._clusters is not None:
            cells = (cell_at(square_in(area), len(self._clusters.names), position) for area in self._areas_now())
            self._choose(next((cell for cell in cells if cell is not None), None))

    def _choose(self, cell: tuple[int, int] | None) -> None:
        if cell != self._cell:
            self._cell = cell
            self.canvas.update()

    def key(self, key: int) -> bool:
        """Zoom and move the tree, or choose another pair."""
        if self._clusters is None:
            return False
        if self.is_matrix:
            return self._step(key, len(self._clusters.names))
        match key:
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._show_window(self._window.zoomed(_ZOOM_STEP, 0.5, _MOST_ZOOM))
            case Qt.Key.Key_Minus:
                self._show_window(self._window.zoomed(1 / _ZOOM_STEP, 0.5, _MOST_ZOOM))
            case Qt.Key.Key_Home:
                self._show_window(TreeWindow())
            case _ if key in _MOVES:
                self._show_window(self._window.moved(_MOVES[Qt.Key(key)]))
            case _:
                return False
        return True

    def _step(self, key: int, count: int) -> bool:
        if key == Qt.Key.Key_Home:
            self._choose((0, 0))
        elif key in _STEPS:
            row, column = self._cell or (0, 0)
            down, right = _STEPS[Qt.Key(key)] if self._cell is not None else (0, 0)
            self._choose((min(max(row + down, 0), count - 1), min(max(column + right, 0), count - 1)))
        else:
            return False
        return True

    def _show_window(self, window: TreeWindow) -> None:
        self._window = window
        self.canvas.update()

    def wheel(self, position: QPointF, steps: float) -> None:
        """Zoom in or out around the mouse."""
        areas = self._areas_now()
        if areas and not self.is_matrix:
            rows = leaves_in(areas[0])
            at = min(max((position.y() - rows.top()) / rows.height(), 0.0), 1.0)
            self._show_window(self._window.zoomed(_ZOOM_STEP**steps, at, _MOST_ZOOM))

    def press(self, position: QPointF, button: Qt.MouseButton) -> None:
        """Take hold of the tree."""
        self._grip = position.y() if button == Qt.MouseButton.LeftButton else None

    def drag(self, position: QPointF) -> None:
        """Move the tree."""
        areas = self._areas_now()
        if self._grip is not None and areas and not self.is_matrix:
            self._show_window(self._window.moved((self._grip - position.y()) / leaves_in(areas[0]).height()))
            self._grip = position.y()
