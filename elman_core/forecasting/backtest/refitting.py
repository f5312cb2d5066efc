"""Fitting a forecaster again to other rows of its series: the choices that were made stay, and so does the seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from elman_core.data.dataset import SequenceDataset
from elman_core.data.scaling import fit_columns
from elman_core.data.splits import Parts
from elman_core.experiment import Run
from elman_core.forecasting.forecaster import Forecaster, ForecastPart, PartKind
from elman_core.support.jobs import Job, within
from elman_core.training.history import History
from elman_core.training.initial_weights import initial_weights
from elman_core.training.trainer import Trainer

__all__ = ["divided", "fit_again", "fit_parts_again"]


def divided(dataset: SequenceDataset, parts: Parts) -> SequenceDataset:
    """Return a dataset with other parts, and transforms that are fitted to its new training part.

    Raises
    ------
    DataError
        When they cannot be fitted to it.
    """
    values = np.asarray(dataset.values[:])
    fitted = fit_columns(dataset.name, dataset.config, values, dataset.covariates, dataset.panel, parts)
    return replace(dataset, parts=parts, fitted=fitted)


def fit_parts_again(forecaster: Forecaster, dataset: SequenceDataset, engine: str = "auto") -> Job[Forecaster]:
    """Fit every part anew, from its seed on, to the training part of a dataset with the same rows.

    Transforms, lags, penalties, epochs and the weights of the parts are those that were chosen for the forecaster; what
    transforms are fitted to, least squares and networks are found anew.

    Raises
    ------
    DataError
        When a part cannot be fitted to it.
    """
    parts, count = list[ForecastPart](), len(forecaster.parts)
    for place, part in enumerate(forecaster.parts):
        own = part.run
        run = Run(own.name, divided(own.dataset, dataset.parts), own.network, own.training)
        fitted = yield from within(fit_again(run, part.kind, engine), place / count, (place + 1) / count)
        parts.append(replace(part, run=fitted))
    return replace(forecaster, dataset=dataset, parts=tuple(parts))


def fit_again(run: Run, kind: PartKind, engine: str) -> Job[Run]:
    """Fit the networks of a part from their beginning on: by least squares alone, or trained for all their epochs."""
    if kind is PartKind.LINEAR:
        yield 0.0
        return replace(run, weights=initial_weights(run))
    trainer, history = Trainer(run, engine=engine), History(networks=run.training.networks)
    for update in trainer.updates():
        history.extend([update])
        yield min(update.epoch / max(run.training.epochs, 1), 1.0)
    return replace(run, weights=trainer.weights(), history=history.snapshot())
