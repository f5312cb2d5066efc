"""DamageLevelBar: what the level that is marked means, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from elman_gui.tooltips import wrapped
from elman_gui.views.elided_label import ElidedLabel

__all__ = ["DamageLevelBar"]

_HOLD = (
    "Hold the units that this damage takes in the network that is looked at: all views show it so. Let All Units Go, "
    "in Edit, ends it."
)
_NO_HOLD = "This damage is done to weights or changes at each step, so that holding units cannot do it."
_SCORE = (
    "Let each network be scored as in Elman (1990) at this level, on a fresh stream; it takes up to seconds for each."
)


class DamageLevelBar(QWidget):
    """A sentence and two buttons.

    Signals
    -------
    hold_wanted(), score_wanted()
    """

    hold_wanted = Signal()
    score_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.words.setAccessibleName("The level that is marked")
        self.hold, self.score = QPushButton("Hold These Units"), QPushButton("Scorecards")
        self.score.setToolTip(wrapped(_SCORE))
        for button, wanted in ((self.hold, self.hold_wanted), (self.score, self.score_wanted)):
            button.setObjectName("small")
            button.setAutoDefault(False)
            button.clicked.connect(wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self.hold)
        row.addWidget(self.score)
        self.show_level("", can_hold=False, can_score=False, has_scorecard=False)

    def show_level(self, words: str, *, can_hold: bool, can_score: bool, has_scorecard: bool) -> None:
        """Say what is marked, and offer what can be done there."""
        self.words.setText(words or "Click on a level, or use the arrow keys, to mark it.")
        self.hold.setEnabled(can_hold)
        self.hold.setToolTip(wrapped(_HOLD if can_hold or not words else _NO_HOLD))
        self.score.setVisible(has_scorecard)
        self.score.setEnabled(can_score)
