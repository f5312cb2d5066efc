"""SeedsShowing: brings the networks of an ensemble to the views that compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

if TYPE_CHECKING:
    from elman_core.experiment import Run
    from elman_gui.window.views_layout import ViewsLayout

__all__ = ["SeedsShowing"]

_ONE_NETWORK = (
    "There is one network, from one seed. In Settings, under Training, More settings, Networks makes it many: each "
    "learns from a seed of its own, all at once, and their losses stand here."
)


class SeedsShowing(QObject):
    """Connects session, curves and table; the table follows while the networks rest."""

    def __init__(self, window: ViewsLayout) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        window.one_network.words.setText(_ONE_NETWORK)
        session = self._session
        session.experiment_changed.connect(self.show_experiment)
        session.run.history_changed.connect(window.members.show_history)
        session.run.state_changed.connect(self._show_table)
        session.course_changed.connect(self._show_member)
        window.workspaces.front_changed.connect(self._show_table)
        window.members.seen_changed.connect(self._show_table)
        for chooser in (window.members, window.member_table):
            chooser.chosen.connect(session.document.set_member)
        self.show_experiment(session.experiment)

    @Slot(object)
    def show_experiment(self, experiment: Run) -> None:
        """Show the networks of another ensemble, or say that there is one network only."""
        window, several = self._window, experiment.training.networks > 1
        window.members.show_history(experiment.history)
        window.members.show_dataset(experiment.dataset, experiment.training.loss)
        window.places.offer("one_network", not several)
        for name in ("members", "member_table"):
            window.places.offer(name, several)
        self._show_member()
        self._show_table()

    @Slot()
    def _show_member(self) -> None:
        member = self._session.document.member
        self._window.members.show_member(member)
        self._window.member_table.show_member(member)

    @Slot()
    def _show_table(self) -> None:
        window, experiment = self._window, self._session.experiment
        if experiment.training.networks > 1 and self._session.is_at_rest:
            dataset = experiment.dataset
            window.member_table.show_ensemble(
                experiment, experiment.history, dataset.validation_steps or dataset.train_steps
            )
            window.members.show_history(experiment.history)
