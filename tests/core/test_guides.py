"""What a guide says is what is seen: every claim of the pages that has a number, for the seed that the window has."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from elman_core.analysis.activations import context_states
from elman_core.analysis.inspection import inspect_network
from elman_core.analysis.symbol_errors import PlaceErrors
from elman_core.analysis.types import Analysis, Clamps, Clustering, Inspection, InspectionRequest
from elman_core.analysis.units import Layer, units_of
from elman_core.data.dataset import Part
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN, begin
from elman_core.experiments.scorecard import scorecard
from elman_core.forecasting.horizons import score_as_trained
from elman_core.forecasting.lasting import steps_within
from elman_core.forecasting.scores import PartScores
from elman_core.support.jobs import complete
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.history import History
from elman_core.training.trainer import Trainer, network_from_weights

Array = NDArray[np.floating]
NOW = 10**9
"""The epoch of a run's end, however long it was."""


@cache
def trained(name: str) -> Run:
    """Train as the guide says: the default seed, to the end."""
    built_in = BUILT_IN[name]
    experiment = begin(name, built_in.table(), built_in.data, built_in.network, built_in.training)
    trainer, history = Trainer(experiment), History()
    history.extend(trainer.updates(keep_checkpoints=True))
    return replace(experiment, weights=trainer.weights(), history=history)


def seen(name: str, *analyses: Analysis, epoch: int = NOW, lesioned: bool = False) -> Inspection:
    """Look at the network after an epoch, maybe with its context lesioned."""
    run = trained(name)
    point = weights_at(run, epoch)
    clamps = Clamps(dict.fromkeys(units_of(run.network, Layer.CONTEXT), 0.0)) if lesioned else Clamps()
    request = InspectionRequest(
        run.dataset, run.network, run.training.loss, point.epoch, 0, point.w1, point.w2,
        clamps=clamps, analyses=frozenset(analyses), clustering=Clustering(), seed=run.training.seed,
    )  # fmt: skip
    return complete(inspect_network(request))


def weights_at(run: Run, epoch: int) -> Checkpoint:
    if epoch == NOW:
        assert run.weights is not None
        return Checkpoint(run.history.epochs, run.weights.w1[0], run.weights.w2[0])
    index = run.history.path.nearest(epoch)
    assert index is not None
    return run.history.path.points[index]


def rmse(one: Array, other: Array) -> float:
    return float(np.sqrt(np.square(one - other).mean()))


def losses(name: str) -> Array:
    """(E,), the training loss of each epoch per time step."""
    run = trained(name)
    return run.history.train[:, 0] / run.dataset.train_steps


# -- sine ---------------------------------------------------------------------------------------------


class Sine:
    """What *Fit* shows: prediction, target, last value and free run, at an epoch."""

    def __init__(self, epoch: int = NOW, *, lesioned: bool = False) -> None:
        values = np.asarray(trained("sine").dataset.values)[:, 0]
        self.target, self.last = values[1:], values[:-1]
        response = seen("sine", epoch=epoch, lesioned=lesioned).snapshot.response
        self.prediction, self.free_run = response.one_step[: len(self.target), 0], response.closed_loop[:, 0]
        self.hidden, self.free_states = response.hidden, response.closed_loop_hidden
        self.error, self.error_of_echo = rmse(self.prediction, self.target), rmse(self.last, self.target)


def test_sine_1_the_untrained_prediction_is_worse_than_the_last_value_and_the_free_run_dies_away() -> None:
    untrained = Sine(0)
    assert untrained.error > 1.5 * untrained.error_of_echo
    assert np.abs(untrained.free_run[-4:]).max() < 0.1 < 0.3 < np.abs(untrained.free_run[:4]).max()


def test_sine_3_twenty_steps_make_an_epoch_and_the_first_few_bring_most_of_it_down() -> None:
    run, curve = trained("sine"), losses("sine")
    assert run.dataset.rows == 21 and run.dataset.train_steps == 20 and run.training.epochs == 300
    assert curve[0] - curve[4] > 0.8 * (curve[0] - curve[-1])


def test_sine_4_the_loss_falls_stays_on_a_plateau_at_half_the_echos_error_and_falls_to_a_quarter() -> None:
    curve = losses("sine")
    assert curve[0] > 8 * curve[49]  # it falls fast,
    assert curve[119] > 0.9 * curve[49]  # stays,
    assert curve[-1] < 0.3 * curve[119]  # and falls again
    for epoch, share in ((50, 0.5), (85, 0.5), (120, 0.5), (300, 0.25)):
        at = Sine(epoch)
        assert at.error == pytest.approx(share * at.error_of_echo, rel=0.07)


def test_sine_4_the_stripes_of_the_context_come_to_jump_about_at_first_and_then_swing_with_the_wave() -> None:
    before, after = Sine(0), Sine()
    late = slice(5, None)
    jumps = [np.abs(np.diff(at.hidden, n=2, axis=0)).mean(axis=1) for at in (before, after)]
    assert jumps[0][:4].mean() < 2 * jumps[0][late].mean()
    assert jumps[1][:4].min() > 3 * jumps[1][late].max()
    assert (wave_fit(after.last[late], after.hidden[late]) > 0.8).all()


def wave_fit(wave: Array, states: Array) -> Array:
    """(H,), how well each state is a wave of the input's period, of any phase: R squared."""
    step = np.arccos(np.clip((wave[2:] + wave[:-2]).sum() / (2 * wave[1:-1].sum()), -1, 1))
    time = np.arange(len(states))
    basis = np.stack([np.cos(step * time), np.sin(step * time), np.ones(len(time))], axis=1)
    left = states - basis @ np.linalg.lstsq(basis, states, rcond=None)[0]
    return 1 - left.var(axis=0) / states.var(axis=0)


def test_sine_5_at_one_half_the_wave_goes_up_or_down() -> None:
    values = np.asarray(trained("sine").dataset.values)[:, 0]
    near = np.flatnonzero(np.abs(values[:-1] - 0.5) < 0.2)
    assert {bool(values[row + 1] > values[row]) for row in near} == {True, False}


def test_sine_5_without_its_context_the_network_echoes_lags_and_comes_to_a_standstill() -> None:
    lesioned = Sine(lesioned=True)
    assert np.corrcoef(lesioned.prediction, lesioned.last)[0, 1] > 0.98
    assert lesioned.error == pytest.approx(lesioned.error_of_echo, rel=0.1)  # it lags as who repeats the last value
    assert np.ptp(lesioned.free_run[-6:]) < 0.02


def test_sine_5_the_lesioned_context_holds_nothing_and_the_free_one_what_the_hidden_units_did() -> None:
    run = trained("sine")
    clamps = Clamps(dict.fromkeys(units_of(run.network, Layer.CONTEXT), 0.0))
    response = seen("sine", lesioned=True).snapshot.response
    assert np.ptp(response.hidden) > 0.5  # the hidden units still answer the input
    assert not context_states(response, run.dataset, run.network, clamps).any()
    free = seen("sine").snapshot.response
    context = context_states(free, run.dataset, run.network)
    assert not context[0].any()  # set back at the beginning
    np.testing.assert_array_equal(context[1:], free.hidden[:-1])
    some = np.array([7, 0])
    np.testing.assert_array_equal(context_states(free, run.dataset, run.network, None, some), context[some])


def test_sine_5_the_state_swings_nearly_on_a_line_and_the_free_run_round_a_narrow_loop() -> None:
    states = seen("sine", Analysis.STATES).states
    assert states is not None
    late, free = states.states[7:], states.free
    spread = np.ptp(late, axis=0)
    assert spread[1] < 0.25 * spread[0]  # PC 1, 2: nearly on a line
    value = np.asarray(trained("sine").dataset.values)[7:-1, 0]
    assert abs(np.corrcoef(late[:, 0], value)[0, 1]) > 0.9  # to and fro with the wave
    loop = free[:, [0, 2]] / np.abs(free[:, [0, 2]]).max(axis=0)
    turned = np.diff(np.unwrap(np.arctan2(loop[:, 1], loop[:, 0])))
    assert (np.sign(turned) == np.sign(turned[0])).all() and abs(turned.sum()) > 2 * np.pi
    assert np.ptp(free[:, 2]) < 0.3 * np.ptp(free[:, 0])  # narrow
    rises = np.diff(Sine().free_run) > 0
    side = free[1:, 2] > (free[:, 2].max() + free[:, 2].min()) / 2
    assert max((rises == side).mean(), (rises != side).mean()) > 0.9


def test_sine_6_the_free_run_goes_on_as_a_lower_and_faster_wave() -> None:
    values, free = np.asarray(trained("sine").dataset.values)[:, 0], Sine().free_run
    assert 0.7 < np.abs(free).max() < 0.95 * np.abs(values).max()
    assert steps_to_turn(free) < steps_to_turn(values)


def steps_to_turn(wave: Array) -> float:
    """Return the mean number of steps between two turns of a wave."""
    turns = np.flatnonzero(np.diff(np.sign(np.diff(wave))))
    return float(np.diff(turns).mean())


# -- Elman 1990 ---------------------------------------------------------------------------------------


def by_place(name: str, epoch: int = NOW, *, lesioned: bool = False) -> PlaceErrors:
    errors = seen(name, Analysis.ERRORS, epoch=epoch, lesioned=lesioned).errors
    assert errors is not None
    assert errors.by_group is not None
    return errors.by_group


def area(name: str, epoch: int = NOW, *, lesioned: bool = False) -> float:
    errors = seen(name, Analysis.ERRORS, epoch=epoch, lesioned=lesioned).errors
    assert errors is not None
    assert errors.roc is not None
    return errors.roc.area


def test_temporal_xor_2_the_loss_falls_slowly_and_then_faster_and_the_third_bit_is_below_the_line() -> None:
    curve = losses("temporal-xor")
    slow, fast = curve[0] - curve[30], curve[30] - curve[60]
    assert 0 < slow < fast / 4
    first, second, third = by_place("temporal-xor").rmse
    assert min(first, second) > 0.5 and max(first, second) < 0.53 and third < 0.42


def test_temporal_xor_3_the_states_lie_along_two_arms_one_for_each_bit_that_was_read() -> None:
    response = seen("temporal-xor").snapshot.response
    bits = np.asarray(trained("temporal-xor").dataset.values)[: len(response.hidden), 0] > 0.5
    arms = [response.hidden[bits == bit] for bit in (False, True)]
    silent = [int(np.argmin(arm.max(axis=0))) for arm in arms]
    assert sorted(silent) == [0, 1]  # each has a unit of its own that is silent
    for arm, unit in zip(arms, silent, strict=True):
        assert arm[:, unit].max() < 0.15
        assert np.ptp(arm[:, 1 - unit]) > 0.25


def test_temporal_xor_3_no_unit_can_be_spared_and_without_memory_the_third_bit_is_as_unsure() -> None:
    found = seen("temporal-xor", Analysis.LESIONS).lesions
    assert found is not None
    assert (found.without > 1.05 * found.intact).all()
    first, second, third = by_place("temporal-xor", lesioned=True).rmse
    assert third == pytest.approx((first + second) / 2, rel=0.01)


def test_temporal_xor_3_with_truncation_3_the_third_bits_error_is_0_11() -> None:
    built_in = BUILT_IN["temporal-xor"]
    training = built_in.training.replace(truncation=3)
    trainer = Trainer(begin("temporal-xor", built_in.table(), built_in.data, built_in.network, training))
    for _ in trainer.updates():
        pass
    measures = complete(scorecard("temporal-xor", trainer.network, training.seed))
    assert round(measures[2].value, 2) == 0.11


def test_letters_2_the_error_is_at_the_consonants_and_finds_them_before_training_too() -> None:
    first, *others = by_place("letters").rmse
    assert first > 0.25 and max(others) < 0.02
    assert area("letters", 0) == area("letters") == 1.0


def test_letters_2_consonants_are_foretold_and_high_and_back_unsure_there() -> None:
    run, response = trained("letters"), seen("letters").snapshot.response
    target = np.asarray(run.dataset.values)[response.first_row :]
    errors = response.outputs[: len(target)] - target
    names = list(run.dataset.columns)
    consonants = target[:, names.index("consonant")] > 0.5
    of_each = np.sqrt((errors[consonants] ** 2).mean(axis=0))
    unsure = {name for name, error in zip(names, of_each, strict=True) if error > 0.3}
    assert unsure == {"high", "back"}
    assert np.abs(errors[:, names.index("consonant")]).mean() < 0.02


def test_letters_3_without_memory_the_third_and_fourth_places_are_worst() -> None:
    first, second, third, fourth = by_place("letters", lesioned=True).rmse
    assert min(third, fourth) > 2 * max(first, second)


def test_letters_3_each_letter_in_its_place_has_a_place_among_the_states_and_vowels_part_from_consonants() -> None:
    run = trained("letters")
    symbols, found = run.dataset.symbols, seen("letters", Analysis.CLUSTERS)
    assert symbols is not None and symbols.position is not None
    response = found.snapshot.response
    rows = response.first_row - 1 + np.arange(len(response.hidden))
    names = np.array(symbols.vocabulary.names)[symbols.codes[rows]]
    labels = np.char.add(names, symbols.position[rows].astype(str))
    middles = {str(label): response.hidden[labels == label].mean(axis=0) for label in np.unique(labels)}
    for label, middle in middles.items():
        spread = np.linalg.norm(response.hidden[labels == label] - middle, axis=1).mean()
        nearest = min(np.linalg.norm(middle - other) for name, other in middles.items() if name != label)
        assert nearest > 2 * spread
    us = [middles[f"u{place}"] for place in (1, 2, 3)]
    assert min(np.linalg.norm(us[one] - us[other]) for one, other in ((0, 1), (0, 2), (1, 2))) > 0.5
    tree = found.clusters
    assert tree is not None
    members = {place: {name} for place, name in enumerate(tree.names)}
    for number, (one, other) in enumerate(tree.merges[:, :2].astype(int).tolist()):
        members[len(tree.names) + number] = members[one] | members[other]
    last = tree.merges[-1, :2].astype(int).tolist()
    assert {frozenset(members[part]) for part in last} == {frozenset("bdg"), frozenset("aiu")}


def test_words_the_error_falls_within_a_word_is_even_before_training_and_finds_less_without_memory() -> None:
    first, *others = by_place("words").rmse
    assert first > 1.3 * max(others)
    assert np.ptp(by_place("words", 0).rmse) < 0.02
    intact, lesioned = by_place("words"), by_place("words", lesioned=True)
    assert (lesioned.rmse[1:] > intact.rmse[1:]).all()
    assert area("words", lesioned=True) < area("words") - 0.05
    letters = trained("words").dataset.symbols
    assert letters is not None and letters.position is not None
    assert round(len(letters) / int((letters.position == 0).sum())) == 4


def test_word_classes_the_first_word_is_hardest_and_without_memory_every_place_is_harder() -> None:
    intact, lesioned = by_place("word-classes"), by_place("word-classes", lesioned=True)
    assert intact.rmse.argmax() == 0
    assert (lesioned.rmse > intact.rmse).all()


# -- chaotic series -----------------------------------------------------------------------------------


def scores(name: str) -> PartScores:
    """The test part's, as *Scores* shows them."""
    run = trained(name)
    network = network_from_weights(run.network, run.weights)
    response = seen(name).snapshot.response
    found = complete(score_as_trained(network, run.dataset, response))[Part.TEST]
    assert found is not None
    return found


def lasts(name: str) -> Array:
    """After how many steps free runs from ten origins of the test part are lost."""
    run = trained(name)
    origins = np.linspace(499, 699, 10).astype(int)
    return steps_within(network_from_weights(run.network, run.weights), run.dataset, origins)


def test_mackey_glass_is_learned_as_the_guide_says() -> None:
    found, run = scores("mackey-glass"), trained("mackey-glass")
    assert 2.5e-4 < found.network.rmse < 3.5e-4
    assert 0.004 < found.network.rmse / found.persistence.rmse < 0.012
    assert 0.4 < found.network.rmse / found.linear.rmse < 0.6
    assert losses("mackey-glass")[0] > 1e5 * losses("mackey-glass")[-1]
    assert run.ends.at_best[0]
    assert 7 <= lasts("mackey-glass").min() <= np.median(lasts("mackey-glass")) < 30


def test_lorenz_is_learned_as_the_guide_says() -> None:
    found = scores("lorenz")
    assert 1.5e-4 < found.network.rmse < 2.5e-4
    assert found.network.rmse < found.persistence.rmse / 100
    assert found.linear.rmse == pytest.approx(5e-9, rel=0.1)
    assert 3e4 < found.network.rmse / found.linear.rmse < 5e4


def test_a_free_run_lasts_as_the_guide_says() -> None:
    assert scores("mackey-glass-free-run").network.rmse == pytest.approx(0.005, rel=0.2)
    assert np.median(lasts("mackey-glass-free-run")) > 200
    built_in = BUILT_IN["mackey-glass-free-run"]
    assert (built_in.training.input_noise, built_in.training.closed_loop_steps) == (0.02, 3)
    assert (built_in.network.hidden, built_in.training.epochs) == (32, 6000)
