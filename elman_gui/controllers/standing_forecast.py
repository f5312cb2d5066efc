"""StandingForecast: what the network in the window forecasts, computed anew whenever it has changed."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.forecasting.extent import rows_beyond
from elman_core.forecasting.scores import HorizonScore
from elman_core.support.jobs import Job, within
from elman_core.training.events import Response
from elman_gui.controllers.jobs import JobController
from elman_gui.controllers.run import RunController
from elman_gui.document import Change, Document
from elman_gui.messages import as_sentence, sentence
from elman_gui.threads.job import JobThread

__all__ = ["Outlook", "StandingForecast"]

_HORIZON = 10
"""Steps ahead that are scored, unless the network is trained for more."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a network predicts beyond the data, and its errors by the number of steps ahead.

    Attributes
    ----------
    horizons
        From 1 step ahead on; empty where there are too few rows to score any.
    """

    dataset: SequenceDataset
    response: Response
    horizons: tuple[HorizonScore, ...]


class StandingForecast(QObject):
    """Computes only while somebody looks, and while the network is at rest.

    Signals
    -------
    outlook_changed(object)
        An `Outlook`, or None where there is none: nothing is learned, or it is a text.
    words_changed(str)
        What stands of which network, or why nothing does.
    """

    outlook_changed = Signal(object)
    words_changed = Signal(str)

    def __init__(self, document: Document, run: RunController, jobs: JobController, parent: QObject) -> None:
        super().__init__(parent)
        self.outlook: Outlook | None = None
        self.words = ""
        self._document = document
        self._run = run
        self._jobs = jobs
        self._is_wanted = False
        self._known = self._asked = (-1, -1)
        self._problem = ""
        self._job: JobThread | None = None
        document.observe(self._on_change)
        run.state_changed.connect(self.follow)

    def shut_down(self) -> None:
        """Follow the document no more. Called once, before the window goes."""
        self._is_wanted = False
        self._document.forget(self._on_change)

    def want(self, wanted: bool) -> None:
        """Know whether somebody looks."""
        self._is_wanted = wanted
        self.follow()

    @property
    def is_stale(self) -> bool:
        """Whether what is shown is of the network as it was."""
        return self.outlook is not None and self._known != self._now

    @property
    def _now(self) -> tuple[int, int]:
        return self._document.revision, self._document.member

    def _on_change(self, change: Change) -> None:
        if change in (Change.CONTENT, Change.TRAINING, Change.LEARNED, Change.MEMBER):
            self.follow()

    @Slot()
    def follow(self) -> None:
        """Compute what is missing, or say why it cannot be had."""
        document = self._document
        if self.outlook is not None and self.outlook.dataset is not document.experiment.dataset:
            self._show(None)
        if document.experiment.dataset.kind is DataKind.SYMBOLS:
            self._show(None)
            self._say("A text is gone on with symbol by symbol: Predict… opens the window for that.")
        elif not document.is_trained:
            self._show(None)
            begun = "The network is learning. Its forecast stands here when the training rests."
            none = "Nothing is learned yet. Train the network, and its forecast stands here."
            self._say(none if self._run.is_at_rest else begun)
        elif self._known == self._now:
            self._say(self._problem)
        elif not self._run.is_at_rest:
            was = "This is the forecast of the network as it was. " if self.outlook is not None else ""
            self._say(f"{was}The forecast is made anew when the training rests.")
        elif self._is_wanted:
            self._begin()

    def _begin(self) -> None:
        if self._job is not None:
            return  # what it brings is looked at, and made anew if it is of another network
        self._say("The forecast is being made…")
        experiment, member = self._document.experiment, self._document.member
        self._asked = self._now
        job = JobThread(lambda: _look_ahead(experiment, member), self)
        job.succeeded.connect(self._on_outlook)
        job.failed.connect(self._on_failure)
        job.ended.connect(self._on_end)
        self._job = job
        self._jobs.start_quietly(job)

    @Slot(object)
    def _on_outlook(self, outlook: Outlook) -> None:
        if outlook.dataset is self._document.experiment.dataset:
            self._known, self._problem = self._asked, ""
            self._show(outlook)

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self._show(None)
        self._known, self._problem = self._asked, as_sentence(sentence(error))  # it would fail again

    @Slot()
    def _on_end(self) -> None:
        self._job = None
        self.follow()

    def _show(self, outlook: Outlook | None) -> None:
        if outlook is None and self.outlook is not None:
            self._known = (-1, -1)
        if outlook is not self.outlook:
            self.outlook = outlook
            self.outlook_changed.emit(outlook)

    def _say(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.words_changed.emit(words)


def _look_ahead(experiment: Run, member: int) -> Job[Outlook]:
    """Forecast beyond the data, and score each number of steps ahead on the test part."""
    yield 0.0
    # Imported here, in the job's thread: importing torch takes a second.
    import torch

    from elman_core.forecasting.horizons import evaluate_horizons, longest_horizon
    from elman_core.forecasting.prediction import predict
    from elman_core.training.weights import network_from_weights

    torch.set_num_threads(1)
    alone = experiment.of_member(member)
    assert alone.weights is not None
    dataset, network = alone.dataset, network_from_weights(alone.network, alone.weights)
    beyond = max(rows_beyond(int(dataset.panel.lengths.max())), dataset.config.horizon)
    response = yield from within(predict(network, dataset, beyond), 0.0, 0.3)
    try:
        horizon = min(max(_HORIZON, dataset.config.horizon), longest_horizon(dataset))
        horizons = tuple((yield from within(evaluate_horizons(network, dataset, horizon), 0.3, 1.0)))
    except DataError:
        horizons = ()
    return Outlook(experiment.dataset, response, horizons)
