"""Parts of a time that tables have columns of their own for: year, month, day, hour, quarter, week."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from elman_core.data.csv.month_names import MONTHS

__all__ = [
    "AFTER_DATE", "AFTER_YEAR", "DAY", "HOUR", "LARGEST_YEAR", "MONTH", "PARTS", "WITHOUT_YEAR", "YEAR", "Part",
    "is_month", "pattern_of_part", "with_week_year",
]  # fmt: skip

LARGEST_YEAR = 2_999


@dataclass(frozen=True)
class Part:
    """A part of a time that may have a column of its own.

    Attributes
    ----------
    words
        What its column may be called.
    patterns
        How it may be written, with what the cells then look like.
    """

    words: frozenset[str]
    patterns: dict[str, Callable[[str], bool]]


def _whole_between(low: int, high: int) -> Callable[[str], bool]:
    return lambda cell: len(cell) <= 4 and cell.isdecimal() and low <= int(cell) <= high


def _like(regex: str) -> Callable[[str], bool]:
    compiled = re.compile(regex, re.IGNORECASE)
    return lambda cell: compiled.fullmatch(cell) is not None


YEAR = Part(
    frozenset({
        "year", "years", "yr", "yyyy", "y", "jahr", "annee", "année", "an", "año", "ano", "anno", "jaar", "år", "rok",
    }),
    {"%Y": _whole_between(1_000, LARGEST_YEAR)},
)  # fmt: skip
MONTH = Part(
    frozenset({
        "month", "months", "mon", "mm", "mo", "m", "monat", "mois", "mes", "mês", "mese", "maand", "månad", "måned",
        "miesiąc", "period",
    }),
    {
        "%m": _whole_between(1, 12),
        "%b": lambda cell: cell.lower().rstrip(".") in MONTHS,
        "M%m": _like("M(0[1-9]|1[0-2])"),
    },
)  # fmt: skip
DAY = Part(
    frozenset({"day", "days", "dd", "d", "tag", "jour", "dom", "día", "dia", "giorno", "dag", "dzień"}),
    {"%d": _whole_between(1, 31)},
)
QUARTER = Part(
    frozenset({"quarter", "qtr", "q", "quartal", "trimestre", "trim", "kwartaal", "kvartal", "period"}),
    {
        pattern: _like(re.escape(pattern).replace("%q", "([1-4]|I{1,3}|IV)"))
        for pattern in (
            "%q", "Q%q", "%qQ", "T%q", "Q %q", "%q.", "%q.Q", "%q. Q", "%q. Quartal", "Quarter %q", "Quartal %q",
        )
    },
)  # fmt: skip
WEEK = Part(
    frozenset({"week", "weeks", "wk", "woche", "kw", "semaine", "semana", "isoweek", "weekofyear"}),
    {"%V": _whole_between(1, 53), "W%V": _like("W[0-9]{1,2}"), "KW%V": _like("KW[0-9]{1,2}"),
     "KW %V": _like("KW [0-9]{1,2}"), "Week %V": _like("Week [0-9]{1,2}")},
)  # fmt: skip
DAY_OF_YEAR = Part(frozenset({"doy", "yday", "dayofyear", "julian"}), {"%j": _whole_between(1, 366)})
HOUR = Part(
    frozenset({
        "hour", "hours", "hr", "hh", "h", "hora", "ora", "uur", "stunde", "std", "heure", "time", "zeit", "uhrzeit",
        "clock", "he", "hhmm",
    }),
    {
        "%H": lambda cell: len(cell) <= 2 and cell.isdecimal() and int(cell) <= 24,
        "%H%M": _like("([01][0-9]|2[0-4])[0-5][0-9]"),
    },
)  # fmt: skip
MINUTE = Part(frozenset({"minute", "minutes", "min"}), {"%M": _whole_between(0, 59)})
SECOND = Part(frozenset({"second", "seconds", "sec"}), {"%S": _whole_between(0, 59)})
AFTER_YEAR = ((MONTH, DAY, HOUR, MINUTE, SECOND), (QUARTER,), (WEEK,), (DAY_OF_YEAR, HOUR, MINUTE, SECOND))
"""What may stand in further columns, the coarser first."""
AFTER_DATE = (HOUR, MINUTE, SECOND)
WITHOUT_YEAR = (MONTH, QUARTER)
"""What may stand alone where the year is known otherwise."""
PARTS = (YEAR, MONTH, DAY, QUARTER, WEEK, DAY_OF_YEAR, HOUR, MINUTE)


def pattern_of_part(part: Part, cells: list[str]) -> str | None:
    """Return how all of some cells are written, which may be none."""
    if not cells:
        return None
    return next((pattern for pattern, is_like in part.patterns.items() if all(map(is_like, cells))), None)


def is_month(name: str) -> bool:
    """Whether a column is called a month."""
    return bool(MONTH.words & set(re.findall(r"[^\W\d_]+", name.lower())))


def with_week_year(pattern: str) -> str:
    """Let the year of a pattern with a week be the one that the week belongs to."""
    return pattern.replace("%Y", "%G") if "%V" in pattern else pattern
