"""StudyAxes: the settings that a study varies, each with the values that it is tried with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QCompleter, QGridLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from elman_core.config.study import Axis, AxisValue, Range
from elman_core.errors import ConfigError
from elman_core.studies.axes import FieldKind, StudyField, field_named, parse_axis
from elman_core.studies.study import value_words
from elman_gui.messages import as_sentence
from elman_gui.panels.fields import QuietComboBox
from elman_gui.plain_text import PlainLabel
from elman_gui.tooltips import wrapped
from elman_gui.views.elided_label import ElidedLabel

__all__ = ["StudyAxes", "proposed_values"]

_GROUPS = {
    "network": "Network", "training": "Training", "data": "Data", "symbols": "Symbols", "automatic": "Forecaster",
}  # fmt: skip


class StudyAxes(QWidget):
    """A line for each setting that is varied, and a list of all others to choose from; typing finds them.

    Signals
    -------
    axes_changed()
        Other settings, or other values.
    """

    axes_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._fields: tuple[StudyField, ...] = ()
        self._now: Mapping[str, AxisValue] = {}
        self._is_automatic = False
        self.rows: list[_AxisRow] = []
        self.problem = PlainLabel()
        self.problem.setObjectName("error")
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._column = QVBoxLayout()
        self._column.setSpacing(6)
        self.adding = _FieldChooser()
        self.adding.wanted.connect(self.add)
        self.adding.refused.connect(self._show_problem)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._column)
        column.addWidget(self.adding)
        column.addWidget(self.problem)

    # -- what can be varied ---------------------------------------------------------------------

    def offer(self, fields: Sequence[StudyField], now: Mapping[str, AxisValue], *, automatic: bool) -> None:
        """Offer these settings, which have these values now; lines of others go."""
        self._fields, self._now, self._is_automatic = tuple(fields), now, automatic
        names = {field.full_name for field in fields}
        for row in [row for row in self.rows if row.field.full_name not in names]:
            self._drop(row)
        self._offer_others()

    def _offer_others(self) -> None:
        taken = {row.field.full_name for row in self.rows}
        self.adding.offer([field for field in self._fields if field.full_name not in taken], self._is_automatic)

    @Slot(object)
    def add(self, field: StudyField) -> None:
        """Vary one more setting, with values around the one it has now."""
        self._append(field, proposed_values(field, self._now.get(field.full_name)))
        self.rows[-1].values.setFocus()
        self.rows[-1].values.selectAll()
        self._on_change()

    def _append(self, field: StudyField, text: str) -> None:
        row = _AxisRow(field, text)
        row.changed.connect(self._on_change)
        row.removed.connect(self._on_removed)
        self.rows.append(row)
        self._column.addWidget(row)
        self._offer_others()

    @Slot()
    def _on_removed(self) -> None:
        row = self.sender()
        assert isinstance(row, _AxisRow)
        self._drop(row)
        self._offer_others()
        self.adding.setFocus()
        self._on_change()

    def _drop(self, row: _AxisRow) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    # -- what is varied -------------------------------------------------------------------------

    def show_axes(self, axes: Sequence[Axis]) -> None:
        """Show the axes of a study; nothing is emitted."""
        for row in tuple(self.rows):
            self._drop(row)
        for axis in axes:
            self._append(_field_of(axis), _text_of(axis))
        self._show_problem("")

    def axes(self) -> tuple[Axis, ...]:
        """Return what is varied.

        Raises
        ------
        ConfigError
            When a value is none of its setting.
        """
        return tuple(
            parse_axis(f"{row.field.full_name}={row.values.text()}", automatic=self._is_automatic, ranges=True)
            for row in self.rows
        )

    @Slot()
    def _on_change(self) -> None:
        self._show_problem("")
        self.axes_changed.emit()

    @Slot(str)
    def _show_problem(self, text: str) -> None:
        self.problem.setText(f"⚠ {as_sentence(text)}" if text else "")
        self.problem.setVisible(bool(text))


class _AxisRow(QWidget):
    """A setting, its values in a line, and a button that takes it away.

    Signals
    -------
    changed(), removed()
    """

    changed = Signal()
    removed = Signal()

    def __init__(self, field: StudyField, text: str) -> None:
        super().__init__()
        self.field = field
        label = ElidedLabel(field.title)
        label.setObjectName("muted")
        self.values = QLineEdit(text)
        self.values.setAccessibleName(f"Values of {field.title}")
        tip = (
            f"{field.title}: values with commas between them, such as {text or '1, 2, 4'}."
            + (" With random search and TPE also a range, low:high or low:high:log." if _is_number(field) else "")
            + f"\n{field.description}"
        )
        for widget in (label, self.values):
            widget.setToolTip(wrapped(tip))
        label.setBuddy(self.values)
        remove = QToolButton()
        remove.setObjectName("flat")
        remove.setText("✕")
        remove.setToolTip(f"Do not vary {field.title}")
        remove.setAccessibleName(remove.toolTip())
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.values, 0, 1)
        grid.addWidget(remove, 0, 2)
        grid.setColumnMinimumWidth(0, 96)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        self.values.textEdited.connect(self.changed)
        remove.clicked.connect(self.removed)


class _FieldChooser(QuietComboBox):
    """All settings that are not varied yet; what is typed finds those that have it anywhere in their names.

    Signals
    -------
    wanted(StudyField)
        The person wants to vary this one.
    refused(str)
        A sentence: what was typed is none, or cannot be varied.
    """

    wanted = Signal(object)
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._offered: list[StudyField] = []
        self._is_automatic = False
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumWidth(80)
        self.setAccessibleName("Setting to vary")
        self.setToolTip("Choose a setting that the study varies, or type a part of its name")
        completer = self.completer()
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.activated.connect(self._on_text)
        self.lineEdit().setPlaceholderText("Vary a setting…")
        self.activated.connect(self._on_index)
        self.lineEdit().returnPressed.connect(self._on_return)

    def offer(self, fields: list[StudyField], automatic: bool) -> None:
        """Offer these settings."""
        self._offered, self._is_automatic = fields, automatic
        self.clear()
        for field in fields:
            self.addItem(f"{field.title} ({_GROUPS[field.group]})", field)
        self._forget()

    def _forget(self) -> None:
        self.setCurrentIndex(-1)
        self.clearEditText()

    @Slot(int)
    def _on_index(self, index: int) -> None:
        field = self.itemData(index)
        if field is not None:
            self.wanted.emit(field)

    @Slot(str)
    def _on_text(self, text: str) -> None:
        index = self.findText(text)
        if index >= 0:
            self._on_index(index)

    @Slot()
    def _on_return(self) -> None:
        """Take what was typed: a name, or a part that only one name has."""
        text = self.currentText().strip()
        if not text:
            return
        found = [field for field in self._offered if text.lower() == field.title.lower()]
        found = found or [field for field in self._offered if text.lower() in field.title.lower()]
        if len(found) == 1:
            self.wanted.emit(found[0])
            return
        try:
            field = field_named(text, automatic=self._is_automatic)
        except ConfigError as error:
            self.refused.emit(str(error))
            return
        if field in self._offered:
            self.wanted.emit(field)
        else:
            self.refused.emit(f"{field.title} is varied already")


def proposed_values(field: StudyField, now: AxisValue) -> str:
    """Return values to begin with, around the one that a setting has now, as a person writes them.

    >>> proposed_values(field_named("network.hidden"), 6), proposed_values(field_named("optimizer"), "sgd")
    ('3, 6, 12', 'sgd, adam, rprop, lbfgs')
    """
    if field.kind is FieldKind.SWITCH:
        return "off, on"
    if field.kind is FieldKind.CHOICE:
        return ", ".join(field.choices)
    if field.kind is FieldKind.NAMES:
        return ", ".join(dict.fromkeys(("none", *([value_words(now)] if now is not None else []))))
    if isinstance(now, bool) or not isinstance(now, int | float):
        return ", ".join(field.choices) if now in field.choices else value_words(now)
    if field.kind is FieldKind.WHOLE:
        around: list[float] = [now // 2, now, 2 * now] if now > 1 else [now, now + 1, now + 3]
    else:
        around = [0.3 * now, now, 3 * now] if now > 0 else [now, 0.01, 0.1]
    return ", ".join(dict.fromkeys(f"{value:g}" for value in around if _is_within(field, value)))


def _field_of(axis: Axis) -> StudyField:
    """Return the setting of an axis of any study, of networks or of forecasters."""
    try:
        return field_named(axis.field)
    except ConfigError:
        return field_named(axis.field, automatic=True)


def _is_within(field: StudyField, value: float) -> bool:
    low_enough = field.high is None or value < field.high or (value == field.high and not field.excludes_high)
    return low_enough and (field.low is None or value > field.low or (value == field.low and not field.excludes_low))


def _is_number(field: StudyField) -> bool:
    return field.kind in (FieldKind.WHOLE, FieldKind.NUMBER)


def _text_of(axis: Axis) -> str:
    """Write the values of an axis as they are typed."""
    if isinstance(axis.range, Range):
        return f"{axis.range.low:g}:{axis.range.high:g}{':log' if axis.range.log else ''}"
    return ", ".join(map(value_words, axis.values))
