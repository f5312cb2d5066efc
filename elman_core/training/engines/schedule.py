"""RateSchedule: the learning rate of each epoch."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from elman_core.config import Schedule, TrainingConfig

__all__ = ["RateSchedule"]

_WORTHWHILE = 1e-4
"""Share that the loss has to fall by to count as an improvement, as in torch's ReduceLROnPlateau."""


class RateSchedule:
    """The rates of StepLR, CosineAnnealingLR and ReduceLROnPlateau in torch.optim.lr_scheduler.

    A schedule is a function of the losses so far alone, so that a run that was saved goes on with the
    rate that it would have had.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self._config = config
        self._epoch = 0
        self._factor = 1.0
        self._best = math.inf
        self._without_improvement = 0

    @property
    def is_constant(self) -> bool:
        """Whether every epoch has the same rate."""
        return self._config.schedule is Schedule.CONSTANT

    @property
    def rate(self) -> float:
        """The rate of the epoch that is to come."""
        config = self._config
        match config.schedule:
            case Schedule.CONSTANT:
                factor = 1.0
            case Schedule.STEP:
                factor = config.schedule_factor ** (self._epoch // config.schedule_epochs)
            case Schedule.COSINE:
                factor = 0.5 * (1 + math.cos(math.pi * min(self._epoch, config.epochs) / config.epochs))
            case Schedule.PLATEAU:
                factor = self._factor
        return config.learning_rate * factor

    def observe(self, losses: NDArray[np.float64]) -> None:
        """Take in the losses of epochs that ended, (E, N): validation losses where there are any."""
        self._epoch += len(losses)
        if self._config.schedule is not Schedule.PLATEAU:
            return
        for loss in losses.mean(axis=1):
            if loss < self._best * (1 - _WORTHWHILE):
                self._best, self._without_improvement = float(loss), 0
            else:
                self._without_improvement += 1
            if self._without_improvement > self._config.schedule_epochs:
                self._factor *= self._config.schedule_factor
                self._without_improvement = 0
