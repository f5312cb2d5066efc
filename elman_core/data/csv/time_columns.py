"""Time columns: finding the column, or the several columns, that say when each row of a table is."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np

from elman_core.data.calendar import MICROSECONDS, frequency_of
from elman_core.data.csv.dates import date_pattern
from elman_core.data.csv.first_year import pattern_without_year
from elman_core.data.csv.name_words import words_of
from elman_core.data.csv.parse import MISSING, NUMBER, Decimal
from elman_core.data.csv.patterns import pattern_of
from elman_core.data.csv.spellings import is_clock
from elman_core.data.csv.time_cells import COUNTS, fits
from elman_core.data.csv.time_parts import (
    AFTER_DATE,
    AFTER_YEAR,
    DAY,
    HOUR,
    MONTH,
    PARTS,
    WITHOUT_YEAR,
    YEAR,
    Part,
    pattern_of_part,
    with_week_year,
)
from elman_core.data.table_format import TableFormat

__all__ = [
    "TIME_WORDS",
    "YEAR_WORDS",
    "FoundTime",
    "find_time",
]

Rows = list[list[str]]
Runs = list[list[str]]
"""The cells of a column, or what several make up, sequence by sequence."""

YEAR_WORDS = frozenset(
    {"year", "years", "date", "dates", "datetime", "timestamp", "jahr", "datum", "yr", "annee", "année"}
)
TIME_WORDS = YEAR_WORDS | {
    "time", "t", "month", "months", "week", "weeks", "day", "days", "hour", "hours", "minute", "minutes", "second",
    "seconds", "quarter", "period", "step", "steps", "epoch", "index", "unnamed", "zeit", "monat", "woche", "tag",
    "ts", "unix", "unixtime", "when", "stamp", "zeitpunkt", "zeitstempel", "uhrzeit", "mois", "jour", "semaine",
    "heure", "quartal", "trimestre", "yyyymm", "yyyymmdd", "yearmonth", "ym", "ds", "dt",
}  # fmt: skip
_NOTIME_WORDS = frozenset({"id", "nr", "no", "number", "key", "code", "count", "zip", "plz", "phone"})
_MOST_COLUMNS = 20
_EPOCHS = {"epoch-s": (1e8, 5e9), "epoch-ms": (1e11, 5e12), "epoch-us": (1e14, 5e15), "epoch-ns": (1e17, 5e18)}
"""From 1973 to 2128."""
_DIGITS = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M", 10: "%Y%m%d%H", 8: "%Y%m%d", 6: "yyyymm"}
"""By how many there are in a whole number."""
_WEEK_WORDS = frozenset({"week", "weeks", "wk", "woche", "kw", "semaine", "yearweek", "yyyyww"})
_NAMED_DIGITS = (
    (_WEEK_WORDS, 6, "%G%V"),
    (frozenset({"quarter", "qtr", "quartal", "trimestre", "yearquarter", "yyyyq"}), 5, "%Y%q"),
    (frozenset({"month", "monat", "mois", "yymm"}), 4, "%y%m"),
    (TIME_WORDS, 7, "%Y%j"),
)
"""What digits are in a column that is called so."""
_COUNTED = {"%Y%m%d%H", "%Y%m%d%H%M"}
"""As many digits as counts of seconds or milliseconds since 1970 have: dates are those of the last and this century."""
_SHORT_DATES = ("%y%m%d", "%d%m%y", "%m%d%y")
"""How six digits that are no yyyymm may be written."""


@dataclass(frozen=True)
class FoundTime:
    """Which columns say when a row is, and how they are written.

    Attributes
    ----------
    columns
        None where rows are counted.
    date_format
        Of the cells of a row with a blank between; None for plain numbers.
    """

    columns: tuple[str, ...] = ()
    date_format: str | None = None

    def is_of(self, table_format: TableFormat) -> bool:
        """Whether they are those of a format."""
        return (self.columns, self.date_format) == (table_format.time_columns, table_format.date_format)


class _Table:
    """The first rows of a table, sequence by sequence."""

    def __init__(self, names: Sequence[str], sequences: list[Rows], decimal: Decimal, others: Collection[str]) -> None:
        self.names = tuple(names)
        self.decimal: Decimal = decimal
        self.indices = [place for place, name in enumerate(self.names[:_MOST_COLUMNS]) if name not in others]
        self._sequences = sequences

    def runs(self, *indices: int) -> Runs:
        """Return the cells of columns, with a blank between, in the rows that have all of them."""
        most = max(indices)
        found = ([[row[index] for index in indices] for row in rows if len(row) > most] for rows in self._sequences)
        return [[" ".join(row) for row in rows if not any(cell.lower() in MISSING for cell in row)] for rows in found]

    def is_first(self, index: int) -> bool:
        """Whether it is the first column that may be a time."""
        return bool(self.indices) and index == self.indices[0]

    def is_unnamed(self, index: int) -> bool:
        """Whether the file has no name for the column."""
        return self.names[index] in ("", f"column {index + 1}") or self.names[index].lower().startswith("unnamed")

    def words(self, index: int) -> set[str]:
        """Return the words of a column's name."""
        return words_of(self.names[index])


def find_time(
    names: Sequence[str],
    sequences: list[Rows],
    decimal: Decimal,
    *,
    other_than: Collection[str] = (),
    columns: Sequence[str] = (),
    date_format: str | None = None,
    known: TableFormat | None = None,
    first_year: int | None = None,
) -> FoundTime:
    """Find the time columns of a table and how they are written, from its first rows.

    Parameters
    ----------
    names
        Of all columns.
    sequences
        The rows of each sequence.
    other_than
        The columns that tell sequences apart.
    columns, date_format
        What the person says, each of which may be left to be found.
    known
        The format of the data that a model was trained on, which is taken where it fits.
    first_year
        Where times are written without a year, that of the first row.
    """
    table = _Table(names, sequences, decimal, other_than)
    if columns:
        if date_format is None and all(name in table.names for name in columns):
            indices = [table.names.index(name) for name in columns]
            date_format = _format_without_year(table, indices) if first_year is not None else None
            date_format = date_format or _format_of(table, indices)
        return FoundTime(tuple(columns), date_format)
    if known is not None and (found := _as_known(table, known)) is not None:
        return found
    if date_format is not None:
        return _written_like(table, date_format)
    if first_year is not None and (found := _without_year(table)) is not None:
        return found
    if len(table.indices) < 2:
        return FoundTime()
    for search in (_of_dates, _of_digits, _of_parts, _of_numbers, _of_clocks):
        if (found := search(table)) is not None:
            return found
    return FoundTime()


# -- what the person says, or a model knows ---------------------------------------------------------


def _as_known(table: _Table, known: TableFormat) -> FoundTime | None:
    columns = known.time_columns
    if not columns or any(name not in table.names for name in columns):
        return None
    texts = list(chain(*table.runs(*(table.names.index(name) for name in columns))))
    if known.date_format is None:
        is_fitting = all(NUMBER[table.decimal].fullmatch(text) for text in texts)
    else:
        is_fitting = fits(known.date_format, texts)
    return FoundTime(columns, known.date_format) if is_fitting else None


def _written_like(table: _Table, date_format: str) -> FoundTime:
    """Return the first column, or the first columns side by side, that are written like a pattern."""
    for width in range(1, 5):
        for first in range(len(table.indices) - width + 1):
            indices = table.indices[first : first + width]
            texts = list(chain(*table.runs(*indices)))
            if texts and fits(date_format, texts):
                return FoundTime(tuple(table.names[index] for index in indices), date_format)
    for index in table.indices:
        texts = list(chain(*table.runs(index)))
        if texts and sum(fits(date_format, [text]) for text in texts[:200]) * 2 > len(texts[:200]):
            return FoundTime((table.names[index],), date_format)
    return FoundTime(table.names[table.indices[0] : table.indices[0] + 1] if table.indices else (), date_format)


def _format_of(table: _Table, indices: list[int]) -> str | None:
    """Return how the cells of chosen columns are written; None of plain numbers."""
    runs = table.runs(*indices)
    if len(indices) == 1:
        return date_pattern(runs) or _format_of_digits(table, indices[0], likely=True)
    parts: list[list[str]] = []
    for index in indices:
        cells = list(chain(*table.runs(index)))
        named = [part for part in PARTS if table.words(index) & part.words]
        options = [own for part in (*named, *PARTS) if (own := pattern_of_part(part, cells))]
        own_pattern = date_pattern(table.runs(index))
        parts.append(list(dict.fromkeys([*([own_pattern] if own_pattern else []), *options])))
    joined = [""]
    for options in parts:
        joined = [f"{before} {own}".strip() for before in joined for own in options][:200]
    best = [own for own in map(with_week_year, joined) if fits(own, list(chain(*runs)))]
    return next((own for own in best if _is_one_way(own, runs)), best[0] if best else None)


def _format_without_year(table: _Table, indices: list[int]) -> str | None:
    """Return how the cells of chosen columns are written, if without a year."""
    if len(indices) == 1:
        part = next((own for own in WITHOUT_YEAR if table.words(indices[0]) & own.words), None)
        cells = list(chain(*table.runs(*indices)))
        return (pattern_of_part(part, cells) if part else None) or pattern_without_year(table.runs(*indices))
    parts = [
        next((own for part in PARTS[1:] if (own := pattern_of_part(part, list(chain(*table.runs(index)))))
              and table.words(index) & part.words), None)
        for index in indices
    ]  # fmt: skip
    joined = " ".join(part or "" for part in parts)
    return joined if all(parts) and fits(joined, list(chain(*table.runs(*indices)))) else None


def _without_year(table: _Table) -> FoundTime | None:
    """Find a column of months, quarters, weeks or days without a year, or one of months beside one of days."""
    for index in table.indices:
        for part in WITHOUT_YEAR:
            cells = list(chain(*table.runs(index)))
            pattern = pattern_of_part(part, cells) if table.words(index) & part.words else None
            if pattern is None:
                continue
            days = _columns_of(table, DAY, [index]) if part is MONTH else []
            if days:
                indices = [index, days[0], *_columns_of(table, HOUR, [index, days[0]])[:1]]
                if (joined := _format_without_year(table, indices)) is not None:
                    return FoundTime(tuple(table.names[own] for own in indices), joined)
            return FoundTime((table.names[index],), pattern)
    for index in table.indices:
        pattern = pattern_without_year(table.runs(index))
        if pattern is not None and (not _is_number(table, index) or table.words(index) & TIME_WORDS):
            return FoundTime((table.names[index],), pattern)
    return None


def _is_number(table: _Table, index: int) -> bool:
    return all(NUMBER[table.decimal].fullmatch(cell) for cell in chain(*table.runs(index)))


# -- searching --------------------------------------------------------------------------------------


def _of_dates(table: _Table) -> FoundTime | None:
    """Find a column of dates that are not just digits, with the time of day in another where dates repeat."""
    for index in table.indices:
        runs = table.runs(index)
        weeks = [_week_pattern(runs)] if table.words(index) & _WEEK_WORDS else []
        pattern = next(filter(None, weeks), None) or date_pattern(runs)
        compiled = pattern_of(pattern) if pattern else None
        if pattern is None or compiled is None or compiled.unit == "clock":
            continue
        return _with_clock(table, index, pattern, runs)
    for index in table.indices:
        digits = _format_of_digits(table, index, likely=False)
        if digits == "%Y%m%d":
            return _with_clock(table, index, digits, table.runs(index))
    return None


def _week_pattern(runs: Runs) -> str | None:
    """Return how weeks such as 2022-05 are written, which could be months but for the name of their column."""
    cells = list(chain(*runs))
    return next((own for own in ("%G-%V", "%G/%V", "%V/%G", "%V-%G") if fits(own, cells) and _is_even(own, runs)), None)


def _with_clock(table: _Table, index: int, pattern: str, runs: Runs) -> FoundTime:
    """Add the column of the time of day, where dates alone repeat."""
    alone = FoundTime((table.names[index],), pattern)
    compiled = pattern_of(pattern)
    if compiled is None or compiled.unit != "day" or _is_one_way(pattern, runs):
        return alone
    for other in table.indices:
        cells = list(chain(*table.runs(other)))
        if other != index and cells and sum(map(is_clock, cells)) * 2 > len(cells):
            clock = date_pattern([cells])
            if clock and fits(joined := f"{pattern} {clock}", list(chain(*table.runs(index, other)))):
                return FoundTime((table.names[index], table.names[other]), joined)
    return _with_parts(table, [index], pattern, AFTER_DATE) or alone


def _of_digits(table: _Table) -> FoundTime | None:
    """Find a column of whole numbers that are dates, such as 202301, or counts of seconds since 1970."""
    for index in table.indices:
        found = _format_of_digits(table, index, likely=False)
        if found is not None:
            return FoundTime((table.names[index],), found)
    return None


def _format_of_digits(table: _Table, index: int, *, likely: bool) -> str | None:
    """Return how whole numbers, or months such as 01.2023, are written, where the column is likely to be a time."""
    words, runs = table.words(index), table.runs(index)
    cells = list(chain(*runs))
    named = likely or bool(words & TIME_WORDS)
    if not cells or words & _NOTIME_WORDS or not (named or table.is_first(index) or table.is_unnamed(index)):
        return None
    for regex, pattern in (
        (r"(0[1-9]|1[0-2])[.](1[0-9]|2[0-9])[0-9]{2}", "%m.%Y"),
        (r"(1[0-9]|20)[0-9]{2}[.](0[1-9]|1[0-2])", "%Y.%m"),
        (r"(1[0-9]|20)[0-9]{2}[.,][1-4]", "%Y.%q"),
    ):
        written = re.compile(regex)
        pattern = pattern.replace(".", ",") if cells[0][4:5] == "," else pattern
        few = "q" in pattern and len(cells) < 5  # tenths of a year, as far as can be seen
        if named and not few and all(map(written.fullmatch, cells)) and _is_even(pattern, runs):
            return pattern
    if not all(cell.isdecimal() and cell.isascii() for cell in cells):
        fractions = named and all(NUMBER["."].fullmatch(cell) for cell in cells)
        return _epoch_of(cells, runs) if fractions else None
    lengths = set(map(len, cells))
    for whole in _patterns_of_digits(lengths.pop(), words) if len(lengths) == 1 else ():
        if whole in _COUNTED and any(cell[:2] not in ("19", "20") for cell in cells):
            continue
        is_likely = named or whole == "%Y%m%d" or (_is_one_way(whole, runs) and _is_even(whole, runs))
        if is_likely and fits(whole, cells) and (whole in _DIGITS.values() or _is_even(whole, runs)):
            return whole
    if named and set(map(len, cells)) == {6} and (short := _short_date(cells, runs)) is not None:
        return short
    found = _epoch_of(cells, runs)
    return found if found and (named or (table.is_unnamed(index) and _is_even(found, runs))) else None


def _patterns_of_digits(length: int, words: set[str]) -> list[str]:
    """Return how whole numbers of so many digits may be written, in a column whose name has these words."""
    found = [pattern for called, digits, pattern in _NAMED_DIGITS if length == digits and words & called]
    return [*found, *([_DIGITS[length]] if length in _DIGITS else [])]


def _short_date(cells: list[str], runs: Runs) -> str | None:
    """Return how dates of six digits are written: with even steps, the shortest where several orders have some."""
    steps = {
        pattern: float(np.median(np.abs(np.concatenate([np.diff(_seconds(pattern, run)) for run in runs]))))
        for pattern in _SHORT_DATES
        if fits(pattern, cells) and _is_even(pattern, runs)
    }
    return min(steps, key=lambda pattern: steps[pattern]) if len(cells) > 1 and steps else None


def _epoch_of(cells: list[str], runs: Runs) -> str | None:
    numbers = [float(cell) for cell in cells]
    least, most = min(numbers), max(numbers)
    found = next((own for own, (low, high) in _EPOCHS.items() if low <= least and most <= high), None)
    steps = [later - earlier for run in runs for earlier, later in pairwise(map(float, run))]
    return found if found and steps and (min(steps) > 0 or max(steps) < 0) else None


def _of_parts(table: _Table) -> FoundTime | None:
    """Find a column of years, with the months, days and hours in others."""
    for index in table.indices:
        cells = list(chain(*table.runs(index)))
        unnamed = table.is_unnamed(index)
        if not cells or not (table.words(index) & YEAR.words or unnamed) or not pattern_of_part(YEAR, cells):
            continue
        if _is_one_way("%Y", table.runs(index)):
            continue  # a row a year: years are plain numbers
        for parts in AFTER_YEAR:
            if found := _with_parts(table, [index], "%Y", parts):
                return found
    return None


def _with_parts(table: _Table, indices: list[int], pattern: str, parts: Sequence[Part]) -> FoundTime | None:
    """Add columns of further parts until no time repeats; None where that is not reached."""
    for number, part in enumerate(parts):
        place = next((own for own in _columns_of(table, part, indices)), None)
        if place is None:
            return None
        cells = list(chain(*table.runs(place)))
        indices, pattern = [*indices, place], f"{pattern} {pattern_of_part(part, cells)}"
        runs, whole = table.runs(*indices), with_week_year(pattern)
        if not fits(whole, list(chain(*runs))):
            return None
        is_last = number + 1 == len(parts) or not any(_columns_of(table, parts[number + 1], indices))
        if _is_one_way(whole, runs) or (is_last and _is_distinct(whole, runs)):
            return FoundTime(tuple(table.names[index] for index in indices), whole)
    return None


def _columns_of(table: _Table, part: Part, taken: list[int]) -> list[int]:
    """Return the columns that could be a part: called so, or the next one in a table without names."""
    found = []
    for index in table.indices:
        if index in taken:
            continue
        named = bool(table.words(index) & part.words)
        follows = table.is_unnamed(index) and index == taken[-1] + 1
        if (named or follows) and pattern_of_part(part, list(chain(*table.runs(index)))):
            found.append(index)
    return found


def _of_numbers(table: _Table) -> FoundTime | None:
    """Find a column of numbers that are years, or that count the rows, or that rise and are called a time."""
    for index in table.indices:
        runs = table.runs(index)
        numbers = [
            [float(cell.replace(",", ".")) for cell in run if NUMBER[table.decimal].fullmatch(cell)] for run in runs
        ]
        pairs = [later - earlier for own in numbers for earlier, later in pairwise(own)]
        steps = set(pairs)
        count, cells_there = sum(map(len, numbers)), sum(map(len, runs))
        if count * 2 <= cells_there or not steps:
            continue
        words, found = table.words(index), FoundTime((table.names[index],))
        one_way = min(steps) > 0 or max(steps) < 0
        # Years that hardly repeat are the time even where they are out of order: reading says where.
        if words & YEAR_WORDS and sum(len(set(own)) for own in numbers) * 2 > count:
            return found
        if one_way and count == cells_there and words & TIME_WORDS:
            return found
        counts_up = all(number.is_integer() for own in numbers for number in own) and len(steps) == 1 and one_way
        # A count from row to row: in the first column, or in any that begins anew with each sequence.
        if counts_up and count == cells_there and len(pairs) > 1 and (table.is_first(index) or _begins_anew(numbers)):
            return found
    return None


def _of_clocks(table: _Table) -> FoundTime | None:
    """Find a column of times of day."""
    for index in table.indices:
        runs = table.runs(index)
        cells = list(chain(*runs))
        if cells and sum(map(is_clock, cells[:500])) * 2 > len(cells[:500]) and (pattern := date_pattern(runs)):
            return FoundTime((table.names[index],), pattern)
    return None


# -- what times are like ----------------------------------------------------------------------------


def _seconds(date_format: str, run: list[str]) -> np.ndarray:
    if date_format in COUNTS:
        return np.array([float(text) for text in run]) / COUNTS[date_format]
    pattern = pattern_of(date_format)
    assert pattern is not None
    moments, valid, _ = pattern.moments(run)
    return moments[valid] / MICROSECONDS


def _is_one_way(date_format: str, runs: Runs) -> bool:
    """Whether times rise or fall from row to row in each sequence."""
    steps = [np.diff(_seconds(date_format, run)) for run in runs]
    return all(bool((own > 0).all() or (own < 0).all()) for own in steps)


def _is_distinct(date_format: str, runs: Runs) -> bool:
    return all(len(np.unique(seconds := _seconds(date_format, run))) == len(seconds) for run in runs)


def _is_even(date_format: str, runs: Runs) -> bool:
    """Whether the times of each sequence have a frequency, whatever their order."""
    for run in runs:
        seconds = np.unique(_seconds(date_format, run))
        if len(seconds) > 1 and frequency_of(seconds, np.ones(len(seconds) - 1, np.bool_)) is None:
            return False
    return True


def _follows(table: _Table, index: int, taken: FoundTime) -> bool:
    """Whether a column without a name stands beside the time columns."""
    return table.is_unnamed(index) and index > 0 and table.names[index - 1] in taken.columns


def _begins_anew(numbers: list[list[float]]) -> bool:
    """Whether several sequences of several rows begin with the same number."""
    return (
        len(numbers) > 1 and len({own[0] for own in numbers if own}) == 1 and any(len(own) > 1 for own in numbers[1:])
    )
