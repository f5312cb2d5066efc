"""Missing rows: times that lack between the first and the last one of a sequence, and inserting them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar import shifted, steps_between
from elman_core.data.panel import Panel
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.errors import DataError

__all__ = ["MissingRows", "inserted", "missing_rows"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_ROUNDING = 1e-3
"""Of a step, that numbers may be beside its multiples."""
_LEAST_SHARE = 0.5
_MOST_TIMES = 20
_ALWAYS = 1_000


@dataclass(frozen=True, eq=False)
class MissingRows:
    """How many rows lack after each row of a table.

    Attributes
    ----------
    after : (R,)
        0 at the end of a sequence.
    step
        The distance of two rows, where time is plain numbers; 0 of dates.
    first
        The position of the first of them.
    """

    after: Integers
    step: float
    first: float

    @property
    def total(self) -> int:
        """How many there are."""
        return int(self.after.sum())


def missing_rows(axis: TimeAxis, panel: Panel, on_grid: NDArray[np.bool_] | None = None) -> MissingRows | None:
    """Return the rows that lack; None where times have no regular step.

    Parameters
    ----------
    on_grid : (R,)
        Rows that stand where the step leads to; all by default.
    """
    sequence = panel.every.sequence
    within = np.append(sequence[1:] == sequence[:-1], False)
    if on_grid is not None:
        within &= on_grid & np.append(on_grid[1:], False)
    rows = np.flatnonzero(within)
    before, after = axis.positions[rows], axis.positions[rows + 1] if len(rows) else axis.positions[:0]
    step, calendar = 0.0, axis.calendar
    if axis.kind is AxisKind.DATE:
        if calendar.frequency is None:
            return None
        steps = steps_between(before, after, calendar.frequency, calendar.offset)
    else:
        found = _steps_of_numbers(after - before)
        if found is None:
            return None
        step, steps = found
    lacking = np.zeros(panel.rows, np.int64)
    lacking[rows] = np.maximum(steps - 1, 0)
    place = int(np.argmax(lacking > 0))
    return MissingRows(lacking, step, float(_later(axis, axis.positions[place], np.array(1), step)))


def inserted(
    name: str, axis: TimeAxis, panel: Panel, missing: MissingRows, most_rows: int
) -> tuple[TimeAxis, Panel, Integers]:
    """Return the axis and the panel with the missing rows, and the row that stands in each place, -1 of a missing one.

    Raises
    ------
    DataError
        When they would be too many.
    """
    total, limit = panel.rows + missing.total, max(_ALWAYS, _MOST_TIMES * panel.rows)
    if missing.total > limit or total > most_rows:
        raise DataError(
            f"{name}: too many rows are missing to be inserted: {missing.total:,} of {total:,}; at most "
            f"{min(limit, most_rows):,} can be"
        )
    row = np.repeat(np.arange(panel.rows), 1 + missing.after)
    place = np.arange(total) - np.repeat(np.cumsum(1 + missing.after) - 1 - missing.after, 1 + missing.after)
    positions = axis.positions[row]
    is_new = place > 0
    positions[is_new] = _later(axis, positions[is_new], place[is_new], missing.step)
    lengths = np.add.reduceat(1 + missing.after, panel.starts)
    longer = Panel(np.cumsum(lengths) - lengths, panel.phases, total, panel.names)
    return TimeAxis(axis.label, axis.kind, positions, axis.calendar), longer, np.where(is_new, -1, row)


def _later(axis: TimeAxis, positions: Array | np.float64, steps: Integers, step: float) -> Array:
    calendar = axis.calendar
    if axis.kind is AxisKind.DATE and calendar.frequency is not None:
        return shifted(positions, steps, calendar.frequency, calendar.offset)
    return np.asarray(positions + step * steps, np.float64)


def _steps_of_numbers(steps: Array) -> tuple[float, Integers] | None:
    """Return the usual step, and how many of it each step is; None where they are no multiples."""
    if not len(steps):
        return None
    least = float(steps.min())
    if least <= 0:
        return None
    usual = float(np.median(steps[steps < 1.5 * least]))
    counts = np.rint(steps / usual)
    if (np.abs(steps / usual - counts) > np.maximum(_ROUNDING * counts, 0.02)).any() or (
        counts == 1
    ).mean() < _LEAST_SHARE:
        return None
    return usual, counts.astype(np.int64)
