"""SeedsShowing: brings the networks of an ensemble to the views that compare them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from elman_core.data.splits import Part
from elman_core.experiments.published import published_of
from elman_gui.views.seeds.figure_words import FigureWords

if TYPE_CHECKING:
    from elman_core.experiment import Run
    from elman_core.training.member_figures import MemberFigures
    from elman_gui.controllers.ensemble import EnsembleController
    from elman_gui.controllers.member_scorecards import MemberScorecards
    from elman_gui.window.network_count import NetworkCount
    from elman_gui.window.views_layout import ViewsLayout

__all__ = ["SeedsShowing"]

_ONE_NETWORK = (
    "There is one network, from one seed, and it may be a lucky draw. Choose 10, 100 or 1,000 networks at the top: "
    "each learns from a seed of its own, all at once, and here you see how they are spread."
)
_OFFERED = 100
"""How many networks the button of the sentence makes."""


class SeedsShowing(QObject):
    """Connects session, what is worked out of all networks, and views; the table's order follows while they rest."""

    def __init__(
        self, window: ViewsLayout, count: NetworkCount, ensemble: EnsembleController, scorecards: MemberScorecards
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._networks = window, window.session, count
        self.ensemble, self.scorecards = ensemble, scorecards
        self._words = FigureWords()
        window.one_network.words.setText(_ONE_NETWORK)
        window.one_network.button.setText(f"Train {_OFFERED} Networks")
        window.one_network.button.setToolTip(f"Begin anew with {_OFFERED} networks, and train them")
        self._connect()
        self.show_experiment(self._session.experiment)

    def _connect(self) -> None:
        window, session, ensemble = self._window, self._session, self.ensemble
        session.experiment_changed.connect(self.show_experiment)
        session.run.history_changed.connect(window.members.show_history)
        session.run.state_changed.connect(self._show_state)
        session.course_changed.connect(self._show_member)
        session.plan_changed.connect(self._show_state)
        ensemble.figures_changed.connect(self._show_figures)
        ensemble.prediction_changed.connect(window.fan.show_prediction)
        ensemble.success_changed.connect(window.final_errors.show_success)
        window.workspaces.front_changed.connect(self._want)
        for view in (window.members, window.fan, window.final_errors, window.member_table):
            view.seen_changed.connect(self._want)
        window.final_errors.part_chosen.connect(self._want)
        window.final_errors.count_wanted.connect(self._count)
        for chooser in (window.members, window.member_table):
            chooser.chosen.connect(session.document.set_member)
        window.member_table.opened.connect(self._open)
        window.member_scorecards.measure_wanted.connect(self.scorecards.measure)
        window.member_scorecards.compare_wanted.connect(self.scorecards.compare)
        self.scorecards.changed.connect(window.member_scorecards.show_measures)
        window.one_network.button.clicked.connect(self._train_many)
        window.fan.cursor_moved.connect(window.selection.move_cursor)
        window.selection.cursor_moved.connect(window.fan.show_cursor)

    def shut_down(self) -> None:
        """End what is worked out beside the window. Called once, before that goes."""
        self.ensemble.shut_down()
        self.scorecards.shut_down()

    # -- what is shown --------------------------------------------------------------------------

    @Slot(object)
    def show_experiment(self, experiment: Run) -> None:
        """Show the networks of another ensemble, or say that there is one network only."""
        from elman_core.forecasting.extent import rows_beyond  # here, so that the empty window need not wait for it

        window, dataset, training = self._window, experiment.dataset, experiment.training
        several = training.networks > 1
        window.members.show_history(experiment.history)
        window.members.show_dataset(dataset, training.loss, training.seed)
        window.places.offer("one_network", not several)
        for name in ("members", "member_table", "fan", "final_errors"):
            window.places.offer(name, several)
        window.places.offer("member_scorecards", self.scorecards.are_possible)
        # Of one network too: what was shown before is not to be kept.
        window.fan.show_dataset(dataset, 0 if dataset.panel.has_several else rows_beyond(dataset.rows))
        if several:
            self._words = FigureWords.of_ensemble(dataset, training.loss)
            parts = tuple(part for part in Part if self._has_errors(experiment, part))
            published = tuple(filter(None, map(partial(published_of, dataset), parts)))
            window.final_errors.show_words(self._words, parts, published)
        window.member_scorecards.show_measures(self.scorecards.measures)
        self._show_member()
        self._show_state()

    @staticmethod
    def _has_errors(experiment: Run, part: Part) -> bool:
        dataset = experiment.dataset
        match part:
            case Part.TRAIN:
                return True
            case Part.VALIDATION:
                return dataset.validation_steps > 0
        return len(dataset.scored_rows(part)) > 0

    @Slot(object)
    def _show_figures(self, figures: MemberFigures) -> None:
        window = self._window
        window.final_errors.show_figures(figures)
        if window.member_table.isVisible():
            window.member_table.show_figures(figures, self._words, in_order=self._session.is_at_rest)

    @Slot()
    def _show_member(self) -> None:
        member, window = self._session.document.member, self._window
        for view in (window.members, window.member_table, window.final_errors, window.member_scorecards):
            view.show_member(member)

    @Slot()
    def _show_state(self) -> None:
        window, session = self._window, self._session
        window.member_scorecards.show_comparable(
            self.scorecards.what_is_compared, at_rest=session.is_at_rest, is_trained=session.is_trained
        )
        window.one_network.button.setVisible(session.is_at_rest and session.document.plan is None)
        if session.experiment.training.networks > 1:
            window.members.show_history(session.experiment.history)
        self._want()
        if self.ensemble.has_several and session.is_at_rest:
            self._show_figures(self.ensemble.figures)

    # -- what is wanted -------------------------------------------------------------------------

    @Slot()
    def _want(self) -> None:
        """Let be worked out what can be seen."""
        window = self._window
        table, errors = window.member_table.isVisible(), window.final_errors.isVisible()
        is_test = window.final_errors.shown_part is Part.TEST
        has_test = self._has_errors(self._session.experiment, Part.TEST)
        self.ensemble.set_wanted(
            prediction=window.fan.isVisible(),
            errors=has_test and (table or (errors and is_test)),
            figures=table or errors,
        )

    @Slot(float)
    def _count(self, threshold: float) -> None:
        errors = self._window.final_errors.errors
        if errors is not None:
            self.ensemble.count(errors, threshold)

    @Slot()
    def _train_many(self) -> None:
        self._networks.choose(_OFFERED)
        if self._session.experiment.training.networks == _OFFERED:
            self._session.run.train()

    @Slot(int)
    def _open(self, member: int) -> None:
        """Look at a network in Learn; every other workspace shows it too."""
        self._session.document.set_member(member)
        self._window.workspaces.bring_to_front("learn")
