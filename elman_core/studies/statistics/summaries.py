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
    bootstrap_of_sets,
    central_weights,
    cut_of_interquartile_mean,
    cut_of_median,
    finite,
    in_parts,
    infinite,
    percentile_interval,
    resampled_counts,
)

__all__ = [
    "LEVEL",
    "MOST_RESAMPLED",
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
MOST_RESAMPLED = 10_000
"""With more runs, the bootstrap takes long and finds what the normal distribution says."""
_MOST_SHARED = 100_000
_MANY = 200
"""With so many runs in each cell, and that many in all, cells that share seeds are not resampled either."""
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
        95 % interval of the interquartile mean: by the bootstrap, or of more than 10,000 runs by the normal
        distribution. NaN of one run, which says nothing of others.
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
        for some in in_parts(places):
            found |= zip(some, _of_one_size(np.array([arrays[place] for place in some]), seed), strict=True)
    return tuple(found[place] for place in range(len(arrays)))


def _of_one_size(values: Array, seed: int) -> list[Summary]:
    """Summarise cells (C, n)."""
    runs = values.shape[1]
    if not runs:
        return [Summary(0, 0, *(4 * (np.nan,)))] * len(values)
    ordered = np.sort(finite(values), axis=1)
    once = np.ones((1, runs), np.int64)
    median, iqm = (ordered @ central_weights(once, cut)[0] for cut in (cut_of_median, cut_of_interquartile_mean))
    if runs == 1:
        low, high = np.full((2, len(values)), np.nan)
    elif runs > MOST_RESAMPLED:
        low, high = _normal_ends(iqm, _winsorised(ordered).std(axis=1, ddof=1) / _middle(runs), runs)
        low = np.where(infinite(iqm) == np.inf, iqm, low)
    else:
        low, high = percentile_interval(bootstrap(ordered, cut_of_interquartile_mean, _RESAMPLES, seed), LEVEL)
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


def stratified_interval(values: Array, seed: int = _SEED, *, shared_seeds: bool = True) -> Interval:
    """Return the mean over cells of the interquartile mean of each, with a percentile interval by the bootstrap.

    The cells are strata: a resample has as many runs of each as there are. Cells of a study have the same seeds, and
    those whose networks are of one size fail on the same ones; so a resample has the same seeds in all cells. Without
    `shared_seeds` each cell is resampled on its own (Agarwal et al. 2021): resamples of each cell are put together at
    random. For cells that go together such an interval is much too narrow.

    Many runs are not resampled: the interval is then that of the normal distribution, with the variance of winsorised
    values (Tukey & McLaughlin 1963), which are summed over cells that share seeds.

    Parameters
    ----------
    values : (C, n)
        The errors of n runs in each of C cells, in the order of seeds.
    """
    values = with_worst(values)
    if not values.size:
        return Interval(np.nan, np.nan, np.nan)
    values = finite(values)
    cells, runs = values.shape
    ordered = np.sort(values, axis=1)
    estimate = float((ordered @ central_weights(np.ones((1, runs), np.int64), cut_of_interquartile_mean)[0]).mean())
    if runs > MOST_RESAMPLED or (shared_seeds and cells * runs > _MOST_SHARED and runs >= _MANY):
        own = _winsorised(values)
        spread = own.mean(axis=0).std(ddof=1) if shared_seeds else np.sqrt(own.var(axis=1, ddof=1).sum()) / cells
        low, high = _normal_ends(np.array(estimate), spread / _middle(runs), runs)
    elif shared_seeds:
        means = bootstrap_of_sets(values, cut_of_interquartile_mean, _RESAMPLES, seed)
        low, high = percentile_interval(means, LEVEL)
    else:
        generator, total = np.random.default_rng(seed), np.zeros(_RESAMPLES)
        for some in in_parts(ordered):
            resampled = bootstrap(some, cut_of_interquartile_mean, _RESAMPLES, seed)  # (R, some)
            total += generator.permuted(resampled, axis=0).sum(axis=1)
        low, high = percentile_interval(total / cells, LEVEL)
    return Interval(*infinite(np.array([estimate, low, high])).tolist())


def performance_profile(values: Array, thresholds: Array, seed: int = _SEED, *, shared_seeds: bool = True) -> Profile:
    """Return the share of all runs at or below each threshold, with a band by the bootstrap.

    The band holds for each threshold by itself. Runs that diverged are below none. Cells are resampled as by
    `stratified_interval`; of many runs the band is that of the normal distribution.

    Parameters
    ----------
    values : (C, n)
        The errors of n runs in each of C cells, in the order of seeds.
    thresholds : (T,)
    """
    values, thresholds = with_worst(values), np.asarray(thresholds, np.float64)
    if not values.size:
        nothing = np.full(len(thresholds), np.nan)
        return Profile(thresholds, nothing, nothing, nothing)
    cells, runs = values.shape
    ordered = np.sort(values, axis=1)
    below = np.stack([np.searchsorted(own, thresholds, side="right") for own in ordered])  # (C, T)
    share = below.sum(axis=0) / values.size
    if shared_seeds:
        of_seed = (
            np.stack([np.count_nonzero(values <= limit, axis=0) for limit in thresholds], axis=1) / cells
        )  # (n, T)
    if runs > MOST_RESAMPLED:
        own = below / runs
        variance = of_seed.var(axis=0) if shared_seeds else (own * (1 - own)).sum(axis=0) / cells**2
        low, high = _normal_ends(share, np.sqrt(variance), runs)
        return Profile(thresholds, share, np.maximum(low, 0.0), np.minimum(high, 1.0))
    blocks = resampled_counts(runs, _RESAMPLES, np.random.default_rng(seed))
    if shared_seeds:
        resampled = np.concatenate([counts @ of_seed for counts in blocks]) / runs  # (R, T)
    else:
        through = np.concatenate([np.cumsum(counts, axis=1, dtype=np.int32) for counts in blocks])  # (R, n)
        through = np.concatenate([np.zeros((_RESAMPLES, 1), np.int32), through], axis=1)
        generator, total = np.random.default_rng(seed), np.zeros((_RESAMPLES, len(thresholds)))
        for own in below:
            total += through[generator.permutation(_RESAMPLES)[:, None], own]
        resampled = total / values.size
    return Profile(thresholds, share, *percentile_interval(resampled, LEVEL))


def _winsorised(values: Array) -> Array:
    """Return values (C, n) in which the quarter at each end is as the nearest of the middle."""
    ordered, left_out = np.sort(values, axis=1), cut_of_interquartile_mean(values.shape[1])
    return np.clip(values, ordered[:, [left_out]], ordered[:, [-left_out - 1]])


def _middle(runs: int) -> float:
    """Return the share of runs that an interquartile mean is the mean of."""
    return 1 - 2 * cut_of_interquartile_mean(runs) / runs


def _normal_ends(estimate: Array, spread: Array, runs: int) -> tuple[Array, Array]:
    """Return the ends of the normal interval of a mean of so many runs."""
    from scipy.special import ndtri

    off = ndtri((1 + LEVEL) / 2) * spread / np.sqrt(runs)
    return estimate - off, estimate + off
