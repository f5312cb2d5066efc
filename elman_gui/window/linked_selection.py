"""LinkedSelection: connects all that looks inside the network, so that one cursor and one selection run through it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtWidgets import QWidget

from elman_core.analysis.units import Connection, Layer, Unit, UnitNames, units_of
from elman_gui.controllers.inspection import InspectionController
from elman_gui.controllers.run_state import RunState
from elman_gui.controllers.session import TrainingSession
from elman_gui.notices import Ending, Notice
from elman_gui.panels.context_menu import ContextMenu
from elman_gui.panels.guide_panel import GuidePanel
from elman_gui.panels.timeline import Timeline
from elman_gui.views.time.context_plot import ContextPlot
from elman_gui.views.time.error_plot import ErrorPlot
from elman_gui.views.time.fit_plot import FitPlot
from elman_gui.views.time.next_symbol_plot import NextSymbolPlot
from elman_gui.views.training.loss_plot import LossPlot
from elman_gui.workspaces.inside_views import InsideViews

__all__ = ["LinkedSelection"]


class LinkedSelection(QObject):
    """Knows session, inspection and the views, none of which know each other.

    Signals
    -------
    noticed(Notice)
        A sentence worth reading.
    cursor_moved(int)
        The time cursor is on another row.
    """

    cursor_moved = Signal(int)
    noticed = Signal(object)

    def __init__(
        self,
        session: TrainingSession,
        inspection: InspectionController,
        inside: InsideViews,
        timeline: Timeline,
        guide: GuidePanel,
        plots: tuple[FitPlot, NextSymbolPlot, ErrorPlot, ContextPlot],
        loss: LossPlot,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self.menu = ContextMenu(window)
        self._session = session
        self._inspection = inspection
        self._inside = inside
        self._timeline = timeline
        self._guide = guide
        self._over_time, self._loss = plots, loss
        self._context = plots[-1]
        self._connect()

    def _connect(self) -> None:
        session, inspection, inside = self._session, self._inspection, self._inside
        session.experiment_changed.connect(inspection.show_experiment)
        session.run.history_changed.connect(self.show_course)
        session.course_changed.connect(self.show_course)
        session.run.snapshot_changed.connect(inspection.show_snapshot)
        session.run.time_step_made.connect(self._show_time_step)
        session.run.epoch_made.connect(self._show_epoch)
        session.run.state_changed.connect(self._on_state)
        for view in (*self._over_time, inside.diagram, inside.weights, inside.next, self._guide):
            inspection.snapshot_changed.connect(view.show_snapshot)
        inspection.inspection_changed.connect(inside.show_inside)
        inspection.viewing_changed.connect(self._on_viewing_changed)
        for view in (inside, self._context, self._guide):
            inspection.clamps_changed.connect(view.show_clamps)
        inside.analyses_changed.connect(inspection.set_analyses)
        inside.clusters.clustering_changed.connect(inspection.set_clustering)
        inside.places.cycle_changed.connect(inspection.set_cycle)
        inside.let_go_wanted.connect(self.release)
        self._timeline.point_chosen.connect(inspection.view)
        self._timeline.branch_wanted.connect(self.branch)
        self._timeline.best_wanted.connect(session.use_best_epoch)
        self._loss.best_clicked.connect(self._timeline.go_to_best)
        for view in (*self._over_time, inside.states):
            view.cursor_moved.connect(self.move_cursor)
        for view in (inside.diagram, inside.weights):
            view.menu_wanted.connect(self._on_menu_wanted)
        for view in (inside.diagram, inside.weights, inside.lesions, self._context):
            view.selected.connect(self.select)
        inside.weights.weight_dragged.connect(inspection.drag_weight)
        inside.weights.weight_dropped.connect(self._on_weight_wanted)
        self.menu.hold_wanted.connect(inspection.hold)
        self.menu.weight_wanted.connect(self._on_weight_wanted)

    @Slot()
    def show_course(self) -> None:
        """Show how the network that is looked at learned, and the points that are known along its run."""
        course = self._session.document.course
        self._inspection.follow_course()
        self._loss.show_course(course)
        document = self._session.document
        self._timeline.show_course(course, document.kept_now, document.best_to_use)
        self._inside.weights.show_course(course)

    @Slot(int)
    def move_cursor(self, row: int) -> None:
        """Put the time cursor on a row, everywhere."""
        inside = self._inside
        for view in (*self._over_time, inside.states, inside.diagram, inside.next, self._guide):
            view.show_cursor(row)
        self.cursor_moved.emit(row)

    @Slot(object)
    def select(self, selection: Unit | Connection | None) -> None:
        """Mark a unit or a connection, everywhere."""
        self._inside.show_selection(selection)
        self._context.show_selection(selection)

    @Slot(object)
    def _on_viewing_changed(self, index: int | None) -> None:
        point = self._inspection.viewed_point
        self._timeline.show_viewing(index)
        self._loss.show_epoch(None if point is None else point.epoch)

    @Slot(int)
    def _show_time_step(self, row: int) -> None:
        """Put the cursor on the time step that was just made."""
        self._timeline.go_to_now()
        self.move_cursor(row)
        for view in self._over_time:
            view.bring_into_view(row)

    @Slot(int)
    def _show_epoch(self, epoch: int) -> None:
        """Mark the epoch that was just trained."""
        self._timeline.go_to_now()
        self._loss.show_epoch(epoch)

    @Slot(object)
    def _on_state(self, state: RunState) -> None:
        if state is RunState.RUNNING and self._inspection.viewing is None:
            self._loss.show_epoch(None)

    # -- what a person can do to the network ----------------------------------------------------

    def lesion_context(self) -> None:
        """Hold every context unit at 0; if they are, let them go."""
        context = units_of(self._session.experiment.network, Layer.CONTEXT)
        lesioned = all(self._inspection.clamps.values.get(unit) == 0 for unit in context)
        what = "Letting Go of the Context" if lesioned else "Lesion of the Context"
        self._inspection.hold(dict.fromkeys(context, None if lesioned else 0.0), what)

    @Slot()
    def release(self) -> None:
        """Hold no unit any more."""
        self._inspection.hold(dict.fromkeys(self._inspection.clamps.values, None), "Letting All Units Go")

    @Slot()
    def branch(self) -> None:
        """Go on training from the epoch that is looked at."""
        point = self._inspection.viewed_point
        if point is not None:
            self._timeline.stop_playing()
            self._session.branch_from(point)
            self._session.run.train()

    @Slot(object, QPoint)
    def _on_menu_wanted(self, target: Unit | Connection, at: QPoint) -> None:
        experiment, now = self._session.experiment, self._inspection.now
        activations = self._inside.diagram.activations
        value = 0.0
        if isinstance(target, Unit) and activations is not None:
            value = activations.of(target)
        elif isinstance(target, Connection) and now is not None:
            value = float(getattr(now, target.matrix)[now.member, target.row, target.column])
        names, hidden = UnitNames.of(experiment.dataset), experiment.network.hidden
        self.menu.open(target, at, self._inspection.clamps, names, hidden, value)

    @Slot(object, float)
    def _on_weight_wanted(self, connection: Connection, value: float) -> None:
        if self._inspection.viewing is not None:
            words = "This is the network as it was. Continue from here, or go to now, to change a weight."
            self.noticed.emit(Notice(words, frozenset({Ending.VIEWING, Ending.CHANGE})))
        elif not self._session.is_at_rest:
            self.noticed.emit(Notice("Pause the training first; then change a weight.", frozenset({Ending.REST})))
        elif self._inspection.now is not None:
            self._session.set_weight(connection, value)
