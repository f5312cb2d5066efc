"""Workspaces: the four of them, one of which is in front, and the tabs that bring another one there."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QWidget

from elman_gui.theme import Theme
from elman_gui.workspaces.forecast import Forecast
from elman_gui.workspaces.inside import Inside
from elman_gui.workspaces.learn import Learn
from elman_gui.workspaces.places import Places
from elman_gui.workspaces.seeds import Seeds
from elman_gui.workspaces.workspace import FrontStack, Workspace

__all__ = ["Workspaces"]

_FRONT = "workspaces/front"


class Workspaces(QScrollArea):
    """Shows one workspace, with scroll bars where the window is smaller than what that needs at least.

    Signals
    -------
    front_changed()
        Another workspace came to the front.
    """

    front_changed = Signal()

    def __init__(self, places: Places, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("workspaces")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.learn = Learn(places)
        self.inside = Inside(places)
        self.forecast = Forecast(places)
        self.seeds = Seeds(places)
        self.all: tuple[Workspace, ...] = (self.learn, self.inside, self.forecast, self.seeds)
        self._stack = FrontStack()
        for workspace in self.all:
            self._stack.addWidget(workspace)
        self.setWidget(self._stack)
        self._actions = {workspace.name: actions[f"workspace_{workspace.name}"] for workspace in self.all}
        group = QActionGroup(self)
        for action in self._actions.values():
            group.addAction(action)
        self.tabs = _Tabs(tuple(self._actions.values()))
        self.bring_to_front(self.learn.name)

    @property
    def front(self) -> Workspace:
        """The workspace in front."""
        return self.all[self._stack.currentIndex()]

    def bring_to_front(self, name: str) -> None:
        """Show a workspace."""
        for index, workspace in enumerate(self.all):
            if workspace.name == name:
                self._actions[name].setChecked(True)
                if index != self._stack.currentIndex():
                    self._stack.setCurrentIndex(index)
                    self.front_changed.emit()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        for workspace in self.all:
            workspace.set_theme(theme)

    def reset_layout(self) -> None:
        """Lay every workspace out as at first."""
        for workspace in self.all:
            workspace.reset_layout()

    def keep_layout(self, settings: QSettings) -> None:
        """Remember how each is laid out, and which is in front."""
        settings.setValue(_FRONT, self.front.name)
        for workspace in self.all:
            workspace.keep_layout(settings)

    def restore_layout(self, settings: QSettings) -> None:
        """Lay each out as it was left, and show the one that was in front."""
        for workspace in self.all:
            workspace.restore_layout(settings)
        self.bring_to_front(str(settings.value(_FRONT, self.learn.name)))


class _Tabs(QWidget):
    """A quiet tab for each workspace."""

    def __init__(self, actions: tuple[QAction, ...]) -> None:
        super().__init__()
        self.setAccessibleName("Workspaces")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(4)
        for action in actions:
            tab = QToolButton()
            tab.setObjectName("workspaceTab")
            tab.setDefaultAction(action)
            tab.setAccessibleName(f"Workspace: {tab.text()}")
            tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            row.addWidget(tab)
