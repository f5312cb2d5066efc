"""PaperCard: what the network reaches on a fresh stream, beside the paper's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from elman_gui.plots.card import Card

if TYPE_CHECKING:
    from elman_core.experiments.scorecard import Measure

__all__ = ["PaperCard"]

_WIDTH = 340
_SIGNS = {True: "✓", False: "✗", None: ""}
_WORDS = {True: "reached", False: "missed", None: ""}


class PaperCard(Card):
    """A line for each measure: here, in the paper, and what is to be reached. Hidden while there is nothing to show."""

    def __init__(self) -> None:
        super().__init__("Beside Elman (1990)")
        self.setToolTip("Computed now, by this network, on a stream it has not seen. Each rest draws another stream.")
        self._rows = QWidget()
        self._rows.setObjectName("formGround")
        self._grid = QGridLayout(self._rows)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(0, 1)
        area = QScrollArea()
        area.setObjectName("formScroll")
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        ground = QWidget()
        ground.setObjectName("formGround")
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self._rows)
        column.addStretch(1)
        area.setWidget(ground)
        self.body.addWidget(area, 1)
        self.setMinimumWidth(_WIDTH)
        self.measures: tuple[Measure, ...] = ()
        self.hide()

    @Slot(tuple)
    def show_measures(self, measures: tuple[Measure, ...]) -> None:
        """Show these measures."""
        self.measures = measures
        self.setVisible(bool(measures))
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            if widget is not None:
                widget.deleteLater()
        for column, heading in enumerate(("on a fresh stream", "here", "paper", "to reach")):
            self._put(0, column, heading, quiet=True)
        for row, measure in enumerate(measures, start=1):
            self._put(row, 0, measure.name)
            self._put(row, 1, f"<b>{measure.value:.4g}</b>")
            self._put(row, 2, measure.paper, quiet=True)
            cell = self._put(row, 3, f"{measure.goal} {_SIGNS[measure.reached]}".strip(), quiet=True)
            cell.setAccessibleName(f"{measure.name}: {_WORDS[measure.reached]}")

    def _put(self, row: int, column: int, text: str, *, quiet: bool = False) -> QLabel:
        label = QLabel(text)
        label.setWordWrap(True)
        if quiet:
            label.setObjectName("muted")
        self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
        return label
