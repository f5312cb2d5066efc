"""StudyPage: many settings, each from the same seeds, compared with statistics."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from elman_gui.panels.cell_bar import CellBar
from elman_gui.panels.study_bar import StudyBar
from elman_gui.views.sentence import Sentence
from elman_gui.workspaces.fitting import Fitting, TabbedViews
from elman_gui.workspaces.slot import ViewSlot
from elman_gui.workspaces.splitter import Pane
from elman_gui.workspaces.workspace import Workspace

__all__ = ["STUDY_VIEWS", "StudyPage"]

_BELOW_HEAT_MAP = {
    "Slice": "study_slice",
    "Parallel coordinates": "study_parallel",
    "Importances": "study_importances",
}
_BELOW_RANK = {
    "Timeline": "study_runs",
    "Validation and test": "study_parts",
    "Profile": "study_profile",
}
_ABOVE = {"Heat map": "study_heat_map", "Rank": "study_rank"}
STUDY_VIEWS = (*_ABOVE.values(), *_BELOW_HEAT_MAP.values(), *_BELOW_RANK.values())
"""The names of all views that stand here."""
_FORM = "study_form"
_FORM_WIDTH = 300
_LEAST_ABOVE, _LEAST_BESIDE = (400, 200), (400, 236)
"""Of views side by side, and of tabs: there is room for two lines of a legend."""
_LEAST = QSize(220, 200)
"""What one view needs at least, under tabs."""


class StudyPage(QWidget):
    """What a study comes to, beside what it varies; above both the buttons, below the cell that is looked at.

    Attributes
    ----------
    name, title
        In the layout that is remembered, and on the page's tab.
    views
        Names of the views that stand on it.
    """

    name = "study"
    title = "Study"
    views: tuple[str, ...] = (_FORM, "no_study", *STUDY_VIEWS)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace, self._places = workspace, workspace.places
        self.bar, self.cell = StudyBar(), CellBar()
        self.verdict, self.comparison = Sentence(), Sentence()
        self.verdict.setObjectName("cardTitle")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.bar)
        for label in (self.verdict, self.comparison):
            label.setContentsMargins(4, 0, 4, 0)
            label.hide()
            column.addWidget(label)
        arrangement = Fitting(self._places, _LEAST, self._all_beside, self._some_as_tabs, self._all_as_tabs)
        column.addWidget(arrangement, 1)
        column.addWidget(self.cell)

    def show_words(self, verdict: str, comparison: str) -> None:
        """Say which cell is chosen, and how it compares."""
        for label, text in ((self.verdict, verdict), (self.comparison, comparison)):
            label.setText(text)
            label.setVisible(bool(text))

    def show_view(self, name: str) -> None:
        """Bring a view to the front, if it is one of those that are shown here."""
        self._workspace.enlarge("")
        for tabs in self.findChildren(TabbedViews):
            if tabs.has(name):
                self._workspace.front[tabs.objectName()] = name
                tabs.show_view(name)

    def _slot(self, name: str) -> ViewSlot:
        return ViewSlot(self._places, name)

    def _tabs(self, name: str, views: dict[str, str]) -> TabbedViews:
        tabs = TabbedViews(self._places, name, "Views of the study", self._workspace.front)
        for title, view in views.items():
            tabs.add_views(title, self._slot(view), view)
        tabs.setMinimumSize(*_LEAST_BESIDE)
        return tabs

    def _beside_form(self, views: QWidget) -> QWidget:
        form = Pane(self._slot(_FORM), _FORM_WIDTH, is_fixed=True)
        known = self._workspace.instead_of(_ABOVE["Heat map"], views, "no_study")
        return self._workspace.columns("study_form", form, Pane(known, 900))

    def _all_beside(self) -> QWidget:
        heat_map, rank = self._slot("study_heat_map"), self._slot("study_rank")
        for slot in (heat_map, rank):
            slot.setMinimumSize(*_LEAST_ABOVE)
        above = self._workspace.columns("study_above", Pane(heat_map, 450), Pane(rank, 450))
        below = self._workspace.columns(
            "study_below",
            Pane(self._tabs("study_left", _BELOW_HEAT_MAP), 450),
            Pane(self._tabs("study_right", _BELOW_RANK), 450),
        )
        return self._beside_form(self._workspace.rows("study_rows", Pane(above, 300), Pane(below, 300)))

    def _some_as_tabs(self) -> QWidget:
        return self._beside_form(self._tabs("study_tabs", {**_ABOVE, **_BELOW_HEAT_MAP, **_BELOW_RANK}))

    def _all_as_tabs(self) -> QWidget:
        tabs = self._tabs("study_all", {"Settings": _FORM, **_ABOVE, **_BELOW_HEAT_MAP, **_BELOW_RANK})
        tabs.setMinimumSize(_LEAST)
        return tabs
