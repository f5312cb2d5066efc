"""What all networks of an ensemble do together is what each of them does alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from many_sequences import LENGTHS, noise, sequences_of
from numpy.typing import NDArray

from elman_core.config import NetworkConfig
from elman_core.data.dataset import Part, SequenceDataset
from elman_core.data.text.vocabulary import Vocabulary
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, begin
from elman_core.experiments.published import published_of
from elman_core.forecasting import ensemble_prediction, member_errors
from elman_core.forecasting.ensemble_prediction import EnsemblePrediction, predict_together
from elman_core.forecasting.member_errors import errors_of_members
from elman_core.forecasting.part_error import PartError
from elman_core.forecasting.prediction import respond, score_parts
from elman_core.forecasting.running import first_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete
from elman_core.support.quantiles import quantiles_of
from elman_core.training.events import TrainingUpdate
from elman_core.training.history import History
from elman_core.training.loss_bands import LossBands, losses_known_at
from elman_core.training.member_figures import MemberFigures
from elman_core.training.stopping import MemberEnd
from elman_core.training.trainer import Trainer
from elman_core.training.weights import network_from_weights

Array = NDArray[np.float64]
NETWORKS = 7
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
KINDS = ("plain", "lags", "direct horizon", "standardised", "sequences", "symbols")


def dataset_of_kind(kind: str, stream_of: Callable[..., SequenceDataset]) -> SequenceDataset:
    parts = [0.1 * part for part in noise(*LENGTHS)]
    parts[0][22, 0] = np.nan
    match kind:
        case "plain":
            return sequences_of(noise(60))
        case "lags":
            return sequences_of(noise(60), lags=3, transforms=("difference",))
        case "direct horizon":
            return sequences_of(noise(60), horizon=3, strategy="direct")
        case "standardised":
            return sequences_of(noise(60), scaling="standardize")
        case "sequences":
            return sequences_of(parts, fill_gaps=True)
    return stream_of(Vocabulary.one_hot(tuple("abcde")), 80)


@pytest.fixture(params=KINDS)
def dataset(request: pytest.FixtureRequest, stream_of: Callable[..., SequenceDataset]) -> SequenceDataset:
    return dataset_of_kind(request.param, stream_of)


def ensemble_for(dataset: SequenceDataset, **config: Any) -> ElmanNetwork:
    sizes = {"inputs": dataset.encoding.network_inputs, "outputs": dataset.encoding.network_outputs}
    if dataset.symbols is not None:
        config = {"output": "softmax", **config}
    network = NetworkConfig(**sizes, hidden=4, biases=True, initial_context=0.3, **config)
    return ElmanNetwork.initialized(network, 5, networks=NETWORKS, precision="float64")


def alone(network: ElmanNetwork) -> list[ElmanNetwork]:
    return [first_network(network, member) for member in range(network.networks)]


# -- predictions ----------------------------------------------------------------------------------------


def test_the_fan_has_the_quantiles_of_what_each_network_predicts_alone(dataset: SequenceDataset) -> None:
    network = ensemble_for(dataset)
    found = complete(predict_together(network, dataset))
    assert (found.networks, found.diverged, len(found.looked_at)) == (NETWORKS, 0, NETWORKS)
    responses = [complete(respond(one, dataset)) for one in alone(network)]
    assert found.first_row == responses[0].first_row
    one_step = np.array([response.one_step for response in responses])
    if dataset.symbols is not None:
        codes = dataset.symbols.codes[1:]
        chances = dataset.symbols.vocabulary.probabilities(one_step)[:, np.arange(len(codes)), codes]
        assert found.names == ("surprise (bits)",) and found.closed_loop.shape[1] == 0
        np.testing.assert_allclose(found.one_step[..., 0], np.quantile(-np.log2(chances), SHARES, axis=0))
        return
    assert found.names == dataset.columns
    np.testing.assert_allclose(found.one_step, np.quantile(one_step, SHARES, axis=0), rtol=1e-9, atol=1e-9)
    free = np.array([response.closed_loop for response in responses])
    assert found.closed_loop_row == responses[0].closed_loop_row
    np.testing.assert_allclose(found.closed_loop, np.quantile(free, SHARES, axis=0), rtol=1e-9, atol=1e-9)


def test_direct_connections_are_seen_by_all_networks() -> None:
    dataset = sequences_of(noise(40))
    network = ensemble_for(dataset, direct=True)
    network.w2[:, 4:6] = 0.3
    found = complete(predict_together(network, dataset))
    one_step = [complete(respond(one, dataset)).one_step for one in alone(network)]
    np.testing.assert_allclose(found.one_step, np.quantile(one_step, SHARES, axis=0), rtol=1e-9)


def test_of_many_large_networks_some_are_looked_at_and_the_result_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = sequences_of(noise(60))
    network = ensemble_for(dataset)
    monkeypatch.setattr(ensemble_prediction, "_MOST_VALUES", 60 * 2 * 3)
    monkeypatch.setattr(ensemble_prediction, "_LEAST_NETWORKS", 1)
    found = complete(predict_together(network, dataset))
    assert found.looked_at.tolist() == [0, 3, 6] and found.networks == NETWORKS
    one_step = [complete(respond(alone(network)[member], dataset)).one_step for member in (0, 3, 6)]
    np.testing.assert_allclose(found.one_step, np.quantile(one_step, SHARES, axis=0), rtol=1e-9)


def test_networks_whose_weights_are_no_numbers_are_counted_and_left_out() -> None:
    dataset = sequences_of(noise(60))
    network = ensemble_for(dataset)
    network.w1[2] = np.nan
    found = complete(predict_together(network, dataset))
    assert found.diverged == 1 and 2 not in found.looked_at
    assert np.isfinite(found.one_step).all()
    network.w1[:] = np.nan
    nothing = complete(predict_together(network, dataset))
    assert nothing.diverged == NETWORKS and np.isnan(nothing.one_step).all()


def test_a_long_series_is_looked_at_about_the_end_of_its_history() -> None:
    dataset = sequences_of(noise(3_000))
    network = ensemble_for(dataset)
    found = complete(predict_together(network, dataset))
    stop = dataset.history_rows + 200
    assert (found.first_row, found.first_row + found.one_step.shape[1]) == (stop - 500, stop)
    assert (found.closed_loop_row, found.closed_loop.shape[1]) == (dataset.history_rows, 200)
    responses = [complete(respond(one, dataset)) for one in alone(network)]
    own = np.array([response.one_step[stop - 500 - 1 : stop - 1] for response in responses])
    np.testing.assert_allclose(found.one_step, np.quantile(own, SHARES, axis=0), rtol=1e-6)


def test_to_stop_looking_is_to_cease_to_iterate() -> None:
    dataset = sequences_of(noise(60))
    job = predict_together(ensemble_for(dataset), dataset)
    next(job)
    job.close()


# -- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", list(Part))
def test_the_error_of_each_network_is_its_score_alone(
    dataset: SequenceDataset, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = ensemble_for(dataset)
    network.w2[1] = np.inf
    monkeypatch.setattr(member_errors, "_NUMBERS_AT_ONCE", 3_000)  # a few networks at a time
    errors = complete(errors_of_members(network, dataset, part))
    assert errors is not None and np.isinf(errors[1])
    for member, one in enumerate(alone(network)):
        if member != 1:
            score = complete(score_parts(one, dataset, None))[part]
            assert score is not None
            expected = score.network.rmse if score.symbols is None else score.symbols.bits
            if dataset.config.horizon == 1:
                assert errors[member] == pytest.approx(expected, rel=1e-9)
            assert errors[member] == pytest.approx(complete(PartError(dataset, part).of(one)), rel=1e-9)


def test_a_part_without_rows_has_no_errors() -> None:
    dataset = sequences_of(noise(40), train_percent=80, validation_percent=20)
    assert complete(errors_of_members(ensemble_for(dataset), dataset)) is None


# -- losses ---------------------------------------------------------------------------------------------


def curves(epochs: int, networks: int = 40) -> Array:
    random = np.random.default_rng(1)
    return np.exp(random.normal(size=(epochs, networks)).cumsum(axis=0) * 0.05)


@pytest.mark.parametrize("pieces", [(1,), (3, 10, 11, 400), (5_000,), (1, 2, 3, 700, 4_999, 5_000)])
def test_the_bands_of_a_run_are_the_same_however_often_one_looks(pieces: tuple[int, ...]) -> None:
    losses, bands, at_once = curves(pieces[-1]), LossBands(SHARES), LossBands(SHARES)
    for epochs in pieces:
        bands.follow(losses[:epochs])
    at_once.follow(losses)
    assert len(bands.epochs) <= 601 and bands.epochs[-1] == pieces[-1] - 1
    np.testing.assert_array_equal(bands.epochs, at_once.epochs)
    np.testing.assert_allclose(bands.quantiles, np.quantile(losses[bands.epochs], SHARES, axis=1))
    np.testing.assert_array_equal(bands.quantiles, at_once.quantiles)


@pytest.mark.parametrize("pieces", [(50,), (10, 30, 50), tuple(range(1, 51))])
def test_a_network_that_has_ended_counts_with_its_last_loss(pieces: tuple[int, ...]) -> None:
    losses = curves(50)
    filled = losses.copy()
    for member, end in ((0, 1), (3, 17), (4, 30), (9, 49)):
        losses[end:, member] = np.nan
        filled[end:, member] = losses[end - 1, member]
    bands = LossBands(SHARES, most=7)  # so that most epochs are passed over
    for epochs in pieces:
        bands.follow(losses[:epochs])
    np.testing.assert_allclose(bands.quantiles, np.quantile(filled[bands.epochs], SHARES, axis=1))
    np.testing.assert_array_equal(losses_known_at(losses, 40), filled[40])


def test_another_run_begins_its_bands_anew() -> None:
    bands = LossBands(SHARES)
    bands.follow(curves(50))
    bands.follow(curves(20, networks=30))
    assert bands.epochs[-1] == 19 and bands.quantiles.shape == (5, 20)
    bands.begin()
    assert bands.quantiles.shape == (5, 0) and not len(bands.epochs)


# -- quantiles ------------------------------------------------------------------------------------------


def test_quantiles_are_those_of_numpy_and_what_is_no_number_counts_as_worst() -> None:
    values = np.random.default_rng(0).normal(size=(6, 11, 2))
    for axis in range(3):
        np.testing.assert_allclose(quantiles_of(values, SHARES, axis), np.quantile(values, SHARES, axis=axis))
    assert quantiles_of(np.array([3.0, np.nan, 1.0, np.inf, 2.0]), (0.0, 0.5, 0.75)).tolist()[:2] == [1.0, 3.0]
    assert np.isnan(quantiles_of(np.array([3.0, np.nan, 1.0, np.inf, 2.0]), (0.75,)))
    assert np.isnan(quantiles_of(np.empty(0), SHARES)).all()


def test_a_prediction_of_one_network_is_its_own_fan() -> None:
    dataset = sequences_of(noise(60))
    (one, *_) = alone(ensemble_for(dataset))
    found: EnsemblePrediction = complete(predict_together(one, dataset))
    response = complete(respond(one, dataset))
    for quantile in found.one_step:
        np.testing.assert_allclose(quantile, response.one_step)


# -- what each network has come to ----------------------------------------------------------------------


def trained(run: Run) -> Run:
    trainer, history = Trainer(run, device="cpu"), History()
    history.extend(trainer.updates())
    return replace(run, weights=trainer.weights(), history=history)


def test_the_figures_of_each_network_are_those_of_the_weights_it_has() -> None:
    built_in = BUILT_IN["sunspots"]
    training = built_in.training.replace(epochs=25, networks=5, seed=11, learning_rate=0.05, patience=4)
    run = trained(begin("sunspots", built_in.table(), built_in.data, built_in.network, training))
    figures = MemberFigures.of(run)
    assert figures.seeds.tolist() == [11, 12, 13, 14, 15] and figures.networks == 5
    assert figures.chosen_by is Part.VALIDATION
    assert figures.validation is not None and run.weights is not None
    validation = np.asarray(run.history.validation) / run.dataset.validation_steps
    np.testing.assert_array_equal(figures.validation, np.nanmin(validation, axis=0))
    np.testing.assert_array_equal(figures.epochs, np.nanargmin(validation, axis=0) + 1)
    assert figures.chosen == np.nanargmin(np.nanmin(validation, axis=0))
    own = first_network(network_from_weights(run.network, run.weights), 3)
    loss = complete(score_parts(own, run.dataset, None))[Part.TEST]
    network = network_from_weights(run.network, run.weights)
    errors = complete(errors_of_members(network, run.dataset))
    assert errors is not None and loss is not None
    assert figures.with_test(errors).errors(Part.TEST)[3] == pytest.approx(loss.network.rmse, rel=1e-6)  # type: ignore[index]


def test_without_a_validation_part_the_figures_are_of_the_last_epoch_and_a_network_that_diverged_is_worst(
    sine: Callable[..., Run],
) -> None:
    run = trained(sine(epochs=12, networks=4))
    figures = MemberFigures.of(run)
    assert figures.chosen_by is Part.TRAIN and figures.validation is None
    np.testing.assert_array_equal(figures.train, run.history.train[-1] / run.dataset.train_steps)
    ends = run.ends
    assert ends is not None
    ends.reasons[2] = MemberEnd.DIVERGED
    told = MemberFigures.of(run, ends)
    assert np.isinf(told.errors(Part.TRAIN)).tolist() == [False, False, True, False]  # type: ignore[arg-type]
    assert told.diverged.sum() == 1
    nothing = MemberFigures.of(sine(networks=4))
    assert nothing.chosen is None and nothing.epochs.tolist() == [0, 0, 0, 0]


def test_of_a_thousand_seeds_seven_in_a_hundred_do_as_well_as_the_published_run(sine: Callable[..., Run]) -> None:
    run = trained(sine(epochs=291, networks=1_000))
    published = published_of(run.dataset, Part.TRAIN)
    assert published is not None and published_of(run.dataset, Part.TEST) is None
    errors = MemberFigures.of(run).errors(Part.TRAIN)
    assert errors is not None
    assert 0.05 <= (errors <= published.value).mean() <= 0.09


def test_a_history_that_expects_its_epochs_copies_none_on_the_way_and_is_otherwise_the_same() -> None:
    losses = curves(1_000, networks=3)
    plain, expecting = History(), History()
    expecting.expect(1_000)
    begun: set[int] = set()
    for epoch in range(1_000):
        update = TrainingUpdate(epoch + 1, 0, 1, losses[epoch : epoch + 1], losses[epoch : epoch + 1])
        for history in (plain, expecting):
            history.extend((update,))
        begun.add(expecting.train.__array_interface__["data"][0])
    assert len(begun) == 1
    for found in (plain, expecting):
        np.testing.assert_array_equal(found.train, losses)
        np.testing.assert_array_equal(found.validation, losses)
