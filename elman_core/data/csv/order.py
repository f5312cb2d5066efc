"""The order of a table's rows: sequence by sequence, and rising in time within each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.csv.notes import long_step_notes, swappable_date_notes
from elman_core.data.panel import MAXIMUM_SEQUENCE_NAME, Panel
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.errors import DataError
from elman_core.support.text_format import counted

__all__ = ["Gathered", "gather", "rising_axis"]

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Gathered:
    """The rows of a table brought together by sequence.

    Attributes
    ----------
    order : (R,)
        The row of the file that stands in each place.
    panel
        Where the sequences begin, and their names.
    notes
        What the person should know of it.
    """

    order: Integers
    panel: Panel
    notes: tuple[str, ...]


def gather(name: str, column: str, codes: NDArray[np.float64], names: Collection[str], lines: Integers) -> Gathered:
    """Bring the rows of each sequence together, the sequences in the order of their first rows.

    Parameters
    ----------
    name, column
        Of the file and of the sequence column, for error messages.
    codes : (R,)
        The place of each row's sequence among the names, which are in the order of appearance; NaN for an empty cell.
    lines : (R,)
        The line of each row in the file.

    Raises
    ------
    DataError
        When a row belongs to no sequence, or each sequence has one row only.
    """
    if np.isnan(codes).any():
        row = int(lines[np.argmax(np.isnan(codes))])
        raise DataError(f"{name}: row {row:,} has no sequence in column {column!r}; every row needs one")
    for place, own in enumerate(names):
        if len(own) > MAXIMUM_SEQUENCE_NAME:
            row = int(lines[np.argmax(codes == place)])
            raise DataError(
                f"{name}: row {row:,} of column {column!r} has {len(own):,} characters; the name of a sequence may "
                f"have {MAXIMUM_SEQUENCE_NAME:,} at most"
            )
    whole = codes.astype(np.int64)
    lengths = np.bincount(whole)
    if lengths.max() == 1:
        raise DataError(
            f"{name}: column {column!r} has another text in each of {counted(len(whole), 'row')}, so that every "
            "sequence would have one row; choose a column that several rows share"
        )
    notes: tuple[str, ...] = ()
    order = np.arange(len(whole))
    if (np.diff(whole) < 0).any():
        order = np.argsort(whole, kind="stable")
        edges = np.flatnonzero(np.diff(whole, prepend=-1))
        apart = int((np.bincount(whole[edges]) > 1).sum())
        notes = (f"the rows of {counted(apart, 'sequence')} do not stand together and were gathered",)
    panel = Panel.of(len(whole), np.cumsum(lengths) - lengths, names=tuple(names)[: len(lengths)])
    return Gathered(order, panel, notes)


def rising_axis(
    name: str, label: str, times: NDArray[np.float64], date_format: str | None, lines: Integers, panel: Panel
) -> tuple[TimeAxis, Integers | None, list[str]]:
    """Return the time axis, the order that the rows have to be brought in for it, if any, and notes about it.

    A sequence that runs from newest to oldest is turned round.

    Parameters
    ----------
    name, label
        Of the file and of the time column.
    times : (R,)
        NaN where one is missing.
    date_format
        How they were written; None for plain numbers.
    lines : (R,)
        The line of each row in the file.

    Raises
    ------
    DataError
        When a row has no time, or times do not go one way from row to row of a sequence.
    """
    if np.isnan(times).any():
        row = int(lines[np.argmax(np.isnan(times))])
        raise DataError(f"{name}: row {row:,} has no time in column {label!r}; every row needs one")
    axis = TimeAxis(label, AxisKind.NUMBER if date_format is None else AxisKind.DATE, times)
    downward = times[panel.stops - 1] < times[panel.starts]
    _refuse_disorder(name, axis, downward, lines, panel)
    order, notes = _turned_round(downward, panel)
    axis = axis if order is None else axis.taken(order)
    if date_format is not None:
        notes += swappable_date_notes(date_format, axis.positions)
    return axis, order, notes + long_step_notes(axis, panel)


def _refuse_disorder(name: str, axis: TimeAxis, downward: NDArray[np.bool_], lines: Integers, panel: Panel) -> None:
    """Refuse times that do not fall where `downward` (S,) says so, or else do not rise."""
    times, sequence = axis.positions, panel.every.sequence
    steps, within = np.diff(times), sequence[1:] == sequence[:-1]
    wrong = within & np.where(downward[sequence[1:]], steps >= 0, steps <= 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        own = int(sequence[row])
        raise DataError(
            f"{name}: row {lines[row + 1]:,} of column {axis.label!r} has {axis.text(times[row + 1])} after "
            f"{axis.text(times[row])} in row {lines[row]:,}; times must {'fall' if downward[own] else 'rise'} from row "
            f"to row{panel.name_of(own)}"
        )


def _turned_round(downward: NDArray[np.bool_], panel: Panel) -> tuple[Integers | None, list[str]]:
    """Return the order in which the rows of all sequences rise in time, if it is another, and a note about it."""
    if not downward.any():
        return None, []
    every = panel.every
    mirrored = panel.starts[every.sequence] + panel.stops[every.sequence] - 1 - np.arange(panel.rows)
    order = np.where(downward[every.sequence], mirrored, np.arange(panel.rows))
    some = "" if downward.all() else f" of {counted(int(downward.sum()), 'sequence')}"
    return order, [f"the rows{some} run from newest to oldest and were reversed"]
