"""Which of processor and GPU is faster for a training, and why: a few steps of it are made on each, and timed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from elman_core.devices import Device, available_devices
from elman_core.errors import ElmanError
from elman_core.experiment import Run
from elman_core.support.jobs import Job
from elman_core.training.estimate import DataSizes
from elman_core.training.trainer import Trainer

__all__ = ["NO_GPU", "DeviceSpeed", "SpeedComparison", "compare_devices", "gpus", "seconds_per_step"]

NO_GPU = "There is no GPU here that torch can use: the processor computes, and nothing is measured."
_MEASURED_SECONDS = 0.15
_LOSSES = 1_000_000
"""That the longest measurement may come to: epochs times networks."""
_ABOUT_EQUAL = 1.25
_LARGE = 100_000
"""Weights from which a network is called large."""
_NOT_THE_SPEED = {"seed", "epochs", "patience", "learning_rate", "learning_rates", "momenta", "weight_decays"}

_known: dict[object, SpeedComparison] = {}


@dataclass(frozen=True)
class DeviceSpeed:
    """How long a time step of training takes on a device.

    Attributes
    ----------
    seconds
        Of all networks, forward and back; infinite where the device has too little memory.
    """

    device: Device
    seconds: float


@dataclass(frozen=True)
class SpeedComparison:
    """What was measured of a training, on the processor first.

    Attributes
    ----------
    networks, weights
        How many networks learn side by side, and the weights of each.
    """

    speeds: tuple[DeviceSpeed, ...]
    networks: int
    weights: int

    @property
    def fastest(self) -> Device:
        """The device to choose: the processor, unless another one is clearly faster."""
        return self._best_gpu.device if self._best_gpu.seconds * _ABOUT_EQUAL < self._cpu.seconds else self._cpu.device

    @property
    def sentence(self) -> str:
        """Which is faster, by how much and why, with what was measured."""
        cpu, gpu = self._cpu.seconds, self._best_gpu.seconds
        name = f"The GPU ({self._best_gpu.device.title})"
        if gpu == float("inf"):
            return f"{name} has too little memory for this: the processor computes."
        slow, fast = max(cpu, gpu), min(cpu, gpu)
        measured = f"(measured: {_time_text(fast)} a step against {_time_text(slow)})"
        if slow < _ABOUT_EQUAL * fast:
            return f"{name} and the processor are about equally fast here {measured}."
        first = "The processor" if cpu < gpu else name
        return f"{first} is about {_ratio_text(slow / fast)} times faster here: {self._reason(cpu < gpu)} {measured}."

    @property
    def _cpu(self) -> DeviceSpeed:
        return self.speeds[0]

    @property
    def _best_gpu(self) -> DeviceSpeed:
        return min(self.speeds[1:], key=lambda speed: speed.seconds)

    def _reason(self, is_cpu: bool) -> str:
        many = f"{self.networks:,} networks"
        if not is_cpu:
            return f"{many} learn side by side" if self.networks > 1 else "the network is large"
        if self.weights >= _LARGE:
            return "its steps follow one after the other, and each is too short to fill a GPU"
        return "the network is small" if self.networks == 1 else f"the {many} are small"


def gpus() -> tuple[Device, ...]:
    """Return every device but the processor."""
    return available_devices()[1:]


def compare_devices(experiment: Run) -> Job[SpeedComparison | None]:
    """Measure a training on the processor and on each GPU; None without a GPU, where nothing is measured.

    What was measured is remembered for trainings of the same sizes and rules. The compiled loops must be ready.
    """
    others = gpus()
    if not others:
        return None
    key = _key(experiment, others)
    if key not in _known:
        speeds = []
        devices = (available_devices()[0], *others)
        for place, device in enumerate(devices):
            yield place / len(devices)
            speeds.append(DeviceSpeed(device, seconds_per_step(experiment, device.name)))
        _known[key] = SpeedComparison(tuple(speeds), experiment.training.networks, experiment.network.weight_count)
    return _known[key]


def seconds_per_step(experiment: Run, device: str) -> float:
    """Return how long a time step takes on a device, of all networks: the best of several slices, since other programs
    compute too; infinite where it cannot be made there.
    """
    training = experiment.training.replace(epochs=max(1, _LOSSES // experiment.training.networks), patience=0)
    run = replace(experiment.untrained(), training=training)
    try:
        updates = Trainer(run, device=device).updates()
        first = next(updates)  # which includes what is done once
        best, spent = float("inf"), 0.0
        for update in updates:
            best, spent = min(best, update.seconds / max(update.steps, 1)), spent + update.seconds
            if spent >= _MEASURED_SECONDS:
                break
    except (ElmanError, torch.OutOfMemoryError):
        return float("inf")
    return best if spent else first.seconds / max(first.steps, 1)


def _key(experiment: Run, devices: tuple[Device, ...]) -> object:
    rules = experiment.training.model_dump_json(exclude=_NOT_THE_SPEED)
    return experiment.network.model_dump_json(), rules, DataSizes.of(experiment.dataset), devices


def _ratio_text(ratio: float) -> str:
    return f"{float(f'{ratio:.2g}'):,.0f}" if ratio >= 10 else f"{float(f'{ratio:.2g}'):g}"


def _time_text(seconds: float) -> str:
    """Write a short time: "0.2 µs", "60 µs", "1.5 ms"."""
    number, unit = (seconds * 1e6, "µs") if seconds < 1e-3 else (seconds * 1e3, "ms")
    return f"{float(f'{number:.2g}'):g} {unit}"
