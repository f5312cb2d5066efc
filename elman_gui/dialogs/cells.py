"""Cells: a table of texts for a view, however long, since only what is in view is asked for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

__all__ = ["Cells"]

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Cells(QAbstractTableModel):
    """Rows of cells as a person writes them; a wrong one stays, so that nothing typed is lost.

    Signals
    -------
    edited()
        A cell is another one.
    """

    edited = Signal()

    def __init__(self, *, editable: bool = False) -> None:
        super().__init__()
        self._editable = editable
        self.header: list[str] = []
        self.rows: list[list[str]] = []

    def put(self, header: list[str], rows: list[list[str]]) -> None:
        """Hold other cells."""
        self.beginResetModel()
        self.header, self.rows = header, rows
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Count the rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        """Count the columns."""
        return 0 if parent.isValid() else len(self.header)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self.rows[index.row()][index.column()]
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take what was typed."""
        if role != Qt.ItemDataRole.EditRole or self.rows[index.row()][index.column()] == str(value).strip():
            return False
        self.rows[index.row()][index.column()] = str(value).strip()
        self.dataChanged.emit(index, index)
        self.edited.emit()
        return True

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Let cells be typed over, if they may be."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if self._editable else flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the name of a column."""
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self.header[section]
        return None
