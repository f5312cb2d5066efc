"""Results as the objects that --json prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.text.vocabulary import Symbols, ranked
from elman_core.experiment import Experiment
from elman_core.forecasting.metrics import PartScores, Score
from elman_core.storage.model_file import SavedModel
from elman_core.training.events import Response
from elman_core.training.history import History

if TYPE_CHECKING:
    from elman_core.cli.progress import TrainingRun
    from elman_core.experiments.scorecard import Measure
    from elman_core.forecasting.beyond import Beyond
    from elman_core.forecasting.prediction import HorizonScore
    from elman_core.generation.sampling import Continuation

__all__ = [
    "beyond_object",
    "continuation_object",
    "horizon_object",
    "loss_object",
    "model_object",
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
        "device": str(done.trainer.device),
        "engine": done.trainer.engine_name,
        "finished": done.finish.value,
        "losses": done.history.train[:, 0].tolist(),
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


def rows_object(dataset: SequenceDataset, response: Response) -> dict[str, Any]:
    """Return the prediction of rows 1 and on, and the rows beyond the data, a list of columns each."""
    return {
        "one_step": response.one_step.tolist(),
        "forecast": response.closed_loop.tolist(),
        "columns": list(dataset.columns),
    }


def beyond_object(found: Beyond) -> dict[str, Any]:
    """Return the rows beyond the data, in the same form; of several sequences one after another, with their names."""
    dataset, panel = found.dataset, found.dataset.panel
    rows = found.predicted.swapaxes(0, 1).reshape(-1, len(dataset.columns)).tolist()
    shown = {"one_step": [], "forecast": rows, "columns": list(dataset.columns)}
    if not panel.has_several:
        return shown
    return shown | {"sequences": [panel.title(place) for place in range(len(panel)) for _ in found.predicted]}


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


def model_object(saved: SavedModel) -> dict[str, Any]:
    """Return the content of a model file, but for the weights themselves."""
    return {
        "name": saved.name,
        "columns": list(saved.data.columns),
        "source": saved.source.model_dump(mode="json"),
        "networks": len(saved.weights.w1),
        "weights": saved.network.weight_count,
        "epochs": saved.history.epochs,
        "loss": loss_object(saved.history),
        "network": saved.network.model_dump(mode="json"),
        "training": saved.training.model_dump(mode="json"),
        "data": saved.data.model_dump(mode="json"),
        "scale": saved.scale.model_dump(mode="json"),
        "versions": dict(saved.versions),
        "saved_at": saved.saved_at,
        "format_version": saved.format_version,
        "symbols": None if saved.symbols is None else _symbols_object(saved.symbols),
    }


def loss_object(history: History) -> dict[str, Any] | None:
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


def _block(found: PartScores) -> dict[str, Any]:
    def numbers(score: Score) -> dict[str, float | None]:
        return {"rmse": score.rmse, "mae": score.mae, "nmse": score.nmse}

    block: dict[str, Any] = numbers(found.network)
    block |= {"persistence": numbers(found.persistence), "linear": numbers(found.linear)}
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
