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
_TOGETHER, _SEEDS = "(in combination)", "(between seeds)"
"""What stands in place of a field's name."""
_NOTHING = "How much each field matters is known once it has two values with runs."


class ImportancePlot(PaintedStudyCard):
    """A bar for each field, the one that matters most at the top."""

    def __init__(self) -> None:
        super().__init__(
            "Importances",
            "How much of the differences between runs each field explains by itself: its share of the variance of the "
            "ranks of all errors, so that a run that diverged counts as the worst and no more. Fields may explain more "
            "in combination; what is between seeds no setting explains. A field that explains little need not be "
            "tuned, within the values that were tried.",
        )

    @property
    def _known(self) -> list[tuple[float, str, str]]:
        """The share, name and label of each field, the greatest first, and then of what is not in one alone."""
        overview = self.overview
        found = [(column.importance, column.name, column.label) for column in overview.fields]
        of_fields = sorted((each for each in found if np.isfinite(each[0])), key=lambda each: -each[0])
        if not of_fields:
            return []
        others = [(overview.together, _TOGETHER, "in combination"), (overview.between_seeds, _SEEDS, "between seeds")]
        return [*of_fields, *(each for each in others if np.isfinite(each[0]))]

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
        for place, (share, field, label) in enumerate(known):
            is_field = field not in (_TOGETHER, _SEEDS)
            top = place * step
            name = QRectF(0, top, beside - 8, high)
            painter.setPen(QColor(self.theme.ink if is_field else self.theme.muted))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(name, right, metrics.elidedText(plain(label), Qt.TextElideMode.ElideRight, beside - 8))
            whole = QRectF(beside, top, room, high)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.theme.hover))
            painter.drawRect(whole)
            painter.setBrush(QColor(self.theme.one_step if is_field else self.theme.muted))
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
