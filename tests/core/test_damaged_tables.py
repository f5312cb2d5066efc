"""Tables and texts that are damaged, or are something else: the sentence names the file, the row and what is wrong."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from refusals import refusal_of

from elman_core.config import DataConfig, SymbolConfig, SymbolUnit
from elman_core.data.csv import records
from elman_core.data.csv.detect import detect_format, has_numbers
from elman_core.data.csv.read import read_table
from elman_core.data.table import Table, TableFormat
from elman_core.data.text.features import read_features
from elman_core.data.text.tables import tokenized_column, tokenized_file
from elman_core.data.text_file import open_text_file
from elman_core.errors import DataError
from elman_core.experiments.factory import begin_series
from elman_core.support.jobs import complete

ROWS = b"".join(b"%d,%d\n" % (row, row * row % 11) for row in range(40))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "f.csv"


def read(path: Path, content: bytes, **chosen: Any) -> Table:
    path.write_bytes(content)
    return complete(read_table(path, detect_format(path).replace(**chosen)))


READERS: dict[str, Callable[[Path], object]] = {
    "table": lambda path: complete(read_table(path)),
    "format": detect_format,
    "kind": has_numbers,
    "text": lambda path: complete(tokenized_file(path, SymbolConfig())),
    "features": lambda path: complete(read_features(path)),
    "column": lambda path: complete(tokenized_column(path, None, SymbolConfig(unit=SymbolUnit.ROWS))),
}


@pytest.mark.parametrize("reader", ["table", "text", "features", "column"])
def test_bytes_that_are_no_text_after_the_mark_of_utf_8_are_refused_with_their_row(path: Path, reader: str) -> None:
    path.write_bytes(codecs.BOM_UTF8 + b"t,v\n1,2\n2,\xff3\n3,4\n")
    sentence = refusal_of(lambda: READERS[reader](path))
    assert sentence.startswith("f.csv: ") and "no UTF-8 text" in sentence
    assert reader == "text" or "row 3" in sentence


def test_a_table_whose_mark_of_utf_8_is_wrong_can_be_read_in_another_encoding(path: Path) -> None:
    table = read(path, codecs.BOM_UTF8 + b"t,v\xff\n" + ROWS, encoding="cp1252", time_column=None)
    assert table.rows == 40


@pytest.mark.parametrize("reader", READERS)
def test_a_model_file_is_no_table(path: Path, reader: str) -> None:
    header = b'{"__metadata__":{"elman":"{}"}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    assert "f.csv is a model file" in refusal_of(lambda: READERS[reader](path))


@pytest.mark.parametrize("reader", READERS)
def test_a_link_that_leads_to_itself_is_refused(path: Path, reader: str) -> None:
    path.symlink_to(path)
    assert "f.csv cannot be opened" in refusal_of(lambda: READERS[reader](path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in folders are Unix's")
@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_is_not_waited_for(path: Path, reader: str) -> None:
    os.mkfifo(path)
    assert "f.csv is a device or a pipe" in refusal_of(lambda: READERS[reader](path))


def test_a_file_that_grows_without_end_is_given_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(b"t,v\n" + ROWS)
    table_format = detect_format(path)
    monkeypatch.setattr(records, "MAXIMUM_BYTES", 2_000)
    more = b"".join(b"%d,1\n" % row for row in range(40, 1_000))

    def opened(path: Path) -> Any:
        file, size = open_text_file(path)
        with path.open("ab") as writer:
            writer.write(more)
        return file, size

    monkeypatch.setattr("elman_core.data.csv.read.open_text_file", opened)
    assert "f.csv grows while it is read" in refusal_of(lambda: complete(read_table(path, table_format)))


def test_the_name_of_a_column_has_an_end(path: Path) -> None:
    table = read(path, b"t," + b"v" * 300 + b"\n" + ROWS)
    assert len(table.columns[0]) == 300
    sentence = refusal_of(lambda: read(path, b"t," + b"v" * 301 + b"\n" + ROWS))
    assert sentence.startswith("f.csv: column 2 has a name of 301 characters, 'vvv")


def test_the_name_of_a_sequence_has_an_end(path: Path) -> None:
    def content(length: int) -> bytes:
        return b"t,v,s\n" + b"".join(
            b"%d,%d,%s\n" % (row % 20, row % 7, b"ab"[row // 20 :][:1] * length) for row in range(40)
        )

    path.write_bytes(content(1_000))
    table = complete(read_table(path, detect_format(path, "s")))
    assert [len(name) for name in table.panel.names] == [1_000, 1_000]
    path.write_bytes(content(1_001))
    sentence = refusal_of(lambda: complete(read_table(path, detect_format(path, "s"))))
    assert sentence.startswith("f.csv: row 2 of column 's' has 1,001 characters")


def test_a_first_row_of_nothing_but_blanks_is_refused(path: Path) -> None:
    path.write_text("\u2028 \u2028\n1 2\n2 3\n", encoding="utf-8")
    table_format = TableFormat(delimiter=" ")
    assert "nothing but blanks in its first row" in refusal_of(lambda: complete(read_table(path, table_format)))


def test_symbols_need_the_sequence_column_that_was_named(path: Path) -> None:
    path.write_text("t,word\n1,a\n2,b\n3,a\n")
    table_format = TableFormat(sequence_column="shop")
    job = tokenized_column(path, "word", SymbolConfig(unit=SymbolUnit.ROWS), table_format)
    assert refusal_of(lambda: complete(job)) == "f.csv has no sequence column 'shop'; it has 't', 'word'"


def test_a_row_that_cannot_be_transformed_is_named_with_file_and_column(path: Path) -> None:
    table = read(path, b"t,v\n" + b"".join(b"%d,%d\n" % (row, 38 - row) for row in range(40)))
    sentence = refusal_of(lambda: begin_series("mine", table, DataConfig(columns=("v",), transforms=("log",))))
    assert sentence == "f.csv: column 'v': log needs values above 0, got 0 in row 39"


@pytest.mark.parametrize("cell", ["٠", "0_1", "1e-400", "+.5", "0x1", "nan", "inf", "9" * 5_000, "1" + "0" * 400])
def test_a_feature_is_a_plain_number_from_0_to_1(path: Path, cell: str) -> None:
    path.write_text(f"symbol,p,q\na,1,{cell}\nb,0,1\n", encoding="utf-8")
    if cell in ("1e-400", "+.5"):
        assert complete(read_features(path)).vectors["a"][1] == float(cell)
    else:
        assert "a number from 0 to 1 was expected" in refusal_of(lambda: complete(read_features(path)))


def test_many_unknown_symbols_are_found_at_once(path: Path) -> None:
    known = [f"w{number}" for number in range(1_500)]
    path.write_text("word\n" + "\n".join(known * 2))
    config = SymbolConfig(unit=SymbolUnit.ROWS, largest_vocabulary=1_000)
    vocabulary = complete(tokenized_column(path, "word", config)).table().symbols.vocabulary
    path.write_text("word\n" + "\n".join(f"x{number}" for number in range(300_000)))
    table = complete(tokenized_column(path, "word", config)).table(vocabulary)
    assert "300,000 symbols not in the vocabulary" in table.notes[-1]


def test_a_refusal_is_the_projects_own(path: Path) -> None:
    path.write_bytes(b"\x80\x02 no table")
    with pytest.raises(DataError) as caught:
        detect_format(path)
    assert caught.value.__cause__ is None
