"""Cell: a place whose view a person chooses by its title."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from elman_gui.tooltips import wrapped
from elman_gui.views.view_card import Card
from elman_gui.workspaces.places import Places
from elman_gui.workspaces.slot import ViewSlot

__all__ = ["Cell"]

_LEAST_CELL = 300
_ARROW, _LEAST_WIDTH = 36, 84
"""Room for the sign at the right, and for a few letters before it."""


class Cell(ViewSlot):
    """While a view stands here, the chooser stands in its header, in place of the title.

    Signals
    -------
    chosen(int, str)
        The number of this cell, and the name of the view that the person wants in it.
    """

    chosen = Signal(int, str)

    def __init__(self, places: Places, number: int) -> None:
        self.chooser = _Chooser()
        super().__init__(places)
        self.number = number
        self.chooser.setParent(self)
        self.chooser.setObjectName("viewChooser")
        self.chooser.setAccessibleName(f"View in place {number + 1}")
        self.chooser.activated.connect(self._on_activated)

    def offer(self, choices: Sequence[tuple[str, str]], name: str) -> None:
        """Offer these views, by name and title, and show one of them."""
        with QSignalBlocker(self.chooser):
            self.chooser.clear()
            for offered, title in choices:
                self.chooser.addItem(title, offered)
            self.chooser.setCurrentIndex(self.chooser.findData(name))
        self.chooser.setToolTip(wrapped(f"{self.chooser.currentText()}: choose which view stands here"))
        self.chooser.updateGeometry()
        self.set_names(name)

    def minimumSizeHint(self) -> QSize:
        """Ask for room for the chooser beside what else the header has."""
        return super().minimumSizeHint().expandedTo(QSize(_LEAST_CELL, 0))

    def _enter(self, view: QWidget) -> None:
        super()._enter(view)
        if isinstance(view, Card):
            view.title.hide()
            view.header.insertWidget(0, self.chooser)
            self.chooser.show()

    def _leave(self, view: QWidget) -> None:
        if isinstance(view, Card) and self.chooser.parent() is view:
            view.header.removeWidget(self.chooser)
            self.chooser.hide()
            self.chooser.setParent(self)
            view.title.show()
        super()._leave(view)

    @Slot(int)
    def _on_activated(self, index: int) -> None:
        self.chosen.emit(self.number, self.chooser.itemData(index))


class _Chooser(QComboBox):
    """As wide as the title that is chosen."""

    def sizeHint(self) -> QSize:
        """Ask for room for the title, and the sign beside it."""
        return QSize(self.fontMetrics().horizontalAdvance(self.currentText()) + _ARROW, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Do with less in a narrow header."""
        return QSize(min(_LEAST_WIDTH, self.sizeHint().width()), super().minimumSizeHint().height())
