"""NoticeBar: says a sentence over the workspace, moves nothing, and goes by itself."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from elman_gui.icons import icon
from elman_gui.notices import Ending, Notice, reading_milliseconds
from elman_gui.plain_text import PlainLabel
from elman_gui.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtGui import QEnterEvent, QKeyEvent

    from elman_gui.theme import Theme

__all__ = ["NoticeBar"]

_log = logging.getLogger(__name__)

_WIDEST = 640
_MARGIN = 8
_BORDER = 1
_KEPT = 200
_LEFT_AFTER_A_LOOK_MS = 2_000
_PLACED_AGAIN_AT = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show)


class NoticeBar(QFrame):
    """A sign, words and a button to close it, at the top of a widget that it lies over.

    A notice stays as long as it takes to read, not counting the time that the mouse or the focus is on it, and goes at
    once when it is no longer true. A later one takes the place of an ordinary one, and waits for an important one.

    Attributes
    ----------
    messages
        All that was said, the last 200.
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over.parentWidget())
        self.setObjectName("notice")
        self.messages: deque[Notice] = deque(maxlen=_KEPT)
        self._over = over
        self._shown: Notice | None = None
        self._waiting: deque[Notice] = deque()
        self._sign = QLabel()
        self.text = PlainLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setAccessibleName("Notice")
        self.button = QToolButton()
        self.button.setObjectName("flat")
        self.button.setText("Close")
        self.button.setToolTip("Close this notice; Help > Messages still has it")
        self.button.setAccessibleName("Close notice")
        self.button.clicked.connect(self._show_next)
        self.button.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._show_next)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self._sign)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        over.installEventFilter(self)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self._sign.setPixmap(icon("info", theme.accent).pixmap(QSize(16, 16)))

    # -- what is said ---------------------------------------------------------------------------

    @Slot(object)
    def show_notice(self, notice: Notice) -> None:
        """Say something."""
        self.note(notice)
        if self._shown is not None and self._shown.is_important and not notice.is_important:
            self._waiting.append(notice)
            return
        if self._shown is not None and self._shown.is_important:
            self._waiting.appendleft(self._shown)
        self._show(notice)

    def note(self, notice: Notice) -> None:
        """Keep something that was said elsewhere, to be read again."""
        self.messages.append(notice)
        if notice.is_important:
            _log.warning(notice.text)

    def end(self, ending: Ending) -> None:
        """Take away what is no longer true."""
        self._waiting = deque(notice for notice in self._waiting if ending not in notice.ends_with)
        if self._shown is not None and ending in self._shown.ends_with:
            self._show_next()

    @Slot()
    def _show_next(self) -> None:
        """Say what waits, or nothing."""
        if self._waiting:
            self._show(self._waiting.popleft())
        else:
            self._timer.stop()
            self._shown = None
            self.hide()

    def _show(self, notice: Notice) -> None:
        self._shown = notice
        self.text.setText(notice.text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(reading_milliseconds(notice))
        if self._is_looked_at:
            self._timer.stop()

    # -- as long as it is looked at -------------------------------------------------------------

    @property
    def _is_looked_at(self) -> bool:
        return self.underMouse() or self.button.hasFocus()

    def _hold(self) -> None:
        """Stay while it is looked at, and a moment longer."""
        if self._shown is None:
            return
        if self._is_looked_at:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start(_LEFT_AFTER_A_LOOK_MS)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay under the mouse."""
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Go soon."""
        super().leaveEvent(event)
        if self._shown is not None and not self.button.hasFocus():
            self._timer.start(_LEFT_AFTER_A_LOOK_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the widget below, and the focus of the button."""
        kind = event.type()
        if watched is self._over and kind in _PLACED_AGAIN_AT and self._shown is not None:
            self._place()
        elif watched is self.button and kind in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._hold()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes it, where it has the focus."""
        if event.key() == Qt.Key.Key_Escape:
            self._show_next()
        else:
            super().keyPressEvent(event)

    def _place(self) -> None:
        """Lie over the top of the widget below, in its middle, as high as the words need."""
        around = self._over.geometry()
        margins, spacing = self.layout().contentsMargins(), self.layout().spacing()
        beside = margins.left() + margins.right() + 2 * (spacing + _BORDER)
        beside += self._sign.sizeHint().width() + self.button.sizeHint().width()
        line = self.text.fontMetrics().horizontalAdvance(self.text.text()) + 8
        width = min(line + beside, _WIDEST, around.width() - 2 * _MARGIN)
        words = self.text.heightForWidth(width - beside)
        height = max(words, self.button.sizeHint().height()) + margins.top() + margins.bottom() + 2 * _BORDER
        left = around.left() + (around.width() - width) // 2
        self.setGeometry(left, around.top() + _MARGIN, width, height)
