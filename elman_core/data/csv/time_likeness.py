"""Time likeness: whether a column that is not read as times looks like some."""

from __future__ import annotations

import re

import numpy as np

from elman_core.data.csv.name_words import words_of
from elman_core.data.csv.patterns import WEEKDAYS
from elman_core.data.csv.spellings import has_month_name
from elman_core.data.csv.time_columns import TIME_WORDS

__all__ = ["looks_like_excel", "looks_like_time"]

_LIKE_A_TIME = re.compile(
    r"(?<![0-9])((1[89]|20)[0-9]{2}|[0-2]?[0-9]:[0-5][0-9]|[0-3]?[0-9][./-][01]?[0-9][./-])(?![0-9]{3})"
)
"""A year, a time of day, or a day and a month."""
_MOST_LETTERS = 12
"""Beside it; where there are more it is a text with a year in it."""


def looks_like_time(name: str, cell: str) -> bool:
    """Whether a column of text that could not be read as times looks like some."""
    if has_month_name(cell) or cell.lower().rstrip(".") in WEEKDAYS or words_of(name) & TIME_WORDS:
        return True
    letters = sum(map(str.isalpha, cell))
    return _LIKE_A_TIME.search(cell) is not None and letters <= _MOST_LETTERS


def looks_like_excel(name: str, numbers: np.ndarray) -> bool:
    """Whether numbers in a column that is called a date may be days as Excel counts them, from 1954 to 2064."""
    is_day = bool(((numbers > 20_000) & (numbers < 60_000)).all())
    return is_day and bool(words_of(name) & {"date", "dates", "datum", "day", "datetime", "timestamp", "tag", "when"})
