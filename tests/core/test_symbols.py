"""Vocabularies, streams by codes, tables of features and columns of symbols, each against brute force."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from refusals import refusal_of

from elman_core.config import DataConfig, SymbolConfig
from elman_core.data.preparation import prepare
from elman_core.data.table import Table
from elman_core.data.text.features import Features, read_features, write_features
from elman_core.data.text.tables import TokenizedText, tokenized_column, tokenized_text
from elman_core.data.text.vocabulary import MAXIMUM_SYMBOLS, OTHER, CodedRows, Vocabulary, ranked, shown
from elman_core.support.jobs import complete

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Array = NDArray[np.float64]
FEATURES = Vocabulary(
    ("b", "a", " ", "x"),
    np.array([[1, 0, 0.5], [0, 1, 1], [0, 0, 0], [0.25, 0.75, 1]]),
    ("consonant", "vowel", "voiced"),
    {"b": "letter", " ": "gap"},
)
ONE_HOT = Vocabulary.one_hot(("a", "b", " "))
SPARSE = Vocabulary(("x", "y"), np.eye(4)[[2, 0]], ("p", "q", "r", "s"))
"""One-hot with two numbers that no symbol has."""
OUTPUTS = st.one_of(
    st.floats(0, 1), st.sampled_from([0.0, 1.0, np.nan, np.inf, -np.inf, -3.0, 1e-320, 1e308, 1.0000001])
)


def material(text: str, **config: Any) -> TokenizedText:
    return complete(tokenized_text(text, SymbolConfig(**config)))


def names_of(table: Table) -> list[str]:
    assert table.symbols is not None
    return [table.symbols.name(row) for row in range(len(table.symbols))]


def written(folder: Path, text: str, name: str = "f.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def features(folder: Path, text: str) -> Features:
    return complete(read_features(written(folder, text)))


# -- vocabularies -------------------------------------------------------------------------------------


def test_one_hot_symbols_have_a_number_of_their_own_each() -> None:
    assert ONE_HOT.vectors.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert ONE_HOT.columns == ("a", "b", "␣")
    assert (ONE_HOT.is_one_hot, SPARSE.is_one_hot, FEATURES.is_one_hot) == (True, True, False)
    assert not Vocabulary(("a", "b"), np.array([[1.0, 0.0], [1.0, 0.0]]), ("p", "q")).is_one_hot
    assert not Vocabulary(("a", "b"), np.array([[1.0, 0.5], [0.0, 1.0]]), ("p", "q")).is_one_hot


@QUICK
@given(hnp.arrays(np.float64, (3, 3), elements=st.floats(0.001, 0.999)))
def test_features_give_each_symbol_the_product_of_their_chances(outputs: Array) -> None:
    for y, found in zip(outputs, FEATURES.probabilities(outputs), strict=True):
        shares = []
        for vector in FEATURES.vectors.tolist():
            share = 1.0
            for value, chance in zip(vector, y.tolist(), strict=True):
                share *= chance**value * (1 - chance) ** (1 - value)
            shares.append(share)
        np.testing.assert_allclose(found, np.array(shares) / sum(shares), rtol=1e-9)


@QUICK
@given(hnp.arrays(np.float64, (4, 4), elements=st.floats(0.001, 50)))
def test_one_hot_symbols_share_what_the_network_gives_to_them(outputs: Array) -> None:
    two = np.stack([outputs[:, 2], outputs[:, 0]], axis=1)
    np.testing.assert_allclose(SPARSE.probabilities(outputs), two / two.sum(axis=1, keepdims=True), rtol=1e-9)


@pytest.mark.parametrize("vocabulary", [ONE_HOT, SPARSE, FEATURES], ids=["one-hot", "sparse", "features"])
@QUICK
@given(data=st.data())
def test_probabilities_sum_to_1_whatever_the_network_gives(vocabulary: Vocabulary, data: st.DataObject) -> None:
    shape = (2, 3, len(vocabulary.columns))
    outputs = data.draw(hnp.arrays(np.float64, shape, elements=OUTPUTS))
    found = vocabulary.probabilities(outputs)
    assert found.shape == (2, 3, len(vocabulary.names))
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=-1), 1, rtol=1e-12)
    # A product of matrices sums in another order than one of a vector.
    np.testing.assert_allclose(vocabulary.probabilities(outputs[1, 2]), found[1, 2], rtol=1e-12)


@pytest.mark.parametrize("vocabulary", [ONE_HOT, SPARSE, FEATURES], ids=["one-hot", "sparse", "features"])
def test_a_networks_certainty_is_taken_at_its_word(vocabulary: Vocabulary) -> None:
    sharp = (vocabulary.vectors == vocabulary.vectors.round()).all(axis=1)
    found = vocabulary.probabilities(vocabulary.vectors[sharp])
    assert (found.argmax(axis=1) == np.nonzero(sharp)[0]).all()
    if vocabulary.is_one_hot:
        np.testing.assert_allclose(found.max(axis=1), 1)


def test_symbols_are_ranked_by_probability_and_ties_by_their_order() -> None:
    assert ranked("abcd", np.array([0.2, 0.3, 0.2, 0.3])) == [("b", 0.3), ("d", 0.3), ("a", 0.2), ("c", 0.2)]


def test_unknown_symbols_are_named_unless_there_is_one_for_all_others() -> None:
    assert ONE_HOT.encoded("ab a", "here").tolist() == [0, 1, 2, 0]
    assert refusal_of(lambda: ONE_HOT.encoded("axbyx", "the text")) == (
        "the text: the symbols 'x', 'y' are not among the 3 that the model knows: 'a', 'b', '␣'"
    )
    assert refusal_of(lambda: ONE_HOT.encoded(iter("ax"), "here")).startswith("here: the symbol 'x' is not among the 3")
    assert Vocabulary.one_hot(("a", OTHER)).encoded("axya", "here").tolist() == [0, 1, 1, 0]


# -- streams by codes ---------------------------------------------------------------------------------

INDEXES: list[Any] = [
    0, -1, slice(None), slice(2, 7), slice(-3, None), slice(None, None, -2), slice(50, 60), [4, 0, 4],
    np.array([], np.intp), np.arange(9) % 2 == 0, np.array([[1, 2], [3, 4]]),
]  # fmt: skip
COLUMNS: list[Any] = [0, -1, slice(None), slice(1, None), [2, 0], np.array([True, False, True])]


@pytest.mark.parametrize("rows", INDEXES, ids=repr)
@pytest.mark.parametrize("columns", [None, *COLUMNS], ids=repr)
def test_coded_rows_are_indexed_as_the_series_written_out(rows: Any, columns: Any) -> None:
    codes = np.array([3, 0, 2, 2, 1, 0, 3, 1, 2], np.int32)
    coded, dense = CodedRows(FEATURES.vectors, codes), np.array([FEATURES.vectors[code] for code in codes])
    assert (coded.shape, len(coded)) == (dense.shape, len(dense))
    index = rows if columns is None else (rows, columns)
    try:
        expected = dense[index]
    except IndexError:  # two lists of places that do not go together
        with pytest.raises(IndexError):
            coded[index]
    else:
        np.testing.assert_array_equal(coded[index], expected, strict=True)


# -- limits of a vocabulary ---------------------------------------------------------------------------


@QUICK
@given(
    words=st.lists(st.sampled_from("abcdefgh"), min_size=3, max_size=60),
    largest=st.integers(2, 6),
    minimum=st.integers(1, 5),
)
def test_rare_symbols_are_taken_together_as_a_counter_ranks_them(words: list[str], largest: int, minimum: int) -> None:
    found = material(" ".join(words), unit="words", largest_vocabulary=largest, minimum_count=minimum)
    ranking = sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0]))
    kept = sorted(word for word, count in ranking[:largest] if count >= minimum)
    if not kept:
        assert refusal_of(found.table) == (f"text has no symbol {minimum:,} times; choose a smaller number of times")
        return
    table = found.table()
    rare = len(ranking) - len(kept)
    assert table.symbols is not None
    assert table.symbols.vocabulary.names == (*kept, *([OTHER] if rare else []))
    assert names_of(table) == [word if word in kept else OTHER for word in words]
    assert len(table.notes) == bool(rare)
    if rare:
        assert f"{rare} rare symbol{'s' if rare > 1 else ''} (" in table.notes[0]


def test_a_text_of_one_symbol_is_refused() -> None:
    table = material("aaaa").table()
    sentence = "text has one symbol only, 'a', 4 times; there is nothing to learn"
    assert refusal_of(lambda: prepare(table, DataConfig())) == sentence


def test_a_text_that_is_gone_on_with_says_what_was_taken_for_other() -> None:
    known = Vocabulary.one_hot(("a", "b", OTHER))
    table = material("abxyzab").table(known)
    assert names_of(table) == ["a", "b", OTHER, OTHER, OTHER, "a", "b"]
    assert table.notes == (f"text: 3 symbols not in the vocabulary read as {OTHER}",)
    assert "'x', 'y', 'z' are not among" in refusal_of(
        lambda: material("abxyzab").table(Vocabulary.one_hot(("a", "b")))
    )


# -- tables of features -------------------------------------------------------------------------------

TABLE = "symbol,high,back,class\na,0,1,vowel\nb,1,0.5,\n␣,0,0,gap\n"


def test_a_table_of_features_gives_symbols_their_vectors_and_classes(tmp_path: Path) -> None:
    table = material("ab a b").table(features(tmp_path, TABLE))
    assert table.symbols is not None
    vocabulary = table.symbols.vocabulary
    assert (vocabulary.names, vocabulary.columns) == (("a", "b", " "), ("high", "back"))
    assert vocabulary.classes == {"a": "vowel", " ": "gap"}
    by_hand = {"a": [0, 1], "b": [1, 0.5], " ": [0, 0]}
    assert table.values[:].tolist() == [by_hand[symbol] for symbol in "ab a b"]
    assert table.notes == ()


def test_decimal_commas_and_semicolons_are_understood(tmp_path: Path) -> None:
    found = features(tmp_path, "symbol;high;back\na;0,25;1\nb;1;0,5\n")
    assert found.vectors == {"a": (0.25, 1.0), "b": (1.0, 0.5)}


BAD_TABLES = {
    "symbol,high\na,0\nb,1\na,1\n": "f.csv: row 4 has the symbol 'a', which row 2 has already; each symbol needs one",
    "symbol,high\n␣,0\nb,1\n␣,1\n": "f.csv: row 4 has the symbol '␣', which row 2 has already; each symbol needs one",
    "symbol,high\na,0\nb,1.5\n": "f.csv: row 3 has '1.5' in column 'high'; a number from 0 to 1 was expected",
    "symbol,high\na,-0.1\nb,1\n": "f.csv: row 2 has '-0.1' in column 'high'; a number from 0 to 1 was expected",
    "symbol,high\na,yes\nb,1\n": "f.csv: row 2 has 'yes' in column 'high'; a number from 0 to 1 was expected",
    "symbol,high\na,nan\nb,1\n": "f.csv: row 2 has 'nan' in column 'high'; a number from 0 to 1 was expected",
    "symbol,high,back\na,,1\nb,1,0\n": "f.csv: row 2 has '' in column 'high'; a number from 0 to 1 was expected",
    "symbol,high,back\na,0,1\nb,1\n": "f.csv: row 3 has 2 cells; 3 were expected",
    "symbol,high,back\na,0,1\nb,1,0,1\n": "f.csv: row 3 has 4 cells; 3 were expected",
    "symbol,class\na,vowel\nb,consonant\n": "f.csv has no features: a column of symbols and columns of numbers from 0",
    "symbol,high\na,1\n": "f.csv has 1 symbol; at least 2 were expected",
    "symbol,high\n": "f.csv",
    "": "f.csv is empty",
    f"symbol,high\n{'x' * 201},1\nb,0\n": "f.csv: row 2 must have a symbol of 1 to 200 characters first",
    "symbol,high\n,1\nb,0\n": "f.csv: row 2 must have a symbol of 1 to 200 characters first",
}


@pytest.mark.parametrize("text", BAD_TABLES, ids=range(len(BAD_TABLES)))
def test_a_bad_table_of_features_is_refused_with_one_sentence(tmp_path: Path, text: str) -> None:
    assert refusal_of(lambda: features(tmp_path, text)).startswith(BAD_TABLES[text])


def test_more_symbols_than_a_model_file_may_have_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"w{number},{number % 2}\n" for number in range(MAXIMUM_SYMBOLS + 1))
    assert refusal_of(lambda: features(tmp_path, "symbol,odd\n" + rows)) == (
        "f.csv has 4,098 symbols; at most 4,097 can be learned"
    )


def test_a_symbol_without_features_is_named_with_how_often_it_occurs(tmp_path: Path) -> None:
    found = features(tmp_path, TABLE)
    assert refusal_of(lambda: material("abcabc d").table(found)) == (
        "the table of features has no row for 'c', which text has 2 times, nor for 'd'; every symbol needs one"
    )


def test_two_symbols_with_the_same_features_are_told_of(tmp_path: Path) -> None:
    table = material("ab ").table(features(tmp_path, "symbol,high,back\na,0,1\nb,1,0\n␣,1,0\n"))
    assert table.notes == ("'b' and '␣' have the same features: they cannot be told apart",)


@pytest.mark.parametrize(
    "vocabulary",
    [
        FEATURES,
        ONE_HOT,
        Vocabulary(("a,b", 'say "no"', "\u00e9", "#x", "1"), np.eye(5)[:, :4] / 3, ("w", "x,y", "z;", "q"), {"1": "n"}),
    ],
    ids=["features", "one-hot", "odd names"],
)
def test_features_come_back_as_they_were_written(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "features.csv"
    assert complete(write_features(path, vocabulary)) == path
    again = complete(read_features(path)).vocabulary
    assert (again.names, again.columns) == (vocabulary.names, vocabulary.columns)
    assert dict(again.classes) == dict(vocabulary.classes)
    np.testing.assert_allclose(again.vectors, vocabulary.vectors, rtol=1e-9)


# -- a column of a table ------------------------------------------------------------------------------

DAYS = "date,weather,place\n2024-01-01,Sun,New York\n2024-01-02,rain,Rome\n2024-01-03,sun,Rome\n"


@pytest.mark.parametrize(
    ("column", "lower_case", "expected"),
    [
        (None, True, ["sun", "rain", "sun"]),
        ("weather", False, ["Sun", "rain", "sun"]),
        ("place", True, ["new york", "rome", "rome"]),
        ("date", True, ["2024-01-01", "2024-01-02", "2024-01-03"]),
    ],
)
def test_each_row_of_a_column_is_a_symbol(
    tmp_path: Path, column: str | None, lower_case: bool, expected: list[str]
) -> None:
    path = written(tmp_path, DAYS)
    table = complete(tokenized_column(path, column, SymbolConfig(lower_case=lower_case))).table()
    assert names_of(table) == expected
    assert (table.source.kind, table.source.column) == ("csv", column or "weather")
    assert (table.axis.label, table.symbols is not None and table.symbols.config.unit) == ("row", "rows")


@pytest.mark.parametrize(
    ("text", "column", "sentence"),
    [
        (DAYS, "wind", "f.csv has no column 'wind'; it has 'date', 'weather', 'place'"),
        ("a,b\nx,1\n,2\ny,3\n", "a", "f.csv: row 3 has no symbol in column 'a'; every row needs one"),
        ("a,b\nx,1\ny\nz,2\n", "b", "f.csv: row 3 has no symbol in column 'b'; every row needs one"),
        (f"a,b\nx,1\n{'y' * 201},2\n", "a", "f.csv: row 3 of column 'a' has 201 characters; a symbol may have 200"),
        ("a,b\n", "a", "f.csv"),
    ],
)
def test_a_column_without_a_symbol_in_each_row_is_refused(
    tmp_path: Path, text: str, column: str, sentence: str
) -> None:
    path = written(tmp_path, text)
    assert refusal_of(lambda: complete(tokenized_column(path, column, SymbolConfig()))).startswith(sentence)


def test_a_tokenized_text_shows_how_its_beginning_was_read(tmp_path: Path) -> None:
    assert material("The  cat\nsat").beginning == "the␣cat␣sat"
    assert material("The  cat\nsat", unit="words").beginning == "the cat sat"
    assert complete(tokenized_column(written(tmp_path, DAYS), "place", SymbolConfig())).beginning == (
        "new york\nrome\nrome"
    )
    assert (shown(" "), shown("a")) == ("␣", "a")
