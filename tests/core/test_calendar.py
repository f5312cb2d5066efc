"""A time axis goes on by the calendar, as pandas does, and is written as finely as its file."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from elman_core.data.calendar import Calendar, frequency_of, frequency_words, shifted, steps_between
from elman_core.data.table import AxisKind, TimeAxis
from elman_core.errors import ConfigError

MANY = settings(max_examples=150, deadline=None)
FREQUENCIES = (
    "MS", "ME", "QS", "QE", "YS", "YE", "B", "D", "W-SUN", "W-WED", "h", "15min", "s", "250ms", "QS-FEB", "QE-JAN",
    "YS-APR", "YE-JUN", "2W-MON", "2MS", "5YS", "BME", "BMS", "BQE", "6h", "2D", "10us", "90min",
)  # fmt: skip
STARTS = st.dates(date(1950, 1, 1), date(2080, 1, 1))


def seconds(moments: pd.DatetimeIndex) -> np.ndarray:
    return moments.as_unit("us").asi8 / 1e6


def together(count: int) -> np.ndarray:
    return np.ones(count - 1, np.bool_)


@pytest.mark.parametrize("frequency", FREQUENCIES)
@MANY
@given(start=STARTS, count=st.integers(8, 40))
def test_dates_go_on_as_those_of_pandas(frequency: str, start: date, count: int) -> None:
    wanted = pd.date_range(start, periods=count + 30, freq=frequency)
    axis = TimeAxis("t", AxisKind.DATE, seconds(wanted[:count]), Calendar(frequency=frequency))
    np.testing.assert_array_equal(axis.extended(30), seconds(wanted[count:]))

    back = shifted(axis.positions[-1], -np.arange(count), frequency)[::-1]
    np.testing.assert_array_equal(back, axis.positions)


@pytest.mark.parametrize("frequency", FREQUENCIES)
@MANY
@given(start=STARTS, count=st.integers(12, 60))
def test_a_frequency_is_found_that_makes_the_same_dates(frequency: str, start: date, count: int) -> None:
    wanted = pd.date_range(start, periods=count + 20, freq=frequency)
    found = frequency_of(seconds(wanted[:count]), together(count))
    assert found is not None
    assert Calendar(frequency=found).frequency == found
    after = pd.date_range(wanted[0], periods=count + 20, freq=found)
    # The last working days of a few months may be their last days as well, which says nothing of those to come.
    of_working_days = frequency in ("BME", "BMS", "BQE")
    same = count if of_working_days else count + 20
    np.testing.assert_array_equal(seconds(after[:same]), seconds(wanted[:same]))
    assert found == frequency or of_working_days


@pytest.mark.parametrize("frequency", ["MS", "ME", "QS", "YE", "B", "D", "W-SUN", "h", "15min", "250ms"])
@MANY
@given(start=STARTS, data=st.data())
def test_rows_may_lack_and_are_counted(frequency: str, start: date, data: st.DataObject) -> None:
    whole = seconds(pd.date_range(start, periods=60, freq=frequency))
    gone = data.draw(st.sets(st.integers(1, 58), max_size=12))
    kept = np.setdiff1d(np.arange(60), list(gone))
    positions = whole[kept]
    found = frequency_of(positions, together(len(kept)))
    assert found == frequency
    np.testing.assert_array_equal(steps_between(positions[:-1], positions[1:], frequency), np.diff(kept))


@pytest.mark.parametrize(
    ("days", "frequency"),
    [
        (["2023-01-02", "2023-01-03", "2023-01-04", "2023-01-05", "2023-01-06"], "D"),  # no weekend was passed over
        (["2023-01-02", "2023-01-03", "2023-01-04", "2023-01-05", "2023-01-06", "2023-01-09"], "B"),
        (["2023-01-02", "2023-01-03", "2023-01-04", "2023-01-05", "2023-01-06", "2023-01-07"], "D"),
        (["2022-01-15", "2022-02-15", "2022-03-15"], "MS"),
        (["2022-01-30", "2022-02-28", "2022-03-30"], None),
        (["2022-02-28", "2022-03-31", "2022-04-30"], "ME"),
        (["2023-01-01", "2023-01-08", "2023-01-15", "2023-01-22", "2023-02-01", "2023-02-08"], None),
        (["2020-02-29", "2024-02-29"], "4YE-FEB"),
        (["2022-01-31", "2022-02-28"], "ME"),
        (["2022-01-01"], None),
        (["2023-03-31", "2023-04-28", "2023-05-31", "2023-06-30"], "BME"),
    ],
)
def test_the_frequency_of_a_few_days(days: list[str], frequency: str | None) -> None:
    assert frequency_of(np.array(days, "datetime64[s]").astype(float), together(len(days))) == frequency


def test_a_day_of_the_month_is_kept() -> None:
    axis = TimeAxis(
        "t", AxisKind.DATE, np.array(["2022-11-15", "2022-12-15"], "M8[s]").astype(float), Calendar(frequency="MS")
    )
    assert [axis.text(own) for own in axis.extended(2)] == ["2023-01-15", "2023-02-15"]


@MANY
@given(starts=st.lists(STARTS, min_size=2, max_size=5), count=st.integers(3, 9))
@example(starts=[date(2020, 1, 1), date(2020, 2, 1)], count=4)
def test_sequences_share_a_frequency_though_they_begin_apart(starts: list[date], count: int) -> None:
    runs = [seconds(pd.date_range(start, periods=count, freq="MS")) for start in starts]
    within = np.ones(len(runs) * count - 1, np.bool_)
    within[count - 1 :: count] = False
    assert frequency_of(np.concatenate(runs), within) == "MS"


def test_quarters_that_begin_in_other_months_are_three_months_apart() -> None:
    runs = [seconds(pd.date_range(start, periods=5, freq="3MS")) for start in ("2020-01-01", "2020-02-01")]
    within = np.array([True] * 4 + [False] + [True] * 4)
    assert frequency_of(np.concatenate(runs), within) == "3MS"


def test_days_of_a_place_are_days_with_its_offset_from_utc() -> None:
    local = pd.date_range("2022-01-31", periods=5, freq="ME")
    positions = seconds(local) - 7_200
    assert frequency_of(positions, together(5), 7_200) == "ME"
    calendar = Calendar(frequency="ME", unit="second", offset=7_200)
    axis = TimeAxis("t", AxisKind.DATE, positions, calendar)
    assert axis.text(axis.extended(1)[0]) == "2022-06-30 00:00:00+02:00"


@pytest.mark.parametrize(
    ("unit", "offset", "text"),
    [
        (None, None, "2023-08-09 06:05:04.125"),
        ("year", None, "2023"),
        ("half-year", None, "2023H2"),
        ("quarter", None, "2023Q3"),
        ("month", None, "2023-08"),
        ("week", None, "2023-W32"),
        ("day", None, "2023-08-09"),
        ("clock", None, "06:05:04.125"),
        ("second", None, "2023-08-09 06:05:04"),
        ("millisecond", None, "2023-08-09 06:05:04.125"),
        ("microsecond", 0, "2023-08-09 06:05:04.125000Z"),
        ("second", -19_800, "2023-08-09 00:35:04-05:30"),
    ],
)
def test_a_time_is_written_as_finely_as_its_file(unit: str | None, offset: int | None, text: str) -> None:
    position = (datetime(2023, 8, 9, 6, 5, 4, 125_000) - datetime(1970, 1, 1)).total_seconds()
    axis = TimeAxis("t", AxisKind.DATE, np.array([position]), Calendar.model_validate({"unit": unit, "offset": offset}))
    assert axis.text(position) == text


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_weeks_are_those_of_iso_8601(day: date) -> None:
    position = (datetime(day.year, day.month, day.day) - datetime(1970, 1, 1)).total_seconds()
    axis = TimeAxis("t", AxisKind.DATE, np.array([position]), Calendar(unit="week"))
    assert axis.text(position) == "{0.year}-W{0.week:02d}".format(day.isocalendar())


@pytest.mark.parametrize("frequency", ["X", "0D", "M", "MS-", "W-XYZ1", "15", "", "D D"])
def test_what_is_no_frequency_is_refused(frequency: str) -> None:
    with pytest.raises(ConfigError, match="frequency"):
        Calendar(frequency=frequency)


@pytest.mark.parametrize(
    ("frequency", "words"),
    [("MS", "1 month"), ("2W-SUN", "2 weeks"), ("B", "1 working day"), ("15min", "15 minutes"), ("YE-JUN", "1 year")],
)
def test_a_frequency_is_said_in_words(frequency: str, words: str) -> None:
    assert frequency_words(frequency) == words


def test_numbers_go_on_at_their_usual_distance() -> None:
    assert TimeAxis("t", AxisKind.NUMBER, np.array([1.0, 3.0, 5.0])).extended(2).tolist() == [7.0, 9.0]
