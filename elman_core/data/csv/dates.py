"""Dates: choosing the pattern that a column of times is written in, and parsing it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar import MICROSECONDS, TimeUnit, unevenness
from elman_core.data.csv.parse import MISSING, shortened
from elman_core.data.csv.patterns import Pattern, example_of, pattern_of
from elman_core.data.csv.spellings import is_date, spellings_of
from elman_core.errors import DataError

__all__ = [
    "COUNTS",
    "TimeCells",
    "date_pattern",
    "fits",
    "in_years_up_to",
    "is_date",
    "is_time_format",
    "within_century",
]

Array = NDArray[np.float64]

COUNTS = {"epoch-s": 1.0, "epoch-ms": 1e3, "epoch-us": 1e6, "epoch-ns": 1e9}
"""Counts from 1970-01-01 UTC, with how many of them are a second."""
DAYS = "excel"
"""The number of days since 1899-12-30, as Excel keeps dates."""
_FIRST_DAY = 25_569
_SHAPES = 6
_MOST_TEXTS = 4_000
"""That a pattern is chosen by."""
_CLEARLY = 2.0
_MOST_UNREAD = 1_000
_LATEST = 9_224_318_015_999
"""Seconds: beyond numpy's microseconds nothing is a date."""


def is_time_format(date_format: str) -> bool:
    """Whether times can be read so."""
    return date_format in COUNTS or date_format == DAYS or pattern_of(date_format) is not None


def date_pattern(runs: list[list[str]]) -> str | None:
    """Return the pattern of most of the texts of a column, sequence by sequence; None where they are no dates.

    Where several fit, that whose times go one way, and then with the most even steps, is taken.
    """
    runs = _shortened(runs)
    texts = list(chain(*runs))
    best: _Fit | None = None
    for pattern in _candidates(texts):
        fit = _fit(pattern, runs, len(texts))
        if fit is not None and (best is None or fit.is_better_than(best)):
            best = fit
    return best.pattern if best else None


def fits(date_format: str, texts: list[str]) -> bool:
    """Whether all of some texts are written so."""
    if not texts:
        return False
    if date_format in COUNTS or date_format == DAYS:
        return all(_is_whole(text) for text in texts)
    pattern = pattern_of(date_format)
    return pattern is not None and bool(pattern.moments(texts)[1].all())


def within_century(positions: Array, today: date | None = None) -> tuple[Array, int | None]:
    """Move dates of two-digit years, read as 1969 to 2068, a century back where they would lie in the future.

    They stay where that would tear them apart, as with 25, 26, 27 in the year 2026.

    Returns
    -------
    The positions, and the newest year that two digits can then mean; None where nothing was moved.
    """
    newest = (today or date.today()).year
    moved = in_years_up_to(positions, newest)
    if np.array_equal(moved, positions) or np.ptp(moved) > np.ptp(positions):
        return positions, None
    return moved, newest


def in_years_up_to(positions: Array, newest: int) -> Array:
    """Read two-digit years as the last such year that is not after the newest one; positions are in 1969 to 2068."""
    microseconds = np.rint(positions * MICROSECONDS).astype(np.int64)
    days, within = np.divmod(microseconds, 86_400 * MICROSECONDS)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    back = (years - newest + 99) // 100  # centuries
    there = (months - 1_200 * back).astype("datetime64[D]") + (dates - months.astype("datetime64[D]"))
    return np.where(back == 0, positions, there.astype(np.int64) * 86_400.0 + within / MICROSECONDS)


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
        self._pattern = pattern_of(self.date_format)
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

    def parse(self, texts: list[str], lines: list[int] | range) -> Array:
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


# -- choosing among patterns ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Fit:
    """How well a pattern suits the texts of a column.

    Attributes
    ----------
    share
        Of the texts that are written so.
    one_way
        Whether times rise, or fall, in each sequence.
    unevenness
        The longest step in usual ones.
    step
        The usual one, in days.
    is_ahead
        Whether years would lie in the future.
    is_anchored
        Whether all are the first or the last of a month.
    """

    pattern: str
    share: float
    one_way: bool
    unevenness: float
    step: float
    is_ahead: bool
    is_anchored: bool

    def is_better_than(self, other: _Fit) -> bool:
        """Whether it suits clearly better; `other` is preferred where both do."""
        mine, others = (self.share, not self.is_ahead, self.one_way), (other.share, not other.is_ahead, other.one_way)
        if mine != others:
            return mine > others
        if self.unevenness * _CLEARLY < other.unevenness:
            return True
        # 21-03-01, 21-03-02: the day changes from row to row, and not the year.
        return (
            self.pattern.startswith("%y")
            and self.unevenness < other.unevenness * _CLEARLY
            and self.step < other.step
            and not other.is_anchored
        )


def _candidates(texts: list[str]) -> list[str]:
    """Return the patterns that the texts could be written in, of their longest and of their commonest shapes."""
    shapes: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text in texts:
        shape = "".join("0" if sign.isdecimal() else "a" if sign.isalpha() else sign for sign in text)
        shapes.setdefault(shape, text)
        counts[shape] += 1
    chosen = (
        dict.fromkeys([max(shapes, key=len), *(shape for shape, _ in counts.most_common(_SHAPES))]) if shapes else {}
    )
    found: dict[str, None] = {}
    for shape in chosen:
        found |= dict.fromkeys(spellings_of(shapes[shape]))
    # What a single text excludes, as 13/01/2020 excludes a month first, others of its shape do not.
    for text in dict.fromkeys(texts[:: max(1, len(texts) // 50)]):
        found |= dict.fromkeys(spellings_of(text))
    return list(found)


def _fit(text: str, runs: list[list[str]], count: int) -> _Fit | None:
    pattern = pattern_of(text)
    if pattern is None:
        return None
    moments, valid, offsets = pattern.moments(list(chain(*runs)))
    share = float(valid.mean())
    if share * 2 <= 1:
        return None
    moments = moments - offsets * MICROSECONDS if len(offsets) else moments
    seconds, is_ahead = moments / MICROSECONDS, False
    if "short_year" in pattern.fields:
        moved, newest = within_century(seconds[valid])
        seconds[valid], is_ahead = moved, newest is not None
    sequence = np.repeat(np.arange(len(runs)), [len(run) for run in runs])[valid]
    seconds = seconds[valid]
    within = sequence[1:] == sequence[:-1]
    steps = np.diff(seconds)[within]
    downward = bool((steps < 0).all()) and len(steps) > 0
    # Each sequence may go its own way.
    signs = np.sign(steps)
    lows, highs = (own(np.zeros(len(runs)), sequence[1:][within], signs) for own in (_least, _most))
    one_way = bool(((lows >= 0) | (highs <= 0)).all())
    step = float(np.median(np.abs(steps))) if len(steps) else 0.0
    longest = unevenness(seconds[::-1], within[::-1]) if downward else unevenness(seconds, within)
    dates = (seconds // 86_400).astype(np.int64).astype("datetime64[D]")
    is_anchored = any(
        (day.astype("datetime64[M]") != (day - 1).astype("datetime64[M]")).all() for day in (dates, dates + 1)
    )
    return _Fit(text, share, one_way, longest, step / 86_400, is_ahead, is_anchored)


def _least(found: Array, places: NDArray[np.int64], values: Array) -> Array:
    np.minimum.at(found, places, values)
    return found


def _most(found: Array, places: NDArray[np.int64], values: Array) -> Array:
    np.maximum.at(found, places, values)
    return found


def _shortened(runs: list[list[str]]) -> list[list[str]]:
    """Return the first sequences, up to so many texts."""
    kept, count = [], 0
    for run in runs:
        kept.append(run[: _MOST_TEXTS - count])
        count += len(kept[-1])
        if count >= _MOST_TEXTS:
            break
    return kept
