"""Small widgets that every dialog has."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from elman_gui.plain_text import PlainLabel

__all__ = ["button", "heading", "quiet_label"]


def button(text: str, tip: str) -> QPushButton:
    """Return a button that Return presses only where it has the focus."""
    pressed = QPushButton(text)
    pressed.setToolTip(tip)
    pressed.setAutoDefault(False)
    return pressed


def heading(text: str) -> QLabel:
    """Return the title of a part of a dialog."""
    label = PlainLabel(text)
    label.setObjectName("formTitle")
    return label


def quiet_label(text: str, buddy: QWidget | None = None) -> QLabel:
    """Return the name of a field, in quiet ink."""
    label = PlainLabel(text)
    label.setObjectName("muted")
    if buddy is not None:
        label.setBuddy(buddy)
    return label
