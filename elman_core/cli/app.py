"""The `elman` command: training, predicting and looking at models without the window.

Nothing here imports torch before a command needs it, so that help and mistakes cost no seconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import elman_core
from elman_core.cli import reports
from elman_core.cli.console import TrainingRun, make_output_safe, print_json, run_job, run_training, say
from elman_core.config import (
    Activation,
    Config,
    DataConfig,
    Loss,
    NetworkConfig,
    Optimizer,
    Output,
    Precision,
    Schedule,
    SymbolConfig,
    SymbolUnit,
    TrainingConfig,
)
from elman_core.data.sources import SourceGoneError, open_source, read_like
from elman_core.data.table import Table
from elman_core.errors import ConfigError, ElmanError
from elman_core.experiment import Experiment
from elman_core.experiments import BUILT_IN, SERIES_NETWORK
from elman_core.experiments.factory import begin_named, experiment_from_model, table_for_columns
from elman_core.storage.model_file import SavedModel, load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.events import FinishReason

if TYPE_CHECKING:
    from elman_core.experiments.scorecard import Measure
    from elman_core.forecasting.metrics import PartScores
    from elman_core.model.network import ElmanNetwork

__all__ = ["COMMANDS", "TrainingRun", "main", "run_training"]

COMMANDS = ("list", "train", "predict", "evaluate", "info", "devices", "bench")

DONE, UNEXPECTED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

_MODEL_SUFFIX = ".safetensors"
_STEPS = 20
_HORIZON = 10
_MOST_NUMBERS = 20_000_000

# typer brings click's exceptions along under changing names; this is the same class in all of them.
_UsageError: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; without arguments of its own, those of the process.

    A mistake of the person's gives one line on standard error and never a traceback.
    """
    make_output_safe()
    words = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    place = f"elman {words[0]}" if words[0] in COMMANDS else "elman"
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except _UsageError as error:
        return _failed(place, getattr(error, "format_message", error.__str__)(), BAD_INPUT)
    except ElmanError as error:
        return _failed(place, str(error), BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return _failed(place, "interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has had enough, as in `elman list | head -1`. Python would complain on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        if os.environ.get("ELMAN_DEBUG") == "1":
            raise
        told = f"{type(error).__name__}: {error}".removesuffix(": ")
        return _failed(place, f"unexpected error: {told}; run with ELMAN_DEBUG=1 to see where", UNEXPECTED)


def _run(words: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        with command.make_context("elman", words) as context:
            command.invoke(context)
    except typer.Exit as end:
        return int(end.exit_code)
    return DONE


def _failed(place: str, message: str, code: int) -> int:
    say(f"{place}: {message}")
    return code


# -- commands ---------------------------------------------------------------------------------------


def _setting(config: type[Config], name: str, metavar: str | None = None, flag: str | None = None) -> Any:
    """Return an option whose help is the setting's own description."""
    flag = flag or f"--{name.replace('_', '-')}"
    return typer.Option(flag, help=config.model_fields[name].description, metavar=metavar, show_default=False)


Json = Annotated[bool, typer.Option("--json", help="Write one JSON object to standard output, and nothing else.")]
Model = Annotated[Path, typer.Argument(metavar="MODEL", help="A model file, as train --save writes it.")]
Data = Annotated[
    Path | None,
    typer.Argument(metavar="[DATA.csv]", help="Other data than the model was trained on.", show_default=False),
]
FillGaps = Annotated[bool, typer.Option("--fill-gaps", help=DataConfig.model_fields["fill_gaps"].description)]

app = typer.Typer(
    help="Train Elman networks on a series, and predict with them. "
    "`elman [FILE]` opens the window, with a table or a model in it if one is given; the commands work without it.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"elman {elman_core.__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Write the version and end.")
]


@app.callback()
def _program(version: Version = False) -> None:
    """Take what stands before the command; the help is the app's."""


@app.command("list", help="List the built-in experiments.")
def list_experiments(as_json: Json = False) -> None:
    """Write name and summary of each built-in experiment."""
    if as_json:
        found = [{"name": known.name, "title": known.title, "summary": known.summary} for known in BUILT_IN.values()]
        print_json({"experiments": found})
        return
    width = max(map(len, BUILT_IN))
    for known in BUILT_IN.values():
        typer.echo(f"{known.name:<{width}}  {known.summary}")


@app.command(
    help="Train on a built-in experiment, a CSV file or a text. What is not given is as the experiment says; "
    f"a CSV file begins with {SERIES_NETWORK.hidden} hidden units and Adam, a text with 50. Ctrl-C stops and keeps "
    "what was done."
)
def train(
    what: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="An experiment of `elman list`, a table (CSV), or a text (TXT).")
    ],
    column: Annotated[list[str] | None, _setting(DataConfig, "columns", "C", "--column")] = None,
    hidden: Annotated[int | None, _setting(NetworkConfig, "hidden", "N")] = None,
    activation: Annotated[Activation | None, _setting(NetworkConfig, "activation")] = None,
    output: Annotated[Output | None, _setting(NetworkConfig, "output")] = None,
    biases: Annotated[bool | None, _setting(NetworkConfig, "biases", flag="--biases/--no-biases")] = None,
    epochs: Annotated[int | None, _setting(TrainingConfig, "epochs", "N")] = None,
    learning_rate: Annotated[float | None, _setting(TrainingConfig, "learning_rate", "R")] = None,
    optimizer: Annotated[Optimizer | None, _setting(TrainingConfig, "optimizer")] = None,
    momentum: Annotated[float | None, _setting(TrainingConfig, "momentum", "M")] = None,
    weight_decay: Annotated[float | None, _setting(TrainingConfig, "weight_decay", "D")] = None,
    clip_norm: Annotated[float | None, _setting(TrainingConfig, "clip_norm", "C")] = None,
    schedule: Annotated[Schedule | None, _setting(TrainingConfig, "schedule")] = None,
    schedule_epochs: Annotated[int | None, _setting(TrainingConfig, "schedule_epochs", "N")] = None,
    schedule_factor: Annotated[float | None, _setting(TrainingConfig, "schedule_factor", "F")] = None,
    patience: Annotated[int | None, _setting(TrainingConfig, "patience", "N")] = None,
    networks: Annotated[int | None, _setting(TrainingConfig, "networks", "N")] = None,
    precision: Annotated[Precision | None, _setting(TrainingConfig, "precision")] = None,
    loss: Annotated[Loss | None, _setting(TrainingConfig, "loss")] = None,
    update_every: Annotated[str | None, _setting(TrainingConfig, "update_every", "K1")] = None,
    truncation: Annotated[str | None, _setting(TrainingConfig, "truncation", "K2")] = None,
    seed: Annotated[int | None, _setting(TrainingConfig, "seed", "S")] = None,
    train_percent: Annotated[float | None, _setting(DataConfig, "train_percent", "P")] = None,
    validation_percent: Annotated[float | None, _setting(DataConfig, "validation_percent", "P")] = None,
    fill_gaps: FillGaps = False,
    symbols: Annotated[SymbolUnit | None, _setting(SymbolConfig, "unit", flag="--symbols")] = None,
    lower_case: Annotated[bool | None, _setting(SymbolConfig, "lower_case", flag="--lower-case/--keep-case")] = None,
    spaces: Annotated[bool | None, _setting(SymbolConfig, "spaces", flag="--spaces/--no-spaces")] = None,
    punctuation: Annotated[
        bool | None, _setting(SymbolConfig, "punctuation", flag="--punctuation/--no-punctuation")
    ] = None,
    largest_vocabulary: Annotated[int | None, _setting(SymbolConfig, "largest_vocabulary", "N")] = None,
    minimum_count: Annotated[int | None, _setting(SymbolConfig, "minimum_count", "N")] = None,
    features: Annotated[
        Path | None,
        typer.Option(metavar="TABLE.csv", help="A table of features: a symbol, and numbers from 0 to 1, in each row."),
    ] = None,
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda[:n]|mps", help="Where to compute.")] = "auto",
    engine: Annotated[str, typer.Option(metavar="auto|compiled|tensors", help="What moves the weights.")] = "auto",
    save: Annotated[Path | None, typer.Option(metavar="MODEL.safetensors", help="Save the trained network.")] = None,
    as_json: Json = False,
) -> None:
    """Train, save and report."""
    data = _given(
        columns=tuple(dict.fromkeys(column)) if column else None,
        train_percent=train_percent,
        validation_percent=validation_percent,
        fill_gaps=fill_gaps or None,
    )
    training = _given(epochs=epochs, learning_rate=learning_rate, optimizer=optimizer, momentum=momentum, seed=seed)
    training |= _given(update_every=update_every, truncation=truncation, patience=patience, precision=precision)
    training |= _given(schedule=schedule, schedule_epochs=schedule_epochs, schedule_factor=schedule_factor)
    training |= _given(weight_decay=weight_decay, clip_norm=clip_norm, networks=networks, loss=loss)
    if save is not None:
        _check_target(save)
    network = _given(hidden=hidden, activation=activation, biases=biases, output=output)
    taken = _given(unit=symbols, lower_case=lower_case, spaces=spaces, punctuation=punctuation)
    taken |= _given(largest_vocabulary=largest_vocabulary, minimum_count=minimum_count)
    experiment, notes = begin_named(what, data, network, training, taken, features)
    run = run_training(experiment, device, engine, experiment.name, notes, keep_weights=save is not None)
    _finish_training(experiment, run, save, as_json)


def _finish_training(experiment: Experiment, run: TrainingRun, save: Path | None, as_json: bool) -> None:
    from elman_core.experiments.scorecard import scorecard
    from elman_core.forecasting.prediction import score_parts

    # Saved first: reporting may fail, as when nobody reads it any more.
    if save is not None:
        save_model(save, replace(experiment, weights=run.trainer.weights(), history=run.history))
        say(f"saved to {save}")
    response = complete(run.trainer.snapshot(whole=True)).response
    scores = complete(score_parts(run.trainer.network, experiment.dataset, response))
    measures = complete(scorecard(experiment.name, run.trainer.network, experiment.training.seed))
    interrupted = run.finish is FinishReason.STOPPED
    if not interrupted:
        compared = _compare(experiment, run.trainer.engine_name)
        interrupted = compared is None
        measures += compared or ()
    if as_json:
        found = {"metrics": reports.score_object(scores)} | reports.scorecard_object(measures)
        print_json(_training_object(experiment, run) | found)
    else:
        _print_training(experiment, run, scores)
        reports.print_scorecard(measures)
    if interrupted:
        raise typer.Exit(INTERRUPTED)


def _compare(experiment: Experiment, engine: str) -> tuple[Measure, ...] | None:
    """Return what other networks reach beside a built-in experiment's own; None where Ctrl-C ended that."""
    from elman_core.experiments.variants import compare, what_is_compared

    if experiment.dataset.source.kind != "built-in" or not what_is_compared(experiment.name):
        return ()
    say(f"beside it: {what_is_compared(experiment.name)}")
    seed = experiment.training.seed
    found = run_job(compare(experiment.name, seed, seed, engine), "other networks")
    if found is None:
        say("interrupted: the other networks are left out")
    return found


def _training_object(experiment: Experiment, run: TrainingRun) -> dict[str, Any]:
    return {
        "experiment": experiment.name,
        "seed": experiment.training.seed,
        "epochs": run.history.epochs,
        "device": str(run.trainer.device),
        "engine": run.trainer.engine_name,
        "finished": run.finish.value,
        "losses": run.history.train[:, 0].tolist(),
        "seconds": run.seconds,
    }


def _print_training(experiment: Experiment, run: TrainingRun, scores: dict[Any, PartScores | None]) -> None:
    losses = run.history.train[:, 0]
    course = f"; loss {losses[0]:.5f} -> {losses[-1]:.5f}" if len(losses) else ""
    typer.echo(f"{experiment.name}: {reports.network_sentence(experiment.network)}")
    typer.echo(f"{run.finish.value}: {run.history.epochs:,} epochs in {run.seconds:.3g} s{course}")
    reports.print_scores(scores)


def _given(**settings: Any) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


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


@app.command(
    help="Predict each row from those before it, and rows beyond the last one. A model of symbols goes on with --text."
)
def predict(
    model: Model,
    data: Data = None,
    steps: Annotated[int, typer.Option(metavar="N", help="Rows beyond the data, or symbols after the text.")] = _STEPS,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="A beginning: what comes next, and a continuation, are told.")
    ] = None,
    temperature: Annotated[
        float,
        typer.Option(metavar="T", help="How freely symbols are drawn: 0 takes the most probable, 1 as is probable."),
    ] = 1.0,
    seed: Annotated[int, typer.Option(metavar="S", help="Draws the symbols: the same seed draws the same.")] = 1,
    out: Annotated[Path | None, typer.Option(metavar="OUT.csv", help="Write data and prediction there.")] = None,
    fill_gaps: FillGaps = False,
    as_json: Json = False,
) -> None:
    """Predict with a saved network."""
    if text is not None:
        if data is not None:
            raise ConfigError("give either data or --text, not both")
        if out is not None:
            raise ConfigError("--out is for rows of data, not for --text; --json writes a continuation to be kept")
        _continue_text(model, text, steps, temperature, seed, as_json)
        return
    experiment, notes = _open(model, data, fill_gaps, "predict")
    _refuse_too_many_numbers(experiment)
    if out is not None:
        _refuse_to_overwrite(out, [model, *_given(data=data, source=experiment.dataset.source.path).values()])
    from elman_core.forecasting import prediction as forecast

    response = complete(forecast.predict(_network(experiment), experiment.dataset, steps))
    if out is not None:
        reports.write_prediction(out, experiment.dataset, response)
        notes.append(f"{experiment.dataset.rows:,} rows and {steps:,} beyond them written to {out}")
    for note in notes:
        say(note)
    if as_json:
        print_json(reports.rows_object(experiment.dataset, response))
    elif out is None:
        reports.print_prediction(experiment.dataset, response)


def _continue_text(model: Path, text: str, steps: int, temperature: float, seed: int, as_json: bool) -> None:
    saved = load_model(model)
    if saved.symbols is None:
        raise ConfigError(f"{model} was trained on numbers, not on symbols; --text is for models of symbols")
    from elman_core.generation.sampling import prompt_context, sample
    from elman_core.training.trainer import network_from_weights

    network = network_from_weights(saved.network, saved.weights)
    context = prompt_context(saved.training, saved.weights)
    found = complete(sample(network, saved.symbols, text, steps, temperature, seed, context))
    if as_json:
        print_json(reports.continuation_object(saved.symbols, found, temperature, seed))
    else:
        reports.print_continuation(saved.symbols, found)


@app.command(help="Measure how good free-running prediction is, from every row on, so many steps ahead.")
def evaluate(
    model: Model,
    data: Data = None,
    horizon: Annotated[
        int | None, typer.Option(metavar="H", help=f"Steps ahead: {_HORIZON}, or as many rows as there are.")
    ] = None,
    from_row: Annotated[
        int | None, typer.Option("--from", metavar="ROW", help="First row predicted, from 0: that of the test part.")
    ] = None,
    fill_gaps: FillGaps = False,
    as_json: Json = False,
) -> None:
    """Score a saved network over horizons."""
    experiment, notes = _open(model, data, fill_gaps, "evaluate")
    from elman_core.forecasting.prediction import evaluate_horizons

    dataset = experiment.dataset
    test_row = dataset.history_rows if dataset.history_rows < dataset.rows else 1
    first = test_row if from_row is None else from_row
    horizon = max(1, min(_HORIZON, dataset.rows - first)) if horizon is None else horizon
    scores = complete(evaluate_horizons(_network(experiment), dataset, horizon, first))
    for note in notes:
        say(note)
    if as_json:
        print_json(reports.horizon_object(scores))
    else:
        reports.print_horizons(scores, f"{dataset.name}: free-running from every row, first predicting row {first:,}")


@app.command(help="Show what a model file holds.")
def info(model: Model, as_json: Json = False) -> None:
    """Write everything in a model file but the weights."""
    saved = load_model(model)
    if as_json:
        print_json(reports.model_object(saved))
    else:
        reports.print_model(saved)


@app.command(help="List the devices that can be computed on.")
def devices(as_json: Json = False) -> None:
    """Write name and title of each device."""
    import torch

    from elman_core.devices import available_devices, choose_device

    found, default, version = available_devices(), str(choose_device("auto")), str(torch.__version__)
    if as_json:
        named = [{"name": device.name, "title": device.title} for device in found]
        print_json({"devices": named, "default": default, "torch": version})
        return
    for device in found:
        typer.echo(f"{device.name}  {device.title}{'  (default)' if device.name == default else ''}")
    typer.echo(f"torch {version}")


@app.command(help="Measure speed, memory and smoothness on this machine; takes some minutes.")
def bench(as_json: Json = False) -> None:
    """Write each case's figure beside the one to reach, as a table in Markdown."""
    from elman_core.cli.benchmarks import benchmark_results

    machine, results = benchmark_results()
    found = []
    for result in results:
        found.append(result)
        say(f"{result.case}: {result.found or 'not measured'} {f'({result.note})' if result.note else ''}")
    if as_json:
        print_json({"machine": machine, "results": [asdict(result) for result in found]})
        return
    signs = {True: "reached", False: "**missed**", None: ""}
    typer.echo(f"{machine}\n\n| case | found | to reach | | how |\n|---|---|---|---|---|")
    for result in found:
        typer.echo(f"| {result.case} | {result.found} | {result.to_reach} | {signs[result.reached]} | {result.note} |")


def _open(model: Path, data: Path | None, fill_gaps: bool, command: str) -> tuple[Experiment, list[str]]:
    """Return a saved experiment over the given data, or those it was trained on, and notes about them."""
    saved = load_model(model)
    table = _table(saved, model, data, command)
    if saved.symbols is None:
        table = table_for_columns(saved.data.columns, table)
    return experiment_from_model(saved, table, fill_gaps=fill_gaps), list(table.notes)


def _table(saved: SavedModel, model: Path, data: Path | None, command: str) -> Table:
    if data is not None:
        return complete(read_like(data, saved.symbols, saved.source.column))
    try:
        return complete(open_source(saved.source, saved.symbols))
    except SourceGoneError as error:
        raise SourceGoneError(f"{error}; give the data: elman {command} {model} DATA.csv") from None


def _network(experiment: Experiment) -> ElmanNetwork:
    from elman_core.training.trainer import network_from_weights

    assert experiment.weights is not None  # a model file has them
    return network_from_weights(experiment.network, experiment.weights)


def _refuse_too_many_numbers(experiment: Experiment) -> None:
    """A long stream of many symbols, each prediction written out, would fill the memory."""
    dataset = experiment.dataset
    numbers = dataset.rows * len(dataset.columns)
    if dataset.symbols is not None and numbers > _MOST_NUMBERS:
        raise ConfigError(
            f"{dataset.name} has {dataset.rows:,} symbols of {len(dataset.columns):,} numbers each, of which every one "
            f"would be predicted; at most {_MOST_NUMBERS:,} numbers are. Give a shorter one, or --text"
        )


def _refuse_to_overwrite(out: Path, inputs: Iterable[Path | str]) -> None:
    for given in inputs:
        if os.path.realpath(out) == os.path.realpath(given):
            raise ConfigError(f"{out} is what is predicted from; write the prediction to another file")
