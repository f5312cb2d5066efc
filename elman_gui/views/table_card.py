"""TableCard: a card whose picture is a table of words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from elman_gui.tooltips import wrapped
from elman_gui.views.fonts import picture_font
from elman_gui.views.view_card import ViewCard

__all__ = ["Cell", "Heading", "TableCard"]

_AT_THE_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_AT_THE_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_ROW, _GAP = 24, 16
"""Pixels of a row, and between two columns in a picture."""


@dataclass(frozen=True)
class Heading:
    """What a column is called, what that means, and whether its cells are words rather than numbers."""

    text: str
    tip: str = ""
    is_words: bool = False


@dataclass(frozen=True)
class Cell:
    """What a cell says, and whether it is to stand out."""

    text: str
    is_bold: bool = False
    tip: str = ""


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
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.setShowGrid(False)
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
            item.setTextAlignment(_align(heading))
            item.setToolTip(wrapped(heading.tip))
            table.setHorizontalHeaderItem(column, item)
        for place, row in enumerate(self._rows):
            for column, cell in enumerate(row):
                table.setItem(place, column, self._item(cell, self._headings[column]))
        self._fit_columns()

    @staticmethod
    def _item(cell: Cell, heading: Heading) -> QTableWidgetItem:
        item = QTableWidgetItem(cell.text)
        item.setTextAlignment(_align(heading))
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
        regular = picture_font()
        bold = QFont(regular)
        bold.setBold(True)
        metrics = QFontMetricsF(bold)
        lines = [[Cell(heading.text) for heading in self._headings], *self._rows]
        wide = [max(metrics.horizontalAdvance(line[column].text) for line in lines) for column in self._columns]
        total = sum(wide) + _GAP * (len(wide) + 1)
        scale = min(1.0, target.width() / max(total, 1.0))
        painter.save()
        painter.fillRect(target, QColor(self.theme.card))
        painter.translate(target.topLeft())
        painter.scale(scale, scale)
        spare = max(target.width() / scale - total, 0.0) / max(len(wide), 1)
        for place, line in enumerate(lines[: int(target.height() / scale // _ROW)]):
            left = float(_GAP)
            painter.setPen(QColor(self.theme.muted if place == 0 else self.theme.ink))
            for cell, width, heading in zip(line, wide, self._headings, strict=True):
                painter.setFont(bold if cell.is_bold else regular)
                room = QRectF(left, place * _ROW, width + spare, _ROW)
                painter.drawText(room, _align(heading), cell.text)
                left += width + spare + _GAP
        painter.restore()

    @property
    def _columns(self) -> range:
        return range(len(self._headings))


class _Table(QTableWidget):
    """A table that tells of another size."""

    resized = Signal()

    def __init__(self) -> None:
        super().__init__(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell of it."""
        super().resizeEvent(event)
        self.resized.emit()


def _align(heading: Heading) -> Qt.AlignmentFlag:
    return _AT_THE_LEFT if heading.is_words else _AT_THE_RIGHT
