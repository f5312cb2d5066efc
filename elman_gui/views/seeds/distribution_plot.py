"""DistributionPlot: how the errors of all networks are distributed, and how many of them are small enough."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QAbstractSpinBox, QHBoxLayout, QLabel

from elman_core.data.splits import Part
from elman_core.experiments.published import Published
from elman_core.studies.statistics.summaries import Success
from elman_core.support.throttle import Throttle
from elman_core.training.member_figures import MemberFigures
from elman_gui.number_boxes import DecimalBox
from elman_gui.theme import Theme
from elman_gui.views.axis import PlotAxis, round_number_above
from elman_gui.views.card import PlotCard, PlotData
from elman_gui.views.choice import Choice
from elman_gui.views.colors import blended
from elman_gui.views.legend import LegendEntry
from elman_gui.views.log_axis import LogAxis
from elman_gui.views.seeds.distribution import Histogram, histogram_of
from elman_gui.views.seeds.figure_words import FigureWords, part_name
from elman_gui.views.sentence import Sentence

__all__ = ["DistributionPlot"]

_SECONDS, _SHARE = 0.4, 0.1
_BARS = 0.45
_RIGHT_WIDTH = 44
_LARGEST = 1e30
_DIGITS = 3

Array = NDArray[np.float64]


class DistributionPlot(PlotCard):
    """Bars and the cumulated share over a logarithmic axis, with what is to be compared marked.

    The threshold is a line that can be dragged, and a field.

    Signals
    -------
    part_chosen(Part)
        The errors of this part are wanted.
    count_wanted(float)
        How many networks reach this error is to be counted.
    """

    part_chosen = Signal(object)
    count_wanted = Signal(float)

    def __init__(self) -> None:
        super().__init__(
            "Final errors",
            "How the errors of all networks are distributed: bars count networks (left), the rising line is the share "
            "of networks at or below each error (right). Marked are the network that is looked at, the median, the "
            "network chosen by its validation error, and a published result where there is one. Drag the dotted line, "
            "or type a number, to see how many networks reach it. A network is chosen by validation and reported by "
            "the test part: one that was chosen by its test error would be a lucky draw.",
            narrow=True,
        )
        self._figures: MemberFigures | None = None
        self._words = FigureWords()
        self._begun: tuple[object, ...] = ()
        self._published: tuple[Published, ...] = ()
        self._part, self._member = Part.TRAIN, 0
        self._wants: Part | None = None
        self._threshold: float | None = None
        self._is_own_threshold = False
        self._success: Success | None = None
        self._drawn: Histogram | None = None
        self._pace = Throttle(_SECONDS, _SHARE)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._draw)
        self._build()
        self._connect()

    def _build(self) -> None:
        item = self.plot.getPlotItem()
        self._shares = _ShareAxis("right")
        item.setAxisItems({"bottom": LogAxis("bottom"), "right": self._shares})
        item.getAxis("bottom").setLogMode(x=True, y=False)
        item.showAxis("right")
        self._shares.setWidth(_RIGHT_WIDTH)
        self.prepare_axes()
        self.set_axis_label("left", "networks")
        self.plot.setMouseEnabled(x=False, y=False)
        self._bars = pg.BarGraphItem(x0=[], x1=[], height=[])
        self._steps = pg.PlotCurveItem()
        self._median, self._chosen, self._known, self._own = (pg.InfiniteLine(angle=90) for _ in range(4))
        self._line = pg.InfiniteLine(angle=90, movable=True)
        for mark in (self._bars, self._steps, self._median, self._chosen, self._known, self._own, self._line):
            self.plot.addItem(mark, ignoreBounds=True)
        self.part = Choice()
        self.part.setAccessibleName("Errors of which part")
        self.part.setToolTip(
            "Which errors are shown: of training, of validation, by which networks are chosen, or of test"
        )
        self.header.insertWidget(1, self.part)
        self.threshold = DecimalBox(0.0, _LARGEST)
        self.threshold.setAccessibleName("Threshold")
        self.threshold.setToolTip("How many networks have an error of at most this")
        self.threshold.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.threshold.setMaximumWidth(120)
        label = QLabel("At most")
        label.setObjectName("muted")
        label.setBuddy(self.threshold)
        self.reached = Sentence()
        below = QHBoxLayout()
        below.setSpacing(8)
        for widget, stretch in ((label, 0), (self.threshold, 0), (self.reached, 1)):
            below.addWidget(widget, stretch)
        self.words = Sentence()
        self.words.setObjectName("muted")
        self.body.addLayout(below)
        self.body.addWidget(self.words)

    def _connect(self) -> None:
        self.part.activated.connect(self._on_part)
        self.threshold.valueChanged.connect(self._on_typed)
        self._line.sigPositionChanged.connect(self._on_dragged)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        super().set_theme(theme)
        self._paint_axis(self._shares)
        self._bars.setOpts(brush=blended(theme.card, theme.one_step, _BARS), pen=theme.card)
        self._steps.setPen(pg.mkPen(theme.muted, width=1.5))
        self._median.setPen(pg.mkPen(theme.muted, width=1.5, style=Qt.PenStyle.DashLine))
        self._own.setPen(pg.mkPen(theme.one_step, width=2.5))
        self._chosen.setPen(pg.mkPen(theme.best, width=2))
        self._known.setPen(pg.mkPen(theme.closed_loop, width=2, style=Qt.PenStyle.DashLine))
        self._line.setPen(pg.mkPen(theme.ink, width=1.5, style=Qt.PenStyle.DotLine))
        self._line.setHoverPen(pg.mkPen(theme.accent, width=3))
        self._show_legend()

    # -- what is shown --------------------------------------------------------------------------

    def show_words(self, words: FigureWords, parts: tuple[Part, ...], published: tuple[Published, ...]) -> None:
        """Begin with another ensemble: what its errors are called, of which parts there are some, what is published."""
        begun = words, parts, published
        is_same, self._begun, self._words, self._published = begun == self._begun, begun, words, published
        self._figures = self._drawn = self._success = None
        if is_same:  # the same data: what a person has chosen stays
            self._draw()
            return
        self._threshold, self._is_own_threshold = None, False
        self.part.clear()
        for part in parts:
            self.part.addItem(part_name(part), part)
        wanted = self._wants if self._wants in parts else _first_part(parts, published)
        self._part = wanted
        self.part.setCurrentIndex(self.part.findData(wanted))
        self._name_axis()
        self._draw()

    @property
    def shown_part(self) -> Part:
        """The part whose errors are shown."""
        return self._part

    def show_part(self, part: Part) -> None:
        """Show the errors of another part."""
        self._part = self._wants = part
        self._is_own_threshold, self._success = False, None
        self.part.setCurrentIndex(self.part.findData(part))
        self._name_axis()
        self._draw()

    def _name_axis(self) -> None:
        self.set_axis_label("bottom", f"{self._words.of(self._part)}, {part_name(self._part)}")

    @Slot(object)
    def show_figures(self, figures: MemberFigures) -> None:
        """Show what the networks have come to: at once where it was not done just now, else soon."""
        self._figures = figures
        if self.isVisible() and not self._later.isActive():
            if self._pace.is_due:
                self._draw()
            else:
                self._later.start(round(1000 * self._pace.seconds_left) + 1)

    def show_member(self, member: int) -> None:
        """Look at another network."""
        if member != self._member:
            self._member = member
            self._draw()

    @Slot(object)
    def show_success(self, success: Success | None) -> None:
        """Say how many networks reach the threshold; what was counted of errors that are gone is not said."""
        if self._drawn is not None:
            self._success = success
            self._write()

    def catch_up(self) -> None:
        """Draw what was not drawn while nobody saw it."""
        self._draw()

    @property
    def errors(self) -> Array | None:
        """The errors that are shown, (N,): NaN where nothing is known yet, infinite for networks that diverged."""
        return None if self._figures is None else self._figures.errors(self._part)

    # -- drawing --------------------------------------------------------------------------------

    @Slot()
    def _draw(self) -> None:
        if not self.isVisible():
            return
        with self._pace.turn():
            errors, published = self.errors, self._published_here
            marks = np.array([] if published is None else [published.value])
            self._drawn = None if errors is None else histogram_of(errors, marks)
            if self._drawn is None:
                self._bars.setOpts(x0=[], x1=[], height=[])
                self._steps.clear()
            else:
                self._draw_histogram(self._drawn)
                self._choose_threshold()
            self._draw_marks()
            self._show_legend()
            self._write()

    def _draw_histogram(self, drawn: Histogram) -> None:
        highest = 1.15 * float(drawn.counts.max(initial=1))
        top = highest if highest < 10 else float(round_number_above(int(highest)))
        self._bars.setOpts(x0=drawn.edges[:-1], x1=drawn.edges[1:], height=drawn.counts.astype(float))
        x, shares = drawn.steps
        self._steps.setData(x, shares * top)
        self._shares.top = top
        self._shares.picture = None
        height = 1.06 * top
        self.make_room(np.array([drawn.edges[0], 0.0]), np.array([drawn.edges[-1], height]), 0.02)
        self.plot.setYRange(0.0, height, padding=0)

    @property
    def _published_here(self) -> Published | None:
        return next((own for own in self._published if own.part is self._part), None)

    def _marks(self) -> list[tuple[pg.InfiniteLine, float | None, str, str, str]]:
        """Return each mark with the error where it stands, its words and sign."""
        errors, theme, figures = self.errors, self.theme, self._figures
        own = chosen = median = None
        if errors is not None and figures is not None and self._drawn is not None:
            own = float(errors[self._member]) if self._member < len(errors) else None
            median = float(10 ** np.median(self._drawn.errors))
            place = figures.chosen
            chosen = None if place is None or figures.chosen_by is self._part else float(errors[place])
        published = None if self._published_here is None else self._published_here.value
        by = "" if figures is None else part_name(figures.chosen_by)
        return [
            (self._own, own, f"network {self._member + 1:,}", theme.one_step, "line"),
            (self._median, median, "median", theme.muted, "dashes"),
            (self._chosen, chosen, f"chosen on {by}", theme.best, "line"),
            (self._known, published, "published", theme.closed_loop, "dashes"),
        ]

    def _draw_marks(self) -> None:
        for line, error, *_ in self._marks():
            line.setVisible(_is_drawn(error) and self._drawn is not None)
            if error is not None and _is_drawn(error):
                line.setValue(np.log10(error))
        threshold = self._threshold
        self._line.setVisible(self._drawn is not None and threshold is not None and threshold > 0)
        if threshold is not None and threshold > 0:
            self._line.blockSignals(True)
            self._line.setValue(np.log10(threshold))
            self._line.blockSignals(False)

    def _show_legend(self) -> None:
        entries = [
            LegendEntry(words, color, mark) for _, error, words, color, mark in self._marks() if _is_drawn(error)
        ]
        self.legend.show_entries([*entries, LegendEntry("cumulated", self.theme.muted, "line")] if entries else [])

    # -- the threshold --------------------------------------------------------------------------

    def _choose_threshold(self) -> None:
        """Begin with what is published, else with the median; what a person has chosen stays."""
        assert self._drawn is not None
        if not self._is_own_threshold:
            published = self._published_here
            error = 10 ** float(np.median(self._drawn.errors)) if published is None else published.value
            if np.isfinite(error):
                self._set_threshold(float(f"{error:.{_DIGITS}g}"))
        if self._threshold is not None:
            self.count_wanted.emit(self._threshold)

    def _set_threshold(self, error: float) -> None:
        if error != self._threshold:
            self._success = None
        self._threshold = error
        self.threshold.blockSignals(True)
        self.threshold.setValue(error)
        self.threshold.blockSignals(False)

    @Slot(float)
    def _on_typed(self, error: float) -> None:
        self._is_own_threshold = True
        self._set_threshold(error)
        self._draw_marks()
        self._write()
        self.count_wanted.emit(error)

    @Slot(object)
    def _on_dragged(self, _line: object) -> None:
        self._is_own_threshold = True
        self._set_threshold(float(f"{10 ** float(self._line.value()):.{_DIGITS}g}"))
        self._write()
        self.count_wanted.emit(self._threshold)

    @Slot(int)
    def _on_part(self, index: int) -> None:
        self.show_part(Part(self.part.itemData(index)))  # Qt makes a text of it
        self.part_chosen.emit(self._part)

    # -- words ----------------------------------------------------------------------------------

    def _write(self) -> None:
        drawn, figures, errors = self._drawn, self._figures, self.errors
        success = self._success
        if success is None or not success.runs:
            self.reached.setText("")
        else:
            self.reached.setText(
                f"{success.successes:,} of {success.runs:,} networks: {_percent(success.share)}, 95\u00a0% interval "
                f"{100 * success.low:.3g} to {_percent(success.high)}"
            )
        if drawn is None or figures is None or errors is None:
            self.words.setText(_NOTHING[self._part])
            return
        self.words.setText(" ".join(self._sentences(drawn, figures, errors)))

    def _sentences(self, drawn: Histogram, figures: MemberFigures, errors: Array) -> list[str]:
        low, middle, high = 10 ** np.quantile(np.minimum(drawn.errors, 300.0), (0.25, 0.5, 0.75))
        sentences = [
            f"Median {middle:.3g}, the middle half from {low:.3g} to {high:.3g}, best {10 ** drawn.errors[0]:.3g}."
        ]
        own = errors[self._member] if self._member < len(errors) else np.nan
        if np.isfinite(own):
            better = float((errors[~np.isnan(errors)] > own).mean())
            sentences.append(f"Network {self._member + 1:,}: {own:.3g}, smaller than {_percent(better)} of all.")
        chosen = figures.chosen
        if chosen is not None and figures.chosen_by is not self._part and np.isfinite(errors[chosen]):
            sentences.append(
                f"Chosen on {part_name(figures.chosen_by)}, network {chosen + 1:,} has {errors[chosen]:.3g}."
            )
        published = self._published_here
        if published is not None:
            sentences.append(f"Published: {published.value:.3g}, {published.words}.")
        if diverged := int(np.isinf(errors).sum()):
            sentences.append(f"{diverged:,} diverged, and count as worse than all others.")
        if drawn.beyond:
            sentences.append(f"{drawn.beyond:,} lie beyond the right edge.")
        return sentences

    def data(self) -> PlotData:
        """Return a row for each network: number, seed, and its error."""
        figures, errors = self._figures, self.errors
        if figures is None or errors is None:
            return PlotData((), ())
        order = np.argsort(errors, kind="stable")
        numbers = np.arange(1, figures.networks + 1)
        known = np.arange(1, len(order) + 1) / max(int((~np.isnan(errors)).sum()), 1)
        share = np.where(np.isnan(errors[order]), np.nan, known)
        names = ("network", "seed", f"{self._words.of(self._part)}, {part_name(self._part)}", "share at or below")
        columns = (numbers[order], figures.seeds[order], errors[order], share)
        return PlotData(names, tuple(column.astype(np.float64) for column in columns))


_NOTHING = {
    Part.TRAIN: "No network has ended an epoch.",
    Part.VALIDATION: "No network has ended an epoch.",
    Part.TEST: "The test errors of all networks are worked out beside the window.",
}


def _percent(share: float) -> str:
    """Write a share from 0 to 1, with a sign that stays beside its number."""
    return f"{100 * share:.3g}\u00a0%"


def _is_drawn(error: float | None) -> bool:
    return error is not None and np.isfinite(error) and error > 0


def _first_part(parts: tuple[Part, ...], published: tuple[Published, ...]) -> Part:
    """Return what is reported: what others have published of it, else the test part, validation or training."""
    known = [own.part for own in published if own.part in parts]
    return known[0] if known else next(part for part in reversed(list(Part)) if part in parts)


class _ShareAxis(PlotAxis):
    """Counts from 0 to 100 % where the other side counts networks."""

    top = 1.0

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the places of some even shares."""
        every = 0.25 if size >= 100 else 0.5
        count = round(1 / every)
        return [(every * self.top, [place * every * self.top for place in range(count + 1)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Write per cent."""
        return [f"{100 * value / self.top:.0f} %" for value in values]
