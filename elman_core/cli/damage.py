"""`elman damage`: what trained networks lose when units, connections or inputs are damaged, level by level."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from elman_core.cli.automatic import wish_of
from elman_core.cli.beginning import begin_as_asked
from elman_core.cli.console import print_json, say
from elman_core.cli.continuing import is_model
from elman_core.cli.damage_reports import damage_object, print_damage
from elman_core.cli.exit_codes import ExitCode
from elman_core.cli.options import (
    TRAINING_SETTINGS,
    Auto,
    Device,
    Engine,
    Features,
    Json,
    Save,
    number,
    whole_number,
    with_settings,
)
from elman_core.cli.progress import TrainingRun, run_job, run_training
from elman_core.cli.saved_network import open_model
from elman_core.cli.saving import check_place, check_target, refuse_to_overwrite, save_trained
from elman_core.config.damage import DamageConfig, DamageKind, damage_kind
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.experiments.built_in import built_in_name
from elman_core.experiments.elman_1990 import has_scorecard
from elman_core.storage.model_file import load_model
from elman_core.support.jobs import Job, within
from elman_core.support.text_format import counted

if TYPE_CHECKING:
    from elman_core.analysis.damage.results import DamageResults, LevelScorecard

__all__ = ["DETAILS", "run"]

DETAILS = (
    "A NAME or FILE is trained first, with the options of `elman train`; a MODEL is as it was saved. The networks of "
    "Elman's experiments meet a fresh stream, others the test part of their data. --networks says how many networks "
    "are trained, or how many of a model's are damaged; --seed draws the damage and the fresh stream too."
)
_OF_A_MODEL = ("networks", "seed")
_SHARE_OF_CURVES = 0.5


@with_settings(TRAINING_SETTINGS)
def run(
    what: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE|MODEL",
            help="An experiment of `elman list`, a table (CSV), a text (TXT), or a model of train --save.",
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DATA.csv]",
            help="The data that a model was trained on, where they have moved.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="|".join(DamageKind),
            help="A kind of damage; may be repeated. By default all kinds.",
            show_default=False,
        ),
    ] = None,
    levels: Annotated[
        str | None,
        typer.Option(
            metavar="L,...",
            help="How much is damaged, shares from 0 to 1. By default 0.1,0.2, ... 1.",
            show_default=False,
        ),
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            metavar="R",
            parser=whole_number,
            help="How often each network is damaged, each time by another draw. By default 5.",
            show_default=False,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=whole_number,
            help="Steps of the fresh stream of Elman's experiments. By default 2000.",
            show_default=False,
        ),
    ] = None,
    scorecard: Annotated[
        list[float] | None,
        typer.Option(
            metavar="L",
            parser=number,
            help="A level at which each network gets the scorecard of Elman (1990) as well; may be repeated. It takes "
            "up to some seconds for each network and kind.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="OUT.csv", help="Write a row for each kind, level, network and repeat there."),
    ] = None,
    auto: Auto = None,
    features: Features = None,
    device: Device = "auto",
    engine: Engine = "auto",
    save: Save = None,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Train if need be, damage, measure and report."""
    from elman_core.export.damage import write_damage

    config = _config(kind, levels, repeats, steps, settings.get("seed"))
    at = DamageConfig(levels=tuple(scorecard)).levels if scorecard else ()
    if out is not None:
        check_place(out)
        refuse_to_overwrite(out, [what, data])
    if is_model(what):
        _refuse_what_is_for_training(settings | {"auto": auto, "features": features, "save": save})
        trained, networks = _of_model(Path(what), data), settings.get("networks")
    else:
        if data is not None:
            raise ConfigError(f"{data}: a second file is for a model whose data have moved; {what} is none")
        trained, networks = _of_data(what, auto, features, settings, device, engine, save), None
    if at and not has_scorecard(built_in_name(trained.dataset.source)):
        raise ConfigError(f"--scorecard is for Elman's experiments of 1990; {trained.name} is none of them")
    if out is not None:
        refuse_to_overwrite(out, [trained.dataset.source.path])
    start = time.perf_counter()
    found, cards = _studied(trained, config, networks, at)
    seconds = time.perf_counter() - start
    if out is not None:
        write_damage(out, found)
        say(f"written to {out}")
    if as_json:
        print_json(damage_object(trained.name, found, cards, seconds, out))
    else:
        print_damage(trained.name, found, cards)


def _config(
    kinds: Sequence[str] | None, levels: str | None, repeats: int | None, steps: int | None, seed: int | None
) -> DamageConfig:
    given: dict[str, Any] = {"repeats": repeats, "steps": steps, "seed": seed}
    if kinds:
        given["kinds"] = tuple(damage_kind(name.strip()) for names in kinds for name in names.split(","))
    if levels is not None:
        given["levels"] = tuple(_level(text) for text in levels.split(","))
    return DamageConfig(**{name: value for name, value in given.items() if value is not None})


def _level(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"--levels must be shares from 0 to 1, separated by commas, got {text.strip()!r}") from None


def _refuse_what_is_for_training(settings: Mapping[str, Any]) -> None:
    for name, value in settings.items():
        if value not in (None, []) and name not in _OF_A_MODEL:
            option = {"columns": "target", "inputs": "input", "unit": "symbols"}.get(name, name).replace("_", "-")
            raise ConfigError(f"--{option} is for training on a NAME or FILE; a model is as it was trained")


def _of_model(path: Path, data: Path | None) -> Run:
    if load_model(path).forecaster is not None:
        raise ConfigError(
            f"{path} holds a forecaster; damage is done to Elman networks: train some with --no-auto --save"
        )
    trained, notes = open_model(path, data, False, "damage")
    for note in notes:
        say(note)
    return trained


def _of_data(
    what: str,
    auto: bool | None,
    features: Path | None,
    settings: Mapping[str, Any],
    device: str,
    engine: str,
    save: Path | None,
) -> Run:
    """Train on a built-in experiment, a table or a text, and save if that is wanted."""
    if save is not None:
        check_target(save)
    if auto:
        raise ConfigError("--auto is for a forecaster; damage is done to Elman networks: leave it out")
    wish_of(what, False, features, settings)  # refuses what only the automatic recipe understands
    untrained, notes = begin_as_asked(what, features, dict(settings))
    problems: list[str] = []

    def save_first(done: TrainingRun) -> None:
        if save is not None:
            problems.extend(
                save_trained(save, replace(untrained, weights=done.trainer.weights(), history=done.history))
            )

    keeps = save is not None
    done = run_training(untrained, device, engine, untrained.name, notes, keep_checkpoints=keeps, then=save_first)
    if problems:
        raise typer.Exit(ExitCode.BAD_INPUT)
    if done.code is not ExitCode.DONE:
        raise typer.Exit(done.code)
    return replace(untrained, weights=done.trainer.weights(), history=done.history)


def _studied(
    trained: Run, config: DamageConfig, networks: int | None, at: tuple[float, ...]
) -> tuple[DamageResults, list[LevelScorecard]]:
    import torch

    torch.set_num_threads(1)  # as in training: networks this small lose more by handing work round than they save
    count = trained.training.networks if networks is None else networks
    say(f"damage to {counted(count, 'network')} of {trained.name}: {counted(len(config.kinds), 'kind')}")
    found, code = run_job(_study(trained, config, networks, at), "damage")
    if found is None:
        say("interrupted: the damage is not finished")
        raise typer.Exit(code)
    return found


def _study(
    trained: Run, config: DamageConfig, networks: int | None, at: tuple[float, ...]
) -> Job[tuple[DamageResults, list[LevelScorecard]]]:
    from elman_core.analysis.damage.scorecards import level_scorecard
    from elman_core.analysis.damage.study import damage_study

    wanted = [(kind, level) for kind in config.kinds for level in at]
    share = _SHARE_OF_CURVES if wanted else 1.0
    found = yield from within(damage_study(trained, config, networks), 0.0, share)
    cards = []
    for place, (kind, level) in enumerate(wanted):
        job = level_scorecard(found.undamaged, trained.dataset.source, kind, level, config.seed)
        begin, end = (share + (1 - share) * (place + done) / len(wanted) for done in (0, 1))
        cards.append((yield from within(job, begin, end)))
    return found, cards
