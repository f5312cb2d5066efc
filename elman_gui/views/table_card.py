"""TableCard: a card whose picture is a table of words and numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from elman_gui.tooltips import wrapped
from elman_gui.views.table_picture import ROW_HEIGHT, Cell, Heading, aligned, paint_table
from elman_gui.views.view_card import ViewCard

__all__ = ["Cell", "Heading", "TableCard"]


class TableCard(ViewCard):
    """A table to read; it can be taken out as a picture and as numbers, as a plot can."""

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, description)
        self._headings: tuple[Heading, ...] = ()
        self._rows: tuple[tuple[Cell, ...], ...] = ()
        self.table = _Table()
        self.table.resized.connect(self._fit_columns)
        self.table.setAccessibleName(title)
        self.table.setAccessibleDescription(description)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)  # Tab leaves the table, arrows move in it
        self.table.setMinimumSize(180, 124)
        self.body.addWidget(self.table, 1)

    @property
    def picture(self) -> QWidget:
        """The widget that shows the picture."""
        return self.table

    def show_table(self, headings: Sequence[Heading], rows: Sequence[Sequence[Cell]]) -> None:
        """Show these rows."""
        self._headings, self._rows = tuple(headings), tuple(tuple(row) for row in rows)
        table = self.table
        table.setColumnCount(len(self._headings))
        table.setRowCount(len(self._rows))
        for column, heading in enumerate(self._headings):
            item = QTableWidgetItem(heading.text)
            item.setTextAlignment(aligned(heading))
            item.setToolTip(wrapped(heading.tip))
            table.setHorizontalHeaderItem(column, item)
        for place, row in enumerate(self._rows):
            for column, cell in enumerate(row):
                table.setItem(place, column, self._item(cell, self._headings[column]))
        self._fit_columns()

    @staticmethod
    def _item(cell: Cell, heading: Heading) -> QTableWidgetItem:
        item = QTableWidgetItem(cell.text)
        item.setTextAlignment(aligned(heading))
        item.setToolTip(wrapped(cell.tip))
        font = item.font()
        font.setBold(cell.is_bold)
        item.setFont(font)
        return item

    @Slot()
    def _fit_columns(self) -> None:
        """Words take what numbers leave, or all alike without words; in too little room the table scrolls."""
        header, columns = self.table.horizontalHeader(), range(len(self._headings))
        modes = QHeaderView.ResizeMode
        header.setSectionResizeMode(modes.ResizeToContents)
        header.setStretchLastSection(False)
        needed = [max(header.sectionSizeHint(column), self.table.sizeHintForColumn(column)) for column in columns]
        spare = self.table.viewport().width() - sum(needed)
        if spare < 0:
            return
        for column in columns:
            if any(heading.is_words for heading in self._headings):
                if self._headings[column].is_words:
                    header.setSectionResizeMode(column, modes.Stretch)
            else:
                header.setSectionResizeMode(column, modes.Fixed)
                header.resizeSection(column, needed[column] + spare // len(needed))

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """Draw as many rows as there is room for, smaller where they are too wide."""
        paint_table(painter, target, self.theme, self._headings, self._rows)


class _Table(QTableWidget):
    """A table that tells of another size."""

    resized = Signal()

    def __init__(self) -> None:
        super().__init__(0, 0)
        self.setTabKeyNavigation(False)  # Tab goes on; the arrow keys move within

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell of it."""
        super().resizeEvent(event)
        self.resized.emit()
