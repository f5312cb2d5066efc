"""Layouts: months and years across, one series under the other; heads and ends of tables."""

from __future__ import annotations

import calendar
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written import days, months, notes_of, read_text

from elman_core.data.csv.detect import detect
from elman_core.data.table_format import Comments, Layout, TableFormat
from elman_core.errors import DataError

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
MONTH_NAMES = {
    "short": list(calendar.month_abbr)[1:],
    "full": list(calendar.month_name)[1:],
    "capitals": [name.upper() for name in list(calendar.month_abbr)[1:]],
    "points": [f"{name}." for name in list(calendar.month_abbr)[1:]],
    "german": ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"],
    "french": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    "numbers": [str(month) for month in range(1, 13)],
    "two digits": [f"{month:02d}" for month in range(1, 13)],
}


def positions(table: object) -> list[str]:
    axis = table.axis  # type: ignore[attr-defined]
    return [str(np.datetime64(round(position), "s").astype("datetime64[M]")) for position in axis.positions]


# -- months across ----------------------------------------------------------------------------------


@FUZZ
@given(
    st.sampled_from(sorted(MONTH_NAMES)), st.integers(3, 8), st.integers(0, 11), st.integers(0, 11), st.booleans(),
    st.sampled_from([",", ";", "\t"]), st.booleans(),
)  # fmt: skip
def test_a_column_a_month_is_one_monthly_series(
    tmp_path: Path, spelling: str, years: int, late: int, early: int, downward: bool, delimiter: str, total: bool
) -> None:
    """The first year may begin late and the last one end early; years may run backwards, and totals stand beside."""
    numbers = np.round(np.random.default_rng(years).normal(5, 3, years * 12), 2)
    cells = [f"{number}" for number in numbers]
    cells[:late], cells[len(cells) - early :] = [""] * late, [""] * early
    rows = [[str(2001 + year), *cells[12 * year : 12 * year + 12]] for year in range(years)]
    header = ["Year", *MONTH_NAMES[spelling]]
    if total:
        header.append("Total")
        rows = [[*row, "77.5"] for row in rows]
    rows = rows[::-1] if downward else rows
    table = read_text(tmp_path, [delimiter.join(row) for row in [header, *rows]])
    assert table.values[:, 0].tolist() == numbers[late : len(numbers) - early].tolist()
    assert positions(table) == months(12 * years)[late : len(numbers) - early]
    assert table.columns == ("value",)
    assert "the header has 12 months; the rows are read from left to right as one series" in notes_of(table)
    assert ("'Total'" in notes_of(table)) is total


def test_the_same_table_can_be_read_column_by_column(tmp_path: Path) -> None:
    lines = ["Year,Jan,Feb,Mar,Apr,May,Jun", *(f"{year},1,2,3,4,5,{year % 7}.5" for year in range(2001, 2010))]
    table = read_text(tmp_path, lines, TableFormat(layout=Layout.COLUMNS))
    assert table.columns == ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
    assert table.notes == ()


def test_several_stations_with_months_across_are_sequences(tmp_path: Path) -> None:
    header = "station,year," + ",".join(MONTH_NAMES["short"])
    rows = [
        f"{place},{year}," + ",".join(f"{year % 10}.{m}" for m in range(12)) for place in "ab" for year in (2001, 2)
    ]
    rows = [row.replace(",2,", ",2002,") for row in rows]
    table = read_text(tmp_path, [header, *rows])
    assert table.panel.names == ("a", "b")
    assert table.panel.lengths.tolist() == [24, 24]


@pytest.mark.parametrize(
    "names", [["Q1", "Q2", "Q3", "Q4"], ["1Q", "2Q", "3Q", "4Q"], ["Quarter 1", "Quarter 2", "Quarter 3", "Quarter 4"]]
)
def test_quarters_across_are_one_series(tmp_path: Path, names: list[str]) -> None:
    lines = [
        ",".join(["Year", *names]),
        *(f"{2001 + y}," + ",".join(f"{4 * y + q}.5" for q in range(4)) for y in range(6)),
    ]
    table = read_text(tmp_path, lines)
    assert table.values[:, 0].tolist() == [number + 0.5 for number in range(24)]
    assert positions(table)[:5] == ["2001-01", "2001-04", "2001-07", "2001-10", "2002-01"]


@pytest.mark.parametrize(
    "names", [[str(h) for h in range(24)], [f"{h:02d}:00" for h in range(24)], [f"H{h}" for h in range(1, 25)]]
)
def test_hours_across_are_one_series(tmp_path: Path, names: list[str]) -> None:
    lines = [",".join(["date", *names])]
    lines += [f"{day}," + ",".join(f"{24 * row + hour}.5" for hour in range(24)) for row, day in enumerate(days(4))]
    table = read_text(tmp_path, lines)
    assert table.values[:, 0].tolist() == [number + 0.5 for number in range(96)]
    assert np.unique(np.diff(table.axis.positions)).tolist() == [3600]


def test_years_across_and_months_down_are_one_series(tmp_path: Path) -> None:
    lines = ["Month,2001,2002,2003"]
    lines += [f"{name},{row}.5,{row + 12}.5,{row + 24}.5" for row, name in enumerate(MONTH_NAMES["short"])]
    table = read_text(tmp_path, lines)
    assert table.values[:, 0].tolist() == [number + 0.5 for number in range(36)]
    assert positions(table) == months(36)


# -- places with times across -----------------------------------------------------------------------


@FUZZ
@given(st.integers(3, 12), st.integers(2, 8), st.sampled_from(["years", "months"]), st.booleans(), st.booleans())
def test_places_with_times_across_are_sequences(
    tmp_path: Path, count: int, places: int, kind: str, with_code: bool, with_source: bool
) -> None:
    times = [str(1990 + time) for time in range(count)] if kind == "years" else months(count)
    numbers = np.random.default_rng(count).integers(100, 999, (places, count))
    header = ["place", *(["code"] if with_code else []), *times]
    rows = [[f"place{p}", *([f"P{p}"] if with_code else []), *map(str, numbers[p])] for p in range(places)]
    lines = [",".join(row) for row in [header, *rows]]
    if with_source:
        lines += ["", "Source: the office"]
    table = read_text(tmp_path, lines)
    assert table.panel.names == tuple(f"place{p}" for p in range(places))
    assert table.values[:, 0].tolist() == numbers.ravel().tolist()
    assert f"the header has {count} times, {times[0]} to {times[-1]}" in notes_of(table)
    assert "(--layout columns: not so)" in notes_of(table)
    assert ("'code'" in notes_of(table)) is with_code


def test_times_across_can_be_asked_for_only_where_there_are_some(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no months, years or dates in its header"):
        read_text(tmp_path, ["a,b", "1,2", "3,4"], TableFormat(layout=Layout.ACROSS))


# -- one series under the other ---------------------------------------------------------------------


@FUZZ
@given(
    st.lists(st.sampled_from(["north", "south", "east", "west"]), min_size=2, max_size=4, unique=True),
    st.integers(4, 12), st.booleans(), st.booleans(),
)  # fmt: skip
def test_series_under_one_another_are_told_apart(
    tmp_path: Path, shops: list[str], count: int, by_time: bool, numbered: bool
) -> None:
    names = [str(place + 1) for place in range(len(shops))] if numbered else shops
    rows = [
        (name, month, f"{7 * place + row}.5")
        for place, name in enumerate(names)
        for row, month in enumerate(months(count))
    ]
    rows = sorted(rows, key=lambda row: row[1]) if by_time else rows
    table = read_text(tmp_path, ["store,month,sales", *map(",".join, rows)])
    assert table.panel.names == tuple(names)
    assert table.panel.lengths.tolist() == [count] * len(names)
    assert f"column 'store' tells {len(names)} sequences apart" in notes_of(table)
    assert "(--sequence-column none: not so)" in notes_of(table)


def test_a_text_beside_times_that_come_once_tells_nothing_apart(tmp_path: Path) -> None:
    lines = [
        "month,weather,sales",
        *(f"{month},{'sun' if row % 3 else 'rain'},{row}.5" for row, month in enumerate(months(12))),
    ]
    assert not read_text(tmp_path, lines).panel.has_several


# -- heads ------------------------------------------------------------------------------------------

TITLES = st.lists(
    st.sampled_from(["Category: garden shed", "Report of 2021", "All figures in tons", "Station Bern, 540 m"]),
    min_size=1, max_size=3, unique=True,
)  # fmt: skip


@FUZZ
@given(TITLES, st.integers(0, 2), st.sampled_from([",", ";", "\t"]), st.booleans(), st.booleans())
def test_titles_above_the_header_are_left_out(
    tmp_path: Path, titles: list[str], blank: int, delimiter: str, padded: bool, two_columns: bool
) -> None:
    titles = [title.replace(",", "") for title in titles]
    if padded:
        titles = [title + delimiter * (1 + two_columns) for title in titles]
    names = ["Week", "shed", "fence"][: 2 + two_columns]
    rows = [[day, *(f"{row}.25", f"{row * row}.5")[: 1 + two_columns]] for row, day in enumerate(days(12))]
    lines = [*titles, *[""] * blank, *(delimiter.join(row) for row in [names, *rows])]
    table = read_text(tmp_path, lines)
    assert table.columns == tuple(names[1:])
    assert table.rows == 12
    assert "above the table" in notes_of(table)
    assert repr(titles[0].strip(delimiter)) in notes_of(table)


@FUZZ
@given(st.sampled_from([["date", "mm", "°C"], ["", "(mm)", "(°C)"], ["UTC", "[m3/s]", "[K]"], ["-", "kWh", "%"]]))
def test_units_below_the_names_are_left_out(tmp_path: Path, units: list[str]) -> None:
    rows = [f"{day},{row}.5,{row * row}.25" for row, day in enumerate(days(9))]
    table = read_text(tmp_path, ["day,rain,warmth", ",".join(units), *rows])
    assert table.columns == ("rain", "warmth")
    assert table.rows == 9
    assert "row 2 stands below the names and is left out" in notes_of(table)


def test_units_above_the_names_are_left_out(tmp_path: Path) -> None:
    rows = [f"{day},{row}.5,{row * row}.25" for row, day in enumerate(days(9))]
    table = read_text(tmp_path, [",mm,°C", "day,rain,warmth", *rows])
    assert table.columns == ("rain", "warmth")


def test_two_rows_of_names_are_joined_where_groups_stand_above(tmp_path: Path) -> None:
    rows = [f"{day},{row}.5,{row * row}.25,{row}.75" for row, day in enumerate(days(9))]
    table = read_text(tmp_path, ["day,temperature,,rain", ",low,high,", *rows])
    assert table.columns == ("temperature low", "temperature high", "rain")
    assert "joined of 2 rows" in notes_of(table)


def test_lines_to_skip_and_rows_of_the_header_can_be_given(tmp_path: Path) -> None:
    lines = ["x,y", "day,v", "unit,mm", *(f"{day},{row}.5" for row, day in enumerate(days(5)))]
    table = read_text(tmp_path, lines, TableFormat(skip_rows=1, header=True, header_rows=2))
    assert table.columns == ("v",)
    assert table.rows == 5


def test_lines_with_a_hash_are_rows_where_they_look_like_all_others(tmp_path: Path) -> None:
    lines = ["tag,x", *(f"{'#' if row % 3 == 1 else ''}t{row},{row}.5" for row in range(9))]
    table = read_text(tmp_path, lines)
    assert table.rows == 9
    assert table.source.format is not None
    assert table.source.format.comments is Comments.ROWS


def test_names_in_the_last_comment_are_names(tmp_path: Path) -> None:
    table = read_text(
        tmp_path, ["# made in 2021, by hand", "# day,rain", *(f"{d},{r}.5" for r, d in enumerate(days(6)))]
    )
    assert (table.columns, table.axis.label) == (("rain",), "day")


# -- ends -------------------------------------------------------------------------------------------

FOOTERS = ["Source: harbour office,", "Notes: a, b and c", ",", "", "* provisional", "(c) 2021,"]


@FUZZ
@given(
    st.lists(st.sampled_from(FOOTERS), min_size=1, max_size=4),
    st.sampled_from(["", "Total", "Sum", "Summe", "Average", "Grand total", "Mean 2021", "TOTAL:"]),
)  # fmt: skip
def test_a_footer_and_totals_are_left_out_and_told(tmp_path: Path, footer: list[str], total: str) -> None:
    rows = [f"{month},{row}.5" for row, month in enumerate(months(12))]
    totals = [f"{total},72"] if total else []
    table = read_text(tmp_path, ["Month,cars", *rows, *totals, *footer])
    assert table.values[:, 0].tolist() == [row + 0.5 for row in range(12)]
    assert ("left out: " in notes_of(table)) is bool(total or any(line.strip(",") for line in footer))
    assert (repr(total) in notes_of(table)) is bool(total)


@FUZZ
@given(st.integers(2, 5), st.sampled_from(["Total", "Summe", "Sum of year"]))
def test_totals_among_the_rows_are_left_out(tmp_path: Path, years: int, total: str) -> None:
    lines = ["month,x"]
    for year in range(years):
        lines += [f"{month},{row + 0.5}" for row, month in enumerate(months(12, 2001 + year))]
        lines.append(f"{total} {2001 + year},78")
    table = read_text(tmp_path, lines)
    assert table.rows == 12 * years
    assert f"{years} rows with totals" in notes_of(table)


def test_a_total_below_rows_without_a_time_is_left_out(tmp_path: Path) -> None:
    table = read_text(tmp_path, ["item,x", "a,5", "b,7", "c,2", "Total,14"])
    assert table.values[:, 0].tolist() == [5, 7, 2]


def test_a_footer_with_a_number_of_its_own_is_no_footer(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="row 5 has 3 cells, 2 were expected"):
        read_text(tmp_path, ["a,b", "1,2", "4,3", "6,5", "7,8,9"])


def test_a_header_that_comes_again_is_no_row(tmp_path: Path) -> None:
    rows = [f"{day},{row}.5" for row, day in enumerate(days(6))]
    table = read_text(tmp_path, ["day,x", *rows[:3], "day,x", *rows[3:]])
    assert table.rows == 6
    assert "the header comes 1 more time" in notes_of(table)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_marks_of_encodings_blank_lines_and_delimiters_at_the_end_do_no_harm(tmp_path: Path, encoding: str) -> None:
    lines = ["", "Tag;Höhe;;", *(f"{day};{row},5;;" for row, day in enumerate(days(8))), "", ";;;"]
    table = read_text(tmp_path, lines, encoding=encoding)
    assert (table.columns, table.rows) == (("Höhe",), 8)


def test_what_is_detected_reads_the_same_again(tmp_path: Path) -> None:
    lines = ["Title", "", "Year," + ",".join(MONTH_NAMES["short"])]
    lines += [f"{year}," + ",".join(f"{year % 9}.{m}" for m in range(12)) for year in range(2001, 2005)]
    table = read_text(tmp_path, lines)
    found = detect(tmp_path / "f.csv").format
    assert table.source.format is not None
    assert table.source.format.replace(frequency=None) == found
    assert found.layout is Layout.ACROSS


def test_sequences_are_counted_as_far_as_rows_are_looked_at(tmp_path: Path) -> None:
    lines = ["shop,step,sales", *(f"{shop:04},{step},{step % 7}" for shop in range(2_500) for step in range(20))]
    table = read_text(tmp_path, lines)
    assert len(table.panel) == 2_500
    assert "column 'shop' tells at least 1,000 sequences apart" in notes_of(table)
