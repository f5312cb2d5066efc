"""HeatMap: the error for each pair of values of two fields."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSizeF, Qt, Slot
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QLinearGradient, QPainter, QPen, QPolygonF

from elman_gui.plain_text import plain
from elman_gui.theme import Theme
from elman_gui.views.card import PlotData
from elman_gui.views.choice import Choice
from elman_gui.views.fonts import picture_font
from elman_gui.views.legend import LegendEntry
from elman_gui.views.study.scales import Bins, ErrorScale, bins_of, figure
from elman_gui.views.study.study_card import PaintedStudyCard

__all__ = ["HeatMap"]

_GAP = 2.0
_BAR = 10.0
_LEAST_CELL = QSizeF(30.0, 15.0)
"""A cell that is smaller holds no number."""
_MOST_LABEL = 90.0
_NOTHING = "The heat map shows the first cells as soon as their runs have ended."


class HeatMap(PaintedStudyCard):
    """A cell for each pair of values, as light as its error is small, with the number where there is room."""

    def __init__(self) -> None:
        super().__init__(
            "Heat map",
            "The median error over seeds for each pair of values of two fields: the lighter, the smaller. Where more "
            "fields vary, a cell is the best of their settings. A cross says that all runs diverged, a number behind "
            "a cross how many did; the star is the cell that is chosen. Click on a cell to look at it, double-click "
            "to open its networks.",
        )
        self.across, self.down = Choice(), Choice()
        for box, where in ((self.across, "across"), (self.down, "down")):
            box.setAccessibleName(f"Field {where}")
            box.setToolTip(f"The field whose values stand {where}")
            box.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(9)
            box.currentIndexChanged.connect(self._on_field)
            self.add_control(box)
        self._columns = self._rows = Bins(("",), np.empty(0, np.int64))
        self._best: NDArray[np.int64] = np.full((1, 1), -1)  # (R, C): the group that each cell shows
        self._scale = ErrorScale(0.0, 1.0, False)
        self._field = QRectF()  # of all cells, as drawn last

    # -- what is drawn --------------------------------------------------------------------------

    def prepare(self) -> None:
        """Find the group that each cell shows."""
        overview = self.overview
        self._offer_fields()
        fields = overview.fields
        nothing = Bins(("",), np.zeros(len(overview), np.int64))
        across, down = self.across.currentIndex(), self.down.currentIndex()
        self._columns = bins_of(fields[across]) if 0 <= across < len(fields) else nothing
        self._rows = bins_of(fields[down]) if 0 <= down < len(fields) and len(fields) > 1 else nothing
        self._best = np.full((len(self._rows.labels), len(self._columns.labels)), -1)
        worst_first = overview.order[::-1]  # of several in one cell, the last one stays
        self._best[self._rows.places[worst_first], self._columns.places[worst_first]] = worst_first
        self._scale = ErrorScale.of(overview.median[self._best[self._best >= 0]])
        self._show_legend()

    def _offer_fields(self) -> None:
        labels = [column.label for column in self.overview.fields]
        for place, box in enumerate((self.across, self.down)):
            if [box.itemText(index) for index in range(box.count())] != labels:
                with QSignalBlocker(box):
                    box.clear()
                    box.addItems(labels)
                    box.setCurrentIndex(min(place, len(labels) - 1))
        self.across.setVisible(len(labels) > 1)
        self.down.setVisible(len(labels) > 1)

    @Slot()
    def _on_field(self) -> None:
        """Draw with other fields; the one that stood there goes to the other axis."""
        fields = self.overview.fields
        if self.across.currentIndex() == self.down.currentIndex() and len(fields) > 1:
            other = self.down if self.sender() is self.across else self.across
            with QSignalBlocker(other):
                other.setCurrentIndex((self.across.currentIndex() + 1) % len(fields))
        self.catch_up()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._show_legend()

    def _show_legend(self) -> None:
        entries = []
        if self.overview.chosen is not None:
            entries.append(LegendEntry("chosen", self.theme.ink, "star"))
        if self.overview.diverged[self._best[self._best >= 0]].any():
            entries.append(LegendEntry("✕ diverged", self.theme.error, "square"))
        self.legend.show_entries(entries)

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        """Draw cells, labels and the scale of colours."""
        painter.setFont(picture_font())
        metrics = QFontMetricsF(picture_font())
        if not len(self.overview):
            painter.setPen(QColor(self.theme.muted))
            painter.drawText(QRectF(QPointF(), size), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, _NOTHING)
            return
        line = metrics.height()
        beside = min(_MOST_LABEL, max(map(metrics.horizontalAdvance, self._rows.labels))) + 8 if self._is_plane else 4.0
        top = line + 4 if self._is_plane else 4.0
        marks = self._marks(max(2, min(5, int((size.height() - top - 2 * line - 8) / (2 * line)))))
        words = 4 + max((metrics.horizontalAdvance(text) for _, text in marks), default=0.0)
        field = QRectF(beside, top, size.width() - beside - _BAR - words - 12, size.height() - top - 2 * line - 8)
        self._field = field
        rows, columns = self._best.shape
        for row in range(rows):
            for column in range(columns):
                self._draw_cell(painter, self._cell_rect(row, column), int(self._best[row, column]), metrics)
        self._draw_labels(painter, metrics)
        self._draw_marks(painter)
        self._draw_bar(painter, QRectF(field.right() + 12, top, _BAR, field.height()), metrics, marks)

    @property
    def _is_plane(self) -> bool:
        return len(self.overview.fields) > 1

    def _cell_rect(self, row: int, column: int) -> QRectF:
        rows, columns = self._best.shape
        wide, high = self._field.width() / columns, self._field.height() / rows
        gap = _GAP if min(wide, high) > 4 * _GAP else 0.0
        left, top = self._field.left() + column * wide, self._field.bottom() - (row + 1) * high
        return QRectF(left + gap / 2, top + gap / 2, wide - gap, high - gap)

    def _draw_cell(self, painter: QPainter, rect: QRectF, group: int, metrics: QFontMetricsF) -> None:
        theme, overview = self.theme, self.overview
        if group < 0:
            painter.setPen(QPen(QColor(theme.line), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect)
            return
        median = overview.median[group]
        share = float(self._scale.shares(np.array([median]))[0])
        painter.setPen(Qt.PenStyle.NoPen)
        color = QColor(theme.hover) if np.isnan(share) else self._scale.color(share)
        painter.setBrush(color)
        painter.drawRect(rect)
        if np.isnan(share):  # told apart from others without colour
            painter.setBrush(QBrush(QColor(theme.error), Qt.BrushStyle.BDiagPattern))
            painter.setOpacity(0.5)
            painter.drawRect(rect)
            painter.setOpacity(1.0)
        if rect.width() < _LEAST_CELL.width() or rect.height() < _LEAST_CELL.height():
            return
        painter.setPen(QColor(theme.ink) if np.isnan(share) else self._scale.ink_on(color))
        number = "✕" if np.isinf(median) else figure(median)
        star = "★" if group == overview.chosen else ""
        words = next((words for words in (f"{star} {number}", star or number) if _fits(words, rect, metrics)), "")
        diverged = int(overview.diverged[group])
        below = f"✕ {diverged:,} of {overview.runs[group]:,}"
        if diverged and rect.height() >= 2 * metrics.height() and _fits(below, rect, metrics):
            words = f"{words}\n{below}"
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, words.strip())

    def _draw_labels(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        painter.setPen(QColor(self.theme.muted))
        fields, line = self.overview.fields, metrics.height()
        taken = -1.0
        for column, label in enumerate(self._columns.labels):
            place = self._cell_rect(0, column).center().x()
            wide = metrics.horizontalAdvance(label)
            left = min(max(place - wide / 2, 0.0), self._field.right() - wide + 4)
            if left > taken:
                painter.drawText(QPointF(left, self._field.bottom() + metrics.ascent() + 2), plain(label))
                taken = left + wide + 8
        if fields:
            name = QRectF(self._field.left(), self._field.bottom() + line + 4, self._field.width(), line)
            painter.drawText(
                name, Qt.AlignmentFlag.AlignCenter, plain(fields[max(self.across.currentIndex(), 0)].label)
            )
        if self._is_plane:
            above = QRectF(0, 0, self._field.right(), line)
            painter.drawText(above, Qt.AlignmentFlag.AlignLeft, plain(fields[max(self.down.currentIndex(), 0)].label))
            every = max(1, int(np.ceil(line * len(self._rows.labels) / max(self._field.height(), 1.0))))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            for row, label in list(enumerate(self._rows.labels))[::every]:
                rect = self._cell_rect(row, 0)
                beside = QRectF(0, rect.center().y() - line / 2, self._field.left() - 6, line)
                elided = metrics.elidedText(plain(label), Qt.TextElideMode.ElideRight, beside.width())
                painter.drawText(beside, right, elided)

    def _draw_marks(self, painter: QPainter) -> None:
        """Frame the cell that is chosen, and the one that is looked at."""
        overview = self.overview
        looked_at = None if self.cell is None else overview.group_of(self.cell)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for group, pen in (
            (overview.chosen, QPen(QColor(self.theme.ink), 2)),
            (looked_at, QPen(QColor(self.theme.closed_loop), 3, Qt.PenStyle.DashLine)),
        ):
            if group is None:
                continue
            row, column = self._rows.places[group], self._columns.places[group]
            painter.setPen(pen)
            painter.drawRect(self._cell_rect(int(row), int(column)).adjusted(1, 1, -1, -1))

    def _marks(self, count: int) -> list[tuple[float, str]]:
        """Return shares of the scale of colours, and the errors that they stand for."""
        if self._scale.low == self._scale.high:
            return []
        return [(share, self._scale.words_at(share)) for share in np.linspace(0, 1, count).tolist()]

    def _draw_bar(
        self, painter: QPainter, rect: QRectF, metrics: QFontMetricsF, marks: list[tuple[float, str]]
    ) -> None:
        """Draw which colour is which error, the smallest at the top."""
        gradient = QLinearGradient(rect.topLeft(), rect.bottomLeft())
        for part in range(11):
            gradient.setColorAt(part / 10, self._scale.color(1 - part / 10))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(gradient))
        painter.drawPolygon(QPolygonF(rect))
        painter.setPen(QColor(self.theme.muted))
        for share, text in marks:
            y = rect.bottom() - share * rect.height()
            y = min(max(y, rect.top() + metrics.ascent() / 2), rect.bottom() - metrics.ascent() / 2)
            words = QRectF(rect.right() + 4, y - metrics.height() / 2, 1.0, metrics.height())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)

    # -- mouse and keyboard ---------------------------------------------------------------------

    def _place_at(self, position: QPointF) -> tuple[int, int] | None:
        if not self._field.contains(position):
            return None
        rows, columns = self._best.shape
        column = int((position.x() - self._field.left()) / self._field.width() * columns)
        row = int((self._field.bottom() - position.y()) / self._field.height() * rows)
        return min(row, rows - 1), min(column, columns - 1)

    def group_at(self, position: QPointF) -> int | None:
        """Return the group whose cell is there."""
        place = self._place_at(position)
        group = -1 if place is None else int(self._best[place])
        return group if group >= 0 else None

    def key(self, key: int) -> bool:
        """Arrows go from cell to cell, Return opens the networks."""
        moves = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (1, 0), Qt.Key.Key_Down: (-1, 0),
        }  # fmt: skip
        group = None if self.cell is None else self.overview.group_of(self.cell)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and group is not None:
            self.open_wanted.emit(self.cell)
            return True
        move = moves.get(Qt.Key(key))
        if move is None or not len(self.overview):
            return False
        if group is None:
            group = self.overview.chosen if self.overview.chosen is not None else 0
        else:
            rows, columns = self._best.shape
            row, column = int(self._rows.places[group]), int(self._columns.places[group])
            for _ in range(max(rows, columns)):  # over what is empty
                row, column = min(max(row + move[0], 0), rows - 1), min(max(column + move[1], 0), columns - 1)
                if self._best[row, column] >= 0:
                    group = int(self._best[row, column])
                    break
        self.cell_chosen.emit(int(self.overview.cells[group]))
        return True

    def data(self) -> PlotData:
        """Return a row for each cell that is drawn: the labels of both axes, and the figures of the group."""
        rows, columns = np.nonzero(self._best >= 0)
        groups = self._best[rows, columns]
        overview, fields = self.overview, self.overview.fields
        if not len(groups) or not fields:
            return PlotData((), ())
        names = [fields[max(self.across.currentIndex(), 0)].name]
        found = [np.array([self._columns.labels[column] for column in columns], object)]
        if self._is_plane:
            names.append(fields[max(self.down.currentIndex(), 0)].name)
            found.append(np.array([self._rows.labels[row] for row in rows], object))
        names += ["cell", "runs", "diverged", "median"]
        found += [overview.cells[groups], overview.runs[groups], overview.diverged[groups], overview.median[groups]]
        return PlotData(tuple(names), tuple(found))


def _fits(words: str, rect: QRectF, metrics: QFontMetricsF) -> bool:
    return metrics.horizontalAdvance(words) <= rect.width()
