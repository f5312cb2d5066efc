"""The place in the season that another table begins at, by the calendar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar import Calendar, steps_between
from elman_core.data.dataset import SequenceDataset
from elman_core.data.panel import Panel
from elman_core.data.scaling import FittedColumns
from elman_core.data.table import AxisKind, Table
from elman_core.storage.model_file import SavedModel

__all__ = ["in_season", "in_season_of"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def in_season(saved: SavedModel, table: Table) -> Table:
    """Return a table whose sequences begin at the place in the season that their first row has for the model.

    The model counts its season from the first row that it learned. Where nothing is known of the calendar, a table is
    taken to begin where that did.
    """
    ends = saved.ends
    if ends is None or saved.parts[0].model.data.season is None or table.source.path == saved.source.path:
        return table
    places = ends.phases + ends.rows.shape[1] - 1
    return _counted_on(table, ends.calendar, saved.fitted, ends.times[:, 0], places)


def in_season_of(own: SequenceDataset, table: Table) -> Table:
    """Do the same for a model whose own data are there."""
    if own.config.season is None or table.source.path == own.source.path:
        return table
    return _counted_on(table, own.axis.calendar, own.fitted, own.axis.positions[own.panel.starts], own.panel.phases)


def _counted_on(table: Table, calendar: Calendar, fitted: FittedColumns, known: Array, places: Integers) -> Table:
    """Count the rows of a table on from some known times (S,), which have these places in the season, (S,)."""
    axis, panel, frequency = table.axis, table.panel, calendar.frequency
    if axis.kind is not AxisKind.DATE or frequency is None or axis.calendar.frequency != frequency:
        return table
    own = {name: place for place, name in enumerate(fitted.names)}
    # A sequence that the model has never seen is fitted to its own rows, and may be counted from the first of them.
    of = np.array([own.get(name, -1) for name in panel.names or ("",) * len(panel)])
    of = np.zeros(len(panel), np.int64) if fitted.sequences == 1 else of
    first = axis.positions[panel.starts]
    # Steps are counted forwards, from the earlier to the later of the two.
    after = steps_between(np.minimum(known[of], first), np.maximum(known[of], first), frequency, calendar.offset)
    phases = np.where(of < 0, 0, places[of] + np.where(first >= known[of], after, -after))
    return replace(table, sequences=Panel(panel.starts, phases.astype(np.int64), panel.rows, panel.names))
