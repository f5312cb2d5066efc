"""Times come in as they were meant, however they are written: against datetime and pandas as the outside truth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from elman_core.data.csv.centuries import within_century
from elman_core.data.csv.dates import date_pattern
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.first_year import yearless_pattern
from elman_core.data.csv.patterns import example_of, pattern_of
from elman_core.data.csv.read import read_table
from elman_core.data.csv.spellings import spellings_of
from elman_core.data.csv.time_cells import TimeCells
from elman_core.data.table import AxisKind, Table, TableFormat, TimeFacts
from elman_core.errors import ConfigError, DataError
from elman_core.support.jobs import complete

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ENGLISH = [
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
]  # fmt: skip
GERMAN = [
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli",
    "August", "September", "Oktober", "November", "Dezember",
]  # fmt: skip
FRENCH = [
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet",
    "août", "septembre", "octobre", "novembre", "décembre",
]  # fmt: skip
ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
SHORT_GERMAN = ["Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
SHORT_FRENCH = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]


def table_of(folder: Path, times: list[str], header: str = "when") -> Table:
    """Read a table with these texts as the first column."""
    rows = [f'"{text}";{5 + index * index % 7 + index / 8}' for index, text in enumerate(times)]
    path = folder / "f.csv"
    path.write_text("\n".join([f"{header};v", *rows]) + "\n", encoding="utf-8")
    return complete(read_table(path, detect_format(path)))


def moments(table: Table) -> list[datetime]:
    assert table.axis.kind is AxisKind.DATE
    offset = table.axis.calendar.offset or 0
    return [datetime(1970, 1, 1) + timedelta(microseconds=round((own + offset) * 1e6)) for own in table.axis.positions]


def day_name(moment: datetime) -> str:
    return moment.strftime("%A")


DAYS: dict[str, Callable[[datetime], str]] = {
    "ISO": lambda d: d.strftime("%Y-%m-%d"),
    "ISO, not padded": lambda d: f"{d.year}-{d.month}-{d.day}",
    "slashes, year first": lambda d: d.strftime("%Y/%m/%d"),
    "points, year first": lambda d: d.strftime("%Y.%m.%d"),
    "compact": lambda d: d.strftime("%Y%m%d"),
    "day of the year": lambda d: d.strftime("%Y-%j"),
    "ISO week and day": lambda d: "{}-W{:02d}-{}".format(*d.isocalendar()),
    "points": lambda d: f"{d.day}.{d.month}.{d.year}",
    "points, two digits": lambda d: d.strftime("%d.%m.%y"),
    "day first": lambda d: d.strftime("%d/%m/%Y"),
    "month first": lambda d: d.strftime("%m/%d/%Y"),
    "month first, not padded, two digits": lambda d: f"{d.month}/{d.day}/{d:%y}",
    "hyphens, day first": lambda d: d.strftime("%d-%m-%Y"),
    "two digits, year first": lambda d: d.strftime("%y-%m-%d"),
    "short name": lambda d: f"{d.day}-{ENGLISH[d.month - 1][:3]}-{d:%y}",
    "short name, capitals": lambda d: f"{d.day:02d}-{ENGLISH[d.month - 1][:3].upper()}-{d.year}",
    "short name first": lambda d: f"{ENGLISH[d.month - 1][:3]} {d.day:02d}, {d.year}",
    "long name first": lambda d: f"{ENGLISH[d.month - 1]} {d.day}, {d.year}",
    "ordinal": lambda d: f"{d.day}{ORDINALS.get(d.day, 'th')} {ENGLISH[d.month - 1]} {d.year}",
    "weekday": lambda d: f"{day_name(d)}, {d.day} {ENGLISH[d.month - 1]} {d.year}",
    "short weekday": lambda d: f"{day_name(d)[:3]} {ENGLISH[d.month - 1][:3]} {d.day:02d} {d.year}",
    "year, name, day": lambda d: f"{d.year}-{ENGLISH[d.month - 1][:3]}-{d.day:02d}",
    "German": lambda d: f"{d.day}. {GERMAN[d.month - 1]} {d.year}",
    "German, short": lambda d: f"{d.day}. {SHORT_GERMAN[d.month - 1]} {d.year}",
    "French": lambda d: f"{d.day} {FRENCH[d.month - 1]} {d.year}",
    "French, short": lambda d: f"{d.day} {SHORT_FRENCH[d.month - 1]} {d.year}",
}  # fmt: skip
CLOCKS: dict[str, Callable[[datetime], str]] = {
    "": lambda d: "",
    "minutes": lambda d: d.strftime(" %H:%M"),
    "T and minutes": lambda d: d.strftime("T%H:%M"),
    "seconds": lambda d: d.strftime(" %H:%M:%S"),
    "comma": lambda d: d.strftime(", %H:%M:%S"),
    "thousandths": lambda d: d.strftime(" %H:%M:%S.") + f"{d.microsecond // 1000:03d}",
    "millionths": lambda d: d.strftime(" %H:%M:%S.%f"),
    "halves of the day": lambda d: f" {(d.hour - 1) % 12 + 1}:{d:%M} {'AM' if d.hour < 12 else 'PM'}",
    "halves, beside": lambda d: f" {(d.hour - 1) % 12 + 1:02d}:{d:%M:%S}{'am' if d.hour < 12 else 'pm'}",
    "halves with points": lambda d: f" {(d.hour - 1) % 12 + 1}:{d:%M} {'a.m.' if d.hour < 12 else 'p.m.'}",
    "UTC": lambda d: d.strftime("T%H:%M:%SZ"),
    "offset": lambda d: d.strftime("T%H:%M:%S+02:00"),
    "offset without colon": lambda d: d.strftime(" %H:%M -0530"),
}


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("day", DAYS)
def test_every_spelling_of_a_date_and_a_time_of_day_is_read(tmp_path: Path, day: str, clock: str) -> None:
    step = timedelta(days=1) if not clock else timedelta(hours=11, minutes=15)
    start = datetime(2021, 2, 12) if not clock else datetime(2021, 2, 12, 9, 45)
    wanted = [start + step * index for index in range(40)]
    table = table_of(tmp_path, [DAYS[day](moment) + CLOCKS[clock](moment) for moment in wanted])
    assert moments(table) == wanted
    offsets = {"UTC": 0, "offset": 7_200, "offset without colon": -19_800}
    assert table.axis.calendar.offset == offsets.get(clock)


MONTHS: dict[str, Callable[[datetime], str]] = {
    "ISO": lambda d: d.strftime("%Y-%m"),
    "slash": lambda d: d.strftime("%Y/%m"),
    "digits": lambda d: d.strftime("%Y%m"),
    "point": lambda d: d.strftime("%Y.%m"),
    "month first": lambda d: d.strftime("%m/%Y"),
    "month first, point": lambda d: d.strftime("%m.%Y"),
    "two digits": lambda d: d.strftime("%m/%y"),
    "short name": lambda d: f"{ENGLISH[d.month - 1][:3]}-{d:%y}",
    "short name, capitals": lambda d: f"{ENGLISH[d.month - 1][:3].upper()} {d.year}",
    "small letters": lambda d: f"{ENGLISH[d.month - 1].lower()} {d.year}",
    "long name": lambda d: f"{ENGLISH[d.month - 1]} {d.year}",
    "year first": lambda d: f"{d.year} {ENGLISH[d.month - 1][:3]}",
    "apostrophe": lambda d: f"{ENGLISH[d.month - 1][:3]} '{d:%y}",
    "of a statistics office": lambda d: d.strftime("%YM%m"),
    "day first": lambda d: d.strftime("1/%m/%Y"),
    "long date": lambda d: f"1 {ENGLISH[d.month - 1][:3]} {d.year}",
    "German": lambda d: f"{GERMAN[d.month - 1]} {d.year}",
    "German, short": lambda d: f"{SHORT_GERMAN[d.month - 1]} {d:%y}",
    "French": lambda d: f"{FRENCH[d.month - 1]} {d.year}",
    "French, short": lambda d: f"{SHORT_FRENCH[d.month - 1]} {d.year}",
}


@pytest.mark.parametrize("spelling", MONTHS)
@MANY
@given(start=st.dates(date(1990, 1, 1), date(2020, 12, 1)), count=st.integers(14, 50), backwards=st.booleans())
def test_months_are_read_and_go_on_by_months(
    tmp_path: Path, spelling: str, start: date, count: int, backwards: bool
) -> None:
    wanted = pd.date_range(start.replace(day=1), periods=count + 5, freq="MS").to_pydatetime().tolist()
    texts = [MONTHS[spelling](moment) for moment in wanted[:count]]
    table = table_of(tmp_path, texts[::-1] if backwards else texts, "month")
    assert moments(table) == wanted[:count]
    assert table.axis.calendar.frequency == "MS"
    assert [table.axis.text(own)[:7] for own in table.axis.extended(5)] == [f"{own:%Y-%m}" for own in wanted[count:]]
    assert any("newest to oldest" in note for note in table.notes) is backwards


PERIODS: dict[str, tuple[str, Callable[[pd.Timestamp], str], str]] = {
    "quarter": ("QS", lambda d: f"{d.year}Q{d.quarter}", "{0.year}Q{0.quarter}"),
    "quarter, hyphen": ("QS", lambda d: f"{d.year}-Q{d.quarter}", "{0.year}Q{0.quarter}"),
    "quarter first": ("QS", lambda d: f"Q{d.quarter} {d.year}", "{0.year}Q{0.quarter}"),
    "quarter, slash": ("QS", lambda d: f"Q{d.quarter}/{d:%y}", "{0.year}Q{0.quarter}"),
    "quarter, short": ("QS", lambda d: f"{d.quarter}Q{d:%y}", "{0.year}Q{0.quarter}"),
    "quarter, German": ("QS", lambda d: f"{d.quarter}. Quartal {d.year}", "{0.year}Q{0.quarter}"),
    "quarter, ordinal": (
        "QS",
        lambda d: f"{['1st', '2nd', '3rd', '4th'][d.quarter - 1]} quarter {d.year}",
        "{0.year}Q{0.quarter}",
    ),
    "quarter, French": ("QS", lambda d: f"T{d.quarter} {d.year}", "{0.year}Q{0.quarter}"),
    "half-year": ("6MS", lambda d: f"{d.year}-H{d.month // 6 + 1}", "{0.year}H{1}"),
    "half-year first": ("6MS", lambda d: f"H{d.month // 6 + 1} {d.year}", "{0.year}H{1}"),
    "week": ("W-MON", lambda d: "{0.year}-W{0.week:02d}".format(d.isocalendar()), "{2.year}-W{2.week:02d}"),
    "week, beside": ("W-MON", lambda d: "{0.year}W{0.week:02d}".format(d.isocalendar()), "{2.year}-W{2.week:02d}"),
    "season": ("YS", lambda d: f"{d.year}/{(d.year + 1) % 100:02d}", "{0.year}"),
    "season, long": ("YS", lambda d: f"{d.year}-{d.year + 1}", "{0.year}"),
    "week, German": ("W-MON", lambda d: "KW {0.week}/{0.year}".format(d.isocalendar()), "{2.year}-W{2.week:02d}"),
}


@pytest.mark.parametrize("spelling", PERIODS)
@MANY
@given(start=st.dates(date(1990, 1, 1), date(2020, 12, 1)), count=st.integers(5, 60))
def test_quarters_half_years_and_weeks_are_read_go_on_and_are_written_as_such(
    tmp_path: Path, spelling: str, start: date, count: int
) -> None:
    frequency, write, written = PERIODS[spelling]
    first = start.replace(month=1, day=1) if frequency == "6MS" else start
    wanted = pd.date_range(first, periods=count + 6, freq=frequency)
    table = table_of(tmp_path, [write(own) for own in wanted[:count]], "period")
    assert moments(table) == wanted[:count].to_pydatetime().tolist()
    assert table.axis.calendar.frequency == frequency
    expected = [written.format(own, own.month // 6 + 1, own.isocalendar()) for own in wanted[count:]]
    assert [table.axis.text(own) for own in table.axis.extended(6)] == expected


def is_date_of(texts: list[str], pattern: str) -> bool:
    """Whether digits can just as well be dates of the last or this century, which they are taken for."""
    try:
        years = [datetime.strptime(text, pattern).year for text in texts]
    except ValueError:
        return False
    return min(years) >= 1900 and max(years) < 2100


@pytest.mark.parametrize("texts", [["1509010100", "1509010101"], ["451901240000", "451901241000"]])
def test_a_count_is_no_date_of_another_century(tmp_path: Path, texts: list[str]) -> None:
    table = table_of(tmp_path, [*texts, str(2 * int(texts[1]) - int(texts[0]))], "timestamp")
    assert table.source.format is not None and table.source.format.date_format.startswith("epoch-")


@pytest.mark.parametrize(
    ("date_format", "factor"), [("epoch-s", 1), ("epoch-ms", 1e3), ("epoch-us", 1e6), ("epoch-ns", 1e9)]
)
@MANY
@given(
    start=st.integers(200_000_000, 4_000_000_000),
    step=st.sampled_from([1, 60, 900, 3_600, 86_400]),
    count=st.integers(3, 30),
)
def test_counts_since_1970_are_dates(
    tmp_path: Path, date_format: str, factor: float, start: int, step: int, count: int
) -> None:
    seconds = [start + index * step for index in range(count)]
    texts = [str(own * int(factor)) for own in seconds]
    assume(not any(is_date_of(texts, pattern) for pattern in ("%Y%m%d%H", "%Y%m%d%H%M")))
    table = table_of(tmp_path, texts, "timestamp")
    assert table.axis.positions.tolist() == seconds
    assert table.source.format is not None and table.source.format.date_format == date_format
    assert table.axis.extended(1)[0] == seconds[-1] + step


def test_milliseconds_keep_all_their_digits(tmp_path: Path) -> None:
    table = table_of(tmp_path, [str(1_700_000_000_000 + index * 125) for index in range(9)], "ts")
    assert table.axis.text(table.axis.positions[1]) == "2023-11-14 22:13:20.125"
    assert table.axis.text(table.axis.extended(1)[0]) == "2023-11-14 22:13:21.125"


@pytest.mark.parametrize(
    ("header", "rows", "wanted", "frequency"),
    [
        ("year;month;v", ["2021;11;1", "2021;12;5", "2022;1;3"], ["2021-11-01", "2021-12-01", "2022-01-01"], "MS"),
        ("month;year;v", ["11;2021;1", "12;2021;5", "1;2022;3"], ["2021-11-01", "2021-12-01", "2022-01-01"], "MS"),
        ("Year;Period;v", ["2021;M11;1", "2021;M12;5", "2022;M01;3"], ["2021-11-01", "2021-12-01", "2022-01-01"], "MS"),
        ("Jahr;Monat;v", ["2021;Nov;1", "2021;Dez;5", "2022;Jan;3"], ["2021-11-01", "2021-12-01", "2022-01-01"], "MS"),
        ("year;quarter;v", ["2021;3;1", "2021;4;5", "2022;1;3"], ["2021-07-01", "2021-10-01", "2022-01-01"], "QS"),
        ("year;qtr;v", ["2021;Q3;1", "2021;Q4;5", "2022;Q1;3"], ["2021-07-01", "2021-10-01", "2022-01-01"], "QS"),
        ("year;week;v", ["2020;52;1", "2020;53;5", "2021;1;3"], ["2020-12-21", "2020-12-28", "2021-01-04"], "W-MON"),
        ("year;month;day;v", ["2021;2;27;1", "2021;2;28;5", "2021;3;1;3"],
         ["2021-02-27", "2021-02-28", "2021-03-01"], "D"),
        ("year;month;day;hour;v", ["2021;2;28;22;1", "2021;2;28;23;5", "2021;3;1;0;3"],
         ["2021-02-28T22", "2021-02-28T23", "2021-03-01T00"], "h"),
        ("year;doy;v", ["2021;58;1", "2021;59;5", "2021;60;3"], ["2021-02-27", "2021-02-28", "2021-03-01"], "D"),
        ("date;time;v", ["28.2.2021;23:30;1", "28.2.2021;23:45;5", "1.3.2021;00:00;3"],
         ["2021-02-28T23:30", "2021-02-28T23:45", "2021-03-01T00:00"], "15min"),
        ("date;hour;v", ["2021-02-28;22;1", "2021-02-28;23;5", "2021-03-01;0;3"],
         ["2021-02-28T22", "2021-02-28T23", "2021-03-01T00"], "h"),
        ("date;hour;v", ["2021-02-28;23;1", "2021-02-28;24;5", "2021-03-01;1;3"],
         ["2021-02-28T23", "2021-03-01T00", "2021-03-01T01"], "h"),
    ],
)  # fmt: skip
def test_the_parts_of_a_time_are_read_from_several_columns(
    tmp_path: Path, header: str, rows: list[str], wanted: list[str], frequency: str
) -> None:
    path = tmp_path / "f.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    table = complete(read_table(path))
    assert table.axis.positions.tolist() == np.array(wanted, "datetime64[s]").astype(float).tolist()
    assert table.axis.calendar.frequency == frequency
    assert table.columns == ("v",)
    assert table.facts is not None and table.facts.time is not None
    assert sorted(table.facts.time.columns) == sorted(header.split(";")[:-1])


def test_parts_of_a_time_are_found_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("\n".join(f"{2020 + k // 12};{k % 12 + 1};{k * k % 7}.5" for k in range(30)) + "\n")
    table = complete(read_table(path))
    assert (table.axis.calendar.frequency, table.columns) == ("MS", ("column 3",))


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        (["2020-01-05", "2020-01-05 06:00:00", "2020-01-05 12:00:00"], [0, 6, 12]),
        (["2020-01-05T00:00:00", "2020-01-05T00:00:00.500000", "2020-01-05T00:00:01"], [0, 0.5 / 3600, 1 / 3600]),
        (["2020-01-04 23:00", "2020-01-04 24:00", "2020-01-05 01:00"], [-1, 0, 1]),
        (["20200104T230000Z", "20200105T000000Z", "20200105T010000Z"], [-1, 0, 1]),
        (["202001042300", "202001050000", "202001050100"], [-1, 0, 1]),
        (["20200104230000", "20200105000000", "20200105010000"], [-1, 0, 1]),
        (["2020-01-04T23", "2020-01-05T00", "2020-01-05T01"], [-1, 0, 1]),
        (["04/Jan/2020:23:00:00 +0100", "05/Jan/2020:00:00:00 +0100", "05/Jan/2020:01:00:00 +0100"], [-2, -1, 0]),
        (["23:00 4.1.2020", "00:00 5.1.2020", "01:00 5.1.2020"], [-1, 0, 1]),
        (["Sat Jan 04 23:00:00 2020", "Sun Jan 05 00:00:00 2020", "Sun Jan 05 01:00:00 2020"], [-1, 0, 1]),
        (
            ["Sat, 04 Jan 2020 23:00:00 GMT", "Sun, 05 Jan 2020 00:00:00 GMT", "Sun, 05 Jan 2020 01:00:00 GMT"],
            [-1, 0, 1],
        ),
        (["2020-01-04 23:00 CET", "2020-01-05 00:00 CET", "2020-01-05 01:00 CET"], [-2, -1, 0]),
    ],
)
def test_times_that_programs_write_are_read(tmp_path: Path, times: list[str], wanted: list[float]) -> None:
    start = datetime(2020, 1, 5) - datetime(1970, 1, 1)
    positions = table_of(tmp_path, times).axis.positions
    np.testing.assert_allclose(positions, [start.total_seconds() + 3_600 * own for own in wanted], atol=1e-6)


def test_times_of_day_go_on_after_midnight(tmp_path: Path) -> None:
    table = table_of(tmp_path, ["22:00", "23:00", "00:00", "01:00"], "time")
    assert np.diff(table.axis.positions).tolist() == [3600] * 3
    assert [table.axis.text(own) for own in (*table.axis.positions[-1:], *table.axis.extended(1))] == [
        "01:00:00",
        "02:00:00",
    ]


@pytest.mark.parametrize("marks", ["%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%y-%m-%d"])
@MANY
@given(start=st.dates(date(1999, 1, 1), date(2015, 1, 1)), step=st.sampled_from(["D", "W-TUE", "MS", "B"]))
def test_even_steps_tell_day_month_and_year_apart(tmp_path: Path, marks: str, start: date, step: str) -> None:
    wanted = pd.date_range(start, periods=40, freq=step)
    table = table_of(tmp_path, wanted.strftime(marks).tolist(), "date")
    assert moments(table) == wanted.to_pydatetime().tolist()


def test_what_even_steps_leave_open_is_read_day_first_and_told(tmp_path: Path) -> None:
    table = table_of(tmp_path, [f"{day:02d}/01/2023 06:00" for day in range(1, 13)])
    assert table.axis.text(table.axis.positions[-1]) == "2023-01-12 06:00:00"
    assert table.notes == (
        "f.csv: the dates were read as day, month, year, but month, day, year (%m/%d/%Y %H:%M) would fit as well "
        "(--date-format)",
    )
    chosen = table.source.format
    assert chosen is not None
    again = complete(read_table(tmp_path / "f.csv", chosen.replace(date_format="%m/%d/%Y %H:%M")))
    assert again.axis.text(again.axis.positions[-1]) == "2023-12-01 06:00:00"


@MANY
@given(start=st.dates(date(1935, 1, 1), date(2024, 1, 1)), days=st.integers(1, 30), count=st.integers(3, 40))
@example(start=date(1952, 1, 1), days=1, count=14)
@example(start=date(1999, 12, 20), days=1, count=30)
def test_two_digits_of_a_year_lie_in_the_past(start: date, days: int, count: int) -> None:
    wanted = [datetime(start.year, start.month, start.day) + timedelta(days=days * index) for index in range(count)]
    cells = TimeCells("f.csv", "date", "%d.%m.%y")
    positions, newest = within_century(
        cells.parse([f"{own:%d.%m.%y}" for own in wanted], range(count)), date(2026, 6, 1)
    )
    assert positions.tolist() == [(own - datetime(1970, 1, 1)).total_seconds() for own in wanted]
    assert newest == (2026 if wanted[-1].year < 1969 or wanted[0].year < 1969 else None)


def test_two_digit_years_of_plans_are_not_torn_apart() -> None:
    positions = np.array(["2025-01-01", "2026-01-01", "2027-01-01"], "datetime64[s]").astype(float)
    assert within_century(positions, date(2026, 6, 1))[1] is None


def test_a_century_that_was_chosen_is_told_and_kept(tmp_path: Path) -> None:
    texts = [f"{month}/1/{year}" for year in ("52", "53") for month in range(1, 13)]
    table = table_of(tmp_path, texts, "month")
    assert table.axis.text(table.axis.positions[0]) == "1952-01-01"
    assert any(note.startswith("f.csv: years of two digits were read as 1952 to 1953") for note in table.notes)
    assert table.source.format is not None and table.source.format.newest_year is not None
    later = complete(read_table(tmp_path / "f.csv", table.source.format.replace(newest_year=2060)))
    assert later.axis.text(later.axis.positions[0]) == "2052-01-01"


@pytest.mark.parametrize(
    "cell",
    ["12.05", "1.5", "1,5", "2023", "123456", "1.234.567", "192.168.1.1", "abc", "2023/99", "A-12", "v2.0.1", "", "-",
     "Mar", "12:75:99 x", "31.02", "x" * 300, "1/2/3/4/5/6", "%Y", "\n", "٣٣-٠١-٢٠٢٠"],
)  # fmt: skip
def test_what_is_no_time_is_none(cell: str) -> None:
    assert not any((pattern := pattern_of(own)) and pattern.moments([cell])[1].all() for own in spellings_of(cell))


@MANY
@given(
    moment=st.datetimes(datetime(1000, 1, 1), datetime(9999, 1, 1)),
    date_format=st.sampled_from(
        ["%Y-%m-%d %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S", "%j/%Y %H:%M", "%d %B %Y %I:%M:%S %p", "%b %d %Y", "%A %d %b %Y",
         "%Y%m%dT%H%M%S", "%G-W%V-%u", "%Y%m%d%H%M%S", "%d%m%Y"]
    ),
)  # fmt: skip
def test_a_pattern_reads_what_strftime_writes(moment: datetime, date_format: str) -> None:
    year = f"{moment.year:04d}"  # strftime does not pad
    text = moment.strftime(date_format.replace("%Y", year).replace("%G", f"{moment.isocalendar().year:04d}"))
    pattern = pattern_of(date_format)
    assert pattern is not None
    found, valid, _ = pattern.moments([text, "nothing", text])
    assert valid.tolist() == [True, False, True]
    wanted = datetime.strptime(text, date_format)
    assert datetime(1970, 1, 1) + timedelta(microseconds=int(found[2])) == wanted
    assert pattern.moments([text] * 3)[0].tolist() == [found[0]] * 3


@MANY
@given(text=st.text(alphabet="%YmdHMSyqjGVuzpIfbBaAh -/.:TZ0", max_size=24))
@example(text="%")
@example(text="%%")
@example(text="%d%")
@example(text="%B")
def test_any_text_is_a_pattern_or_is_refused(text: str) -> None:
    pattern = pattern_of(text)
    if yearless_pattern(text) is not None:
        assert pattern is None and TimeCells("f", "t", text).is_yearless
        return
    if pattern is None:
        with pytest.raises(DataError, match=r"^f: dates cannot be written as "):
            TimeCells("f", "t", text or "%")
        return
    assert pattern.moments([example_of(text)])[1].tolist() == [True]


@pytest.mark.parametrize(
    "bad",
    ["2021-02-29", "2021-13-01", "2021-00-10", "2021-01-32", "2021-1-1 25:00", "2021-1-1 24:01", "2021-1-1 10:60"],
)
def test_dates_that_are_not_in_the_calendar_are_refused(tmp_path: Path, bad: str) -> None:
    clock = " 10:00" if ":" in bad else ""
    times = [f"2021-01-{day:02d}{clock}" for day in range(3, 9)]
    with pytest.raises(DataError, match=rf"^f\.csv: row 8 of column 'when' has '{bad}' where a date such as "):
        table_of(tmp_path, [*times, bad])


@pytest.mark.parametrize(
    ("times", "name", "told"),
    [
        (["first of Mar", "second of Mar", "third of Mar"], "x", True),
        (["Jan", "Feb", "Mar"], "x", True),
        (["wk five", "wk six", "wk seven"], "week", True),
        (["red", "green", "blue"], "colour", False),
    ],
)
def test_a_column_that_looks_like_times_is_not_left_out_in_silence(
    tmp_path: Path, times: list[str], name: str, told: bool
) -> None:
    notes = table_of(tmp_path, times, name).notes
    assert any("looks like times that cannot be read" in note and "may run backwards" in note for note in notes) is told


@pytest.mark.parametrize(
    ("header", "times", "date_format", "first"),
    [
        ("week", ["202251", "202252", "202301"], "%G%V", "2022-W51"),
        ("week", ["2022-51", "2022-52", "2023-01"], "%G-%V", "2022-W51"),
        ("quarter", ["20223", "20224", "20231"], "%Y%q", "2022Q3"),
        ("month", ["2211", "2212", "2301"], "%y%m", "2022-11"),
        ("date", ["2022364", "2022365", "2023001"], "%Y%j", "2022-12-30"),
        ("period", ["202211", "202212", "202301"], "yyyymm", "2022-11"),
        ("date", ["11.2022", "12.2022", "01.2023"], "%m.%Y", "2022-11"),
    ],
)
def test_digits_are_what_the_name_of_their_column_says(
    tmp_path: Path, header: str, times: list[str], date_format: str, first: str
) -> None:
    table = table_of(tmp_path, times, header)
    assert table.source.format is not None and table.source.format.date_format == date_format
    assert table.axis.text(table.axis.positions[0]) == first
    assert table.axis.calendar.frequency is not None


@pytest.mark.parametrize("written", ["%d-%b", "%b-%d", "%b %d"])
def test_days_of_no_known_year_are_not_taken_for_years(tmp_path: Path, written: str) -> None:
    days = pd.date_range("2022-01-01", periods=45, freq="D")
    table = table_of(tmp_path, [own.strftime(written) for own in days])
    assert table.axis.kind is AxisKind.STEP
    assert any("looks like times that cannot be read" in note for note in table.notes)


def test_days_as_excel_counts_them_are_told_and_can_be_chosen(tmp_path: Path) -> None:
    table = table_of(tmp_path, ["44927", "44928", "44929"], "date")
    assert table.notes == (
        "f.csv: column 'date' may have days as Excel counts them, 44927 being 2023-01-01, but is read as numbers "
        "(--date-format excel: as days)",
    )
    assert table.source.format is not None
    chosen = complete(read_table(tmp_path / "f.csv", table.source.format.replace(date_format="excel")))
    assert [chosen.axis.text(own) for own in chosen.axis.positions] == ["2023-01-01", "2023-01-02", "2023-01-03"]


@pytest.mark.parametrize(
    ("header", "times", "facts"),
    [
        ("month", ["Nov-22", "Dec-22", "Jan-23"], TimeFacts(("month",), "%b-%y", "MS", "2022-11", "2023-01", "as-is")),
        ("year", ["1999", "1998", "1997"], TimeFacts(("year",), "%Y", "YS", "1997", "1999", "reversed")),
        ("year", ["1990", "1995", "2000"], TimeFacts(("year",), "%Y", "5YS", "1990", "2000", "as-is")),
        ("decimal date", ["2021.0417", "2021.125", "2021.2083"],
         TimeFacts(("decimal date",), None, "MS", "2021.0417", "2021.2083", "as-is")),
        ("t", ["1", "2", "3"], TimeFacts(("t",), None, None, "1", "3", "as-is")),
        ("ts", ["1700000000000", "1700000060000", "1700000120000"],
         TimeFacts(("ts",), "epoch-ms", "min", "2023-11-14 22:13:20", "2023-11-14 22:15:20", "as-is")),
        ("x", ["red", "green", "red"], TimeFacts((), None, None, None, None, "as-is")),
    ],
)  # fmt: skip
def test_what_was_understood_of_time_is_known(tmp_path: Path, header: str, times: list[str], facts: TimeFacts) -> None:
    table = table_of(tmp_path, times, header)
    assert table.facts is not None and table.facts.time == facts


def test_a_frequency_that_a_few_rows_do_not_say_comes_from_the_format(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("date,v\n2022-01-31,1.5\n")
    one = TableFormat(time_columns=("date",), date_format="%Y-%m-%d", frequency="ME")
    table = complete(read_table(path, one))
    assert [table.axis.text(own) for own in table.axis.extended(2)] == ["2022-02-28", "2022-03-31"]
    path.write_text("date,v\n2022-01-31,1.5\n2022-02-07,1\n2022-02-14,3\n")
    assert complete(read_table(path, one)).axis.calendar.frequency == "W-MON"
    with pytest.raises(ConfigError, match="frequency must be one of pandas"):
        one.replace(frequency="monthly")


def test_a_chosen_format_and_chosen_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("x,d,t,v\n1,030221,0930,5\n2,040221,0930,6\n3,050221,0930,9\n")
    chosen = TableFormat(time_columns=("d", "t"), date_format="%d%m%y %H%M")
    table = complete(read_table(path, chosen))
    assert table.axis.text(table.axis.positions[0]) == "2021-02-03 09:30:00"
    assert (table.axis.calendar.frequency, table.columns) == ("D", ("x", "v"))


def test_the_pattern_of_most_texts_is_taken() -> None:
    assert date_pattern([["2020-01-05", "2020-01-06", "x"]]) == "%Y-%m-%d"
    assert date_pattern([["2020-01-05", "y", "x"]]) is None
    assert date_pattern([[]]) is None
