"""PositionPlot: the error by place in the group or in a cycle, or along the paper's sentence (figs. 3 and 6)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontDatabase, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox

from elman_core.analysis.symbol_errors import (
    LEAST_CASES,
    PlaceErrors,
    SentenceErrors,
    SymbolErrors,
    has_sentence,
)
from elman_core.data.dataset import SequenceDataset
from elman_core.support.text_format import counted
from elman_gui.number_boxes import WholeNumberBox
from elman_gui.theme import Theme
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.fonts import picture_font

if TYPE_CHECKING:
    from elman_core.analysis.types import Inspection

__all__ = ["PositionPlot", "Way"]

_CYCLE = 3
_MOST_CYCLE = 50
_LEAST_HEIGHT = 0.05
_MOST_HEIGHT = 1e9
_PIXELS_A_NUMBER, _LINE_OF_WORDS = 18, 20
_SMALLEST_LETTER, _LARGEST_LETTER = 8, 13
_LETTER_WIDTH = 0.6
"""Of a letter of even width, as a share of its height."""


class Way(Enum):
    """What stands under the bars."""

    GROUP = "group"
    CYCLE = "cycle"
    SENTENCE = "sentence"


class PositionPlot(PlotCard):
    """A bar a place, or a letter; the mouse, or Left and Right, tell of one bar.

    Signals
    -------
    cycle_changed(int)
        A cycle of another length is wanted.
    """

    cycle_changed = Signal(int)

    def __init__(self) -> None:
        super().__init__(
            "Error by place",
            "The error (RMSE of the outputs) at each place: of all first symbols of a group, all second ones, and so "
            "on. Groups are what the stream is made of, or cycles of a length of your choice. Point at a bar, or press "
            "Left and Right, for its number and how many cases it is of. The line is the error over all. In the "
            "experiment words there is also the sentence of the paper's figure 6, which the network reads as it is "
            "now, from its initial context; its first letter is predicted from its last one.",
        )
        self._errors: SymbolErrors | None = None
        self._places: PlaceErrors | None = None
        self._chosen: int | None = None
        self._labels: list[str] = []
        self._half = False  # whether who always says one half is always wrong by one half
        self._bars = pg.BarGraphItem(x=[], height=[], width=0.7)
        self._firsts = pg.BarGraphItem(x=[], height=[], width=0.7)
        self._whole = pg.InfiniteLine(angle=0, movable=False)
        self._says_half = pg.InfiniteLine(0.5, angle=0, movable=False)
        self._signs = pg.TextItem("", anchor=(1, 0))
        self._words = pg.TextItem("")
        self._words.setZValue(60)
        for item in (self._bars, self._firsts):
            self.plot.addItem(item)
        for words in (self._signs, self._words):
            words.setFont(picture_font())
        for extra in (self._whole, self._says_half, self._signs, self._words):
            self.plot.addItem(extra, ignoreBounds=True)
        self.plot.getPlotItem().getViewBox().disableAutoRange()
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.getPlotItem().getAxis("bottom").setStyle(tickLength=0, hideOverlappingLabels=False)
        self.set_axis_label("left", "RMSE")
        self._add_controls()
        self.plot.scene().sigMouseMoved.connect(self._follow_mouse)
        self.plot.keyPressEvent = self._press_key  # type: ignore[method-assign]

    def _add_controls(self) -> None:
        self.way, self.length = QComboBox(), WholeNumberBox(2, _MOST_CYCLE)
        self.way.setAccessibleName("What stands under the bars")
        self.way.setToolTip("What stands under the bars: places in the groups of the stream, or in a cycle")
        self.length.setValue(_CYCLE)
        self.length.setAccessibleName("Length of the cycle")
        self.length.setToolTip(f"How many symbols the cycle has, from 2 to {_MOST_CYCLE}; it begins with the stream")
        self.length.setFixedWidth(56)
        self.legend.hide()  # the header has no room for it; the signs stand in the plot
        for control in (self.way, self.length):
            self.add_control(control)
        self.way.currentIndexChanged.connect(self._change_way)
        self.length.valueChanged.connect(self.cycle_changed)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self.plot.getPlotItem().showGrid(x=False, y=True, alpha=0.3)
        self._bars.setOpts(brush=theme.one_step, pen=None)
        self._firsts.setOpts(brush=theme.closed_loop, pen=None)
        for line, color, style in (
            (self._whole, theme.ink, Qt.PenStyle.SolidLine),
            (self._says_half, theme.muted, Qt.PenStyle.DashLine),
        ):
            line.setPen(pg.mkPen(color, width=1.5, style=style))
        self._signs.setColor(theme.muted)
        self._words.setColor(theme.ink)
        self._words.fill = pg.mkBrush(theme.hover)
        self._words.border = pg.mkPen(theme.line)

    def show_dataset(self, dataset: SequenceDataset) -> None:
        """Wait for another network's errors."""
        self._errors = None
        symbols = dataset.symbols
        if symbols is None:
            return
        ways = [("cycle", Way.CYCLE)]
        if symbols.position is not None:
            ways.insert(0, (f"in the {symbols.group}", Way.GROUP))
        if has_sentence(dataset):
            ways.append(("paper's sentence", Way.SENTENCE))
        self._half = symbols.vocabulary.vectors.shape[1] == 1 and bool(
            np.isin(symbols.vocabulary.vectors, (0, 1)).all()
        )
        before = self.way.currentData()
        self.way.blockSignals(True)
        self.way.clear()
        for text, way in ways:
            self.way.addItem(text, way)
        self.way.setCurrentIndex(max(0, self.way.findData(before)))
        self.way.blockSignals(False)
        self._change_way()

    @Slot(object)
    def show_inside(self, inside: Inspection) -> None:
        """Show these errors, if they were looked at."""
        if inside.errors is not None:
            self._errors = inside.errors
            self._draw()

    def data(self) -> PlotData:
        """Return place, errors and cases, or letters with Unicode numbers, whether they are first, and errors."""
        sentence = self._sentence
        if sentence is not None:
            letters = np.array([ord(letter) for letter in sentence.letters], np.float64)
            places = np.arange(1, len(letters) + 1, dtype=np.float64)
            names = ("place", "letter_code", "first_of_word", "rmse", "letter")
            written = np.array(list(sentence.letters), object)
            return PlotData(names, (places, letters, sentence.first.astype(np.float64), sentence.errors, written))
        if self._places is None:
            return PlotData((), ())
        seen = self._places
        columns = (seen.places + 1.0, seen.rmse, seen.mean, seen.counts.astype(np.float64))
        return PlotData(("place", "rmse", "mean_error", "cases"), columns)

    @property
    def text(self) -> str:
        """The text for the bar pointed at; empty where there is none."""
        return self._words.toPlainText() if self._words.isVisible() else ""

    @property
    def _sentence(self) -> SentenceErrors | None:
        wanted = self.way.currentData() is Way.SENTENCE and self._errors is not None
        return self._errors.sentence if wanted and self._errors is not None else None

    # -- drawing --------------------------------------------------------------------------------

    @Slot()
    def _change_way(self) -> None:
        self.length.setVisible(self.way.currentData() is Way.CYCLE)
        self._chosen = None
        self._draw()

    def _draw(self) -> None:
        seen, sentence = self._errors, self._sentence
        self._places = None
        if seen is None:
            self._show_bars([], np.empty(0), np.empty(0, np.bool_), np.nan, "looking…")
        elif sentence is not None:
            labels = [
                letter.upper() if first else letter
                for letter, first in zip(sentence.letters, sentence.first.tolist(), strict=True)
            ]
            with np.errstate(over="ignore", invalid="ignore"):
                whole = float(np.sqrt(np.square(sentence.errors).mean()))
            axis = "letters of the sentence; a capital begins a word"
            self._show_bars(labels, sentence.errors, sentence.first, whole, axis)
        else:
            by_group = seen.by_group if self.way.currentData() is Way.GROUP else None
            self._places = by_group or seen.by_cycle
            places = self._places.places
            labels = [f"{place + 1}" for place in places.tolist()]
            if self._places.and_later is not None:
                labels[-1] += "+"
            none = np.zeros(len(places), np.bool_)
            self._show_bars(labels, self._places.rmse, none, self._places.whole, self._axis_text(seen))

    def _axis_text(self, seen: SymbolErrors) -> str:
        assert self._places is not None
        if not len(self._places.places):
            return f"fewer than {LEAST_CASES} cases at every place"
        text = (
            f"place in the {seen.group}"
            if self.way.currentData() is Way.GROUP
            else f"place in the cycle of {seen.cycle}"
        )
        left_out = self._places.left_out
        return text if not left_out else f"{text}; {left_out} of rare places left out"

    def _show_bars(
        self, labels: list[str], heights: NDArray[np.float64], first: NDArray[np.bool_], whole: float, axis: str
    ) -> None:
        x = np.arange(1, len(heights) + 1)
        shown = np.nan_to_num(np.minimum(heights, _MOST_HEIGHT))
        self._bars.setOpts(x=x[~first], height=shown[~first])
        self._firsts.setOpts(x=x[first], height=shown[first])
        self._whole.setVisible(bool(np.isfinite(whole)))
        self._whole.setValue(min(float(np.nan_to_num(whole)), _MOST_HEIGHT))
        self._says_half.setVisible(self._half and len(heights) > 0)
        self.set_axis_label("bottom", axis)
        if labels != self._labels:
            self._labels = labels
            self.plot.setXRange(0.4, len(labels) + 0.6, padding=0)
            self._write_labels()
        self._make_height(max(_LEAST_HEIGHT, float(shown.max(initial=0.0)), 0.5 * self._half))
        self._write_signs(whole)
        self._tell()

    def _make_height(self, highest: float) -> None:
        """Show up to the highest bar, and a line of words over it; an axis at rest is easier to read."""
        box = self.plot.getPlotItem().getViewBox()
        room = max(box.height(), 2 * _LINE_OF_WORDS)
        wanted = highest * room / (room - _LINE_OF_WORDS)
        bottom, top = box.viewRange()[1]
        if bottom != 0 or not 0.7 * top <= wanted <= top:
            self.plot.setYRange(0, 1.05 * wanted, padding=0)

    def _write_signs(self, whole: float) -> None:
        """Write over the bars what the lines are."""
        right, top = (limits[1] for limits in self.plot.getPlotItem().getViewBox().viewRange())
        half = "╌╌ always one half: 0.5   " if self._says_half.isVisible() else ""
        self._signs.setText(f"{half}── all: {whole:.3g}" if self._whole.isVisible() else half)
        self._signs.setPos(right, top)

    def _write_labels(self) -> None:
        """Write as many labels as there is room for: every letter, but not every number."""
        axis = self.plot.getPlotItem().getAxis("bottom")
        room = self.plot.getPlotItem().getViewBox().width() / max(1, len(self._labels))
        every, font = 1, QFont()
        if self._sentence is not None:
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            font.setPixelSize(int(np.clip(room / _LETTER_WIDTH, _SMALLEST_LETTER, _LARGEST_LETTER)))
        else:
            font.setPixelSize(12)
            every = int(np.ceil(_PIXELS_A_NUMBER / max(room, 1)))
        axis.setTickFont(font)
        axis.setTicks([[(place, text) for place, text in enumerate(self._labels, start=1)][::every]])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write words that fit."""
        super().resizeEvent(event)
        self._write_labels()
        self._draw()

    # -- the bar pointed at ---------------------------------------------------------------------

    def _tell(self) -> None:
        """Write what the bar is that is pointed at, over it."""
        index, count = self._chosen, len(self._labels)
        self._words.setVisible(index is not None and index < count)
        if index is None or index >= count:
            return
        if (sentence := self._sentence) is not None:
            height = float(sentence.errors[index])
            text = f"{sentence.letters[index]}, {'first' if sentence.first[index] else 'not first'}: {height:.3f}"
        else:
            assert self._places is not None
            height = float(self._places.rmse[index])
            text = f"{height:.3f}; {counted(int(self._places.counts[index]), 'case')}"
        self._words.setText(text)
        self._words.setAnchor(((index + 0.5) / count, 1))
        self._words.setPos(index + 1, float(np.nan_to_num(min(height, _MOST_HEIGHT))))

    @Slot(object)
    def _follow_mouse(self, scene_position: QPointF) -> None:
        box = self.plot.getPlotItem().getViewBox()
        inside = box.sceneBoundingRect().contains(scene_position)
        self._choose(round(box.mapSceneToView(scene_position).x()) - 1 if inside else None)

    def _press_key(self, event: QKeyEvent) -> None:
        before, last = self._chosen, len(self._labels) - 1
        moves = {
            Qt.Key.Key_Left: last if before is None else before - 1,
            Qt.Key.Key_Right: 0 if before is None else before + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if event.key() in moves:
            self._choose(moves[Qt.Key(event.key())])
        else:
            pg.PlotWidget.keyPressEvent(self.plot, event)

    def _choose(self, index: int | None) -> None:
        known = index is not None and bool(self._labels)
        self._chosen = min(max(index, 0), len(self._labels) - 1) if known and index is not None else None
        self._tell()
