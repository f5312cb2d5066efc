"""The end of a table: rows that are no values, such as sources and notes, and rows of totals."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from elman_core.data.csv.numbers import shortened
from elman_core.support.text_format import counted

__all__ = ["footer_notes", "footer_rows", "is_total", "total_notes"]

# -- ends; from here on, a script that reads tables with times in their header has it too --------------

_TOTAL = re.compile(
    r"(.*\b)?(sub-?totals?|totals?|sum|summe|gesamt(summe)?|insgesamt|averages?|avg|mean|mittel(wert)?|durchschnitt"
    r"|moyenne|somme|suma|promedio|totale|media|median|minimum|maximum|min|max|std|st\.? ?dev\.?|all)\b.*",
    re.IGNORECASE,
)


def is_total(cell: str) -> bool:
    """Whether a cell names a sum, mean or the like of other rows, such as "Total" or "Summe 2022"."""
    return len(cell) <= 60 and _TOTAL.fullmatch(cell) is not None


def footer_rows(rows: Sequence[Sequence[str]], has_number: Collection[bool]) -> int:
    """Count the rows at the end that have no number where numbers are expected; 0 where no row has one.

    Parameters
    ----------
    has_number
        Of each row, whether it has a number in any column of numbers.
    """
    count = 0
    for there in reversed(list(has_number)):
        if there:
            return count
        count += 1
    return 0 if count == len(rows) else count


def footer_notes(rows: Sequence[Sequence[str]]) -> list[str]:
    """Say that rows at the end are left out; rows of nothing need no word."""
    texts = [next(filter(None, row), "") for row in rows]
    said = [text for text in texts if text]
    if not said:
        return []
    return [
        f"the last {counted(len(rows), 'row') if len(rows) > 1 else 'row'} {'have' if len(rows) > 1 else 'has'} no "
        f"number and {'are' if len(rows) > 1 else 'is'} left out: {shortened(said[0])}"
    ]


def total_notes(texts: Sequence[str]) -> list[str]:
    """Say that rows of totals are left out."""
    if not texts:
        return []
    many = len(texts) > 1
    return [
        f"{counted(len(texts), 'row')} with totals or means of other rows {'are' if many else 'is'} left out: "
        f"{shortened(texts[0])}{' and so on' if many else ''}"
    ]
