"""The default rows: how far predictions are shown, and from which row on they are scored."""

from __future__ import annotations

from elman_core.data.dataset import SequenceDataset

__all__ = ["first_test_row", "rows_beyond"]

_LEAST_BEYOND, _MOST_BEYOND = 20, 500


def rows_beyond(rows: int) -> int:
    """Return how many rows beyond the data a free run covers: a quarter of the rows, at least 20, at most 500."""
    return min(max(rows // 4, _LEAST_BEYOND), _MOST_BEYOND)


def first_test_row(dataset: SequenceDataset) -> int:
    """Return the first row of the test part, or row 1 where there is none: horizons are scored from there on."""
    return dataset.history_rows if dataset.history_rows < dataset.rows else 1
