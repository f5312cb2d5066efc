"""An ensemble's networks: each stops, diverges, keeps its best and follows its schedule as it would alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.experiment import Run
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.base import Engine
from elman_core.training.engines.choice import make_engine
from elman_core.training.engines.sequences import Sequences
from elman_core.training.stopping import MemberEnd

ExperimentOf = Callable[..., Run]
Array = NDArray[np.float64]

ENGINES = ("compiled", "tensors")
"""Those whose networks stand alone."""
WHOLE = 10**9
RULES: dict[str, dict[str, Any]] = {
    "one-step": {},
    "windows": {"update_every": 3, "truncation": 7, "context_reset": 11},
    "carried": {"update_every": 3, "truncation": 7, "context_reset": "never"},
    "full": {"update_every": "all", "truncation": "all", "learning_rate": 0.02},
    "sequences": {"update_every": "sequence", "truncation": "all", "learning_rate": 0.02},
    "adam": {"optimizer": "adam", "update_every": 3, "truncation": 7},
    "rprop": {"optimizer": "rprop", "update_every": "all", "truncation": "all"},
    "lbfgs": {"optimizer": "lbfgs", "update_every": "all", "truncation": "all", "learning_rate": 1.0},
}
NETWORK = NetworkConfig(hidden=5, activation="relu", biases=True, initial_context=0.5)


@pytest.fixture(scope="module")
def sequences(experiment_of: ExperimentOf) -> Sequences:
    """A noisy wave with a validation part."""
    rows = np.sin(np.arange(60) / 3) + np.random.default_rng(0).normal(scale=0.3, size=60)
    return Sequences.of(experiment_of(rows, data={"train_percent": 60, "validation_percent": 20}).dataset)


def start(name: str, sequences: Sequences, training: TrainingConfig) -> Engine:
    network = ElmanNetwork.initialized(NETWORK, training.seed, networks=training.networks, precision=training.precision)
    return make_engine(name, network, sequences, training)


def train(engine: Engine, epochs: int, slices: int = WHOLE) -> tuple[Array, Array]:
    """Train to the end; return the losses of training and validation."""
    done = []
    while engine.epoch < epochs and not engine.stopping.all_have_ended:
        done.append(engine.advance(slices, epochs))
    validation = [progress.validation_losses for progress in done if progress.validation_losses is not None]
    return np.concatenate([progress.train_losses for progress in done]), np.concatenate(validation)


def train_without_validation(engine: Engine, epochs: int, slices: int = WHOLE) -> Array:
    done = []
    while engine.epoch < epochs and not engine.stopping.all_have_ended:
        done.append(engine.advance(slices, epochs).train_losses)
    return np.concatenate(done)


def weights(engine: Engine) -> tuple[Array, Array]:
    return engine.network.w1.numpy().copy(), engine.network.w2.numpy().copy()


# -- as alone ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-5), ("float64", 1e-9)])
@pytest.mark.parametrize("rule", RULES)
def test_each_network_learns_as_it_would_alone(
    sequences: Sequences, name: str, rule: str, precision: str, tolerance: float
) -> None:
    # Rates of 30 diverge, all others do not; patience ends some of them within the 50 epochs.
    chosen = {"learning_rate": 0.03, **RULES[rule]}
    rate = chosen["learning_rate"]
    own: dict[str, Any] = {"learning_rates": (rate, rate / 2, 1e-5, 30.0, rate / 4)}
    if rule in ("rprop", "lbfgs"):
        own = {}
    elif rule == "adam":
        own["weight_decays"] = (0.0, 0.1, 0.0, 0.0, 0.01)
    else:
        own |= {"momenta": (0.0, 0.5, 0.0, 0.9, 0.3), "weight_decays": (0.0, 0.1, 0.0, 0.0, 0.01)}
    training = TrainingConfig(
        epochs=50, networks=5, seed=3, schedule="plateau", schedule_epochs=2, patience=8, precision=precision,
        **{**chosen, **own},
    )  # fmt: skip
    together = start(name, sequences, training)
    losses, validation = train(together, 50)
    assert losses.shape == validation.shape
    ends = together.stopping.ends
    if name != "compiled" and rule in ("one-step", "windows", "carried", "full", "sequences"):
        assert ends[3] == MemberEnd.DIVERGED and (ends == MemberEnd.EARLY).any()
    for n in range(5):
        alone = start(name, sequences, training.of_member(n))
        own_losses, own_validation = train(alone, 50)
        epochs = len(own_losses)
        for mine, theirs in ((losses, own_losses), (validation, own_validation)):
            np.testing.assert_allclose(mine[:epochs, n], theirs[:, 0], rtol=tolerance)
            assert np.isnan(mine[epochs:, n]).all()
        for field in ("ends", "end_epochs", "best_epochs", "patience_from"):
            assert getattr(together.stopping, field)[n] == getattr(alone.stopping, field)[0], field
        for mine, theirs in zip(weights(together), weights(alone), strict=True):
            np.testing.assert_allclose(mine[n], theirs[0], rtol=100 * tolerance, atol=10 * tolerance)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("rule", ["one-step", "windows", "carried", "full", "sequences", "adam"])
def test_without_a_validation_part_networks_learn_on_as_alone_when_another_has_ended(
    experiment_of: ExperimentOf, name: str, rule: str
) -> None:
    wave = Sequences.of(experiment_of(np.sin(np.arange(40) / 3)).dataset)
    training = TrainingConfig(
        epochs=12, networks=3, seed=3, precision="float64", **{"learning_rate": 0.03, **RULES[rule]}
    )
    alone = [train_without_validation(start(name, wave, training.of_member(n)), 12) for n in (0, 2)]
    for slices in (WHOLE, 7):
        network = ElmanNetwork.initialized(NETWORK, training.seed, networks=3, precision=training.precision)
        network.w1[1] = 1e200
        together = make_engine(name, network, wave, training)
        losses = train_without_validation(together, 12, slices)
        assert together.stopping.ends.tolist() == [MemberEnd.NOT_YET, MemberEnd.DIVERGED, MemberEnd.NOT_YET]
        np.testing.assert_allclose(losses[:, [0, 2]], np.concatenate(alone, axis=1), rtol=1e-9)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("rule", RULES)
def test_how_the_work_is_sliced_does_not_matter_to_networks_that_end(
    sequences: Sequences, name: str, rule: str
) -> None:
    training = TrainingConfig(epochs=30, networks=4, seed=3, patience=3, **RULES[rule])
    if rule not in ("rprop", "lbfgs"):
        training = training.replace(learning_rates=(0.03, 0.01, 30.0, 50.0))
    runs = []
    for slices in (WHOLE, 1, 2, 7):
        engine = start(name, sequences, training)
        curves = train(engine, 30, slices)
        runs.append((*curves, *weights(engine), *vars(engine.stopping).values()))
    for run in runs[1:]:
        for one, other in zip(runs[0], run, strict=True):
            np.testing.assert_array_equal(one, other)


# -- how they end -----------------------------------------------------------------------------------

IMPATIENT = TrainingConfig(
    epochs=200, networks=3, seed=3, patience=4, learning_rates=(0.05, 0.02, 1e-3), update_every=2, truncation=4
)


@pytest.mark.parametrize("name", ENGINES)
def test_one_that_stops_early_goes_back_to_its_best_weights_and_changes_no_more(
    sequences: Sequences, name: str
) -> None:
    engine = start(name, sequences, IMPATIENT)
    while engine.epoch < 200 and not engine.stopping.ends.any():
        engine.advance(50, 200)
    n = int(np.flatnonzero(engine.stopping.ends)[0])
    stopping = engine.stopping
    assert stopping.ends[n] == MemberEnd.EARLY
    assert stopping.end_epochs[n] == stopping.best_epochs[n] + IMPATIENT.patience == engine.epoch
    w1, w2 = engine.network.w1[n].clone(), engine.network.w2[n].clone()
    np.testing.assert_array_equal(w1, stopping.best_w1[n])
    np.testing.assert_array_equal(w2, stopping.best_w2[n])
    ended_at = engine.epoch
    progress = engine.advance(2000, 200)
    assert engine.epoch > ended_at + 1
    assert np.isnan(progress.train_losses[:, n]).all()
    others = [m for m in range(3) if stopping.ends[m] == MemberEnd.NOT_YET]
    assert others and np.isfinite(progress.train_losses[:, others]).all()
    assert torch.equal(engine.network.w1[n], w1) and torch.equal(engine.network.w2[n], w2)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("rule", ["one-step", "windows", "full", "sequences"])
@pytest.mark.parametrize("work", [1, WHOLE])
def test_one_that_diverges_goes_back_to_its_best_weights_and_keeps_those_before_that_epoch(
    sequences: Sequences, name: str, rule: str, work: int
) -> None:
    chosen = {**RULES[rule], "learning_rates": (0.01, 30.0)}
    training = TrainingConfig(epochs=300, networks=2, seed=3, momenta=(0.5, 0.5), **chosen)
    engine = start(name, sequences, training)
    before = weights(engine)
    while engine.epoch < 200 and not engine.stopping.ends.any():
        at_start = engine.epoch_start()
        engine.advance(work, engine.epoch + 1)
        assert all(np.isfinite(part).all() for part in at_start)
        if not (engine.time_step or engine.work_due or engine.stopping.ends.any()):
            before = weights(engine)
    assert engine.stopping.ends.tolist() == [MemberEnd.NOT_YET, MemberEnd.DIVERGED]
    stopping = engine.stopping
    has_best = stopping.has_best(1)
    expected = (stopping.best_w1, stopping.best_w2) if has_best else before
    last = (stopping.last_w1, stopping.last_w2) if has_best else before
    for mine, kept, theirs, best in zip(weights(engine), last, before, expected, strict=True):
        np.testing.assert_array_equal(mine[1], best[1])
        np.testing.assert_array_equal(kept[1], theirs[1])
    until = engine.epoch + 5
    train(engine, until)
    assert engine.epoch == until
    for mine, best in zip(weights(engine), expected, strict=True):
        np.testing.assert_array_equal(mine[1], best[1])


@pytest.mark.parametrize("rule", ["one-step", "windows", "full", "sequences"])
@pytest.mark.parametrize("work", [1, WHOLE])
def test_what_diverged_is_forgotten_by_optimiser_and_context(sequences: Sequences, rule: str, work: int) -> None:
    chosen = {**RULES[rule], "learning_rates": (0.01, 30.0)}
    training = TrainingConfig(epochs=300, networks=2, seed=3, momenta=(0.5, 0.5), **chosen)
    engine = start("tensors", sequences, training)
    while engine.epoch < 200 and not engine.stopping.ends.any():
        engine.advance(work, engine.epoch + 1)
    while engine.work_due:
        engine.advance(engine.work_due, 300)
    state = engine.state()
    for key, array in state.optimizer.items():
        assert not np.asarray(array[1]).any() and np.isfinite(array).all(), key
    assert np.isfinite(state.context).all()


@pytest.mark.parametrize("name", ENGINES)
def test_a_run_in_which_one_diverges_is_taken_over_to_the_last_bit(sequences: Sequences, name: str) -> None:
    for rule in ("windows", "sequences", "full"):
        training = TrainingConfig(
            epochs=20, networks=3, seed=3, patience=5, learning_rates=(0.01, 30.0, 0.02),
            **{key: value for key, value in RULES[rule].items() if key != "learning_rate"},
        )  # fmt: skip
        whole = start(name, sequences, training)
        expected = train(whole, 20)
        engine, losses = start(name, sequences, training), []
        while engine.epoch < 20 and not engine.stopping.all_have_ended:
            losses.append(engine.advance(3, 20).train_losses)
            if not engine.work_due:
                state, network = engine.state(), engine.network
                kept = ElmanNetwork(network.config, network.w1.clone(), network.w2.clone())
                engine = make_engine(name, kept, sequences, training, state=state)
        np.testing.assert_array_equal(np.concatenate(losses), expected[0])
        for mine, theirs in zip(weights(engine), weights(whole), strict=True):
            np.testing.assert_array_equal(mine, theirs)
        for mine, theirs in zip(vars(engine.stopping).values(), vars(whole.stopping).values(), strict=True):
            np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("name", ENGINES)
def test_nothing_is_left_to_do_when_all_have_diverged(sequences: Sequences, name: str) -> None:
    for work in (1, WHOLE):
        training = TrainingConfig(epochs=50, networks=2, seed=3, learning_rate=100.0)
        engine = start(name, sequences, training)
        train(engine, 50, work)
        assert engine.stopping.ends.tolist() == [MemberEnd.DIVERGED] * 2
        assert (engine.time_step, engine.work_due) == (0, 0)
        assert engine.stopping.end_epochs.tolist() == [engine.epoch] * 2
        progress = engine.advance(WHOLE, 50)
        assert (progress.time_steps, len(progress.train_losses)) == (0, 0)


@pytest.mark.parametrize("name", ENGINES)
def test_networks_that_stopped_early_can_learn_on(sequences: Sequences, name: str) -> None:
    engine = start(name, sequences, IMPATIENT.replace(epochs=2000))
    train(engine, 2000)
    assert engine.stopping.all_have_ended
    epoch, before = engine.epoch, weights(engine)
    state = engine.state()
    state.stopping.take_up(epoch)
    engine = make_engine(name, engine.network, sequences, IMPATIENT.replace(epochs=2000), state=state)
    progress = engine.advance(WHOLE, epoch + 2)
    assert progress.train_losses.shape == (2, 3) and np.isfinite(progress.train_losses).all()
    assert all(
        not np.array_equal(mine[n], theirs[n])
        for mine, theirs in zip(weights(engine), before, strict=True)
        for n in range(3)
    )


# -- L-BFGS -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENGINES)
def test_lbfgs_trains_each_network_as_if_alone_to_the_last_bit(sequences: Sequences, name: str) -> None:
    training = TrainingConfig(epochs=15, networks=3, seed=3, precision="float64", **RULES["lbfgs"])
    together = start(name, sequences, training)
    losses, _ = train(together, 15)
    for n in range(3):
        alone = start(name, sequences, training.of_member(n))
        np.testing.assert_array_equal(train(alone, 15)[0][:, 0], losses[:, n])
        np.testing.assert_array_equal(alone.network.w1[0], together.network.w1[n])
