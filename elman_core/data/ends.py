"""Ends: the last rows of every sequence, from which a network can go on when the data themselves are gone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.config import DataConfig
from elman_core.data.calendar import UNKNOWN, Calendar, shifted
from elman_core.data.dataset import SequenceDataset
from elman_core.data.panel import Array, Integers, Panel
from elman_core.data.scaling import FittedColumns
from elman_core.data.splits import Parts
from elman_core.data.table import AxisKind, Source, TimeAxis

__all__ = ["Ends", "dataset_of_ends", "last_rows", "rows_needed"]


@dataclass(frozen=True, eq=False)
class Ends:
    """What a network needs to predict beyond the last row of each of S sequences.

    Attributes
    ----------
    context : (M, S, H)
        The state of the first M networks when the last row is about to go in.
    rows : (S, n, C + D + K)
        The last rows, targets first, in the data's own units; NaN before the first row of a sequence with fewer.
    times : (S, 2)
        The time of the last row, and how far the next one is from it.
    phases : (S,)
        The place in the season of the first of the n rows.
    label, kind, calendar
        Of the time axis.
    """

    context: NDArray[np.floating]
    rows: Array
    times: Array
    phases: Integers
    label: str
    kind: AxisKind
    calendar: Calendar = UNKNOWN

    def positions(self, row: Integers, sequence: Integers, lengths: Integers) -> Array:
        """Return the times of some rows of sequences with so many rows, counted back from the last ones."""
        back = lengths[sequence] - 1 - row
        last, frequency = self.times[sequence, 0], self.calendar.frequency
        if self.kind is AxisKind.DATE and frequency is not None:
            return shifted(last, -back, frequency, self.calendar.offset)
        return np.asarray(last - self.times[sequence, 1] * back, np.float64)


def rows_needed(lags: int, lost_rows: int) -> int:
    """Return n, how many last rows a network needs to go on."""
    return lags + lost_rows + 1


def last_rows(dataset: SequenceDataset) -> tuple[Array, Array, Integers]:
    """Return rows, times and phases as in `Ends`."""
    panel, everything = dataset.panel, np.concatenate([dataset.values[:], dataset.covariates], axis=1)
    count = rows_needed(dataset.encoding.lags, dataset.fitted.lost_rows)
    wanted = panel.stops[:, None] + np.arange(-count, 0)
    inside = wanted >= panel.starts[:, None]
    rows = np.where(inside[:, :, None], everything[np.where(inside, wanted, 0)], np.nan)
    spacing = dataset.axis.spacing(panel.starts, panel.stops)
    times = np.stack([dataset.axis.positions[panel.stops - 1], spacing], axis=1)
    return rows, times, panel.phases + panel.lengths - count


def dataset_of_ends(ends: Ends, name: str, source: Source, data: DataConfig, fitted: FittedColumns) -> SequenceDataset:
    """Return a dataset of nothing but the last rows, from which a network predicts as it would from all of them."""
    there = ~np.isnan(ends.rows).any(axis=2)  # (S, n)
    lengths = there.sum(axis=1)
    starts = np.cumsum(lengths) - lengths
    panel = Panel(starts, ends.phases + there.shape[1] - lengths, int(lengths.sum()), fitted.names)
    columns, row = len(data.columns), panel.every.row
    everything, sequence = ends.rows[there], panel.every.sequence
    positions = ends.positions(row, sequence, lengths)
    return SequenceDataset(
        name=name,
        columns=data.columns,
        values=everything[:, :columns],
        covariates=everything[:, columns:],
        axis=TimeAxis(ends.label, ends.kind, positions, ends.calendar),
        panel=panel,
        parts=Parts(panel.starts, panel.stops, panel.stops, panel.stops),
        fitted=fitted,
        source=source,
        config=data,
        missing=np.zeros((len(everything), columns), np.bool_),
    )
