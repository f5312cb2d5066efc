"""What the table of networks shows: a row for each, in the order of one of its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from elman_core.data.splits import Part
from elman_core.training.member_figures import MemberFigures
from elman_core.training.stopping import MemberEnd
from elman_gui.views.seeds.figure_words import FigureWords, part_name
from elman_gui.views.table_picture import Cell, Heading, aligned

__all__ = ["MembersModel"]

_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_NOTHING = "–"
_ROOM_FOR_ARROW = "    "


@dataclass(frozen=True, eq=False)
class _Column:
    """A heading, the value that rows are ordered by, and how it is written."""

    heading: Heading
    values: NDArray[np.float64]
    text: Callable[[float], str]


class MembersModel(QAbstractTableModel):
    """Orders the networks; those that have nothing in a column come last, whichever way it is ordered."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: tuple[_Column, ...] = ()
        self._order: NDArray[np.int64] = np.empty(0, np.int64)
        self._sorted_by, self._descending = "", False

    def show_figures(self, figures: MemberFigures, words: FigureWords, *, in_order: bool) -> None:
        """Show what the networks have come to; while they learn, rows stay where they are."""
        columns = _columns_of(figures, words)
        same = [own.heading for own in columns] == [own.heading for own in self._columns]
        if same and figures.networks == len(self._order):
            before, self._columns = self._columns, columns
            order = self._ordered() if in_order else self._order
            if np.array_equal(order, self._order):  # a reset would spoil a double click
                self.dataChanged.emit(self.index(0, 0), self.index(len(order) - 1, len(columns) - 1))
                return
            self._columns = before
        self.beginResetModel()
        self._columns = columns
        names = [own.heading.text for own in columns]
        if self._sorted_by not in names:
            self._sorted_by, self._descending = part_name(figures.chosen_by), False
        self._order = self._ordered()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the networks by a column."""
        if 0 <= column < len(self._columns):
            self.beginResetModel()
            self._sorted_by = self._columns[column].heading.text
            self._descending = order is Qt.SortOrder.DescendingOrder
            self._order = self._ordered()
            self.endResetModel()

    def _ordered(self) -> NDArray[np.int64]:
        values = self._columns[self.sorted_column].values
        return np.argsort(-values if self._descending else values, kind="stable")  # NaN comes last

    @property
    def sorted_column(self) -> int:
        """The column that they are ordered by."""
        names = [own.heading.text for own in self._columns]
        return names.index(self._sorted_by) if self._sorted_by in names else 0

    @property
    def sort_order(self) -> Qt.SortOrder:
        """Which way."""
        return Qt.SortOrder.DescendingOrder if self._descending else Qt.SortOrder.AscendingOrder

    def row_of(self, member: int) -> int | None:
        """Return the line of a network."""
        found = np.flatnonzero(self._order == member)
        return int(found[0]) if len(found) else None

    def member_at(self, row: int) -> int:
        """Return the network of a line."""
        return int(self._order[row])

    # -- all of it ------------------------------------------------------------------------------

    @property
    def headings(self) -> tuple[Heading, ...]:
        """What stands above the columns."""
        return tuple(own.heading for own in self._columns)

    def rows(self, most: int) -> list[list[Cell]]:
        """Return the first rows as they are written."""
        return [[Cell(self._text(row, column)) for column in range(len(self._columns))] for row in range(most)]

    def columns(self) -> tuple[NDArray[np.float64] | NDArray[np.object_], ...]:
        """Return all values in their order."""
        return tuple(
            np.array([own.text(value) for value in own.values[self._order]], object)
            if own.heading.is_words
            else np.where(np.isfinite(own.values), own.values, np.nan)[self._order]
            for own in self._columns
        )

    def _text(self, row: int, column: int) -> str:
        own = self._columns[column]
        value = float(own.values[self._order[row]])
        return _NOTHING if np.isnan(value) else own.text(value)

    # -- what Qt asks ---------------------------------------------------------------------------

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """One for each network."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: _Index = _NO_PARENT) -> int:
        """Number, seed, epoch, errors, and how it ended."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name the columns."""
        if orientation is not Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        heading = self._columns[section].heading
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return heading.text + (_ROOM_FOR_ARROW if section == self.sorted_column else "")
            case Qt.ItemDataRole.ToolTipRole:
                return f"{heading.tip}. Click to order by it"
            case Qt.ItemDataRole.TextAlignmentRole:
                return aligned(heading)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Write a cell."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return aligned(self._columns[index.column()].heading)
        return self._text(index.row(), index.column()) if role == Qt.ItemDataRole.DisplayRole else None


def _columns_of(figures: MemberFigures, words: FigureWords) -> tuple[_Column, ...]:
    members = np.arange(1, figures.networks + 1)
    epochs = np.where(figures.epochs > 0, figures.epochs, np.nan)
    columns = [
        _Column(Heading("no.", "The number of the network"), members.astype(np.float64), _whole),
        _Column(Heading("seed", "The seed that its first weights are drawn from"), figures.seeds.astype(float), _plain),
        _Column(Heading("epoch", "The epoch that its weights are of"), epochs, _whole),
    ]
    for part in Part:
        errors = figures.errors(part)
        if errors is not None:
            tip = f"{words.of(part)[:1].upper()}{words.of(part)[1:]}, {part_name(part)}"
            columns.append(_Column(Heading(part_name(part), tip), errors, _error))
    told = [end for end in MemberEnd if end.words]
    ended = np.where(np.isin(figures.ends, told), figures.ends.astype(np.float64), np.nan)
    if not np.isnan(ended).all():
        tip = "Why it learned no more before the run ended"
        columns.append(_Column(Heading("ended", tip, is_words=True), ended, _end))
    return tuple(columns)


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _plain(value: float) -> str:
    return f"{value:.0f}"


def _error(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else _NOTHING  # diverged, which its last column says


def _end(value: float) -> str:
    return "" if np.isnan(value) else MemberEnd(int(value)).words
