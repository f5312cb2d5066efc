"""Workspace: what the four of them share, an arrangement of views, one of which may be enlarged over all others."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QSettings, QSize, Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from elman_gui.settings import read_text
from elman_gui.theme import Theme
from elman_gui.views.view_card import ViewCard
from elman_gui.workspaces.places import Places
from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane, Splitter

__all__ = ["FrontStack", "Workspace"]

_KEY = "workspaces"
"""Where the settings keep the layouts, a text for each workspace."""


class FrontStack(QStackedWidget):
    """A stack that needs no more room than what is in front."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:
        """Do with what is in front needs."""
        front = self.currentWidget()
        return QSize() if front is None else front.minimumSizeHint()

    def hasHeightForWidth(self) -> bool:
        """Say no: a scroll area would make room for all that everything would like to have, and go to and fro."""
        return False


class Workspace(FrontStack):
    """Shows an arrangement of views, or one of them alone, and remembers how a person laid it out.

    Attributes
    ----------
    name, title
        In code and settings, and for people.

    Signals
    -------
    enlarged_changed()
        One of the views is shown alone now, or none any more.
    """

    name = ""
    title = ""
    enlarged_changed = Signal()

    def __init__(self, places: Places) -> None:
        super().__init__()
        self.places = places
        self.front: dict[str, str] = {}
        """Which tab is in front, by the name of the tabs."""
        self._kept: dict[str, list[int]] = {}
        """Sizes of splitters by their names, some of which may not be made yet."""
        self._enlarged = ""
        self._alone = ViewSlot(places)
        ground = QWidget()
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._alone)
        self._arrangement = self.arrange()
        self.addWidget(self._arrangement)
        self.addWidget(ground)
        places.changed.connect(self._on_changed)

    def rows(self, name: str, *panes: Pane) -> Splitter:
        """Return panes one below another, as they were left."""
        return self._as_left(Splitter(Qt.Orientation.Vertical, name, panes))

    def columns(self, name: str, *panes: Pane) -> Splitter:
        """Return panes side by side, as they were left."""
        return self._as_left(Splitter(Qt.Orientation.Horizontal, name, panes))

    def _as_left(self, splitter: Splitter) -> Splitter:
        kept = self._kept.get(splitter.objectName())
        if kept is not None and len(kept) == splitter.count():
            splitter.choose(kept)
        return splitter

    def arrange(self) -> QWidget:
        """Return the widget with the slots of all views that are shown here."""
        raise NotImplementedError

    def instead_of(self, name: str, arrangement: QWidget, other: str) -> QWidget:
        """Return the arrangement, in whose place another view stands while that of this name is not offered."""
        stack = FrontStack()
        stack.addWidget(arrangement)
        ground = QWidget()
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(ViewSlot(self.places, other))
        stack.addWidget(ground)

        def show_what_is_offered(changed: str) -> None:
            if changed == name:
                stack.setCurrentIndex(0 if self.places.is_offered(name) else 1)

        self.places.changed.connect(show_what_is_offered)
        show_what_is_offered(name)
        return stack

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme, but for the views, which are given them apart."""

    # -- one view alone -------------------------------------------------------------------------

    @property
    def enlarged(self) -> str:
        """The name of the view that is shown alone, or nothing."""
        return self._enlarged

    def enlarge(self, name: str) -> None:
        """Show one view alone, or with "" all of them again."""
        if name == self._enlarged:
            return
        for changed in filter(None, (self._enlarged, name)):
            view = self.places.view(changed)
            if isinstance(view, ViewCard):
                view.show_enlarged(changed == name)
        self._enlarged = name
        if name:
            self._alone.set_names(name)
        self.setCurrentIndex(1 if name else 0)
        self.enlarged_changed.emit()

    def _on_changed(self, name: str) -> None:
        if name == self._enlarged and (self.places.is_away(name) or not self.places.is_offered(name)):
            self.enlarge("")

    # -- what is remembered ---------------------------------------------------------------------

    @property
    def layout_state(self) -> dict[str, Any]:
        """How it is laid out now, as JSON knows it."""
        made = {splitter.objectName(): splitter.chosen for splitter in self.findChildren(Splitter)}
        return {"sizes": {**self._kept, **made}, "front": dict(self.front)}

    def use_layout(self, state: dict[str, Any]) -> None:
        """Lay it out as it was; what makes no sense is left as it is at first."""
        sizes, front = state.get("sizes"), state.get("front")
        self._kept = {name: kept for name, kept in _items(sizes) if _are_sizes(kept)}
        for splitter in self.findChildren(Splitter):
            kept = self._kept.get(splitter.objectName(), [])
            splitter.choose(kept if len(kept) == splitter.count() else splitter.first_sizes)
        self.front.clear()
        self.front.update({name: kept for name, kept in _items(front) if isinstance(kept, str)})

    def reset_layout(self) -> None:
        """Lay it out as at first."""
        self.enlarge("")
        self.use_layout({})

    def keep_layout(self, settings: QSettings) -> None:
        """Remember how it is laid out."""
        settings.setValue(f"{_KEY}/{self.name}", json.dumps(self.layout_state))

    def restore_layout(self, settings: QSettings) -> None:
        """Lay it out as it was left."""
        try:
            state = json.loads(read_text(settings, f"{_KEY}/{self.name}", "{}"))
        except (ValueError, RecursionError):
            state = {}
        self.use_layout(state if isinstance(state, dict) else {})


def _items(kept: object) -> Iterable[tuple[str, Any]]:
    return kept.items() if isinstance(kept, dict) else ()


def _are_sizes(kept: object) -> bool:
    return isinstance(kept, list) and all(
        isinstance(size, int) and not isinstance(size, bool) and 0 < size < 100_000 for size in kept
    )
