"""FeatureTable: the features of each symbol, to be edited, loaded and saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QTableView, QVBoxLayout, QWidget

from elman_core.data.text.features import CLASS_COLUMN, Features, features_of
from elman_core.data.text.vocabulary import shown
from elman_gui.dialogs.cells import Cells
from elman_gui.dialogs.widgets import button, quiet_label

__all__ = ["FeatureTable"]


class FeatureTable(QWidget):
    """A row a symbol, a column a feature; the features are named in one line above.

    Signals
    -------
    features_changed()
        A number, a name or a row is another one.
    load_wanted(), save_wanted()
        The person wants to read the table from a CSV file, or to write it.
    """

    features_changed = Signal()
    load_wanted = Signal()
    save_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._model = Cells(editable=True)
        self.names = QLineEdit()
        self.names.setAccessibleName("Features")
        self.names.setToolTip("The names of the features, with commas between them; one called class names classes")
        self.names.setPlaceholderText("consonant, vowel, voiced")
        self.table = QTableView()
        self.table.setModel(self._model)
        self.table.setAccessibleName("Table of features")
        self.table.setToolTip("A number from 0 to 1 for each feature of each symbol; type to change one")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.add = self._button("Add Missing", "Add a row for each symbol of the text that has none", self.add_missing)
        self.load = self._button("Load…", "Read a table of features from a CSV file", self.load_wanted)
        self.save = self._button("Save…", "Write this table of features as a CSV file", self.save_wanted)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(quiet_label("Features", self.names))
        head.addWidget(self.names, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.add)
        foot.addStretch(1)
        foot.addWidget(self.load)
        foot.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        self._wanted: tuple[str, ...] = ()
        self.names.editingFinished.connect(self._on_names)
        self._model.edited.connect(self.features_changed)

    def _button(self, text: str, tip: str, pressed: Any) -> QPushButton:
        made = button(text, tip)
        made.clicked.connect(pressed)
        return made

    @property
    def is_empty(self) -> bool:
        """Whether there is no row yet."""
        return not self._model.rows

    def features(self) -> Features:
        """Return the table, checked.

        Raises
        ------
        DataError
            At the first cell that is not as it must be.
        """
        rows = [(number, row) for number, row in enumerate(self._model.rows, start=1)]
        return features_of("the table of features", tuple(self._model.header), rows)

    def show_features(self, features: Features) -> None:
        """Show a table."""
        classes = [CLASS_COLUMN] if features.classes else []
        rows = [
            [shown(name), *(f"{number:.10g}" for number in vector), *(features.classes.get(name, "") for _ in classes)]
            for name, vector in features.vectors.items()
        ]
        self._put(["symbol", *features.columns, *classes], rows)

    def show_numbers(self, symbols: Sequence[str]) -> None:
        """Give each symbol its number in binary, as a beginning."""
        bits = max(1, len(symbols).bit_length())
        columns = [str(2**bit) for bit in reversed(range(bits))]
        self._put(
            ["symbol", *columns], [[shown(name), *f"{number:0{bits}b}"] for number, name in enumerate(symbols, start=1)]
        )

    def show_wanted(self, symbols: tuple[str, ...]) -> None:
        """Know which symbols need a row."""
        self._wanted = symbols
        have = {row[0] for row in self._model.rows}
        self.add.setEnabled(any(shown(name) not in have for name in symbols))

    @Slot()
    def add_missing(self) -> None:
        """Add a row of zeros for each symbol that has none."""
        have = {row[0] for row in self._model.rows}
        empty = [_empty(column) for column in self._model.header[1:]]
        missing = [[shown(name), *empty] for name in self._wanted if shown(name) not in have]
        self._put(self._model.header, self._model.rows + missing)

    def _put(self, header: list[str], rows: list[list[str]]) -> None:
        self._model.put(header, rows)
        self.names.setText(", ".join(header[1:]))
        self.table.resizeColumnsToContents()
        self.show_wanted(self._wanted)
        self.features_changed.emit()

    @Slot()
    def _on_names(self) -> None:
        """Take other names, or more or fewer features: those that keep their names keep their numbers."""
        names = [name.strip() for name in self.names.text().split(",") if name.strip()]
        before = self._model.header[1:]
        if names == before:
            return
        if not names or len(set(names)) < len(names):  # their numbers would be lost
            self.names.setText(", ".join(before))
            return
        if len(names) == len(before):
            self._put(["symbol", *names], self._model.rows)
            return
        places = [before.index(name) + 1 if name in before else None for name in names]
        new = list(zip(names, places, strict=True))
        cells = [
            [row[0], *(_empty(name) if place is None else row[place] for name, place in new)]
            for row in self._model.rows
        ]
        self._put(["symbol", *names], cells)


def _empty(column: str) -> str:
    """Return what stands in a new cell: no class, or the number 0."""
    return "" if column.lower() == CLASS_COLUMN else "0"
