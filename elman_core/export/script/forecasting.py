"""The part of the script that runs the networks, puts the parts together and writes the forecast."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np

from elman_core.export.script.reading import (
    CALENDAR,
    MODEL,
    Series,
    calendar_values,
    read_table,
    season_place,
    time_text,
    times_beyond,
)
from elman_core.export.script.transforms import fitted, lag_of, of_sequence, stages_of, undone

Array = np.ndarray[Any, np.dtype[Any]]

# -- networks ---------------------------------------------------------------------------------------


def activated(part: dict[str, Any], z: Array) -> Array:
    """Return f(z), the hidden units' function."""
    match part["activation"]:
        case "tanh":
            return np.tanh(z)
        case "logistic":
            return 1 / (1 + np.exp(-z))
        case _:
            return np.maximum(z, 0)


def driven(part: dict[str, Any], x: Array) -> Array:
    """Return what inputs (N or 1, n, I) and biases give to the hidden units of N networks, (N, n, H)."""
    z = x @ part["w1"][:, : x.shape[-1]]
    return z + part["w1"][:, -1:] if part["biases"] else z


def hidden_of(part: dict[str, Any], drive: Array, state: Array) -> Array:
    """Return f(drive + context w1) of N networks, (N, H)."""
    first = part["w1"].shape[1] - part["hidden"] - int(part["biases"])
    recurrent = part["w1"][:, first : first + part["hidden"]]
    return activated(part, drive + (state[:, None] @ recurrent)[:, 0])


def output_of(part: dict[str, Any], x: Array, state: Array) -> Array:
    """Return g(cat(context [, x] [, 1]) w2) of N networks, (N, O)."""
    hidden, inputs, w2 = part["hidden"], x.shape[-1], part["w2"]
    z = (state[:, None] @ w2[:, :hidden])[:, 0]
    if part["direct"]:
        z = z + (x[:, None] @ w2[:, hidden : hidden + inputs])[:, 0]
    if part["biases"]:
        z = z + w2[:, -1]
    return 1 / (1 + np.exp(-z)) if part["output"] == "logistic" else z


def part_forecast(
    part: dict[str, Any], place: int | None, series: Series, known: Array, steps: int, phase: int
) -> Array:
    """Return what one part says of the rows after the last one, (H, C) in the data's own units.

    `place` is that of the sequence among those the model was fitted to; None where it has never seen it.
    """
    columns, inputs = len(MODEL["columns"]), len(MODEL["inputs"])
    own = [*part["targets"], *part["covariates"]]
    if place is None:
        own = [fitted(each, column) for each, column in zip(own, series.values.T, strict=True)]
    else:
        own = [of_sequence(each, place) for each in own]
    stages = [stages_of(each, column, phase) for each, column in zip(own, series.values.T, strict=True)]
    past = np.stack([found[-1] for found in stages[: columns + inputs]], axis=1)  # (R, C + D)
    future = [
        np.concatenate([found[-1], stages_of(each, column, phase)[-1]])
        for found, each, column in zip(stages[columns + inputs :], own[columns + inputs :], known.T, strict=True)
    ]
    ahead = np.stack(future, axis=1) if future else np.empty((len(past), 0))  # (R + H, K)
    first, last = max(sum(map(lag_of, each)) for each in own[:columns]), len(past) - 1
    if last < first:
        sys.exit(f"{first + 1} rows are needed to predict from, got {len(past)}")

    def entering(windows: Array, rows: Array) -> Array:
        """Return what goes in at some rows, (n, I), from windows (n, p, C + D), newest first."""
        if part["relative"]:
            windows = windows.copy()
            off = windows[:, :, :columns] - windows[:, :1, :columns]
            windows[:, :, :columns] = np.clip(off, -3, 3)
        wanted = np.minimum(rows[:, None] + np.arange(1, part["steps"] + 1), len(ahead) - 1)
        x = np.concatenate([windows.reshape(len(rows), -1), ahead[wanted].reshape(len(rows), -1)], axis=1)
        return x.astype(part["w1"].dtype)

    networks, rows = len(part["w1"]), np.arange(first, last + 1)
    windows = past[np.maximum(rows[:, None] - np.arange(part["lags"]), first)]  # (n, p, C + D)
    state = np.full((networks, part["hidden"]), part["initial_context"], part["w1"].dtype)
    for drive in driven(part, entering(windows, rows)[None, :-1]).swapaxes(0, 1):
        state = hidden_of(part, drive, state)
    window, at_once = np.repeat(windows[-1:], networks, axis=0), np.empty((0, networks, columns))
    predicted = np.empty((steps, networks, columns))
    for step in range(min(1, steps) if steps <= part["steps"] else steps):
        x = entering(window, np.full(networks, last + step))  # (N, I)
        state = hidden_of(part, driven(part, x[:, None])[:, 0], state)
        said = output_of(part, x, state).astype(np.float64).reshape(networks, part["steps"], columns)
        if part["relative"]:
            said = said + window[:, :1, :columns]
        if step == 0:
            at_once = said[:, :steps].swapaxes(0, 1)  # (S, N, C)
        predicted[step] = said[:, 0]
        newest = np.concatenate([said[:, 0], window[:, 0, columns:]], axis=1)
        window = np.concatenate([newest[:, None], window[:, :-1]], axis=1)
    predicted[: len(at_once)] = at_once
    mean = predicted.mean(axis=1)
    return np.stack([undone(own[c], stages[c], mean[:, c], phase) for c in range(columns)], axis=1)


# -- forecasts --------------------------------------------------------------------------------------


def forecast(path: str, steps: int, future: str | None = None) -> dict[str, tuple[Array, Array]]:
    """Return of each series the times of the rows beyond it, (H,), and their forecasts, (H, C)."""
    names = MODEL["columns"] + MODEL["inputs"] + MODEL["known"]
    ahead = read_table(future, MODEL["known"]) if future and MODEL["known"] else {}
    found = {}
    for name, read in read_table(path, names).items():
        places = {own: place for place, own in enumerate(MODEL["sequences"])}
        place = 0 if len(MODEL["sequences"]) <= 1 else places.get(name)
        of_another = Path(path).name != MODEL["gaps"]["file"]
        phase = season_place(float(read.times[0]), place) if of_another else 0
        series, left_out = without_gaps(read, name, path)
        phase += left_out
        if place is None:
            sys.stderr.write(f"{name} is new to the model: transforms are fitted to its own rows\n")
        times = times_beyond(series.times, steps)
        known = known_ahead(series, ahead.get(name), times)
        with np.errstate(all="ignore"):
            total = np.zeros((steps, len(MODEL["columns"])))
            for part in MODEL["parts"]:
                weights = np.full(steps, part["several"])
                weights[:1] = part["one_step"]
                if weights.any():
                    total += weights[:, None] * part_forecast(part, place, series, known, steps, phase)
        found[name] = times, total
    return found


def without_gaps(series: Series, name: str, path: str) -> tuple[Series, int]:
    """Fill gaps by straight lines over time; return the series, and how many rows in front of it were left out.

    In the file that the model was trained on, no line leads from one part to a later one.
    """
    times, values = series
    missing = np.isnan(values)
    if not missing.any():
        return series, 0
    if not MODEL["gaps"]["fill"]:
        sys.exit(f"{path}: {name or 'the series'} has no value in {int(missing.any(axis=1).sum())} of its rows")
    whole = np.flatnonzero(~missing.any(axis=1))
    if not len(whole):
        sys.exit(f"{path}: no row of {name or 'the series'} has a value in every column")
    begin, end = whole[0], whole[-1] + 1
    times, values = times[begin:end], values[begin:end].copy()
    part = np.searchsorted(edges_of(len(values), path), np.arange(len(values)), side="right")
    for column in values.T:
        known = np.flatnonzero(~np.isnan(column))
        for gap in np.flatnonzero(np.isnan(column)):
            place = np.searchsorted(known, gap)
            before = known[place - 1]
            column[gap] = column[before]
            if place < len(known) and part[known[place]] == part[gap]:
                after = known[place]
                share = (times[gap] - times[before]) / (times[after] - times[before])
                column[gap] = column[before] + share * (column[after] - column[before])
    return Series(times, values), int(begin)


def edges_of(rows: int, path: str) -> Array:
    """Return the rows that the parts of the model's own data begin with; none of other data."""
    told = MODEL["gaps"]
    if Path(path).name != told["file"]:
        return np.empty(0, np.int64)
    test = None if told["test_rows"] is None else min(told["test_rows"], rows)
    rest = rows if test is None else rows - test
    share = 100.0 if test is None else max(told["train_percent"] + told["validation_percent"], 1e-9)
    train = round(rest * told["train_percent"] / share)
    if told["validation_rows"] is not None:
        validation = min(told["validation_rows"], rest)
        train = min(train, rest - validation) if test is None else rest - validation
    elif test is not None:
        validation = rest - train
    else:
        validation = min(round(rest * told["validation_percent"] / 100), rest - train)
    return np.unique([train, train + validation])


def known_ahead(series: Series, future: Series | None, times: Array) -> Array:
    """Return what is known ahead of the rows beyond, (H, K); where it is not, the value before is held."""
    columns = len(MODEL["known"])
    last = series.values[-1, series.values.shape[1] - columns :]
    known = np.empty((len(times), columns))
    for step, time in enumerate(times):
        found = np.full(columns, np.nan)
        if future is not None and MODEL["time"]["kind"] == "step":
            found = future.values[step] if step < len(future.values) else found
        elif future is not None and len(future.times):
            near = int(np.abs(future.times - time).argmin())
            distance = np.diff(times).min() if len(times) > 1 else 1.0
            found = future.values[near] if abs(future.times[near] - time) <= 0.3 * distance else found
        known[step] = last = np.where(np.isnan(found), last, found)
    for place, name in enumerate(MODEL["known"]):
        if CALENDAR.fullmatch(name):
            known[:, place] = calendar_values(name, times)
    return known


def edges_of_intervals(name: str, values: Array) -> list[list[Any]]:
    """Return the edges of the intervals of each row beyond a series, (H, ...); nothing where they are not known."""
    told = MODEL["intervals"]
    if told is None:
        return [[] for _ in values]
    levels, sequences, reach, columns = told["radii"].shape
    radii = np.full((levels, len(values), columns), np.nan)
    place = 0 if sequences == 1 else MODEL["sequences"].index(name) if name in MODEL["sequences"] else None
    if place is not None:
        radii[:, :reach] = told["radii"][:, place, : len(values)]
    edges = np.stack([values - radii, values + radii], axis=-1).swapaxes(0, 1).reshape(len(values), -1)
    return [["" if edge != edge else edge for edge in row] for row in edges.tolist()]


def main() -> None:
    """Read the table, and write the forecast as CSV."""
    parser = argparse.ArgumentParser(description="Forecasts, with numpy alone.")
    parser.add_argument("data", help="a table with the columns that the model was trained on")
    parser.add_argument("--steps", type=int, default=MODEL.get("horizon", 1), help="rows beyond the data")
    parser.add_argument("--future", help="a table of what is known ahead of these rows")
    parser.add_argument("--out", help="where the forecast is written; else it is shown")
    given = parser.parse_args()
    found = forecast(given.data, given.steps, given.future)
    with Path(given.out).open("w", encoding="utf-8", newline="") if given.out else sys.stdout as file:
        writer = csv.writer(file, lineterminator="\n")
        several = len(found) > 1
        sequence = [MODEL["format"]["sequence_column"] or "sequence"] if several else []
        edges = [
            f"{name} ({side} {level:g})"
            for level in (MODEL["intervals"] or {"levels": []})["levels"]
            for name in MODEL["columns"]
            for side in ("lower", "upper")
        ]
        names = [f"{name} (forecast)" for name in MODEL["columns"]]
        writer.writerow([MODEL["time"]["label"], *sequence, *names, *edges])
        for name, (times, values) in found.items():
            for time, row, own in zip(times, values.tolist(), edges_of_intervals(name, values), strict=True):
                writer.writerow([time_text(float(time)), *([name] if several else []), *row, *own])


if __name__ == "__main__":
    main()
