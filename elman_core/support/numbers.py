"""Reading a number that a person has typed, whichever marks they are used to."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["read_number", "read_whole_number"]

_POINT, _COMMA = ".", ","
_OTHER_MARKS = str.maketrans({"\u066b": _POINT, "\u066c": " ", "'": " ", "\u2019": " ", "\u2212": "-"})
"""The Arabic decimal mark; the Arabic and the Swiss thousands marks; the typographic minus."""
_PARTS = re.compile(r"([+-]?)([0-9., ]*[0-9][0-9., ]*)(?:e([+-]?[0-9]{1,3}))?", re.IGNORECASE)
_GROUPS = {mark: re.compile(rf"[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+") for mark in (_POINT, _COMMA, " ")}


def read_number(text: str) -> float:
    """Return the number that a text says, with a point or a comma before its decimals.

    Thousands may be set apart by the other mark, or by spaces. A text such as "1,000" says two numbers, and is refused.

    Raises
    ------
    ValueError
        With the rest of a sentence that begins with the number's name: "must be a number, got 'many'".
    """
    sign, digits, exponent = _parts(text, "a number")
    last = max(digits.rfind(_POINT), digits.rfind(_COMMA))
    mark = digits[last] if last >= 0 else ""
    if mark and digits.count(mark) > 1:  # none but thousands are set apart more than once
        mark, last = "", len(digits)
    if mark == _COMMA and re.fullmatch("[1-9][0-9]{0,2},[0-9]{3}", digits):
        plain = digits.replace(_COMMA, "")
        raise ValueError(f"can be read in two ways, got {digits}: write {plain} or {digits.replace(_COMMA, _POINT)}")
    whole, decimals = (digits[:last], digits[last + 1 :]) if mark else (digits, "")
    if decimals and not decimals.isdecimal():
        raise ValueError(f"must be a number, got {text.strip()!r}")
    return float(f"{sign}{_without_thousands(whole or '0', text, 'a number')}.{decimals or '0'}e{exponent or '0'}")


def read_whole_number(text: str) -> int:
    """Return the whole number that a text says; thousands may be set apart, as in "1,000" or "1 000".

    Raises
    ------
    ValueError
        With the rest of a sentence that begins with the number's name: "must be a whole number, got '0,25'".
    """
    kind = "a whole number"
    sign, digits, exponent = _parts(text, kind)
    if exponent or digits.count(_POINT) == 1:  # one point comes before decimals, whatever stands after it
        raise ValueError(f"must be {kind}, got {text.strip()!r}")
    return int(sign + _without_thousands(digits, text, kind))


def _parts(text: str, kind: str) -> tuple[str, str, str | None]:
    """Divide a number into its sign, its digits with their marks, and its exponent, in ASCII."""
    found = _PARTS.fullmatch("".join(map(_in_ascii, text.strip())).translate(_OTHER_MARKS))
    if found is None:
        raise ValueError(f"must be {kind}, got {text.strip()!r}")
    return found[1], found[2], found[3]


def _in_ascii(character: str) -> str:
    """Return the same digit in ASCII, and a plain space for any other."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return " " if character.isspace() else character


def _without_thousands(digits: str, text: str, kind: str) -> str:
    """Take out one kind of mark between groups of three digits."""
    if digits.isdecimal():
        return digits
    mark = next(character for character in digits if not character.isdecimal())
    if not _GROUPS[mark].fullmatch(digits) or digits.startswith("0"):
        raise ValueError(f"must be {kind}, got {text.strip()!r}")
    return digits.replace(mark, "")
