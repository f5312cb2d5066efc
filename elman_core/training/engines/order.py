"""The order in which sequences are gone through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["shuffled"]


def shuffled(seed: int, epoch: int, sequences: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return sequences in the order of an epoch, counted from 0: drawn from the network's own seed and the epoch."""
    return np.asarray(np.random.default_rng([seed, epoch]).permutation(sequences))
