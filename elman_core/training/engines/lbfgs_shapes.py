"""What L-BFGS remembers, by name and shape. Model files need this without torch."""

from __future__ import annotations

__all__ = ["MAXIMUM_PAIRS", "lbfgs_shapes"]

MAXIMUM_PAIRS = 100
"""Pairs of a step and the change of the gradient over it that are kept, as is usual in torch."""


def lbfgs_shapes(networks: int, pairs: int, weights: int) -> dict[str, tuple[int, ...]]:
    """Return name and shape of each array, by torch.optim's names.

    For N networks of W weights, and K pairs in the longest memory, shorter ones being filled up with zeros: iterations
    "lbfgs.step" (N,), the last direction and its length "d" (N, W) and "t" (N,), the gradient before it
    "prev_flat_grad" (N, W), the scale "H_diag" (N,), and of the pairs the changes of the gradient "old_dirs" (N, K, W),
    the steps "old_stps" (N, K, W) and one over their products "ro" (N, K), which is above 0.
    """
    flat, kept = (networks, weights), (networks, pairs, weights)
    return {
        "lbfgs.step": (networks,),
        "lbfgs.d": flat,
        "lbfgs.t": (networks,),
        "lbfgs.H_diag": (networks,),
        "lbfgs.prev_flat_grad": flat,
        "lbfgs.old_dirs": kept,
        "lbfgs.old_stps": kept,
        "lbfgs.ro": kept[:2],
    }
