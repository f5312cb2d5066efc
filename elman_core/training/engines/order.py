"""The order in which sequences are gone through, and what a batch of them weighs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.config import LossReduction, TrainingConfig
from elman_core.training.engines.sequences import Sequences

__all__ = ["gradient_scale", "shuffled"]

Integers = NDArray[np.int64]


def shuffled(seed: int, epoch: int, sequences: Sequences) -> Integers:
    """Return the training sequences that have steps, in the order that a network of this seed takes them in an epoch.

    Epochs count from 0. The order depends on nothing else, so that it is the same after a pause and in an ensemble.
    """
    places = np.flatnonzero(sequences.training.lengths)
    return np.asarray(np.random.default_rng([seed, epoch]).permutation(places), np.int64)


def gradient_scale(config: TrainingConfig, counted: int, counted_in_batch: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what the gradients of batches are multiplied by, given how many sequences count in all and in each.

    The weights of a mean loss are those of the mean over all sequences; a batch's gradient is that of the mean over
    its own.
    """
    if config.loss_reduction is LossReduction.SUM:
        return np.ones(len(counted_in_batch))
    return counted / np.maximum(counted_in_batch, 1)
