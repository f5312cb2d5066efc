"""The order in which time steps and sequences are gone through, and what a batch of them weighs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.config import SEQUENCE, LossReduction, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.training.engines.sequences import Sequences

__all__ = ["gradient_scale", "row_of_step", "shuffled"]

Integers = NDArray[np.int64]


def shuffled(seed: int, epoch: int, sequences: Sequences) -> Integers:
    """Return the training sequences that have steps, in the order that a network of this seed takes them in an epoch.

    Epochs count from 0. The order depends on nothing else, so that it is the same after a pause and in an ensemble.
    """
    return _shuffled(seed, epoch, sequences.training.lengths)


def row_of_step(dataset: SequenceDataset, config: TrainingConfig, epoch: int, time_step: int, member: int = 0) -> int:
    """Return the row that entered a network of an ensemble at a training time step of an epoch, both counted from 0.

    Where each sequence or batch of them has one update, a step is the last one of its sequence.
    """
    lengths = dataset.train_lengths
    order = np.arange(len(lengths))
    if config.update_every == SEQUENCE:
        order, own = (_shuffled(config.seed + one, epoch, lengths) for one in (0, member))
    place = int(np.searchsorted(np.cumsum(lengths[order]), time_step, side="right"))
    if config.update_every == SEQUENCE:
        sequence = int(own[place])
        return int(dataset.first_rows[sequence] + lengths[sequence] - 1)
    before = int(lengths[:place].sum())
    return int(dataset.first_rows[place]) + time_step - before


def _shuffled(seed: int, epoch: int, lengths: Integers) -> Integers:
    places = np.flatnonzero(lengths)
    return np.asarray(np.random.default_rng([seed, epoch]).permutation(places), np.int64)


def gradient_scale(config: TrainingConfig, counted: int, counted_in_batch: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what the gradients of batches are multiplied by, given how many sequences count in all and in each.

    The weights of a mean loss are those of the mean over all sequences; a batch's gradient is that of the mean over
    its own.
    """
    if config.loss_reduction is LossReduction.SUM:
        return np.ones(len(counted_in_batch))
    return counted / np.maximum(counted_in_batch, 1)
