"""Backtests: every figure against plain numpy, and what each forecast knew."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
import torch
from forecasters import evaluate_horizons
from many_sequences import noise, sequences_of, there
from numpy.typing import NDArray

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.text.vocabulary import Vocabulary
from elman_core.errors import ConfigError, DataError
from elman_core.experiment import Run
from elman_core.forecasting.accumulators import mean_steps
from elman_core.forecasting.backtest import origins as choosing
from elman_core.forecasting.backtest.contenders import (
    Contender,
    baselines_of,
    forecaster_contenders,
    network_contender,
)
from elman_core.forecasting.backtest.figures import autocorrelation, quantile_loss
from elman_core.forecasting.backtest.judgement import Comparison as Standing
from elman_core.forecasting.backtest.judgement import _interval, verdict
from elman_core.forecasting.backtest.results import Backtest, Contestant, Figures
from elman_core.forecasting.backtest.run import backtest
from elman_core.forecasting.forecaster import Forecaster, ForecastPart, PartKind
from elman_core.forecasting.horizons import score_horizon
from elman_core.forecasting.intervals import Calibration, radius
from elman_core.forecasting.methods import Persistence
from elman_core.forecasting.network_method import NetworkMethod
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job, complete
from elman_core.training.trainer import Trainer

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass
class Recorder:
    """Predicts the last value plus a constant, and notes what it was fitted to and asked."""

    add: float = 0.5
    fits: list[SequenceDataset] = field(default_factory=list)
    asked: list[Integers] = field(default_factory=list)

    def fit(self, dataset: SequenceDataset) -> Job[Recorder]:
        self.fits.append(dataset)
        yield 0.0
        return self

    def ahead(self, dataset: SequenceDataset, origins: Integers, steps: int) -> Job[Array]:
        self.asked.append(origins)
        yield 0.0
        last = np.asarray(dataset.values[origins])
        return np.broadcast_to(last, (steps, *last.shape)) + self.add * np.arange(1, steps + 1)[:, None, None]

    @property
    def contender(self) -> Contender:
        return Contender("network", "the network", self.fit, is_baseline=False)


def backtest_of(dataset: SequenceDataset, horizon: int = 3, model: Contender | None = None, **options: Any) -> Backtest:
    model = model or Recorder().contender
    return complete(backtest(model, baselines_of(dataset, ets=False), dataset, horizon, **options))


def run_of(dataset: SequenceDataset, networks: int = 1, **training: Any) -> tuple[Run, ElmanNetwork]:
    """An experiment on a dataset and the networks that it trains."""
    columns = len(dataset.columns)
    network = NetworkConfig(inputs=columns, outputs=columns, hidden=3)
    run = Run(
        "series",
        dataset,
        network,
        TrainingConfig(epochs=3, networks=networks, update_every=5, truncation=5, **training),
    )
    trainer = Trainer(run)
    for _ in trainer.updates():
        pass
    return run, trainer.network


def plain(found: Backtest, own: Contestant, steps: list[int], chosen: NDArray[np.bool_]) -> dict[str, float]:
    """The figures of DESIGN in plain loops: means over sequences."""
    dataset, scale = found.dataset, mean_steps(found.dataset)
    by_sequence: dict[str, list[float]] = {"rmse": [], "mae": [], "mase": [], "smape": []}
    for sequence in range(len(dataset.panel)):
        errors, scaled, percent = [], [], []
        for column in range(len(dataset.columns)):
            of_column = []
            for place in np.flatnonzero(chosen):
                origin = int(found.origins[place])
                if dataset.sequence_of_row[origin] != sequence:
                    continue
                for step in steps:
                    if origin + step >= dataset.panel.stops[sequence]:
                        continue
                    value, forecast = dataset.values[origin + step, column], own.point[step - 1, place, column]
                    of_column.append(abs(forecast - value))
                    percent.append(200 * abs(forecast - value) / (abs(forecast) + abs(value)))
            errors += of_column
            scaled.append(np.mean(of_column) / scale[sequence, column] if of_column else np.nan)
        if errors:
            by_sequence["rmse"].append(float(np.sqrt(np.mean(np.square(errors)))))
            by_sequence["mae"].append(float(np.mean(errors)))
            by_sequence["mase"].append(float(np.mean(scaled)))
            by_sequence["smape"].append(float(np.mean(percent)))
    return {name: float(np.mean(values)) for name, values in by_sequence.items()}


def assert_figures(figures: Figures, expected: dict[str, float], within: float = 1e-9) -> None:
    for name, value in expected.items():
        assert getattr(figures, name) == pytest.approx(value, rel=within), name


DATASETS = {
    "one series": lambda: sequences_of(noise(80, columns=1)),
    "two columns": lambda: sequences_of(noise(80)),
    "a season": lambda: sequences_of(noise(80, columns=1), season=4),
    "many sequences": lambda: sequences_of(noise(40, 33, 50, columns=1), season=4),
}


@pytest.mark.parametrize("make", DATASETS.values(), ids=DATASETS)
def test_every_figure_is_that_of_plain_numpy(make: Callable[[], SequenceDataset]) -> None:
    dataset = make()
    found = backtest_of(dataset, 3, folds=2)
    everything = np.ones(len(found.origins), np.bool_)
    names = [own.name for own in found.contestants]
    assert names == ["network", "persistence", *(["seasonal"] if dataset.config.season else []), "linear", "theta"]
    for own in found.contestants:
        assert_figures(own.overall, plain(found, own, [1, 2, 3], found.complete))
        for step in (1, 3):
            assert_figures(own.horizons[step - 1], plain(found, own, [step], everything))
        for fold in range(2):
            figures = own.folds[fold]
            assert figures is not None
            assert_figures(figures, plain(found, own, [1, 2, 3], found.complete & (found.fold == fold)))
        simple = [other for other in found.contestants if other.name in ("persistence", "seasonal")]
        name = "rmse" if dataset.rows == 80 and len(dataset.columns) == 1 else "mase"
        best = min(getattr(other.overall, name) for other in simple)
        assert own.overall.skill == pytest.approx(1 - getattr(own.overall, name) / best, rel=1e-9)


def test_quantile_loss_and_coverage_are_those_of_plain_numpy() -> None:
    found = backtest_of(sequences_of(noise(90)), 2, levels=[50, 80])
    own, chosen = found.model, np.flatnonzero(found.complete)
    values, point = found.values[:, chosen], own.point[:, chosen]
    losses = []
    for column in range(2):
        x = values[:, :, column].ravel()
        for quantile, sign, place in ((0.5, 0, 0), (0.25, -1, 0), (0.75, 1, 0), (0.1, -1, 1), (0.9, 1, 1)):
            edge = (point + sign * own.radii[place][:, chosen])[:, :, column].ravel()
            pinball = sum(
                quantile * (a - f) if a > f else (1 - quantile) * (f - a) for a, f in zip(x, edge, strict=True)
            )
            losses.append(2 * pinball / np.abs(x).sum())
    assert own.overall.quantile_loss == pytest.approx(np.mean(losses), rel=1e-9)
    for place, level in enumerate((50.0, 80.0)):
        inside = np.abs(values - point) <= own.radii[place][:, chosen]
        assert own.overall.coverage[level] == pytest.approx(inside.mean(), rel=1e-9)


def test_quantile_loss_of_the_right_quantiles_is_the_least() -> None:
    random = np.random.default_rng(0)
    values = 5 + random.normal(size=(1, 20_000, 1))
    point = np.full_like(values, 5.0)
    found = [quantile_loss(values, point, np.full((1, *values.shape), width), [80.0]) for width in (0.6, 1.2816, 2.2)]
    assert found[1] == min(found)  # type: ignore[type-var]


def test_errors_at_each_number_of_steps_are_those_of_evaluate() -> None:
    for dataset in (DATASETS["a season"](), DATASETS["many sequences"]()):
        run, network = run_of(dataset)
        found = backtest_of(dataset, 4, network_contender(run, network))
        expected = complete(evaluate_horizons(network, dataset, 4))
        assert len(found.model.horizons) == 4
        for own, other in zip(found.model.horizons, expected, strict=True):
            names = ("rmse", "mae", "mase", "smape")  # float32, in other blocks of origins
            assert_figures(own, {name: getattr(other, name) for name in names}, within=1e-6)
        by_name = {own.name: own for own in found.contestants}
        for step, other in enumerate(expected):
            assert by_name["persistence"].horizons[step].rmse == pytest.approx(other.persistence_rmse, rel=1e-9)
            assert by_name["linear"].horizons[step].rmse == pytest.approx(other.linear_rmse, rel=1e-9)


def test_the_overall_figures_are_the_metrics_of_the_test_part_at_that_horizon() -> None:
    dataset = DATASETS["many sequences"]()
    run, network = run_of(dataset)
    found = backtest_of(dataset, 3, network_contender(run, network))
    expected = there(complete(score_horizon(network, dataset, 3)))
    by_name = {own.name: own.overall for own in found.contestants}
    for name, score in (
        ("network", expected.network),
        ("persistence", expected.persistence),
        ("linear", expected.linear),
    ):
        expected_figures = {key: getattr(score, key) for key in ("rmse", "mae", "mase", "smape")}
        assert_figures(by_name[name], expected_figures, within=1e-6)


# -- what is known ----------------------------------------------------------------------------------


def changed_after(dataset: SequenceDataset, row: int) -> SequenceDataset:
    values = np.array(dataset.values)
    values[row + 1 :] = values[row + 1 :] * 3 + 50
    return replace(dataset, values=values)


@pytest.mark.parametrize("refit", [False, True])
def test_no_forecast_and_no_interval_knows_anything_after_its_origin(refit: bool) -> None:
    dataset = sequences_of([np.abs(part) for part in noise(90, columns=1)], season=4, scaling="standardize")
    run, network = run_of(dataset)
    options = {"folds": 3, "refit": refit}
    found = complete(backtest(network_contender(run, network), baselines_of(dataset), dataset, 3, **options))
    row = int(found.origins[10])
    other_data = changed_after(dataset, row)
    run = replace(run, dataset=other_data)
    other = complete(backtest(network_contender(run, network), baselines_of(other_data), other_data, 3, **options))
    assert {own.name for own in found.contestants} >= {"theta", "ets", "linear"}
    for own, same in zip(found.contestants, other.contestants, strict=True):
        np.testing.assert_array_equal(own.point[:, :11], same.point[:, :11], err_msg=own.name)
        np.testing.assert_array_equal(own.radii[:, :, :11], same.radii[:, :, :11], err_msg=own.name)
        assert (own.point[:, 11:] != same.point[:, 11:]).any(), own.name


def test_origins_are_the_row_before_the_test_part_and_all_after_it_but_the_last() -> None:
    dataset = DATASETS["many sequences"]()
    found = backtest_of(dataset, 2, folds=3)
    expected = [
        row
        for stop, end in zip(dataset.parts.validation_stops, dataset.panel.stops, strict=True)
        for row in range(stop - 1, end - 1)
    ]
    assert found.origins.tolist() == expected
    for sequence in range(3):
        own = found.fold[dataset.sequence_of_row[found.origins] == sequence]
        assert own.tolist() == sorted(own) and set(own) == {0, 1, 2}
        assert np.ptp(np.bincount(own)) <= 1


def test_with_refit_each_fold_is_fitted_to_what_is_known_at_its_first_origin() -> None:
    dataset = DATASETS["many sequences"]()
    recorder = Recorder()
    found = backtest_of(dataset, 2, recorder.contender, folds=3, refit=True)
    assert len(recorder.fits) == 3 and recorder.fits[0] is dataset
    for fold in (1, 2):
        fitted = recorder.fits[fold]
        for sequence in range(3):
            own = (found.fold == fold) & (dataset.sequence_of_row[found.origins] == sequence)
            known = found.origins[own].min() + 1
            assert fitted.parts.validation_stops[sequence] == known
            before = dataset.parts.validation_stops[sequence] - dataset.parts.starts[sequence]
            share = (dataset.parts.train_stops[sequence] - dataset.parts.starts[sequence]) / before
            expected = round((known - dataset.parts.starts[sequence]) * share)
            assert fitted.parts.train_stops[sequence] - dataset.parts.starts[sequence] == expected
        np.testing.assert_array_equal(recorder.asked[fold], found.origins[found.fold == fold])
    assert found.refitted and "all are fitted again at the beginning of each of 3 folds" in found.notes
    assert len(backtest_of(dataset, 2, (once := Recorder()).contender, folds=3).notes) == 0 and len(once.fits) == 1


def test_fitting_again_gives_the_same_from_the_same_seed_and_learns_from_the_new_rows() -> None:
    dataset = sequences_of(noise(90, columns=1), scaling="standardize")
    run, network = run_of(dataset, seed=4)
    found = [backtest_of(dataset, 2, network_contender(run, network), folds=2, refit=True) for _ in range(2)]
    np.testing.assert_array_equal(found[0].model.point, found[1].model.point)
    once = backtest_of(dataset, 2, network_contender(run, network), folds=2)
    same = (once.model.point == found[0].model.point).all(axis=(0, 2))
    assert same.tolist() == (found[0].fold == 0).tolist()


def test_without_a_validation_part_an_earlier_fit_calibrates() -> None:
    dataset = sequences_of(noise(80, columns=1), train_percent=80, validation_percent=0)
    recorder = Recorder()
    found = backtest_of(dataset, 2, recorder.contender)
    inner = recorder.fits[1].parts
    assert inner.train_stops[0] == 51 and inner.validation_stops[0] == 64
    assert any("there is no validation part" in note for note in found.notes)


def test_a_filled_row_is_no_origin_and_is_not_scored(table_of: Callable[..., Any]) -> None:
    from elman_core.config import DataConfig
    from elman_core.data.preparation import prepare

    values = noise(60, columns=1)[0]
    values[50] = np.nan
    config = DataConfig(columns=("a",), train_percent=60, validation_percent=20, fill_gaps=True)
    dataset = prepare(table_of(values), config)
    found = backtest_of(dataset, 2)
    assert 50 not in found.origins and 49 in found.origins
    assert np.isnan(found.values[0, found.origins == 49]).all()
    assert found.notes == ("1 row with filled gaps is no origin of forecasts",)


def test_of_a_very_long_test_part_some_rows_are_origins_and_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "_MOST_NUMBERS", 30)
    dataset = sequences_of(noise(200, columns=1))
    found = backtest_of(dataset, 2)
    assert set(np.diff(found.origins)) == {3} and found.origins[0] == 159
    assert found.notes == ("of the many rows of the test part one in 3 is an origin of a forecast",)


def test_without_a_test_part_it_is_told_that_the_rows_were_fitted_to() -> None:
    found = backtest_of(sequences_of(noise(60, columns=1), train_percent=100, validation_percent=0), 2)
    assert any("there is no test part" in note for note in found.notes) and len(found.origins) == 59


# -- networks ---------------------------------------------------------------------------------------


def test_several_networks_forecast_by_their_mean_and_show_their_spread() -> None:
    dataset = sequences_of(noise(60, columns=1))
    run, network = run_of(dataset, networks=3)
    found = backtest_of(dataset, 2, network_contender(run, network)).model
    alone = [backtest_of(dataset, 2, network_contender(run, network, member)).model for member in range(3)]
    points = np.stack([own.point for own in alone])
    np.testing.assert_allclose(found.point, points.mean(axis=0), rtol=1e-12)
    assert found.deviation is not None and alone[0].deviation is None
    np.testing.assert_allclose(found.deviation, points.std(axis=0, ddof=1), rtol=1e-9)
    assert found.title == "the mean of 3 networks" and alone[0].title == "the network"
    assert set(found.overall.spread_coverage) == {80.0, 90.0} and not alone[0].overall.spread_coverage


def test_a_network_that_has_no_number_is_left_out_of_the_mean() -> None:
    dataset = sequences_of(noise(40, columns=1))
    _, network = run_of(dataset, networks=3)
    broken = network.w2.clone()
    broken[1] = torch.nan
    origins = np.array([20, 30])
    rest = ElmanNetwork(network.config, network.w1[[0, 2]], network.w2[[0, 2]])
    expected = complete(NetworkMethod(rest).ahead(dataset, origins, 3))
    found = complete(NetworkMethod(ElmanNetwork(network.config, network.w1, broken)).ahead(dataset, origins, 3))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


# -- forecasters ------------------------------------------------------------------------------------


def forecaster_of(dataset: SequenceDataset) -> Forecaster:
    """Two networks of different seeds, of which one counts more the further ahead."""
    parts = []
    for seed, one_step, several in ((1, 0.75, 0.25), (2, 0.25, 0.75)):
        run, network = run_of(dataset, seed=seed)
        weights = Trainer(run, network=network).weights()
        parts.append(ForecastPart(replace(run, weights=weights), PartKind.ELMAN, one_step, several))
    return Forecaster(dataset, tuple(parts))


def test_a_forecaster_stands_beside_its_parts_and_is_fitted_once_for_all() -> None:
    dataset = sequences_of(noise(90, columns=1))
    forecaster, fits = forecaster_of(dataset), []

    def fit(known: SequenceDataset) -> Job[Forecaster]:
        yield 0.5
        fits.append(known)
        parts = tuple(replace(part, run=replace(part.run, dataset=known)) for part in forecaster.parts)
        return replace(forecaster, dataset=known, parts=parts)

    whole, *parts = forecaster_contenders(forecaster, fit)
    found = complete(backtest(whole, (*parts, *baselines_of(dataset, ets=False)), dataset, 3, folds=2, refit=True))
    assert len(fits) == 1
    by_name = {own.name: own for own in found.contestants}
    titles = [by_name[name].title for name in ("network", "part 1", "part 2")]
    assert titles == ["the network", "its part 1: 3 hidden", "its part 2: 3 hidden"]
    weights = np.array([[0.75, 0.25], [0.25, 0.75], [0.25, 0.75]])[:, :, None, None]
    expected = weights[:, 0] * by_name["part 1"].point + weights[:, 1] * by_name["part 2"].point
    np.testing.assert_allclose(by_name["network"].point, expected, rtol=1e-9)
    assert not any(by_name[name].is_baseline for name in ("network", "part 1", "part 2"))
    assert "part" not in found.verdict


def test_a_forecaster_of_one_part_is_the_network_itself() -> None:
    dataset = sequences_of(noise(90, columns=1))
    run, network = run_of(dataset)
    one = Forecaster.of_run(replace(run, weights=Trainer(run, network=network).weights()))
    contenders = forecaster_contenders(one)
    assert [own.name for own in contenders] == ["network"]
    found = backtest_of(dataset, 3, contenders[0]).model
    np.testing.assert_allclose(found.point, backtest_of(dataset, 3, network_contender(run, network)).model.point)


def test_errors_of_an_inner_validation_calibrate_without_another_fit() -> None:
    dataset = sequences_of(noise(100, columns=1), train_percent=80, validation_percent=0)
    inner = Calibration(np.arange(30, 78), np.random.default_rng(0).normal(size=(2, 48, 1)))
    recorder = Recorder()
    found = backtest_of(dataset, 3, replace(recorder.contender, calibration=inner))
    assert len(recorder.fits) == 1 and not any("calibrated by a fit" in note for note in found.notes)
    for step in range(2):
        scores = np.sort(np.abs(inner.errors[step, :, 0]))
        plain = radius(scores, 0.8)
        assert plain <= found.model.radii[0, step, 0, 0] < 1.03 * plain  # a little more where errors overlap
    assert np.isnan(found.model.radii[0, 2, 0, 0])  # nothing was validated so far ahead


# -- the job ----------------------------------------------------------------------------------------


def test_the_share_done_rises_to_the_end_and_a_job_that_is_left_stops() -> None:
    dataset = DATASETS["many sequences"]()
    run, network = run_of(dataset)
    shares: list[float] = []
    job = backtest(network_contender(run, network), baselines_of(dataset), dataset, 3, folds=2, refit=True)
    complete(job, shares.append)
    assert shares == sorted(shares) and shares[0] >= 0 and 0.95 < shares[-1] <= 1 and len(shares) > 20
    recorder = Recorder()
    job = backtest(recorder.contender, baselines_of(dataset), dataset, 3, folds=3, refit=True)
    next(job)
    job.close()
    assert len(recorder.fits) <= 1


def test_what_cannot_be_tested_is_refused_in_a_sentence(stream_of: Callable[..., SequenceDataset]) -> None:
    dataset = sequences_of(noise(40, columns=1))
    with pytest.raises(DataError, match="horizon must be from 1 to 8, the rows from its test part on, got 9"):
        backtest_of(dataset, 9)
    with pytest.raises(DataError, match="folds must be from 1 to 8, the origins of forecasts there are, got 9"):
        backtest_of(dataset, 2, folds=9)
    symbols = stream_of(Vocabulary.one_hot(("a", "b", "c")), 60)
    with pytest.raises(ConfigError, match="stream of symbols; a backtest is for a table of numbers"):
        complete(backtest(Recorder().contender, (), symbols, 1))
    whole = sequences_of(noise(20, 20, 20, 20, 20, columns=1), split="sequences")
    with pytest.raises(ConfigError, match="to fit again at each fold is for parts by time"):
        backtest_of(whole, 2, folds=2, refit=True)
    assert len(backtest_of(whole, 2).origins) == 19


# -- judgement --------------------------------------------------------------------------------------


def walk(rows: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=rows).cumsum()[:, None]


def test_few_origins_are_told_with_their_number_and_none_is_refused() -> None:
    found = backtest_of(sequences_of([walk(40)], train_percent=70), 3)
    assert found.complete.sum() == 2
    assert "The figures are of forecasts from 2 origins only: a few more could change them much." in found.warnings
    assert "2 origins cannot show how sure that is" in found.verdict
    assert not any("origins only" in warning for warning in backtest_of(sequences_of([walk(100)]), 3).warnings)


def test_an_echo_of_the_last_value_is_told_and_a_forecast_that_knows_more_is_none() -> None:
    dataset = sequences_of([walk(120)])
    echo = "The forecast only echoes the last value"
    assert any(warning.startswith(echo) for warning in backtest_of(dataset, 3, Recorder(0.01).contender).warnings)
    time = np.arange(120.0)[:, None]
    wave = sequences_of([10 * np.sin(time / 3)])
    linear = next(own for own in baselines_of(wave) if own.name == "linear")
    found = backtest_of(wave, 3, replace(linear, name="network", is_baseline=False))
    assert found.warnings == ()


def test_a_closed_loop_that_runs_off_is_told_with_how_often() -> None:
    dataset = sequences_of([np.sin(np.arange(100.0))[:, None]])
    found = backtest_of(dataset, 4, Recorder(1.5).contender)
    beyond = np.abs(found.model.point[3, :, 0]) > 3  # their range is 2
    expected = f"In {beyond.sum()} of {len(beyond)} forecasts the closed loop runs off"
    assert any(warning.startswith(expected) for warning in found.warnings)
    blown = backtest_of(dataset, 4, Recorder(np.inf).contender)
    assert any("runs off" in warning for warning in blown.warnings) and not np.isfinite(blown.model.overall.rmse)
    assert "far behind the best baseline, " in blown.verdict and "not all of its forecasts are numbers" in blown.verdict


def test_the_verdict_names_the_best_baseline_of_the_test_part_and_how_sure_it_is() -> None:
    dataset = sequences_of([np.arange(200.0)[:, None] + np.random.default_rng(0).normal(size=(200, 1))])
    good = backtest_of(dataset, 3, Recorder(1.0).contender)
    best = min((own for own in good.contestants if own.is_baseline), key=lambda own: own.overall.rmse)
    gain = round(100 * (1 - good.model.overall.rmse / best.overall.rmse))
    assert f"the best baseline, {best.title} (90 % interval " in good.verdict
    side = "better" if gain > 0 else "worse"
    assert f"Over 3 steps the network is {abs(gain)} % {side} than" in good.verdict or "is level with" in good.verdict
    far = backtest_of(dataset, 3, Recorder(-30.0).contender)
    assert (
        f"far behind the best baseline, {best.title}: " in far.verdict
        and " times its error (90 % interval " in far.verdict
    )


def test_the_words_of_a_verdict() -> None:
    better, level = Standing("Theta", 0.09, 0.04, 0.13, 50), Standing("least squares", 0.01, -0.02, 0.03, 50)
    assert verdict("the network", better, level, 12) == (
        "Over 12 steps the network is 9 % better than the best baseline, Theta (90 % interval 4 to 13 %); "
        "at one step it is level with least squares (90 % interval -2 to 3 %)."
    )
    worse = Standing("Theta", -0.2, -0.3, -0.1, 50)
    assert verdict("the network", worse, worse, 1) == (
        "At one step the network is 20 % worse than the best baseline, Theta (90 % interval 10 to 30 %)."
    )
    far = Standing("Theta", -1.5, -2.0, -1.0, 50)
    assert "far behind the best baseline, Theta: 2.5 times its error (90 % interval 2 to 3 times)" in verdict(
        "x", far, far, 2
    )
    perfect, few = Standing("Theta", None, None, None, 50), Standing("Theta", 0.1, None, None, 4, "sequence")
    assert "behind the best baseline, Theta, which makes no error" in verdict("x", perfect, None, 2)
    assert "10 % better than the best baseline, Theta (4 sequences cannot show" in verdict("x", few, None, 2)
    assert verdict("the network", better, level, 12, "month").startswith(
        "Over 12 months the network is 9 % better than"
    )
    assert "; at one month it is level with" in verdict("the network", better, level, 12, "month")


@pytest.mark.parametrize("block", [1, 5])
def test_the_interval_of_equally_good_forecasts_holds_0_in_nine_of_ten_cases(block: int) -> None:
    held = []
    for seed in range(300):
        random = np.random.default_rng(seed)
        shocks = random.normal(size=(120 + block, 2))
        errors = np.stack([shocks[lag : lag + 120] for lag in range(block)]).sum(axis=0)  # that overlap
        low, high = _interval(errors**2, block, root=True)
        assert low is not None and high is not None
        held.append(low <= 0 <= high)
    assert 0.82 < np.mean(held) < 0.95


def test_of_several_sequences_these_are_the_cases_and_the_worst_come_first() -> None:
    parts = noise(*[40] * 12, columns=1)
    found = backtest_of(sequences_of(parts, season=4), 3)
    assert "cannot show" not in found.verdict and "(90 % interval" in found.verdict
    mase = found.model.by_sequence.mase
    assert mase.shape == (12,) and np.isfinite(mase).all()
    order = found.model.by_sequence.worst_first()
    assert mase[order].tolist() == sorted(mase.tolist(), reverse=True)
    board = [own.overall.mase for own in found.leaderboard]
    assert board == sorted(board)  # type: ignore[type-var]


# -- residuals --------------------------------------------------------------------------------------


def test_autocorrelation_is_that_of_statsmodels_and_of_each_sequence_alone() -> None:
    from statsmodels.tsa.stattools import acf

    errors = np.convolve(np.random.default_rng(0).normal(size=80), [1, 0.8, 0.3])
    one = np.zeros(len(errors), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = acf(errors, nlags=10, fft=False)[1:]
    np.testing.assert_allclose(autocorrelation(errors, one, 10), expected, rtol=1e-9)
    both = autocorrelation(np.concatenate([errors, errors + 100]), np.concatenate([one, one + 1]), 10)
    np.testing.assert_allclose(both, expected, rtol=1e-9)
    assert autocorrelation(np.full(20, 3.0), np.zeros(20, np.int64), 3).tolist() == [0, 0, 0]


def test_residuals_are_the_one_step_errors_of_the_model() -> None:
    dataset = sequences_of(noise(120))
    found = backtest_of(dataset, 2)
    for place, own in enumerate(found.residuals):
        assert own.column == dataset.columns[place]
        np.testing.assert_allclose(own.errors, dataset.values[own.rows, place] - found.model.point[0, :, place])
        np.testing.assert_array_equal(own.rows, found.origins + 1)
        assert own.bound == pytest.approx(1.96 / np.sqrt(len(own.rows)))


def test_persistence_as_model_is_level_with_itself() -> None:
    dataset = sequences_of([walk(100)])
    persistence = next(own for own in baselines_of(dataset) if own.name == "persistence")
    model = replace(persistence, name="network", title="the network", fitted=Persistence(), is_baseline=False)
    found = complete(backtest(model, (persistence,), dataset, 1))
    assert found.verdict == (
        "At one step the network is level with the best baseline, persistence (90 % interval 0 to 0 %)."
    )
    assert found.model.overall == found.contestants[1].overall


def test_against_a_baseline_without_an_error_there_is_no_share() -> None:
    values = np.concatenate([walk(70), np.full((30, 1), 2.0)])
    found = backtest_of(sequences_of([values]), 2)
    assert found.contestants[1].overall.rmse == 0 and found.model.overall.skill is None
    assert "behind the best baseline, persistence, which makes no error" in found.verdict
