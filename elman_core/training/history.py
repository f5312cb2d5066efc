"""The loss curves of a run, and the weights kept along it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elman_core.training.checkpoints import CheckpointPath
from elman_core.training.events import TrainingUpdate

__all__ = ["Branch", "History"]


@dataclass(frozen=True)
class Branch:
    """Losses of a run that was left for another one, which went on from an earlier epoch.

    Attributes
    ----------
    epoch
        Epochs that both have in common.
    train, validation : (E, N)
        Of the epochs after that.
    """

    epoch: int
    train: NDArray[np.float64]
    validation: NDArray[np.float64] | None


class History:
    """Total losses of every finished epoch, for each of N networks, and the path of network 0's weights.

    Grows by doubling, so adding is cheap and reading copies nothing.
    """

    def __init__(
        self,
        train: NDArray[np.float64] | None = None,
        validation: NDArray[np.float64] | None = None,
        networks: int = 1,
        path: CheckpointPath | None = None,
        branches: tuple[Branch, ...] = (),
    ) -> None:
        self.path = CheckpointPath() if path is None else path
        self.branches = branches
        train = np.empty((0, networks)) if train is None else train
        self._epochs = len(train)
        self._best, self._best_of = 0, 0
        self._train = train.copy()
        self._validation = None if validation is None else validation.copy()

    @property
    def epochs(self) -> int:
        """How many epochs have ended."""
        return self._epochs

    @property
    def train(self) -> NDArray[np.float64]:
        """(epochs, N) total training loss of each epoch."""
        return self._train[: self._epochs]

    @property
    def validation(self) -> NDArray[np.float64] | None:
        """(epochs, N) total validation loss, or None where there is no validation part."""
        return None if self._validation is None else self._validation[: self._epochs]

    @property
    def best_epoch(self) -> int | None:
        """Index of the epoch with the smallest loss of network 0: validation where there is one, else training."""
        if self._epochs == 0:
            return None
        curve = self.train if self.validation is None else self.validation
        judged = self._best_of
        if judged < self._epochs:  # only what is new is looked through
            newest = judged + int(np.argmin(curve[judged:, 0]))
            if judged == 0 or curve[newest, 0] < curve[self._best, 0]:
                self._best = newest
            self._best_of = self._epochs
        return self._best

    def first(self, epochs: int) -> History:
        """Return a copy of the first epochs only."""
        validation = self.validation
        path = CheckpointPath(point for point in self.path.points if point.epoch <= epochs)
        validation = None if validation is None else validation[:epochs]
        return History(self.train[:epochs], validation, path=path, branches=self.branches)

    def branch(self, epoch: int) -> History:
        """Return the history that goes on from an earlier epoch, with what came after it as one of its branches."""
        history = self.first(epoch)
        if self._epochs > epoch:
            validation = None if self.validation is None else self.validation[epoch:].copy()
            history.branches = (*self.branches, Branch(epoch, self.train[epoch:].copy(), validation))
        return history

    def extend(self, updates: Iterable[TrainingUpdate]) -> None:
        """Add the epochs that ended in these updates."""
        for update in updates:
            for point in update.kept:
                self.path.add(point)
            added = len(update.train_losses)
            if added == 0:
                continue
            if self._epochs == 0:  # only now is it known how many networks there are
                self._train = np.empty((0, update.train_losses.shape[1]))
            end = self._epochs + added
            self._train = _room_for(self._train, end)
            self._train[self._epochs : end] = update.train_losses
            if update.validation_losses is not None:
                if self._validation is None:
                    self._validation = np.empty_like(self._train)
                self._validation = _room_for(self._validation, end)
                self._validation[self._epochs : end] = update.validation_losses
            self._epochs = end


def _room_for(array: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Return the array, or a larger one with the same beginning."""
    if rows <= len(array):
        return array
    larger = np.empty((max(rows, 2 * len(array), 256), array.shape[1]))
    larger[: len(array)] = array
    return larger
