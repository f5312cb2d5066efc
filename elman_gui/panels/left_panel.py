"""LeftPanel: guide or settings, which fold away to a strip."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout

from elman_gui.icons import icon
from elman_gui.panels.tabbed_panel import TabbedPanel
from elman_gui.theme import LIGHT, Theme

__all__ = ["FoldedPanel", "LeftPanel"]

_WIDTH = 28


class LeftPanel(TabbedPanel):
    """Tabs with a button beside them that folds the panel.

    Signals
    -------
    fold_wanted()
        The person wants its room for other things.
    """

    fold_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Guide or settings")
        self.fold = _flat_button("Fold guide and settings away; the strip that stays brings them back")
        self.fold.clicked.connect(self.fold_wanted)
        self.set_corner(self.fold)
        self.setMinimumWidth(240)

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self.fold.setIcon(icon("fold", theme.muted))


class FoldedPanel(QFrame):
    """What stays of the panel: a button that unfolds it, and the names of what is in it.

    Signals
    -------
    unfold_wanted(str)
        The person wants it back, with this tab in front, or with "" the one that was.
    """

    unfold_wanted = Signal(str)

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setFixedWidth(_WIDTH)
        self.unfold = _flat_button("Unfold guide and settings")
        self.unfold.clicked.connect(lambda: self.unfold_wanted.emit(""))
        self.tabs = tuple(_UprightButton(name) for name in names)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(8)
        column.addWidget(self.unfold, 0, Qt.AlignmentFlag.AlignHCenter)
        for tab in self.tabs:
            tab.clicked.connect(partial(self._ask_for, tab))
            column.addWidget(tab, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def _ask_for(self, tab: QToolButton) -> None:
        self.unfold_wanted.emit(tab.text())

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self.unfold.setIcon(icon("unfold", theme.muted))
        for tab in self.tabs:
            tab.theme = theme
            tab.update()


class _UprightButton(QToolButton):
    """A word that reads from below."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.theme = LIGHT
        self.setObjectName("flat")
        self.setText(text)
        self.setToolTip(f"Unfold: {text}")
        self.setAccessibleName(f"Unfold: {text}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        """Be as high as the word is wide."""
        metrics = self.fontMetrics()
        return QSize(metrics.height() + 4, metrics.horizontalAdvance(self.text()) + 12)

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the word, in the accent colour where the mouse or the keyboard is."""
        painter = QPainter(self)
        painter.setPen(self.theme.accent if self.hasFocus() or self.underMouse() else self.theme.muted)
        painter.translate(0, self.height())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, self.height(), self.width()), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()


def _flat_button(tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("flat")
    button.setIconSize(QSize(16, 16))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
