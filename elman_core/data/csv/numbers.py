"""One number in a cell: the forms it takes, with marks between thousands, signs of currencies and per cent."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

__all__ = [
    "GROUPED",
    "MISSING",
    "MULTIPLES",
    "NUMBER",
    "THOUSANDS",
    "Decimal",
    "SignedNumber",
    "Thousands",
    "grouped_pattern",
    "is_currency",
    "is_number",
    "read_signed",
    "shortened",
    "without_signs",
]

Decimal = Literal[".", ","]
Thousands = Literal["", ".", ",", " ", "'"]

MISSING = frozenset(
    {
        "", "na", "n/a", "nan", "null", "-", "?", ".", "#n/a", "n.a.", "<na>", "none", "nil", "missing", "--", "---",
        "–", "—", "..", "...", "…", "#na", "#null!", "#value!", "#ref!", "#div/0!", "#num!", "\\n", "-nan", "k.a.",
        "k. a.", "n.v.", "fehlt", "*", "**", "***", ":", "no data", "nodata", "n.d.", "nd",
    }
)  # fmt: skip
"""What stands for no value, in small letters."""
NUMBER = {
    ".": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)([eE][+-]?[0-9]+)?"),
}
"""By the decimal mark."""
BLANKS = " \u00a0\u2007\u2009\u202f"
APOSTROPHES = "'\u2019\u02bc`"
GROUPED = re.compile(
    rf"[+-]?[0-9]{{1,3}}(([,.{BLANKS}{APOSTROPHES}])[0-9]{{3}})(\2[0-9]{{3}})*([.,][0-9]*)?"
    r"|[+-]?[0-9]{1,2}((,)[0-9]{2})+,[0-9]{3}(\.[0-9]*)?"
)
"""A number with marks between thousands, or as India writes it."""

_CURRENCIES = (
    r"US\$|A\$|C\$|R\$|HK\$|NZ\$|[$€£¥₹₽₩₺₴₪฿¢]|USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|CZK|HUF"
    r"|Fr\.|kr\.?|zł"
)
_AFTER = (
    rf"%|‰|{_CURRENCIES}|°C|°F|°|K|kWh|MWh|GWh|Wh|kW|MW|W|mm|cm|dm|km|m|m²|m³|km²|ha|l|ml|kg|mg|g|t|hPa|kPa|Pa|mbar|bar|V|"
    r"A|Hz|km/h|m/s|mph|ppm|ppb|pcs|Stk\.?|h|min|s|ms|mg/l|µg/m³|ug/m3"
)
THOUSANDS = frozenset({"K", "k"})
"""What may stand for a thousand; K may also be the unit of temperature."""
MULTIPLES = {
    "M": 6, "Mn": 6, "mn": 6, "mln": 6, "Mio": 6, "Mio.": 6, "million": 6,
    "B": 9, "Bn": 9, "bn": 9, "Mrd": 9, "Mrd.": 9, "billion": 9,
}  # fmt: skip
"""What stands for a multiple: the power of ten."""
_MULTIPLE = "|".join(map(re.escape, sorted({*THOUSANDS, *MULTIPLES}, key=len, reverse=True)))
_SIGNED = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+\u2212\u2012\u2013\ufe63\uff0d])?\s*(?:(?P<before>{_CURRENCIES})\s*)?"
    rf"(?P<inner>[-+\u2212])?\s*(?P<body>[0-9.,][0-9.,{BLANKS}{APOSTROPHES}]*(?:[eE][-+\u2212]?[0-9]+)?)"
    rf"\s*(?:(?P<multiple>{_MULTIPLE})(?:\s*(?P<of>{_CURRENCIES}))?|(?P<after>{_AFTER}))?"
    r"(?P<trailing>[-\u2212])?\s*(?P<close>\))?"
)
_MINUS = frozenset("-\u2212\u2012\u2013\ufe63\uff0d")


@dataclass(frozen=True)
class SignedNumber:
    """A number, and the sign of a unit that stands beside it, if any.

    Attributes
    ----------
    multiple
        What makes it millions, billions or thousands. The value is multiplied by the former, not by a thousand: K
        beside each number of a column may be the unit of temperature.
    """

    value: float
    sign: str = ""
    multiple: str = ""


def is_number(cell: str, decimal: Decimal) -> bool:
    """Whether a cell is a number, with marks between thousands or without, or with a sign of a currency or per cent."""
    if NUMBER[decimal].fullmatch(cell) is not None:
        return True
    if not cell or cell.endswith(",") or not any(map(str.isdigit, cell)):
        return False
    body = without_signs(cell)
    return body is not None and (NUMBER[decimal].fullmatch(body) is not None or GROUPED.fullmatch(body) is not None)


def is_currency(sign: str) -> bool:
    """Whether a sign beside a number is that of a currency."""
    return re.fullmatch(_CURRENCIES, sign) is not None


def without_signs(cell: str, *, multiples: bool = False) -> str | None:
    """Return a number without the signs of currencies and per cent around it; None where it is no number.

    A unit in letters, such as 5 m, is none of these: a name of a column may look so. Millions and the like, such as 5M,
    are if they are to be.
    """
    match = _SIGNED.fullmatch(cell)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    after = match["after"]
    if (match["multiple"] and not multiples) or (after is not None and after not in "%‰" and not is_currency(after)):
        return None
    return match["body"].strip()


def read_signed(text: str, decimal: Decimal, thousands: Thousands) -> SignedNumber | None:
    """Read a number with the sign of its unit; None where the text is no number that is written so, or not finite.

    A number in brackets is negative, as accounts write it; so is one before a minus.
    """
    if NUMBER[decimal].fullmatch(text) and not (thousands and thousands in text):
        number = float(text.replace(decimal, "."))
        return SignedNumber(number) if math.isfinite(number) else None
    match = _SIGNED.fullmatch(text)
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    body = _ungrouped(match["body"].strip(), decimal, thousands)
    if body is None:
        return None
    multiple, unit = match["multiple"] or "", match["after"] or ""
    if multiple in THOUSANDS and match["body"][-1] in BLANKS:
        multiple, unit = "", multiple  # 273.15 K
    power = MULTIPLES.get(multiple, 0)
    # In digits where that is possible: 0.29 times a million would be off by rounding.
    number = float(body) * 10.0**power if "e" in body.lower() else float(f"{body}e{power}")
    if not math.isfinite(number):
        return None
    minuses = sum(match[name] is not None and match[name] in _MINUS for name in ("sign", "inner", "trailing"))
    minuses += match["open"] is not None
    if minuses > 1:
        return None
    sign = match["before"] or match["of"] or unit
    return SignedNumber(-number if minuses else number, sign, multiple)


def shortened(text: str) -> str:
    """Quote a cell, cut off at 40 characters."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _ungrouped(body: str, decimal: Decimal, thousands: Thousands) -> str | None:
    """Return the digits of a number for `float`; None where its marks are others."""
    body = body.replace("\u2212", "-")
    if thousands and (grouped := grouped_pattern(decimal, thousands).fullmatch(body)):
        digits = "".join(sign for sign in grouped["whole"] if sign.isdecimal())
        return digits + (grouped["rest"] or "").replace(decimal, ".")
    if NUMBER[decimal].fullmatch(body) and not (thousands and thousands in body):
        return body.replace(decimal, ".")
    return None


@cache
def grouped_pattern(decimal: Decimal, thousands: Thousands) -> re.Pattern[str]:
    """Return the pattern of a number with one kind of mark between thousands."""
    marks = {" ": BLANKS, "'": APOSTROPHES}.get(thousands, re.escape(thousands))
    return re.compile(
        rf"[-+]?(?P<whole>[0-9]{{1,3}}(?:[{marks}][0-9]{{2,3}})*[{marks}][0-9]{{3}})"
        rf"(?P<rest>{re.escape(decimal)}[0-9]*)?"
    )
