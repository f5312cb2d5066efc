"""The optimisers of torch.optim, made from a config, and their state as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import Optimizer, TrainingConfig
from elman_core.model.network import ElmanNetwork

__all__ = ["make_optimizer", "optimizer_state", "restore_optimizer_state"]


def make_optimizer(config: TrainingConfig, weights: list[Tensor]) -> torch.optim.Optimizer:
    """Return the optimiser that the config asks for, over these weights."""
    rate = config.learning_rate
    match config.optimizer:
        case Optimizer.SGD:
            return torch.optim.SGD(weights, lr=rate, momentum=config.momentum, foreach=False)
        case Optimizer.ADAM:
            return torch.optim.Adam(weights, lr=rate, foreach=False)
        case Optimizer.RPROP:
            return torch.optim.Rprop(weights, lr=rate, foreach=False)
        case Optimizer.LBFGS:
            return torch.optim.LBFGS(weights, lr=rate, max_iter=1, max_eval=25, line_search_fn="strong_wolfe")


def optimizer_state(optimizer: torch.optim.Optimizer, network: ElmanNetwork) -> dict[str, NDArray[np.floating]]:
    """Return copies of the optimiser's tensors, named by weight: "w1.exp_avg".

    The memory of L-BFGS is left out: it is rebuilt within a few iterations.
    """
    if isinstance(optimizer, torch.optim.LBFGS):
        return {}
    return {
        f"{name}.{key}": value.detach().cpu().numpy().copy()
        for name, weights in (("w1", network.w1), ("w2", network.w2))
        for key, value in optimizer.state.get(weights, {}).items()
        if isinstance(value, Tensor)
    }


def restore_optimizer_state(
    optimizer: torch.optim.Optimizer, network: ElmanNetwork, state: Mapping[str, NDArray[np.floating]]
) -> None:
    """Put back what `optimizer_state` returned."""
    for name, weights in (("w1", network.w1), ("w2", network.w2)):
        for key, value in state.items():
            if key.startswith(f"{name}."):
                tensor = torch.from_numpy(np.array(value))
                # torch.optim counts its steps on the CPU, everything else lives beside the weights.
                optimizer.state[weights][key.removeprefix(f"{name}.")] = (
                    tensor if not tensor.dim() else tensor.to(weights)
                )
