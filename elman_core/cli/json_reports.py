"""Results as the objects that --json prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from elman_core.config.part_kind import PartKind
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.known_range import OutsideValues
from elman_core.data.table import Source
from elman_core.data.text.vocabulary import Symbols, ranked
from elman_core.data.transforms.chain import sentence
from elman_core.experiment import Experiment
from elman_core.export.rows import belongings, times_of
from elman_core.forecasting.scores import HorizonScore, PartScores
from elman_core.storage.model_file import SavedModel, SavedPart
from elman_core.training.course import Course
from elman_core.training.events import Response
from elman_core.training.history import History
from elman_core.training.stopping import MemberEnd, StoppingState

if TYPE_CHECKING:
    from elman_core.cli.progress import TrainingRun
    from elman_core.experiments.scorecard import Measure
    from elman_core.forecasting.another_series import AnotherSeries
    from elman_core.forecasting.forecaster import ForecastPart
    from elman_core.forecasting.intervals_beyond import IntervalsBeyond
    from elman_core.generation.sampling import Continuation

__all__ = [
    "another_series_object",
    "by_sequence_object",
    "continuation_object",
    "ended_object",
    "horizon_object",
    "intervals_object",
    "loss_object",
    "member_objects",
    "model_object",
    "outside_object",
    "part_objects",
    "rows_object",
    "score_object",
    "scorecard_object",
    "training_object",
]


def training_object(experiment: Experiment, done: TrainingRun) -> dict[str, Any]:
    """Return the course of a training."""
    return {
        "experiment": experiment.name,
        "seed": experiment.training.seed,
        "epochs": done.history.epochs,
        "weights_epoch": Course(done.history, ends=done.trainer.stopping.summary()).weights_epoch,
        "device": str(done.trainer.device),
        "engine": done.trainer.engine_name,
        "finished": done.finish.value,
        "losses": done.history.of_member(0).train[:, 0].tolist(),
        "seconds": done.seconds,
    }


def score_object(scores: Mapping[Part, PartScores | None]) -> dict[str, Any]:
    """Return the metrics of each part, with those of the baselines; None for a part without rows."""
    return {part.value: None if found is None else _block(found) for part, found in scores.items()}


def scorecard_object(measures: Sequence[Measure]) -> dict[str, Any]:
    """Return the scorecard, or nothing where there is none."""
    return {"scorecard": [asdict(measure) for measure in measures]} if measures else {}


def horizon_object(scores: Sequence[HorizonScore]) -> dict[str, Any]:
    """Return the errors of each number of steps ahead."""
    return {"horizons": [asdict(found) for found in scores]}


def by_sequence_object(dataset: SequenceDataset, part: Part, found: PartScores) -> dict[str, Any]:
    """Return the errors of each sequence in a part, the worst first."""
    own = found.by_sequence
    assert own is not None
    order = own.worst_first()
    figures = {"rmse": own.rmse, "mae": own.mae, "mase": own.mase, "smape": own.smape}
    names = [dataset.panel.title(sequence) for sequence in order.tolist()]
    return {
        "by_sequence": {
            "part": part.value,
            "horizon": found.horizon,
            "names": names,
            **{name: values[order].tolist() for name, values in figures.items()},
        }
    }


def another_series_object(found: AnotherSeries) -> dict[str, Any]:
    """Return the errors on all rows of a series that the network was not trained on, and the values it does not know.

    `linear` is None where the network's own data are gone, to whose training part it would be fitted.
    """
    errors = None if found.scores is None else _block(found.scores)
    if errors is not None and not found.has_linear:
        errors |= {"linear": None}
        errors["chance"].pop("linear", None)
    return {
        "metrics": errors,
        **({} if found.outside is None else outside_object(found.outside)),
        **({} if found.step is None else {"step": found.step}),
    }


def outside_object(outside: Sequence[OutsideValues]) -> dict[str, Any]:
    """Return how many values of each column lie outside the range of the training part."""
    return {"outside": [asdict(found) for found in outside]}


def rows_object(dataset: SequenceDataset, response: Response) -> dict[str, Any]:
    """Return the prediction of rows 1 and on, and the rows beyond the data, a list of columns each.

    Of several sequences the rows beyond are those of each, and `sequences` names them. `row` says what each row of
    `one_step` is: its time, of several sequences which and its place there, of symbols which and its class.
    """
    several = response.beyond is not None
    beyond = response.closed_loop if response.beyond is None else response.beyond
    names = [dataset.panel.title(sequence) for sequence in range(len(dataset.panel))] if several else []
    rows = np.arange(response.first_row, response.first_row + len(response.one_step))
    told = {name: column.tolist() for name, column in belongings(dataset, rows).items()}
    return {
        "one_step": response.one_step.tolist(),
        "forecast": beyond.tolist(),
        "columns": list(dataset.columns),
        **({"sequences": names} if several else {}),
        "row": {"time": times_of(dataset, rows), **told},
    }


def intervals_object(response: Response, found: IntervalsBeyond) -> dict[str, Any]:
    """Return the edges of each interval of the rows beyond, by level: as `forecast`, None where they are not known."""
    beyond = response.closed_loop[None] if response.beyond is None else response.beyond
    edges = found.edges(beyond)
    if response.beyond is None:
        edges = edges[:, :, 0]
    return {
        "intervals": {
            f"{level:g}": {"lower": low.tolist(), "upper": high.tolist()}
            for level, (low, high) in zip(found.levels, edges, strict=True)
        }
    }


def continuation_object(symbols: Symbols, found: Continuation, temperature: float, seed: int) -> dict[str, Any]:
    """Return the probabilities of the next symbol, the greatest first, and the sampled continuation."""
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


def _source_object(source: Source) -> dict[str, Any]:
    """Return where data came from; the first of several time columns has a key of its own."""
    told = source.model_dump(mode="json")
    if source.format is not None:
        told["format"]["time_column"] = source.format.time_column
    return told


def model_object(saved: SavedModel) -> dict[str, Any]:
    """Return the content of a model file, but for the weights themselves."""
    return {
        "name": saved.name,
        "columns": list(saved.data.columns),
        "source": _source_object(saved.source),
        "networks": len(saved.weights.w1),
        "weights": saved.network.weight_count,
        "epochs": saved.history.epochs,
        "rates": [asdict(since) for since in saved.history.rates],
        "loss": loss_object(saved.history),
        "members": member_objects(saved),
        "network": saved.network.model_dump(mode="json"),
        "training": saved.training.model_dump(mode="json"),
        "data": saved.data.model_dump(mode="json"),
        "scale": saved.scale.model_dump(mode="json"),
        "versions": dict(saved.versions),
        "saved_at": saved.saved_at,
        "format_version": saved.format_version,
        "symbols": None if saved.symbols is None else _symbols_object(saved.symbols),
        "roles": {
            "target": list(saved.data.columns),
            "input": list(saved.data.inputs),
            "known": list(saved.data.known),
        },
        "lags": saved.data.lags,
        "horizon": saved.data.horizon,
        "strategy": saved.data.strategy.value,
        "transforms": sentence(saved.fitted.targets[0].transforms),
        "sequences": saved.fitted.sequences,
        "keeps_last_rows": saved.ends is not None,
        "ended": ended_object(saved.weights.stopping),
        "best_epochs": [None if best is None else best + 1 for best in _best_epochs(saved)],
        "time_step": 0 if saved.weights.position is None else saved.weights.position.time_step,
        "parts": part_objects(saved.parts) if saved.forecaster is not None else [],
    }


def part_objects(parts: Sequence[SavedPart | ForecastPart]) -> list[dict[str, Any]]:
    """Return of each part of a forecaster what it is, how much it counts, and how its networks see the series."""
    return [_part_object(part) for part in parts]


def _part_object(part: SavedPart | ForecastPart) -> dict[str, Any]:
    if isinstance(part, SavedPart):
        data, network, training = part.model.data, part.model.network, part.model.training
        targets, epochs = part.model.fitted.targets, part.model.history.epochs
    else:
        run = part.run
        data, network, training = run.dataset.config, run.network, run.training
        targets, epochs = run.dataset.fitted.targets, run.history.epochs
    return {
        "kind": part.kind.value,
        "one_step": part.one_step,
        "several": part.several,
        "transforms": sentence(targets[0].transforms),
        "season": data.season,
        "lags": data.lags,
        "ridge": network.ridge,
        "direct": network.direct,
        "hidden": network.hidden if part.kind is PartKind.ELMAN else 0,
        "networks": training.networks,
        "epochs": epochs,
        "seed": training.seed,
    }


def member_objects(saved: SavedModel) -> list[dict[str, Any]]:
    """Return of each network its number, seed, epochs and losses, and why it ended before the others, if it did."""
    stopping = saved.weights.stopping
    ends = [MemberEnd.NOT_YET] * len(saved.weights.w1) if stopping is None else map(MemberEnd, stopping.ends.tolist())
    return [
        {
            "member": member + 1,
            "seed": saved.training.seed + member,
            "epochs": Course(saved.history, member).own_epochs,
            "weights_epoch": Course(saved.history, member, ends=saved.weights.ends).weights_epoch,
            "ended": end.words or None,
            "loss": loss_object(saved.history, member),
        }
        for member, end in enumerate(ends)
    ]


def ended_object(stopping: StoppingState | None) -> dict[str, int] | None:
    """Return how many networks stopped early, and how many diverged; None where no account was kept."""
    if stopping is None:
        return None
    return {
        name: int((stopping.ends == end).sum())
        for name, end in (("early", MemberEnd.EARLY), ("diverged", MemberEnd.DIVERGED))
    }


def _best_epochs(saved: SavedModel) -> list[int | None]:
    return [saved.history.best_epoch_of(member) for member in range(len(saved.weights.w1))]


def loss_object(history: History, member: int = 0) -> dict[str, Any] | None:
    """Return first, last and best loss of a network; epochs count from 1."""
    best = history.best_epoch_of(member)
    if best is None:
        return None
    curve = history.train if history.validation is None else history.validation
    return {
        "first": float(history.train[0, member]),
        "last": Course(history, member).last_train_loss,
        "best": float(curve[best, member]),
        "best_epoch": best + 1,
        "best_of": "train" if history.validation is None else "validation",
    }


def _block(found: PartScores) -> dict[str, Any]:
    block: dict[str, Any] = asdict(found.network)
    block |= {"persistence": asdict(found.persistence), "linear": asdict(found.linear)}
    block |= {"seasonal": None if found.seasonal is None else asdict(found.seasonal), "sequences": found.sequences}
    block |= {"rows": found.rows, "chance": dict(found.chance)}
    if found.symbols is None:
        block |= {"columns": {name: asdict(own.network) for name, own in found.columns.items()}}
    if found.symbols is not None and found.bigrams is not None and found.frequent is not None:
        block |= asdict(found.symbols) | {"bigrams": asdict(found.bigrams), "frequent": asdict(found.frequent)}
    return block


def _symbols_object(symbols: Symbols) -> dict[str, Any]:
    vocabulary = symbols.vocabulary
    return {
        "names": list(vocabulary.names),
        "classes": dict(vocabulary.classes),
        "vectors": "one-hot" if vocabulary.is_one_hot else "features",
        **symbols.config.model_dump(mode="json"),
    }
