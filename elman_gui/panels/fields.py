"""One input widget for each kind of setting, made from its declaration in a config class."""

from __future__ import annotations

import types
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QCompleter,
    QLineEdit,
    QWidget,
)

from elman_core.config.automatic import AUTO
from elman_core.support.numbers import read_number, read_whole_number
from elman_gui.number_boxes import LARGEST_WHOLE_NUMBER, DecimalBox, WholeNumberBox, plain_number

__all__ = ["Field", "QuietComboBox", "make_field"]

_BESIDE = 1e-12
"""How near a number may come to a limit that is itself excluded."""
_STEPS = ["1", "5", "10", "20", "50", "100"]
_WORDS = {
    "sgd": "SGD", "adam": "Adam", "rprop": "Rprop", "lbfgs": "L-BFGS", "relu": "ReLU",
    "squared-error": "squared error", "standardize": "standardize",
}  # fmt: skip


class Field:
    """A widget with a way to read, write and hear of its value."""

    def __init__(self, widget: QWidget, read: Callable[[], Any], write: Callable[[Any], None], changed: Any) -> None:
        self.widget = widget
        self.read = read
        self.write = write
        self.changed = changed


def make_field(declared: FieldInfo) -> Field:
    """Return the field for a setting: limits, explanation and kind are in its declaration."""
    field = _make(declared)
    limits = _limits_text(declared)
    field.widget.setToolTip(f"{declared.description}{limits}")
    field.widget.setAccessibleName(declared.title or "")
    field.widget.setAccessibleDescription(declared.description or "")
    return field


def _make(declared: FieldInfo) -> Field:
    kind = declared.annotation
    if get_origin(kind) in (Union, types.UnionType):
        if type(None) in get_args(kind):
            return _optional_decimal() if float in get_args(kind) else _optional_number(declared)
        of_names = next((part for part in get_args(kind) if get_origin(part) is tuple), None)
        if of_names is not None:
            return _names(get_args(of_names)[0], _words_of(declared))
        decimals = any(float in (part, *get_args(part)) for part in get_args(kind))
        return _number_or_word(_words_of(declared), read_number if decimals else read_whole_number)
    if get_origin(kind) is tuple:
        return _names(get_args(kind)[0])
    if kind is bool:
        box = QCheckBox()
        return Field(box, box.isChecked, box.setChecked, box.toggled)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _choice(kind)
    if kind is int:
        return _whole_number(declared)
    return _number(declared)


def _words_of(declared: FieldInfo) -> tuple[str, ...]:
    """Return the words that may stand in place of a number."""
    return tuple(
        word for part in get_args(declared.annotation) if get_origin(part) is Literal for word in get_args(part)
    )


def _choice(kind: type[StrEnum]) -> Field:
    box = QuietComboBox()
    for member in kind:
        box.addItem(_WORDS.get(member.value, member.value), member)
    return Field(
        box, box.currentData, lambda value: box.setCurrentIndex(list(kind).index(value)), box.currentIndexChanged
    )


def _number_or_word(words: tuple[str, ...], read_one: Callable[[str], float] = read_whole_number) -> Field:
    """A number, as of time steps, or one of some words."""
    box = QuietComboBox()
    box.setEditable(True)
    box.setCompleter(None)  # would make 20 of 2
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    if AUTO in words:
        box.addItems(words)
    else:
        box.addItems([*words, *_STEPS] if len(words) > 2 else [*_STEPS, *words[::-1]])

    def read() -> float | str:
        text = box.currentText().strip().lower()
        try:
            return read_one(text)
        except ValueError:
            return text  # one of the words, or what the config refuses with a sentence

    def write(value: float | str) -> None:
        box.setEditText(value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else f"{value:g}")

    line = box.lineEdit()
    assert line is not None
    # Editing and choosing from the list are one change each, at their end.
    line.editingFinished.connect(lambda: box.activated.emit(box.currentIndex()))
    return Field(box, read, write, box.activated)


def _names(kind: type[StrEnum], instead: tuple[str, ...] = ()) -> Field:
    """Some names in their order, with commas between them, or a word instead; what is typed last is completed."""
    line = QLineEdit()
    line.setPlaceholderText("none")
    line.setClearButtonEnabled(True)
    completer = _LastNameCompleter([*instead, *(member.value for member in kind)], line)
    line.setCompleter(completer)

    def read() -> tuple[object, ...] | str:
        if line.text().strip().lower() in instead:
            return line.text().strip().lower()
        words = (word.strip().lower() for word in line.text().split(","))
        found = {member.value: member for member in kind}
        return tuple(found.get(word, word) for word in words if word)

    def write(value: tuple[object, ...] | str) -> None:
        line.setText(value if isinstance(value, str) else ", ".join(map(str, value)))

    return Field(line, read, write, line.editingFinished)


def _optional_number(declared: FieldInfo) -> Field:
    """A whole number, or none: one below the smallest."""
    low, high = _limits(declared)
    field = _spin_box(declared, int(low) - 1, int(high))
    box = field.widget
    assert isinstance(box, WholeNumberBox)
    box.setSpecialValueText("none" if low > 0 else "by share")

    def read() -> int | None:
        return None if box.value() == box.minimum() else box.value()

    return Field(box, read, lambda value: box.setValue(box.minimum() if value is None else value), field.changed)


def _optional_decimal() -> Field:
    """A number, or none where nothing is typed."""
    line = QLineEdit()
    line.setPlaceholderText("none")

    def read() -> float | str | None:
        text = line.text().strip()
        try:
            return read_number(text) if text else None
        except ValueError:
            return text  # which the config refuses with a sentence

    return Field(
        line, read, lambda value: line.setText("" if value is None else plain_number(value)), line.editingFinished
    )


def _whole_number(declared: FieldInfo) -> Field:
    low, high = _limits(declared)
    return _spin_box(declared, int(low), int(high))


def _spin_box(declared: FieldInfo, low: int, high: int) -> Field:
    box = WholeNumberBox(low, min(high, LARGEST_WHOLE_NUMBER))
    box.setStepType(
        QAbstractSpinBox.StepType.AdaptiveDecimalStepType if high > 1000 else QAbstractSpinBox.StepType.DefaultStepType
    )
    return Field(box, box.value, lambda value: box.setValue(min(value, LARGEST_WHOLE_NUMBER)), box.valueChanged)


def _number(declared: FieldInfo) -> Field:
    low, high = _limits(declared)
    box = DecimalBox(
        low if _includes(declared, low) else low + _BESIDE, high if _includes(declared, high) else high - _BESIDE
    )
    box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
    if declared.title in ("Train", "Validation"):
        box.setSuffix(" %")
        box.setStepType(QAbstractSpinBox.StepType.DefaultStepType)
        box.setSingleStep(5)
    return Field(box, box.value, box.setValue, box.valueChanged)


def _limits(declared: FieldInfo) -> tuple[float, float]:
    low, high = 0.0, float(LARGEST_WHOLE_NUMBER)
    for limit in declared.metadata:
        low = getattr(limit, "ge", getattr(limit, "gt", low))
        high = getattr(limit, "le", getattr(limit, "lt", high))
    return low, high


def _includes(declared: FieldInfo, bound: float) -> bool:
    return any(bound in (getattr(limit, "ge", None), getattr(limit, "le", None)) for limit in declared.metadata)


def _limits_text(declared: FieldInfo) -> str:
    if declared.annotation in (int, float):
        low, high = _limits(declared)
        return f"\nFrom {low:,g} to {high:,g}."
    if get_origin(declared.annotation) is tuple:
        return f"\nSome of {', '.join(get_args(declared.annotation)[0])}, with commas between them."
    words, parts = _words_of(declared), get_args(declared.annotation)
    of_names = next((part for part in parts if get_origin(part) is tuple), None)
    if of_names is not None:
        return f"\n{words[0].capitalize()}, or some of {', '.join(get_args(of_names)[0])}, with commas between them."
    number = "A number" if any(float in (part, *get_args(part)) for part in parts) else "A whole number from 1"
    return f"\n{number}, or {', '.join(words)}." if words else ""


class QuietComboBox(QComboBox):
    """The wheel scrolls the form; it changes a choice only in the field that has the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the form, unless the field has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _LastNameCompleter(QCompleter):
    """Completes the name after the last comma."""

    def __init__(self, names: list[str], parent: QLineEdit) -> None:
        super().__init__(names, parent)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._line = parent

    def splitPath(self, path: str) -> list[str]:
        """Seek what stands after the last comma."""
        return [path.rpartition(",")[2].strip()]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """Put the name found after those that stand before it."""
        before, comma, _ = self._line.text().rpartition(",")
        return f"{before}{comma}{' ' if comma else ''}{index.data()}"
