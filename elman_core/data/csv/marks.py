"""Marks: which sign stands before decimals and which between thousands, decided by all numbers of a table."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from elman_core.data.csv.numbers import APOSTROPHES, BLANKS, Decimal, Thousands, without_signs

__all__ = ["Marks", "choose_marks"]

Mark = Literal[".", ","]
_OTHER: dict[Mark, Mark] = {".": ",", ",": "."}
_ONE_MARK = re.compile(r"[+-]?([0-9]*)([.,])([0-9]*)(?:[eE][+-]?[0-9]+)?")
_SEVERAL = re.compile(r"[+-]?[0-9]{1,3}(?:([.,])[0-9]{2,3})(?:\1[0-9]{2,3})*\1[0-9]{3}")
_TWO_MARKS = re.compile(r"[+-]?[0-9]{1,3}(?:([.,])[0-9]{2,3})*[0-9]{0,3}([.,])[0-9]*")
_SET_APART = re.compile(rf"[+-]?[0-9]{{1,3}}(?:([{BLANKS}{APOSTROPHES}])[0-9]{{3}})+(?:([.,])[0-9]*)?")


@dataclass(frozen=True)
class Marks:
    """The marks in the numbers of a table.

    Attributes
    ----------
    example
        A cell that could be read in another way, as it stands, where there is one.
    """

    decimal: Decimal
    thousands: Thousands = ""
    example: str = ""


def choose_marks(
    columns: Sequence[Sequence[str]],
    delimiter: str,
    *,
    decimal: Decimal | None = None,
    thousands: Thousands | None = None,
) -> Marks:
    """Choose the marks by the cells of all columns; a mark that is given is kept.

    A mark before exactly three digits can be either. It is decided by what leaves no doubt elsewhere; else by whole
    numbers below 1,000 beside it, which are of the same size as the numbers that it stands in; else a
    comma in a table that commas divide, and a point in one that semicolons divide, stand between thousands, and any
    other mark before decimals.
    """
    votes: dict[Mark, int] = {".": 0, ",": 0}
    between: dict[Thousands, int] = {".": 0, ",": 0, " ": 0, "'": 0}
    doubtful: dict[Mark, list[list[str]]] = {".": [], ",": []}
    for column in columns:
        cells = [body for cell in column if (body := without_signs(cell, multiples=True))]
        for mark, own in _count(cells, votes, between).items():
            if own:
                doubtful[mark].append(cells)
    example = {mark: _example(found) for mark, found in doubtful.items()}
    if decimal is None:
        decimal = _decimal(votes, between, doubtful, delimiter, thousands)
    if thousands is None:
        other = _OTHER[decimal]
        sure = max(between, key=lambda mark: (mark != decimal, between[mark]))
        if between[sure] and sure != decimal:
            thousands = sure
        else:
            thousands = other if doubtful[other] else ""
    in_doubt = not any(votes.values()) and not (between["."] or between[","])
    if delimiter == "," and decimal == ".":
        example["."] = ""  # nobody writes 1.930 for thousands between commas
    shown = next((text for text in example.values() if text and in_doubt), "")
    if not shown and doubtful[decimal] and _are_thousands(doubtful[decimal], decimal, delimiter):
        shown = _example(doubtful[decimal])  # it looks like thousands, but other columns have decimals after that mark
    return Marks(decimal, "" if thousands == decimal else thousands, shown)


def _count(cells: Sequence[str], votes: dict[Mark, int], between: dict[Thousands, int]) -> dict[Mark, int]:
    """Count what leaves no doubt; return how many numbers of a column leave it, by their mark."""
    doubtful: dict[Mark, int] = {".": 0, ",": 0}
    for cell in cells:
        if cell.isdecimal():
            continue
        if found := _ONE_MARK.fullmatch(cell):
            mark: Mark = "." if found[2] == "." else ","
            if len(found[3]) == 3 and 1 <= len(found[1]) <= 3 and found[1][0] != "0":
                doubtful[mark] += 1
            elif found[1] or found[3]:
                votes[mark] += 1
        elif found := _SEVERAL.fullmatch(cell):
            between["." if found[1] == "." else ","] += 1
        elif found := _SET_APART.fullmatch(cell):
            between[" " if found[1] in BLANKS else "'"] += 1
            if found[2]:
                votes["." if found[2] == "." else ","] += 1
        elif (found := _TWO_MARKS.fullmatch(cell)) and found[1] and found[1] != found[2]:
            votes["." if found[2] == "." else ","] += 1
            between["." if found[1] == "." else ","] += 1
    return doubtful


def _decimal(
    votes: dict[Mark, int],
    between: dict[Thousands, int],
    doubtful: dict[Mark, list[list[str]]],
    delimiter: str,
    thousands: Thousands | None,
) -> Decimal:
    if votes["."] != votes[","]:
        return "," if votes[","] > votes["."] else "."
    if thousands in (".", ","):
        return _OTHER[thousands]
    if between["."] != between[","]:
        return "," if between["."] > between[","] else "."
    if doubtful["."] and doubtful[","]:
        return "."
    for mark, columns in doubtful.items():
        if columns:
            return _OTHER[mark] if _are_thousands(columns, mark, delimiter) else mark
    return "."


def _are_thousands(columns: list[list[str]], mark: Mark, delimiter: str) -> bool:
    """Whether a mark that always has three digits after it stands between thousands."""
    thousands, decimals = 0, 0
    for cells in columns:
        plain = [abs(int(cell)) for cell in cells if cell.lstrip("+-").isdecimal() and int(cell)]
        marked = [abs(float(cell.replace(mark, "."))) for cell in cells if mark in cell and _ONE_MARK.fullmatch(cell)]
        marked = [number for number in marked if number]
        if not plain or not marked:
            continue
        if max(plain) >= 1_000:  # 1234 beside 1.012: thousands are not set apart here
            decimals += 1
            continue
        beside, decimal = math.log(median(plain)), math.log(median(marked))
        if abs(beside - decimal - math.log(1_000)) < abs(beside - decimal):
            thousands += 1
        else:
            decimals += 1
    if thousands or decimals:
        return thousands > decimals
    # Who writes decimal commas divides columns by another sign; where that is a semicolon, points are for thousands.
    return (mark, delimiter) in ((",", ","), (".", ";"))


def _example(columns: list[list[str]]) -> str:
    for cells in columns:
        for cell in cells:
            if (found := _ONE_MARK.fullmatch(cell)) and len(found[3]) == 3:
                return cell
    return ""
