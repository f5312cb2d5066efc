"""Statistics of studies: what is claimed where nothing differs, and whether the figures are scipy's and numpy's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from elman_core.config.study import StudyConfig, StudyMetric
from elman_core.studies.results import StudyResults
from elman_core.studies.runner import run_study
from elman_core.studies.statistics.comparisons import compare, compare_each, log_ratios, others_among, pairs_among
from elman_core.studies.statistics.summaries import (
    performance_profile,
    stratified_interval,
    success,
    summarise,
    summarise_each,
)
from elman_core.studies.study import Study, StudyBase

from .measure import Result

__all__ = ["comparisons_alike", "statistics_cases", "tutorial_errors"]

_SIZES = (10, 20, 50, 100)
_EACH = 100
"""Comparisons of each of five kinds and four sizes: 2,000."""
_RESAMPLES = 2_000

Array = NDArray[np.float64]


def statistics_cases() -> Iterator[Result]:
    """Compare settings that do not differ, settings that do, and every figure with scipy's or plain numpy's."""
    errors = tutorial_errors()
    random = np.random.default_rng(14)
    claims = {
        kind: [
            found.claims
            for pairs in _SIZES
            for found in compare_each(*comparisons_alike(kind, errors, pairs, random), 1)
        ]
        for kind in _KINDS
    }
    everything = [claim for own in claims.values() for claim in own]
    share, worst = float(np.mean(everything)), max(claims, key=lambda kind: float(np.mean(claims[kind])))
    yield Result(
        "statistics: claims where settings do not differ", f"{100 * share:.1f} % of {len(everything):,}", "6 % at most",
        bool(share <= 0.06), f"of 10 to 100 seeds; {100 * np.mean(claims[worst]):.1f} % of those {worst}",
    )  # fmt: skip
    for against, share in zip(("all", "the next one"), _studies_alike(errors, 200, random), strict=True):
        yield Result(
            f"statistics: studies of 20 cells alike that claim their best to be better than {against}",
            f"{100 * share:.1f} %", "6 % at most", bool(share <= 0.06),
            f"200 studies of 30 seeds, corrected for {'all pairs' if against == 'all' else 'the number of others'}",
        )  # fmt: skip
    pairs = _correlated(errors, 0.9, (400, 100), random)
    found = np.mean([own.claims and own.first_is_better for own in compare_each(0.8 * pairs[0], pairs[1], 1)])
    yield Result(
        "statistics: claims where the error is 0.8 of the other", f"{100 * found:.1f} %", "80 % at least",
        bool(found >= 0.8), "400 comparisons of 100 seeds that share much",
    )  # fmt: skip
    for name, off in (("scipy's", _off_scipy(errors)), ("those of plain numpy", _off_numpy(errors))):
        what = "figures are" if name == "scipy's" else "stratified figures are"
        yield Result(f"statistics: {what} {name}", f"{off:.1g} off", "1e-9 at most", bool(off <= 1e-9), "relative")
    cells = random.choice(errors, (200, 1_000))
    spent = [_seconds(lambda: summarise_each(list(cells))), _seconds(lambda: compare_each(cells[1:], cells[0], 199))]
    yield Result(
        "statistics: 200 cells of 1,000 seeds are summarised", f"{spent[0]:.2f} s", "1 s", spent[0] < 1,
        f"CPU time; {spent[1]:.2f} s to compare one with all others",
    )  # fmt: skip


def tutorial_errors() -> Array:
    """Train the tutorial from 1,000 seeds, and return their losses in order: skewed, over three powers of ten."""
    results = StudyResults()
    study = Study(StudyBase(name="sine", what="sine"), StudyConfig(seeds=1_000))
    for _ in run_study(study, results=results):
        pass
    return np.sort(results.values(StudyMetric.VALIDATION))


_KINDS = ("of small networks", "of networks whose seeds share much", "with heavy tails", "with ties", "with divergence")


def comparisons_alike(kind: str, errors: Array, pairs: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Return the errors of two settings that do not differ, (100, n) each, paired by seed."""
    shape = (_EACH, pairs)
    match kind:
        case "of networks whose seeds share much":
            return _correlated(errors, 0.9, shape, random)
        case "with heavy tails":
            shared = random.standard_cauchy(shape)
            first, second = (np.exp((shared + random.standard_cauchy(shape)).clip(-300, 300)) for _ in range(2))
            return first, second
        case "with ties":
            first, second = _correlated(errors, 0.5, shape, random)
            return np.ceil(20 * first), np.ceil(20 * second)  # as many of some items are wrong
        case "with divergence":
            first, second = _correlated(errors, 0.5, shape, random)
            often = random.uniform(0.02, 0.3, (_EACH, 1))
            first, second = (np.where(random.random(shape) < often, np.nan, own) for own in (first, second))
            return first, second
    return _correlated(errors, 0.0, shape, random)


def _correlated(
    errors: Array, shared: float, shape: tuple[int, ...], random: np.random.Generator
) -> tuple[Array, Array]:
    """Draw pairs of errors: each for itself as those measured, in each pair normal scores that correlate so much."""
    from scipy.special import ndtr

    common = random.normal(size=shape)
    scores = (np.sqrt(shared) * common + np.sqrt(1 - shared) * random.normal(size=shape) for _ in range(2))
    first, second = (errors[(ndtr(own) * len(errors)).astype(np.int64)] for own in scores)
    return first, second


def _studies_alike(errors: Array, studies: int, random: np.random.Generator) -> tuple[float, float]:
    """Return in what share of studies the cell that looks best is claimed to be better than any, and than the next."""
    claimed = np.zeros((studies, 2), np.bool_)
    for study in range(studies):
        cells = random.choice(errors, (20, 30))
        best, *others = cells[np.argsort(np.median(cells, axis=1))]
        claimed[study, 0] = any(own.claims for own in compare_each(np.array(others), best, pairs_among(20)))
        claimed[study, 1] = compare(best, others[0], others_among(20)).claims
    any_of_them, the_next = claimed.mean(axis=0).tolist()
    return any_of_them, the_next


def _off_scipy(errors: Array) -> float:
    """Return how far any figure lies from scipy's, as a share of it."""
    random, off = np.random.default_rng(0), [0.0]
    for pairs in (9, 12, 30, 100):
        first, second = _correlated(errors, 0.5, (pairs,), random)
        own, ordered = summarise(first, seed=pairs), np.sort(first)
        interval = stats.bootstrap(
            (ordered,), _trimmed, n_resamples=_RESAMPLES, method="percentile", rng=np.random.default_rng(pairs)
        ).confidence_interval
        off += _off((own.median, own.iqm, own.low, own.high), (np.median(first), _trimmed(first), *interval))
        reached = success(first, own.iqm)
        wilson = stats.binomtest(reached.successes, pairs).proportion_ci(method="wilson")
        off += _off((reached.low, reached.high), wilson)
        found, differences = compare(first, second, 3, seed=pairs), np.sort(log_ratios(first, second))
        interval = stats.bootstrap(
            (differences,), np.median, confidence_level=1 - 0.05 / 3, method="BCa", rng=np.random.default_rng(pairs)
        ).confidence_interval
        improvement = stats.mannwhitneyu(second, first).statistic / pairs**2
        off += _off(
            (found.ratio, found.low, found.high, found.probability_of_improvement),
            (*np.exp([np.median(differences), *interval]), improvement),
        )
        ranks: Array = np.sign(differences) * stats.rankdata(np.abs(differences))
        if pairs <= 12:
            flipped: Any = stats.permutation_test(
                (ranks,), np.sum, permutation_type="samples", n_resamples=2**pairs
            ).pvalue
        else:
            flipped = stats.wilcoxon(differences, method="exact").pvalue
        off += _off((found.p_value,), (flipped,))
    return max(off)


def _off_numpy(errors: Array) -> float:
    """Return how far stratified figures lie from those made a cell and a resample after the other."""
    values = np.random.default_rng(1).choice(errors, (5, 24))
    drawn = np.random.default_rng(3).integers(0, 24, (_RESAMPLES, 24))
    threshold, off = float(np.median(values)), list[float]()
    for shared in (True, False):
        own = values if shared else np.sort(values)
        resampled = np.array([[np.sort(cell[row])[6:18].mean() for cell in own] for row in drawn])  # (R, C)
        shares = np.array([[np.mean(cell[row] <= threshold) for cell in own] for row in drawn])
        if not shared:
            resampled = np.random.default_rng(3).permuted(resampled, axis=0)
            order = np.random.default_rng(3)
            shares = np.stack([shares[order.permutation(_RESAMPLES), cell] for cell in range(5)], axis=1)
        found = stratified_interval(values, seed=3, shared_seeds=shared)
        expected = np.mean([np.sort(cell)[6:18].mean() for cell in values])
        off += _off((found.estimate, found.low, found.high), (expected, *_ends(resampled.mean(axis=1))))
        profile = performance_profile(values, np.array([threshold]), seed=3, shared_seeds=shared)
        ends = _ends(shares.mean(axis=1))
        off += _off((profile.share[0], profile.low[0], profile.high[0]), (np.mean(values <= threshold), *ends))
    return max(off)


def _ends(resampled: Array) -> Array:
    return np.percentile(resampled, [2.5, 97.5])


def _trimmed(values: Array, axis: int = -1) -> Any:
    return stats.trim_mean(values, 0.25, axis=axis)


def _off(own: Sequence[Any], others: Sequence[Any]) -> list[float]:
    """Return the relative differences of figures."""
    return [float(abs(found - expected) / abs(expected)) for found, expected in zip(own, others, strict=True)]


def _seconds(work: Callable[[], object]) -> float:
    """Return the least CPU time of three rounds."""
    spent = []
    for _ in range(3):
        begin = time.process_time()
        work()
        spent.append(time.process_time() - begin)
    return min(spent)
