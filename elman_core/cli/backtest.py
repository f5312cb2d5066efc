"""`elman backtest`: forecasts from every row of the test part against what came, beside those of the baselines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman_core.cli.backtest_reports import backtest_object, print_backtest
from elman_core.cli.beginning import begin_as_asked
from elman_core.cli.console import print_json, say
from elman_core.cli.exit_codes import ExitCode
from elman_core.cli.options import (
    TRAINING_SETTINGS,
    Device,
    Engine,
    Features,
    Interval,
    Json,
    Save,
    whole_number,
    with_settings,
)
from elman_core.cli.progress import TrainingRun, run_job, run_training
from elman_core.cli.saved_network import member_of, network_of, open_model
from elman_core.cli.saving import MODEL_SUFFIX, check_place, check_target, refuse_to_overwrite, save_trained
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.forecasting.intervals import LEVELS, checked_levels
from elman_core.support.text_format import counted

if TYPE_CHECKING:
    from elman_core.forecasting.backtest.contenders import Contender
    from elman_core.forecasting.backtest.results import Backtest
    from elman_core.model.network import ElmanNetwork

__all__ = ["DETAILS", "run"]

_HORIZON = 12

DETAILS = (
    "A NAME or FILE is trained first, with the options of `elman train`; a MODEL is as it was saved. Every baseline is "
    "fitted to the same training part. Of several networks the mean forecasts."
)


@with_settings(TRAINING_SETTINGS)
def run(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE|MODEL", help="An experiment of `elman list`, a table (CSV), or a model of train --save."
        ),
    ],
    folds: Annotated[
        int,
        typer.Option(
            metavar="K", parser=whole_number, help="Stretches of time that the origins are divided into, told apart."
        ),
    ] = 1,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit all again at the beginning of each fold, to all rows before it.")
    ] = False,
    interval: Interval = None,
    ets: Annotated[
        bool | None,
        typer.Option(
            "--ets/--no-ets", help="Whether ETS is among the baselines; by default of few series.", show_default=False
        ),
    ] = None,
    member: Annotated[
        int | None,
        typer.Option(metavar="K", parser=whole_number, help="One of the networks, from 1 on, instead of the mean."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="OUT.csv", help="Write every forecast there, beside what came.")
    ] = None,
    features: Features = None,
    device: Device = "auto",
    engine: Engine = "auto",
    save: Save = None,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Train if need be, backtest and report."""
    from elman_core.export.backtests import write_backtest
    from elman_core.forecasting.backtest.contenders import network_contender

    levels = checked_levels(interval or LEVELS)
    if out is not None:
        check_place(out)
        refuse_to_overwrite(out, [what])
    is_model = Path(what).suffix.lower() == MODEL_SUFFIX
    if is_model:
        _refuse_what_is_for_training(settings, features, save)
        experiment, notes = open_model(Path(what), None, False, "backtest")
        _refuse_symbols(experiment.dataset)
        network = network_of(experiment)
        for note in notes:
            say(note)
    else:
        experiment, network = _trained(what, features, device, engine, save, settings)
    if out is not None:
        refuse_to_overwrite(out, [experiment.dataset.source.path])
    alone = None if member is None else member_of(experiment.training.networks, member)
    contender = network_contender(experiment, network, alone, device, engine)
    found = _backtest(experiment, contender, settings.get("horizon"), folds, refit, levels, ets)
    if out is not None:
        write_backtest(out, found)
        say(f"forecasts from {counted(len(found.origins), 'origin')} written to {out}")
    if as_json:
        print_json(backtest_object(found))
    else:
        print_backtest(found)


def _refuse_what_is_for_training(settings: dict[str, Any], features: Path | None, save: Path | None) -> None:
    given = [name for name, value in settings.items() if value not in (None, []) and name != "horizon"]
    given += [name for name, value in (("features", features), ("save", save)) if value is not None]
    if given:
        option = {"columns": "target", "inputs": "input", "unit": "symbols"}.get(given[0], given[0]).replace("_", "-")
        raise ConfigError(f"--{option} is for training on a NAME or FILE; a model is as it was trained")


def _refuse_symbols(dataset: SequenceDataset) -> None:
    if dataset.kind is DataKind.SYMBOLS:
        raise ConfigError(f"{dataset.name} is a stream of symbols; a backtest is for a table of numbers")


def _trained(
    what: str, features: Path | None, device: str, engine: str, save: Path | None, settings: dict[str, Any]
) -> tuple[Run, ElmanNetwork]:
    """Train on a built-in experiment or a table, and save if that is wanted."""
    if save is not None:
        check_target(save)
    experiment, notes = begin_as_asked(what, features, settings)
    _refuse_symbols(experiment.dataset)
    problems: list[str] = []

    def save_first(done: TrainingRun) -> None:
        if save is not None:
            problems.extend(
                save_trained(save, replace(experiment, weights=done.trainer.weights(), history=done.history))
            )

    done = run_training(
        experiment, device, engine, experiment.name, notes, keep_checkpoints=save is not None, then=save_first
    )
    if problems:
        raise typer.Exit(ExitCode.BAD_INPUT)
    if done.code is not ExitCode.DONE:
        raise typer.Exit(done.code)
    return experiment, done.trainer.network


def _backtest(
    experiment: Run,
    contender: Contender,
    horizon: int | None,
    folds: int,
    refit: bool,
    levels: tuple[float, ...],
    ets: bool | None,
) -> Backtest:
    from elman_core.forecasting.backtest.contenders import baselines_of
    from elman_core.forecasting.backtest.run import backtest
    from elman_core.forecasting.horizons import longest_horizon

    dataset = experiment.dataset
    if horizon is None:
        horizon = min(max(dataset.config.horizon, _HORIZON), longest_horizon(dataset))
    baselines = baselines_of(dataset, ets=ets)
    say(f"backtest of {experiment.name}: {counted(horizon, 'step')} ahead from each row of the test part")
    job = backtest(contender, baselines, dataset, horizon, folds=folds, refit=refit, levels=levels)
    found, code = run_job(job, "backtest")
    if found is None:
        say("interrupted: the backtest was not ended")
        raise typer.Exit(code)
    return found
