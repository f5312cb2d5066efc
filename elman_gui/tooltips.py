"""Tooltips of a readable width: one place for those of all widgets."""

from __future__ import annotations

from textwrap import fill

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QWidget

__all__ = ["wrap_tooltips", "wrapped"]

_LETTERS = 60
"""A line that can be read at a glance."""


def wrapped(text: str) -> str:
    """Return a text in lines of a readable width; rich text, which Qt wraps itself, as it is."""
    if Qt.mightBeRichText(text):
        return text
    return "\n".join(fill(line, _LETTERS, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))


def wrap_tooltips(root: QWidget) -> None:
    """Divide the tooltips of a widget and of all in it into lines; Qt would show each in one, however long.

    Who sets a longer one later has it `wrapped`. To watch for tooltips instead would take microseconds of every event.
    """
    for widget in (root, *root.findChildren(QWidget)):
        tip = widget.toolTip()
        if len(tip) > _LETTERS:
            widget.setToolTip(wrapped(tip))
