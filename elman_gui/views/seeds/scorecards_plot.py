"""ScorecardsPlot: what all networks reach of Elman (1990), each measure as a distribution beside the paper's result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QPushButton, QScrollArea

from elman_core.support.quantiles import quantiles_of
from elman_gui.theme import Theme
from elman_gui.tooltips import wrapped
from elman_gui.views.colors import blended
from elman_gui.views.fonts import picture_font
from elman_gui.views.legend import LegendEntry
from elman_gui.views.painted_card import PaintedCard
from elman_gui.views.sentence import Sentence
from elman_gui.views.view_card import PlotData

if TYPE_CHECKING:
    from elman_core.experiments.member_scorecards import MeasureOfAll, Range  # imports torch

__all__ = ["ScorecardsPlot"]

_ROW, _HIGHEST_ROW, _MARGIN = 62.0, 110.0, 8.0
"""Pixels of a measure, and around it."""
_WORDS_SHARE, _WORDS_SHARE_NARROW, _NARROW = 0.44, 0.56, 480
"""Of the width, for the words at the left; and in a narrow picture."""
_BARS = 28
_SHADES = {"networks": 0.45, "paper": 0.55, "goal": 0.2}

Array = NDArray[np.float64]


class ScorecardsPlot(PaintedCard):
    """A line for each measure: in words at the left, at the right bars on a scale of its own.

    Signals
    -------
    measure_wanted()
        All networks are to be measured.
    compare_wanted()
        Other networks are to be trained from the same seeds, and measured.
    """

    measure_wanted = Signal()
    compare_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(
            "Elman (1990), all networks",
            "What all networks reach on streams that they have not seen, each on one of its own: for each measure of "
            "the paper how many networks have which value, on a scale of its own; in words the median, where nine of "
            "ten networks are, and how many reach the goal, with the interval of their share. Marked are the network "
            "that is looked at, what the paper states and what is to be reached. The paper reports one network, or "
            "does not say how many.",
        )
        self.measures: tuple[MeasureOfAll, ...] = ()
        self._member, self._lines = 0, ()
        self.measure, self.compare = QPushButton("Measure All"), QPushButton("Compare…")
        for button, wanted in ((self.measure, self.measure_wanted), (self.compare, self.compare_wanted)):
            button.setObjectName("small")
            button.setAutoDefault(False)
            button.clicked.connect(wanted)
            self.add_control(button)
        self.measure.setToolTip("Measure every network on a fresh stream, beside the window")
        self.compare.setAccessibleName("Compare with other networks from the same seeds")
        self.area = QScrollArea()
        self.area.setObjectName("formScroll")
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.removeWidget(self.canvas)
        self.canvas.setObjectName("formGround")
        self.area.setWidget(self.canvas)
        self.area.setMinimumHeight(120)
        self.words = Sentence()
        self.words.setObjectName("muted")
        self.body.addWidget(self.area, 1)
        self.body.addWidget(self.words)
        self.show_comparable("", at_rest=False, is_trained=False)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._show_legend()
        self.canvas.update()

    def show_comparable(self, what: str, *, at_rest: bool, is_trained: bool) -> None:
        """Offer to measure all networks, and to train others: `what` says which, and is empty where there are none."""
        self.measure.setEnabled(at_rest and is_trained)
        self.compare.setVisible(bool(what))
        self.compare.setEnabled(at_rest)
        tip = f"Train other networks from the same seeds, and show what they reach. {what}."
        self.compare.setToolTip(wrapped(tip))

    @Slot(tuple)
    def show_measures(self, measures: tuple[MeasureOfAll, ...]) -> None:
        """Show these measures; with none, how to have some."""
        self.measures = measures
        self.canvas.setMinimumHeight(int(max(1, len(measures)) * _ROW + 2 * _MARGIN))
        self.words.setText("" if measures else _NOTHING_YET)
        self.words.setVisible(not measures)
        self._show_legend()
        self.canvas.update()

    def show_member(self, member: int) -> None:
        """Look at another network."""
        self._member = member
        self._show_legend()
        self.canvas.update()

    def _show_legend(self) -> None:
        theme, entries = self.theme, []
        if self.measures:
            entries = [
                LegendEntry("networks", self._color("networks"), "square"),
                LegendEntry("median", theme.muted, "dashes"),
                LegendEntry(f"network {self._member + 1:,}", theme.one_step, "line"),
            ]
            for what, words, zones in (
                ("paper", "paper", [own.paper_range for own in self.measures]),
                ("goal", "to reach", [own.goal_range for own in self.measures]),
            ):
                if any(zone is not None for zone in zones):
                    entries.append(LegendEntry(words, self._color(what), "square"))
        self.legend.show_entries(entries)

    def _color(self, what: str) -> str:
        theme = self.theme
        color = {"networks": theme.one_step, "paper": theme.closed_loop, "goal": theme.best}[what]
        return blended(theme.card, color, _SHADES[what])

    # -- drawing --------------------------------------------------------------------------------

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        """Draw a line for each measure."""
        painter.setFont(picture_font())
        lines = []
        share = _WORDS_SHARE if size.width() > _NARROW else _WORDS_SHARE_NARROW
        spare = (size.height() - 2 * _MARGIN) / max(len(self.measures), 1)
        high = min(max(spare, _ROW), _HIGHEST_ROW)
        for place, measure in enumerate(self.measures):
            room = QRectF(0, _MARGIN + place * high, size.width(), high)
            lines.append((room, measure))
            left = QRectF(room.left(), room.top(), share * room.width() - _MARGIN, room.height() - _MARGIN)
            right = QRectF(left.right() + 2 * _MARGIN, room.top(), 0, left.height())
            right.setRight(room.right() - _MARGIN)
            self._draw_words(painter, left, measure)
            self._draw_bars(painter, right, measure)
        self._lines = tuple(lines)

    def _draw_words(self, painter: QPainter, room: QRectF, measure: MeasureOfAll) -> None:
        metrics = QFontMetricsF(painter.font())
        for place, (words, color) in enumerate(
            (
                (measure.name, self.theme.ink),
                (_spread(measure), self.theme.ink),
                (_beside(measure), self.theme.muted),
            )
        ):
            painter.setPen(QColor(color))
            high = min(room.height() / 3, metrics.height() + 4)
            line = QRectF(room.left(), room.top() + place * high, room.width(), high)
            text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_bars(self, painter: QPainter, room: QRectF, measure: MeasureOfAll) -> None:
        values = measure.values[np.isfinite(measure.values)]
        if not len(values):
            return
        low, high = _scale(measure, values)
        labels = QFontMetricsF(painter.font()).height()
        field = QRectF(room.left(), room.top() + 2, room.width(), room.height() - labels - 4)

        def across(value: float) -> float:
            return field.left() + field.width() * min(max((value - low) / (high - low), 0.0), 1.0)

        painter.setPen(Qt.PenStyle.NoPen)
        for zone, what in ((measure.goal_range, "goal"), (measure.paper_range, "paper")):
            if zone is not None:
                begin, end = across(zone[0]), across(zone[1])
                painter.setBrush(QColor(self._color(what)))
                painter.drawRect(QRectF(begin, field.top(), max(end - begin, 3.0), field.height()))
        counts, edges = np.histogram(values, bins=_BARS, range=(low, high))
        painter.setBrush(QColor(self._color("networks")))
        for count, begin, end in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if count:
                height = max(2.0, field.height() * count / counts.max())
                painter.drawRect(QRectF(across(begin), field.bottom() - height, across(end) - across(begin), height))
        self._draw_line(painter, across(float(np.median(values))), field, self.theme.muted, 1.5, is_dashed=True)
        own = measure.values[self._member] if self._member < len(measure.values) else np.nan
        if np.isfinite(own) and not measure.beside:
            self._draw_line(painter, across(float(own)), field, self.theme.one_step, 2.5)
        self._draw_line(painter, None, field, self.theme.line, 1.0)
        painter.setPen(QColor(self.theme.muted))
        below = QRectF(field.left(), field.bottom() + 1, field.width(), labels)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, f"{low:.3g}")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{high:.3g}")

    @staticmethod
    def _draw_line(
        painter: QPainter, at: float | None, field: QRectF, color: str, width: float, *, is_dashed: bool = False
    ) -> None:
        """Draw a line upright, or without a place the ground line."""
        pen = QPen(QColor(color), width)
        pen.setStyle(Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        if at is None:
            painter.drawLine(field.bottomLeft(), field.bottomRight())
        else:
            painter.drawLine(QPointF(at, field.top()), QPointF(at, field.bottom()))

    # -- words and numbers ----------------------------------------------------------------------

    def text_at(self, position: QPointF) -> str:
        """Say all of a measure."""
        for room, measure in self._lines:
            if room.contains(position):
                return ". ".join(filter(None, (measure.name, _spread(measure), _beside(measure))))
        return ""

    def data(self) -> PlotData:
        """Return a row for each network, a column for each measure."""
        if not self.measures:
            return PlotData((), ())
        numbers = np.arange(1, len(self.measures[0].values) + 1, dtype=np.float64)
        values = tuple(measure.values for measure in self.measures)
        return PlotData(("network", *(measure.name for measure in self.measures)), (numbers, *values))


_NOTHING_YET = (
    "Measure All lets every network go through a fresh stream of its own, and shows for each measure of the paper how "
    "many networks reach what."
)


def _spread(measure: MeasureOfAll) -> str:
    """Say where the median is, and nine of ten networks."""
    low, _, median, _, high = quantiles_of(measure.values, (0.05, 0.25, 0.5, 0.75, 0.95))
    return f"median {median:.3g} ({low:.3g} to {high:.3g})"


def _beside(measure: MeasureOfAll) -> str:
    """Say how many reach the goal, and what the paper states."""
    words = []
    if measure.success is not None:
        own = measure.success
        reach = "reach" if measure.goal_range is not None else "are"
        interval = f"{100 * own.low:.0f} to {100 * own.high:.0f} %"
        words.append(f"{own.successes:,} of {own.runs:,} {reach} {measure.goal} ({interval})")
    if measure.paper:
        words.append(f"paper: {measure.paper}")
    return "; ".join(words)


def _scale(measure: MeasureOfAll, values: Array) -> Range:
    """Return the ends of a measure's scale: all networks, what the paper states, and where the goal begins."""
    ends = [*values.tolist()]
    for zone in (measure.paper_range, measure.goal_range):
        ends += [end for end in zone or () if np.isfinite(end)]
    low, high = min(ends), max(ends)
    room = 0.04 * ((high - low) or abs(high) or 1.0)
    return low - room, high + room
