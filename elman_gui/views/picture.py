"""A card's picture as it is taken out of the window: with its title and legend, in a theme, in any size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from elman_gui.theme import Theme
from elman_gui.views.fonts import picture_font
from elman_gui.views.legend import LINE, draw_entry, flow, width_of
from elman_gui.views.view_card import ViewCard

__all__ = ["in_theme", "paint_card", "scale_of"]

_MARGIN, _GAP = 8.0, 16.0
_LEAST_SIZE = QSize(320, 200)
"""A view that is smaller in the window gets more room in its picture, if this is large enough."""
_LEAST_HEIGHT = 64.0
"""Of the picture itself; where title and legend would leave less, they are left out."""


def scale_of(card: ViewCard, size: QSize) -> float:
    """Return how many times as large as on the screen letters, lines and markers are in a picture of so many pixels.

    A smaller picture than the one on the screen has less room, not smaller letters.
    """
    shown = card.picture.size().expandedTo(_LEAST_SIZE)
    return max(1.0, min(size.width() / shown.width(), size.height() / shown.height()))


@contextmanager
def in_theme(card: ViewCard, theme: Theme | None) -> Iterator[None]:
    """Give a card the colours of a theme for a while; None leaves those of the window."""
    before = card.theme
    if theme is None or theme == before:
        yield
        return
    card.set_theme(theme)
    try:
        yield
    finally:
        card.set_theme(before)


def paint_card(card: ViewCard, painter: QPainter, size: QSizeF) -> None:
    """Draw title, legend and picture into a rectangle from (0, 0) on."""
    painter.fillRect(QRectF(QPointF(), size), QColor(card.theme.card))
    title, metrics = QFontMetricsF(picture_font(bold=True)), QFontMetricsF(picture_font())
    entries, begin = card.picture_legend, _MARGIN + title.horizontalAdvance(card.title.text()) + _GAP
    places = flow([width_of(entry, metrics) for entry in entries], _MARGIN, size.width() - _MARGIN, begin)
    top = _MARGIN + LINE * (1 + max((line for _, line in places), default=0))
    if size.height() - top >= _LEAST_HEIGHT:
        painter.setFont(picture_font(bold=True))
        painter.setPen(QColor(card.theme.ink))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
        painter.drawText(QRectF(_MARGIN, _MARGIN, 1.0, LINE), left, card.title.text())
        painter.setFont(picture_font())
        for entry, (x, line) in zip(entries, places, strict=True):
            draw_entry(painter, entry, QPointF(x, _MARGIN + LINE * line), QColor(card.theme.muted))
    else:
        top = 0.0
    inside = QRectF(_MARGIN, top, size.width() - 2 * _MARGIN, size.height() - top - _MARGIN / 2)
    card.paint_picture(painter, inside)
