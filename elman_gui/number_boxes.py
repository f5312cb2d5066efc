"""Fields for numbers: they take a point or a comma, and say what they refuse instead of changing it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from elman_core.support.numbers import read_number, read_whole_number
from elman_gui.field_problem import show_field_problem
from elman_gui.plain_text import PlainLabel

__all__ = ["LARGEST_WHOLE_NUMBER", "DecimalBox", "NumberDialog", "WholeNumberBox", "plain_number"]

LARGEST_WHOLE_NUMBER = 2**31 - 1
_DECIMALS = 20
"""More than a person writes, so that Qt rounds nothing."""
_FIRST_STEP = 0.001
"""From 0, where no step follows from the number itself."""
_PLAIN_FROM = 1e-6


def plain_number(value: float) -> str:
    """Write a number as it is read again, 0.1 as 0.1, with a point and without thousands marks."""
    if value and abs(value) < _PLAIN_FROM:
        return f"{value!r}"
    text = format(Decimal(repr(float(value))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class _NumberBox:
    """What both kinds of spin boxes share: any text can be typed, and is read when it is finished.

    A text that is no number, or none within the limits, gives way to the number there was, and the reason is said
    beside the field. The wheel changes a number only in the field that has the focus; otherwise it scrolls what the
    field stands in.
    """

    def _set_up(self) -> None:
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(4, 0, 0, 0)  # a style sheet's padding does not keep the number off the frame

    def _read(self, text: str) -> float:
        raise NotImplementedError

    def textFromValue(self, value: Any) -> str:
        raise NotImplementedError

    def _number(self, text: str) -> float:
        """Read a text, with or without what stands around the number.

        Raises
        ------
        ValueError
            With the rest of a sentence that begins with the field's name.
        """
        text = text.strip()
        if text and text == self.specialValueText():
            return self.minimum()
        unit = self.suffix().strip()
        text = text.removesuffix(unit).strip() if unit else text
        number = self._read(text)
        for wrong, words, limit in (
            (number < self.minimum(), "at least", self.minimum()),
            (number > self.maximum(), "at most", self.maximum()),
        ):
            if wrong:
                raise ValueError(f"must be {words} {_shown_limit(limit)}, got {text}")
        return number

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        try:
            self._number(text)
        except ValueError:
            return QValidator.State.Intermediate, text, position
        return QValidator.State.Acceptable, text, position

    def fixup(self, text: str) -> str:
        """Say why a finished text is not taken; Qt then puts the number back that there was."""
        try:
            self._number(text)
        except ValueError as error:
            name = self.accessibleName() or "The number"
            show_field_problem(self, f"{name} {error}. It stays {self._shown()}.")
        return text

    def _shown(self) -> str:
        if self.value() == self.minimum() and self.specialValueText():
            return str(self.specialValueText())
        return f"{self.textFromValue(self.value())}{self.suffix()}"

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what the field stands in, unless it has the focus."""
        if self.hasFocus():
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


class WholeNumberBox(_NumberBox, QSpinBox):
    """A whole number; thousands are set apart by commas."""

    def __init__(self, low: int = 0, high: int = LARGEST_WHOLE_NUMBER, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._set_up()
        self.setRange(low, high)

    def _read(self, text: str) -> int:
        return read_whole_number(text)

    def valueFromText(self, text: str) -> int:
        return int(self._number(text))

    def textFromValue(self, value: int) -> str:
        return f"{value:,}"


class DecimalBox(_NumberBox, QDoubleSpinBox):
    """A number with decimals after a point, as many as it has; a comma may be typed for the point."""

    def __init__(self, low: float = 0.0, high: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._set_up()
        self.setDecimals(_DECIMALS)
        self.setRange(low, high)

    def _read(self, text: str) -> float:
        return read_number(text)

    def valueFromText(self, text: str) -> float:
        return self._number(text)

    def textFromValue(self, value: float) -> str:
        return plain_number(value)

    def stepBy(self, steps: int) -> None:
        """Step by a tenth of the number's magnitude where steps adapt, and away from 0 by a small number."""
        adapts = self.stepType() is QAbstractSpinBox.StepType.AdaptiveDecimalStepType
        if adapts and self.value() == 0:
            self.setValue(steps * _FIRST_STEP)
        else:
            super().stepBy(steps)
            self.setValue(float(f"{self.value():.12g}"))  # 0.3, not 0.30000000000000004


def _shown_limit(limit: float) -> str:
    return f"{limit:,}" if isinstance(limit, int) else plain_number(limit)


class NumberDialog(QDialog):
    """Asks for one number.

    Signals
    -------
    number_chosen(float)
        The person takes this number.
    """

    number_chosen = Signal(float)

    def __init__(self, question: str, value: float, largest: float, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Elman")
        self.box = DecimalBox(-largest, largest)
        self.box.setStepType(QAbstractSpinBox.StepType.DefaultStepType)
        self.box.setSingleStep(0.1)
        self.box.setAccessibleName(question)
        self.box.setToolTip(f"From {-largest:g} to {largest:g}")
        self.box.setValue(float(f"{value:.9g}"))  # all that a float32 has
        label = PlainLabel(question)
        label.setBuddy(self.box)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        for widget in (label, self.box, buttons):
            column.addWidget(widget)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.number_chosen.emit(self.box.value()))
        self.box.selectAll()
        self.box.setFocus()
