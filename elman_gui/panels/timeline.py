"""Timeline: the kept points of a run, to go back to any of them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
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
from elman_gui.tooltips import wrapped

__all__ = ["Timeline"]

_FRAME_MILLISECONDS = 33
_MARK_HEIGHT = 6.0
_PLAYED_IN_SECONDS = 6.0
"""A whole run is played back in so long, however many points it has."""


class Timeline(QFrame):
    """A slider through training. Now is its right end, or the point whose weights the network has.

    Signals
    -------
    point_chosen(object)
        The index of a kept point, or None for now.
    branch_wanted()
        The person wants to go on training from the chosen point.
    best_wanted()
        The network is to have the weights of its best epoch.
    course_wanted()
        The person wants the course that was not kept.
    cancel_wanted()
        The person can do without it.
    """

    point_chosen = Signal(object)
    branch_wanted = Signal()
    best_wanted = Signal()
    course_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self._theme = LIGHT
        self._epochs: list[int] = []
        self._now = 0
        self._now_words, self._now_tip, self._last_epoch = "", "", 0
        self._best: int | None = None
        self._best_to_use: int | None = None
        self._at_rest = True
        self._played = 0.0
        self.play = QToolButton()
        self.play.setObjectName("flat")
        self.play.setIconSize(QSize(16, 16))
        self.play.setToolTip("Play the training back, from the chosen point or from the beginning")
        self.play.setAccessibleName("Play the training back")
        self.slider = _MarkedSlider()
        self.slider.setToolTip(
            "Go back through training: every view shows the network of that epoch. The mark is the best epoch; a click "
            "on it goes there."
        )
        self.slider.setAccessibleName("Time in training")
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.words.setMinimumWidth(self.fontMetrics().horizontalAdvance("epoch 100,000 of 100,000") + 8)
        self.branch = QPushButton("Continue from Here")
        self.branch.setToolTip("Continue from this epoch as a branch; the losses of the first run stay beside it")
        self.use_best = QPushButton("Use Best Epoch")
        self.now = QPushButton("Now")
        self.now.setToolTip("Look at the network as it is now")
        self.missing = _MissingCourse()
        self.missing.start.clicked.connect(self.course_wanted)
        self.missing.cancel.clicked.connect(self.cancel_wanted)
        buttons = QWidget()
        beside = QHBoxLayout(buttons)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(8)
        for button in (self.use_best, self.branch, self.now):
            beside.addWidget(button)
        # Of one width with either set of buttons: the slider keeps its place under the mouse.
        buttons.setMinimumWidth(self.branch.sizeHint().width() + 8 + self.now.sizeHint().width())
        self._of_a_known_course = (self.play, self.slider, self.words, buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 12, 4)
        row.setSpacing(8)
        for widget in (self.play, self.slider, self.words, buttons, self.missing):
            row.addWidget(widget, 1 if widget in (self.slider, self.missing) else 0)
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MILLISECONDS)
        self._timer.timeout.connect(self._on_timeout)
        self.play.clicked.connect(self.toggle_playing)
        self.slider.valueChanged.connect(self._on_slider_moved)
        self.slider.sliderPressed.connect(self.stop_playing)
        self.slider.mark_clicked.connect(self.go_to_best)
        self.branch.clicked.connect(self.branch_wanted)
        self.use_best.clicked.connect(self.best_wanted)
        self.now.clicked.connect(self.go_to_now)
        self.show_course(Course(History()))

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self._theme = theme
        self.slider.mark_color = QColor(theme.best)
        self._show_playing()

    def show_course(self, course: Course, now: int | None = None, best_to_use: int | None = None) -> None:
        """Show the points that are known of it, and mark the best epoch.

        `now` is the point whose weights the network has, if one has; `best_to_use` the epoch that it could be given.
        """
        was_now = self.is_now
        self._epochs = [point.epoch for point in course.path.points]
        self._now = len(self._epochs) if now is None else now
        self._last_epoch, self._now_words = course.epochs, f"epoch {course.weights_epoch:,}"
        if course.is_back_at_best:
            self._now_words += " (best)"
        self._now_tip = course.epoch_words()
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(len(self._epochs) - 1, self._now))
            if was_now:
                self.slider.setValue(self._now)
        best = course.best_epoch
        self._best = None if best is None else course.path.nearest(best + 1)
        self.slider.mark = None if best is None else course.path.place(best + 1)
        self.slider.update()
        self._best_to_use = best_to_use
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
            self.slider.setValue(self._now if index is None else index)
        self._show_place()

    def set_at_rest(self, at_rest: bool) -> None:
        """Allow branching only while nothing trains."""
        self._at_rest = at_rest
        self._show_place()

    @property
    def is_now(self) -> bool:
        """Whether the slider stands at the network as it is."""
        return self.slider.value() == self._now

    # -- playing back ---------------------------------------------------------------------------

    @Slot()
    def toggle_playing(self) -> None:
        """Play back, or stop doing so."""
        if self._timer.isActive():
            self.stop_playing()
        elif self._epochs:
            if self.slider.value() >= self.slider.maximum():
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
        self.slider.setValue(self._now)

    @Slot()
    def go_to_best(self) -> None:
        """Look at the network as it was after its best epoch, or after the one of the kept epochs nearest to it."""
        if self._best is not None:
            self.stop_playing()
            self.slider.setValue(self._best)

    @Slot()
    def _on_timeout(self) -> None:
        self._played += max(len(self._epochs) * _FRAME_MILLISECONDS / 1000 / _PLAYED_IN_SECONDS, 0.2)
        self.slider.setValue(min(int(self._played), self.slider.maximum()))
        if self._played >= self.slider.maximum():
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
            self.words.setText(f"now: {self._now_words}" if known else "no training yet")
        else:
            self.words.setText(f"epoch {self._epochs[self.slider.value()]:,} of {self._last_epoch:,}")
        self.words.setToolTip(wrapped(self._now_tip) if known and self.is_now else "")
        best = self._best_to_use
        offers_best = best is not None and self._at_rest and self.is_now
        self.use_best.setVisible(offers_best)
        for button in (self.branch, self.now):  # of no use now
            button.setVisible(not offers_best)
        if best is not None:
            tip = f"Give the network the weights of epoch {best:,}; Edit > Undo takes it back"
            self.use_best.setToolTip(wrapped(tip))

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
        self.words.setToolTip(wrapped(words))
        self.words.setWordWrap(not may_be_had)
        self.bar.setVisible(share is not None)
        self.bar.setValue(round(1000 * (share or 0.0)))
        self.start.setVisible(share is None and may_be_had)
        self.cancel.setVisible(share is not None)


class _MarkedSlider(QSlider):
    """A slider with a small triangle over one of its values, or between two of them.

    Signals
    -------
    mark_clicked()
    """

    mark_clicked = Signal()

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.mark: float | None = None
        self.mark_color = QColor(LIGHT.best)
        self.setPageStep(10)
        self.setMinimumHeight(24)
        self.setMouseTracking(True)

    def mark_place(self) -> QPointF | None:
        """The tip of the triangle: over the middle that the handle would have there."""
        if self.mark is None or self.maximum() <= self.minimum():
            return None
        first, last = (self._handle_at(value) for value in (self.minimum(), self.maximum()))
        share = (self.mark - self.minimum()) / (self.maximum() - self.minimum())
        return QPointF(first + share * (last - first), _MARK_HEIGHT)

    def _handle_at(self, value: int) -> float:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        option.sliderPosition = value
        control, handle = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
        return QRectF(self.style().subControlRect(control, option, handle, self)).center().x()

    def _is_on_mark(self, position: QPointF) -> bool:
        place = self.mark_place()
        return (
            place is not None
            and self.isEnabled()
            and abs(position.x() - place.x()) <= _MARK_HEIGHT
            and position.y() <= _MARK_HEIGHT + 1
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell of a click on the triangle; any other moves the slider."""
        if event.button() is Qt.MouseButton.LeftButton and self._is_on_mark(event.position()):
            event.accept()
            self.mark_clicked.emit()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show that the triangle can be clicked."""
        super().mouseMoveEvent(event)
        can_be_clicked = self._is_on_mark(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if can_be_clicked else Qt.CursorShape.ArrowCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the triangle over the slider."""
        super().paintEvent(event)
        place = self.mark_place()
        if place is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.mark_color)
        painter.drawPolygon([QPointF(place.x() - 4, 0), QPointF(place.x() + 4, 0), place])
        painter.end()
