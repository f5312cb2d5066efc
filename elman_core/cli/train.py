"""`elman train`: training in the terminal, saved and reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman_core.cli.automatic import refuse_a_device, train_automatically, wish_of
from elman_core.cli.beginning import begin_as_asked
from elman_core.cli.console import print_json, say
from elman_core.cli.continuing import fit_again, is_model, model_to_go_on, train_on
from elman_core.cli.exit_codes import ExitCode
from elman_core.cli.json_reports import score_object, scorecard_object, training_object
from elman_core.cli.options import TRAINING_SETTINGS, Auto, Device, Engine, Features, Json, Save, with_settings
from elman_core.cli.progress import TrainingRun, run_job, run_training
from elman_core.cli.saving import check_target, save_trained
from elman_core.cli.text_reports import print_scorecard, print_scores, print_training
from elman_core.errors import ConfigError
from elman_core.experiment import Experiment, Run
from elman_core.experiments import SERIES_NETWORK
from elman_core.experiments.built_in import built_in_name
from elman_core.experiments.data_summary import data_facts
from elman_core.support.jobs import complete

if TYPE_CHECKING:
    from elman_core.experiments.scorecard import Measure

__all__ = ["DETAILS", "run"]

DETAILS = (
    f"What is not given is as in the experiment; a CSV file begins with {SERIES_NETWORK.hidden} hidden units and "
    "Adam, a text with 50. Ctrl-C stops and keeps what was done; a second one ends at once."
)


@with_settings(TRAINING_SETTINGS)
def run(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE|MODEL",
            help="An experiment of `elman list`, a table (CSV), a text (TXT), or a model to continue.",
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Argument(metavar="[DATA.csv]", help="The rows on which a model is to continue.", show_default=False),
    ] = None,
    auto: Auto = None,
    features: Features = None,
    device: Device = "auto",
    engine: Engine = "auto",
    save: Save = None,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Train, save and report."""
    if save is not None:
        check_target(save)
    problems: list[str] = []
    if is_model(what):
        saved = model_to_go_on(what, auto, settings)
        if saved.forecaster is not None:
            refuse_a_device(device)
            code, problems = fit_again(saved, Path(what), data, settings, engine, save, as_json)
            _end(code, problems)
            return
        experiment, notes = train_on(saved, Path(what), data, settings)
    else:
        if data is not None:
            raise ConfigError(f"{data}: a second file is for continuing a model; {what} is none")
        wish = wish_of(what, auto, features, settings)
        if wish is not None:
            refuse_a_device(device)
            code, problems = train_automatically(what, wish, settings, engine, save, as_json)
            _end(code, problems)
            return
        experiment, notes = begin_as_asked(what, features, settings)

    def save_first(done: TrainingRun) -> None:
        # Before anything is reported: that may fail, as when nobody reads it any more.
        if save is not None:
            problems.extend(
                save_trained(save, replace(experiment, weights=done.trainer.weights(), history=done.history))
            )

    done = run_training(
        experiment, device, engine, experiment.name, notes, keep_checkpoints=save is not None, then=save_first
    )
    code = _report(experiment, done, as_json, notes)
    _end(code, problems)


def _end(code: ExitCode, problems: Sequence[str]) -> None:
    if problems:
        raise typer.Exit(ExitCode.BAD_INPUT)
    if code is not ExitCode.DONE:
        raise typer.Exit(code)


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
