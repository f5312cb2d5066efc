"""Running a study: its cells are divided into blocks, which an executor trains; what they come to is given on."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from elman_core.config.study import Keep
from elman_core.data.dataset import SequenceDataset
from elman_core.data.table import Table
from elman_core.errors import ConfigError, ElmanError
from elman_core.experiment import Run
from elman_core.studies.block import Block, StopFlag, failed_trials, train_block
from elman_core.studies.cells import Cells
from elman_core.studies.forecaster_block import ForecasterBlock, train_forecaster
from elman_core.studies.pace import Pace
from elman_core.studies.reopen import keep_models
from elman_core.studies.results import StudyResults
from elman_core.studies.store import StudyStore
from elman_core.studies.study import Study, settings_words
from elman_core.studies.trial import Settings, Trial

__all__ = ["StudyUpdate", "refuse_hopeless", "run_study"]

_LONGEST_WAIT = 0.1
"""Seconds between two looks at whether the study is still wanted."""
_CELLS_LOOKED_AT = 200
_FAILED_AT_ONCE = 1_000


@dataclass(frozen=True)
class StudyUpdate:
    """What happened since the update before.

    Attributes
    ----------
    trials
        Runs that have ended; they are kept by now.
    done, total
        How many runs have ended, and how many the study has.
    message
        A sentence for the person, when something is to be said.
    """

    trials: tuple[Trial, ...]
    done: int
    total: int
    message: str = ""


def run_study(
    study: Study,
    store: StudyStore | None = None,
    executor: Executor | None = None,
    *,
    results: StudyResults | None = None,
    workers: int | None = None,
) -> Generator[StudyUpdate, None, None]:
    """Train all runs of a study that are not done yet. To stop is to cease to iterate (`close`).

    What is under way then is given up; all that came before is kept. Whatever the number of workers, and however often
    the study was stopped, its figures are the same.

    Parameters
    ----------
    store
        The folder to keep runs in, open to write; the runs that it has are done already.
    executor
        What trains the blocks; by default threads of this program. It is not shut down here.
    results
        Runs that are done already, to which all others are added; by default those of the store.
    workers
        How many blocks are trained at once; by default as many as there are processors.

    Yields
    ------
    StudyUpdate
        Several times a second, also when no run has ended.

    Raises
    ------
    StudyError, NotWrittenError
        When runs cannot be kept.
    """
    workers = max(1, workers or os.cpu_count() or 1)
    if results is None:
        results = StudyResults() if store is None else store.results
    running = _Running(study, store, results, workers, saves=executor is None)
    own = ThreadPoolExecutor(workers, "study") if executor is None else None
    try:
        yield from running.updates(own or executor)  # type: ignore[arg-type]  # one of them is there
        if store is not None:
            for _ in keep_models(study, results, store):
                yield running.update(())
    finally:
        running.stop.set()
        if own is not None:
            own.shutdown(wait=True, cancel_futures=True)
        if store is not None:
            store.sync(now=True)


def refuse_hopeless(study: Study) -> list[str]:
    """Look at the first cells, and return a sentence for each that cannot be trained.

    Raises
    ------
    ConfigError, DataError
        When the data cannot be had, none of the cells can be trained, or the search needs a library that is missing.
    """
    cells, first = Cells(study.config, StudyResults(), study.first_seed), []
    for cell in range(min(study.config.cells, _CELLS_LOOKED_AT)):
        settings = cells.settings_of(cell)
        if settings is None:  # it waits for what others come to
            break
        first.append(settings)
    refused = [(settings, study.refusal(settings)) for settings in first]
    told = [(settings, why) for settings, why in refused if why]
    if len(told) == len(first) and len(first) == min(study.config.cells, _CELLS_LOOKED_AT):
        which = "none of the" if len(first) == study.config.cells else "none of the first"
        why = told[0][1]
        raise ConfigError(why if study.config.cells == 1 else f"{which} {len(told):,} cells can be trained: {why}")
    return [_refused_words(settings, why) for settings, why in told]


def _refused_words(settings: Settings, why: str) -> str:
    return f"{settings_words(settings)} cannot be trained: {why}"


@dataclass(frozen=True)
class _Sent:
    """What is on its way: a function, the block that it is called with, and the data that many blocks share.

    `run` is the experiment of networks, by which the size of later blocks is found.
    """

    function: Callable[..., tuple[Trial, ...]]
    block: Block | ForecasterBlock
    data: SequenceDataset | Table
    run: Run | None = None


class _Running:
    """The state of a study that runs."""

    def __init__(
        self, study: Study, store: StudyStore | None, results: StudyResults, workers: int, *, saves: bool
    ) -> None:
        self._study, self._store, self._results, self._workers = study, store, results, workers
        self._done = np.sort(results.column("number"))
        self._total = study.config.runs
        self._pace = Pace(is_batch=study.base.device not in ("auto", "cpu"))
        self._cells = Cells(study.config, results, study.first_seed)
        self._models: Path | None = None
        if store is not None and study.config.keep is Keep.ALL and saves:  # others may not reach the folder
            self._models = store.make_models()
        self._message = ""
        self.stop = StopFlag()

    def updates(self, executor: Executor) -> Iterator[StudyUpdate]:
        """Keep twice as many blocks on their way as there are workers, and give on what comes back."""
        work, pending = self._work(), dict[Future[tuple[Trial, ...]], _Sent]()
        has_more = True
        try:
            while True:
                trials: list[Trial] = []
                failure: Exception | None = None
                while has_more and len(pending) < 2 * self._workers and not self._message:
                    unit = next(work, None)
                    if unit is None:
                        has_more = False
                    elif isinstance(unit, _Sent):
                        pending[executor.submit(unit.function, unit.block, unit.data)] = unit
                    elif unit:
                        trials += unit
                    else:
                        break
                if not trials and pending:
                    ended, _ = wait(pending, _LONGEST_WAIT, FIRST_COMPLETED)
                    for future in ended:
                        try:
                            trials += self._taken(pending.pop(future), future.result())
                        except Exception as error:  # of the executor, or of a full disk: what others came to is kept
                            failure = error
                yield self.update(trials)
                if failure is not None:
                    raise failure
                if not pending and not has_more:
                    return
        finally:
            for future in pending:
                future.cancel()

    def _taken(self, sent: _Sent, trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
        if trials and trials[0].seconds > 0 and sent.run is not None:
            self._pace.observe(sent.run, sent.block.cell, trials[0].seconds)
        return trials

    def update(self, trials: Sequence[Trial]) -> StudyUpdate:
        """Keep runs that have ended, and return what is told of them."""
        if self._store is not None:
            if trials:
                self._store.append(trials)
            self._store.sync()
        self._results.add(trials)
        self._cells.note(trials)
        message, self._message = self._message, ""
        return StudyUpdate(tuple(trials), len(self._results), self._total, message)

    # -- cells and blocks -----------------------------------------------------------------------

    def _work(self) -> Iterator[_Sent | tuple[Trial, ...]]:
        """Yield block after block, or the runs of a cell that cannot be trained; none as long as it has to wait."""
        study, remaining = self._study, self._total - len(self._results)
        for cell in range(study.config.cells):
            stretches = self._missing(cell)
            if not (stretches or self._cells.looks_back):
                continue
            while (settings := self._cells.settings_of(cell)) is None:
                yield ()
            if not stretches:
                continue
            try:
                blocks = self._blocks(cell, settings, stretches, remaining)
            except ElmanError as error:
                self._message = _refused_words(settings, str(error))
                for start, stop in stretches:
                    yield from self._failed(cell, settings, start, stop, str(error))
            else:
                yield from blocks
            remaining -= sum(stop - start for start, stop in stretches)

    def _blocks(
        self, cell: int, settings: Settings, stretches: list[tuple[int, int]], remaining: int
    ) -> Iterator[_Sent]:
        """Return the blocks of a cell, now that all that can be known of it is checked."""
        study = self._study
        if study.base.is_automatic:
            study.recipe(settings, study.first_seed)
            return self._forecasters(cell, settings, stretches)
        return self._ensembles(cell, settings, study.checked(settings), stretches, remaining)

    def _ensembles(
        self, cell: int, settings: Settings, run: Run, stretches: list[tuple[int, int]], remaining: int
    ) -> Iterator[_Sent]:
        for start, stop in stretches:
            while start < stop:
                size = self._pace.size(run, cell, stop - start, self._workers, remaining)
                yield _Sent(train_block, self._block(cell, settings, run, start, size), run.dataset, run)
                start += size
                remaining -= size

    def _forecasters(self, cell: int, settings: Settings, stretches: list[tuple[int, int]]) -> Iterator[_Sent]:
        study, stop = self._study, self.stop
        for place in (place for start, end in stretches for place in range(start, end)):
            recipe = study.recipe(settings, study.first_seed + place)
            number = cell * study.config.seeds + place
            block = ForecasterBlock(cell, settings, number, recipe, study.base.engine, self._models, stop)
            yield _Sent(train_forecaster, block, study.table)

    def _missing(self, cell: int) -> list[tuple[int, int]]:
        """Return the stretches of places among the seeds, (first, last + 1), that a cell has no run of yet."""
        seeds = self._study.config.seeds
        first, last = np.searchsorted(self._done, [cell * seeds, (cell + 1) * seeds])
        done = (self._done[first:last] - cell * seeds).tolist()
        return [(start + 1, stop) for start, stop in pairwise([-1, *done, seeds]) if start + 1 < stop]

    def _failed(self, cell: int, settings: Settings, start: int, stop: int, why: str) -> Iterator[tuple[Trial, ...]]:
        study = self._study
        for place in range(start, stop, _FAILED_AT_ONCE):
            seeds = [study.first_seed + own for own in range(place, min(place + _FAILED_AT_ONCE, stop))]
            yield failed_trials(cell, settings, cell * study.config.seeds + place, seeds, why)

    def _block(self, cell: int, settings: Settings, run: Run, place: int, size: int) -> Block:
        study = self._study
        training = run.training.replace(seed=study.first_seed + place, networks=size)
        return Block(
            cell=cell,
            settings=settings,
            number=cell * study.config.seeds + place,
            name=run.name,
            network=run.network,
            training=training,
            device=study.base.device,
            engine=study.base.engine,
            models=self._models,
            stop=self.stop,
            in_errors=study.measure.in_errors,
            lost_rows=study.lost_rows,
        )
