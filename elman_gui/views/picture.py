"""A card's picture as it is taken out of the window: with its title and legend, in a theme, in any size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from elman_gui.theme import Theme
from elman_gui.views.card import ViewCard
from elman_gui.views.fonts import picture_font
from elman_gui.views.legend import SIGN_SIZE, LegendEntry, draw_sign

__all__ = ["in_theme", "paint_card", "scale_of"]

_MARGIN, _GAP, _LINE = 8.0, 14.0, 20.0
_SIGN_GAP = 4.0
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
    places, height = _lay_out_header(card, size.width())
    if size.height() - height >= _LEAST_HEIGHT:
        _draw_header(card, painter, places)
    else:
        height = 0.0
    inside = QRectF(_MARGIN, height, size.width() - 2 * _MARGIN, size.height() - height - _MARGIN / 2)
    card.paint_picture(painter, inside)


def _lay_out_header(card: ViewCard, width: float) -> tuple[list[tuple[QPointF, LegendEntry]], float]:
    """Return where each entry of the legend begins, after the title and in as many lines as they need, and the height
    of all."""
    title, words = QFontMetricsF(picture_font(bold=True)), QFontMetricsF(picture_font())
    x, y, places = _MARGIN + title.horizontalAdvance(card.title.text()) + _GAP, _MARGIN, []
    for entry in card.picture_legend:
        wide = SIGN_SIZE.width() + _SIGN_GAP + words.horizontalAdvance(entry.text)
        if x + wide > width - _MARGIN and x > _MARGIN:
            x, y = _MARGIN, y + _LINE
        places.append((QPointF(x, y), entry))
        x += wide + _GAP
    return places, y + _LINE + _SIGN_GAP


def _draw_header(card: ViewCard, painter: QPainter, places: list[tuple[QPointF, LegendEntry]]) -> None:
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
    painter.setFont(picture_font(bold=True))
    painter.setPen(QColor(card.theme.ink))
    painter.drawText(QRectF(_MARGIN, _MARGIN, 1.0, _LINE), left, card.title.text())
    painter.setFont(picture_font())
    for at, entry in places:
        painter.save()
        painter.translate(at + QPointF(0, (_LINE - SIGN_SIZE.height()) / 2))
        draw_sign(painter, entry)
        painter.restore()
        painter.setPen(QColor(card.theme.muted))
        words = QRectF(at.x() + SIGN_SIZE.width() + _SIGN_GAP, at.y(), 1.0, _LINE)
        painter.drawText(words, left, entry.text)
