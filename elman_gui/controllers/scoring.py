"""Scoring: the scores of the network that is shown, whatever is done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from elman_core.analysis.shown import clamps_words, shown_words
from elman_core.analysis.types import InspectionRequest
from elman_core.analysis.units import UnitNames
from elman_core.data.splits import Part
from elman_core.forecasting.scores import PartScores
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted
from elman_gui.controllers.inspection import InspectionController, Situation
from elman_gui.controllers.session import TrainingSession
from elman_gui.messages import sentence
from elman_gui.threads.inspection import Inspector

if TYPE_CHECKING:
    from elman_core.analysis.scoring import NetworkScores, ShownScorer
    from elman_core.data.dataset import SequenceDataset
    from elman_core.experiments.scorecard import Measure

__all__ = ["Scoring", "ShownScores"]

_SHARE = 0.1
"""Of the time that scoring a network in training may take; it goes on beside the window."""
_LEAST_PAUSE = 0.25
"""Seconds; numbers that change more often cannot be read."""


@dataclass(frozen=True)
class ShownScores:
    """Scores by part, measures beside a paper, and of what they are: "epoch 83, with hidden unit 3 lesioned"."""

    scores: Mapping[Part, PartScores | None]
    measures: tuple[Measure, ...]
    of_what: str


class Scoring(QObject):
    """Stands between run and inspection, which say what is shown, and the score cards.

    The run scores a network at rest by itself. All else is scored here, beside the window: a network in training from
    time to time, one with units held or of an earlier epoch at once.

    Signals
    -------
    scored(ShownScores)
        None where another experiment has come, which is not scored yet.
    problem(str)
    """

    scored = Signal(object)
    problem = Signal(str)

    def __init__(self, session: TrainingSession, inspection: InspectionController, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._shown: InspectionRequest | None = None
        self._situation: Situation | None = None
        self._at_rest: Mapping[Part, PartScores | None] | None = None
        self._measures: tuple[Measure, ...] = ()
        self._scores = _Scores()
        self._scores.begin_with(session.experiment.dataset)
        self._scorer = Inspector(self, self._scores, share=_SHARE, least_pause=_LEAST_PAUSE, longest_pause=None)
        self._scorer.seen.connect(self._on_scores)
        self._scorer.failed.connect(self._on_failure)
        inspection.shown_changed.connect(self._on_shown)
        session.run.measures_changed.connect(self._on_measures)
        session.run.scores_changed.connect(self._on_scores_at_rest)
        session.experiment_changed.connect(self._on_experiment)

    def shut_down(self) -> None:
        """End the thread. Called once, before the window goes."""
        self._scorer.shut_down()

    @Slot()
    def _on_experiment(self) -> None:
        self._shown = self._situation = self._at_rest = None
        self._scores.begin_with(self._session.experiment.dataset)
        self._scorer.forget()
        self.scored.emit(None)

    @Slot(object, object, bool)
    def _on_shown(self, request: InspectionRequest, situation: Situation, urgent: bool) -> None:
        """Score what is shown now, unless the run does or has done it."""
        self._shown, self._situation = request, situation
        if not self._is_scored_by_run:
            self._scorer.request(request, situation, urgent=urgent or self._session.is_at_rest)
        elif self._at_rest is not None:
            self._tell(request, self._at_rest, self._measures)

    @property
    def _is_scored_by_run(self) -> bool:
        """Whether the network at rest is shown as it is now."""
        return self._session.is_at_rest and (self._shown is None or self._shown.response is not None)

    @Slot(tuple)
    def _on_measures(self, measures: tuple[Measure, ...]) -> None:
        self._measures = measures

    @Slot(object)
    def _on_scores_at_rest(self, scores: Mapping[Part, PartScores | None] | None) -> None:
        """Know the scores of the network at rest; None where they do not hold any more."""
        self._at_rest = scores
        if scores is not None and self._is_scored_by_run and self._shown is not None:
            self._tell(self._shown, scores, self._measures)

    @Slot(object, object, object)
    def _on_scores(self, situation: Situation, request: InspectionRequest, found: NetworkScores) -> None:
        shown = self._shown
        if shown is None or situation != self._situation or self._is_scored_by_run:
            return  # of a request from before the person went on to something else
        if request.dataset is shown.dataset and request.network == shown.network:
            self._tell(request, found.scores, found.measures)

    def _tell(
        self, request: InspectionRequest, scores: Mapping[Part, PartScores | None], measures: tuple[Measure, ...]
    ) -> None:
        assert self._situation is not None
        held = clamps_words(request.clamps, request.network, UnitNames.of(request.dataset))
        step = request.time_step if self._session.is_at_rest else 0  # of a run it would only flicker
        words = shown_words(request.epoch, step, held, weight_changed=self._situation.is_dragged)
        several = self._session.experiment.training.networks > 1
        which = f"network {self._situation.member + 1:,}, " if several else ""
        plan = self._session.document.plan
        if plan is not None and plan.forecaster is not None:
            which = f"part {plan.part + 1:,} alone, {which}"
            if scores is self._at_rest:
                which, words = "", f"all {counted(len(plan.forecaster.parts), 'part')} together"
        self.scored.emit(ShownScores(scores, measures, f"{which}{words}"))

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self.problem.emit(sentence(error))


class _Scores:
    """Makes the jobs of the scoring thread, in that thread; `begin_with` is called from the window's."""

    def __init__(self) -> None:
        self._dataset: SequenceDataset | None = None
        self._scorer: ShownScorer | None = None

    def __call__(self, request: InspectionRequest) -> Job[Any]:
        from elman_core.analysis.scoring import ShownScorer  # imports torch

        if request.dataset is not self._dataset:  # of data that were left, of which nothing is to be kept
            return ShownScorer()(request)
        scorer = self._scorer = self._scorer or ShownScorer()
        return scorer(request)

    def begin_with(self, dataset: SequenceDataset) -> None:
        """Keep nothing of other data than these."""
        if dataset is not self._dataset:
            self._dataset, self._scorer = dataset, None
