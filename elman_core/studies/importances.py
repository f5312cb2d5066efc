"""Importances: how much of what runs come to each varied setting explains; computed from the exported table alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Importances", "importances"]

_MOST_BINS = 8

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Importances:
    """Shares of the variance of the ranks of a metric, from 0 to 1.

    Attributes
    ----------
    fields
        What each setting explains by itself, by name.
    together
        What settings explain only in combination, or in a way that their groups do not show.
    seeds
        What differs between the seeds of one cell; None where each cell has one run, so that nobody can tell.
    is_grid
        Whether every combination of values was run. Otherwise the shares are rough: see `importances`.
    """

    fields: Mapping[str, float]
    together: float
    seeds: float | None
    is_grid: bool


def importances(settings: Mapping[str, Sequence[object]], metric: ArrayLike) -> Importances:
    """Divide the variance of a metric among the settings that were varied.

    The metric is taken by its ranks r, so that a run that diverged counts as the worst and no more. With the means of
    groups of runs, those with one value of a setting (k groups), or those of one cell (C cells of N runs)::

        SS = sum over groups of n_group (mean r of the group - mean r)^2
        share of a setting = (SS of its groups - (k - 1) noise) / sum (r - mean r)^2, at least 0

    The noise is what as many groups would differ by if the setting did nothing. In a grid it is the variance within
    cells, (total - SS of cells) / (N - C), 0 where each has one run: this is the analysis of variance (fANOVA by group
    means). Where settings were drawn, by random search or TPE, numbers are put into groups of about as many cells, by
    quantiles (round sqrt(C) of them, from 2 to 8, where there are more values), and the noise is the variance of cells
    within these groups, (SS of cells - SS) / (C - k). Settings that TPE tried together then share what they explain.

    Parameters
    ----------
    settings
        The value of each varied setting in each run, (N,) each: the columns of the exported table.
    metric : (N,)
        NaN or infinite where a run diverged.
    """
    from scipy.stats import rankdata

    values = np.asarray(metric, np.float64)
    ranks = rankdata(np.where(np.isfinite(values), values, np.inf))
    codes = {name: _codes(column) for name, column in settings.items()}
    cells = _cells(list(codes.values()), len(values))
    total = float(((ranks - ranks.mean()) ** 2).sum()) if len(ranks) else 0.0
    runs, count = len(values), _groups(cells)
    is_grid = math.prod(map(_groups, codes.values())) == count
    if total == 0:
        return Importances(dict.fromkeys(settings, 0.0), 0.0, None if runs == count else 0.0, is_grid)
    between = _between(ranks, cells)
    within = (total - between) / (runs - count) if runs > count else 0.0
    found: dict[str, float] = {}
    for name, own in codes.items():
        groups = own if is_grid else _binned(settings[name], own, cells)
        squares, others = _between(ranks, groups), _groups(groups) - 1
        left = count - _groups(groups)
        noise = within if is_grid else (between - squares) / left if left > 0 else math.inf
        found[name] = max(0.0, squares - others * noise) / total if others else 0.0
    of_cells = max(0.0, between - (count - 1) * within) / total
    together = max(0.0, of_cells - sum(found.values()))
    return Importances(found, together, 1 - of_cells if runs > count else None, is_grid)


def _codes(column: Sequence[object]) -> Integers:
    """Return a number for each different value, in the order in which they come."""
    from pandas import factorize

    codes, _ = factorize(np.asarray(column, dtype=object), use_na_sentinel=False)
    return codes.astype(np.int64)


def _cells(codes: list[Integers], runs: int) -> Integers:
    """Return a number for each different combination."""
    cells = np.zeros(runs, np.int64)
    for own in codes:
        _, cells = np.unique(cells * max(1, _groups(own)) + own, return_inverse=True)
    return cells


def _groups(codes: Integers) -> int:
    return int(codes.max()) + 1 if len(codes) else 0


def _between(ranks: Array, groups: Integers) -> float:
    """Return the sum of squares between groups."""
    counts, sums = np.bincount(groups), np.bincount(groups, ranks)
    return float((counts * (sums / counts - ranks.mean()) ** 2).sum())


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _binned(column: Sequence[object], codes: Integers, cells: Integers) -> Integers:
    """Put many numbers into groups of about as many cells; other values stay as they are."""
    count = _groups(cells)
    bins = min(max(2, round(math.sqrt(count))), _MOST_BINS)
    if _groups(codes) <= bins or not all(map(_is_number, column)):
        return codes
    numbers = np.asarray(column, np.float64)
    _, first = np.unique(cells, return_index=True)
    edges = np.quantile(numbers[first], np.arange(1, bins) / bins)
    _, groups = np.unique(np.searchsorted(edges, numbers), return_inverse=True)
    return groups
