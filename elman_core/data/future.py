"""What is known ahead of the rows beyond the data: taken from a table of its own, and put after the last rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar_inputs import calendar_values, is_calendar_column
from elman_core.data.dataset import SequenceDataset
from elman_core.data.panel import Panel
from elman_core.data.splits import Parts
from elman_core.data.table import AxisKind, Table, TimeAxis
from elman_core.data.text.vocabulary import CodedRows
from elman_core.errors import DataError
from elman_core.support.text_format import counted, listed

__all__ = ["Future", "future_of", "with_rows_beyond"]

_NEAR = 0.3
"""Of the distance between two rows: so far may times differ that mean the same, where months are not as long."""
_MOST_NAMED = 3

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Future:
    """What is known of the rows beyond each sequence.

    Attributes
    ----------
    known : (S, H, K)
        The columns known ahead; where the table lacks a value, the one before.
    notes
        Sentences that name what it lacks.
    """

    known: Array
    notes: tuple[str, ...]


def future_of(dataset: SequenceDataset, table: Table, times: Sequence[Array], name: str) -> Future:
    """Find what a table says of the rows beyond, whose `times` (H,) are given for each sequence.

    Rows are found by their time, and by the name of their sequence where there are several; where the table has no
    times, they are taken in order. Calendar inputs follow from the times.

    Raises
    ------
    DataError
        When the table lacks a column that is known ahead, or has no row beyond the data.
    """
    columns = dataset.config.known
    given = [place for place, column in enumerate(columns) if not is_calendar_column(column)]
    lacking = tuple(columns[place] for place in given if columns[place] not in table.columns)
    if lacking:
        raise DataError(f"{name} lacks {listed(lacking)}, which the model knows ahead; it has {listed(table.columns)}")
    values = np.asarray(table.values[:, [table.columns.index(columns[place]) for place in given]], np.float64)
    steps = len(times[0])
    known = np.full((len(times), steps, len(columns)), np.nan)
    for sequence, own in enumerate(times):
        rows = _rows_of(dataset, table, sequence)
        place = _places(dataset, table, rows, own)
        known[sequence, np.flatnonzero(place >= 0)[:, None], given] = values[rows[place[place >= 0]]]
    if steps and given and np.isnan(known[:, :, given]).all():
        raise DataError(f"{name} has no row of the time beyond the data, which begins {_time(dataset, times, 0, 0)}")
    for number in set(range(len(columns))) - set(given):
        for sequence, own in enumerate(times):
            known[sequence, :, number] = calendar_values(columns[number], own, dataset.axis)
    notes = tuple(_lacks(dataset, known[:, :, place], column, times, name) for place, column in enumerate(columns))
    last = dataset.covariates[dataset.panel.stops - 1][:, len(dataset.config.inputs) :]
    return Future(_carried(known, last), tuple(filter(None, notes)))


def with_rows_beyond(dataset: SequenceDataset, known: Array, times: Sequence[Array]) -> SequenceDataset:
    """Return the dataset with H rows after each sequence, of which nothing but `known` (S, H, K) is true.

    Their targets and inputs hold the last value. They are in no part.
    """
    assert not isinstance(dataset.values, CodedRows)
    panel, steps = dataset.panel, known.shape[1]
    last = panel.stops - 1
    inputs = len(dataset.config.inputs)
    held = np.repeat(dataset.covariates[last][:, None, :inputs], steps, axis=1)
    beyond = np.concatenate([np.repeat(dataset.values[last][:, None], steps, axis=1), held, known], axis=2)
    everything = np.concatenate([dataset.values, dataset.covariates], axis=1)
    # A row's place moves on by the rows that were put after the sequences before it.
    where = np.arange(panel.rows) + steps * panel.every.sequence
    after = (panel.stops + steps * np.arange(len(panel)))[:, None] + np.arange(steps)
    rows = panel.rows + steps * len(panel)
    values, positions = np.empty((rows, everything.shape[1])), np.empty(rows)
    missing = np.ones((rows, len(dataset.columns)), np.bool_)
    values[where], values[after] = everything, beyond
    positions[where], positions[after] = dataset.axis.positions, np.stack(times)
    missing[where] = dataset.missing
    moved = steps * np.arange(len(panel))
    parts, columns = dataset.parts, len(dataset.columns)
    return replace(
        dataset,
        values=values[:, :columns],
        covariates=values[:, columns:],
        axis=replace(dataset.axis, positions=positions),
        panel=Panel(panel.starts + moved, panel.phases, rows, panel.names),
        parts=Parts(*(own + moved for own in (parts.starts, parts.train_stops, parts.validation_stops, parts.stops))),
        missing=missing,
    )


def _rows_of(dataset: SequenceDataset, table: Table, sequence: int) -> NDArray[np.int64]:
    """Return the rows that the table has of a sequence."""
    panel, several = table.panel, dataset.panel
    if not several.has_several and not panel.has_several:
        return np.arange(panel.rows)
    name = several.title(sequence)
    if name not in panel.names:
        return np.arange(0)
    rows = panel.rows_of(panel.names.index(name))
    return np.arange(rows.start, rows.stop)


def _places(dataset: SequenceDataset, table: Table, rows: NDArray[np.int64], times: Array) -> NDArray[np.int64]:
    """Return the place among the table's rows of each time, (H,); -1 where it has none."""
    axis: TimeAxis = table.axis
    if axis.kind is AxisKind.STEP or (axis.kind is not dataset.axis.kind and dataset.axis.kind is AxisKind.STEP):
        order = np.arange(len(times))
        return np.where(order < len(rows), order, -1)
    positions = axis.positions[rows]
    if not len(positions):
        return np.full(len(times), -1)
    place = np.abs(positions[None, :] - times[:, None]).argmin(axis=1)
    near = _NEAR * (np.diff(times).min() if len(times) > 1 else 1.0)
    return np.where(np.abs(positions[place] - times) <= near, place, -1)


def _lacks(dataset: SequenceDataset, known: Array, column: str, times: Sequence[Array], name: str) -> str:
    """Say at which times a column has no value, (S, H)."""
    missing = np.argwhere(np.isnan(known))
    if not len(missing):
        return ""
    said = [_time(dataset, times, *place) for place in missing[:_MOST_NAMED].tolist()]
    more = f" and {len(missing) - len(said):,} more" if len(missing) > len(said) else ""
    values = counted(len(missing), "value")
    return (
        f"{name} lacks {values} of {column!r}, which is known ahead: at {', '.join(said)}{more}; the value before is "
        "taken there"
    )


def _time(dataset: SequenceDataset, times: Sequence[Array], sequence: int, step: int) -> str:
    of = f" of {dataset.panel.title(sequence)}" if dataset.panel.has_several else ""
    return f"{dataset.axis.text(float(times[sequence][step]))}{of}"


def _carried(known: Array, last: Array) -> Array:
    """Return (S, H, K) with the value before in place of each that is missing; before the first, the `last` (S, K)."""
    filled, before = known.copy(), last
    for step in range(known.shape[1]):
        filled[:, step] = before = np.where(np.isnan(filled[:, step]), before, filled[:, step])
    return filled
