"""Networks in lanes: a member comes out as the same seed does alone, to the last bit, whatever is trained how."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from elman_core.config import NetworkConfig, Precision, TrainingConfig
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines import compiled, lanes
from elman_core.training.engines.compiled import CompiledEngine
from elman_core.training.engines.lane_library import programs_now
from elman_core.training.engines.sequences import Sequences, Series, Steps
from elman_core.training.stopping import MemberEnd

LENGTHS = (40, 3, 23)
VALIDATED = (9, 0, 12)
MEMBERS = 19

Array = NDArray[np.floating]


@pytest.fixture(autouse=True)
def lanes_always_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_pays", lambda rule, networks, threads: networks > 1)


def sequences_for(network: NetworkConfig, training: TrainingConfig, *, weighted: bool) -> Sequences:
    """Three sequences of unequal lengths, two of which are validated on; some steps may not count."""
    random = np.random.default_rng(5)
    count = sum(LENGTHS) + sum(VALIDATED)
    inputs = random.uniform(-1, 1, (count, network.inputs)) * (random.random((count, network.inputs)) > 0.3)
    targets = random.uniform(0.05, 0.95, (count, network.outputs))
    if network.output == "softmax":
        targets = np.eye(network.outputs)[random.integers(0, network.outputs, count)]
    parts, first = [], 0
    for lengths in (LENGTHS, VALIDATED):
        rows = np.arange(first, first + sum(lengths), dtype=np.int32)[:, None]
        weights = np.ones(len(rows))
        if weighted:
            weights[::4], weights[1::5] = 0.0, 0.25
        parts.append(Steps(Series(inputs, rows), Series(targets, rows), weights, np.cumsum([0, *lengths])))
        first += len(rows)
    return Sequences(*parts)


def trained(
    network: NetworkConfig, training: TrainingConfig, sequences: Sequences, work: int, *, threads: int = 1
) -> tuple[CompiledEngine, Array, Array]:
    """Train all epochs in slices of so much work, in lanes where there are several networks."""
    drawn = ElmanNetwork.initialized(network, training.seed, networks=training.networks, precision=training.precision)
    engine = CompiledEngine(drawn, sequences, training, threads=threads)
    assert (engine.lane_rule is not None) == (training.networks > 1)
    if engine.lane_rule is not None:
        assert programs_now(engine.lane_rule) is not None
    losses, validation = [], []
    while engine.epoch < training.epochs and not engine.stopping.all_have_ended:
        progress = engine.advance(work, training.epochs)
        assert progress.validation_losses is not None
        losses.append(progress.train_losses)
        validation.append(progress.validation_losses)
    return engine, np.concatenate(losses), np.concatenate(validation)


def assert_each_is_as_alone(
    network: NetworkConfig, training: TrainingConfig, sequences: Sequences, work: int, members: tuple[int, ...]
) -> CompiledEngine:
    engine, losses, validation = trained(network, training, sequences, work, threads=2)
    state = engine.state()
    for member in members:
        alone, own_losses, own_validation = trained(network, training.of_member(member), sequences, 10**9)
        epochs = len(own_losses)
        np.testing.assert_array_equal(losses[:epochs, member], own_losses[:, 0])
        np.testing.assert_array_equal(validation[:epochs, member], own_validation[:, 0])
        assert np.isnan(losses[epochs:, member]).all()
        own_state = alone.state()
        for name in ("w1", "w2"):
            np.testing.assert_array_equal(getattr(engine.network, name)[member], getattr(alone.network, name)[0])
        for name, value in vars(own_state.stopping).items():
            np.testing.assert_array_equal(getattr(state.stopping, name)[member], value[0], err_msg=name)
        assert own_state.optimizer.keys() <= state.optimizer.keys()
        for name, value in own_state.optimizer.items():
            np.testing.assert_array_equal(state.optimizer[name][member], value[0], err_msg=name)
        if state.stopping.learns[member]:
            np.testing.assert_array_equal(state.context[member], own_state.context[0])
    return engine


PAIRS = [
    ("linear", "squared-error"), ("logistic", "squared-error"), ("softmax", "squared-error"),
    ("logistic", "cross-entropy"), ("softmax", "cross-entropy"), ("linear", "absolute-error"),
    ("logistic", "absolute-error"), ("softmax", "absolute-error"),
]  # fmt: skip
RULES: list[dict[str, Any]] = [
    {}, {"truncation": 7}, {"update_every": 3, "truncation": 5}, {"update_every": 40, "truncation": 40},
    {"update_every": "all", "truncation": "all"}, {"truncation": 70},
]  # fmt: skip
RESETS = ["sequence", "epoch", "never", 4]


@st.composite
def setups(draw: st.DrawFn) -> tuple[NetworkConfig, TrainingConfig, bool, int]:
    """A network, how it learns, whether steps are weighted, and how much is done at once."""
    output, loss = draw(st.sampled_from(PAIRS))
    network = NetworkConfig(
        inputs=draw(st.sampled_from([1, 2, 9])),
        hidden=draw(st.sampled_from([1, 2, 6, 9, 17])),
        outputs=draw(st.sampled_from([2, 3, 9] if output == "softmax" else [1, 2, 9])),
        activation=draw(st.sampled_from(["tanh", "logistic", "relu"])),
        output=output,
        biases=draw(st.booleans()),
        direct=draw(st.booleans()),
        initial_context=draw(st.sampled_from([0.0, 0.5])),
    )
    rule = draw(st.sampled_from(RULES))
    optimizers = ["sgd", "adam", "rprop"] if rule.get("update_every") == "all" else ["sgd", "adam"]
    optimizer = draw(st.sampled_from(optimizers))
    own: dict[str, Any] = {}
    if optimizer == "sgd":
        own["momentum"] = draw(st.sampled_from([0.0, 0.5]))
        if draw(st.booleans()):
            own["momenta"] = tuple(0.3 * (n % 3) for n in range(MEMBERS))
    if draw(st.booleans()):
        own["learning_rates"] = tuple(0.005 * (n + 1) for n in range(MEMBERS))
    if draw(st.booleans()):
        own["weight_decays"] = tuple(0.01 * (n % 2) for n in range(MEMBERS))
    training = TrainingConfig(
        **rule, **own,
        optimizer=optimizer, loss=loss, epochs=draw(st.integers(1, 12)), networks=MEMBERS, learning_rate=0.03,
        clip_norm=draw(st.sampled_from([0.0, 0.5])), patience=draw(st.sampled_from([0, 2])),
        context_reset=draw(st.sampled_from(RESETS)), hold_direct=draw(st.booleans()),
        schedule=draw(st.sampled_from(["constant", "cosine", "plateau"])), schedule_epochs=2,
        precision=draw(st.sampled_from(list(Precision))),
    )  # fmt: skip
    return network, training, draw(st.booleans()), draw(st.sampled_from([1, 37, 500, 10**9]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(setups())
def test_a_member_in_a_lane_equals_the_same_seed_alone(
    setup: tuple[NetworkConfig, TrainingConfig, bool, int],
) -> None:
    network, training, weighted, work = setup
    sequences = sequences_for(network, training, weighted=weighted)
    assert_each_is_as_alone(network, training, sequences, work, (0, 5, MEMBERS - 1))


ELMAN = {"learning_rate": 0.05, "epochs": 30, "networks": MEMBERS}


@pytest.mark.parametrize("hidden", [3, 6, 20, 32])
@pytest.mark.parametrize("outputs", [1, 5])
@pytest.mark.parametrize("momenta", [(), (0.4,) * MEMBERS, (0.0, *[0.3] * (MEMBERS - 1))], ids=["no", "all", "some"])
def test_elmans_rule_in_lanes_equals_the_same_seed_alone(hidden: int, outputs: int, momenta: tuple[float, ...]) -> None:
    network = NetworkConfig(inputs=2, hidden=hidden, outputs=outputs, biases=True)
    training = TrainingConfig(**ELMAN, momenta=momenta)
    engine = assert_each_is_as_alone(
        network, training, sequences_for(network, training, weighted=False), 997, tuple(range(MEMBERS))
    )
    assert engine._lanes is not None


def test_one_that_diverges_leaves_its_lane_and_the_others_learn_on() -> None:
    network = NetworkConfig(activation="relu")
    rates = tuple(90.0 if n in (2, 17) else 0.02 for n in range(MEMBERS))
    training = TrainingConfig(epochs=20, networks=MEMBERS, learning_rates=rates, patience=5)
    engine = assert_each_is_as_alone(
        network, training, sequences_for(network, training, weighted=False), 100, (0, 2, 16, 17, 18)
    )
    assert set(np.flatnonzero(engine.stopping.ends == MemberEnd.DIVERGED)) == {2, 17}


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"truncation": 7, "optimizer": "adam"},
        {"update_every": "all", "truncation": "all", "optimizer": "adam"},
        {"update_every": 5, "truncation": 9, "context_reset": 6, "momentum": 0.5},
    ],
)
@pytest.mark.parametrize("work", [13, 333])
def test_when_the_lanes_come_does_not_matter_to_a_single_bit(
    rule: dict[str, Any], work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = NetworkConfig(biases=True, outputs=2)
    training = TrainingConfig(epochs=5, networks=MEMBERS, learning_rate=0.02, **rule)
    sequences = sequences_for(network, training, weighted=False)
    expected, losses, _ = trained(network, training, sequences, 10**9)
    programs = programs_now(expected.lane_rule)
    for wait in (1, 5, 20):
        calls = iter(range(10**9))
        monkeypatch.setattr(
            compiled, "programs_soon", lambda rule, calls=calls, wait=wait: programs if next(calls) > wait else None
        )
        engine, own, _ = trained(network, training, sequences, work)
        np.testing.assert_array_equal(own, losses)
        np.testing.assert_array_equal(engine.network.w1, expected.network.w1)
        np.testing.assert_array_equal(engine.network.w2, expected.network.w2)


@pytest.mark.parametrize(
    "rule", [{}, {"momentum": 0.5}, {"update_every": 3, "truncation": 5, "optimizer": "adam"}, {"truncation": 50}]
)
def test_a_run_in_lanes_that_is_left_within_an_epoch_goes_on_with_the_same_bits(rule: dict[str, Any]) -> None:
    network = NetworkConfig(biases=True)
    training = TrainingConfig(epochs=4, networks=MEMBERS, learning_rate=0.02, patience=3, **rule)
    sequences = sequences_for(network, training, weighted=False)
    expected, _, _ = trained(network, training, sequences, 10**9)
    first = CompiledEngine(ElmanNetwork.initialized(network, 1, networks=MEMBERS), sequences, training)
    assert programs_now(first.lane_rule) is not None
    first.advance(31, 4)
    for _ in range(57):
        first.advance(first.work_due or 1, 4)
    while first.work_due:
        first.advance(first.work_due, 4)
    assert first.time_step > 0
    kept = first.network.w1.clone(), first.network.w2.clone()
    again = CompiledEngine(ElmanNetwork(network, *kept), sequences, training, state=first.state())
    assert programs_now(again.lane_rule) is not None
    while again.epoch < 4 and not again.stopping.all_have_ended:
        again.advance(200, 4)
    np.testing.assert_array_equal(again.network.w1, expected.network.w1)
    np.testing.assert_array_equal(again.network.w2, expected.network.w2)


def test_kernels_that_cannot_be_had_leave_the_run_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "programs_soon", lambda rule: None)
    network = NetworkConfig()
    training = TrainingConfig(epochs=3, networks=MEMBERS)
    sequences = sequences_for(network, training, weighted=False)
    engine, losses, _ = trained(network, training, sequences, 100)
    assert engine._lanes is None
    monkeypatch.undo()
    np.testing.assert_array_equal(losses, trained(network, training.replace(networks=MEMBERS), sequences, 100)[1])
