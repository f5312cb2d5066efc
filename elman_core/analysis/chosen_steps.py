"""Some time steps of a dataset, sequence by sequence, as a look can run through them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset

__all__ = ["StepBlock", "first_training_steps", "last_steps"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class StepBlock:
    """Sequences of about the same length, side by side; each begins with a fresh context.

    Attributes
    ----------
    inputs : (T, B, I)
        0 after a sequence's last step.
    targets : (T, B, O)
        NaN after a sequence's last step, and where there is nothing to be predicted.
    """

    inputs: Array
    targets: Array


def last_steps(dataset: SequenceDataset, most: int) -> list[StepBlock]:
    """Return the steps of the last sequences, whole ones; of a last one that is too long its last steps."""
    firsts = dataset.first_rows
    counts = np.maximum(dataset.panel.stops - 1 - firsts, 0)
    kept = np.flatnonzero((np.cumsum(counts[::-1])[::-1] <= most) & (counts > 0))
    if len(kept):
        return _blocks(dataset, firsts[kept], counts[kept])
    last = int(np.flatnonzero(counts)[-1])
    return _blocks(dataset, firsts[[last]] + counts[[last]] - most, np.array([most]))


def first_training_steps(dataset: SequenceDataset, most: int) -> list[StepBlock]:
    """Return the training steps of the first sequences, whole ones; of a first one that is too long its first steps."""
    firsts = dataset.first_rows
    counts = np.maximum(dataset.parts.train_stops - dataset.encoding.steps - firsts, 0)
    kept = np.flatnonzero((np.cumsum(counts) <= most) & (counts > 0))
    if len(kept):
        return _blocks(dataset, firsts[kept], counts[kept])
    first = int(np.flatnonzero(counts)[0])
    return _blocks(dataset, firsts[[first]], np.array([most]))


def _blocks(dataset: SequenceDataset, firsts: Integers, counts: Integers) -> list[StepBlock]:
    return [_block(dataset, firsts[some], counts[some]) for some in _near_in_length(counts)]


def _near_in_length(counts: Integers) -> Iterator[Integers]:
    """Give the places of sequences that are at least half as long as the longest of them, so that little is wasted."""
    order = np.argsort(-counts, kind="stable")
    while len(order):
        near = int(np.count_nonzero(2 * counts[order] >= counts[order[0]]))
        yield order[:near]
        order = order[near:]


def _block(dataset: SequenceDataset, firsts: Integers, counts: Integers) -> StepBlock:
    step = np.arange(int(counts.max()))[:, None]
    inside = step < counts  # (T, B)
    rows = np.where(inside, firsts + step, firsts).ravel()
    inputs = dataset.step_inputs(rows).reshape(*inside.shape, -1)
    targets = dataset.step_targets(rows).reshape(*inside.shape, -1)
    return StepBlock(np.where(inside[..., None], inputs, 0.0), np.where(inside[..., None], targets, np.nan))
