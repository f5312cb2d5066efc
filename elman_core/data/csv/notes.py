"""Notes about a table that a person should read before training, one sentence each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman_core.data.panel import Panel
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.support.text_format import counted, listed

__all__ = ["gap_notes", "left_out_notes", "long_step_notes", "swappable_date_notes"]

_LONG_STEP = 1.5
_SHOWN = 3
_DAY = 86_400.0
_UNITS = ((_DAY, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))
_UNEVEN_UNITS = ((30, 31, "1 month"), (90, 92, "3 months"), (181, 184, "6 months"), (365, 366, "1 year"))


def left_out_notes(columns: Sequence[str], what: str) -> list[str]:
    """Name the columns that are left out because they have `what`: text, or no value."""
    if not columns:
        return []
    many = len(columns) > 1
    return [
        f"column{'s' if many else ''} {listed(tuple(columns))} {'have' if many else 'has'} {what} and "
        f"{'are' if many else 'is'} left out"
    ]


def swappable_date_notes(date_format: str, times: NDArray[np.float64]) -> list[str]:
    """Point out that day and month could be swapped, where no day is after the 12th."""
    orders = {"%d": ("day", "month"), "%m": ("month", "day")}
    if date_format[:2] not in orders or date_format[2:3] == ".":
        return []
    dates = np.floor(times).astype("datetime64[s]").astype("datetime64[D]")
    latest = int((dates - dates.astype("datetime64[M]")).max().astype(np.int64)) + 1
    if latest > 12 or "%d" not in date_format:
        return []
    first, second = orders[date_format[:2]]
    return [f"the dates were read as {first}, {second}, year, but {second}, {first}, year would fit as well"]


def long_step_notes(axis: TimeAxis, panel: Panel) -> list[str]:
    """Point out time steps that are longer than usual in their sequence: rows may be missing there."""
    sequence = panel.every.sequence
    within = np.flatnonzero(sequence[1:] == sequence[:-1])
    steps, own = np.diff(axis.positions)[within], sequence[within]
    usual = _medians(steps, own, len(panel))
    long = np.flatnonzero(steps > _LONG_STEP * usual[own])
    if not len(long):
        return []
    shortest = float(usual[own[long]].min())
    duration = _duration(shortest) if axis.kind is AxisKind.DATE else f"{shortest:.6g}"
    many, first = len(long) > 1, int(long[0])
    where = f"{axis.text(axis.positions[within[first]])}{panel.name_of(int(own[first]))}"
    return [
        f"{len(long):,} time step{'s are' if many else ' is'} longer than the usual {duration}, "
        f"{'the first ' if many else ''}after {where}; "
        f"{'they are' if many else 'it is'} treated as one step{' each' if many else ''}"
    ]


def _medians(steps: NDArray[np.float64], sequence: NDArray[np.int64], sequences: int) -> NDArray[np.float64]:
    """Return the median step of each sequence, (S,); NaN where there is none."""
    sorted_steps = steps[np.lexsort((steps, sequence))]
    counts = np.bincount(sequence, minlength=sequences)
    first = np.cumsum(counts) - counts
    medians = np.full(sequences, np.nan)
    some = counts > 0
    low, high = (first + (counts - 1) // 2)[some], (first + counts // 2)[some]
    medians[some] = (sorted_steps[low] + sorted_steps[high]) / 2
    return medians


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


def _duration(seconds: float) -> str:
    """Format a duration in the unit that suits it."""
    for least, most, words in _UNEVEN_UNITS:
        if least * _DAY <= seconds <= most * _DAY:
            return words
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), _UNITS[-1])
    amount = f"{seconds / size:.6g}"
    return f"{amount} {unit}{'' if amount == '1' else 's'}"
