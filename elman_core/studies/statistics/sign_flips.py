"""Sign flips: how easily pairs that do not differ would differ as much as these do."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["fewest_pairs", "sign_flip_test"]

_MOST_EXACT = 100
"""Pairs up to which all flips are counted. With more, p by the normal distribution is right to four parts in a hundred
from .01 up, and further out greater than the exact one."""

Array = NDArray[np.float64]


def sign_flip_test(differences: Array) -> tuple[Array, Array]:
    """Test whether paired differences lie around 0, two-sided, by flipping their signs.

    Where two settings do not differ, each difference could as well have the other sign. Of all 2^n ways to give them
    signs, p is the share that makes the statistic as large as it is::

        S = sum sign(d_i) rank(|d_i|)        equal ones share their mean rank; a tie, d = 0, counts for nothing

    Ranks (Wilcoxon 1945, ties as by Pratt 1959) make it robust: of a run that diverged, or one that failed by far, no
    more counts than that it was the worst. All flips are counted, not drawn at random as by
    `scipy.stats.permutation_test`, whose p cannot fall below 1 in the number of draws: too coarse for many comparisons.

    Parameters
    ----------
    differences : (S, n)
        Of n pairs in each of S comparisons. They may be infinite.

    Returns
    -------
    S and p, (S,) each; p is 1 where there is no pair that differs.
    """
    from scipy.special import ndtr
    from scipy.stats import rankdata

    ranks = np.sign(differences) * rankdata(np.abs(differences), axis=1)  # (S, n)
    statistic = ranks.sum(axis=1)
    spread = np.sqrt((ranks**2).sum(axis=1))
    chance = np.where(spread > 0, 2 * ndtr(-np.abs(statistic) / np.where(spread > 0, spread, 1.0)), 1.0)
    if differences.shape[1] <= _MOST_EXACT:
        doubled = np.rint(2 * np.sort(np.abs(ranks), axis=1)).astype(np.int64)  # whole numbers, with shared ranks too
        for place, own in enumerate(doubled):
            tail = _tail(tuple(own[own > 0].tolist()))
            # A sum of signed ranks is twice that of the positive ones, less all of them.
            positive = (round(2 * abs(statistic[place])) + int(own.sum())) // 2
            chance[place] = min(1.0, 2 * tail[positive])
    return statistic, chance


def fewest_pairs(chance: float) -> int:
    """Return the least number of pairs with which p can be as small as this: all on one side, 2^(1 - n)."""
    return int(np.ceil(1 - np.log2(chance)))


@lru_cache(maxsize=32)
def _tail(ranks: tuple[int, ...]) -> Array:
    """Return how probable sums of at least 0, 1, ... are, where each rank is in the sum or not, by an even chance."""
    probable = np.zeros(sum(ranks) + 1)
    probable[0] = 1.0
    for rank in ranks:
        probable[rank:] += probable[: len(probable) - rank].copy()
        probable *= 0.5
    return np.cumsum(probable[::-1])[::-1]
