"""`elman devices`: what can be computed on, and what is fastest."""

from __future__ import annotations

from collections.abc import Iterator

from elman_core.cli.console import print_json, print_text, say
from elman_core.cli.options import Json
from elman_core.config import Precision
from elman_core.support.jobs import complete
from elman_core.support.text_format import counted

__all__ = ["run"]


_NETWORKS = (1, 1_000)
"""Of the tutorial, whose training is measured."""


def run(as_json: Json = False) -> None:
    """Write name and title of each device, and which is faster for small networks, as measured."""
    import torch

    from elman_core.devices import available_devices, choose_device
    from elman_core.training.device_speed import NO_GPU

    found, default, version = available_devices(), str(choose_device("auto")), str(torch.__version__)
    told = dict(_measured()) if len(found) > 1 else {}
    if as_json:
        named = [{"name": device.name, "title": device.title} for device in found]
        speed = [
            {"networks": networks, "device": device, "sentence": words} for networks, (device, words) in told.items()
        ]
        print_json({"devices": named, "default": default, "torch": version, "speed": speed})
        return
    for device in found:
        print_text(f"{device.name}  {device.title}{'  (default)' if device.name == default else ''}")
    print_text(f"torch {version}")
    for networks, (_, words) in told.items():
        print_text(f"sine, {counted(networks, 'network')}: {words}")
    if not told:
        print_text(NO_GPU)


def _measured() -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield numbers of networks, each with the fastest device and why it is."""
    import torch

    from elman_core.experiments import BUILT_IN, begin
    from elman_core.training.device_speed import compare_devices
    from elman_core.training.engines.kernel_cache import prepare_for

    torch.set_num_threads(1)
    prepare_for(Precision.SINGLE, say)
    sine = BUILT_IN["sine"]
    for networks in _NETWORKS:
        training = sine.training.replace(networks=networks)
        compared = complete(compare_devices(begin("sine", sine.table(), sine.data, sine.network, training)))
        if compared is not None:
            yield networks, (compared.fastest.name, compared.sentence)
