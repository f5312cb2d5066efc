"""The model card: what a model was trained on, how, how good it is, and what wrote it, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from elman_core.config import Begin
from elman_core.config.part_kind import PartKind
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.transforms.chain import sentence
from elman_core.experiments.data_summary import summary_sentence
from elman_core.forecasting.scores import PartScores, Score
from elman_core.forecasting.verdict import verdict
from elman_core.storage.model_file import SavedModel, SavedPart
from elman_core.support.files import replace_file
from elman_core.support.text_format import counted, printable

__all__ = ["card_of", "write_card"]

_MARKS = "\\`*[]<>|#"
_SCORED = {"The model": "network", "Persistence": "persistence", "Least squares": "linear"}


def write_card(
    path: Path,
    saved: SavedModel,
    dataset: SequenceDataset | None,
    scores: Mapping[Part, PartScores | None] | None,
) -> None:
    """Write what `card_of` returns.

    Raises
    ------
    ModelFileError
        When the file cannot be written.
    """
    replace_file(path, card_of(saved, dataset, scores).encode("utf-8", "replace"))


def card_of(saved: SavedModel, dataset: SequenceDataset | None, scores: Mapping[Part, PartScores | None] | None) -> str:
    """Return the card; `dataset` and `scores` are None where the data are gone."""
    blocks = [
        f"# {_text(saved.name)}",
        _summary(saved),
        "## Data",
        _table(("", ""), _data_rows(saved, dataset)),
        "## Model",
        *_model_blocks(saved),
        "## How good it is",
        *_score_blocks(scores),
        "## What to know",
        *_limits(saved, dataset),
        "## Made with",
        _table(("", "version"), [*saved.versions.items()]),
        f"Trained and saved {saved.saved_at}, in format {saved.format_version} of the model file.",
    ]
    return "\n\n".join(blocks) + "\n"


def _summary(saved: SavedModel) -> str:
    if saved.symbols is not None:
        return f"An Elman network that predicts the next of {len(saved.symbols.vocabulary.names):,} symbols."
    columns = ", ".join(f"`{_code(column)}`" for column in saved.data.columns)
    many = f" in {counted(saved.fitted.sequences, 'series')}" if saved.fitted.sequences > 1 else ""
    if saved.forecaster is None:
        return f"An Elman network that forecasts {columns}{many}."
    return f"A forecaster of {counted(len(saved.parts), 'part')} that forecasts {columns}{many}."


def _data_rows(saved: SavedModel, dataset: SequenceDataset | None) -> Iterable[tuple[str, str]]:
    data = saved.data if saved.forecaster is None else saved.forecaster.data
    yield "Source", saved.source.path or saved.source.name
    if dataset is not None:
        yield "Read as", summary_sentence(dataset)
    if saved.symbols is None:
        for role, names in (("Targets", data.columns), ("Inputs", data.inputs), ("Known ahead", data.known)):
            if names:
                yield role, ", ".join(names)
    if data.season is not None:
        yield "Season", f"{data.season:,} rows"
    if dataset is not None:
        for part in Part:
            starts, stops = dataset.parts.edges(part)
            yield f"Rows of the {part.value} part", f"{int((stops - starts).sum()):,}"
        filled = int(dataset.filled.sum())
        if filled:
            yield "Filled gaps", f"{counted(filled, 'row')}, never scored"


def _model_blocks(saved: SavedModel) -> Iterable[str]:
    rows = [_part_row(part) for part in saved.parts]
    heads = ("part", "one step", "several steps", "transforms", "lags", "ridge", "hidden", "networks", "epochs", "seed")
    yield _table(heads, rows)
    shown = saved.parts[0 if saved.forecaster is None else saved.forecaster.shown].model
    if saved.forecaster is not None:
        yield "How the networks of the part that counts most were trained:"
    settings = {**shown.network.model_dump(mode="json"), **shown.training.model_dump(mode="json")}
    yield _table(("setting", "value"), [(name, _value(value)) for name, value in settings.items()])


def _part_row(part: SavedPart) -> tuple[str, ...]:
    model = part.model
    transforms = "none" if model.symbols is not None else sentence(model.fitted.targets[0].transforms)
    hidden = "-" if part.kind is PartKind.LINEAR else f"{model.network.hidden:,}"
    return (
        "least squares" if part.kind is PartKind.LINEAR else "Elman",
        f"{100 * part.one_step:.0f} %",
        f"{100 * part.several:.0f} %",
        transforms,
        f"{model.data.lags:,}",
        f"{model.network.ridge:g}" if model.network.begin is Begin.LEAST_SQUARES else "-",
        hidden,
        f"{len(model.weights.w1):,}",
        f"{model.history.epochs:,}",
        f"{model.training.seed}",
    )


def _score_blocks(scores: Mapping[Part, PartScores | None] | None) -> Iterable[str]:
    if scores is None:
        yield "The data that it was trained on are gone, so that it could not be scored."
        return
    rows = []
    for part, found in scores.items():
        if found is None:
            continue
        for name, attribute in _SCORED.items():
            rows.append((part.value, name, *_figures(getattr(found, attribute))))
        if found.seasonal is not None:
            rows.append((part.value, "A season before", *_figures(found.seasonal)))
    horizon = next((found.horizon for found in scores.values() if found is not None), 1)
    steps = "One step ahead" if horizon == 1 else f"Means over 1 to {horizon:,} steps ahead"
    yield f"{steps}, in the data's own units; MASE and sMAPE have none."
    yield _table(("part", "", "RMSE", "MAE", "MASE", "sMAPE"), rows)
    yield f"**Verdict by these scores.** {_text(verdict(scores))}"
    yield "`elman backtest` compares it with more baselines, over more steps ahead, and says how sure that is."


def _figures(score: Score) -> tuple[str, ...]:
    values = (score.rmse, score.mae, score.mase, score.smape)
    return tuple("-" if value is None or value != value else f"{value:.5g}" for value in values)


def _limits(saved: SavedModel, dataset: SequenceDataset | None) -> Iterable[str]:
    notes = [] if dataset is None else list(dataset.notes)
    said = [
        *notes,
        "It knows nothing but these columns, and assumes that they continue as in the training part.",
        "Errors of the test part are those of this one stretch of time.",
    ]
    yield "\n".join(f"- {_text(note)}" for note in said)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_text(cell) for cell in line)} |" for line in lines)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "none"
        case list():
            return ", ".join(map(str, value)) or "none"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _text(text: str) -> str:
    """Return a text in which nothing is a mark of Markdown or HTML."""
    return "".join(f"\\{sign}" if sign in _MARKS else sign for sign in printable(text))


def _code(text: str) -> str:
    return printable(text).replace("`", "'").replace("|", "/")
