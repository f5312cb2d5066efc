"""Letters of pictures, measured in pixels, so that they have the same size on every device."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontInfo
from PySide6.QtWidgets import QApplication

__all__ = ["picture_font"]


def picture_font(scale: float = 1.0, *, bold: bool = False) -> QFont:
    """Return the application's font in so many times its size; in points, other devices would have it in another."""
    font = QFont(QApplication.font())
    font.setPixelSize(max(1, round(QFontInfo(font).pixelSize() * scale)))
    font.setBold(bold)
    return font
