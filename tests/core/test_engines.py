"""The arithmetic of both engines, held against autograd, torch.optim and a plain loop."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from elman_core.config import NetworkConfig, Precision, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.errors import DataError
from elman_core.experiment import Run
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines import compiled, tensor_steps
from elman_core.training.engines.choice import make_engine
from elman_core.training.engines.sequences import Sequences

DatasetOf = Callable[..., SequenceDataset]
ExperimentOf = Callable[..., Run]
Array = NDArray[np.float64]

WHOLE = 10**9
"""More work than any of these runs has."""
PAIRS = [
    ("linear", "squared-error"),
    ("logistic", "squared-error"),
    ("softmax", "squared-error"),
    ("logistic", "cross-entropy"),
    ("softmax", "cross-entropy"),
]
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "logistic": torch.sigmoid,
    "relu": torch.relu,
}


engine_under_test = "tensors"


@pytest.fixture(scope="module", params=["tensors", "compiled"], autouse=True)
def each_engine(request: pytest.FixtureRequest) -> None:
    """Let every test here hold for both engines."""
    global engine_under_test
    engine_under_test = request.param


@dataclass(frozen=True)
class Trained:
    """What a whole training leaves behind."""

    losses: Array  # (epochs, N)
    validation: Array | None
    w1: Array
    w2: Array

    def __eq__(self, other: object) -> bool:
        """Bit for bit."""
        mine, theirs = vars(self).values(), vars(other).values()
        return all(np.array_equal(a, b) if a is not None else b is None for a, b in zip(mine, theirs, strict=True))


def shares(rows: int, columns: int = 1, seed: int = 0) -> Array:
    """Random rows between 0 and 1, which suit every output function and loss."""
    return np.random.default_rng(seed).uniform(size=(rows, columns))


def train(experiment: Run, *, slices: int = WHOLE, networks: int = 1) -> Trained:
    """Train by the engine, in slices of so much work."""
    training = experiment.training.replace(networks=networks)
    network = ElmanNetwork.initialized(
        experiment.network, training.seed, networks=networks, precision=training.precision
    )
    engine = make_engine(engine_under_test, network, Sequences.of(experiment.dataset), training)
    done = []
    while engine.epoch < training.epochs:
        done.append(engine.advance(slices, training.epochs))
    assert sum(progress.time_steps for progress in done) == training.epochs * experiment.dataset.train_steps
    validation = None
    if experiment.dataset.validation_steps:
        validation = np.concatenate([p.validation_losses for p in done if p.validation_losses is not None])
    losses = np.concatenate([p.train_losses for p in done])
    return Trained(losses, validation, network.w1.numpy().copy(), network.w2.numpy().copy())


def autograd_loss(z: Tensor, target: Tensor, output: str, loss: str) -> Tensor:
    """Loss of output units with the weighted inputs z, by torch's own functions."""
    if loss == "cross-entropy":
        if output == "logistic":
            return functional.binary_cross_entropy_with_logits(z, target, reduction="sum")
        return -(target * functional.log_softmax(z, dim=-1)).sum()
    y = {"linear": z, "logistic": torch.sigmoid(z), "softmax": torch.softmax(z, dim=-1)}[output]
    return 0.5 * ((y - target) ** 2).sum()


def autograd_training(
    experiment: Run, optimizer: Callable[[list[Tensor]], torch.optim.Optimizer], member: int = 0
) -> Trained:
    """Train one network by autograd; its context is cut off from what was before each update."""
    network, training, dataset = experiment.network, experiment.training, experiment.dataset
    initial = ElmanNetwork.initialized(network, training.seed + member, precision=training.precision)
    w1, w2 = (weights[0].clone().requires_grad_() for weights in (initial.w1, initial.w2))
    inputs, targets = (torch.from_numpy(part).to(w1.dtype) for part in (dataset.inputs, dataset.targets))
    steps, one = len(inputs), torch.ones(int(network.biases), dtype=w1.dtype)
    start = torch.full((network.hidden,), network.initial_context, dtype=w1.dtype)
    every = steps if training.update_every == "all" else training.update_every
    moves, losses, context = optimizer([w1, w2]), [], start
    for _ in range(training.epochs):
        context = context.detach() if training.carries_context else start
        epoch_losses = []
        for first in range(0, steps, every):
            before = context.detach()

            def block(first: int = first, before: Tensor = before) -> tuple[Tensor, Tensor]:
                context, loss = before, torch.zeros((), dtype=w1.dtype)
                for x, target in zip(inputs[first : first + every], targets[first : first + every], strict=True):
                    context = ACTIVATIONS[network.activation](torch.cat([x, context, one]) @ w1)
                    z = torch.cat([context, one]) @ w2
                    loss = loss + autograd_loss(z, target, network.output, training.loss)
                return loss, context

            def closure() -> Tensor:
                moves.zero_grad()
                loss, _ = block()
                loss.backward()
                return loss

            _, context = block()
            epoch_losses.append(float(moves.step(closure).detach()))  # type: ignore[call-overload]
        losses.append([sum(epoch_losses)])
    return Trained(np.array(losses), None, w1.detach().numpy()[None], w2.detach().numpy()[None])


def assert_close(one: Trained, other: Trained, tolerance: float) -> None:
    for name in ("losses", "w1", "w2"):
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=tolerance, atol=tolerance, err_msg=name
        )


def plain_sgd(rate: float = 1.0) -> Callable[[list[Tensor]], torch.optim.Optimizer]:
    return lambda weights: torch.optim.SGD(weights, lr=rate)


# -- gradients --------------------------------------------------------------------------------------


@pytest.mark.parametrize("networks", [1, 3])
@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize(("output", "loss"), PAIRS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_of_full_bptt_equals_autograd(
    experiment_of: ExperimentOf, activation: str, output: str, loss: str, biases: bool, networks: int
) -> None:
    # With one step of rate 1 the change of the weights is minus the gradient.
    experiment = experiment_of(
        shares(12, 2), network={"activation": activation, "output": output, "biases": biases, "initial_context": 0.5},
        loss=loss, epochs=1, learning_rate=1.0, update_every="all", truncation="all", precision="float64",
    )  # fmt: skip
    trained = train(experiment, networks=networks)
    for n in range(networks):
        member = Trained(trained.losses[:, n : n + 1], None, trained.w1[n : n + 1], trained.w2[n : n + 1])
        assert_close(member, autograd_training(experiment, plain_sgd(), n), 1e-8)


@pytest.mark.parametrize(("output", "loss"), PAIRS)
def test_loss_of_each_epoch_is_the_sum_over_steps_and_outputs(
    experiment_of: ExperimentOf, output: str, loss: str
) -> None:
    experiment = experiment_of(
        shares(9, 3), network={"output": output}, loss=loss, epochs=1, update_every="all", truncation="all",
        precision="float64",
    )  # fmt: skip
    network = ElmanNetwork.initialized(experiment.network, experiment.training.seed, precision="float64")
    inputs, targets = (torch.from_numpy(part) for part in (experiment.dataset.inputs, experiment.dataset.targets))
    _, y = network.forward(inputs[:, None, None])
    z = y[:, 0, 0] if output == "linear" else y[:, 0, 0].logit() if output == "logistic" else y[:, 0, 0].log()
    expected = float(autograd_loss(z, targets, output, loss))
    assert train(experiment).losses[0, 0] == pytest.approx(expected, rel=1e-12)


# -- truncated BPTT ---------------------------------------------------------------------------------


@pytest.mark.parametrize("carry", [False, True])
@pytest.mark.parametrize("k", [1, 2, 4, 12, "all"])
def test_bptt_k_k_equals_autograd_that_is_detached_every_k_steps(
    experiment_of: ExperimentOf, k: int | str, carry: bool
) -> None:
    # k divides the 12 steps: a shorter update at an epoch's end still goes back k steps, past the cut.
    experiment = experiment_of(
        shares(13, 2), network={"biases": True, "initial_context": 0.5}, epochs=4, learning_rate=0.2,
        update_every=k, truncation=k, context_reset="never" if carry else "epoch", precision="float64",
    )  # fmt: skip
    assert_close(train(experiment), autograd_training(experiment, plain_sgd(0.2)), 1e-10)


def plain_truncated_bptt(experiment: Run, seed: int, k1: int, k2: int) -> Trained:
    """Williams & Peng's definition in a plain loop: tanh or logistic units, linear output, SGD."""
    config, training = experiment.network, experiment.training
    inputs, targets = experiment.dataset.inputs, experiment.dataset.targets
    network = ElmanNetwork.initialized(config, seed, precision="float64")
    w1, w2 = network.w1[0].numpy().copy(), network.w2[0].numpy().copy()
    sizes, one = (config.inputs, config.inputs + config.hidden), np.ones(int(config.biases))
    steps, last, losses = len(inputs), np.full(config.hidden, config.initial_context), []
    for _ in range(training.epochs):
        states = [last if training.carries_context else np.full(config.hidden, config.initial_context)]
        xh, errors, loss = [], [], 0.0
        for t in range(steps):
            xh.append(np.concatenate([inputs[t], states[t], one]))
            z = xh[t] @ w1
            states.append(np.tanh(z) if config.activation == "tanh" else 1 / (1 + np.exp(-z)))
            errors.append(np.concatenate([states[t + 1], one]) @ w2 - targets[t])
            loss += 0.5 * float(np.sum(errors[t] ** 2))
            if (t + 1) % k1 and t + 1 < steps:
                continue
            grad1, grad2, delta = np.zeros_like(w1), np.zeros_like(w2), np.zeros(config.hidden)
            for s in range(t, max(t - k2, -1), -1):
                back = w1[slice(*sizes)] @ delta
                if s >= t // k1 * k1:
                    back = back + w2[: config.hidden] @ errors[s]
                    grad2 += np.outer(np.concatenate([states[s + 1], one]), errors[s])
                h = states[s + 1]
                delta = back * (1 - h**2 if config.activation == "tanh" else h * (1 - h))
                grad1 += np.outer(xh[s], delta)
            w1 -= training.learning_rate * grad1
            w2 -= training.learning_rate * grad2
        last = states[-1]
        losses.append([loss])
    return Trained(np.array(losses), None, w1[None], w2[None])


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_bptt_k1_k2_equals_its_definition_in_a_plain_loop(experiment_of: ExperimentOf, data: st.DataObject) -> None:
    steps = data.draw(st.integers(2, 23), "steps")
    k1 = data.draw(st.integers(1, steps), "k1")
    k2 = data.draw(st.integers(k1, steps), "k2")
    seed = data.draw(st.integers(0, 1000), "seed")
    network = {
        "hidden": data.draw(st.integers(1, 4), "hidden"),
        "activation": data.draw(st.sampled_from(["tanh", "logistic"]), "activation"),
        "biases": data.draw(st.booleans(), "biases"),
        "initial_context": data.draw(st.sampled_from([0.0, 0.5]), "initial context"),
    }
    # At five times this rate some weights run away, and rounding with them.
    experiment = experiment_of(
        shares(steps + 1, data.draw(st.integers(1, 3), "columns"), seed), network=network, epochs=3, learning_rate=0.02,
        update_every=k1, truncation=k2, context_reset=data.draw(st.sampled_from(["never", "epoch"]), "reset"),
        seed=seed, precision="float64",
    )  # fmt: skip
    slices = data.draw(st.sampled_from([1, 2, 7, WHOLE]), "slices")
    with pytest.MonkeyPatch.context() as patch:
        spare_steps = data.draw(st.sampled_from([1, 3, 4096]), "spare steps")
        for engine in (tensor_steps, compiled):
            patch.setattr(engine, "_SPARE_STEPS", spare_steps)
        trained = train(experiment, slices=slices, networks=2)
    for n in range(2):
        member = Trained(trained.losses[:, n : n + 1], None, trained.w1[n : n + 1], trained.w2[n : n + 1])
        assert_close(member, plain_truncated_bptt(experiment, seed + n, k1, k2), 1e-11)


def test_truncation_changes_what_is_learned(experiment_of: ExperimentOf) -> None:
    results = [
        train(experiment_of(shares(30), epochs=3, update_every=1, truncation=k2)).w1.tobytes() for k2 in (1, 2, "all")
    ]
    assert len(set(results)) == 3


# -- optimisers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "steps", "optimizer"),
    [
        ({"momentum": 0.9, "learning_rate": 0.05}, 1, lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.9)),
        ({"momentum": 0.9, "learning_rate": 0.05}, 4, lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.9)),
        ({"optimizer": "adam", "learning_rate": 0.01}, 4, lambda w: torch.optim.Adam(w, lr=0.01)),
        ({"optimizer": "adam", "learning_rate": 0.01}, "all", lambda w: torch.optim.Adam(w, lr=0.01)),
        ({"optimizer": "rprop", "learning_rate": 0.01}, "all", lambda w: torch.optim.Rprop(w, lr=0.01)),
        (
            {"optimizer": "lbfgs", "learning_rate": 1.0},
            "all",
            lambda w: torch.optim.LBFGS(w, lr=1.0, max_iter=1, max_eval=25, line_search_fn="strong_wolfe"),
        ),
    ],
    ids=["momentum-one-step", "momentum", "adam", "adam-full", "rprop", "lbfgs"],
)
def test_whole_training_equals_autograd_with_torchs_own_optimiser(
    experiment_of: ExperimentOf,
    chosen: dict[str, Any],
    steps: int | str,
    optimizer: Callable[[list[Tensor]], torch.optim.Optimizer],
) -> None:
    experiment = experiment_of(
        shares(17, 2), network={"biases": True}, epochs=8, update_every=steps, truncation=steps, precision="float64",
        **chosen,
    )  # fmt: skip
    assert_close(train(experiment), autograd_training(experiment, optimizer), 1e-8)


def test_the_one_step_rule_with_momentum_equals_torchs_for_several_outputs(experiment_of: ExperimentOf) -> None:
    values = np.random.default_rng(0).uniform(-1, 1, (15, 3))
    experiment = experiment_of(
        values, network={"biases": True, "hidden": 5}, epochs=6, momentum=0.8, learning_rate=0.05, precision="float64"
    )
    expected = autograd_training(experiment, lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.8))
    assert_close(train(experiment), expected, 1e-8)
    assert train(experiment, slices=4) == train(experiment)


def test_lbfgs_lowers_the_loss_in_every_epoch(sine: Callable[..., Run]) -> None:
    experiment = sine(
        optimizer="lbfgs", learning_rate=1.0, update_every="all", truncation="all", epochs=40, precision="float64"
    )
    losses = train(experiment).losses[:, 0]
    assert np.all(np.diff(losses) <= 0)
    assert losses[-1] < 1e-3 * losses[0]


def test_lbfgs_validates_from_the_context_of_the_training_part(experiment_of: ExperimentOf) -> None:
    experiment = experiment_of(
        shares(30), data={"train_percent": 60, "validation_percent": 40}, optimizer="lbfgs", learning_rate=1.0,
        update_every="all", truncation="all", epochs=1, precision="float64",
    )  # fmt: skip
    trained, steps = train(experiment), experiment.dataset.train_steps
    initial = ElmanNetwork.initialized(experiment.network, experiment.training.seed, precision="float64")
    after = ElmanNetwork(experiment.network, torch.from_numpy(trained.w1), torch.from_numpy(trained.w2))
    inputs, targets = (torch.from_numpy(part) for part in (experiment.dataset.inputs, experiment.dataset.targets))
    hidden, _ = initial.forward(inputs[:steps, None, None])
    _, y = after.forward(inputs[steps:, None, None], hidden[-1])
    expected = 0.5 * float(((y[:, 0, 0] - targets[steps:]) ** 2).sum())
    assert trained.validation is not None
    assert trained.validation[0, 0] == pytest.approx(expected, rel=1e-12)


# -- slices, memory, randomness ---------------------------------------------------------------------


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("networks", [1, 3])
@pytest.mark.parametrize(("k1", "k2"), [(1, 1), (1, 4), (3, 7), (10, 10), ("all", "all")])
def test_how_the_work_is_sliced_does_not_matter_to_a_single_bit(
    experiment_of: ExperimentOf, monkeypatch: pytest.MonkeyPatch, k1: int | str, k2: int | str, networks: int,
    precision: str,
) -> None:  # fmt: skip
    experiment = experiment_of(
        shares(90, 2), data={"train_percent": 50, "validation_percent": 30}, network={"biases": True, "hidden": 5},
        epochs=3, update_every=k1, truncation=k2, precision=precision,
    )  # fmt: skip
    whole = train(experiment, networks=networks)
    assert whole.validation is not None
    assert whole.validation.shape == whole.losses.shape == (3, networks)
    for slices in (1, 7, 64):
        assert train(experiment, slices=slices, networks=networks) == whole
    for engine in (tensor_steps, compiled):
        monkeypatch.setattr(engine, "_SPARE_STEPS", 1)
    assert train(experiment, slices=5, networks=networks) == whole


def test_validation_loss_goes_on_from_the_training_parts_context(experiment_of: ExperimentOf) -> None:
    # Two networks that differ in nothing: one is trained on, the other's whole response is computed after.
    values = shares(40)
    experiment = experiment_of(
        values, data={"train_percent": 50, "validation_percent": 25}, epochs=1, learning_rate=1e-12, precision="float64"
    )
    network = ElmanNetwork.initialized(experiment.network, experiment.training.seed, precision="float64")
    _, y = network.forward(torch.from_numpy(values[:-1])[:, None, None])
    each = 0.5 * (y[:, 0, 0].numpy() - values[1:]) ** 2
    trained = train(experiment)
    assert trained.validation is not None
    assert trained.losses[0, 0] == pytest.approx(each[:19].sum(), rel=1e-9)
    assert trained.validation[0, 0] == pytest.approx(each[19:29].sum(), rel=1e-9)


def test_member_n_of_an_ensemble_learns_as_the_single_network_of_seed_plus_n(experiment_of: ExperimentOf) -> None:
    chosen = {"epochs": 5, "update_every": 3, "truncation": 6, "optimizer": "adam", "precision": "float64"}
    ensemble = train(experiment_of(shares(20), seed=7, **chosen), networks=3)
    for n in range(3):
        single = train(experiment_of(shares(20), seed=7 + n, **chosen))
        member = Trained(ensemble.losses[:, n : n + 1], None, ensemble.w1[n : n + 1], ensemble.w2[n : n + 1])
        assert_close(member, single, 1e-10)


def test_the_same_seed_gives_the_same_run_and_another_seed_another(experiment_of: ExperimentOf) -> None:
    runs = [train(experiment_of(shares(20), epochs=3, seed=seed)) for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert all(not np.array_equal(a, b) for a, b in itertools.product([runs[0].w1], [runs[2].w1]))


def test_the_context_starts_where_the_config_says(experiment_of: ExperimentOf) -> None:
    zero, half = (
        train(experiment_of(shares(20), epochs=1, network={"initial_context": start})).losses for start in (0.0, 0.5)
    )
    assert zero != half


def test_work_is_done_in_the_amount_that_was_asked_for(dataset_of: DatasetOf) -> None:
    network = ElmanNetwork.initialized(NetworkConfig(), 1)
    engine = make_engine(
        engine_under_test,
        network,
        Sequences.of(dataset_of(shares(101))),
        TrainingConfig(update_every=10, truncation=30),
    )
    steps = [engine.advance(4, 1).time_steps for _ in range(4)]
    assert max(steps) <= 4
    assert 10 <= sum(steps) < 20  # the first update takes more work than is left of these
    assert engine.advance(WHOLE, 1).time_steps == 100 - sum(steps)
    assert (engine.epoch, engine.time_step) == (1, 0)
    assert engine.advance(WHOLE, 1).time_steps == 0


# -- schedules, clipping, decay ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "schedule"),
    [
        ({"schedule": "step", "schedule_epochs": 3}, lambda o: torch.optim.lr_scheduler.StepLR(o, 3, 0.5)),
        ({"schedule": "cosine"}, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10)),
        (
            {"schedule": "plateau", "schedule_epochs": 1, "learning_rate": 1.9},
            lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=1),
        ),
    ],
    ids=["step", "cosine", "plateau"],
)
def test_learning_rates_are_those_of_torchs_schedulers(
    experiment_of: ExperimentOf, chosen: dict[str, Any], schedule: Callable[[torch.optim.Optimizer], Any]
) -> None:
    settings = {"learning_rate": 0.4, "epochs": 10, "update_every": "all", "truncation": "all", "precision": "float64"}
    experiment = experiment_of(shares(9, 2), **{**settings, **chosen})
    trained = train(experiment)
    # The same training, one epoch after another, with the rates of torch's scheduler over torch's optimiser.
    rates = []
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=experiment.training.learning_rate)
    scheduler = schedule(optimizer)
    for loss in trained.losses[:, 0]:
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*([loss] if chosen["schedule"] == "plateau" else []))
    assert len(set(rates)) > 2
    network = ElmanNetwork.initialized(experiment.network, experiment.training.seed, precision=Precision.DOUBLE)
    losses = []
    for rate in rates:
        one_epoch = experiment.training.replace(schedule="constant", learning_rate=rate, epochs=1)
        engine = make_engine(engine_under_test, network, Sequences.of(experiment.dataset), one_epoch)
        losses.append(engine.advance(WHOLE, 1).train_losses[0, 0])
    np.testing.assert_allclose(losses, trained.losses[:, 0], rtol=1e-12)


def one_update(experiment: Run, **training: Any) -> tuple[Array, Array]:
    """Return the change of w1 and w2 by one update of full BPTT with rate 1."""
    chosen = {"epochs": 1, "learning_rate": 1.0, "update_every": "all", "truncation": "all", "precision": "float64"}
    changed = replace(experiment, training=experiment.training.replace(**{**chosen, **training}))
    before = ElmanNetwork.initialized(
        experiment.network, experiment.training.seed, networks=changed.training.networks, precision=Precision.DOUBLE
    )
    after = train(changed, networks=changed.training.networks)
    return after.w1 - before.w1.numpy(), after.w2 - before.w2.numpy()


@pytest.mark.parametrize("largest", [0.01, 1e5])
def test_a_gradient_is_clipped_as_torch_does_it_each_network_by_its_own_norm(
    experiment_of: ExperimentOf, largest: float
) -> None:
    experiment = experiment_of(shares(12, 2))
    plain, clipped = one_update(experiment, networks=3), one_update(experiment, networks=3, clip_norm=largest)
    for n in range(3):
        weights = [torch.zeros(part[n].shape, dtype=torch.float64, requires_grad=True) for part in plain]
        for weight, part in zip(weights, plain, strict=True):
            weight.grad = torch.from_numpy(-part[n])
        torch.nn.utils.clip_grad_norm_(weights, largest)
        for weight, part in zip(weights, clipped, strict=True):
            assert weight.grad is not None
            np.testing.assert_allclose(-part[n], weight.grad.numpy(), rtol=1e-9)


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_weight_decay_is_torchs(experiment_of: ExperimentOf, name: str) -> None:
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[name]
    experiment = experiment_of(
        shares(13, 2), epochs=5, learning_rate=0.05, update_every=4, truncation=4, optimizer=name, weight_decay=0.1,
        precision="float64",
    )  # fmt: skip
    with_torch = autograd_training(experiment, lambda weights: kind(weights, lr=0.05, weight_decay=0.1))
    assert_close(train(experiment), with_torch, 1e-8)


# -- several sequences, ensembles -------------------------------------------------------------------


def test_the_gradient_of_several_sequences_is_the_sum_of_each_ones(experiment_of: ExperimentOf) -> None:
    config = NetworkConfig(inputs=2, outputs=1, hidden=4, biases=True)
    training = TrainingConfig(epochs=1, learning_rate=1.0, update_every="all", truncation="all", precision="float64")
    pairs = [(shares(11, 2, seed), shares(11, 1, seed + 10)) for seed in range(3)]

    def change(chosen: list[tuple[Array, Array]]) -> tuple[float, Array, Array]:
        network = ElmanNetwork.initialized(config, 1, precision=Precision.DOUBLE)
        before = network.w1.clone(), network.w2.clone()
        engine = make_engine(engine_under_test, network, Sequences.side_by_side(chosen), training)
        loss = engine.advance(WHOLE, 1).train_losses[0, 0]
        return loss, (network.w1 - before[0]).numpy(), (network.w2 - before[1]).numpy()

    together, alone = change(pairs), [change([pair]) for pair in pairs]
    for found, parts in zip(together, zip(*alone, strict=True), strict=True):
        np.testing.assert_allclose(found, sum(parts), rtol=1e-10, atol=1e-12)


def test_sequences_of_unequal_length_are_refused() -> None:
    pairs = [(shares(rows), shares(rows)) for rows in (5, 7)]
    with pytest.raises(DataError, match="learned side by side must be equally long, got 5 to 7 steps"):
        Sequences.side_by_side(pairs)


def test_numbers_that_are_not_finite_are_refused() -> None:
    values = shares(5)
    values[2] = np.nan
    with pytest.raises(DataError, match="training: every number must be finite"):
        Sequences.side_by_side([(values, shares(5))])


# -- finite differences -----------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_gradients_equal_finite_differences(experiment_of: ExperimentOf, data: st.DataObject) -> None:
    output, loss = data.draw(st.sampled_from(PAIRS), "output and loss")
    experiment = experiment_of(
        shares(data.draw(st.integers(4, 12), "rows"), data.draw(st.integers(1, 3), "columns")),
        network={
            "hidden": data.draw(st.integers(1, 9), "hidden"),
            "activation": data.draw(st.sampled_from(["tanh", "logistic"]), "activation"),
            "output": output, "biases": data.draw(st.booleans(), "biases"),
        },
        loss=loss, epochs=1, learning_rate=1.0, update_every="all", truncation="all", precision="float64",
    )  # fmt: skip
    initial = ElmanNetwork.initialized(experiment.network, experiment.training.seed, precision=Precision.DOUBLE)
    trained = train(experiment)
    inputs, targets = (torch.from_numpy(part) for part in (experiment.dataset.inputs, experiment.dataset.targets))

    def loss_of(w1: Tensor, w2: Tensor) -> float:
        _, y = ElmanNetwork(experiment.network, w1, w2).forward(inputs[:, None, None])
        y = y[:, 0, 0]
        z = y if output == "linear" else y.logit() if output == "logistic" else y.log()
        return float(autograd_loss(z, targets, output, loss))

    for index, after in enumerate((trained.w1, trained.w2)):
        weights = [initial.w1, initial.w2]
        place = tuple(data.draw(st.integers(0, size - 1)) for size in weights[index].shape)
        sides = []
        for step in (1e-5, -1e-5):
            moved = weights[index].clone()
            moved[place] += step
            sides.append(loss_of(*(moved if n == index else weight for n, weight in enumerate(weights))))
        slope = (sides[0] - sides[1]) / 2e-5
        assert float(weights[index][place]) - after[place] == pytest.approx(slope, rel=1e-4, abs=1e-7)
