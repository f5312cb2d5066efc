"""Sequences under one another: the column that tells them apart, found where times repeat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

from elman_core.data.csv.header import is_value
from elman_core.data.csv.name_words import words_in_order
from elman_core.data.csv.numbers import MISSING
from elman_core.data.csv.records import place_of

__all__ = ["FoundSequences", "find_sequences", "name_of_sequence", "sequence_places"]

_COLUMNS_TO_COMPARE = 12
_CANDIDATES = 6
_THINGS = frozenset({
    "id", "code", "nr", "no", "number", "key", "store", "shop", "item", "product", "article", "sku", "station", "site",
    "sensor", "device", "machine", "unit", "series", "group", "customer", "household", "patient", "subject", "person",
    "run", "trial", "episode", "sequence", "seq", "batch", "meter", "location", "region", "area", "country", "city",
    "building", "plant", "line", "channel", "well", "filiale", "laden", "artikel", "gruppe",
})  # fmt: skip
"""Words in the names of columns whose whole numbers tell things apart."""

Rows = list[list[str]]


@dataclass(frozen=True)
class FoundSequences:
    """The columns that tell sequences apart, how many there are, and the time that comes once in each."""

    columns: tuple[str, ...]
    count: int
    time: str


def sequence_places(file: str, names: tuple[str, ...], wanted: str) -> tuple[int, ...]:
    """Return the places of the column that tells sequences apart, or of several whose names have commas between.

    Raises
    ------
    DataError
        When there is no such column.
    """
    if wanted not in names:
        several = [name.strip() for name in wanted.split(",")]
        if len(set(several)) == len(several) > 1:
            return tuple(place_of(file, names, name, "sequence column") for name in several)
    return (place_of(file, names, wanted, "sequence column"),)


def name_of_sequence(cells: Sequence[str]) -> str:
    """Return what a sequence is called by the cells of a row in its columns; nothing where one is empty."""
    return ", ".join(cells) if all(cells) else ""


def find_sequences(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    time_of: Callable[[list[Rows], tuple[str, ...]], tuple[str, ...]],
) -> FoundSequences | None:
    """Find the column, or pair of columns, without which times would repeat, as where one shop stands below the other.

    Parameters
    ----------
    time_of
        Returns the time columns, given the rows of each sequence and the columns that tell them apart.
    """
    columns = {name: [_cell(row, place) for row in rows] for place, name in enumerate(names[:_COLUMNS_TO_COMPARE])}
    everything = [list(row) for row in rows]
    alone = time_of([everything], ())
    if alone and all(name in columns for name in alone) and len(set(_times(columns, alone))) == len(rows):
        return None
    repeated = {name for name, cells in columns.items() if len(set(cells)) < len(cells)}
    candidates = [
        name for name in names[:_COLUMNS_TO_COMPARE] if name in repeated and _tells_apart(name, columns[name])
    ][:_CANDIDATES]
    for chosen in chain(((name,) for name in candidates), combinations(candidates, 2)):
        groups: dict[str, list[int]] = {}
        for place, key in enumerate(map(name_of_sequence, zip(*(columns[name] for name in chosen), strict=True))):
            groups.setdefault(key, []).append(place)
        if len(groups) < 2 or "" in groups or max(map(len, groups.values())) < 2:
            continue
        time = time_of([[everything[place] for place in own] for own in groups.values()], chosen)
        if not time or any(name not in columns for name in time):
            continue
        times = _times(columns, time)
        if not _repeats(times):
            continue
        if all(len({times[place] for place in own}) == len(own) for own in groups.values()):
            return FoundSequences(chosen, len(groups), " and ".join(time))
    return None


def _times(columns: dict[str, list[str]], time: Sequence[str]) -> list[str]:
    """Return what stands in the time columns of each row."""
    return list(map(" ".join, zip(*(columns[name] for name in time), strict=True)))


def _tells_apart(name: str, cells: Sequence[str]) -> bool:
    """Whether a column is of a few texts, or of whole numbers that name things."""
    different = set(cells)
    if len(different) * 2 > len(cells):
        return False
    if not any(map(is_value, different)):
        return True
    if not all(cell.isdecimal() for cell in different):
        return sum(map(is_value, different)) * 2 < len(different)
    return not _THINGS.isdisjoint(words_in_order(name))


def _repeats(cells: Sequence[str]) -> bool:
    """Whether most texts come more than once."""
    counts = Counter(cell for cell in cells if cell.lower() not in MISSING)
    return sum(count > 1 for count in counts.values()) * 2 >= len(counts)


def _cell(row: Sequence[str], place: int) -> str:
    return row[place] if place < len(row) else ""
