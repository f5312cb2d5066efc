"""Notes about a table that a person should read before training, one sentence each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman_core.support.text_format import counted, listed

__all__ = ["gap_notes", "left_out_notes"]

_SHOWN = 3


def left_out_notes(columns: Sequence[str], what: str) -> list[str]:
    """Name the columns that are left out because they have `what`: text, or no value."""
    if not columns:
        return []
    many = len(columns) > 1
    return [
        f"column{'s' if many else ''} {listed(tuple(columns))} {'have' if many else 'has'} {what} and "
        f"{'are' if many else 'is'} left out"
    ]


def gap_notes(columns: Sequence[str], numbers: NDArray[np.float64], lines: NDArray[np.int64]) -> list[str]:
    """Count the missing values of each column, (R, C), with the line of the first one."""
    gaps = np.isnan(numbers)
    counts = gaps.sum(axis=0)
    with_gaps = np.nonzero(counts)[0].tolist()
    notes = []
    for index in with_gaps[:_SHOWN]:
        count = int(counts[index])
        notes.append(
            f"{count:,} of {counted(len(numbers), 'row')} {'have' if count > 1 else 'has'} no value in column "
            f"{columns[index]!r}, the first in row {lines[np.argmax(gaps[:, index])]:,}"
        )
    if len(with_gaps) > _SHOWN:
        more = len(with_gaps) - _SHOWN
        notes.append(f"{more:,} more column{'s have' if more > 1 else ' has'} rows without a value")
    return notes
