"""Hours that stand twice in a table, as local times do where summer time ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.panel import Panel
from elman_core.data.table import TimeAxis
from elman_core.support.text_format import counted

__all__ = ["DoubledHours", "doubled_hours"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_HOUR = 3_600.0
_DAY = 24 * _HOUR
_LATEST_HOUR = 4
"""Clocks are put back in the night."""


@dataclass(frozen=True, eq=False)
class DoubledHours:
    """Hours that stand twice.

    Attributes
    ----------
    hours
        When each begins.
    on_grid : (R,)
        Rows that stand where they did: not those of such an hour, but its first.
    """

    hours: tuple[float, ...]
    on_grid: NDArray[np.bool_]

    def note(self, axis: TimeAxis) -> str:
        """Say it to a person."""
        many = len(self.hours) > 1
        first = axis.text(self.hours[0])
        return (
            f"{counted(len(self.hours), 'hour')} {'stand' if many else 'stands'} twice, {'the first ' if many else ''}"
            f"{first}, as where summer time ends; {'their' if many else 'its'} rows are spread over the hour"
        )


def doubled_hours(positions: Array, panel: Panel) -> tuple[Array, DoubledHours | None]:
    """Spread the rows of hours that stand twice evenly over each hour, so that times rise.

    The second pass may follow the first, 2:00 2:30 2:00 2:30, or stand beside it, 2:00 2:00 2:30 2:30.

    Returns
    -------
    The positions, and where it was; None where nothing is doubled, or times would not rise even so.
    """
    sequence = panel.every.sequence
    within = sequence[1:] == sequence[:-1]
    steps = np.diff(positions)
    stuck = np.flatnonzero((steps <= 0) & within)
    if not len(stuck) or not (steps[within] > 0).any():
        return positions, None
    usual = float(np.median(steps[within & (steps > 0)]))
    count = round(_HOUR / usual) if usual <= _HOUR else 0
    if count < 1 or abs(count * usual - _HOUR) > 1e-3:
        return positions, None
    spread, on_grid, hours = positions.copy(), np.ones(len(positions), np.bool_), []
    done = -1
    for row in stuck.tolist():
        if row < done:
            continue
        beside = steps[row] == 0 and count > 1
        first = row if beside else row + 1 - count
        rows = slice(first, first + 2 * count)
        if first < 0 or rows.stop > len(positions) or sequence[first] != sequence[rows.stop - 1]:
            return positions, None
        start = positions[first]
        expected = start + usual * np.arange(count)
        expected = np.repeat(expected, 2) if beside else np.tile(expected, 2)
        if not np.allclose(positions[rows], expected, rtol=0, atol=1e-3) or start % _DAY >= _LATEST_HOUR * _HOUR:
            return positions, None
        spread[rows] = start + _HOUR * np.arange(2 * count) / (2 * count)
        on_grid[first + 1 : rows.stop] = False
        hours.append(float(start))
        done = rows.stop - 1
    years = np.ptp(positions) / (365 * _DAY) + 1
    if len(set(hours)) > years + 1 or ((np.diff(spread) <= 0) & within).any():
        return positions, None
    return spread, DoubledHours(tuple(sorted(set(hours))), on_grid)
