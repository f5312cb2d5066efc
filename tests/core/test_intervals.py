"""Intervals: conformal, adaptive, and how many of the values to come they hold on generated series."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from generated_panels import panel_table
from many_sequences import sequences_of
from numpy.typing import NDArray
from scipy.stats import t as student

from elman_core.config import AutomaticConfig, DataConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.errors import ConfigError
from elman_core.forecasting.accumulators import mean_steps
from elman_core.forecasting.automatic import ForecasterFit
from elman_core.forecasting.automatic.many_series import ManySeriesFit
from elman_core.forecasting.backtest.contenders import baselines_of, forecaster_contenders
from elman_core.forecasting.backtest.figures import coverage, values_after
from elman_core.forecasting.backtest.run import backtest
from elman_core.forecasting.forecaster import Forecaster
from elman_core.forecasting.intervals import (
    Calibration,
    ForecastErrors,
    adaptive_radii,
    checked_levels,
    fixed_radii,
    local_level,
    radius,
    spread_radii,
)
from elman_core.forecasting.intervals_beyond import intervals_beyond
from elman_core.forecasting.methods import Method, Persistence
from elman_core.forecasting.smoothing_method import fit_theta
from elman_core.support.jobs import complete

Array = NDArray[np.float64]


def errors_of(dataset: SequenceDataset, predictor: Method, horizon: int) -> ForecastErrors:
    """The errors of forecasts from every row that can be an origin."""
    sequence = dataset.sequence_of_row
    row = np.arange(dataset.rows)
    origins = np.flatnonzero((row >= dataset.first_rows[sequence]) & (row < dataset.panel.stops[sequence] - 1))
    point = complete(predictor.ahead(dataset, origins, horizon))
    return ForecastErrors(
        values_after(dataset, origins, horizon) - point,
        origins,
        sequence[origins],
        dataset.parts.train_stops,
        dataset.parts.validation_stops,
        mean_steps(dataset),
        local_level(dataset, origins),
    )


def made_errors(errors: Array, train: int, test: int) -> ForecastErrors:
    """Errors (H, n) of one sequence, one from each row."""
    count = errors.shape[1]
    edges = (np.array([train]), np.array([test]))
    return ForecastErrors(errors[:, :, None], np.arange(count), np.zeros(count, np.int64), *edges, np.ones((1, 1)))


def noise(steps: int, rows: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=(steps, rows))


def plain_radii(found: ForecastErrors, step: int, level: float) -> list[float]:
    """The rule of Gibbs & Candes (2021), over all errors known at each origin, as it is written."""
    off, alpha = np.abs(found.errors[step, :, 0]), 1 - level / 100
    train, test = int(found.train_stops[0]), int(found.test_starts[0])
    aim, radii, moved = alpha, {}, set()
    gamma = {0: 0.05, 3: 0.02}[step]
    for origin in range(test - 1, len(off)):
        for before in range(test - 1, origin):
            if before + step + 1 <= origin and before not in moved:
                moved.add(before)
                aim += gamma * (alpha - float(off[before] > radii[before]))
        known = sorted(
            off[k] for k in range(len(off)) if train <= k + step + 1 and k + step + 1 <= max(origin, test - 1)
        )
        rank = int(np.ceil((1 - aim) * (len(known) + 1) - 1e-9))
        radii[origin] = known[rank - 1] * wider(len(known) + step, step + 1, 1 - aim)
    return list(radii.values())


def wider(origins: int, steps: int, level: float) -> float:
    """How much wider intervals are for errors that overlap: of Student's t, as scipy's statistics have it."""
    return float(student.ppf((1 + level) / 2, max(origins / steps, 2)) / student.ppf((1 + level) / 2, origins))


@pytest.mark.parametrize("step", [0, 3])
@pytest.mark.parametrize("level", [60.0, 80.0])
def test_the_radii_are_those_of_the_rule_as_it_is_written(step: int, level: float) -> None:
    found = made_errors(noise(5, 200), train=50, test=150)
    radii = complete(adaptive_radii(found, [level]))[0, step, :, 0]
    assert radii.tolist() == pytest.approx(plain_radii(found, step, level), rel=1e-9)


def test_an_error_counts_when_the_value_has_come_and_not_sooner() -> None:
    errors = noise(4, 120)
    errors[:, 105] = 0.0
    found = complete(adaptive_radii(made_errors(errors, 40, 100), [80.0]))[0, :, :, 0]  # from origin 99 on
    for step in range(4):
        changed = errors.copy()
        changed[step, 105] = 1e6  # known at origin 105 + step + 1
        other = complete(adaptive_radii(made_errors(changed, 40, 100), [80.0]))[0, :, :, 0]
        known = 105 + step + 1 - 99
        np.testing.assert_array_equal(other[:, :known], found[:, :known])
        assert (other[step, known:] >= found[step, known:]).all() and other[step, known] > found[step, known]
        others = np.delete(np.arange(4), step)
        np.testing.assert_array_equal(other[others], found[others])


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9])
def test_of_exchangeable_scores_the_next_is_within_the_radius_so_often(level: float) -> None:
    random = np.random.default_rng(1)
    scores = random.exponential(size=(4_000, 25))
    held = [one[-1] <= radius(np.sort(one[:-1]), level) for one in scores]
    assert level - 0.02 < np.mean(held) < level + 1 / 25 + 0.02


def test_beyond_the_largest_score_the_radius_grows_as_the_normal_quantile_does() -> None:
    scores = np.sort(np.abs(np.random.default_rng(0).normal(size=9)))
    assert radius(scores, 0.9) == scores[-1]
    quantile = NormalDist().inv_cdf
    assert radius(scores, 0.98) == pytest.approx(scores[-1] * quantile(0.99) / quantile(0.95))
    found = [radius(scores, level) for level in np.linspace(0.02, 0.999, 50)]
    assert found == sorted(found)
    assert np.isnan(radius(scores[:4], 0.8))


def test_intervals_adapt_to_errors_that_have_grown() -> None:
    errors = noise(1, 1_000)
    errors[:, 300:] *= 2
    found = made_errors(errors, 100, 300)
    radii = complete(adaptive_radii(found, [80.0]))[0, 0, :, 0]
    off = np.abs(errors[0, 299:])
    fixed = np.sort(np.abs(errors[0, 100:299]))[159]
    assert (off <= fixed).mean() < 0.55
    assert abs((off[-400:] <= radii[-400:]).mean() - 0.8) < 0.05


def test_a_sequence_with_few_errors_borrows_those_of_the_others_by_their_scale() -> None:
    dataset = sequences_of([scale * noise(1, 30, seed).T.cumsum(axis=0) for seed, scale in enumerate([1, 100] * 10)])
    found = errors_of(dataset, Persistence(), 3)
    radii = complete(adaptive_radii(found, [80.0]))
    first = np.searchsorted(found.sequence[found.is_tested], np.arange(20))
    own = radii[0, :, first, 0] / found.scale  # before anything of the test part is known, all have one radius
    np.testing.assert_allclose(own, np.broadcast_to(own[0], own.shape))
    row = found.origins + 1
    validated = (row >= found.train_stops[found.sequence]) & (row < found.test_starts[found.sequence])
    pool = np.sort((np.abs(found.errors[0, :, 0]) / found.scale[found.sequence, 0])[validated])
    assert own[0, 0] == pytest.approx(radius(pool, 0.8))


def test_a_short_series_takes_errors_of_the_training_part_as_much_larger_as_those_of_validation_are() -> None:
    errors = noise(2, 100)
    errors[:, 69:] *= 3
    found = made_errors(errors, 70, 85)
    narrow = complete(adaptive_radii(made_errors(np.where(np.arange(100) < 69, errors, errors / 3), 70, 85), [80.0]))
    wide = complete(adaptive_radii(found, [80.0]))
    assert 2 < wide[0, 0, 0, 0] / narrow[0, 0, 0, 0] < 4


def test_without_enough_errors_there_is_no_interval() -> None:
    found = made_errors(noise(2, 5), 0, 4)
    assert np.isnan(complete(adaptive_radii(found, [80.0]))[0, 0, 0, 0])  # three are known
    found = made_errors(noise(12, 12), 8, 10)
    radii = complete(adaptive_radii(found, [80.0]))[0, :, 0, 0]
    assert np.isfinite(radii[:9]).all() and np.isnan(radii[9:]).all()  # none so many steps ahead is known


def test_where_few_errors_are_known_so_far_ahead_those_of_fewer_steps_stand_in_as_if_they_had_grown() -> None:
    errors = np.ones((6, 20))
    radii = complete(adaptive_radii(made_errors(errors, 0, 8), [50.0]))[0, :, 0, 0]  # from row 7, eight origins before
    six = np.sort(np.concatenate([[1.0] * 2, [(6 / 5) ** 0.5] * 3, [(6 / 4) ** 0.5] * 4, [(6 / 3) ** 0.5] * 5]))
    assert radii[5] == pytest.approx(radius(six, 0.5) * wider(7, 6, 0.5))


def test_errors_that_are_not_finite_count_as_outside_and_are_no_scores() -> None:
    errors = noise(1, 120)
    errors[0, 100:110] = np.inf
    errors[0, 50:60] = np.nan
    radii = complete(adaptive_radii(made_errors(errors, 40, 90), [80.0]))[0, 0, :, 0]
    assert np.isfinite(radii).all() and radii[-9] > radii[10]


# -- generated series -------------------------------------------------------------------------------


def generated(kind: int, seed: int) -> Array:
    """A series of 90 to 300 rows: around a level, a random walk, a trend with a season, or growth."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(90, 300))
    time, shocks = np.arange(rows), random.normal(size=rows)
    x = shocks.copy()
    share = random.uniform(-0.3, 0.95)
    for row in range(1, rows):
        x[row] += share * x[row - 1]
    walk = 0.5 * np.cumsum(random.normal(size=rows))
    kinds = (x, x + walk, x + 3 * np.sin(time * 2 * np.pi / 12) + 0.02 * time, np.exp(1.6 * time / rows + 0.1 * x))
    return kinds[kind % 4]


def test_over_200_generated_series_nine_of_ten_values_lie_within_90_per_cent_intervals() -> None:
    held: dict[int, list[float]] = {1: [], 6: [], 12: []}
    for seed in range(200):
        values = generated(seed, seed)[:, None]
        dataset = sequences_of([values], season=12, train_percent=65, validation_percent=15)
        found = errors_of(dataset, complete(fit_theta(dataset)), 12)
        radii = complete(adaptive_radii(found, [90.0]))
        off = found.errors[:, found.is_tested]
        for step, shares in held.items():
            shares.append(coverage(off[step - 1], np.zeros_like(off[0]), radii[:, step - 1], [90.0])[90.0])
    shares = {step: float(np.mean(found)) for step, found in held.items()}
    assert all(0.86 < share < 0.94 for share in shares.values()), shares


def test_over_a_panel_of_200_series_too() -> None:
    dataset = sequences_of([generated(seed, seed)[:90, None] for seed in range(200)], season=12)
    found = errors_of(dataset, complete(fit_theta(dataset)), 12)
    radii = complete(adaptive_radii(found, [90.0]))
    off = found.errors[:, found.is_tested]
    shares = [coverage(off[k], np.zeros_like(off[0]), radii[:, k], [90.0])[90.0] for k in (0, 5, 11)]
    assert all(0.86 < share < 0.94 for share in shares), shares


def test_over_200_generated_series_intervals_of_their_own_forecasters_hold_what_they_promise() -> None:
    least_squares = AutomaticConfig(lags=13, ridge=1.0, residual=False, pure=False)
    held: dict[int, list[float]] = {1: [], 6: [], 12: []}
    for seed in range(200):
        fit = ForecasterFit("series", panel_table([generated(seed, seed)]), DataConfig(season=12), least_squares)
        for _ in fit.updates():
            pass
        for step, share in coverage_of(fit.forecaster).items():
            held[step].append(share)
    shares = {step: float(np.mean(found)) for step, found in held.items()}
    assert all(0.86 < share < 0.94 for share in shares.values()), shares


def test_over_a_panel_of_200_series_those_of_one_network_for_all_do_too() -> None:
    table = panel_table([generated(seed, seed)[:90] for seed in range(200)])
    automatic = AutomaticConfig(networks=1, inner_networks=1, shared_epochs=8)
    fit = ManySeriesFit("panel", table, DataConfig(season=12, horizon=12, test_rows=18), automatic)
    for _ in fit.updates():
        pass
    shares = coverage_of(fit.forecaster)
    assert all(0.86 < share < 0.94 for share in shares.values()), shares


def coverage_of(forecaster: Forecaster | None) -> dict[int, float]:
    """The share of the test part's values within 90 % intervals, 1, 6 and 12 steps ahead."""
    assert forecaster is not None
    dataset, model = forecaster.dataset, forecaster_contenders(forecaster)[0]
    persistence = next(own for own in baselines_of(dataset, ets=False) if own.name == "persistence")
    horizons = complete(backtest(model, [persistence], dataset, 12)).model.horizons
    return {step: horizons[step - 1].coverage[90.0] for step in (1, 6, 12)}


def test_intervals_of_growing_errors_grow_with_the_level_and_others_do_not() -> None:
    random, time = np.random.default_rng(0), np.arange(240)
    level = np.exp(time / 80)
    grows = sequences_of([(level * np.exp(random.normal(0, 0.05, 240)))[:, None]])
    found = errors_of(grows, Persistence(), 2)
    radii = complete(adaptive_radii(found, [80.0]))[0, 0, :, 0]
    fixed = complete(adaptive_radii(replace(found, level=None), [80.0]))[0, 0, :, 0]
    assert found.level is not None
    share = found.level[found.is_tested, 0]
    assert radii[40] / radii[0] == pytest.approx(share[40] / share[0], rel=0.25) and share[40] / share[0] > 1.5
    off = np.abs(found.errors[0, found.is_tested, 0])
    assert abs((off[:-1] <= radii[:-1]).mean() - 0.8) < 0.1
    assert radii[0] > 1.3 * fixed[0]  # which has yet to learn it
    steady = errors_of(sequences_of([(level + random.normal(0, 0.3, 240))[:, None]]), Persistence(), 2)
    same = complete(adaptive_radii(replace(steady, level=None), [80.0]))
    np.testing.assert_array_equal(complete(adaptive_radii(steady, [80.0])), same)


def test_the_level_is_that_of_the_last_season_in_units_of_the_training_part() -> None:
    values = np.abs(noise(2, 60).T) + 1
    dataset = sequences_of([values], season=4)
    found = local_level(dataset, np.array([1, 20, 59]))
    usual = values[:36].mean(axis=0)
    for place, rows in enumerate((values[:2], values[17:21], values[56:])):
        np.testing.assert_allclose(found[place], rows.mean(axis=0) / usual)
    flat = sequences_of([np.concatenate([walk_up(), np.zeros((40, 1))])])
    assert local_level(flat, np.array([79]))[0, 0] == 0.2


def walk_up() -> Array:
    return np.arange(1.0, 41.0)[:, None]


# -- of a calibration alone -------------------------------------------------------------------------


def test_a_calibration_alone_gives_the_radii_that_a_test_part_begins_with() -> None:
    errors = np.random.default_rng(3).normal(size=(3, 120, 2))
    sequence = np.repeat([0, 1], 60)
    calibration = Calibration(np.arange(120), errors)
    radii = complete(fixed_radii(calibration, sequence, np.ones((2, 2)), 4, [80.0]))
    assert radii.shape == (1, 4, 2, 2) and np.isnan(radii[0, 3]).all()
    for step in range(3):
        for own in range(2):
            for column in range(2):
                scores = np.sort(np.abs(errors[step, sequence == own, column]))
                assert radii[0, step, own, column] == pytest.approx(
                    radius(scores, 0.8) * wider(60 + step, step + 1, 0.8)
                )


def test_a_calibration_of_few_errors_each_is_shared_by_the_sequences_by_their_scale() -> None:
    scale = np.array([[1.0], [10.0], [100.0]])
    sequence = np.repeat(np.arange(3), 20)
    errors = np.random.default_rng(3).normal(size=(1, 60, 1)) * scale[sequence]
    radii = complete(fixed_radii(Calibration(np.arange(60), errors), sequence, scale, 1, [80.0]))
    pool = np.sort(np.abs(errors[0, :, 0]) / scale[sequence, 0])
    np.testing.assert_allclose(radii[0, 0, :, 0], radius(pool, 0.8) * scale[:, 0])


def test_a_calibration_takes_the_place_of_errors_before_the_test_part_beyond_the_data() -> None:
    dataset = sequences_of([noise(1, 200).T.cumsum(axis=0)], train_percent=80, validation_percent=0)
    own = errors_of(dataset, Persistence(), 3)
    before = own.origins < 150
    calibration = Calibration(own.origins[before], 2 * own.errors[:, before])
    found = complete(intervals_beyond(Persistence(), dataset, 3, [80.0], calibration))
    same = complete(
        intervals_beyond(Persistence(), dataset, 3, [80.0], replace(calibration, errors=own.errors[:, before]))
    )
    assert (found.radii > same.radii).all() and found.reach == 3


# -- beyond the data --------------------------------------------------------------------------------


def test_intervals_beyond_the_data_are_those_a_backtest_gives_at_the_last_row() -> None:
    dataset = sequences_of([noise(1, 200).T.cumsum(axis=0)])
    found = errors_of(dataset, Persistence(), 5)
    # One more origin, of which nothing is known yet.
    longer = replace(
        found,
        errors=np.concatenate([found.errors, np.full((5, 1, 1), np.nan)], axis=1),
        origins=np.append(found.origins, 199),
        sequence=np.append(found.sequence, 0),
        level=local_level(dataset, np.arange(200)),
    )
    expected = complete(adaptive_radii(longer, (80.0, 90.0)))[:, :, -1]
    beyond = complete(intervals_beyond(Persistence(), dataset, 5))
    assert beyond.levels == (80.0, 90.0) and beyond.reach == 5
    np.testing.assert_array_equal(beyond.radii[:, 0], expected)


def test_intervals_end_where_no_error_is_known() -> None:
    dataset = sequences_of([noise(1, 40).T.cumsum(axis=0)])
    beyond = complete(intervals_beyond(Persistence(), dataset, 60))
    assert 25 <= beyond.reach < 40
    assert np.isfinite(beyond.radii[:, :, : beyond.reach]).all() and np.isnan(beyond.radii[:, :, beyond.reach :]).all()
    assert (beyond.radii[1, :, : beyond.reach] >= beyond.radii[0, :, : beyond.reach]).all()


def test_the_spread_of_an_ensemble_is_taken_as_normal() -> None:
    deviation = np.array([[[1.0], [2.0]]])
    found = spread_radii(deviation, [80.0, 90.0])
    np.testing.assert_allclose(found[:, 0, :, 0], [[1.2815515655, 2.563103131], [1.644853627, 3.289707254]])


@pytest.mark.parametrize("level", [0.0, 100.0, -5.0, float("nan")])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(ConfigError, match="interval must be above 0 and below 100 per cent"):
        checked_levels([80.0, level])
    assert checked_levels([90, 80, 90.0]) == (80.0, 90.0)
