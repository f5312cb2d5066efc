"""Jobs that bring an experiment into the window or out of it; they run beside the window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from elman_core.config import DataConfig
from elman_core.data.sources import open_source
from elman_core.data.table import Source, Table
from elman_core.experiment import Experiment
from elman_core.experiments import BUILT_IN, begin
from elman_core.job import Job
from elman_core.opening import begin_series, experiment_from_model, table_for_columns
from elman_core.storage import load_model, save_model

__all__ = ["Loaded", "load_built_in", "load_model_file", "load_table", "prepare_anew", "save"]


@dataclass(frozen=True)
class Loaded:
    """An experiment that was opened, with the table behind it and the file it was saved in, if any."""

    experiment: Experiment
    table: Table
    path: Path | None = None


def load_built_in(name: str) -> Job[Loaded]:
    """Begin a built-in experiment."""
    built_in = BUILT_IN[name]
    table = yield from open_source(Source(kind="built-in", name=name))
    return Loaded(begin(name, table, built_in.data, built_in.network, built_in.training), table)


def load_table(table: Table, data: DataConfig) -> Job[Loaded]:
    """Begin an experiment on a table of one's own."""
    yield 0.0
    experiment, _ = begin_series(Path(table.name).stem, table, data)
    return Loaded(experiment, table)


def load_model_file(path: Path) -> Job[Loaded]:
    """Open a model file together with the series that it was trained on."""
    yield 0.0
    saved = load_model(path)
    table = yield from open_source(saved.source)
    return Loaded(experiment_from_model(saved, table), table_for_columns(saved.data.columns, table), path)


def prepare_anew(experiment: Experiment, table: Table, data: DataConfig) -> Job[Loaded]:
    """Take other columns, parts or scaling from the same table."""
    yield 0.0
    return Loaded(begin(experiment.name, table, data, experiment.network, experiment.training), table)


def save(path: Path, experiment: Experiment) -> Job[Path]:
    """Write the model file."""
    yield 0.0
    save_model(path, experiment)
    return path
