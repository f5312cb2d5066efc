"""Which device is faster is measured, told with its reason, and remembered; with devices that are made up."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from commands import Elman

from elman_core.cli import progress
from elman_core.config.study import Axis, StudyConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.devices import Device
from elman_core.experiment import Run
from elman_core.studies import runner
from elman_core.studies.block import Block
from elman_core.studies.results import StudyResults
from elman_core.studies.study import Study, StudyBase
from elman_core.studies.trial import Trial
from elman_core.support.jobs import complete
from elman_core.training import device_speed
from elman_core.training.device_speed import SpeedComparison, compare_devices, seconds_per_step

CPU, GPU = Device("cpu", "CPU"), Device("cuda:0", "Test GPU")


@pytest.fixture
def with_gpu(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """A machine with a GPU, and the seconds of a step on each device, which a test may change."""
    seconds = {"cpu": 2e-7, "cuda:0": 6e-5}
    monkeypatch.setattr(device_speed, "available_devices", lambda: (CPU, GPU))
    monkeypatch.setattr("elman_core.devices.available_devices", lambda: (CPU, GPU))
    monkeypatch.setattr(device_speed, "seconds_per_step", lambda experiment, device: seconds[device])
    monkeypatch.setattr(device_speed, "_known", {})
    return seconds


def compared(experiment: Run) -> SpeedComparison:
    found = complete(compare_devices(experiment))
    assert found is not None
    return found


def test_the_processor_is_faster_for_a_small_network(sine: Callable[..., Run], with_gpu: dict[str, float]) -> None:
    found = compared(sine())
    assert found.fastest == CPU
    assert found.sentence == (
        "The processor is about 300 times faster here: the network is small (measured: 0.2 µs a step against 60 µs)."
    )


def test_a_gpu_is_faster_for_many_networks(sine: Callable[..., Run], with_gpu: dict[str, float]) -> None:
    with_gpu |= {"cpu": 1.5e-3, "cuda:0": 1e-4}
    found = compared(sine(networks=10_000))
    assert found.fastest == GPU
    assert found.sentence == (
        "The GPU (Test GPU) is about 15 times faster here: 10,000 networks learn side by side (measured: 100 µs a step "
        "against 1.5 ms)."
    )


@pytest.mark.parametrize(
    ("cpu", "gpu", "networks", "hidden", "words"),
    [
        (1e-6, 2e-5, 100, 6, "The processor is about 20 times faster here: the 100 networks are small"),
        (9e-4, 3e-4, 1, 500, r"The GPU \(Test GPU\) is about 3 times faster here: the network is large"),
        (1e-5, 6e-5, 1, 500, "The processor is about 6 times faster here: its steps follow one after the other"),
        (6e-5, 6.1e-5, 1, 6, r"The GPU \(Test GPU\) and the processor are about equally fast here \(measured: 60 µs"),
        (6e-5, float("inf"), 1, 6, r"The GPU \(Test GPU\) has too little memory for this: the processor computes"),
    ],
)
def test_the_reason_is_said(
    experiment_of: Callable[..., Run], with_gpu: dict[str, float], cpu: float, gpu: float, networks: int, hidden: int,
    words: str,
) -> None:  # fmt: skip
    with_gpu |= {"cpu": cpu, "cuda:0": gpu}
    found = compared(experiment_of(np.sin(np.arange(50.0)), network={"hidden": hidden}, networks=networks))
    assert re.match(words, found.sentence), found.sentence


def test_what_was_measured_holds_for_other_seeds_but_not_for_other_sizes(
    sine: Callable[..., Run], with_gpu: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[tuple[int, str]] = []

    def measure(experiment: Run, device: str) -> float:
        measured.append((experiment.training.networks, device))
        return with_gpu[device]

    monkeypatch.setattr(device_speed, "seconds_per_step", measure)
    for training in ({}, {"seed": 7, "epochs": 9, "learning_rate": 0.2}, {"networks": 5}, {"networks": 5, "seed": 1}):
        compared(sine(**training))
    assert measured == [(1, "cpu"), (1, "cuda:0"), (5, "cpu"), (5, "cuda:0")]


def test_without_a_gpu_nothing_is_measured_and_that_is_said(
    sine: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, done: Elman
) -> None:
    monkeypatch.setattr(device_speed, "available_devices", lambda: (CPU,))
    monkeypatch.setattr("elman_core.devices.available_devices", lambda: (CPU,))
    monkeypatch.setattr(device_speed, "seconds_per_step", lambda *_: pytest.fail("something was measured"))
    assert complete(compare_devices(sine())) is None
    assert "There is no GPU here that torch can use: the processor computes, and nothing is measured." in (
        done("devices").output
    )
    assert done("devices", "--json").result["speed"] == []


def test_devices_tells_which_is_faster(with_gpu: dict[str, float], done: Elman) -> None:
    lines = done("devices").output.splitlines()
    assert lines[:2] == ["cpu  CPU  (default)", "cuda:0  Test GPU"]
    assert lines[3].startswith("sine, 1 network: The processor is about 300 times faster here: the network is small")
    assert lines[4].startswith("sine, 1,000 networks: The processor is ")
    speed = done("devices", "--json").result["speed"]
    assert [(each["networks"], each["device"]) for each in speed] == [(1, "cpu"), (1_000, "cpu")]


def test_train_and_study_say_so_where_it_takes_long(
    with_gpu: dict[str, float], done: Elman, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gpu |= {"cpu": 6e-5, "cuda:0": 6e-6}
    words = "The GPU (Test GPU) is about 10 times faster here: "
    chooses = "--device cuda:0 chooses it."
    train: tuple[Any, ...] = ("train", "sine", "--epochs", 3)
    study: tuple[Any, ...] = ("study", "sine", "--epochs", 3, "--seeds", 2)
    for command in (train, study):
        assert words not in done(*command).messages, "it takes less than a second"
    monkeypatch.setattr(progress, "_LONG_SECONDS", 0.0)
    for command in (train, study):
        said = done(*command).messages
        assert words in said
        assert chooses in said
    with_gpu["cuda:0"] = 1.0
    monkeypatch.setattr(device_speed, "_known", {})
    assert "faster" not in done(*train).messages, "it is on the fastest one"


def test_a_step_is_timed_on_the_processor(sine: Callable[..., Run]) -> None:
    one, many = (seconds_per_step(sine(networks=networks), "cpu") for networks in (1, 500))
    assert 0 < one < many < 1
    assert seconds_per_step(sine(), "cuda:7") == float("inf"), "there is no such device"


def test_the_seeds_of_a_cell_are_one_batch_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks: list[tuple[str, int, str]] = []
    for place in ("elman_core.devices.choose_device", "elman_core.training.trainer.choose_device"):
        monkeypatch.setattr(place, lambda name: torch.device("cpu"))
    train = runner.train_block

    def spy(block: Block, dataset: SequenceDataset) -> tuple[Trial, ...]:
        blocks.append((block.device, block.runs, block.engine))
        return train(block, dataset)

    monkeypatch.setattr(runner, "train_block", spy)
    base = StudyBase(name="sine", what="sine", training={"epochs": 1}, device="cuda:0", engine="tensors")
    study = Study(base, StudyConfig(axes=(Axis(field="network.hidden", values=(3, 4)),), seeds=50))
    results = StudyResults()
    for _ in runner.run_study(study, results=results, workers=2):
        pass
    assert sorted(blocks) == [("cuda:0", 50, "tensors")] * 2
    assert len(results) == 100
