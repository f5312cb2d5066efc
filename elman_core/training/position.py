"""Whether a place within an epoch is one of the data's."""

from __future__ import annotations

import numpy as np

from elman_core.config import SEQUENCE, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.training.engines.base import Position
from elman_core.training.engines.sequences import Sequences

__all__ = ["fits_data"]


def fits_data(position: Position, dataset: SequenceDataset, training: TrainingConfig) -> bool:
    """Whether training on these data could have been interrupted there, with as many states kept as it needs."""
    sequences = Sequences.of(dataset, training)
    steps = sequences.training
    if not 0 < position.time_step < len(steps):
        return False
    states, ends = position.states.shape[1], position.end_contexts.shape[1]
    if training.update_every == SEQUENCE:
        return states == ends == 0
    validated = np.pad(
        sequences.validation.lengths, (0, max(0, len(steps.lengths) - len(sequences.validation.lengths)))
    )
    if ends != int(((steps.lengths > 0) & (validated[: len(steps.lengths)] > 0)).sum()):
        return False
    every = training.context_reset if isinstance(training.context_reset, int) else None
    edges = steps.segments(every)
    begin = int(edges[np.searchsorted(edges, position.time_step, side="right") - 1])
    gone = position.time_step - begin
    return states == 1 + (min(gone, training.truncation) if isinstance(training.truncation, int) else gone)
