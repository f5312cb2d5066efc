"""The loss over two directions in the space of weights, with the path that training took."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from elman_core.analysis.chosen_steps import StepBlock
from elman_core.analysis.types import Landscape
from elman_core.config import Loss, NetworkConfig
from elman_core.model.network import ElmanNetwork
from elman_core.support.jobs import Job
from elman_core.training.checkpoints import Checkpoint
from elman_core.training.engines.gradients import losses

__all__ = ["LANDSCAPE_STEPS", "landscape"]

LANDSCAPE_STEPS = 200
"""Time steps that the loss is taken over, the first of the training part."""
_GRID = 25
_ROOM = 0.35
_BYTES_AT_ONCE = 32 * 2**20
_WORK_AT_MOST = 4e9
"""Multiplications for one surface; a large network gets a coarser one."""

Array = NDArray[np.float64]


def landscape(
    config: NetworkConfig,
    points: tuple[Checkpoint, ...],
    blocks: list[StepBlock],
    loss: Loss,
) -> Job[Landscape | None]:
    """Return the loss over the plane of the path's first two principal components (Li et al. 2018), through its end.

    None while the path is too short to have two directions. The surface passes through the last point exactly; other
    points lie near it.
    """
    yield 0.0
    if len(points) < 3:
        return None
    path = np.stack([np.concatenate([point.w1.ravel(), point.w2.ravel()]) for point in points]).astype(np.float64)
    if not np.isfinite(path).all():
        return None
    origin = path[-1]
    # The covariance of K points has at most K directions, found in K x K instead of in the space of all weights.
    centred = path - path.mean(axis=0)
    values, vectors = np.linalg.eigh(centred @ centred.T)
    if values[-2] <= 1e-12 * max(values[-1], 1e-300):
        return None
    directions = (vectors[:, [-1, -2]].T @ centred) / np.sqrt(values[[-1, -2]])[:, None]  # (2, D), orthonormal
    projected = (path - origin) @ directions.T  # (K, 2)
    run = sum(block.inputs.shape[0] * block.inputs.shape[1] for block in blocks)
    side = int(np.clip(np.sqrt(_WORK_AT_MOST / (path.shape[1] * run)), 7, _GRID))
    first, second = (_axis(projected[:, axis], side) for axis in (0, 1))
    at = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    weights_at_once = max(1, _BYTES_AT_ONCE // (4 * path.shape[1]))
    found = np.empty(len(at))
    for start in range(0, len(at), weights_at_once):
        yield start / len(at)
        some = (origin + at[start : start + weights_at_once] @ directions).astype(np.float32)
        found[start : start + len(some)] = _mean_losses(config, some, blocks, loss)
    found = np.where(np.isfinite(found), found, np.inf)
    epochs = np.array([point.epoch for point in points], np.int64)
    explained = values[[-1, -2]] / values.sum()
    return Landscape(first, second, found.reshape(side, side), projected, epochs, explained, _steps(blocks))


def _axis(along: Array, side: int) -> Array:
    room = _ROOM * (along.max() - along.min())
    return np.linspace(along.min() - room, along.max() + room, side)


def _steps(blocks: list[StepBlock]) -> int:
    """Count the time steps that have something to be predicted."""
    return sum(int(np.isfinite(block.targets).any(axis=2).sum()) for block in blocks)


@torch.no_grad()
def _mean_losses(config: NetworkConfig, weights: NDArray[np.float32], blocks: list[StepBlock], loss: Loss) -> Array:
    """Evaluate weights (N, D) as one ensemble of N networks; return their mean losses (N,)."""
    split = config.input_rows * config.hidden
    w1 = torch.from_numpy(weights[:, :split].reshape(-1, config.input_rows, config.hidden))
    w2 = torch.from_numpy(weights[:, split:].reshape(-1, config.output_rows, config.outputs))
    network = ElmanNetwork(config, w1, w2)
    total = np.zeros(len(weights))
    for block in blocks:
        x, target = (torch.from_numpy(np.asarray(part, np.float32))[:, None] for part in (block.inputs, block.targets))
        _, y = network.forward(x)
        # What is not there to be predicted costs nothing: it is taken to be predicted as it is.
        there = torch.where(target.isnan(), y, target)
        each = losses(y, there, config.output, loss)  # (T, N, B)
        step_counts = (~target.isnan()).any(dim=-1)
        total += torch.where(step_counts, each, 0.0).double().sum(dim=(0, 2)).numpy()
    return total / _steps(blocks)
