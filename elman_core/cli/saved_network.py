"""Opening a saved network with its data, for predict and evaluate."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from elman_core.data.dataset import SequenceDataset
from elman_core.data.sources import SourceGoneError, read_like
from elman_core.data.table import Table, TableFormat
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.experiments.data_summary import summary_sentence
from elman_core.experiments.factory import experiment_from_model, table_for_columns
from elman_core.experiments.saved import open_own_data
from elman_core.experiments.seasons import in_season
from elman_core.storage.model_file import SavedModel, load_model
from elman_core.support.jobs import complete

if TYPE_CHECKING:
    from elman_core.forecasting.forecaster import Forecaster
    from elman_core.model.network import ElmanNetwork

__all__ = [
    "is_another_series",
    "member_of",
    "network_of",
    "open_forecaster",
    "open_model",
    "refuse_a_member",
    "table_for",
]


def open_model(
    model: Path,
    data: Path | None,
    fill_gaps: bool,
    command: str,
    wanted: TableFormat | None = None,
    *,
    whole: bool = False,
) -> tuple[Run, list[str]]:
    """Return a saved experiment on the given data, by default those it was trained on, and notes about them.

    How the given data are read is as the model's were, but for what is set in the format that is `wanted`. Another
    series is left `whole`, if that is wanted, instead of being divided into parts.

    Raises
    ------
    SourceGoneError
        When the data it was trained on are gone and none are given; the message shows how to give `command` some.
    DataError, ModelFileError
        When a file cannot be read, or the data do not suit the network.
    """
    saved = load_model(model)
    table = table_for(saved, model, data, command, wanted)
    whole = whole and is_another_series(saved, data)
    experiment = experiment_from_model(saved, table, fill_gaps=fill_gaps or None, whole=whole)
    return experiment, [*_summary_lines(experiment.dataset), *table.notes, *experiment.dataset.notes]


def open_forecaster(
    saved: SavedModel,
    model: Path,
    data: Path | None,
    fill_gaps: bool,
    command: str,
    wanted: TableFormat | None = None,
    *,
    whole: bool = False,
) -> tuple[Forecaster, list[str]]:
    """Do as `open_model` for a file with a forecaster; a network that stands alone is one of one part."""
    import torch

    from elman_core.experiments.saved_forecaster import forecaster_from_model

    torch.set_num_threads(1)  # as in training: networks this small lose more by handing work round than they save
    table = table_for(saved, model, data, command, wanted)
    whole = whole and is_another_series(saved, data)
    forecaster = forecaster_from_model(saved, table, fill_gaps=fill_gaps or None, whole=whole)
    return forecaster, [*_summary_lines(forecaster.dataset), *table.notes, *forecaster.dataset.notes]


def table_for(saved: SavedModel, model: Path, data: Path | None, command: str, wanted: TableFormat | None) -> Table:
    """Return the given data, by default those that the model was trained on, with its column.

    Raises
    ------
    SourceGoneError, ConfigError, DataError
        As `open_model` does.
    """
    if wanted is not None and data is None:
        option = min(wanted.model_fields_set).replace("_", "-")
        raise ConfigError(f"--{option} is for other data than the model's own, which are read as they were")
    table = _table(saved, model, data, command, wanted)
    return table if saved.symbols is not None else in_season(saved, table_for_columns(saved.data.columns, table))


def _summary_lines(dataset: SequenceDataset) -> list[str]:
    """Return in one line how a table was read; nothing for data of another kind."""
    return [summary_sentence(dataset)] if dataset.source.kind == "csv" else []


def refuse_a_member(saved: SavedModel, member: int) -> None:
    """Refuse to choose one network where all parts predict together.

    Raises
    ------
    ConfigError
        When another than the first one is asked for.
    """
    if saved.forecaster is not None and member != 1:
        count = len(saved.forecaster.parts)
        raise ConfigError(f"--member is for networks of one kind; the {count:,} parts of this model predict together")


def member_of(networks: int, number: int) -> int:
    """Return the place, from 0 on, of the network that is given by its number.

    Raises
    ------
    ConfigError
        When there is none of that number.
    """
    if not 1 <= number <= networks:
        most = (
            f"from 1 to {networks:,}, the networks in the model" if networks > 1 else "1, as the model has one network"
        )
        raise ConfigError(f"--member must be {most}, got {number:,}")
    return number - 1


def is_another_series(saved: SavedModel, data: Path | None) -> bool:
    """Whether the given data are another series of numbers than the one that the model was trained on."""
    if data is None or saved.symbols is not None:
        return False
    own = saved.source.path
    return own is None or os.path.realpath(data) != os.path.realpath(own)


def network_of(experiment: Run) -> ElmanNetwork:
    """Return the network of a saved experiment."""
    from elman_core.training.weights import network_from_weights

    assert experiment.weights is not None  # a model file has them
    return network_from_weights(experiment.network, experiment.weights)


def _table(saved: SavedModel, model: Path, data: Path | None, command: str, wanted: TableFormat | None) -> Table:
    if data is not None:
        return complete(read_like(data, saved.source, saved.symbols, wanted))
    try:
        return complete(open_own_data(saved, model))
    except SourceGoneError as error:
        raise SourceGoneError(f"{error}; give the data: elman {command} {model} DATA.csv") from None
