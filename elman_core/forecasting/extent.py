"""The default rows: how far predictions are shown, and from which row on they are scored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset

__all__ = ["extended_of", "first_test_row", "first_test_rows", "rows_beyond"]

_LEAST_BEYOND, _MOST_BEYOND = 20, 500


def rows_beyond(rows: int) -> int:
    """Return how many rows beyond the data a free run covers: a quarter of the rows, at least 20, at most 500."""
    return min(max(rows // 4, _LEAST_BEYOND), _MOST_BEYOND)


def first_test_row(dataset: SequenceDataset) -> int:
    """Return the first row of the test part, or row 1 where there is none: horizons are scored from there on."""
    return int(first_test_rows(dataset)[0])


def first_test_rows(dataset: SequenceDataset) -> NDArray[np.int64]:
    """Return for each sequence the first row of its test part that can be predicted, (S,), or the row after its last.

    Where no sequence has a test part, the first row of each that can be predicted.
    """
    parts, predicted = dataset.parts, dataset.first_rows + 1
    rows = np.minimum(np.maximum(parts.validation_stops, predicted), parts.stops)
    return rows if (rows < parts.stops).any() else np.minimum(predicted, parts.stops)


def extended_of(dataset: SequenceDataset, sequence: int, steps: int) -> NDArray[np.float64]:
    """Return where the rows beyond a sequence stand in time, (steps,)."""
    rows = dataset.panel.rows_of(sequence)
    own = dataset.axis.taken(np.arange(rows.start, rows.stop)) if dataset.panel.has_several else dataset.axis
    return own.extended(steps)
