"""RoleTable: which column is predicted, which are seen, and which are known ahead."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from elman_core.config import DataConfig
from elman_core.support.text_format import printable
from elman_gui.plain_text import plain_tip
from elman_gui.tooltips import wrapped

__all__ = ["Role", "RoleTable"]

_ROW_HEIGHT, _FRAME = 26, 4
_MOST_ROWS = 4
"""Shown at once; of more columns the table scrolls."""
Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


class Role(StrEnum):
    """What a column of numbers is for."""

    TARGET = "target"
    INPUT = "input"
    KNOWN = "known ahead"
    IGNORED = "ignored"


_FIELDS = {Role.TARGET: "columns", Role.INPUT: "inputs", Role.KNOWN: "known"}
_TIPS = {role: DataConfig.model_fields[field].description or "" for role, field in _FIELDS.items()} | {
    Role.IGNORED: "Columns that are left out."
}


class RoleTable(QTableView):
    """A line for each column with its role, of which a list opens at a click.

    Signals
    -------
    roles_changed()
        The person gave a column another role.
    """

    roles_changed = Signal()

    def __init__(self, *, needs_target: bool) -> None:
        """Make an empty table. One that `needs_target` keeps the last target what it is."""
        super().__init__()
        self.setTabKeyNavigation(False)  # Tab goes on; the arrow keys move within
        self._roles = _Roles(self, needs_target)
        self.setModel(self._roles)
        self._delegate = _RoleDelegate(self)
        self.setItemDelegateForColumn(1, self._delegate)
        self.setAccessibleName("Roles of the columns")
        self.setToolTip("\n".join(f"{role.value.capitalize()}: {tip}" for role, tip in _TIPS.items()))
        self.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(1, self.fontMetrics().horizontalAdvance(f"{Role.KNOWN.value} ▾") + 24)
        self._roles.dataChanged.connect(self.roles_changed)

    def show_columns(self, columns: tuple[str, ...], config: DataConfig) -> None:
        """Show these columns, with the roles that a config gives them; nothing is emitted."""
        chosen = {name: role for role, field in _FIELDS.items() for name in getattr(config, field)}
        self._roles.show_roles([(name, chosen.get(name, Role.IGNORED)) for name in columns])
        self.setFixedHeight(min(_MOST_ROWS, len(columns)) * _ROW_HEIGHT + _FRAME)

    def role_of(self, column: str) -> Role:
        """Return the role of a column."""
        return dict(self._roles.roles)[column]

    def set_role(self, column: str, role: Role) -> None:
        """Give a column another role, as the person does."""
        row = [name for name, _ in self._roles.roles].index(column)
        self._roles.setData(self._roles.index(row, 1), role)

    @property
    def changes(self) -> dict[str, tuple[str, ...]]:
        """The settings of a DataConfig that say so."""
        return {field: tuple(name for name, own in self._roles.roles if own is role) for role, field in _FIELDS.items()}


class _Roles(QAbstractTableModel):
    def __init__(self, parent: RoleTable, needs_target: bool) -> None:
        super().__init__(parent)
        self.roles: list[tuple[str, Role]] = []
        self._needs_target = needs_target

    def show_roles(self, roles: list[tuple[str, Role]]) -> None:
        self.beginResetModel()
        self.roles = roles
        self.endResetModel()

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self.roles)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else 2

    def flags(self, index: Index) -> Qt.ItemFlag:
        editable = Qt.ItemFlag.ItemIsEditable if index.column() == 1 else Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | editable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        name, own = self.roles[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{own.value} ▾" if index.column() else printable(name)
            case Qt.ItemDataRole.EditRole:
                return own.value if index.column() else name
            case Qt.ItemDataRole.ToolTipRole:
                return wrapped(plain_tip(f"{name}\n{_TIPS[own]}"))
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        name, before = self.roles[index.row()]
        targets = sum(own is Role.TARGET for _, own in self.roles)
        after = Role(str(value))
        if after is before or (self._needs_target and before is Role.TARGET and targets == 1):
            return False
        self.roles[index.row()] = (name, after)
        self.dataChanged.emit(index, index)
        return True


class _RoleDelegate(QStyledItemDelegate):
    """Opens a list of the roles in the place of a role."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        box = QComboBox(parent)
        box.addItems([role.value for role in Role])
        for place, role in enumerate(Role):
            box.setItemData(place, wrapped(_TIPS[role]), Qt.ItemDataRole.ToolTipRole)
        box.activated.connect(self._take)
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QComboBox)
        editor.setCurrentText(str(index.data(Qt.ItemDataRole.EditRole)))
        editor.showPopup()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QComboBox)
        model.setData(index, editor.currentText())

    @Slot()
    def _take(self) -> None:
        box = self.sender()
        assert isinstance(box, QComboBox)
        self.commitData.emit(box)
        self.closeEditor.emit(box)
