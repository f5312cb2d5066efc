"""RankTable: all cells of a study, the best first, with the intervals of their errors."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from elman_core.studies.overview import Overview
from elman_core.studies.study import value_words
from elman_gui.plain_text import plain
from elman_gui.theme import LIGHT, Theme
from elman_gui.tooltips import wrapped
from elman_gui.views.card import PlotData, ViewCard
from elman_gui.views.fonts import picture_font
from elman_gui.views.legend import LegendEntry
from elman_gui.views.study.scales import ErrorScale, figure, group_words
from elman_gui.views.study.study_card import columns_of_groups

__all__ = ["RankTable"]

_ROW, _GAP = 24, 16
_INTERVAL_WIDTH = 110
_LEAST_SCALED = 10
_AT_THE_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_AT_THE_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_INTERVAL = "interval"
_TIPS = {
    "": "The place by the median; the star is the cell that is chosen on validation",
    "median": "Of the metric over seeds; a run that diverged counts as the worst",
    "IQM": "Interquartile mean: the mean of the middle half of the runs",
    _INTERVAL: "The 95 % interval of the interquartile mean, by bootstrap, all on one scale",
    "runs": "How many runs have ended",
    "✕": "How many of them diverged or failed",
    "success": "The share of runs at or below the threshold",
    "validation": "Median on the validation part",
    "test": "Median on the test part",
}


class RankTable(ViewCard):
    """A line for each cell.

    Signals
    -------
    cell_chosen(int)
        The person looks at the cell of this number.
    open_wanted(int)
        The person wants the networks of this cell.
    """

    is_of_network = False
    cell_chosen = Signal(int)
    open_wanted = Signal(int)

    def __init__(self) -> None:
        description = (
            "All cells, the best first: the median of the error over seeds, the interquartile mean, which is the mean "
            "of the middle half, and the 95 % interval in which it lies. Cells whose intervals overlap much may have "
            "changed places by chance; the sentence above the views says what can be claimed. Choose a line to look at "
            "its cell, and press Return or double-click to open its networks."
        )
        super().__init__("Rank", description)
        self.overview = Overview()
        self._model = _Ranking()
        self.table = _Table()
        self.table.setModel(self._model)
        self.table.setAccessibleName("Cells of the study, the best first")
        self.table.setAccessibleDescription(description)
        self._delegate = _IntervalPainter(self._model, self.table)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(_ROW)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setResizeContentsPrecision(50)
        self.table.horizontalHeader().setMinimumSectionSize(24)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)  # Tab leaves the table, arrows move in it
        self.table.setMinimumSize(180, 124)
        self.body.addWidget(self.table, 1)
        self._shown_columns: tuple[str, ...] = ()
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.table.opened.connect(self._on_opened)
        self.table.resized.connect(self._fit_columns)

    @property
    def picture(self) -> QWidget:
        """The widget that shows the picture."""
        return self.table

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._delegate.theme = theme
        self.table.viewport().update()
        self.legend.show_entries(
            [LegendEntry("IQM", theme.one_step, "dot"), LegendEntry("95 % interval", theme.one_step, "line")]
        )

    @Slot(object)
    def show_overview(self, overview: Overview) -> None:
        """Show what is known now."""
        self.overview = overview
        if self.isVisible():
            self.catch_up()

    def catch_up(self) -> None:
        """Show what was not shown while nobody saw it."""
        chosen = self._model.cell
        self._model.show_overview(self.overview)
        if self._model.columns != self._shown_columns:
            self._shown_columns = self._model.columns
            for column, name in enumerate(self._shown_columns):
                self.table.setItemDelegateForColumn(column, self._delegate if name == _INTERVAL else None)
        self._fit_columns()
        self._select(chosen)

    @Slot()
    def _fit_columns(self) -> None:
        """Intervals take what numbers leave; where that is too little, the table is scrolled."""
        header, modes = self.table.horizontalHeader(), QHeaderView.ResizeMode
        columns = range(len(self._model.columns))
        header.setSectionResizeMode(modes.ResizeToContents)
        needed = sum(max(header.sectionSizeHint(column), self.table.sizeHintForColumn(column)) for column in columns)
        if _INTERVAL in self._model.columns and needed <= self.table.viewport().width():
            header.setSectionResizeMode(self._model.columns.index(_INTERVAL), modes.Stretch)

    @Slot(object)
    def show_cell(self, cell: int | None) -> None:
        """Mark the cell that is looked at."""
        self._model.cell = cell
        self._select(cell)

    def _select(self, cell: int | None) -> None:
        """Mark a line; nothing is told."""
        row = None if cell is None else self._model.row_of(cell)
        selection = self.table.selectionModel()
        blocked = selection.blockSignals(True)
        if row is None:
            self.table.clearSelection()
        elif row != self.table.currentIndex().row() or not selection.hasSelection():
            self.table.selectRow(row)
        selection.blockSignals(blocked)
        self.table.viewport().update()

    @Slot(QModelIndex)
    def _on_row(self, now: QModelIndex) -> None:
        if now.isValid():
            self.cell_chosen.emit(self._model.cell_at(now.row()))

    @Slot(int)
    def _on_opened(self, row: int) -> None:
        self.open_wanted.emit(self._model.cell_at(row))

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """Draw as many lines as there is room for, smaller where they are too wide."""
        metrics = QFontMetricsF(picture_font())
        model = self._model
        if model.overview is not self.overview:
            model.show_overview(self.overview)
        rows = range(min(model.rowCount(), int(target.height() // _ROW) - 1))
        wide = []
        for column, name in enumerate(model.columns):
            words = [plain(name), *(model.text(row, column) for row in rows)]
            own = max(map(metrics.horizontalAdvance, words))
            wide.append(_INTERVAL_WIDTH if name == _INTERVAL else own)
        total = sum(wide) + _GAP * (len(wide) + 1)
        scale = min(1.0, target.width() / max(total, 1.0))
        painter.save()
        painter.fillRect(target, QColor(self.theme.card))
        painter.translate(target.topLeft())
        painter.scale(scale, scale)
        painter.setFont(picture_font())
        spare = max(target.width() / scale - total, 0.0)
        left = float(_GAP)
        for column, (name, own) in enumerate(zip(model.columns, wide, strict=True)):
            width = own + (spare if name == _INTERVAL else 0.0)
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(QRectF(left, 0, width, _ROW), model.align(column), plain(name))
            for row in rows:
                rect = QRectF(left, (row + 1) * _ROW, width, _ROW)
                if name == _INTERVAL:
                    paint_interval(painter, rect, model, row, self.theme)
                else:
                    painter.setPen(QColor(self.theme.ink))
                    painter.drawText(rect, model.align(column), model.text(row, column))
            left += width + _GAP
        painter.restore()

    def data(self) -> PlotData:
        """Return a row for each cell, the best first."""
        return columns_of_groups(self.overview) if len(self.overview) else PlotData((), ())


class _Table(QTableView):
    """A table whose lines are opened by Return or a double click.

    Signals
    -------
    opened(int)
        This line.
    resized()
        It has another size.
    """

    opened = Signal(int)
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell of it."""
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens the line."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class _Ranking(QAbstractTableModel):
    """Cells in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.overview = Overview()
        self.cell: int | None = None
        self.columns: tuple[str, ...] = ()
        self.scale = ErrorScale(0.0, 1.0, False)

    def show_overview(self, overview: Overview) -> None:
        """Know other figures; lines that stay are kept, so that the table scrolls nowhere."""
        columns = self._columns_of(overview)
        if columns == self.columns and len(overview) == len(self.overview) and len(overview):
            self.overview = overview
            self._take_scale()
            self.dataChanged.emit(self.index(0, 0), self.index(len(overview) - 1, len(columns) - 1))
            return
        self.beginResetModel()
        self.overview, self.columns = overview, columns
        self._take_scale()
        self.endResetModel()

    def _take_scale(self) -> None:
        """Draw the best quarter to scale; of the others, what is beyond stands at the right edge."""
        overview = self.overview
        best = overview.order[: max(_LEAST_SCALED, len(overview) // 4)]
        self.scale = ErrorScale.of(np.concatenate([overview.low[best], overview.high[best], overview.iqm[best]]))

    @staticmethod
    def _columns_of(overview: Overview) -> tuple[str, ...]:
        if not len(overview):
            return ()
        shown = ["", *(column.label for column in overview.fields), "median", _INTERVAL, "IQM", "runs"]
        if overview.diverged.any() or overview.failed.any():
            shown.append("✕")
        if overview.threshold is not None:
            shown.append("success")
        parts = (name for name in ("validation", "test") if np.isfinite(getattr(overview, name)).any())
        return (*shown, *parts)

    def row_of(self, cell: int) -> int | None:
        """Return the line of a cell."""
        group = self.overview.group_of(cell)
        return None if group is None else int(np.flatnonzero(self.overview.order == group)[0])

    def cell_at(self, row: int) -> int:
        """Return the cell of a line."""
        return int(self.overview.cells[self.overview.order[row]])

    def align(self, column: int) -> Qt.AlignmentFlag:
        """Words begin at the left, numbers end at the right."""
        fields = self.overview.fields
        is_words = 1 <= column <= len(fields) and fields[column - 1].numbers is None
        return _AT_THE_LEFT if is_words else _AT_THE_RIGHT

    def text(self, row: int, column: int) -> str:
        """Write a cell of the table."""
        overview = self.overview
        group = int(overview.order[row])
        if column == 0:
            return f"{'★ ' if group == overview.chosen else ''}{row + 1:,}"
        if column <= len(overview.fields):
            field = overview.fields[column - 1]
            return plain(value_words(field.values[field.places[group]]))
        match self.columns[column]:
            case "median":
                return figure(overview.median[group])
            case "IQM":
                return figure(overview.iqm[group])
            case "runs":
                return f"{overview.runs[group]:,}"
            case "✕":
                lost = int(overview.diverged[group] + overview.failed[group])
                return f"{lost:,}" if lost else ""
            case "success":
                return f"{100 * overview.success[group]:.0f} %"
            case "validation":
                return figure(overview.validation[group])
            case "test":
                return figure(overview.test[group])
            case _:
                return ""

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """One for each cell."""
        return 0 if parent.isValid() else len(self.overview)

    def columnCount(self, parent: _Index = _NO_PARENT) -> int:
        """Place, fields and figures."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name the columns."""
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._heading(section)
            case Qt.ItemDataRole.TextAlignmentRole:
                return self.align(section)
            case Qt.ItemDataRole.ToolTipRole:
                return wrapped(_TIPS.get(self.columns[section], plain(self.columns[section])))
        return None

    def _heading(self, column: int) -> str:
        """Write the name of a column; that of a setting, whose values are short, in a line for each word."""
        name = plain(self.columns[column])
        return name.replace(" ", "\n") if 1 <= column <= len(self.overview.fields) else name

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Write a cell."""
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(index.row(), index.column())
            case Qt.ItemDataRole.TextAlignmentRole:
                return self.align(index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return plain(group_words(self.overview, int(self.overview.order[index.row()])))
        return None


class _IntervalPainter(QStyledItemDelegate):
    """Draws an interval where a number would stand."""

    def __init__(self, model: _Ranking, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.theme = LIGHT

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Ask for room in which intervals can be told apart."""
        return QSize(_INTERVAL_WIDTH, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw it over the ground of the line."""
        super().paint(painter, option, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_selected = bool(option.state & option.state.State_Selected)
        paint_interval(painter, QRectF(option.rect), self._model, index.row(), self.theme, is_selected=is_selected)
        painter.restore()


def paint_interval(
    painter: QPainter, rect: QRectF, model: _Ranking, row: int, theme: Theme, *, is_selected: bool = False
) -> None:
    """Draw a dot at the interquartile mean, and a line along its interval; smaller errors are at the left."""
    overview = model.overview
    group = int(overview.order[row])
    figures = np.array([overview.low[group], overview.iqm[group], overview.high[group]])
    inside = rect.adjusted(8, 0, -8, 0)
    low, mean, high = inside.left() + (1 - model.scale.shares(figures)) * inside.width()
    y = rect.center().y()
    color = QColor(theme.on_accent if is_selected else theme.one_step)
    if np.isnan(mean):
        painter.setPen(QColor(theme.on_accent if is_selected else theme.error))
        painter.drawText(inside, _AT_THE_RIGHT, "diverged")
        return
    if not np.isnan(low):
        painter.setPen(QPen(color, 2))
        end = inside.right() if np.isnan(high) else high  # beyond all that is finite
        painter.drawLine(QPointF(low, y), QPointF(max(end, low + 1), y))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QPointF(mean, y), 4, 4)
