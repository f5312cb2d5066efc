"""Rows without a value: refused, or filled without a look into a later part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.panel import Panel
from elman_core.data.splits import Parts
from elman_core.errors import DataError
from elman_core.support.text_format import counted

__all__ = ["fill_gaps", "known_span", "refuse_gaps"]

Array = NDArray[np.float64]


def refuse_gaps(name: str, columns: tuple[str, ...], missing: NDArray[np.bool_]) -> None:
    """Refuse rows without a value.

    Raises
    ------
    DataError
        With the number of such rows, and the first one.
    """
    if not missing.any():
        return
    row, column = (int(index[0]) for index in np.nonzero(missing))
    count = int(missing.any(axis=1).sum())
    has = "have" if count > 1 else "has"
    raise DataError(
        f"{name}: {count:,} of {counted(len(missing), 'row')} {has} no value, the first in row {row + 1:,} of column "
        f"{columns[column]!r}; choose to fill gaps, or mend the file"
    )


def known_span(missing: NDArray[np.bool_], panel: Panel) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each sequence the first row that has a value in every column, and the row after the last such one.

    Both are 0 for a sequence that has none. What lies outside is never filled: nothing is known before, and what comes
    after would be made up.
    """
    whole = np.flatnonzero(~missing.any(axis=1))
    first = np.searchsorted(whole, panel.starts)
    last = np.searchsorted(whole, panel.stops) - 1
    none = first > last
    starts = np.where(none, 0, whole[np.minimum(first, len(whole) - 1)] if len(whole) else 0)
    stops = np.where(none, 0, whole[np.maximum(last, 0)] + 1 if len(whole) else 0)
    return starts, stops


def fill_gaps(values: Array, positions: Array, panel: Panel, parts: Parts) -> Array:
    """Fill each gap by a straight line over time between its neighbours in the same part.

    A gap at the end of a part takes the last value before it: the next one lies in a later part. One at the beginning
    of a part begins at the last value of the part before.

    Parameters
    ----------
    values : (R, C)
        NaN in gaps; the first row of each sequence has a value in every column.
    positions : (R,)
        The time of each row.
    """
    filled = values.copy()
    edges = np.unique(np.concatenate([parts.starts, parts.train_stops, parts.validation_stops, parts.stops]))
    part_of_row = np.searchsorted(edges, np.arange(len(values)), side="right")
    for column in range(values.shape[1]):
        gaps = np.flatnonzero(np.isnan(values[:, column]))
        if not len(gaps):
            continue
        known = np.flatnonzero(~np.isnan(values[:, column]))
        place = np.searchsorted(known, gaps)
        before, after = known[place - 1], known[np.minimum(place, len(known) - 1)]
        same_part = (place < len(known)) & (part_of_row[after] == part_of_row[gaps])
        left, right = values[before, column], values[after, column]
        width = np.where(same_part, positions[after] - positions[before], 1.0)
        share = np.where(same_part, (positions[gaps] - positions[before]) / width, 0.0)
        filled[gaps, column] = np.where(same_part, left + share * (right - left), left)
    return filled
