"""What if: the forecast of one sequence, if some of its values were or will be others. The data stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from elman_core.data.changed_value import ChangedValue, changeable_columns, changeable_rows
from elman_core.data.dataset import SequenceDataset
from elman_core.data.future import with_rows_beyond
from elman_core.data.one_sequence import one_sequence
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.forecasting.forecaster import Forecaster, PartPredictor
from elman_core.forecasting.predictor import NetworkPredictor
from elman_core.support.jobs import Job, within
from elman_core.training.weights import network_from_weights

__all__ = ["forecast_if"]

Array = NDArray[np.float64]


def forecast_if(trained: Run | Forecaster, sequence: int, steps: int, changes: Sequence[ChangedValue]) -> Job[Array]:
    """Predict `steps` rows beyond a sequence, (H, C), if these values were others.

    What is known ahead of the rows beyond is held at its last value where it is not changed, as in a forecast without
    a table of the future. Of a run with several networks the first one predicts.

    Raises
    ------
    DataError
        When a column or row cannot be changed.
    """
    yield 0.0
    if isinstance(trained, Forecaster):
        counting = [part for part in trained.parts if part.one_step or part.several] or list(trained.parts)
        count, found = len(counting), np.zeros((steps, len(trained.dataset.columns)))
        for place, part in enumerate(counting):
            job = _ahead(part.run, sequence, steps, changes)
            members = yield from within(job, place / count, (place + 1) / count)
            found += part.weights(steps)[:, None] * members
        return found
    return (yield from _ahead(trained.of_member(0), sequence, steps, changes))


def _ahead(run: Run, sequence: int, steps: int, changes: Sequence[ChangedValue]) -> Job[Array]:
    """Predict with all networks of a run together, whose mean is taken before transforms are undone."""
    changed = _changed(one_sequence(run.dataset, sequence), steps, changes)
    origin = np.array([changed.rows - steps - 1])
    assert run.weights is not None
    if run.training.networks == 1:
        network = network_from_weights(run.network, run.weights)
        predictor = yield from NetworkPredictor.prepare(network, changed)
        return predictor.ahead(origin, steps)[:, 0]
    together = yield from PartPredictor.prepare(replace(run, dataset=changed))
    return together.ahead(origin, steps)[:, 0]


def _changed(dataset: SequenceDataset, steps: int, changes: Sequence[ChangedValue]) -> SequenceDataset:
    """Return a sequence with the rows beyond it, and with its changed values."""
    rows, config = dataset.rows, dataset.config
    inputs, targets = len(config.inputs), len(dataset.columns)
    last = dataset.covariates[rows - 1, inputs:]
    known = np.broadcast_to(last, (1, steps, len(last)))
    beyond = with_rows_beyond(dataset, known, [dataset.axis.extended(steps)])
    values, covariates = np.array(beyond.values[:]), np.array(beyond.covariates)
    columns = changeable_columns(dataset)
    for change in changes:
        if change.column not in columns:
            raise DataError(f"{change.column!r} is no column that the network sees")
        place = columns.index(change.column)
        if not 0 <= change.row < changeable_rows(dataset, change.column, steps):
            raise DataError(f"row {change.row + 1:,} of {change.column!r} is not known, so that it cannot be changed")
        if place < targets:
            values[change.row, place] = change.value
        else:
            covariates[change.row, place - targets] = change.value
    # What is beyond holds the last value, as it is now.
    values[rows:] = values[rows - 1]
    covariates[rows:, :inputs] = covariates[rows - 1, :inputs]
    return replace(beyond, values=values, covariates=covariates)
