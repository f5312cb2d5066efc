"""Name words: the words in the name of a column, by which its meaning is guessed."""

from __future__ import annotations

import re

__all__ = ["words_in_order", "words_of"]


def words_of(name: str) -> set[str]:
    """Return the runs of letters in a name, in small letters: of "Sales_2020 (EUR)" sales and eur."""
    return set(_runs(name))


def words_in_order(name: str) -> list[str]:
    """Return them one after another, with a name divided before its capital letters too: of "storeId" store and id."""
    return _runs(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def _runs(name: str) -> list[str]:
    found: list[str] = re.findall(r"[^\W\d_]+", name.lower())
    return found
