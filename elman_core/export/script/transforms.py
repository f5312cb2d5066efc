"""The part of the script with the transforms: applied, fitted to a series that is new, and undone."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

# -- transforms -------------------------------------------------------------------------------------


def lag_of(transform: dict[str, Any]) -> int:
    """Return how many rows back a transform looks."""
    return {"difference": 1, "seasonal-difference": transform.get("season", 0)}.get(transform["kind"], 0)


def stages_of(transforms: list[dict[str, Any]], values: Array, phase: int) -> list[Array]:
    """Return values (R,) before the first transform, between any two and after the last."""
    stages = [values]
    for transform in transforms:
        stages.append(applied(transform, stages[-1], phase))
    return stages


def applied(transform: dict[str, Any], x: Array, phase: int) -> Array:
    """Apply one transform to (R,) values; the first rows of a difference are NaN."""
    lag = lag_of(transform)
    if lag:
        return np.concatenate([np.full(min(lag, len(x)), np.nan), x[lag:] - x[:-lag]])
    rows = phase + np.arange(len(x))
    match transform["kind"]:
        case "log":
            return np.log(x)
        case "log1p":
            return np.log1p(x)
        case "log-where-positive":
            added, knee, divisor = transform["added"], transform["knee"], transform["divisor"]
            if knee <= 0:
                return x / divisor
            moved = x + added
            return np.log(np.maximum(moved, knee)) + np.minimum(moved - knee, 0.0) / knee
        case "seasonal-additive" | "seasonal-if-found":
            return x - transform["indices"][rows % transform["season"]]
        case "seasonal-multiplicative":
            return x / transform["indices"][rows % transform["season"]]
        case _:
            return (x - transform["offset"]) / transform["spread"]


def undone(transforms: list[dict[str, Any]], stages: list[Array], predicted: Array, phase: int) -> Array:
    """Return predictions (H,) of the rows after the last one in the data's own units."""
    first = len(stages[0])
    rows = first + np.arange(len(predicted))
    for transform, before in reversed(list(zip(transforms, stages[:-1], strict=True))):
        lag = lag_of(transform)
        if lag:
            predicted = predicted.copy()
            head = predicted[:lag]
            head += before[first - lag : first - lag + len(head)]
            for place in range(min(lag, len(predicted))):
                predicted[place::lag] = np.cumsum(predicted[place::lag])
            continue
        match transform["kind"]:
            case "log":
                predicted = np.exp(predicted)
            case "log1p":
                predicted = np.expm1(predicted)
            case "log-where-positive":
                added, knee, divisor = transform["added"], transform["knee"], transform["divisor"]
                if knee <= 0:
                    predicted = predicted * divisor
                else:
                    bend = np.log(knee)
                    below = knee + (predicted - bend) * knee
                    predicted = np.where(predicted >= bend, np.exp(predicted), below) - added
            case "seasonal-additive" | "seasonal-if-found":
                predicted = predicted + transform["indices"][(phase + rows) % transform["season"]]
            case "seasonal-multiplicative":
                predicted = predicted * transform["indices"][(phase + rows) % transform["season"]]
            case _:
                predicted = predicted * transform["spread"] + transform["offset"]
    return predicted


def of_sequence(transforms: list[dict[str, Any]], place: int) -> list[dict[str, Any]]:
    """Return transforms with what they were fitted to one sequence."""
    plain = ("kind", "season")
    return [{name: own if name in plain else own[place] for name, own in each.items()} for each in transforms]


def fitted(transforms: list[dict[str, Any]], values: Array) -> list[dict[str, Any]]:
    """Return transforms fitted to a series that the model has never seen."""
    found, x = [], values
    for transform in transforms:
        own: dict[str, Any] = {name: transform[name] for name in ("kind", "season") if name in transform}
        own |= parameters_of(transform, x)
        found.append(own)
        x = applied(own, x, 0)
    return found


def parameters_of(transform: dict[str, Any], x: Array) -> dict[str, Any]:
    """Fit one transform to (R,) values, NaN where a difference has none."""
    known = x[~np.isnan(x)]
    steps = np.abs(np.diff(known))
    match transform["kind"]:
        case "standardize":
            spread = float(np.sqrt(np.mean((known - known.mean()) ** 2)))
            return {"offset": known.mean(), "spread": spread or 1.0}
        case "min-max":
            return {"offset": known.min(), "spread": (known.max() - known.min()) or 1.0}
        case "mean-absolute-step":
            return {"offset": 0.0, "spread": float(steps.mean()) if len(steps) and steps.any() else 1.0}
        case "log-where-positive":
            return logarithm_of(known, steps)
        case "seasonal-additive" | "seasonal-multiplicative" | "seasonal-if-found":
            return {"indices": indices_of(x, transform["season"], transform["kind"])}
        case _:
            return {}


def logarithm_of(x: Array, steps: Array) -> dict[str, float]:
    """Return what is added, the knee, and the divisor where no logarithm is taken."""
    smallest, largest, added = float(x.min()), float(np.abs(x).max()), 0.0
    if smallest == 0:
        added = min(1.0, float(np.median(x[x > 0]))) if (x > 0).any() else 1.0
    knee = max((smallest + added) / 2, 1e-6 * largest)
    if smallest >= 0 and knee > 0:
        return {"added": added, "knee": knee, "divisor": 1.0}
    size = largest if largest > 0 else 1.0
    usual = 10.0 * float(steps.mean()) if len(steps) else 0.0
    return {"added": 0.0, "knee": 0.0, "divisor": usual if usual > 1e-6 * size else size}


def indices_of(x: Array, season: int, kind: str) -> Array:
    """Return seasonal indices by classical decomposition; none where a test finds no season and that is asked."""
    half, rows = season // 2, len(x)
    weights = np.ones(2 * half + 1)
    if season % 2 == 0:
        weights[[0, -1]] = 0.5
    trend = np.full(rows, np.nan)
    if rows > 2 * half:
        trend[half : rows - half] = np.convolve(x, weights / season, "valid")
    multiplies = kind == "seasonal-multiplicative"
    left = x / trend if multiplies else x - trend
    places = np.arange(rows) % season
    means = (
        np.array([left[(places == place) & ~np.isnan(left)].mean() for place in range(season)])
        if (len(np.unique(places[~np.isnan(left)])) == season)
        else np.full(season, np.nan)
    )
    if kind == "seasonal-if-found":
        if not (np.isfinite(means).all() and has_season(x, season)):
            return np.zeros(season)
    elif not np.isfinite(means).all():
        raise SystemExit(f"a new series needs {2 * season} rows for its seasonal indices")
    return means / means.mean() if multiplies else means - means.mean()


def has_season(x: Array, season: int) -> bool:
    """Whether values a season apart are alike: |r_m| > 1.645 sqrt((1 + 2 sum r_k^2) / n)."""
    known = ~np.isnan(x)
    count = int(known.sum())
    if count < 3 * season:
        return False
    off = np.where(known, x - x[known].mean(), 0.0)
    products = np.array([np.sum(off[lag:] * off[: len(off) - lag]) for lag in range(season + 1)])
    if products[0] <= 0:
        return False
    r = products[1:] / products[0]
    return bool(abs(r[-1]) > 1.645 * np.sqrt((1 + 2 * np.sum(r[:-1] ** 2)) / count))
