"""Notes about a table that a person should read before training, one sentence each."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman_core.data.csv.numbers import MULTIPLES
from elman_core.data.csv.parse import NumberColumn
from elman_core.support.text_format import counted, joined, listed

__all__ = [
    "code_count_notes",
    "gap_notes",
    "left_out_notes",
    "repeated_name_notes",
    "sign_notes",
]

_NUMBERED = re.compile(r"(.+) \([0-9]+\)", re.DOTALL)
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


def repeated_name_notes(names: Sequence[str]) -> list[str]:
    """Say which columns have the name of another, and how they are called."""
    taken = set(names)
    found = [(match[1], name) for name in names if (match := _NUMBERED.fullmatch(name)) and match[1] in taken]
    if not found:
        return []
    name, renamed = found[0]
    more = f", and {len(found) - 1:,} more so" if len(found) > 1 else ""
    return [f"more than one column is called {name!r}; a later one is taken as {renamed!r}{more}"]


def sign_notes(columns: Sequence[NumberColumn]) -> list[str]:
    """Name the columns whose numbers stand beside signs of a unit, which are not part of what is learned."""
    notes = []
    for column in columns:
        if column.has_multiples:
            means = joined(f"{mark!r} is {10 ** MULTIPLES.get(mark, 3):,}" for mark in column.multiples)
            notes.append(f"the numbers in column {column.name!r} are read in full, where {means}")
        signs_of = column.signs if column.has_multiples else column.signs + column.multiples
        if not signs_of:
            continue
        count, signs = signs_of.total(), listed(tuple(signs_of))
        if len(signs_of) > 1 or count < column.numbers:
            notes.append(
                f"{count:,} of {counted(column.numbers, 'number')} in column {column.name!r} have {signs} beside them; "
                "all are read as numbers of one unit"
            )
        else:
            notes.append(f"the numbers in column {column.name!r} have {signs} beside them, and are read without it")
    return notes


def code_count_notes(columns: Sequence[NumberColumn]) -> list[str]:
    """Count the cells with each code for a missing value that was chosen."""
    return [
        f"{counted(count, 'row')} of column {column.name!r} with {code!r} {'have' if count > 1 else 'has'} no value"
        for column in columns
        for code, count in column.codes.items()
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
