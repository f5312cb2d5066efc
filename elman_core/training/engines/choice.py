"""How the weights are moved."""

from __future__ import annotations

import logging

import torch

from elman_core.config import SEQUENCE, TrainingConfig
from elman_core.errors import ConfigError
from elman_core.model.network import ElmanNetwork
from elman_core.training.engines.base import Engine, EngineState
from elman_core.training.engines.schedule import RateSchedule
from elman_core.training.engines.sequences import Sequences

__all__ = ["ENGINES", "choose_engine", "make_engine"]

ENGINES = ("auto", "compiled", "tensors")

_log = logging.getLogger(__name__)


def choose_engine(name: str, device: torch.device) -> str:
    """Return the engine of that name; "auto" is the fastest one for the device.

    Raises
    ------
    ConfigError
        When there is no such engine, or not on this device.
    """
    if name not in ENGINES:
        raise ConfigError(f"there is no engine {name!r} here; choose one of {', '.join(ENGINES)}")
    if name == "compiled" and device.type != "cpu":
        raise ConfigError(f"the engine compiled runs on the cpu only, got {device}; choose tensors or auto")
    if name == "auto":
        return "compiled" if device.type == "cpu" else "tensors"
    return name


def make_engine(
    name: str,
    network: ElmanNetwork,
    sequences: Sequences,
    config: TrainingConfig,
    *,
    state: EngineState | None = None,
    schedule: RateSchedule | None = None,
    threads: int | None = None,
) -> Engine:
    """Return the engine of that name, "compiled" or "tensors", for whole sequences or for steps.

    The compiled one shares its networks out over so many threads; by default over as many as there are processors.
    """
    if name == "tensors":
        from elman_core.training.engines.tensors import TensorsEngine

        return TensorsEngine(network, sequences, config, state=state, schedule=schedule)
    # Imports Numba, and loads or compiles its kernels.
    if config.update_every == SEQUENCE:
        from elman_core.training.engines.compiled_batches import CompiledBatchEngine

        return CompiledBatchEngine(network, sequences, config, state=state, schedule=schedule, threads=threads)
    from elman_core.training.engines.compiled import CompiledEngine

    return CompiledEngine(network, sequences, config, state=state, schedule=schedule, threads=threads)
