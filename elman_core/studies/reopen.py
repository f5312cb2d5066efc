"""Opening the network of a run: from the study's folder, or trained again from its settings and seed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from elman_core.config.study import Keep, StudyMetric
from elman_core.data.dataset import Part
from elman_core.errors import ConfigError, DataError, ModelFileError
from elman_core.experiment import Run
from elman_core.storage.model_file import load_model
from elman_core.studies.block import member_path, save_if_sound
from elman_core.studies.forecaster_block import fit_forecaster_again
from elman_core.studies.results import StudyResults
from elman_core.studies.store import StudyStore
from elman_core.studies.study import Study
from elman_core.studies.trial import Outcome, Trial
from elman_core.support.jobs import Job, complete, within
from elman_core.training.course import Course

if TYPE_CHECKING:
    from elman_core.forecasting.forecaster import Forecaster

__all__ = ["difference_sentence", "keep_models", "open_trial", "to_be_kept"]

_TOLERANCE = 1e-6
"""Processors and libraries may differ in the last digits; what they add up to in a run is more."""


def open_trial(study: Study, trial: Trial, store: StudyStore | None = None) -> Job[Run | Forecaster]:
    """Return the network of a run with the course of its training; with the automatic recipe the forecaster.

    It is read from the folder where it was saved, or else trained again. On the machine and with the versions that the
    study was done with it is the same network, bit for bit with the compiled engine.

    Raises
    ------
    ConfigError, DataError, DeviceError
        When the run could not be trained in the first place, or the data are gone.
    """
    yield 0.0
    if trial.outcome is Outcome.FAILED:
        raise ConfigError(f"this run could not be trained: {trial.message}")
    if study.base.is_automatic:
        recipe = study.recipe(trial.settings, trial.seed)
        found = None if store is None else _saved_forecaster(member_path(store.models, trial.cell, trial.seed), study)
        return (yield from fit_forecaster_again(recipe, study.table, study.base.engine)) if found is None else found
    experiment = study.checked(trial.settings)
    experiment = replace(experiment, training=experiment.training.replace(seed=trial.seed, networks=1))
    if store is not None:
        run = _saved(member_path(store.models, trial.cell, trial.seed), experiment)
        if run is not None:
            return run
    return (yield from _trained(experiment, study.base.device, study.base.engine))


def difference_sentence(study: Study, run: Run | Forecaster, trial: Trial) -> str:
    """Say that a network which was trained again is not quite that of its run; nothing where it is.

    That happens on another kind of processor, and with other versions of the libraries.
    """
    if not isinstance(run, Run):
        return ""  # its figures are those of all its parts, which nobody has scored yet
    if study.measure.in_errors:
        what, figures = "an error", [(_error(run, part, study.lost_rows), getattr(trial, part.value)) for part in Part]
    else:
        course = Course(run.history, ends=run.ends)
        what, figures = "a loss", [(course.train_loss, trial.train), (course.validation_loss, trial.validation)]
    for now, then in figures:
        if now is None or then is None or math.isnan(then):
            continue
        if not np.isclose(now, then, rtol=_TOLERANCE, atol=1e-12):
            return (
                f"This network was trained again from its settings and seed, and came to {what} of {now:.6g} where the "
                f"study has {then:.6g}: it was done with other versions, or on another processor."
            )
    return ""


def _error(run: Run, part: Part, lost_rows: int) -> float | None:
    """Return the error of a network in a part, as a study measures it."""
    from elman_core.forecasting.part_error import PartError
    from elman_core.training.weights import network_from_weights

    assert run.weights is not None  # it was trained
    return complete(PartError(run.dataset, part, lost_rows).of(network_from_weights(run.network, run.weights)))


def to_be_kept(study: Study, results: StudyResults) -> Iterator[Trial]:
    """Yield the runs that belong into the folder as model files: the best one of the chosen cell, all, or none."""
    if study.config.keep is Keep.ALL:
        yield from (trial for trial in results if trial.outcome is not Outcome.FAILED)
    elif study.config.keep is Keep.CHOSEN and study.measure.is_compared and results.chosen is not None:
        group = results.chosen
        yield results.trial(int(group.rows[np.nanargmin(group.values(StudyMetric.VALIDATION))]))


def keep_models(study: Study, results: StudyResults, store: StudyStore) -> Job[list[Path]]:
    """Save the runs that belong into the folder and are not there yet, and return where; each is trained again.

    Raises
    ------
    NotWrittenError, StudyError
        When one cannot be saved.
    """
    saved = []
    for trial in to_be_kept(study, results):
        path = member_path(store.models, trial.cell, trial.seed)
        if not path.exists():
            run = yield from open_trial(study, trial)
            store.make_models()
            save_if_sound(path, run)
            saved.append(path)
    return saved


def _saved(path: Path, experiment: Run) -> Run | None:
    """Return the run in a model file; None where there is none, or it is not sound, or that of another run."""
    if not path.exists():
        return None
    try:
        saved = load_model(path)
    except ModelFileError:  # it is trained again, which gives the same
        return None
    if saved.network != experiment.network or saved.training != experiment.training:
        return None
    return replace(experiment, weights=saved.weights, history=saved.history)


def _saved_forecaster(path: Path, study: Study) -> Forecaster | None:
    """Return the forecaster in a model file; None where there is none, or it is not sound."""
    if not path.exists():
        return None
    from elman_core.experiments.saved_forecaster import forecaster_from_model  # imports torch

    try:
        return forecaster_from_model(load_model(path), study.table)
    except (ModelFileError, DataError):
        return None


def _trained(experiment: Run, device: str, engine: str) -> Job[Run]:
    import torch

    from elman_core.training.trainer import Trainer

    torch.set_num_threads(1)
    trainer = yield from within(Trainer.prepare(experiment, device=device, engine=engine), 0.0, 0.05)
    history = experiment.history.snapshot()
    for update in trainer.updates(keep_checkpoints=True):
        history.extend([update])
        yield 0.05 + 0.95 * min(update.epoch / experiment.training.epochs, 1.0)
    return replace(experiment, weights=trainer.weights(), history=history)
