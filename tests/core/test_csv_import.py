"""CSV import: ordinary files come in as they were meant, others are refused with one clear sentence."""

from __future__ import annotations

import codecs
import io
import os
import pickle
import re
import subprocess
import sys
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from elman_core.data import text_file
from elman_core.data.csv import build as csv_build
from elman_core.data.csv import read as csv_import
from elman_core.data.csv.detect import detect_format, preview
from elman_core.data.csv.read import read_table
from elman_core.data.table import AxisKind, Source, Table, TableFormat
from elman_core.errors import DataError
from elman_core.support.jobs import complete
from elman_core.support.resources import resource

FUZZ = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x06\x00\x00\x00\x1f\xf3\xffa"


def write(folder: Path, content: str | bytes, name: str = "f.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(folder: Path, content: str | bytes, table_format: TableFormat | None = None, **options: Any) -> Table:
    return complete(read_table(write(folder, content, **options), table_format))


def refusal(folder: Path, content: str | bytes, table_format: TableFormat | None = None) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, content, table_format)
    return str(caught.value)


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


# The shipped files


def test_the_shipped_co2_file_is_weekly_dates_with_59_gaps() -> None:
    table = complete(read_table(resource("data/co2.csv")))
    assert (table.name, table.columns, table.values.shape) == ("co2.csv", ("co2",), (2284, 1))
    assert (table.axis.kind, table.axis.label) == (AxisKind.DATE, "date")
    assert set(np.diff(table.axis.positions)) == {7 * 86_400.0}
    assert (table.axis.text(table.axis.positions[0]), table.values[0, 0]) == ("1958-03-29", 316.1)
    assert table.gaps() == 59
    assert table.notes == ("co2.csv: 59 of 2,284 rows have no value in column 'co2', the first in row 8",)


def test_the_shipped_sunspots_are_years_as_numbers() -> None:
    path = resource("data/sunspots.csv")
    table = complete(read_table(path))
    assert (table.columns, table.values.shape, table.notes) == (("SUNACTIVITY",), (309, 1), ())
    assert (table.axis.kind, table.axis.label) == (AxisKind.NUMBER, "YEAR")
    assert table.axis.positions.tolist() == list(range(1700, 2009))
    assert table.source == Source(
        kind="csv", name="sunspots.csv", path=str(path.absolute()), format=TableFormat(time_column="YEAR")
    )


# Detecting the format


@pytest.mark.parametrize(
    ("content", "delimiter", "decimal", "header"),
    [
        ("a,b\n1,5\n2,6\n", ",", ".", True),
        ("1,5\n2,6\n", ",", ".", False),
        ("t;v\n1;1,5\n2;2,5\n", ";", ",", True),
        ("1;1,5\n2;2,5\n", ";", ",", False),
        ("1,5;2,5\n3,5;4,5\n", ";", ",", False),
        ("t;v\n1;1.5\n2;2.5\n", ";", ".", True),
        ("t\tv\n1\t1,5\n2\t2,5\n", "\t", ",", True),
        ("t\tv\n1\t1.5\n2\t2.5\n", "\t", ".", True),
        ("t|v\n1|1.5\n2|2.5\n", "|", ".", True),
        ("t v\n1 1.5\n2 2.5\n", " ", ".", True),
        ("  t    v\n  1  1.5\n 10  2.5\n", " ", ".", True),
        ("1,5 2,5\n3,5 4,5\n", " ", ",", False),
        ("v\n1,5\n2,5\n3,5\n", ";", ",", True),
        ("v\n1.5\n2.5\n", ",", ".", True),
        ("Sun activity\n5\n6\n", ",", ".", True),
        ("1.5\n2.5\n", ",", ".", False),
        ("a,b\n1,5\n2,6\n3\n", ",", ".", True),
        ("name;value\nMüller, Hans;5\nMeier, Eva;6\n", ";", ".", True),
        ("Date Time,Value of it\n2020-01-01 10:00,5\n2020-01-01 11:00,6\n", ",", ".", True),
        ("sep=;\nt;v\n1;1,5\n2;2,5\n", ";", ",", True),
        ("Bern,5\nBasel,6\n", ",", ".", False),
        ("place,v\nBern,5\nBasel,6\n", ",", ".", True),
        (",a,b\n0,1.5,2\n1,2.5,3\n", ",", ".", True),
        ("NA,5\n3,6\n", ",", ".", False),
        ("1,x\n2,3\n3,4\n", ",", ".", False),
        ('"a";"b"\n"1,5";"2,5"\n', ";", ",", True),
        ('a,b\n"1,5","2,5"\n"3,5","4,5"\n', ",", ",", True),
        ("a;b\n1,234;5\n2,345;6\n3,456;7\n", ";", ",", True),
        ("a;b\n1,234;5\n999;6\n3,456;7\n", ";", ".", True),
        ("a;b\n0,125;5\n0,250;6\n", ";", ",", True),
        ("a;b\n1.234,5;5\n2.345,5;6\n", ";", ",", True),
        ("a;b\n1,234.5;5\n2,345.5;6\n", ";", ".", True),
    ],
)
def test_delimiter_decimal_mark_and_header_are_detected(
    tmp_path: Path, content: str, delimiter: str, decimal: str, header: bool
) -> None:
    found = detect_format(write(tmp_path, content))
    assert (found.delimiter, found.decimal, found.header) == (delimiter, decimal, header)


@pytest.mark.parametrize(
    ("codec", "mark", "expected"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8-sig", b"", "utf-8-sig"),
        ("utf-16-le", b"\xff\xfe", "utf-16"),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "cp1252"),
    ],
)
def test_every_encoding_is_detected_and_read(tmp_path: Path, codec: str, mark: bytes, expected: str) -> None:
    path = write(tmp_path, mark + "Größe,µm\r\n1,2\r\n3,5\r\n4,7\r\n".encode(codec))
    assert detect_format(path).encoding == expected
    table = complete(read_table(path))
    assert table.columns == ("Größe", "µm")
    assert table.values.tolist() == [[1, 2], [3, 5], [4, 7]]


def test_latin_1_is_what_remains_where_cp1252_has_no_letter(tmp_path: Path) -> None:
    path = write(tmp_path, b"a\x81\xe4,b\n1,2\n4,5\n")
    assert detect_format(path).encoding == "latin-1"
    assert complete(read_table(path)).columns == ("a\x81ä", "b")


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["2020-01-05", "2020-01-12"], "%Y-%m-%d"),
        (["2020-1-5", "2020-1-12"], "%Y-%m-%d"),
        (["2020/01/05", "2020/01/12"], "%Y/%m/%d"),
        (["2020.01.05", "2020.01.12"], "%Y.%m.%d"),
        (["20200105", "20200112"], "%Y%m%d"),
        (["2020-01", "2020-02"], "%Y-%m"),
        (["5.1.2020", "12.1.2020"], "%d.%m.%Y"),
        (["05/01/2020", "13/01/2020"], "%d/%m/%Y"),
        (["01/05/2020", "01/13/2020"], "%m/%d/%Y"),
        (["05-01-2020", "13-01-2020"], "%d-%m-%Y"),
        (["1/5/20", "1/13/20"], "%m/%d/%y"),
        ([f"{month}/1/{year}" for year in (2020, 2021) for month in range(1, 13)], "%m/%d/%Y"),
        ([f"1/{month}/{year}" for year in (2020, 2021) for month in range(1, 13)], "%d/%m/%Y"),
        (["2020-01-05 10:00", "2020-01-05 11:00"], "%Y-%m-%d %H:%M"),
        (["2020-01-05 10:00:30", "2020-01-05 11:00:00"], "%Y-%m-%d %H:%M:%S"),
        (["2020-01-05T10:00", "2020-01-05T11:00"], "%Y-%m-%dT%H:%M"),
        (["2020-01-05T10:00:30Z", "2020-01-05T11:00:00Z"], "%Y-%m-%dT%H:%M:%S%z"),
        (["2020-01-05T10:00:30+02:00", "2020-01-05T11:00:00+02:00"], "%Y-%m-%dT%H:%M:%S%z"),
        (["2020-01-05 10:00:30.500", "2020-01-05 11:00:00.000"], "%Y-%m-%d %H:%M:%S.%f"),
        (["13.01.2020 10:00", "13.01.2020 11:00"], "%d.%m.%Y %H:%M"),
        (["1/13/2020 11:00 AM", "1/13/2020 1:00 PM"], "%m/%d/%Y %I:%M %p"),
    ],
)
@pytest.mark.parametrize("header", [True, False])
def test_date_formats_are_detected_and_read(tmp_path: Path, dates: list[str], expected: str, header: bool) -> None:
    content = ("when,v\n" if header else "") + "".join(f"{date},{index}.5\n" for index, date in enumerate(dates))
    path = write(tmp_path, content)
    found = detect_format(path)
    assert (found.header, found.date_format) == (header, expected)
    assert found.time_column == ("when" if header else "column 1")
    table = complete(read_table(path, found))
    parsed = [datetime.strptime(date, expected) for date in dates]
    wanted = [(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() for moment in parsed]
    assert table.axis.positions.tolist() == wanted
    assert table.axis.kind is AxisKind.DATE


@pytest.mark.parametrize(
    ("content", "time_column"),
    [
        ("year,v\n1700,5\n1701,11\n", "year"),
        ("Time (s),v\n0.1,5\n0.25,11\n", "Time (s)"),
        ("t,v\n3,5\n2,4\n1,9\n", "t"),
        ("t,v\n3,5\n2,4\n2.5,9\n", None),
        ("a,b\n10,1\n20,5\n30,2\n", "a"),
        ("a,b\n1,5\n2,6\n", None),
        ("a,b\n1,5\n2,6\n4,7\n", None),
        ("a,b\n1.5,5\n2.5,6\n3.5,7\n", None),
        ("1,5\n2,7\n3,6\n", "column 1"),
        ("v\n1\n2\n3\n", None),
        ("year,month,v\n2000,1,4\n2000,2,5\n2000,3,4\n2001,1,7\n2001,2,7\n", "year"),
        (",date,v\n0,2020-01-05,3\n1,2020-01-06,4\n2,2020-01-07,4\n", "date"),
        ("population,v\n12345678,3\n22345678,4\n", None),
    ],
)
def test_the_time_column_is_found_or_left_alone(tmp_path: Path, content: str, time_column: str | None) -> None:
    path = write(tmp_path, content)
    assert detect_format(path).time_column == time_column
    assert complete(read_table(path)).axis.kind is not (AxisKind.NUMBER if time_column is None else AxisKind.STEP)


def test_detection_reads_only_the_beginning_of_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "t,v\n" + "".join(f"{row},{row % 7}\n" for row in range(500_000)))
    positions: list[int] = []

    class Watched(io.BufferedReader):
        def close(self) -> None:
            if not self.closed:
                positions.append(self.tell())
            super().close()

    monkeypatch.setattr(text_file, "open_text_file", lambda path: (Watched(io.FileIO(path)), path.stat().st_size))
    assert detect_format(path) == TableFormat(time_column="t")
    assert positions == [text_file.SAMPLE_BYTES + 1]


# What a file may contain


def test_a_file_without_header_keeps_its_first_row(tmp_path: Path) -> None:
    table = read(tmp_path, "1.5,2\n3.5,4\n5.5,7\n")
    assert table.columns == ("column 1", "column 2")
    assert table.values.tolist() == [[1.5, 2], [3.5, 4], [5.5, 7]]
    assert (table.axis.kind, table.axis.positions.tolist()) == (AxisKind.STEP, [0, 1, 2])


@pytest.mark.parametrize(
    "content",
    [
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\r1,2\r3,4\r",
        "a,b\n1,2\n3,4",
        "\n\na,b\n\n1,2\n   \n3,4\n\n\n",
        "a,b,\n1,2,\n3,4,\n",
        "a,b\n1,2,\n3,4,,\n",
        "a,b,,\n1,2\n3,4\n",
        "a,b\n1,2\n3,4\n,\n,\n",
        "# made by a machine, in 2020\na,b\n1,2\n  # odd, 5\n3,4\n",
        " a , b \n 1 , 2 \n 3 , 4 \n",
        "a,b\n\u00a01,2\u00a0\n3,4\n",
        '"a","b"\n"1","2"\n"3","4"\n',
        '"a", "b"\n"1", "2"\n3, 4\n',
        "sep=,\na,b\n1,2\n3,4\n",
        "\ufeffa,b\n1,2\n3,4\n",
        "a;b\n1,0;2,0\n3,0;4,0\n",
        "a\tb\n1\t2\n3\t4\n",
        "a   b\n1   2\n3   4  \n",
        '"a" "b"\n"1"  2\n3 "4"\n',
        "a|b\n1|2\n3|4\n",
        "a,b\n1e0,+2\n0.3e1,4.\n",
    ],
)
def test_the_same_table_in_many_spellings(tmp_path: Path, content: str) -> None:
    table = read(tmp_path, content)
    assert table.columns == ("a", "b")
    assert table.values.tolist() == [[1, 2], [3, 4]]
    assert table.notes == ()


@pytest.mark.parametrize(
    "missing", ["", "NA", "n/a", "N/A", "NaN", "nan", "null", "NULL", "-", "?", ".", " ", '""', "Na"]
)
def test_missing_values_become_gaps_and_a_note_says_where(tmp_path: Path, missing: str) -> None:
    table = read(tmp_path, f"a,b\n5,2\n\n4,{missing}\n6,7\n")
    np.testing.assert_array_equal(table.values, [[5, 2], [4, np.nan], [6, 7]])
    assert table.notes == ("f.csv: 1 of 3 rows has no value in column 'b', the first in row 4",)


def test_a_row_of_nothing_is_a_gap_between_others_but_no_row_at_the_end(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n5,2\n,\n6,7\n,\n")
    np.testing.assert_array_equal(table.values, [[5, 2], [np.nan, np.nan], [6, 7]])


def test_a_missing_value_at_the_end_is_no_row(tmp_path: Path) -> None:
    table = read(tmp_path, "v\n5\n6\nNA\n")
    assert table.values.tolist() == [[5], [6]]
    assert table.notes == ("f.csv: the last row has no number and is left out: 'NA'",)


def test_many_columns_with_gaps_are_summed_up(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b,c,d,e\n5,2,3,1,2\n,,,,\n1,2,4,5,7\n")
    assert len(table.notes) == 4
    assert table.notes[-1] == "f.csv: 2 more columns have rows without a value"


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("v,v,v", ("v", "v (2)", "v (3)")),
        ("a,,b", ("a", "column 2", "b")),
        ("v,v,v (2)", ("v", "v (3)", "v (2)")),
        ("column 2,,b", ("column 2", "column 2 (2)", "b")),
        ('"a, b","c ""d""",e', ("a, b", 'c "d"', "e")),
        ('"Temp\n(°C)",b,c', ("Temp (°C)", "b", "c")),
    ],
)
def test_every_column_gets_a_name_of_its_own(tmp_path: Path, header: str, names: tuple[str, ...]) -> None:
    table = read(tmp_path, f"{header}\n5.5,2,3\n1,2,4\n2,2,4\n")
    assert table.columns == names
    assert table.values.tolist() == [[5.5, 2, 3], [1, 2, 4], [2, 2, 4]]


def test_columns_with_text_or_nothing_are_left_out_with_a_note(tmp_path: Path) -> None:
    table = read(tmp_path, "place,v,empty,flag\nBern,5,,True\nBasel,7,,False\n3,8,NA,True\n")
    assert (table.columns, table.values.tolist()) == (("v",), [[5], [7], [8]])
    assert table.notes == (
        "f.csv: columns 'place', 'flag' have text and are left out",
        "f.csv: column 'empty' has no value and is left out",
    )


def test_numbers_are_read_to_the_last_bit(tmp_path: Path) -> None:
    numbers = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 2.0**63, 123456789012345678901234567890.0, -0.0]
    table = read(tmp_path, "v\n" + "".join(f"{number!r}\n" for number in numbers))
    assert table.values[:, 0].tobytes() == np.array(numbers).tobytes()


def test_row_numbers_are_those_of_an_editor(tmp_path: Path) -> None:
    content = '# one\n\n"a\nb",c\n1,2\n\n# more\n3,4\n5,x\n6,7\n'
    assert refusal(tmp_path, content) == "f.csv: row 9 of column 'c' has 'x' where a number is expected"


def test_a_row_number_is_right_far_into_the_file(tmp_path: Path) -> None:
    rows = [f"{row},{row % 5}.5" for row in range(400_000)]
    rows[345_678] = "345678,oops"
    assert refusal(tmp_path, "t,v\n" + "\n".join(rows)) == (
        "f.csv: row 345,680 of column 'v' has 'oops' where a number is expected"
    )


# Time


@pytest.mark.parametrize(
    ("times", "note"),
    [
        (["1960-02-06", "1960-02-13", "1960-02-27", "1960-03-05", "1960-03-12", "1960-04-12"],
         "2 time steps are longer than the usual 7 days, the first after 1960-02-13; "
         "they are treated as one step each"),
        (["1960-01", "1960-02", "1960-03", "1960-05", "1960-06"],
         "1 row is missing where rows are 1 month apart, 1960-04; it is stepped over, unless missing rows are inserted "
         "as gaps (--insert-missing)"),
        (["2020-01-01 00:00", "2020-01-01 01:00", "2020-01-01 02:00", "2020-01-01 04:00"],
         "1 row is missing where rows are 1 hour apart, 2020-01-01 03:00:00; it is stepped over, unless missing rows "
         "are inserted as gaps (--insert-missing)"),
        (["1700", "1701", "1702", "1705"],
         "2 rows are missing where rows are 1 apart, the first 1703; they are stepped over, unless missing rows are "
         "inserted as gaps (--insert-missing)"),
    ],
)  # fmt: skip
def test_missing_times_are_noted(tmp_path: Path, times: list[str], note: str) -> None:
    table = read(tmp_path, "date,v\n" + "".join(f"{text},{index}.5\n" for index, text in enumerate(times)))
    assert table.notes == (f"f.csv: {note}",)


@pytest.mark.parametrize(
    "times",
    [
        [f"{1999 + month // 12}-{1 + month % 12:02d}-01" for month in range(60)],
        [f"{1999 + month // 12}-{1 + month % 12:02d}" for month in range(60)],
        [f"{year}-01-01" for year in range(1990, 2010)],
        [f"{year}-{month}-01" for year in range(1990, 2010) for month in ("01", "04", "07", "10")],
    ],
)
def test_months_quarters_and_years_of_uneven_length_are_no_gaps(tmp_path: Path, times: list[str]) -> None:
    table = read(tmp_path, "date,v\n" + "".join(f"{text},{index}\n" for index, text in enumerate(times)))
    assert (table.axis.kind, table.notes) == (AxisKind.DATE, ())


@pytest.mark.parametrize("times", [["2020-01-03", "2020-01-02", "2020-01-01"], ["2003", "2002", "2001"]])
def test_a_file_that_begins_with_the_newest_row_is_turned_round(tmp_path: Path, times: list[str]) -> None:
    table = read(tmp_path, "date,v\n" + "".join(f"{text},{index}\n" for index, text in enumerate(times)))
    assert table.values[:, 0].tolist() == [2, 1, 0]
    assert table.axis.text(table.axis.positions[0]) == times[-1]
    assert (np.diff(table.axis.positions) > 0).all()
    assert table.notes == ("f.csv: the rows run from newest to oldest and were reversed",)


def test_dates_that_could_be_swapped_are_noted(tmp_path: Path) -> None:
    table = read(tmp_path, "date,v\n05/01/2020,1\n06/01/2020,3\n07/01/2020,4\n")
    assert table.axis.text(table.axis.positions[1]) == "2020-01-06"
    assert table.notes == (
        "f.csv: the dates were read as day, month, year, but month, day, year (%m/%d/%Y) would fit as well "
        "(--date-format)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("date,v\n2020-01-01,1\n2020-01-02,2\n2020-01-02,3\n",
         "f.csv: 1 row of column 'date' repeats a time, the first 2020-01-02 in rows 3 and 4; choose the column that "
         "tells sequences apart (--sequence-column), or take the order of the rows as time (--order as-is)"),
        ("date,v\n2020-01-01,1\n,2\n2020-01-03,3\n",
         "f.csv: row 3 has no time in column 'date'; every row needs one"),
        ("date,v\n2020-01-01,1\n2020-02-30,2\n2020-03-03,3\n",
         "f.csv: row 3 of column 'date' has '2020-02-30' where a date such as 1960-02-13 is expected"),
        ("date,v\n2020-01-01,1\nnow,2\n2020-03-03,3\n",
         "f.csv: row 3 of column 'date' has 'now' where a date such as 1960-02-13 is expected"),
        ("year,v\n2000,1\nabc,2\n2002,3\n2003,5\n",
         "f.csv: row 3 of column 'year' has 'abc' where a number is expected"),
    ],
)  # fmt: skip
def test_times_that_repeat_or_cannot_be_read_are_refused(tmp_path: Path, content: str, sentence: str) -> None:
    assert refusal(tmp_path, content) == sentence


# A format that the person chose


def test_the_chosen_format_counts_and_not_the_detected_one(tmp_path: Path) -> None:
    chosen = TableFormat(delimiter=";", decimal=",", header=False)
    table = read(tmp_path, "1;1,5\n2;2,5\n3;4,5\n", chosen)
    assert table.values.tolist() == [[1, 1.5], [2, 2.5], [3, 4.5]]
    assert (table.axis.kind, table.source.format) == (AxisKind.STEP, chosen)


@pytest.mark.parametrize(
    ("content", "chosen", "sentence"),
    [
        ("a,b\n1,2\n", TableFormat(time_column="when"), "f.csv has no time column 'when'; it has 'a', 'b'"),
        ("a,b\n1,2\n", TableFormat(time_column="a", date_format="%Q"),
         "f.csv: dates cannot be written as '%Q'; choose another format"),
        ("a,b\n1,2\n3,4\n", TableFormat(header=False),
         "f.csv: row 1 of column 'column 1' has 'a' where a number is expected"),
        ("v\n1.5\n1.7\n", TableFormat(delimiter=";", decimal=","),
         "f.csv has no column of numbers; at least one was expected"),
        ("t,v\n1,5\n2,6\n", TableFormat(time_column="v", date_format="%Y-%m-%d"),
         "f.csv: row 2 of column 'v' has '5' where a date such as 1960-02-13 is expected"),
        ("a;b\n1;2\n", TableFormat(encoding="utf-16"), "f.csv does not begin as UTF-16 text; choose another encoding"),
    ],
)  # fmt: skip
def test_a_chosen_format_that_does_not_fit_is_refused(
    tmp_path: Path, content: str, chosen: TableFormat, sentence: str
) -> None:
    assert refusal(tmp_path, content, chosen) == sentence


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_the_preview_shows_the_first_cells_as_they_stand(tmp_path: Path, delimiter: str) -> None:
    content = "# hello\na,b\n\n 1 ,x\n3,4,5\n" + "6,7\n" * 40
    rows = [["a", "b"], ["1", "x"], ["3", "4", "5"], ["6", "7"]]
    shown = preview(write(tmp_path, content.replace(",", delimiter)), TableFormat(delimiter=delimiter), rows=4)
    assert shown == rows


def test_the_preview_has_twelve_rows_unless_told(tmp_path: Path) -> None:
    assert len(preview(write(tmp_path, "1,2\n" * 40), TableFormat(header=False))) == 12


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-16-le", "latin-1", "cp1252", "utf-8-sig"])
def test_the_preview_of_a_wrong_encoding_shows_something(tmp_path: Path, encoding: Any) -> None:
    path = write(tmp_path, "Größe,b\n1,2\n", encoding="latin-1")
    shown = preview(path, TableFormat(encoding=encoding))
    assert shown
    assert (shown[0][0] == "Größe") is (encoding in ("latin-1", "cp1252", "utf-16"))


# What is refused


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.csv"), "a,b\n1,2\n")  # of one date: the bytes name the test
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "f.csv is empty; a table with rows of numbers was expected"),
        (b" \n\t\n  ", "f.csv has no rows; a table with rows of numbers was expected"),
        (b"\xef\xbb\xbf", "f.csv has no rows; a table with rows of numbers was expected"),
        (b"\xff\xfe", "f.csv has no rows; a table with rows of numbers was expected"),
        (b"# only\n# comments\n", "f.csv has no rows; a table with rows of numbers was expected"),
        (b"a,b\n", "f.csv has a header but no rows below it; a table with rows of numbers was expected"),
        (b"a,b\n,\n,\n", "f.csv has a header but no rows below it; a table with rows of numbers was expected"),
        (b"a,b,c\n1,2,3\n4,5,6\n\n7,8,9,10\n", "f.csv: row 5 has 4 cells, 3 were expected"),
        (b"a,b,c\n1,2,3\n4,5,6\n7\n", "f.csv: row 4 has 1 cell, 3 were expected"),
        (b'a,b\n1,"2,5,6"\n3,4\n1,2\n"1",2,3\n', "f.csv: row 5 has 3 cells, 2 were expected"),
        (b"v\n1\nabc\n2\n3\n", "f.csv: row 3 of column 'v' has 'abc' where a number is expected"),
        (b"t,v\n1,5\n2,inf\n3,6\n", "f.csv: row 3 of column 'v' has 'inf' where a number is expected"),
        (b"t,v\n1,5\n2,1e999\n3,6\n", "f.csv: row 3 of column 'v' has '1e999' where a number is expected"),
        (b"t,v\n1,5\n2,1_0\n3,6\n", "f.csv: row 3 of column 'v' has '1_0' where a number is expected"),
        (b"t,v\n1,5\n2,0x10\n3,6\n", "f.csv: row 3 of column 'v' has '0x10' where a number is expected"),
        (b"t,v\n1,5\n2," + b"x" * 90 + b"\n3,6\n",
         f"f.csv: row 3 of column 'v' has '{'x' * 39}…' where a number is expected"),
        (b"a;b\n999;1\n1 234;4\n2'234;5\n",
         "f.csv: row 4 of column 'a' has \"2'234\"; numbers were expected with '.' as decimal mark and ' ' between "
         "thousands"),
        (b"a,b\nx,y\nz,w\n", "f.csv has no column of numbers; at least one was expected"),
        (b"date,b\n2020-01-01,y\n2020-01-02,w\n",
         "f.csv has no column of numbers besides its time column 'date'; at least one was expected"),
        (b"Dear reader,\nthis is a letter and no table.\n", None),
        (PNG, "f.csv is not a text file; a table such as CSV was expected"),
        (pickle.dumps({"a": [1, 2]}), "f.csv is not a text file; a table such as CSV was expected"),
        (bytes(1000), "f.csv is not a text file; a table such as CSV was expected"),
        (b"a,b\n1,2\n3,\x004\n", "f.csv is not a text file; a table such as CSV was expected"),
        (b"\x1f\x8b\x08\x00" + b"abc" * 9, "f.csv is not a text file; a table such as CSV was expected"),
        (_zip(), "f.csv is an Excel workbook or a zip archive; a text file such as CSV was expected"),
        (b'a,b\n1,2\n"3,4\n5,6\n', "f.csv: row 3 opens a quotation mark that is not closed"),
        (b'a,b\n1,2\n"3,4\n' + b"5,6\n" * 300, "f.csv: row 3 opens a quotation mark that is not closed"),
        (b'"a,b\n1,2\n3,4\n', "f.csv: row 1 opens a quotation mark that is not closed"),
        (b"a,b\n1,2\n" * 40_000 + b"3,\x00\n",
         "f.csv: row 80,001 has the control character 0x00; only text was expected"),
        (b"a,b\n" + b"1,2\n" * 80_000 + b"3,\xff\n",
         "f.csv: row 80,002 has a byte that is no UTF-8 text; choose another encoding"),
        (b"a,b\r\n" + b"1,2\r\n" * 80_000 + b"3,\xff\r\n",
         "f.csv: row 80,002 has a byte that is no UTF-8 text; choose another encoding"),
        ("ä,b\n".encode("cp1252") + b"1,2\n" * 80_000 + b"3,\x81\n",
         "f.csv: row 80,002 has a byte that is no CP1252 text; choose another encoding"),
        (b"a,b\n" + b"1,2\n" * 80_000 + b"1" * (2**20 + 1) + b"\n",
         "f.csv: row 80,002 is longer than 1,048,576 characters; a table with shorter lines was expected"),
        (("a,b\n" + "1,2\n" * 80_000).encode("utf-16") + b"1",
         "f.csv: row 80,002 has a byte that is no UTF-16 text; choose another encoding"),
        (codecs.BOM_UTF16_BE + ("a,b\n" + "1,2\n" * 200_000 + "3,").encode("utf-16-be") + b"\xd8\0\0\n",
         "f.csv: row 200,002 has a byte that is no UTF-16 text; choose another encoding"),
        (b",".join(b"c%d" % index for index in range(10_001)) + b"\n" + b"1," * 10_000 + b"1\n",
         "f.csv has 10,001 columns; at most 10,000 can be read"),
    ],
    ids=lambda value: repr(value)[:50],
)  # fmt: skip
def test_what_is_no_table_of_numbers_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, sentence: str | None
) -> None:
    found = refusal(tmp_path, content)
    assert found.startswith("f.csv")
    assert "\n" not in found
    assert sentence is None or found == sentence


def test_one_row_is_a_table(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,2\n").values.tolist() == [[1, 2]]
    assert read(tmp_path, "1,2\n").values.tolist() == [[1, 2]]


@pytest.mark.parametrize("function", [lambda path: complete(read_table(path)), detect_format])
def test_what_is_no_plain_file_is_refused_without_waiting(tmp_path: Path, function: Any) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    for path, words in [
        (tmp_path / "none.csv", f"none.csv was not found in {tmp_path}; a text file was expected"),
        (tmp_path / "pipe.csv" / "x.csv", "x.csv was not found in"),
        (tmp_path, "is a folder; a text file with a table was expected"),
        (tmp_path / "pipe.csv", "pipe.csv is a device or a pipe; a text file with a table was expected"),
        (Path("/dev/zero"), "zero is a device or a pipe; a text file with a table was expected"),
        (tmp_path / "loop.csv", "loop.csv cannot be opened: "),
        (tmp_path / ("x" * 300), "cannot be opened: "),
        (tmp_path / "a\0b", "cannot be opened: "),
        (tmp_path / "b\udcffd.csv", "'b\\udcffd.csv' has letters in its name or folder that are not valid text"),
    ]:
        with pytest.raises(DataError, match=re.escape(words)):
            function(path)


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a,b\n1,2\n")

    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # permissions do not bind the superuser
    with pytest.raises(DataError, match=r"^f\.csv may not be read by you; "):
        complete(read_table(path))


def test_a_failing_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a,b\n1,2\n")

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    for module in (text_file, csv_import):
        monkeypatch.setattr(module, "open_text_file", lambda path: (Broken(), 8))
    for chosen in (None, TableFormat()):
        with pytest.raises(DataError, match=r"^f\.csv cannot be read: Input/output error$"):
            complete(read_table(path, chosen))


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n")
    os.truncate(path, 2**30 + 1)  # a hole, which takes no room on the disk
    with pytest.raises(DataError, match=r"^f\.csv has 1,073,741,825 bytes; at most 1,073,741,824 can be read$"):
        complete(read_table(path))


@pytest.mark.parametrize("function", [detect_format, lambda path: preview(path, TableFormat())])
def test_300_megabytes_without_a_line_break_are_refused_without_being_read(tmp_path: Path, function: Any) -> None:
    path = tmp_path / "f.csv"
    with path.open("wb") as file:
        for _ in range(300):
            file.write(b"1," * 2**19)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"^f\.csv: row 1 is longer than 1,048,576 characters; "):
            function(path)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
        path.unlink()


@pytest.mark.parametrize(
    ("limit", "most", "sentence"),
    [
        ("MAXIMUM_ROWS", 3, "f.csv has more than 3 rows, which is the most that can be read"),
        ("MAXIMUM_CELLS", 7, "f.csv has more than 7 cells, which is the most that can be read"),
    ],
)
def test_too_many_rows_or_cells_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, sentence: str
) -> None:
    monkeypatch.setattr(csv_build, limit, most)
    assert refusal(tmp_path, "a,b\n1,2\n5,4\n7,6\n9,8\n") == sentence


# Large files, progress and cancelling


def test_pandas_is_imported_only_when_a_file_is_read() -> None:
    command = "import sys, elman_core.data.csv.read; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0


def test_a_million_rows_load_with_progress(tmp_path: Path) -> None:
    path = write(tmp_path, "t,v\n" + "".join(f"{row},{row % 1000 / 8}\n" for row in range(1_000_000)))
    shares: list[float] = []
    table = complete(read_table(path), shares.append)
    assert table.values.shape == (1_000_000, 1)
    assert table.values[-1, 0] == 999 / 8
    assert len(shares) > 5
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5
    assert shares[-1] == 1


def test_cancelling_closes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "t,v\n" + "".join(f"{row},{row % 7}\n" for row in range(300_000)))
    opened: list[Any] = []
    before = csv_import.open_text_file

    def watched(path: Path) -> Any:
        opened.append(before(path))
        return opened[-1]

    monkeypatch.setattr(csv_import, "open_text_file", watched)
    job = read_table(path)
    assert next(job) < 1
    assert not opened[-1][0].closed
    job.close()
    assert opened[-1][0].closed


# Anything at all


@FUZZ
@given(content=st.binary(max_size=400))
@example(content=b'"')
@example(content=b'a,"b"c"\n1,2')
@example(content=b'5" x,1\n6" y,2\n')
@example(content=b"\xff\xfe\x00")
@example(content=b"\xfe\xff\xd8\x00")
@example(content=b"sep=,\n")
@example(content=b"sep=,\n1")
@example(content=b"1\x0c,2\n")
@example(content=b'""\n""\n1\n')
@example(content=b"NA\nNA\n")
def test_any_bytes_give_a_table_or_a_sentence(tmp_path: Path, content: bytes) -> None:
    _read_or_refuse(tmp_path, content)


@settings(FUZZ, max_examples=300)
@given(
    content=st.text(alphabet="0123456789.,;:-/\t |\"#'\r\n eTZnaNinfabcsep=\u00a0\u2028ä\x85", max_size=120),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
)
def test_any_text_that_looks_like_a_table_gives_a_table_or_a_sentence(
    tmp_path: Path, content: str, encoding: str
) -> None:
    _read_or_refuse(tmp_path, content.encode(encoding))


@settings(FUZZ, max_examples=200)
@given(
    content=st.text(alphabet='01.,;-/\t |"#\r\n aä', max_size=60),
    delimiter=st.sampled_from([",", ";", "\t", "|", " "]),
    decimal=st.sampled_from([".", ","]),
    header=st.booleans(),
    time_column=st.sampled_from([None, "column 1", "a"]),
    date_format=st.sampled_from([None, "%Y-%m-%d", "%d/%m/%y", "%", "x", "mixed", "ISO8601"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]),
)
def test_any_format_gives_a_table_or_a_sentence(tmp_path: Path, content: str, **chosen: Any) -> None:
    _read_or_refuse(tmp_path, content.encode(), TableFormat(**chosen))


def _read_or_refuse(folder: Path, content: bytes, chosen: TableFormat | None = None) -> None:
    try:
        table = read(folder, content, chosen)
    except DataError as error:
        assert str(error).startswith("f.csv")
        assert "\n" not in str(error)
    else:
        assert table.values.shape == (len(table.axis.positions), len(table.columns))
        assert len(table.columns) == len(set(table.columns)) > 0
        assert len(table.values) > 0
        assert not np.isinf(table.values).any()
        assert not np.isnan(table.axis.positions).any()
        assert (np.diff(table.axis.positions) > 0).all()
        assert table.source.format is not None


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64).map(lambda number: number + 0.0)


@FUZZ
@given(
    values=st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=3, max_size=12)
    ),
    delimiter=st.sampled_from([";", "\t", "|", " ", ","]),
    decimal=st.sampled_from([".", ","]),
    header=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]),
    date_format=st.sampled_from([None, "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%Y-%m-%dT%H:%M:%SZ"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    detected=st.booleans(),
)
def test_a_table_comes_back_equal_however_it_was_written(
    tmp_path: Path,
    values: list[list[float]],
    delimiter: Any,
    decimal: Any,
    header: bool,
    encoding: Any,
    date_format: str | None,
    newline: str,
    detected: bool,
) -> None:
    if delimiter == "," or (len(values[0]) == 1 and not header and date_format is None):
        decimal = "."  # 1,5 in every row and no more is two columns, rightly
    # One number that shows the decimal mark beyond doubt, as any real file has.
    values[0][0] = 1234.5678
    # Days beyond the 12th: which of two numbers is the month can then be known.
    start = datetime(2020, 1, 12, tzinfo=UTC)
    moments = [start + timedelta(days=index) for index in range(len(values))]
    names = [f"größe {index}".replace(" ", "_") for index in range(len(values[0]))]
    rows = [[repr(number).replace(".", decimal) for number in row] for row in values]
    if date_format is not None:
        rows = [[moment.strftime(date_format), *row] for moment, row in zip(moments, rows, strict=True)]
    if header:
        rows.insert(0, ["date", *names] if date_format is not None else names)
    time_name = "date" if header else "column 1"
    chosen = TableFormat(
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        header=header,
        time_column=time_name if date_format is not None else None,
        date_format=date_format,
    )
    content = newline.join(delimiter.join(row) for row in rows) + newline
    table = read(tmp_path, content.encode(encoding), None if detected else chosen)
    assert table.values.tolist() == values
    assert table.axis.kind is (AxisKind.STEP if date_format is None else AxisKind.DATE)
    if date_format is not None:
        assert table.axis.positions.tolist() == [moment.timestamp() for moment in moments]
    if header:
        assert table.columns == tuple(names)
