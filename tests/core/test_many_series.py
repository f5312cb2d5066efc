"""The automatic recipe for many series: one Elman network learns from all of them, beside its ruler."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from generated_panels import monthly_panel, panel_table
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from elman_core.config import AutomaticConfig, DataConfig, TransformName
from elman_core.data.dataset import SequenceDataset
from elman_core.data.preparation import prepare
from elman_core.data.table import Table
from elman_core.errors import ConfigError, DataError
from elman_core.experiment import Run
from elman_core.forecasting.accumulators import mean_steps
from elman_core.forecasting.automatic.many_choices import horizon_of, lags_of, network_of, training_of
from elman_core.forecasting.automatic.many_series import ManySeriesFit, network_share
from elman_core.forecasting.automatic.panel_season import detected_season_of_many
from elman_core.forecasting.automatic.panel_views import untransformed
from elman_core.forecasting.automatic.parts_fit import FitStage
from elman_core.forecasting.forecaster import Forecaster, PartKind, PartPredictor
from elman_core.forecasting.many_sentence import many_series_sentence
from elman_core.support.jobs import complete

Array = NDArray[np.float64]
QUICK = AutomaticConfig(networks=2, inner_networks=1)


def quick_fit(table: Table, automatic: AutomaticConfig = QUICK, epochs: int = 3, **data: Any) -> ManySeriesFit:
    config = DataConfig(**{"columns": ("sales",), **data})
    return ManySeriesFit("panel", table, config, automatic, network={"hidden": 4}, training={"epochs": epochs})


def fitted(table: Table, automatic: AutomaticConfig = QUICK, epochs: int = 3, **data: Any) -> ManySeriesFit:
    fit = quick_fit(table, automatic, epochs, **data)
    for _ in fit.updates():
        pass
    return fit


def forecaster_of(fit: ManySeriesFit) -> Forecaster:
    assert fit.forecaster is not None
    return fit.forecaster


def beyond(forecaster: Forecaster, steps: int) -> Array:
    """Predict the rows after the last one of each sequence, (H, S, C)."""
    origins = forecaster.dataset.panel.stops - 1
    return complete(forecaster.predictor()).ahead(origins, steps)


def mase(dataset: SequenceDataset, ahead: Callable[[Any], Array], steps: int) -> float:
    """Predict the test part from its beginning, and return the mean over sequences."""
    origins = dataset.parts.train_stops - 1
    truth = np.stack([dataset.values[origins + step] for step in range(1, steps + 1)])
    return float((np.abs(ahead(origins) - truth).mean(axis=0) / mean_steps(dataset)).mean())


# -- what it reaches ----------------------------------------------------------------------------------


def quarterly(sequences: int, rows: int) -> list[Array]:
    """Random walks with a trend and a season, each of its own."""
    random, time = np.random.default_rng(1), np.arange(rows)
    found = []
    for _ in range(sequences):
        trend, season = 0.03 * random.normal() * time, 0.1 * random.normal() * (time % 4 - 1.5)
        found.append(np.exp(3 + random.normal() + trend + season + 0.05 * np.cumsum(random.normal(size=rows))))
    return found


def test_one_network_for_all_is_better_than_its_ruler_and_than_the_season_before() -> None:
    table = panel_table(quarterly(200, 34))
    data = DataConfig(columns=("sales",), season=4, horizon=4, test_rows=4)
    fit = ManySeriesFit("panel", table, data, AutomaticConfig(networks=3, inner_networks=1))
    for _ in fit.updates():
        pass
    forecaster = forecaster_of(fit)
    dataset = forecaster.dataset
    linear, elman = forecaster.parts
    assert (linear.kind, elman.kind) == (PartKind.LINEAR, PartKind.ELMAN)
    assert (linear.several, elman.several) == (0.0, 1.0)
    predictor, ruler = complete(forecaster.predictor()), complete(PartPredictor.prepare(linear.run))
    found, of_ruler = (mase(dataset, lambda at, by=by: by.ahead(at, 4), 4) for by in (predictor, ruler))
    season_before = mase(dataset, lambda at: np.stack([dataset.values[at + step - 4] for step in range(1, 5)]), 4)
    assert found < 0.97 * of_ruler
    assert found < 0.8 * season_before


def test_the_figures_of_the_recipe() -> None:
    training = training_of(AutomaticConfig(), {}, 1_428, 24)
    assert (training.batch, training.epochs, training.warm_up_steps) == (64, 40, 23)
    assert (training.learning_rate, training.clip_norm, training.warm_up_share) == (0.005, 1.0, 0.1)
    network = network_of(AutomaticConfig(), {})
    assert network.hidden == 32 and network.direct and network.biases
    assert network.output_spread == pytest.approx(0.1 * network.input_spread)
    months = np.full(1_428, 100)
    assert lags_of(AutomaticConfig(), 12, months) == 24
    assert horizon_of(DataConfig(horizon=18), AutomaticConfig(), months) == 18


@pytest.mark.parametrize(
    ("season", "rows", "horizon", "lags"),
    [(12, 100, 12, 24), (None, 100, 12, 12), (12, 20, 5, 10), (4, 100, 12, 8), (52, 400, 12, 60), (7, 3, 1, 1)],
)
def test_horizon_and_lags_follow_from_the_season_and_from_how_long_sequences_are(
    season: int | None, rows: int, horizon: int, lags: int
) -> None:
    lengths = np.full(9, rows)
    assert horizon_of(DataConfig(), AutomaticConfig(), lengths) == horizon
    assert horizon_of(DataConfig(), AutomaticConfig(horizon=5), lengths) == min(horizon, 5)
    assert lags_of(AutomaticConfig(), season, lengths) == lags
    assert lags_of(AutomaticConfig(lags=17), season, lengths) == 17


@pytest.mark.parametrize(("sequences", "batch", "epochs"), [(3, 1, 306), (160, 10, 57), (100_000, 64, 15)])
def test_few_sequences_are_gone_through_more_often_in_smaller_batches(sequences: int, batch: int, epochs: int) -> None:
    training = training_of(AutomaticConfig(), {}, sequences, 12)
    assert (training.batch, training.epochs) == (batch, epochs)


@pytest.mark.parametrize(
    ("network", "ruler", "share"),
    [(0.9, 1.0, 1.0), (1.02, 1.0, 1.0), (1.1, 1.0, 1 / (1 + 1.1**4)), (1.4, 1.0, 0.0), (np.inf, 1.0, 0.0)],
)
def test_a_network_counts_as_validation_says(network: float, ruler: float, share: float) -> None:
    assert network_share(network, ruler) == pytest.approx(share)


# -- what it knows, and what it may not know -------------------------------------------------------------


def weights_of(forecaster: Forecaster) -> list[Array]:
    found: list[Array] = []
    for part in forecaster.parts:
        assert part.run.weights is not None
        found += [part.run.weights.w1, part.run.weights.w2, np.array([part.one_step, part.several])]
        found += [] if part.errors is None else [part.errors]
    return found


def test_the_test_part_is_not_looked_at() -> None:
    series = monthly_panel(6, 50)
    changed = [np.concatenate([each[:-10], 3 * each[-10:][::-1]]) for each in series]
    for one, other in zip(
        *(weights_of(forecaster_of(fitted(panel_table(each), test_rows=10))) for each in (series, changed)), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_networks_that_are_validated_know_nothing_of_the_inner_validation() -> None:
    series = monthly_panel(6, 60)
    first = quick_fit(panel_table(series), season=12, horizon=4)
    assert first.views.inner is not None
    begins = first.views.inner.dataset.parts.train_stops - first.views.inner.dataset.panel.starts
    np.testing.assert_array_equal(begins, 48 - 10)  # a fifth of 80 % of 60 rows is the inner validation
    changed = [np.concatenate([each[:begin], 2 * each[begin:]]) for each, begin in zip(series, begins, strict=True)]
    other = quick_fit(panel_table(changed), season=12, horizon=4)
    assert other.views.inner is not None
    for name, array in first.views.inner.dataset.fitted.targets[0].tensors().items():
        np.testing.assert_array_equal(array, other.views.inner.dataset.fitted.targets[0].tensors()[name])
    np.testing.assert_array_equal(first.views.inner.dataset.train_lengths, begins - 4)


def test_errors_are_predictions_less_values_of_the_whole_panel() -> None:
    fit = fitted(panel_table(monthly_panel(5, 60)), horizon=4)
    forecaster = forecaster_of(fit)
    dataset, validation, errors = forecaster.dataset, forecaster.validation, forecaster.parts[0].errors
    assert validation is not None and errors is not None and fit.views.inner is not None
    assert errors.shape == (4, len(validation.origins), 1)
    linear = fit._least_squares(fit.views.inner.dataset, validation.candidates[0].ridge)
    ahead = complete(PartPredictor.prepare(linear)).ahead(fit.views.inner.origins, 4)
    for place, origin in enumerate(validation.origins.tolist()):
        stop = int(dataset.parts.train_stops[dataset.sequence_of_row[origin]])
        for step in range(1, 5):
            value = dataset.values[origin + step, 0] if origin + step < stop else np.nan
            np.testing.assert_allclose(errors[step - 1, place, 0], ahead[step - 1, place, 0] - value, rtol=1e-12)


def test_short_sequences_are_learned_from_but_not_validated() -> None:
    table = panel_table([*monthly_panel(5, 60), *monthly_panel(2, 17), np.array([3.0, 4.0, 5.0, 4.0])])
    fit = fitted(table, horizon=6, test_rows=4)
    assert fit.views.inner is not None
    assert fit.views.inner.dataset.panel.names == tuple(f"shop {place}" for place in range(1, 6))
    np.testing.assert_array_equal(fit.views.whole.train_lengths > 0, [True] * 7)  # the last one has only its test part
    assert forecaster_of(fit).notes[-1] == (
        "panel: 2 sequences of 7 with fewer than 14 rows before the test part take no part in the inner validation"
    )


def test_without_a_sequence_long_enough_nothing_is_validated_and_the_network_counts() -> None:
    fit = fitted(panel_table(monthly_panel(5, 16)), horizon=6, test_rows=4)
    linear, elman = forecaster_of(fit).parts
    assert fit.views.inner is None and linear.errors is None and elman.errors is None
    assert (linear.one_step, linear.several, elman.one_step, elman.several) == (0, 0, 1, 1)


# -- the way there ---------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_forecaster_however_often_it_pauses() -> None:
    table = panel_table(monthly_panel(6, 40))
    fit = quick_fit(table)
    shares, stages, first = [], [], None
    while fit.forecaster is None or len(fit.forecaster.parts) < 2:
        for place, update in enumerate(fit.updates(one_time_step=len(shares) % 3 == 0)):
            shares.append(update.share)
            stages.append(update.stage)
            first = first or update.forecaster
            if place == 4:
                break
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert list(dict.fromkeys(stages)) == list(FitStage)
    assert first is not None and [part.kind for part in first.parts] == [PartKind.LINEAR]
    for one, other in zip(weights_of(fit.forecaster), weights_of(forecaster_of(fitted(table))), strict=True):
        np.testing.assert_array_equal(one, other)
    another = forecaster_of(fitted(table, QUICK.replace(seed=2)))
    assert (another.parts[1].run.weights.w1 != fit.forecaster.parts[1].run.weights.w1).any()  # type: ignore[union-attr]


def test_settings_of_networks_hold_for_the_elman_part() -> None:
    table = panel_table(monthly_panel(4, 40))
    given: dict[str, Any] = {"training": {"epochs": 2, "networks": 3, "learning_rate": 0.01}, "network": {"hidden": 5}}
    fit = ManySeriesFit("panel", table, DataConfig(columns=("sales",)), QUICK, **given)
    for _ in fit.updates():
        pass
    run: Run = forecaster_of(fit).parts[1].run
    assert (run.training.epochs, run.training.networks, run.training.learning_rate) == (2, 3, 0.01)
    assert run.network.hidden == 5
    assert run.history.train.shape == (2, 3)
    with pytest.raises(ConfigError, match="momentum is for sgd only"):
        ManySeriesFit("panel", table, DataConfig(columns=("sales",)), QUICK, training={"momentum": 0.5})


def test_one_sentence_says_what_was_learned() -> None:
    fit = fitted(panel_table(monthly_panel(5, 60)), season=12, horizon=4)
    forecaster = forecaster_of(fit)
    linear = forecaster.parts[0]
    begun = (
        "log where positive, seasonal indices of 12 where a test finds a season, relative to the newest value; 24 lags "
        "direct + 4 hidden, 4 steps at once; learned from 5 sequences together; mean of 2; least squares count "
    )
    for one_step, several, words in ((0.0, 0.0, "0"), (0.0, 0.5, "0 at one step and 50 % beyond"), (1.0, 1.0, "100 %")):
        weighted = forecaster.with_part(0, replace(linear, one_step=one_step, several=several))
        assert many_series_sentence(weighted) == begun + words
    alone = replace(forecaster, parts=(replace(linear, one_step=1.0, several=1.0),))
    assert many_series_sentence(alone).endswith("24 lags direct, 4 steps at once; learned from 5 sequences together")


# -- series of all kinds -----------------------------------------------------------------------------------


def odd_panels() -> dict[str, list[Array]]:
    random, usual = np.random.default_rng(5), monthly_panel(4, 48)
    zeros = [random.poisson(1.0, 40).astype(np.float64) for _ in range(4)]
    gaps = [each.copy() for each in usual]
    gaps[0][[3, 4, 20]], gaps[2][-3:-1] = np.nan, np.nan
    steps = np.arange(40.0)
    return {
        "zeros": zeros,
        "negative": [5 * random.normal(size=40), *usual],
        "constant": [np.full(40, 7.0), np.zeros(40), np.full(30, -3.0), *usual],
        "short": [np.array([2.0]), np.array([5.0, 6.0]), np.array([1.0, 0.0, 2.0]), *usual],
        "gaps": gaps,
        "large and small": [1e12 * usual[0], 1e-12 * usual[1], usual[2]],
        "trends": [steps, 100 - steps, 2.0**steps, usual[0]],
        "two": usual[:2],
        "outlier": [np.concatenate([usual[0], [1e9], usual[0][:5]]), *usual[1:]],
    }


@pytest.mark.parametrize("kind", list(odd_panels()))
@pytest.mark.parametrize("data", [{}, {"season": 12, "horizon": 3}], ids=["unknown season", "season of 12"])
def test_series_of_any_kind_are_learned_and_predicted(kind: str, data: dict[str, Any]) -> None:
    series = odd_panels()[kind]
    fit = fitted(panel_table(series), **data)
    forecaster = forecaster_of(fit)
    fit_rows = [round(0.8 * len(each)) for each in series]
    assert len(forecaster.dataset.panel) == sum(rows > 0 for rows in fit_rows)
    assert np.isfinite(beyond(forecaster, 14)).all()


@settings(max_examples=40, deadline=None)
@given(
    panel=st.lists(
        st.lists(
            st.one_of(st.integers(-3, 9), st.floats(-1e9, 1e9).map(lambda value: round(value, 3)), st.just(math.nan)),
            min_size=1,
            max_size=40,
        ),
        min_size=2,
        max_size=6,
    ),
    data=st.fixed_dictionaries(
        {}, optional={"season": st.integers(2, 9), "horizon": st.integers(1, 6), "test_rows": st.integers(0, 8)}
    ),
)
def test_any_panel_is_predicted_or_refused_in_a_sentence(panel: list[list[float]], data: dict[str, Any]) -> None:
    try:
        fit = fitted(panel_table([np.array(each, np.float64) for each in panel]), **data)
    except DataError as refusal:
        assert str(refusal).isprintable()
        return
    ahead, values = beyond(forecaster_of(fit), 7), forecaster_of(fit).dataset.values
    assert np.isfinite(ahead).all()
    assert sum(part.several for part in forecaster_of(fit).parts) == pytest.approx(1)
    assert np.isfinite(values).all()


def test_inputs_columns_known_ahead_and_several_targets() -> None:
    random, series = np.random.default_rng(2), monthly_panel(6, 48)
    holiday = [(random.random(48) < 0.2).astype(np.float64) for _ in series]
    # A holiday doubles the sales: whoever knows that it comes is better.
    sales = [each * (1 + day) for each, day in zip(series, holiday, strict=True)]
    price = random.normal(size=6 * 48)
    table = panel_table(sales, [np.concatenate(monthly_panel(6, 48, 3)), price, np.concatenate(holiday)])
    table = replace(table, columns=("sales", "visits", "price", "holiday"))
    data: dict[str, Any] = {"columns": ("sales", "visits"), "inputs": ("price",), "horizon": 4, "test_rows": 8}
    blind = forecaster_of(fitted(table, epochs=60, **data))
    seeing = forecaster_of(fitted(table, epochs=60, **data, known=("holiday",)))
    assert beyond(seeing, 6).shape == (6, 6, 2)
    found = [float(np.nanmean(np.abs(each.parts[1].errors[..., 0]))) for each in (blind, seeing)]  # type: ignore[index]
    assert found[1] < 0.75 * found[0]


def test_a_shop_that_was_never_seen_is_predicted_as_if_it_had_been() -> None:
    series = monthly_panel(8, 48)
    forecaster = forecaster_of(fitted(panel_table(series), horizon=4, season=12))
    new = panel_table([series[0], *monthly_panel(2, 48, seed=9)])
    new = replace(new, sequences=replace(new.panel, names=("shop 1", "new", "newer")))
    run = forecaster.parts[1].run
    dataset = prepare(new, run.dataset.config, run.dataset.fitted)
    assert "2 sequences of 3 that the model was not trained on are predicted all the same" in dataset.notes[-1]
    predictor = complete(PartPredictor.prepare(replace(run, dataset=dataset)))
    ahead = predictor.ahead(dataset.panel.stops - 1, 4)
    own = complete(PartPredictor.prepare(run)).ahead(run.dataset.panel.stops[:1] - 1, 4)
    np.testing.assert_allclose(ahead[:, :1], own, rtol=1e-5)
    assert np.isfinite(ahead).all()
    np.testing.assert_allclose(np.log(ahead[0, 1:, 0]), np.log(dataset.values[dataset.panel.stops[1:] - 1, 0]), atol=1)


# -- seasons -------------------------------------------------------------------------------------------------


def season_of(series: list[Array], dated: bool = False) -> int | None:
    table = panel_table(series, dated=dated)
    config = DataConfig(
        columns=("sales",), transforms=(TransformName.LOG_WHERE_POSITIVE,), scaling="none", train_percent=100,
        validation_percent=0,
    )  # fmt: skip
    return detected_season_of_many(untransformed(prepare(table, config), 1))


def test_the_season_of_many_is_what_they_show_together() -> None:
    random = np.random.default_rng(1)
    for season in (4, 7, 12):
        pattern = random.normal(size=season)
        series = [pattern[np.arange(50) % season] + random.normal(size=50) for _ in range(20)]
        assert season_of(series) == season
    assert season_of(monthly_panel(20, 60)) == 12
    assert season_of([random.normal(size=50) for _ in range(20)]) is None
    assert season_of([np.cumsum(random.normal(size=50)) for _ in range(20)]) is None
    assert season_of([np.full(50, 3.0), np.arange(50.0)]) is None


def test_dates_say_the_season_where_some_of_the_series_have_one() -> None:
    noise = [np.random.default_rng(seed).normal(size=60) for seed in range(9)]
    quarters = np.arange(60) % 4
    # Quarters of months come again after a year as well, which is what the dates say.
    assert season_of([*noise, *(each + 2 * quarters for each in noise[:3])], dated=True) == 12
    assert season_of([each + 2 * quarters for each in noise]) == 4
