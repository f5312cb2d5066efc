"""Going on with a saved model: with more epochs from its weights, or with its parts fitted again to new rows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elman_core.cli.automatic import FittedForecaster, score_forecaster, tell_forecaster
from elman_core.cli.console import say
from elman_core.cli.exit_codes import ExitCode
from elman_core.cli.options import TABLE_SETTINGS, TRAINING_SETTINGS, chosen, table_format
from elman_core.cli.progress import run_job
from elman_core.cli.saved_network import is_another_series, table_for
from elman_core.cli.saving import MODEL_SUFFIX, save_trained
from elman_core.config import TrainingConfig
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.experiments.factory import experiment_from_model
from elman_core.storage.model_file import SavedModel, load_model
from elman_core.support.text_format import counted

__all__ = ["fit_again", "is_model", "model_to_go_on", "train_on"]

_GIVEN_AGAIN = ("epochs", *(setting.name for setting in TABLE_SETTINGS))


def is_model(what: str) -> bool:
    """Whether a model file is named, rather than data."""
    return Path(what).suffix.lower() == MODEL_SUFFIX


def model_to_go_on(what: str, auto: bool | None, settings: Mapping[str, Any]) -> SavedModel:
    """Open a model that is to go on.

    Raises
    ------
    ConfigError
        When a setting is given that the model has already.
    """
    for name, value in {**settings, "auto": auto}.items():
        if value not in (None, []) and name not in _GIVEN_AGAIN:
            raise ConfigError(
                f"--{name.replace('_', '-')} is for a new training; a model continues as it was begun, and --epochs "
                "says for how many epochs more"
            )
    return load_model(Path(what))


def train_on(saved: SavedModel, model: Path, data: Path | None, settings: Mapping[str, Any]) -> tuple[Run, list[str]]:
    """Return a run that goes on from the weights of a model, on its own data or on others, and notes.

    What was learned is kept; transforms stay as they were fitted, since the weights belong to them.
    """
    table = table_for(saved, model, data, "train", table_format(settings))
    run = experiment_from_model(saved, table)
    epochs = chosen(TrainingConfig, TRAINING_SETTINGS, settings).get("epochs", saved.training.epochs)
    training = run.training.replace(epochs=saved.history.epochs + epochs)
    told = f"{saved.name} continues from epoch {saved.history.epochs:,} for {counted(epochs, 'epoch')} more"
    weights = run.weights
    if is_another_series(saved, data) and weights is not None:
        weights = weights.for_other_data(saved.history.epochs)
    return Run(run.name, run.dataset, run.network, training, weights, run.history), [
        *table.notes,
        *run.dataset.notes,
        told,
    ]


def fit_again(
    saved: SavedModel,
    model: Path,
    data: Path | None,
    settings: Mapping[str, Any],
    engine: str,
    save: Path | None,
    as_json: bool,
) -> tuple[ExitCode, list[str]]:
    """Fit the parts of a forecaster again to new rows, save, score and report; return how that ended, and problems."""
    import torch

    from elman_core.experiments.refitting import refit, rows_left_out

    if settings.get("epochs") is not None:
        raise ConfigError("--epochs is for a network; the parts of a forecaster are trained as long as validation said")
    start = time.perf_counter()
    torch.set_num_threads(1)
    table = table_for(saved, model, data, "train", table_format(settings))
    for note in filter(None, (*table.notes, rows_left_out(saved, table))):
        say(note)
    say(
        f"fitting {saved.name} again to {table.name}: transforms, lags, penalties and weights of its "
        f"{counted(len(saved.parts), 'part')} are those that were chosen, and all is fitted from the seed"
    )
    forecaster, code = run_job(refit(saved, table, engine), f"{saved.name}")
    if forecaster is None:
        say("interrupted: nothing was fitted, and the model stays as it is")
        return code, []
    problems = list(save_trained(save, forecaster)) if save is not None else []
    scores = score_forecaster(forecaster, forecaster.dataset.config.horizon)
    fitted = FittedForecaster(forecaster, engine, code, [*table.notes, *forecaster.dataset.notes])
    tell_forecaster(fitted, scores, time.perf_counter() - start, as_json)
    return code, problems
