"""Calendar inputs follow from dates, before and beyond the last row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from elman_core.config import AutomaticConfig, CalendarInput, DataConfig
from elman_core.data.calendar_inputs import calendar_columns, calendar_values, is_calendar_column
from elman_core.data.preparation import prepare
from elman_core.data.rollout import Rollout
from elman_core.data.table import AxisKind, Source, Table, TimeAxis
from elman_core.errors import DataError
from elman_core.forecasting.automatic import ForecasterFit
from elman_core.support.jobs import complete

HOUR, DAY = 3_600.0, 86_400.0
NAMES = calendar_columns((CalendarInput.MONTH, CalendarInput.WEEKDAY, CalendarInput.HOUR))


def days(rows: int) -> Table:
    dates = pd.date_range("2021-03-01", periods=rows, freq="D")
    positions = (dates - pd.Timestamp(0)).total_seconds().to_numpy()
    weekday = np.array([0.0, 1, 2, 3, 9, 20, -4])[dates.day_of_week]
    values = 50 + weekday + np.random.default_rng(3).normal(0, 0.5, rows)
    axis = TimeAxis("date", AxisKind.DATE, positions)
    return Table("days", ("y",), values[:, None], axis, Source(kind="csv", name="days.csv"))


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_waves_of_what_pandas_says(name: str) -> None:
    positions = np.arange(-3_000, 3_000) * 7 * HOUR
    times = pd.to_datetime(positions, unit="s")
    _, unit, wave, harmonic = name.split()
    place, period = {"month": (times.month - 1, 12), "weekday": (times.day_of_week, 7), "hour": (times.hour, 24)}[unit]
    expected = {"sine": np.sin, "cosine": np.cos}[wave](2 * np.pi * int(harmonic) * place.to_numpy() / period)
    np.testing.assert_allclose(
        calendar_values(name, positions, TimeAxis("date", AxisKind.DATE, positions)), expected, atol=1e-12
    )
    assert is_calendar_column(name)


def test_they_go_on_beyond_the_last_row() -> None:
    known = calendar_columns((CalendarInput.WEEKDAY,))
    config = DataConfig(columns=("y",), known=known, train_percent=100, validation_percent=0)
    short, long = prepare(days(70), config), prepare(days(91), config)
    rollout = Rollout(short, np.array([69, 50]))
    for step in range(12):
        # Both were fitted to whole weeks, so the scales are the same.
        np.testing.assert_allclose(rollout.input()[:, 1:], long.known_at(np.array([69, 50]) + step)[:, 0], atol=1e-12)
        rollout.advance(np.zeros((2, 1)))


def test_a_table_without_dates_has_no_calendar() -> None:
    table = Table("steps", ("y",), np.arange(20.0)[:, None], TimeAxis.steps(20), Source(kind="csv", name="s.csv"))
    with pytest.raises(DataError, match="steps has no dates, which calendar inputs need"):
        prepare(table, DataConfig(columns=("y",), known=NAMES[:2]))


def test_a_forecaster_with_the_weekday_knows_the_week_to_come() -> None:
    automatic = AutomaticConfig(
        calendar=(CalendarInput.WEEKDAY,), season="none", lags=1, transforms=(), residual=False, pure=False
    )
    table = days(120)
    fit = ForecasterFit("days", table, DataConfig(test_rows=20), automatic)
    for _ in fit.updates():
        pass
    assert fit.forecaster is not None
    ahead = complete(fit.forecaster.predictor()).ahead(np.array([119]), 14)[:, 0, 0]
    expected = 50 + np.array([0.0, 1, 2, 3, 9, 20, -4])[pd.date_range("2021-06-29", periods=14, freq="D").day_of_week]
    np.testing.assert_allclose(ahead, expected, atol=1.0)
