"""The icons that ship with the program, drawn in any colour.

`QIcon.fromTheme` is empty on a system without an icon theme, so nothing relies on it.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from elman_core.support.resources import resource

__all__ = ["application_icon", "icon"]

_SIZES = (16, 20, 32, 40)


@lru_cache(maxsize=256)
def icon(name: str, color: str, disabled_color: str | None = None) -> QIcon:
    """Return a line icon in that colour, sharp at the usual sizes."""
    drawn = QIcon()
    for mode, shade in ((QIcon.Mode.Normal, color), (QIcon.Mode.Disabled, disabled_color or color)):
        svg = resource(f"icons/{name}.svg").read_text(encoding="utf-8").replace("currentColor", shade)
        renderer = QSvgRenderer(QByteArray(svg.encode()))
        for size in _SIZES:
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter)
            painter.end()
            drawn.addPixmap(pixmap, mode)
    return drawn


def application_icon() -> QIcon:
    """Return the program's own icon."""
    return QIcon(str(resource("icons/elman.svg")))
