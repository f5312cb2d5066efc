"""NetworkCount: lets as many networks learn as are chosen, and tells before what takes long or much memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from elman_gui.messages import as_sentence
from elman_gui.notices import Ending, Notice

if TYPE_CHECKING:
    from elman_gui.controllers.session import TrainingSession
    from elman_gui.panels.transport_bar import TransportBar

__all__ = ["NetworkCount"]

_LONG_SECONDS, _LARGE_BYTES = 10.0, 500_000_000
"""What takes less than both is begun without a word."""


class NetworkCount(QObject):
    """Connects the choice in the transport bar with the session.

    Signals
    -------
    noticed(Notice)
        What so many networks will take.
    problem(str)
        Why there cannot be so many.
    """

    noticed = Signal(object)
    problem = Signal(str)

    def __init__(self, session: TrainingSession, transport: TransportBar, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._transport = session, transport
        transport.networks_chosen.connect(self.choose)
        session.plan_changed.connect(self._on_plan)

    @Slot(int)
    def choose(self, networks: int) -> None:
        """Let so many networks learn, untrained. Can be undone.

        What takes long or much memory is told before it begins; what does not fit is refused.
        """
        from elman_core.errors import ConfigError
        from elman_core.training.estimate import DataSizes, check_memory_of, estimate_training

        experiment = self._session.experiment
        training = experiment.training.replace(networks=networks)
        try:
            check_memory_of(replace(experiment, training=training))
        except ConfigError as error:
            self.problem.emit(as_sentence(str(error)))
            self._transport.show_experiment(experiment)
            return
        self._session.set_training(training)
        estimate = estimate_training(experiment.network, training, DataSizes.of(experiment.dataset))
        if networks > 1 and (estimate.seconds > _LONG_SECONDS or estimate.bytes > _LARGE_BYTES):
            words = f"{networks:,} networks: {estimate.sentence[0].lower()}{estimate.sentence[1:]}"
            self.noticed.emit(Notice(words, frozenset({Ending.TRAINING, Ending.CHANGE})))

    @Slot(object)
    def _on_plan(self, plan: object) -> None:
        self._transport.let_networks_be_chosen(plan is None)
