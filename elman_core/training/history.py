"""The loss curves of a run, and the weights kept along it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.training.checkpoints import CheckpointPath
from elman_core.training.events import TrainingUpdate
from elman_core.training.rates import RateSince, rates_with

__all__ = ["Branch", "History"]

_MOST_EXPECTED = 100_000_000
"""Losses that room is made for before they come."""


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


@dataclass(frozen=True)
class _Best:
    """The best of the first `judged` epochs, of some networks."""

    epochs: NDArray[np.int64]
    judged: int


class History:
    """Total losses of every finished epoch, for each of N networks, and the weights of one of them along the run.

    A network that has ended has NaN from then on. Grows by doubling, so adding is cheap and reading copies nothing.

    Attributes
    ----------
    rates
        The learning rate of the run, and each that took its place on the way; empty where it is not known.
    """

    def __init__(
        self,
        train: NDArray[np.float64] | None = None,
        validation: NDArray[np.float64] | None = None,
        networks: int = 1,
        path: CheckpointPath | None = None,
        branches: tuple[Branch, ...] = (),
        rates: tuple[RateSince, ...] = (),
    ) -> None:
        self.path = CheckpointPath() if path is None else path
        self.branches, self.rates = branches, rates
        train = np.empty((0, networks)) if train is None else train
        self._epochs = len(train)
        self._bests: dict[int | None, _Best] = {}  # of a network, or of all
        self._expected = 0
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
        return self.best_epoch_of(0)

    @property
    def best_epochs(self) -> NDArray[np.int64]:
        """(N,) index of each network's best epoch; empty before the first epoch has ended."""
        return np.empty(0, np.int64) if self._epochs == 0 else self._best_epochs_of(None).copy()

    def best_epoch_of(self, member: int) -> int | None:
        """Return the index of a network's best epoch; None for one that has not ended an epoch."""
        curve = self.train if self.validation is None else self.validation
        if self._epochs == 0 or member >= curve.shape[1]:
            return None
        best = int(self._best_epochs_of(member)[0])
        return None if np.isnan(curve[best, member]) else best

    def _best_epochs_of(self, member: int | None) -> NDArray[np.int64]:
        """Return where the smallest losses are of one network, (1,), or of all, (N,); NaN is none.

        Only what is new is looked through.
        """
        curve = self.train if self.validation is None else self.validation
        if member is not None:
            curve = curve[:, member : member + 1]
        best = self._bests.get(member)
        judged = 0 if best is None else best.judged
        if best is None or judged < self._epochs:
            new = curve[judged:]
            epochs, place = judged + np.argmin(np.where(np.isnan(new), np.inf, new), axis=0), np.arange(curve.shape[1])
            if best is not None:
                # Also better than NaN, which is no loss at all.
                better = ~(curve[epochs, place] >= curve[best.epochs, place]) & ~np.isnan(curve[epochs, place])
                epochs = np.where(better, epochs, best.epochs)
            best = self._bests[member] = _Best(epochs, self._epochs)
        return best.epochs

    def snapshot(self) -> History:
        """Return the history as it is now, which does not change with this one; nothing that is large is copied."""
        taken = copy(self)
        # These end with the last epoch: whoever adds to one moves to an array of its own.
        taken._train = _read_only(self.train)
        taken._validation = None if self.validation is None else _read_only(self.validation)
        taken._bests = dict(self._bests)
        taken.path = CheckpointPath(self.path.points, self.path.member)
        return taken

    def own_epochs(self, member: int, epochs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return in how many of the first so many epochs a network learned: it may have ended, or been taken up."""
        learned = ~np.isnan(self.train[:, member]) if self._epochs else np.empty(0, np.bool_)
        counts: NDArray[np.int64] = np.concatenate([[0], np.cumsum(learned)])[epochs]
        return counts

    def of_member(self, member: int, path: CheckpointPath | None = None) -> History:
        """Return the history of one network alone, with the epochs that it learned in.

        `path` has its weights along the run, where this history has those of another one.
        """
        if self._epochs == 0:
            return History()
        if path is None and self.path.member == member:
            path = self.path
        learned, points = ~np.isnan(self.train[:, member]), () if path is None else path.points
        own = self.own_epochs(member, np.array([point.epoch for point in points], np.int64))
        return History(
            self.train[learned, member : member + 1],
            None if self.validation is None else self.validation[learned, member : member + 1],
            path=CheckpointPath(replace(point, epoch=int(epoch)) for point, epoch in zip(points, own, strict=True)),
            rates=self._rates_of(learned, member),
        )

    def _rates_of(self, learned: NDArray[np.bool_], member: int) -> tuple[RateSince, ...]:
        """Return the rates of one network, in epochs of its own; where it did not learn, one begins with its next."""
        rates: tuple[RateSince, ...] = ()
        own = self.own_epochs(member, np.array([since.epoch for since in self.rates], np.int64))
        for since, epoch in zip(self.rates, own.tolist(), strict=True):
            learns = since.epoch >= self._epochs or learned[since.epoch]
            rates = rates_with(rates, RateSince(epoch, since.time_step if learns else 0, since.rate))
        return rates

    def first(self, epochs: int) -> History:
        """Return a copy of the first epochs only."""
        validation = self.validation
        path = CheckpointPath((point for point in self.path.points if point.epoch <= epochs), self.path.member)
        validation = None if validation is None else validation[:epochs]
        rates = self.rates if epochs >= self._epochs else self._rates_before(epochs)
        return History(self.train[:epochs], validation, path=path, branches=self.branches, rates=rates)

    def _rates_before(self, epoch: int) -> tuple[RateSince, ...]:
        return tuple(since for since in self.rates if since.epoch < epoch)

    def branch(self, epoch: int) -> History:
        """Return the history that goes on from an earlier epoch, with what came after it as one of its branches."""
        history = self.first(epoch)
        history.rates = self._rates_before(epoch)
        if self._epochs > epoch:
            validation = None if self.validation is None else self.validation[epoch:].copy()
            history.branches = (*self.branches, Branch(epoch, self.train[epoch:].copy(), validation))
        return history

    def expect(self, epochs: int) -> None:
        """Have room for so many epochs at once when one is added, so that none has to be copied on the way.

        The system gives the memory only as it is written to.
        """
        self._expected = epochs

    def extend(self, updates: Iterable[TrainingUpdate]) -> None:
        """Add the epochs that ended in these updates.

        Losses of validation are those of all epochs, or none: a run that went on with other data may have had a
        validation part before, or only now.
        """
        for update in updates:
            if update.checkpoints and not len(self.path):
                self.path.member = update.checkpoint_member
            for point in update.checkpoints:
                self.path.add(point)
            for since in update.rates:
                self.rates = rates_with(self.rates, since)
            added = len(update.train_losses)
            if added == 0:
                continue
            if self._epochs == 0:  # only now is it known how many networks there are
                self._train = np.empty((0, update.train_losses.shape[1]))
            end = self._epochs + added
            self._train = _room_for(self._train, end, self._expected)
            self._train[self._epochs : end] = update.train_losses
            if update.validation_losses is None and self._validation is not None:
                self._validation, self._bests = None, {}
            elif update.validation_losses is not None and self._epochs == 0:
                self._validation = np.empty_like(self._train)
            if self._validation is not None:
                self._validation = _room_for(self._validation, end, self._expected)
                self._validation[self._epochs : end] = update.validation_losses
            self._epochs = end


def _read_only(array: NDArray[np.float64]) -> NDArray[np.float64]:
    view = array.view()
    view.flags.writeable = False
    return view


def _room_for(array: NDArray[np.float64], rows: int, expected: int) -> NDArray[np.float64]:
    """Return the array, or a larger one with the same beginning: as large as is expected, if that is not too much."""
    if rows <= len(array):
        return array
    most = _MOST_EXPECTED // max(array.shape[1], 1)
    larger = np.empty((max(rows, 2 * len(array), 256, min(expected, most)), array.shape[1]))
    larger[: len(array)] = array
    return larger
