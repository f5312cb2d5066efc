"""Which rows are scored and shown where a person says nothing of it."""

from __future__ import annotations

from elman_core.data.dataset import SequenceDataset

__all__ = ["first_test_row", "rows_beyond"]

_LEAST_BEYOND, _MOST_BEYOND = 20, 500


def rows_beyond(rows: int) -> int:
    """Return how far beyond the data a free run is shown: a quarter of the rows, at least 20 and at most 500."""
    return min(max(rows // 4, _LEAST_BEYOND), _MOST_BEYOND)


def first_test_row(dataset: SequenceDataset) -> int:
    """Return the row from which horizons are scored: the test part's first, or row 1 where there is no such part."""
    return dataset.history_rows if dataset.history_rows < dataset.rows else 1
