"""FormatRow: one setting of how a table is read, with a word on whether it was detected or chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from elman_core.data.table_format import TableFormat
from elman_gui.dialogs.widgets import quiet_label
from elman_gui.number_boxes import WholeNumberBox
from elman_gui.panels.fields import QuietComboBox
from elman_gui.plain_text import action_text, plain, plain_tip
from elman_gui.tooltips import wrapped

__all__ = [
    "BETWEEN", "Entries", "FormatRow", "TimeColumns", "choice", "codes", "fill", "switch", "typed_choice",
    "whole_number",
]  # fmt: skip

Entries = list[tuple[object, str]]
BETWEEN = "  ·  "
"""Between an example and the pattern that it is of."""
_TYPING_MS = 300
_LEAST_WIDTH = 96
_LIST_MARGIN = 24


class FormatRow(QObject):
    """A label, a field, and a button that sets a choice back to what is detected.

    Signals
    -------
    changed(str)
        The person made a choice.
    set_back(str)
        The person takes what is detected.
    """

    changed = Signal(str)
    set_back = Signal(str)

    def __init__(self, name: str, field: QWidget, read: Callable[[], Any], write: Callable[[Any], None]) -> None:
        super().__init__(field)
        declared = TableFormat.model_fields[name]
        self.name, self.field, self.read, self._write = name, field, read, write
        self.title = declared.title or name
        field.setToolTip(declared.description or "")
        field.setAccessibleName(self.title)
        field.setAccessibleDescription(declared.description or "")
        field.setObjectName(name)
        self.label = quiet_label(self.title, field)
        self.back = QToolButton()
        self.back.setObjectName("flat")
        self.back.setAutoRaise(True)
        self.back.clicked.connect(self._on_back)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(self.tell)
        self.show_state(is_chosen=False, detected="")

    @property
    def is_typing(self) -> bool:
        """Whether something is being typed that has not been told yet."""
        return self._typing.isActive()

    def stop_typing(self) -> None:
        """Forget what is being typed."""
        self._typing.stop()

    @Slot()
    def tell(self) -> None:
        """Tell of the choice."""
        self._typing.stop()
        self.changed.emit(self.name)

    @Slot()
    def tell_soon(self) -> None:
        """Tell of what is being typed, once it rests."""
        self._typing.start()

    @Slot()
    def tell_typed(self) -> None:
        """Tell of what was typed, at the end of it."""
        if self.is_typing:
            self.tell()

    def write(self, value: object) -> None:
        """Show a value; what is being typed is left alone."""
        if self.is_typing or (self.field.hasFocus() and self.read() == value):
            return
        with QSignalBlocker(self.field):
            self._write(value)

    def show_state(self, *, is_chosen: bool, detected: str) -> None:
        """Say whether the value was chosen by the person, and what is detected."""
        font = self.label.font()
        font.setBold(is_chosen)
        self.label.setFont(font)
        self.back.setText("↺ undo" if is_chosen else "detected")
        self.back.setEnabled(is_chosen)
        self.back.setAccessibleName(f"{self.title}: set back to what is detected")
        words = f"{self.title} was chosen. Set it back to what is detected" if is_chosen else "This was detected"
        self.back.setToolTip(wrapped(plain_tip(words + (f": {detected}" if detected else ""))))

    @Slot()
    def _on_back(self) -> None:
        self._typing.stop()
        self.set_back.emit(self.name)


def choice(name: str, entries: Entries) -> FormatRow:
    """Return a row with a list of values."""
    box = QuietComboBox()
    fill(box, entries)
    row = FormatRow(name, box, box.currentData, lambda value: _select(box, value))
    box.activated.connect(row.tell)
    return row


def typed_choice(name: str, entries: Entries) -> FormatRow:
    """Return a row with a list of values, of which another can be typed."""
    box = QuietComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.setCompleter(None)
    fill(box, entries)

    def read() -> object:
        text = box.currentText().strip()
        place = box.findText(box.currentText())
        if place >= 0:
            return box.itemData(place)
        return text.rpartition(BETWEEN.strip())[2].strip() or None

    def write(value: object) -> None:
        _select(box, value)
        box.setEditText(box.itemText(box.currentIndex()))
        line.setCursorPosition(0)
        words = f"{TableFormat.model_fields[name].description}\nNow: {box.currentText()}"
        box.setToolTip(wrapped(plain_tip(words)))
        box.view().setMinimumWidth(box.view().sizeHintForColumn(0) + _LIST_MARGIN)

    line = box.lineEdit()
    assert line is not None
    row = FormatRow(name, box, read, write)
    line.setAccessibleName(row.title)
    line.setToolTip(box.toolTip())
    box.activated.connect(row.tell)
    line.textEdited.connect(row.tell_soon)
    line.editingFinished.connect(row.tell_typed)
    return row


def switch(name: str, text: str) -> FormatRow:
    """Return a row with a box to check."""
    box = QCheckBox(text)
    row = FormatRow(name, box, box.isChecked, lambda value: box.setChecked(bool(value)))
    box.setAccessibleName(text)
    box.clicked.connect(row.tell)
    return row


def whole_number(name: str, low: int, high: int, none: str = "") -> FormatRow:
    """Return a row with a whole number; the lowest stands for none where there is a word for that."""
    box = WholeNumberBox(low, high)
    box.setSpecialValueText(none)

    def read() -> int | None:
        return None if none and box.value() == low else box.value()

    row = FormatRow(name, box, read, lambda value: box.setValue(low if value is None else int(value)))
    box.valueChanged.connect(row.tell)
    return row


def codes(name: str) -> FormatRow:
    """Return a row with some texts, semicolons between them."""
    line = QLineEdit()
    line.setPlaceholderText("such as -999; n/a")
    line.setClearButtonEnabled(True)

    def read() -> tuple[str, ...]:
        return tuple(code for part in line.text().split(";") if (code := part.strip()))

    row = FormatRow(name, line, read, lambda value: line.setText("; ".join(value)))
    line.textEdited.connect(row.tell_soon)
    line.editingFinished.connect(row.tell_typed)
    return row


class TimeColumns(QWidget):
    """The time column, and others that make up the time together with it.

    Signals
    -------
    changed()
        The person chose others.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.first = QuietComboBox()
        self.first.setAccessibleName("Time column")
        self.first.setToolTip(TableFormat.model_fields["time_columns"].description or "")
        self.first.setMinimumContentsLength(6)
        self.also = QToolButton()
        self.also.setObjectName("flat")
        self.also.setAccessibleName("More columns of the time")
        self.also.setToolTip("Columns that make up the time together with the first, such as the month beside the year")
        self.also.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self.also.setMenu(self._menu)
        self._chosen: tuple[str, ...] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.first, 1)
        row.addWidget(self.also)
        self.first.activated.connect(self._on_first)
        self._menu.triggered.connect(self._on_also)

    def show_names(self, names: tuple[str, ...]) -> None:
        """Offer these columns."""
        fill(self.first, [(None, "none: count the rows"), *((name, name) for name in names)])
        self._menu.clear()
        for name in names:
            action = QAction(action_text(name), self._menu)
            action.setToolTip(plain_tip(name))
            action.setData(name)
            action.setCheckable(True)
            self._menu.addAction(action)
        self.write(self._chosen)

    def read(self) -> tuple[str, ...]:
        """Return the chosen columns."""
        return self._chosen

    def write(self, value: tuple[str, ...]) -> None:
        """Show these columns; nothing is emitted."""
        self._chosen = tuple(value)
        _select(self.first, self._chosen[0] if self._chosen else None)
        for action in self._menu.actions():
            action.setChecked(action.data() in self._chosen[1:])
            action.setVisible(action.data() != self.first.currentData())
        count = len(self._chosen) - 1
        self.also.setText(f"+ {count}" if count > 0 else "+")
        self.also.setEnabled(bool(self._chosen) and self.first.count() > 2)
        if count > 0:
            self.first.setToolTip(wrapped(plain_tip(f"Read together: {' + '.join(self._chosen)}")))

    @Slot()
    def _on_first(self) -> None:
        first = self.first.currentData()
        if first is None:
            self.write(())
        elif not self._chosen or first != self._chosen[0]:
            self.write((str(first),))
        self.changed.emit()

    @Slot(QAction)
    def _on_also(self, action: QAction) -> None:
        name = str(action.data())
        self.write((*(one for one in self._chosen if one != name), *((name,) if action.isChecked() else ())))
        self.changed.emit()


def fill(box: QComboBox, entries: Entries) -> None:
    """Offer these entries; nothing is emitted."""
    with QSignalBlocker(box):
        box.clear()
        for value, text in entries:
            box.addItem(plain(text), value)
    box.setMinimumContentsLength(6)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumWidth(_LEAST_WIDTH)


def _select(box: QComboBox, value: object) -> None:
    place = box.findData(value)
    if place < 0:
        with QSignalBlocker(box):
            box.addItem(plain(str(value)), value)
        place = box.count() - 1
    with QSignalBlocker(box):
        box.setCurrentIndex(place)
