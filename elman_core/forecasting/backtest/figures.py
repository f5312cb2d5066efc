"""Figures of a backtest: errors, quantile loss, coverage and skill of forecasts over some origins and steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.forecasting.accumulators import ErrorSums, Truth
from elman_core.forecasting.backtest.results import Figures
from elman_core.forecasting.scores import Score, SequenceScores

__all__ = ["Scale", "autocorrelation", "coverage", "figures_of", "quantile_loss", "scores_of", "skill", "values_after"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Chosen = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Scale:
    """What came after the origins of a backtest, and what errors are measured by.

    Attributes
    ----------
    dataset
        The data.
    origins : (n,)
        Rows that rise.
    values : (H, n, C)
        NaN where there is none, or it was filled.
    steps : (S, C)
        The scale of MASE: see `mean_steps`.
    """

    dataset: SequenceDataset
    origins: Integers
    values: Array
    steps: Array


def values_after(dataset: SequenceDataset, origins: Integers, horizon: int) -> Array:
    """Return what came 1 ... H rows after some origins: (H, n, C), NaN beyond the sequence's end or where filled."""
    rows = origins + np.arange(1, horizon + 1)[:, None]
    there = rows < dataset.parts_stop(origins)
    rows = np.where(there, rows, origins)
    seen = there[:, :, None] & ~dataset.missing[rows]
    return np.where(seen, dataset.values[rows.ravel()].reshape(*rows.shape, -1), np.nan)


def scores_of(scale: Scale, point: Array, steps: Iterable[int], chosen: Chosen) -> SequenceScores:
    """Return the score of each sequence over some steps, from 1, and chosen origins (n,)."""
    dataset, origins = scale.dataset, scale.origins[chosen]
    sequence = dataset.sequence_of_row[origins]
    steps = list(steps)
    weights = np.zeros(dataset.rows, np.int64)
    added = []
    for step in steps:
        there = ~np.isnan(scale.values[step - 1, chosen]).all(axis=1)
        weights += np.bincount(origins[there] + step, minlength=dataset.rows)
        added.append(there)
    sums = ErrorSums(Truth.of(dataset, weights, scale.steps))
    for step, there in zip(steps, added, strict=True):
        values = scale.values[step - 1, chosen][there]
        sums.add(point[step - 1, chosen][there], values, sequence[there], ~np.isnan(values))
    return sums.scores()


def figures_of(
    scale: Scale,
    point: Array,
    radii: Array,
    spread: Array | None,
    levels: Sequence[float],
    steps: Sequence[int],
    chosen: Chosen,
    simple: Sequence[Array],
) -> Figures | None:
    """Return all figures over some steps and chosen origins; None where no value is scored.

    Parameters
    ----------
    point : (H, n, C)
    radii : (L, H, n, C)
    spread : (L, H, n, C), optional
        Half the width of intervals by the ensemble's spread.
    simple
        What the simple baselines forecast, (H, n, C) each.
    """
    by_sequence = scores_of(scale, point, steps, chosen)
    if not len(by_sequence.scored):
        return None
    score = by_sequence.mean()
    index = [step - 1 for step in steps]
    values, own = scale.values[index][:, chosen], point[index][:, chosen]
    widths = radii[:, index][:, :, chosen]
    others = [scores_of(scale, other, steps, chosen).mean() for other in simple]
    several = len(scale.dataset.panel) > 1 or len(scale.dataset.columns) > 1
    return Figures(
        rmse=score.rmse,
        mae=score.mae,
        mase=score.mase,
        smape=score.smape,
        rows=int(np.count_nonzero(~np.isnan(values))),
        quantile_loss=quantile_loss(values, own, widths, levels),
        skill=skill(score, others, scaled=several),
        coverage=coverage(values, own, widths, levels),
        spread_coverage={} if spread is None else coverage(values, own, spread[:, index][:, :, chosen], levels),
    )


def coverage(values: Array, point: Array, radii: Array, levels: Sequence[float]) -> dict[float, float]:
    """Return by level the share of values (H, n, C) within point +- radius; without levels that have no radius."""
    found = {}
    for level, own in zip(levels, radii, strict=True):
        seen = ~np.isnan(values) & ~np.isnan(own)
        if seen.any():
            with np.errstate(invalid="ignore"):
                found[level] = float((np.abs(values - point) <= own)[seen].mean())
    return found


def quantile_loss(values: Array, point: Array, radii: Array, levels: Sequence[float]) -> float | None:
    """Return the weighted quantile loss; see `Figures`."""
    quantiles = [(0.5, point)]
    for level, own in zip(levels, radii, strict=True):
        quantiles += [(0.5 - level / 200, point - own), (0.5 + level / 200, point + own)]
    seen = ~np.isnan(values) & ~np.isnan(radii).any(axis=0)
    if not seen.any():
        return None
    axes = (0, 1)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        size = np.where(seen, np.abs(values), 0.0).sum(axis=axes)  # (C,)
        losses = []
        for quantile, edge in quantiles:
            off = values - edge
            loss = np.where(seen, np.maximum(quantile * off, (quantile - 1) * off), 0.0)
            losses.append(2 * loss.sum(axis=axes) / size)
        mean = np.mean(losses, axis=0)[size > 0]
    return float(mean.mean()) if len(mean) else None


def skill(score: Score, others: Sequence[Score], *, scaled: bool) -> float | None:
    """Return 1 - error / error of the best of some others, by MASE where `scaled`, else by RMSE; see `Figures`."""
    own = score.mase if scaled else score.rmse
    theirs = [error for other in others if (error := other.mase if scaled else other.rmse) is not None]
    best = min(theirs, default=0.0)
    return 1 - own / best if own is not None and best > 0 else None


def autocorrelation(errors: Array, sequence: Integers, lags: int) -> Array:
    """Return r_k = sum e_t e_{t+k} / sum e_t^2, k = 1 ... lags, of errors (n,) less their mean.

    Products are taken within the sequences (n,) that errors belong to; the mean is each sequence's own.
    """
    counts = np.bincount(sequence)
    with np.errstate(invalid="ignore", divide="ignore"):
        off = errors - (np.bincount(sequence, errors) / counts)[sequence]
    total = float(off @ off)
    found = np.zeros(lags)
    for lag in range(1, min(lags, len(errors) - 1) + 1):
        same = sequence[lag:] == sequence[:-lag]
        found[lag - 1] = (off[lag:] * off[:-lag])[same].sum() / total if total > 0 else 0.0
    return found
