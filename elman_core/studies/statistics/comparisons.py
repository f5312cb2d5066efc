"""Comparisons: whether one setting is better than another, judged by runs from the same seeds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.studies.statistics.comparison import Comparison, IntervalMethod
from elman_core.studies.statistics.resampling import (
    RESAMPLES,
    bca_interval,
    bootstrap,
    central_weights,
    cut_of_median,
    finite,
    in_parts,
    infinite,
)
from elman_core.studies.statistics.sign_flips import fewest_pairs, sign_flip_test
from elman_core.studies.statistics.summaries import with_worst

__all__ = [
    "Comparison",
    "IntervalMethod",
    "compare",
    "compare_each",
    "in_pairs",
    "log_ratios",
    "others_among",
    "pairs_among",
]

_CHANCE = 0.05
"""How probable a claim may be where there is no difference, in all comparisons together."""
_MOST_RESAMPLED = 2_000
"""Of more pairs, resamples would take long; the interval of a median then comes from the values themselves."""
_SEED = 0

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def pairs_among(cells: int) -> int:
    """Return how many comparisons there are among some cells.

    To correct for where the best is compared with all others, or a pair is chosen after a look at all: as many as there
    are others would be too few, since the best was the best of all.
    """
    return max(1, cells * (cells - 1) // 2)


def others_among(cells: int) -> int:
    """Return with how many others a cell could be compared.

    To correct for where the best of some cells is compared with the next one alone. The benchmark of statistics
    measures that this is enough.
    """
    return max(1, cells - 1)


def in_pairs(
    first_seeds: Integers, first: Array, second_seeds: Integers, second: Array
) -> tuple[Integers, Array, Array]:
    """Return the seeds that two cells have in common, and the errors of both on each: three of (n,)."""
    seeds, own, other = np.intersect1d(first_seeds, second_seeds, assume_unique=True, return_indices=True)
    return seeds, np.asarray(first, np.float64)[own], np.asarray(second, np.float64)[other]


def compare(first: Array, second: Array, comparisons: int = 1, seed: int = _SEED) -> Comparison:
    """Compare two settings by the errors of runs from the same seeds, (n,) each, in the same order of seeds.

    The figure is the median over seeds of log(first / second), written as a ratio. Its interval is the bootstrap's over
    pairs (BCa), and the test flips the signs of the logarithms (`sign_flip_test`). A claim is made where both agree:
    the interval lies on one side of 1, and p is at most .05. Both are corrected for the number of comparisons by
    Bonferroni's method, which serves interval and test alike: the level is 1 - .05 / comparisons, and what must not
    exceed .05 is p times comparisons. From about 250 comparisons on, the ends of an interval lie so far out that they
    are the outermost resamples; the test, which counts all flips, knows no such limit. Of more than 2,000 pairs the
    interval is that between two of the ordered ratios, by the binomial distribution (`scipy.stats.quantile_test`).

    NaN or infinite is a run that diverged, worse than any other; two such runs are a tie. An error of 0 is better than
    any other, by an infinite ratio.

    Parameters
    ----------
    comparisons
        How many are made, or could have been made before this one was chosen: see `pairs_among` and `others_among`.
    seed
        Of the resamples. The same seed gives the same figures.

    Raises
    ------
    ValueError
        For errors below 0, arrays that are not of one length, or no comparison.
    """
    return compare_each(np.atleast_2d(first), np.atleast_2d(second), comparisons, seed)[0]


def compare_each(firsts: Array, seconds: Array, comparisons: int, seed: int = _SEED) -> list[Comparison]:
    """Compare many settings (S, n), each with its own second (S, n) or all with one (n,): as one by one, at once."""
    first, second = with_worst(firsts), np.atleast_2d(with_worst(seconds))
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"errors are compared in pairs, got {first.shape[1]} and {second.shape[1]}")
    if comparisons < 1:
        raise ValueError(f"there is at least one comparison, got {comparisons}")
    if (first < 0).any() or (second < 0).any():
        raise ValueError("errors are compared by their ratio, so that none may be below 0")
    each = zip(*map(in_parts, np.broadcast_arrays(first, second)), strict=True)
    return [found for some, others in each for found in _compared(some, others, comparisons, seed)]


def _compared(first: Array, second: Array, comparisons: int, seed: int) -> list[Comparison]:
    """Compare settings (S, n) whose errors are checked."""
    pairs, allowed = first.shape[1], _CHANCE / comparisons
    differences = log_ratios(first, second)
    sides, chance = sign_flip_test(differences)
    ratio, low, high, methods = _ratios(differences, 1 - allowed, seed)
    claims = (chance <= allowed) & (((sides < 0) & (high < 1)) | ((sides > 0) & (low > 1)))
    return [
        Comparison(
            pairs=pairs,
            wins=int(np.count_nonzero(differences[place] < 0)),
            losses=int(np.count_nonzero(differences[place] > 0)),
            ties=int(np.count_nonzero(differences[place] == 0)),
            ratio=float(ratio[place]),
            low=float(low[place]),
            high=float(high[place]),
            level=1 - allowed,
            method=methods[place],
            p_value=float(chance[place]),
            comparisons=comparisons,
            fewest_pairs=fewest_pairs(allowed),
            claims=bool(claims[place]),
            probability_of_improvement=_probability_of_improvement(first[place], second[place]),
            first_diverged=int(np.count_nonzero(np.isinf(first[place]))),
            second_diverged=int(np.count_nonzero(np.isinf(second[place]))),
        )
        for place in range(len(first))
    ]


def log_ratios(first: Array, second: Array) -> Array:
    """Return log(first / second) of errors from 0 to infinity; 0 where they are equal, as two infinite ones are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(first == second, 0.0, np.log(first) - np.log(second))


def _ratios(differences: Array, level: float, seed: int) -> tuple[Array, Array, Array, list[IntervalMethod]]:
    """Return the median ratio of each comparison, the ends of its interval, and how that was made; (S,) each."""
    comparisons, pairs = differences.shape
    if not pairs:
        nothing = np.full(comparisons, np.nan)
        return nothing, nothing, nothing, [IntervalMethod.PERCENTILE] * comparisons
    ordered = np.sort(finite(differences), axis=1)
    median = ordered @ central_weights(np.ones((1, pairs), np.int64), cut_of_median)[0]
    if pairs > _MOST_RESAMPLED:
        from scipy.stats import quantile_test

        ends = [quantile_test(own, p=0.5).confidence_interval(level) for own in ordered]
        low, high = np.array(ends).T
        methods = [IntervalMethod.ORDER_STATISTICS] * comparisons
    else:
        low, high, is_bca = bca_interval(
            bootstrap(ordered, cut_of_median, RESAMPLES, seed), ordered, cut_of_median, level
        )
        methods = [IntervalMethod.BCA if own else IntervalMethod.PERCENTILE for own in is_bca]
    ratio, low, high = np.exp(infinite(np.stack([median, low, high])))
    return ratio, low, high, methods


def _probability_of_improvement(first: Array, second: Array) -> float:
    """Return the share of all pairs, of whatever seeds, in which the first is smaller: Mann & Whitney's U / n^2."""
    if not len(first):
        return float("nan")
    ordered = np.sort(second)
    greater = len(second) - np.searchsorted(ordered, first, side="right").mean()
    equal = (np.searchsorted(ordered, first, side="right") - np.searchsorted(ordered, first, side="left")).mean()
    return float((greater + equal / 2) / len(second))
