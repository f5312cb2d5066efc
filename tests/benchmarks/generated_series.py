"""Twenty generated series of various kinds, by which forecasters are measured. They were fixed before anything was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from elman_core.data.table import AxisKind, Source, Table, TimeAxis

__all__ = ["KINDS", "generated_table", "generated_values"]

Array = NDArray[np.float64]
Generator = np.random.Generator


def _autoregression(random: Generator, rows: int, weights: tuple[float, ...], noise: float = 1.0) -> Array:
    order, warm_up = len(weights), 200
    values = np.zeros(rows + warm_up)
    shocks = random.normal(0, noise, rows + warm_up)
    for t in range(order, rows + warm_up):
        values[t] = values[t - order : t][::-1] @ np.array(weights) + shocks[t]
    return values[warm_up:]


def _season(rows: int, shape: Array) -> Array:
    found: Array = np.resize(shape, rows)
    return found


def _linear_trend(random: Generator) -> Array:
    return 50 + 0.4 * np.arange(240) + random.normal(0, 4, 240)


def _damped_trend(random: Generator) -> Array:
    t = np.arange(160)
    return 20 + 60 * (1 - np.exp(-t / 60)) + _autoregression(random, 160, (0.6,), 1.0)


def _multiplicative_months(random: Generator) -> Array:
    t = np.arange(180)
    season = np.exp(0.25 * _season(180, random.normal(0, 1, 12)))
    found: Array = 100 * np.exp(0.008 * t) * season * np.exp(random.normal(0, 0.04, 180))
    return found


def _additive_months(random: Generator) -> Array:
    return 200 + _season(240, random.normal(0, 12, 12)) + _autoregression(random, 240, (0.7,), 4)


def _quarters(random: Generator) -> Array:
    t = np.arange(120)
    return 30 + 0.3 * t + _season(120, np.array([-6.0, 2.0, 7.0, -3.0])) + random.normal(0, 1.5, 120)


def _airline_model(random: Generator) -> Array:
    shocks = random.normal(0, 0.035, 213)
    moving = shocks[13:] - 0.4 * shocks[12:-1] - 0.6 * shocks[1:-12] + 0.24 * shocks[:-13]
    logs = np.zeros(200)
    logs[:13] = 0.15 * np.resize(random.normal(0, 1, 12), 13)
    for t in range(13, 200):
        logs[t] = logs[t - 1] + logs[t - 12] - logs[t - 13] + moving[t]
    return 300 * np.exp(logs)


def _days_of_the_week(random: Generator) -> Array:
    return 500 + _season(420, np.array([0.0, 20, 25, 30, 60, -80, -120])) + _autoregression(random, 420, (0.5, 0.2), 15)


def _hours_of_the_day(random: Generator) -> Array:
    shape = 10 * np.sin(2 * np.pi * np.arange(24) / 24) + 5 * np.sin(4 * np.pi * np.arange(24) / 24 + 1)
    return 40 + _season(720, shape) + _autoregression(random, 720, (0.8,), 1.5)


def _weeks_of_the_year(random: Generator) -> Array:
    shape = 15 * np.cos(2 * np.pi * np.arange(52) / 52) + random.normal(0, 3, 52)
    return 120 + 0.05 * np.arange(416) + _season(416, shape) + _autoregression(random, 416, (0.4,), 4)


def _pseudo_cycle(random: Generator) -> Array:
    return _autoregression(random, 300, (1.5, -0.85), 1.0)


def _moving_average(random: Generator) -> Array:
    shocks = random.normal(0, 1, 302)
    return 10 + shocks[2:] + 0.9 * shocks[1:-1] + 0.5 * shocks[:-2]


def _random_walk(random: Generator) -> Array:
    return 100 + np.cumsum(random.normal(0.05, 1, 300))


def _white_noise(random: Generator) -> Array:
    return random.normal(5, 2, 250)


def _threshold_autoregression(random: Generator) -> Array:
    values, shocks = np.zeros(600), random.normal(0, 1, 600)
    for t in range(2, 600):
        low = values[t - 2] <= 0.5
        values[t] = (1.8 + 0.9 * values[t - 1] if low else -1.2 - 0.6 * values[t - 1]) + shocks[t]
    return values[200:]


def _logistic_map(random: Generator) -> Array:
    x = np.empty(400)
    x[0] = 0.3 + 0.2 * random.random()
    for t in range(1, 400):
        x[t] = 3.8 * x[t - 1] * (1 - x[t - 1])
    return x + random.normal(0, 0.03, 400)


def _henon_map(random: Generator) -> Array:
    x = np.zeros(620)
    x[:2] = 0.2 * random.random(2)
    for t in range(2, 620):
        x[t] = 1 - 1.4 * x[t - 1] ** 2 + 0.3 * x[t - 2]
    return x[120:] + random.normal(0, 0.02, 500)


def _intermittent(random: Generator) -> Array:
    return np.where(random.random(300) < 0.35, random.poisson(6, 300) + 1, 0).astype(np.float64)


def _level_shifts(random: Generator) -> Array:
    levels = np.repeat(random.normal(50, 12, 6), 60)
    return levels + _autoregression(random, 360, (0.3,), 2)


def _changing_volatility(random: Generator) -> Array:
    spread = np.exp(0.5 * _autoregression(random, 320, (0.95,), 0.25))
    return np.exp(2 + 0.3 * _autoregression(random, 320, (0.8,), 0.6) + 0.1 * spread * random.normal(0, 1, 320))


def _relaxation_oscillator(random: Generator) -> Array:
    """Steps of Van der Pol's equation, squared: sharp rises and slow falls, as sunspots have."""
    x, v, found = 0.5, 0.0, []
    for _ in range(360):
        for _ in range(20):
            v += 0.02 * (2.0 * (1 - x * x) * v - x) + random.normal(0, 0.03)
            x += 0.02 * v * 1.6
        found.append(40 * (x + 0.4) ** 2 + abs(random.normal(0, 6)))
    return np.array(found[40:])


_DAY = 86_400.0

KINDS: dict[str, tuple[Callable[[Generator], Array], float | str | None]] = {
    "linear trend": (_linear_trend, None),
    "damped trend": (_damped_trend, "months"),
    "multiplicative months": (_multiplicative_months, "months"),
    "additive months": (_additive_months, "months"),
    "quarters": (_quarters, "quarters"),
    "airline model": (_airline_model, "months"),
    "days of the week": (_days_of_the_week, _DAY),
    "hours of the day": (_hours_of_the_day, _DAY / 24),
    "weeks of the year": (_weeks_of_the_year, 7 * _DAY),
    "pseudo-cycle": (_pseudo_cycle, None),
    "moving average": (_moving_average, None),
    "random walk": (_random_walk, _DAY),
    "white noise": (_white_noise, None),
    "threshold autoregression": (_threshold_autoregression, None),
    "logistic map": (_logistic_map, None),
    "Hénon map": (_henon_map, None),
    "intermittent": (_intermittent, _DAY),
    "level shifts": (_level_shifts, None),
    "changing volatility": (_changing_volatility, None),
    "relaxation oscillator": (_relaxation_oscillator, None),
}
"""What makes the values of each, and how far its rows are apart: seconds, calendar months or quarters, or unknown."""


def generated_values(kind: str, seed: int = 1) -> Array:
    """Return the values of one series, (R,)."""
    make, _ = KINDS[kind]
    return make(np.random.default_rng([seed, list(KINDS).index(kind)]))


def generated_table(kind: str, seed: int = 1) -> Table:
    """Return it as a table with the time axis that its kind has."""
    values, step = generated_values(kind, seed), KINDS[kind][1]
    return Table(kind, ("value",), values[:, None], _axis(len(values), step), Source(kind="csv", name=f"{kind}.csv"))


def _axis(rows: int, step: float | str | None) -> TimeAxis:
    if step is None:
        return TimeAxis.steps(rows)
    if isinstance(step, str):
        months = np.arange(rows) * (1 if step == "months" else 3)
        dates = np.datetime64("1990-01", "M") + months
        return TimeAxis("date", AxisKind.DATE, dates.astype("datetime64[s]").astype(np.float64))
    return TimeAxis("date", AxisKind.DATE, 1.3e9 + step * np.arange(rows, dtype=np.float64))
