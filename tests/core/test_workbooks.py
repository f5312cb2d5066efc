"""Excel and Parquet: read as any other table, with their titles, units and totals, and within limits."""

from __future__ import annotations

import builtins
import datetime
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from elman_core.data.csv import sheets
from elman_core.data.csv.detect import detect, preview
from elman_core.data.csv.read import read_table
from elman_core.data.table import Table
from elman_core.data.table_format import Layout, TableFormat
from elman_core.errors import DataError
from elman_core.support.jobs import complete

DAYS = [datetime.datetime(2021, 3, 1) + datetime.timedelta(days=day) for day in range(30)]


def workbook(path: Path, **rows_of: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in rows_of.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def read(path: Path, **wanted: Any) -> Table:
    return complete(read_table(path, wanted=TableFormat(**wanted) if wanted else None))


def test_a_sheet_is_read_with_its_dates_and_numbers(tmp_path: Path) -> None:
    numbers = [0.125 + row for row in range(30)]
    rows = [["day", "x", "n"], *([day, x, row * row] for row, (day, x) in enumerate(zip(DAYS, numbers, strict=True)))]
    table = read(workbook(tmp_path / "b.xlsx", Data=rows))
    assert table.columns == ("x", "n")
    assert table.values[:, 0].tolist() == numbers
    assert table.axis.text(table.axis.positions[-1]) == "2021-03-30"
    assert table.source.format is not None
    assert preview(tmp_path / "b.xlsx", table.source.format, 2) == [["day", "x", "n"], ["2021-03-01", "0.125", "0"]]


def test_times_of_day_in_a_sheet_are_read(tmp_path: Path) -> None:
    moments = [datetime.datetime(2021, 3, 1) + datetime.timedelta(hours=hour) for hour in range(50)]
    table = read(
        workbook(tmp_path / "b.xlsx", S=[["when", "x"], *([when, h % 7 + 0.5] for h, when in enumerate(moments))])
    )
    assert np.unique(np.diff(table.axis.positions)).tolist() == [3600]


def test_what_stands_around_a_table_in_a_sheet_is_left_out(tmp_path: Path) -> None:
    rows = [["Report", None, None], [None, None, None], ["month", "sales", "cost"]]
    rows += [[f"2021-{month:02d}", month * 1.5, None if month == 4 else 7.25 * month] for month in range(1, 13)]
    rows += [["Total", 117, 500.0], ["Source: the office", None, None]]
    table = read(workbook(tmp_path / "b.xlsx", S=rows))
    assert (table.columns, table.rows) == (("sales", "cost"), 12)
    assert np.flatnonzero(np.isnan(table.values[:, 1])).tolist() == [3]
    assert "'Report'" in "".join(table.notes)
    assert "'Source: the office'" in "".join(table.notes)
    assert "'Total'" in "".join(table.notes)


def test_months_across_a_sheet_are_one_series(tmp_path: Path) -> None:
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    table = read(
        workbook(
            tmp_path / "b.xlsx",
            S=[["Year", *names], *([y, *(y % 9 + m for m in range(12))] for y in range(2001, 2005))],
        )
    )
    assert table.rows == 48
    assert table.source.format is not None
    assert table.source.format.layout is Layout.ACROSS


def test_a_sheet_can_be_chosen_and_the_first_with_rows_is_taken_otherwise(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "b.xlsx",
        Cover=[["A cover"]],
        One=[["t", "x"], [1, 5], [2, 3], [3, 9]],
        Two=[["t", "y"], [1, 4], [2, 8], [3, 1]],
    )
    assert read(path).columns == ("x",)
    assert read(path, sheet="Two").columns == ("y",)
    with pytest.raises(DataError, match=r"b\.xlsx has no sheet 'Three'; it has 'Cover', 'One', 'Two'"):
        read(path, sheet="Three")


def test_a_parquet_file_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"day": DAYS, "place": ["a", "b"] * 15, "x": np.arange(30) / 3, "n": np.arange(30) ** 2})
    frame.loc[4, "x"] = np.nan
    frame.to_parquet(tmp_path / "p.parquet", index=False)
    table = read(tmp_path / "p.parquet")
    assert table.columns == ("x", "n")
    assert table.axis.text(table.axis.positions[0]) == "2021-03-01"
    np.testing.assert_array_equal(table.values[:, 0], frame["x"].to_numpy())


def test_the_index_of_a_frame_is_its_time(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.arange(30) / 3}, index=pd.DatetimeIndex(DAYS, name="day"))
    frame.to_parquet(tmp_path / "p.parquet")
    table = read(tmp_path / "p.parquet")
    assert table.axis.label == "day"


def test_a_sheet_that_unpacks_to_too_much_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "b.xlsx", S=[["t", "x"], [1, 5], [2, 3]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", bytes(2_000_000))
    monkeypatch.setattr(sheets, "_MAXIMUM_UNPACKED", 1_000_000)
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(DataError, match=r"bytes once it is unpacked; at most 1,000,000 can be read"):
        read(path)


def test_too_many_cells_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_MAXIMUM_CELLS", 10)
    with pytest.raises(DataError, match="has more than 10 cells"):
        read(workbook(tmp_path / "b.xlsx", S=[["t", "x"], *([row, row] for row in range(20))]))


def test_a_text_without_end_in_a_parquet_file_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"x": [1.5, 2.5], "note": ["a" * 40_000] * 2}).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(DataError, match="has a text of 40,000 characters"):
        read(tmp_path / "p.parquet")


@pytest.mark.parametrize("name", ["b.xlsx", "p.parquet"])
def test_what_only_looks_like_a_workbook_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 no archive PAR1")
    for read_it in (lambda: read(tmp_path / name), lambda: detect(tmp_path / name)):
        with pytest.raises(DataError, match="is damaged; a"):
            read_it()


@pytest.mark.parametrize("name", ["b.xls", "b.ods", "b.xlsb"])
def test_old_workbooks_are_to_be_saved_anew(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(DataError, match=r"save it as \.xlsx or as CSV"):
        read(tmp_path / name)


def test_a_workbook_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"b\.xlsx was not found in"):
        read(tmp_path / "b.xlsx")


@pytest.mark.parametrize(("name", "library"), [("b.xlsx", "openpyxl"), ("p.parquet", "pyarrow")])
def test_a_missing_library_is_named_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, library: str
) -> None:
    (tmp_path / name).write_bytes(b"PK")
    imported = builtins.__import__

    def without(wanted: str, *arguments: Any, **options: Any) -> Any:
        if wanted.split(".")[0] == library:
            raise ImportError(wanted)
        return imported(wanted, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        DataError, match=rf"needs the library {library}, .*pip install 'elman\[tables\]', or save it as CSV"
    ):
        read(tmp_path / name)


def test_cancelling_closes_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "b.xlsx", S=[["t", "x"], *([row, row % 7] for row in range(9_000))])
    job = read_table(path)
    next(job)
    job.close()
    path.rename(tmp_path / "c.xlsx")
    assert read(tmp_path / "c.xlsx", sequence_column=None).rows == 9_000


@pytest.mark.parametrize("frequency", ["M", "Q-DEC", "Y-DEC", "D", "h", "W-SUN"])
@pytest.mark.parametrize("as_index", [True, False])
def test_periods_of_a_parquet_file_are_times(tmp_path: Path, frequency: str, *, as_index: bool) -> None:
    periods = pd.period_range("2001-01-01", periods=40, freq=frequency)
    values = [row % 7 + 0.5 for row in range(40)]
    frame = pd.DataFrame({"x": values}, index=periods) if as_index else pd.DataFrame({"when": periods, "x": values})
    frame.to_parquet(tmp_path / "p.parquet")
    table = read(tmp_path / "p.parquet")
    assert table.columns == ("x",)
    assert table.values[:, 0].tolist() == values
    begins = periods.to_timestamp()
    in_years = frequency == "Y-DEC"
    assert table.axis.positions.tolist() == [one.year if in_years else one.timestamp() for one in begins]


def test_the_first_sheet_with_a_table_is_read_and_told(tmp_path: Path) -> None:
    prose = [["Sales of the company"], ["Source: finance department"], ["Contact: nobody"]]
    rows = [["day", "x"], *([day, row % 7 + 0.5] for row, day in enumerate(DAYS))]
    path = workbook(tmp_path / "b.xlsx", About=prose, Data=rows, More=rows)
    table = read(path)
    assert table.values[:, 0].tolist() == [row[1] for row in rows[1:]]
    assert "b.xlsx: sheet 'Data' is read, of 'About', 'Data', 'More' (--sheet)" in table.notes
    assert not any("sheet" in note for note in read(path, sheet="More").notes)
    assert not any("sheet" in note for note in read(workbook(tmp_path / "c.xlsx", Only=rows)).notes)
