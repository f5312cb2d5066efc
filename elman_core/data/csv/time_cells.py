"""Cells of times: parsing a column of them, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar import MICROSECONDS, TimeUnit
from elman_core.data.csv.first_year import LEAP, yearless_pattern
from elman_core.data.csv.parse import MISSING, shortened
from elman_core.data.csv.patterns import Pattern, example_of, pattern_of
from elman_core.errors import DataError

__all__ = ["COUNTS", "TimeCells", "fits", "is_time_format"]

Array = NDArray[np.float64]

COUNTS = {"epoch-s": 1.0, "epoch-ms": 1e3, "epoch-us": 1e6, "epoch-ns": 1e9}
"""Counts from 1970-01-01 UTC, with how many of them are a second."""
DAYS = "excel"
"""The number of days since 1899-12-30, as Excel keeps dates."""
_FIRST_DAY = 25_569
_MOST_UNREAD = 1_000
_LATEST = 9_224_318_015_999
"""Seconds: beyond numpy's microseconds nothing is a date."""


def is_time_format(date_format: str) -> bool:
    """Whether times can be read so, those without a year where the first one is known."""
    is_count = date_format in COUNTS or date_format == DAYS
    return is_count or pattern_of(date_format) is not None or yearless_pattern(date_format) is not None


def fits(date_format: str, texts: list[str]) -> bool:
    """Whether all of some texts are written so."""
    if not texts:
        return False
    if date_format in COUNTS or date_format == DAYS:
        return all(_is_whole(text) for text in texts)
    pattern = pattern_of(date_format)
    if pattern is None and (pattern := yearless_pattern(date_format)) is not None:
        texts = [f"{LEAP} {text}" for text in texts]
    return pattern is not None and bool(pattern.moments(texts)[1].all())


@dataclass
class TimeCells:
    """Parses the times of a table block by block.

    Attributes
    ----------
    file, column
        Of the file and of the time column, or of several joined by a plus, for error messages.
    date_format
        How they are written.
    offsets
        The seconds that each row's time, as it is written, is ahead of UTC, block by block; none where the format does
        not say.
    unread
        What stands where a time should, by its line in the file.
    """

    file: str
    column: str
    date_format: str
    offsets: list[NDArray[np.int64]] = field(default_factory=list)
    unread: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pattern, self.is_yearless = pattern_of(self.date_format), False
        if self._pattern is None and (without := yearless_pattern(self.date_format)) is not None:
            self._pattern, self.is_yearless = without, True
        if not is_time_format(self.date_format):
            raise DataError(f"{self.file}: dates cannot be written as {self.date_format!r}; choose another format")

    @property
    def unit(self) -> TimeUnit:
        """The smallest unit that is written; of fractions of a second nothing is said."""
        return self._pattern.unit if self._pattern is not None else "second"

    @property
    def has_short_years(self) -> bool:
        """Whether years have two digits."""
        return self._pattern is not None and "short_year" in self._pattern.fields

    def parse(self, texts: list[str], lines: Sequence[int]) -> Array:
        """Return times as seconds since 1970-01-01 UTC, NaN where one is missing or cannot be read.

        Parameters
        ----------
        texts
            Of several columns those of a row have a blank between.
        lines
            The line of each text in the file.

        Raises
        ------
        DataError
            When too many texts are no times of this format.
        """
        seconds, valid = self._numbers(texts) if self._pattern is None else self._dates(self._pattern, texts)
        for row in np.flatnonzero(~valid).tolist():
            if not MISSING.issuperset(texts[row].lower().split()):
                self.unread[lines[row]] = texts[row]
                if len(self.unread) > _MOST_UNREAD:
                    raise self.refusal(min(self.unread))
        return np.where(valid, seconds, np.nan)

    def refusal(self, line: int) -> DataError:
        """Return the error that says why a row has no time."""
        if line not in self.unread:
            return DataError(f"{self.file}: row {line:,} has no time in column {self.column!r}; every row needs one")
        return DataError(
            f"{self.file}: row {line:,} of column {self.column!r} has {shortened(self.unread[line])} where "
            f"{self._expected} is expected"
        )

    @property
    def _expected(self) -> str:
        if self._pattern is None:
            return f"a time such as {1_700_000_000 * int(COUNTS.get(self.date_format, 0)) or 45_000}"
        return f"a date such as {example_of(self.date_format)}"

    def _dates(self, pattern: Pattern, texts: list[str]) -> tuple[Array, NDArray[np.bool_]]:
        if any("\n" in text for text in texts):
            texts = [text.replace("\n", "\0") for text in texts]
        if self.is_yearless:
            texts = [f"{LEAP} {text}" for text in texts]
        moments, valid, offsets = pattern.moments(texts)
        if len(offsets):
            self.offsets.append(offsets)
            moments = moments - offsets * MICROSECONDS
        return moments / MICROSECONDS, valid

    def _numbers(self, texts: list[str]) -> tuple[Array, NDArray[np.bool_]]:
        try:
            numbers = np.array([int(text) for text in texts], np.float64)
            valid = np.ones(len(texts), np.bool_)
        except (ValueError, OverflowError):
            valid = np.array([_is_whole(text) for text in texts], np.bool_)
            numbers = np.array(
                [float(text.replace(",", ".")) if ok else 0 for text, ok in zip(texts, valid, strict=True)]
            )
        if self.date_format == DAYS:
            seconds = (numbers - _FIRST_DAY) * 86_400
        else:
            seconds = numbers / COUNTS[self.date_format]
        return np.rint(seconds * MICROSECONDS) / MICROSECONDS, valid & (np.abs(seconds) < _LATEST)


def _is_whole(text: str) -> bool:
    """Whether a text is a number that may have a fraction."""
    whole, _, fraction = text.replace(",", ".").removeprefix("-").partition(".")
    return whole.isdecimal() and whole.isascii() and (not fraction or (fraction.isdecimal() and fraction.isascii()))
