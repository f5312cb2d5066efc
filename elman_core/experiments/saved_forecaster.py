"""Saved forecasters: on a table, or on nothing but the last rows that a model file keeps of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from elman_core.data.dataset import SequenceDataset
from elman_core.data.ends import dataset_of_ends
from elman_core.data.sources import SourceGoneError
from elman_core.data.table import Table
from elman_core.experiment import Run
from elman_core.experiments.factory import dataset_as_trained, experiment_from_model
from elman_core.forecasting.forecaster import Forecaster, ForecasterPredictor, ForecastPart, PartPredictor
from elman_core.forecasting.predictor import NetworkPredictor
from elman_core.forecasting.running import first_network
from elman_core.storage.model_file import SavedModel
from elman_core.training.weights import network_from_weights

__all__ = ["forecaster_from_ends", "forecaster_from_model", "forecaster_on", "predictor_from_ends"]


def forecaster_from_model(
    saved: SavedModel, table: Table, *, fill_gaps: bool | None = None, whole: bool = False
) -> Forecaster:
    """Return a saved forecaster on a table; a network that stands alone is one of one part.

    `fill_gaps` and `whole` as in `dataset_as_trained`.

    Raises
    ------
    DataError
        When the table lacks one of the columns, or cannot be predicted from.
    """
    parts = tuple(
        ForecastPart(
            experiment_from_model(part.model, table, fill_gaps=fill_gaps, whole=whole),
            part.kind,
            part.one_step,
            part.several,
            None if whole else part.errors,
        )
        for part in saved.parts
    )
    own = saved.forecaster
    if own is None:
        return Forecaster(parts[0].run.dataset, parts)
    dataset = dataset_as_trained(own.data, own.fitted, table, fill_gaps=fill_gaps, whole=whole)
    return Forecaster(dataset, parts, own.automatic, None if whole else own.validation, own.notes)


def forecaster_on(forecaster: Forecaster, table: Table, *, fill_gaps: bool | None = None) -> Forecaster:
    """Return a forecaster on another table, all of which is to be predicted.

    Raises
    ------
    DataError
        When the table lacks one of the columns, or cannot be predicted from.
    """

    def on_table(dataset: SequenceDataset) -> SequenceDataset:
        return dataset_as_trained(dataset.config, dataset.fitted, table, fill_gaps=fill_gaps, whole=True)

    parts = tuple(replace(part, run=replace(part.run, dataset=on_table(part.run.dataset))) for part in forecaster.parts)
    return replace(forecaster, dataset=on_table(forecaster.dataset), parts=parts)


def forecaster_from_ends(saved: SavedModel) -> Forecaster:
    """Return a saved forecaster on nothing but the last rows of each sequence.

    Raises
    ------
    SourceGoneError
        When the file keeps none.
    """
    parts = []
    for part in saved.parts:
        model = part.model
        if model.ends is None or len(model.ends.context) < len(model.weights.w1):
            raise SourceGoneError(f"{saved.name}: the model file keeps no rows to predict from; the data are needed")
        dataset = dataset_of_ends(model.ends, saved.source.name, saved.source, model.data, model.fitted)
        run = Run(
            model.name, dataset, model.network, model.training, replace(model.weights, position=None), model.history
        )
        parts.append(ForecastPart(run, part.kind, part.one_step, part.several, part.errors))
    own, ends = saved.forecaster, saved.ends
    if own is None:
        return Forecaster(parts[0].run.dataset, tuple(parts))
    assert ends is not None
    dataset = dataset_of_ends(ends, saved.source.name, saved.source, own.data, own.fitted)
    return Forecaster(dataset, tuple(parts), own.automatic, own.validation, own.notes)


def predictor_from_ends(saved: SavedModel, forecaster: Forecaster, member: int | None = None) -> ForecasterPredictor:
    """Return what predicts beyond the last row of each sequence, with the states that the model file keeps.

    `forecaster` is that of `forecaster_from_ends`, or the same with rows after the last ones. With `member` only that
    network of each part predicts, in place of their mean.
    """
    prepared = []
    for part, own in zip(forecaster.parts, saved.parts, strict=True):
        ends, run = own.model.ends, part.run
        assert ends is not None and run.weights is not None
        network, dataset = network_from_weights(run.network, run.weights), run.dataset
        last = dataset.panel.starts + (~np.isnan(ends.rows).any(axis=2)).sum(axis=1) - 1
        members = []
        for place in range(network.networks) if member is None else (member,):
            contexts = network.w1.new_zeros((dataset.rows, run.network.hidden))
            contexts[last] = network.w1.new_tensor(ends.context[place])
            members.append(NetworkPredictor(first_network(network, place), dataset, contexts))
        prepared.append(PartPredictor(tuple(members)))
    weights = np.array([[part.one_step, part.several] for part in forecaster.parts])
    return ForecasterPredictor(tuple(prepared), weights)
