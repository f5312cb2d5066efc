"""A person who chooses a device is told which one is faster, and why; the GPU is made up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from driving import Driver

from elman_core.devices import Device
from elman_core.training import device_speed
from elman_gui.window.main_window import MainWindow

DEVICES = (Device("cpu", "CPU"), Device("cuda:0", "Test GPU"))


def ready() -> Iterator[float]:
    """The compiled loops are there."""
    yield 0.0


def unbroken(tip: str) -> str:
    """Return a tooltip without its divisions into lines."""
    return " ".join(tip.split())


def test_choosing_a_device_measures_both_and_says_which_is_faster(
    driver: Driver, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_speed, "available_devices", lambda: DEVICES)
    monkeypatch.setattr(device_speed, "seconds_per_step", lambda _, device: {"cpu": 2e-7, "cuda:0": 6e-5}[device])
    monkeypatch.setattr(device_speed, "_known", {})
    monkeypatch.setattr("elman_gui.controllers.device_advice.prepare_kernels", ready)
    window.transport.show_devices(DEVICES)
    driver.choose(window.transport.devices, "cpu")
    sentence = "The processor is about 300 times faster here: the network is small (measured: 0.2 µs a step against"
    driver.until(lambda: sentence in window.notice.text.text())
    assert sentence in unbroken(window.transport.devices.toolTip())
    assert all(len(line) <= 70 for line in window.transport.devices.toolTip().split("\n"))


def test_where_there_is_no_gpu_the_chooser_says_so_and_nothing_is_measured(
    driver: Driver, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_speed, "compare_devices", lambda *_: pytest.fail("something was measured"))
    window.transport.show_devices(DEVICES[:1])
    assert "There is no GPU here that torch can use." in unbroken(window.transport.devices.toolTip())
    driver.choose(window.transport.devices, "cpu")
    assert not driver.session.jobs.are_running
