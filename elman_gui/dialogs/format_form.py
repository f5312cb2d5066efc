"""FormatForm: how a table is read, setting by setting: what was detected, and what the person chose instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QToolButton, QVBoxLayout, QWidget

from elman_core.data.csv.patterns import example_of, pattern_of
from elman_core.data.table_format import Comments, Layout, TableFormat
from elman_core.data.text_file import SCRIPTS, Encoding
from elman_gui.dialogs.format_rows import (
    BETWEEN,
    Entries,
    FormatRow,
    TimeColumns,
    choice,
    codes,
    fill,
    switch,
    typed_choice,
    whole_number,
)
from elman_gui.dialogs.table_read import TableRead
from elman_gui.dialogs.widgets import button

__all__ = ["FormatForm"]

_ENCODINGS: Entries = [(name, f"{name}  {SCRIPTS.get(name, '')}".rstrip()) for name in get_args(Encoding)]
_DELIMITERS: Entries = [(",", "comma  ,"), (";", "semicolon  ;"), ("\t", "tab"), ("|", "bar  |"), (" ", "space")]
_DECIMALS: Entries = [(".", "point  1.5"), (",", "comma  1,5")]
_THOUSANDS: Entries = [("", "none  1000"), (".", "point  1.000"), (",", "comma  1,000"), (" ", "blank  1 000"),
                       ("'", "apostrophe  1'000")]  # fmt: skip
_LAYOUTS: Entries = [(Layout.COLUMNS, "a column a series"), (Layout.ACROSS, "times in the header")]
_COMMENTS: Entries = [(Comments.SKIP, "comments"), (Comments.HEADER, "the header"), (Comments.ROWS, "rows")]
_ORDERS: Entries = [(None, "by itself"), ("as-is", "as in the file"), ("reversed", "turned round"),
                    ("sorted", "sorted by time")]  # fmt: skip
_FREQUENCIES = ("D", "B", "W-SUN", "W-MON", "MS", "ME", "QS", "QE", "YS", "YE", "h", "15min", "min", "s")
_USUAL_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%Y-%m", "%b-%y", "yyyymm", "epoch-ms")
_SHOWN = ("header", "delimiter", "decimal", "time_columns", "date_format", "sequence_column", "missing",
          "insert_missing")  # fmt: skip
_MORE = ("thousands", "layout", "order", "skip_rows", "header_rows", "comments", "encoding", "frequency",
         "newest_year", "first_year")  # fmt: skip
_OF_TEXT_FILES = ("encoding", "delimiter", "comments")


class FormatForm(QWidget):
    """Shows the format of a table, and keeps which of its settings the person chose.

    Signals
    -------
    chosen()
        The person chose a setting, or set one back to what is detected.
    """

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._wanted: dict[str, Any] = {}
        self._detected: TableFormat | None = None
        self._names: tuple[str, ...] = ()
        self.times = TimeColumns()
        self.rows = {row.name: row for row in self._make_rows()}
        self.setObjectName("formGround")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._grid(("sheet", *_SHOWN)))
        self.more = QToolButton()
        self.more.setObjectName("flat")
        self.more.setText("More settings")
        self.more.setAccessibleName("More settings")
        self.more.setToolTip("Show or hide the settings that are seldom changed")
        self.more.setCheckable(True)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._folded = QWidget()
        self._folded.setLayout(self._grid(_MORE))
        self._folded.hide()
        self.more.toggled.connect(self._show_more)
        self.all_back = button("Back to what was detected", "Set back all settings that were chosen here")
        self.all_back.clicked.connect(self.set_all_back)
        column.addWidget(self.more)
        column.addWidget(self._folded)
        column.addWidget(self.all_back)
        for row in self.rows.values():
            row.changed.connect(self._on_changed)
            row.set_back.connect(self._on_back)

    def _make_rows(self) -> list[FormatRow]:
        times = FormatRow("time_columns", self.times, self.times.read, self.times.write)
        self.times.changed.connect(times.tell)
        return [
            choice("sheet", []),
            switch("header", "First row has the names"),
            choice("delimiter", _DELIMITERS),
            choice("decimal", _DECIMALS),
            times,
            typed_choice("date_format", []),
            choice("sequence_column", []),
            codes("missing"),
            switch("insert_missing", "Insert them as gaps"),
            choice("thousands", _THOUSANDS),
            choice("layout", _LAYOUTS),
            choice("order", _ORDERS),
            whole_number("skip_rows", 0, 1_000),
            whole_number("header_rows", 1, 5),
            choice("comments", _COMMENTS),
            choice("encoding", _ENCODINGS),
            typed_choice("frequency", [(None, "as the rows say"), *((one, one) for one in _FREQUENCIES)]),
            whole_number("newest_year", 0, 9999, "by itself"),
            whole_number("first_year", 0, 9999, "none"),
        ]

    def _grid(self, names: tuple[str, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, self.fontMetrics().horizontalAdvance("Insert missing rows"))
        grid.setColumnMinimumWidth(2, self.fontMetrics().horizontalAdvance("detected") + 12)
        for line, name in enumerate(names):
            row = self.rows[name]
            grid.addWidget(row.label, line, 0)
            grid.addWidget(row.field, line, 1)
            grid.addWidget(row.back, line, 2)
        return grid

    # -- what was chosen ------------------------------------------------------------------------

    @property
    def wanted(self) -> Mapping[str, Any]:
        """The settings that the person chose."""
        return dict(self._wanted)

    def field(self, name: str) -> Any:
        """Return the widget of a setting."""
        return self.rows[name].field

    @property
    def is_typing(self) -> bool:
        """Whether something is being typed that has not been taken yet."""
        return any(row.is_typing for row in self.rows.values())

    def stop_typing(self) -> None:
        """Forget what is being typed."""
        for row in self.rows.values():
            row.stop_typing()

    def choose(self, name: str, value: object) -> None:
        """Make a choice as the person does; a code for missing values is added to those that are there."""
        if name == "missing":
            value = tuple(dict.fromkeys((*self.rows["missing"].read(), str(value))))
        value = getattr(TableFormat(**{name: value}), name)
        self._wanted[name] = value
        self.chosen.emit()

    def take_back(self, wanted: Mapping[str, Any]) -> None:
        """Go back to earlier choices; nothing is emitted."""
        self._wanted = dict(wanted)

    def show_field(self, name: str) -> QWidget:
        """Unfold the field of a setting, give it the focus, and return it."""
        if name in _MORE:
            self.more.setChecked(True)
        field = self.times.first if name == "time_columns" else self.rows[name].field
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return field

    @Slot(str)
    def _on_changed(self, name: str) -> None:
        self._wanted[name] = self.rows[name].read()
        self.chosen.emit()

    @Slot(str)
    def _on_back(self, name: str) -> None:
        self._wanted.pop(name, None)
        self.chosen.emit()

    @Slot()
    def set_all_back(self) -> None:
        """Take what is detected in everything."""
        self.stop_typing()
        self._wanted.clear()
        self.chosen.emit()

    @Slot(bool)
    def _show_more(self, shown: bool) -> None:
        self._folded.setVisible(shown)
        self.more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

    # -- showing --------------------------------------------------------------------------------

    def show_read(self, read: TableRead) -> None:
        """Show how a table was read."""
        found = read.table_format
        if read.table is not None and read.table.source.format is not None:
            found = read.table.source.format  # with the frequency and the century that were found
        if not read.wanted:
            self._detected, self._names = found, read.names
        self._offer(read)
        order = read.table.facts.order if read.table is not None and read.table.facts is not None else None
        for name, row in self.rows.items():
            value = read.wanted.get(name, getattr(found, name))
            row.write(order if name == "order" and value is None and order else value)
            row.show_state(is_chosen=name in read.wanted, detected=self._detected_text(name))
        self.rows["date_format"].field.setEnabled(bool(found.time_columns))
        for name in ("sheet", *_OF_TEXT_FILES):
            is_shown = bool(read.sheets) if name == "sheet" else not read.is_of_cells
            for widget in (self.rows[name].label, self.rows[name].field, self.rows[name].back):
                widget.setVisible(is_shown)
        self.all_back.setVisible(bool(read.wanted))

    def _offer(self, read: TableRead) -> None:
        """Offer what can be chosen in this file."""
        found = read.table_format
        names = tuple(dict.fromkeys((*(read.names or self._names), *found.time_columns)))
        if found.sequence_column is not None:
            names = tuple(dict.fromkeys((*names, found.sequence_column)))
        self.times.show_names(names)
        fill(self.field("sequence_column"), [(None, "none: one sequence"), *((name, name) for name in names)])
        sheets: Entries = [(None, "the first with rows"), *((name, name) for name in read.sheets)]
        fill(self.field("sheet"), sheets)
        row = self.rows["date_format"]
        if not row.is_typing:
            chosen = (found.date_format,) if found.date_format is not None else ()
            formats = dict.fromkeys((*chosen, *read.date_formats, *_USUAL_FORMATS))
            fill(row.field, [(None, "plain numbers"), *((one, _with_example(one)) for one in formats)])

    def _detected_text(self, name: str) -> str:
        """Say in words what was detected before anything was chosen."""
        if self._detected is None:
            return ""
        value = getattr(self._detected, name)
        if isinstance(value, tuple):
            return ", ".join(value) or "none"
        if isinstance(value, bool):
            return "yes" if value else "no"
        entries = {**dict(_DELIMITERS), **dict(_DECIMALS)} if name in ("delimiter", "decimal") else {}
        entries = dict(_THOUSANDS) if name == "thousands" else entries
        return str(entries.get(value, "none" if value in (None, "") else value))


def _with_example(date_format: str) -> str:
    return f"{example_of(date_format)}{BETWEEN}{date_format}" if pattern_of(date_format) else date_format
