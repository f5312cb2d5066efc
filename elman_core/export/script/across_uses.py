"""What the program's modules of tables with times in the header use, as far as a script needs it: the times are those
of the model's own data, so nothing has to be guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from elman_core.export.script.reading import time_of

__all__ = ["DataError", "counted", "is_date", "joined", "shortened", "times_in_header"]

# -- what is known of times -------------------------------------------------------------------------


def is_date(cell: str) -> bool:
    """Whether a cell is a time of the model's, or the date of one."""
    found = [time_of(cell), time_of(f"{cell} 00:00")]
    return any(time == time for time in found)


def times_in_header(row: Sequence[str]) -> list[int]:
    """Return the places of cells that are times; years are always."""
    return [place for place, cell in enumerate(row) if is_date(cell) or (cell.isdecimal() and len(cell) == 4)]


def DataError(text: str) -> SystemExit:  # noqa: N802 - stands for the error of that name
    """Say what is wrong, and end."""
    return SystemExit(text)


def counted(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count} {noun}"


def joined(words: Iterable[str]) -> str:
    """Return words with commas between."""
    return ", ".join(words)


def shortened(text: str) -> str:
    """Return the text as it is."""
    return text
