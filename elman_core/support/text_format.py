"""Words for sentences that a person reads."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["counted", "joined", "listed"]

_LONGEST = 40


def listed(names: tuple[str, ...], most: int = 8) -> str:
    """Write some names in quotation marks, and how many more there are."""
    shown = ", ".join(repr(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…") for name in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")


def counted(count: int, what: str) -> str:
    """Write "1 symbol", "2,000 symbols"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def joined(words: Iterable[str]) -> str:
    """Write "one", "one and two", "one, two and three"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
