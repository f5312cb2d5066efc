"""EnsembleController: what all networks of an ensemble do, worked out beside the window while somebody looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from elman_core.config import NetworkConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.support.jobs import Job
from elman_core.support.throttle import Throttle
from elman_core.training.events import Snapshot
from elman_core.training.member_figures import MemberFigures
from elman_gui.controllers.session import TrainingSession
from elman_gui.messages import sentence
from elman_gui.threads.inspection import Inspector

if TYPE_CHECKING:
    from elman_core.forecasting.ensemble_prediction import EnsemblePrediction
    from elman_core.studies.statistics.summaries import Success

__all__ = ["EnsembleController"]

_SHARE, _LEAST_PAUSE = 0.2, 0.4
"""Of the time that looking at networks in training may take, and seconds between two looks at least."""
_FIGURES_SECONDS = 0.4
"""Between two tellings of figures while the networks learn."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _LookRequest:
    """All networks as they were at one moment, and what is wanted of them."""

    dataset: SequenceDataset
    network: NetworkConfig
    w1: NDArray[np.floating]
    w2: NDArray[np.floating]
    prediction: bool
    errors: bool


@dataclass(frozen=True, eq=False)
class _Look:
    prediction: EnsemblePrediction | None
    errors: Array | None


@dataclass(frozen=True, eq=False)
class _CountRequest:
    """Errors (N,), NaN where nothing is known yet, and the threshold that they are to reach."""

    errors: Array
    threshold: float


class EnsembleController(QObject):
    """Follows the run, whose snapshots have the weights of all networks.

    Nothing is worked out of what nobody looks at, nor of one network alone.

    Signals
    -------
    figures_changed(MemberFigures)
        What each network has come to.
    prediction_changed(object)
        What all of them predict: an EnsemblePrediction, or None where it is not known yet.
    success_changed(object)
        How many reach the threshold: a Success.
    problem(str)
    """

    figures_changed = Signal(object)
    prediction_changed = Signal(object)
    success_changed = Signal(object)
    problem = Signal(str)

    def __init__(self, session: TrainingSession, snapshot: Snapshot | None, parent: QObject) -> None:
        """Begin with the `snapshot` that was taken last."""
        super().__init__(parent)
        self._session, self._snapshot = session, snapshot
        self._errors: Array | None = None
        self._known: dict[str, int] = {}
        """Of what is known of networks at rest, the revision of these: another member changes nothing of it."""
        self._figures_pace = Throttle(_FIGURES_SECONDS, _SHARE)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._tell_figures)
        self._wants_prediction = self._wants_errors = self._wants_figures = False
        self._looker = Inspector(self, _look, share=_SHARE, least_pause=_LEAST_PAUSE, longest_pause=None)
        self._counter = Inspector(self, _count, share=_SHARE, least_pause=0.05, longest_pause=None)
        for inspector, slot in ((self._looker, self._on_look), (self._counter, self._on_count)):
            inspector.seen.connect(slot)
            inspector.failed.connect(self._on_failure)
        run = session.run
        run.snapshot_changed.connect(self._on_snapshot)
        run.history_changed.connect(self._tell_figures_soon)
        session.experiment_changed.connect(self._on_experiment)

    def shut_down(self) -> None:
        """End the threads. Called once, before the window goes."""
        self._looker.shut_down()
        self._counter.shut_down()

    @property
    def has_several(self) -> bool:
        """Whether there is more than one network."""
        return self._session.experiment.training.networks > 1

    @property
    def figures(self) -> MemberFigures:
        """What each network has come to; its test error where that is known."""
        document = self._session.document
        figures = MemberFigures.of(document.experiment, document.course.ends)
        errors = self._errors
        return figures.with_test(errors if errors is not None and len(errors) == figures.networks else None)

    def set_wanted(self, *, prediction: bool, errors: bool, figures: bool) -> None:
        """Work out what all networks predict, their test errors, and tell figures, from now on, or do not."""
        comes = (prediction and not self._wants_prediction) or (errors and not self._wants_errors)
        comes_to_figures = figures and not self._wants_figures
        self._wants_prediction, self._wants_errors, self._wants_figures = prediction, errors, figures
        if comes:
            self._look(urgent=True)
        if comes_to_figures:
            self._tell_figures()

    def count(self, errors: Array, threshold: float) -> None:
        """Count the networks that reach a threshold, of errors (N,) with NaN where nothing is known yet."""
        self._counter.request(_CountRequest(errors, threshold), None, urgent=self._session.is_at_rest)

    @Slot()
    def _on_experiment(self) -> None:
        self._snapshot = self._errors = None
        self._known.clear()
        self._looker.forget()
        self.prediction_changed.emit(None)
        self._tell_figures()

    @Slot(object)
    def _on_snapshot(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._look(urgent=self._session.is_at_rest)

    def _look(self, *, urgent: bool) -> None:
        snapshot, experiment = self._snapshot, self._session.experiment
        if snapshot is None or not self.has_several:
            return
        revision = self._session.document.revision if self._session.is_at_rest else None
        wanted = {
            what: wants and (revision is None or self._known.get(what) != revision)
            for what, wants in (("prediction", self._wants_prediction), ("errors", self._wants_errors))
        }
        if any(wanted.values()):
            request = _LookRequest(experiment.dataset, experiment.network, snapshot.w1, snapshot.w2, **wanted)
            self._looker.request(request, revision, urgent=urgent)

    @Slot()
    def _tell_figures_soon(self) -> None:
        """Tell figures at once where that was not done just now: numbers that change more often cannot be read."""
        if self._figures_pace.is_due or self._session.is_at_rest:
            self._tell_figures()
        elif not self._later.isActive():
            self._later.start(round(1000 * self._figures_pace.seconds_left) + 1)

    @Slot()
    def _tell_figures(self) -> None:
        if self.has_several and self._wants_figures:
            with self._figures_pace.turn():
                self.figures_changed.emit(self.figures)

    @Slot(object, object, object)
    def _on_look(self, revision: int | None, request: _LookRequest, found: _Look) -> None:
        experiment = self._session.experiment
        if request.dataset is not experiment.dataset or request.network != experiment.network:
            return  # of an experiment that is gone
        if len(request.w1) != experiment.training.networks:
            return
        for what, is_known in (("prediction", request.prediction), ("errors", request.errors)):
            if is_known and revision is not None:
                self._known[what] = revision
        if found.prediction is not None:
            self.prediction_changed.emit(found.prediction)
        if found.errors is not None:
            self._errors = found.errors
            self._tell_figures_soon()

    @Slot(object, object, object)
    def _on_count(self, _situation: object, _request: _CountRequest, found: Success) -> None:
        self.success_changed.emit(found)

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self.problem.emit(sentence(error))


def _look(request: Any) -> Job[_Look]:
    import torch

    from elman_core.forecasting.ensemble_prediction import predict_together
    from elman_core.forecasting.member_errors import errors_of_members
    from elman_core.model.network import ElmanNetwork

    weights = (torch.from_numpy(np.array(matrix)) for matrix in (request.w1, request.w2))
    network = ElmanNetwork(request.network, *weights)
    prediction = (yield from predict_together(network, request.dataset)) if request.prediction else None
    errors = (yield from errors_of_members(network, request.dataset)) if request.errors else None
    return _Look(prediction, errors)


def _count(request: Any) -> Job[Success]:
    from elman_core.studies.statistics.summaries import success  # imports scipy when it counts

    yield 0.0
    return success(request.errors[~np.isnan(request.errors)], request.threshold)
