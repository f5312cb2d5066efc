"""InspectionController: inspects the network, plays its run back, and clamps units to see what they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from elman_core.analysis.shown import clamps_words
from elman_core.analysis.types import Analysis, Clamps, Clustering, Inspection, InspectionRequest, Projection, Untrained
from elman_core.analysis.units import Connection, Unit, UnitNames
from elman_core.experiment import Run
from elman_core.export.stamp import Stamp
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.events import Snapshot
from elman_gui.controllers.undo import ClampUnits, UndoStack
from elman_gui.document import Change, Document
from elman_gui.messages import sentence
from elman_gui.threads.inspection import Inspector

__all__ = ["InspectionController", "Situation"]


@dataclass(frozen=True)
class Situation:
    """Which network is looked at, whether as it was, what is clamped, and whether a weight is dragged.

    It stays the same while a network learns.
    """

    member: int
    is_past: bool
    clamps: Clamps
    is_dragged: bool


class InspectionController(QObject):
    """Stands between the session, which knows the network as it is now, and the views.

    The views show the network as it is now or as it was at a checkpoint of its run, with units clamped or not. None
    of this changes the network that trains.

    Signals
    -------
    snapshot_changed(Snapshot)
        The response of the network that is viewed.
    shown_changed(InspectionRequest, Situation, bool)
        Which network is viewed; it has its response where that is the network as it is now. And whether a person has
        changed that; a network that learns changes by itself.
    inspection_changed(Inspection)
        What the analyses found in it.
    viewing_changed(object)
        The index of the checkpoint that is viewed, or None for now.
    clamps_changed(Clamps)
    problem(str)
    """

    snapshot_changed = Signal(object)
    shown_changed = Signal(object, object, bool)
    inspection_changed = Signal(object)
    viewing_changed = Signal(object)
    clamps_changed = Signal(object)
    problem = Signal(str)

    def __init__(self, document: Document, undo_stack: UndoStack, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.viewing: int | None = None
        self.now: Snapshot | None = None
        self.shown: Snapshot | None = None
        self._document = document
        self._experiment = document.experiment
        self._points: tuple[Checkpoint, ...] = document.course.path.points
        self._undo_stack = undo_stack
        self._analyses: frozenset[Analysis] = frozenset()
        self._like: Projection | None = None
        self._clustering = Clustering()
        self._untrained: Untrained | None = None
        self._cycle = 3
        self._dragged: tuple[Connection, float] | None = None
        self._inspector = Inspector(self)
        self._inspector.seen.connect(self._on_inspection)
        self._inspector.failed.connect(self._on_failure)
        self.snapshot_changed.connect(self._keep_shown)
        document.observe(self._on_change)

    def shut_down(self) -> None:
        """End the thread. Called once, before the window goes."""
        self._document.forget(self._on_change)
        self._inspector.shut_down()

    @property
    def stamp(self) -> Stamp:
        """Which network is shown, for what is exported of it."""
        shown, document = self.shown, self._document
        if shown is None:
            return Stamp()
        held = clamps_words(self.clamps, self._experiment.network, UnitNames.of(self._experiment.dataset))
        several = self._experiment.training.networks > 1
        return Stamp(document.member + 1 if several else None, shown.epoch, shown.time_step, held)

    @property
    def weights(self) -> Snapshot | None:
        """The weights that are shown: those of the whole ensemble, where nothing but now is looked at."""
        return self.now if self.viewing is None else self.shown

    @property
    def clamps(self) -> Clamps:
        """The units that are clamped."""
        return self._document.clamps

    # -- what the session says ------------------------------------------------------------------

    @Slot(object)
    def show_experiment(self, experiment: Run) -> None:
        """Inspect another experiment, or the same with other settings."""
        same_network = experiment.network == self._experiment.network
        self._experiment = experiment
        self._like = self._like if same_network else None
        self._begin_with_member()

    def _begin_with_member(self) -> None:
        """Know nothing yet of the network that is looked at but its course."""
        experiment = self._experiment
        self._points = self._document.course.path.points
        self.now = self.shown = self._dragged = None
        known = self._untrained
        if known is not None and not known.belongs_to(experiment.dataset, experiment.network, self._seed):
            self._untrained = None
        self._set_viewing(None)

    @property
    def _seed(self) -> int:
        return self._experiment.training.seed + self._document.member

    @Slot()
    def follow_course(self) -> None:
        """Follow the checkpoints of the run; the index of the one that is viewed may have moved, as others went."""
        viewed, path = self.viewed_point, self._document.course.path
        self._points = path.points
        if viewed is not None:
            self._set_viewing(path.nearest(viewed.epoch))

    @Slot(object)
    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show the network as it is now; while a checkpoint is viewed, keep it for later."""
        self.now = snapshot
        if self.viewing is None:
            self._dragged = None
            if not self.clamps:
                self.snapshot_changed.emit(snapshot)
            self._inspect(urgent=False)

    # -- what a person can do -------------------------------------------------------------------

    def set_analyses(self, analyses: frozenset[Analysis]) -> None:
        """Run these analyses from now on."""
        if analyses != self._analyses:
            self._analyses = analyses
            if analyses:
                self._inspect()

    @Slot(object)
    def set_clustering(self, clustering: Clustering) -> None:
        """Cluster symbols in this way from now on."""
        if clustering != self._clustering:
            self._clustering = clustering
            self._inspect()

    @Slot(int)
    def set_cycle(self, length: int) -> None:
        """Average the errors of symbols by the position in a cycle of this length from now on."""
        self._cycle = length
        self._inspect()

    @Slot(object)
    def view(self, index: int | None) -> None:
        """View the network as it was at a checkpoint, or as it is now."""
        if index is not None and not 0 <= index < len(self._points):
            index = None
        if index != self.viewing:
            self._set_viewing(index)
            self._inspect()
            if index is None and self.now is not None and not self.clamps:
                self.snapshot_changed.emit(self.now)

    @property
    def viewed_point(self) -> Checkpoint | None:
        """The checkpoint that is viewed; None for now."""
        return None if self.viewing is None or self.viewing >= len(self._points) else self._points[self.viewing]

    def hold(self, units: Mapping[Unit, float | None], what: str) -> None:
        """Clamp units at values, or release them (None). Can be undone, by the name of `what`."""
        clamps = self.clamps.with_clamps(units)
        if clamps != self.clamps:
            self._undo_stack.push(ClampUnits(self._document, self.clamps, clamps, what))

    @Slot(object, float)
    def drag_weight(self, connection: Connection, value: float) -> None:
        """Show what the network would do with another weight."""
        if self.viewing is None:
            self._dragged = (connection, value)
            self._inspect()

    def _on_change(self, change: Change) -> None:
        if change is Change.MEMBER:
            self._like = None
            self._begin_with_member()
        elif change is Change.COURSE:
            self.follow_course()
            self._inspect()
        elif change is Change.CLAMPS:
            self.clamps_changed.emit(self.clamps)
            if self.now is not None:
                if not self.clamps and self.viewing is None:
                    self.snapshot_changed.emit(self.now)
                self._inspect()

    # -- inspecting -----------------------------------------------------------------------------

    def _set_viewing(self, index: int | None) -> None:
        if index != self.viewing:
            self.viewing = index
            self.viewing_changed.emit(index)

    def _inspect(self, *, urgent: bool = True) -> None:
        """Inspect what is shown; it is urgent where a person has changed that."""
        if self.now is None:
            return
        experiment, point = self._experiment, self.viewed_point
        path = self._points
        if point is not None:
            request = InspectionRequest(
                experiment.dataset, experiment.network, experiment.training.loss, point.epoch, 0, point.w1, point.w2
            )
            path = tuple(kept for kept in path if kept.epoch <= point.epoch)
        else:
            now = self.now
            request = InspectionRequest(
                experiment.dataset, experiment.network, experiment.training.loss, now.epoch, now.time_step,
                *now.own, response=None if self.clamps else now.response,
            )  # fmt: skip
            if self._dragged is not None:
                request = _with_weight(request, *self._dragged)
        request = replace(request, clamps=self.clamps, seed=self._seed)
        self.shown_changed.emit(request, self._situation, urgent)
        if self._analyses or request.response is None:
            request = replace(
                request, path=path, analyses=self._analyses, like=self._like, clustering=self._clustering,
                untrained=self._untrained, cycle=self._cycle,
            )  # fmt: skip
            urgent = urgent or request.response is None
            self._inspector.request(request, self._situation, urgent=urgent)

    @property
    def _situation(self) -> Situation:
        return Situation(self._document.member, self.viewing is not None, self.clamps, self._dragged is not None)

    @Slot(object, object, object)
    def _on_inspection(self, situation: object, request: InspectionRequest, inside: Inspection) -> None:
        if request.dataset is not self._experiment.dataset or request.network != self._experiment.network:
            return  # of an experiment that is gone
        if inside.untrained is not None and request.seed == self._seed:
            self._untrained = inside.untrained
        if situation != self._situation:
            return  # of a request from before the person went on to something else
        if inside.states is not None:
            self._like = inside.states.projection
        if request.response is None:
            self.snapshot_changed.emit(inside.snapshot)
        self.inspection_changed.emit(inside)

    @Slot(object)
    def _keep_shown(self, snapshot: Snapshot) -> None:
        self.shown = snapshot

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self.problem.emit(sentence(error))


def _with_weight(request: InspectionRequest, connection: Connection, value: float) -> InspectionRequest:
    """Return a request for the same network with another weight, whose response is not known yet."""
    weights = np.array(getattr(request, connection.matrix))
    weights[connection.row, connection.column] = value
    return replace(request, **{connection.matrix: weights}, response=None)
