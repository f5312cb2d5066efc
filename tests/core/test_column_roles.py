"""Which column is learned unasked: never a part of a date, an identifier, a row number or a constant."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written import days, months, read_text

from elman_core.config import DataConfig
from elman_core.data.csv.columns import no_series
from elman_core.data.panel import Panel
from elman_core.data.preparation import prepare
from elman_core.errors import DataError
from elman_core.experiments.data_summary import DataSummary

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
MOMENTS = [datetime.datetime(2019, 11, 20) + datetime.timedelta(hours=7 * row) for row in range(400)]
PARTS = {
    "year": lambda m: m.year, "Jahr": lambda m: m.year, "month": lambda m: m.month, "Mon": lambda m: m.month,
    "day": lambda m: m.day, "hour": lambda m: m.hour, "weekday": lambda m: m.weekday(), "dow": lambda m: m.isoweekday(),
    "quarter": lambda m: (m.month - 1) // 3 + 1, "week": lambda m: m.isocalendar()[1],
    "doy": lambda m: m.timetuple().tm_yday, "startMonth": lambda m: m.month,
}  # fmt: skip


def doubt(name: str, values: list[float], **options: bool) -> str:
    return no_series(name, np.array(values, np.float64), Panel.of(len(values)), **options)


@FUZZ
@given(st.sampled_from(sorted(PARTS)), st.integers(0, 100), st.integers(40, 300))
def test_parts_of_dates_are_known_by_name_and_range(part: str, first: int, count: int) -> None:
    values = [float(PARTS[part](moment)) for moment in MOMENTS[first : first + count]]
    assert doubt(part, values) in ("a date part", "constant")


@FUZZ
@given(st.sampled_from([(1, 12), (0, 23), (1, 4), (1, 7), (0, 6), (1, 31)]), st.integers(0, 30), st.integers(3, 5))
def test_numbers_that_count_up_and_begin_anew_are_parts_of_dates_whatever_their_name(
    limits: tuple[int, int], first: int, rounds: int
) -> None:
    low, high = limits
    length = high - low + 1
    assert doubt("column 2", [float(low + (first + row) % length) for row in range(rounds * length)]) == "a date part"


@FUZZ
@given(st.sampled_from([4, 12, 52, 365]), st.integers(1850, 2020), st.booleans())
def test_years_and_decimal_years_are_parts_of_dates(rate: int, year: int, whole: bool) -> None:
    values = [year + row / rate for row in range(3 * rate)]
    values = [float(int(value)) for value in values] if whole else [round(value, 4) for value in values]
    assert doubt("column 3", values) == "a date part"


def test_decimal_years_with_missing_rows_are_parts_of_dates() -> None:
    values = [round(2021 + row / 12, 4) for row in (0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16, 17)]
    assert doubt("decimal date", values) == "a date part"


@FUZZ
@given(st.integers(-5, 10_000), st.integers(3, 100), st.sampled_from([1, -1]))
def test_numbers_that_go_on_by_one_are_row_numbers(first: int, count: int, step: int) -> None:
    values = [float(first + step * row) for row in range(count)]
    assert doubt("n", values) in ("a row number", "a date part")


@pytest.mark.parametrize(
    "name", ["id", "ID", "station_id", "storeId", "product code", "Nr", "index", "ZIP", "row number"]
)
def test_identifiers_are_known_by_name(name: str) -> None:
    assert doubt(name, [17.0, 4.0, 12.0, 99.0]) == "an identifier"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("number of visitors", [17.0, 4.0, 12.0]), ("index of prices", [101.0, 103.0, 99.0]),
        ("days of rain", [3.0, 20.0, 11.0]), ("hours of sun", [3.0, 0.0, 11.0]), ("mm", [3.0, 0.0, 11.0]),
        ("level", [5.0, 4.0, 6.0]), ("min", [3.0, 1.0, 9.0]), ("month", [3.5, 4.5, 1.0]), ("hours", [30.0, 12.0, 44.0]),
        ("v", [0.0, 1.0, 2.0, 1.0, 1.0]), ("sales", [1.0, 2.0, 3.0, 5.0, 4.0]), ("year", [4.0, 6.0, 5.0]),
    ],
)  # fmt: skip
def test_a_series_is_no_date_for_its_name_alone(name: str, values: list[float]) -> None:
    assert doubt(name, values) == ""


@FUZZ
@given(
    st.lists(st.floats(-50, 50).map(lambda x: round(x, 2)), min_size=8, max_size=60).filter(lambda x: len(set(x)) > 4)
)
def test_measured_numbers_are_series(values: list[int]) -> None:
    assert doubt("x", [value / 100 + 0.005 for value in values]) == ""


# -- in a table -------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("extra", [("id", 7), ("constant", 0), (None, 0)])
def test_the_first_series_is_learned_and_not_what_stands_before_it(
    tmp_path: Path, delimiter: str, header: bool, extra: tuple[str | None, int]
) -> None:
    name, step = extra
    names = ["year", "month", "decimal date", *([name] if name else []), "level", "other"]
    rows = []
    for row in range(30):
        cells = [
            str(1990 + row // 12),
            str(row % 12 + 1),
            f"{1990 + row / 12:.3f}",
            *([str(5 + step * row)] if name else []),
        ]
        rows.append(delimiter.join([*cells, f"{40 + (row * 7 % 11) / 10:.1f}", f"{row * 3 % 17}.5"]))
    if name == "id" and not header:
        return  # without its name it could be anything
    lines = [delimiter.join(names), *rows] if header else rows
    table = read_text(tmp_path, lines)
    wanted = "level" if header else f"column {names.index('level') + 1}"
    assert table.usual_targets == (wanted,)
    assert prepare(table, DataConfig()).columns == (wanted,)
    roles = {column.name: DataSummary.of_table(table).role(column) for column in table.facts.columns}
    assert roles[wanted] == "target"
    assert set(roles.values()) <= {"target", "time", "ignored"}


def test_what_is_doubtful_is_learned_where_it_is_named(tmp_path: Path) -> None:
    table = read_text(tmp_path, ["date,month,x", *(f"{m}-15,{m[-2:]},{r * r % 7}.5" for r, m in enumerate(months(24)))])
    assert prepare(table, DataConfig(columns=("month",))).columns == ("month",)
    assert prepare(table, DataConfig(columns=("x",), known=("month",))).config.known == ("month",)


def test_nothing_is_learned_unasked_where_there_is_no_series(tmp_path: Path) -> None:
    lines = ["day,hour,id", *(f"{day},{row % 24},{row * 37 % 100}" for row, day in enumerate(days(30)))]
    with pytest.raises(DataError) as caught:
        prepare(read_text(tmp_path, lines), DataConfig())
    assert str(caught.value) == (
        "f.csv: 'hour' is a date part, 'id' is an identifier: none is learned unasked; choose one as target (--target)"
    )


def test_the_number_of_a_shop_is_an_identifier_in_each_of_its_rows(tmp_path: Path) -> None:
    rows = [
        f"{place},{place * 11},{month},{row * row % 13}.5" for place in (1, 2, 3) for row, month in enumerate(months(9))
    ]
    table = read_text(tmp_path, ["store,size,month,sales", *rows])
    assert table.panel.has_several
    assert table.usual_targets == ("sales",)


def test_a_flag_is_learned_where_there_is_nothing_else(tmp_path: Path) -> None:
    rows = [f"{day},{int(row % 7 == 0)},{row * row % 11}.5" for row, day in enumerate(days(30))]
    assert read_text(tmp_path, ["date,holiday,sales", *rows]).usual_targets == ("sales",)
    alone = read_text(tmp_path, ["date,open", *(row.rpartition(",")[0] for row in rows)])
    assert alone.usual_targets == ("open",)
