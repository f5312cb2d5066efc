"""Summaries: what runs from many seeds come to, with intervals; of one cell, and over cells.

A value is an error: the smaller the better. A run that diverged is NaN or infinite. It counts as worse than any other,
so that a median is infinite where half of the runs diverged; none is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.studies.statistics.resampling import (
    bootstrap,
    central_weights,
    cut_of_interquartile_mean,
    cut_of_median,
    finite,
    infinite,
    percentile_interval,
    resampled_counts,
)

__all__ = [
    "LEVEL",
    "Interval",
    "Profile",
    "Success",
    "Summary",
    "performance_profile",
    "stratified_interval",
    "success",
    "summarise",
    "summarise_each",
    "with_worst",
]

LEVEL = 0.95
_RESAMPLES = 2_000
"""Enough for the ends of a 95 % interval; those of comparisons lie further out."""
_SEED = 0

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """An estimate, and its 95 % interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """What the runs of a cell come to.

    Attributes
    ----------
    runs
        How many there are, with those that diverged.
    diverged
        How many of them have no finite error.
    median, iqm
        Of the errors; the interquartile mean is that of the middle half. Infinite where too many diverged, NaN without
        runs.
    low, high
        95 % bootstrap interval of the interquartile mean. Of one run it is that run.
    """

    runs: int
    diverged: int
    median: float
    iqm: float
    low: float
    high: float


@dataclass(frozen=True)
class Success:
    """How many runs reach a threshold, their share, and its 95 % interval (Wilson 1927)."""

    successes: int
    runs: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Profile:
    """The share of runs at or below each threshold, (T,) each, with a 95 % band."""

    thresholds: Array
    share: Array
    low: Array
    high: Array


def with_worst(values: Array) -> Array:
    """Return errors in which those of runs that diverged are infinite."""
    values = np.asarray(values, np.float64)
    return np.where(np.isfinite(values), values, np.inf)


def summarise(values: Array, seed: int = _SEED) -> Summary:
    """Return what the runs of one cell, (n,), come to."""
    return summarise_each([values], seed)[0]


def summarise_each(cells: Sequence[Array], seed: int = _SEED) -> tuple[Summary, ...]:
    """Return what the runs of each cell come to: the same as one by one, but those with as many runs all at once."""
    arrays = [with_worst(values) for values in cells]
    found: dict[int, Summary] = {}
    for runs in {len(values) for values in arrays}:
        places = [place for place, values in enumerate(arrays) if len(values) == runs]
        found |= zip(places, _of_one_size(np.array([arrays[place] for place in places]), seed), strict=True)
    return tuple(found[place] for place in range(len(arrays)))


def _of_one_size(values: Array, seed: int) -> list[Summary]:
    """Summarise cells (C, n)."""
    runs = values.shape[1]
    if not runs:
        return [Summary(0, 0, *(4 * (np.nan,)))] * len(values)
    ordered = np.sort(finite(values), axis=1)
    once = np.ones((1, runs), np.int64)
    median, iqm = (ordered @ central_weights(once, cut)[0] for cut in (cut_of_median, cut_of_interquartile_mean))
    resampled = bootstrap(ordered, cut_of_interquartile_mean, _RESAMPLES, seed)
    low, high = percentile_interval(resampled, LEVEL)
    diverged = np.count_nonzero(np.isinf(values), axis=1)
    figures = infinite(np.stack([median, iqm, low, high], axis=1))
    return [Summary(runs, int(own), *row) for own, row in zip(diverged, figures.tolist(), strict=True)]


def success(values: Array, threshold: float) -> Success:
    """Return how many runs, of errors (n,), are at or below a threshold; NaN and 0 to 1 without runs."""
    values = with_worst(values)
    runs, successes = len(values), int(np.count_nonzero(values <= threshold))
    if not runs:
        return Success(0, 0, np.nan, 0.0, 1.0)
    from scipy.stats import binomtest

    low, high = binomtest(successes, runs).proportion_ci(LEVEL, method="wilson")
    return Success(successes, runs, successes / runs, float(low), float(high))


def stratified_interval(values: Array, seed: int = _SEED) -> Interval:
    """Return the mean over cells of the interquartile mean of each, with a stratified percentile interval.

    Each cell is resampled on its own (Agarwal et al. 2021): resamples of each cell are put together at random, so that
    cells stay independent of each other although one set of resamples serves all.

    Parameters
    ----------
    values : (C, n)
        The errors of n runs in each of C cells.
    """
    values = with_worst(values)
    if not values.size:
        return Interval(np.nan, np.nan, np.nan)
    ordered = np.sort(finite(values), axis=1)
    once = np.ones((1, values.shape[1]), np.int64)
    estimate = (ordered @ central_weights(once, cut_of_interquartile_mean)[0]).mean()
    resampled = bootstrap(ordered, cut_of_interquartile_mean, _RESAMPLES, seed)  # (R, C)
    means = _shuffled(resampled, seed).mean(axis=1)
    ends = infinite(np.array([estimate, *percentile_interval(means, LEVEL)]))
    return Interval(*ends.tolist())


def performance_profile(values: Array, thresholds: Array, seed: int = _SEED) -> Profile:
    """Return the share of all runs at or below each threshold, with a band by the stratified bootstrap.

    The band holds for each threshold by itself. Runs that diverged are below none.

    Parameters
    ----------
    values : (C, n)
        The errors of n runs in each of C cells.
    thresholds : (T,)
    """
    values, thresholds = with_worst(values), np.asarray(thresholds, np.float64)
    if not values.size:
        nothing = np.full(len(thresholds), np.nan)
        return Profile(thresholds, nothing, nothing, nothing)
    ordered, runs = np.sort(values, axis=1), values.shape[1]
    below = np.stack([np.searchsorted(own, thresholds, side="right") for own in ordered])  # (C, T)
    counts = np.concatenate(list(resampled_counts(runs, _RESAMPLES, np.random.default_rng(seed))))  # (R, n)
    through = np.concatenate([np.zeros((_RESAMPLES, 1), np.int64), np.cumsum(counts, axis=1)], axis=1)
    generator, total = np.random.default_rng(seed), np.zeros((_RESAMPLES, len(thresholds)))
    for own in below:
        total += through[generator.permutation(_RESAMPLES)[:, None], own]
    low, high = percentile_interval(total / values.size, LEVEL)
    return Profile(thresholds, below.sum(axis=0) / values.size, low, high)


def _shuffled(resampled: Array, seed: int) -> Array:
    """Put each column into a random order of its own, (R, C)."""
    return np.random.default_rng(seed).permuted(resampled, axis=0)
