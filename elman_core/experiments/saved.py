"""Saved models whose data have moved or are gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from elman_core.data.dataset import SequenceDataset
from elman_core.data.ends import dataset_of_ends
from elman_core.data.sources import SourceGoneError, find_data, open_source
from elman_core.data.table import Table
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.experiments.factory import dataset_as_trained
from elman_core.storage.model_file import SavedModel
from elman_core.support.jobs import Job
from elman_core.training.events import Response

__all__ = ["experiment_from_ends", "open_own_data", "own_dataset", "predict_from_ends"]


def open_own_data(saved: SavedModel, model_path: Path) -> Job[Table]:
    """Return the table that a model was trained on, from beside the model where it has moved; a note says so.

    Raises
    ------
    SourceGoneError
        When it is nowhere. `experiment_from_ends` and `predict_from_ends` need no data.
    DataError
        When it cannot be read.
    """
    try:
        return (yield from open_source(saved.source, saved.symbols))
    except SourceGoneError as gone:
        beside = find_data(saved.source, model_path)
        if beside is None:
            raise
        note = f"{gone}; {beside} beside the model is taken"
    table = yield from open_source(saved.source.replace(path=str(beside)), saved.symbols)
    return replace(table, notes=(note, *table.notes))


def own_dataset(saved: SavedModel, model_path: Path) -> Job[SequenceDataset | None]:
    """Return the data that a model was trained on; None where they are gone, or are not what they were."""
    try:
        table = yield from open_own_data(saved, model_path)
        return dataset_as_trained(saved.data, saved.fitted, table)
    except DataError:  # another series can still be predicted; who asks says what is missing
        return None


def experiment_from_ends(saved: SavedModel) -> Run:
    """Return the saved experiment on nothing but the last rows of each sequence, which the model file keeps.

    Raises
    ------
    SourceGoneError
        When it keeps none.
    """
    if saved.ends is None:
        raise SourceGoneError(f"{saved.name}: the model file keeps no rows to predict from; the data are needed")
    dataset = dataset_of_ends(saved.ends, saved.source.name, saved.source, saved.data, saved.fitted)
    weights = replace(saved.weights, position=None)
    return Run(saved.name, dataset, saved.network, saved.training, weights, saved.history)


def predict_from_ends(saved: SavedModel, last_rows: SequenceDataset, steps: int, member: int = 0) -> Job[Response]:
    """Predict the rows after the last one of each sequence with what the model file keeps of the data.

    `last_rows` is the dataset of `experiment_from_ends`.

    Raises
    ------
    SourceGoneError
        When it keeps nothing.
    DataError
        When `steps` are too many, or the state of this member is not in the file.
    """
    from elman_core.forecasting.beyond import predict_beyond  # imports torch
    from elman_core.training.weights import network_from_weights

    assert saved.ends is not None
    network = network_from_weights(saved.network, saved.weights)
    return (yield from predict_beyond(network, last_rows, saved.ends.context, steps, member))
