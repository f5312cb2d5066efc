"""Making an experiment of what a person names: a built-in one, a table, or a model file with or without data."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from elman_core.config import ALL, DataConfig, Optimizer, TrainingConfig
from elman_core.data.csv_import import read_table
from elman_core.data.dataset import Scale, SequenceDataset, prepare
from elman_core.data.table import Table
from elman_core.errors import ConfigError
from elman_core.experiment import Experiment
from elman_core.experiments import BUILT_IN, SERIES_NETWORK, SERIES_TRAINING, begin
from elman_core.job import complete
from elman_core.storage import SavedModel

__all__ = ["begin_named", "begin_series", "dataset_as_trained", "experiment_from_model", "table_for_columns"]


def table_for_columns(columns: tuple[str, ...], table: Table) -> Table:
    """Return the table with the column that a model needs, where there is no doubt which one that is.

    A model of one column takes the one number column of a table whatever its name; a note says so.
    """
    if len(columns) != 1 or len(table.columns) != 1 or columns == table.columns:
        return table
    note = f"{table.name}: column {table.columns[0]!r} is taken for {columns[0]!r}, which the model was trained on"
    return replace(table, columns=columns, notes=(*table.notes, note))


def dataset_as_trained(data: DataConfig, scale: Scale, table: Table, *, fill_gaps: bool = False) -> SequenceDataset:
    """Return a table as a trained network takes it: its columns, scaled as in training.

    Gaps are filled if either the config or `fill_gaps` says so.

    Raises
    ------
    DataError
        When the table lacks one of the columns, or cannot be predicted from.
    """
    config = data.replace(fill_gaps=fill_gaps or data.fill_gaps)
    return prepare(table_for_columns(data.columns, table), config, scale)


def experiment_from_model(saved: SavedModel, table: Table, *, fill_gaps: bool = False) -> Experiment:
    """Return the saved experiment over a table.

    Raises
    ------
    DataError
        When the table lacks one of the model's columns, or cannot be predicted from.
    """
    dataset = dataset_as_trained(saved.data, saved.scale, table, fill_gaps=fill_gaps)
    return Experiment(saved.name, dataset, saved.network, saved.training, saved.weights, saved.history)


def begin_series(
    name: str,
    table: Table,
    data: DataConfig,
    network: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
) -> tuple[Experiment, list[str]]:
    """Return an untrained experiment on a series of one's own, and what the person should know.

    Raises
    ------
    ConfigError
        When a setting is outside its limits.
    DataError
        When the table cannot be learned from.
    """
    notes = list(table.notes)
    experiment = begin(name, table, data, SERIES_NETWORK.replace(**network or {}), SERIES_TRAINING)
    changed = _over(SERIES_TRAINING, training or {}, experiment.dataset.train_steps, notes)
    return replace(experiment, training=changed), notes


def begin_named(
    what: str, data: dict[str, Any], network: dict[str, Any], training: dict[str, Any]
) -> tuple[Experiment, list[str]]:
    """Return an untrained experiment with the given settings, and what the person should know.

    `what` is a built-in experiment's name or a CSV file's path.

    Raises
    ------
    ConfigError
        When there is no such experiment, or a setting is outside its limits.
    DataError
        When the file cannot be read or learned from.
    """
    if what not in BUILT_IN:
        path = _table_path(what)
        return begin_series(path.stem, complete(read_table(path)), DataConfig(**data), network, training)
    found = BUILT_IN[what]
    experiment = begin(
        what, found.table(), found.data.replace(**data), found.network.replace(**network), found.training
    )
    notes: list[str] = []
    changed = _over(found.training, training, experiment.dataset.train_steps, notes)
    return replace(experiment, training=changed), notes


def _table_path(what: str) -> Path:
    path = Path(what)
    if what and (path.suffix or len(path.parts) > 1 or os.path.lexists(what)):
        return path
    close = difflib.get_close_matches(what.lower(), BUILT_IN, n=1)
    meant = f" (did you mean {close[0]}?)" if close else ""
    raise ConfigError(
        f"there is no experiment {what!r}; choose one of {', '.join(BUILT_IN)}, or give a CSV file{meant}"
    )


def _over(base: TrainingConfig, given: dict[str, Any], steps: int, notes: list[str]) -> TrainingConfig:
    """Put what was given over what the experiment says; what was not given gives way."""
    changes = dict(given)
    optimizer = given.get("optimizer", base.optimizer)
    if optimizer is not Optimizer.SGD and base.momentum:
        changes.setdefault("momentum", 0.0)
    if optimizer in (Optimizer.RPROP, Optimizer.LBFGS):
        if base.update_every != ALL and not {"update_every", "truncation"} & given.keys():
            changes |= {"update_every": ALL, "truncation": ALL}
            notes.append(f"{optimizer.value} makes one update an epoch: update-every and truncation are set to all")
        return base.replace(**changes)
    if "update_every" not in given and base.update_every != ALL:
        changes["update_every"] = min(base.update_every, steps)
    if "truncation" not in given and base.truncation != ALL:
        # A short series shortens it, but not below an update_every that is given: that one is then told of.
        every = base.replace(**(changes | {"truncation": ALL})).update_every
        changes["truncation"] = min(base.truncation, max(steps, 0 if every == ALL else every))
    return base.replace(**changes)
