"""The automatic recipe as a whole: what it yields, that it repeats itself, and that it never fails on a valid table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.generated_series import generated_table
from commands import Elman
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elman_core.config import Activation, AutomaticConfig, DataConfig, Optimizer, TransformName
from elman_core.data.table import Source, Table, TimeAxis
from elman_core.errors import ConfigError
from elman_core.forecasting.automatic import FitStage, ForecasterFit
from elman_core.forecasting.baselines import LinearPredictor, least_squares
from elman_core.forecasting.forecaster import Forecaster, PartKind
from elman_core.forecasting.part_sentences import forecaster_sentence, part_sentence, weights_sentence
from elman_core.support.jobs import complete

QUICK = AutomaticConfig(epochs=12, patience=8, networks=2, inner_networks=2, hidden=3, pure_hidden=3)


def table_of(values: np.ndarray, names: tuple[str, ...] = ("y",)) -> Table:
    values = np.asarray(values, np.float64).reshape(len(values), -1)
    return Table("series", names, values, TimeAxis.steps(len(values)), Source(kind="csv", name="series.csv"))


def monthly(rows: int = 96) -> Table:
    time, random = np.arange(rows), np.random.default_rng(4)
    season = 10 * np.sin(2 * np.pi * time / 12) + 5 * np.cos(4 * np.pi * time / 12)
    return table_of(100 + 0.3 * time + season + random.normal(0, 2, rows))


def fitted(table: Table, automatic: AutomaticConfig = QUICK, **data: object) -> Forecaster:
    fit = ForecasterFit("series", table, DataConfig(**data), automatic)
    for _ in fit.updates():
        pass
    assert fit.forecaster is not None
    return fit.forecaster


def forecast(forecaster: Forecaster, steps: int = 8) -> np.ndarray:
    origins = np.array([forecaster.dataset.train_rows - 1, forecaster.dataset.rows - 1])
    return complete(forecaster.predictor()).ahead(origins, steps)


def test_least_squares_are_there_before_any_network_is_trained() -> None:
    fit = ForecasterFit("series", monthly(), None, QUICK)
    seen = []
    for update in fit.updates():
        seen.append(update)
        if update.forecaster is not None:
            break
    assert all(update.training is None and update.stage is FitStage.CHOOSING for update in seen)
    assert fit.forecaster is not None
    assert {part.kind for part in fit.forecaster.parts} == {PartKind.LINEAR}
    assert fit.trainer is None


def test_updates_say_what_is_under_way_and_how_much_is_done() -> None:
    fit, shares, stages, places = ForecasterFit("series", monthly(), None, QUICK), [], [], []
    for update in fit.updates():
        shares.append(update.share)
        stages.append(update.stage)
        if update.training is not None:
            places.append(update.part)
            assert fit.part == update.part
            assert fit.run is not None and fit.trainer is not None
            assert fit.history.epochs == fit.trainer.epoch
    assert fit.forecaster is not None
    elman = [place for place, part in enumerate(fit.forecaster.parts) if part.kind is PartKind.ELMAN]
    assert list(dict.fromkeys(places)) == elman
    assert shares == sorted(shares)
    assert shares[-1] == 1.0 and stages[-1] is FitStage.DONE
    assert set(stages) == set(FitStage)


def test_weights_sum_to_one_and_errors_are_those_of_the_inner_validation() -> None:
    forecaster = fitted(monthly())
    parts, validation = forecaster.parts, forecaster.validation
    assert validation is not None and forecaster.errors is not None
    assert sum(part.one_step for part in parts) == pytest.approx(1.0)
    assert sum(part.several for part in parts) == pytest.approx(1.0)
    assert len(validation.origins) == 15  # 20 % of the 77 rows before the test part
    assert validation.origins[-1] == forecaster.dataset.train_rows - 2
    assert forecaster.errors.shape == (12, 15, 1)
    assert np.isnan(forecaster.errors[1:, -1]).all() and np.isfinite(forecaster.errors[0]).all()
    assert len(validation.candidates) > 50
    assert validation.candidates[0].one_step == min(each.one_step for each in validation.candidates)


def test_the_same_seed_gives_the_same_forecast_whatever_the_pauses() -> None:
    straight = fitted(monthly())
    paused = ForecasterFit("series", monthly(), None, QUICK)
    steps = 0
    while not any(update.stage is FitStage.DONE for update in paused.updates(one_time_step=steps % 3 > 0)):
        steps += 1
        for number, _ in enumerate(paused.updates()):
            if number == 5:
                break
        if steps > 200:
            break
    for _ in paused.updates():
        pass
    assert paused.forecaster is not None
    np.testing.assert_array_equal(forecast(paused.forecaster), forecast(straight))
    for one, other in zip(paused.forecaster.parts, straight.parts, strict=True):
        assert (one.one_step, one.several) == (other.one_step, other.several)
        assert one.run.history.epochs == other.run.history.epochs


def test_a_single_step_is_one_time_step_of_one_network() -> None:
    fit = ForecasterFit("series", monthly(), None, QUICK)
    for update in fit.updates(one_time_step=True):
        last = update
    assert last.training is not None and last.training.steps == 1
    for update in fit.updates(one_time_step=True):
        last = update
    assert last.training is not None and last.training.steps == 1
    assert fit.trainer is not None and fit.trainer.time_step == 2


def test_another_seed_gives_other_networks() -> None:
    first, second = fitted(monthly()), fitted(monthly(), QUICK.replace(seed=9))
    assert not np.array_equal(forecast(first), forecast(second))


def test_nothing_is_chosen_by_the_test_part() -> None:
    table = monthly()
    changed = table.values.copy()
    changed[77:] = np.random.default_rng(1).uniform(50, 500, (len(changed) - 77, 1))
    first, second = fitted(table), fitted(replace(table, values=changed))
    origin = np.array([76])
    ahead = [complete(own.predictor()).ahead(origin, 12) for own in (first, second)]
    np.testing.assert_array_equal(*ahead)
    assert [part_sentence(part) + weights_sentence(part) for part in first.parts] == [
        part_sentence(part) + weights_sentence(part) for part in second.parts
    ]


@pytest.mark.parametrize("kind", ["white noise", "random walk", "moving average", "logistic map"])
def test_it_never_loses_to_the_ruler_by_much(kind: str) -> None:
    forecaster = fitted(generated_table(kind, 31), QUICK.replace(epochs=60, patience=20, pure_hidden=8))
    dataset = forecaster.dataset
    origins = np.arange(dataset.train_rows - 1, dataset.rows - 1)
    ahead = complete(forecaster.predictor()).ahead(origins, 1)[0]
    ruler = least_squares(dataset).from_origins(dataset.values, origins, 1)[0]
    rmse, expected = (np.sqrt(((own - dataset.values[origins + 1]) ** 2).mean()) for own in (ahead, ruler))
    assert rmse <= 1.03 * expected


def test_rows_that_were_filled_are_neither_learned_nor_judged() -> None:
    table = monthly()
    gaps = table.values.copy()
    gaps[[20, 21, 70]] = np.nan
    forecaster = fitted(replace(table, values=gaps))
    assert forecaster.validation is not None and forecaster.errors is not None
    at_70 = np.flatnonzero(forecaster.validation.origins == 69)
    assert np.isnan(forecaster.errors[0, at_70]).all()
    assert any("gaps in 3 rows are filled" in note for note in forecaster.notes)
    assert np.isfinite(forecast(forecaster)).all()


def test_each_choice_can_be_made_by_hand() -> None:
    automatic = QUICK.replace(
        transforms=(TransformName.LOG, TransformName.DIFFERENCE), season="none", lags=5, ridge=2.0, pure=False
    )
    forecaster = fitted(monthly(), automatic)
    assert [part.kind for part in forecaster.parts] == [PartKind.LINEAR, PartKind.ELMAN]
    for part in forecaster.parts:
        data = part.run.dataset.config
        assert (data.transforms, data.season, data.lags) == (automatic.transforms, None, 5)
        assert part.run.network.ridge == 2.0
    assert (
        part_sentence(forecaster.parts[1]) == "log, difference; 5 lags direct + 3 hidden on what they leave; mean of 2"
    )


def test_settings_that_are_given_hold_for_the_elman_parts() -> None:
    network, training = {"activation": "logistic"}, {"learning_rate": 0.05, "optimizer": Optimizer.RPROP}
    fit = ForecasterFit("series", monthly(), None, QUICK, network=network, training=training)
    for _ in fit.updates():
        pass
    assert fit.forecaster is not None
    elman = [part.run for part in fit.forecaster.parts if part.kind is PartKind.ELMAN]
    assert elman
    for run in elman:
        assert (run.network.activation, run.training.learning_rate) == (Activation.LOGISTIC, 0.05)
        assert (run.training.optimizer, run.training.update_every) == (Optimizer.RPROP, "all")
    ForecasterFit("series", monthly(), None, QUICK, training={"optimizer": Optimizer.LBFGS})  # which goes together
    with pytest.raises(ConfigError, match="least squares need linear outputs"):
        ForecasterFit("series", monthly(), None, QUICK, network={"output": "logistic"})


def test_linear_parts_alone_are_a_forecaster() -> None:
    forecaster = fitted(monthly(), QUICK.replace(residual=False, pure=False))
    assert {part.kind for part in forecaster.parts} == {PartKind.LINEAR}
    assert forecaster_sentence(forecaster).startswith("weighted mean of")


def test_several_targets_inputs_and_columns_known_ahead_go_together() -> None:
    random = np.random.default_rng(8)
    driver, price = np.cumsum(random.normal(0, 1, 120)), np.resize([0.0, 0, 1, 0, 1], 120)
    first = 5 + np.r_[0, driver[:-1]] + 3 * price + random.normal(0, 0.1, 120)
    table = table_of(np.stack([first, -2 * first, driver, price], axis=1), ("a", "b", "driver", "price"))
    forecaster = fitted(table, columns=("a", "b"), inputs=("driver",), known=("price",))
    found = forecast(forecaster)
    assert found.shape == (8, 2, 2) and np.isfinite(found).all()
    assert any("what 'driver' will be is not known" in note for note in forecaster.notes)
    errors = forecaster.errors
    assert errors is not None and np.sqrt(np.nanmean(errors[0, :, 0] ** 2)) < 0.5  # the driver and the price say it all


@pytest.mark.parametrize(
    "values",
    [
        np.arange(10.0),
        np.r_[np.arange(5.0), np.full(55, 4.0)],
        np.r_[np.zeros(30), 5, np.zeros(30)],
        -np.exp(np.linspace(0, 12, 50)),
        np.resize([1.0, 2.0], 40),
        1e9 + np.arange(50.0) ** 2,
        np.random.default_rng(0).normal(0, 1e-9, 60),
        np.r_[np.random.default_rng(1).normal(0, 1, 50), 1e6, np.random.default_rng(2).normal(0, 1, 20)],
    ],
    ids=["ten rows", "flat end", "one value", "negative growth", "period of two", "large", "tiny", "outlier"],
)
def test_a_valid_table_never_fails(values: np.ndarray) -> None:
    forecaster = fitted(table_of(values))
    assert np.isfinite(forecast(forecaster)).all()


@given(
    st.lists(st.floats(-1e4, 1e4).map(lambda number: round(number, 3)), min_size=10, max_size=45).filter(
        lambda numbers: len(set(numbers[: int(len(numbers) * 0.8) // 2])) > 1
    )
)
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_any_numbers_that_vary_can_be_fitted(numbers: list[float]) -> None:
    forecaster = fitted(table_of(np.array(numbers)), QUICK.replace(epochs=4, networks=1, inner_networks=1))
    assert np.isfinite(forecast(forecaster, 1)).all()
    assert sum(part.one_step for part in forecaster.parts) == pytest.approx(1.0)


def test_the_sentence_says_when_networks_count_nothing() -> None:
    forecaster = fitted(monthly())
    parts = tuple(
        replace(part, one_step=0.0, several=0.0) if part.kind is PartKind.ELMAN else part for part in forecaster.parts
    )
    assert "count 0 %, since validation finds them no better" in forecaster_sentence(replace(forecaster, parts=parts))


@pytest.mark.parametrize("rows", [3, 4])
def test_a_series_of_a_few_rows_is_forecast_or_refused_in_one_sentence(rows: int, elman: Elman, tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("y\n" + "".join(f"{value}\n" for value in (100, 112, 119, 117)[:rows]))
    found = elman("train", tmp_path / "few.csv", "--auto")
    assert found.code in (0, 2)
    assert "unexpected error" not in found.messages


def test_a_target_that_does_not_vary_is_left_out_and_told_and_the_others_are_chosen_for() -> None:
    series = monthly()
    pair = table_of(np.column_stack([series.values[:, 0], np.full(96, 5.0)]), ("y", "flat"))
    found, alone = fitted(pair, columns=("y", "flat")), fitted(series)
    assert found.dataset.columns == ("y",)
    assert "series: column 'flat' does not vary in the first" in "\n".join(found.notes)
    np.testing.assert_array_equal(forecast(found), forecast(alone))


def test_a_series_that_does_not_vary_is_told_so_without_advice_that_does_not_apply() -> None:
    (note,) = (note for note in fitted(table_of(np.full(60, 5.0))).notes if "vary" in note)
    assert note.startswith("series: its first ")
    assert "scaling" not in note


def test_least_squares_of_a_constant_have_no_trace_of_rounding() -> None:
    linear = LinearPredictor.fitted(np.full((40, 1), 5.1))
    assert linear.coefficients[:-1].max() == 0.0
    assert linear.coefficients[-1, 0] == 5.1
