"""`elman export`: a model for other programs and people, without this one."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from elman_core.cli.console import say
from elman_core.cli.options import Model, whole_number
from elman_core.cli.progress import run_job
from elman_core.cli.saving import refuse_to_overwrite
from elman_core.errors import ConfigError, DataError
from elman_core.storage.model_file import SavedModel, load_model
from elman_core.support.jobs import complete
from elman_core.support.text_format import counted

__all__ = ["DETAILS", "run"]

DETAILS = (
    "onnx: one time step of a network, its context in and out. torch: the weights as a state dict. script: one file of "
    "Python that makes the whole forecast with numpy alone. card: what it is and how good, in Markdown. surprisal: a "
    "table with a row for each symbol of a text and each network: its probability, and its surprisal in bits."
)


class ExportKind(StrEnum):
    """What a model is exported to."""

    ONNX = "onnx"
    TORCH = "torch"
    SCRIPT = "script"
    CARD = "card"
    SURPRISAL = "surprisal"
    PAGE = "page"


def run(
    model: Model,
    to: Annotated[ExportKind, typer.Option("--to", help="What to write.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write it.")],
    part: Annotated[
        int | None,
        typer.Option(
            metavar="K", parser=whole_number, help="For onnx: which part of a forecaster, from 1 on; the greatest."
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="TEXT", help="For surprisal: another text than the model's own; all of it.", show_default=False
        ),
    ] = None,
) -> None:
    """Write a model in another form."""
    if to is ExportKind.PAGE:
        raise ConfigError("a page cannot be exported yet; card writes a model card, and script a forecast of its own")
    if part is not None and to is not ExportKind.ONNX:
        raise ConfigError(f"--part is for onnx, which is of one part; {to.value} is of the whole model")
    if data is not None and to is not ExportKind.SURPRISAL:
        raise ConfigError(f"--data is for surprisal, which is of a text; {to.value} is of the model alone")
    if to is ExportKind.SURPRISAL:
        _write_surprisal(out, model, data)
        return
    saved = load_model(model)
    refuse_to_overwrite(out, filter(None, (model, saved.source.path)))
    match to:
        case ExportKind.ONNX:
            from elman_core.export.onnx_file import write_onnx

            own, words = _part(saved, part)
            write_onnx(out, own)
            say(f"{words} written to {out}")
            return
        case ExportKind.TORCH:
            from elman_core.export.state_dict import write_state_dict

            write_state_dict(out, saved)
        case ExportKind.SCRIPT:
            from elman_core.export.script.writing import write_script

            write_script(out, saved)
        case ExportKind.CARD:
            _write_card(out, saved, model)
    say(f"{saved.name} written to {out}")


def _write_surprisal(out: Path, model: Path, data: Path | None) -> None:
    """Write the surprisal of every symbol of the model's own text, or another one, with progress."""
    from elman_core.cli.saved_network import open_model
    from elman_core.export.surprisal import write_surprisal

    if load_model(model).symbols is None:
        raise ConfigError(f"{model} learned numbers; surprisal is of symbols, as of a text")
    run, notes = open_model(model, data, False, "export")
    refuse_to_overwrite(out, filter(None, (model, data, run.dataset.source.path)))
    for note in notes:
        say(note)
    rows, code = run_job(write_surprisal(out, run), "surprisal")
    if rows is None:
        say(f"interrupted: {out} is not written")
        raise typer.Exit(code)
    say(f"{counted(rows, 'row')}, of {counted(run.training.networks, 'network')}, written to {out}")


def _part(saved: SavedModel, number: int | None) -> tuple[SavedModel, str]:
    """Return the networks of one part, and what they are."""
    if saved.forecaster is None:
        if number not in (None, 1):
            raise ConfigError(f"--part must be 1, as the model has one part, got {number:,}")
        return saved, counted(len(saved.weights.w1), "network")
    parts = saved.parts
    if number is not None and not 1 <= number <= len(parts):
        raise ConfigError(f"--part must be from 1 to {len(parts):,}, the parts of the model, got {number:,}")
    place = saved.forecaster.shown if number is None else number - 1
    own = parts[place]
    networks = counted(len(own.model.weights.w1), "network")
    return own.model, f"part {place + 1} of {len(parts):,} ({own.kind.value}, {networks})"


def _write_card(out: Path, saved: SavedModel, model: Path) -> None:
    """Score the model on its own data, where these are there, and write its card."""
    from elman_core.cli.saved_network import network_of, open_forecaster, open_model
    from elman_core.export.card import write_card
    from elman_core.forecasting.horizons import score_as_trained, score_predictor

    try:
        if saved.forecaster is None:
            run, _ = open_model(model, None, False, "export")
            dataset = run.dataset
            scores = complete(score_as_trained(network_of(run), dataset, None))
        else:
            forecaster, _ = open_forecaster(saved, model, None, False, "export")
            dataset = forecaster.dataset
            predictor = complete(forecaster.predictor())
            scores = complete(score_predictor(predictor, dataset, lost_rows=forecaster.warm_up_rows))
    except DataError as error:
        say(f"{error}; the card is written without scores")
        write_card(out, saved, None, None)
        return
    write_card(out, saved, dataset, scores)
