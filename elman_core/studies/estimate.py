"""What a study takes of time, memory and disk, told from its settings before it begins; its cells are never listed."""

from __future__ import annotations

import math
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.config.study import Axis, AxisValue, Keep, StudyConfig
from elman_core.data.encoding import Encoding
from elman_core.errors import ConfigError
from elman_core.experiment import Experiment, Run
from elman_core.studies.axes import field_named
from elman_core.studies.forecaster_shape import ForecasterShape
from elman_core.studies.pace import BLOCK_SECONDS, MOST_TOGETHER
from elman_core.studies.study import Study
from elman_core.support.memory import free_memory
from elman_core.support.text_format import counted
from elman_core.training.estimate import (
    MAXIMUM_SHARE,
    DataSizes,
    estimate_training,
    memory_text,
    steps_seconds,
    time_text,
)

__all__ = ["StudyEstimate", "check_study", "estimate_of", "first_run", "forecasters_estimate", "study_estimate"]

_EPOCH_SECONDS, _RUN_SECONDS, _CELL_SECONDS = 3e-6, 0.06e-3, 3e-3
"""Of each epoch of a block and of each run, beside their steps: what is told of it, the weights, the error of the test
part; and of each cell: its settings, its data, an engine."""
_RUN_BYTES, _CELL_BYTES, _SETTING_BYTES = 180, 900, 130
"""Of the results, which grow by moving to a larger array; of a cell, and of each setting of it."""
_LINE_BYTES, _WRITTEN_BYTES = 205, 28
"""Of a run in the study's folder, and of each setting in it."""
_MODEL_BYTES = 12_000
"""Of a model file beside its weights."""
_MOST_VALUES = 12
"""Of an axis, at which a run is looked at."""
_COUNTABLE = 10**15
"""Runs beyond which only the fact counts that nobody will see the end."""


@dataclass(frozen=True)
class StudyEstimate:
    """What a study takes, roughly.

    Attributes
    ----------
    cells, runs
        How many there are.
    workers
        How many blocks of runs are trained at once.
    seconds
        From the first run to the last.
    memory
        Bytes in this program: of all results, and where runs are trained in it, of those under way.
    disk
        Bytes of the study's folder.
    """

    cells: int
    runs: int
    workers: int
    seconds: float
    memory: int
    disk: int

    @property
    def sentence(self) -> str:
        """What a person reads before a study begins that is kept in a folder."""
        return self._sentence(
            f"{memory_text(self.memory)} of memory and {memory_text(self.disk)} in the study's folder"
        )

    @property
    def sentence_without_folder(self) -> str:
        """The same of one that is not kept."""
        return self._sentence(f"{memory_text(self.memory)} of memory")

    def _sentence(self, room: str) -> str:
        if self.runs > _COUNTABLE:
            return f"{_count(self.runs)} are more than any machine will ever train: give fewer values or seeds."
        verb = "takes" if self.runs == 1 else "take"
        workers = counted(self.workers, "worker")
        return f"{_count(self.runs)} {verb} {time_text(self.seconds)} with {workers}, and about {room}."


def study_estimate(
    base: Experiment,
    config: StudyConfig,
    workers: int | None = None,
    *,
    engine: str = "compiled",
    is_elsewhere: bool = False,
) -> StudyEstimate:
    """Return what a study takes, from what its runs begin with.

    The time of a run is taken to change with each axis by a factor of its own, at values spread over the axis: so its
    mean over all cells is that of a product, and no cell need be looked at. Time is right within a factor of three on a
    processor on which nothing else runs, memory of the results within 1.5.

    Parameters
    ----------
    workers
        By default one for each processor.
    engine
        What trains: "compiled" or "tensors".
    is_elsewhere
        Whether runs are trained on other machines, whose memory is not counted.
    """
    together = min(config.seeds, MOST_TOGETHER)
    shape = _Shape.of(base, engine, together)
    return _estimated(shape, config, workers, together, engine=engine, is_elsewhere=is_elsewhere)


def forecasters_estimate(
    shape: ForecasterShape, config: StudyConfig, workers: int | None = None, *, is_elsewhere: bool = False
) -> StudyEstimate:
    """Return what a study of forecasters takes, as `study_estimate` does; each is fitted alone, by one worker.

    For how many epochs a part is trained is known only afterwards: a usual number is taken, so that the time is rough.
    """
    return _estimated(shape, config, workers, 1, engine="compiled", is_elsewhere=is_elsewhere)


def _estimated(
    shape: _Shape | ForecasterShape,
    config: StudyConfig,
    workers: int | None,
    together: int,
    *,
    engine: str,
    is_elsewhere: bool,
) -> StudyEstimate:
    """Return what a study takes whose runs begin with a shape, at most so many of them together."""
    workers = max(1, workers or os.cpu_count() or 1)
    seconds_each, largest = shape.seconds, shape
    for axis in config.axes:
        varied = [(shape.with_setting(axis.field, value), value) for value in _some_values(axis)]
        known = [(own, value) for own, value in varied if own is not None]
        if known:
            seconds_each *= math.fsum(own.seconds for own, _ in known) / len(known) / shape.seconds
            most = max(known, key=lambda one: one[0].bytes)[1]
            largest = largest.with_setting(axis.field, most) or largest
    runs, cells = min(config.runs, _COUNTABLE), min(config.cells, _COUNTABLE)
    workers_used = min(workers, runs)
    block = together if engine == "tensors" else max(1, min(together, int(BLOCK_SECONDS / largest.seconds)))
    under_way = 0 if is_elsewhere else largest.block_bytes(block, workers_used)
    kept = {Keep.NONE: 0, Keep.CHOSEN: 1, Keep.ALL: runs}[config.keep]
    return StudyEstimate(
        config.cells,
        config.runs,
        workers,
        (seconds_each * runs + _CELL_SECONDS * cells) / workers_used,
        runs * _RUN_BYTES + cells * (_CELL_BYTES + _SETTING_BYTES * len(config.axes)) + under_way,
        runs * (_LINE_BYTES + _WRITTEN_BYTES * len(config.axes)) + kept * largest.model_bytes,
    )


def estimate_of(
    study: Study, workers: int | None = None, *, engine: str = "compiled", is_elsewhere: bool = False
) -> StudyEstimate | None:
    """Return what a study takes, from its first cell that can begin; None where none can.

    Raises
    ------
    DataError
        When its data cannot be read.
    """
    if study.base.is_automatic:
        shape = first_shape(study)
        return None if shape is None else forecasters_estimate(shape, study.config, workers, is_elsewhere=is_elsewhere)
    run = first_run(study)
    if run is None:
        return None
    return study_estimate(run, study.config, workers, engine=engine, is_elsewhere=is_elsewhere)


def first_run(study: Study) -> Run | None:
    """Return what the first cell of a study begins with, or else what the study does; None where neither can begin, and
    of a study of forecasters.

    Raises
    ------
    DataError
        When its data cannot be read.
    """
    if study.base.automatic is not None:
        return None
    for settings in _first_settings(study):
        with suppress(ConfigError):
            return study.begin(settings)[0]
    return None


def first_shape(study: Study) -> ForecasterShape | None:
    """Return the sizes of the first forecaster of a study, or else of what the study does; None where neither can
    begin.

    Raises
    ------
    DataError
        When its data cannot be read.
    """
    for settings in _first_settings(study):
        with suppress(ConfigError):
            recipe = study.recipe(settings, 1)  # whatever the seed, it takes as long
            plain = recipe.begun(study.table, study.base.engine).views.plain
            return ForecasterShape.of(plain, recipe.automatic, plain.config, recipe.network, recipe.training)
    return None


def _first_settings(study: Study) -> tuple[dict[str, AxisValue], ...]:
    first = {axis.field: axis.range.low if axis.range is not None else axis.values[0] for axis in study.config.axes}
    return first, {}


def check_study(estimate: StudyEstimate, folder: Path | None = None) -> None:
    """Refuse a study for which there is not enough memory, or room where its folder is to be, before it begins.

    Raises
    ------
    ConfigError
        With what it needs, and what there is.
    """
    free = free_memory()
    advice = "give fewer values or seeds, or draw some combinations with search random"
    if free is not None and estimate.memory > free * MAXIMUM_SHARE:
        raise ConfigError(
            f"this study of {_count(estimate.runs)} needs about {memory_text(estimate.memory)} of memory, and "
            f"{memory_text(free * MAXIMUM_SHARE)} may be taken ({MAXIMUM_SHARE:.0%} of what is free): {advice}"
        )
    if folder is None:
        return
    room = _room_at(folder)
    if room is not None and estimate.disk > room:
        raise ConfigError(
            f"this study of {_count(estimate.runs)} needs about {memory_text(estimate.disk)} in {folder}, "
            f"where {memory_text(room)} is free: {advice}, keep fewer networks, or take another folder"
        )


def _count(runs: int) -> str:
    return counted(runs, "run") if runs <= _COUNTABLE else f"{runs:.0e} runs"


def _room_at(folder: Path) -> int | None:
    """Return the bytes that are free where a folder is, or is to be; None where that cannot be told."""
    for place in (folder, *folder.absolute().parents):
        try:
            return shutil.disk_usage(place).free
        except (OSError, ValueError):
            continue
    return None


def _some_values(axis: Axis) -> list[AxisValue]:
    """Return values of an axis, spread over it."""
    if axis.range is not None:
        low, high = axis.range.low, axis.range.high
        is_whole = isinstance(low, int) and isinstance(high, int)
        found = []
        for share in (1 / 6, 1 / 2, 5 / 6, 1.0):
            value = low * (high / low) ** share if axis.range.log else low + (high - low) * share
            found.append(round(value) if is_whole else value)
        return list(found)
    count = len(axis.values)
    if count <= _MOST_VALUES:
        return list(axis.values)
    return [axis.values[place * (count - 1) // (_MOST_VALUES - 1)] for place in range(_MOST_VALUES)]


@dataclass(frozen=True)
class _Shape:
    """The sizes of one run."""

    network: NetworkConfig
    training: TrainingConfig
    sizes: DataSizes
    base: Experiment
    engine: str
    together: int
    """Networks of a cell that are trained as one ensemble, which takes less time than one by one."""

    @classmethod
    def of(cls, base: Experiment, engine: str, together: int) -> _Shape:
        rates = dict.fromkeys(("learning_rates", "momenta", "weight_decays"), ())
        training = base.training.replace(networks=1, **rates)
        return cls(base.network, training, DataSizes.of(base.dataset), base, engine, together)

    def with_setting(self, field: str, value: AxisValue) -> _Shape | None:
        """Return it with another setting; None where that does not go together, so that it will not be trained."""
        group, _, name = field.partition(".")
        try:
            setting = field_named(field).setting(value)
            match group:
                case "network":
                    return replace(self, network=self.network.replace(**{name: setting}))
                case "training":
                    return replace(self, training=self.training.replace(**{name: setting}))
                case "data":
                    data = self.base.dataset.config.replace(**{name: setting})
                    encoding = Encoding.of(data, len(self.base.dataset.columns))
                    sizes = {"inputs": encoding.network_inputs, "outputs": encoding.network_outputs}
                    plain = replace(self.sizes, is_plain=encoding.is_plain)
                    return replace(self, network=self.network.replace(**sizes), sizes=plain)
        except ConfigError:
            return None
        return self  # symbols and the automatic recipe: it is not known what follows from them

    @property
    def bytes(self) -> int:
        """What one run takes."""
        return estimate_training(self.network, self.training, self.sizes, self.engine).bytes

    @property
    def seconds(self) -> float:
        """How long a run takes."""
        training = self.training if self.together == 1 else self.training.replace(networks=self.together)
        steps = steps_seconds(self.network, training, self.sizes, self.engine)
        return (steps + self.training.epochs * _EPOCH_SECONDS) / self.together + _RUN_SECONDS

    @property
    def model_bytes(self) -> int:
        """Of the model file of a run: the weights, the last ones, the optimiser's memory, and the losses."""
        return 5 * 8 * self.network.weight_count + 16 * self.training.epochs + _MODEL_BYTES

    def block_bytes(self, runs: int, workers: int) -> int:
        """Return what so many blocks take that are trained at once; their data are the same."""
        block = estimate_training(self.network, self.training.replace(networks=runs), self.sizes, self.engine)
        return block.data + workers * (block.weights + block.states + block.history)
