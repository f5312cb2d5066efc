"""Timeline: the kept points of a run, to go back to any of them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSignalBlocker, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QWidget,
)

from elman_core.training.course import Course
from elman_core.training.history import History
from elman_gui.icons import icon
from elman_gui.theme import LIGHT, Theme

__all__ = ["Timeline"]

_FRAME_MILLISECONDS = 33
_PLAYED_IN_SECONDS = 6.0
"""A whole run is played back in so long, however many points it has."""


class Timeline(QFrame):
    """A slider through training: its right end is now.

    Signals
    -------
    point_chosen(object)
        The index of a kept point, or None for now.
    branch_wanted()
        The person wants to go on training from the chosen point.
    course_wanted()
        The person wants the course that was not kept.
    cancel_wanted()
        The person can do without it.
    """

    point_chosen = Signal(object)
    branch_wanted = Signal()
    course_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._theme = LIGHT
        self._epochs: list[int] = []
        self._epoch = 0
        self._at_rest = True
        self._played = 0.0
        self.play = QToolButton()
        self.play.setObjectName("flat")
        self.play.setIconSize(QSize(16, 16))
        self.play.setToolTip("Play the training back, from the chosen point or from the beginning")
        self.play.setAccessibleName("Play the training back")
        self.slider = _MarkedSlider()
        self.slider.setToolTip(
            "Go back through training: every view shows the network of that epoch. The mark is the best epoch."
        )
        self.slider.setAccessibleName("Time in training")
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.words.setMinimumWidth(self.fontMetrics().horizontalAdvance("epoch 100,000 of 100,000") + 8)
        self.branch = QPushButton("Go On from Here")
        self.branch.setToolTip("Train on from this epoch as a branch; the losses of the first run stay beside it")
        self.now = QPushButton("Now")
        self.now.setToolTip("Look at the network as it is now")
        self.missing = _MissingCourse()
        self.missing.start.clicked.connect(self.course_wanted)
        self.missing.cancel.clicked.connect(self.cancel_wanted)
        self._of_a_known_course = (self.play, self.slider, self.words, self.branch, self.now)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 12, 4)
        row.setSpacing(8)
        for widget in (*self._of_a_known_course, self.missing):
            row.addWidget(widget, 1 if widget in (self.slider, self.missing) else 0)
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MILLISECONDS)
        self._timer.timeout.connect(self._on_timeout)
        self.play.clicked.connect(self.toggle_playing)
        self.slider.valueChanged.connect(self._on_slider_moved)
        self.slider.sliderPressed.connect(self.stop_playing)
        self.branch.clicked.connect(self.branch_wanted)
        self.now.clicked.connect(self.go_to_now)
        self.show_course(Course(History()))

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self._theme = theme
        self.slider.mark_color = QColor(theme.best)
        self._show_playing()

    @Slot(object)
    def show_course(self, course: Course) -> None:
        """Show the points that are known of it, and mark the one nearest to the best epoch."""
        was_now = self.is_now
        self._epochs = [point.epoch for point in course.path.points]
        self._epoch = course.epochs
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, len(self._epochs))
            if was_now:
                self.slider.setValue(len(self._epochs))
        best = course.best_epoch
        self.slider.mark = None if best is None else course.path.nearest(best + 1)
        self.slider.update()
        self._show_place()

    @Slot(object)
    def show_missing(self, missing: object) -> None:
        """Say in place of the slider why a course is not there, and what is done about it; None where it is."""
        for widget in self._of_a_known_course:
            widget.setVisible(missing is None)
        self.missing.setVisible(missing is not None)
        if missing is not None:
            self.stop_playing()
            self.missing.show_words(missing.words, missing.share, may_be_had=missing.may_be_had)

    @Slot(object)
    def show_viewing(self, index: int | None) -> None:
        """Show which point is looked at."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(len(self._epochs) if index is None else index)
        self._show_place()

    def set_at_rest(self, at_rest: bool) -> None:
        """Allow branching only while nothing trains."""
        self._at_rest = at_rest
        self._show_place()

    @property
    def is_now(self) -> bool:
        """Whether the slider stands at its end."""
        return self.slider.value() >= len(self._epochs)

    # -- playing back ---------------------------------------------------------------------------

    @Slot()
    def toggle_playing(self) -> None:
        """Play back, or stop doing so."""
        if self._timer.isActive():
            self.stop_playing()
        elif self._epochs:
            if self.slider.value() >= len(self._epochs) - 1:
                self.slider.setValue(0)
            self._played = float(self.slider.value())
            self._timer.start()
            self._show_playing()

    @Slot()
    def stop_playing(self) -> None:
        """Stay where it is."""
        self._timer.stop()
        self._show_playing()

    @Slot()
    def go_to_now(self) -> None:
        """Look at the network as it is."""
        self.stop_playing()
        self.slider.setValue(len(self._epochs))

    @Slot()
    def _on_timeout(self) -> None:
        self._played += max(len(self._epochs) * _FRAME_MILLISECONDS / 1000 / _PLAYED_IN_SECONDS, 0.2)
        self.slider.setValue(min(int(self._played), len(self._epochs)))
        if self._played >= len(self._epochs):
            self.stop_playing()

    # -- showing --------------------------------------------------------------------------------

    @Slot()
    def _on_slider_moved(self) -> None:
        self._show_place()
        self.point_chosen.emit(None if self.is_now else self.slider.value())

    def _show_place(self) -> None:
        known = bool(self._epochs)
        self.slider.setEnabled(known)
        self.play.setEnabled(known)
        self.now.setEnabled(known and not self.is_now)
        self.branch.setEnabled(known and not self.is_now and self._at_rest)
        if self.is_now:
            self.words.setText(f"now: epoch {self._epoch:,}" if known else "no training yet")
        else:
            self.words.setText(f"epoch {self._epochs[self.slider.value()]:,} of {self._epoch:,}")

    def _show_playing(self) -> None:
        self.play.setIcon(icon("pause" if self._timer.isActive() else "play", self._theme.ink, self._theme.muted))


class _MissingCourse(QWidget):
    """Why a course is not there, how much of it there is again, and what can be done."""

    def __init__(self) -> None:
        super().__init__()
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setMinimumWidth(40)
        self.bar.setAccessibleName("Share of the course that is trained again")
        self.start = QPushButton("Show Its Course")
        self.start.setToolTip("Train this network again from its seed, alone, to have its weights along the run")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Do without the course of this network")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words)
        row.addWidget(self.bar, 1)
        row.addStretch(0)
        row.addWidget(self.start)
        row.addWidget(self.cancel)
        self.hide()

    def show_words(self, words: str, share: float | None, *, may_be_had: bool) -> None:
        """Show a sentence, and how far the training has come; None while there is none."""
        self.words.setText(words)
        self.words.setToolTip(words)
        self.words.setWordWrap(not may_be_had)
        self.bar.setVisible(share is not None)
        self.bar.setValue(round(1000 * (share or 0.0)))
        self.start.setVisible(share is None and may_be_had)
        self.cancel.setVisible(share is not None)


class _MarkedSlider(QSlider):
    """A slider with a small triangle over one of its values."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.mark: int | None = None
        self.mark_color = QColor(LIGHT.best)
        self.setPageStep(10)
        self.setMinimumHeight(24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the triangle over the slider."""
        super().paintEvent(event)
        if self.mark is None or self.maximum() <= self.minimum():
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = (
            self.style()
            .subControlRect(QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self)
            .width()
        )
        room = self.width() - handle
        x = handle / 2 + QStyle.sliderPositionFromValue(self.minimum(), self.maximum(), self.mark, room)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.mark_color)
        painter.drawPolygon([QPointF(x - 4, 0), QPointF(x + 4, 0), QPointF(x, 6)])
        painter.end()
