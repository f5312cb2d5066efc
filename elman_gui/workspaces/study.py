"""StudyPage: many settings, each from the same seeds, compared with statistics."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from elman_gui.workspaces.message_card import MessageCard
from elman_gui.workspaces.workspace import Workspace

__all__ = ["StudyPage"]

_NOTHING_YET = (
    "A study trains networks with many settings, each from the same seeds, and compares them. There is none yet."
)


class StudyPage(QWidget):
    """A sentence while there is nothing to show.

    Attributes
    ----------
    name, title
        In the layout that is remembered, and on the page's tab.
    views
        Names of the views that stand on it.
    """

    name = "study"
    title = "Study"
    views: tuple[str, ...] = ()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.nothing_yet = MessageCard(self.title)
        self.nothing_yet.words.setText(_NOTHING_YET)
        column.addWidget(self.nothing_yet)
