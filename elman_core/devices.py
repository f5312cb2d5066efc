"""Which devices torch can compute on here, and choosing one."""

from __future__ import annotations

import platform
from dataclasses import dataclass

import torch

from elman_core.errors import DeviceError

__all__ = ["Device", "available_devices", "choose_device"]


@dataclass(frozen=True)
class Device:
    """A device, as torch names it and as a person knows it."""

    name: str
    title: str


def available_devices() -> tuple[Device, ...]:
    """Return every device that torch can use here, the CPU first and always."""
    found = [Device("cpu", f"CPU ({platform.processor() or platform.machine()})")]
    found += [Device(f"cuda:{n}", torch.cuda.get_device_name(n)) for n in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append(Device("mps", "Apple GPU"))
    return tuple(found)


def choose_device(name: str) -> torch.device:
    """Return the device of that name; "auto" is the CPU, which is fastest for networks of this size.

    Raises
    ------
    DeviceError
        When it is not there.
    """
    if name == "auto":
        return torch.device("cpu")
    names = [device.name for device in available_devices()]
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in names:
        raise DeviceError(f"there is no device {name!r} here; choose one of {', '.join(['auto', *names])}")
    return torch.device(wanted)
