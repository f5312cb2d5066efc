"""Errors of symbols by place, the ROC curve of finding beginnings, and the paper's sentence, against plain counting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from elman_core.analysis.inspection import inspect_network
from elman_core.analysis.sentence_predictions import sentence_errors
from elman_core.analysis.symbol_errors import (
    area_under_curve,
    cycle_places,
    errors_by_position,
    roc_curve,
    symbol_errors,
)
from elman_core.analysis.types import Analysis, Clamps, InspectionRequest
from elman_core.analysis.units import Layer, Unit
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, begin
from elman_core.forecasting.prediction import respond
from elman_core.model.clamps import clamped_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete

SENTENCE = "many years ago a boy and girl lived by the sea they played happily"


def built_in(name: str) -> Run:
    found = BUILT_IN[name]
    return begin(name, found.table(), found.data, found.network, found.training)


def drawn(experiment: Run, seed: int = 3) -> ElmanNetwork:
    return ElmanNetwork.initialized(experiment.network, seed)


def plain_outputs(
    network: ElmanNetwork, inputs: NDArray[np.float64], lesioned: int | None = None
) -> NDArray[np.float64]:
    """The paper's forward pass, written out: logistic units with biases, the context starting at one half."""
    w1, w2 = (weights[0].double().numpy() for weights in (network.w1, network.w2))
    context, outputs = np.full(network.config.hidden, 0.5), []
    for x in inputs:
        if lesioned is not None:
            context[lesioned] = 0
        context = 1 / (1 + np.exp(-np.concatenate([x, context, [1]]) @ w1))
        outputs.append(1 / (1 + np.exp(-np.concatenate([context, [1]]) @ w2)))
    return np.array(outputs)


# -- by place ---------------------------------------------------------------------------------------


def test_the_error_at_a_place_is_over_all_rows_there() -> None:
    random = np.random.default_rng(0)
    errors, places = random.random(400), random.integers(0, 7, 400)
    seen = errors_by_position(errors, places)
    assert seen.places.tolist() == list(range(7))
    for place in range(7):
        there = errors[places == place]
        assert seen.counts[place] == len(there)
        assert seen.rmse[place] == pytest.approx(np.sqrt((there**2).mean()))
        assert seen.mean[place] == pytest.approx(there.mean())
    assert seen.whole == pytest.approx(np.sqrt((errors**2).mean()))
    assert (seen.and_later, seen.left_out) == (None, 0)


def test_late_places_are_taken_together_and_rare_ones_left_out() -> None:
    places = np.concatenate([np.repeat(np.arange(20), 6), [2] * 3, [30] * 2])
    errors = np.linspace(0, 1, len(places))
    seen = errors_by_position(errors, places, most_places=12)
    assert seen.places.tolist() == list(range(12))
    assert seen.and_later == 11
    late = errors[places >= 11]
    assert (seen.counts[11], seen.rmse[11]) == (len(late), pytest.approx(np.sqrt((late**2).mean())))
    rare = errors_by_position(errors, np.where(places == 4, 5, places))
    assert 4 not in rare.places
    assert 30 not in rare.places
    assert rare.left_out == 2


def test_rows_that_no_place_has_enough_of_give_no_bars() -> None:
    seen = errors_by_position(np.ones(8), np.arange(8))
    assert len(seen.places) == 0
    assert seen.left_out == 8
    assert errors_by_position(np.empty(0), np.empty(0, np.int64)).counts.size == 0


def test_a_cycle_begins_with_the_stream_wherever_the_errors_begin() -> None:
    assert cycle_places(np.arange(4, 11), 3).tolist() == [row % 3 for row in range(4, 11)]


# -- finding beginnings -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_has_a_point_a_score_and_the_area_of_the_pairs_in_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, 6, 80).astype(float) if seed % 2 else random.random(80)
    positive = random.random(80) < 0.3
    curve = roc_curve(scores, positive)
    thresholds = np.unique(scores)[::-1]
    assert len(curve.true_positive) == len(thresholds) + 1
    for index, threshold in enumerate(thresholds, start=1):
        assert curve.true_positive[index] == pytest.approx((scores[positive] >= threshold).mean())
        assert curve.false_positive[index] == pytest.approx((scores[~positive] >= threshold).mean())
    pairs = [(up > down) + 0.5 * (up == down) for up in scores[positive] for down in scores[~positive]]
    assert curve.area == pytest.approx(np.mean(pairs))
    assert area_under_curve(scores, positive) == pytest.approx(np.mean(pairs))


def test_scores_that_part_both_kinds_have_the_area_one_and_equal_ones_one_half() -> None:
    positive = np.array([True, True, False, False])
    assert roc_curve(np.array([4.0, 3.0, 2.0, 1.0]), positive).area == 1
    assert roc_curve(np.array([1.0, 2.0, 3.0, 4.0]), positive).area == 0
    assert roc_curve(np.ones(4), positive).area == pytest.approx(0.5)


# -- of a network -----------------------------------------------------------------------------------


def test_the_errors_of_a_response_are_told_by_the_place_of_their_row() -> None:
    experiment = built_in("letters")
    dataset, network = experiment.dataset, drawn(experiment)
    response = complete(respond(network, dataset))
    seen = symbol_errors(response, dataset, 4)
    assert seen is not None and seen.by_group is not None and seen.roc is not None
    outputs = plain_outputs(network, dataset.values[:-1])
    expected = np.sqrt(((outputs - dataset.values[1:]) ** 2).mean(axis=1))
    np.testing.assert_allclose(seen.errors, expected, atol=1e-5)
    place = dataset.symbols.position[1:]
    for index in range(4):
        assert seen.by_group.rmse[index] == pytest.approx(np.sqrt((expected[place == index] ** 2).mean()), abs=1e-5)
        in_cycle = expected[np.arange(1, dataset.rows) % 4 == index]
        assert seen.by_cycle.rmse[index] == pytest.approx(np.sqrt((in_cycle**2).mean()), abs=1e-5)
    assert seen.group == "syllable"
    assert seen.roc.area == pytest.approx(area_under_curve(seen.errors, place == 0))
    assert seen.sentence is None


def test_numbers_have_no_errors_of_symbols_and_a_stream_without_groups_has_no_curve() -> None:
    sine = built_in("sine")
    response = complete(respond(drawn(sine), sine.dataset))
    assert symbol_errors(response, sine.dataset, 3) is None
    experiment = built_in("letters")
    symbols = replace(experiment.dataset.symbols, position=None, group="")
    dataset = replace(experiment.dataset, symbols=symbols)
    seen = symbol_errors(complete(respond(drawn(experiment), dataset)), dataset, 3)
    assert (seen.by_group, seen.roc, seen.group) == (None, None, "")
    assert len(seen.by_cycle.places) == 3


def test_errors_that_are_not_finite_have_no_curve() -> None:
    experiment = built_in("temporal-xor")
    response = complete(respond(drawn(experiment), experiment.dataset))
    response = replace(response, one_step=np.full_like(response.one_step, np.nan))
    assert symbol_errors(response, experiment.dataset, 3).roc is None


# -- the paper's sentence ---------------------------------------------------------------------------


@pytest.mark.parametrize("lesioned", [None, 7])
def test_the_sentence_is_read_letter_by_letter_by_the_network_with_its_units_held(lesioned: int | None) -> None:
    experiment = built_in("words")
    network = drawn(experiment)
    clamps = Clamps({} if lesioned is None else {Unit(Layer.CONTEXT, lesioned): 0.0})
    seen = sentence_errors(clamped_network(network, clamps), experiment.dataset)
    assert seen.letters == SENTENCE.replace(" ", "")
    assert len(seen.letters) == len(seen.errors) == 53
    begins = [place == 0 for word in SENTENCE.split() for place in range(len(word))]
    assert seen.first.tolist() == begins
    code = np.array([[int(bit) for bit in f"{ord(letter) - 96:05b}"] for letter in seen.letters], np.float64)
    outputs = plain_outputs(network, np.concatenate([code[-1:], code[:-1]]), lesioned)
    np.testing.assert_allclose(seen.errors, np.sqrt(((outputs - code) ** 2).mean(axis=1)), atol=1e-5)


def test_only_the_experiment_with_words_has_the_sentence() -> None:
    experiment = built_in("letters")
    assert sentence_errors(drawn(experiment), experiment.dataset) is None


def test_errors_are_looked_at_where_that_is_asked_for() -> None:
    experiment = built_in("words")
    network = drawn(experiment)
    w1, w2 = (weights[0].numpy() for weights in (network.w1, network.w2))
    look = InspectionRequest(experiment.dataset, experiment.network, experiment.training.loss, 0, 0, w1, w2, cycle=5)
    assert complete(inspect_network(look)).errors is None
    seen = complete(inspect_network(replace(look, analyses={Analysis.ERRORS}))).errors
    assert seen.cycle == len(seen.by_cycle.places) == 5
    assert seen.group == "word"
    np.testing.assert_allclose(seen.sentence.errors, sentence_errors(network, experiment.dataset).errors)
    assert torch.isfinite(torch.from_numpy(seen.sentence.errors)).all()
