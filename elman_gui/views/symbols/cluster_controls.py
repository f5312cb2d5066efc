"""ClusterControls: what is to be clustered, how, and how it is shown."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from elman_core.analysis.types import Clustering, Distance, Linkage
from elman_core.data.text.vocabulary import shown
from elman_gui.views.choice import Choice

__all__ = ["ClusterControls"]

_LINKAGES = ("average", "complete", "single", "ward")
_DISTANCES = ("euclidean", "cosine", "correlation", "cityblock")
_WHAT = ("each symbol", "after 1 symbol", "after 2 symbols")


class ClusterControls(QWidget):
    """Above what is clustered, below how: two rows, since the column that they stand in is narrow.

    Signals
    -------
    clustering_changed(Clustering)
        Something else is to be clustered, or in another way.
    kind_changed()
        A tree is to be shown in place of a matrix, or the other way round.
    """

    clustering_changed = Signal(object)
    kind_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._vocabulary: tuple[str, ...] = ()
        self.kind = _box("Tree or matrix", "A tree, or the distance of every symbol from every other", "tree", "matrix")
        self.linkage = _box("Linkage", "How the distance between two groups is taken", *_LINKAGES)
        self.distance = _box("Distance", "How the distance between two mean vectors is taken", *_DISTANCES)
        self.what = _box("What is clustered", "Each symbol, or each symbol together with what came before it", *_WHAT)
        self.symbol = _box("Symbol in context", "Of which symbol the contexts are clustered: all, or one only")
        self.symbol.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.symbol.setMinimumContentsLength(7)
        self.symbol.addItem("all", None)
        self.symbol.setEnabled(False)
        self.beside = QCheckBox("Untrained beside")
        self.beside.setToolTip("Show the untrained network of the same seed as well: what differs was learned")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addLayout(_row(self.kind, self.what, self.symbol))
        rows.addLayout(_row(self.linkage, self.distance, self.beside))
        self._connect()

    def _connect(self) -> None:
        self.kind.currentIndexChanged.connect(self.kind_changed)
        for box in (self.what, self.symbol, self.linkage, self.distance):
            box.currentIndexChanged.connect(self._ask)
        self.beside.toggled.connect(self._ask)

    @property
    def clustering(self) -> Clustering:
        """What is asked for. Ward's method is defined for Euclidean distances only."""
        linkage = cast(Linkage, self.linkage.currentText())
        distance = cast(Distance, "euclidean" if linkage == "ward" else self.distance.currentText())
        before = self.what.currentIndex()
        symbol = self.symbol.currentData() if before else None
        return Clustering(linkage, distance, before, symbol, self.beside.isChecked())

    def offer(self, vocabulary: tuple[str, ...]) -> None:
        """Offer these symbols; where the one that was chosen is not among them, all are clustered again."""
        if vocabulary == self._vocabulary:
            return
        chosen, self._vocabulary = self.symbol.currentData(), vocabulary
        with QSignalBlocker(self.symbol):
            self.symbol.clear()
            self.symbol.addItem("all", None)
            for name in sorted(vocabulary):
                self.symbol.addItem(shown(name), name)
            self.symbol.setCurrentIndex(sorted(vocabulary).index(chosen) + 1 if chosen in vocabulary else 0)
        self._ask()

    @Slot()
    def _ask(self) -> None:
        self.distance.setEnabled(self.linkage.currentText() != "ward")
        self.symbol.setEnabled(self.what.currentIndex() > 0)
        self.clustering_changed.emit(self.clustering)


def _box(name: str, tip: str, *entries: str) -> QComboBox:
    box = Choice()
    box.addItems(entries)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    return box


def _row(*controls: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for control in controls:
        row.addWidget(control)
    row.addStretch(1)
    return row
