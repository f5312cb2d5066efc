"""CellBar: the cell of a study that is looked at, and its networks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from elman_gui.tooltips import wrapped
from elman_gui.views.choice import Choice
from elman_gui.views.elided_label import ElidedLabel

__all__ = ["CellBar"]


class CellBar(QWidget):
    """Says what the runs of a cell came to, and opens one of its networks.

    Signals
    -------
    open_wanted(int)
        The network with this number in the study is to be opened.
    """

    open_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.runs = Choice()
        self.runs.setAccessibleName("Run to open")
        self.runs.setToolTip("The runs of this cell, the best first, by their seeds")
        self.runs.setMinimumWidth(120)
        self.open = QPushButton("Open Network")
        self.open.setAutoDefault(False)
        self.open.setToolTip(
            wrapped(
                "Open this network in place of the one that is open: from the study's folder, or trained again from "
                "its settings and seed"
            )
        )
        self.open.clicked.connect(self._on_open)
        self.comparison = ElidedLabel()
        self.comparison.hide()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.words)
        words.addWidget(self.comparison)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(8)
        row.addLayout(words, 1)
        row.addWidget(self.runs)
        row.addWidget(self.open)
        self.show_cell("", ())

    def show_cell(self, words: str, runs: Sequence[tuple[int, str]]) -> None:
        """Show what is known of a cell, and offer its runs by number and words; none where none is looked at."""
        self.words.setText(words or "Click on a cell in a view to look at it; double-click opens its best network.")
        chosen = self.runs.currentData()
        with QSignalBlocker(self.runs):
            if [(self.runs.itemData(index), self.runs.itemText(index)) for index in range(self.runs.count())] != [
                *runs
            ]:
                self.runs.clear()
                for number, own in runs:
                    self.runs.addItem(own, number)
                self.runs.setCurrentIndex(max(0, self.runs.findData(chosen)) if runs else -1)
        self.runs.setEnabled(bool(runs))
        self.open.setEnabled(bool(runs))

    def show_comparison(self, words: str) -> None:
        """Say how the cell compares with the chosen one, or nothing."""
        self.comparison.setText(words)
        self.comparison.setVisible(bool(words))

    def _on_open(self) -> None:
        number = self.runs.currentData()
        if number is not None:
            self.open_wanted.emit(number)
