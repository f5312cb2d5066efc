"""L-BFGS, which is left to torch: imported when it is asked for only, as that takes a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elman_core.config import TrainingConfig
from elman_core.training.engines.lbfgs_shapes import MAXIMUM_PAIRS, lbfgs_shapes

__all__ = ["lbfgs_state", "make_lbfgs"]

Array = NDArray[np.floating]


def make_lbfgs(
    config: TrainingConfig, weights: list[Tensor], memory: Mapping[str, Array], member: int
) -> torch.optim.Optimizer:
    """Return an optimiser of one iteration a step, with a strong Wolfe line search, over one network's weights.

    Parameters
    ----------
    weights
        w1 and w2 of this network.
    memory
        What `lbfgs_state` returned for the whole ensemble; nothing if it begins afresh.
    member
        Which network of the ensemble it is.
    """
    rate = (config.learning_rates or (config.learning_rate,))[0]
    optimizer = torch.optim.LBFGS(
        weights, lr=rate, max_iter=1, max_eval=25, history_size=MAXIMUM_PAIRS, line_search_fn="strong_wolfe"
    )
    if "lbfgs.step" in memory and memory["lbfgs.step"][member]:
        _restore(optimizer.state[weights[0]], memory, member, weights[0])
    return optimizer


def _restore(state: dict[str, Any], memory: Mapping[str, Array], member: int, like: Tensor) -> None:
    def tensor(name: str) -> Tensor:
        return torch.from_numpy(np.array(memory[f"lbfgs.{name}"][member])).to(like.device, like.dtype)

    state["n_iter"] = state["func_evals"] = int(memory["lbfgs.step"][member])
    for name in ("d", "t", "H_diag", "prev_flat_grad"):
        state[name] = tensor(name)
    pairs = int(np.count_nonzero(memory["lbfgs.ro"][member]))
    for name in ("old_dirs", "old_stps", "ro"):
        # Each in memory of its own, as torch has them: sums over parts of a larger tensor may be rounded otherwise.
        state[name] = [each.clone() for each in tensor(name)[:pairs]]


def lbfgs_state(optimizers: Sequence[torch.optim.Optimizer]) -> dict[str, Array]:
    """Return the memory of all N networks as `lbfgs_shapes` says; nothing before the first iteration."""
    states = [optimizer.state[optimizer.param_groups[0]["params"][0]] for optimizer in optimizers]
    if not any(state.get("n_iter") for state in states):
        return {}
    weights = optimizers[0].param_groups[0]["params"]
    shapes = lbfgs_shapes(
        len(states), max(len(state.get("ro", ())) for state in states), sum(map(torch.numel, weights))
    )
    dtype = torch.empty(0, dtype=weights[0].dtype).numpy().dtype
    arrays: dict[str, Array] = {
        name: np.zeros(shape, np.float32 if name == "lbfgs.step" else dtype) for name, shape in shapes.items()
    }
    for member, state in enumerate(states):
        if not state.get("n_iter"):
            continue
        arrays["lbfgs.step"][member] = state["n_iter"]
        for name in ("d", "t", "H_diag", "prev_flat_grad"):
            arrays[f"lbfgs.{name}"][member] = torch.as_tensor(state[name]).cpu().numpy()
        for name in ("old_dirs", "old_stps", "ro"):
            for place, each in enumerate(state[name]):
                arrays[f"lbfgs.{name}"][member, place] = each.cpu().numpy()
    return arrays
