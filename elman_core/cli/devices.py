"""`elman devices`: what can be computed on."""

from __future__ import annotations

from elman_core.cli.console import print_json, print_text
from elman_core.cli.options import Json

__all__ = ["run"]


def run(as_json: Json = False) -> None:
    """Write name and title of each device."""
    import torch

    from elman_core.devices import available_devices, choose_device

    found, default, version = available_devices(), str(choose_device("auto")), str(torch.__version__)
    if as_json:
        named = [{"name": device.name, "title": device.title} for device in found]
        print_json({"devices": named, "default": default, "torch": version})
        return
    for device in found:
        print_text(f"{device.name}  {device.title}{'  (default)' if device.name == default else ''}")
    print_text(f"torch {version}")
