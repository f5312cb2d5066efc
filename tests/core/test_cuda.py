"""The engine `tensors` on a GPU, held against the CPU. Nothing here is run where there is no GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from commands import Elman
from many_sequences import noise, sequences_of

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.data.text.vocabulary import Vocabulary
from elman_core.devices import available_devices, choose_device
from elman_core.errors import DeviceError
from elman_core.experiment import Run
from elman_core.experiments import BUILT_IN
from elman_core.experiments.factory import experiment_from_model
from elman_core.storage.model_file import load_model, save_model
from elman_core.support.jobs import complete
from elman_core.training.events import TrainingUpdate
from elman_core.training.history import History
from elman_core.training.trainer import Trainer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")

SineOf = Callable[..., Run]
GPU = "cuda"
TOLERANCE = {"float32": 1e-4, "float64": 1e-10}
"""Largest relative difference of a loss, 50 epochs on."""

FULL: dict[str, Any] = {"update_every": "all", "truncation": "all"}
ADAM: dict[str, Any] = {"optimizer": "adam", "learning_rate": 0.01}
RULES: dict[str, dict[str, Any]] = {
    "one-step rule": {},
    "momentum": {"momentum": 0.5, "learning_rate": 0.03},
    "BPTT(4, 8)": {"update_every": 4, "truncation": 8, "learning_rate": 0.03},
    "full BPTT": {**FULL, "learning_rate": 0.003},
    "adam": {**ADAM, "update_every": 5, "truncation": 10},
    "rprop": {**FULL, "optimizer": "rprop", "learning_rate": 0.01},
    "decay and clipping": {"weight_decay": 1e-3, "clip_norm": 0.1},
    "absolute error": {"loss": "absolute-error", "learning_rate": 0.01},
    "cosine with a warm-up": {**FULL, **ADAM, "schedule": "cosine", "warm_up_share": 0.2},
    "plateau": {"schedule": "plateau", "schedule_epochs": 2},
    "context never reset": {"context_reset": "never"},
    "context reset every 5": {"context_reset": 5},
}
BATCHES: dict[str, Any] = {"update_every": "sequence", "truncation": "all", "batch": 3, **ADAM}


def trained(experiment: Run, device: str, last_epoch: int | None = None) -> tuple[Trainer, History, str]:
    """Return a trainer that has done its epochs, its losses, and what was said on the way."""
    trainer, history = Trainer(experiment, device=device, engine="tensors"), History()
    return trainer, history, go_on(trainer, history, last_epoch)


def go_on(trainer: Trainer, history: History, last_epoch: int | None = None) -> str:
    updates = list(trainer.updates(last_epoch=last_epoch))
    history.extend(updates)
    return " ".join(update.message for update in updates if update.message)


def assert_close(found: History, expected: History, precision: str) -> None:
    np.testing.assert_allclose(found.train, expected.train, rtol=TOLERANCE[precision])
    if expected.validation is not None:
        np.testing.assert_allclose(found.validation, expected.validation, rtol=TOLERANCE[precision])


def assert_agrees_with_cpu(experiment: Run) -> None:
    """Train on both, and compare every loss and what the first network answers in the end."""
    (gpu, found, _), (cpu, expected, _) = trained(experiment, GPU), trained(experiment, "cpu")
    precision = experiment.training.precision.value
    assert gpu.device.type == GPU
    assert found.epochs == expected.epochs == experiment.training.epochs
    assert_close(found, expected, precision)
    answers = [complete(trainer.snapshot(whole=True)).response.one_step for trainer in (gpu, cpu)]
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-3, atol=1e-3)


def many(training: dict[str, Any], network: dict[str, Any] | None = None, **data: Any) -> Run:
    """Return an experiment of seven sequences of unequal lengths, two columns each."""
    dataset = sequences_of(noise(30, 12, 21, 40, 9, 33, 18), scaling="standardize", **data)
    return of_dataset(dataset, training, network)


def of_dataset(dataset: SequenceDataset, training: dict[str, Any], network: dict[str, Any] | None = None) -> Run:
    sizes = {
        "inputs": dataset.encoding.network_inputs,
        "outputs": dataset.encoding.network_outputs,
        "hidden": 8,
        "biases": True,
    }
    config = NetworkConfig(**{**sizes, "input_spread": 0.3, **(network or {})})
    return Run("series", dataset, config, TrainingConfig(**{"epochs": 50, **training}))


# -- the same numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("rule", RULES)
def test_losses_are_those_of_the_cpu(sine: SineOf, rule: str, precision: str) -> None:
    assert_agrees_with_cpu(sine(**{"epochs": 50, "precision": precision, **RULES[rule]}))


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("network", [{}, {"direct": True, "activation": "logistic"}, {"activation": "relu"}])
@pytest.mark.parametrize(
    "rule", [BATCHES, {**BATCHES, "loss_reduction": "mean"}, {**ADAM, **FULL}, {**ADAM, "learning_rate": 0.002}]
)
def test_losses_of_sequences_of_unequal_lengths_are_those_of_the_cpu(
    rule: dict[str, Any], network: dict[str, Any], precision: str
) -> None:
    assert_agrees_with_cpu(many({**rule, "precision": precision}, network, lags=2))


@pytest.mark.parametrize("precision", TOLERANCE)
def test_losses_of_a_horizon_predicted_at_once_are_those_of_the_cpu(precision: str) -> None:
    assert_agrees_with_cpu(many({**BATCHES, "precision": precision}, lags=3, horizon=4, strategy="direct"))


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize(("output", "loss"), [("softmax", "cross-entropy"), ("logistic", "squared-error")])
def test_losses_of_symbols_are_those_of_the_cpu(
    stream_of: Callable[..., SequenceDataset], output: str, loss: str, precision: str
) -> None:
    dataset = stream_of(Vocabulary.one_hot(tuple("abcdefg")), 300)
    rule = {**ADAM, "update_every": 20, "truncation": 40, "loss": loss, "precision": precision}
    assert_agrees_with_cpu(of_dataset(dataset, rule, {"output": output, "activation": "logistic"}))


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("rule", [{}, {**FULL, **ADAM}, {"learning_rates": tuple(np.linspace(0.01, 0.1, 100))}])
def test_losses_of_a_hundred_networks_are_those_of_the_cpu(sine: SineOf, rule: dict[str, Any], precision: str) -> None:
    experiment = sine(**{"epochs": 50, "networks": 100, "precision": precision, **rule})
    found, expected = (trained(experiment, device)[1].train for device in (GPU, "cpu"))
    difference = np.abs(found / expected - 1)  # (epochs, N)
    assert difference[:5].max() < TOLERANCE[precision]
    # On a steep part of its way a network makes much of what is rounded otherwise.
    assert np.quantile(difference.max(axis=0), 0.9) < TOLERANCE[precision]


def test_losses_of_lbfgs_are_those_of_the_cpu(sine: SineOf) -> None:
    rule = {**FULL, "optimizer": "lbfgs", "learning_rate": 1.0, "networks": 3, "precision": "float64"}
    (_, found, _), (_, expected, _) = (trained(sine(epochs=50, **rule), device) for device in (GPU, "cpu"))
    # The line search decides by comparing: what is rounded otherwise grows with every iteration.
    np.testing.assert_allclose(found.train[:15], expected.train[:15], rtol=1e-8)
    assert found.train[-1].max() < 0.5 * found.train[0].min()


# -- each network stops as it would on the CPU ------------------------------------------------------


def test_networks_stop_early_at_the_same_epochs_with_the_same_best_weights() -> None:
    experiment = many(
        {"epochs": 200, "patience": 5, "networks": 20, "precision": "float64", **BATCHES, "learning_rate": 0.1}
    )
    (gpu, found, said), (cpu, expected, said_on_cpu) = (trained(experiment, device) for device in (GPU, "cpu"))
    assert (cpu.stopping.ends != 0).sum() > 10
    for name in ("ends", "end_epochs", "best_epochs"):
        np.testing.assert_array_equal(getattr(gpu.stopping, name), getattr(cpu.stopping, name))
    assert said == said_on_cpu
    assert_close(found, expected, "float64")
    np.testing.assert_allclose(gpu.weights().w1, cpu.weights().w1, rtol=1e-7, atol=1e-9)


def test_a_network_that_diverges_ends_alone(sine: SineOf) -> None:
    experiment = sine(epochs=20, networks=3, learning_rates=(0.1, 100.0, 0.05))
    (gpu, found, said), (cpu, expected, said_on_cpu) = (trained(experiment, device) for device in (GPU, "cpu"))
    np.testing.assert_array_equal(gpu.stopping.ends, cpu.stopping.ends)
    assert said == said_on_cpu
    assert "1 diverged" in said
    np.testing.assert_allclose(found.train[:, [0, 2]], expected.train[:, [0, 2]], rtol=1e-4)
    assert np.isfinite(gpu.weights().w1).all()


# -- pausing, saving, opening elsewhere -------------------------------------------------------------


def opened_from(path: Path) -> Run:
    return experiment_from_model(load_model(path), BUILT_IN["sine"].table())


def paused_within_an_epoch(experiment: Run, path: Path) -> tuple[Run, Trainer, History]:
    """Save a run in the midst of its third epoch; return what is opened again, and the run itself."""
    trainer, history, _ = trained(experiment, GPU, last_epoch=2)
    for _ in range(7):
        history.extend(trainer.updates(one_time_step=True))
    history.extend([trainer.settle()])
    save_model(path, replace(experiment, weights=trainer.weights(), history=history.snapshot()))
    opened = opened_from(path)
    assert opened.weights is not None and opened.weights.position is not None
    return opened, trainer, history


PAUSED: dict[str, dict[str, Any]] = {
    **{rule: RULES[rule] for rule in ("one-step rule", "momentum", "BPTT(4, 8)", "full BPTT", "adam", "rprop")},
    "an ensemble": {"networks": 100, **ADAM, "update_every": 4, "truncation": 6},
    "context never reset": RULES["context never reset"],
}


@pytest.mark.parametrize("rule", PAUSED)
def test_a_run_that_was_paused_and_saved_goes_on_bit_for_bit(sine: SineOf, tmp_path: Path, rule: str) -> None:
    opened, trainer, history = paused_within_an_epoch(sine(epochs=30, **PAUSED[rule]), tmp_path / "run.safetensors")
    again, course = Trainer(opened, device=GPU, engine="tensors"), opened.history.snapshot()
    go_on(trainer, history)
    go_on(again, course)
    np.testing.assert_array_equal(course.train, history.train)
    for name in ("w1", "w2", "context"):
        np.testing.assert_array_equal(getattr(again.weights(), name), getattr(trainer.weights(), name))
    for name, kept in trainer.weights().optimizer.items():
        np.testing.assert_array_equal(again.weights().optimizer[name], kept)


@pytest.mark.parametrize("engine", ["tensors", "compiled"])
@pytest.mark.parametrize("rule", PAUSED)
def test_a_run_saved_on_cuda_goes_on_on_the_cpu_and_the_other_way_round(
    sine: SineOf, tmp_path: Path, rule: str, engine: str
) -> None:
    path = tmp_path / "run.safetensors"
    experiment = sine(epochs=30, precision="float64", **PAUSED[rule])
    opened, _, _ = paused_within_an_epoch(experiment, path)
    on_cpu, course = Trainer(opened, device="cpu", engine=engine), opened.history.snapshot()
    go_on(on_cpu, course, last_epoch=10)
    save_model(path, replace(opened, weights=on_cpu.weights(), history=course.snapshot()))
    back = opened_from(path)
    on_cuda, course = Trainer(back, device=GPU), back.history.snapshot()
    go_on(on_cuda, course)
    _, expected, _ = trained(experiment, "cpu")
    assert_close(course, expected, "float64")


def test_lbfgs_goes_on_from_a_file_bit_for_bit(sine: SineOf, tmp_path: Path) -> None:
    experiment = sine(epochs=12, networks=3, optimizer="lbfgs", learning_rate=1.0, **FULL)
    path = tmp_path / "run.safetensors"
    trainer, history, _ = trained(experiment, GPU, last_epoch=5)
    save_model(path, replace(experiment, weights=trainer.weights(), history=history.snapshot()))
    again, course = Trainer(opened_from(path), device=GPU, engine="tensors"), history.snapshot()
    go_on(trainer, history)
    go_on(again, course)
    np.testing.assert_array_equal(course.train, history.train)
    np.testing.assert_array_equal(again.weights().w1, trainer.weights().w1)


# -- too little memory ------------------------------------------------------------------------------


@pytest.fixture
def little_memory() -> Iterator[Callable[[int], None]]:
    """Let the GPU have so many more bytes than are taken."""

    def allow(more: int) -> None:
        torch.cuda.empty_cache()
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved(0) + more) / total)

    yield allow
    torch.cuda.set_per_process_memory_fraction(1.0)


TOO_LITTLE = "cuda:0 has too little memory for this network and series. "
ON_THE_WAY = TOO_LITTLE + "Training continues on the cpu, with the weights from the end of epoch 0."


def test_what_does_not_fit_from_the_start_is_trained_on_the_cpu(
    sine: SineOf, little_memory: Callable[[int], None]
) -> None:
    experiment = sine(epochs=3, networks=5000, **FULL)
    little_memory(2**20)
    trainer, history, said = trained(experiment, GPU)
    assert said == TOO_LITTLE + "Training is on the cpu."
    assert trainer.device.type == "cpu"
    _, expected, _ = trained(experiment, "cpu")
    np.testing.assert_array_equal(history.train, expected.train)


def test_what_does_not_fit_any_more_goes_on_on_the_cpu(little_memory: Callable[[int], None]) -> None:
    dataset = sequences_of(noise(9, 10, 6000, columns=1), scaling="standardize", validation_percent=0)
    rule = {"update_every": "sequence", "truncation": "all", "learning_rate": 1e-5, "networks": 50}
    experiment = of_dataset(dataset, {**rule, "epochs": 2, "seed": 3}, {"hidden": 16})
    trainer = Trainer(experiment, device=GPU)
    little_memory(8 * 2**20)
    history, updates = History(), list[TrainingUpdate]()
    for update in trainer.updates():
        updates.append(update)
    history.extend(updates)
    assert [update.message for update in updates if update.message] == [ON_THE_WAY]
    assert (trainer.device.type, history.epochs, trainer.epoch) == ("cpu", 2, 2)
    _, expected, _ = trained(experiment, "cpu")
    np.testing.assert_array_equal(history.train, expected.train)


def test_one_step_that_does_not_fit_is_taken_on_the_cpu(little_memory: Callable[[int], None]) -> None:
    dataset = sequences_of(noise(6000, columns=1), scaling="standardize", validation_percent=0)
    rule = {"update_every": "sequence", "truncation": "all", "learning_rate": 1e-5, "networks": 50}
    trainer = Trainer(of_dataset(dataset, {**rule, "epochs": 2}, {"hidden": 16}), device=GPU)
    little_memory(8 * 2**20)
    (update,) = trainer.updates(one_time_step=True)
    assert update.message == ON_THE_WAY
    assert trainer.device.type == "cpu"


# -- choosing it ------------------------------------------------------------------------------------


def test_the_gpu_is_among_the_devices_by_its_name() -> None:
    name = torch.cuda.get_device_name(0)
    assert ("cuda:0", name) in [(device.name, device.title) for device in available_devices()]
    assert choose_device(GPU) == choose_device("cuda:0") == torch.device("cuda:0")
    assert choose_device("auto").type == "cpu"
    with pytest.raises(DeviceError, match=r"there is no device 'cuda:77' here; choose one of auto, cpu, cuda:0"):
        choose_device("cuda:77")


def test_the_command_line_trains_on_cuda_and_its_file_predicts_anywhere(done: Elman, tmp_path: Path) -> None:
    path = tmp_path / "sine.safetensors"
    options = ("--epochs", "20", "--seed", "3", "--json")
    found = done("train", "sine", "--device", GPU, "--save", path, *options).result
    expected = done("train", "sine", "--device", "cpu", *options).result
    assert (found["device"], found["engine"]) == ("cuda:0", "tensors")
    assert found["losses"] == pytest.approx(expected["losses"], rel=1e-4)
    assert found["metrics"]["train"]["rmse"] == pytest.approx(expected["metrics"]["train"]["rmse"], rel=1e-4)
    rows = done("predict", path, "--steps", "5").output
    assert len(rows.splitlines()) > 5
    assert torch.cuda.get_device_name(0) in done("devices").output
