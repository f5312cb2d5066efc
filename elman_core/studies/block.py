"""Block: networks of one cell that are trained together, as one ensemble; what it returns is sent between programs.

Members of an ensemble stand alone, so the figures do not depend on how a study is divided into blocks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.errors import ElmanError, ModelFileError
from elman_core.experiment import Run
from elman_core.studies.trial import Outcome, Settings, Trial
from elman_core.support.files import NotWrittenError
from elman_core.support.jobs import Job
from elman_core.support.text_format import one_short_line
from elman_core.training.stopping import MemberEnd

if TYPE_CHECKING:
    from elman_core.forecasting.forecaster import Forecaster
    from elman_core.forecasting.part_error import PartError
    from elman_core.training.events import TrainingUpdate
    from elman_core.training.trainer import Trainer

__all__ = [
    "Block",
    "StopFlag",
    "failed_trials",
    "member_path",
    "moment",
    "save_if_sound",
    "train_block",
    "unexpected",
]

Array = NDArray[np.float64]
_SLICE_SECONDS = 0.05
"""Between two looks at whether the results are still wanted."""


class StopFlag:
    """Says that nobody wants the results any more; in another process nothing is heard of it."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask all blocks that know this flag to end."""
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether they were asked."""
        return self._event.is_set()

    def __reduce__(self) -> tuple[type[Self], tuple[()]]:
        return type(self), ()


@dataclass(frozen=True)
class Block:
    """Networks of one cell, from neighbouring seeds.

    Attributes
    ----------
    cell, settings
        The cell.
    number
        That of the first run.
    name, network, training
        As in an experiment; the training has the seed of the first network, and as many as there are in the block.
    device, engine
        Where and how they are trained.
    models
        The folder that each network is saved in; None where none is.
    stop
        Whether the results are still wanted.
    in_errors, lost_rows
        Whether training and validation are measured as the test part is, in place of losses; and from which row of
        each sequence on.
    """

    cell: int
    settings: Settings
    number: int
    name: str
    network: NetworkConfig
    training: TrainingConfig
    device: str = "auto"
    engine: str = "auto"
    models: Path | None = None
    stop: StopFlag = field(default_factory=StopFlag)
    in_errors: bool = False
    lost_rows: int = 0

    @property
    def runs(self) -> int:
        """How many networks there are."""
        return self.training.networks

    def halves(self) -> Iterator[Block]:
        """Return it as two blocks."""
        first = self.runs // 2
        for skipped, runs in ((0, first), (first, self.runs - first)):
            training = self.training.replace(seed=self.training.seed + skipped, networks=runs)
            yield replace(self, number=self.number + skipped, training=training)


def member_path(models: Path, cell: int, seed: int) -> Path:
    """Return the model file of one run."""
    return models / f"cell-{cell}-seed-{seed}.safetensors"


def train_block(block: Block, dataset: SequenceDataset) -> tuple[Trial, ...]:
    """Train the networks of a block with one thread, and return what each came to; nothing where it was stopped.

    The dataset is that of many blocks, and an argument of its own, so that it goes to another machine once.

    What goes wrong with some of them is kept as their message, and the others are trained without them.

    Raises
    ------
    NotWrittenError
        When a model cannot be saved.
    """
    try:
        return _train(block, dataset)
    except NotWrittenError:  # of a model: the networks are sound, and there is no room for those to come
        raise
    except ElmanError as error:
        message = str(error)
    except MemoryError:
        message = "there is too little memory"
    except Exception as error:  # a fault of the program is told like any other, and ends no study
        message = unexpected(error)
    if block.runs > 1:
        return tuple(trial for half in block.halves() for trial in train_block(half, dataset))
    return failed_trials(block.cell, block.settings, block.number, [block.training.seed], message)


def unexpected(error: Exception) -> str:
    """Say in one line that the program is at fault."""
    return one_short_line(f"unexpected error: {type(error).__name__}: {error}")


def failed_trials(cell: int, settings: Settings, number: int, seeds: list[int], message: str) -> tuple[Trial, ...]:
    """Return runs that could not be trained, the first of which has this number."""
    now = moment()
    return tuple(
        Trial(number + place, cell, settings, seed, Outcome.FAILED, began=now, message=message)
        for place, seed in enumerate(seeds)
    )


class KeptLosses:
    """The losses of N networks at the epoch whose weights they keep: the best by validation, else the last.

    Attributes
    ----------
    train, validation : (N,)
        NaN where there is none; validation is None without such a part.
    """

    def __init__(self, networks: int) -> None:
        self.train: Array = np.full(networks, np.nan)
        self.validation: Array | None = None

    def add(self, update: TrainingUpdate) -> None:
        """Take in the epochs that ended in an update."""
        train, validation = update.train_losses, update.validation_losses
        if not len(train):
            return
        if validation is None:
            last = train[-1]
            if not np.isfinite(last).all():  # some ended before, or diverged in an epoch that does not count
                is_known = np.isfinite(train)
                place = len(train) - 1 - np.argmax(is_known[::-1], axis=0)
                last = np.where(is_known.any(axis=0), train[place, np.arange(train.shape[1])], self.train)
            self.train = last.copy()
            return
        if self.validation is None:
            self.validation = np.full(train.shape[1], np.nan)
        members = np.arange(train.shape[1])
        place = np.argmin(np.where(np.isnan(validation), np.inf, validation), axis=0)
        newest = validation[place, members]
        better = (newest < self.validation) | (np.isnan(self.validation) & np.isfinite(newest))
        self.validation = np.where(better, newest, self.validation)
        self.train = np.where(better, train[place, members], self.train)

    def replace(self, train: list[float | None], validation: list[float | None]) -> None:
        """Take errors in place of losses; None is a part without rows."""
        self.train = np.array(train, np.float64)
        self.validation = None if None in validation else np.array(validation, np.float64)


def _train(block: Block, dataset: SequenceDataset) -> tuple[Trial, ...]:
    import torch

    from elman_core.forecasting.part_error import PartError
    from elman_core.training.trainer import Trainer

    torch.set_num_threads(1)  # it is for this thread alone; others train other blocks
    began, start = moment(), time.perf_counter()
    experiment = Run(block.name, dataset, block.network, block.training)
    trainer = Trainer(experiment, device=block.device, engine=block.engine, threads=1)
    trainer.slice_seconds = _SLICE_SECONDS
    losses, history = KeptLosses(block.runs), experiment.history.snapshot()
    keeps = block.models is not None
    for update in trainer.updates():
        losses.add(update)
        if keeps:
            history.extend([update])
        if block.stop.is_set:
            return ()
    errors: dict[Part, list[float | None]] = {}
    for part in Part if block.in_errors else (Part.TEST,):
        errors[part] = []
        for found in _errors(trainer, PartError(dataset, part, block.lost_rows)):
            if block.stop.is_set:
                return ()
            errors[part] += found
    if block.in_errors:
        losses.replace(errors[Part.TRAIN], errors[Part.VALIDATION])
    if block.models is not None:
        run = replace(experiment, weights=trainer.weights(), history=history)
        _save_members(run, block.cell, block.models)
    seconds = float(f"{(time.perf_counter() - start) / block.runs:.4g}")
    return _trials(block, trainer, losses, errors[Part.TEST], began, seconds)


def _errors(trainer: Trainer, error: PartError) -> Iterator[list[float | None]]:
    """Yield the error of a part of each network, and nothing now and then."""
    from elman_core.forecasting.running import first_network

    network = trainer.network
    if not error.has_rows:
        yield [None] * network.networks
        return
    for member in range(network.networks):
        job: Job[float | None] = error.of(first_network(network, member))
        while True:
            try:
                next(job)
            except StopIteration as end:
                yield [end.value]
                break
            yield []


def _trials(
    block: Block,
    trainer: Trainer,
    losses: KeptLosses,
    tests: list[float | None],
    began: float,
    seconds: float,
) -> tuple[Trial, ...]:
    stopping, runs = trainer.stopping, block.runs
    ended = stopping.ends != MemberEnd.NOT_YET
    epochs = np.where(ended, stopping.end_epochs, trainer.epoch)
    best = np.where(stopping.best_epochs > 0, stopping.best_epochs, epochs)
    diverged = (stopping.ends == MemberEnd.DIVERGED).tolist()
    validation: list[float | None] = [None] * runs if losses.validation is None else losses.validation.tolist()
    each = zip(diverged, epochs.tolist(), best.tolist(), losses.train.tolist(), validation, tests, strict=True)
    seed, number, cell, settings = block.training.seed, block.number, block.cell, block.settings
    return tuple(
        Trial(
            number + place,
            cell,
            settings,
            seed + place,
            Outcome.DIVERGED if has_diverged else Outcome.FINISHED,
            own_epochs,
            own_best,
            train,
            own_validation,
            test,
            began,
            seconds,
        )
        for place, (has_diverged, own_epochs, own_best, train, own_validation, test) in enumerate(each)
    )


def _save_members(run: Run, cell: int, models: Path) -> None:
    for member in range(run.training.networks):
        save_if_sound(member_path(models, cell, run.training.seed + member), run.of_member(member))


def save_if_sound(path: Path, run: Run | Forecaster) -> None:
    """Save a network; one that no model file can hold, such as for its size, comes back from its seed alone.

    Raises
    ------
    NotWrittenError
        When there is no room for it, or the like.
    """
    from elman_core.storage.model_file import save_model

    try:
        save_model(path, run)
    except NotWrittenError:
        raise
    except ModelFileError:
        return


def moment() -> float:
    """Return the time now, in milliseconds at best."""
    return round(time.time(), 3)
