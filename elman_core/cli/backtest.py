"""`elman backtest`: forecasts from every row of the test part against what came, beside those of the baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman_core.cli.automatic import read_and_fit, refuse_a_device, wish_of
from elman_core.cli.backtest_reports import backtest_object, print_backtest
from elman_core.cli.beginning import begin_as_asked
from elman_core.cli.console import print_json, say
from elman_core.cli.continuing import is_model
from elman_core.cli.exit_codes import ExitCode
from elman_core.cli.options import (
    TRAINING_SETTINGS,
    Auto,
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
from elman_core.cli.saved_network import member_of, network_of, open_forecaster, open_model, refuse_a_member
from elman_core.cli.saving import check_place, check_target, refuse_to_overwrite, save_trained
from elman_core.data.dataset import SequenceDataset
from elman_core.data.kind import DataKind
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.forecasting.intervals import LEVELS, checked_levels
from elman_core.storage.model_file import load_model
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted

if TYPE_CHECKING:
    from elman_core.forecasting.backtest.contenders import Contender
    from elman_core.forecasting.backtest.results import Backtest
    from elman_core.forecasting.forecaster import Forecaster
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
            metavar="K", parser=whole_number, help="Stretches of time that the origins are divided into, each reported."
        ),
    ] = 1,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit everything again at the beginning of each fold, to all rows before it.")
    ] = False,
    interval: Interval = None,
    ets: Annotated[
        bool | None,
        typer.Option(
            "--ets/--no-ets", help="Whether ETS is a baseline; by default for few series only.", show_default=False
        ),
    ] = None,
    member: Annotated[
        int | None,
        typer.Option(metavar="K", parser=whole_number, help="One of the networks, from 1 on, instead of the mean."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="OUT.csv", help="Write every forecast there, beside the values that came.")
    ] = None,
    auto: Auto = None,
    features: Features = None,
    device: Device = "auto",
    engine: Engine = "auto",
    save: Save = None,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Train if need be, backtest and report."""
    from elman_core.export.backtests import write_backtest

    levels = checked_levels(interval or LEVELS)
    if out is not None:
        check_place(out)
        refuse_to_overwrite(out, [what])
    given = _Given(what, member, device, engine, save)
    if is_model(what):
        _refuse_what_is_for_training(settings | {"auto": auto, "features": features, "save": save})
        tested = _of_model(given)
    else:
        tested = _of_data(given, auto, features, settings)
    if out is not None:
        refuse_to_overwrite(out, [tested.dataset.source.path])
    found = _backtest(tested, settings.get("horizon"), folds, refit, levels, ets)
    if out is not None:
        write_backtest(out, found)
        say(f"forecasts from {counted(len(found.origins), 'origin')} written to {out}")
    if as_json:
        print_json(backtest_object(found))
    else:
        print_backtest(found)


@dataclass(frozen=True)
class _Given:
    """What is to be tested, and how."""

    what: str
    member: int | None
    device: str
    engine: str
    save: Path | None


@dataclass(frozen=True)
class _Tested:
    """What is tested: the model, and its parts if it has several."""

    name: str
    dataset: SequenceDataset
    contenders: tuple[Contender, ...]


def _refuse_what_is_for_training(settings: Mapping[str, Any]) -> None:
    for name, value in settings.items():
        if value not in (None, []) and name != "horizon":
            option = {"columns": "target", "inputs": "input", "unit": "symbols"}.get(name, name).replace("_", "-")
            raise ConfigError(f"--{option} is for training on a NAME or FILE; a model is as it was trained")


def _refuse_symbols(dataset: SequenceDataset) -> None:
    if dataset.kind is DataKind.SYMBOLS:
        raise ConfigError(f"{dataset.name} is a stream of symbols; a backtest is for a table of numbers")


def _of_model(given: _Given) -> _Tested:
    """Open a model with its own data."""
    path = Path(given.what)
    saved = load_model(path)
    if saved.forecaster is not None:
        refuse_a_device(given.device)
        if given.member is not None:
            refuse_a_member(saved, 0)
        forecaster, notes = open_forecaster(saved, path, None, False, "backtest")
        for note in notes:
            say(note)
        return _of_forecaster(forecaster, given.engine)
    experiment, notes = open_model(path, None, False, "backtest")
    _refuse_symbols(experiment.dataset)
    for note in notes:
        say(note)
    return _of_network(experiment, network_of(experiment), given)


def _of_data(given: _Given, auto: bool | None, features: Path | None, settings: dict[str, Any]) -> _Tested:
    """Train on a built-in experiment or a table, and save if that is wanted."""
    if given.save is not None:
        check_target(given.save)
    problems: list[str] = []
    wish = wish_of(given.what, auto, features, settings)
    if wish is not None:
        if given.member is not None:
            raise ConfigError("--member is for networks of one kind; the parts of a forecaster predict together")
        refuse_a_device(given.device)
        _, _, fitted = read_and_fit(given.what, wish, settings, given.engine, given.save, problems)
        for note in fitted.notes:
            say(note)
        _end(fitted.code, problems)
        return _of_forecaster(fitted.forecaster, given.engine)
    experiment, notes = begin_as_asked(given.what, features, settings)
    _refuse_symbols(experiment.dataset)

    def save_first(done: TrainingRun) -> None:
        if given.save is not None:
            trained = replace(experiment, weights=done.trainer.weights(), history=done.history)
            problems.extend(save_trained(given.save, trained))

    keeps = given.save is not None
    name = experiment.name
    done = run_training(experiment, given.device, given.engine, name, notes, keep_checkpoints=keeps, then=save_first)
    _end(done.code, problems)
    return _of_network(experiment, done.trainer.network, given)


def _end(code: ExitCode, problems: Sequence[str]) -> None:
    """End where nothing more is to be done."""
    if problems:
        raise typer.Exit(ExitCode.BAD_INPUT)
    if code is not ExitCode.DONE:
        raise typer.Exit(code)


def _of_network(experiment: Run, network: ElmanNetwork, given: _Given) -> _Tested:
    from elman_core.forecasting.backtest.contenders import network_contender

    alone = None if given.member is None else member_of(experiment.training.networks, given.member)
    contender = network_contender(experiment, network, alone, given.device, given.engine)
    return _Tested(experiment.name, experiment.dataset, (contender,))


def _of_forecaster(forecaster: Forecaster, engine: str) -> _Tested:
    from elman_core.forecasting.backtest.contenders import forecaster_contenders
    from elman_core.forecasting.backtest.refitting import fit_parts_again

    def fit(dataset: SequenceDataset) -> Job[Forecaster]:
        return fit_parts_again(forecaster, dataset, engine)

    return _Tested(forecaster.name, forecaster.dataset, forecaster_contenders(forecaster, fit))


def _backtest(
    tested: _Tested, horizon: int | None, folds: int, refit: bool, levels: tuple[float, ...], ets: bool | None
) -> Backtest:
    from elman_core.forecasting.backtest.contenders import baselines_of
    from elman_core.forecasting.backtest.run import backtest
    from elman_core.forecasting.horizons import longest_horizon

    dataset, (model, *parts) = tested.dataset, tested.contenders
    if horizon is None:
        horizon = min(max(dataset.config.horizon, _HORIZON), longest_horizon(dataset))
    others = (*parts, *baselines_of(dataset, ets=ets))
    say(f"backtest of {tested.name}: {counted(horizon, 'step')} ahead from each row of the test part")
    job = backtest(model, others, dataset, horizon, folds=folds, refit=refit, levels=levels)
    found, code = run_job(job, "backtest")
    if found is None:
        say("interrupted: the backtest is not finished")
        raise typer.Exit(code)
    return found
