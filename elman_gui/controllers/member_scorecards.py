"""MemberScorecards: measures all networks of an ensemble beside the paper, and others from the same seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from elman_core.experiments.built_in import built_in_name
from elman_core.experiments.elman_1990 import ELMAN_1990
from elman_core.experiments.variants import what_is_compared
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted
from elman_gui.controllers.session import TrainingSession
from elman_gui.document import Change
from elman_gui.threads.job import JobThread

if TYPE_CHECKING:
    from elman_core.experiment import Run
    from elman_core.experiments.member_scorecards import MeasureOfAll

__all__ = ["MemberScorecards"]

_WITH_SCORECARDS = tuple(built_in.name for built_in in ELMAN_1990)


class MemberScorecards(QObject):
    """Measures hold for the weights that the networks had; those of other networks for experiment, seed and number.

    Signals
    -------
    changed(tuple)
        What all networks reach, and below it what others do from the same seeds; empty where nothing is known.
    """

    changed = Signal(tuple)

    def __init__(self, session: TrainingSession, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._own: tuple[MeasureOfAll, ...] = ()
        self._others: tuple[MeasureOfAll, ...] = ()
        self._own_of: object = None
        self._others_of: object = None
        self._jobs: dict[str, JobThread] = {}
        session.document.observe(self._on_change)

    def shut_down(self) -> None:
        """Hear nothing more of the document. Called once, before the window goes."""
        self._session.document.forget(self._on_change)

    @property
    def are_possible(self) -> bool:
        """Whether several networks of an experiment with a scorecard are open."""
        experiment = self._session.experiment
        return experiment.training.networks > 1 and built_in_name(experiment.dataset.source) in _WITH_SCORECARDS

    @property
    def what_is_compared(self) -> str:
        """Which other networks there are, in a few words; empty where there are none."""
        return what_is_compared(built_in_name(self._session.experiment.dataset.source))

    @property
    def measures(self) -> tuple[MeasureOfAll, ...]:
        """All that is known."""
        return (*self._own, *self._others)

    def measure(self) -> None:
        """Measure all networks, beside the window."""
        session = self._session
        if self.are_possible and session.is_at_rest and session.is_trained and "own" not in self._jobs:
            experiment, self._own_of = session.experiment, session.document.revision
            networks = counted(experiment.training.networks, "network")
            job = JobThread(lambda: _measured(experiment), self)
            job.succeeded.connect(self._on_own)
            self._start("own", job, f"Measuring {networks} on fresh streams")

    def compare(self) -> None:
        """Train other networks from the same seeds, and measure them, beside the window."""
        session = self._session
        if self.are_possible and self.what_is_compared and session.is_at_rest and "others" not in self._jobs:
            self._others_of = self._comparable
            name, seed, networks = self._comparable
            engine = session.run.engine
            job = JobThread(lambda: _compared(name, seed, networks, engine), self)
            job.succeeded.connect(self._on_others)
            self._start("others", job, f"Training other networks from {networks:,} seeds")

    def _start(self, name: str, job: JobThread, what: str) -> None:
        self._jobs[name] = job
        job.ended.connect(self._on_ended)
        self._session.jobs.start(job, what)

    @property
    def _comparable(self) -> tuple[str, int, int]:
        """What a comparison holds for."""
        training = self._session.experiment.training
        return built_in_name(self._session.experiment.dataset.source), training.seed, training.networks

    def _on_change(self, change: Change) -> None:
        """Forget what does not belong to the networks any more."""
        if change in (Change.MEMBER, Change.COURSE, Change.CLAMPS, Change.SAVED):
            return
        before = self.measures
        if self._own_of is not None and self._own_of != self._session.document.revision:
            self._own, self._own_of = (), None
            self._cancel("own")
        if self._others_of is not None and self._others_of != self._comparable:
            self._others, self._others_of = (), None
            self._cancel("others")
        if before != self.measures:
            self.changed.emit(self.measures)

    def _cancel(self, name: str) -> None:
        if name in self._jobs:
            self._jobs[name].cancel()

    @Slot(object)
    def _on_own(self, measures: tuple[MeasureOfAll, ...]) -> None:
        if self._own_of is not None:
            self._own = measures
            self.changed.emit(self.measures)

    @Slot(object)
    def _on_others(self, measures: tuple[MeasureOfAll, ...]) -> None:
        if self._others_of is not None:
            self._others = measures
            self.changed.emit(self.measures)

    @Slot()
    def _on_ended(self) -> None:
        self._jobs = {name: job for name, job in self._jobs.items() if job is not self.sender()}


def _measured(experiment: Run) -> Job[tuple[MeasureOfAll, ...]]:
    from elman_core.experiments.member_scorecards import score_all  # imports torch
    from elman_core.training.weights import network_from_weights

    assert experiment.weights is not None
    network = network_from_weights(experiment.network, experiment.weights)
    name = built_in_name(experiment.dataset.source)
    return (yield from score_all(name, network, experiment.training.seed))


def _compared(name: str, seed: int, networks: int, engine: str) -> Job[tuple[MeasureOfAll, ...]]:
    from elman_core.experiments.member_scorecards import compare_all  # imports torch

    return (yield from compare_all(name, seed, networks, engine))
