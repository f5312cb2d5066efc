"""SymbolDialog: a text or a column split into symbols, to be looked at before it is learned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from elman_core.config import Loss, Output, SymbolConfig, SymbolUnit
from elman_core.data.text.features import Features, read_features, write_features
from elman_core.data.text.vocabulary import OTHER, shown
from elman_core.errors import DataError
from elman_core.support.text_format import counted
from elman_gui.controllers.loading import SymbolSource, SymbolsRead, read_symbols
from elman_gui.dialogs.cells import Cells
from elman_gui.dialogs.feature_table import FeatureTable
from elman_gui.dialogs.job_dialog import JobDialog
from elman_gui.dialogs.pasted_text import PastedText
from elman_gui.dialogs.save_dialog import SaveDialog
from elman_gui.dialogs.widgets import heading, quiet_label
from elman_gui.messages import sentence
from elman_gui.panels.config_form import ConfigForm
from elman_gui.plain_text import bold

__all__ = ["SymbolDialog"]

_TYPING_MS = 250
_TEXT_SETTINGS = ("unit", "lower_case", "spaces", "punctuation")
_COLUMN_SETTINGS = ("lower_case",)
_VOCABULARY_SETTINGS = ("largest_vocabulary", "minimum_count")
_ONE_HOT, _FEATURES = range(2)
_OUTPUTS = (
    ("probabilities: softmax, cross-entropy", (Output.SOFTMAX, Loss.CROSS_ENTROPY)),
    ("as in 1990: logistic, squared error", (Output.LOGISTIC, Loss.SQUARED_ERROR)),
)
_TABLES = "Tables (*.csv *.tsv *.txt);;All files (*)"


class SymbolDialog(JobDialog):
    """A text on the left, its vocabulary and the vectors of its symbols on the right.

    Signals
    -------
    chosen(Table, Output, Loss)
        The person takes these symbols.
    """

    chosen = Signal(object, object, object)

    def __init__(self, given: SymbolSource, columns: tuple[str, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__("Learn a Text" if given.path is None else f"Learn {given.path.name}", parent)
        self._given = given
        self._read = SymbolsRead()
        self._is_pasted = given.path is None
        self.resize(880, 600)
        self.setMinimumSize(680, 480)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._build(columns)
        self._connect()
        self.read_again()

    # -- building -------------------------------------------------------------------------------

    def _build(self, columns: tuple[str, ...]) -> None:
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.text = PastedText()
        self.text.setReadOnly(not self._is_pasted)
        if not self._is_pasted:
            self.text.setToolTip("The first symbols, as they were read")
        self.column = QComboBox()
        self.column.setAccessibleName("Column")
        self.column.setToolTip("The column whose rows are the symbols")
        self.column.addItems(columns)
        self.column.setVisible(bool(columns))
        unit = SymbolUnit.ROWS if columns else SymbolUnit.CHARACTERS
        settings = _COLUMN_SETTINGS if columns else _TEXT_SETTINGS
        self.form = ConfigForm("How it is split", SymbolConfig(unit=unit), (*settings, *_VOCABULARY_SETTINGS))
        if not columns:
            self._offer_texts_only()
        self.outputs = QComboBox()
        self.outputs.setAccessibleName("What is predicted")
        self.outputs.setToolTip("How the network says what comes next. Features can only be predicted as in 1990.")
        for words, value in _OUTPUTS:
            self.outputs.addItem(words, value)
        self.notes = quiet_label("")
        self.notes.setWordWrap(True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel | QDialogButtonBox.StandardButton.Ok)
        self.take = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.take.setText("Learn")
        self.take.setObjectName("primary")
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setToolTip("Close this window; nothing changes")
        self._lay_out()

    def _offer_texts_only(self) -> None:
        unit = self.form.findChild(QComboBox, "unit")
        assert isinstance(unit, QComboBox)
        unit.removeItem(unit.findData(SymbolUnit.ROWS))

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(heading("Text" if self._is_pasted else "As it was read"))
        left.addWidget(self.column)
        left.addWidget(self.text, 1)
        left.addWidget(self.form)
        body = QGridLayout()
        body.setHorizontalSpacing(16)
        body.addLayout(left, 0, 0)
        body.addLayout(self._vectors(), 0, 1)
        body.setColumnStretch(0, 1)
        body.setColumnStretch(1, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.bar, 1)
        foot.addStretch(0)
        foot.addWidget(self.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.summary)
        column.addLayout(body, 1)
        for widget in (self.notes, self.problem):
            column.addWidget(widget)
        column.addLayout(foot)

    def _vectors(self) -> QVBoxLayout:
        self.kind = QComboBox()
        self.kind.addItems(["one-hot: a unit for each", "a table of features"])
        self.kind.setAccessibleName("Vectors")
        self.kind.setToolTip("The numbers that stand for a symbol: a unit of its own, or features that you give")
        self.counts = QTableView()
        self.counts.setTabKeyNavigation(False)
        self._cells = Cells()
        self.counts.setModel(self._cells)
        self.counts.setAccessibleName("Vocabulary")
        self.counts.setToolTip("Each symbol, how often it occurs, and whether it is one of its own")
        self.counts.verticalHeader().hide()
        self.counts.verticalHeader().setDefaultSectionSize(24)
        self.counts.horizontalHeader().setStretchLastSection(True)
        self.features = FeatureTable()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.counts)
        self.pages.addWidget(self.features)
        heads = QGridLayout()
        heads.setHorizontalSpacing(8)
        heads.setColumnStretch(1, 1)
        for row, (words, box) in enumerate((("Vectors", self.kind), ("Predicted", self.outputs))):
            heads.addWidget(quiet_label(words, box), row, 0)
            heads.addWidget(box, row, 1)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(heading("Vocabulary"))
        right.addLayout(heads)
        right.addWidget(self.pages, 1)
        return right

    def _connect(self) -> None:
        if self._is_pasted:
            self.text.text_changed.connect(self._wait_for_typing)
        self._typing.timeout.connect(self.read_again)
        self.column.activated.connect(self.read_again)
        self.form.config_changed.connect(self.read_again)
        self.kind.activated.connect(self._choose_kind)
        self.features.features_changed.connect(self.read_again)
        self.features.load_wanted.connect(self._ask_for_features)
        self.features.save_wanted.connect(self._ask_where_to_save)
        self.buttons.accepted.connect(self._on_symbols)
        self.buttons.rejected.connect(self.reject)

    def done(self, result: int) -> None:
        """Close; what was typed last is not read any more."""
        self._typing.stop()
        super().done(result)

    # -- reading --------------------------------------------------------------------------------

    @Slot()
    def _wait_for_typing(self) -> None:
        """What was read is not what is there any more."""
        self.take.setEnabled(False)
        self._typing.start()

    @Slot()
    def read_again(self) -> None:
        """Take the text apart as is chosen now, beside the window."""
        self._typing.stop()
        if self._is_pasted and not self.text.text.strip():
            self.end_work()
            self._show_read(SymbolsRead())
            return
        features = None
        if self._has_features and not self.features.is_empty:
            try:
                features = self.features.features()
            except DataError as error:
                self.end_work()
                self._show_read(replace(self._read, table=None, problem=str(error)))
                return
        given = replace(self._given, text=self.text.text) if self._is_pasted else self._given
        if self.column.count():
            given = replace(given, column=self.column.currentText())
        config = self.form.config
        assert isinstance(config, SymbolConfig)
        self.take.setEnabled(False)
        self.work(lambda: read_symbols(given, config, features), self._show_read)

    def load_features(self, path: Path) -> None:
        """Read a table of features."""
        self.work_beside(lambda: read_features(path), self._show_features)

    def save_features(self, path: Path) -> None:
        """Write the table of features."""
        try:
            vocabulary = self.features.features().vocabulary
        except DataError as error:
            self.show_problem(error)
            return
        self.work_beside(lambda: write_features(path, vocabulary), self._show_saved)

    # -- showing --------------------------------------------------------------------------------

    @property
    def _has_features(self) -> bool:
        return self.kind.currentIndex() == _FEATURES

    @Slot(object)
    def _show_read(self, read: SymbolsRead) -> None:
        self._read = read
        tokenized, table = read.tokenized, read.table
        self.say_problem(read.problem)
        self.notes.setText("\n".join(table.notes) if table is not None else "")
        self.notes.setVisible(bool(self.notes.text()))
        self.take.setEnabled(table is not None)
        self.take.setToolTip("Learn these symbols" if table is not None else "Give a text with some different symbols")
        if tokenized is None:
            self.summary.setText("A network learns to predict each symbol of a text from those before it.")
            self._cells.put([], [])
            return
        names, counts = tokenized.tokens.names, tokenized.tokens.counts.tolist()
        unit = tokenized.config.unit.value.removesuffix("s")
        self.summary.setText(
            f"{bold(tokenized.name)}: {counted(sum(counts), unit)}, {counted(len(names), 'different one')}. "
            "This is how it was read; change what is not right."
        )
        if not self._is_pasted:
            self.text.setPlainText(tokenized.beginning)
        self._show_counts(names, counts)
        self.features.show_wanted(names)
        if self._has_features and self.features.is_empty:  # chosen before there was a text
            self.features.show_numbers(names)

    def _show_counts(self, names: tuple[str, ...], counts: list[int]) -> None:
        symbols = None if self._read.table is None else self._read.table.symbols
        known = set(names) if symbols is None else set(symbols.vocabulary.names)
        total = sum(counts)
        ranked = sorted(zip(names, counts, strict=True), key=lambda pair: (-pair[1], pair[0]))
        rows = [
            [shown(name), f"{count:,}", f"{100 * count / total:.3g} %", "itself" if name in known else OTHER]
            for name, count in ranked
        ]
        self._cells.put(["symbol", "times", "share", "taken as"], rows)

    @Slot()
    def _choose_kind(self) -> None:
        self.pages.setCurrentIndex(self.kind.currentIndex())
        self.outputs.setEnabled(not self._has_features)
        self.outputs.setCurrentIndex(1 if self._has_features else 0)
        tokenized = self._read.tokenized
        if self._has_features and self.features.is_empty and tokenized is not None:
            self.features.show_numbers(tokenized.tokens.names)
        else:
            self.read_again()

    @Slot(object)
    def _show_features(self, features: Features) -> None:
        self.features.show_features(features)

    @Slot(object)
    def _show_saved(self, path: Path) -> None:
        self.say_problem("")
        self.notes.setText(f"Saved as {path}")
        self.notes.show()

    @Slot(object)
    def show_failure(self, error: Exception) -> None:
        """Say why this cannot be learned."""
        self._show_read(replace(self._read, table=None, problem=sentence(error)))

    # -- asking ---------------------------------------------------------------------------------

    @Slot()
    def _ask_for_features(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Load Features", "", _TABLES)
        if path:
            self.load_features(Path(path))

    @Slot()
    def _ask_where_to_save(self) -> None:
        path, _ = SaveDialog.ask(self, "Save Features", "features.csv", "CSV files (*.csv)")
        if path:
            self.save_features(Path(path))

    @Slot()
    def _on_symbols(self) -> None:
        if self._read.table is not None:
            self.hide()  # it comes back with all that was typed, where unsaved training is not left after all
            self.chosen.emit(self._read.table, *self.outputs.currentData())
