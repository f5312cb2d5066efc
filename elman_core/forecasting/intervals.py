"""Intervals: how wide a forecast's band must be to hold so many of the values to come; whatever made the forecast."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from elman_core.data.dataset import SequenceDataset
from elman_core.errors import ConfigError
from elman_core.support.jobs import Job

__all__ = [
    "LEVELS",
    "Calibration",
    "ForecastErrors",
    "adaptive_radii",
    "checked_levels",
    "fixed_radii",
    "local_level",
    "radius",
    "spread_radii",
]

LEVELS = (80.0, 90.0)
"""Per cent of the values that an interval is to hold, where nothing else is asked for."""
_FIRST_STEP, _STEP = 0.05, 0.02
"""gamma: how far a value outside, or one inside, moves the level that is aimed at, one step ahead and far ahead."""
_ENOUGH = 40
"""Own scores from which on nothing is borrowed from other rows or sequences."""
_FEWEST = 5
"""Fewer scores make no interval."""
_FEWEST_APART = 2.0
"""So many errors count at least, however much they overlap."""
_MOST = 1_000
"""Of more scores the last ones count."""
_MOST_INFLATED = 4.0
_LEVEL_ROWS = 10
_LOWEST_LEVEL = 0.2
_CLEARLY = 0.02
"""How much more likely each error must be for intervals to grow with the level, in logarithms."""
_LOWEST, _HIGHEST = 0.002, 0.9998
"""The levels that adaption may aim at."""

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Errors that a forecaster made in an inner validation, by parts that were not fitted to the rows it forecast.

    Attributes
    ----------
    origins : (n,)
        The rows that were forecast from, rising; all rows forecast come before the test part.
    errors : (H, n, C)
        value - forecast, or its negative, in the data's own units; NaN where there is no value.
    """

    origins: Integers
    errors: Array

    def within(self, steps: int) -> Array:
        """Return the errors of 1 ... `steps` steps, NaN where there are none so far ahead."""
        found = np.full((steps, *self.errors.shape[1:]), np.nan)
        found[: len(self.errors)] = self.errors[:steps]
        return found


@dataclass(frozen=True, eq=False)
class ForecastErrors:
    """What forecasts were off by, from origins that rise.

    Attributes
    ----------
    errors : (H, n, C)
        value - forecast, h = 1 ... H steps after each origin; NaN where there is no value.
    origins, sequence : (n,)
        The last row that was known, and the sequence it belongs to.
    train_stops, test_starts : (S,)
        The row after the training part of each sequence, which the forecaster was fitted to, and the first row of its
        test part: errors before that calibrate.
    scale : (S, C)
        What errors of different sequences are divided by to be compared.
    level : (n, C), optional
        How high the series stood before each origin, in units of its usual height; above 0. See `local_level`.
    """

    errors: Array
    origins: Integers
    sequence: Integers
    train_stops: Integers
    test_starts: Integers
    scale: Array
    level: Array | None = None

    @property
    def is_tested(self) -> NDArray[np.bool_]:
        """(n,), True for the origins whose next row is in the test part: these get intervals."""
        return np.asarray(self.origins + 1 >= self.test_starts[self.sequence])


def checked_levels(levels: Sequence[float]) -> tuple[float, ...]:
    """Return the levels in per cent, each once, in their order.

    Raises
    ------
    ConfigError
        When one is not between 0 and 100.
    """
    for level in levels:
        if not 0 < level < 100:
            raise ConfigError(f"interval must be above 0 and below 100 per cent, got {level:g}")
    return tuple(sorted(dict.fromkeys(float(level) for level in levels)))


def adaptive_radii(found: ForecastErrors, levels: Sequence[float]) -> Job[Array]:
    """Return half the width of each interval, (L, H, m, C), for the m origins that are tested.

    Conformal: the radius is a quantile of |error| at the same number of steps ahead, of the validation part and of what
    has become known since: an error h steps ahead is known h rows after its origin, not sooner. Adaptive (Gibbs &
    Candes 2021): the quantile's level 1 - a moves so that in the long run as many values lie outside as should::

        a <- a + gamma (alpha - [value outside])

    for each number of steps, sequence and column, when the value becomes known; gamma is .05 one step ahead and .02 far
    ahead. Where a sequence has fewer than 40 such errors, those of the other sequences are taken, each divided by its
    sequence's scale; of a single sequence those of the training part, which are multiplied by what errors of the
    validation part are larger, and those of fewer steps ahead, down to half as many, as if errors grew with the square
    root of the steps.

    Errors h steps ahead overlap, so that of n in a row only n / h count. Intervals of one sequence's own errors are
    wider by what Student's distribution of so many degrees of freedom is wider than that of n; one step ahead by
    nothing.

    Where errors have grown with the level of the series, they are divided by it, and the intervals grow with it too:
    if that makes the errors before the test part more likely, with Laplace's distribution.
    """
    level = _level_of_errors(found)
    if level is not None:
        relative = replace(found, errors=found.errors / level, level=None)
        return (yield from adaptive_radii(relative, levels)) * level[found.is_tested]
    steps, _, columns = found.errors.shape
    tested = np.flatnonzero(found.is_tested)
    radii = np.full((len(levels), steps, len(tested), columns), np.nan)
    sequences = len(found.test_starts)
    edges = np.searchsorted(found.sequence, np.arange(sequences + 1))
    tested_edges = np.searchsorted(found.sequence[tested], np.arange(sequences + 1))
    work = steps * columns
    for done, (step, column) in enumerate(np.ndindex(steps, columns)):
        pool = _pool(found, step, column)
        for sequence in range(sequences):
            if sequence % 50 == 0:
                yield (done + sequence / sequences) / work
            own, place = _span(edges, sequence), _span(tested_edges, sequence)
            if place.start == place.stop:
                continue
            begun = _calibration(found, own, sequence, step, column, pool)
            radii[:, step, place, column] = _adapted(found, own, sequence, step, column, begun, levels)
    return radii


def local_level(dataset: SequenceDataset, origins: Integers) -> Array:
    """Return the mean |value| of the last season up to each origin, of ten rows without one, in units of the mean.

    The mean is that of the sequence's rows up to its training part's end. At least a fifth, (n, C).
    """
    width = dataset.config.season or _LEVEL_ROWS
    sizes = np.abs(np.asarray(dataset.values[:], np.float64))
    sums = np.concatenate([np.zeros((1, sizes.shape[1])), np.cumsum(sizes, axis=0)])
    starts, parts = dataset.panel.starts[dataset.sequence_of_row[origins]], dataset.parts
    first = np.maximum(origins + 1 - width, starts)
    local = (sums[origins + 1] - sums[first]) / (origins + 1 - first)[:, None]
    stops = np.where(parts.train_stops > parts.starts, parts.train_stops, parts.stops)
    usual = (sums[stops] - sums[parts.starts]) / (stops - parts.starts)[:, None]  # (S, C)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        share = local / usual[dataset.sequence_of_row[origins]]
    return np.where(np.isfinite(share), np.maximum(share, _LOWEST_LEVEL), 1.0)


def _level_of_errors(found: ForecastErrors) -> Array | None:
    """Return what errors are to be divided by, (n, C): 1 in a column whose errors do not grow with the level."""
    if found.level is None:
        return None
    row = found.origins + np.arange(1, len(found.errors) + 1)[:, None]
    known = row < found.test_starts[found.sequence]  # (H, n)
    scores = np.abs(found.errors) / found.scale[found.sequence]
    usable = known[:, :, None] & np.isfinite(scores)
    count = usable.sum(axis=1)  # (H, C)
    with np.errstate(invalid="ignore", divide="ignore"):
        as_they_are = np.log(np.where(usable, scores, 0.0).sum(axis=1) / count)
        divided = np.log(np.where(usable, scores / found.level, 0.0).sum(axis=1) / count)
        divided += np.where(usable, np.log(found.level), 0.0).sum(axis=1) / count
        gain = as_they_are - divided  # in mean log-likelihood
    gain = np.where(np.isfinite(gain) & (count >= _ENOUGH), gain, 0.0)
    grows = gain.mean(axis=0) > _CLEARLY
    return np.where(grows, found.level, 1.0) if grows.any() else None


def _span(edges: Integers, sequence: int) -> slice:
    return slice(int(edges[sequence]), int(edges[sequence + 1]))


def _pool(found: ForecastErrors, step: int, column: int) -> Array:
    """Return the scaled scores of all sequences' validation parts, or training parts where there are no others."""
    if len(found.test_starts) == 1:
        return np.empty(0)
    row = found.origins + step + 1
    scores = np.abs(found.errors[step, :, column]) / found.scale[found.sequence, column]
    usable = np.isfinite(scores) & (row < found.test_starts[found.sequence])
    validated = usable & (row >= found.train_stops[found.sequence])
    chosen = validated if np.count_nonzero(validated) >= _ENOUGH else usable
    return np.sort(scores[chosen])


@dataclass(eq=False)
class _Scores:
    """What calibrates a sequence's next interval.

    Attributes
    ----------
    rising
        A list is the sequence's own, to which what becomes known is added; an array is that of all sequences.
    factor
        What radii are multiplied by.
    own
        How many of a list are errors of so many steps ahead.
    """

    rising: list[float] | Array
    factor: float = 1.0
    own: int = 0

    def add(self, score: float) -> None:
        """Take in what has become known."""
        if isinstance(self.rising, list) and score < float("inf"):
            insort(self.rising, score)
            self.own += 1

    def radius(self, level: float, step: int) -> float:
        """Return half the width of the next interval, `step` + 1 steps ahead."""
        wider = _widening(self.own, step, level) if isinstance(self.rising, list) else 1.0
        return self.factor * wider * radius(self.rising, level)


def _widening(count: int, step: int, level: float) -> float:
    """Return how much wider an interval is since errors overlap, at least 1."""
    origins = count + step  # one error fewer is known for each further step
    apart = max(origins / (step + 1), _FEWEST_APART)
    if origins <= apart:
        return 1.0
    from scipy.special import stdtrit  # imports a part of scipy

    rank = (1 + level) / 2
    return float(stdtrit(apart, rank) / stdtrit(origins, rank))


def _calibration(found: ForecastErrors, own: slice, sequence: int, step: int, column: int, pool: Array) -> _Scores:
    """Return the scores that calibrate the first interval."""
    scores = np.abs(found.errors[step, own, column])
    row = found.origins[own] + step + 1
    known = np.isfinite(scores) & (row < found.test_starts[sequence])
    validated = known & (row >= found.train_stops[sequence])
    fresh = scores[validated][-_MOST:]
    if len(fresh) >= _ENOUGH:
        return _Scores(sorted(fresh.tolist()), own=len(fresh))
    scale = float(found.scale[sequence, column])
    if len(pool) and np.isfinite(scale):
        return _Scores(pool, scale)
    fitted = scores[known & ~validated][-2 * _ENOUGH :]
    inflation = _inflation(found, own, sequence, step, column)
    scores_own = [*fresh.tolist(), *(inflation * fitted).tolist()]
    nearer = _of_fewer_steps(found, own, sequence, step, column, _ENOUGH - len(scores_own)) if scores_own else []
    return _Scores(sorted([*scores_own, *nearer]), own=len(scores_own))


def _of_fewer_steps(
    found: ForecastErrors, own: slice, sequence: int, step: int, column: int, wanted: int
) -> list[float]:
    """Return scores of fewer steps ahead, the nearest first, as large as they might be after `step` + 1 steps."""
    borrowed: list[float] = []
    for other in range(step - 1, (step + 2) // 2 - 2, -1):
        if len(borrowed) >= wanted:
            break
        scores, row = np.abs(found.errors[other, own, column]), found.origins[own] + other + 1
        known = np.isfinite(scores) & (row < found.test_starts[sequence])
        borrowed.extend((scores[known] * ((step + 1) / (other + 1)) ** 0.5).tolist())
    return borrowed


def _inflation(found: ForecastErrors, own: slice, sequence: int, step: int, column: int) -> float:
    """Return how much larger errors of the validation part are than those of the training part, at least 1.

    The mean over numbers of steps of the ratio of their medians, by the number of errors, and the less the
    further from the steps in question.
    """
    total = weight = 0.0
    for other in range(len(found.errors)):
        scores, row = np.abs(found.errors[other, own, column]), found.origins[own] + other + 1
        known = np.isfinite(scores) & (row < found.test_starts[sequence])
        validated = known & (row >= found.train_stops[sequence])
        fitted = known & ~validated
        if not (validated.any() and fitted.any()):
            continue
        before = float(np.median(scores[fitted]))
        if before > 0:
            near = min(step + 1, other + 1) / max(step + 1, other + 1)
            count = near * np.count_nonzero(validated)
            total += count * float(np.median(scores[validated])) / before
            weight += count
    return float(np.clip(total / weight, 1.0, _MOST_INFLATED)) if weight else 1.0


def _adapted(
    found: ForecastErrors,
    own: slice,
    sequence: int,
    step: int,
    column: int,
    scores: _Scores,
    levels: Sequence[float],
) -> Array:
    """Return the radii (L, m) of one sequence, step and column, origin after origin."""
    origins = found.origins[own]
    off = np.abs(found.errors[step, own, column]).tolist()
    first = int(np.searchsorted(origins + 1, found.test_starts[sequence]))
    alphas = [1 - level / 100 for level in levels]
    gamma = max(_FIRST_STEP / (step + 1), _STEP)  # smaller where a value is known so late that aims overshoot
    aims = list(alphas)
    # The first error that was not known when calibration ended.
    known = int(np.searchsorted(origins + step + 1, found.test_starts[sequence]))
    radii = np.full((len(levels), len(origins) - first), np.nan)
    current = [scores.radius(1 - aim, step) for aim in aims]
    for place in range(first, len(origins)):
        before = known
        while known < place and origins[known] + step + 1 <= origins[place]:
            score = off[known]
            if score == score:
                for index, alpha in enumerate(alphas):
                    if known >= first and radii[index, known - first] == radii[index, known - first]:
                        outside = score > radii[index, known - first]
                        aims[index] = min(max(aims[index] + gamma * (alpha - outside), 1 - _HIGHEST), 1 - _LOWEST)
                scores.add(score)
            known += 1
        if known > before:
            current = [scores.radius(1 - aim, step) for aim in aims]
        radii[:, place - first] = current
    return radii


def fixed_radii(
    calibration: Calibration, sequence: Integers, scale: Array, steps: int, levels: Sequence[float]
) -> Job[Array]:
    """Return half the width of the next intervals of each sequence, (L, H, S, C), by a calibration alone.

    They are those of `adaptive_radii` before any value of the test part has come.

    Parameters
    ----------
    sequence : (n,)
        That each of the calibration's origins belongs to.
    scale : (S, C)
        What errors of different sequences are divided by to be compared.
    """
    sequences = len(scale)
    # Each sequence has one more origin, far enough after its others that all errors are known there.
    everything = np.concatenate([sequence, np.arange(sequences)])
    order = np.argsort(everything, kind="stable")
    errors = np.concatenate(
        [calibration.within(steps), np.full((steps, sequences, calibration.errors.shape[2]), np.nan)], axis=1
    )
    is_last = np.concatenate([np.zeros(len(sequence), np.bool_), np.ones(sequences, np.bool_)])[order]
    origins = np.arange(len(order)) + steps * np.cumsum(is_last)
    ends = origins[is_last]
    starts = np.concatenate([[0], ends[:-1] + 1])
    found = ForecastErrors(errors[:, order], origins, everything[order], starts, ends + 1, scale)
    return (yield from adaptive_radii(found, levels))


def radius(scores: Sequence[float] | Array, level: float) -> float:
    """Return the quantile of scores in rising order that a new one does not exceed with a probability of `level`.

    That is the one of rank ceil(level (n + 1)). Where there are too few for that, the largest grows as a normal
    distribution's quantile does. NaN of fewer than five scores.
    """
    count = len(scores)
    if count < _FEWEST:
        return float("nan")
    rank = int(np.ceil(level * (count + 1) - 1e-9))
    if rank <= count:
        return float(scores[max(rank, 1) - 1])
    normal = NormalDist().inv_cdf
    return float(scores[-1] * normal((1 + level) / 2) / normal((1 + count / (count + 1)) / 2))


def spread_radii(deviation: Array, levels: Sequence[float]) -> Array:
    """Return half the width of intervals by an ensemble's standard deviation (H, n, C): (L, H, n, C), normal.

    They hold what training leaves open, not the noise of the data, so that they are too narrow on their own.
    """
    factors = [NormalDist().inv_cdf(0.5 + level / 200) for level in levels]
    return np.asarray(np.multiply.outer(np.array(factors), deviation))
