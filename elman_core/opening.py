"""Making an experiment of what a person names: a built-in one, a table, or a model file with or without data."""

from __future__ import annotations

from dataclasses import replace

from elman_core.data.dataset import prepare
from elman_core.data.table import Table
from elman_core.experiment import Experiment
from elman_core.storage import SavedModel

__all__ = ["experiment_from_model", "table_for_model"]


def table_for_model(saved: SavedModel, table: Table) -> Table:
    """Return the table with the column that the model needs, where there is no doubt which one that is.

    A model of one column takes the one number column of a table whatever its name; a note says so.
    """
    needed = saved.data.columns
    if len(needed) != 1 or len(table.columns) != 1 or needed == table.columns:
        return table
    note = f"{table.name}: column {table.columns[0]!r} is taken for {needed[0]!r}, which the model was trained on"
    return replace(table, columns=needed, notes=(*table.notes, note))


def experiment_from_model(saved: SavedModel, table: Table, *, fill_gaps: bool = False) -> Experiment:
    """Return the saved experiment over a table, scaled as in training; `fill_gaps` adds to what was saved.

    Raises
    ------
    DataError
        When the table lacks one of the model's columns, or cannot be predicted from.
    """
    config = saved.data.replace(fill_gaps=fill_gaps or saved.data.fill_gaps)
    dataset = prepare(table_for_model(saved, table), config, saved.scale)
    return Experiment(saved.name, dataset, saved.network, saved.training, saved.weights, saved.history)


def begin_named(
    what: str, data: dict[str, Any], network: dict[str, Any], training: dict[str, Any]
) -> tuple[Experiment, list[str]]:
    """Return an untrained experiment with the given settings, and what the person should know."""
    if what in BUILT_IN:
        found = BUILT_IN[what]
        name, table, bases = what, found.table(), (found.data, found.network, found.training)
    else:
        path = _table_path(what)
        name, table, bases = path.stem, complete(read_table(path)), (DataConfig(), SERIES_NETWORK, SERIES_TRAINING)
    notes = list(table.notes)
    experiment = begin(name, table, bases[0].replace(**data), bases[1].replace(**network), bases[2])
    changed = _training(bases[2], training, experiment.dataset.train_steps, notes)
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


def _training(base: TrainingConfig, given: dict[str, Any], steps: int, notes: list[str]) -> TrainingConfig:
    """Put what was given over what the experiment says; what was not given gives way."""
    changes = dict(given)
    optimizer = given.get("optimizer", base.optimizer)
    if optimizer is not Optimizer.SGD and base.momentum:
        changes.setdefault("momentum", 0.0)
    stepping = {"update_every", "truncation"} & given.keys()
    if optimizer in (Optimizer.RPROP, Optimizer.LBFGS):
        if not stepping and base.update_every != ALL:
            changes |= {"update_every": ALL, "truncation": ALL}
            notes.append(f"{optimizer.value} makes one update an epoch: update-every and truncation are set to all")
        return base.replace(**changes)
    for name in {"update_every", "truncation"} - stepping:
        most = getattr(base, name)
        if most != ALL and most > steps:  # a short series; the data leave no other choice
            changes[name] = steps
    # Only the truncation gave way: an update_every too long for the series is told of as such.
    every = given.get("update_every")
    if "truncation" in changes and "truncation" not in given and isinstance(every, str) and every.isdecimal():
        changes["truncation"] = max(steps, int(every))
    return base.replace(**changes)
