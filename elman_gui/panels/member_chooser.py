"""MemberChooser: which network of an ensemble is looked at, and whether it and others have ended."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from elman_core.training.stopping import MemberEnd
from elman_gui.controllers.run_progress import RunProgress
from elman_gui.number_boxes import WholeNumberBox
from elman_gui.tooltips import wrapped

__all__ = ["MemberChooser"]


class MemberChooser(QWidget):
    """A number to choose a network by, from 1; not to be seen where there is one network only.

    Signals
    -------
    chosen(int)
        The person wants to look at another network, counted from 0.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._progress: RunProgress | None = None
        self._is_narrow = False
        label = QLabel("network")
        self.number = WholeNumberBox(1, 1)
        self.number.setAccessibleName("Network that is looked at")
        self.number.setToolTip("Which of the networks every view shows; the arrow keys go from one to the next")
        label.setBuddy(self.number)
        self.words = QLabel()
        self.words.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(4)
        for widget in (label, self.number, self.words):
            row.addWidget(widget)
        self.number.valueChanged.connect(self._on_number)

    def show_networks(self, networks: int, member: int) -> None:
        """Offer so many networks."""
        with QSignalBlocker(self.number):
            self.number.setRange(1, networks)
            self.number.setSuffix(f" of {networks:,}")
            self.number.setValue(member + 1)
        self.setVisible(networks > 1)

    def show_progress(self, progress: RunProgress) -> None:
        """Say whether the network has ended, and how many have."""
        self._progress = progress
        self._show_words()

    def set_narrow(self, is_narrow: bool) -> None:
        """Say the same with fewer words."""
        self._is_narrow = is_narrow
        self._show_words()

    def _show_words(self) -> None:
        progress = self._progress
        if progress is None:
            return
        have = "has" if progress.ended == 1 else "have"
        networks = "" if self._is_narrow else "networks "
        ended = f"{progress.ended:,} of {progress.networks:,} {networks}{have} ended" if progress.ended else ""
        self.words.setText(", ".join(filter(None, (progress.end.words, ended))))
        number = f"Network {progress.member + 1:,}"
        own = f"{number} {progress.end.words} at epoch {progress.end_epoch:,}; its weights are those of epoch "
        own += f"{progress.weights_epoch:,}."
        self.words.setToolTip(wrapped(f"{number} learns." if progress.end is MemberEnd.NOT_YET else own))

    @Slot(int)
    def _on_number(self, number: int) -> None:
        self.chosen.emit(number - 1)
