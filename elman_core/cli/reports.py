"""What the command line says: objects for --json, tables for people, and the CSV file of a prediction."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elman_core.cli.console import print_table, print_text
from elman_core.config import NetworkConfig
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.table import AxisKind, Source, TimeAxis
from elman_core.data.text.vocabulary import Symbols, ranked, shown
from elman_core.forecasting.metrics import PartScores, Score
from elman_core.storage.model_file import SavedModel
from elman_core.support.files import replace_file
from elman_core.training.events import Response
from elman_core.training.history import History

if TYPE_CHECKING:
    from elman_core.experiments.scorecard import Measure
    from elman_core.forecasting.prediction import HorizonScore
    from elman_core.generation.sampling import Continuation

__all__ = [
    "continuation_object",
    "horizon_object",
    "model_object",
    "network_sentence",
    "print_continuation",
    "print_horizons",
    "print_model",
    "print_prediction",
    "print_scorecard",
    "print_scores",
    "rows_object",
    "score_object",
    "scorecard_object",
    "write_prediction",
]

_SHOWN_ROWS = 40
_FIRST_ROWS = 30
_LAST_ROWS = 5
_SHOWN_COLUMNS = 6
_NEXT_SHOWN = 12


def network_sentence(network: NetworkConfig) -> str:
    """Say the whole network in one sentence."""
    return (
        f"{network.inputs:,} input{'s' if network.inputs > 1 else ''} -> {network.hidden:,} hidden "
        f"({network.activation.value}), fed back -> {network.outputs:,} output{'s' if network.outputs > 1 else ''} "
        f"({network.output.value}): {network.weight_count:,} weights"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.5g}"


# -- scores -----------------------------------------------------------------------------------------


def score_object(scores: Mapping[Part, PartScores | None]) -> dict[str, Any]:
    """Return the metrics of each part, with those of the baselines; None for a part that is not there."""
    return {part.value: None if found is None else _block(found) for part, found in scores.items()}


def print_scores(scores: Mapping[Part, PartScores | None]) -> None:
    """Write the metrics of each part that is there."""
    rows = [
        [part.value, *map(_number, (own.rmse, own.mae, own.nmse, found.persistence.rmse, found.linear.rmse))]
        for part, found in scores.items()
        if found is not None
        for own in (found.network,)
    ]
    headers = ("One step ahead", "RMSE", "MAE", "NMSE", "Persistence RMSE", "Linear RMSE")
    print_table(headers, rows)
    _print_symbol_scores(scores)


def _print_symbol_scores(scores: Mapping[Part, PartScores | None]) -> None:
    rows = []
    for part, found in scores.items():
        three = () if found is None else (found.symbols, found.bigrams, found.frequent)
        for name, own in zip(("network", "bigrams", "most frequent"), three, strict=False):
            if own is not None:
                rows.append([part.value, name, f"{own.bits:.3f}", f"{100 * own.right:.1f} %"])
    if rows:
        print_table(("Next symbol", "", "Bits a symbol", "Right"), rows, words=2)


def scorecard_object(measures: Sequence[Measure]) -> dict[str, Any]:
    """Return the scorecard, or nothing where there is none."""
    return {"scorecard": [asdict(measure) for measure in measures]} if measures else {}


def print_scorecard(measures: Sequence[Measure]) -> None:
    """Write the scorecard, if there is one."""
    if not measures:
        return
    signs = {True: "reached", False: "missed", None: ""}
    rows = [[m.name, f"{m.value:.4g}", m.paper, m.goal, signs[m.reached]] for m in measures]
    print_table(("On a fresh stream", "Here", "Elman 1990", "To reach", ""), rows)


def horizon_object(scores: Sequence[HorizonScore]) -> dict[str, Any]:
    """Return the errors of each number of steps ahead."""
    return {"horizons": [asdict(found) for found in scores]}


def print_horizons(scores: Sequence[HorizonScore], title: str) -> None:
    """Write the errors of each number of steps ahead."""
    headers = ("Steps ahead", "RMSE", "MAE", "NMSE", "Persistence RMSE", "Linear RMSE")
    rows = [
        [f"{s.horizon:,}", *map(_number, (s.rmse, s.mae, s.nmse, s.persistence_rmse, s.linear_rmse))] for s in scores
    ]
    print_table(headers, rows, title=title, words=0)


def _block(found: PartScores) -> dict[str, Any]:
    def numbers(score: Score) -> dict[str, float | None]:
        return {"rmse": score.rmse, "mae": score.mae, "nmse": score.nmse}

    block: dict[str, Any] = numbers(found.network)
    block |= {"persistence": numbers(found.persistence), "linear": numbers(found.linear)}
    if found.symbols is not None and found.bigrams is not None and found.frequent is not None:
        block |= asdict(found.symbols) | {"bigrams": asdict(found.bigrams), "frequent": asdict(found.frequent)}
    return block


# -- predictions ------------------------------------------------------------------------------------


def rows_object(dataset: SequenceDataset, response: Response) -> dict[str, Any]:
    """Return the prediction of rows 1 and on, and the rows beyond the data, a list of columns each."""
    return {
        "one_step": response.one_step.tolist(),
        "forecast": response.closed_loop.tolist(),
        "columns": list(dataset.columns),
    }


def print_prediction(dataset: SequenceDataset, response: Response) -> None:
    """Write the rows beyond the data, the middle of many left out."""
    columns = dataset.columns[:_SHOWN_COLUMNS]
    count = len(response.closed_loop)
    times = dataset.axis.extended(count)
    first, last = (range(count), range(0)) if count <= _SHOWN_ROWS else (range(_FIRST_ROWS), range(count)[-_LAST_ROWS:])
    rows = [
        [dataset.axis.text(times[row]), *map(_number, response.closed_loop[row, : len(columns)])]
        for row in chain(first, last)
    ]
    if last:
        rows.insert(len(first), [f"... {count - len(rows):,} more", *("" for _ in columns)])
    more = len(dataset.columns) - len(columns)
    title = f"Forecast of {dataset.name}" + (f", {more:,} more columns not shown" if more else "")
    print_table((dataset.axis.label, *columns), rows, title=title)


def continuation_object(symbols: Symbols, found: Continuation, temperature: float, seed: int) -> dict[str, Any]:
    """Return the probabilities after a beginning, the greatest first, and the symbols that were drawn."""
    names = symbols.vocabulary.names
    return {
        "beginning": [names[code] for code in found.prompt.tolist()],
        "next": dict(ranked(names, found.probabilities)),
        "symbols": [names[code] for code in found.sampled.tolist()],
        "continuation": symbols.text(found.sampled.tolist()),
        "chances": found.sampled_probabilities.tolist(),
        "temperature": temperature,
        "seed": seed,
    }


def print_continuation(symbols: Symbols, found: Continuation) -> None:
    """Write the most probable next symbols, and the beginning with its continuation."""
    likely = ranked(symbols.vocabulary.names, found.probabilities)
    shown_symbols = [[shown(name), f"{100 * share:.1f} %"] for name, share in likely[:_NEXT_SHOWN]]
    rest = sum(share for _, share in likely[_NEXT_SHOWN:])
    if likely[_NEXT_SHOWN:]:
        shown_symbols.append([f"{len(likely) - _NEXT_SHOWN:,} others", f"{100 * rest:.1f} %"])
    print_table(("Next symbol", "Probability"), shown_symbols)
    print_text(symbols.text([*found.prompt.tolist(), *found.sampled.tolist()]))


def write_prediction(path: Path, dataset: SequenceDataset, response: Response) -> None:
    """Write data, one-step prediction and forecast over one time axis, as CSV, all of it or nothing.

    Raises
    ------
    ModelFileError
        When the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = dataset.columns
    writer.writerow([dataset.axis.label, *chain(*((c, f"{c} (one step)", f"{c} (forecast)") for c in columns))])
    one_step: list[list[float | str]] = [[""] * len(columns), *response.one_step.tolist()]
    for time, values, predictions in zip(dataset.axis.positions, dataset.values[:].tolist(), one_step, strict=True):
        cells = ((value, prediction, "") for value, prediction in zip(values, predictions, strict=True))
        writer.writerow([_time(dataset.axis, time), *chain(*cells)])
    times = dataset.axis.extended(len(response.closed_loop))
    for time, forecasts in zip(times, response.closed_loop.tolist(), strict=True):
        writer.writerow([_time(dataset.axis, time), *chain(*(("", "", forecast) for forecast in forecasts))])
    replace_file(path, text.getvalue().encode("utf-8", "replace"))


def _time(axis: TimeAxis, position: float) -> str:
    """Write a time for a program to read: a date in ISO 8601, a number with all its digits."""
    return axis.text(position).replace(" ", "T") if axis.kind is AxisKind.DATE else f"{position:.15g}"


# -- model files ------------------------------------------------------------------------------------


def model_object(saved: SavedModel) -> dict[str, Any]:
    """Return all that can be read in a model file, but the weights themselves."""
    return {
        "name": saved.name,
        "columns": list(saved.data.columns),
        "source": saved.source.model_dump(mode="json"),
        "networks": len(saved.weights.w1),
        "weights": saved.network.weight_count,
        "epochs": saved.history.epochs,
        "loss": _curve_object(saved.history),
        "network": saved.network.model_dump(mode="json"),
        "training": saved.training.model_dump(mode="json"),
        "data": saved.data.model_dump(mode="json"),
        "scale": saved.scale.model_dump(mode="json"),
        "versions": dict(saved.versions),
        "saved_at": saved.saved_at,
        "format_version": saved.format_version,
        "symbols": None if saved.symbols is None else _symbols_object(saved.symbols),
    }


def _symbols_object(symbols: Symbols) -> dict[str, Any]:
    vocabulary = symbols.vocabulary
    return {
        "names": list(vocabulary.names),
        "classes": dict(vocabulary.classes),
        "vectors": "one-hot" if vocabulary.is_one_hot else "features",
        **symbols.config.model_dump(mode="json"),
    }


def print_model(saved: SavedModel) -> None:
    """Write all that can be read in a model file, but the weights themselves."""
    loss = _curve_object(saved.history)
    rows = [
        ("Trained on", _origin(saved.source)),
        *_told_symbols(saved),
        ("Network", network_sentence(saved.network)),
        ("Networks", f"{len(saved.weights.w1):,}"),
        ("Epochs done", f"{saved.history.epochs:,}"),
    ]
    if loss is not None:
        best = f"{_number(loss['best'])} after epoch {loss['best_epoch']:,} ({loss['best_of']})"
        rows += [("First loss", _number(loss["first"])), ("Last loss", _number(loss["last"])), ("Best loss", best)]
    for config in (saved.network, saved.training, saved.data):
        settings = config.model_dump(mode="json")
        rows += [(str(f.title), _setting(settings[n])) for n, f in type(config).model_fields.items() if n != "columns"]
    rows += [("Mean", _setting(saved.scale.mean)), ("Deviation", _setting(saved.scale.deviation))]
    rows += [("Saved", saved.saved_at), ("With", ", ".join(f"{name} {v}" for name, v in saved.versions.items()))]
    print_table(("Model", saved.name), rows, words=2)


def _told_symbols(saved: SavedModel) -> list[tuple[str, str]]:
    """Name the columns, or the symbols."""
    if saved.symbols is None:
        return [("Columns", ", ".join(saved.data.columns))]
    names = tuple(map(shown, saved.symbols.vocabulary.names))
    kind = "one-hot" if saved.symbols.vocabulary.is_one_hot else f"{len(saved.data.columns):,} features each"
    return [("Symbols", f"{len(names):,} {saved.symbols.config.unit.value}, {kind}: {' '.join(names)}")]


def _curve_object(history: History) -> dict[str, Any] | None:
    """Return first, last and best loss of network 0; epochs count from 1."""
    best = history.best_epoch
    if best is None:
        return None
    curve = history.train if history.validation is None else history.validation
    return {
        "first": float(history.train[0, 0]),
        "last": float(history.train[-1, 0]),
        "best": float(curve[best, 0]),
        "best_epoch": best + 1,
        "best_of": "train" if history.validation is None else "validation",
    }


def _origin(source: Source) -> str:
    return f"{source.name} (built in)" if source.kind == "built-in" else source.path or source.name


def _setting(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.8g}"
        case list() | tuple():
            shown = ", ".join(_setting(item) for item in value[:_SHOWN_COLUMNS])
            return shown + (f" and {len(value) - _SHOWN_COLUMNS:,} more" if len(value) > _SHOWN_COLUMNS else "")
        case _:
            return str(value)
