"""MembersTable: a line for each network of an ensemble, the best first, to choose one by."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from elman_core.experiment import Experiment
from elman_core.training.history import History
from elman_gui.plain_text import PlainLabel
from elman_gui.views.view_card import Card

__all__ = ["MembersTable"]

_HEADINGS = {
    "no.": "The number of the network",
    "seed": "The seed that its first weights are drawn from",
    "epoch": "Its best epoch",
    "loss": "Its smallest loss at a time step: of the validation part where there is one",
}
_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_AT_THE_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class MembersTable(Card):
    """Shows each network's seed and its smallest loss, and lets a person look at another one.

    Signals
    -------
    chosen(int)
        Another network is to be looked at, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__("Networks")
        self._model = _Members()
        self.table = QTableView()
        self.table.setModel(self._model)
        self.table.setAccessibleName("Networks of the ensemble")
        self.table.setToolTip("Each network with its seed and its smallest loss; choose one, and every view shows it")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.setShowGrid(False)
        self.table.setMinimumSize(180, 100)
        self.words = PlainLabel()
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.words)
        self._member = 0
        self.table.selectionModel().currentRowChanged.connect(self._on_row)

    def show_ensemble(self, experiment: Experiment, history: History, steps: int) -> None:
        """Show where the networks stand; `steps` is how many time steps their losses are sums over."""
        self._model.show_members(experiment.training.seed, experiment.training.networks, history, steps)
        self.words.setText(self._model.summary)
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

    @Slot(QModelIndex)
    def _on_row(self, now: QModelIndex) -> None:
        if now.isValid():
            member = self._model.member_at(now.row())
            if member != self._member:
                self._member = member
                self.chosen.emit(member)


class _Members(QAbstractTableModel):
    """The networks in the order of their smallest losses; those that have none come last."""

    def __init__(self) -> None:
        super().__init__()
        self._order = np.empty(0, np.int64)
        self._best = np.empty(0)
        self._epochs = np.empty(0, np.int64)
        self._seed = 0

    def show_members(self, seed: int, networks: int, history: History, steps: int) -> None:
        """Know where each network stands."""
        self.beginResetModel()
        curves = history.train if history.validation is None else history.validation
        if curves.shape[1] == networks and len(curves):
            self._epochs = history.best_epochs
            self._best = curves[self._epochs, np.arange(networks)] / steps
            self._best[~np.isfinite(self._best)] = np.inf
        else:
            self._epochs, self._best = np.zeros(networks, np.int64), np.full(networks, np.inf)
        self._order = np.argsort(self._best, kind="stable")
        self._seed = seed
        self.endResetModel()

    @property
    def summary(self) -> str:
        """What all of them come to."""
        known = self._best[np.isfinite(self._best)]
        if not len(known):
            return f"{len(self._best):,} networks; none has ended an epoch."
        low, middle, high = np.quantile(known, (0.25, 0.5, 0.75))
        return (
            f"Smallest losses of {len(known):,} networks: median {middle:.3g}, the middle half from {low:.3g} to "
            f"{high:.3g}, best {known.min():.3g}, worst {known.max():.3g}."
        )

    def row_of(self, member: int) -> int | None:
        """Return the line of a network."""
        found = np.flatnonzero(self._order == member)
        return int(found[0]) if len(found) else None

    def member_at(self, row: int) -> int:
        """Return the network of a line."""
        return int(self._order[row])

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """One for each network."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: _Index = _NO_PARENT) -> int:
        """Network, seed, best epoch and loss."""
        return 0 if parent.isValid() else len(_HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _AT_THE_RIGHT
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tuple(_HEADINGS)[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return tuple(_HEADINGS.values())[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Write a cell."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _AT_THE_RIGHT
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        member = self.member_at(index.row())
        is_known = bool(np.isfinite(self._best[member]))
        match index.column():
            case 0:
                return f"{member + 1:,}"
            case 1:
                return f"{self._seed + member}"
            case 2:
                return f"{self._epochs[member] + 1:,}" if is_known else "–"
            case _:
                return f"{self._best[member]:.4g}" if is_known else "–"
