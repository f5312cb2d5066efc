"""Training with noise on the inputs and with the network's own outputs among them: gradients, engines and pauses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from elman_core.config import Activation, Loss, NetworkConfig, Output, TrainingConfig
from elman_core.errors import ConfigError
from elman_core.experiment import Run
from elman_core.experiments.factory import begin_named
from elman_core.model.network import ElmanNetwork, activate
from elman_core.storage.model_file import load_model, save_model
from elman_core.training.engines.choice import make_engine
from elman_core.training.engines.entering import closed_at, noise_at
from elman_core.training.engines.gradients import losses
from elman_core.training.engines.sequences import Sequences, Series, Steps
from elman_core.training.trainer import Trainer

ENGINES = ["compiled", "tensors"]
WHOLE: dict[str, Any] = {"update_every": "sequence", "truncation": "all"}
LENGTHS = (9, 5, 12)


def sequences_of(output: Output) -> Sequences:
    """Three sequences of two numbers each, of which each next one is the target; some steps weigh nothing."""
    random = np.random.default_rng(5)
    values = random.uniform(0.1, 0.9, (sum(LENGTHS) + 1, 2))
    values = values / values.sum(axis=1, keepdims=True) if output is Output.SOFTMAX else values
    weights = np.where(np.arange(sum(LENGTHS)) % 4 == 3, 0.0, 1.0)
    edges = np.concatenate([[0], np.cumsum(LENGTHS)])
    series = Series.of(values[:, None])
    nothing = Steps(series[:0], series[:0], np.empty(0), np.zeros(4, np.int64))
    return Sequences(Steps(series[:-1], Series(series.vectors, series.rows[1:]), weights, edges), nothing)


def gradients_by_autograd(
    network: ElmanNetwork, config: TrainingConfig, steps: Steps, member: int, epoch: int
) -> tuple[float, torch.Tensor, torch.Tensor]:
    """Go through the equations as they stand, and let torch find the gradient."""
    sizes = network.config
    w1, w2 = (weights[member].double().clone().requires_grad_() for weights in (network.w1, network.w2))
    total = torch.zeros((), dtype=torch.float64)
    for sequence, start in enumerate(steps.starts[:-1]):
        count = int(steps.lengths[sequence])
        noise = noise_at(config, member, epoch, sequence, count, sizes.inputs)
        closed, h, y = closed_at(config, count), torch.full((sizes.hidden,), sizes.initial_context).double(), None
        for t in range(count):
            step = int(start) + t
            x = y if closed[t] else torch.from_numpy(steps.inputs.vectors[steps.inputs.rows[step, 0]])
            x = x + torch.from_numpy(noise[t])
            bias = [torch.ones(1).double()] if sizes.biases else []
            h = activate(torch.cat([x, h, *bias]) @ w1, sizes.activation)
            z = torch.cat([h, *([x] if sizes.direct else []), *bias]) @ w2
            match sizes.output:
                case Output.LINEAR:
                    y = z
                case Output.LOGISTIC:
                    y = torch.sigmoid(z)
                case Output.SOFTMAX:
                    y = torch.softmax(z, dim=-1)
            target = torch.from_numpy(steps.targets.vectors[steps.targets.rows[step, 0]])
            total = total + steps.weights[step] * losses(y, target, sizes.output, config.loss)
    total.backward()
    return float(total.detach()), w1.grad, w2.grad


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("activation", "output", "loss"),
    [
        (Activation.TANH, Output.LINEAR, Loss.SQUARED_ERROR),
        (Activation.LOGISTIC, Output.LOGISTIC, Loss.SQUARED_ERROR),
        (Activation.TANH, Output.LOGISTIC, Loss.CROSS_ENTROPY),
        (Activation.RELU, Output.LINEAR, Loss.ABSOLUTE_ERROR),
        (Activation.TANH, Output.SOFTMAX, Loss.CROSS_ENTROPY),
        (Activation.TANH, Output.SOFTMAX, Loss.SQUARED_ERROR),
    ],
)
@pytest.mark.parametrize("shape", [{}, {"biases": True}, {"biases": True, "direct": True, "initial_context": 0.5}])
@pytest.mark.parametrize(
    "entering", [{"input_noise": 0.1}, {"closed_loop_steps": 4}, {"closed_loop_steps": 3, "input_noise": 0.2}]
)
def test_the_gradient_of_a_batch_equals_autograd(
    engine: str, activation: Activation, output: Output, loss: Loss, shape: dict[str, Any], entering: dict[str, Any]
) -> None:
    sizes = NetworkConfig(inputs=2, hidden=5, outputs=2, activation=activation, output=output, **shape)
    config = TrainingConfig(
        **WHOLE, **entering, batch=3, loss=loss, networks=2, precision="float64", learning_rate=1e-3, warm_up_steps=2
    )
    sequences = sequences_of(output)
    network = ElmanNetwork.initialized(sizes, 3, networks=2, precision=config.precision)
    if sizes.direct:
        network.w2[:, 5:7] = 0.3 * torch.randn(2, 2, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = [gradients_by_autograd(network, config, sequences.training, member, 0) for member in range(2)]
    before = network.w1.clone(), network.w2.clone()
    progress = make_engine(engine, network, sequences, config).advance(10**6, 1)
    for member, (total, *gradients) in enumerate(expected):
        assert progress.train_losses[0, member] == pytest.approx(total, rel=1e-12)
        for old, new, gradient in zip(before, (network.w1, network.w2), gradients, strict=True):
            torch.testing.assert_close((old - new)[member] / 1e-3, gradient, rtol=1e-8, atol=1e-10)


def test_noise_has_the_deviation_that_was_asked_and_is_another_at_each_epoch_sequence_and_network() -> None:
    config = TrainingConfig(**WHOLE, input_noise=0.3)
    noise = noise_at(config, 0, 0, 0, 20_000, 2)
    assert noise.std() == pytest.approx(0.3, rel=0.02)
    assert abs(noise.mean()) < 0.01
    for other in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        assert abs(np.corrcoef(noise[:, 0], noise_at(config, *other, 20_000, 2)[:, 0])[0, 1]) < 0.03
    np.testing.assert_array_equal(noise, noise_at(config, 0, 0, 0, 20_000, 2))
    assert not noise_at(TrainingConfig(), 0, 0, 0, 5, 1).any()


def test_of_every_so_many_steps_the_first_has_true_inputs_and_so_have_those_that_warm_up() -> None:
    config = TrainingConfig(**WHOLE, closed_loop_steps=3, warm_up_steps=2)
    assert closed_at(config, 12).astype(int).tolist() == [0, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0]
    assert closed_at(config, 4).astype(int).tolist() == [0, 0, 1, 1]  # a third of a short sequence warms up at most
    assert not closed_at(TrainingConfig(), 12).any()


SETTINGS: dict[str, Any] = {
    **WHOLE, "epochs": 12, "patience": 0, "input_noise": 0.05, "closed_loop_steps": 4, "optimizer": "adam",
    "learning_rate": 0.01, "networks": 3,
}  # fmt: skip


def begun(**settings: Any) -> Run:
    return begin_named("sunspots", {}, {}, {**SETTINGS, **settings})[0]


def trained(experiment: Run, engine: str, *, last_epoch: int | None = None) -> Run:
    trainer, history = Trainer(experiment, device="cpu", engine=engine), experiment.history.first(10**6)
    history.extend(trainer.updates(last_epoch=last_epoch))
    return replace(experiment, weights=trainer.weights(), history=history)


def test_both_engines_learn_the_same() -> None:
    one, other = (trained(begun(precision="float64"), engine) for engine in ENGINES)
    np.testing.assert_allclose(one.history.train, other.history.train, rtol=1e-9)
    np.testing.assert_allclose(one.weights.w1, other.weights.w1, rtol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_is_saved_and_taken_up_again_goes_on_as_without_the_pause(engine: str, tmp_path: Path) -> None:
    whole = trained(begun(), engine)
    half = trained(begun(), engine, last_epoch=5)
    save_model(tmp_path / "half.safetensors", half)
    saved = load_model(tmp_path / "half.safetensors")
    assert (saved.training.input_noise, saved.training.closed_loop_steps) == (0.05, 4)
    again = trained(replace(half, weights=saved.weights, history=saved.history), engine)
    np.testing.assert_array_equal(again.history.train, whole.history.train)
    np.testing.assert_array_equal(again.weights.w2, whole.weights.w2)


def test_each_network_of_an_ensemble_learns_as_it_would_alone() -> None:
    together = trained(begun(), "compiled")
    for member in range(3):
        alone = trained(begun(networks=1, seed=1 + member), "compiled")
        np.testing.assert_array_equal(together.history.train[:, member], alone.history.train[:, 0])
        np.testing.assert_array_equal(together.weights.w1[member], alone.weights.w1[0])


def test_without_noise_and_own_outputs_it_is_what_it_was() -> None:
    plain = trained(begun(input_noise=0.0, closed_loop_steps=1), "tensors").history.train
    nearly = trained(begun(input_noise=1e-12, closed_loop_steps=1), "compiled").history.train
    np.testing.assert_allclose(plain, nearly, rtol=2e-3)


@pytest.mark.parametrize(
    ("data", "settings", "sentence"),
    [
        ({}, {"update_every": "all"}, "input_noise needs update_every sequence, got all"),
        ({}, {"update_every": 1, "input_noise": 0.0}, "closed_loop_steps needs update_every sequence, got 1"),
        ({"lags": 3}, {}, "closed_loop_steps is for networks whose outputs can go in again"),
        ({"relative_to_last": True}, {}, "closed_loop_steps is for networks whose outputs can go in again"),
    ],
)
def test_what_does_not_go_together_is_refused(data: dict[str, Any], settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Trainer(begin_named("sunspots", data, {}, {**SETTINGS, **settings})[0], device="cpu")


def test_whole_sequences_follow_from_noise_where_nothing_else_is_said(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    np.savetxt(path, np.sin(np.arange(100.0)), header="x", comments="")
    experiment, notes = begin_named(str(path), {}, {}, {"input_noise": 0.1})
    assert experiment.training.update_every == "sequence"
    assert any("update-every is set to sequence" in note for note in notes)
