"""Tables of more kinds: languages of months, fiscal and Roman quarters, spans, pairs of columns, days across."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written import days, months, notes_of, read_text

from elman_core.data.csv.codes import suspected_code
from elman_core.data.table_format import TableFormat
from elman_core.errors import DataError

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = {
    "spanish": [
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
        "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ],
    "spanish, short": [
        "ene", "feb", "mar", "abr", "may", "jun", "jul",
        "ago", "sep", "oct", "nov", "dic",
    ],
    "italian": [
        "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio",
        "agosto", "settembre", "ottobre", "novembre", "dicembre",
    ],
    "portuguese, short": [
        "jan", "fev", "mar", "abr", "mai", "jun", "jul",
        "ago", "set", "out", "nov", "dez",
    ],
    "dutch": [
        "januari", "februari", "maart", "april", "mei", "juni", "juli",
        "augustus", "september", "oktober", "november", "december",
    ],
    "swedish": [
        "januari", "februari", "mars", "april", "maj", "juni", "juli",
        "augusti", "september", "oktober", "november", "december",
    ],
    "polish": [
        "styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec", "lipiec",
        "sierpień", "wrzesień", "październik", "listopad", "grudzień",
    ],
    "russian": [
        "январь", "февраль", "март", "апрель", "май", "июнь", "июль",
        "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
    ],
}  # fmt: skip
QUARTERS = [
    "{y}:{q}", "{y}/{q}", "{y}.{q}", "FY{y}-Q{q}", "FY{s} Q{q}", "{r}/{y}", "{y}-{r}", "{q}º trimestre {y}",
    "{q}er trimestre {y}", "{r}. Quartal {y}",
]  # fmt: skip
ROMAN = ("I", "II", "III", "IV")


def dates(table: object) -> list[date]:
    """Return the days of a table's rows."""
    return [date(1970, 1, 1) + timedelta(own // 86_400) for own in table.axis.positions]  # type: ignore[attr-defined]


@FEW
@given(
    st.sampled_from(sorted(NAMES)), st.sampled_from(["{m} {y}", "{y} {m}", "{m}-{y}", "{m} de {y}"]), st.booleans(),
    st.booleans(), st.integers(13, 30),
)  # fmt: skip
def test_months_are_read_in_many_languages(
    tmp_path: Path, language: str, form: str, capitals: bool, backwards: bool, count: int
) -> None:
    names = [name.upper() if capitals else name for name in NAMES[language]]
    texts = [form.format(m=names[row % 12], y=2003 + row // 12) for row in range(count)]
    rows = [f"{text};{5 + row * row % 7}" for row, text in enumerate(texts)]
    table = read_text(tmp_path, ["when;v", *(rows[::-1] if backwards else rows)])
    assert [day.isoformat()[:7] for day in dates(table)] == months(count, 2003)
    assert table.values[:, 0].tolist() == [5 + row * row % 7 for row in range(count)]
    assert table.axis.calendar.frequency == "MS"


@FEW
@given(st.sampled_from(sorted(NAMES)), st.integers(3, 6), st.booleans())
def test_months_in_the_header_are_read_in_many_languages_whichever_way_they_run(
    tmp_path: Path, language: str, years: int, falling: bool
) -> None:
    numbers = np.arange(12.0 * years) % 17 + 0.5
    rows = [numbers[12 * year : 12 * year + 12] for year in range(years)]
    way = slice(None, None, -1) if falling else slice(None)
    lines = [";".join([str(2001 + year), *map(str, row[way])]) for year, row in enumerate(rows)]
    table = read_text(tmp_path, [";".join(["year", *NAMES[language][way]]), *lines])
    assert table.values[:, 0].tolist() == numbers.tolist()
    assert table.axis.calendar.frequency == "MS"


@FEW
@given(st.sampled_from(QUARTERS), st.integers(9, 30), st.booleans())
def test_quarters_of_more_spellings(tmp_path: Path, form: str, count: int, backwards: bool) -> None:
    texts = [form.format(y=2011 + row // 4, s=11 + row // 4, q=row % 4 + 1, r=ROMAN[row % 4]) for row in range(count)]
    rows = [f"{text},{3 + row * row % 5}" for row, text in enumerate(texts)]
    table = read_text(tmp_path, ["period,v", *(rows[::-1] if backwards else rows)])
    assert dates(table) == [date(2011 + row // 4, row % 4 * 3 + 1, 1) for row in range(count)]
    assert table.axis.calendar.frequency == "QS"


@pytest.mark.parametrize("header", ["Quartal", "quarter", "Q"])
@pytest.mark.parametrize("form", ["{q}. Quartal", "{q}.", "Q {q}", "{r}", "T{q}", "Quarter {q}"])
def test_a_quarter_in_a_column_of_its_own_is_a_part_of_the_time(tmp_path: Path, header: str, form: str) -> None:
    lines = [f"{2001 + row // 4};{form.format(q=row % 4 + 1, r=ROMAN[row % 4])};{row * row % 7}" for row in range(17)]
    table = read_text(tmp_path, [f"year;{header};v", *lines])
    assert (table.columns, table.axis.calendar.frequency, len(table.panel)) == (("v",), "QS", 1)


@pytest.mark.parametrize("names", ["Y,M,D", "year,month,day", "jaar,maand,dag", "D,M,Y"])
def test_parts_may_be_called_by_one_letter_or_in_other_languages(tmp_path: Path, names: str) -> None:
    wanted = [date(2021, 1, 25) + timedelta(row) for row in range(30)]
    first = names[0] != "D"
    parts = [(day.year, day.month, day.day) if first else (day.day, day.month, day.year) for day in wanted]
    lines = [",".join(map(str, [*own, 3 + row * row % 5])) for row, own in enumerate(parts)]
    table = read_text(tmp_path, [f"{names},flow", *lines])
    assert (table.columns, dates(table), table.axis.calendar.frequency) == (("flow",), wanted, "D")


def test_a_month_by_name_beside_its_year_is_no_sequence(tmp_path: Path) -> None:
    lines = [f"{2001 + row // 12},{NAMES['spanish'][row % 12]},{row * row % 7}" for row in range(40)]
    table = read_text(tmp_path, ["year,month,v", *lines])
    assert (len(table.panel), table.axis.calendar.frequency, table.rows) == (1, "MS", 40)


@FEW
@given(
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d %b %Y"]), st.sampled_from([" - ", " – ", " to ", " bis "]),
    st.integers(8, 30), st.booleans(),
)  # fmt: skip
def test_of_a_span_the_beginning_is_the_time(tmp_path: Path, form: str, mark: str, count: int, backwards: bool) -> None:
    wanted = [date(2020, 3, 2) + timedelta(7 * row) for row in range(count)]
    rows = [f"{day:{form}}{mark}{day + timedelta(6):{form}};{row * row % 7}" for row, day in enumerate(wanted)]
    table = read_text(tmp_path, ["week;v", *(rows[::-1] if backwards else rows)])
    assert (dates(table), table.axis.calendar.frequency) == (wanted, "W-MON")


@pytest.mark.parametrize("form", ["%Y%m%d%H", "%y%m%d", "%d%m%y"])
def test_digits_may_be_hours_or_short_dates(tmp_path: Path, form: str) -> None:
    step = timedelta(hours=1) if "%H" in form else timedelta(1)
    wanted = [datetime(2022, 1, 5) + row * step for row in range(40)]
    table = read_text(tmp_path, ["date,v", *(f"{when:{form}},{row % 7}" for row, when in enumerate(wanted))])
    assert [datetime(1970, 1, 1) + timedelta(seconds=own) for own in table.axis.positions] == wanted
    assert table.axis.calendar.frequency == ("h" if "%H" in form else "D")


@FEW
@given(st.integers(2, 3), st.integers(2, 4), st.integers(5, 14), st.booleans(), st.booleans())
def test_two_columns_tell_sequences_apart_together(
    tmp_path: Path, stores: int, items: int, count: int, numbered: bool, by_date: bool
) -> None:
    keys = [(store, item) for store in range(1, stores + 1) for item in range(1, items + 1)]
    rows = [
        (day, f"{store}" if numbered else f"S{store}", f"{item}" if numbered else f"i{item}", 100 * store + item)
        for store, item in keys
        for day in days(count)
    ]
    rows = sorted(rows, key=lambda row: row[0]) if by_date else rows
    table = read_text(tmp_path, ["date,store,item,sales", *(",".join(map(str, row)) for row in rows)])
    assert len(table.panel) == len(keys)
    assert [table.values[start, 0] for start in table.panel.starts] == [100 * store + item for store, item in keys]
    assert table.source.sequence_column == "store, item"
    assert f"columns 'store' and 'item' tell {len(keys)} sequences apart" in notes_of(table)


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize("ends", [False, True])
def test_times_of_day_across(tmp_path: Path, minutes: int, ends: bool) -> None:
    times = [own + minutes * ends for own in range(0, 1_440, minutes)]
    header = ",".join(["Date", *(f"{own // 60:02d}:{own % 60:02d}" for own in times)])
    lines = [",".join([day, *(str(own % 7 + 0.5) for own in range(len(times)))]) for day in days(4)]
    table = read_text(tmp_path, [header, *lines])
    assert table.rows == 4 * len(times)
    assert set(np.diff(table.axis.positions).tolist()) == {60.0 * minutes}


@pytest.mark.parametrize("form", ["%Y-%m", "%m/%Y", "%Y/%m"])
def test_days_across_with_a_month_in_each_row(tmp_path: Path, form: str) -> None:
    wanted = [date(2021, 1, 1) + timedelta(row) for row in range(120)]
    lines = []
    for month in range(1, 5):
        own = [str(day.day % 9 + 0.5) for day in wanted if day.month == month]
        lines.append(",".join([f"{date(2021, month, 1):{form}}", *own, *[""] * (31 - len(own))]))
    table = read_text(tmp_path, [",".join(["month", *map(str, range(1, 32))]), *lines])
    assert (dates(table), table.axis.calendar.frequency) == (wanted, "D")


@pytest.mark.parametrize(
    "remark", ["Source: office of numbers, 2023", "(c) 2023; see notes, 4, 5", "Retrieved 12 May 2023, 8"]
)
@pytest.mark.parametrize("columns", [1, 2])
def test_a_remark_that_commas_divide_is_a_footer(tmp_path: Path, remark: str, columns: int) -> None:
    names = ",".join(["month", "a", "b"][: columns + 1])
    lines = [",".join([month, *["4.5"] * (columns - 1), str(row % 5)]) for row, month in enumerate(months(20))]
    table = read_text(tmp_path, [names, *lines, "", remark])
    assert table.rows == 20
    assert "no number and is left out" in notes_of(table)


def test_noughts_far_from_all_others_are_asked_about_and_counts_are_not() -> None:
    values = np.array([42.0, 45, 0, 39, 47, 0, 41, 44])
    assert suspected_code(values) == 0.0
    assert suspected_code(np.array([0.0, 3, 0, 1, 2, 5])) is None


@pytest.mark.parametrize("header", ["hhmm", "Time", "hour"])
def test_a_time_of_day_of_four_digits_stands_beside_its_date(tmp_path: Path, header: str) -> None:
    wanted = [datetime(2022, 10, 29) + timedelta(minutes=30 * row) for row in range(100)]
    lines = [f"{when:%Y-%m-%d},{when:%H%M},{row % 7}" for row, when in enumerate(wanted)]
    table = read_text(tmp_path, [f"date,{header},v", *lines])
    assert [datetime(1970, 1, 1) + timedelta(seconds=own) for own in table.axis.positions] == wanted
    assert (table.columns, table.axis.calendar.frequency) == (("v",), "30min")


LETTERS = {
    "cp1250": "příjmy", "cp1251": "продажи", "cp1252": "année", "cp1253": "πωλήσεις", "cp1254": "satış",
    "cp932": "売上", "gb18030": "销量", "big5": "銷量", "cp949": "매출",
}  # fmt: skip


@pytest.mark.parametrize("encoding", LETTERS)
def test_letters_of_an_encoding_are_read_as_it_says_and_a_guess_is_told(tmp_path: Path, encoding: str) -> None:
    name = LETTERS[encoding]
    lines = [f"day,{name}", *(f"{day},{row % 7 + 0.5}" for row, day in enumerate(days(40)))]
    guessed = read_text(tmp_path, lines, encoding=encoding)
    assert "f.csv: it is no UTF-8, so its letters are read as " in notes_of(guessed)
    assert "where they look wrong, choose another encoding (--encoding)" in notes_of(guessed)
    chosen = read_text(tmp_path, lines, TableFormat(encoding=encoding), encoding=encoding)
    assert chosen.columns == (name,)
    assert "letters" not in notes_of(chosen)
    np.testing.assert_array_equal(chosen.values, guessed.values)


POWERS = {"K": 3, "k": 3, "M": 6, "Mio.": 6, "mn": 6, "B": 9, "bn": 9, "Mrd": 9}


@FEW
@given(
    written=st.lists(
        st.tuples(st.integers(1, 99_999), st.sampled_from(["", *POWERS])), min_size=12, max_size=40
    ).filter(lambda rows: len({mark for _, mark in rows}) > 2),
    before=st.sampled_from(["", "$", "€ "]),
    blank=st.booleans(),
    decimal=st.sampled_from([".", ","]),
)
def test_thousands_millions_and_billions_are_read_in_full(
    tmp_path: Path, written: list[tuple[int, str]], before: str, blank: bool, decimal: str
) -> None:
    lines = ["day;volume"]
    for day, (hundredths, mark) in zip(days(len(written)), written, strict=True):
        body = f"{hundredths // 100}{decimal}{hundredths % 100:02d}"
        lines.append(f"{day};{before}{body}{' ' if blank and mark not in ('K', 'k') else ''}{mark}")
    table = read_text(tmp_path, lines)
    expected = [float(f"{hundredths}e{POWERS.get(mark, 0) - 2}") for hundredths, mark in written]
    assert table.values[:, 0].tolist() == expected
    for mark in {mark for _, mark in written if mark}:
        assert f"{mark!r} is 1,000" in notes_of(table)


def test_millions_may_have_an_exponent(tmp_path: Path) -> None:
    table = read_text(tmp_path, ["day,v", *(f"{day},{row + 1}e2M" for row, day in enumerate(days(12)))])
    assert table.values[:, 0].tolist() == [(row + 1) * 1e8 for row in range(12)]
    endless = [f"{day},{row + 1}e{'9' * 5_000}M" for row, day in enumerate(days(12))]
    with pytest.raises(DataError, match="no column of numbers"):
        read_text(tmp_path, ["day,v", *endless])


@pytest.mark.parametrize("blank", ["", " "])
def test_k_beside_each_number_may_be_the_unit_of_temperature(tmp_path: Path, blank: str) -> None:
    table = read_text(tmp_path, ["day,t", *(f"{day},{270 + row / 8}{blank}K" for row, day in enumerate(days(30)))])
    assert table.values[:, 0].tolist() == [270 + row / 8 for row in range(30)]
    assert "have 'K' beside them, and are read without it" in notes_of(table)
