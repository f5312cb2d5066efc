"""Plain text: words that are shown as they stand, whatever the names of files, columns and symbols in them look like.

Qt takes a text for HTML where it looks like it, so that a column called <b>x</b> or <img src=...> would not be shown.
"""

from __future__ import annotations

from html import escape

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from elman_core.support.text_format import printable

__all__ = ["PlainLabel", "action_text", "bold", "message_box", "plain", "plain_tip"]

_KEPT = "\n\t"


class PlainLabel(QLabel):
    """A label that is never taken for HTML, and shows control characters as escapes."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show a text as it stands."""
        super().setText(plain(text))


def message_box(
    icon: QMessageBox.Icon, text: str, buttons: QMessageBox.StandardButton, parent: QWidget, more: str = ""
) -> QMessageBox:
    """Return a message whose words, and those in small print below, are shown as they stand."""
    box = QMessageBox(icon, "Elman", "", buttons, parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(plain(text))
    box.setInformativeText(plain(more))
    small = box.findChild(QLabel, "qt_msgbox_informativelabel")
    if small is not None:
        small.setTextFormat(Qt.TextFormat.PlainText)
    return box


def plain(text: str) -> str:
    """Return a text with control characters as escapes, for a widget that knows no HTML."""
    return printable(text, _KEPT)


def plain_tip(text: str) -> str:
    """Return a text as a tooltip, which Qt may take for HTML."""
    return f"<span>{_as_html(text)}</span>" if Qt.mightBeRichText(text) else plain(text)


def bold(name: str) -> str:
    """Return a name in bold, for a text of HTML."""
    return f"<b>{_as_html(name)}</b>"


def action_text(name: str) -> str:
    """Return a name as the text of an action, in which & would mark a key."""
    return plain(name).replace("&", "&&")


def _as_html(text: str) -> str:
    return escape(plain(text)).replace("\n", "<br>")
