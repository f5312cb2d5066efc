"""Words for sentences that a person reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

__all__ = ["counted", "in_digits", "joined", "listed", "one_short_line", "printable", "shortened"]

_LONGEST = 40
_LONGEST_QUOTED = 80
_LONGEST_LINE = 200
_MOST_IN_FULL = 1e7
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of signs that a terminal obeys, that turn the order of others round, or that end a line."""
_JOINERS = frozenset("\u200c\u200d")
"""Of those the two that words of some languages, and many emoji, are written with."""


def printable(text: str, keep: str = "") -> str:
    """Write the control characters of a text as escapes: \\x1b, \\n, \\u202e. Those in `keep` stay."""
    if text.isprintable():
        return text
    return "".join(sign if sign in keep or not _is_control(sign) else _escaped(sign) for sign in text)


def shortened(value: object) -> str:
    """Quote anything in at most 80 printable characters."""
    try:
        text = repr(value)
    except RecursionError:
        return "something deeply nested"
    return text if len(text) <= _LONGEST_QUOTED else f"{text[: _LONGEST_QUOTED - 3]}..."


def one_short_line(sentence: str) -> str:
    """Keep a sentence that may quote a file within 200 printable characters."""
    line = printable(sentence[: _LONGEST_LINE + 1])
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 3]}..."


def listed(names: tuple[str, ...], most: int = 8) -> str:
    """Write some names in quotation marks, and how many more there are."""
    shown = ", ".join(repr(name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…") for name in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")


def in_digits(value: float, digits: int = 3) -> str:
    """Write a number in so many digits: "0.0547", "2,830"; very large and very small ones by powers of ten.

    >>> in_digits(2831.4), in_digits(0.05466), in_digits(999.7), in_digits(4.825e-9)
    ('2,830', '0.0547', '1,000', '4.83e-09')
    """
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if 1_000 <= abs(rounded) < _MOST_IN_FULL else f"{value:.{digits}g}"


def counted(count: int, what: str) -> str:
    """Write "1 symbol", "2,000 symbols"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def joined(words: Iterable[str]) -> str:
    """Write "one", "one and two", "one, two and three"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in _UNSEEN and sign not in _JOINERS


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")
