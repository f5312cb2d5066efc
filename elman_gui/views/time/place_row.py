"""PlaceRow: where the cursor is; with several sequences in a row of its own, from which one can be gone to."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from elman_core.data.panel import Panel
from elman_gui.plain_text import PlainLabel
from elman_gui.theme import Theme
from elman_gui.views.time.sequence_chooser import SequenceChooser
from elman_gui.views.view_card import Card

__all__ = ["PlaceRow"]


class PlaceRow(QWidget):
    """A card's readout and the chooser of a sequence. With one sequence the readout stands in the card's header."""

    def __init__(self, card: Card) -> None:
        super().__init__()
        self._card = card
        self.readout = PlainLabel()
        self.readout.setObjectName("muted")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.sequences = SequenceChooser()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self.sequences)
        card.body.insertWidget(1, self)
        card.header.insertWidget(1, self.readout, 100)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self.sequences.set_theme(theme)

    def show_panel(self, panel: Panel) -> None:
        """Offer these sequences, if there are several."""
        self.sequences.show_panel(panel)
        if panel.has_several is self.isHidden():
            if panel.has_several:
                self._row.addWidget(self.readout, 1)
            else:
                self._card.header.insertWidget(1, self.readout, 100)
            self.setVisible(panel.has_several)
