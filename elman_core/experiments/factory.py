"""Making experiments: built-in ones, of a table or text, or of a model file."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from elman_core.config import (
    ALL,
    SEQUENCE,
    DataConfig,
    Loss,
    NetworkConfig,
    Optimizer,
    Output,
    Schedule,
    Split,
    Strategy,
    SymbolConfig,
    SymbolUnit,
    TrainingConfig,
    TransformName,
)
from elman_core.data.csv.detect import detect, has_numbers
from elman_core.data.csv.read import NoNumbersError, read_table
from elman_core.data.dataset import Scale, SequenceDataset
from elman_core.data.drift import drifts
from elman_core.data.kind import DataKind
from elman_core.data.preparation import prepare
from elman_core.data.scaling import FittedColumns
from elman_core.data.table import Table, TableFormat
from elman_core.data.text.features import read_features
from elman_core.data.text.tables import tokenized_column, tokenized_file
from elman_core.errors import ConfigError, DataError
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, SERIES_NETWORK, SERIES_TRAINING, Preparing, begin, symbol_settings
from elman_core.experiments.data_summary import summary_sentence
from elman_core.experiments.description import learned_sentence
from elman_core.storage.model_file import SavedModel
from elman_core.support.jobs import complete
from elman_core.support.text_format import counted
from elman_core.training.position import fits_data

__all__ = [
    "TEXT_SUFFIXES",
    "begin_named",
    "begin_on",
    "begin_series",
    "dataset_as_trained",
    "experiment_from_model",
    "is_text",
    "read_data",
    "read_named",
    "table_for_columns",
]

TEXT_SUFFIXES = (".txt", ".text", ".md")


def table_for_columns(columns: tuple[str, ...], table: Table) -> Table:
    """Return the table with its column renamed to the model's, where each has only one.

    A note says so.
    """
    if len(columns) != 1 or len(table.columns) != 1 or columns == table.columns:
        return table
    note = f"{table.name}: column {table.columns[0]!r} is read as {columns[0]!r}, which the model was trained on"
    facts = table.facts
    if facts is not None:
        renamed = (replace(c, name=columns[0]) if c.name == table.columns[0] else c for c in facts.columns)
        facts = replace(facts, columns=tuple(renamed))
    return replace(table, columns=columns, notes=(*table.notes, note), facts=facts)


def dataset_as_trained(
    data: DataConfig,
    fitted: FittedColumns | Scale,
    table: Table,
    *,
    fill_gaps: bool | None = None,
    whole: bool = False,
) -> SequenceDataset:
    """Return the dataset for a trained network: its columns, transformed as in training.

    Gaps are filled as `fill_gaps` says, by default as in training. A series that the network was not trained on is left
    `whole`: the parts are those of its own.

    Raises
    ------
    DataError
        When the table lacks one of the columns, or cannot be predicted from.
    """
    config = data if fill_gaps is None else data.replace(fill_gaps=fill_gaps)
    if whole:
        config = config.replace(train_percent=100.0, validation_percent=0.0, test_rows=None, validation_rows=None)
    return prepare(table_for_columns(data.columns, table), config, fitted)


def experiment_from_model(
    saved: SavedModel, table: Table, *, fill_gaps: bool | None = None, whole: bool = False
) -> Run:
    """Return the saved experiment on a table, with all that its training needs to go on as if it had not been saved.

    On other data than it was trained on it begins with the next epoch, if it was saved within one. `fill_gaps` and
    `whole` as in `dataset_as_trained`.

    Raises
    ------
    DataError
        When the table lacks one of the model's columns, or cannot be predicted from.
    """
    dataset = dataset_as_trained(saved.data, saved.fitted, table, fill_gaps=fill_gaps, whole=whole)
    position = saved.weights.position
    if position is not None and not fits_data(position, dataset, saved.training):
        saved = replace(saved, weights=replace(saved.weights, position=None))
    return Run(saved.name, dataset, saved.network, saved.training, saved.weights, saved.history)


def begin_series(
    name: str,
    table: Table,
    data: DataConfig,
    network: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    preparing: Preparing = prepare,
) -> tuple[Run, list[str]]:
    """Return an untrained experiment on one's own series or symbols, and notes for the person.

    The first note says what was read of the data, and what is learned. Settings that are not given follow from
    those that are, and from the data. `preparing` makes the dataset, where it is not to be made anew each time.

    Raises
    ------
    ConfigError
        When a setting is outside its limits.
    DataError
        When the table cannot be learned from.
    """
    network, training = dict(network or {}), dict(training or {})
    usual_network, usual_training = SERIES_NETWORK, SERIES_TRAINING
    if table.kind is DataKind.SYMBOLS:
        usual_network, usual_training = symbol_settings(table)
        _give_a_loss(usual_network.replace(**network), training)
    own = usual_network.replace(**network)
    experiment = begin(name, table, _with_usual(data, table), own, usual_training, preparing)
    notes = []
    if _is_better_differenced(data, experiment.dataset):
        differences = experiment.dataset.config.replace(transforms=(TransformName.DIFFERENCE,))
        experiment = begin(name, table, differences, experiment.network, usual_training, preparing)
        notes.append(
            f"{table.name}: the last rows to fit to leave the range of those before, so differences are learned; "
            "transform none learns the values"
        )
    dataset = experiment.dataset
    notes = [f"{summary_sentence(dataset)}; {learned_sentence(experiment)}", *table.notes, *dataset.notes, *notes]
    return replace(experiment, training=_over(usual_training, training, dataset, notes)), notes


def _with_usual(data: DataConfig, table: Table) -> DataConfig:
    """Return the settings of the data, of which those that are not given follow from the others and the table."""
    changes: dict[str, Any] = {}
    if data.inputs and data.horizon > 1:  # what inputs will be is not known, so nothing can be fed back
        changes["strategy"] = Strategy.DIRECT
    if table.kind is DataKind.SYMBOLS and table.panel.has_several:
        changes["split"] = Split.SEQUENCES
    return data.replace(**{name: value for name, value in changes.items() if name not in data.model_fields_set})


def _is_better_differenced(given: DataConfig, dataset: SequenceDataset) -> bool:
    """Whether nothing was said of how one series is transformed, and the network would have to extrapolate."""
    if {"transforms", "scaling", "relative_to_last"} & given.model_fields_set or dataset.symbols is not None:
        return False
    if dataset.panel.has_several or not isinstance(dataset.values, np.ndarray):
        return False
    fitted_to = dataset.values[: int(dataset.parts.validation_stops[0])]
    return any(drifts(column) for column in fitted_to.T)


def _give_a_loss(network: NetworkConfig, training: dict[str, Any]) -> None:
    """Choose the loss by the outputs where it is not given: cross-entropy for softmax, else squared error."""
    softmax = network.output is Output.SOFTMAX
    training.setdefault("loss", Loss.CROSS_ENTROPY if softmax else Loss.SQUARED_ERROR)


def begin_named(
    what: str,
    data: dict[str, Any],
    network: dict[str, Any],
    training: dict[str, Any],
    symbols: dict[str, Any] | None = None,
    features: Path | None = None,
    table_format: TableFormat | None = None,
) -> tuple[Run, list[str]]:
    """Return an untrained experiment with the given settings, and notes for the person.

    `what` is a built-in experiment's name, or the path of a table or a text. `symbols` are settings of a SymbolConfig,
    with which a table's column or a text is read as symbols; a .txt file that is no table of numbers is always a text.
    What is set in the `table_format` holds for a table; the rest of its format is found out.

    Raises
    ------
    ConfigError
        When there is no such experiment, or a setting is outside its limits.
    DataError
        When the file cannot be read or learned from.
    """
    return begin_on(what, read_data(what, data, symbols, features, table_format), data, network, training)


def read_data(
    what: str,
    data: dict[str, Any],
    symbols: dict[str, Any] | None = None,
    features: Path | None = None,
    table_format: TableFormat | None = None,
) -> Table:
    """Return the table that a person names, for `begin_on`; all is as in `begin_named`.

    Raises
    ------
    ConfigError
        When there is no such experiment, or a setting does not go with it.
    DataError
        When the file cannot be read.
    """
    if what not in BUILT_IN:
        return _read(_table_path(what), data, symbols or {}, features, table_format or TableFormat())
    if symbols or features is not None:
        raise ConfigError(f"the symbols of {what!r} are built in; options of symbols are for a text or table")
    if table_format is not None:
        raise ConfigError(f"the data of {what!r} are built in; options of how a table is read are for a file")
    return BUILT_IN[what].table()


def begin_on(
    what: str,
    table: Table,
    data: dict[str, Any],
    network: dict[str, Any],
    training: dict[str, Any],
    preparing: Preparing = prepare,
) -> tuple[Run, list[str]]:
    """Return an untrained experiment on what `read_data` has read, and notes for the person; see `begin_named`."""
    if what not in BUILT_IN:
        if table.kind is DataKind.SYMBOLS:
            data = {name: value for name, value in data.items() if name != "columns"}
        return begin_series(_table_path(what).stem, table, DataConfig(**data), network, training, preparing)
    found = BUILT_IN[what]
    own = found.network.replace(**network)
    experiment = begin(what, table, found.data.replace(**data), own, found.training, preparing)
    told = [f"{what}: {learned_sentence(experiment)}"] if data else []  # what it learns usually, the list says
    notes = [*told, *experiment.dataset.notes]
    changed = _over(found.training, training, experiment.dataset, notes)
    return replace(experiment, training=changed), notes


def read_named(what: str, data: dict[str, Any], table_format: TableFormat | None = None) -> tuple[str, Table]:
    """Return the table of numbers that a person names, and what it is called; that of a built-in experiment too.

    Raises
    ------
    ConfigError
        When there is no such file.
    DataError
        When it cannot be read, or is one of symbols.
    """
    if what not in BUILT_IN:
        path = _table_path(what)
        return path.stem, _read(path, data, {}, None, table_format or TableFormat())
    if table_format is not None:
        raise ConfigError(f"the data of {what!r} are built in; options of how a table is read are for a file")
    table = BUILT_IN[what].table()
    if table.kind is DataKind.SYMBOLS:
        raise DataError(f"{what!r} is of symbols, of which no automatic recipe is there")
    return what, table


def _read(
    path: Path, data: dict[str, Any], symbols: dict[str, Any], features: Path | None, wanted: TableFormat
) -> Table:
    reads_rows = symbols["unit"] is SymbolUnit.ROWS if "unit" in symbols else not is_text(path)
    if symbols.get("sequences") == "lines" and reads_rows:
        raise ConfigError(
            f"{path.name} is read as a table, whose lines are rows; a column tells its sequences apart: give "
            "--sequence-column"
        )
    if not (symbols or features is not None or is_text(path)):
        _refuse_a_second_role(data, wanted.sequence_columns)
        try:
            return complete(read_table(path, wanted=wanted))
        except NoNumbersError as error:
            raise NoNumbersError(f"{error}; to learn the rows of a column as symbols, give --symbols rows") from None
    config = SymbolConfig(**symbols)
    table_of_features = None if features is None else complete(read_features(features))
    if config.unit is not SymbolUnit.ROWS:
        if data.get("columns"):
            raise ConfigError(
                f"{path.name} is read as a text, which has no columns; to learn the rows of a column as symbols, give "
                "--symbols rows"
            )
        if wanted.model_fields_set:
            raise ConfigError(
                f"{path.name} is read as a text, which has no columns; where its lines are sequences, give --sequences "
                "lines"
            )
        return complete(tokenized_file(path, config)).table(table_of_features)
    columns = data.get("columns") or (None,)
    if len(columns) > 1:
        raise ConfigError(f"the rows of one column are symbols, got {len(columns)} columns")
    _refuse_a_second_role(data, wanted.sequence_columns)
    found = detect(path, wanted)
    return complete(tokenized_column(path, columns[0], config, found.format)).table(table_of_features)


def _refuse_a_second_role(data: dict[str, Any], sequence_columns: tuple[str, ...]) -> None:
    for role, name in (("a target", "columns"), ("an input", "inputs"), ("known ahead", "known")):
        both = [column for column in sequence_columns if column in data.get(name, ())]
        if both:
            raise ConfigError(f"column {both[0]!r} must have one role, got it as sequence and as {role}")


def is_text(path: Path) -> bool:
    """Whether a file is a text, and no table: a .txt file that does not look like rows of numbers."""
    if path.suffix.lower() not in TEXT_SUFFIXES:
        return False
    try:
        return not has_numbers(path)
    except DataError:
        return True  # reading it as a text says what is wrong


def _table_path(what: str) -> Path:
    path = Path(what)
    if what and (path.suffix or len(path.parts) > 1 or os.path.lexists(what)):
        return path
    close = difflib.get_close_matches(what.lower(), BUILT_IN, n=1)
    meant = f" (did you mean {close[0]}?)" if close else ""
    raise ConfigError(
        f"there is no experiment {what!r}; choose one of {', '.join(BUILT_IN)}, or give a CSV or text file{meant}"
    )


def _refuse_what_cannot_be_learned(dataset: SequenceDataset, steps: int) -> None:
    config = dataset.config
    if steps < 1:
        raise DataError(
            f"{dataset.name}: no training part has more than {counted(config.horizon, 'row')}, so that nothing can be "
            f"learned {counted(config.horizon, 'step')} ahead; more rows or a shorter horizon are needed"
        )


def _unscored_notes(dataset: SequenceDataset) -> list[str]:
    """Say that a test part has no row whose next steps all lie in it."""
    rows, horizon = dataset.config.test_rows, dataset.config.horizon
    if not rows or rows >= horizon:
        return []
    return [
        f"{dataset.name}: the test part of {counted(rows, 'row')} is not scored, as {counted(horizon, 'step')} ahead "
        f"do not lie in it; give at least {horizon:,} test rows"
    ]


def _over(base: TrainingConfig, given: dict[str, Any], dataset: SequenceDataset, notes: list[str]) -> TrainingConfig:
    """Return the experiment's settings with those given; settings not given are adapted to them and to the data."""
    changes, steps = dict(given), dataset.train_steps
    _refuse_what_cannot_be_learned(dataset, steps)
    notes += _unscored_notes(dataset)
    longest = int(dataset.panel.lengths.max())
    if given.get("warm_up_steps", 0) > longest:
        notes.append(
            f"{dataset.name}: no sequence has more than {counted(longest, 'row')}, fewer than the warm-up; the first "
            "third of each is taken for it"
        )
    changes.setdefault("batch", min(base.batch, max(dataset.train_sequences, 1)))
    optimizer = Optimizer(given.get("optimizer", base.optimizer))
    if optimizer is not Optimizer.SGD and base.momentum:
        changes.setdefault("momentum", 0.0)
    if (given.get("input_noise") or given.get("closed_loop_steps", 1) > 1) and "update_every" not in given:
        changes |= {"update_every": SEQUENCE, "truncation": ALL}
        if base.update_every != SEQUENCE:
            notes.append("noise and closed-loop steps need whole sequences: update-every is set to sequence")
    if optimizer is Optimizer.LBFGS and base.optimizer is not optimizer:
        usual = {"learning_rate": 1.0, "schedule": Schedule.CONSTANT, "clip_norm": 0.0, "weight_decay": 0.0}
        changes = usual | changes
    if optimizer in (Optimizer.RPROP, Optimizer.LBFGS):
        if base.update_every != ALL and not {"update_every", "truncation"} & given.keys():
            changes |= {"update_every": ALL, "truncation": ALL}
            changes["batch"] = given.get("batch", 1)
            notes.append(f"{optimizer.value} makes one update an epoch: update-every and truncation are set to all")
        return base.replace(**changes)
    if changes.get("update_every", base.update_every) == SEQUENCE:
        changes.setdefault("truncation", ALL)
        return base.replace(**changes)
    changes["batch"] = given.get("batch", 1)
    if "update_every" not in given and isinstance(base.update_every, int):
        changes["update_every"] = min(base.update_every, steps)
    if "truncation" not in given and base.truncation != ALL:
        # A short series shortens it, but not below a given update_every, which the error then names.
        every = base.replace(**(changes | {"truncation": ALL})).update_every
        changes["truncation"] = min(base.truncation, max(steps, 0 if every == ALL else every))
    return base.replace(**changes)
