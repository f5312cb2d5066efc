"""ImportDialog: what was detected in a table's file, to be looked at and changed before it is used."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from elman_core.config import DataConfig
from elman_core.data.calendar import frequency_words
from elman_core.data.table import AxisKind, Table
from elman_core.errors import DataError
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted
from elman_gui.dialogs.format_form import FormatForm
from elman_gui.dialogs.job_dialog import JobDialog
from elman_gui.dialogs.note_choices import NoteChoice
from elman_gui.dialogs.note_list import NoteList
from elman_gui.dialogs.save_dialog import SaveDialog
from elman_gui.dialogs.table_preview import TablePreview
from elman_gui.dialogs.table_read import TableRead, read_for_import
from elman_gui.dialogs.widgets import button, heading, quiet_label
from elman_gui.messages import sentence
from elman_gui.panels.form_scroll import FormScroll
from elman_gui.panels.role_table import RoleTable
from elman_gui.plain_text import PlainLabel, bold, plain_tip
from elman_gui.views.export import image_job, table_job

__all__ = ["ImportDialog"]


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
        self.resize(980, 680)
        self._read = read
        self._detected = read.table
        self._build()
        self._connect()
        self._show_read(read)

    def _build(self) -> None:
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.form = FormatForm()
        self.time_column = self.form.times.first
        self.encoding, self.delimiter, self.decimal, self.date_format, self.sequence_column, self.header_row = (
            self.form.field(name)
            for name in ("encoding", "delimiter", "decimal", "date_format", "sequence_column", "header")
        )
        self.plots = TablePreview()
        self.preview = self.plots.cells
        self.roles = RoleTable(needs_target=False)
        self.notes = NoteList()
        self.fill_gaps = QCheckBox("Fill the gaps by a straight line")
        self.fill_gaps.setToolTip(DataConfig.model_fields["fill_gaps"].description or "")
        self.calendar = quiet_label("Month, weekday and hour can be inputs as well: Calendar, in the settings.")
        self.calendar.setWordWrap(True)
        self.stop = button("Stop Reading", "Stop reading the file in this way, and go back to the way before")
        self.stop.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel | QDialogButtonBox.StandardButton.Ok)
        self.take = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.take.setText("Import")
        self.take.setObjectName("primary")
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setToolTip("Close this window; nothing changes")
        self.symbols = button(
            "As Symbols…", "Learn the rows of a column, such as words or states, as symbols instead of numbers"
        )
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(self._side())
        body.addWidget(self.plots, 1)
        self.saved = PlainLabel()
        self.saved.setObjectName("muted")
        self.saved.hide()
        foot = QHBoxLayout()
        foot.addWidget(self.symbols)
        foot.addWidget(self.bar, 1)
        foot.addWidget(self.stop)
        foot.addWidget(self.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.summary)
        column.addLayout(body, 1)
        for widget in (self.saved, self.problem, self.notes):
            column.addWidget(widget)
        column.addLayout(foot)

    def _side(self) -> QWidget:
        """How the file is read, and below it what the columns are for, which is always in view."""
        side = QWidget()
        ground = QWidget()
        within = QVBoxLayout(ground)
        within.setContentsMargins(8, 8, 4, 8)
        within.addWidget(self.form)
        within.addStretch(1)
        self._form_scroll = area = FormScroll(ground)
        side.setFixedWidth(ground.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width())
        self.roles_heading = heading("What the columns are for")
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(area, 1)
        for widget in (self.roles_heading, self.roles, self.calendar, self.fill_gaps):
            column.addWidget(widget)
        return side

    def _connect(self) -> None:
        self.form.chosen.connect(self._read_again)
        self.roles.roles_changed.connect(self._on_roles)
        self.fill_gaps.toggled.connect(self._show_what_is_chosen)
        self.notes.choice_wanted.connect(self._on_choice)
        self.symbols.clicked.connect(self._on_symbols)
        self.stop.clicked.connect(self._on_stop)
        for plot in (self.plots.series, self.plots.changed):
            plot.export_image_wanted.connect(self._ask_where_to_save_picture)
            plot.export_data_wanted.connect(self._ask_where_to_save_numbers)
        self.buttons.accepted.connect(self._on_take)
        self.buttons.rejected.connect(self.reject)

    @property
    def is_behind(self) -> bool:
        """Whether what is shown is not yet what the settings say."""
        return super().is_behind or self.form.is_typing

    # -- showing --------------------------------------------------------------------------------

    @Slot(object)
    def _show_read(self, read: TableRead) -> None:
        if not read.wanted:
            self._detected = read.table
        self._read = read
        self.saved.hide()
        self.stop.hide()
        self.symbols.setEnabled(bool(read.names))
        self.form.show_read(read)
        self._show_columns(read.table)
        self.plots.show_read(read, self._detected)
        self._show_what_is_chosen()

    def _show_columns(self, table: Table | None) -> None:
        """Show the roles of the columns; those that were given stay where the columns are the same."""
        columns = () if table is None else table.columns
        chosen = self.roles.changes
        kept = {name for names in chosen.values() for name in names}
        if not kept or not kept <= set(columns) or not chosen["columns"]:
            chosen = {"columns": () if table is None else table.usual_targets}
        self.roles.show_columns(columns, DataConfig(**chosen))
        is_dated = table is not None and table.axis.kind is AxisKind.DATE
        for widget in (self.roles_heading, self.roles):
            widget.setVisible(table is not None)
        self.calendar.setVisible(is_dated)

    @Slot()
    def _on_roles(self) -> None:
        targets = self.roles.changes["columns"]
        if targets and self.plots.column.currentData() not in targets:
            self.plots.show_column(targets[0])
        self._show_what_is_chosen()

    @Slot()
    def _show_what_is_chosen(self) -> None:
        table, chosen = self._read.table, self.roles.changes
        used = tuple(name for names in chosen.values() for name in names)
        gaps = 0 if table is None or not used else table.gaps(used)
        self.fill_gaps.setVisible(gaps > 0)
        self.say_problem(self._read.problem)
        self.notes.show_notes(table.notes if table is not None else (), self._read.path.name, self._read.problem)
        if table is None:
            self.summary.setText(f"{bold(self._read.path.name)} cannot be read this way. Try other settings.")
        else:
            columns = counted(len(table.columns), "number column")
            self.summary.setText(
                f"{bold(self._read.path.name)}: {counted(len(table.values), 'row')}{_in_sequences(table)}, {columns}"
                f"{_over_time(table)}. This is how it was read; change what is not right."
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
        path, wanted = self._read.path, self.form.wanted
        self.take.setEnabled(False)
        self.work(lambda: read_for_import(path, wanted), self._show_read)
        self.stop.show()

    @Slot(object)
    def _on_choice(self, choice: NoteChoice) -> None:
        if choice.has_value:
            self.form.choose(choice.name, choice.value)
        else:
            self._form_scroll.bring_into_view(self.form.show_field(choice.name))

    @Slot()
    def _on_stop(self) -> None:
        """Go back to the way that the table was read before."""
        self.form.stop_typing()
        self.end_work()
        self.form.take_back(self._read.wanted)
        self._show_read(self._read)

    @Slot(object)
    def show_failure(self, error: Exception) -> None:
        """Say why the file cannot be read in this way."""
        read = TableRead(self._read.path, self._read.table_format, self._read.cells, None, sentence(error),
                         self.form.wanted, self._read.names, self._read.sheets)  # fmt: skip
        self._show_read(read)

    # -- taking the plot out --------------------------------------------------------------------

    @Slot()
    def _ask_where_to_save_picture(self) -> None:
        kinds = "PNG picture (*.png);;SVG picture (*.svg);;PDF (*.pdf)"
        path, _ = SaveDialog.ask(self, "Save Picture", f"{self._read.path.stem}.png", kinds)
        if path:
            self.when_current(lambda: self._save_picture(Path(path)))

    def _save_picture(self, path: Path) -> None:
        try:
            job = image_job(self.plots.front, path)
        except DataError as error:
            self.show_problem(error)
            return
        self.work_beside(lambda: job, self._show_saved)

    @Slot()
    def _ask_where_to_save_numbers(self) -> None:
        proposed = f"{self._read.path.stem}-as-read.csv"
        path, _ = SaveDialog.ask(self, "Save Numbers", proposed, "CSV files (*.csv)")
        if path:
            self.when_current(lambda: self._save_numbers(Path(path)))

    def _save_numbers(self, path: Path) -> None:
        numbers = self.plots.front.data_job()

        def job() -> Job[Path]:
            return (yield from table_job((yield from numbers), path))

        self.work_beside(job, self._show_saved)

    @Slot(object)
    def _show_saved(self, path: Path) -> None:
        self.saved.setText(f"Saved {path.name}.")
        self.saved.show()

    def done(self, result: int) -> None:
        """Close; what was typed last is not read any more."""
        self.form.stop_typing()
        super().done(result)

    @Slot()
    def _on_symbols(self) -> None:
        self.when_current(self._tell_symbols)

    def _tell_symbols(self) -> None:
        times = self._read.table_format.time_columns
        names = tuple(name for name in self._read.names if name not in times)
        self.symbols_wanted.emit(self._read.path, self._read.table_format, names)
        self.accept()

    @Slot()
    def _on_take(self) -> None:
        if self._read.table is not None and not self.is_behind:
            data = DataConfig(**self.roles.changes, fill_gaps=self.fill_gaps.isChecked())
            self.chosen.emit(self._read.table, data)
            self.accept()


def _in_sequences(table: Table) -> str:
    return f" in {counted(len(table.panel), 'sequence')}" if table.panel.has_several else ""


def _over_time(table: Table) -> str:
    """Say from when to when rows are, and how far apart."""
    time = table.facts.time if table.facts is not None else None
    if time is None or time.first is None:
        return ", in the order of the file"
    every = f", {frequency_words(time.frequency)} apart" if time.frequency else ""
    return plain_tip(f", {time.first} to {time.last}{every}")
