"""Numbers: the forms they take in cells, and parsing a column of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from elman_core.errors import DataError

__all__ = ["GROUPED", "MISSING", "NUMBER", "Decimal", "NumberColumn", "is_number", "shortened"]

Decimal = Literal[".", ","]

MISSING = frozenset({"", "na", "n/a", "nan", "null", "-", "?", "."})
NUMBER = {
    ".": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?"),
}
"""By the decimal mark."""
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(([,.' \u00a0\u2019\u202f])[0-9]{3})(\2[0-9]{3})*([.,][0-9]*)?")
"""A number with thousands separators."""

_PLAIN = frozenset("0123456789+-.eE ")


@dataclass
class NumberColumn:
    """Parses one column block by block, and counts the kinds of its cells.

    Attributes
    ----------
    file, name
        Of the file and the column, for error messages.
    decimal
        The decimal mark.
    numbers, texts, grouped
        How many cells are numbers, how many are not, and how many of the latter are numbers with thousands separators.
    first_text
        Line and content of the first cell that is no number.
    """

    file: str
    name: str
    decimal: Decimal
    numbers: int = 0
    grouped: int = 0
    texts: int = 0
    first_text: tuple[int, str] | None = None

    @property
    def is_mostly_numbers(self) -> bool:
        """Whether it is a column of numbers with some mistakes; thousands separators count as mistakes in numbers."""
        return self.numbers + self.grouped > self.texts - self.grouped

    def parse(self, texts: list[str], lines: list[int]) -> NDArray[np.float64]:
        """Return cells as numbers, NaN where one is missing or is no number; `lines` are their lines in the file."""
        plain = self._parse_plain(texts)
        if plain is not None:
            return plain
        values = np.full(len(texts), np.nan)
        for row, text in enumerate(texts):
            if text.lower() in MISSING:
                continue
            number = float(text.replace(self.decimal, ".")) if NUMBER[self.decimal].fullmatch(text) else np.inf
            if np.isfinite(number):
                values[row] = number
                self.numbers += 1
                continue
            self.grouped += GROUPED.fullmatch(text) is not None
            self.texts += 1
            self.first_text = self.first_text or (lines[row], text)
        return values

    def refusal(self) -> DataError:
        """Return the error that names the first cell which is no number."""
        line, text = self.first_text or (0, "")
        place = f"{self.file}: row {line:,} of column {self.name!r} has {shortened(text)}"
        if GROUPED.fullmatch(text):
            return DataError(f"{place}; numbers must have no thousands separators and {self.decimal!r} as decimal mark")
        return DataError(f"{place} where a number is expected")

    def _parse_plain(self, texts: list[str]) -> NDArray[np.float64] | None:
        """Parse cells that are all plain numbers, which is much faster; None where some are not."""
        joined = "".join(texts)
        if (self.decimal != "." and "." in joined) or not _PLAIN.issuperset(joined.replace(self.decimal, ".")):
            return None
        try:
            plain = np.array([float(text) for text in (t.replace(self.decimal, ".") for t in texts)])
        except ValueError:
            return None
        if not np.isfinite(plain).all():
            return None
        self.numbers += len(texts)
        return plain


def is_number(cell: str, decimal: Decimal) -> bool:
    """Whether a cell is a number, with thousands separators or without."""
    if cell.endswith(","):
        return False
    return NUMBER[decimal].fullmatch(cell) is not None or GROUPED.fullmatch(cell) is not None


def shortened(text: str) -> str:
    """Quote a cell, cut off at 40 characters."""
    return repr(text if len(text) <= 40 else text[:39] + "…")
