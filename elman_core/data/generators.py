"""Series that are computed, not read."""

from __future__ import annotations

import numpy as np

from elman_core.data.table import AxisKind, Source, Table, TimeAxis

__all__ = ["sine_table"]


def sine_table() -> Table:
    """Return the CPUheater tutorial's series: sin(t) at 21 points of t from 2 to 10."""
    t = np.linspace(2, 10, 21)
    return Table(
        name="sine",
        columns=("sin(t)",),
        values=np.sin(t)[:, np.newaxis],  # (R, 1)
        axis=TimeAxis("t", AxisKind.NUMBER, t),
        source=Source(kind="built-in", name="sine"),
    )
