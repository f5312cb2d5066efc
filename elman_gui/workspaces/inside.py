"""Inside: two to four views of the network's inner life, side by side, which a person chooses."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from elman_gui.panels.tabbed_panel import TabbedPanel
from elman_gui.workspaces.cell import Cell
from elman_gui.workspaces.fitting import Fitting
from elman_gui.workspaces.splitter import Pane
from elman_gui.workspaces.workspace import FrontStack, Workspace

__all__ = ["Inside"]

_TITLES = {
    "diagram": "Network",
    "weights": "Weights",
    "states": "State space",
    "context": "Context units",
    "eigenvalues": "Eigenvalues",
    "reach": "Reach of the past",
    "landscape": "Loss landscape",
    "lesions": "Lesions",
    "clusters": "Clusters",
    "places": "Error by position",
    "roc": "ROC curve",
    "next": "Next symbol",
    "fit": "Fit",
    "next_symbol": "What was expected",
    "errors": "Error by symbol",
    "left_over": "What least squares leave",
    "loss": "Loss",
}
"""What can be chosen, by name."""
_FIRST_CHOICE = ("diagram", "states", "weights", "context")
_MOST = 4
_LEAST = QSize(300, 285)
"""What one view needs at least, under tabs."""
_Groups = tuple[tuple[tuple[int, ...], ...], ...]
_GRIDS: dict[int, tuple[_Groups, ...]] = {
    2: ((((0,), (1,)),), (((0, 1),),)),
    3: ((((0,), (1,), (2,)),), (((0,), (1, 2)),), (((0, 1, 2),),)),
    4: ((((0,), (1,)), ((2,), (3,))), (((0,), (1,), (2,), (3,)),), (((0, 2), (1, 3)),), (((0, 1, 2, 3),),)),
}
"""For each number of views the arrangements, the roomiest first: rows of places, each with one view or tabs of some."""


class Inside(Workspace):
    """A grid of places; those for which there is no room are tabs."""

    name = "inside"
    title = "Inside"

    def arrange(self) -> QWidget:
        """Lay out grids of two, three and four places, one of which is shown."""
        self.views = list(_FIRST_CHOICE)
        self._cells: dict[int, list[Cell]] = {}
        self._tabs: list[tuple[TabbedPanel, tuple[int, ...]]] = []
        self._grids = FrontStack()
        for number in _GRIDS:
            self._cells[number] = []
            makers = [partial(self._grid, number, groups) for groups in _GRIDS[number]]
            self._grids.addWidget(Fitting(self.places, _LEAST, *makers))
        self._numbers = _NumberOfViews(tuple(_GRIDS))
        self._numbers.group.idClicked.connect(self.show_number)
        ground = QWidget()
        column = QVBoxLayout(ground)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._numbers)
        column.addWidget(self._grids, 1)
        self.places.changed.connect(self._show_views)
        self.show_number(_MOST)
        return ground

    def _grid(self, number: int, groups: _Groups) -> QWidget:
        """Return places in rows; where several share one, tabs."""
        lines = []
        for line, places in enumerate(groups):
            panes = [Pane(self._group(number, cells), 400) for cells in places]
            lines.append(Pane(self.columns(f"{number} of {len(groups)}: {len(places)} in {line}", *panes), 300))
        return lines[0].widget if len(lines) == 1 else self.rows(f"{number} lines", *lines)

    def _group(self, number: int, cells: tuple[int, ...]) -> QWidget:
        made = [Cell(self.places, cell) for cell in cells]
        self._cells[number] += made
        for cell in made:
            cell.chosen.connect(self.choose)
            cell.offer(self._choices, self.shown[cell.number])
        if len(made) == 1:
            return made[0]
        tabs = TabbedPanel("Views")
        for place, cell in zip(cells, made, strict=True):
            ground = QWidget()
            column = QVBoxLayout(ground)
            column.setContentsMargins(0, 0, 0, 0)
            column.addWidget(cell)
            tabs.add(f"View {place + 1}", ground)
        tabs.rename([_TITLES[self.shown[cell]] for cell in cells])
        self._tabs.append((tabs, cells))
        return tabs

    # -- choosing -------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """How many views stand side by side."""
        return tuple(_GRIDS)[self._grids.currentIndex()]

    @Slot(int)
    def show_number(self, number: int) -> None:
        """Show so many views side by side."""
        self._grids.setCurrentIndex(tuple(_GRIDS).index(number))
        self._numbers.show_number(number)
        self._show_views()

    @Slot(int, str)
    def choose(self, place: int, name: str) -> None:
        """Show a view in a place; where another place has it, the two change places."""
        shown = self.shown
        if name in shown:
            self.views[shown.index(name)] = shown[place]
        self.views[place] = name
        self._show_views()

    @property
    def shown(self) -> list[str]:
        """The views in the places: those that were chosen, or others where a choice does not apply to what is open."""
        shown: list[str] = []
        for name in self.views:
            wanted = (name, *_FIRST_CHOICE, *_TITLES)
            taken = (*shown, *(other for other in self.views if other != name))
            shown.append(next(other for other in wanted if self.places.is_offered(other) and other not in taken))
        return shown

    @Slot()
    def _show_views(self) -> None:
        if not self.isVisible():
            return  # done when it comes to the front
        shown, choices = self.shown, self._choices
        for cell in self._cells[self.number]:
            cell.offer(choices, shown[cell.number])
        for tabs, cells in self._tabs:
            tabs.rename([_TITLES[shown[cell]] for cell in cells])

    @property
    def _choices(self) -> list[tuple[str, str]]:
        """The views that apply to what is open, by name and title."""
        return [(name, title) for name, title in _TITLES.items() if self.places.is_offered(name)]

    def showEvent(self, event: QShowEvent) -> None:
        """Show what was chosen, or applies now."""
        super().showEvent(event)
        self._show_views()

    # -- what is remembered ---------------------------------------------------------------------

    @property
    def layout_state(self) -> dict[str, Any]:
        """How it is laid out now, with what was chosen."""
        return {**super().layout_state, "views": self.views, "number": self.number}

    def use_layout(self, state: dict[str, Any]) -> None:
        """Lay it out as it was."""
        super().use_layout(state)
        views, number = state.get("views"), state.get("number")
        self.views = _chosen(views) or list(_FIRST_CHOICE)
        self.show_number(number if isinstance(number, int) and number in _GRIDS else _MOST)


def _chosen(kept: object) -> list[str]:
    """Return the views that were kept, or none where that makes no sense."""
    views = [view for view in kept if isinstance(view, str) and view in _TITLES] if isinstance(kept, list) else []
    return views if len(set(views)) == len(views) == _MOST else []


class _NumberOfViews(QWidget):
    """A line with a button for each number of views."""

    def __init__(self, numbers: tuple[int, ...]) -> None:
        super().__init__()
        words = QLabel("Choose a view by its title; double-click on a header to see it alone.")
        words.setObjectName("muted")
        self.group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(words, 1)
        for number in numbers:
            button = QToolButton()
            button.setObjectName("tab")
            button.setText(f"{number} views")
            button.setCheckable(True)
            button.setToolTip(f"Show {number} views side by side")
            button.setAccessibleName(f"{number} views side by side")
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.group.addButton(button, number)
            row.addWidget(button)

    def show_number(self, number: int) -> None:
        """Mark the number that is shown."""
        self.group.button(number).setChecked(True)
