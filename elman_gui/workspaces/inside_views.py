"""InsideViews: the views of the network's inner life, wherever they stand, and what those that are seen need."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from elman_core.analysis.types import Analysis, Clamps, Inspection
from elman_core.analysis.units import UnitNames
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.experiment import Experiment
from elman_gui.panels.held_bar import HeldBar
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
from elman_gui.views.view_card import ViewCard
from elman_gui.workspaces.places import Places

__all__ = ["InsideViews"]

_KINDS = {
    "diagram": DiagramView,
    "weights": WeightsView,
    "states": StateSpacePlot,
    "eigenvalues": EigenvaluePlot,
    "reach": ReachPlot,
    "landscape": LandscapePlot,
    "lesions": LesionPlot,
    "clusters": ClusterView,
    "places": PositionPlot,
    "roc": RocPlot,
    "next": NextSymbolView,
}
_NEEDS = {
    "states": Analysis.STATES,
    "eigenvalues": Analysis.DYNAMICS,
    "reach": Analysis.DYNAMICS,
    "landscape": Analysis.LANDSCAPE,
    "lesions": Analysis.LESIONS,
    "clusters": Analysis.CLUSTERS,
    "places": Analysis.ERRORS,
    "roc": Analysis.ERRORS,
}
"""What has to be looked at for each view, where it takes more than the network's response."""
_OF_SYMBOLS = ("clusters", "places", "next")


class InsideViews(QObject):
    """Shows what can be seen only, in the window or in one of its own, and says what that needs.

    Signals
    -------
    analyses_changed(frozenset)
        What has to be looked at for the views that can be seen.
    let_go_wanted()
        The person wants no unit held any more.
    view_wanted(str)
        A page of the closer look is to be shown: "weights", "states", ..., "clusters", "errors" or "next".
    """

    analyses_changed = Signal(object)
    let_go_wanted = Signal()
    view_wanted = Signal(str)

    diagram: DiagramView
    weights: WeightsView
    states: StateSpacePlot
    eigenvalues: EigenvaluePlot
    reach: ReachPlot
    landscape: LandscapePlot
    lesions: LesionPlot
    clusters: ClusterView
    places: PositionPlot
    roc: RocPlot
    next: NextSymbolView

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._names = UnitNames()
        self._views: dict[str, ViewCard] = {}
        self.clamps = HeldBar()
        self.clamps.button.clicked.connect(self.let_go_wanted)
        self._seen = QTimer(self)  # several views come and go at once
        self._seen.setSingleShot(True)
        self._seen.setInterval(0)
        self._seen.timeout.connect(self._follow_what_is_seen)
        self._inspection: Inspection | None = None
        self._behind: set[str] = set()
        """Views that were not seen when the last inspection came."""

    def fill(self, places: Places) -> Iterator[None]:
        """Build the views, one at each step."""
        self._places = places
        for name, kind in _KINDS.items():
            view = kind()
            self._views[name] = view
            setattr(self, name, view)
            view.seen_changed.connect(self._seen.start)
            places.add(name, view)
            yield

    @property
    def views(self) -> tuple[ViewCard, ...]:
        """Every view."""
        return tuple(self._views.values())

    @property
    def analyses(self) -> frozenset[Analysis]:
        """What has to be looked at now."""
        return frozenset(need for name, need in _NEEDS.items() if name in self._views and self._views[name].isVisible())

    def show_view(self, page: str) -> None:
        """Ask for a page: "weights", "states", ..., "clusters", "errors" or "next"."""
        self.view_wanted.emit(page)

    def show_experiment(self, experiment: Experiment) -> None:
        """Wait for another network."""
        self._inspection = None
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
        symbols = dataset.symbols if dataset.kind is DataKind.SYMBOLS else None
        for name in _OF_SYMBOLS:
            self._places.offer(name, symbols is not None)
        self._places.offer("roc", symbols is not None and symbols.position is not None)

    @Slot(object)
    def show_inside(self, inside: Inspection) -> None:
        """Show what was found."""
        self._inspection = inside
        self._behind = set(_NEEDS)
        self._catch_up()

    def _catch_up(self) -> None:
        """Let the views that can be seen show what was found last."""
        for name in tuple(self._behind):
            view = self._views[name]
            if view.isVisible() and self._inspection is not None:
                self._behind.discard(name)
                view.show_inside(self._inspection)

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
    def _follow_what_is_seen(self) -> None:
        """Show at once what is known, and say what is not."""
        self._catch_up()
        self.analyses_changed.emit(self.analyses)
