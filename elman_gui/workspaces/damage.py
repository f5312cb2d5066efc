"""DamagePage: how trained networks fail as more and more is taken from them."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from elman_gui.panels.damage_bar import DamageBar
from elman_gui.panels.damage_level_bar import DamageLevelBar
from elman_gui.views.elided_label import ElidedLabel
from elman_gui.workspaces.fitting import Fitting, TabbedViews
from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane
from elman_gui.workspaces.workspace import Workspace

__all__ = ["DamagePage"]

_LEAST = QSize(220, 200)
"""What one view needs at least, under tabs."""


class DamagePage(QWidget):
    """What is to be damaged, over one kind beside all kinds; or a sentence why there is nothing to show.

    Attributes
    ----------
    name, title
        In the layout that is remembered, and on the page's tab.
    views
        Names of the views that stand on it.
    """

    name = "damage"
    title = "Damage"
    views = ("damage_curve", "damage_kinds", "no_damage")

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace, self._places = workspace, workspace.places
        self.bar = DamageBar()
        self.words = ElidedLabel()
        self.words.setObjectName("muted")
        self.words.setContentsMargins(4, 0, 4, 0)
        self.words.hide()
        self.level = DamageLevelBar()
        self.level.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.bar)
        column.addWidget(self.words)
        arrangement = Fitting(self._places, _LEAST, self._beside, self._tabs)
        column.addWidget(workspace.instead_of("damage_curve", arrangement, "no_damage"), 1)
        column.addWidget(self.level)

    def show_words(self, words: str) -> None:
        """Say of which networks the curves are."""
        self.words.setText(words)
        self.words.setVisible(bool(words))

    def _beside(self) -> QWidget:
        return self._workspace.columns(
            "damage",
            Pane(ViewSlot(self._places, "damage_curve"), 700),
            Pane(ViewSlot(self._places, "damage_kinds"), 560),
        )

    def _tabs(self) -> QWidget:
        tabs = TabbedViews(self._places, "damage_tabs", "Damage", self._workspace.front)
        tabs.add_views("One kind", ViewSlot(self._places, "damage_curve"), "damage_curve")
        tabs.add_views("All kinds", ViewSlot(self._places, "damage_kinds"), "damage_kinds")
        return tabs
