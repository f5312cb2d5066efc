"""Whether a setting is better than another: the figures are scipy's, and nothing is claimed that chance could make."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from elman_core.studies.statistics import resampling, sign_flips
from elman_core.studies.statistics.comparison import Comparison, IntervalMethod, _figure
from elman_core.studies.statistics.comparisons import (
    compare,
    compare_each,
    in_pairs,
    log_ratios,
    others_among,
    pairs_among,
)
from elman_core.studies.statistics.sign_flips import fewest_pairs, sign_flip_test
from elman_core.studies.statistics.summaries import summarise_each

SAME = pytest.approx


def two_settings(pairs: int, factor: float = 0.8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Skewed errors that share what comes from the seed; those of the first are smaller by a factor."""
    generator = np.random.default_rng(seed)
    shared = generator.normal(-3, 1, pairs)
    return (
        factor * np.exp(shared + generator.normal(0, 0.2, pairs)),
        np.exp(shared + generator.normal(0, 0.2, pairs)),
    )


def signed_ranks(differences: np.ndarray) -> np.ndarray:
    return np.sign(differences) * stats.rankdata(np.abs(differences))


@pytest.mark.parametrize("pairs", [5, 6, 20, 33, 100, 701])
@pytest.mark.parametrize("comparisons", [1, 40])
def test_ratio_and_interval_are_those_of_scipys_bootstrap(pairs: int, comparisons: int) -> None:
    first, second = two_settings(pairs, 0.9)
    found = compare(first, second, comparisons, seed=7)
    differences = np.sort(np.log(first) - np.log(second))
    expected = stats.bootstrap(
        (differences,), np.median, confidence_level=1 - 0.05 / comparisons, method="BCa", rng=np.random.default_rng(7)
    ).confidence_interval
    assert found.method is IntervalMethod.BCA
    assert found.level == 1 - 0.05 / comparisons
    assert found.ratio == SAME(np.exp(np.median(differences)), rel=1e-12)
    assert (found.low, found.high) == SAME(tuple(np.exp(expected)), rel=1e-9)


def test_of_very_many_pairs_the_interval_is_that_of_scipys_quantile_test() -> None:
    first, second = two_settings(40_001, 0.99)
    found = compare(first, second, 3)
    expected = stats.quantile_test(log_ratios(first, second), p=0.5).confidence_interval(1 - 0.05 / 3)
    assert (found.low, found.high) == SAME(tuple(np.exp(expected)), rel=1e-12)
    assert found.method is IntervalMethod.ORDER_STATISTICS
    assert found.claims
    some = compare(first[:2_000], second[:2_000])
    more = compare(first[:2_001], second[:2_001])
    assert (some.low, some.high) == SAME((more.low, more.high), rel=0.01)


@pytest.mark.parametrize("pairs", [2, 3, 5, 9, 12])
@pytest.mark.parametrize("kind", ["skewed", "tied", "zeros"])
def test_the_test_is_scipys_permutation_test_over_all_flips(pairs: int, kind: str) -> None:
    first, second = two_settings(pairs, 0.9, seed=pairs)
    if kind != "skewed":
        first, second = np.round(20 * first) / 20, np.round(20 * second) / 20
    if kind == "zeros":
        second[0] = first[0]
    ranks = signed_ranks(log_ratios(first, second))
    expected = stats.permutation_test((ranks,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert compare(first, second).p_value == SAME(expected.pvalue, rel=1e-12)


@pytest.mark.parametrize("pairs", [14, 50, 100])
def test_the_test_is_wilcoxons_exact_one_where_there_are_no_ties(pairs: int) -> None:
    first, second = two_settings(pairs, 0.95)
    expected = stats.wilcoxon(np.log(first), np.log(second), method="exact").pvalue
    assert compare(first, second).p_value == SAME(expected, rel=1e-9)


def test_the_test_of_many_pairs_is_wilcoxons_normal_one() -> None:
    first, second = two_settings(500, 0.98)
    second[:7] = first[:7]
    expected = stats.wilcoxon(np.log(first) - np.log(second), zero_method="pratt", method="asymptotic").pvalue
    assert compare(first, second).p_value == SAME(expected, rel=1e-9)


def test_the_normal_p_value_that_takes_over_is_near_the_exact_one_or_greater(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = np.random.default_rng(0).normal(0.2, 1, (200, 100))
    _, exact = sign_flip_test(differences)
    monkeypatch.setattr(sign_flips, "_MOST_EXACT", 0)
    _, normal = sign_flip_test(differences)
    assert exact.min() < 1e-4
    assert (normal >= 0.99 * exact).all()
    np.testing.assert_allclose(normal[exact > 0.01], exact[exact > 0.01], rtol=0.04)


def test_the_probability_of_improvement_is_that_of_mann_and_whitney() -> None:
    first, second = (np.round(values, 2) for values in two_settings(60, 0.9))
    expected = stats.mannwhitneyu(second, first).statistic / 60**2
    assert compare(first, second).probability_of_improvement == SAME(expected, rel=1e-12)


def test_comparisons_made_at_once_are_those_made_one_by_one() -> None:
    many = [two_settings(30, 0.8, seed) for seed in range(5)]
    firsts, seconds = (np.array(own) for own in zip(*many, strict=True))
    expected = [compare(first, second, 5) for first, second in many]
    for found, own in zip(compare_each(firsts, seconds, 5), expected, strict=True):
        assert (found.wins, found.p_value, found.claims) == (own.wins, own.p_value, own.claims)
        assert (found.ratio, found.low, found.high) == SAME((own.ratio, own.low, own.high), rel=1e-12)
    with_one = compare_each(firsts, seconds[0], 5)[2]
    assert with_one == compare(firsts[2], seconds[0], 5)


def test_many_cells_are_compared_and_summarised_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    firsts, seconds = (np.array(own) for own in zip(*(two_settings(9, 0.8, seed) for seed in range(7)), strict=True))
    whole, summed = compare_each(firsts, seconds, 7), summarise_each(list(firsts))
    monkeypatch.setattr(resampling, "_SAMPLES_AT_ONCE", 3)
    assert [found.p_value for found in compare_each(firsts, seconds, 7)] == [found.p_value for found in whole]
    assert [found.low for found in compare_each(firsts, seconds, 7)] == SAME([found.low for found in whole], rel=1e-12)
    assert [found.low for found in summarise_each(list(firsts))] == SAME([found.low for found in summed], rel=1e-12)


def test_the_seed_repeats_all_and_the_order_of_seeds_makes_no_difference() -> None:
    first, second = two_settings(40)
    assert compare(first, second) == compare(first[::-1], second[::-1]) == compare(first, second, seed=0)
    assert len({round(compare(first, second, 50, seed).low, 9) for seed in range(4)}) > 1


def test_swapped_settings_have_the_inverse_ratio() -> None:
    first, second = two_settings(40)
    own, other = compare(first, second), compare(second, first).swapped()
    assert (own.wins, own.losses, own.p_value, own.claims) == (other.wins, other.losses, other.p_value, other.claims)
    assert own.ratio == SAME(other.ratio, rel=1e-12)
    assert own.probability_of_improvement == SAME(other.probability_of_improvement)


def alike(kind: str, pairs: int) -> np.ndarray:
    """The errors of two settings that do not differ, in 300 comparisons, (2, 300, n)."""
    generator = np.random.default_rng(4)
    shape = (2, 300, pairs)
    values = generator.lognormal(-3, 1, shape)
    chosen = generator.random(shape) < 0.3
    match kind:
        case "correlated":
            return values * generator.lognormal(0, 2, shape[1:])
        case "two kinds of run":
            return np.where(chosen, 0.5 + 0.01 * values, values)
        case "heavy tails":
            return np.exp(generator.standard_cauchy(shape).clip(-500, 500))
        case "ties":
            return np.ceil(10 * values)
        case "diverged":
            return np.where(chosen, np.nan, values)
        case "zeros":
            return np.where(chosen, 0.0, values)
    return values


def test_settings_that_do_not_differ_are_rarely_claimed_to() -> None:
    kinds = ("skewed", "correlated", "two kinds of run", "heavy tails", "ties", "diverged", "zeros")
    claims = {
        (kind, pairs): np.mean([found.claims for found in compare_each(*alike(kind, pairs), 1)])
        for kind in kinds
        for pairs in (10, 60)
    }
    assert np.mean(list(claims.values())) <= 0.05
    assert max(claims.values()) <= 0.08, claims  # of 300 each: .05 + 2.4 standard deviations


def test_settings_that_differ_are_claimed_to() -> None:
    many = [two_settings(50, 0.8, seed) for seed in range(200)]
    firsts, seconds = (np.array(own) for own in zip(*many, strict=True))
    assert np.mean([found.claims and found.first_is_better for found in compare_each(firsts, seconds, 1)]) > 0.9


def test_the_best_of_many_cells_that_do_not_differ_is_rarely_claimed_to_be_better() -> None:
    generator = np.random.default_rng(1)
    than_all = than_next = too_little = 0
    for _ in range(100):
        cells = generator.lognormal(-3, 1, (20, 30))
        best, *others = cells[np.argsort(np.median(cells, axis=1))]
        found = compare_each(np.array(others), best, pairs_among(20))
        than_all += any(own.claims for own in found)
        too_little += any(own.p_value <= 0.05 for own in found)
        than_next += compare(best, others[0], others_among(20)).claims
    assert than_all <= 6
    assert than_next <= 6
    assert too_little > 50  # what is not corrected claims something in most studies


def test_a_claim_needs_both_the_interval_and_the_test() -> None:
    first, second = (
        np.ones(40),
        np.where(np.arange(40) < 28, 1.1, 0.2),
    )  # better on most, but worse by far on the others
    found = compare(first, second)
    assert found.high < 1
    assert found.p_value > 0.05
    assert not found.claims
    assert " The interval is clear of 1, but chance makes such pairs with a probability of " in found.sentence("a", "b")
    first, second = np.ones(40), np.where(np.arange(40) < 24, 1.0, 1.5)  # the same on most, otherwise better
    found = compare(first, second)
    assert found.p_value < 0.05
    assert found.high == 1
    assert not found.claims
    assert found.sentence("a", "b") == (
        "No difference between a and b can be claimed: the first is better on 16 of 40 seeds (24 ties); median error 1 "
        f"of the other seed by seed, interval {_figure(found.low)} to 1. The interval holds 1. "
        "The interval is that of plain percentiles, as a bias-corrected one is not defined here."
    )


def test_with_too_few_pairs_nothing_is_claimed_and_it_is_said_how_many_it_takes() -> None:
    first, second = np.full(5, 0.1), np.full(5, 0.2)
    found = compare(first, second)
    assert found.is_too_few
    assert not found.claims
    assert found.sentence("6", "20") == "5 seeds are too few to tell 6 from 20: a claim needs at least 6."
    assert compare(np.full(6, 0.1), np.full(6, 0.2)).claims
    assert not compare(np.full(6, 0.1), np.full(6, 0.2), 2).claims
    assert compare(np.full(7, 0.1), np.full(7, 0.2), 2).claims
    one = compare([0.1], [0.2], 3)
    assert one.sentence("a", "b") == (
        "1 seed is too few to tell a from b: a claim needs at least 7, corrected for 3 comparisons."
    )
    assert not compare([0.1, 0.1], [0.2, 0.3]).claims
    for chance in (0.05, 0.01, 1e-6):
        fewest = fewest_pairs(chance)
        assert 2.0 ** (1 - fewest) <= chance < 2.0 ** (2 - fewest)


def test_a_sentence_says_what_was_found() -> None:
    first, second = two_settings(100, 0.8)
    found = compare(first, second)
    assert found.sentence("20 hidden units", "6", plural=True) == (
        f"20 hidden units beat 6 on {found.wins} of 100 seeds; median error {_figure(found.ratio)} of it seed by seed, "
        f"interval {_figure(found.low)} to {_figure(found.high)}."
    )
    assert compare(second, first).sentence("6", "rate 0.1").startswith("Rate 0.1 beats 6 on")
    same = compare(*two_settings(100, 1.0))
    assert same.sentence("a", "b").startswith("No difference between a and b can be claimed: the first is better on")
    corrected = compare(first, second, 19).sentence("a", "b")
    assert corrected.endswith(", corrected for 19 comparisons.")


def test_runs_that_diverged_count_as_the_worst_and_are_named() -> None:
    first, second = two_settings(20, 0.8)
    second[:4] = np.nan
    first[0] = np.inf
    found = compare(first, second)
    assert (found.first_diverged, found.second_diverged, found.ties, found.pairs) == (1, 4, 1, 20)
    assert found.sentence("a", "b").endswith(" 1 run with a and 4 runs with b diverged, and count as the worst.")
    worse = compare(np.full(10, np.nan), second[10:])
    assert worse.claims
    assert worse.ratio == np.inf
    assert worse.sentence("a", "b") == ("B beats a on 10 of 10 seeds. 10 runs with a diverged, and count as the worst.")
    nothing = compare(np.full(10, np.nan), np.full(10, np.inf))
    assert not nothing.claims
    assert nothing.sentence("a", "b") == (
        "A and b cannot be told apart. 10 runs with a and 10 runs with b diverged, and count as the worst."
    )


def test_errors_of_zero_are_better_than_any_other() -> None:
    found = compare(np.zeros(10), np.full(10, 0.1))
    assert (found.ratio, found.low, found.high, found.claims) == (0, 0, 0, True)
    assert compare(np.full(10, 0.1), np.zeros(10)).ratio == np.inf
    both = compare(np.zeros(10), np.zeros(10))
    assert (both.ratio, both.ties, both.p_value, both.claims) == (1, 10, 1, False)


def test_equal_errors_are_said_to_be_equal() -> None:
    found = compare(np.full(8, 0.3), np.full(8, 0.3))
    assert (found.ratio, found.low, found.high, found.p_value, found.claims) == (1, 1, 1, 1, False)
    assert found.method is IntervalMethod.PERCENTILE
    assert found.sentence("a", "b") == "A and b have the same error on all 8 seeds."


def test_a_constant_ratio_has_an_interval_of_percentiles_and_says_so() -> None:
    found = compare(np.full(10, 0.1), np.full(10, 0.2))
    assert (found.ratio, found.low, found.high) == SAME((0.5, 0.5, 0.5))
    assert found.claims
    assert found.sentence("a", "b").endswith("as a bias-corrected one is not defined here.")


def test_without_a_common_seed_there_is_nothing_to_compare() -> None:
    seeds, first, second = in_pairs(np.array([1, 2, 5]), [0.1, 0.2, 0.5], np.array([5, 2, 9]), [5.0, 2.0, 9.0])
    assert (seeds.tolist(), first.tolist(), second.tolist()) == ([2, 5], [0.2, 0.5], [2.0, 5.0])
    nothing = compare([], [])
    assert not nothing.claims
    assert nothing.sentence("a", "b") == "A and b have no seed in common, so that they cannot be compared."


@pytest.mark.parametrize(
    ("first", "second", "comparisons", "said"),
    [
        ([0.1], [0.1, 0.2], 1, "in pairs, got 1 and 2"),
        ([-0.1], [0.1], 1, "none may be below 0"),
        ([0.1], [0.1], 0, "at least one comparison, got 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(first: list, second: list, comparisons: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        compare(first, second, comparisons)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.8, "0.8"), (0.744, "0.74"), (1.0, "1"), (0.9991, "0.999"), (1.00004, "1.00004"), (0.012, "0.012"),
     (0.0, "0"), (12.4, "12"), (123456.0, "123,456"), (np.inf, "∞"), (2.5e-7, "2.5e-07")],
)  # fmt: skip
def test_a_ratio_is_never_written_as_1_unless_it_is(ratio: float, text: str) -> None:
    assert _figure(ratio) == text


def test_pairs_among_cells_are_counted() -> None:
    assert [pairs_among(cells) for cells in (0, 1, 2, 3, 20)] == [1, 1, 1, 3, 190]
    assert [others_among(cells) for cells in (0, 1, 2, 3, 20)] == [1, 1, 1, 2, 19]


def test_a_comparison_is_plain_numbers() -> None:
    found = compare(*two_settings(10))
    assert isinstance(found, Comparison)
    assert all(type(value) in (int, float, bool, IntervalMethod) for value in vars(found).values())
