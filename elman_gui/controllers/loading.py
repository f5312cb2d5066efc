"""Jobs that bring an experiment into the window or out of it; they run beside the window."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from elman_core.config import AutomaticConfig, DataConfig, SymbolConfig, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.preparation import prepare
from elman_core.data.sources import SourceGoneError, open_source
from elman_core.data.table import Source, Table, TableFormat
from elman_core.data.text.features import Features
from elman_core.data.text.tables import TokenizedText, tokenized_column, tokenized_file, tokenized_text
from elman_core.errors import DataError, ElmanError, ModelFileError
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, SERIES_NETWORK, SERIES_TRAINING, begin
from elman_core.experiments.factory import begin_series, experiment_from_model, table_for_columns
from elman_core.experiments.saved import experiment_from_ends, open_own_data
from elman_core.storage.elsewhere import said_with, save_elsewhere
from elman_core.storage.kept_run import KeptRun, LeftRun
from elman_core.storage.model_file import SavedForecaster, SavedModel, load_model, save_model
from elman_core.support.files import NotWrittenError
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted
from elman_core.support.throttle import Throttle
from elman_core.training.estimate import check_memory_of
from elman_gui.document import Content, ForecastPlan, OpenDocument
from elman_gui.messages import as_sentence

if TYPE_CHECKING:
    from elman_core.forecasting.forecaster import Forecaster  # imports torch

__all__ = [
    "DataMissing",
    "SavedContent",
    "SymbolSource",
    "SymbolsRead",
    "keep",
    "load_built_in",
    "load_kept",
    "load_model_file",
    "load_table",
    "load_without_data",
    "network_anew",
    "opened_forecaster",
    "plan_anew",
    "prepare_anew",
    "read_symbols",
    "save",
]


def load_built_in(name: str) -> Job[OpenDocument]:
    """Begin a built-in experiment."""
    built_in = BUILT_IN[name]
    table = yield from open_source(Source(kind="built-in", name=name))
    if built_in.automatic is not None:
        return (yield from plan_anew(name, table, built_in.data, built_in.automatic))
    return OpenDocument(begin(name, table, built_in.data, built_in.network, built_in.training), table)


def load_table(
    table: Table, data: DataConfig, network: dict[str, Any] | None = None, training: dict[str, Any] | None = None
) -> Job[OpenDocument]:
    """Begin an experiment on a table or text of one's own, some settings other than usual.

    It is a pure Elman network.
    """
    yield 0.0
    experiment, notes = begin_series(Path(table.name).stem, table, data, network, training)
    check_memory_of(experiment)
    # What the import dialog has not said before: settings that were chosen for these data.
    note = notes[-1] if experiment.dataset.config.transforms != data.transforms else ""
    return OpenDocument(experiment, table, note=note)


def plan_anew(name: str, table: Table, data: DataConfig, automatic: AutomaticConfig | None = None) -> Job[OpenDocument]:
    """Begin a forecaster of a table; its first part comes with training."""
    yield 0.0
    from elman_core.forecasting.automatic.panel_views import PanelViews  # its package imports torch
    from elman_core.forecasting.automatic.views import SeriesViews

    plan = ForecastPlan(automatic or AutomaticConfig(), data)
    if table.panel.has_several:
        of_many = PanelViews.of(table, data, plan.automatic)
        plain, whole = of_many.plain, lambda: of_many.whole
    else:
        of_one = SeriesViews.of(table, data, plan.automatic)
        plain, whole = of_one.plain, lambda: of_one.whole((), None, 1)
    try:
        dataset = whole()
    except DataError:  # such as of a constant: the recipe has an answer, a network has none
        dataset = plain
    sizes = {"inputs": dataset.encoding.network_inputs, "outputs": dataset.encoding.network_outputs}
    training = SERIES_TRAINING.replace(seed=plan.automatic.seed)
    experiment = Run(name, dataset, SERIES_NETWORK.replace(**sizes), _shortened(training, dataset))
    return OpenDocument(experiment, table, plan=replace(plan, data=plain.config))


def network_anew(name: str, table: Table, data: DataConfig) -> Job[OpenDocument]:
    """Begin a pure Elman network of a table in place of a forecaster, with the same columns and its usual settings."""
    yield 0.0
    kept = data.model_dump(include={"columns", "inputs", "known", "fill_gaps"})
    experiment, _ = begin_series(name, table, DataConfig(**kept))
    check_memory_of(experiment)
    return OpenDocument(experiment, table)


@dataclass(frozen=True)
class SymbolSource:
    """Where symbols are to come from: a text that was pasted, a text file, or a column of a table."""

    text: str = ""
    path: Path | None = None
    table_format: TableFormat | None = None
    column: str | None = None


@dataclass(frozen=True)
class SymbolsRead:
    """A source split into symbols, and the table made of them; or the sentence that says why there is none."""

    tokenized: TokenizedText | None = None
    table: Table | None = None
    problem: str = ""


def read_symbols(given: SymbolSource, config: SymbolConfig, features: Features | None) -> Job[SymbolsRead]:
    """Split a source into symbols; a problem that other settings may solve is returned."""
    tokenized = None
    try:
        if given.path is None:
            tokenized = yield from tokenized_text(given.text, config)
        elif given.table_format is None:
            tokenized = yield from tokenized_file(given.path, config)
        else:
            tokenized = yield from tokenized_column(given.path, given.column, config, given.table_format)
        table = tokenized.table(features)
        prepare(table, DataConfig())  # too short, or one symbol only
    except DataError as error:
        return SymbolsRead(tokenized, None, str(error))
    return SymbolsRead(tokenized, table)


@dataclass(frozen=True)
class DataMissing:
    """A model file whose data are neither where they were nor beside it."""

    path: Path
    sentence: str
    keeps_last_rows: bool


def load_model_file(path: Path, data: Path | None = None) -> Job[OpenDocument | DataMissing]:
    """Open a model file together with its data, by default from where they were or from beside it."""
    yield 0.0
    saved = load_model(path)
    try:
        if data is None:
            table = yield from open_own_data(saved, path)
        else:
            table = yield from open_source(saved.source.replace(path=str(data)), saved.symbols)
    except SourceGoneError as gone:
        return DataMissing(path, str(gone), saved.ends is not None)
    if saved.symbols is None:
        table = table_for_columns(saved.data.columns, table)
    # Data that were taken from elsewhere bring a note that says so.
    note = f"{as_sentence(table.notes[0])}" if data is None and table.source.path != saved.source.path else ""
    experiment = experiment_from_model(saved, table)
    check_memory_of(experiment)
    if saved.forecaster is not None:
        return _open_forecaster(saved, table, path, note)
    return OpenDocument(experiment, table, path, note)


def _open_forecaster(saved: SavedModel, table: Table, path: Path, note: str) -> OpenDocument:
    from elman_core.experiments.saved_forecaster import forecaster_from_model  # imports torch

    return opened_forecaster(forecaster_from_model(saved, table), table, path, note)


def opened_forecaster(forecaster: Forecaster, table: Table, path: Path | None = None, note: str = "") -> OpenDocument:
    """Return a forecaster that is fitted as what is open, with the part that is to be looked at."""
    automatic = forecaster.automatic or AutomaticConfig()
    plan = ForecastPlan(automatic, forecaster.dataset.config, forecaster, forecaster.shown)
    return OpenDocument(forecaster.parts[plan.part].run, table, path, note, plan=plan)


def _of_one_part(path: Path, forecaster: SavedForecaster) -> str:
    return (
        f"{path.name} is a forecaster of {counted(len(forecaster.parts), 'part')}, of which the window shows the Elman "
        "part that counts most. Saving it makes a file of this part alone."
    )


def load_without_data(path: Path) -> Job[OpenDocument]:
    """Open a model file with the last rows of its data alone, which it keeps; it is not saved over itself."""
    yield 0.0
    saved = load_model(path)
    experiment = experiment_from_ends(saved)
    dataset = experiment.dataset
    values = np.concatenate([dataset.values[:], dataset.covariates], axis=1)
    note = "Only the last rows, which the model file keeps, are here: enough to predict beyond them, not to train on."
    table = Table(
        dataset.name,
        (*dataset.columns, *dataset.config.inputs, *dataset.config.known),
        values,
        dataset.axis,
        dataset.source,
        (note,),
        sequences=dataset.panel,
    )
    if saved.forecaster is not None:
        note = f"{note} {_of_one_part(path, saved.forecaster)}"
    return OpenDocument(replace(experiment, training=_shortened(experiment.training, dataset)), table, note=note)


def prepare_anew(experiment: Run, table: Table, data: DataConfig) -> Job[OpenDocument]:
    """Use other columns, parts or scaling of the same table; steps and batch are shortened to what there is then."""
    yield 0.0
    begun = begin(experiment.name, table, data, experiment.network, experiment.training)
    experiment = replace(begun, training=_shortened(begun.training, begun.dataset))
    check_memory_of(experiment)
    return OpenDocument(experiment, table)


def _shortened(training: TrainingConfig, dataset: SequenceDataset) -> TrainingConfig:
    """Return settings with no more steps and sequences at once than a dataset has."""
    steps, sequences = max(dataset.train_steps, 1), max(dataset.train_sequences, 1)
    changes: dict[str, Any] = {"batch": min(training.batch, sequences)}
    for name in ("update_every", "truncation"):
        value = getattr(training, name)
        changes[name] = min(value, steps) if isinstance(value, int) else value
    return training.replace(**changes)


@dataclass(frozen=True)
class SavedContent:
    """What was written, and where."""

    path: Path
    content: Content


def save(path: Path, content: Content) -> Job[SavedContent]:
    """Write the model file.

    Raises
    ------
    ModelFileError
        When it cannot be written. Where the disk is full the network is in another file then, which the message names.
    """
    yield 0.0
    try:
        save_model(path, content.trained)
    except NotWrittenError as error:
        if not error.is_full:
            raise
        raise ModelFileError(f"{said_with(error, save_elsewhere(path, content.trained))}.") from None
    return SavedContent(path, content)


def keep(place: KeptRun, content: Content, pauses: Throttle) -> Job[None]:
    """Keep what is not saved.

    Raises
    ------
    ModelFileError
        When it cannot be kept; what was kept there before is still there.
    """
    yield 0.0
    with pauses.turn():
        place.write(content.trained, content.table, content.path)


def load_kept(left: LeftRun) -> Job[OpenDocument]:
    """Open a run that was kept, with its table; the last rows alone will do where there is no more.

    Raises
    ------
    ModelFileError
        When it cannot be opened. It is put aside then, and the message says where.
    """
    try:
        return (yield from _load_kept(left.kept))
    except ElmanError as error:
        raise ModelFileError(
            f"The training of {left.name!r} that was kept cannot be opened: {error}. It was put aside in "
            f"{left.kept.put_aside()}."
        ) from None


def _load_kept(kept: KeptRun) -> Job[OpenDocument]:
    yield 0.0
    saved = load_model(kept.model_path)
    table = None
    with contextlib.suppress(ModelFileError):  # where the table is damaged, the data may still be where they were
        table = kept.table
    try:
        if table is None:
            table = yield from open_source(saved.source, saved.symbols)
        if saved.forecaster is not None:
            return replace(_open_forecaster(saved, table, kept.model_path, ""), path=kept.saved_as, kept=kept)
        experiment = experiment_from_model(saved, table)
    except DataError:
        if saved.ends is None:
            raise
        opened = yield from load_without_data(kept.model_path)
        return replace(opened, path=kept.saved_as, kept=kept)
    return OpenDocument(experiment, table, kept.saved_as, kept=kept)
