"""ImportancePlot: how much each field matters."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from elman_gui.plain_text import plain
from elman_gui.views.card import PlotData
from elman_gui.views.fonts import picture_font
from elman_gui.views.study.study_card import PaintedStudyCard

__all__ = ["ImportancePlot"]

_MOST_HIGH, _GAP = 34.0, 8.0
_MOST_LABEL = 160.0
_NOTHING = "How much each field matters is known once it has two values with runs."


class ImportancePlot(PaintedStudyCard):
    """A bar for each field, the one that matters most at the top."""

    def __init__(self) -> None:
        super().__init__(
            "Importances",
            "How much of the differences between cells each field accounts for alone: the share of the variance of the "
            "cells' median errors. What is left of 100 % is in how fields act together, and in chance. A field that "
            "accounts for little need not be tuned, within the values that were tried.",
        )

    @property
    def _known(self) -> list[tuple[float, str, str]]:
        """The share, name and label of each field, the greatest first."""
        found = [(column.importance, column.name, column.label) for column in self.overview.fields]
        return sorted((each for each in found if np.isfinite(each[0])), key=lambda each: -each[0])

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        """Draw the bars with their numbers."""
        painter.setFont(picture_font())
        metrics, known = QFontMetricsF(picture_font()), self._known
        if not known:
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(QRectF(QPointF(), size), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, _NOTHING)
            return
        beside = min(_MOST_LABEL, max(metrics.horizontalAdvance(plain(label)) for *_, label in known)) + 8
        words_wide = metrics.horizontalAdvance("100 %") + 8
        step = min(_MOST_HIGH + _GAP, size.height() / len(known))
        high = max(step - _GAP, step / 2)
        room = size.width() - beside - words_wide
        for place, (share, _, label) in enumerate(known):
            top = place * step
            name = QRectF(0, top, beside - 8, high)
            painter.setPen(QColor(self.theme.ink))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(name, right, metrics.elidedText(plain(label), Qt.TextElideMode.ElideRight, beside - 8))
            whole = QRectF(beside, top, room, high)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.hover))
            painter.drawRect(whole)
            painter.setBrush(QColor(self.theme.one_step))
            painter.drawRect(QRectF(beside, top, room * min(max(share, 0.0), 1.0), high))
            painter.setPen(QColor(self.theme.ink))
            at = QRectF(beside + room + 6, top, words_wide, high)
            painter.drawText(at, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, f"{100 * share:.0f} %")

    def data(self) -> PlotData:
        """Return the share of each field."""
        known = self._known
        if not known:
            return PlotData((), ())
        names = np.array([name for _, name, _ in known], object)
        return PlotData(("field", "importance"), (names, np.array([share for share, *_ in known])))
