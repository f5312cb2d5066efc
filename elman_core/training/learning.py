"""Learning: whether a run has learned anything, held against a prediction that is always the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.config import Loss, Output
from elman_core.support.text_format import counted
from elman_core.training.engines.sequences import Steps

__all__ = ["constant_loss", "smallest", "unlearned_sentence"]

_WORTHWHILE = 0.01
"""Share by which a loss has to be below that of a constant, so that something was learned."""
_SMALLEST = 1e-30

Array = NDArray[np.float64]


def constant_loss(steps: Steps, output: Output, loss: Loss) -> float:
    """Return the loss over all steps of the best prediction that is the same at each of them.

    With weights c_t of the steps it is, for the squared error and cross-entropy, the mean target: sum_t c_t y_t /
    sum_t c_t, for the absolute error the weighted median.
    """
    vectors, rows = steps.targets.vectors, steps.targets.rows
    each = np.repeat(steps.weights, rows.shape[1])
    counts = np.asarray(np.bincount(rows.reshape(-1), weights=each, minlength=len(vectors)), np.float64)
    targets, counts = vectors[counts > 0], counts[counts > 0]  # (K, O), (K,)
    if not len(counts):
        return 0.0
    if loss is Loss.ABSOLUTE_ERROR:
        return sum(_absolute(column, counts) for column in targets.T)
    mean = counts @ targets / counts.sum()
    if loss is Loss.SQUARED_ERROR:
        return float(counts @ (0.5 * (targets - mean) ** 2).sum(axis=1))
    entropy = -targets * np.log(np.maximum(mean, _SMALLEST))
    if output is Output.LOGISTIC:
        entropy -= (1 - targets) * np.log(np.maximum(1 - mean, _SMALLEST))
    return float(counts @ entropy.sum(axis=1))


def unlearned_sentence(least_losses: Array, constant: float, epochs: int, loss: Loss) -> str:
    """Say which of N networks have learned no more than a constant; nothing where all have, or none has trained.

    Parameters
    ----------
    least_losses : (N,)
        The smallest training loss of any epoch; NaN or infinite for a network that has not ended one.
    constant
        What `constant_loss` returns.
    """
    known = np.isfinite(least_losses)
    unlearned = known & (least_losses >= (1 - _WORTHWHILE) * constant)
    if not unlearned.any():
        return ""
    always = "median" if loss is Loss.ABSOLUTE_ERROR else "mean"
    among = f"{int(unlearned.sum()):,} of {len(least_losses):,} networks have" if len(least_losses) > 1 else "It has"
    least = float(least_losses[unlearned].min())
    return (
        f"{among} learned nothing in {counted(epochs, 'epoch')}: the training loss came to {least:.4g}, and always "
        f"predicting the {always} has {constant:.4g}. Try another learning rate, smaller initial weights (fan-in) or "
        "another seed; it may also be that the series cannot be predicted."
    )


def smallest(losses: Array, networks: int) -> Array:
    """Return the smallest loss (N,) of some epochs (E, N); infinite where there is none."""
    if not len(losses):
        return np.full(networks, np.inf)
    return np.asarray(np.fmin.reduce(losses, axis=0, initial=np.inf), np.float64)


def _absolute(targets: Array, counts: Array) -> float:
    order = np.argsort(targets)
    reached = np.cumsum(counts[order])
    median = targets[order[np.searchsorted(reached, reached[-1] / 2)]]
    return float(counts @ np.abs(targets - median))
