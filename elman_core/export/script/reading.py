"""The part of the script that reads a table: numbers, times and sequences, as the model's own data were read."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

MODEL: dict[str, Any] = {}
"""What the script knows; written into it."""

Array = np.ndarray[Any, np.dtype[Any]]

# -- the table --------------------------------------------------------------------------------------


class Series(NamedTuple):
    """One series: times (R,) in seconds since 1970 or as plain numbers, and values (R, columns), NaN in gaps."""

    times: Array
    values: Array


MISSING = {
    "", "na", "n/a", "nan", "null", "-", "?", ".", "#n/a", "n.a.", "<na>", "none", "nil", "missing", "--", "---",
    "\u2013", "\u2014", "..", "...", "\u2026", "#na", "#null!", "#value!", "#ref!", "#div/0!", "#num!", "\\n", "-nan",
    "k.a.", "k. a.", "n.v.", "fehlt", "*", "**", "***", ":", "no data", "nodata", "n.d.", "nd",
}  # fmt: skip
NUMBER = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[-+\u2212\u2012\u2013])?[^0-9.,()+-]*(?P<inner>[-\u2212])?"
    r"(?P<body>[0-9.,][0-9.,' \u00a0\u2007\u2009\u202f\u2019]*(?:[eE][-+]?[0-9]+)?)"
    r"[^0-9()-]*(?P<after>-)?(?P<close>\))?"
)


CALENDAR = re.compile(r"calendar (month|weekday|hour) (sine|cosine) ([1-9])")
"""The names of columns that follow from the calendar."""


def read_table(path: str, wanted: list[str]) -> dict[str, Series]:
    """Return each series of a table by its name, in the order of its first row; "" where there is one."""
    form = MODEL["format"]
    names, rows = LAYOUTS[form["layout"]](path)
    calendar = [name for name in wanted if CALENDAR.fullmatch(name)]
    every, wanted = wanted, [name for name in wanted if name not in calendar]
    lacking = [name for name in wanted + form["time_columns"] if name not in names]
    if lacking:
        sys.exit(f"{path} lacks {', '.join(lacking)}; it has {', '.join(names)}")
    places = [names.index(name) for name in wanted]
    when = [names.index(name) for name in form["time_columns"]]
    apart = form["sequence_column"] or ""
    several = [name.strip() for name in apart.split(",")] if apart not in names else [apart]
    which = [names.index(name) for name in several if name in names]
    without_year = "2000 " if MODEL["time"]["first_year"] else ""
    found: dict[str, list[tuple[float, list[float]]]] = {}
    for row in rows:
        time = time_of(without_year + " ".join(row[place] for place in when)) if when else float("nan")
        if when and time != time:
            continue  # a total or a remark, which has no time
        numbers = [number_of(row[place]) for place in places]
        found.setdefault(", ".join(row[place] for place in which), []).append((time, numbers))
    series = {}
    for name, own in found.items():
        times = np.array([when_it_is for when_it_is, _ in own]) if when else np.arange(len(own), dtype=np.float64)
        values = np.array([row for _, row in own], np.float64).reshape(len(own), len(places))
        times = in_years(times) if without_year else times
        order = np.arange(len(own))
        if form["order"] == "reversed":
            order = order[::-1]
        elif form["order"] != "as-is":
            order = np.argsort(times, kind="stable")
        read = with_missing_rows(Series(times[order], values[order]))
        columns = [
            calendar_values(column, read.times) if column in calendar else read.values[:, wanted.index(column)]
            for column in every
        ]
        series[name] = Series(read.times, np.stack(columns, axis=1) if columns else read.values)
    return series


def in_years(times: Array) -> Array:
    """Put times that were read in the year 2000 into their own: a new one begins wherever they go back."""
    steps, order = np.diff(times), MODEL["format"]["order"]
    backwards = (steps < 0).sum() > (steps > 0).sum() + 1 if order in (None, "sorted") else order == "reversed"
    forward = -steps if backwards else steps
    counted = np.cumsum(np.append(False, forward < 0))
    years = counted[-1] - counted if backwards else counted
    if (np.where(forward < 0, forward + 366 * DAY, forward) > 0.52 * 366 * DAY).sum() > 0.1 * (steps != 0).sum():
        years = np.zeros(len(times), np.int64)  # in no order: all of one year
    days = np.floor(times / DAY).astype(np.int64).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    there = months + (12 * (MODEL["time"]["first_year"] + years - 2000)).astype("timedelta64[M]")
    return (there.astype("datetime64[D]") + (days - months)).astype(np.int64) * float(DAY) + times % DAY


def calendar_values(name: str, times: Array) -> Array:
    """Return a column that follows from the calendar: a wave over months, weekdays or hours, (R,)."""
    match = CALENDAR.fullmatch(name)
    assert match is not None
    seconds = times + (MODEL["time"]["offset"] or 0)
    if match[1] == "month":
        place = np.floor(seconds).astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12
    elif match[1] == "weekday":
        place = (seconds // DAY + 3).astype(np.int64) % 7  # the first of January 1970 was a Thursday
    else:
        place = (seconds // 3_600).astype(np.int64) % 24
    angle = 2 * np.pi * int(match[3]) * place / {"month": 12, "weekday": 7, "hour": 24}[match[1]]
    return np.sin(angle) if match[2] == "sine" else np.cos(angle)


def with_missing_rows(series: Series) -> Series:
    """Insert rows without values for times that lack, where the model's data had them inserted."""
    frequency = MODEL["time"]["frequency"]
    if not MODEL["format"]["insert_missing"] or not frequency:
        return series
    times, values = [series.times[0]], [series.values[0]]
    for time, row in zip(series.times[1:], series.values[1:], strict=True):
        while (expected := later(float(times[-1]), 1, frequency)) < time:
            times.append(expected)
            values.append(np.full(len(row), np.nan))
        times.append(time)
        values.append(row)
    return Series(np.array(times), np.array(values))


def cells_of(path: str) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns, and the cells of each row."""
    form, mark = MODEL["format"], MODEL["format"]["delimiter"]
    with Path(path).open(encoding=form["encoding"], newline="") as file:
        lines = file.read().removeprefix("\ufeff").splitlines(keepends=True)[form["skip_rows"] :]
    if lines and re.fullmatch(r'"?sep=.?"?\s*', lines[0]):
        lines = lines[1:]
    if form["comments"]:
        lines = [line for line in lines if not line.startswith("#")]
    if mark == " ":
        rows = list(csv.reader((" ".join(line.split()) for line in lines), delimiter=" "))
    else:
        rows = list(csv.reader(lines, delimiter=mark, skipinitialspace=True))
    rows = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    head = rows[: form["header_rows"]] if form["header"] else []
    width = len(head[0]) if head else max(map(len, rows), default=0)
    names = [f"column {place + 1}" for place in range(width)]
    if head:
        group = ""
        for place, cell in enumerate(head[0]):
            below = [row[place] for row in head[1:] if place < len(row) and row[place]] if "" in head[0][1:] else []
            group = cell or group
            said = " ".join([group if below or cell else "", *(name for name in below if name != group)]).strip()
            names[place] = said or names[place]
    return names, [row + [""] * (width - len(row)) for row in rows[len(head) :]]


LAYOUTS: dict[str, Callable[[str], tuple[list[str], list[list[str]]]]] = {"columns": cells_of}
"""What reads the cells of a table, by how it is laid out."""


def number_of(text: str) -> float:
    """Read a number as the model's data had them; NaN where one is missing."""
    form = MODEL["format"]
    if text.lower() in MISSING or text in form["missing"]:
        return float("nan")
    match = NUMBER.fullmatch(text)
    try:
        body = match["body"] if match else text
        thousands = {" ": " \u00a0\u2007\u2009\u202f", "'": "'\u2019"}.get(form["thousands"], form["thousands"])
        for sign in thousands:
            body = body.replace(sign, "")
        number = float(body.strip().replace(form["decimal"], "."))
    except ValueError:
        sys.exit(f"{text!r} is no number")
    if any(float(code) == number for code in form["missing"] if re.fullmatch(r"[-+]?[0-9.]+", code)):
        return float("nan")
    minus = match is not None and any(match[name] and match[name] != "+" for name in ("open", "sign", "inner", "after"))
    return -number if minus else number


# -- times ------------------------------------------------------------------------------------------

DAY = 86_400


def time_of(text: str) -> float:
    """Read a time: seconds since 1970-01-01 UTC, or a plain number; NaN where there is none."""
    told = MODEL["time"]
    if told["kind"] != "date":
        return number_of(text) if NUMBER.fullmatch(text) else float("nan")
    if told["per_second"]:
        try:
            return round((float(text.replace(",", ".")) - told["from"]) / told["per_second"] * 1e6) / 1e6
        except ValueError:
            return float("nan")
    match = re.fullmatch(told["pattern"], text, re.IGNORECASE)
    if match is None:
        return float("nan")
    found = {name: cell for name, cell in zip(told["fields"], match.groups(""), strict=True) if cell}
    return moment_of(found)


def moment_of(found: dict[str, str]) -> float:
    """Put a time together from what stands in it."""

    def whole(name: str, default: int) -> int:
        if name not in found:
            return default
        return roman.get(found[name].upper()) or int(found[name].rstrip("stndrheSTNDRHE\u00ba\u00aa"))

    roman = {"I": 1, "II": 2, "III": 3, "IV": 4}

    year = whole("year", whole("week_year", 1970))
    if "short_year" in found:
        year = whole("short_year", 0)
        year += 2000 if year < 69 else 1900
        newest = MODEL["time"]["newest_year"]
        while newest and year > newest:
            year -= 100
    month = MODEL["time"]["months"].get(found.get("month_name", "").lower().rstrip("."), whole("month", 1))
    if "quarter" in found or "half" in found:
        month = 3 * whole("quarter", 1) - 2 if "quarter" in found else 6 * whole("half", 1) - 5
    try:
        first = np.datetime64(f"{year:04}-{month:02}-01", "D").astype(np.int64)
    except ValueError:
        return float("nan")
    days = int(first) + whole("day", whole("day_of_year", 1)) - 1
    if "week" in found:
        fourth = int(np.datetime64(f"{year:04}-01-04", "D").astype(np.int64))  # lies in the first week
        days = fourth - (fourth + 3) % 7 + 7 * (whole("week", 1) - 1) + whole("weekday", 1) - 1
    hour = whole("hour", 0)
    if "hour_of_12" in found:
        hour = whole("hour_of_12", 12) % 12 + 12 * (found.get("half_of_day", "a")[0] in "pP")
    seconds = (hour * 60 + whole("minute", 0)) * 60 + whole("second", 0)
    microseconds = int(f"{found.get('fraction', '0'):0<6.6}")
    zone, offset = found.get("zone", ""), 0
    if zone[1:2].isdigit():
        digits = zone[1:].replace(":", "")
        offset = (int(digits[:2]) * 3_600 + int(digits[2:] or 0) * 60) * (-1 if zone[0] == "-" else 1)
    return ((days * DAY + seconds - offset) * 1_000_000 + microseconds) / 1e6


def times_beyond(times: Array, steps: int) -> Array:
    """Return the times that go on after the last one: by the calendar, or by the usual distance."""
    told, count = MODEL["time"], np.arange(1, steps + 1)
    if told["kind"] == "date" and told["frequency"]:
        return np.array([later(float(times[-1]), int(step), told["frequency"]) for step in count])
    distances = np.sort(np.diff(times[-1_001:]))
    usual = distances[len(distances) // 2] if len(distances) else 1.0
    return np.asarray(times[-1] + usual * count)


def later(time: float, steps: int, frequency: str) -> float:
    """Return the time so many steps of a frequency later; frequencies are written as pandas writes them."""
    match = re.fullmatch(r"([0-9]*)(?:(B?)([MQY])([SE])|(D|h|min|s|ms|us)|(W)|(B))(?:-[A-Z]{3})?", frequency)
    assert match is not None, frequency
    many, business, months, edge, fixed, week, weekdays = match.groups()
    count, offset = steps * int(many or 1), MODEL["time"]["offset"] or 0
    moment = round(time * 1e6) + offset * 1_000_000
    if fixed or week:
        length = {"D": DAY * 10**6, "h": 3_600 * 10**6, "min": 60 * 10**6, "s": 10**6, "ms": 1_000, "us": 1}
        moment += count * (7 * DAY * 10**6 if week else length[fixed])
    else:
        days, within = divmod(moment, DAY * 10**6)
        date: Any = np.datetime64(days, "D")
        if weekdays:
            date = np.busday_offset(date, count, roll="backward")
        else:
            month = date.astype("datetime64[M]") + np.timedelta64(count * {"M": 1, "Q": 3, "Y": 12}[months], "M")
            start, after = month.astype("datetime64[D]"), (month + np.timedelta64(1, "M")).astype("datetime64[D]")
            end = after - np.timedelta64(1, "D")
            if business:
                date = np.busday_offset(start if edge == "S" else end, 0, roll="forward" if edge == "S" else "backward")
            else:
                kept = start + (date - date.astype("datetime64[M]").astype("datetime64[D]"))
                date = end if edge == "E" else min(kept, end)
        moment = int(date.astype(np.int64)) * DAY * 10**6 + within
    return (moment - offset * 1_000_000) / 1e6


def season_place(time: float, sequence: int | None) -> int:
    """Return the place in the season of a sequence's first row: by the calendar, or 0."""
    told, frequency = MODEL["time"]["season_from"], MODEL["time"]["frequency"]
    if told is None or sequence is None or MODEL["time"]["kind"] != "date":
        return 0
    known, place = float(told[sequence][0]), int(told[sequence][1])
    step = later(known, 1, frequency) - known
    count = round((time - known) / step)
    # Months differ in length, so that the nearest step is looked for around the usual one.
    nearest = min(range(count - 40, count + 41), key=lambda n: abs(later(known, n, frequency) - time))
    return place + nearest


def time_text(time: float) -> str:
    """Write a time as finely as the model's data did."""
    told = MODEL["time"]
    if told["kind"] != "date":
        return f"{time:.15g}"
    unit, offset = told["unit"], told["offset"]
    moment = np.datetime64(round(time * 1e6) + (offset or 0) * 1_000_000, "us")
    month = int(moment.astype("datetime64[M]").astype(np.int64)) % 12
    if unit in ("year", "month", "day"):
        return str(moment.astype(f"datetime64[{unit[0].upper()}]"))
    if unit in ("quarter", "half-year"):
        part = f"Q{month // 3 + 1}" if unit == "quarter" else f"H{month // 6 + 1}"
        return f"{moment.astype('datetime64[Y]')}{part}"
    if unit == "week":
        days = int(moment.astype("datetime64[D]").astype(np.int64))
        thursday = np.datetime64(days - (days + 3) % 7 + 3, "D")
        year = thursday.astype("datetime64[Y]")
        return f"{year}-W{int((thursday - year.astype('datetime64[D]')).astype(np.int64)) // 7 + 1:02d}"
    day, _, clock = str(moment).partition("T")
    whole, _, fraction = clock.partition(".")
    if unit == "clock":
        return whole
    if unit is None and moment == moment.astype("datetime64[D]"):
        return day
    digits = {"millisecond": 3, "microsecond": 6}.get(unit, 0)
    if unit is None:
        digits = 6 if fraction[3:].strip("0") else 3 if fraction.strip("0") else 0
    zone = "" if offset is None or unit is None else "Z"
    if offset and unit is not None:
        zone = f"{'-' if offset < 0 else '+'}{abs(offset) // 3_600:02d}:{abs(offset) // 60 % 60:02d}"
    return f"{day}T{whole}{f'.{fraction[:digits]}' if digits else ''}{zone}"
