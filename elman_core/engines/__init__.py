"""How the weights are moved."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from elman_core.config import TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.engines.base import Engine
from elman_core.engines.tensors import TensorsEngine
from elman_core.errors import ConfigError
from elman_core.network import ElmanNetwork

__all__ = ["make_engine"]

_ENGINES = {"tensors": TensorsEngine}


def make_engine(
    name: str,
    network: ElmanNetwork,
    dataset: SequenceDataset,
    config: TrainingConfig,
    *,
    epoch: int = 0,
    context: NDArray[np.floating] | None = None,
    optimizer: Mapping[str, NDArray[np.floating]] | None = None,
) -> Engine:
    """Return the engine of that name; "auto" is the fastest one for the network's device.

    Raises
    ------
    ConfigError
        When there is no such engine, or it cannot do what the config asks for.
    """
    name = "tensors" if name == "auto" else name
    if name not in _ENGINES:
        raise ConfigError(f"there is no engine {name!r} here; choose one of auto, {', '.join(_ENGINES)}")
    return _ENGINES[name](network, dataset, config, epoch=epoch, context=context, optimizer=optimizer)
