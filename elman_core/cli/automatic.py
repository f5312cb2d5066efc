"""The automatic recipe in the terminal: which options ask for it, the fit with its progress, and the report."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from elman_core.cli.console import print_json, say
from elman_core.cli.exit_codes import ExitCode
from elman_core.cli.interruption import interruption
from elman_core.cli.json_reports import part_objects, score_object
from elman_core.cli.options import TRAINING_SETTINGS, chosen, table_format
from elman_core.cli.progress import progress_bar
from elman_core.cli.saving import save_trained
from elman_core.cli.text_reports import print_parts, print_scores
from elman_core.config import AUTO, AutomaticConfig, DataConfig, NetworkConfig, SymbolConfig, TrainingConfig
from elman_core.config.part_kind import PartKind
from elman_core.data.preparation import usual_targets
from elman_core.data.scaling import named_transforms
from elman_core.errors import ConfigError
from elman_core.experiments import BUILT_IN
from elman_core.experiments.data_summary import data_facts, summary_sentence
from elman_core.experiments.factory import is_text, read_named
from elman_core.support.jobs import complete
from elman_core.support.text_format import counted
from elman_core.training.course import Course
from elman_core.training.engines.kernel_cache import prepare_for

if TYPE_CHECKING:
    from elman_core.data.dataset import Part
    from elman_core.data.table import Table
    from elman_core.forecasting.automatic import ForecasterFit, ManySeriesFit, PartsFit
    from elman_core.forecasting.forecaster import Forecaster
    from elman_core.forecasting.scores import PartScores

__all__ = [
    "AutomaticWish",
    "FittedForecaster",
    "fit_forecaster",
    "read_and_fit",
    "refuse_a_device",
    "score_forecaster",
    "tell_forecaster",
    "train_automatically",
    "wish_of",
]

_TO_RECIPE = {"hidden": ("hidden", "pure_hidden", "shared_hidden"), "epochs": ("epochs", "shared_epochs"),
              "patience": ("patience",), "networks": ("networks",), "seed": ("seed",), "ridge": ("ridge",)}  # fmt: skip
"""Settings of networks and training that the recipe has itself."""
_NOT_WITH_AUTO = ("relative_to_last", "scaling", "strategy", "split", "begin", "direct", "hold_direct")
"""Settings that each part has for itself."""


@dataclass(frozen=True)
class AutomaticWish:
    """What the automatic recipe is asked for.

    Attributes
    ----------
    data
        Roles, horizon and parts.
    automatic
        Choices that are made already.
    network, training
        Settings of the Elman parts.
    """

    data: DataConfig
    automatic: AutomaticConfig
    network: dict[str, Any]
    training: dict[str, Any]


@dataclass(frozen=True)
class FittedForecaster:
    """A forecaster, and how its fit ended: DONE, or by which signal it was stopped."""

    forecaster: Forecaster
    engine: str
    code: ExitCode
    notes: list[str]


def wish_of(what: str, auto: bool | None, features: Path | None, settings: Mapping[str, Any]) -> AutomaticWish | None:
    """Return what the options ask of the recipe; None where a pure Elman network is asked for.

    The recipe is what a table and some built-in series begin with, unless an option of the network or of training is
    given.

    Raises
    ------
    ConfigError
        When options do not go together.
    """
    data, network, training, symbols = (
        chosen(config, TRAINING_SETTINGS, settings)
        for config in (DataConfig, NetworkConfig, TrainingConfig, SymbolConfig)
    )
    own = chosen(AutomaticConfig, TRAINING_SETTINGS, settings)
    if auto is None:
        begins_so = BUILT_IN[what].automatic is not None if what in BUILT_IN else not is_text(Path(what))
        is_table = begins_so and not (symbols or features)
        pure = {*network, *(name for name in training if name != "seed"), *({*data} & {*_NOT_WITH_AUTO})}
        auto = is_table and not pure
    if not auto:
        _refuse_what_is_automatic(data, own)
        return None
    if symbols or features is not None or is_text(Path(what)):
        raise ConfigError("--auto is for a table of numbers, not for symbols")
    for name in _NOT_WITH_AUTO:
        if name in data or name in network or name in training:
            raise ConfigError(f"--{name.replace('_', '-')} is chosen by --auto; leave one of them out")
    return AutomaticWish(*_divided(data, own, network, training))


def _divided(
    data: dict[str, Any], own: dict[str, Any], network: dict[str, Any], training: dict[str, Any]
) -> tuple[DataConfig, AutomaticConfig, dict[str, Any], dict[str, Any]]:
    """Give each setting to who has it: the data, the recipe, or the Elman parts."""
    data, choices = dict(data), dict(own)
    season = data.pop("season", AUTO)
    choices["season"] = "none" if season is None else season
    transforms = data.pop("transforms", (AUTO,))
    if transforms != (AUTO,):
        number = None if season in (AUTO, None) else int(season)
        named = any(name.startswith("seasonal") for name in transforms)
        choices["transforms"], scaling = named_transforms(
            ",".join(transforms) or "none", number or (2 if named else None)
        )
        if transforms and scaling.value not in ("standardize", "none"):
            raise ConfigError(f"with --auto values are standardised after their transforms, not {scaling.value}")
    choices["lags"] = data.pop("lags", AUTO)
    if choices["lags"] != AUTO:
        DataConfig(lags=choices["lags"])  # which says in fewer words what is wrong with a number
    if "horizon" in data:
        choices["horizon"] = data["horizon"]
    for group in (network, training):
        for name in [name for name in group if name in _TO_RECIPE]:
            choices |= dict.fromkeys(_TO_RECIPE[name], group[name])
    network, training = (
        {name: value for name, value in group.items() if name not in _TO_RECIPE} for group in (network, training)
    )
    return DataConfig(**data), AutomaticConfig(**choices), network, training


def _refuse_what_is_automatic(data: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    for name in ("lags", "season", "transforms"):
        if data.get(name) in (AUTO, (AUTO,)):
            words = "transform" if name == "transforms" else name
            raise ConfigError(f"--{words} auto is for the automatic recipe: give --auto, or a value in place of auto")
    for name in own:
        raise ConfigError(f"--{name.replace('_', '-')} is for the automatic recipe: give --auto")


# -- the fit ----------------------------------------------------------------------------------------


def refuse_a_device(device: str) -> None:
    """Refuse a device that a forecaster is not fitted on.

    Raises
    ------
    ConfigError
        When it is another than the CPU.
    """
    if device not in ("auto", "cpu"):
        raise ConfigError(
            f"--device {device} is for a pure Elman network (--no-auto); a forecaster is fitted on the CPU, which is "
            "fastest for networks of its size: leave --device out"
        )


def fit_forecaster(
    name: str,
    table: Table,
    wish: AutomaticWish,
    engine: str,
    save: Path | None = None,
    problems: list[str] | None = None,
) -> FittedForecaster:
    """Fit a forecaster with progress on standard error; a signal stops it, and keeps what was fitted so far.

    It is saved before a signal can end the program again, unless it is the second one.

    Raises
    ------
    ConfigError, DataError
        When there is nothing that could be fitted.
    """
    import torch

    from elman_core.devices import choose_device
    from elman_core.training.engines.choice import choose_engine

    torch.set_num_threads(1)
    if choose_engine(engine, choose_device("cpu")) == "compiled":
        prepare_for(TrainingConfig(**wish.training).precision, say)
    fit = _fit_of(name, table, wish, engine)
    for note in (summary_sentence(fit.views.plain), *table.notes):
        say(note)
    say(f"fitting {name} by the automatic recipe; --no-auto trains a pure Elman network")
    with interruption() as interrupted, progress_bar() as progress:
        bar = progress.add_task("choosing", total=100, loss="")
        for update in fit.updates():
            progress.update(bar, description=_stage(update), completed=round(100 * update.share), loss=_loss(fit))
            if interrupted.code:
                break
        progress.stop()
        forecaster = fit.forecaster
        if forecaster is None:
            say(f"interrupted before anything was fitted to {name}")
            raise typer.Exit(interrupted.code)
        if interrupted.code:
            say(f"interrupted: of {name} counts what is fitted so far, {counted(len(forecaster.parts), 'part')}")
        if save is not None:
            (problems if problems is not None else []).extend(save_trained(save, forecaster))
    return FittedForecaster(forecaster, _engine_name(fit, engine), interrupted.code, list(forecaster.notes))


def _fit_of(name: str, table: Table, wish: AutomaticWish, engine: str) -> ForecasterFit | ManySeriesFit:
    from elman_core.forecasting import automatic

    kind = automatic.recipe_for(table)
    return kind(name, table, wish.data, wish.automatic, engine=engine, network=wish.network, training=wish.training)


def _stage(update: Any) -> str:
    part = "" if update.part is None else f", part {update.part + 1}"
    return f"{update.stage.value}{part}"


def _loss(fit: PartsFit) -> str:
    return f"loss {fit.history.train[-1, 0]:.5g}" if fit.history.epochs else ""


def _engine_name(fit: PartsFit, engine: str) -> str:
    return fit.trainer.engine_name if fit.trainer is not None else engine


# -- training and its report ------------------------------------------------------------------------


def train_automatically(
    what: str, wish: AutomaticWish, settings: Mapping[str, Any], engine: str, save: Path | None, as_json: bool
) -> tuple[ExitCode, list[str]]:
    """Read, fit, save, score and report; return how it ended, and what went wrong in saving."""
    start = time.perf_counter()
    problems: list[str] = []
    wish, table, fitted = read_and_fit(what, wish, settings, engine, save, problems)
    scores = score_forecaster(fitted.forecaster, wish.data.horizon)
    seconds = time.perf_counter() - start
    for note in fitted.notes:
        say(note)
    tell_forecaster(replace(fitted, notes=[*table.notes, *fitted.notes]), scores, seconds, as_json)
    return fitted.code, problems


def read_and_fit(
    what: str,
    wish: AutomaticWish,
    settings: Mapping[str, Any],
    engine: str,
    save: Path | None,
    problems: list[str],
) -> tuple[AutomaticWish, Table, FittedForecaster]:
    """Read a table, and fit a forecaster to it; return what was asked for with its targets, and both.

    What goes wrong in saving is added to the `problems`.
    """
    roles = wish.data.model_dump(include={"columns", "inputs", "known"})
    name, table = read_named(what, roles, table_format(settings))
    if not wish.data.columns:
        usual = BUILT_IN[what].data.columns if what in BUILT_IN else ()
        changed = wish.data.model_dump(include=wish.data.model_fields_set) | {"columns": usual or usual_targets(table)}
        wish = replace(wish, data=DataConfig(**changed))
    return wish, table, fit_forecaster(name, table, wish, engine, save, problems)


def tell_forecaster(
    fitted: FittedForecaster, scores: Mapping[Part, PartScores | None], seconds: float, as_json: bool
) -> None:
    """Write what was fitted, and how good it is."""
    from elman_core.forecasting.part_sentences import forecaster_sentence

    forecaster = fitted.forecaster
    learned = forecaster_sentence(forecaster)
    say(f"learned: {learned}")
    if as_json:
        data = {"data": data_facts(forecaster.dataset, fitted.notes)}
        print_json(
            _report(fitted, seconds)
            | data
            | {"learned": learned, "metrics": score_object(scores) | {"validation": None}}
        )
        return
    print_parts(forecaster.parts)
    print_scores(scores)
    say(f"{counted(len(forecaster.parts), 'part')} in {seconds:.3g} s")


def score_forecaster(forecaster: Forecaster, horizon: int) -> Mapping[Part, PartScores | None]:
    """Score all parts together, one step ahead or over all steps up to a horizon."""
    from elman_core.forecasting.horizons import score_predictor

    predictor = complete(forecaster.predictor())
    return complete(score_predictor(predictor, forecaster.dataset, horizon, lost_rows=forecaster.warm_up_rows))


def _report(fitted: FittedForecaster, seconds: float) -> dict[str, Any]:
    """Tell the course of the fit; losses and epochs are those of the Elman part that counts most."""
    forecaster = fitted.forecaster
    part = forecaster.parts[forecaster.shown]
    run = part.run
    is_elman = part.kind is PartKind.ELMAN
    losses = run.history.of_member(0).train[:, 0].tolist() if is_elman and run.history.epochs else []
    return {
        "experiment": run.name,
        "seed": run.training.seed,
        "epochs": run.history.epochs if is_elman else 0,
        "weights_epoch": Course(run.history, ends=run.ends).weights_epoch if is_elman else 0,
        "device": "cpu",
        "engine": fitted.engine,
        "finished": "completed" if fitted.code is ExitCode.DONE else "stopped",
        "losses": losses,
        "seconds": seconds,
        "parts": part_objects(forecaster.parts),
        "automatic": None if forecaster.automatic is None else forecaster.automatic.model_dump(mode="json"),
    }
