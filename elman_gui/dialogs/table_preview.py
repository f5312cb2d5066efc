"""TablePreview: the first rows of a file in cells, the series as it would be read, and what that changed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from elman_core.data.csv.changes import changes_from, changes_from_file
from elman_core.data.table import Table
from elman_gui.dialogs.table_read import TableRead
from elman_gui.messages import as_sentence
from elman_gui.panels.fields import QuietComboBox
from elman_gui.plain_text import PlainLabel, plain
from elman_gui.theme import current_theme
from elman_gui.views.time.table_plot import TablePlot

__all__ = ["TablePreview"]

_MOST_SEQUENCES = 500
_MOST_CELL = 200
"""Characters of a cell that are shown."""
_SERIES = (
    "The values of one column over time, as they would be read. Rings mark rows without a value, dots rows that are "
    "missing in the file and were inserted. Of long series the highest and lowest values are drawn. The wheel "
    "zooms time, dragging moves it, and a double click shows everything again."
)
_CHANGED = (
    "The same values, beside a dashed line: as they follow each other in the file or, once a setting was chosen here, "
    "as they were read before. Where both are alike, there is one line."
)


class TablePreview(QWidget):
    """Shows what a table is read as: two plots of one column, and the cells of the first rows."""

    def __init__(self) -> None:
        super().__init__()
        self._table: Table | None = None
        self._detected: Table | None = None
        self._is_chosen = False
        self.series = TablePlot("As read", _SERIES)
        self.changed = TablePlot("What changed", _CHANGED)
        self.words = PlainLabel()
        self.words.setWordWrap(True)
        self.column = self._chooser("Column in the plot", "The column that is drawn")
        self.sequence = self._chooser("Sequence in the plot", "The sequence that is drawn")
        self.cells = QTableWidget()
        self.cells.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.cells.setAccessibleName("First rows of the file")
        self.cells.setToolTip("The first rows of the file, cut into columns as chosen beside")
        self.cells.verticalHeader().hide()
        self.cells.verticalHeader().setDefaultSectionSize(22)
        self.cells.setMinimumHeight(84)
        self.cells.setTabKeyNavigation(False)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.series)
        self.pages.addWidget(self._page_of_changes())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._tabs())
        column.addWidget(self.pages, 3)
        column.addWidget(self.cells, 2)
        self.set_theme()

    def _chooser(self, name: str, tip: str) -> QuietComboBox:
        box = QuietComboBox()
        box.setAccessibleName(name)
        box.setToolTip(tip)
        box.setMinimumContentsLength(3)
        box.setMinimumWidth(72)
        box.setMaximumWidth(160)
        box.setSizeAdjustPolicy(box.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.activated.connect(self._draw)
        return box

    def _page_of_changes(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.changed, 1)
        column.addWidget(self.words)
        return page

    def _tabs(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self._group = QButtonGroup(self)
        tips = ("The series as it would be read", "What reading the file changes in it, in a picture and in words")
        for place, (text, tip) in enumerate(zip(("As Read", "What Changed"), tips, strict=True)):
            tab = QToolButton()
            tab.setObjectName("tab")
            tab.setText(text)
            tab.setAccessibleName(text)
            tab.setToolTip(tip)
            tab.setCheckable(True)
            tab.setChecked(place == 0)
            tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._group.addButton(tab, place)
            row.addWidget(tab)
        self._group.idToggled.connect(self._show_page)
        row.addStretch(1)
        row.addWidget(self.sequence)
        row.addWidget(self.column)
        return row

    @property
    def front(self) -> TablePlot:
        """The plot that is shown."""
        return self.series if self.pages.currentIndex() == 0 else self.changed

    @property
    def tabs(self) -> list[QToolButton]:
        """The buttons that show one of the plots."""
        return [button for button in self._group.buttons() if isinstance(button, QToolButton)]

    @Slot(int, bool)
    def _show_page(self, place: int, shown: bool) -> None:
        if shown:
            self.pages.setCurrentIndex(place)
            self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the colours of the window."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.set_theme()

    def set_theme(self) -> None:
        """Take on the colours of the window."""
        theme = current_theme()
        for plot in (self.series, self.changed):
            if plot.theme is not theme or self._table is None:
                plot.set_theme(theme)

    # -- showing --------------------------------------------------------------------------------

    def show_read(self, read: TableRead, detected: Table | None) -> None:
        """Show a reading, and what it changed: beside the one that was `detected`, where the person chose settings."""
        self._show_cells(read)
        self._table, self._detected, self._is_chosen = read.table, detected, bool(read.wanted)
        columns = () if read.table is None else read.table.columns
        self._fill(self.column, columns, self.column.currentText())
        panel = None if read.table is None else read.table.panel
        names = [] if panel is None or not panel.has_several else [
            panel.title(place) for place in range(min(len(panel), _MOST_SEQUENCES))
        ]  # fmt: skip
        self._fill(self.sequence, tuple(names), self.sequence.currentText())
        self.column.setEnabled(len(columns) > 1)
        self.sequence.setVisible(bool(names))
        self._draw()

    def show_column(self, column: str) -> None:
        """Draw another column."""
        if self.column.currentText() != plain(column):
            self.column.setCurrentIndex(self.column.findData(column))
            self._draw()

    def _fill(self, box: QuietComboBox, names: tuple[str, ...], before: str) -> None:
        with QSignalBlocker(box):
            box.clear()
            for name in names:
                box.addItem(plain(name), name)
            box.setCurrentIndex(max(0, box.findText(before)))

    def _show_cells(self, read: TableRead) -> None:
        above = read.table_format.header_rows if read.table_format.header else 0
        names, rows = read.names, read.cells[above:]
        self.cells.clear()
        self.cells.setColumnCount(len(names))
        self.cells.setRowCount(len(rows))
        self.cells.setHorizontalHeaderLabels([plain(name) for name in names])
        for r, row in enumerate(rows):
            for c, cell in enumerate(row[: len(names)]):
                self.cells.setItem(r, c, QTableWidgetItem(cell[:_MOST_CELL]))
        few = len(names) <= 8
        self.cells.horizontalHeader().setSectionResizeMode(
            QHeaderView.ResizeMode.Stretch if few else QHeaderView.ResizeMode.Interactive
        )

    @Slot()
    def _draw(self) -> None:
        table, column = self._table, self.column.currentData()
        if table is None or column is None:
            self.series.clear()
            self.changed.clear()
            self._say_changes([])
            return
        sequence = max(0, self.sequence.currentIndex())
        is_compared = self._is_chosen and self._detected is not None
        if self.pages.currentIndex() == 0:
            self.series.show_table(table, column, sequence)
        else:
            self.changed.show_table(table, column, sequence)
            if is_compared and self._detected is not None:
                self.changed.show_before(self._detected, table, column, sequence)
            else:
                self.changed.show_file_order(table, column, sequence)
        before = self._detected if is_compared else None
        changes = changes_from_file(table, column) if before is None else changes_from(before, table, column)
        self._say_changes(changes)

    def _say_changes(self, changes: list[str]) -> None:
        count = f" ({len(changes)})" if changes else ""
        self.tabs[1].setText(f"What Changed{count}")
        than = "what was detected" if self._is_chosen and self._detected is not None else "the file"
        nothing = "" if self._table is None else f"The rows and values are those of {than}."
        self.words.setText(" ".join(map(as_sentence, changes)) or nothing)
