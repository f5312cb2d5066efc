"""DamageController: damages the networks in the window, one kind after another, beside it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from elman_core.analysis.damage.results import DamageCurve, DamageResults, LevelScorecard
from elman_core.analysis.types import Clamps
from elman_core.config.damage import DamageConfig, DamageKind
from elman_core.experiment import Run
from elman_core.experiments.built_in import built_in_name
from elman_core.experiments.elman_1990 import has_scorecard
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted
from elman_gui.controllers.damage_jobs import curve_of, examined, scored
from elman_gui.controllers.jobs import JobController
from elman_gui.controllers.run import RunController
from elman_gui.document import Change, Document
from elman_gui.messages import sentence
from elman_gui.threads.job import JobThread

if TYPE_CHECKING:  # what imports torch
    from elman_core.analysis.damage.examination import Undamaged

__all__ = ["DamageController"]

_NOTHING_RUN = "Run damages the networks, and draws what they lose, level by level."
_FOLLOWED = (Change.CONTENT, Change.TRAINING, Change.LEARNED, Change.PART, Change.FORECASTER)


class DamageController(QObject):
    """Works when it is asked to. What it found stays until other data or another network are there.

    Attributes
    ----------
    results
        What was found so far; None where nothing was.
    cards
        The scorecards that were made.

    Signals
    -------
    found_changed()
        Results or cards are others.
    words_changed(str)
        What stands of which networks, or why nothing does.
    progressed(float)
        The share that is done, from 0 to 1.
    working_changed(bool)
        It works from now on, or no more.
    problem(str)
    """

    found_changed = Signal()
    words_changed = Signal(str)
    progressed = Signal(float)
    working_changed = Signal(bool)
    problem = Signal(str)

    def __init__(self, document: Document, run: RunController, jobs: JobController, parent: QObject) -> None:
        super().__init__(parent)
        self.results: DamageResults | None = None
        self.cards: tuple[LevelScorecard, ...] = ()
        self._document = document
        self._run = run
        self._jobs = jobs
        self._of: Run | None = None
        self._revision = -1
        self._config = DamageConfig()
        self._kinds: deque[DamageKind] = deque()
        self._share = 0.0, 1.0
        self._job: JobThread | None = None
        self._then: Callable[[Any], object] = self._on_undamaged
        self._words = ""
        document.observe(self._on_change)
        run.state_changed.connect(self.follow)

    def shut_down(self) -> None:
        """Follow the document no more, and begin nothing. Called once, before the window goes."""
        self._kinds.clear()
        self._document.forget(self._on_change)

    # -- what can be done -----------------------------------------------------------------------

    @property
    def is_working(self) -> bool:
        """Whether it works."""
        return self._job is not None

    @property
    def can_begin(self) -> bool:
        """Whether there are trained networks at rest, and nothing is under way."""
        return not self.is_working and self._run.is_at_rest and self._document.experiment.weights is not None

    @property
    def has_scorecard(self) -> bool:
        """Whether the networks are of one of Elman's experiments."""
        return has_scorecard(built_in_name(self._document.experiment.dataset.source))

    def begin(self, config: DamageConfig, networks: int) -> None:
        """Damage the first so many networks."""
        if not self.can_begin:
            return
        run = self._of = self._document.content.experiment
        self._revision, self._config, self._kinds = self._document.revision, config, deque(config.kinds)
        self.results, self.cards = None, ()
        self._share = 0.0, 0.05
        self.working_changed.emit(True)
        self._start(lambda: examined(run, config, networks), self._on_undamaged)
        self.found_changed.emit()
        self._tell()

    def score(self, kind: DamageKind, level: float) -> None:
        """Make the scorecards of all networks at a level, and once those of the undamaged ones."""
        results = self.results
        if results is None or self.is_working or not self.has_scorecard:
            return
        wanted = [own for own in dict.fromkeys((0.0, level)) if not self.has_card(kind, own)]
        undamaged, source, seed = results.undamaged, self._document.experiment.dataset.source, results.config.seed
        if wanted:
            self._share = 0.0, 1.0
            self.working_changed.emit(True)
            self._start(lambda: scored(undamaged, source, kind, tuple(wanted), seed), self._on_cards)
            self._tell()

    def has_card(self, kind: DamageKind, level: float) -> bool:
        """Whether the scorecards at a level were made."""
        return any(card.level == level and (level == 0 or card.kind is kind) for card in self.cards)

    @Slot()
    def stop(self) -> None:
        """End the work; what was found so far stays."""
        if self._job is not None:
            self._kinds.clear()
            self._job.cancel()

    def clamps(self, kind: DamageKind, level: float) -> Clamps | None:
        """Return the units to hold for that damage to the network that is looked at, by its first draw.

        None where holding units does not do it, or the network was not damaged.
        """
        results, member = self.results, self._document.member
        if results is None or self.is_stale or member >= results.undamaged.network.networks:
            return None
        from elman_core.analysis.damage.damaging import Draw, clamps_of

        return clamps_of(kind, results.undamaged, Draw(member), level, results.config.seed)

    # -- the work -------------------------------------------------------------------------------

    def _start(self, make: Callable[[], Job[Any]], then: Callable[[Any], object]) -> None:
        job = JobThread(make, self)
        self._job, self._then = job, then
        job.succeeded.connect(self._on_success)
        job.failed.connect(self._on_failure)
        job.progressed.connect(self._on_progress)
        job.ended.connect(self._on_end)
        self._jobs.start_quietly(job)

    @Slot(float)
    def _on_progress(self, share: float) -> None:
        begin, end = self._share
        self.progressed.emit(begin + (end - begin) * share)

    @Slot(object)
    def _on_success(self, found: Any) -> None:
        self._then(found)

    def _on_undamaged(self, undamaged: Undamaged) -> None:
        self.results = DamageResults(self._config, undamaged, ())

    def _on_curve(self, curve: DamageCurve) -> None:
        if self.results is not None:
            self.results = self.results.with_curve(curve)
            self.found_changed.emit()

    def _on_cards(self, cards: tuple[LevelScorecard, ...]) -> None:
        self.cards = (*self.cards, *cards)
        self.found_changed.emit()

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self._kinds.clear()
        self.problem.emit(sentence(error))

    @Slot()
    def _on_end(self) -> None:
        """Go on with the next kind, if there is one."""
        self._job = None
        results = self.results
        if results is not None and self._kinds:
            kind, config, undamaged = self._kinds.popleft(), self._config, results.undamaged
            done = len(results.curves)
            self._share = tuple(0.05 + 0.95 * (done + own) / len(config.kinds) for own in (0, 1))  # type: ignore[assignment]
            self._start(lambda: curve_of(undamaged, kind, config), self._on_curve)
        else:
            self._kinds.clear()
            self.working_changed.emit(False)
        self._tell()

    # -- what it is of --------------------------------------------------------------------------

    @property
    def is_stale(self) -> bool:
        """Whether the results are of the networks as they were."""
        return self.results is not None and self._revision != self._document.revision

    def _on_change(self, change: Change) -> None:
        if change in _FOLLOWED:
            self.follow()

    @Slot()
    def follow(self) -> None:
        """Forget what belongs to other data or another network."""
        of, now = self._of, self._document.experiment
        if of is not None and (of.dataset is not now.dataset or of.network != now.network):
            self.stop()
            self._of = None
            self.results, self.cards = None, ()
            self.found_changed.emit()
        self._tell()

    @property
    def words(self) -> str:
        """What stands of which networks, or why nothing does."""
        results, experiment = self.results, self._document.experiment
        if results is None and not self._run.is_at_rest:
            return "The networks are learning. They can be damaged when the training pauses or ends."
        if results is None and experiment.weights is None:
            return "Nothing has been learned yet. Train the networks, then see what they lose as they are damaged."
        if results is None:
            return "The networks are measured…" if self.is_working else _NOTHING_RUN
        undamaged = results.undamaged
        networks, repeats = counted(undamaged.network.networks, "network"), counted(results.config.repeats, "repeat")
        said = f"Of {networks}, {repeats}, on {undamaged.data.what}."
        done, kinds = len(results.curves), len(results.config.kinds)
        if self._kinds or (self.is_working and done < kinds):
            said += f" Kind {done + 1} of {kinds} is under way."
        elif self.is_working:
            said += " Scorecards are made…"
        elif done < kinds:
            said += f" It was stopped after {done} of {counted(kinds, 'kind')}."
        return f"{said} The networks have changed since: Run shows them as they are now." if self.is_stale else said

    def _tell(self) -> None:
        self.words_changed.emit(self.words)
