"""The place in the season that another table begins at, by the calendar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from elman_core.data.calendar import steps_between
from elman_core.data.panel import Panel
from elman_core.data.table import AxisKind, Table
from elman_core.storage.model_file import SavedModel

__all__ = ["in_season"]


def in_season(saved: SavedModel, table: Table) -> Table:
    """Return a table whose sequences begin at the place in the season that their first row has for the model.

    The model counts its season from the first row that it learned. Where nothing is known of the calendar, a table is
    taken to begin where that did.
    """
    ends, axis, season = saved.ends, table.axis, saved.parts[0].model.data.season
    if season is None or ends is None or axis.kind is not AxisKind.DATE or ends.calendar.frequency is None:
        return table
    if axis.calendar.frequency != ends.calendar.frequency or table.source.path == saved.source.path:
        return table
    panel, frequency, offset = table.panel, ends.calendar.frequency, ends.calendar.offset
    own = {name: place for place, name in enumerate(saved.fitted.names)}
    # A sequence that the model has never seen is fitted to its own rows, and may be counted from the first of them.
    of = np.array([own.get(name, -1) for name in panel.names or ("",) * len(panel)])
    of = np.zeros(len(panel), np.int64) if saved.fitted.sequences == 1 else of
    known, places = ends.times[of, 0], ends.phases[of] + ends.rows.shape[1] - 1
    first = axis.positions[panel.starts]
    # Steps are counted forwards, from the earlier to the later of the two.
    after = steps_between(np.minimum(known, first), np.maximum(known, first), frequency, offset)
    phases = np.where(of < 0, 0, places + np.where(first >= known, after, -after))
    return replace(table, sequences=Panel(panel.starts, phases.astype(np.int64), panel.rows, panel.names))
