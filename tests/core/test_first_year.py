"""Times without a year: the first year is said, and a new one begins wherever they go back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from commands import Elman

from elman_core.data.csv.detect import detect
from elman_core.data.csv.read import read_table
from elman_core.data.table import Table, TableFormat
from elman_core.errors import DataError
from elman_core.support.jobs import complete

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
GERMAN = ["Jan.", "Feb.", "März", "April", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."]


def months(count: int, first: int = 2019 * 12) -> list[date]:
    """Return the first days of so many months, counted from the year 0 on."""
    return [date(place // 12, place % 12 + 1, 1) for place in range(first, first + count)]


def days(count: int) -> list[date]:
    return [date(2020, 12, 20) + timedelta(days=place) for place in range(count)]


SPELLINGS: dict[str, tuple[str, Callable[[date], str], list[date]]] = {
    "names": ("month", lambda day: MONTHS[day.month - 1], months(30)),
    "short names": ("when", lambda day: MONTHS[day.month - 1][:3], months(30)),
    "capital letters": ("m", lambda day: MONTHS[day.month - 1][:3].upper(), months(30)),
    "German names": ("Monat", lambda day: GERMAN[day.month - 1], months(30)),
    "numbers": ("month", lambda day: f"{day.month}", months(30)),
    "two digits": ("month", lambda day: f"{day.month:02}", months(30)),
    "with an M": ("month", lambda day: f"M{day.month:02}", months(30)),
    "quarters": ("quarter", lambda day: f"Q{(day.month + 2) // 3}", months(60)[::3]),
    "numbers of quarters": ("qtr", lambda day: f"{(day.month + 2) // 3}", months(60)[::3]),
    "half-years": ("month", lambda day: MONTHS[day.month - 1], months(60)[::6]),
    "from autumn on": ("month", lambda day: MONTHS[day.month - 1], months(20, 2019 * 12 + 9)),
    "day and name": ("day", lambda day: f"{day.day} {MONTHS[day.month - 1][:3]}", days(40)),
    "name and day": ("date", lambda day: f"{MONTHS[day.month - 1]} {day.day}", days(40)),
    "day and month": ("Tag", lambda day: f"{day.day:02}.{day.month:02}.", days(40)),
    "month and day": ("date", lambda day: f"{day.month:02}-{day.day:02}", days(40)),
    "time of day": ("date", lambda day: f"{day.month:02}/{day.day:02} 06:00", days(40)),
    "two columns": ("month,day", lambda day: f"{day.month},{day.day}", days(40)),
}


def written(path: Path, names: str, cells: list[str]) -> Path:
    rows = "".join(f"{cell},{(7 * place) % 23 + place / 8}\n" for place, cell in enumerate(cells))
    path.write_text(f"{names},sales\n{rows}", encoding="utf-8")
    return path


def read(path: Path, first_year: int | None = None, **chosen: object) -> Table:
    wanted = TableFormat(**chosen) if first_year is None else TableFormat(first_year=first_year, **chosen)
    return complete(read_table(path, detect(path, wanted).format))


def dates_of(table: Table) -> list[date]:
    return [
        date.fromisoformat(str(np.datetime64(int(position), "s").astype("datetime64[D]")))
        for position in table.axis.positions
    ]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("backwards", [False, True])
def test_a_new_year_begins_where_times_go_back(tmp_path: Path, spelling: str, backwards: bool) -> None:
    names, write, times = SPELLINGS[spelling]
    backwards = backwards and spelling != "half-years"  # which could run either way, and are taken to run forwards
    cells = [write(day) for day in times]
    path = written(tmp_path / "t.csv", names, cells[::-1] if backwards else cells)
    table = read(path, times[0].year)
    assert dates_of(table) == times
    assert table.facts is not None and table.facts.order == ("reversed" if backwards else "as-is")
    assert any(f"were read as {times[0].year} to {times[-1].year}" in note for note in table.notes)
    assert table.columns[-1:] == ("sales",)


def test_without_the_first_year_the_option_is_named(tmp_path: Path) -> None:
    for names, cells in (("month", MONTHS * 2), ("month", [f"{n % 12 + 1}" for n in range(24)])):
        table = read(written(tmp_path / "t.csv", names, cells))
        assert table.axis.kind.value == "step"
        assert any("without a year" in note and "(--first-year)" in note for note in table.notes)


def test_a_format_without_a_year_asks_for_the_first(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "month", MONTHS * 2)
    with pytest.raises(DataError, match=r"have no year; say that of the first row \(--first-year\)"):
        read(path, date_format="%B")
    assert dates_of(read(path, 2019, date_format="%B")) == months(24)


def test_each_sequence_begins_in_the_first_year(tmp_path: Path) -> None:
    path = tmp_path / "shops.csv"
    rows = "".join(f"{shop},{MONTHS[n % 12]},{n * 3 % 7}\n" for shop in ("a", "b") for n in range(18))
    path.write_text(f"shop,month,sales\n{rows}")
    table = read(path, 2019, sequence_column="shop")
    assert len(table.panel) == 2 and dates_of(table) == months(18) * 2


def test_months_of_one_year_in_no_order_are_sorted(tmp_path: Path) -> None:
    table = read(written(tmp_path / "t.csv", "month", sorted(MONTHS)), 2019)
    assert dates_of(table) == months(12)
    assert table.facts is not None and table.facts.order == "sorted"


def test_months_of_several_years_in_no_order_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="have no year and are in no order"):
        read(written(tmp_path / "t.csv", "month", sorted(MONTHS * 2, key=lambda name: name[::-1])), 2019)


def test_29_february_is_refused_in_a_year_that_has_none(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "day", ["28.02.", "29.02.", "01.03.", "02.03."])
    assert dates_of(read(path, 2020))[1] == date(2020, 2, 29)
    with pytest.raises(DataError, match="row 3 has 29 February in 2021; say another first year"):
        read(path, 2021)


def test_a_year_that_is_written_counts_whatever_the_first_year_is(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "month", [f"{day:%Y-%m}" for day in months(24)])
    assert dates_of(read(path, 1999)) == months(24)


def test_the_model_keeps_the_first_year_and_the_script_reads_as_the_program_does(elman: Elman, tmp_path: Path) -> None:
    data = written(tmp_path / "t.csv", "month", [MONTHS[n % 12] for n in range(40)])
    model, forecast = tmp_path / "m.safetensors", tmp_path / "f.csv"
    elman("train", data, "--first-year", 2019, "--epochs", 5, "--hidden", 3, "--save", model)
    elman("predict", model, data, "--steps", 3, "--out", forecast)
    lines = forecast.read_text().splitlines()
    assert lines[1].startswith("2019-01") and [line[:7] for line in lines[-3:]] == ["2022-05", "2022-06", "2022-07"]
    script, own = tmp_path / "s.py", tmp_path / "own.csv"
    elman("export", model, "--to", "script", "--out", script)
    subprocess.run([sys.executable, script, data, "--steps", "3", "--out", own], check=True, cwd=tmp_path)
    assert [line[:7] for line in own.read_text().splitlines()[-3:]] == ["2022-05", "2022-06", "2022-07"]
