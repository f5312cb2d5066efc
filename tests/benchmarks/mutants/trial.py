"""One mutant: made from its number alone, given to its reader, and judged by how that ends."""

from __future__ import annotations

import json
import math
import resource
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args

from elman_core.cli.json_reports import model_object
from elman_core.config import DataConfig, SymbolConfig, SymbolUnit
from elman_core.data.csv.detect import detect_format, has_numbers, preview
from elman_core.data.csv.read import read_table
from elman_core.data.text.features import read_features
from elman_core.data.text.tables import tokenized_column, tokenized_file
from elman_core.data.text_file import Encoding
from elman_core.errors import ElmanError
from elman_core.experiments.data_summary import data_facts
from elman_core.experiments.factory import begin_series
from elman_core.experiments.saved import experiment_from_ends, predict_from_ends
from elman_core.experiments.saved_forecaster import forecaster_from_ends, predictor_from_ends
from elman_core.generation.sampling import prompt_context, sample
from elman_core.storage.model_file import load_model
from elman_core.support.jobs import complete
from elman_core.training.weights import network_from_weights

from . import originals
from .bytes_mutations import TEXTS, mutated
from .model_mutations import mutated_model

__all__ = ["KINDS", "Kind", "Nursery", "Outcome"]

Kind = Literal["tables", "texts", "features", "models"]
KINDS: tuple[Kind, ...] = ("tables", "texts", "features", "models")

_SUFFIXES = {"tables": "csv", "texts": "txt", "features": "csv", "models": "safetensors"}
_LONGEST_SENTENCE = 1_000
_MOST_MEGABYTES = 300.0


@dataclass(frozen=True)
class Outcome:
    """How a mutant ended.

    Attributes
    ----------
    verdict
        "read", "refused", or in a few words what is wrong, which is a failure.
    details
        The sentence, or the traceback.
    seconds, megabytes
        How long it was computed on, and how much the greatest memory of this process rose.
    """

    verdict: str
    details: str
    seconds: float
    megabytes: float

    @property
    def is_failure(self) -> bool:
        """Whether it was neither read nor refused as it should."""
        return self.verdict not in ("read", "refused")


class Nursery:
    """Makes mutants of one kind, and tries them.

    Parameters
    ----------
    folder
        Where each mutant lies while it is tried.
    most_seconds
        After which an answer is a failure. A machine that is busy takes longer.
    """

    def __init__(self, kind: Kind, seed: int, folder: Path, most_seconds: float = math.inf) -> None:
        self.kind = kind
        self.path = folder / f"mutant.{_SUFFIXES[kind]}"
        self._seed, self._most_seconds = seed, most_seconds
        makers: dict[Kind, Callable[[], list[bytes]]] = {
            "tables": originals.tables,
            "texts": originals.texts,
            "features": originals.features,
            "models": lambda: originals.models(folder),
        }
        self._originals = makers[kind]()
        self._read = {"tables": _read_table, "texts": _read_text, "features": _read_features, "models": _read_model}[
            kind
        ]

    def mutant(self, number: int) -> bytes:
        """Return a mutant, which follows from kind, seed and number alone."""
        random = self._random(number)
        original = random.choice(self._originals)
        return mutated_model(original, random) if self.kind == "models" else mutated(original, TEXTS, random)

    def tried(self, number: int) -> Outcome:
        """Give a mutant to its reader."""
        self.path.write_bytes(self.mutant(number))
        before, start = _peak_megabytes(), time.process_time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # a warning would reach the terminal
                self._read(self.path, self._random(-1 - number))
            verdict, details = "read", ""
        except ElmanError as error:
            verdict, details = _judged(error, self.path)
        except Exception as error:
            verdict, details = type(error).__name__, traceback.format_exc()
        seconds, megabytes = time.process_time() - start, _peak_megabytes() - before
        if verdict not in ("read", "refused"):
            pass
        elif seconds > self._most_seconds:
            verdict = "slow"
        elif megabytes > _MOST_MEGABYTES:
            verdict = "large"
        return Outcome(verdict, details, seconds, megabytes)

    def _random(self, number: int) -> Random:
        return Random(f"{self.kind} {self._seed} {number}")


def _judged(error: ElmanError, path: Path) -> tuple[str, str]:
    """Judge a refusal: foreseen, and one line of printable characters that names the file."""
    sentence = str(error)
    if error.__cause__ is not None and not isinstance(error.__cause__, ElmanError):
        return "unforeseen", "".join(traceback.format_exception(error))
    if path.name not in sentence:
        return "nameless", sentence
    if not sentence.isprintable() or len(sentence) > _LONGEST_SENTENCE:
        return "unprintable", sentence
    return "refused", sentence


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# -- the readers, and what follows at once where a file is opened -----------------------------------


def _read_table(path: Path, random: Random) -> None:
    sequence_column = random.choice((None, None, None, "shop", "day"))
    has_numbers(path)
    table_format = detect_format(path, sequence_column)
    if random.random() < 0.2:
        chosen: dict[str, tuple[Any, ...]] = {
            "encoding": get_args(Encoding),
            "delimiter": (",", ";", "\t", "|", " "), "decimal": (".", ","), "header": (True, False),
            "time_column": (None, "column 1", "t", "date"),
            "date_format": (None, "%Y", "%d.%m.%y", "%s", "%", "ISO8601"),
        }  # fmt: skip
        name = random.choice(list(chosen))
        table_format = table_format.replace(**{name: random.choice(chosen[name])})
    preview(path, table_format)
    if random.random() < 0.1:
        table = complete(tokenized_column(path, None, SymbolConfig(unit=SymbolUnit.ROWS), table_format)).table()
    else:
        table = complete(read_table(path, table_format))
    transforms = random.choice(((), (), (), ("log",), ("difference",), ("seasonal-multiplicative",)))
    data = {"transforms": transforms, "season": 3, "fill_gaps": random.random() < 0.5} if table.symbols is None else {}
    experiment, notes = begin_series(table.name, table, DataConfig(**data))
    json.dumps(data_facts(experiment.dataset, notes), allow_nan=False)


def _read_text(path: Path, random: Random) -> None:
    config = SymbolConfig(
        unit=random.choice(("characters", "words")),
        sequences=random.choice(("one", "lines")),
        lower_case=random.random() < 0.5,
        punctuation=random.random() < 0.5,
    )
    table = complete(tokenized_file(path, config)).table()
    begin_series(table.name, table, DataConfig())


def _read_features(path: Path, _random: Random) -> None:
    assert complete(read_features(path)).vocabulary.is_one_hot in (True, False)


def _read_model(path: Path, random: Random) -> None:
    saved = load_model(path)
    json.dumps(model_object(saved))
    member = random.randrange(len(saved.weights.w1))
    try:
        if saved.symbols is not None:
            network = network_from_weights(saved.network, saved.weights.of_member(member))
            context = prompt_context(saved.training, saved.weights.of_member(member))
            complete(sample(network, saved.symbols, "the cat", 3, 1.0, 1, context))
        elif saved.forecaster is not None and saved.ends is not None:
            alone = forecaster_from_ends(saved)
            predictor_from_ends(saved, alone).ahead(alone.dataset.panel.stops - 1, 3)
        elif saved.ends is not None:
            complete(predict_from_ends(saved, experiment_from_ends(saved).dataset, 3, member))
    except ElmanError as error:
        raise type(error)(f"{path.name}: {error}") from error  # it need not say of which file
