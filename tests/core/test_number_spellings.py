"""Numbers as people write them: thousands, decimal commas, currencies, per cent, brackets, codes for missing values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written import Marks, days, months, notes_of, read_text

from elman_core.data.csv.codes import suspected_code
from elman_core.data.csv.marks import choose_marks
from elman_core.data.csv.numbers import read_signed
from elman_core.data.table_format import TableFormat
from elman_core.errors import DataError

FUZZ = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
DECIMALS_AND_THOUSANDS = st.sampled_from(
    [(".", ""), (".", ","), (".", " "), (".", "'"), (".", "\u2019"), (".", "\u202f"), (",", ""), (",", "."), (",", " "),
     (",", "\u00a0"), (",", "\u2009"), (",", "'")]
)  # fmt: skip
SIGNS = st.sampled_from(
    [
        ("", ""),
        ("$", ""),
        ("€", ""),
        ("£", ""),
        ("US$", ""),
        ("", " €"),
        ("", "%"),
        ("", " %"),
        ("", " EUR"),
        ("CHF ", ""),
    ]
)


def sure(number: float) -> float:
    """Two decimals, which leave no doubt of the marks."""
    return round(number, 2) or 0.25


NUMBERS = st.lists(st.floats(-99_999, 9_999_999).map(sure), min_size=6, max_size=20)


@FUZZ
@given(NUMBERS, DECIMALS_AND_THOUSANDS, SIGNS, st.sampled_from(["-", "\u2212"]), st.booleans())
def test_the_same_numbers_are_read_in_every_spelling(
    tmp_path: Path, numbers: list[float], marks: tuple[str, str], signs: tuple[str, str], minus: str, brackets: bool
) -> None:
    numbers[0], numbers[1] = 1234567.25, 4.5  # what any table in thousands has somewhere
    written = Marks(*marks, *signs, minus, brackets)
    texts = [written.write(number, 2) for number in numbers]
    table = read_text(tmp_path, ["day;x", *(f"{day};{text}" for day, text in zip(days(20), texts, strict=False))])
    assert table.values[:, 0].tolist() == numbers
    sign = "".join(signs).strip()
    assert (f"{sign!r} beside them" in notes_of(table)) is bool(sign)


@FUZZ
@given(NUMBERS, DECIMALS_AND_THOUSANDS, SIGNS)
def test_a_number_that_was_written_comes_back(
    numbers: list[float], marks: tuple[str, str], signs: tuple[str, str]
) -> None:
    written = Marks(*marks, *signs)
    kind = {"\u2019": "'", "\u202f": " ", "\u00a0": " ", "\u2009": " "}.get(marks[1], marks[1])
    for number in numbers:
        found = read_signed(written.write(number, 2), marks[0], kind)  # type: ignore[arg-type]
        assert found is not None
        assert found.value == number
        assert found.sign == "".join(signs).strip()


@FUZZ
@given(st.lists(st.integers(500, 1_999), min_size=8, max_size=24), st.sampled_from([".", ","]))
def test_three_digits_after_a_mark_beside_smaller_whole_numbers_are_thousands(
    tmp_path: Path, numbers: list[int], mark: str
) -> None:
    numbers = sorted(numbers)
    numbers[0], numbers[-1] = 930, 1930
    texts = [Marks(thousands=mark).write(number, 0) for number in numbers]
    table = read_text(tmp_path, ["Monat;Gäste", *(f"{m};{t}" for m, t in zip(months(24), texts, strict=False))])
    assert table.values[:, 0].tolist() == numbers
    assert f"with {mark!r} between thousands" in notes_of(table)
    assert f"--decimal {mark}" in notes_of(table)


@FUZZ
@given(st.lists(st.integers(1_000, 999_999), min_size=3, max_size=24))
def test_commas_in_all_cells_between_commas_are_thousands(tmp_path: Path, numbers: list[int]) -> None:
    rows = [f'{month},"{number:,}"' for month, number in zip(months(24), numbers, strict=False)]
    table = read_text(tmp_path, ["month,guests", *rows])
    assert table.values[:, 0].tolist() == numbers
    assert "say that it is the decimal mark (--decimal ,)" in notes_of(table)
    other = read_text(tmp_path, ["month,guests", *rows], TableFormat(decimal=","))
    assert other.values[:, 0].tolist() == [number / 1000 for number in numbers]


def test_what_leaves_no_doubt_in_one_column_decides_for_all() -> None:
    assert choose_marks([["1.930", "2.104"], ["4,5", "3,25"]], ";").thousands == "."
    assert choose_marks([["1.930", "2.104"], ["4.5", "3.25"]], ";").decimal == "."
    assert choose_marks([["1,930"], ["1.5"]], "\t") == choose_marks([["1,930", "4,104"], ["1.5"]], "\t")
    assert choose_marks([["12,34,567", "1,23,456"]], ",").thousands == ","


def test_numbers_that_could_be_thousands_are_told_with_the_way_to_read_them_so(tmp_path: Path) -> None:
    for delimiter, mark, found, other in (
        (";", ".", 2037, {"decimal": "."}),
        ("\t", ".", 2.037, {"thousands": "."}),
        (";", ",", 2.037, {"thousands": ","}),
    ):  # fmt: skip
        lines = [f"{month}{delimiter}{1 + row}{mark}{row * 37 % 1000:03d}" for row, month in enumerate(months(8))]
        table = read_text(tmp_path, [f"m{delimiter}x", *lines])
        assert table.values[1, 0] == found
        assert f"(--{next(iter(other))} {mark})" in notes_of(table)
        otherwise = read_text(tmp_path, [f"m{delimiter}x", *lines], TableFormat(**other))
        assert otherwise.values[1, 0] == {2037: 2.037, 2.037: 2037}[found]


def test_no_word_is_needed_where_there_is_no_doubt(tmp_path: Path) -> None:
    assert read_text(tmp_path, ["day,x", *(f"{d},{row}.125" for row, d in enumerate(days(9)))]).notes == ()


@pytest.mark.parametrize("text", ["1,2,3", "12,34", "$", "%", "()", "(1", "--1", "1 2", "1e", "e5", "1.2.3", "1%%"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_signed(text, ".", ",") is None


def test_a_unit_counts_where_all_numbers_have_it(tmp_path: Path) -> None:
    table = read_text(tmp_path, ["day,power,room", *(f"{d},{row * row} kWh,{row}m" for row, d in enumerate(days(5)))])
    assert table.columns == ("power", "room")
    assert "'kWh' beside them" in notes_of(table)
    mixed = read_text(tmp_path, ["day,x,room", "1,5,1m", "2,4,2m", "3,6,3", "4,8,4m"])
    assert mixed.columns == ("x",)


# -- missing values ---------------------------------------------------------------------------------


CODES = [-99.0, -999.0, -9999.0, -99.99, -999.9, 999.0, 9999.0, 99999.0, 9999.99, -1e30, 1e20]


@FUZZ
@given(
    st.lists(st.floats(10, 60).map(lambda x: round(x, 1)), min_size=8, max_size=20), st.sampled_from(CODES),
    st.integers(1, 4),
)  # fmt: skip
def test_a_code_far_from_all_others_is_asked_about_and_can_be_made_a_gap(
    tmp_path: Path, numbers: list[float], code: float, count: int
) -> None:
    numbers[0], numbers[1] = 20.5, 40.5
    cells = [*numbers[:5], *[code] * count, *numbers[5:]]
    lines = ["day,ozone", *(f"{day},{cell:.10g}" for day, cell in zip(days(30), cells, strict=False))]
    table = read_text(tmp_path, lines)
    assert np.count_nonzero(table.values == code) == count
    assert f"{count} row{'s' if count > 1 else ''} of column 'ozone' ha" in notes_of(table)
    assert f"(--missing {code:.10g})" in notes_of(table)
    told = read_text(tmp_path, lines, TableFormat(missing=(f"{code:.10g}",)))
    assert np.isnan(told.values[5 : 5 + count, 0]).all()
    assert np.isfinite(np.delete(told.values[:, 0], slice(5, 5 + count))).all()
    assert "far from all others" not in notes_of(told)


@FUZZ
@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=60).filter(lambda x: len(set(x)) == len(x)))
def test_numbers_that_come_once_are_no_codes_unless_they_look_like_one(numbers: list[float]) -> None:
    found = suspected_code(np.array(numbers))
    assert found is None or set(f"{abs(found):.6g}".replace(".", "")) == {"9"} or found in (-1e4, -1e5, -1e6, -32768.0)


@pytest.mark.parametrize("code", ["closed", "x", "-1", "n.b."])
def test_words_and_numbers_can_be_said_to_be_missing(tmp_path: Path, code: str) -> None:
    lines = ["day,x", *(f"{day},{code if row in (2, 6) else row * row + 3}" for row, day in enumerate(days(9)))]
    table = read_text(tmp_path, lines, TableFormat(missing=(code,)))
    assert np.flatnonzero(np.isnan(table.values[:, 0])).tolist() == [2, 6]
    assert f"2 rows of column 'x' with {code!r} have no value" in notes_of(table)


@pytest.mark.parametrize("word", ["NA", "n/a", "-", "null", ".", "--", "#N/A", "None", "NaN", "\u2013", "#DIV/0!"])
def test_the_usual_words_for_nothing_are_gaps(tmp_path: Path, word: str) -> None:
    table = read_text(tmp_path, ["day,x", *(f"{d},{word if row == 2 else row + 0.5}" for row, d in enumerate(days(6)))])
    assert np.flatnonzero(np.isnan(table.values[:, 0])).tolist() == [2]


def test_thousands_of_another_mark_are_refused_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"row 4 of column 'x' has '1,234'; numbers were expected with '\.' as decimal"):
        read_text(tmp_path, ["day;x", "1;1 234.5", "2;2 000", "3;1,234", "4;1"], TableFormat(decimal="."))


def test_a_word_that_comes_again_among_numbers_can_be_said_to_be_missing(tmp_path: Path) -> None:
    lines = ["day,x", *(f"{day},{'M' if row in (3, 5) else row + 0.5}" for row, day in enumerate(days(9)))]
    with pytest.raises(DataError, match=r"row 5 of column 'x' has 'M' .*; it comes 2 times, .*\(--missing M\)"):
        read_text(tmp_path, lines)
    assert np.isnan(read_text(tmp_path, lines, TableFormat(missing=("M",))).values).sum() == 2
