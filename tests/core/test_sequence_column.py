"""Tables of many sequences: rows gathered by a column, times that rise within each, and what is refused."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from refusals import refusal_of

from elman_core.config import SymbolConfig
from elman_core.data.csv.detect import detect_format
from elman_core.data.csv.read import read_table
from elman_core.data.table import ColumnFacts, Table
from elman_core.data.text.tables import tokenized_column
from elman_core.support.jobs import complete


def write(folder: Path, *lines: str) -> Path:
    path = folder / "f.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path: Path, column: str = "shop") -> Table:
    return complete(read_table(path, detect_format(path, column)))


def test_rows_that_stand_apart_are_gathered_in_the_order_of_first_appearance(tmp_path: Path) -> None:
    table = read(write(tmp_path, "shop,t,x", "b,1,10", "7,1,20", "b,2,11", "7,2,21", "b,3,12", "c,5,30"))
    assert table.panel.names == ("b", "7", "c")
    assert table.panel.starts.tolist() == [0, 3, 5]
    assert table.values[:, 0].tolist() == [10, 11, 12, 20, 21, 30]
    assert table.axis.positions.tolist() == [1, 2, 3, 1, 2, 5]
    assert table.notes == ("f.csv: the rows of 2 sequences do not stand together and were gathered",)
    assert table.facts is not None
    assert (table.facts.rows, table.facts.sequences, table.facts.order) == (6, 3, "as-is")


def test_a_count_that_begins_anew_with_each_sequence_is_the_time(tmp_path: Path) -> None:
    path = write(tmp_path, "x,shop,place", *(f"{k % 7},s{k // 5},{k % 5 + 1}" for k in range(20)))
    assert detect_format(path, "shop").time_column == "place"
    assert detect_format(path).sequence_column == "shop"  # found where the count would repeat without it
    table = read(path)
    assert (table.columns, table.axis.label, table.notes) == (("x",), "place", ())


def test_without_a_time_the_rows_of_each_sequence_are_counted(tmp_path: Path) -> None:
    table = read(write(tmp_path, "shop,x", "a,3", "a,1", "b,2", "b,9", "b,4"))
    assert table.axis.positions.tolist() == [0, 1, 0, 1, 2]


def test_each_sequence_is_turned_round_where_it_runs_backwards(tmp_path: Path) -> None:
    table = read(write(tmp_path, "shop,year,x", "a,3,30", "a,2,20", "b,1,1", "b,2,2", "a,1,10"))
    assert table.values[:, 0].tolist() == [10, 20, 30, 1, 2]
    assert table.axis.positions.tolist() == [1, 2, 3, 1, 2]
    assert table.notes[1] == "f.csv: the rows of 1 sequence run from newest to oldest and were reversed"
    backwards = read(write(tmp_path, "shop,year,x", "a,2,20", "a,1,10", "b,2,2", "b,1,1"))
    assert backwards.notes == ("f.csv: the rows run from newest to oldest and were reversed",)


def test_what_each_column_is_and_misses_is_known(tmp_path: Path) -> None:
    table = read(write(tmp_path, "shop,day,x,note", "a,2020-01-01,,hi", "a,2020-01-02,3,", "b,2020-01-01,4,ho", ",,,"))
    assert table.facts is not None
    assert table.facts.columns == (
        ColumnFacts("shop", "text"), ColumnFacts("day", "date"), ColumnFacts("x", "number", 1),
        ColumnFacts("note", "text", 1),
    )  # fmt: skip


def test_day_and_month_are_told_apart_within_sequences(tmp_path: Path) -> None:
    days = [f"0{day}/0{month}/2020" for month in (1, 2, 3) for day in (1,)]
    path = write(tmp_path, "shop,day,x", *(f"{shop},{day},1" for shop in "abc" for day in days))
    assert detect_format(path, "shop").date_format == "%d/%m/%Y"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["store,x", "a,1", "a,2"], "f.csv has no sequence column 'shop'; it has 'store', 'x'"),
        (["shop,x", "a,1", ",5", "a,3"], "f.csv: row 3 has no sequence in column 'shop'; every row needs one"),
        (
            ["shop,x", "a,1", "b,2", "c,3"],
            "f.csv: column 'shop' has another text in each of 3 rows, so that every sequence would have one row; "
            "choose a column that several rows share",
        ),
        (
            ["shop,year,x", "a,1,1", "b,5,1", "a,3,1", "a,1,1", "a,9,9"],
            "f.csv: 1 row of column 'year' repeats a time, the first 1 in rows 2 and 5 of 'a'; choose the column that "
            "tells sequences apart (--sequence-column), or take the order of the rows as time (--order as-is)",
        ),
        (["shop,year,x", "a,1,1", "a,,1", "a,2,2"], "f.csv: row 3 has no time in column 'year'; every row needs one"),
    ],
)
def test_what_is_no_table_of_sequences_is_refused_in_one_sentence(
    tmp_path: Path, lines: list[str], sentence: str
) -> None:
    path = write(tmp_path, *lines)
    assert refusal_of(lambda: read(path)) == sentence


def test_one_column_cannot_tell_time_and_sequence(tmp_path: Path) -> None:
    path = write(tmp_path, "shop,x", "1,1", "1,2")
    table_format = detect_format(path, "shop").replace(time_column="shop")
    assert refusal_of(lambda: complete(read_table(path, table_format))) == (
        "f.csv: column 'shop' cannot tell both the time and the sequence"
    )


def test_a_long_step_is_told_of_in_its_sequence(tmp_path: Path) -> None:
    path = write(tmp_path, "shop,t,x", *(f"a,{t},1" for t in (1, 2, 3, 9)), *(f"b,{t},2" for t in (10, 20, 30)))
    assert read(path).notes == (
        "f.csv: 1 time step is longer than the usual 1, after 3 of 'a'; it is treated as one step",
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from("abcd"), min_size=5, max_size=40))
def test_gathering_equals_sorting_by_first_appearance(tmp_path: Path, shops: list[str]) -> None:
    table = read(write(tmp_path, "shop,t,x", *(f"{shop},{k},{k}" for k, shop in enumerate(shops))))
    order = sorted(range(len(shops)), key=lambda row: shops.index(shops[row]))
    assert table.values[:, 0].tolist() == order
    assert table.panel.names == tuple(dict.fromkeys(shops))
    assert table.panel.lengths.tolist() == [shops.count(name) for name in table.panel.names]


def test_a_hundred_thousand_sequences_are_read_in_seconds(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=1_000_000)
    path = write(tmp_path, "id,day,x", *(f"s{k // 10},{k % 10 + 1},{x:.3f}" for k, x in enumerate(values.tolist())))
    start = time.process_time()
    table = read(path, "id")
    assert time.process_time() - start < 8  # about 2 on an idle machine
    assert (len(table.panel), table.rows) == (100_000, 1_000_000)


def test_a_column_of_symbols_has_sequences_too(tmp_path: Path) -> None:
    path = write(tmp_path, "walk,place", "one,park", "two,shop", "one,home", "two,park")
    table = complete(tokenized_column(path, None, SymbolConfig(), detect_format(path, "walk"))).table()
    assert table.symbols is not None
    assert [table.symbols.name(row) for row in range(4)] == ["park", "home", "shop", "park"]
    assert (table.panel.names, table.panel.starts.tolist()) == (("one", "two"), [0, 2])
    assert table.symbols.position is not None and table.symbols.position.tolist() == [0, 1, 0, 1]
    assert table.notes == (
        "f.csv: the rows of 2 sequences do not stand together and were gathered",
        "f.csv: the first row, 'place', is taken for the name of the column (--no-header: it is a symbol)",
    )
