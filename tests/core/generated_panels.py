"""Panels of generated series, for the recipe for many series."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman_core.data.panel import Panel
from elman_core.data.table import AxisKind, Source, Table, TimeAxis

__all__ = ["monthly_panel", "panel_table"]

Array = NDArray[np.float64]


def panel_table(
    series: Sequence[Array], others: Sequence[Array] = (), columns: tuple[str, ...] = ("sales",), dated: bool = False
) -> Table:
    """Put series (n,) or (n, C) one below the other, with other columns (R, ...) beside them."""
    rows = [np.asarray(each, np.float64).reshape(len(each), -1) for each in series]
    values = np.concatenate(rows)
    if len(others):
        values = np.concatenate(
            [values, *(np.asarray(each, np.float64).reshape(len(values), -1) for each in others)], 1
        )
    lengths = np.array([len(each) for each in rows])
    starts = np.cumsum(lengths) - lengths
    steps = [np.arange(length) for length in lengths]
    axis = TimeAxis("step", AxisKind.NUMBER, np.concatenate(steps).astype(np.float64))
    if dated:
        months = [(np.datetime64("2001-01") + each).astype("datetime64[s]").astype(np.float64) for each in steps]
        axis = TimeAxis("month", AxisKind.DATE, np.concatenate(months))
    names = tuple(f"shop {place + 1}" for place in range(len(rows)))
    return Table(
        "panel", columns, values, axis, Source(name="panel"), sequences=Panel.of(len(values), starts, names=names)
    )


def monthly_panel(sequences: int, rows: int, seed: int = 1) -> list[Array]:
    """Series above 0 with a level, a trend that fades, a season of their own in every second one, and noise."""
    random, found = np.random.default_rng(seed), []
    for number in range(sequences):
        time, fading = np.arange(rows), 1 - 0.97 ** np.arange(rows)
        season = 0.25 * random.normal(size=12) * (number % 2)
        log = 4 + random.normal() + 0.8 * random.normal() * fading + season[time % 12]
        found.append(np.exp(log + 0.06 * random.normal(size=rows)))
    return found
