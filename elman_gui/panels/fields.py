"""One input widget for each kind of setting, made from its declaration in a config class."""

from __future__ import annotations

import types
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QDoubleSpinBox, QSpinBox, QWidget

from elman_core.config import ALL

__all__ = ["Field", "indent_text", "make_field"]

_LARGEST_SPIN = 2**31 - 1
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


def indent_text(box: QAbstractSpinBox) -> None:
    """Keep the number off the frame, which a style sheet's padding does not do for spin boxes."""
    line = box.lineEdit()
    assert line is not None
    line.setTextMargins(4, 0, 0, 0)


def _make(declared: FieldInfo) -> Field:
    kind = declared.annotation
    if get_origin(kind) in (Union, types.UnionType):
        return _step_count()
    if kind is bool:
        box = QCheckBox()
        return Field(box, box.isChecked, box.setChecked, box.toggled)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _choice(kind)
    if kind is int:
        return _whole_number(declared)
    return _number(declared)


def _choice(kind: type[StrEnum]) -> Field:
    box = _QuietComboBox()
    for member in kind:
        box.addItem(_WORDS.get(member.value, member.value), member)
    return Field(
        box, box.currentData, lambda value: box.setCurrentIndex(list(kind).index(value)), box.currentIndexChanged
    )


def _step_count() -> Field:
    """A number of time steps, or all."""
    box = _QuietComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems(["1", "5", "10", "20", "50", "100", ALL])

    def read() -> int | str:
        text = box.currentText().strip().lower().replace(",", "")
        return int(text) if text.isdecimal() else text

    line = box.lineEdit()
    assert line is not None
    # Editing and choosing from the list are one change each, at their end.
    line.editingFinished.connect(lambda: box.activated.emit(box.currentIndex()))
    return Field(box, read, lambda value: box.setEditText(str(value)), box.activated)


def _whole_number(declared: FieldInfo) -> Field:
    low, high = _limits(declared)
    box = _QuietSpinBox()
    indent_text(box)
    box.setRange(int(low), min(int(high), _LARGEST_SPIN))
    box.setGroupSeparatorShown(True)
    box.setKeyboardTracking(False)
    box.setStepType(
        QAbstractSpinBox.StepType.AdaptiveDecimalStepType if high > 1000 else QAbstractSpinBox.StepType.DefaultStepType
    )
    return Field(box, box.value, lambda value: box.setValue(min(value, _LARGEST_SPIN)), box.valueChanged)


def _number(declared: FieldInfo) -> Field:
    low, high = _limits(declared)
    box = _PlainDoubleSpinBox()
    indent_text(box)
    box.setDecimals(6)
    box.setRange(
        low if low > 0 or _includes(declared, low) else 1e-6, high if _includes(declared, high) else high - 1e-6
    )
    box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
    box.setKeyboardTracking(False)
    if declared.title in ("Train", "Validation"):
        box.setSuffix(" %")
        box.setDecimals(2)
        box.setStepType(QAbstractSpinBox.StepType.DefaultStepType)
        box.setSingleStep(5)
    return Field(box, lambda: round(box.value(), 6), box.setValue, box.valueChanged)


def _limits(declared: FieldInfo) -> tuple[float, float]:
    low, high = 0.0, float(_LARGEST_SPIN)
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
    if get_args(declared.annotation) and not isinstance(declared.annotation, type):
        return "\nA whole number from 1, or all."
    return ""


class _IgnoresWheel:
    """The wheel scrolls the form; it changes a value only in the field that has the focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():  # type: ignore[attr-defined]
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


class _QuietComboBox(_IgnoresWheel, QComboBox):
    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class _QuietSpinBox(_IgnoresWheel, QSpinBox):
    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class _PlainDoubleSpinBox(_IgnoresWheel, QDoubleSpinBox):
    """Writes 0.1 as 0.1 and not as 0.100000."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def textFromValue(self, value: float) -> str:
        return f"{value:.6f}".rstrip("0").rstrip(".") or "0"
