"""Training over many sequences by every rule, held against plain loops and autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from plain_training import PlainTraining

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines import tensor_steps, tensor_validation
from elman_core.training.engines.base import Engine, EngineState
from elman_core.training.engines.choice import make_engine
from elman_core.training.engines.order import shuffled
from elman_core.training.engines.sequences import Sequences, Series, Steps

ENGINES = ("tensors",)
"""Those that can do it all."""
WHOLE = 10**9
ENDS = [
    ("linear", "squared-error"), ("logistic", "squared-error"), ("softmax", "squared-error"),
    ("linear", "absolute-error"), ("logistic", "absolute-error"), ("softmax", "absolute-error"),
    ("logistic", "cross-entropy"), ("softmax", "cross-entropy"),
]  # fmt: skip

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


# -- what is trained --------------------------------------------------------------------------------


def sequences_of(
    lengths: list[int],
    validated: list[int] | None = None,
    sizes: tuple[int, int] = (2, 1),
    seed: int = 0,
    weights: tuple[Array, Array] | None = None,
) -> Sequences:
    """Random steps of sequences of these lengths, with shares as targets, which are unknown where they do not count."""
    validated, random = validated or [0] * len(lengths), np.random.default_rng(seed)
    steps = sum(lengths), sum(validated)
    weights = weights or (np.ones(steps[0]), np.ones(steps[1]))
    inputs, targets = random.normal(size=(sum(steps), 1, sizes[0])), random.uniform(size=(sum(steps), 1, sizes[1]))
    targets /= targets.sum(axis=2, keepdims=True)
    targets[np.concatenate(weights) == 0] = np.nan
    vectors = Series.of(inputs), Series.of(targets)
    parts = []
    for own, edges, which in ((lengths, slice(steps[0]), 0), (validated, slice(steps[0], None), 1)):
        starts = np.concatenate([[0], np.cumsum(np.array(own, np.int64))])
        parts.append(Steps(vectors[0][edges], vectors[1][edges], weights[which], starts))
    return Sequences(*parts)


def mean_weights(weights: Array, lengths: list[int]) -> Array:
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    counted = np.bincount(sequence, weights=weights > 0, minlength=len(lengths))
    return (weights > 0) / np.maximum(counted, 1)[sequence] / max(1, int((counted > 0).sum()))


@st.composite
def networks(draw: st.DrawFn) -> NetworkConfig:
    output, _ = draw(st.sampled_from(ENDS))
    return NetworkConfig(
        inputs=draw(st.integers(1, 3)), hidden=draw(st.integers(1, 4)), outputs=draw(st.integers(1, 3)),
        activation=draw(st.sampled_from(["tanh", "logistic", "relu"])), output=output, biases=draw(st.booleans()),
        direct=draw(st.booleans()), initial_context=draw(st.sampled_from([0.0, 0.5])),
    )  # fmt: skip


@st.composite
def trainings(draw: st.DrawFn, network: NetworkConfig, steps: int, members: int) -> TrainingConfig:
    loss = draw(st.sampled_from([loss for output, loss in ENDS if output == network.output]))
    chosen: dict[str, Any] = {"loss": loss, "hold_direct": network.direct and draw(st.booleans())}
    rule = draw(st.sampled_from(["number", "all", "sequence"]))
    if rule == "number":
        chosen["update_every"] = draw(st.integers(1, min(steps, 5)), "k1")
        chosen["truncation"] = draw(st.integers(chosen["update_every"], steps) | st.just("all"), "k2")
    else:
        chosen |= {"update_every": rule, "truncation": "all"}
        chosen["loss_reduction"] = draw(st.sampled_from(["sum", "mean"]))
    if rule == "sequence":
        chosen["batch"] = draw(st.integers(1, 5))
    else:
        chosen["context_reset"] = draw(st.sampled_from(["sequence", "epoch", "never"]) | st.integers(1, 5))
    chosen["optimizer"] = draw(st.sampled_from(["sgd", "adam", "rprop"] if rule == "all" else ["sgd", "adam"]))
    if chosen["optimizer"] == "sgd":
        chosen["momenta"] = tuple(draw(st.sampled_from([0.0, 0.5, 0.9])) for _ in range(members))
    if chosen["optimizer"] != "rprop":
        chosen["weight_decays"] = tuple(draw(st.sampled_from([0.0, 0.1])) for _ in range(members))
    return TrainingConfig(
        epochs=3, seed=draw(st.integers(0, 1000)), networks=members, precision="float64",
        learning_rates=tuple(draw(st.sampled_from([0.01, 0.05])) for _ in range(members)),
        clip_norm=draw(st.sampled_from([0.0, 0.5])), **chosen,
    )  # fmt: skip


@st.composite
def problems(draw: st.DrawFn, members: int = 2) -> tuple[NetworkConfig, TrainingConfig, Sequences]:
    network = draw(networks())
    lengths = draw(st.lists(st.integers(0, 7), min_size=1, max_size=5).filter(any))
    validated = [draw(st.integers(0, 5)) for _ in lengths] if draw(st.booleans()) else [0] * len(lengths)
    training = draw(trainings(network, sum(lengths), members))
    random, weights = np.random.default_rng(training.seed), []
    for own in (lengths, validated):
        every = draw(st.booleans(), "all count")
        weights.append(np.ones(sum(own)) if every else random.choice([0.0, 0.5, 1.0], sum(own)))
        if training.loss_reduction == "mean":
            weights[-1] = mean_weights(weights[-1], own)
    sizes = network.inputs, network.outputs
    return network, training, sequences_of(lengths, validated, sizes, training.seed, (weights[0], weights[1]))


def begin(network: NetworkConfig, training: TrainingConfig) -> ElmanNetwork:
    """Networks whose direct connections are not 0."""
    begun = ElmanNetwork.initialized(network, training.seed, networks=training.networks, precision=training.precision)
    for n in range(training.networks if network.direct else 0):
        generator = torch.Generator().manual_seed(training.seed + n)
        direct = torch.randn((network.inputs, network.outputs), generator=generator)
        begun.w2[n, network.hidden : network.hidden + network.inputs] = direct
    return begun


def train(engine: Engine, epochs: int, slices: int = WHOLE) -> tuple[Array, Array | None]:
    """Train to the end; return the losses of training and validation."""
    done = [engine.advance(0, epochs)]
    while engine.epoch < epochs and not engine.stopping.all_have_ended:
        done.append(engine.advance(slices, epochs))
    validation = [p.validation_losses for p in done if p.validation_losses is not None]
    return np.concatenate([p.train_losses for p in done]), np.concatenate(validation) if validation else None


# -- against plain loops ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENGINES)
@settings(max_examples=150, deadline=None)
@given(problem=problems(), slices=st.sampled_from([1, 2, 7, WHOLE]), small=st.booleans())
def test_every_rule_equals_its_definition_in_plain_loops(
    name: str, problem: tuple[NetworkConfig, TrainingConfig, Sequences], slices: int, small: bool
) -> None:
    network, training, sequences = problem
    trained = begin(network, training)
    starts = trained.w1.clone(), trained.w2.clone()
    with pytest.MonkeyPatch.context() as patch:
        if small:  # so that memory is rolled, and validation is cut into pieces
            patch.setattr(tensor_steps, "_SPARE_STEPS", 1)
            patch.setattr(tensor_validation, "_STEPS_AT_ONCE", 2)
            patch.setattr(tensor_validation, "_NUMBERS_AT_ONCE", 30)
        engine = make_engine(name, trained, sequences, training)
        losses, validation = train(engine, training.epochs, slices)
    for n in range(training.networks):
        plain = PlainTraining(network, training.of_member(n), sequences, starts[0][n], starts[1][n]).run()
        close = {"rtol": 1e-8, "atol": 1e-10}
        np.testing.assert_allclose(losses[:, n], plain.losses, **close, err_msg="losses")
        if validation is not None:
            np.testing.assert_allclose(validation[:, n], plain.validation, **close, err_msg="validation")
        np.testing.assert_allclose(trained.w1[n], plain.w1, **close, err_msg="w1")
        np.testing.assert_allclose(trained.w2[n], plain.w2, **close, err_msg="w2")


# -- a run is a value -------------------------------------------------------------------------------


def taken_over(state: EngineState, trained: ElmanNetwork) -> ElmanNetwork:
    """Return a copy of the network, as it would be in a file beside the state."""
    return ElmanNetwork(trained.config, trained.w1.clone(), trained.w2.clone())


@pytest.mark.parametrize("name", ENGINES)
@settings(max_examples=80, deadline=None)
@given(problem=problems(3), data=st.data())
def test_a_run_that_is_taken_over_by_a_new_engine_goes_on_to_the_last_bit(
    name: str, problem: tuple[NetworkConfig, TrainingConfig, Sequences], data: st.DataObject
) -> None:
    network, training, sequences = problem
    whole = begin(network, training)
    expected, expected_validation = train(make_engine(name, whole, sequences, training), training.epochs)
    trained = begin(network, training)
    engine = make_engine(name, trained, sequences, training)
    losses, validation = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tensor_steps, "_SPARE_STEPS", data.draw(st.sampled_from([1, 4096])))
        while engine.epoch < training.epochs:
            work = data.draw(st.integers(1, 9), "work") if len(losses) < 40 else WHOLE
            progress = engine.advance(work, training.epochs)
            losses.append(progress.train_losses)
            if progress.validation_losses is not None:
                validation.append(progress.validation_losses)
            if not engine.work_due:
                state = engine.state()
                trained = taken_over(state, trained)
                engine = make_engine(name, trained, sequences, training, state=state)
    np.testing.assert_array_equal(np.concatenate(losses), expected)
    if expected_validation is not None:
        np.testing.assert_array_equal(np.concatenate(validation), expected_validation)
    assert torch.equal(trained.w1, whole.w1) and torch.equal(trained.w2, whole.w2)


@pytest.mark.parametrize("pair", [(a, b) for a in ENGINES for b in ENGINES if a != b], ids="-".join)
@settings(max_examples=80, deadline=None)
@given(problem=problems(2), data=st.data())
def test_one_engine_goes_on_where_the_other_stood(
    pair: tuple[str, str], problem: tuple[NetworkConfig, TrainingConfig, Sequences], data: st.DataObject
) -> None:
    network, training, sequences = problem
    whole = begin(network, training)
    train(make_engine(pair[0], whole, sequences, training), training.epochs)
    trained = begin(network, training)
    engine = make_engine(pair[0], trained, sequences, training)
    engine.advance(data.draw(st.integers(1, 60), "work"), training.epochs)
    while engine.work_due:
        engine.advance(engine.work_due, training.epochs)
    train(make_engine(pair[1], trained, sequences, training, state=engine.state()), training.epochs)
    np.testing.assert_allclose(trained.w1, whole.w1, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(trained.w2, whole.w2, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("slices", [1, 2, 7])
@settings(max_examples=25, deadline=None)
@given(problem=problems(3), single=st.booleans())
def test_how_the_work_is_sliced_does_not_matter_to_a_single_bit(
    name: str, slices: int, problem: tuple[NetworkConfig, TrainingConfig, Sequences], single: bool
) -> None:
    network, training, sequences = problem
    training = training.replace(precision="float32" if single else "float64")
    runs = []
    for size in (WHOLE, slices):
        trained = begin(network, training)
        curves = train(make_engine(name, trained, sequences, training), training.epochs, size)
        runs.append((*curves, trained.w1.numpy(), trained.w2.numpy()))
    for one, other in zip(*runs, strict=True):
        np.testing.assert_array_equal(one, other)


# -- contexts, orders, what is left out -------------------------------------------------------------


@pytest.mark.parametrize("name", ENGINES)
def test_sequences_side_by_side_are_reset_together(name: str) -> None:
    network = NetworkConfig(inputs=2, hidden=3, outputs=1, biases=True, initial_context=0.5)
    training = TrainingConfig(
        epochs=4, update_every=2, truncation=3, context_reset=5, learning_rate=0.1, precision="float64"
    )
    random = np.random.default_rng(0)
    pair = random.normal(size=(13, 2)), random.normal(size=(13, 1))
    found = []
    for copies in (1, 2):
        trained = begin(network, training)
        chosen = training.replace(learning_rate=0.1 / copies)
        losses, _ = train(make_engine(name, trained, Sequences.side_by_side([pair] * copies), chosen), 4)
        found.append((losses / copies, trained.w1.numpy(), trained.w2.numpy()))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_each_network_shuffles_the_sequences_that_have_steps_anew_in_each_epoch() -> None:
    sequences = sequences_of([3, 0, 1, 2, 4, 0, 2])
    orders = [shuffled(seed, epoch, sequences).tolist() for seed in (1, 2) for epoch in (0, 1)]
    assert all(sorted(order) == [0, 2, 3, 4, 6] for order in orders)
    assert len({tuple(order) for order in orders}) > 1
    assert orders[1] == np.random.default_rng([1, 1]).permutation([0, 2, 3, 4, 6]).tolist()


@pytest.mark.parametrize("name", ENGINES)
def test_a_batch_is_not_divided_and_time_goes_on_by_its_steps(name: str) -> None:
    lengths = [3, 5, 0, 2, 4]
    sequences = sequences_of(lengths)
    training = TrainingConfig(update_every="sequence", truncation="all", batch=3, epochs=2)
    engine = make_engine(name, begin(NetworkConfig(inputs=2), training), sequences, training)
    order = shuffled(training.seed, 0, sequences)
    first = sum(lengths[s] for s in order[:3])
    progress = engine.advance(1, 2)
    assert (progress.time_steps, engine.time_step, engine.work_due, len(progress.train_losses)) == (first, first, 0, 0)
    progress = engine.advance(1, 2)
    assert (progress.time_steps, engine.time_step, engine.epoch) == (14 - first, 0, 1)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("warm_up", [0.0, 0.4])
def test_the_rate_rises_from_update_to_update(name: str, warm_up: float) -> None:
    # Gradients are clipped to the same length, so that the change of the weights tells the rate.
    sequences = sequences_of([2] * 6)
    training = TrainingConfig(
        update_every="sequence", truncation="all", batch=2, epochs=4, warm_up_share=warm_up, learning_rate=1e-3,
        clip_norm=1e-4, schedule="cosine", precision="float64",
    )  # fmt: skip
    trained = begin(NetworkConfig(inputs=2), training)
    engine = make_engine(name, trained, sequences, training)
    moves = []
    while engine.epoch < 4:
        before = trained.w1.clone(), trained.w2.clone()
        engine.advance(1, 4)
        moves.append(float(torch.cat([(trained.w1 - before[0]).flatten(), (trained.w2 - before[1]).flatten()]).norm()))
    share = np.array(moves) / 1e-7
    if warm_up:
        rising = np.arange(1, 6) / 5  # 0.4 of 12 updates are 5
        expected = np.concatenate([rising, 0.5 * (1 + np.cos(np.pi * np.arange(7) / 7))])
    else:
        expected = np.repeat(0.5 * (1 + np.cos(np.pi * np.arange(4) / 4)), 3)
    np.testing.assert_allclose(share, expected, atol=1e-3)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("rule", [{}, {"update_every": "sequence", "truncation": "all"}])
def test_held_direct_connections_stay(name: str, rule: dict[str, Any]) -> None:
    sequences = sequences_of([5, 4])
    network = NetworkConfig(inputs=2, direct=True, biases=True)
    training = TrainingConfig(epochs=3, hold_direct=True, weight_decay=0.1, momentum=0.5, **rule)
    trained = begin(network, training)
    before = trained.w2.clone()
    train(make_engine(name, trained, sequences, training), 3)
    assert torch.equal(trained.w2[:, 6:8], before[:, 6:8])
    assert not torch.equal(trained.w2, before)
