"""Damage as a study, against plain numpy that damages and runs one network after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from many_sequences import noise, sequences_of
from numpy.typing import NDArray

from elman_core.analysis.damage.damaging import Draw, clamps_of, units_hit
from elman_core.analysis.damage.evaluation_data import evaluation_data_of
from elman_core.analysis.damage.examination import Undamaged, examine
from elman_core.analysis.damage.results import DamageResults, bands
from elman_core.analysis.damage.running import run_over
from elman_core.analysis.damage.scorecards import damaged_network, level_scorecard
from elman_core.analysis.damage.study import damage_curve, damage_study
from elman_core.config import Activation, NetworkConfig, Output
from elman_core.config.damage import DamageConfig, DamageKind, damage_kind
from elman_core.data.splits import Part
from elman_core.data.text.vocabulary import Vocabulary
from elman_core.errors import ConfigError
from elman_core.experiment import Run, Weights
from elman_core.experiments import BUILT_IN, begin
from elman_core.experiments.scorecard import scorecard_of
from elman_core.forecasting.horizons import score_as_trained
from elman_core.model.clamps import clamped_network
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import complete
from elman_core.training.initial_weights import initial_weights
from elman_core.training.trainer import Trainer

Array = NDArray[np.float64]
LEVELS = (0.0, 0.2, 0.5, 0.75, 1.0)


def trained(run: Run) -> Run:
    """Train a run to its end."""
    trainer = Trainer(run, engine="compiled")
    for _ in trainer.updates():
        pass
    return replace(run, weights=trainer.weights())


def with_weights(run: Run, size: float = 3.0) -> Run:
    """Give a run weights that do much, as if it had learned."""
    drawn = initial_weights(run)
    return replace(run, weights=Weights(drawn.w1 * size, drawn.w2 * size, drawn.context))


@pytest.fixture(scope="module")
def words() -> Run:
    """Three small networks of the experiment with classes of words, with much to lose."""
    found = BUILT_IN["word-classes"]
    network = found.network.replace(hidden=5)
    run = begin("word-classes", found.table(), found.data, network, found.training.replace(networks=3, epochs=1))
    return with_weights(run, 8.0)


@pytest.fixture
def series(experiment_of: Callable[..., Run]) -> Run:
    """Two networks of two noisy waves, in the data's own units and with a difference to undo."""
    t = np.arange(160.0)
    random = np.random.default_rng(3)
    values = np.stack([np.sin(t / 5), 30 + 8 * np.cos(t / 7)], axis=1) + random.normal(0, 0.1, (160, 2))
    return with_weights(
        experiment_of(
            values,
            network={"hidden": 6, "biases": True},
            data={"train_percent": 60, "validation_percent": 20, "scaling": "standardize"},
            networks=2,
            precision="float64",
        )
    )


# -- the same in plain numpy ----------------------------------------------------------------------


def plainly_damaged(
    undamaged: Undamaged, kind: DamageKind, member: int, repeat: int, level: float, seed: int
) -> tuple[Array, Array, Array, Array, Callable[[], Array] | None]:
    """Return w1, w2, which context and input units are held (NaN where not), and the noise of a step."""
    config = undamaged.network.config
    i, h = config.inputs, config.hidden
    w1 = undamaged.network.w1[member].double().numpy().copy()
    w2 = undamaged.network.w2[member].double().numpy().copy()
    context, inputs = np.full(h, np.nan), np.full(i, np.nan)
    random = np.random.default_rng([seed, list(DamageKind).index(kind), undamaged.seeds[member], repeat])
    biases = int(config.biases)
    noise = None

    def taken(of: int) -> list[int]:
        return list(random.permutation(of)[: int(level * of + 0.5)])

    if kind is DamageKind.REMOVE_UNITS:
        for unit in taken(h):
            w1[i + unit], w2[unit] = 0, 0
    elif kind is DamageKind.CUT:
        rows1, rows2 = len(w1) - biases, len(w2) - biases
        for place in taken(rows1 * h + rows2 * config.outputs):
            if place < rows1 * h:
                w1[place // h, place % h] = 0
            else:
                place -= rows1 * h
                w2[place // config.outputs, place % config.outputs] = 0
    elif kind is DamageKind.NOISE_WEIGHTS:
        for weights in (w1, w2):
            own = weights[: len(weights) - biases]
            own += level * np.sqrt((own**2).mean()) * random.normal(size=own.shape)
    elif kind is DamageKind.NOISE_ACTIVATIONS:
        size = level * undamaged.hidden_deviations[member]

        def noise() -> Array:
            return size * random.normal(size=h)

    elif kind is DamageKind.SCALE:
        w1[: len(w1) - biases] *= 1 - level
        w2[: len(w2) - biases] *= 1 - level
    elif kind is DamageKind.CONTEXT:
        gone = taken(h)
        context[gone] = undamaged.hidden_means[member][gone]
    else:
        gone = taken(i)
        inputs[gone] = undamaged.input_means[gone]
    return w1, w2, context, inputs, noise


def plainly_measured(
    undamaged: Undamaged, kind: DamageKind, member: int, repeat: int, level: float, seed: int
) -> tuple[float, float | None]:
    """Run one network over one sequence, step by step, and return its error and the share that is right."""
    config, data = undamaged.network.config, undamaged.data
    dataset = data.dataset
    w1, w2, held_context, held_inputs, noise = plainly_damaged(undamaged, kind, member, repeat, level, seed)
    functions = {"tanh": np.tanh, "logistic": lambda z: 1 / (1 + np.exp(-z)), "linear": lambda z: z}
    (stretch,) = data.stretches
    state = np.full(config.hidden, config.initial_context)
    squares, right = [], []
    for row, is_scored in zip(stretch.rows[:, 0], stretch.scored[:, 0], strict=True):
        x = dataset.step_inputs(np.array([row]))[0]
        x = np.where(np.isnan(held_inputs), x, held_inputs)
        seen = np.where(np.isnan(held_context), state, held_context)
        one = [1.0] if config.biases else []
        state = functions[config.activation.value](np.concatenate([x, seen, one]) @ w1)
        if noise is not None:
            state = state + noise()
        out = np.concatenate([state, x if config.direct else [], one]) @ w2
        y = functions[config.output.value](out)
        if is_scored:
            predicted = dataset.undo_one_step(y[None], np.array([row]))[0]
            squares.append((predicted - dataset.values[[row + 1]][0]) ** 2)
            if dataset.symbols is not None:
                probable = dataset.symbols.vocabulary.probabilities(y).argmax()
                right.append(probable == dataset.symbols.codes[row + 1])
    return float(np.sqrt(np.mean(squares))), float(np.mean(right)) if right else None


def studied(run: Run, kind: DamageKind, **settings: Any) -> DamageResults:
    config = DamageConfig(**{"kinds": (kind,), "levels": LEVELS, "repeats": 2, "steps": 40, "seed": 5, **settings})
    return complete(damage_study(run, config))


def check_against_numpy(found: DamageResults, tolerance: float) -> None:
    (curve,) = found.curves
    for level, member, repeat in np.ndindex(*curve.errors.shape):
        error, right = plainly_measured(
            found.undamaged, curve.kind, member, repeat, curve.levels[level], found.config.seed
        )
        place = level, member, repeat
        assert curve.errors[place] == pytest.approx(error, rel=tolerance)
        assert (curve.right is None) == (right is None)
        if curve.right is not None and right is not None:
            assert curve.right[place] == pytest.approx(right, abs=1e-12)


@pytest.mark.parametrize("kind", DamageKind)
def test_each_kind_does_to_networks_of_numbers_what_plain_numpy_does(series: Run, kind: DamageKind) -> None:
    check_against_numpy(studied(series, kind), 1e-9)


@pytest.mark.parametrize("kind", DamageKind)
def test_each_kind_does_to_networks_of_symbols_what_plain_numpy_does(words: Run, kind: DamageKind) -> None:
    check_against_numpy(studied(words, kind), 1e-4)


@pytest.mark.parametrize("kind", [DamageKind.CONTEXT, DamageKind.INPUT, DamageKind.CUT])
def test_networks_without_biases_but_with_direct_connections_are_damaged_too(
    experiment_of: Callable[..., Run], kind: DamageKind
) -> None:
    values = np.random.default_rng(1).normal(size=(60, 2))
    network = {"hidden": 3, "direct": True}
    run = with_weights(experiment_of(values, network=network, networks=2, precision="float64"))
    run.weights.w2[:, 3:] = 0.7  # direct connections begin at 0
    check_against_numpy(studied(run, kind), 1e-9)


def test_what_is_measured_of_undamaged_networks_is_what_training_reports(series: Run, words: Run) -> None:
    for member in range(2):
        alone = series.of_member(member)
        scores = complete(score_as_trained(network_of(alone), alone.dataset, None))[Part.TEST]
        found = studied(series, DamageKind.SCALE).undamaged.reached.error[member]
        assert scores is not None and found == pytest.approx(scores.network.rmse, rel=1e-9)


def network_of(run: Run) -> ElmanNetwork:
    return ElmanNetwork(run.network, torch.from_numpy(run.weights.w1), torch.from_numpy(run.weights.w2))


def test_text_scores_agree_with_those_of_training(stream_of: Callable[..., Any]) -> None:
    for vectors in (np.eye(4), np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]])):
        vocabulary = Vocabulary(tuple("abcd"), vectors, tuple(map(str, range(vectors.shape[1]))))
        dataset = stream_of(vocabulary, 300)
        size = vectors.shape[1]
        config = NetworkConfig(inputs=size, outputs=size, hidden=5, output=Output.LOGISTIC)
        run = with_weights(Run("text", dataset, config, BUILT_IN["letters"].training.replace(networks=2)))
        found = studied(run, DamageKind.CUT).undamaged
        for member in range(2):
            scores = complete(score_as_trained(network_of(run.of_member(member)), dataset, None))[Part.TEST]
            assert scores is not None and scores.symbols is not None and scores.frequent is not None
            assert found.reached.error[member] == pytest.approx(scores.network.rmse, rel=1e-5)
            assert found.reached.right is not None and found.chance.right is not None
            assert found.reached.right[member] == pytest.approx(scores.symbols.right)
            assert found.chance.right[0] == pytest.approx(scores.frequent.right)


@pytest.mark.parametrize("split", ["time", "sequences"])
@pytest.mark.parametrize("transforms", [(), ("difference",)])
def test_many_sequences_are_scored_as_training_scores_them(split: str, transforms: tuple[str, ...]) -> None:
    dataset = sequences_of(noise(30, 12, 21, 17, 40), split=split, transforms=transforms, scaling="standardize")
    config = NetworkConfig(inputs=2, outputs=2, hidden=4)
    training = BUILT_IN["sine"].training.replace(networks=2, precision="float64", context_reset="sequence")
    run = with_weights(Run("table", dataset, config, training), 1.5)
    found = studied(run, DamageKind.CUT).undamaged
    for member in range(2):
        scores = complete(score_as_trained(network_of(run.of_member(member)), dataset, None))[Part.TEST]
        assert scores is not None
        assert found.reached.error[member] == pytest.approx(scores.network.rmse, rel=1e-9)


def test_a_long_series_is_run_from_a_little_before_its_test_part(dataset_of: Callable[..., Any]) -> None:
    dataset = dataset_of(np.sin(np.arange(5_000.0)), train_percent=60, validation_percent=20)
    (stretch,) = evaluation_data_of(dataset, 10, 1).stretches
    assert stretch.rows[0, 0] == 4_000 - 1 - 1_000 and stretch.rows[-1, 0] == 4_998
    assert int(stretch.scored.sum()) == 1_000 and stretch.scored[1_000:].all()


# -- what makes a curve honest --------------------------------------------------------------------


@pytest.mark.parametrize("kind", [DamageKind.REMOVE_UNITS, DamageKind.CONTEXT, DamageKind.INPUT])
def test_a_higher_level_takes_what_a_lower_one_took_and_more(words: Run, kind: DamageKind) -> None:
    undamaged = studied(words, kind).undamaged
    for draw in (Draw(0, 0), Draw(2, 1)):
        taken = [set(units_hit(kind, undamaged, draw, level, 5).tolist()) for level in (0.2, 0.4, 0.6, 1.0)]
        assert all(less < more for less, more in pairwise(taken))


def test_cuts_are_nested_and_noise_grows_in_proportion(words: Run) -> None:
    undamaged = studied(words, DamageKind.CUT).undamaged
    intact = undamaged.network.w1[:1]
    some, more = (damaged_network(undamaged, DamageKind.CUT, Draw(0), level, 5).w1 == 0 for level in (0.3, 0.6))
    assert bool((some <= more).all()) and int(more.sum()) > int(some.sum())
    little, much = (
        damaged_network(undamaged, DamageKind.NOISE_WEIGHTS, Draw(0), level, 5).w1 - intact for level in (0.2, 0.8)
    )
    torch.testing.assert_close(4 * little, much, rtol=1e-3, atol=1e-5)


def test_the_same_seed_does_the_same_damage_and_another_another(words: Run) -> None:
    for kind in (DamageKind.CUT, DamageKind.NOISE_ACTIVATIONS):
        first, again = (studied(words, kind).curves[0].errors for _ in range(2))
        other = studied(words, kind, seed=6).curves[0].errors
        assert np.array_equal(first, again)
        assert not np.allclose(first[2], other[2])
        assert not np.allclose(first[2, :, 0], first[2, :, 1])  # each repeat draws anew


@pytest.mark.parametrize("kind", DamageKind)
def test_a_network_alone_is_damaged_as_among_others(words: Run, kind: DamageKind) -> None:
    among, alone = studied(words, kind).curves[0], studied(words.of_member(2), kind).curves[0]
    np.testing.assert_allclose(among.errors[:, 2:], alone.errors, rtol=1e-5)


@pytest.mark.parametrize("kind", DamageKind)
def test_little_memory_changes_nothing(words: Run, kind: DamageKind, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = studied(words, kind).curves[0].errors
    monkeypatch.setattr("elman_core.analysis.damage.running.NUMBERS_AT_ONCE", 20_000)
    np.testing.assert_allclose(studied(words, kind).curves[0].errors, whole, rtol=1e-5)


def test_level_0_is_the_undamaged_network(words: Run) -> None:
    for kind in DamageKind:
        found = studied(words, kind, levels=(0.0,))
        assert np.array_equal(found.curves[0].errors[0, :, 0], found.undamaged.reached.error)


def test_scaling_draws_nothing_and_is_done_once(words: Run) -> None:
    assert studied(words, DamageKind.SCALE).curves[0].errors.shape == (len(LEVELS), 3, 1)
    assert studied(words, DamageKind.CUT).curves[0].errors.shape == (len(LEVELS), 3, 2)


def test_the_error_of_what_was_learned_rises_with_the_level() -> None:
    found = BUILT_IN["word-classes"]
    network, training = found.network.replace(hidden=20), found.training.replace(networks=10, epochs=2)
    run = trained(begin("word-classes", found.table(), found.data, network, training))
    results = complete(damage_study(run, DamageConfig(repeats=2, steps=1_000)))
    for curve in results.curves:
        assert curve.right is not None and results.undamaged.reached.right is not None
        means = np.concatenate([[results.undamaged.reached.error.mean()], curve.errors.mean(axis=(1, 2))])
        assert (np.diff(means) > 0).all(), curve.kind
        assert curve.right[-1].mean() < results.undamaged.reached.right.mean() - 0.02, curve.kind


# -- other ways to the same -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", [DamageKind.REMOVE_UNITS, DamageKind.CONTEXT, DamageKind.INPUT])
def test_units_held_by_hand_do_the_same(words: Run, kind: DamageKind) -> None:
    undamaged = studied(words, kind).undamaged
    held = clamps_of(kind, undamaged, Draw(1), 0.5, 5)
    assert held is not None
    alone = ElmanNetwork(words.network, undamaged.network.w1[1:2], undamaged.network.w2[1:2])
    inputs = torch.rand(30, 1, 1, 31)
    _, expected = clamped_network(alone, held).forward(inputs)
    _, found = damaged_network(undamaged, kind, Draw(1), 0.5, 5).forward(inputs)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_damage_to_weights_cannot_be_done_by_holding_units(words: Run) -> None:
    undamaged = studied(words, DamageKind.CUT).undamaged
    for kind in (DamageKind.CUT, DamageKind.NOISE_WEIGHTS, DamageKind.NOISE_ACTIVATIONS, DamageKind.SCALE):
        assert clamps_of(kind, undamaged, Draw(1), 0.5, 5) is None


def test_networks_side_by_side_run_as_each_alone(words: Run) -> None:
    undamaged = studied(words, DamageKind.CUT).undamaged
    data = undamaged.data
    (block,) = run_over(undamaged.network, data)
    inputs = torch.from_numpy(data.dataset.step_inputs(data.stretches[0].rows[:, 0])).float()[:, None, None]
    for member in range(3):
        alone = ElmanNetwork(words.network, undamaged.network.w1[member][None], undamaged.network.w2[member][None])
        hidden, outputs = alone.forward(inputs)
        torch.testing.assert_close(block.hidden[member, :, 0], hidden[:, 0, 0])
        torch.testing.assert_close(block.outputs[member, :, 0], outputs[:, 0, 0])


def test_a_noisy_network_alone_does_what_the_study_measures(words: Run) -> None:
    found = studied(words, DamageKind.NOISE_ACTIVATIONS)
    data, kind = found.undamaged.data, DamageKind.NOISE_ACTIVATIONS
    network = damaged_network(found.undamaged, kind, Draw(1), 0.5, 5)
    rows = data.stretches[0].rows[:, 0]
    _, outputs = network.forward(torch.from_numpy(data.dataset.step_inputs(rows)).float()[:, None, None])
    error = np.sqrt(((outputs[:, 0, 0].numpy() - data.dataset.values[rows + 1]) ** 2).mean())
    assert found.curves[0].errors[2, 1, 0] == pytest.approx(error, rel=1e-5)


# -- what they are measured on --------------------------------------------------------------------


def test_streams_are_fresh_and_as_long_as_wanted(words: Run) -> None:
    data = evaluation_data_of(words.dataset, 40, 5)
    assert data.what == "a fresh stream of 40 words" and data.steps == 40
    drawn = data.dataset.symbols.codes[:41]
    assert not np.array_equal(drawn, words.dataset.symbols.codes[:41])
    assert np.array_equal(drawn, evaluation_data_of(words.dataset, 40, 5).dataset.symbols.codes[:41])
    assert not np.array_equal(drawn, evaluation_data_of(words.dataset, 40, 6).dataset.symbols.codes[:41])


@pytest.mark.parametrize("name", ["temporal-xor", "letters", "words"])
def test_every_stream_of_elman_has_a_fresh_one(name: str) -> None:
    found = BUILT_IN[name]
    run = begin(name, found.table(), found.data, found.network, found.training)
    data = evaluation_data_of(run.dataset, 50, 1)
    assert data.what.startswith("a fresh stream of 50 ") and data.steps == 50


def test_other_data_are_measured_on_the_last_part_there_is(series: Run, dataset_of: Callable[..., Any]) -> None:
    assert evaluation_data_of(series.dataset, 40, 5).what == "the test part, 32 steps"
    values = np.arange(50.0)
    assert evaluation_data_of(dataset_of(values, train_percent=70, validation_percent=30), 9, 1).what == (
        "the validation part, 15 steps"
    )
    assert evaluation_data_of(dataset_of(values), 9, 1).what == "the training part, 49 steps"


def test_baselines_are_the_untrained_network_and_the_mean(series: Run) -> None:
    undamaged = studied(series, DamageKind.CUT).undamaged
    untrained = replace(series, weights=initial_weights(series))
    expected = complete(examine(untrained, undamaged.data)).reached.error
    np.testing.assert_allclose(undamaged.untrained.error, expected)
    values = series.dataset.values
    mean = values[: series.dataset.train_rows].mean(axis=0)
    assert undamaged.chance.error[0] == pytest.approx(np.sqrt(((values[128:] - mean) ** 2).mean()))
    assert undamaged.chance.right is None


# -- scorecards, bands, and what is refused -------------------------------------------------------


def test_the_scorecard_at_level_0_is_that_of_the_network() -> None:
    found = BUILT_IN["temporal-xor"]
    run = with_weights(
        begin("temporal-xor", found.table(), found.data, found.network, found.training.replace(networks=2))
    )
    undamaged = complete(examine(run, evaluation_data_of(run.dataset, 50, 1)))
    card = complete(level_scorecard(undamaged, run.dataset.source, DamageKind.CUT, 0.0, 1))
    for member in range(2):
        alone = run.of_member(member)
        expected = complete(scorecard_of(run.dataset.source, network_of(alone), alone.training.seed))
        np.testing.assert_allclose(card.values[member], [measure.value for measure in expected], rtol=1e-5)
    hurt = complete(level_scorecard(undamaged, run.dataset.source, DamageKind.SCALE, 1.0, 1))
    assert [measure.name for measure in hurt.measures] == [measure.name for measure in card.measures]
    assert not np.allclose(hurt.values, card.values)


def test_other_data_have_no_scorecard(series: Run) -> None:
    undamaged = studied(series, DamageKind.CUT).undamaged
    card = complete(level_scorecard(undamaged, series.dataset.source, DamageKind.CUT, 0.5, 1))
    assert card.measures == () and card.values.shape == (0, 0)


def test_bands_are_over_networks_and_of_a_single_one_over_its_repeats() -> None:
    values = np.arange(24.0).reshape(2, 4, 3)
    np.testing.assert_allclose(bands(values), np.quantile(values.mean(axis=2), (0.05, 0.25, 0.5, 0.75, 0.95), axis=1))
    np.testing.assert_allclose(bands(values[:, :1])[2], np.median(values[:, 0], axis=1))
    values[0, 0, 0] = np.inf
    assert np.isfinite(bands(values)[2]).all()


def test_networks_that_have_diverged_have_an_infinite_error(words: Run) -> None:
    words.weights.w1[1] = np.nan
    try:
        for kind in DamageKind:
            errors = studied(words, kind).curves[0].errors
            assert np.isinf(errors[:, 1]).all() and np.isfinite(errors[:, 0]).all()
    finally:
        words.weights.w1[1] = 1.0


def test_bad_settings_are_refused_in_a_sentence(series: Run) -> None:
    with pytest.raises(ConfigError, match=r"^a level must be a share from 0 to 1, got 1.5$"):
        DamageConfig(levels=(0.1, 1.5))
    with pytest.raises(ConfigError, match="one or more shares from 0 to 1, got none"):
        DamageConfig(levels=())
    with pytest.raises(ConfigError, match="did you mean remove-units"):
        damage_kind("remove")
    with pytest.raises(ConfigError, match="there are remove-units, cut"):
        damage_kind("xyzzy")
    with pytest.raises(ConfigError, match="from 1 to 2, those that were trained, got 3"):
        complete(damage_study(series, DamageConfig(), networks=3))
    with pytest.raises(ConfigError, match="is not trained"):
        complete(damage_study(series.untrained(), DamageConfig()))


def test_a_study_that_is_left_ends_at_once(words: Run) -> None:
    job = damage_study(words, DamageConfig())
    next(job), next(job)
    job.close()
    with pytest.raises(StopIteration):
        next(job)


def test_relu_networks_that_grow_without_bound_are_counted(experiment_of: Callable[..., Run]) -> None:
    values = np.random.default_rng(1).normal(size=(60, 1))
    run = experiment_of(values, network={"hidden": 4, "activation": Activation.RELU}, networks=2)
    run = with_weights(run, 60.0)
    errors = complete(
        damage_curve(
            complete(examine(run, evaluation_data_of(run.dataset, 40, 1))), DamageKind.NOISE_WEIGHTS, DamageConfig()
        )
    ).errors
    assert not np.isnan(errors).any()
