"""A network made of weights that were kept."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import NetworkConfig
from elman_core.errors import ModelFileError
from elman_core.experiment import Weights
from elman_core.model.network import ElmanNetwork

__all__ = ["network_from_weights"]


def network_from_weights(config: NetworkConfig, weights: Weights, device: torch.device | str = "cpu") -> ElmanNetwork:
    """Make a network of saved weights.

    Raises
    ------
    ModelFileError
        When their shapes do not fit the config.
    """
    for name, array, shape in (
        ("w1", weights.w1, (config.input_rows, config.hidden)),
        ("w2", weights.w2, (config.output_rows, config.outputs)),
    ):
        if array.shape[1:] != shape:
            raise ModelFileError(f"{name} has shape {array.shape[1:]}, the network needs {shape}")
    w1, w2 = (_tensor(array, device) for array in (weights.w1, weights.w2))
    return ElmanNetwork(config, w1, w2)


def _tensor(array: NDArray[np.floating], device: torch.device | str) -> Tensor:
    return torch.from_numpy(array.copy()).to(device)
