"""Workspaces: the four of them, one of which is in front, and the tabs that bring another one there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QToolButton, QWidget

from elman_gui.settings import read_text
from elman_gui.theme import Theme
from elman_gui.views.view_card import Card
from elman_gui.workspaces.forecast import Forecast
from elman_gui.workspaces.inside import Inside
from elman_gui.workspaces.learn import Learn
from elman_gui.workspaces.places import Places
from elman_gui.workspaces.seeds import Seeds
from elman_gui.workspaces.workspace import FrontStack, Workspace

__all__ = ["Workspaces"]

_FRONT = "workspaces/front"
_KINDS = (Learn, Inside, Forecast, Seeds)


class Workspaces(QScrollArea):
    """Shows one workspace, with scroll bars where the window is smaller than what that needs at least.

    Signals
    -------
    front_changed()
        Another workspace came to the front.
    """

    front_changed = Signal()

    learn: Learn
    inside: Inside
    forecast: Forecast
    seeds: Seeds

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("workspaces")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.all: tuple[Workspace, ...] = ()
        self._stack = FrontStack()
        self._stack.addWidget(_empty_cards())
        self.setWidget(self._stack)
        self._actions = {kind.name: actions[f"workspace_{kind.name}"] for kind in _KINDS}
        group = QActionGroup(self)
        for action in self._actions.values():
            group.addAction(action)
        self._actions[Learn.name].setChecked(True)
        self.tabs = _Tabs(tuple(self._actions.values()))

    def fill(self, places: Places, settings: QSettings) -> Iterator[None]:
        """Build the workspaces, one at each step, and lay each out as it was left; the views come into them later."""
        empty = self._stack.widget(0)
        assert empty is not None
        for kind in _KINDS:
            workspace = kind(places)
            workspace.restore_layout(settings)
            setattr(self, kind.name, workspace)
            self.all = (*self.all, workspace)
            self._stack.addWidget(workspace)
            if kind is Learn:
                self._stack.removeWidget(empty)
                empty.deleteLater()
            yield
        self.bring_to_front(read_text(settings, _FRONT, Learn.name))

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


def _empty_cards() -> QWidget:
    """Return what is painted first, where three columns will be."""
    ground = QWidget()
    row = QHBoxLayout(ground)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(12)
    for stretch in (272, 594, 366):
        row.addWidget(Card(""), stretch)
    return ground


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
