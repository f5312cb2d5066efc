"""FieldProblem: one sentence under a field, for a while, about what was typed there and not taken."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

__all__ = ["FieldProblem", "show_field_problem"]

_SHOWN_MS = 10_000
_WIDEST = 320
_GAP = 4


class FieldProblem(QLabel):
    """Lies over the window, stops nothing, and goes by itself or at a click; each window has one at most."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("fieldProblem")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._gone = QTimer(self)
        self._gone.setSingleShot(True)
        self._gone.setInterval(_SHOWN_MS)
        self._gone.timeout.connect(self.hide)
        window.installEventFilter(self)

    def show_beside(self, field: QWidget, text: str) -> None:
        """Say a sentence under a field, or above it where there is no room."""
        window = self.parentWidget()
        assert window is not None
        self.setText(text)
        self.ensurePolished()  # its height depends on the style sheet's padding
        width = min(_WIDEST, window.width() - 2 * _GAP)
        self.resize(width, self.heightForWidth(width))
        corner = field.mapTo(window, QPoint(0, field.height() + _GAP))
        if corner.y() + self.height() > window.height():
            corner.setY(field.mapTo(window, QPoint(0, 0)).y() - self.height() - _GAP)
        # The field may be scrolled out of sight; the sentence is not.
        corner.setX(max(_GAP, min(corner.x(), window.width() - width - _GAP)))
        corner.setY(max(_GAP, min(corner.y(), window.height() - self.height() - _GAP)))
        self.move(corner)
        self.show()
        self.raise_()
        self._gone.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go when the window has another size, in which the field stands elsewhere."""
        if event.type() == QEvent.Type.Resize:
            self.hide()
        return False

    def hideEvent(self, event: object) -> None:
        """Have nothing left to wait for."""
        self._gone.stop()

    def mousePressEvent(self, event: object) -> None:
        """Go at a click."""
        self.hide()


def show_field_problem(field: QWidget, text: str) -> None:
    """Say under a field why what was typed there is not taken."""
    window = field.window()
    found = window.findChild(FieldProblem, options=Qt.FindChildOption.FindDirectChildrenOnly)
    (found or FieldProblem(window)).show_beside(field, text)
