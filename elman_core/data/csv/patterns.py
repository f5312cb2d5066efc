"""Patterns of times: what a strptime pattern means, and reading many texts that are written like it.

Beside the directives of strptime there are %q, the quarter from 1 to 4 or I to IV, %h, the half-year from 1 to 2, %E,
the year after %Y, as in 2022/23, which is taken as the year 2022, and %~, the end of a span, whose beginning is read.
Names of months and weekdays are read in the languages of MONTHS and WEEKDAYS, long or short, whichever the pattern has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elman_core.data.calendar import MICROSECONDS, TimeUnit
from elman_core.data.csv.month_names import MONTHS

__all__ = ["ALIASES", "ROMAN", "WEEKDAYS", "ZONE", "Pattern", "example_of", "pattern_of"]

Integers = NDArray[np.int64]

ALIASES = {"yyyy": "%Y", "yyyymm": "%Y%m", "yyyymmdd": "%Y%m%d"}
"""Other names of patterns."""

_WEEKDAY_NAMES = (
    "monday mon montag mo lundi lun lunes lunedì segunda maandag ma måndag mandag",
    "tuesday tue tues dienstag di mardi mar martes martedì terça dinsdag tisdag tirsdag",
    "wednesday wed mittwoch mi mercredi mer miércoles mié mercoledì quarta woensdag wo onsdag",
    "thursday thu thur thurs donnerstag do jeudi jeu jueves jue giovedì gio quinta donderdag torsdag",
    "friday fri freitag fr vendredi ven viernes vie venerdì sexta vrijdag vr fredag",
    "saturday sat samstag sonnabend sa samedi sam sábado sáb sabato sab zaterdag za lördag lørdag",
    "sunday sun sonntag so dimanche dim domingo dom domenica zondag zo söndag søndag",
)
WEEKDAYS = {name: number for number, names in enumerate(_WEEKDAY_NAMES, start=1) for name in names.split()}

_ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2,
    "EEST": 3, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "JST": 9,
}  # fmt: skip
"""Hours ahead of UTC."""
ZONE = "|".join([r"[+-][0-9]{2}(?::?[0-9]{2})?", *sorted(_ZONES, key=len, reverse=True)])
"""An offset from UTC, as it may be written."""
_BLANK = "[ \t\u00a0\u202f]"
_WORD = r"[^\W\d_]+\.?"
_ORDINAL = "(?:st|nd|rd|th|er|[\u00ba\u00aa])?"
ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
"""Quarters as they may be numbered."""
_DIRECTIVES = {
    "Y": ("year", "[0-9]{4}"), "y": ("short_year", "[0-9]{2}"), "G": ("week_year", "[0-9]{4}"),
    "m": ("month", "[0-9]{1,2}"), "b": ("month_name", _WORD), "B": ("month_name", _WORD),
    "d": ("day", f"[0-9]{{1,2}}{_ORDINAL}"), "j": ("day_of_year", "[0-9]{1,3}"),
    "q": ("quarter", f"[1-4]{_ORDINAL}|I{{1,3}}|IV"), "h": ("half", f"[12]{_ORDINAL}"),
    "V": ("week", "[0-9]{1,2}"), "u": ("weekday", "[1-7]"),
    "a": ("weekday_name", _WORD), "A": ("weekday_name", _WORD),
    "H": ("hour", "[0-9]{1,2}"), "I": ("hour_of_12", "[0-9]{1,2}"), "M": ("minute", "[0-9]{1,2}"),
    "S": ("second", "[0-9]{1,2}"), "f": ("fraction", "[0-9]{1,9}"), "p": ("half_of_day", r"[ap]\.?m\.?"),
    "z": ("zone", ZONE), "Z": ("zone", ZONE), "E": ("next_year", "[0-9]{2}(?:[0-9]{2})?"),
    "~": ("end", ".+"),
}  # fmt: skip
"""What each directive stands for, and how it may be written."""
_FIXED = {"month": "[0-9]{2}", "day": "[0-9]{2}", "hour": "[0-9]{2}", "minute": "[0-9]{2}", "second": "[0-9]{2}",
          "day_of_year": "[0-9]{3}", "week": "[0-9]{2}"}  # fmt: skip
"""How it is written next to other digits."""
_NUMBERS = frozenset("YymdHIMSjGVquhf")
_WHOLE = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y"}
_DAY = 86_400 * MICROSECONDS
_WRITTEN = dict(_DIRECTIVES.values())
_WORDY = frozenset({"month_name", "weekday_name", "half_of_day", "zone"})
Cells = Integers | list[str]


@dataclass(frozen=True, eq=False)
class Pattern:
    """A pattern of strptime, ready to read texts.

    Attributes
    ----------
    text
        As it was given.
    fields
        What stands in it, in its order.
    """

    text: str
    fields: tuple[str, ...]
    _regex: re.Pattern[str]
    _line: re.Pattern[str]

    @property
    def regular_expression(self) -> str:
        """How texts are written, with a group for each field; small and capital letters mean the same."""
        return self._regex.pattern

    @property
    def unit(self) -> TimeUnit:
        """The smallest unit that is written."""
        fields = set(self.fields)
        if fields & {"hour", "hour_of_12"}:
            return "second" if fields & {"year", "short_year", "week_year"} else "clock"
        if fields & {"day", "day_of_year", "weekday"}:
            return "day"
        units: dict[str, TimeUnit] = {
            "month": "month", "month_name": "month", "quarter": "quarter", "half": "half-year", "week": "week",
        }  # fmt: skip
        return next((unit for name, unit in units.items() if name in fields), "year")

    def moments(self, texts: list[str]) -> tuple[Integers, NDArray[np.bool_], Integers]:
        """Read texts, none of which has a line break.

        Returns
        -------
        Microseconds since 1970-01-01 of the time as it is written; which of the texts could be read; and the offsets
        from UTC in seconds, none of them where the pattern has none. Each is (R,).
        """
        unique = dict.fromkeys(texts)
        if len(unique) * 2 < len(texts):
            places = {text: place for place, text in enumerate(unique)}
            rows = np.fromiter(map(places.__getitem__, texts), np.int64, len(texts))
            moments, valid, offsets = self._moments(list(unique))
            return moments[rows], valid[rows], offsets[rows] if len(offsets) else offsets
        return self._moments(texts)

    def _moments(self, texts: list[str]) -> tuple[Integers, NDArray[np.bool_], Integers]:
        cells = self._aligned(texts)
        if cells is not None:
            return _assembled(cells, len(texts))
        found = self._line.findall("\n".join(texts))
        rows = None
        if len(found) != len(texts):
            matches = [self._regex.fullmatch(text) for text in texts]
            rows = np.array([match is not None for match in matches], np.bool_)
            found = [match.groups("") for match in matches if match is not None]
        columns = zip(*found, strict=True) if found else ((),) * len(self.fields)
        moments, valid, offsets = _assembled(dict(zip(self.fields, map(list, columns), strict=True)), len(found))
        if rows is None:
            return moments, valid, offsets
        return _spread(moments, rows), _spread(valid, rows), _spread(offsets, rows) if len(offsets) else offsets

    def _aligned(self, texts: list[str]) -> dict[str, Cells] | None:
        """Cut up texts that all have the same signs in the same places, which is much faster; None where they have not.

        Returns the numbers of each field, or its texts.
        """
        first = self._regex.fullmatch(texts[0]) if texts else None
        if first is None or set(map(len, texts)) != {len(texts[0])}:
            return None
        joined = "".join(texts)
        if not joined.isascii():
            return None
        signs = np.frombuffer(joined.encode(), np.uint8).reshape(len(texts), -1)
        cells: dict[str, Cells] = {}
        between = np.ones(signs.shape[1], np.bool_)
        for place, name in enumerate(self.fields, start=1):
            start, stop = first.span(place)
            if start == stop:
                continue
            between[start:stop] = False
            part = signs[:, start:stop]
            digits = part - np.uint8(48)
            if (digits <= 9).all():
                powers = 10 ** np.arange(stop - start - 1, -1, -1)
                cells[name] = digits.astype(np.int64) @ powers
                if name == "fraction":
                    cells[name] = cells[name] * 10**6 // 10 ** (stop - start)
            elif name in _WORDY:
                found, codes = np.unique(np.ascontiguousarray(part).view(f"S{stop - start}")[:, 0], return_inverse=True)
                names = [own.decode() for own in found.tolist()]
                written = re.compile(_WRITTEN[name], re.IGNORECASE)
                if not all(map(written.fullmatch, names)):
                    return None
                cells[name] = np.array(names, object)[codes].tolist()
            else:
                return None
        return cells if (signs[:, between] == signs[0, between]).all() else None


def _spread(found: NDArray[Any], rows: NDArray[np.bool_]) -> NDArray[Any]:
    """Return what was found in the places of some rows, and 0 in the others."""
    everything = np.zeros(len(rows), found.dtype)
    everything[rows] = found
    return everything


@lru_cache(maxsize=256)
def pattern_of(text: str) -> Pattern | None:
    """Return the pattern that a text stands for; None where it is none, or has no year and no time of day."""
    tokens = re.findall(r"%.|[^%]|%", _written_out(text), re.DOTALL)
    if any(token != "%%" and (token == "%" or (token[0] == "%" and token[1] not in _DIRECTIVES)) for token in tokens):
        return None
    fields = tuple(_DIRECTIVES[token[1]][0] for token in tokens if _is_directive(token))
    if not _means_a_time(fields):
        return None
    regex = "".join(_with_optional_parts(tokens, [_regex_of(tokens, place) for place in range(len(tokens))]))
    if len(fields) == 1:  # each match is to be a tuple
        regex, fields = f"{regex}()", (*fields, "nothing")
    line = re.compile(f"^{regex}$", re.IGNORECASE | re.MULTILINE)
    return Pattern(text, fields, re.compile(regex, re.IGNORECASE), line)


def _written_out(text: str) -> str:
    text = ALIASES.get(text, text)
    for name, whole in _WHOLE.items():
        text = text.replace(f"%{name}", whole)
    return text


def _is_directive(token: str) -> bool:
    return token[0] == "%" and token != "%%"


def _regex_of(tokens: list[str], place: int) -> str:
    """Return how a token of a pattern may be written."""
    token, beside = tokens[place], [*tokens[max(place - 1, 0) : place], *tokens[place + 1 : place + 2]]
    if token == "%%":
        return "%"
    if token.isspace():
        optional = any(own in ("%p", "%z", "%Z") for own in beside)
        return f"{_BLANK}{'*' if optional else '+'}"
    if token[0] != "%":
        return re.escape(token)
    name, written = _DIRECTIVES[token[1]]
    is_next_to_digits = any(_is_directive(own) and own[1] in _NUMBERS for own in beside)
    return f"({_FIXED.get(name, written) if is_next_to_digits else written})"


def _with_optional_parts(tokens: list[str], regex: list[str]) -> list[str]:
    """Let seconds, their fraction and a time of day after a date lack: programs leave them out where they are 0."""
    regex = list(regex)

    def make_optional(first: int, last: int) -> None:
        regex[first], regex[last] = f"(?:{regex[first]}", f"{regex[last]})?"

    fraction = tokens.index("%f") if "%f" in tokens else 0
    if fraction and tokens[fraction - 1] in (".", ","):
        regex[fraction - 1] = "[.,]"
        make_optional(fraction - 1, fraction)
    second = tokens.index("%S") if "%S" in tokens else 0
    if second and tokens[second - 1] == ":":
        make_optional(second - 1, fraction if fraction == second + 2 else second)
    hour = tokens.index("%H") if "%H" in tokens else 0
    after_date = hour > 1 and (tokens[hour - 1].isspace() or tokens[hour - 1] == "T")
    only_clock = all(not _is_directive(token) or token in ("%H", "%M", "%S", "%f") for token in tokens[hour:])
    if after_date and only_clock and ":" in tokens[hour:]:
        make_optional(hour - 1, len(tokens) - 1)
    return regex


def _means_a_time(fields: Iterable[str]) -> bool:
    """Whether what stands in a pattern says when something is, and nothing twice."""
    names = list(fields)
    there = set(names)
    if len(there) != len(names) or {"hour", "hour_of_12"} <= there or {"month", "month_name"} <= there:
        return False
    if "hour_of_12" in there and "half_of_day" not in there:
        return False
    years = there & {"year", "short_year", "week_year"}
    if not years:
        return bool(there & {"hour", "hour_of_12"}) and not there & {"day", "month", "month_name", "week", "quarter"}
    if len(years) > 1 or ("week_year" in there) != ("week" in there):
        return False
    months = there & {"month", "month_name"}
    if "next_year" in there and names != ["year", "next_year"]:
        return False
    return not ("day" in there and not months) and len(months | there & {"quarter", "half", "week", "day_of_year"}) <= 1


def _assembled(cells: dict[str, Cells], count: int) -> tuple[Integers, NDArray[np.bool_], Integers]:
    """Return the moments that cells of each field make up, which of them there are, and the offsets from UTC."""
    valid = np.ones(count, np.bool_)

    def numbers(name: str, default: int) -> Integers:
        if name not in cells:
            return np.full(count, default, np.int64)
        texts = cells[name]
        if isinstance(texts, np.ndarray):
            return texts
        if name in ("day", "quarter", "half") and texts and not "".join(texts).isdigit():
            texts = [str(ROMAN.get(text.upper()) or text.rstrip("stndrheSTNDRHE\u00ba\u00aa")) for text in texts]
        try:
            return np.fromiter(map(int, texts), np.int64, count)
        except ValueError:  # some are empty
            return np.fromiter((int(text) if text else default for text in texts), np.int64, count)

    def named(name: str, known: dict[str, int]) -> Integers:
        found = {text: known.get(text.lower().rstrip("."), 0) for text in set(cells[name])}
        codes = np.fromiter(map(found.__getitem__, cells[name]), np.int64, count)
        np.logical_and(valid, codes > 0, out=valid)
        return np.maximum(codes, 1)

    year = numbers("year" if "year" in cells else "week_year", 1970)
    if "short_year" in cells:
        year = numbers("short_year", 0)
        year += np.where(year < 69, 2000, 1900)
    valid &= year >= 1
    month = named("month_name", MONTHS) if "month_name" in cells else numbers("month", 1)
    if "weekday_name" in cells:
        named("weekday_name", WEEKDAYS)
    month = np.where("quarter" in cells, 3 * numbers("quarter", 1) - 2, month)
    month = np.where("half" in cells, 6 * numbers("half", 1) - 5, month)
    valid &= (month >= 1) & (month <= 12)
    if "next_year" in cells:
        valid &= numbers("next_year", 0) % 100 == (year + 1) % 100
    months = ((np.where(valid, year, 1970) - 1970) * 12 + np.where(valid, month, 1) - 1).astype("datetime64[M]")
    day = numbers("day", 1) if "day" in cells else numbers("day_of_year", 1)
    dates = months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    same = (
        dates.astype("datetime64[Y]") == months.astype("datetime64[Y]")
        if "day_of_year" in cells
        else (dates.astype("datetime64[M]") == months)
    )
    valid &= same
    days = dates.astype(np.int64)
    if "week" in cells:
        week = numbers("week", 1)
        fourth = months.astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + 3  # lies in the first week
        days = fourth - (fourth + 3) % 7 + 7 * (week - 1) + numbers("weekday", 1) - 1
        valid &= (week >= 1) & (week <= 53)
    hour = numbers("hour", 0)
    if "hour_of_12" in cells:
        twelve = numbers("hour_of_12", 12)
        valid &= (twelve >= 1) & (twelve <= 12)
        afternoon = np.fromiter((text[:1] in "pP" for text in cells["half_of_day"]), np.bool_, count)
        hour = twelve % 12 + 12 * afternoon
    minute, second = numbers("minute", 0), numbers("second", 0)
    fraction = np.zeros(count, np.int64)
    if "fraction" in cells:
        texts = cells["fraction"]
        if isinstance(texts, np.ndarray):
            fraction = texts
        else:
            fraction = np.fromiter((int(f"{text:0<6.6}") for text in texts), np.int64, count)
    within = ((hour * 60 + minute) * 60 + second) * MICROSECONDS + fraction
    valid &= (minute < 60) & (second < 60) & (within <= _DAY)  # 24:00 is the end of a day
    offsets = np.empty(0, np.int64)
    if "zone" in cells:
        known = {text: _offset(text) for text in set(cells["zone"])}
        offsets = np.fromiter(map(known.__getitem__, cells["zone"]), np.int64, count)
    return days * _DAY + within, valid, offsets


def _offset(zone: str) -> int:
    """Return the seconds that a zone is ahead of UTC."""
    if not zone[1:2].isdigit():
        return _ZONES[zone.upper()] * 3_600
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3_600 + int(digits[2:] or 0) * 60
    return -seconds if zone[0] == "-" else seconds


def example_of(text: str) -> str:
    """Write 13 February 1960, half past nine, like a pattern."""
    written = {
        "Y": "1960", "y": "60", "G": "1960", "m": "02", "b": "Feb", "B": "February", "d": "13", "j": "044", "q": "1",
        "h": "1", "V": "06", "u": "6", "a": "Sat", "A": "Saturday", "H": "09", "I": "09", "M": "30", "S": "00",
        "f": "000", "E": "61", "p": "AM", "z": "+00:00", "Z": "UTC", "%": "%", "~": "...",
    }  # fmt: skip
    return re.sub(r"%(.)", lambda match: written.get(match[1], match[0]), _written_out(text))
