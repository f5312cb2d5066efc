"""Reading texts, and columns of tables whose rows are symbols."""

from __future__ import annotations

import codecs
from pathlib import Path

import numpy as np

from elman_core.config import SymbolConfig
from elman_core.data.csv.gather import Gathered, gather
from elman_core.data.csv.read import read_rows
from elman_core.data.csv.records import place_of
from elman_core.data.csv.sequences import name_of_sequence, sequence_places
from elman_core.data.table import TableFormat
from elman_core.data.text.tokenize import MAXIMUM_CHARACTERS, Tokens, too_long
from elman_core.data.text.vocabulary import MAXIMUM_NAME
from elman_core.data.text_file import encoding_of, encoding_title, open_text_file, sample_of
from elman_core.errors import DataError
from elman_core.support.jobs import Job

__all__ = ["read_column", "read_text"]

_BLOCK_BYTES = 200_000


def read_text(path: Path) -> Job[str]:
    """Read a text file: UTF-8, UTF-16, or else what Windows writes in the west.

    Raises
    ------
    DataError
        When the file cannot be read, is empty, too large, or is no text.
    """
    yield 0.0
    name = path.name or str(path)
    file, size = open_text_file(path, "a text file", "a text")
    if size > 4 * MAXIMUM_CHARACTERS:
        file.close()
        raise DataError(too_long(name, f"{size:,} bytes"))
    parts: list[str] = []
    with file:
        encoding = encoding_of(name, sample_of(path)[0], "a text")
        decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
        try:
            while block := file.read(_BLOCK_BYTES):
                parts.append(decoder.decode(block))
                yield sum(map(len, parts)) / size
            parts.append(decoder.decode(b"", final=True))
        except UnicodeDecodeError:
            row = "".join(parts).count("\n") + 1
            raise DataError(
                f"{name}: after row {row:,} there are bytes that are no {encoding_title(encoding)} text"
            ) from None
        except OSError as error:
            raise DataError(f"{name} cannot be read: {error.strerror or error}") from None
    return "".join(parts).removeprefix("\ufeff")


def read_column(
    path: Path, column: str | None, table_format: TableFormat, config: SymbolConfig
) -> Job[tuple[Tokens, str, Gathered | None, bool]]:
    """Read a column of a table, each row of which is a symbol; without a name, the first one beside time and sequence.

    Returns the column's name too, where its sequences begin, if a column tells them apart, and whether capital letters
    were taken as small ones.

    Raises
    ------
    DataError
        When the file cannot be read, has no such column, or a row of it is empty.
    """
    name, sequence_column = path.name or str(path), table_format.sequence_column
    symbols: list[str] = []
    sequences: dict[str, int] = {}
    codes: list[float] = []
    numbers: list[int] = []
    wanted, found, has_capitals = -1, "", False
    sequence: tuple[int, ...] = ()
    for share, names, rows in read_rows(path, table_format):
        if names and wanted < 0:
            wanted = _column_number(name, names, column, table_format)
            found = names[wanted]
            if sequence_column is not None:
                sequence = sequence_places(name, names, sequence_column)
        for line, cells in rows:
            symbol = cells[wanted] if wanted < len(cells) else ""
            if not symbol:
                raise DataError(f"{name}: row {line:,} has no symbol in column {found!r}; every row needs one")
            if len(symbol) > MAXIMUM_NAME:
                raise DataError(
                    f"{name}: row {line:,} of column {found!r} has {len(symbol):,} characters; a symbol may "
                    f"have {MAXIMUM_NAME} at most"
                )
            plain = symbol.lower() if config.lower_case else symbol
            has_capitals = has_capitals or plain != symbol
            symbols.append(plain)
            if sequence:
                text = name_of_sequence([cells[place] if place < len(cells) else "" for place in sequence])
                codes.append(sequences.setdefault(text, len(sequences)) if text else np.nan)
                numbers.append(line)
        if len(symbols) > MAXIMUM_CHARACTERS:
            raise DataError(too_long(name, "more than that many rows"))
        yield share
    if not symbols:
        raise DataError(f"{name} has no rows; a table with a symbol in each row was expected")
    if sequence_column is None:
        return Tokens.of(symbols), found, None, has_capitals
    gathered = gather(name, sequence_column, np.array(codes), sequences, np.array(numbers))
    symbols = [symbols[row] for row in gathered.order.tolist()]
    return Tokens.of(symbols, gathered.panel.every.row.tolist(), "sequence"), found, gathered, has_capitals


def _column_number(name: str, names: tuple[str, ...], column: str | None, table_format: TableFormat) -> int:
    if column is None:
        taken = (*table_format.time_columns, *table_format.sequence_columns)
        return next((number for number, found in enumerate(names) if found not in taken), 0)
    return place_of(name, names, column)
