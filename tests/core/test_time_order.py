"""Rows run forwards in time, however they stand in the file, and the person is told what was done."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import Elman
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from refusals import refusal_of

from elman_core.config import DataConfig
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.data.preparation import prepare
from elman_core.data.table import AxisKind, Table
from elman_core.support.jobs import complete

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(folder: Path, times: list[str], header: str = "date", name: str = "f.csv") -> Path:
    path = folder / name
    path.write_text(f"{header},v\n" + "".join(f"{text},{index}.5\n" for index, text in enumerate(times)))
    return path


def write_waves(folder: Path, times: list[str], name: str = "f.csv") -> Path:
    """Write values that a network can be trained on."""
    path = folder / name
    path.write_text("date,v\n" + "".join(f"{text},{index * index % 7}.5\n" for index, text in enumerate(times)))
    return path


def read(path: Path, **chosen: object) -> Table:
    return complete(read_table(path, detect_format(path).replace(**chosen)))


def order_of(table: Table) -> str:
    assert table.facts is not None
    return table.facts.order


@MANY
@given(order=st.permutations(range(9)), written=st.sampled_from(["%Y-%m", "%b %Y", "%d-%b-%Y"]))
def test_rows_in_any_order_come_out_in_the_order_of_time(tmp_path: Path, order: list[int], written: str) -> None:
    months = pd.date_range("2021-03-01", periods=9, freq="MS")
    table = read(write(tmp_path, [months[place].strftime(written) for place in order]))
    assert table.values[:, 0].tolist() == [order.index(place) + 0.5 for place in range(9)]
    assert table.axis.positions.tolist() == (months.as_unit("s").asi8).tolist()
    done = order_of(table)
    assert done == ("as-is" if order == sorted(order) else "reversed" if order == sorted(order)[::-1] else "sorted")
    assert any("newest to oldest" in note for note in table.notes) is (done == "reversed")
    assert any("in no order of time" in note for note in table.notes) is (done == "sorted")


def test_rows_in_no_order_are_told_with_the_first(tmp_path: Path) -> None:
    table = read(write(tmp_path, ["2021-01", "2021-03", "2021-02", "2021-04"]))
    assert table.notes == (
        "f.csv: the rows are in no order of time, first in row 4, which has 2021-02 after 2021-03; they were sorted by "
        "column 'date'",
    )


def test_each_order_can_be_had_by_choice(tmp_path: Path) -> None:
    path = write(tmp_path, ["2021-03", "2021-02", "2021-01"])
    for order, values, kind in (
        (None, [2.5, 1.5, 0.5], AxisKind.DATE),
        ("reversed", [2.5, 1.5, 0.5], AxisKind.DATE),
        ("sorted", [2.5, 1.5, 0.5], AxisKind.DATE),
        ("as-is", [0.5, 1.5, 2.5], AxisKind.STEP),
    ):
        table = read(path, order=order)
        assert (table.values[:, 0].tolist(), table.axis.kind) == (values, kind)
        assert order_of(table) == (order or "reversed")
    assert table.notes == (
        "f.csv: 2 rows have no later time in column 'date' than the row before in the order that was chosen, so that "
        "rows are counted and these times left out",
    )


def test_rows_without_a_time_can_be_reversed_but_not_sorted(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("v\n1.5\n2.5\n7.5\n")
    table = read(path, order="reversed")
    assert (table.values[:, 0].tolist(), order_of(table)) == ([7.5, 2.5, 1.5], "reversed")
    assert refusal_of(lambda: read(path, order="sorted")) == (
        "f.csv has no time column that its rows could be sorted by; name it, or leave their order"
    )


def test_times_that_repeat_are_refused_with_a_way_out_that_works(tmp_path: Path) -> None:
    path = write(tmp_path, ["2021-01-01", "2021-01-02", "2021-01-01", "2021-01-02"])
    assert refusal_of(lambda: read(path)) == (
        "f.csv: 2 rows of column 'date' repeat a time, the first 2021-01-01 in rows 2 and 4; choose the column that "
        "tells sequences apart (--sequence-column), or take the order of the rows as time (--order as-is)"
    )
    assert read(path, order="as-is").values[:, 0].tolist() == [0.5, 1.5, 2.5, 3.5]


# Missing rows


@MANY
@given(
    frequency=st.sampled_from(["MS", "ME", "QE", "B", "D", "W-SUN", "h", "YE"]),
    gone=st.sets(st.integers(1, 38), max_size=9),
)
def test_missing_rows_are_counted_and_inserted_as_gaps(tmp_path: Path, frequency: str, gone: set[int]) -> None:
    whole = pd.date_range("2021-01-01", periods=40, freq=frequency)
    kept = [place for place in range(40) if place not in gone]
    path = write(tmp_path, [str(whole[place]) for place in kept])
    table = read(path)
    told = [note for note in table.notes if "missing where rows are" in note]
    assert len(told) == bool(gone)
    assert all(note.startswith(f"f.csv: {len(gone)} row") for note in told)
    assert all(table.axis.text(float(whole[min(gone)].timestamp())) in note for note in told)
    filled = read(path, insert_missing=True)
    np.testing.assert_array_equal(filled.axis.positions, whole.as_unit("s").asi8)
    assert np.flatnonzero(np.isnan(filled.values[:, 0])).tolist() == sorted(gone)
    assert filled.values[kept, 0].tolist() == table.values[:, 0].tolist()


def test_missing_rows_of_plain_years_are_inserted(tmp_path: Path) -> None:
    path = write(tmp_path, ["1990", "1991", "1994", "1995"], "year")
    table = read(path, insert_missing=True)
    assert table.axis.positions.tolist() == [1990, 1991, 1992, 1993, 1994, 1995]
    assert (
        table.notes[0]
        == "f.csv: 2 rows are missing where rows are 1 apart, the first 1992; they were inserted without values"
    )


def test_inserted_rows_are_filled_when_that_is_wanted(tmp_path: Path) -> None:
    months = [
        month for month in pd.date_range("2020-01", periods=30, freq="MS").strftime("%Y-%m") if month != "2020-05"
    ]
    table = read(write(tmp_path, list(months)), insert_missing=True)
    assert "no value" in refusal_of(lambda: prepare(table, DataConfig()))
    dataset = prepare(table, DataConfig(fill_gaps=True))
    assert np.flatnonzero(dataset.missing[:, 0]).tolist() == [4]
    assert dataset.values[3, 0] < dataset.values[4, 0] < dataset.values[5, 0]
    assert dataset.rows == 30


def test_each_sequence_gets_its_own_missing_rows(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    rows = [("a", 1), ("a", 2), ("a", 5), ("b", 3), ("b", 4), ("b", 6), ("b", 7)]
    path.write_text("shop,date,v\n" + "".join(f"{shop},2021-{month:02d},{month}.5\n" for shop, month in rows))
    table = complete(read_table(path, detect_format(path, "shop").replace(insert_missing=True)))
    assert table.panel.lengths.tolist() == [5, 5]
    assert [table.axis.text(own) for own in table.axis.positions[5:]] == [f"2021-{month:02d}" for month in range(3, 8)]
    np.testing.assert_array_equal(table.values[:, 0], [1.5, 2.5, np.nan, np.nan, 5.5, 3.5, 4.5, np.nan, 6.5, 7.5])


def test_too_many_missing_rows_are_refused(tmp_path: Path) -> None:
    times = ["2020-01-01 00:00:00", "2020-01-01 00:00:01", "2020-01-01 00:00:02", "2021-01-01 00:00:00"]
    path = write(tmp_path, times)
    assert refusal_of(lambda: read(path, insert_missing=True)) == (
        "f.csv: too many rows are missing to be inserted: 31,622,397 of 31,622,401; at most 1,000 can be"
    )


# Summer time


def local_times(frequency: str, start: str, periods: int) -> list[str]:
    """Return local times of a place whose summer time ends within them."""
    return pd.date_range(start, periods=periods, freq=frequency, tz="Europe/Berlin").strftime("%Y-%m-%d %H:%M").tolist()


@pytest.mark.parametrize("frequency", ["h", "30min", "15min", "10min"])
@pytest.mark.parametrize("backwards", [False, True])
def test_an_hour_that_stands_twice_is_spread_and_told(tmp_path: Path, frequency: str, backwards: bool) -> None:
    times = local_times(frequency, "2022-10-29 12:00", 200)
    assert len(set(times)) < len(times)
    table = read(write(tmp_path, times[::-1] if backwards else times))
    assert (np.diff(table.axis.positions) > 0).all()
    assert table.values[:, 0].tolist() == [index + 0.5 for index in (range(199, -1, -1) if backwards else range(200))]
    assert any("1 hour stands twice, 2022-10-30 02:00:00" in note for note in table.notes)
    assert table.axis.calendar.frequency == frequency
    outside = [place for place, text in enumerate(times) if not text.startswith("2022-10-30 02")]
    assert [table.axis.text(table.axis.positions[place])[:16] for place in outside] == [
        times[place] for place in outside
    ]
    assert not any("missing" in note for note in table.notes)


def test_the_second_pass_may_stand_beside_the_first(tmp_path: Path) -> None:
    table = read(write(tmp_path, sorted(local_times("15min", "2022-10-29 12:00", 100))))
    assert any("1 hour stands twice" in note for note in table.notes)


def test_an_hour_that_lacks_in_spring_is_told(tmp_path: Path) -> None:
    table = read(write(tmp_path, local_times("h", "2022-03-26 12:00", 40)))
    assert any("1 row is missing where rows are 1 hour apart, 2022-03-27 02:00:00" in note for note in table.notes)


def test_doubled_hours_with_their_offset_are_no_trouble(tmp_path: Path) -> None:
    times = [own.isoformat() for own in pd.date_range("2022-10-29", periods=48, freq="h", tz="Europe/Berlin")]
    table = read(write(tmp_path, times))
    assert set(np.diff(table.axis.positions)) == {3600.0}
    assert table.axis.text(table.axis.positions[-1]) == "2022-10-30 22:00:00+01:00"
    assert table.notes == (
        "f.csv: the offset from UTC changes between rows (+01:00 and +02:00) and is written as +01:00 throughout",
    )


def test_days_of_a_place_with_summer_time_stay_days(tmp_path: Path) -> None:
    times = [own.isoformat() for own in pd.date_range("2022-10-20", periods=30, freq="D", tz="Europe/Berlin")]
    table = read(write(tmp_path, times))
    assert table.axis.calendar.frequency == "D"
    assert [table.axis.text(own) for own in table.axis.extended(1)] == ["2022-11-19"]


# What a forecast says, and other data


@pytest.mark.parametrize(
    ("times", "beyond"),
    [
        ([f"2022-{month:02d}" for month in range(1, 13)], ["2023-01", "2023-02", "2023-03"]),
        (pd.date_range("2022-01-31", periods=12, freq="ME").strftime("%Y-%m-%d").tolist(),
         ["2023-01-31", "2023-02-28", "2023-03-31"]),
        (pd.date_range("2008-12-31", periods=12, freq="YE").strftime("%d.%m.%Y").tolist(),
         ["2020-12-31", "2021-12-31", "2022-12-31"]),
        (pd.date_range("2023-03-01", periods=12, freq="B").strftime("%b %d, %Y").tolist(),
         ["2023-03-17", "2023-03-20", "2023-03-21"]),
        ([f"{2020 + k // 4}Q{k % 4 + 1}" for k in range(12)], ["2023Q1", "2023Q2", "2023Q3"]),
        ([f"2023-03-01 09:00:0{k // 4}.{k % 4 * 25:02d}0" for k in range(12)],
         ["2023-03-01T09:00:03.000", "2023-03-01T09:00:03.250", "2023-03-01T09:00:03.500"]),
        ([f"2023-03-01T{k:02d}:00:00+02:00" for k in range(12)],
         ["2023-03-01T12:00:00+02:00", "2023-03-01T13:00:00+02:00", "2023-03-01T14:00:00+02:00"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("with_data", [True, False])
def test_forecasts_go_on_by_the_calendar_with_and_without_the_data(
    done: Elman, tmp_path: Path, times: list[str], beyond: list[str], with_data: bool
) -> None:
    path, model, out = (
        write(tmp_path, [f'"{text}"' for text in times]),
        tmp_path / "m.safetensors",
        tmp_path / "forecast.csv",
    )
    done("train", path, "--epochs", 2, "--save", model)
    if not with_data:
        path.unlink()
    done("predict", model, "--steps", 3, "--out", out)
    written = [line.split(",")[0] for line in out.read_text().splitlines()]
    assert written[-3:] == beyond
    assert len(written) == (16 if with_data else 4)


def test_other_data_are_read_in_the_format_of_the_models_own(done: Elman, tmp_path: Path) -> None:
    days = pd.date_range("2022-01-01", periods=52, freq="D").strftime("%m/%d/%Y").tolist()
    model, out = tmp_path / "m.safetensors", tmp_path / "f.csv"
    done("train", write_waves(tmp_path, days[:31]), "--epochs", 2, "--save", model)
    done("predict", model, write_waves(tmp_path, days[31:43], name="next.csv"), "--steps", 1, "--out", out)
    written = [line.split(",")[0] for line in out.read_text().splitlines()]
    assert (written[1], written[-2], written[-1]) == ("2022-02-01", "2022-02-12", "2022-02-13")


@pytest.mark.parametrize("with_data", [True, False])
def test_another_step_than_the_models_is_told(done: Elman, tmp_path: Path, with_data: bool) -> None:
    months, days = (
        pd.date_range("2022-01-01", periods=14, freq=own).strftime("%Y-%m-%d").tolist() for own in ("MS", "D")
    )
    own, model = write_waves(tmp_path, months), tmp_path / "m.safetensors"
    done("train", own, "--epochs", 2, "--save", model)
    others, same = write_waves(tmp_path, days, name="days.csv"), write_waves(tmp_path, months, name="months.csv")
    if not with_data:
        own.unlink()
    told = "The 14 rows are 1 day apart, but the network learned rows 1 month apart: a step means another time there"
    assert done("predict", model, others, "--json").result["step"] == told
    assert "step" not in done("predict", model, same, "--json").result
