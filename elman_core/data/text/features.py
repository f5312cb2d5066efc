"""Tables of features: the vector that stands for each symbol, as a person writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from elman_core.data.csv.detect import detect
from elman_core.data.csv.parse import NUMBER, Decimal, shortened
from elman_core.data.csv.read import read_rows
from elman_core.data.table_format import Layout, TableFormat
from elman_core.data.text.vocabulary import MAXIMUM_NAME, MAXIMUM_SYMBOLS, Vocabulary, named, shown
from elman_core.errors import DataError
from elman_core.support.boundaries import refused_if_unexpected
from elman_core.support.files import replace_file
from elman_core.support.jobs import Job
from elman_core.support.text_format import counted, listed

__all__ = ["CLASS_COLUMN", "Features", "features_of", "read_features", "write_features"]

CLASS_COLUMN = "class"
"""The column with the class of each symbol, where there is one; all others are features."""
_MOST_FEATURES = 4096


@dataclass(frozen=True)
class Features:
    """The features of each symbol.

    Attributes
    ----------
    columns : C
    vectors
        By symbol, C numbers from 0 to 1 each.
    classes
        By symbol, where the table has them.
    """

    columns: tuple[str, ...]
    vectors: dict[str, tuple[float, ...]]
    classes: dict[str, str] = field(default_factory=dict)

    @property
    def vocabulary(self) -> Vocabulary:
        """The table as a vocabulary."""
        vectors = np.array(list(self.vectors.values()), np.float64)
        return Vocabulary(tuple(self.vectors), vectors, self.columns, self.classes)

    def vocabulary_of(self, names: Sequence[str], counts: NDArray[np.int64], where: str) -> Vocabulary:
        """Return the table as the vocabulary of a text.

        Raises
        ------
        DataError
            When a symbol of the text, whose `names` these are, has no row.
        """
        missing = [
            (name, count) for name, count in zip(names, counts.tolist(), strict=True) if name not in self.vectors
        ]
        if missing:
            name, count = missing[0]
            others = f", nor for {listed(tuple(shown(other) for other, _ in missing[1:]))}" if len(missing) > 1 else ""
            raise DataError(
                f"the table of features has no row for {shown(name)!r}, which {where} has {counted(count, 'time')}"
                f"{others}; every symbol needs one"
            )
        return self.vocabulary


def read_features(path: Path) -> Job[Features]:
    """Read a table of features: a symbol in the first column, a number from 0 to 1 in each other one.

    A column "class" gives the class of each symbol, where there is one. The space is written ␣, an end mark ⏎.

    Raises
    ------
    DataError
        When the file is no such table.
    """
    yield 0.0
    name = path.name or str(path)
    plain = TableFormat(header=True, header_rows=1, skip_rows=0, layout=Layout.COLUMNS, sequence_column=None)
    table_format = detect(path, plain).format
    header: tuple[str, ...] = ()
    lines: list[tuple[int, list[str]]] = []
    with refused_if_unexpected(DataError, name):
        for share, names, rows in read_rows(path, table_format):
            header = names
            lines += rows
            yield share
        return features_of(name, header, lines, table_format.decimal)


def features_of(
    name: str, header: tuple[str, ...], rows: Sequence[tuple[int, Sequence[str]]], decimal: Decimal = "."
) -> Features:
    """Return the features in the cells of a table, each row with its number.

    Raises
    ------
    DataError
        At the first cell that is not valid.
    """
    columns = tuple(column for column in header[1:] if column.lower() != CLASS_COLUMN)
    if not columns:
        raise DataError(f"{name} has no features: a column of symbols and columns of numbers from 0 to 1 were expected")
    if len(columns) > _MOST_FEATURES:
        raise DataError(f"{name} has {len(columns):,} features; at most {_MOST_FEATURES:,} can be learned")
    vectors: dict[str, tuple[float, ...]] = {}
    classes: dict[str, str] = {}
    seen: dict[str, int] = {}
    for row, cells in rows:
        if len(cells) != len(header):
            raise DataError(f"{name}: row {row:,} has {counted(len(cells), 'cell')}; {len(header):,} were expected")
        symbol = named(cells[0])
        if not 0 < len(symbol) <= MAXIMUM_NAME:
            raise DataError(f"{name}: row {row:,} must have a symbol of 1 to {MAXIMUM_NAME} characters first")
        if symbol in seen:
            raise DataError(
                f"{name}: row {row:,} has the symbol {shown(symbol)!r}, which row {seen[symbol]:,} has already; each "
                "symbol needs one row"
            )
        seen[symbol] = row
        numbers = []
        for column, cell in zip(header[1:], cells[1:], strict=True):
            if column.lower() == CLASS_COLUMN:
                classes |= {symbol: cell} if cell else {}
            else:
                numbers.append(_number(name, row, column, cell, decimal))
        vectors[symbol] = tuple(numbers)
    if len(vectors) > MAXIMUM_SYMBOLS:
        raise DataError(f"{name} has {len(vectors):,} symbols; at most {MAXIMUM_SYMBOLS:,} can be learned")
    if len(vectors) < 2:
        raise DataError(f"{name} has {counted(len(vectors), 'symbol')}; at least 2 were expected")
    return Features(columns, vectors, classes)


def write_features(path: Path, vocabulary: Vocabulary) -> Job[Path]:
    """Write the vectors of a vocabulary as a table that `read_features` reads."""
    yield 0.0
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)  # a row that began with # is a comment
    with_classes = [CLASS_COLUMN] if vocabulary.classes else []
    writer.writerow(["symbol", *vocabulary.columns, *with_classes])
    for name, vector in zip(vocabulary.names, vocabulary.vectors.tolist(), strict=True):
        kind = [vocabulary.classes.get(name, "")] if with_classes else []
        writer.writerow([shown(name), *(float(f"{number:.10g}") for number in vector), *kind])
    replace_file(path, text.getvalue().encode())
    return path


def _number(name: str, row: int, column: str, cell: str, decimal: Decimal) -> float:
    number = float(cell.replace(decimal, ".")) if NUMBER[decimal].fullmatch(cell) else -1.0
    if not 0 <= number <= 1:
        raise DataError(
            f"{name}: row {row:,} has {shortened(cell)} in column {column!r}; a number from 0 to 1 was expected"
        )
    return number
