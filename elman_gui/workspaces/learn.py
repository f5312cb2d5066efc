"""Learn: guide or settings, how the network learns, and the network itself."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from elman_gui.panels.left_panel import FoldedPanel
from elman_gui.theme import Theme
from elman_gui.workspaces.fitting import Fitting, TabbedViews
from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane, Splitter
from elman_gui.workspaces.workspace import Workspace

__all__ = ["CLOSER_LOOK", "Learn"]

CLOSER_LOOK = {
    "Weights": ("weights",),
    "States": ("states",),
    "Dynamics": ("eigenvalues", "reach"),
    "Landscape": ("landscape",),
    "Lesions": ("lesions",),
    "Clusters": ("clusters",),
    "Errors": ("places", "roc"),
    "Next": ("next",),
}
"""The pages beside the plots, and the views of each."""
_ALONE = {"eigenvalues": "Eigenvalues", "reach": "Reach", "places": "Errors", "roc": "ROC"}
"""Titles of views that share a page, where each has one of its own."""
_PLOTS = {
    "Fit": ("fit", "next_symbol"),
    "Context units": ("context",),
    "Errors": ("errors",),
    "Left over": ("left_over",),
    "Loss": ("loss",),
    "Scores": ("scores", "paper"),
}
_CLOSER_LOOK, _PAGES = "closer look", "plots or inside"
_TABS = {
    "middle": {"context", "errors", "left_over"},
    "below": {"context", "errors", "left_over", "loss", "scores", "paper"},
    "one": {name for names in _PLOTS.values() for name in names},
    _CLOSER_LOOK: {"diagram", *(name for names in CLOSER_LOOK.values() for name in names)},
}
"""Which views stand in which tabs, where there are these tabs."""
_LEAST_FOR_PLOTS, _LEAST_FOR_INSIDE = 480, 352
_LEAST = QSize(220, 285)
"""What one view needs at least, under tabs."""
_ROOM_FOR_LEFT = 880


class Learn(Workspace):
    """Three columns where there is room for them; else what is at the right is a tab beside the plots.

    Signals
    -------
    inside_shown()
        The network's inside is shown now, or no more.
    """

    name = "learn"
    title = "Learn"
    inside_shown = Signal()

    def arrange(self) -> QWidget:
        """Lay out guide or settings, plots, and the inside."""
        self._closer_looks: list[TabbedViews] = []
        self._wants_inside = True
        self._wants_left: bool | None = None
        self._plots_beside, self._inside_beside = self._plots("wide"), self._inside("wide")
        beside = self._beside()
        self._pages = TabbedViews(self.places, _PAGES, "Plots or the network's inside", self.front)
        self._pages.add_views("Plots", self._plots("narrow"), "fit", "next_symbol")
        self._pages.add_views("Network", self._inside("narrow"), "diagram")
        self._pages.setParent(self)  # until it is needed
        self._pages.hide()
        self.centre = Fitting(self.places, _LEAST, lambda: beside, lambda: self._pages)
        self.centre.currentChanged.connect(self.inside_shown)
        self._pages.tab_shown.connect(self.inside_shown)
        self.left = ViewSlot(self.places, "left")
        self.folded = FoldedPanel(("Guide", "Settings"))
        self.folded.hide()
        ground = QWidget()
        row = QHBoxLayout(ground)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.folded)
        row.addWidget(self.columns("columns", Pane(self.left, 272, is_fixed=True), Pane(self.centre, 996)), 1)
        return ground

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        self.folded.set_theme(theme)

    # -- guide and settings ---------------------------------------------------------------------

    @property
    def is_left_folded(self) -> bool:
        """Whether guide and settings are folded away: as the person wants it, or else where there is little room."""
        return self.width() < _ROOM_FOR_LEFT if self._wants_left is None else not self._wants_left

    @Slot()
    def fold_left(self) -> None:
        """Fold guide and settings away."""
        self._want_left(False)

    @Slot()
    def unfold_left(self) -> None:
        """Show guide and settings."""
        self._want_left(True)

    def _want_left(self, wanted: bool) -> None:
        # What is as it would be anyway is no wish: it changes again with the room there is.
        self._wants_left = None if wanted is (self.width() >= _ROOM_FOR_LEFT) else wanted
        self._show_left()

    def _show_left(self) -> None:
        folded = self.is_left_folded
        self.folded.setVisible(folded)
        self.left.set_shown(not folded)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold or unfold guide and settings, unless the person has chosen."""
        super().resizeEvent(event)
        self._show_left()

    # -- the inside -----------------------------------------------------------------------------

    @property
    def shows_inside(self) -> bool:
        """Whether the network's inside is shown, beside the plots or in their place."""
        return self._pages.has_in_front("diagram") if self._is_narrow else self._wants_inside

    def show_inside(self, shown: bool) -> None:
        """Show the network's inside or do not: beside the plots, or where there is no room in their place."""
        if self._is_narrow:
            self._pages.show_view("diagram" if shown else "fit")
        else:
            self._wants_inside = shown
            self._inside_beside.setVisible(shown)
        self.inside_shown.emit()

    @property
    def _is_narrow(self) -> bool:
        return self.centre.currentWidget() is self._pages

    def show_page(self, page: str) -> None:
        """Bring a page of the closer look to the front: "weights", "states", ..., "clusters", "errors" or "next"."""
        self.show_view(CLOSER_LOOK[page.capitalize()][0])

    def show_view(self, name: str) -> None:
        """Bring a view to the front, if it is one of those that are shown here."""
        self.enlarge("")
        for group, names in _TABS.items():
            if name in names:
                self.front[group] = name
        for tabs in self.findChildren(TabbedViews):
            tabs.show_view(name)
        if name in _TABS[_CLOSER_LOOK]:
            self.show_inside(True)
        elif self._is_narrow:
            self.show_inside(False)

    @property
    def closer_look(self) -> TabbedViews:
        """The closer look that can be seen, or was last."""
        return next((tabs for tabs in self._closer_looks if tabs.isVisible()), self._closer_looks[-1])

    @property
    def inside_in_front(self) -> QWidget:
        """Where the inside is."""
        return self._pages if self._is_narrow else self._inside_beside

    @property
    def plots_in_front(self) -> QWidget:
        """Where the plots are."""
        return self._pages if self._is_narrow else self._plots_beside

    @property
    def layout_state(self) -> dict[str, Any]:
        """How it is laid out now, with whether the inside is shown."""
        return {**super().layout_state, "inside": self._wants_inside, "left": self._wants_left}

    def use_layout(self, state: dict[str, Any]) -> None:
        """Lay it out as it was."""
        super().use_layout(state)
        left = state.get("left")
        self._wants_left = left if isinstance(left, bool) else None
        self._show_left()
        self._wants_inside = state.get("inside") is not False
        self._inside_beside.setVisible(self._wants_inside)

    # -- arrangements ---------------------------------------------------------------------------

    def _beside(self) -> Splitter:
        """Plots and inside side by side."""
        self._plots_beside.setMinimumWidth(_LEAST_FOR_PLOTS)
        self._inside_beside.setMinimumWidth(_LEAST_FOR_INSIDE)
        return self.columns("beside", Pane(self._plots_beside, 594), Pane(self._inside_beside, 366))

    def _plots(self, where: str) -> Fitting:
        """The plots below one another; where that is too low for them, errors and context units share a place; then all
        that is below the first one; then all."""

        def slot(*names: str) -> ViewSlot:
            return ViewSlot(self.places, *names)

        def below_one_another(name: str, *middle: Pane) -> Splitter:
            foot = self.columns(f"{where} {name} foot", Pane(slot("loss"), 320), Pane(slot("scores", "paper"), 280))
            return self.rows(f"{where} {name}", Pane(slot("fit", "next_symbol"), 230), *middle, Pane(foot, 200))

        return Fitting(
            self.places,
            _LEAST,
            lambda: below_one_another("all", Pane(slot("errors", "left_over"), 172), Pane(slot("context"), 172)),
            lambda: below_one_another("middle", Pane(self._tabs("middle"), 190)),
            lambda: self.rows(f"{where} two", Pane(slot("fit", "next_symbol"), 230), Pane(self._tabs("below"), 230)),
            lambda: self._tabs("one"),
        )

    def _tabs(self, name: str) -> TabbedViews:
        tabs = TabbedViews(self.places, name, "Plots", self.front)
        for title, names in _PLOTS.items():
            if names[0] in _TABS[name]:
                tabs.add_views(title, ViewSlot(self.places, *names), *names)
        return tabs

    def _inside(self, where: str) -> Fitting:
        """The network over a closer look, whose pages have two views where there is room; else it is a page itself."""

        def apart(*, pairs: bool) -> Splitter:
            diagram, closer = ViewSlot(self.places, "diagram"), self._closer(pairs=pairs)
            return self.rows(f"{where} inside {pairs}", Pane(diagram, 230), Pane(closer, 320))

        return Fitting(
            self.places,
            _LEAST,
            lambda: apart(pairs=True),
            lambda: apart(pairs=False),
            lambda: self._closer(pairs=True, diagram=True),
            lambda: self._closer(pairs=False, diagram=True),
        )

    def _closer(self, *, pairs: bool, diagram: bool = False) -> TabbedViews:
        places = self.places
        tabs = TabbedViews(places, _CLOSER_LOOK, "Closer look", self.front)
        self._closer_looks.append(tabs)
        if diagram:
            tabs.add_views("Network", ViewSlot(places, "diagram"), "diagram")
        for title, names in CLOSER_LOOK.items():
            if pairs or len(names) == 1:
                panes = [Pane(ViewSlot(places, name), 300) for name in names]
                page = panes[0].widget if len(panes) == 1 else self.rows(f"{title} {diagram}", *panes)
                tabs.add_views(title, page, *names)
            else:
                for name in names:
                    tabs.add_views(_ALONE[name], ViewSlot(places, name), name)
        return tabs
