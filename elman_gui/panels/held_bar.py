"""HeldBar: which units are held, and a button that lets them go."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from elman_core.analysis.types import Clamps
from elman_core.analysis.units import UnitNames, unit_name
from elman_gui.views.elided_label import ElidedLabel

__all__ = ["HeldBar"]

_MOST_WIDTH = 460
"""It stands beside the timeline, which is more important."""


class HeldBar(QFrame):
    """Which units are held, and a button that lets them go."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.words = ElidedLabel()
        self.words.setAccessibleName("Units held")
        self.button = QPushButton("Let Go")
        self.button.setToolTip("Hold no unit any more")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self.setMaximumWidth(_MOST_WIDTH)
        self.hide()

    def show_clamps(self, clamps: Clamps, names: UnitNames) -> None:
        """Name the units that are held."""
        self.setVisible(bool(clamps))
        lesioned = [unit_name(unit, names) for unit, value in clamps.values.items() if value == 0]
        fixed = [f"{unit_name(unit, names)} at {value:g}" for unit, value in clamps.values.items() if value != 0]
        words = []
        if lesioned:
            words.append(f"Lesioned: {_listed(lesioned)}.")
        if fixed:
            words.append(f"Held: {_listed(fixed)}.")
        self.words.setText(f"{' '.join(words)} Shown only: training uses the whole network.")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
