"""What the rows of a table or dataset are."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["DataKind"]


class DataKind(StrEnum):
    """What the rows of a table or dataset are."""

    NUMBERS = "numbers"
    SYMBOLS = "symbols"
