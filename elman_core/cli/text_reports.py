"""Results as sentences and tables for people to read."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from elman_core.cli.console import print_table, print_text
from elman_core.cli.json_reports import ended_object, loss_object, member_objects, part_objects
from elman_core.config import NetworkConfig
from elman_core.config.part_kind import PartKind
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.table import Source
from elman_core.data.text.vocabulary import END, Symbols, ranked, shown
from elman_core.data.transforms.chain import sentence
from elman_core.experiment import Experiment
from elman_core.forecasting.chance import could_be_chance
from elman_core.forecasting.extent import extended_of
from elman_core.forecasting.scores import ColumnScores, HorizonScore, PartScores, Score
from elman_core.forecasting.verdict import RULERS, verdict
from elman_core.storage.model_file import SavedModel, SavedPart
from elman_core.support.text_format import counted, joined, printable
from elman_core.training.course import Course
from elman_core.training.events import Response
from elman_core.training.rates import rates_sentence

if TYPE_CHECKING:
    from elman_core.cli.progress import TrainingRun
    from elman_core.experiments.scorecard import Measure
    from elman_core.forecasting.another_series import AnotherSeries
    from elman_core.forecasting.forecaster import ForecastPart
    from elman_core.forecasting.intervals_beyond import IntervalsBeyond
    from elman_core.generation.sampling import Continuation

__all__ = [
    "print_another_series",
    "print_by_sequence",
    "print_continuation",
    "print_horizons",
    "print_model",
    "print_parts",
    "print_prediction",
    "print_scorecard",
    "print_scores",
    "print_training",
]

_WIDTH = 80
_SHOWN_ROWS = 40
_FIRST_ROWS = 30
_LAST_ROWS = 5
_SHOWN_COLUMNS = 6
_NEXT_SHOWN = 12
_PERSISTENCE, _LINEAR, _SEASONAL = "Persistence\nRMSE", "Linear\nRMSE", "Seasonal\nRMSE"


def print_training(experiment: Experiment, done: TrainingRun) -> None:
    """Write the course of a training."""
    losses = done.history.of_member(0).train[:, 0]
    course = f"; loss {losses[0]:.5f} -> {losses[-1]:.5f}" if len(losses) else ""
    print_text(f"{experiment.name}: {_network_sentence(experiment.network)}")
    print_text(f"{done.finish.value}: {counted(done.history.epochs, 'epoch')} in {done.seconds:.3g} s{course}")
    kept = Course(done.history, ends=done.trainer.stopping.summary())
    if experiment.training.networks == 1 and kept.weights_epoch != done.history.epochs:
        print_text(f"The weights are those of {kept.epoch_words()}.")


def print_scores(scores: Mapping[Part, PartScores | None]) -> None:
    """Write the metrics of each part that has rows: of each target in its own units, over targets only the scaled ones.

    Of several sequences they are means, and of how many is said.
    """
    parts = {part: found for part, found in scores.items() if found is not None}
    if not parts:
        return
    has_season = any(found.seasonal is not None for found in parts.values())
    horizon = max(found.horizon for found in parts.values())
    steps = "One step ahead" if horizon == 1 else f"1 to {horizon:,} steps ahead"
    figures = ["RMSE", *([] if has_season else ["MAE"]), "NMSE", "MASE", _PERSISTENCE, _LINEAR]
    figures += [_SEASONAL] if has_season else []
    wholes = {
        part: ColumnScores(found.network, found.persistence, found.linear, found.seasonal)
        for part, found in parts.items()
    }
    if any(len(found.columns) > 1 for found in parts.values()):
        for part, found in parts.items():
            columns = list(found.columns.items())[:_SHOWN_COLUMNS]
            rows = [[name, *_score_cells(own, has_season)] for name, own in columns]
            if len(found.columns) > len(columns):
                rows.append([f"... {len(found.columns) - len(columns):,} more", *("" for _ in figures)])
            rows.append(["all columns", *_score_cells(wholes[part], has_season, scaled_only=True)])
            print_table(("Column", *figures), rows, title=f"{steps}, {part.value} part")
    else:
        rows = [[part.value, *_score_cells(own, has_season)] for part, own in wholes.items()]
        print_table((steps, *figures), rows)
    if any(found.sequences > 1 for found in parts.values()):
        counts = ", ".join(f"{found.sequences:,} ({part.value})" for part, found in parts.items())
        print_text(f"Means over sequences: {counts}.")
    _print_symbol_scores(scores)
    _print_sentence(verdict(scores))


def _score_cells(own: ColumnScores, has_season: bool, *, scaled_only: bool = False) -> list[str]:
    """Return the figures of the network and the RMSE of each baseline; or only those figures that have no units."""

    def in_units(score: Score | None, name: str = "rmse") -> str:
        return "" if scaled_only else _number_text(None if score is None else getattr(score, name))

    baselines = (own.persistence, own.linear, *((own.seasonal,) if has_season else ()))
    return [
        in_units(own.network),
        *([] if has_season else [in_units(own.network, "mae")]),  # where there is room
        _number_text(own.network.nmse),
        _number_text(own.network.mase),
        *map(in_units, baselines),
    ]


def print_scorecard(measures: Sequence[Measure]) -> None:
    """Write the scorecard, if there is one."""
    if not measures:
        return
    signs = {True: "reached", False: "missed", None: ""}
    rows = [[m.name, f"{m.value:.4g}", m.paper, m.goal, signs[m.reached]] for m in measures]
    print_table(("On a fresh stream", "Here", "Elman 1990", "To reach", ""), rows)


def print_horizons(scores: Sequence[HorizonScore], title: str) -> None:
    """Write the errors of each number of steps ahead; of several sequences, means over those that reach so far."""
    has_season = any(s.seasonal_persistence_rmse is not None for s in scores)
    headers = [
        "Steps\nahead",
        "Rows",
        "RMSE",
        "MAE",
        "NMSE",
        "MASE",
        _PERSISTENCE,
        _LINEAR,
        *([_SEASONAL] if has_season else []),
    ]
    rows = []
    for s in scores:
        numbers = [s.rmse, s.mae, s.nmse, s.mase, s.persistence_rmse, s.linear_rmse]
        numbers += [s.seasonal_persistence_rmse] if has_season else []
        rows.append([f"{s.horizon:,}", f"{s.rows:,}", *map(_number_text, numbers)])
    print_table(headers, rows, title=title, words=0)
    most, least = (pick((s.sequences for s in scores), default=1) for pick in (max, min))
    if most > 1:
        fewer = f", {least:,} at the most steps ahead" if least < most else ""
        print_text(f"Means over {most:,} sequences{fewer}.")
    for name in RULERS:
        doubtful = [s.horizon for s in scores if could_be_chance(getattr(s, f"{name}_chance"), s.rows)]
        if doubtful:
            _print_sentence(f"The difference from {RULERS[name]} could be chance at {_ranges(doubtful)} ahead.")


def _ranges(steps: Sequence[int]) -> str:
    """Write rising numbers of steps with those in a row together: "1 to 3 and 7 steps"."""
    rows: list[list[int]] = []
    for step in steps:
        if rows and rows[-1][-1] == step - 1:
            rows[-1].append(step)
        else:
            rows.append([step])
    words = joined(f"{row[0]:,} to {row[-1]:,}" if len(row) > 1 else f"{row[0]:,}" for row in rows)
    return f"{words} step{'' if list(steps) == [1] else 's'}"


def _print_sentence(text: str) -> None:
    """Write a sentence on lines as wide as a table."""
    for line in textwrap.wrap(text, _WIDTH):
        print_text(line)


def print_another_series(found: AnotherSeries) -> None:
    """Write the errors on a series that the network was not trained on, and what it does not know."""
    columns = tuple(found.scores.columns)[:_SHOWN_COLUMNS] if found.scores is not None else ()
    for sentence_said in [*found.sentences(columns), *found.warnings]:
        _print_sentence(f"{sentence_said.removesuffix('.')}.")


def print_by_sequence(dataset: SequenceDataset, part: Part, found: PartScores) -> None:
    """Write the errors of each sequence, the worst first; of many, only the first ones."""
    own = found.by_sequence
    assert own is not None
    order = own.worst_first()
    rows = [
        [dataset.panel.title(place), *(_number_text(float(values[place])) for values in figures)]
        for place in order[:_SHOWN_ROWS].tolist()
        for figures in ((own.rmse, own.mae, own.mase, own.smape),)
    ]
    if len(order) > len(rows):
        rows.append([f"... {len(order) - len(rows):,} more", "", "", "", ""])
    steps = "one step ahead" if found.horizon == 1 else f"1 to {found.horizon:,} steps ahead"
    title = f"Each sequence, worst first: {part.value} part, {steps}"
    print_table(("Sequence", "RMSE", "MAE", "MASE", "sMAPE"), rows, title=title)


def print_prediction(dataset: SequenceDataset, response: Response, found: IntervalsBeyond | None = None) -> None:
    """Write the rows beyond the data, sequence by sequence; of many, the first and the last.

    Of a single column the edges of the intervals stand beside it.
    """
    columns, panel = dataset.columns[:_SHOWN_COLUMNS], dataset.panel
    beyond = response.closed_loop[None] if response.beyond is None else response.beyond
    several = response.beyond is not None
    steps = beyond.shape[1]
    count = len(beyond) * steps
    first, last = (range(count), range(0)) if count <= _SHOWN_ROWS else (range(_FIRST_ROWS), range(count)[-_LAST_ROWS:])
    edges = None if found is None or len(columns) > 1 else found.edges(beyond)[..., 0]  # (L, 2, S, F)
    rows = []
    for sequence, step in (divmod(row, steps) for row in chain(first, last)):
        time = dataset.axis.text(extended_of(dataset, sequence, steps)[step])
        name = [panel.title(sequence)] if several else []
        own = [] if edges is None else edges[:, :, sequence, step].ravel().tolist()
        rows.append([time, *name, *map(_number_text, [*beyond[sequence, step, : len(columns)], *own])])
    headers = [printable(name) for name in (dataset.axis.label, *(["Sequence"] if several else []), *columns)]
    if found is not None and edges is not None:
        headers += [f"{side}\n{level:g} %" for level in found.levels for side in ("Lower", "Upper")]
    if last:
        rows.insert(len(first), [f"... {count - len(rows):,} more", *("" for _ in headers[1:])])
    more = len(dataset.columns) - len(columns)
    title = f"Forecast of {dataset.name}" + (f", {counted(more, 'more column')} not shown" if more else "")
    print_table(headers, rows, title=title, words=2 if several else 1)


def print_continuation(symbols: Symbols, found: Continuation) -> None:
    """Write the most probable next symbols, and the prompt with its continuation."""
    likely = ranked(symbols.vocabulary.names, found.probabilities)
    shown_symbols = [[shown(name), f"{100 * share:.1f} %"] for name, share in likely[:_NEXT_SHOWN]]
    rest = sum(share for _, share in likely[_NEXT_SHOWN:])
    if likely[_NEXT_SHOWN:]:
        shown_symbols.append([counted(len(likely) - _NEXT_SHOWN, "other"), f"{100 * rest:.1f} %"])
    print_table(("Next symbol", "Probability"), shown_symbols)
    print_text(symbols.text([*found.prompt.tolist(), *found.sampled.tolist()]), keep=END)


def print_model(saved: SavedModel) -> None:
    """Write the content of a model file, but for the weights themselves."""
    loss = loss_object(saved.history)
    rows = [
        ("Trained on", _origin(saved.source)),
        *_symbol_rows(saved),
        ("Network", _network_sentence(saved.network)),
        ("Networks", f"{len(saved.weights.w1):,}"),
        *_ended_rows(saved),
        ("Epochs done", _epochs_text(saved)),
    ]
    if changed := rates_sentence(saved.history.rates):
        rows.append(("Changed on the way", changed))
    if loss is not None:
        best = f"{_number_text(loss['best'])} after epoch {loss['best_epoch']:,} ({loss['best_of']})"
        rows += [
            ("First loss", _number_text(loss["first"])),
            ("Last loss", _number_text(loss["last"])),
            ("Best loss", best),
        ]
    for config in (saved.network, saved.training, saved.data):
        settings = config.model_dump(mode="json")
        rows += [
            (str(f.title), _setting_text(settings[n])) for n, f in type(config).model_fields.items() if n != "columns"
        ]
    rows += [("Mean", _setting_text(saved.scale.mean)), ("Deviation", _setting_text(saved.scale.deviation))]
    rows += [("Saved", saved.saved_at), ("With", ", ".join(f"{name} {v}" for name, v in saved.versions.items()))]
    print_table(("Model", saved.name), rows, words=2)
    if saved.forecaster is not None:
        print_parts(saved.parts)
    _print_members(saved)


def print_parts(parts: Sequence[SavedPart | ForecastPart]) -> None:
    """Write a line for each part of a forecaster that counts, the most first; of the others only how many there are."""
    counting = [part for part in part_objects(parts) if part["one_step"] or part["several"]]
    rows = []
    for part in sorted(counting, key=lambda part: -part["one_step"] - part["several"]):
        what = "linear" if part["kind"] == PartKind.LINEAR else counted(part["networks"], "network")
        what += f" of {part['hidden']:,} hidden" if part["hidden"] else ""
        weights = (f"{100 * part[name]:.0f} %" for name in ("one_step", "several"))
        rows.append([what, part["transforms"], f"{part['lags']:,}", f"{part['ridge']:g}", *weights])
    if len(counting) < len(parts):
        rows.append([f"... {len(parts) - len(counting):,} more", "", "", "", "0 %", "0 %"])
    print_table(("Part", "Transforms", "Lags", "Ridge", "One step", "Several"), rows, words=2)


def _print_members(saved: SavedModel) -> None:
    """Write a line for each of several networks; of many, only the first ones."""
    members = member_objects(saved)
    rows = []
    for own in members[:_SHOWN_ROWS] if len(members) > 1 else ():
        loss = own["loss"] or {"last": None, "best": None, "best_epoch": 0}
        best = f"{loss['best_epoch']:,}" if loss["best_epoch"] else "-"
        figures = (_number_text(loss["last"]), _number_text(loss["best"]), best)
        rows.append([f"{own['member']:,}", f"{own['seed']:,}", f"{own['epochs']:,}", *figures, own["ended"] or ""])
    if not rows:
        return
    if len(members) > len(rows):
        rows.append([f"... {len(members) - len(rows):,} more", *("" for _ in rows[0][1:])])
    print_table(("Network", "Seed", "Epochs", "Last loss", "Best loss", "Best epoch", ""), rows)


def _network_sentence(network: NetworkConfig) -> str:
    """Describe the network in one line."""
    return (
        f"{counted(network.inputs, 'input')} -> {network.hidden:,} hidden "
        f"({network.activation.value}), fed back -> {counted(network.outputs, 'output')} "
        f"({network.output.value}): {network.weight_count:,} weights"
    )


def _number_text(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.5g}"


def _setting_text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "-"
        case float():
            return f"{value:.8g}"
        case list() | tuple():
            shown = ", ".join(_setting_text(item) for item in value[:_SHOWN_COLUMNS])
            return shown + (f" and {len(value) - _SHOWN_COLUMNS:,} more" if len(value) > _SHOWN_COLUMNS else "")
        case _:
            return str(value)


def _print_symbol_scores(scores: Mapping[Part, PartScores | None]) -> None:
    rows = []
    for part, found in scores.items():
        three = () if found is None else (found.symbols, found.bigrams, found.frequent)
        for name, own in zip(("network", "bigrams", "most frequent"), three, strict=False):
            if own is not None:
                rows.append([part.value, name, f"{own.bits:.3f}", f"{100 * own.right:.1f} %"])
    if rows:
        print_table(("Next symbol", "", "Bits a symbol", "Right"), rows, words=2)


def _symbol_rows(saved: SavedModel) -> list[tuple[str, str]]:
    """Name the columns, or the symbols."""
    if saved.symbols is None:
        rows = [
            ("Columns", ", ".join(saved.data.columns)),
            ("Transforms", sentence(saved.fitted.targets[0].transforms)),
            ("Predicts without data", "yes, from the last rows" if saved.ends is not None else "no"),
        ]
        return rows + ([("Sequences", f"{saved.fitted.sequences:,}")] if saved.fitted.sequences > 1 else [])
    names = tuple(map(shown, saved.symbols.vocabulary.names))
    kind = "one-hot" if saved.symbols.vocabulary.is_one_hot else f"{counted(len(saved.data.columns), 'feature')} each"
    return [("Symbols", f"{len(names):,} {saved.symbols.config.unit.value}, {kind}: {' '.join(names)}")]


def _ended_rows(saved: SavedModel) -> list[tuple[str, str]]:
    """Say how many networks ended before the last epoch."""
    ended = ended_object(saved.weights.stopping) or {}
    titles = {"early": "Stopped early", "diverged": "Diverged"}
    return [(titles[name], f"{count:,}") for name, count in ended.items() if count]


def _epochs_text(saved: SavedModel) -> str:
    position = saved.weights.position
    words = f"{saved.history.epochs:,}"
    if position is not None:
        words += f", and {counted(position.time_step, 'time step')}"
    kept = Course(saved.history, ends=saved.weights.ends)
    alone = len(saved.weights.w1) == 1
    is_another = alone and saved.weights.ends is not None and bool(saved.weights.ends.at_best[0])
    return f"{words}; the weights are those of {kept.epoch_words()}" if is_another else words


def _origin(source: Source) -> str:
    return f"{source.name} (built in)" if source.kind == "built-in" else source.path or source.name
