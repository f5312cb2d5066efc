"""Layout: tables whose header has times, such as months or years, brought into rows of a time and a value each."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise

from elman_core.data.csv.header import times_in_header
from elman_core.data.csv.month_names import MONTHS
from elman_core.data.csv.numbers import MISSING
from elman_core.data.csv.spellings import is_date
from elman_core.data.csv.tail import footer_rows, is_total
from elman_core.errors import DataError
from elman_core.support.text_format import counted, joined

__all__ = ["Across", "LongRows", "find_across", "month_of"]

# -- what a header may have; from here on, a script that reads such tables has it too -----------------

_FEWEST_MONTHS = 4
_FEWEST_HOURS = 12
_YEAR = re.compile(r"(1[5-9]|20|21)[0-9]{2}(\.0*)?")
_QUARTER = re.compile(r"(?:q|qtr\.?|quarter|quartal|t)\s*([1-4])|([1-4])\.?\s*(?:q|quarter|quartal)|(i{1,3}|iv)")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_HOUR = re.compile(r"(?:h|hr|hour|he|stunde)?\s*([0-9]{1,2})(?::([0-5][0-9]))?(?::00)?(?:\s*h)?")
_DAY_OF_MONTH = re.compile(r"(?:d|day|tag|jour)?\s*([0-9]{1,2})\.?")
_FEWEST_DAYS = 28
_MONTH = re.compile(r"[0-9]{4}[-/. ]?(0?[1-9]|1[0-2])|(0?[1-9]|1[0-2])[-/. ][0-9]{4}")
_NUMBER = re.compile(r"[-+]?[0-9.,]+")
_TIME, _VALUE = "time", "value"


Numbered = Sequence[tuple[int, Sequence[str]]]
"""Rows, each with its line in the file."""


class _Kind(StrEnum):
    """What the header has."""

    MONTHS = "month"
    QUARTERS = "quarter"
    HOURS = "hour"
    TIMES_OF_DAY = "time of day"
    DAYS = "day"
    YEARS_OVER_MONTHS = "year"
    TIMES = "time"


@dataclass(frozen=True)
class LongRows:
    """A table brought into long form.

    Attributes
    ----------
    names
        Of its columns: the sequence, if there are several, the time and the value.
    rows
        The line of the file that each comes from, and its cells.
    left_out
        Columns that are neither.
    """

    names: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Across:
    """Which columns of a table are times, and what the others are.

    Attributes
    ----------
    places, parts
        The columns with values, and the month, quarter, day or minute of each; where the header has whole times, 0.
    label
        The column with the years, dates or months that the header's times belong to.
    others
        All other columns.
    """

    kind: _Kind
    names: tuple[str, ...]
    places: tuple[int, ...]
    parts: tuple[int, ...]
    label: int | None
    others: tuple[int, ...]

    @property
    def what(self) -> str:
        """What the header has, in words: "12 months", or "6 times, 2001 to 2006"."""
        if self.kind is _Kind.TIMES_OF_DAY:
            return f"{counted(len(self.places), 'time')} of day"
        if self.kind is not _Kind.TIMES and self.kind is not _Kind.YEARS_OVER_MONTHS:
            return counted(len(self.places), self.kind.value)
        return f"{counted(len(self.places), 'time')}, {self.names[self.places[0]]} to {self.names[self.places[-1]]}"

    def without_others(self, rows: Numbered) -> tuple[list[tuple[int, Sequence[str]]], list[Sequence[str]], list[str]]:
        """Return the rows with values, those of a footer at the end, and the labels of rows of totals.

        A row with a label of another kind and no value is none either.
        """
        filled = [any(_cell(row, place).lower() not in MISSING for place in self.places) for _, row in rows]
        footer = footer_rows([row for _, row in rows], filled)
        body, last = rows[: len(rows) - footer], [row for _, row in rows[len(rows) - footer :]]
        kept, totals = [], []
        for place, (line, row) in enumerate(body):
            label = _cell(row, self.label) if self.label is not None else ""
            if self.label is None:
                label = next((text for text in (_cell(row, other) for other in self.others) if text), "")
            if is_total(label) and (self.label is not None or place == len(body) - 1):
                totals.append(label)
            elif filled[place] or self._is_label(label):
                kept.append((line, row))
        return kept, last, totals

    def _is_label(self, label: str) -> bool:
        return self.label is not None and _YEAR.fullmatch(label) is not None

    def long(self, name: str, rows: Numbered, sequence_column: str | None = None) -> LongRows:
        """Read each row from left to right; cells before the first value of a sequence and after its last do not count.

        Parameters
        ----------
        name
            Of the file, for errors.
        rows
            Each with its line in the file.
        sequence_column
            The column, or columns with commas between, whose texts tell sequences apart; by default those that do.

        Raises
        ------
        DataError
            When a row has no year, date or month.
        """
        sequence = self._sequence(name, rows, sequence_column)
        found: dict[str, list[tuple[float, int, str, str]]] = {}
        for order, (line, row) in enumerate(rows):
            label = _cell(row, self.label) if self.label is not None else ""
            key = _key(row, sequence)
            own = found.setdefault(key, [])
            for place, part in zip(self.places, self.parts, strict=True):
                if self.kind is _Kind.DAYS and part > _FEWEST_DAYS and _cell(row, place).lower() in MISSING:
                    continue  # not every month has 31
                rank, time = self._time(name, line, label, place, part, order)
                own.append((rank, line, time, _cell(row, place)))
        long: list[tuple[int, list[str]]] = []
        for key, own in found.items():
            if self.kind is not _Kind.TIMES:
                own.sort(key=lambda cell: cell[0])
            filled = [place for place, cell in enumerate(own) if cell[3].lower() not in MISSING]
            if not filled:
                continue
            for _, line, time, value in own[filled[0] : filled[-1] + 1]:
                long.append((line, [key, time, value] if sequence else [time, value]))
        names = (", ".join(self.names[place] for place in sequence),) if sequence else ()
        left_out = tuple(self.names[place] for place in self.others if place not in sequence)
        return LongRows((*names, _TIME, _VALUE), long, left_out)

    def _sequence(self, name: str, rows: Numbered, sequence_column: str | None) -> tuple[int, ...]:
        """Return the columns whose texts tell sequences apart."""
        if sequence_column is not None:
            for places in self._choices(self.others, len(self.others)):
                if ", ".join(self.names[place] for place in places) == sequence_column:
                    return places
            named = joined(repr(self.names[place]) for place in self.others) if self.others else "none"
            raise DataError(f"{name} has no sequence column {sequence_column!r} beside its times; it has {named}")
        labels = [_cell(row, self.label) if self.label is not None else "" for _, row in rows]
        if len(set(labels)) == len(rows):
            return ()
        # Names tell sequences apart rather than numbers such as a latitude.
        texts = [place for place in self.others if any(cell and not _NUMBER.fullmatch(cell) for cell in
                 (_cell(row, place) for _, row in rows))]  # fmt: skip
        for chosen in (*self._choices(texts, 3), *self._choices(self.others, 3)):
            keys = [_key(row, chosen) for _, row in rows]
            if all(keys) and len(set(zip(keys, labels, strict=True))) == len(rows):
                return chosen
        return ()

    @staticmethod
    def _choices(places: Sequence[int], most: int) -> list[tuple[int, ...]]:
        """Return columns one by one, then pairs and threes side by side, then those that stand apart."""
        beside = [
            tuple(places[first : first + count])
            for count in range(1, most + 1)
            for first in range(len(places) - count + 1)
        ]
        apart = [own for count in (2, 3) for own in combinations(places[:8], count)]
        return list(dict.fromkeys([*beside, *apart]))

    def _time(self, name: str, line: int, label: str, place: int, part: int, order: int) -> tuple[float, str]:
        """Return the rank in time and the text of the time of a cell."""
        match self.kind:
            case _Kind.TIMES:
                return order, self.names[place]
            case _Kind.HOURS | _Kind.TIMES_OF_DAY:
                if not is_date(label):
                    raise DataError(f"{name}: row {line:,} has {label!r} where a date is expected beside its hours")
                return order * 1_440 + part, f"{label} {part // 60:02d}:{part % 60:02d}"
            case _Kind.DAYS:
                if not _MONTH.fullmatch(label):
                    raise DataError(f"{name}: row {line:,} has {label!r} where a month is expected beside its days")
                mark = next((sign for sign in label if sign in "-/."), "-")
                year, month = sorted(re.findall("[0-9]{4}|[0-9]{1,2}", label), key=len, reverse=True)
                return order * 31 + part, mark.join((year, f"{int(month):02d}", f"{part:02d}"))
            case _Kind.YEARS_OVER_MONTHS:
                month = month_of(label)
                if month is None:
                    raise DataError(f"{name}: row {line:,} has {label!r} where a month is expected below years")
                year = int(self.names[place])
            case _:
                if not _YEAR.fullmatch(label):
                    raise DataError(f"{name}: row {line:,} has {label!r} where a year is expected beside its months")
                year, month = int(float(label)), part if self.kind is _Kind.MONTHS else 3 * part - 2
        return year * 12 + month, f"{year:04d}-{month:02d}"


def find_across(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Across | None:
    """Find out whether the header of a table has times; None where its columns are series."""
    years = _column_of(rows, names, lambda cell: _YEAR.fullmatch(cell) is not None)
    for kind, part_of, fewest in (
        (_Kind.MONTHS, month_of, _FEWEST_MONTHS),
        (_Kind.QUARTERS, _quarter_of, 4),
    ):
        places = [place for place, name in enumerate(names) if place != years and part_of(name) is not None]
        parts = [part for place in places if (part := part_of(names[place])) is not None]
        are_plain = all(names[place].isdecimal() for place in places)
        counts = _counts_up(parts) or _counts_up(parts[::-1])
        if years is None or len(parts) < fewest or not counts or (are_plain and len(parts) < 12):
            continue
        return _across(kind, names, places, parts, years)
    months = _column_of(rows, names, lambda cell: _MONTH.fullmatch(cell) is not None)
    days = [place for place, name in enumerate(names) if place != months and _day_of(name) is not None]
    parts = [part for place in days if (part := _day_of(names[place])) is not None]
    if months is not None and len(parts) >= _FEWEST_DAYS and parts == list(range(1, len(parts) + 1)):
        return _across(_Kind.DAYS, names, days, parts, months)
    dates = _column_of(rows, names, is_date)
    hours = [place for place, name in enumerate(names) if place != dates and _hour_of(name) is not None]
    parts = [part for place in hours if (part := _hour_of(names[place])) is not None]
    step = parts[1] - parts[0] if len(parts) > 1 else 0
    is_day = len(parts) * step == 1_440 or (step == 60 and len(parts) >= _FEWEST_HOURS)
    if dates is not None and step > 0 and is_day and _counts_up(parts, step):
        # Where the last one is 24:00, each time is the end of its span.
        kind = _Kind.HOURS if step == 60 else _Kind.TIMES_OF_DAY
        return _across(kind, names, hours, [part - step * (parts[-1] == 1_440) for part in parts], dates)
    times = times_in_header(names)
    if not times:
        return None
    months = _column_of(rows, names, lambda cell: month_of(cell) is not None)
    if months is not None and months not in times and all(_YEAR.fullmatch(names[place]) for place in times):
        labels = [month_of(_cell(row, months)) for row in rows]
        if len(set(labels)) == len(labels) >= _FEWEST_MONTHS:
            return _across(_Kind.YEARS_OVER_MONTHS, names, times, [0] * len(times), months)
    return _across(_Kind.TIMES, names, times, [0] * len(times), None)


def month_of(text: str) -> int | None:
    """Return the number of a month from its name, in full or in short, or from 1 to 12; None of any other text."""
    plain = text.strip().rstrip(".").lower()
    if plain.isdecimal():
        return int(plain) if 1 <= int(plain) <= 12 else None
    return MONTHS.get(plain)


def _across(
    kind: _Kind, names: Sequence[str], places: Sequence[int], parts: Sequence[int], label: int | None
) -> Across:
    others = tuple(place for place in range(len(names)) if place != label and place not in places)
    return Across(kind, tuple(names), tuple(places), tuple(parts), label, others)


def _quarter_of(text: str) -> int | None:
    found = _QUARTER.fullmatch(text.strip().lower())
    return (_ROMAN.get(found[3] or "") or int(found[1] or found[2])) if found else None


def _hour_of(text: str) -> int | None:
    """Return the minutes from midnight to an hour or a time of day; None of any other text."""
    found = _HOUR.fullmatch(text.strip().lower())
    minutes = int(found[1]) * 60 + int(found[2] or 0) if found else 1_441
    return minutes if minutes <= 1_440 else None


def _day_of(text: str) -> int | None:
    found = _DAY_OF_MONTH.fullmatch(text.strip().lower())
    return int(found[1]) if found and int(found[1]) <= 31 else None


def _counts_up(parts: Sequence[int], step: int = 1) -> bool:
    return all(later == earlier + step for earlier, later in pairwise(parts))


def _key(row: Sequence[str], places: Sequence[int]) -> str:
    """Return what the sequence of a row is called."""
    return ", ".join(cell for place in places if (cell := _cell(row, place)))


def _column_of(rows: Sequence[Sequence[str]], names: Sequence[str], fits: Callable[[str], bool]) -> int | None:
    """Return the first column nearly all of whose cells fit."""
    for place in range(min(len(names), 20)):
        cells = [cell for row in rows if (cell := _cell(row, place)).lower() not in MISSING]
        if cells and sum(map(fits, cells)) >= max(0.8 * len(cells), 1):
            return place
    return None


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""
