"""PictureDialog: how large a saved picture is to be, and in which colours."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from elman_gui.number_boxes import WholeNumberBox
from elman_gui.theme import DARK, LIGHT

__all__ = ["PictureDialog"]

_SMALLEST, _LARGEST = 64, 8192


class PictureDialog(QDialog):
    """Asks for width and height, which keep the picture's proportions unless that is unchecked, and for colours.

    Signals
    -------
    save_chosen(QSize, object)
        Save it in this size and theme; None is the window's.
    copy_chosen(QSize, object)
        Put it on the clipboard.
    """

    save_chosen = Signal(QSize, object)
    copy_chosen = Signal(QSize, object)

    def __init__(self, what: str, shown: QSize, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Picture of {what}")
        self._shown = shown
        self.width_field, self.height_field = (_field(name) for name in ("Width", "Height"))
        self.keep = QCheckBox("Keep the proportions")
        self.keep.setChecked(True)
        form = QFormLayout()
        form.addRow("Width", self.width_field)
        form.addRow("Height", self.height_field)
        form.addRow("", self.keep)
        self.colors = QComboBox()
        self.colors.setAccessibleName("Colours")
        self.colors.setToolTip("Light suits paper, dark suits slides")
        for words, theme in (("Light", LIGHT), ("Dark", DARK), ("As in the window", None)):
            self.colors.addItem(words, theme)
        form.addRow("Colours", self.colors)
        words = QLabel(
            "A PNG has so many pixels. An SVG or PDF has no pixels; it is as large as so many at 96 an inch."
        )
        words.setWordWrap(True)
        words.setObjectName("muted")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setText("Save…")
        self.copy = self.buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setToolTip("Put the picture on the clipboard, as PNG")
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(words)
        column.addWidget(self.buttons)
        self.width_field.valueChanged.connect(self._follow_width)
        self.height_field.valueChanged.connect(self._follow_height)
        self.keep.toggled.connect(self._follow_width)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.accepted.connect(self._choose)
        self.copy.clicked.connect(self._copy)
        self.width_field.setValue(2 * shown.width())
        self.setMinimumWidth(320)

    @Slot()
    def _follow_width(self) -> None:
        if self.keep.isChecked():
            with QSignalBlocker(self.height_field):
                self.height_field.setValue(round(self.width_field.value() * self._shown.height() / self._shown.width()))

    @Slot()
    def _follow_height(self) -> None:
        if self.keep.isChecked():
            with QSignalBlocker(self.width_field):
                self.width_field.setValue(round(self.height_field.value() * self._shown.width() / self._shown.height()))

    @property
    def size_wanted(self) -> QSize:
        """The size that the fields hold."""
        return QSize(self.width_field.value(), self.height_field.value())

    @Slot()
    def _choose(self) -> None:
        self.save_chosen.emit(self.size_wanted, self.colors.currentData())

    @Slot()
    def _copy(self) -> None:
        self.copy_chosen.emit(self.size_wanted, self.colors.currentData())
        self.reject()


def _field(name: str) -> WholeNumberBox:
    field = WholeNumberBox(_SMALLEST, _LARGEST)
    field.setSuffix(" px")
    field.setAccessibleName(name)
    return field
