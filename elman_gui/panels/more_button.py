"""MoreButton: opens what a row of widgets has no room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

__all__ = ["MoreButton"]


class MoreButton(QToolButton):
    """Takes widgets out of a row, one after another, and shows them in a small window below; hidden where it has none.

    `order` has the widgets with their labels, the one first that is missed least.
    """

    def __init__(self, row: QHBoxLayout, order: Sequence[tuple[str, QWidget]]) -> None:
        super().__init__()
        self.setObjectName("flat")
        self.setIconSize(QSize(16, 16))
        self.setToolTip("What there is no room for here")
        self.setAccessibleName("More")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._row = row
        self._order = tuple(order)
        self._places = [row.indexOf(widget) for _, widget in order]
        self._behind = 0
        self._sheet = QFrame(self, Qt.WindowType.Popup)
        self._sheet.setObjectName("card")
        self._grid = QGridLayout(self._sheet)
        self._grid.setContentsMargins(12, 12, 12, 12)
        self._grid.setSpacing(8)
        self._labels = []
        for line, (text, widget) in enumerate(self._order):
            label = QLabel(text)
            label.setBuddy(widget)
            self._grid.addWidget(label, line, 0)
            self._labels.append(label)
        self.clicked.connect(self._open)
        self.hide()

    @property
    def order(self) -> tuple[QWidget, ...]:
        """The widgets that can stand behind this button, the one first that goes there first."""
        return tuple(widget for _, widget in self._order)

    def put_behind(self, count: int) -> None:
        """Have this many of the widgets behind the button, the others in the row."""
        if count == self._behind:
            return
        for line in range(self._behind, count):
            self._grid.addWidget(self._order[line][1], line, 1)
        for line in sorted(range(count, self._behind), key=lambda line: self._places[line]):
            widget, place = self._order[line][1], self._places[line]
            self._row.insertWidget(place - sum(self._places[other] < place for other in range(count)), widget)
            widget.show()
        self._behind = count
        for line, label in enumerate(self._labels):
            label.setVisible(line < count)
            if line < count:
                self._order[line][1].show()
        self.setVisible(count > 0)

    @Slot()
    def _open(self) -> None:
        """Show what is behind, below the button's right end."""
        self._sheet.adjustSize()
        corner = self.mapToGlobal(QPoint(self.width() - self._sheet.width(), self.height() + 4))
        self._sheet.move(corner)
        self._sheet.show()
