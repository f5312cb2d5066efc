"""StudyController: the study that the window shows, from its beginning or its folder to its networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from elman_core.config.study import StudyConfig
from elman_core.errors import ElmanError
from elman_core.experiment import Run
from elman_core.studies.export import write_study
from elman_core.studies.overview import Overview
from elman_core.studies.results import StudyResults
from elman_core.studies.store import StudyStore
from elman_core.studies.study import Study, StudyBase, settings_words
from elman_core.studies.survey import Survey
from elman_core.studies.trial import Trial
from elman_core.studies.verdict import compare_with_chosen
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted
from elman_gui.controllers.jobs import JobController
from elman_gui.controllers.loading import opened_forecaster
from elman_gui.controllers.run import RunController
from elman_gui.document import Document, OpenDocument
from elman_gui.messages import as_sentence, sentence
from elman_gui.notices import Notice
from elman_gui.threads.job import JobThread
from elman_gui.threads.study import StudyRequest, StudyThread

__all__ = ["OpenedStudy", "StudyController", "StudyState"]


class StudyState(Enum):
    """What the study is doing."""

    IDLE = auto()
    RUNNING = auto()
    STOPPING = auto()


@dataclass(frozen=True)
class OpenedStudy:
    """A study with the runs that it has, as they sum up, and its folder, if it has one."""

    study: Study
    results: StudyResults
    survey: Survey
    overview: Overview
    folder: Path | None = None


class StudyController(QObject):
    """Runs one study at a time, beside the window, and gives out what it has come to.

    Signals
    -------
    overview_changed(Overview)
        The study has come to something else.
    progressed(StudyProgress)
        How far it is.
    state_changed()
        It runs from now on, or no more, or another one is shown.
    opened(StudyConfig)
        A study was opened that varies this.
    compared(int, str)
        How the cell of this number compares with the chosen one, in a sentence.
    noticed(Notice)
        A sentence worth reading.
    problem(str)
        A sentence about what went wrong.
    """

    overview_changed = Signal(object)
    progressed = Signal(object)
    state_changed = Signal()
    opened = Signal(object)
    compared = Signal(int, str)
    noticed = Signal(object)
    problem = Signal(str)

    def __init__(
        self, document: Document, run: RunController, jobs: JobController, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.state = StudyState.IDLE
        self.shown: OpenedStudy | None = None
        self._document = document
        self._run = run
        self._jobs = jobs
        self._thread: StudyThread | None = None

    # -- what a person can do -------------------------------------------------------------------

    @property
    def can_resume(self) -> bool:
        """Whether a study is shown that has runs left to do."""
        shown = self.shown
        is_at_rest = self.state is StudyState.IDLE
        return shown is not None and is_at_rest and 0 < len(shown.results) < shown.study.config.runs

    def begin(self, config: StudyConfig, folder: Path | None, workers: int, cluster: str = "") -> None:
        """Begin a study of what is open, in a folder of its own inside `folder`, if one is given."""
        if self.state is not StudyState.IDLE:
            return
        try:
            study = Study(self._base(), config, self._document.table)
        except ElmanError as error:
            self.problem.emit(as_sentence(str(error)))
            return
        own = None if folder is None else _free_folder(folder, study.base.name)
        self._show(OpenedStudy(study, StudyResults(), _survey_of(study), Overview(), own))
        self._start(goes_on=False, workers=workers, cluster=cluster)

    def resume(self, config: StudyConfig | None, workers: int, cluster: str = "") -> None:
        """Go on with the study that is shown; with more seeds or trials where the person wants more."""
        shown = self.shown
        if shown is None or self.state is not StudyState.IDLE:
            return
        if config is not None and shown.folder is not None and _goes_on(shown.study.config, config):
            study = Study(shown.study.base, config, shown.study.table)
            self.shown = replace(shown, study=study, survey=_survey_of(study))
        self._start(goes_on=shown.folder is not None, workers=workers, cluster=cluster)

    @Slot()
    def stop(self) -> None:
        """End the study; what has ended is kept."""
        if self._thread is not None and self.state is StudyState.RUNNING:
            self._thread.stop()
            self._set_state(StudyState.STOPPING)

    def open(self, folder: Path) -> None:
        """Open the folder of a study, beside the window."""
        if self.state is StudyState.IDLE:
            self._begin_job(lambda: _opened(folder), f"Opening {folder.name}", self._on_opened)

    def judge(self, config: StudyConfig) -> None:
        """Sum the same runs up by another metric or threshold."""
        shown = self.shown
        if shown is None or self.state is not StudyState.IDLE or not len(shown.results):
            return
        own = shown.study.config
        judged = own.replace(metric=config.metric, threshold=config.threshold)
        if judged != own and _goes_on(own, config):
            self._begin_job(lambda: _judged(shown, judged), "Comparing", self._on_judged)

    def compare(self, cell: int) -> None:
        """Compare a cell with the chosen one, seed by seed, beside the window; while the study runs it does not."""
        shown = self.shown
        chosen = None if shown is None else shown.overview.chosen
        if shown is None or chosen is None or self.state is not StudyState.IDLE:
            return
        best = int(shown.overview.cells[chosen])
        if cell != best:
            job = JobThread(lambda: _compared(shown, best, cell), self)
            job.succeeded.connect(self._on_compared)
            self._jobs.start_quietly(job)

    @Slot(object)
    def _on_compared(self, found: tuple[int, str]) -> None:
        self.compared.emit(*found)

    def export(self, path: Path) -> None:
        """Write all runs to a CSV file, beside the window."""
        shown = self.shown
        if shown is not None:
            self._begin_job(lambda: _exported(path, shown), f"Writing {path.name}", self._on_written)

    def network_of(self, number: int) -> Callable[[], Job[OpenDocument]] | None:
        """Return the job that opens the network of a run, by the run's number; None where there is no such run."""
        shown = self.shown
        rows = [] if shown is None else np.flatnonzero(shown.results.column("number") == number).tolist()
        if shown is None or not rows:
            return None
        trial = shown.results.trial(rows[0])
        return lambda: _network(shown, trial)

    def shut_down(self) -> None:
        """End the study with the window; what has ended is in its folder."""
        if self._thread is not None:
            self._thread.stop()
            self._thread.quit()
            self._thread.wait()

    # -- running --------------------------------------------------------------------------------

    def _base(self) -> StudyBase:
        """Return what runs begin from: what is open, with its settings."""
        plan = self._document.plan
        base = StudyBase.of_run(self._document.experiment, device=self._run.device)
        if plan is None:
            return base
        return base.replace(data=plan.data.model_dump(), network={}, training={}, automatic=plan.automatic.model_dump())

    def _start(self, *, goes_on: bool, workers: int, cluster: str) -> None:
        shown = self.shown
        assert shown is not None
        request = StudyRequest(shown.study, shown.results, shown.survey, shown.folder, goes_on, workers, cluster)
        thread = self._thread = StudyThread(request, self)
        thread.setObjectName("study")
        thread.progressed.connect(self.progressed)
        thread.summed_up.connect(self._on_overview)
        thread.told.connect(self._on_told)
        thread.failed.connect(self._on_failure)
        thread.finished.connect(self._on_finished)
        self._set_state(StudyState.RUNNING)
        thread.start()

    @Slot(object)
    def _on_overview(self, overview: Overview) -> None:
        if self.shown is not None:
            self.shown = replace(self.shown, overview=overview)
            self.overview_changed.emit(overview)

    @Slot(str)
    def _on_told(self, words: str) -> None:
        self.noticed.emit(Notice(as_sentence(words)))

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self.problem.emit(as_sentence(sentence(error)))

    @Slot()
    def _on_finished(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self.shown is not None:
            self.shown = replace(self.shown, results=thread.results)
        thread.deleteLater()
        self._set_state(StudyState.IDLE)

    def _set_state(self, state: StudyState) -> None:
        self.state = state
        self.state_changed.emit()

    # -- other studies --------------------------------------------------------------------------

    def _show(self, shown: OpenedStudy) -> None:
        self.shown = shown
        self.overview_changed.emit(shown.overview)
        self.state_changed.emit()

    def _begin_job(self, make: Callable[[], Job[Any]], what: str, take: Callable[[Any], object]) -> None:
        job = JobThread(make, self)
        job.succeeded.connect(take)
        self._jobs.start(job, what)

    @Slot(object)
    def _on_opened(self, opened: OpenedStudy) -> None:
        if self.state is not StudyState.IDLE:
            return
        self._show(opened)
        self.opened.emit(opened.study.config)
        done, total = len(opened.results), opened.study.config.runs
        left = f"; {counted(total - done, 'run')} of {total:,} left, which Resume trains" if done < total else ""
        self.noticed.emit(Notice(f"Opened the study of {opened.study.base.name} in {opened.folder}{left}."))

    @Slot(object)
    def _on_written(self, path: Path) -> None:
        self.noticed.emit(Notice(f"Saved as {path}"))

    @Slot(object)
    def _on_judged(self, judged: OpenedStudy) -> None:
        if self.shown is not None and self.shown.results is judged.results and self.state is StudyState.IDLE:
            self._show(judged)


def _survey_of(study: Study) -> Survey:
    return Survey(study.config, automatic=study.base.automatic is not None)


def _goes_on(own: StudyConfig, wanted: StudyConfig) -> bool:
    """Whether a study can go on with other settings: it may only grow."""
    same = wanted.axes == own.axes and wanted.search is own.search
    return same and wanted.seeds >= own.seeds and wanted.trials >= own.trials


def _free_folder(parent: Path, name: str) -> Path:
    """Return a folder that does not exist yet, named by experiment and time."""
    plain = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in name)
    begun = f"{plain}-{datetime.now():%Y-%m-%d-%H%M%S}"
    tries = (parent / (begun if number == 1 else f"{begun}-{number}") for number in range(1, 10_000))
    return next((path for path in tries if not path.exists()), parent / begun)


def _opened(folder: Path) -> Job[OpenedStudy]:
    """Read a study's folder, and sum it up."""
    yield 0.0
    store = StudyStore.opened(folder)
    yield 0.5
    survey = _survey_of(store.study)
    return OpenedStudy(store.study, store.results, survey, survey.overview(store.results), folder)


def _compared(shown: OpenedStudy, best: int, cell: int) -> Job[tuple[int, str]]:
    """Compare the chosen cell with another."""
    yield 0.0
    return cell, compare_with_chosen(shown.results, best, cell, shown.study.config.metric)


def _exported(path: Path, shown: OpenedStudy) -> Job[Path]:
    """Write a row for each run."""
    yield 0.0
    write_study(path, shown.study, shown.results)
    return path


def _network(shown: OpenedStudy, trial: Trial) -> Job[OpenDocument]:
    """Open the network of a run: from the study's folder, or trained again."""
    from elman_core.studies.reopen import difference_sentence, open_trial  # here, so that the window need not wait

    store = None if shown.folder is None else StudyStore.opened(shown.folder)
    study = shown.study
    found = yield from open_trial(study, trial, store)
    what = "network" if isinstance(found, Run) else "forecaster"
    told = f"This is the {what} from seed {trial.seed:,} with {settings_words(trial.settings)}."
    note = " ".join(filter(None, (told, difference_sentence(study, found, trial))))
    if isinstance(found, Run):
        return OpenDocument(found, study.table_of(trial.settings), note=note)
    return opened_forecaster(found, study.table, note=note)


def _judged(shown: OpenedStudy, config: StudyConfig) -> Job[OpenedStudy]:
    """Sum the same runs up otherwise."""
    yield 0.0
    study = Study(shown.study.base, config, shown.study.table)
    survey = _survey_of(study)
    return replace(shown, study=study, survey=survey, overview=survey.overview(shown.results))
