"""PaintedCard: a card whose picture is drawn by itself, at any size, and answers the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from elman_gui.tooltips import wrapped
from elman_gui.views.fonts import picture_font
from elman_gui.views.view_card import ViewCard

__all__ = ["PaintedCard"]


class PaintedCard(ViewCard):
    """Paints itself in `draw`; `text_at` returns the tooltip for a place, `press` and `drag` handle the mouse."""

    def __init__(self, title: str, description: str) -> None:
        super().__init__(title, description, narrow=True)
        self.canvas = _Canvas(self)
        self.canvas.setAccessibleName(title)
        self.canvas.setAccessibleDescription(description)
        self.body.addWidget(self.canvas, 1)

    @property
    def picture(self) -> QWidget:
        """The widget that shows the picture."""
        return self.canvas

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """Draw the picture into a rectangle of any size; where that is smaller than on the screen, all is smaller."""
        scale = min(1.0, target.width() / self.canvas.width(), target.height() / self.canvas.height())
        painter.save()
        painter.fillRect(target, QColor(self.theme.card))
        painter.translate(target.topLeft())
        painter.scale(scale, scale)
        painter.setFont(picture_font())
        self.draw(painter, target.size() / scale)
        painter.restore()
        self.canvas.update()  # where things stand for the mouse is known from the last drawing

    def draw(self, painter: QPainter, size: QSizeF) -> None:
        """Draw the picture in a size."""
        raise NotImplementedError

    def text_at(self, position: QPointF) -> str:
        """Return what is to be said of what stands there, or nothing."""
        return ""

    def hover(self, position: QPointF) -> None:
        """The mouse is there; no button is down."""

    def press(self, position: QPointF, button: Qt.MouseButton) -> None:
        """A button went down there."""

    def double_press(self, position: QPointF, button: Qt.MouseButton) -> None:
        """A button went down there for the second time; by default as any other time."""
        self.press(position, button)

    def drag(self, position: QPointF) -> None:
        """The mouse is there, the left button down."""

    def release(self) -> None:
        """The left button went up."""

    def wheel(self, position: QPointF, steps: float) -> None:
        """The wheel turned there, away from the person where `steps` are positive."""

    def key(self, key: int) -> bool:
        """A key was pressed; return whether it meant something here."""
        return False


class _Canvas(QWidget):
    """Hands everything to its card."""

    def __init__(self, card: PaintedCard) -> None:
        super().__init__()
        self._card = card
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw, with a frame where the keyboard is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._card.draw(painter, QSizeF(self.size()))
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Say what is under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), wrapped(self._card.text_at(QPointF(event.pos()))), self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover or drag."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._card.drag(event.position())
        else:
            self._card.hover(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press."""
        self._card.press(event.position(), event.button())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Press again."""
        self._card.double_press(event.position(), event.button())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._card.release()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn."""
        self._card.wheel(event.position(), event.angleDelta().y() / 120)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press a key."""
        if not self._card.key(event.key()):
            super().keyPressEvent(event)
