"""Codes for missing values: numbers such as -99.99 or -9999 that lie far from all others of their column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman_core.support.text_format import counted

__all__ = ["code_notes", "suspected_code"]

_LARGEST_SHARE = 0.9
_DISTANCE = 1.0
"""From a usual code to the nearest other value, as a share of the range of all others."""
_DISTANCE_OF_ANY = 3.0
"""The same of any other number that comes at least twice."""
_PLAIN_CODES = (0.0, -1.0)
"""Numbers that stand for no value as often as for one: they are asked about where they come at least twice."""
_HUGE = 1e15


def suspected_code(values: NDArray[np.float64]) -> float | None:
    """Return the number that looks like a code for a missing value: the smallest or largest, far from all others."""
    there = values[np.isfinite(values)]
    if len(there) < 3:
        return None
    for candidate in (float(there.min()), float(there.max())):
        others = there[there != candidate]
        count = len(there) - len(others)
        if len(others) < 2 or count > _LARGEST_SHARE * len(there):
            continue
        low, high = float(others.min()), float(others.max())
        with np.errstate(over="ignore"):
            distance = low - candidate if candidate < low else candidate - high
            spread = high - low
        if _is_usual(candidate):
            # Of numbers that never are negative, -999 is a code however far they spread.
            if distance > _DISTANCE * spread or (candidate < 0 <= low):
                return candidate
        elif (
            count > 1
            and spread > 0
            and distance > (_DISTANCE if candidate in _PLAIN_CODES else _DISTANCE_OF_ANY) * spread
        ):
            return candidate
    return None


def code_notes(columns: Sequence[str], values: NDArray[np.float64]) -> list[str]:
    """Ask about numbers that look like codes for missing values, in the columns of values, (R, C)."""
    notes = []
    for index, column in enumerate(columns):
        code = suspected_code(values[:, index])
        if code is None:
            continue
        count = int((values[:, index] == code).sum())
        many = count > 1
        written = f"{code:.10g}"
        notes.append(
            f"{counted(count, 'row')} of column {column!r} {'have' if many else 'has'} {written}, far from all others; "
            f"if that is a code for a missing value, say so (--missing {written})"
        )
    return notes


def _is_usual(number: float) -> bool:
    """Whether a number is of nines alone, such as -99, 999.9 or -9999, or larger than anything measured."""
    digits = f"{abs(number):.6g}".replace(".", "")
    return (len(digits) >= 2 and set(digits) == {"9"}) or abs(number) >= _HUGE or number in (-1e4, -1e5, -1e6, -32768.0)
