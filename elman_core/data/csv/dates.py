"""Dates: detecting the format of a column, and parsing it."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from elman_core.data.csv.parse import MISSING, shortened
from elman_core.errors import DataError

__all__ = ["detect_date_format", "is_date", "parse_dates"]

_DATE = re.compile(
    r"(?:(?P<year_first>[0-9]{4})(?P<mark>[-/.])[0-9]{1,2}(?P<day>(?P=mark)[0-9]{1,2})?|(?P<compact>[0-9]{8})"
    r"|[0-9]{1,2}(?P<other>[-/.])[0-9]{1,2}(?P=other)(?P<year>[0-9]{4}|[0-9]{2}))"
    r"(?:(?P<gap>[ T])[0-9]{1,2}:[0-9]{2}(?P<seconds>:[0-9]{2})?(?P<fraction>\.[0-9]{1,6})?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def is_date(cell: str) -> bool:
    """Whether a cell looks like a date, in whatever order."""
    return _DATE.fullmatch(cell) is not None


def detect_date_format(runs: list[list[str]], likely: bool) -> str | None:
    """Return the format of most of the cells of a column, sequence by sequence.

    Eight digits count as a date only where one is `likely`.
    """
    column = [cell for run in runs for cell in run]
    match = next(filter(None, map(_DATE.fullmatch, column)), None)
    if match is None or (match["compact"] and not likely):
        return None
    best: tuple[float, bool, float, str] | None = None
    for date_format in (date + _time_format(match) for date in _date_orders(match)):
        moments = [[moment for cell in run if (moment := _moment(cell, date_format)) is not None] for run in runs]
        count = sum(map(len, moments))
        if count * 2 <= len(column):
            continue
        one_way = all(own in (sorted(own), sorted(own, reverse=True)) for own in moments)
        steps = sorted(abs(later - earlier) for own in moments for earlier, later in pairwise(own)) or [0.0]
        unevenness = steps[-1] / max(steps[len(steps) // 2], 1.0)
        found = (count / len(column), one_way, unevenness, date_format)
        # Where day and month could be swapped, the right order has the more even steps: 1/1, 2/1, ... 12/1, 1/1.
        if best is None or found[:2] > best[:2] or (found[:2] == best[:2] and unevenness * 2 < best[2]):
            best = found
    return best[3] if best else None


def parse_dates(name: str, column: str, texts: list[str], lines: list[int], date_format: str) -> NDArray[np.float64]:
    """Return dates as seconds since 1970-01-01 UTC, NaN where one is missing.

    Parameters
    ----------
    name, column
        Of the file and the column, for error messages.
    lines
        The line of each text in the file.

    Raises
    ------
    DataError
        When a text is no date of this format.
    """
    import pandas as pd  # slow to import, and not needed before a file is opened

    # pandas reads these two words as the current time.
    written = pd.Series([None if text.lower() in MISSING | {"now", "today"} else text for text in texts], dtype=str)
    try:
        moments = pd.to_datetime(written, format=date_format, errors="coerce", utc=True)
    except (ValueError, TypeError):
        raise DataError(f"{name}: dates cannot be written as {date_format!r}; choose another format") from None
    unread = moments.isna().to_numpy()
    for row in np.nonzero(unread)[0].tolist():
        if texts[row].lower() not in MISSING:
            raise DataError(
                f"{name}: row {lines[row]:,} of column {column!r} has {shortened(texts[row])} where a date such as "
                f"{datetime(1960, 2, 13).strftime(date_format)} is expected"
            )
    microseconds = moments.dt.tz_convert(None).to_numpy(dtype="datetime64[us]").astype(np.int64)
    return np.where(unread, np.nan, microseconds / 1e6)


def _date_orders(match: re.Match[str]) -> list[str]:
    if match["compact"]:
        return ["%Y%m%d"]
    if match["year_first"]:
        mark = match["mark"]
        if match["day"]:
            return [f"%Y{mark}%m{mark}%d"]
        return [f"%Y{mark}%m"] if mark != "." else []
    mark, year = match["other"], "%Y" if len(match["year"]) == 4 else "%y"
    orders = [f"%d{mark}%m{mark}{year}"]
    return orders if mark == "." else [*orders, f"%m{mark}%d{mark}{year}"]


def _time_format(match: re.Match[str]) -> str:
    if not match["gap"]:
        return ""
    half = match["half"]
    return (
        match["gap"]
        + ("%I:%M" if half else "%H:%M")
        + (":%S" if match["seconds"] else "")
        + (".%f" if match["fraction"] else "")
        + ((" %p" if half.startswith(" ") else "%p") if half else "")
        + ("%z" if match["zone"] else "")
    )


def _moment(cell: str, date_format: str) -> float | None:
    if not _DATE.fullmatch(cell):
        return None
    try:
        moment = datetime.strptime(cell, date_format)
    except ValueError:
        return None
    return (moment.replace(tzinfo=None) - datetime.min).total_seconds()
