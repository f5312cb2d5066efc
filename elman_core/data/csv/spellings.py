"""Spellings of times: the patterns that a cell could be written in."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from elman_core.data.csv.month_names import MONTHS
from elman_core.data.csv.patterns import ROMAN, WEEKDAYS, ZONE, pattern_of

__all__ = ["has_month_name", "is_clock", "is_date", "spellings_of"]

_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?P<second>:[0-9]{2})?(?:(?P<mark>[.,])[0-9]{1,9})?"
    rf"(?P<half>\s*[ap]\.?m\.?)?(?P<zone>\s*(?:{ZONE}))?",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?P<hour>[0-9]{1,2})(?P<half>\s*[ap]\.?m\.?)", re.IGNORECASE)
_COMPACT = re.compile(
    r"[0-9]{8}(?P<gap>[T ]?)(?P<clock>[0-9]{4}|[0-9]{6})(?P<fraction>\.[0-9]{1,9})?"
    r"(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_ISO_HOUR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<gap>[T ])[0-9]{2}(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?")
_DATE_AND_CLOCK = re.compile(
    r"(?P<date>.*?[^\s:,T_-])(?P<gap>[\s,T_:-]+)(?P<clock>[0-9]{1,2}:[0-9]{2}.*|[0-9]{1,2}\s*[ap]\.?m\.?)",
    re.IGNORECASE,
)
_CLOCK_AND_DATE = re.compile(
    r"(?P<clock>[0-9]{1,2}:[0-9]{2}\S*(?:\s+[ap]\.?m\.?)?)(?P<gap>[\s,]+)(?P<date>.+)", re.IGNORECASE
)
_CLOCK_BEFORE_YEAR = re.compile(
    r"(?P<date>[^:]*\S) +(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: [A-Z]{3,4})?) +(?P<year>[0-9]{4})"
)
_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+\.?|\s+|.", re.DOTALL)
_TWO_YEARS = re.compile(r"(?P<year>[0-9]{4})(?P<mark>[-/\u2013])(?P<next>[0-9]{2}|[0-9]{4})")
_SPAN = re.compile(r"(?P<first>.+?)(?P<mark>\s+(?:[-\u2013\u2014~]|to|bis|until)\s+|\s*[\u2013\u2014/]\s*)(?P<last>.+)")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?")
_DIGIT = re.compile("[0-9]")
_LONGEST = 60
_ORDERS = (
    "Y m d", "d m Y", "m d Y", "d m y", "m d y", "y m d", "d b Y", "b d Y", "Y b d", "d b y", "b d y", "y b d",
    "b Y", "Y b", "b y", "y b", "Y m", "m Y", "m y", "y m", "Y q", "q Y", "y q", "q y", "Y h", "h Y", "y h", "h y",
    "G V", "V G", "G V u", "Y j", "j Y", "Y", "y",
)  # fmt: skip
"""In which day, month, year and their like may stand, those first that are preferred where several fit as well."""
_RANK = {order: rank for rank, order in enumerate(_ORDERS)}
_LETTERS = {"q": "q", "qtr": "q", "quarter": "q", "quartal": "q", "w": "V", "wk": "V", "kw": "V", "week": "V", "h": "h",
            "s": "h", "m": "m", "t": "q", "trimestre": "q", "trim": "q", "kwartaal": "q", "kvartal": "q",
            "kwartał": "q", "half": "h", "hj": "h", "halbjahr": "h", "semestre": "h", "semester": "h",
            "sem": "h"}  # fmt: skip
"""What the number beside a letter or word is."""
_FISCAL = frozenset({"fy", "cy"})
"""What may stand before a year and nothing else."""
_FILLERS = _FISCAL | {"of", "the", "de", "del", "den", "le", "feira", "年", "月", "日", "년", "월", "일"}
_ORDINALS = frozenset({"st", "nd", "rd", "th", "er", "\u00ba", "\u00aa"})


def spellings_of(cell: str) -> list[str]:
    """Return the patterns that a cell could be written in, those first that are preferred; none of a plain number."""
    if not 3 <= len(cell) <= _LONGEST or _PLAIN.fullmatch(cell):
        return []
    if compact := _COMPACT.fullmatch(cell):
        seconds = "%S" if len(compact["clock"]) == 6 else ""
        zone = "%z" if compact["zone"] else ""
        return [f"%Y%m%d{compact['gap']}%H%M{seconds}{'.%f' if compact['fraction'] else ''}{zone}"]
    if (span := _SPAN.fullmatch(cell)) and _shape(span["first"]) == _shape(span["last"]):
        spans = [f"{first}{span['mark']}%~" for first in spellings_of(span["first"])]
        if spans:
            return spans
    if hour := _ISO_HOUR.fullmatch(cell):
        return [f"%Y-%m-%d{hour['gap']}%H{'%z' if hour['zone'] else ''}"]
    if clock := _clock(cell):
        return [clock]
    if (within := _CLOCK_BEFORE_YEAR.fullmatch(cell)) and (clock := _clock(within["clock"])):
        dates = _dates(f"{within['date']} {within['year']}")
        return [f"{date.removesuffix(' %Y')} {clock} %Y" for date in dates if date.endswith(" %Y")]
    for whole in (_DATE_AND_CLOCK, _CLOCK_AND_DATE):
        if (found := whole.fullmatch(cell)) and (clock := _clock(found["clock"])):
            gap = " " if found["gap"].isspace() else found["gap"]
            pair = "{date}{gap}{clock}" if whole is _DATE_AND_CLOCK else "{clock}{gap}{date}"
            return [pair.format(date=date, gap=gap, clock=clock) for date in _dates(found["date"])]
    return _dates(cell)


def is_date(cell: str) -> bool:
    """Whether a cell looks like a date or a time of day, in whatever order."""
    if len(cell) == 8 and cell.isdecimal():
        return 1 <= int(cell[4:6]) <= 12 and 1 <= int(cell[6:]) <= 31
    return 3 <= len(cell) <= _LONGEST and _is_written_as_a_date(_DIGIT.sub("1", cell))


@lru_cache(maxsize=10_000)
def _is_written_as_a_date(shape: str) -> bool:
    return bool(spellings_of(shape))


def _shape(text: str) -> str:
    """Return a text with its numbers and words made alike, as of both ends of a span."""
    return re.sub(r"[^\W\d_]+", "a", _DIGIT.sub("1", text))


def is_clock(cell: str) -> bool:
    """Whether a cell is a time of day."""
    return _clock(cell) is not None


def has_month_name(cell: str) -> bool:
    """Whether a word of a cell is the name of a month."""
    return any(word.lower().rstrip(".") in MONTHS for word in re.findall(r"[^\W\d_]+", cell))


def _clock(cell: str) -> str | None:
    """Return the pattern of a time of day."""
    if found := _HOUR.fullmatch(cell):
        return f"%I{_half(found['half'])}"
    found = _CLOCK.fullmatch(cell)
    if found is None:
        return None
    hour = "%I" if found["half"] else "%H"
    zone = found["zone"] or ""
    return (
        f"{hour}:%M{':%S' if found['second'] else ''}{found['mark'] + '%f' if found['mark'] else ''}"
        f"{_half(found['half'])}{'' if not zone else ' %z' if zone[0].isspace() else '%z'}"
    )


def _half(text: str | None) -> str:
    return "" if not text else " %p" if text[0].isspace() else "%p"


def _dates(text: str) -> list[str]:
    """Return the patterns of a date without its time of day."""
    if two_years := _TWO_YEARS.fullmatch(text):
        both = f"%Y{two_years['mark']}%E"
        return [both, f"%Y{two_years['mark']}%m"] if len(two_years["next"]) == 2 else [both]
    if len(text) == 8 and text.isdecimal():
        return ["%Y%m%d"]
    tokens: list[str] = _TOKEN.findall(text)
    if len(tokens) > 16:
        return []
    options = [_options(tokens, place) for place in range(len(tokens))]
    if any(not own for own in options):
        return []
    number_of_choices = 1
    for own in options:
        number_of_choices *= len(own)
    if number_of_choices > 500:
        return []
    found: dict[str, int] = {}
    for chosen in product(*options):
        directives = [own[1] for own in chosen if own[:1] == "%" and own not in ("%%", "%a", "%A")]
        order = " ".join(directive.replace("B", "b") for directive in directives)
        if "V" in order:
            order = order.replace("Y", "G")
            chosen = tuple("%G" if own == "%Y" else own for own in chosen)
        if order not in _RANK or (order in ("Y", "y") and not _FISCAL & {_word(token) for token in tokens}):
            continue
        pattern = "".join(chosen)
        if pattern_of(pattern) is not None:
            found.setdefault(pattern, _RANK[order] + ("." in pattern and order in ("m d Y", "m d y")) * len(_RANK))
    return sorted(found, key=lambda pattern: found[pattern])


def _options(tokens: list[str], place: int) -> list[str]:
    """Return what a token of a date may be in a pattern."""
    token, before = tokens[place], tokens[place - 1] if place else ""
    if token.isspace():
        return [" "]
    if token.isdecimal() and token.isascii():
        return _options_of_digits(token, _beside(tokens, place))
    if not token[0].isalpha():
        return [] if token == "%" or token not in "-/.,'’()_:" else [token]
    word = _word(token)
    options = []
    is_long = len(word) > 3 and not token.endswith(".")
    if word in MONTHS:
        options.append("%B" if is_long else "%b")
    if word in WEEKDAYS:
        options.append("%A" if is_long else "%a")
    if word in _ORDINALS and before.isdecimal():
        options.append("")
    if token.rstrip(".") in ROMAN and any(own.isdecimal() for own in tokens):
        options.append("%q." if token.endswith(".") else "%q")
    if word in _FILLERS or (word in _LETTERS and _has_number_near(tokens, place)):
        options.append(token)
    return options


def _has_number_near(tokens: list[str], place: int) -> bool:
    near = [*tokens[max(place - 4, 0) : place], *tokens[place + 1 : place + 3]]
    return any(token.isdecimal() for token in near)


def _beside(tokens: list[str], place: int) -> str:
    """Return the word that says what a number is: W of W05 and of "W 05", Q of 1Q and of "1. Q"."""
    for away in (1, 2):
        if place < away or not tokens[place - away][0].isalpha() or (away == 2 and tokens[place - 1] not in (" ", "-")):
            continue
        before = tokens[place - away - 1] if place > away else ""
        if not (len(before) == 1 and before.isdecimal()):  # in 1Q23 the letter belongs to the number before it
            return _word(tokens[place - away])
    following = (_word(token) for token in tokens[place + 1 : place + 5] if token not in (" ", ".", "-"))
    word = next((word for word in following if word not in _ORDINALS), "")
    return word if _LETTERS.get(word) in ("q", "h") else ""


def _word(token: str) -> str:
    return token.lower().rstrip(".")


def _options_of_digits(digits: str, beside: str) -> list[str]:
    meaning = _LETTERS.get(beside)
    if meaning and len(digits) <= 2:
        return [f"%{meaning}"]
    match len(digits):
        case 4:
            return ["%Y"]
        case 3:
            return ["%j"]
        case 1 | 2:
            sizes = [own for own, largest in (("%d", 31), ("%m", 12)) if 1 <= int(digits) <= largest]
            others = ["%y"] if len(digits) == 2 else ["%u", "%q"] if digits in "1234" else ["%u"]
            return [*sizes, *others]
        case _:
            return []
