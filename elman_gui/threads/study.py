"""StudyThread: a study that runs beside the window, summed up a few times a second."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal

from elman_core.config import Precision
from elman_core.studies.overview import Overview
from elman_core.studies.results import StudyResults
from elman_core.studies.store import StudyStore, check_study_place
from elman_core.studies.study import Study
from elman_core.studies.survey import Survey
from elman_core.studies.trial import Outcome
from elman_core.support.error_log import log_error
from elman_core.support.text_format import counted
from elman_core.support.throttle import Throttle
from elman_gui.threads.priority import let_the_window_go_first

if TYPE_CHECKING:
    from elman_core.studies.runner import StudyUpdate

__all__ = ["StudyProgress", "StudyRequest", "StudyThread"]

_log = logging.getLogger(__name__)
_SECONDS, _SHARE = 0.4, 0.2
"""The study is summed up at most so often, and in at most this share of the time."""
_TOLD_SECONDS = 0.1
"""How far it is, is told as often."""
_MOST_TOLD = 3
"""So many sentences about cells that cannot be trained; then only that there are more, which are counted as failed."""


@dataclass(frozen=True)
class StudyRequest:
    """A study to run, or to go on with.

    Attributes
    ----------
    results
        The runs that are known, to which others are added; of a folder that was begun before, what it holds is read
        again.
    survey
        Sums them up.
    folder
        Where runs are kept; None where they are not.
    goes_on
        Whether the folder is that of a study that was begun before.
    workers, cluster
        How many blocks are trained at once; and the address of the cluster that trains them, or nothing.
    """

    study: Study
    results: StudyResults
    survey: Survey
    folder: Path | None = None
    goes_on: bool = False
    workers: int = 1
    cluster: str = ""


@dataclass(frozen=True)
class StudyProgress:
    """How far a study is.

    Attributes
    ----------
    done, total, diverged, failed
        Runs that have ended, those that there are, and how many of the former came to nothing.
    seconds_left
        None while that is not known.
    stage
        What is done before the first run, in words; else empty.
    """

    done: int
    total: int
    diverged: int = 0
    failed: int = 0
    seconds_left: float | None = None
    stage: str = ""


@dataclass
class _Pace:
    """How many runs have ended since the beginning, and so how long the others will take."""

    total: int
    done_before: int
    began: float = field(default_factory=time.monotonic)

    def seconds_left(self, done: int) -> float | None:
        """Return how long it will take; None before the first run."""
        new = done - self.done_before
        return (time.monotonic() - self.began) / new * (self.total - done) if new > 0 else None


class StudyThread(QThread):
    """Runs one study, and is over with it.

    Attributes
    ----------
    results
        All runs that are known, once it has ended.

    Signals
    -------
    progressed(StudyProgress)
        How far it is, at most ten times a second.
    summed_up(Overview)
        What it has come to so far, at most a few times a second, and at the end.
    told(str)
        Something worth reading, such as why cells cannot be trained.
    failed(object)
        The exception that ended it. What was finished is kept.
    """

    progressed = Signal(object)
    summed_up = Signal(object)
    told = Signal(str)
    failed = Signal(object)

    def __init__(self, request: StudyRequest, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.results = request.results
        self._request = request
        self._stop = threading.Event()
        self._said: set[str] = set()

    def stop(self) -> None:
        """Ask it to end; what is under way is given up, what has ended is kept. A direct call, from any thread."""
        self._stop.set()

    def run(self) -> None:
        """Train what is missing."""
        let_the_window_go_first()
        try:
            self._run()
        except Exception as error:
            log_error(_log, "a study failed", error)
            self.failed.emit(error)
        finally:
            self.summed_up.emit(self._overview())

    def _overview(self) -> Overview:
        return self._request.survey.overview(self.results)

    def _run(self) -> None:
        from elman_core.studies.estimate import check_study, estimate_of
        from elman_core.studies.runner import refuse_hopeless, run_study  # here, so that the window need not wait

        request = self._request
        study = request.study
        with ExitStack() as open_now:
            if request.folder is not None and not request.goes_on:
                check_study_place(request.folder)
            self._tell_stage("Looking at the settings…")
            self._tell_some(refuse_hopeless(study))
            if not request.goes_on:
                estimate = estimate_of(study, request.workers, is_elsewhere=bool(request.cluster))
                if estimate is not None:
                    check_study(estimate, request.folder)
            store = None
            if request.folder is not None:
                store = self._store(request.folder)
                open_now.callback(store.close)
            executor, workers = None, request.workers
            if request.cluster:
                from elman_core.studies.cluster import ClusterExecutor

                self._tell_stage("Asking the cluster…")
                executor = open_now.enter_context(ClusterExecutor(request.cluster))
                workers = executor.workers
            else:
                self._prepare_engine(study)
            updates = run_study(study, store, executor, results=self.results, workers=workers)
            open_now.enter_context(closing(updates))
            self._follow(updates)
            if store is not None and not self._stop.is_set():
                self._keep_models(store)

    def _store(self, folder: Path) -> StudyStore:
        """Open the folder to write; the runs in it are those that are known."""
        if not self._request.goes_on:
            return StudyStore.created(folder, self._request.study)
        store = StudyStore.opened(folder, to_write=True)
        try:
            store.check_data()
            store.extend(self._request.study.config)
        except BaseException:
            store.close()
            raise
        self.results = store.results
        return store

    def _keep_models(self, store: StudyStore) -> None:
        """Save the networks that belong into the folder, which are trained again."""
        from elman_core.studies.reopen import keep_models

        self._tell_stage("Saving the chosen network…")
        with closing(keep_models(self._request.study, self.results, store)) as job:
            for _ in job:
                if self._stop.is_set():
                    return

    def _prepare_engine(self, study: Study) -> None:
        """Have the compiled loops ready before runs are timed."""
        import torch

        from elman_core.devices import choose_device
        from elman_core.training.engines.choice import choose_engine
        from elman_core.training.engines.kernel_cache import prepare_for

        torch.set_num_threads(1)
        if choose_engine(study.base.engine, choose_device(study.base.device)) == "compiled":
            precision = Precision(study.base.training.get("precision", Precision.SINGLE))
            prepare_for(precision, lambda words: self._tell_stage(f"{words[:1].upper()}{words[1:]}…"))

    def _follow(self, updates: Iterator[StudyUpdate]) -> None:
        results, total = self.results, self._request.study.config.runs
        pace, overviews, reports = _Pace(total, len(results)), Throttle(_SECONDS, _SHARE), Throttle(_TOLD_SECONDS)
        for update in updates:
            if update.message:
                self._tell_some([update.message])
            if reports.is_due:
                with reports.turn():
                    self.progressed.emit(self._progress(pace.seconds_left(len(results))))
            if overviews.is_due and len(results) > 0:
                with overviews.turn():
                    self.summed_up.emit(self._request.survey.overview(self.results, in_passing=True))
            if self._stop.is_set():
                break
        self.progressed.emit(self._progress(None))

    def _progress(self, seconds_left: float | None) -> StudyProgress:
        results = self.results
        lost = (results.count(outcome) for outcome in (Outcome.DIVERGED, Outcome.FAILED))
        return StudyProgress(len(results), self._request.study.config.runs, *lost, seconds_left)

    def _tell_stage(self, words: str) -> None:
        done, total = len(self.results), self._request.study.config.runs
        self.progressed.emit(StudyProgress(done, total, stage=words))

    def _tell_some(self, sentences: list[str]) -> None:
        """Tell what was not told yet, as long as it is not too much."""
        new = [words for words in sentences if words not in self._said]
        told = new[: max(0, _MOST_TOLD - len(self._said))]
        self._said |= set(new)
        if told and len(new) > len(told):
            told.append(f"{counted(len(new) - len(told), 'other cell')} cannot be trained either")
        if told:
            self.told.emit("; ".join(told))
