"""Showing: brings what is open to every view of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from elman_core.data.kind import DataKind
from elman_gui.controllers.run_state import RunState
from elman_gui.plain_text import plain

if TYPE_CHECKING:
    from elman_core.experiment import Run
    from elman_gui.controllers.scoring import ShownScores
    from elman_gui.document import ForecastPlan
    from elman_gui.views.time.fit_plot import FitPlot
    from elman_gui.views.time.next_symbol_plot import NextSymbolPlot
    from elman_gui.window.views_layout import ViewsLayout

__all__ = ["Showing"]


class Showing(QObject):
    """Shows the document, and what stands for all of a run; what moves with it goes straight to the views."""

    def __init__(self, window: ViewsLayout) -> None:
        from elman_gui.window import parts  # here, so that the empty window need not wait for it

        super().__init__(window)
        self._window = window
        self._session = window.session
        self._curves: FitPlot | NextSymbolPlot = window.fit
        parts.SharedTime((window.fit, window.next_symbol, window.errors, window.left_over, window.context), self)

    @Slot(object)
    def show_experiment(self, experiment: Run) -> None:
        """Show another experiment, or the same with other settings."""
        from elman_core.forecasting.extent import rows_beyond  # here, so that the empty window need not wait for it

        window, dataset = self._window, experiment.dataset
        beyond = 0 if dataset.panel.has_several else rows_beyond(dataset.rows)
        window.settings_panel.show_experiment(experiment, self._session.table)
        window.transport.show_experiment(experiment)
        window.fit.show_dataset(dataset, beyond)
        window.next_symbol.show_dataset(dataset, beyond)
        self.show_numbers_or_symbols()
        window.errors.show_dataset(dataset, beyond)
        window.left_over.show_dataset(dataset, beyond)
        window.context.show_dataset(dataset, beyond, experiment.network)
        window.loss.show_dataset(dataset, experiment.training.loss, experiment.training.epochs)
        window.status.show_experiment(experiment, self._session.document.member)
        window.scores.show_dataset(dataset)
        window.actions_by_name["go_to_sequence"].setEnabled(dataset.panel.has_several)
        window.guide.show_experiment(experiment)
        window.inside.show_experiment(experiment)
        window.selection.show_course()
        self.show_plan(self._session.document.plan)
        self.show_title()
        self.show_state(self._session.state)

    @Slot(object)
    def show_plan(self, plan: ForecastPlan | None) -> None:
        """Show how a forecaster is fitted, and which part of it is looked at."""
        self._window.part_bar.show_plan(plan)
        self._window.settings_panel.show_plan(plan)

    @Slot(object)
    def show_rate(self, experiment: Run) -> None:
        """Show another learning rate, with which a run goes on."""
        self._window.settings_panel.show_training(experiment)
        self._window.guide.show_rate(experiment)

    @Slot()
    def show_title(self) -> None:
        """Name the file or the experiment, and say whether there is training that is not saved."""
        session = self._session
        name = session.path.name if session.path is not None else session.experiment.name
        shown = plain(name).replace("[*]", "[*][*]")  # once, it is where Qt marks what is not saved
        self._window.setWindowTitle(f"{shown}[*] – Elman")
        self._window.setWindowModified(session.is_modified)

    @Slot(object)
    def show_state(self, state: RunState) -> None:
        """Show what the run is doing, and what can be done meanwhile."""
        window, at_rest = self._window, self._session.is_at_rest
        window.transport.show_state(state)
        window.status.show_state(state)
        window.part_bar.show_training(not at_rest)
        window.settings_panel.set_editable(at_rest)
        window.settings_panel.show_training(self._session.experiment)
        window.paper.show_comparable(self._session.comparison.what, at_rest=at_rest)
        window.timeline.set_at_rest(at_rest)
        for view in (window.fit, window.next_symbol, window.errors, window.left_over, window.context):
            view.show_training(not at_rest)

    @Slot(object)
    def show_scores(self, shown: ShownScores | None) -> None:
        """Show the scores of the network that is shown, and what it reaches beside a paper, where there is one."""
        window, measures = self._window, () if shown is None else shown.measures
        if shown is None:
            window.scores.show_scores(None)
        else:
            window.scores.show_scores(shown.scores, shown.of_what)
        if measures or self._session.state is RunState.IDLE:
            window.paper.show_measures(measures, "" if shown is None else shown.of_what)
            window.show_paper(bool(measures))

    @Slot()
    def show_numbers_or_symbols(self) -> None:
        """Show a text as symbols, or as the numbers that stand for them; the other plots follow in time."""
        window = self._window
        symbols = self._session.experiment.dataset.kind is DataKind.SYMBOLS
        action = window.actions_by_name["numbers"]
        action.setEnabled(symbols)
        shown = window.next_symbol if symbols and not action.isChecked() else window.fit
        window.places.offer("next_symbol", shown is window.next_symbol)
        window.places.offer("fit", shown is window.fit)
        window.places.offer("errors", symbols)
        window.places.offer("left_over", False)
        self._curves = shown

    @Slot()
    def ask_for_sequence(self) -> None:
        """Let the person type the name of a sequence."""
        self._curves.place.sequences.begin_typing()

    @Slot()
    def show_all(self) -> None:
        """Zoom out to all there is."""
        window = self._window
        window.fit.show_all()
        if window.next_symbol.isVisible():
            window.next_symbol.show_all()
        window.loss.show_all()
