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
    steps, validation = sequences.training, sequences.validation
    if not 0 < position.time_step < len(steps):
        return False
    states, ends = position.states.shape[1], position.end_contexts.shape[1]
    if training.update_every == SEQUENCE:
        return bool(states == ends == 0)
    if ends != np.count_nonzero((steps.lengths > 0) & (validation.lengths > 0)):
        return False
    every = training.context_reset if isinstance(training.context_reset, int) else None
    edges = steps.segments(every)
    segment = int(np.searchsorted(edges, position.time_step, side="right")) - 1
    begin, end = int(edges[segment]), int(edges[segment + 1])
    gone = position.time_step - begin
    # The next update reaches back so far; the last one may have reached further.
    next_update = end - begin
    if isinstance(training.update_every, int):
        next_update = min(next_update, (gone // training.update_every + 1) * training.update_every)
    reach = training.truncation if isinstance(training.truncation, int) else next_update
    return bool(gone - max(0, next_update - reach) < states <= min(gone, reach) + 1)
