"""RateSchedule: the learning rate of each network in each epoch, and of each update while it warms up."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from elman_core.config import Schedule, TrainingConfig

__all__ = ["RateSchedule"]

_WORTHWHILE = 1e-4
"""Share that the loss has to fall by to count as an improvement, as in torch's ReduceLROnPlateau."""

Rates = NDArray[np.float64]


class RateSchedule:
    """The rates of StepLR, CosineAnnealingLR and ReduceLROnPlateau in torch.optim.lr_scheduler, of N networks.

    A schedule is a function of a network's own losses so far alone, so that a saved run continues with the rate that
    it would have had, and a member of an ensemble has the rate that it would have alone.

    With a share w of all U updates to warm up in, update u (from 0) has the rate::

        rate * (u + 1) / W               for u < W = max(1, round(w * U))
        rate * schedule                  after that; a cosine then falls over the U - W updates that are left
    """

    def __init__(self, config: TrainingConfig) -> None:
        self._epoch = 0
        self.change_rates(config)
        self._factors = np.ones(config.networks)
        self._best = np.full(config.networks, np.inf)
        self._without_improvement = np.zeros(config.networks, np.int64)

    def change_rates(self, config: TrainingConfig) -> None:
        """Begin with the learning rates of these settings, whose schedule is the same; what it made of them stays."""
        self._config = config
        self._base = np.array(config.learning_rates or (config.learning_rate,) * config.networks, np.float64)

    @property
    def is_constant(self) -> bool:
        """Whether every epoch has the same rates."""
        return self._config.schedule is Schedule.CONSTANT and not self.warms_up

    @property
    def warms_up(self) -> bool:
        """Whether the rates change from update to update."""
        return self._config.warm_up_share > 0

    @property
    def rate(self) -> float:
        """The rate of the first network in the epoch that is to come."""
        return float(self.rates[0])

    @property
    def rates(self) -> Rates:
        """(N,), the rates of the epoch that is to come."""
        config = self._config
        match config.schedule:
            case Schedule.STEP:
                factor = config.schedule_factor ** (self._epoch // config.schedule_epochs)
            case Schedule.COSINE:
                factor = 0.5 * (1 + math.cos(math.pi * min(self._epoch, config.epochs) / config.epochs))
            case _:
                return self._base * self._factors
        return self._base * factor

    def rates_of_update(self, update: int, updates_in_epoch: int) -> Rates:
        """(N,), the rates of one update of the epoch that is under way, counted from 0."""
        if not self.warms_up:
            return self.rates
        total = self._config.epochs * updates_in_epoch
        done = self._epoch * updates_in_epoch + update
        warm_up = max(1, round(self._config.warm_up_share * total))
        if done < warm_up:
            return self._base * ((done + 1) / warm_up)
        if self._config.schedule is Schedule.COSINE:
            share = min(1.0, (done - warm_up) / max(1, total - warm_up))
            return self._base * (0.5 * (1 + math.cos(math.pi * share)))
        return self.rates

    def observe(self, losses: NDArray[np.float64]) -> None:
        """Take in the losses of epochs that ended, (E, N): validation losses where there are any."""
        self._epoch += len(losses)
        if self._config.schedule is not Schedule.PLATEAU:
            return
        for loss in losses:
            better = loss < self._best * (1 - _WORTHWHILE)
            self._best = np.where(better, loss, self._best)
            self._without_improvement = np.where(better, 0, self._without_improvement + 1)
            tired = self._without_improvement > self._config.schedule_epochs
            self._factors = np.where(tired, self._factors * self._config.schedule_factor, self._factors)
            self._without_improvement[tired] = 0
