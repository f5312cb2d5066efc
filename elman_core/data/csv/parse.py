"""Numbers: parsing a column of cells, with the marks and signs that people write numbers with."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from elman_core.data.csv.numbers import (
    GROUPED,
    MISSING,
    NUMBER,
    THOUSANDS,
    Decimal,
    SignedNumber,
    Thousands,
    grouped_pattern,
    is_currency,
    is_number,
    read_signed,
    shortened,
)
from elman_core.data.table_format import TableFormat
from elman_core.errors import DataError

__all__ = ["GROUPED", "MISSING", "NUMBER", "Decimal", "NumberColumn", "Thousands", "is_number", "shortened"]

_PLAIN = b"0123456789+-.eE "


@dataclass
class NumberColumn:
    """Parses one column block by block, and counts the kinds of its cells.

    Attributes
    ----------
    file, name
        Of the file and the column, for error messages.
    table_format
        With the decimal mark, the thousands mark and what stands for missing values.
    numbers, texts, grouped
        How many cells are numbers, how many are not, and how many of the latter are numbers with another thousands
        mark.
    signs
        How many numbers stand beside each sign, such as % or €.
    multiples
        How many numbers are thousands, millions or billions, by what says so.
    codes
        How many cells have each of the codes for missing values that were chosen.
    first_text, same_texts
        Line and content of the first cell that is no number, and how many cells have that content.
    """

    file: str
    name: str
    table_format: TableFormat
    numbers: int = 0
    grouped: int = 0
    texts: int = 0
    signs: Counter[str] = field(default_factory=Counter)
    multiples: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    first_text: tuple[int, str] | None = None
    same_texts: int = 0

    def __post_init__(self) -> None:
        self._words = {code.strip().lower(): code for code in self.table_format.missing}
        values = ((self._code_value(code), code) for code in self.table_format.missing)
        self._values = {value: code for value, code in values if value is not None}
        self._rows = 0
        self._thousands = array("q")  # rows whose number has K beside it
        self._in_full = array("d")

    @property
    def is_mostly_numbers(self) -> bool:
        """Whether it is a column of numbers with some mistakes; another thousands mark counts as one."""
        return self.numbers + self.grouped > self.texts - self.grouped

    @property
    def has_mixed_units(self) -> bool:
        """Whether some numbers, but not all, have the same unit in letters: these are texts rather than numbers."""
        letters = [sign for sign in self.signs if sign.isalpha() and not is_currency(sign)]
        return bool(letters) and (
            len(self.signs) > 1 or self.signs[letters[0]] < self.numbers or self.multiples.total() > 0
        )

    @property
    def has_multiples(self) -> bool:
        """Whether numbers are thousands, millions or billions; K beside all of them may be the unit of temperature."""
        others = self.multiples.total() - len(self._thousands)
        return others > 0 or 0 < len(self._thousands) < self.numbers

    def in_full(self, values: NDArray[np.float64]) -> None:
        """Write the numbers with K in full into the values of all rows that were parsed, where it means a thousand."""
        if self.has_multiples and len(self._thousands):
            values[np.frombuffer(self._thousands, np.int64)] = np.frombuffer(self._in_full, np.float64)

    def parse(self, texts: list[str], lines: Sequence[int]) -> NDArray[np.float64]:
        """Return cells as numbers, NaN where one is missing or is no number; `lines` are their lines in the file."""
        plain = self._parse_plain(texts)
        values = self._parse_each(texts, lines) if plain is None else plain
        self._rows += len(texts)
        for value, code in self._values.items():
            found = values == value
            if count := int(found.sum()):
                self.codes[code] += count
                self.numbers -= count
                values[found] = np.nan
        return values

    def refusal(self) -> DataError:
        """Return the error that names the first cell which is no number."""
        line, text = self.first_text or (0, "")
        place = f"{self.file}: row {line:,} of column {self.name!r} has {shortened(text)}"
        if GROUPED.fullmatch(text):
            mark, thousands = self.table_format.decimal, self.table_format.thousands
            those = f"{thousands!r} between thousands" if thousands else "no sign between thousands"
            return DataError(f"{place}; numbers were expected with {mark!r} as decimal mark and {those}")
        if self.same_texts > 1:
            often = f"it comes {self.same_texts:,} times, and can be said to stand for no value (--missing {text})"
            return DataError(f"{place} where a number is expected; {often}")
        return DataError(f"{place} where a number is expected")

    def _parse_plain(self, texts: list[str]) -> NDArray[np.float64] | None:
        """Parse cells that are all plain numbers or empty, which is much faster; None where some are not."""
        joined = "".join(texts)
        if not joined.isascii():
            return None
        decimal, thousands = self.table_format.decimal, self.table_format.thousands
        if thousands and thousands in joined:
            grouped = grouped_pattern(decimal, thousands)
            if not all(grouped.fullmatch(text) for text in texts if thousands in text):
                return None
            joined = joined.replace(thousands, "")
            texts = [text.replace(thousands, "") for text in texts]
        if decimal != ".":
            if "." in joined:
                return None
            joined = joined.replace(decimal, ".")
        if joined.encode().translate(None, _PLAIN) or (thousands == "." and "." in joined):
            return None
        if decimal != ".":
            texts = [text.replace(decimal, ".") for text in texts]
        empty = texts.count("")
        if empty:
            texts = [text or "nan" for text in texts]
        try:
            plain = np.fromiter(map(float, texts), np.float64, len(texts))
        except ValueError:
            return None
        if np.isinf(plain).any():
            return None
        self.numbers += len(texts) - empty
        return plain

    def _parse_each(self, texts: list[str], lines: Sequence[int]) -> NDArray[np.float64]:
        values = np.full(len(texts), np.nan)
        decimal, thousands = self.table_format.decimal, self.table_format.thousands
        known: dict[str, SignedNumber | None] = {}  # the same few texts come again and again
        for row, text in enumerate(texts):
            lowered = text.lower()
            if lowered in MISSING:
                continue
            if lowered in self._words:
                self.codes[self._words[lowered]] += 1
                continue
            if text in known:
                found = known[text]
            else:
                found = read_signed(text, decimal, thousands)
                if len(known) < 1_000:
                    known[text] = found
            if found is not None:
                values[row] = found.value
                self.numbers += 1
                self._count(row, found)
                continue
            self.grouped += GROUPED.fullmatch(text) is not None
            self.texts += 1
            self.first_text = self.first_text or (lines[row], text)
            self.same_texts += text == self.first_text[1]
        return values

    def _count(self, row: int, found: SignedNumber) -> None:
        """Count what stands beside a number, and keep in full what may be thousands."""
        if found.sign:
            self.signs[found.sign] += 1
        if found.multiple:
            self.multiples[found.multiple] += 1
        if found.multiple in THOUSANDS:
            self._thousands.append(self._rows + row)
            self._in_full.append(float(f"{found.value!r}e3"))

    def _code_value(self, code: str) -> float | None:
        found = read_signed(code.strip(), self.table_format.decimal, self.table_format.thousands)
        if found is None:
            found = read_signed(code.strip(), ".", "")
        return None if found is None else found.value
