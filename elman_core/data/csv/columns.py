"""Columns that are no series: parts of a date, row numbers, identifiers and constants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.data.csv.name_words import words_in_order
from elman_core.data.panel import Panel
from elman_core.data.table import FLAG

__all__ = ["no_series"]

_PARTS: dict[str, tuple[frozenset[str], float, float]] = {
    "year": (frozenset({"year", "years", "yr", "yyyy", "jahr", "annee", "année", "ano", "año", "anno"}), 1000, 2999),
    "quarter": (frozenset({"quarter", "qtr", "quartal", "trimestre"}), 1, 4),
    "month": (frozenset({"month", "months", "mon", "mo", "monat", "mois", "mes", "mese"}), 1, 12),
    "week": (frozenset({"week", "weeks", "woche", "kw", "semaine", "semana"}), 0, 53),
    "day": (
        frozenset({"day", "days", "dd", "tag", "jour", "dia", "día", "giorno", "weekday", "dow", "wochentag", "dom"}),
        0, 31,
    ),
    "day of the year": (frozenset({"doy", "yday", "dayofyear", "julian"}), 0, 366),
    "hour": (frozenset({"hour", "hours", "hr", "hh", "stunde", "heure", "hora", "ora"}), 0, 24),
    "minute": (frozenset({"minute", "minutes"}), 0, 59),
    "second": (frozenset({"second", "seconds", "sec", "secs", "sekunde"}), 0, 60),
}  # fmt: skip
"""Names of parts of a date, with their smallest and largest numbers."""
_BESIDE_PARTS = frozenset({
    "of", "the", "in", "date", "time", "no", "nr", "number", "num", "int", "local", "utc", "iso", "obs", "observation",
    "calendar", "start", "end", "begin",
})  # fmt: skip
"""Words that may stand beside those: with others, as in "hours of sun", a name is of something else."""
_DECIMAL_DATE = frozenset({"decimal", "date", "dates", "datum", "year", "yr", "jahr", "time", "fractional"})
_IDENTIFIERS = frozenset({
    "id", "ids", "code", "key", "uid", "uuid", "no", "nr", "num", "number", "nummer", "index", "idx", "zip", "plz",
    "rowid", "row", "record", "fips", "iso", "sku", "ean", "isbn", "unnamed", "postcode", "zeile",
})  # fmt: skip
"""Words that are nothing but identifiers where a name has no others."""
_LAST_WORDS = frozenset({"id", "ids", "code", "uid", "nr", "key", "idx"})
"""Words that make an identifier of whatever stands before them."""
_YEARS = (1500.0, 2200.0)
_FEWEST_IN_A_CYCLE = 4
_LARGEST_IN_A_CYCLE = 366

Array = NDArray[np.float64]


def no_series(name: str, values: Array, panel: Panel, *, is_first: bool = False) -> str:
    """Say what a column is where it is no series that anyone would learn unasked; nothing where it is one.

    That is "a date part", "a row number", "an identifier", "constant" or FLAG.

    Parameters
    ----------
    values : (R,)
        NaN where one is missing.
    panel
        The sequences of these rows.
    is_first
        Whether the column is the first one of the file, where years may stand without a name.
    """
    there = values[np.isfinite(values)]
    if not len(there) or (there == there[0]).all():
        return "constant"
    sequence = panel.every.sequence
    within = (sequence[1:] == sequence[:-1]) if len(panel) > 1 else np.ones(len(values) - 1, np.bool_)
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.diff(values)[within]
    words = frozenset(words_in_order(name))
    are_whole = bool((there == np.rint(there)).all())
    if are_whole and _is_part_by_name(words, there):
        return "a date part"
    complete = len(there) == len(values) and len(steps) > 1
    if complete and are_whole and ((steps == 1).all() or (steps == -1).all()):
        in_years = _YEARS[0] <= there.min() and there.max() <= _YEARS[1]
        return "a date part" if in_years else "a row number"
    if complete and _is_decimal_date(words, there, steps, is_first=is_first):
        return "a date part"
    if complete and are_whole and _cycles(there, steps):
        return "a date part"
    if len(panel) > 1 and len(steps) and (steps == 0).all():
        return "an identifier"  # the number of a shop stands in each of its rows
    if are_whole and _names_an_identifier(name):
        return "an identifier"
    return FLAG if are_whole and set(np.unique(there).tolist()) == {0.0, 1.0} else ""


def _is_part_by_name(words: frozenset[str], there: Array) -> bool:
    others = words - _BESIDE_PARTS
    for names, *_ in _PARTS.values():
        others -= names
    if others:
        return False
    return any(words & names and low <= there.min() and there.max() <= high for names, low, high in _PARTS.values())


def _is_decimal_date(words: frozenset[str], there: Array, steps: Array, *, is_first: bool) -> bool:
    """Whether numbers are years, or years with their decimals, one after another."""
    if not (_YEARS[0] <= there.min() and there.max() <= _YEARS[1]):
        return False
    one_way = (steps >= 0).all() or (steps <= 0).all()
    moving = np.abs(steps[steps != 0])
    if not one_way or not len(moving) or moving.max() > 1.001:
        return False
    even = (moving <= 2.5 * np.median(moving)).mean() >= 0.8  # rows may be missing
    are_whole = bool((there == np.rint(there)).all())
    named = bool(words & _DECIMAL_DATE)
    return bool(even and (named or is_first or not are_whole or len(moving) < len(steps)))


def _cycles(there: Array, steps: Array) -> bool:
    """Whether whole numbers count up by one and begin anew, as months, hours and days of the week do."""
    low, high = there.min(), there.max()
    if low < -1 or high > 10 * _LARGEST_IN_A_CYCLE or not _FEWEST_IN_A_CYCLE <= high - low + 1 <= _LARGEST_IN_A_CYCLE:
        return False
    rising, falling = steps[steps > 0], steps[steps < 0]
    if not len(rising) or not len(falling) or (rising != 1).any():
        return False
    ends = -falling
    return bool((ends >= 0.85 * (high - low)).all() and len(rising) > len(falling))


def _names_an_identifier(name: str) -> bool:
    words = words_in_order(name)
    return bool(words) and (_IDENTIFIERS.issuperset(words) or words[-1] in _LAST_WORDS)
