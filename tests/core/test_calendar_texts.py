"""How a date is written depends on the steps of the data."""

from __future__ import annotations

import numpy as np
import pytest

from elman_core.data.table import AxisKind, TimeAxis


@pytest.mark.parametrize(
    ("start", "step", "count", "row", "expected"),
    [
        ("1749", "Y", 5, 1, "1750"),
        ("1749-01", "M", 14, 13, "1750-02"),
        ("2020-02-28", "D", 3, 1, "2020-02-29"),
        ("2020-02-28T22", "h", 4, 2, "2020-02-29 00:00"),
        ("2020-02-28T22:15", "m", 3, 0, "2020-02-28 22:15"),
        ("2020-02-28T22:15:58", "s", 4, 2, "2020-02-28 22:16:00"),
    ],
)
def test_a_date_is_read_off_as_far_as_the_steps_tell_it_apart(
    start: str, step: str, count: int, row: int, expected: str
) -> None:
    moments = np.datetime64(start, step) + np.arange(count)
    axis = TimeAxis("date", AxisKind.DATE, moments.astype("datetime64[s]").astype(float))
    assert axis.reading(float(axis.positions[row])) == expected


def test_numbers_are_read_off_as_they_are() -> None:
    assert TimeAxis("YEAR", AxisKind.NUMBER, np.array([1700.0, 1700.5])).reading(1700.5) == "1700.5"
