"""How long a free run stays near the series."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.running import ahead_of, contexts_before, first_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete

__all__ = ["steps_within"]

Integers = NDArray[np.int64]


def steps_within(
    network: ElmanNetwork, dataset: SequenceDataset, origins: Integers, share: float = 0.1, member: int = 0
) -> Integers:
    """Return after how many steps a free run from each origin first misses by more than a share of the range, (n,).

    An origin is the last row that is known; the run goes as far as all origins have rows to compare with, and one that
    stays near until then counts these. Of several columns the worst counts. The range is that of all values.
    """
    alone = first_network(network, member)
    steps = int(dataset.rows - 1 - origins.max())
    contexts = complete(contexts_before(alone, dataset))[origins]
    predicted = ahead_of(alone, dataset, origins, contexts, steps)  # (steps, n, C)
    values = dataset.values[:]
    true = values[origins + np.arange(1, steps + 1)[:, np.newaxis]]
    misses = ~(np.abs(predicted - true) <= share * np.ptp(values, axis=0)).all(axis=2)  # (steps, n); NaN misses
    return np.where(misses.any(axis=0), misses.argmax(axis=0), steps)
