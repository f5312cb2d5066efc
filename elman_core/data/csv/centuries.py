"""Centuries: what years of two digits mean."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar import MICROSECONDS

__all__ = ["in_years_up_to", "within_century"]

Array = NDArray[np.float64]


def within_century(positions: Array, today: date | None = None) -> tuple[Array, int | None]:
    """Move dates of two-digit years, read as 1969 to 2068, a century back where they would lie in the future.

    They stay where that would tear them apart, as with 25, 26, 27 in the year 2026.

    Returns
    -------
    The positions, and the newest year that two digits can then mean; None where nothing was moved.
    """
    newest = (today or date.today()).year
    moved = in_years_up_to(positions, newest)
    if np.array_equal(moved, positions) or np.ptp(moved) > np.ptp(positions):
        return positions, None
    return moved, newest


def in_years_up_to(positions: Array, newest: int) -> Array:
    """Read two-digit years as the last such year that is not after the newest one; positions are in 1969 to 2068."""
    microseconds = np.rint(positions * MICROSECONDS).astype(np.int64)
    days, within = np.divmod(microseconds, 86_400 * MICROSECONDS)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    back = (years - newest + 99) // 100  # centuries
    there = (months - (1_200 * back).astype("timedelta64[M]")).astype("datetime64[D]") + (
        dates - months.astype("datetime64[D]")
    )
    return np.where(back == 0, positions, there.astype(np.int64) * 86_400.0 + within / MICROSECONDS)
