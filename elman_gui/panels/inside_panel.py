"""InsidePanel: the network's inner life, a diagram above and one closer look below."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from elman_core.analysis.types import Analysis, Clamps, Inspection
from elman_core.analysis.units import UnitNames, unit_name
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.experiment import Experiment
from elman_gui.panels.tabbed_panel import TabbedPanel
from elman_gui.plain_text import PlainLabel
from elman_gui.theme import Theme
from elman_gui.views.card import ViewCard
from elman_gui.views.network.diagram_view import DiagramView
from elman_gui.views.network.dynamics_plot import EigenvaluePlot, ReachPlot
from elman_gui.views.network.lesion_plot import LesionPlot
from elman_gui.views.network.state_space_plot import StateSpacePlot
from elman_gui.views.network.weights_view import WeightsView
from elman_gui.views.symbols.cluster_view import ClusterView
from elman_gui.views.symbols.next_symbol_view import NextSymbolView
from elman_gui.views.symbols.position_plot import PositionPlot
from elman_gui.views.symbols.roc_plot import RocPlot
from elman_gui.views.training.landscape_plot import LandscapePlot

__all__ = ["InsidePanel"]


_ASPECTS = {
    "States": frozenset({Analysis.STATES}),
    "Dynamics": frozenset({Analysis.DYNAMICS}),
    "Landscape": frozenset({Analysis.LANDSCAPE}),
    "Lesions": frozenset({Analysis.LESIONS}),
    "Clusters": frozenset({Analysis.CLUSTERS}),
    "Errors": frozenset({Analysis.ERRORS}),
}
"""What has to be looked at for each page."""


class InsidePanel(QWidget):
    """Shows what is in front only, and says what that needs.

    Signals
    -------
    aspects_changed(frozenset)
        What has to be looked at for the views that can be seen.
    let_go_wanted()
        The person wants no unit held any more.
    """

    analyses_changed = Signal(object)
    let_go_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._names = UnitNames()
        self.pages = TabbedPanel("Closer look")
        self.clamps = _HeldBar()
        self._splitter = _stacked()
        ground = QVBoxLayout(self)
        ground.setContentsMargins(0, 0, 0, 0)
        ground.setSpacing(8)
        ground.addWidget(self.clamps)
        ground.addWidget(self._splitter, 1)
        self.setMinimumWidth(364)
        self.pages.tab_shown.connect(self._emit_analyses)
        self.clamps.button.clicked.connect(self.let_go_wanted)

    def fill(self) -> Iterator[None]:
        """Build the views, one at each step."""
        self.diagram = DiagramView()
        yield
        self.weights = WeightsView()
        self.pages.add("Weights", self.weights)
        self._splitter.addWidget(self.diagram)
        self._splitter.addWidget(self.pages)
        self._splitter.setStretchFactor(0, 5)
        self._splitter.setStretchFactor(1, 6)
        yield
        self.states = StateSpacePlot()
        self.pages.add("States", self.states)
        yield
        self.eigenvalues = EigenvaluePlot()
        yield
        self.reach = ReachPlot()
        self.pages.add("Dynamics", _stacked(self.eigenvalues, self.reach))
        yield
        self.landscape = LandscapePlot()
        self.pages.add("Landscape", self.landscape)
        yield
        self.lesions = LesionPlot()
        self.pages.add("Lesions", self.lesions)
        yield
        self.clusters = ClusterView()
        self.pages.add("Clusters", self.clusters)
        yield
        self.places = PositionPlot()
        yield
        self.roc = RocPlot()
        self.pages.add("Errors", _stacked(self.places, self.roc))
        yield
        self.next = NextSymbolView()
        self.pages.add("Next", self.next)

    @property
    def views(self) -> tuple[ViewCard, ...]:
        """Every view."""
        return (
            self.diagram, self.weights, self.states, self.eigenvalues, self.reach, self.landscape, self.lesions,
            self.clusters, self.places, self.roc, self.next,
        )  # fmt: skip

    @property
    def analyses(self) -> frozenset[Analysis]:
        """What has to be looked at now."""
        return _ASPECTS.get(self.pages.shown, frozenset()) if self.isVisible() else frozenset()

    def set_theme(self, theme: Theme) -> None:
        """Take on the colours of a theme."""
        for view in self.views:
            view.set_theme(theme)

    def show_experiment(self, experiment: Experiment) -> None:
        """Wait for another network."""
        dataset: SequenceDataset = experiment.dataset
        self._names = UnitNames.of(dataset)
        self.diagram.show_dataset(dataset, experiment.network)
        self.weights.show_dataset(dataset, experiment.network)
        self.states.show_dataset(dataset)
        self.reach.show_truncation(experiment.training.truncation)
        self.landscape.show_dataset()
        self.lesions.show_dataset()
        self.clusters.show_dataset(dataset)
        self.places.show_dataset(dataset)
        self.roc.show_dataset(dataset)
        self.next.show_dataset(dataset)
        for name in ("Clusters", "Errors", "Next"):
            self.pages.show_only_if(name, dataset.kind is DataKind.SYMBOLS)

    def show_view(self, name: str) -> None:
        """Bring a page to the front: "weights", "states", ..., "clusters", "errors" or "next"."""
        self.pages.show_tab(name.capitalize())

    @Slot(object)
    def show_inside(self, inside: Inspection) -> None:
        """Show what was seen."""
        for view in (
            self.states, self.eigenvalues, self.reach, self.landscape, self.lesions, self.clusters, self.places,
            self.roc,
        ):  # fmt: skip
            if view.isVisible():
                view.show_inside(inside)

    @Slot(object)
    def show_clamps(self, clamps: Clamps) -> None:
        """Say which units are held."""
        self.diagram.show_clamps(clamps)
        self.clamps.show_clamps(clamps, self._names)

    @Slot(object)
    def show_selection(self, selection: object) -> None:
        """Mark a unit or connection wherever it is."""
        for view in (self.diagram, self.weights, self.lesions):
            view.show_selection(selection)

    @Slot()
    def _emit_analyses(self) -> None:
        self.analyses_changed.emit(self.analyses)

    def showEvent(self, event: QShowEvent) -> None:
        """Look from now on."""
        super().showEvent(event)
        self._emit_analyses()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        super().hideEvent(event)
        self._emit_analyses()


class _HeldBar(QFrame):
    """Which units are held, and a button that lets them go."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.words = PlainLabel()
        self.words.setWordWrap(True)
        self.words.setAccessibleName("Units held")
        self.button = QPushButton("Let Go")
        self.button.setToolTip("Hold no unit any more")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
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


def _stacked(*views: QWidget) -> QWidget:
    splitter = QSplitter(Qt.Orientation.Vertical)
    splitter.setHandleWidth(8)
    splitter.setChildrenCollapsible(False)
    for view in views:
        splitter.addWidget(view)
    return splitter
