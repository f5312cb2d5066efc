"""What runs from many seeds come to: the figures are scipy's, and a run that diverged is never left out."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from scipy import stats

from elman_core.studies.statistics import summaries
from elman_core.studies.statistics.resampling import RESAMPLES, bootstrap, cut_of_interquartile_mean
from elman_core.studies.statistics.summaries import (
    performance_profile,
    stratified_interval,
    success,
    summarise,
    summarise_each,
)

SAME = pytest.approx


def skewed(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(-3, 1, shape)


def trimmed(values: np.ndarray, axis: int = -1) -> np.ndarray:
    return stats.trim_mean(values, 0.25, axis=axis)


@pytest.mark.parametrize("runs", [1, 2, 3, 4, 7, 10, 100, 1001])
def test_median_and_interquartile_mean_are_numpys_and_scipys(runs: int) -> None:
    values = skewed(runs)
    found = summarise(values)
    assert found.runs == runs
    assert found.median == SAME(np.median(values), rel=1e-12)
    assert found.iqm == SAME(trimmed(values), rel=1e-12)


@pytest.mark.parametrize("runs", [2, 5, 30, 400])
def test_the_interval_of_the_interquartile_mean_is_scipys_percentile_bootstrap(runs: int) -> None:
    values = np.sort(skewed(runs))
    found = summarise(values, seed=3)
    expected = stats.bootstrap(
        (values,), trimmed, n_resamples=2_000, method="percentile", rng=np.random.default_rng(3)
    ).confidence_interval
    assert (found.low, found.high) == SAME(tuple(expected), rel=1e-9)


def test_a_bootstrap_that_is_drawn_in_blocks_is_the_same_as_in_one() -> None:
    values = np.sort(skewed(500))
    drawn = np.random.default_rng(1).integers(0, 500, (RESAMPLES, 500))
    expected = trimmed(values[drawn], axis=1)
    np.testing.assert_allclose(bootstrap(values[None], cut_of_interquartile_mean, RESAMPLES, 1)[:, 0], expected, 1e-12)


def test_the_interval_holds_the_true_interquartile_mean_in_95_of_100_samples() -> None:
    truth = trimmed(skewed(1_000_000, seed=9))
    found = summarise_each(list(skewed(1_000, 30, seed=1)))
    assert 0.93 <= np.mean([own.low <= truth <= own.high for own in found]) <= 0.97


def test_many_cells_are_summarised_as_one_by_one_whatever_their_runs() -> None:
    cells = [skewed(runs, seed=runs) for runs in (10, 3, 10, 1, 0, 3)]
    for found, own in zip(summarise_each(cells), map(summarise, cells), strict=True):
        assert astuple(found) == SAME(astuple(own), rel=1e-12, nan_ok=True)
    assert summarise_each([]) == ()


def test_the_order_of_runs_makes_no_difference_and_the_seed_repeats_all() -> None:
    values = skewed(50)
    assert summarise(values) == summarise(values[::-1]) == summarise(values, seed=0) != summarise(values, seed=1)


def test_runs_that_diverged_count_as_the_worst() -> None:
    values = np.array([0.1, np.nan, 0.3, 0.2, np.inf])
    found = summarise(values)
    assert (found.runs, found.diverged, found.median) == (5, 2, 0.3)
    assert found.iqm == found.high == np.inf
    assert 0.1 <= found.low < np.inf
    few = summarise(np.append(skewed(99), np.nan))
    assert few.diverged == 1
    assert few.high < 1
    all_of_them = summarise(np.full(4, np.nan))
    assert (all_of_them.median, all_of_them.iqm, all_of_them.low, all_of_them.high) == (np.inf,) * 4


def test_one_run_none_and_equal_ones_have_a_summary() -> None:
    one = summarise([0.5])
    assert (one.runs, one.diverged, one.median, one.iqm) == (1, 0, 0.5, 0.5)
    assert np.isnan([one.low, one.high]).all()  # one run has no interval
    nothing = summarise([])
    assert (nothing.runs, nothing.diverged) == (0, 0)
    assert np.isnan([nothing.median, nothing.iqm, nothing.low, nothing.high]).all()
    equal = summarise(np.full(20, 0.25))
    assert (equal.median, equal.iqm, equal.low, equal.high) == SAME((0.25,) * 4, rel=1e-15)


@pytest.mark.parametrize(("successes", "runs"), [(0, 10), (3, 10), (10, 10), (70, 1_008), (1, 1)])
def test_the_share_that_reaches_a_threshold_has_wilsons_interval(successes: int, runs: int) -> None:
    values = np.where(np.arange(runs) < successes, 0.1, 0.3)
    found = success(values, 0.1)
    share, z = successes / runs, stats.norm.ppf(0.975)
    middle, spread = share + z**2 / (2 * runs), z * np.sqrt(share * (1 - share) / runs + z**2 / (4 * runs**2))
    assert (found.successes, found.runs, found.share) == (successes, runs, share)
    ends = (middle - spread) / (1 + z**2 / runs), (middle + spread) / (1 + z**2 / runs)
    assert (found.low, found.high) == SAME(ends, abs=1e-12)


def test_a_run_that_diverged_is_no_success_and_without_runs_nothing_is_known() -> None:
    assert success([0.1, np.nan, np.inf, 0.2], 1e9).successes == 2
    nothing = success([], 0.1)
    assert (nothing.runs, nothing.low, nothing.high) == (0, 0.0, 1.0)
    assert np.isnan(nothing.share)


def plain_stratified(values: np.ndarray, seed: int, *, shared_seeds: bool) -> tuple[float, float, float]:
    """The same in plain numpy, a cell and a resample after the other."""
    cells, runs = values.shape
    drawn = np.random.default_rng(seed).integers(0, runs, (2_000, runs))
    each = np.empty((2_000, cells))
    for cell in range(cells):
        for row, places in enumerate(drawn):
            own = values[cell] if shared_seeds else np.sort(values[cell])
            middle = np.sort(own[places])[runs // 4 : runs - runs // 4]
            each[row, cell] = middle.sum() / len(middle)
    if not shared_seeds:
        each = np.random.default_rng(seed).permuted(each, axis=0)
    low, high = np.percentile(each.mean(axis=1), [2.5, 97.5])
    return np.mean([trimmed(own) for own in values]), low, high


@pytest.mark.parametrize("shared_seeds", [True, False])
def test_the_stratified_interval_is_that_of_plain_numpy(shared_seeds: bool) -> None:
    values = skewed(4, 15)
    found = stratified_interval(values, seed=2, shared_seeds=shared_seeds)
    assert (found.estimate, found.low, found.high) == SAME(
        plain_stratified(values, 2, shared_seeds=shared_seeds), rel=1e-9
    )


def test_the_interval_of_one_cell_over_cells_is_that_of_its_summary() -> None:
    values = np.sort(skewed(1, 40))
    found, own = stratified_interval(values), summarise(values[0])
    assert (found.estimate, found.low, found.high) == SAME((own.iqm, own.low, own.high), rel=1e-12)


def test_the_stratified_interval_is_as_wide_as_with_cells_that_are_resampled_apart() -> None:
    values = skewed(20, 30)
    generator = np.random.default_rng(5)
    apart = np.stack([trimmed(own[generator.integers(0, 30, (20_000, 30))]) for own in values]).mean(axis=0)
    found = stratified_interval(values, shared_seeds=False)
    assert (found.low, found.high) == SAME(tuple(np.percentile(apart, [2.5, 97.5])), rel=0.01)


@pytest.mark.parametrize("together", [0.0, 0.9])
def test_with_shared_seeds_the_interval_holds_the_truth_whether_cells_go_together_or_not(together: float) -> None:
    generator, held = np.random.default_rng(2), {True: 0, False: 0}
    truth = trimmed(np.exp(generator.normal(size=1_000_000)))
    for _ in range(200):
        seeds = np.sqrt(together) * generator.normal(size=100)
        values = np.exp(seeds + np.sqrt(1 - together) * generator.normal(size=(6, 100)))
        for shared in held:
            found = stratified_interval(values, shared_seeds=shared)
            held[shared] += found.low <= truth <= found.high
    assert held[True] >= 180
    assert held[False] >= 180 if together == 0 else held[False] < 140  # an interval that fools


@pytest.mark.parametrize("shared_seeds", [True, False])
def test_many_runs_have_the_normal_interval_which_is_near_that_of_resamples(
    shared_seeds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = skewed(1, 2_000)
    values, thresholds = np.sqrt(seeds * skewed(3, 2_000, seed=1)), np.array([0.0, 0.02, 0.05, 10.0])
    made = {}
    for most in (10_000, 0):
        monkeypatch.setattr(summaries, "MOST_RESAMPLED", most)
        over, profile = (
            stratified_interval(values, shared_seeds=shared_seeds),
            performance_profile(values, thresholds, shared_seeds=shared_seeds),
        )
        alone = summarise(values[0])
        made[most] = np.array([over.low, over.high, *profile.low, *profile.high, alone.low, alone.high])
    np.testing.assert_allclose(made[0], made[10_000], rtol=0.01)
    expected = stats.mstats.trimmed_mean_ci(values[0], limits=(0.25, 0.25))
    assert made[0][-2:] == SAME(np.asarray(expected), rel=1e-3)


def test_a_study_of_very_many_seeds_is_summarised_too() -> None:
    values = skewed(200_000)
    values[:1_000] = np.nan
    found = summarise(values)
    assert found.low < found.iqm < found.high < 1.02 * found.low
    values[:60_000] = np.nan
    assert summarise(values).low == np.inf
    assert success(values, 0.05).runs == 200_000
    profile = performance_profile(values[None], np.array([0.05]))
    assert profile.low[0] < profile.share[0] < profile.high[0]


def test_the_profile_is_the_share_of_runs_within_a_band_of_binomials() -> None:
    values, thresholds = skewed(3, 40), np.array([0.0, 0.02, 0.05, 0.2, 100.0])
    shares = np.array([(values <= threshold).mean(axis=1) for threshold in thresholds])  # (T, C)
    drawn = np.random.default_rng(0).binomial(40, shares, (20_000, *shares.shape)).mean(axis=2) / 40
    found = performance_profile(values, thresholds, shared_seeds=False)
    np.testing.assert_allclose(found.share, shares.mean(axis=1), 1e-15)
    np.testing.assert_allclose(found.low, np.percentile(drawn, 2.5, axis=0), atol=0.01)
    np.testing.assert_allclose(found.high, np.percentile(drawn, 97.5, axis=0), atol=0.01)
    assert (found.low[0], found.high[0], found.low[-1], found.high[-1]) == (0, 0, 1, 1)


def test_with_shared_seeds_the_band_of_a_profile_is_that_of_seeds_drawn_again() -> None:
    values, thresholds = np.repeat(skewed(1, 40), 3, axis=0), np.array([0.02, 0.05])
    drawn = values[:, np.random.default_rng(7).integers(0, 40, (2_000, 40))]  # (C, R, n)
    found = performance_profile(values, thresholds, seed=7)
    for place, threshold in enumerate(thresholds):
        expected = np.percentile((drawn <= threshold).mean(axis=(0, 2)), [2.5, 97.5])
        assert (found.low[place], found.high[place]) == SAME(tuple(expected), rel=1e-12)
    alone = performance_profile(values, thresholds, shared_seeds=False)
    assert (found.high - found.low > 1.5 * (alone.high - alone.low)).all()  # three cells that are one and the same


def test_runs_that_diverged_are_below_no_threshold_of_a_profile() -> None:
    found = performance_profile(np.array([[0.1, np.nan], [np.inf, 0.2]]), np.array([1e300]))
    assert found.share.tolist() == [0.5]


def test_a_profile_and_a_mean_of_no_cells_are_nan() -> None:
    assert np.isnan(performance_profile(np.empty((0, 5)), np.array([1.0])).share).all()
    assert np.isnan(stratified_interval(np.empty((3, 0))).estimate)
