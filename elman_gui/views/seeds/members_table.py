"""MembersTable: a line for each network of an ensemble, the best first, to choose one by."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from elman_core.training.member_figures import MemberFigures
from elman_gui.views.seeds.figure_words import FigureWords
from elman_gui.views.seeds.members_model import MembersModel
from elman_gui.views.table_picture import ROW_HEIGHT, paint_table
from elman_gui.views.view_card import PlotData, ViewCard

__all__ = ["MembersTable"]

_COUNTS = 3
"""Columns that tell which network it is; after them come errors."""


class MembersTable(ViewCard):
    """Shows each network's seed and errors, ordered by a click on a heading, and lets a person look at another one.

    Signals
    -------
    chosen(int)
        Another network is to be looked at, counted from 0.
    opened(int)
        It is wanted in front of all: Enter, or a double click.
    """

    chosen = Signal(int)
    opened = Signal(int)

    def __init__(self) -> None:
        super().__init__(
            "Networks",
            "Each network with its seed, the epoch that its weights are of, and its errors. Click on a heading to "
            "order them by it. Choose a network, and every view shows it; Enter or a double click opens it in the "
            "workspace Learn. Choose by the validation error: the smallest test error is a lucky draw.",
        )
        self._model = MembersModel()
        self.table = _Table()
        self.table.setTabKeyNavigation(False)
        self.table.setModel(self._model)
        self.table.setAccessibleName("Networks of the ensemble")
        self.table.setAccessibleDescription(
            "Each network with its seed and errors; choose one, and every view shows it"
        )
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)  # else each row is measured
        header = self.table.horizontalHeader()
        header.setResizeContentsPrecision(0)  # what can be seen is measured, not a thousand lines
        header.setMinimumSectionSize(56)
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        self.table.setShowGrid(False)
        self.table.setMinimumSize(180, 124)
        self.body.addWidget(self.table, 1)
        self._member = 0
        header.sortIndicatorChanged.connect(self._on_sorting)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.table.opened.connect(self._on_opened)
        self.table.resized.connect(self._share_width)
        self.table.doubleClicked.connect(self._on_opened)

    @property
    def picture(self) -> QWidget:
        """The widget that shows the picture."""
        return self.table

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """Draw as many rows as there is room for."""
        most = min(self._model.rowCount(), int(2 * target.height() / ROW_HEIGHT) + 1)
        paint_table(painter, target, self.theme, self._model.headings, self._model.rows(most))

    def data(self) -> PlotData:
        """Return a row for each network, in their order."""
        return PlotData(tuple(heading.text for heading in self._model.headings), self._model.columns())

    def show_figures(self, figures: MemberFigures, words: FigureWords, *, in_order: bool = True) -> None:
        """Show where the networks stand; while they learn, rows stay where they are."""
        before = self._model.headings
        self._model.show_figures(figures, words, in_order=in_order)
        self._mark_sorting()
        if in_order or self._model.headings != before:
            self._share_width()
        self.show_member(self._member)

    def show_member(self, member: int) -> None:
        """Mark the network that is looked at."""
        self._member = member
        row = self._model.row_of(member)
        if row is not None and row != self.table.currentIndex().row():
            model = self.table.selectionModel()
            blocked = model.blockSignals(True)
            self.table.selectRow(row)
            model.blockSignals(blocked)
            self.table.viewport().update()

    def _mark_sorting(self) -> None:
        header = self.table.horizontalHeader()
        header.blockSignals(True)
        header.setSortIndicator(self._model.sorted_column, self._model.sort_order)
        header.blockSignals(False)

    @Slot()
    def _share_width(self) -> None:
        """Let all have what they need, and the errors share what is left; where there is too little, scroll."""
        header, modes, headings = self.table.horizontalHeader(), QHeaderView.ResizeMode, self._model.headings
        header.setSectionResizeMode(modes.ResizeToContents)
        needed = sum(
            max(header.sectionSizeHint(column), self.table.sizeHintForColumn(column)) for column in range(len(headings))
        )
        if needed <= self.table.viewport().width():
            for column in range(_COUNTS, len(headings)):
                if not headings[column].is_words:
                    header.setSectionResizeMode(column, modes.Stretch)

    @Slot(int, Qt.SortOrder)
    def _on_sorting(self, column: int, order: Qt.SortOrder) -> None:
        self._model.sort(column, order)
        self.show_member(self._member)
        self.table.scrollToTop()

    @Slot(QModelIndex)
    def _on_row(self, now: QModelIndex) -> None:
        if now.isValid():
            member = self._model.member_at(now.row())
            if member != self._member:
                self._member = member
                self.chosen.emit(member)

    @Slot(QModelIndex)
    def _on_opened(self, at: QModelIndex) -> None:
        if at.isValid():
            self.opened.emit(self._model.member_at(at.row()))


class _Table(QTableView):
    """A table whose line is opened by Enter, and which tells of another size.

    Signals
    -------
    opened(QModelIndex)
    resized()
    """

    opened = Signal(QModelIndex)
    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell of it."""
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the line that is chosen."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)
