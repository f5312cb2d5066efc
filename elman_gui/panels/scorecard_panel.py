"""ScorecardPanel: what the network reaches on a fresh stream, beside the paper's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from elman_gui.panels.form_scroll import FormScroll
from elman_gui.plain_text import PlainLabel
from elman_gui.tooltips import wrapped
from elman_gui.views.view_card import Card

if TYPE_CHECKING:
    from elman_core.experiments.scorecard import Measure

__all__ = ["ScorecardPanel"]

_LEAST_WIDTH, _WIDTH = 270, 340
_SHARES = (4, 0, 2, 3)
"""How the columns share the width; the numbers take what they need."""
_SIGNS = {True: "✓", False: "✗", None: ""}
_WORDS = {True: "reached", False: "missed", None: ""}


class ScorecardPanel(Card):
    """A line for each measure: here, in the paper, and what is to be reached. Shown only with measures.

    Under them, where it was asked for, stands what other networks reach.

    Signals
    -------
    compare_wanted()
        Other networks are to be trained.
    """

    compare_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Beside Elman (1990)")
        self.setToolTip("Computed by the network that is shown, on a stream it has not seen.")
        self.compare = QPushButton("Compare…")
        self.compare.setObjectName("small")
        self.compare.setAccessibleName("Compare with other networks")
        self.compare.clicked.connect(self.compare_wanted)
        self.header.addWidget(self.compare)
        self.of_what = PlainLabel()
        self.of_what.setObjectName("muted")
        self.of_what.setWordWrap(True)
        self.of_what.setAccessibleName("The network that is measured")
        self.body.addWidget(self.of_what)
        ground = QWidget()
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        self._grid = _grid(column)
        for index, share in enumerate(_SHARES):
            self._grid.setColumnStretch(index, share)
        self._others = QFrame()
        self._others.setObjectName("underLine")
        column.addWidget(self._others)
        below = QVBoxLayout(self._others)
        below.setContentsMargins(0, 8, 0, 0)
        self._others_grid = _grid(below)
        column.addStretch(1)
        self.area = FormScroll(ground)
        self.body.addWidget(self.area, 1)
        self.setMinimumWidth(_LEAST_WIDTH)
        self.measures: tuple[Measure, ...] = ()
        self.others: tuple[Measure, ...] = ()
        self.show_comparable("", at_rest=False)
        self.show_others(())

    def sizeHint(self) -> QSize:
        """Room for four columns, where there is as much."""
        return super().sizeHint().expandedTo(QSize(_WIDTH, 0))

    def show_comparable(self, what: str, *, at_rest: bool) -> None:
        """Offer to train other networks: `what` says which, and is empty where there are none."""
        self.compare.setVisible(bool(what))
        self.compare.setEnabled(at_rest)
        tip = f"Train other networks, which takes some seconds, and show what they reach. {what}."
        self.compare.setToolTip(wrapped(tip))

    @Slot(tuple)
    def show_measures(self, measures: tuple[Measure, ...], of_what: str = "") -> None:
        """Show these measures, and of which network they are."""
        self.measures = measures
        self.of_what.setText(of_what)
        self.of_what.setVisible(bool(of_what))
        _clear(self._grid)
        for column, heading in enumerate(("on a fresh stream", "here", "paper", "to reach")):
            _add_label(self._grid, 0, column, heading, quiet=True)
        for row, measure in enumerate(measures, start=1):
            _add_label(self._grid, row, 0, measure.name)
            _add_label(self._grid, row, 1, f"<b>{measure.value:.4g}</b>")
            _add_label(self._grid, row, 2, measure.paper, quiet=True)
            cell = _add_label(self._grid, row, 3, f"{measure.goal} {_SIGNS[measure.reached]}".strip(), quiet=True)
            cell.setAccessibleName(f"{measure.name}: {_WORDS[measure.reached]}")
        beside = self.area.verticalScrollBar().sizeHint().width()
        self.area.setMinimumWidth(self.area.widget().minimumSizeHint().width() + beside)

    @Slot(tuple)
    def show_others(self, measures: tuple[Measure, ...]) -> None:
        """Show what other networks reach, below; nothing where there are no measures."""
        self.others = measures
        self._others.hide()
        _clear(self._others_grid)
        _add_label(self._others_grid, 0, 0, "other networks, same seed", quiet=True, columns=2)
        for row, measure in enumerate(measures, start=1):
            _add_label(self._others_grid, row, 0, measure.name)
            _add_label(self._others_grid, row, 1, f"<b>{measure.value:.4g}</b>")
        self._others.setVisible(bool(measures))
        if measures:
            QTimer.singleShot(0, self._show_where_others_are)  # when they are laid out

    @Slot()
    def _show_where_others_are(self) -> None:
        self.area.verticalScrollBar().setValue(self._others.y())


def _grid(column: QVBoxLayout) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    column.addLayout(grid)
    return grid


def _clear(grid: QGridLayout) -> None:
    while grid.count():
        widget = grid.takeAt(0).widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


def _add_label(grid: QGridLayout, row: int, column: int, text: str, *, quiet: bool = False, columns: int = 1) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    if quiet:
        label.setObjectName("muted")
    grid.addWidget(label, row, column, 1, columns, Qt.AlignmentFlag.AlignTop)
    label.show()  # else it has no width before the next turn of the event loop
    return label
