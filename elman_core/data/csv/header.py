"""The head of a table: which lines are titles, which row has the names, and whether units stand below it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from elman_core.data.csv.numbers import MISSING, is_number
from elman_core.data.csv.spellings import is_date

__all__ = ["Head", "find_head", "header_names", "is_value", "times_in_header", "usual_width"]

_MOST_ROWS_ABOVE = 60
_COMPARED = 300
_UNIT = re.compile(
    r"[\[(].*[\])]|[°%‰$€£]\S{0,3}|(1/)?[munkMGhcd]?(m|s|g|l|L|W|Wh|V|A|Hz|Pa|bar|K|J|N|h|min|d|t|ha)([²³/23^].*)?"
    r"|(?i:utc|gmt|local|iso|counts?|number|units?|text|float|int|integer|string|date|yyyy.*|deg\w*|degrees?.*|mph|ft"
    r"|feet|inches|in|lbs?|usd|eur|gbp|chf|percent|per cent|ppm|ppb|\d+[sndf]|-+)"
)


@dataclass(frozen=True)
class Head:
    """What stands above the first row of values.

    Attributes
    ----------
    first
        The place among the rows of the header, or of the first row of values where there is none.
    header
        Whether there is one.
    rows
        Rows that the header takes.
    """

    first: int
    header: bool
    rows: int = 1


def is_value(cell: str) -> bool:
    """Whether a cell is a number or a date, in whatever marks."""
    return is_number(cell, ".") or is_number(cell, ",") or is_date(cell)


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return how many columns most rows have; of columns on the right that are empty all the way down none counts."""
    counts = Counter(map(len, rows))
    width = max(counts, key=lambda count: (counts[count], count))
    fitting = [row for row in rows if len(row) == width]
    while width > 1 and not any(row[width - 1] for row in fitting):
        width -= 1
    return width


def find_head(rows: Sequence[Sequence[str]], width: int) -> Head:
    """Find the header: the last row of text above columns of numbers or dates.

    What stands above it are titles; below it may stand a row of units, or a second row of names.
    """
    numeric = _numeric_columns(rows, width)
    if not any(numeric):
        texts = [cell for cell in rows[0][:width] if cell.lower() not in MISSING]
        return Head(0, bool(texts) and not any(map(is_value, texts)) and not _comes_again(rows, width))
    above = rows[:_MOST_ROWS_ABOVE]
    first_values = next((place for place, row in enumerate(above) if _is_row_of_values(row, numeric)), None)
    if first_values is None:
        return Head(0, _is_text_above(rows[0], numeric))
    if times_in_header(rows[first_values]) and _differs(rows, first_values):
        return Head(first_values, True)
    names = [place for place in range(first_values) if _is_text_above(rows[place], numeric)]
    if not names:
        return Head(0, False)
    last = names[-1]
    if last and last - 1 in names:
        upper, lower = rows[last - 1][:width], rows[last][:width]
        if _is_second_row(upper, lower, width):
            return Head(last - 1, True, 2)
    return Head(last, True)


def header_names(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return the names in the rows of a header: those of the first row, or where groups stand there, both joined."""
    upper = [*rows[0][:width], *[""] * (width - len(rows[0]))]
    if len(rows) == 1 or not _has_groups(upper):
        return upper
    names, group = [], ""
    for index, cell in enumerate(upper):
        group = cell or group
        below = [row[index] for row in rows[1:] if index < len(row) and row[index] and row[index] != group]
        names.append(" ".join([group if below or cell else "", *below]).strip())
    return names


def times_in_header(row: Sequence[str]) -> list[int]:
    """Return the places of the cells of a row that name times which go on evenly, such as years; none for fewer than 3.

    Whole numbers count where they look like years one step apart.
    """
    years = [place for place, cell in enumerate(row) if re.fullmatch(r"(1[5-9]|20|21)[0-9]{2}", cell)]
    found = [int(row[place]) for place in years]
    steps = {later - earlier for earlier, later in pairwise(found)}
    if len(found) >= 3 and len(steps) == 1 and abs(next(iter(steps))) in (1, 2, 5, 10):
        return years
    dates = [place for place, cell in enumerate(row) if is_date(cell) and not cell.isdecimal()]
    return dates if len(dates) >= 3 and len({row[place] for place in dates}) == len(dates) else []


def _fits(row: Sequence[str], width: int) -> bool:
    return len(row) <= width or not any(row[width:])


def _numeric_columns(rows: Sequence[Sequence[str]], width: int) -> list[bool]:
    """Say of which columns most cells are numbers or dates; the later rows count, as titles stand above them."""
    compared = rows[len(rows) // 2 :][:_COMPARED] if len(rows) > 3 else rows[-1:]
    found = []
    for index in range(width):
        cells = [row[index] for row in compared if index < len(row) and row[index].lower() not in MISSING]
        if not cells:
            cells = [row[index] for row in rows[1:] if index < len(row) and row[index].lower() not in MISSING]
        found.append(sum(map(is_value, cells)) * 2 > len(cells))
    return found


def _is_row_of_values(row: Sequence[str], numeric: Sequence[bool]) -> bool:
    """Whether a row has values, and no text, in the columns of numbers and dates."""
    width = len(numeric)
    cells = [cell for cell, is_numeric in zip(row, numeric, strict=False) if is_numeric and cell.lower() not in MISSING]
    if len(row) < width and not any(numeric[len(row) :]) and len(row) < 2 < width:
        return False
    return bool(cells) and all(map(is_value, cells)) and _fits(row, width) and 2 * len(row) > width


def _is_text_above(row: Sequence[str], numeric: Sequence[bool]) -> bool:
    """Whether a row has text above columns of numbers, and can have the names of the columns."""
    width = len(numeric)
    cells = [(row[index], numeric[index]) for index in range(min(width, len(row))) if row[index]]
    texts = sum(not is_value(cell) and cell.lower() not in MISSING for cell, is_numeric in cells if is_numeric)
    values = sum(is_value(cell) for cell, is_numeric in cells if is_numeric)
    if not texts or (values and not (_counts(row) or times_in_header(row))) or not _fits(row, width):
        return False
    return 2 * len(cells) >= width if width > 2 else len(row) >= width


def _counts(row: Sequence[str]) -> bool:
    """Whether the numbers of a row count on, as months or hours across a table do."""
    found = [int(cell) for cell in row if cell.isdecimal()]
    return len(found) >= 3 and all(later - earlier == 1 for earlier, later in pairwise(found))


def _differs(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether the rows below one with times have none in these places."""
    places = times_in_header(rows[place])
    others = rows[place + 1 : place + 4]
    below = [times_in_header([row[at] if at < len(row) else "" for at in places]) for row in others]
    return bool(below) and not any(len(found) == len(places) for found in below)


def _comes_again(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether all texts of the first row stand in rows below it too, as symbols do and names do not."""
    if len(rows) < 4:
        return False
    below = [{row[index] for row in rows[1:] if index < len(row)} for index in range(width)]
    return all(index < len(rows[0]) and rows[0][index] in found for index, found in enumerate(below))


def _has_groups(upper: Sequence[str]) -> bool:
    """Whether names are missing or repeated, as where one stands above several columns."""
    named = [cell for cell in upper if cell]
    return len(named) < len(upper) - (not upper[0]) or len(set(named)) < len(named)


def _is_second_row(upper: Sequence[str], lower: Sequence[str], width: int) -> bool:
    """Whether two rows of text above the values are both of the header, instead of a title above it."""
    above, below = [cell for cell in upper if cell], [cell for cell in lower if cell]
    if len(above) < 2 and width > 1:
        return False
    if sum(_UNIT.fullmatch(cell) is not None for cell in above) * 2 > len(above):
        return False  # units above the names
    if sum(_UNIT.fullmatch(cell) is not None for cell in below) * 2 >= len(below):
        return True
    if width == 1:
        return False
    return (_has_groups([*upper, *[""] * (width - len(upper))]) and len(below) * 2 >= width) or len(above) == width
