"""`elman train`: training in the terminal, saved and reported."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman_core.cli.console import print_json, say
from elman_core.cli.exit_codes import ExitCode
from elman_core.cli.json_reports import score_object, scorecard_object, training_object
from elman_core.cli.options import TRAINING_SETTINGS, Json, chosen, with_settings
from elman_core.cli.progress import TrainingRun, run_job, run_training
from elman_core.cli.text_reports import print_scorecard, print_scores, print_training
from elman_core.config import DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.data.scaling import named_transforms
from elman_core.data.table import TableFormat
from elman_core.errors import ConfigError, ModelFileError
from elman_core.experiment import Experiment, Run
from elman_core.experiments import SERIES_NETWORK
from elman_core.experiments.built_in import built_in_name
from elman_core.experiments.description import data_facts
from elman_core.experiments.factory import begin_named
from elman_core.storage.elsewhere import said_with, save_elsewhere
from elman_core.storage.model_file import save_model
from elman_core.support.files import NotWrittenError
from elman_core.support.jobs import complete

if TYPE_CHECKING:
    from elman_core.experiments.scorecard import Measure

__all__ = ["DETAILS", "run"]

DETAILS = (
    f"What is not given is as the experiment says; a CSV file begins with {SERIES_NETWORK.hidden} hidden units and "
    "Adam, a text with 50. Ctrl-C stops and keeps what was done; a second one ends at once."
)

_MODEL_SUFFIX = ".safetensors"


@with_settings(TRAINING_SETTINGS)
def run(
    what: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="An experiment of `elman list`, a table (CSV), or a text (TXT).")
    ],
    features: Annotated[
        Path | None,
        typer.Option(metavar="TABLE.csv", help="A table of features: a symbol, and numbers from 0 to 1, in each row."),
    ] = None,
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda[:n]|mps", help="Where to compute.")] = "auto",
    engine: Annotated[str, typer.Option(metavar="auto|compiled|tensors", help="What moves the weights.")] = "auto",
    save: Annotated[Path | None, typer.Option(metavar="MODEL.safetensors", help="Save the trained network.")] = None,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Train, save and report."""
    if save is not None:
        _check_target(save)
    data, network, training, symbols, table = (
        chosen(config, TRAINING_SETTINGS, settings)
        for config in (DataConfig, NetworkConfig, TrainingConfig, SymbolConfig, TableFormat)
    )
    if "transforms" in data:
        _read_transforms(data)
    experiment, notes = begin_named(what, data, network, training, symbols, features, table.get("sequence_column"))
    problems: list[str] = []

    def save_first(done: TrainingRun) -> None:
        # Before anything is reported: that may fail, as when nobody reads it any more.
        if save is not None:
            problems.extend(_save(save, replace(experiment, weights=done.trainer.weights(), history=done.history)))

    done = run_training(
        experiment, device, engine, experiment.name, notes, keep_checkpoints=save is not None, then=save_first
    )
    code = _report(experiment, done, as_json, notes)
    if problems:
        raise typer.Exit(ExitCode.BAD_INPUT)
    if code is not ExitCode.DONE:
        raise typer.Exit(code)


def _read_transforms(data: dict[str, Any]) -> None:
    """Take the names apart into transforms and a scaling, which may also be given by itself."""
    names = ",".join(data["transforms"]) or "none"
    data["transforms"], scaling = named_transforms(names, data.get("season"))
    if "scaling" in data and names != "none" and scaling.value in names.split(","):
        raise ConfigError(f"the scaling is given twice, as {data['scaling'].value} and in --transform {names}")
    data.setdefault("scaling", scaling)


def _save(path: Path, trained: Run) -> Iterator[str]:
    """Save a network where it is wanted, or else anywhere; yield what went wrong, which is said too."""
    try:
        save_model(path, trained)
        say(f"saved to {path}")
    except ModelFileError as error:
        is_unwritten = isinstance(error, NotWrittenError)
        problem = said_with(error, save_elsewhere(path, trained)) if is_unwritten else str(error)
        say(problem)
        yield problem


def _report(experiment: Run, done: TrainingRun, as_json: bool, notes: Sequence[str]) -> ExitCode:
    from elman_core.experiments.scorecard import scorecard_of
    from elman_core.forecasting.horizons import score_as_trained

    response = complete(done.trainer.snapshot(whole=True)).response
    scores = complete(score_as_trained(done.trainer.network, experiment.dataset, response))
    measures = complete(scorecard_of(experiment.dataset.source, done.trainer.network, experiment.training.seed))
    code = done.code
    if code is ExitCode.DONE:
        compared, code = _compare(experiment, done.trainer.engine_name)
        measures += compared
    if as_json:
        found = training_object(experiment, done) | {"data": data_facts(experiment.dataset, notes)}
        print_json(found | {"metrics": score_object(scores)} | scorecard_object(measures))
    else:
        print_training(experiment, done)
        print_scores(scores)
        print_scorecard(measures)
    return code


def _compare(experiment: Experiment, engine: str) -> tuple[tuple[Measure, ...], ExitCode]:
    """Return the measures of other networks for a built-in experiment, and by which signal that was stopped."""
    from elman_core.experiments.variants import compare, what_is_compared

    name, seed = built_in_name(experiment.dataset.source), experiment.training.seed
    if not what_is_compared(name):
        return (), ExitCode.DONE
    say(f"beside it: {what_is_compared(name)}")
    found, code = run_job(compare(name, seed, seed, engine), "other networks")
    if found is None:
        say("interrupted: the other networks are left out")
    return found or (), code


def _check_target(path: Path) -> None:
    """Find out before the training, not after it, that a model cannot be saved there."""
    if path.suffix.lower() != _MODEL_SUFFIX:
        raise ConfigError(f"{path} cannot be saved: the name of a model file ends in {_MODEL_SUFFIX}")
    target = Path(os.path.realpath(path))
    if target.is_dir():
        reason = "it is a folder"
    elif not target.parent.is_dir():
        reason = f"there is no folder {target.parent}"
    elif not os.access(target.parent, os.W_OK) or (target.exists() and not os.access(target, os.W_OK)):
        reason = "you do not have the permission"
    else:
        return
    raise ConfigError(f"{path} cannot be saved: {reason}")
