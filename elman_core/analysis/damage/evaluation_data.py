"""EvaluationData: what damaged networks are measured on, a fresh stream or the last part of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.preparation import prepare
from elman_core.data.text.streams import Stream, letters_stream, temporal_xor_stream, word_classes_stream, words_stream
from elman_core.errors import DataError
from elman_core.experiments.built_in import built_in_name
from elman_core.support.text_format import counted

__all__ = ["EvaluationData", "Stretch", "evaluation_data_of"]

_RUN_UP = 1_000
"""Steps before the first one that is scored, for the context to settle."""
_SIDE_BY_SIDE = 256
"""Sequences at most that are run through at once."""
_FRESH = 2_000_003
"""Added to the seed, so that the stream differs from all that are trained on or scored on elsewhere."""
_STREAMS: dict[str, tuple[Callable[[int, int], Stream], str]] = {
    "temporal-xor": (temporal_xor_stream, "bit"),
    "letters": (letters_stream, "letter"),
    "words": (words_stream, "letter"),
    "word-classes": (word_classes_stream, "word"),
}
_PARTS = {Part.TRAIN: "training", Part.VALIDATION: "validation", Part.TEST: "test"}

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Stretch:
    """Sequences of about the same length, run through side by side from a fresh context.

    Attributes
    ----------
    rows : (T, B)
        What goes in at each step; the row after it is predicted. After a sequence's last step, its first row.
    inside : (T, B)
        Whether the step is one of the sequence.
    scored : (T, B)
        Whether its prediction is scored; else it only settles the context.
    """

    rows: Integers
    inside: Flags
    scored: Flags


@dataclass(frozen=True, eq=False)
class EvaluationData:
    """Time steps that networks are measured on.

    Attributes
    ----------
    what
        In words: "a fresh stream of 2,000 words", "the test part, 21 steps".
    steps
        How many predictions are scored.
    stretches
        All steps, each once.
    """

    dataset: SequenceDataset
    what: str
    steps: int
    stretches: tuple[Stretch, ...]

    @property
    def symbols(self) -> int:
        """How many symbols there are to choose among; 0 for numbers."""
        return 0 if self.dataset.symbols is None else len(self.dataset.symbols.vocabulary.names)

    @property
    def side_by_side(self) -> int:
        """The greatest number of sequences that are run through at once."""
        return max(int(stretch.rows.shape[1]) for stretch in self.stretches)


def evaluation_data_of(dataset: SequenceDataset, steps: int, seed: int) -> EvaluationData:
    """Return what networks trained on a dataset are measured on.

    Those of Elman's streams meet a fresh stream of so many `steps`, drawn from the seed. All others meet the test part
    of their data, with up to 1,000 steps before it; without one the validation part, and at last the training part.

    Raises
    ------
    DataError
        When there is no row that could be predicted.
    """
    name = built_in_name(dataset.source)
    if name in _STREAMS:
        make, unit = _STREAMS[name]
        fresh = _fresh_dataset(make(seed + _FRESH, steps + 3), dataset, steps)
        return _of_rows(fresh, np.arange(1, steps + 1), f"a fresh stream of {counted(steps, unit)}")
    for part in reversed(Part):
        rows = dataset.scored_rows(part)
        rows = rows[~dataset.missing[rows].all(axis=1)]
        if len(rows):
            return _of_rows(dataset, rows, f"the {_PARTS[part]} part, {counted(len(rows), 'step')}")
    raise DataError(f"{dataset.name} has no row that is predicted, so there is nothing to measure damage on")


def _fresh_dataset(stream: Stream, like: SequenceDataset, steps: int) -> SequenceDataset:
    count = steps + 1  # the last one is only predicted
    short = replace(stream, symbols=stream.symbols[:count], position=stream.position[:count])
    return prepare(short.table(like.name), like.config, like.fitted)


def _of_rows(dataset: SequenceDataset, rows: Integers, what: str) -> EvaluationData:
    """Run through the sequences of the rows that are scored, each up to the last of them."""
    is_scored = np.zeros(dataset.rows + 1, np.bool_)
    is_scored[rows] = True
    sequence = dataset.sequence_of_row[rows]
    first_place = np.flatnonzero(np.diff(sequence, prepend=-1))
    last_place = np.append(first_place[1:], len(rows)) - 1
    starts = np.maximum(dataset.first_rows[sequence[first_place]], rows[first_place] - 1 - _RUN_UP)
    lengths = rows[last_place] - starts  # the last step goes in with the row before
    stretches = tuple(_stretch(starts[some], lengths[some], is_scored) for some in _near_in_length(lengths))
    return EvaluationData(dataset, what, len(rows), stretches)


def _near_in_length(lengths: Integers) -> Iterator[Integers]:
    """Give the places of sequences that are at least half as long as the longest of them, so that little is wasted."""
    order = np.argsort(-lengths, kind="stable")
    while len(order):
        near = int(np.count_nonzero(2 * lengths[order] >= lengths[order[0]]))
        near = min(near, _SIDE_BY_SIDE)
        yield order[:near]
        order = order[near:]


def _stretch(starts: Integers, lengths: Integers, is_scored: Flags) -> Stretch:
    step = np.arange(int(lengths.max()))[:, None]
    inside = step < lengths  # (T, B)
    rows = np.where(inside, starts + step, starts)
    return Stretch(rows, inside, inside & is_scored[rows + 1])
