"""L-BFGS, which is left to torch: imported when it is asked for only, as that takes a second."""

from __future__ import annotations

import torch
from torch import Tensor

from elman_core.config import TrainingConfig

__all__ = ["make_lbfgs"]


def make_lbfgs(config: TrainingConfig, weights: list[Tensor]) -> torch.optim.Optimizer:
    """Return an optimiser of one iteration a step, with a strong Wolfe line search, over these weights."""
    rate = (config.learning_rates or (config.learning_rate,))[0]
    return torch.optim.LBFGS(weights, lr=rate, max_iter=1, max_eval=25, line_search_fn="strong_wolfe")
