"""ImportDialog: what was detected in a CSV file, to be looked at and changed before it is used."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from elman_core.config import DataConfig
from elman_core.data.table import Table, TableFormat
from elman_core.support.text_format import counted
from elman_gui.dialogs.job_dialog import JobDialog
from elman_gui.dialogs.table_read import TableRead, read_for_import
from elman_gui.dialogs.widgets import button, heading, quiet_label
from elman_gui.messages import sentence
from elman_gui.panels.role_table import RoleTable
from elman_gui.plain_text import PlainLabel, bold

__all__ = ["ImportDialog"]

_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1")
_DELIMITERS = ((",", "comma  ,"), (";", "semicolon  ;"), ("\t", "tab"), ("|", "bar  |"), (" ", "space"))
_DECIMALS = ((".", "point  1.5"), (",", "comma  1,5"))
_DATE_FORMATS = (
    (None, "plain numbers"),
    ("%Y-%m-%d", "2001-12-31"),
    ("%Y%m%d", "20011231"),
    ("%d.%m.%Y", "31.12.2001"),
    ("%d/%m/%Y", "31/12/2001"),
    ("%m/%d/%Y", "12/31/2001"),
    ("%Y-%m", "2001-12"),
)


class ImportDialog(JobDialog):
    """Format, preview, columns and gaps of one file.

    Signals
    -------
    chosen(Table, DataConfig)
        The person takes this table.
    symbols_wanted(Path, TableFormat, tuple)
        The rows of one of these columns are to be learned as symbols.
    """

    chosen = Signal(object, object)
    symbols_wanted = Signal(object, object, object)

    def __init__(self, read: TableRead, parent: QWidget | None = None) -> None:
        super().__init__(f"Import {read.path.name}", parent)
        self.resize(720, 620)
        self._read = read
        self._build()
        self._connect()
        self._show_read(read)

    def _build(self) -> None:
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.encoding = self._choice("Encoding", "encoding", [(name, name) for name in _ENCODINGS])
        self.delimiter = self._choice("Delimiter", "delimiter", list(_DELIMITERS))
        self.decimal = self._choice("Decimal mark", "decimal", list(_DECIMALS))
        self.time_column = self._choice("Time column", "time_columns", [])
        self.date_format = self._choice("Dates look like", "date_format", list(_DATE_FORMATS))
        self.sequence_column = self._choice("Sequence column", "sequence_column", [])
        self.header_row = QCheckBox("First row has the names")
        self.header_row.setToolTip(TableFormat.model_fields["header"].description or "")
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        for index, (label, box) in enumerate(self._labelled):
            grid.addWidget(quiet_label(label, box), index // 3 * 2, index % 3)
            grid.addWidget(box, index // 3 * 2 + 1, index % 3)
        grid.addWidget(self.header_row, 4, 0, 1, 3)
        self.preview = QTableWidget()
        self.preview.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.preview.setAccessibleName("First rows of the file")
        self.preview.setToolTip("The first rows of the file, cut into columns as chosen above")
        self.preview.verticalHeader().hide()
        self.roles = RoleTable(needs_target=False)
        self.notes = PlainLabel()
        self.notes.setWordWrap(True)
        self.notes.setObjectName("warning")
        self.fill_gaps = QCheckBox("Fill the gaps by a straight line between their neighbours")
        self.fill_gaps.setToolTip(DataConfig.model_fields["fill_gaps"].description or "")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel | QDialogButtonBox.StandardButton.Ok)
        self.take = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.take.setText("Import")
        self.take.setObjectName("primary")
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setToolTip("Close this window; nothing changes")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.summary)
        column.addLayout(grid)
        column.addWidget(self.preview, 1)
        self.roles_heading = heading("What the columns are for")
        column.addWidget(self.roles_heading)
        column.addWidget(self.roles)
        for widget in (self.notes, self.fill_gaps, self.problem):
            column.addWidget(widget)
        foot = QHBoxLayout()
        self.symbols = button(
            "As Symbols…", "Learn the rows of a column, such as words or states, as symbols instead of numbers"
        )
        foot.addWidget(self.symbols)
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.buttons)
        column.addLayout(foot)

    _labelled: list[tuple[str, QComboBox]]

    def _choice(self, label: str, name: str, entries: list[tuple[object, str]]) -> QComboBox:
        box = QComboBox()
        for value, text in entries:
            box.addItem(text, value)
        box.setAccessibleName(label)
        box.setToolTip(TableFormat.model_fields[name].description or "")
        if "_labelled" not in self.__dict__:
            self._labelled = []
        self._labelled.append((label, box))
        return box

    def _connect(self) -> None:
        for _, box in self._labelled:
            if box is not self.sequence_column:
                box.activated.connect(self._read_again)
        self.sequence_column.activated.connect(self._read_sequences)
        self.header_row.clicked.connect(self._read_again)
        self.roles.roles_changed.connect(self._show_what_is_chosen)
        self.fill_gaps.toggled.connect(self._show_what_is_chosen)
        self.symbols.clicked.connect(self._on_symbols)
        self.buttons.accepted.connect(self._on_table)
        self.buttons.rejected.connect(self.reject)

    # -- showing --------------------------------------------------------------------------------

    @Slot(object)
    def _show_read(self, read: TableRead) -> None:
        self._read = read
        chosen = read.table_format
        header = read.cells[0] if chosen.header and read.cells else []
        width = max((len(row) for row in read.cells), default=0)
        names = [name or f"column {n + 1}" for n, name in enumerate(header)] or [
            f"column {n + 1}" for n in range(width)
        ]
        self._names = tuple(names)
        self.symbols.setEnabled(bool(names))
        for box, none in ((self.time_column, "none: count the rows"), (self.sequence_column, "none: one sequence")):
            with QSignalBlocker(box):
                box.clear()
                box.addItem(none, None)
                for name in names:
                    box.addItem(name, name)
        if self.date_format.findData(chosen.date_format) < 0:
            self.date_format.addItem(chosen.date_format, chosen.date_format)
        for box, value in (
            (self.encoding, chosen.encoding),
            (self.delimiter, chosen.delimiter),
            (self.decimal, chosen.decimal),
            (self.time_column, chosen.time_column),
            (self.date_format, chosen.date_format),
            (self.sequence_column, chosen.sequence_column),
        ):
            box.setCurrentIndex(max(0, box.findData(value)))
        self.date_format.setEnabled(chosen.time_column is not None)
        self.header_row.setChecked(chosen.header)
        self._show_cells(names, read.cells[1:] if chosen.header else read.cells)
        self._show_columns(read.table)
        self._show_what_is_chosen()

    def _show_cells(self, names: list[str], rows: list[list[str]]) -> None:
        self.preview.clear()
        self.preview.setColumnCount(len(names))
        self.preview.setRowCount(len(rows))
        self.preview.setHorizontalHeaderLabels(names)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row[: len(names)]):
                self.preview.setItem(r, c, QTableWidgetItem(cell))
        if len(names) <= 8:
            self.preview.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)

    def _show_columns(self, table: Table | None) -> None:
        columns = () if table is None else table.columns
        self.roles.show_columns(columns, DataConfig(columns=() if table is None else table.usual_targets))
        for widget in (self.roles_heading, self.roles):
            widget.setVisible(table is not None)

    @Slot()
    def _show_what_is_chosen(self) -> None:
        table, chosen = self._read.table, self.roles.changes
        used = tuple(name for names in chosen.values() for name in names)
        gaps = 0 if table is None or not used else table.gaps(used)
        self.fill_gaps.setVisible(gaps > 0)
        self.say_problem(self._read.problem)
        self.notes.setText("\n".join(table.notes) if table is not None else "")
        self.notes.setVisible(bool(self.notes.text()))
        if table is None:
            self.summary.setText(f"{bold(self._read.path.name)} cannot be read this way. Try other settings.")
        else:
            columns = counted(len(table.columns), "number column")
            self.summary.setText(
                f"{bold(self._read.path.name)}: {counted(len(table.values), 'row')}{_in_sequences(table)}, {columns}. "
                "This is how it was read; change what is not right."
            )
        ready = (
            not self.is_behind
            and table is not None
            and bool(chosen["columns"])
            and (gaps == 0 or self.fill_gaps.isChecked())
        )
        self.take.setEnabled(ready)
        self.take.setToolTip(
            "Learn the targets" if ready else "Make a column a target first, and say how gaps are to be treated"
        )

    # -- reading again --------------------------------------------------------------------------

    @Slot()
    def _read_again(self) -> None:
        self._read_as_chosen(seek_time=False)

    @Slot()
    def _read_sequences(self) -> None:
        """Another column tells sequences apart: times rise within each, and may be found in another column."""
        self._read_as_chosen(seek_time=True)

    def _read_as_chosen(self, *, seek_time: bool) -> None:
        wanted = self._read.table_format.replace(
            encoding=self.encoding.currentData(),
            delimiter=self.delimiter.currentData(),
            decimal=self.decimal.currentData(),
            header=self.header_row.isChecked(),
            time_columns=self._chosen_time_columns(),
            date_format=self.date_format.currentData() if self.time_column.currentData() is not None else None,
            sequence_column=self.sequence_column.currentData(),
        )
        path = self._read.path
        self.take.setEnabled(False)
        self.work(lambda: read_for_import(path, wanted, seek_time=seek_time), self._show_read)

    def _chosen_time_columns(self) -> tuple[str, ...]:
        """Return the chosen column, with the others that make up the time where it was not changed."""
        chosen, read = self.time_column.currentData(), self._read.table_format
        return read.time_columns if chosen == read.time_column else () if chosen is None else (chosen,)

    @Slot(object)
    def show_failure(self, error: Exception) -> None:
        """Say why the file cannot be read in this way."""
        self._show_read(replace(self._read, table=None, problem=sentence(error)))

    @Slot()
    def _on_symbols(self) -> None:
        self.when_current(self._tell_symbols)

    def _tell_symbols(self) -> None:
        times = self._read.table_format.time_columns
        names = tuple(name for name in self._names if name not in times)
        self.symbols_wanted.emit(self._read.path, self._read.table_format, names)
        self.accept()

    @Slot()
    def _on_table(self) -> None:
        if self._read.table is not None:
            data = DataConfig(**self.roles.changes, fill_gaps=self.fill_gaps.isChecked())
            self.chosen.emit(self._read.table, data)
            self.accept()


def _in_sequences(table: Table) -> str:
    return f" in {counted(len(table.panel), 'sequence')}" if table.panel.has_several else ""
