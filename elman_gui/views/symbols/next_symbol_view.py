"""NextSymbolView: how probable each next symbol is, as bars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Slot
from PySide6.QtGui import QColor, QPainter

from elman_core.data.dataset import SequenceDataset
from elman_core.data.text.vocabulary import Symbols, shown
from elman_core.export.rows import classes_of
from elman_core.support.text_format import counted
from elman_core.training.events import Snapshot
from elman_gui.views.card import PlotData
from elman_gui.views.painted_card import PaintedCard

__all__ = ["NextSymbolView", "NextSymbols"]

_ROW = 20.0
_BEFORE = 40
"""Symbols of the text before that are written above."""


@dataclass(frozen=True)
class NextSymbols:
    """What is expected after some symbols.

    Attributes
    ----------
    names : S
    probabilities : (S,)
    before
        The symbols before, as a text.
    came
        The place of the symbol that came; None where that is not known.
    """

    names: tuple[str, ...]
    probabilities: NDArray[np.float64]
    before: str
    came: int | None = None


class NextSymbolView(PaintedCard):
    """A bar a symbol, the most probable one on top, as many as there is room for; what came is marked."""

    def __init__(self) -> None:
        super().__init__(
            "Next symbol",
            "How probable the network holds each symbol to come next, at the time of the cursor. The mark ◀ is on the "
            "symbol that really comes.",
        )
        self.next_symbols: NextSymbols | None = None
        self._words = "looking…"
        self._dataset: SequenceDataset | None = None
        self._symbols: Symbols | None = None
        self._snapshot: Snapshot | None = None
        self._row = 0

    def show_dataset(self, dataset: SequenceDataset) -> None:
        """Wait for another network."""
        self._dataset, self._symbols, self._snapshot = dataset, dataset.symbols, None
        self.show_next_symbols(None, "looking…")

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Know what the network gives out now."""
        self._snapshot = snapshot
        self._look()

    @Slot(int)
    def show_cursor(self, row: int) -> None:
        """Show what is expected after this row."""
        self._row = row
        self._look()

    def show_next_symbols(self, next_symbols: NextSymbols | None, words: str = "") -> None:
        """Show these probabilities; where there are none, these words."""
        self.next_symbols, self._words = next_symbols, words
        self.canvas.update()

    def data(self) -> PlotData:
        """Return each symbol, its probability, the greatest first, its class, whether it came, and after what."""
        if self.next_symbols is None:
            return PlotData((), ())
        seen = self.next_symbols
        order = np.argsort(-seen.probabilities, kind="stable")
        symbols = np.array(seen.names, object)[order]
        columns: dict[str, NDArray[np.float64] | NDArray[np.object_]] = {
            "symbol": symbols, "probability": seen.probabilities[order],
        }  # fmt: skip
        if self._dataset is not None and self._dataset.symbols is not None:
            columns["class"] = classes_of(self._dataset, symbols)
        if seen.came is not None:
            columns["came"] = (order == seen.came).astype(np.float64)
        columns["after"] = np.full(len(order), seen.before, object)
        return PlotData(tuple(columns), tuple(columns.values()))

    def _look(self) -> None:
        dataset, symbols, snapshot = self._dataset, self._symbols, self._snapshot
        if dataset is None or symbols is None or snapshot is None:
            return
        response = snapshot.response
        at = self._row + 1 - response.first_row
        if not 0 <= at < len(response.one_step):
            self.show_next_symbols(None, "Nothing is known of this time step.")
            return
        row = self._row + 1
        if row < dataset.rows and not dataset.is_predicted[row]:
            self.show_next_symbols(None, "The sequence ends here.")
            return
        begin = int(dataset.panel.starts[dataset.panel.sequence_of(self._row)])
        before = symbols.text(symbols.codes[max(begin, row - _BEFORE) : row].tolist())
        came = int(symbols.codes[row]) if row < len(symbols) else None
        probabilities = symbols.vocabulary.probabilities(response.one_step[at])
        self.show_next_symbols(NextSymbols(symbols.vocabulary.names, probabilities, before, came))

    # -- drawing --------------------------------------------------------------------------------

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        """Draw the text before, and the bars below it."""
        coming = self.next_symbols
        if coming is None:
            painter.setPen(QColor(self.theme.muted))
            where = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(QPointF(), size), where, self._words)
            return
        metrics = painter.fontMetrics()
        painter.setPen(QColor(self.theme.ink))
        before = metrics.elidedText(f"{coming.before}▁", Qt.TextElideMode.ElideLeft, int(size.width()) - 8)
        painter.drawText(QRectF(4, 0, size.width() - 8, _ROW), Qt.AlignmentFlag.AlignVCenter, before)
        lines = self._lines(coming, int((size.height() - _ROW - 4) // _ROW))
        names = [metrics.elidedText(name, Qt.TextElideMode.ElideRight, 120) for name, _, _ in lines]
        left = 12 + max(map(metrics.horizontalAdvance, names), default=0)
        percent = metrics.horizontalAdvance("100.0 % ◀") + 8
        for place, (name, (_, share, came)) in enumerate(zip(names, lines, strict=True)):
            top = _ROW + 4 + place * _ROW
            painter.setPen(QColor(self.theme.ink))
            cell = QRectF(4, top, left - 10, _ROW)
            painter.drawText(cell, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
            room = max(10.0, size.width() - left - percent)
            painter.fillRect(QRectF(left, top + 3, room, _ROW - 6), QColor(self.theme.hover))
            painter.fillRect(
                QRectF(left, top + 3, room * share, _ROW - 6), QColor(self.theme.best if came else self.theme.one_step)
            )
            words = f"{100 * share:.1f} %{' ◀' if came else ''}"
            cell = QRectF(left + room + 6, top, percent, _ROW)
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, words)

    def _lines(self, coming: NextSymbols, room: int) -> list[tuple[str, float, bool]]:
        """Return name, probability and whether it came, of what there is room for; what came is always among them."""
        order = np.argsort(-coming.probabilities, kind="stable").tolist()
        kept = order[: max(1, room - 1)] if len(order) > room else order
        if coming.came is not None and coming.came not in kept:
            kept[-1] = coming.came
        lines = [(shown(coming.names[c]), float(coming.probabilities[c]), c == coming.came) for c in kept]
        others = len(order) - len(kept)
        if others:
            lines.append((counted(others, "other"), max(0.0, 1 - sum(share for _, share, _ in lines)), False))
        return lines
