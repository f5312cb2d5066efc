"""ForecasterChoice: whether a forecaster of several parts learns a series, or one pure Elman network."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

__all__ = ["ForecasterChoice"]


class ForecasterChoice(QWidget):
    """Two buttons, one of which is down.

    Signals
    -------
    forecaster_wanted(bool)
        The person chose the other one.
    """

    forecaster_wanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.forecaster, self.pure = QToolButton(), QToolButton()
        self._buttons = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button, name, words in (
            (
                self.forecaster,
                "Forecaster",
                "Least squares and Elman networks together, chosen and weighted by validation",
            ),
            (self.pure, "Pure Elman network", "One network with settings of your own, without anything beside it"),
        ):
            button.setText(name)
            button.setToolTip(words)
            button.setCheckable(True)
            self._buttons.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        self._buttons.buttonClicked.connect(self._on_clicked)
        self._is_forecaster = False
        self.show_kind(False)

    def show_kind(self, is_forecaster: bool) -> None:
        """Show which of the two learns."""
        self._is_forecaster = is_forecaster
        (self.forecaster if is_forecaster else self.pure).setChecked(True)

    @Slot()
    def _on_clicked(self) -> None:
        if self.forecaster.isChecked() is not self._is_forecaster:
            self.forecaster_wanted.emit(self.forecaster.isChecked())
