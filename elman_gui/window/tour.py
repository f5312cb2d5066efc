"""Tour: three steps through the window, each beside what it tells of."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from elman_gui.theme import LIGHT, Theme

__all__ = ["Stop", "Tour", "stops"]

_WIDTH = 320
_GAP = 12


@dataclass(frozen=True)
class Stop:
    """A text, and the widget it explains."""

    title: str
    text: str
    widget: QWidget


def stops(train: QWidget, plots: QWidget, inside: QWidget) -> tuple[Stop, ...]:
    """Return the three steps."""
    return (
        Stop(
            "Train",
            "A network with random weights is ready to learn a sine wave. Train starts and pauses it, and the slider "
            "beside it says how fast. Step advances by one time step or one epoch.",
            train,
        ),
        Stop(
            "Watch",
            "Target, prediction and free run, the context units on the same time axis, and the loss. Point anywhere: "
            "one time cursor runs through all views. The slider below goes back through training.",
            plots,
        ),
        Stop(
            "Look inside",
            "Units, weights, states and what they do. Click to choose, right-click to lesion a unit or cut a "
            "connection; Edit > Undo takes it back. The guide at the left leads through all of it.",
            inside,
        ),
    )


class Tour(QWidget):
    """Lies over the window, dims it but for one widget, and tells of that.

    Signals
    -------
    ended()
        It was gone through or skipped.
    """

    ended = Signal()

    def __init__(self, stops: tuple[Stop, ...], window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._stops = stops
        self._theme = LIGHT
        self.step = 0
        self.card = QFrame(self)
        self.card.setObjectName("card")
        self.card.setFixedWidth(_WIDTH)
        self._title, self._text, self._place = QLabel(), QLabel(), QLabel()
        self._title.setObjectName("cardTitle")
        self._text.setWordWrap(True)
        self._place.setObjectName("muted")
        self.skip, self.next = QPushButton("Skip"), QPushButton("Next")
        self.next.setObjectName("primary")
        row = QHBoxLayout()
        row.addWidget(self._place, 1)
        row.addWidget(self.skip)
        row.addWidget(self.next)
        column = QVBoxLayout(self.card)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addLayout(row)
        self.skip.clicked.connect(self.end)
        self.next.clicked.connect(self._go_on)
        self.hide()

    def begin(self, theme: Theme) -> None:
        """Tell of the first stop."""
        self._theme = theme
        self.step = 0
        self._show_stop()

    @Slot()
    def end(self) -> None:
        """Go away."""
        if self.isVisible():
            self.close()
            self.ended.emit()

    @Slot()
    def _go_on(self) -> None:
        self.step += 1
        if self.step == len(self._stops):
            self.end()
        else:
            self._show_stop()

    def _show_stop(self) -> None:
        stop = self._stops[self.step]
        self.setGeometry(self.parentWidget().rect())
        self._title.setText(stop.title)
        self._text.setText(stop.text)
        self._place.setText(f"{self.step + 1} of {len(self._stops)}")
        self.next.setText("Done" if self.step + 1 == len(self._stops) else "Next")
        self.card.adjustSize()
        self.card.move(self._place_beside(self._hole()))
        self.show()
        self.raise_()
        self.next.setFocus()
        self.update()

    def _hole(self) -> QRect:
        widget = self._stops[self.step].widget
        if not widget.isVisible():
            return QRect(self.rect().center(), self.rect().center())
        corner = widget.mapTo(self.parentWidget(), QPoint(0, 0))
        return QRect(corner, widget.size()).adjusted(-4, -4, 4, 4)

    def _place_beside(self, hole: QRect) -> QPoint:
        """Below, above, right or left of the widget, wherever there is room."""
        size = self.card.size()
        for corner in (
            QPoint(hole.left(), hole.bottom() + _GAP),
            QPoint(hole.left(), hole.top() - _GAP - size.height()),
            QPoint(hole.right() + _GAP, hole.top()),
            QPoint(hole.left() - _GAP - size.width(), hole.top()),
        ):
            if self.rect().contains(QRect(corner, size)):
                return corner
        x = min(max(hole.left(), _GAP), self.width() - size.width() - _GAP)
        return QPoint(x, max(_GAP, (self.height() - size.height()) // 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim the window but for the widget."""
        painter = QPainter(self)
        hole = self._hole()
        shade = QColor(0, 0, 0, 110)
        painter.setClipRegion(event.region().subtracted(hole))
        painter.fillRect(self.rect(), shade)
        painter.setClipping(False)
        painter.setPen(QPen(QColor(self._theme.accent), 2))
        painter.drawRoundedRect(hole, 8, 8)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape skips the tour, Return goes on."""
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go_on()
        else:
            super().keyPressEvent(event)
