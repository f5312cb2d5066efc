"""Resampling: the bootstrap of medians and interquartile means, for many samples of one size at once.

Both are means of the middle of a sample in order, so that one matrix of weights, made from one set of resamples, serves
all samples: it is multiplied with them. What comes is what `scipy.stats.bootstrap` gives with the same generator for
each sample in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "RESAMPLES",
    "Cut",
    "bca_interval",
    "bootstrap",
    "bootstrap_of_sets",
    "central_weights",
    "cut_of_interquartile_mean",
    "cut_of_median",
    "finite",
    "in_parts",
    "infinite",
    "percentile_interval",
    "resampled_counts",
]

RESAMPLES = 9_999
"""As many as `scipy.stats.bootstrap` takes."""
_BEYOND = 1e60
"""Stands for infinity in sums, where 0 times it has to be 0."""
_INFINITE = 1e45
"""What is greater has a share of what stands for infinity. Single precision ends below."""
_AT_ONCE = 1 << 20
_SAMPLES_AT_ONCE = 500

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
T = TypeVar("T", list[int], NDArray[np.float64])
Cut = Callable[[int], int]
"""How many of n values are left out at each end before the mean is taken."""


def cut_of_median(count: int) -> int:
    """Leave one value or two."""
    return max(0, (count - 1) // 2)


def cut_of_interquartile_mean(count: int) -> int:
    """Leave out a quarter at each end, as `scipy.stats.trim_mean(values, 0.25)` does."""
    return count // 4


def finite(values: Array) -> Array:
    """Return values in which a great number stands for what is infinite, so that they can be summed."""
    return np.clip(values, -_BEYOND, _BEYOND)


def infinite(figures: Array) -> Array:
    """Return figures made of such values, infinite where what is infinite has a share in them."""
    return np.where(np.abs(figures) > _INFINITE, np.copysign(np.inf, figures), figures)


def in_parts(samples: T) -> Iterator[T]:
    """Yield some samples after the other, so many that their resamples take no more than some 40 MB."""
    for first in range(0, len(samples), _SAMPLES_AT_ONCE):
        yield samples[first : first + _SAMPLES_AT_ONCE]


def central_weights(counts: Counts, cut: Cut) -> Array:
    """Return what each value in order counts for in the mean of the middle of a sample.

    Parameters
    ----------
    counts : (R, n)
        How often each of n values in order is in each of R samples of one size.

    Returns
    -------
    (R, n), each row of sum 1.
    """
    through = np.cumsum(counts, axis=1)  # (R, n)
    size = int(through[0, -1])
    left_out = cut(size)
    np.clip(through, left_out, size - left_out, out=through)
    return np.diff(through, prepend=left_out, axis=1) / (size - 2 * left_out)


def resampled_counts(count: int, resamples: int, generator: np.random.Generator) -> Iterator[Counts]:
    """Draw samples of n out of n with replacement, and yield how often each is drawn, (some, n) at a time."""
    for drawn in range(0, resamples, rows := max(1, _AT_ONCE // count)):
        some = min(rows, resamples - drawn)
        places = generator.integers(0, count, (some, count))
        places += count * np.arange(some)[:, None]
        yield np.bincount(places.ravel(), minlength=some * count).reshape(some, count)


def bootstrap(ordered: Array, cut: Cut, resamples: int, seed: int) -> Array:
    """Return the mean of the middle of resamples: ordered (S, n), each row in order -> (resamples, S)."""
    counts = resampled_counts(ordered.shape[1], resamples, np.random.default_rng(seed))
    return np.concatenate([central_weights(some, cut) @ ordered.T for some in counts])


def bootstrap_of_sets(values: Array, cut: Cut, resamples: int, seed: int) -> Array:
    """Return the mean over samples of the mean of the middle, where all are resampled in the same places.

    values (S, n), of which column i belongs together -> (resamples,)
    """
    samples, size = values.shape
    order, left_out = np.argsort(values, axis=1), cut(size)
    ordered = np.take_along_axis(values, order, axis=1)
    means = []
    for counts in resampled_counts(size, resamples, np.random.default_rng(seed)):
        of_each, total = np.ascontiguousarray(counts.T, np.int32), np.zeros(len(counts))  # (n, some)
        for own, places in zip(ordered, order, strict=True):
            through = np.cumsum(of_each[places], axis=0, dtype=np.int32)
            np.clip(through, left_out, size - left_out, out=through)
            total += own @ np.diff(through, axis=0, prepend=np.int32(left_out))
        means.append(total / (samples * (size - 2 * left_out)))
    return np.concatenate(means)


def _without_one(ordered: Array, cut: Cut) -> Array:
    """Return the mean of the middle of samples (S, n) in order, without each value in turn, (S, n)."""
    size = ordered.shape[1] - 1
    first, last = cut(size), size - cut(size)
    window = ordered[:, first : last + 1].sum(axis=1, keepdims=True)
    without: Array = (window - ordered[:, np.clip(np.arange(size + 1), first, last)]) / (last - first)
    return without


def percentile_interval(resampled: Array, level: float) -> tuple[Array, Array]:
    """Return the ends between which a share `level` of the resamples lies: (resamples, S) -> (S,), (S,)."""
    tail = (1 - level) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=0)
    return low, high


def bca_interval(resampled: Array, ordered: Array, cut: Cut, level: float) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return the bias-corrected and accelerated interval (Efron 1987) of each sample.

    With z0 the normal quantile of the share of resamples below the estimate, and a the acceleration by the jackknife,
    the ends are the resamples' quantiles at::

        Phi(z0 + (z0 + z) / (1 - a (z0 + z)))        z = +- the normal quantile of the level

    Parameters
    ----------
    resampled : (resamples, S)
    ordered : (S, n)

    Returns
    -------
    Low (S,), high (S,), and where this interval is defined (S,). Where it is not, because all values are equal or there
    are too few, the ends are those of the percentile interval.
    """
    from scipy.special import ndtr, ndtri

    low, high = percentile_interval(resampled, level)
    count = ordered.shape[1]
    if count < 2:
        return low, high, np.zeros(len(ordered), np.bool_)
    estimate = ordered @ central_weights(np.ones((1, count), np.int64), cut)[0]
    below = np.count_nonzero(resampled < estimate, axis=0) + np.count_nonzero(resampled <= estimate, axis=0)
    bias = ndtri(below / (2 * len(resampled)))  # (S,)
    without_one = _without_one(ordered, cut).T  # (n, S)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        off = (count - 1) * (without_one.mean(axis=0) - without_one)
        acceleration = (off**3).sum(axis=0) / count**3 / 6 / ((off**2).sum(axis=0) / count**2) ** 1.5
        towards = bias + ndtri((1 - level) / 2) * np.array([[1.0], [-1.0]])  # (2, S)
        shares = ndtr(bias + towards / (1 - acceleration * towards))
    defined = np.isfinite(shares).all(axis=0) & (ordered[:, 0] < ordered[:, -1])  # rounding may tell equal ones apart
    for sample in np.flatnonzero(defined):
        low[sample], high[sample] = np.quantile(resampled[:, sample], shares[:, sample])
    return low, high, defined
