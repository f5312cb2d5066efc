"""What enters in training in place of the data alone: noise, and the network's own outputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from elman_core.config import TrainingConfig

__all__ = ["closed_at", "noise_at"]

_NOISE = 0x6E6F697365
"""Tells these random numbers from others of the same seed and epoch."""


def noise_at(
    config: TrainingConfig, member: int, epoch: int, sequence: int, steps: int, inputs: int
) -> NDArray[np.float64]:
    """Return the noise on the inputs of a sequence in an epoch, (T, I).

    It depends on nothing but the network's seed, the epoch, the sequence and the step, so that it is the same after a
    pause, in an ensemble and with either engine.
    """
    if config.input_noise == 0:
        return np.zeros((steps, inputs))
    random = np.random.default_rng([config.seed + member, epoch, sequence, _NOISE])
    return random.normal(0.0, config.input_noise, (steps, inputs))


def closed_at(config: TrainingConfig, steps: int) -> NDArray[np.bool_]:
    """Return at which steps of a sequence the network's own last output enters, (T,): at all but every k-th.

    While it warms up, true values enter.
    """
    if config.closed_loop_steps == 1:
        return np.zeros(steps, np.bool_)
    step = np.arange(steps) - min(config.warm_up_steps, steps // 3)
    return np.asarray((step > 0) & (step % config.closed_loop_steps != 0))
