"""Seeds: many networks instead of one, in three pages under one row of tabs: Networks, Study and Damage."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from elman_gui.workspaces.damage import DamagePage
from elman_gui.workspaces.fitting import TabbedViews
from elman_gui.workspaces.networks import NetworksPage
from elman_gui.workspaces.study import StudyPage
from elman_gui.workspaces.workspace import Workspace

__all__ = ["Seeds"]

_PAGES = (NetworksPage, StudyPage, DamagePage)
_FRONT = "pages"
"""Under this name it is remembered which page is in front."""


class Seeds(Workspace):
    """One of its pages is in front, and is remembered; each page knows its own views."""

    name = "seeds"
    title = "Seeds"

    def arrange(self) -> QWidget:
        """Put the pages under their tabs."""
        self.pages = TabbedViews(self.places, _FRONT, "Pages of Seeds", self.front)
        self._pages = tuple(kind(self) for kind in _PAGES)
        for page in self._pages:  # named like a view that is always offered: a page has a tab whatever is open
            self.pages.add_views(page.title, page, page.name, *page.views)
        return self.pages

    def page(self, name: str) -> QWidget:
        """Return a page by its name: "networks", "study" or "damage"."""
        return next(page for page in self._pages if page.name == name)

    def show_page(self, title: str) -> None:
        """Bring a page to the front: "Networks", "Study" or "Damage"."""
        self.enlarge("")
        self.front[_FRONT] = next(kind.name for kind in _PAGES if kind.title == title)
        self.pages.show_tab(title)

    def use_layout(self, state: dict[str, Any]) -> None:
        """Lay it out as it was, with the page in front that was there."""
        super().use_layout(state)
        self.pages.show_view(self.front.get(_FRONT, _PAGES[0].name))
