"""Results as sentences and tables for people to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from elman_core.cli.console import print_table, print_text
from elman_core.cli.json_reports import loss_object
from elman_core.config import NetworkConfig
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.table import Source
from elman_core.data.text.vocabulary import Symbols, ranked, shown
from elman_core.experiment import Experiment
from elman_core.forecasting.metrics import PartScores
from elman_core.storage.model_file import SavedModel
from elman_core.training.events import Response

if TYPE_CHECKING:
    from elman_core.cli.progress import TrainingRun
    from elman_core.experiments.scorecard import Measure
    from elman_core.forecasting.beyond import Beyond
    from elman_core.forecasting.prediction import HorizonScore
    from elman_core.generation.sampling import Continuation

__all__ = [
    "print_beyond",
    "print_continuation",
    "print_horizons",
    "print_model",
    "print_prediction",
    "print_scorecard",
    "print_scores",
    "print_training",
]

_SHOWN_ROWS = 40
_FIRST_ROWS = 30
_LAST_ROWS = 5
_SHOWN_COLUMNS = 6
_NEXT_SHOWN = 12


def print_training(experiment: Experiment, done: TrainingRun) -> None:
    """Write the course of a training."""
    losses = done.history.train[:, 0]
    course = f"; loss {losses[0]:.5f} -> {losses[-1]:.5f}" if len(losses) else ""
    print_text(f"{experiment.name}: {_network_sentence(experiment.network)}")
    print_text(f"{done.finish.value}: {done.history.epochs:,} epochs in {done.seconds:.3g} s{course}")


def print_scores(scores: Mapping[Part, PartScores | None]) -> None:
    """Write the metrics of each part that has rows."""
    rows = [
        [part.value, *map(_number_text, (own.rmse, own.mae, own.nmse, found.persistence.rmse, found.linear.rmse))]
        for part, found in scores.items()
        if found is not None
        for own in (found.network,)
    ]
    headers = ("One step ahead", "RMSE", "MAE", "NMSE", "Persistence RMSE", "Linear RMSE")
    print_table(headers, rows)
    _print_symbol_scores(scores)


def print_scorecard(measures: Sequence[Measure]) -> None:
    """Write the scorecard, if there is one."""
    if not measures:
        return
    signs = {True: "reached", False: "missed", None: ""}
    rows = [[m.name, f"{m.value:.4g}", m.paper, m.goal, signs[m.reached]] for m in measures]
    print_table(("On a fresh stream", "Here", "Elman 1990", "To reach", ""), rows)


def print_horizons(scores: Sequence[HorizonScore], title: str) -> None:
    """Write the errors of each number of steps ahead."""
    headers = ("Steps ahead", "RMSE", "MAE", "NMSE", "Persistence RMSE", "Linear RMSE")
    rows = [
        [f"{s.horizon:,}", *map(_number_text, (s.rmse, s.mae, s.nmse, s.persistence_rmse, s.linear_rmse))]
        for s in scores
    ]
    print_table(headers, rows, title=title, words=0)


def print_prediction(dataset: SequenceDataset, response: Response) -> None:
    """Write the rows beyond the data; of many, the first and the last."""
    columns = dataset.columns[:_SHOWN_COLUMNS]
    count = len(response.closed_loop)
    times = dataset.axis.extended(count)
    first, last = (range(count), range(0)) if count <= _SHOWN_ROWS else (range(_FIRST_ROWS), range(count)[-_LAST_ROWS:])
    rows = [
        [dataset.axis.text(times[row]), *map(_number_text, response.closed_loop[row, : len(columns)])]
        for row in chain(first, last)
    ]
    if last:
        rows.insert(len(first), [f"... {count - len(rows):,} more", *("" for _ in columns)])
    more = len(dataset.columns) - len(columns)
    title = f"Forecast of {dataset.name}" + (f", {more:,} more columns not shown" if more else "")
    print_table((dataset.axis.label, *columns), rows, title=title)


def print_beyond(found: Beyond) -> None:
    """Write the rows beyond data that are not there; of many, the first and the last."""
    dataset, panel = found.dataset, found.dataset.panel
    steps, columns = len(found.predicted), dataset.columns[:_SHOWN_COLUMNS]
    count = steps * len(panel)
    first, last = (range(count), range(0)) if count <= _SHOWN_ROWS else (range(_FIRST_ROWS), range(count)[-_LAST_ROWS:])
    rows = []
    for sequence, step in (divmod(place, steps) for place in chain(first, last)):
        name = [panel.title(sequence)] if panel.has_several else []
        numbers = map(_number_text, found.predicted[step, sequence, : len(columns)])
        rows.append([dataset.axis.text(found.times[step, sequence]), *name, *numbers])
    if last:
        rows.insert(len(first), [f"... {count - len(rows):,} more", *("" for _ in rows[0][1:])])
    headers = (dataset.axis.label, *(("sequence",) if panel.has_several else ()), *columns)
    more = len(dataset.columns) - len(columns)
    title = f"Forecast of {dataset.name}" + (f", {more:,} more columns not shown" if more else "")
    print_table(headers, rows, title=title, words=1 + panel.has_several)


def print_continuation(symbols: Symbols, found: Continuation) -> None:
    """Write the most probable next symbols, and the prompt with its continuation."""
    likely = ranked(symbols.vocabulary.names, found.probabilities)
    shown_symbols = [[shown(name), f"{100 * share:.1f} %"] for name, share in likely[:_NEXT_SHOWN]]
    rest = sum(share for _, share in likely[_NEXT_SHOWN:])
    if likely[_NEXT_SHOWN:]:
        shown_symbols.append([f"{len(likely) - _NEXT_SHOWN:,} others", f"{100 * rest:.1f} %"])
    print_table(("Next symbol", "Probability"), shown_symbols)
    print_text(symbols.text([*found.prompt.tolist(), *found.sampled.tolist()]))


def print_model(saved: SavedModel) -> None:
    """Write the content of a model file, but for the weights themselves."""
    loss = loss_object(saved.history)
    rows = [
        ("Trained on", _origin(saved.source)),
        *_symbol_rows(saved),
        ("Network", _network_sentence(saved.network)),
        ("Networks", f"{len(saved.weights.w1):,}"),
        ("Epochs done", f"{saved.history.epochs:,}"),
    ]
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


def _network_sentence(network: NetworkConfig) -> str:
    """Describe the network in one line."""
    return (
        f"{network.inputs:,} input{'s' if network.inputs > 1 else ''} -> {network.hidden:,} hidden "
        f"({network.activation.value}), fed back -> {network.outputs:,} output{'s' if network.outputs > 1 else ''} "
        f"({network.output.value}): {network.weight_count:,} weights"
    )


def _number_text(value: float | None) -> str:
    return "-" if value is None else f"{value:.5g}"


def _setting_text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
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
        return [("Columns", ", ".join(saved.data.columns))]
    names = tuple(map(shown, saved.symbols.vocabulary.names))
    kind = "one-hot" if saved.symbols.vocabulary.is_one_hot else f"{len(saved.data.columns):,} features each"
    return [("Symbols", f"{len(names):,} {saved.symbols.config.unit.value}, {kind}: {' '.join(names)}")]


def _origin(source: Source) -> str:
    return f"{source.name} (built in)" if source.kind == "built-in" else source.path or source.name
