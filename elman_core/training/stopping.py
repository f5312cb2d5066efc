"""Why and where each network of an ensemble ends, and its best weights so far."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ends", "MemberEnd", "StoppingState"]


class MemberEnd(IntEnum):
    """Why a network learns no more."""

    NOT_YET = 0
    EARLY = 1
    """Its validation loss has not improved for as many epochs as the patience."""
    DIVERGED = 2
    """Its loss or a weight was no longer a finite number."""
    COMPLETED = 3
    """The run came to its last epoch, which was not this network's best one."""

    @property
    def words(self) -> str:
        """A few words for people; empty for a network that still learns, or would if the run had more epochs."""
        return ("", "stopped early", "diverged", "")[self]


_NOT_YET = int(MemberEnd.NOT_YET)
"""A plain number, since an engine asks for it several times a slice, and comparing with an enum costs microseconds."""


@dataclass(frozen=True, eq=False)
class Ends:
    """Why and where each of N networks ended, as it was at one moment.

    Attributes
    ----------
    reasons : (N,)
        A `MemberEnd` each.
    epochs : (N,)
        The epochs that had ended when a network did; 0 for one that still learns.
    kept : (N,)
        The epoch whose weights a network has that ended: the best one, where it has validated; 0 for one that learns.
    at_best : (N,)
        Whether a network has ended, and has its best weights by validation.
    """

    reasons: NDArray[np.int8]
    epochs: NDArray[np.int64]
    kept: NDArray[np.int64]
    at_best: NDArray[np.bool_]

    def weights_epoch(self, member: int, epochs: int) -> int:
        """Return the epoch whose weights a network has, of a run that has done so many."""
        return epochs if self.of(member) is MemberEnd.NOT_YET else int(self.kept[member])

    def of(self, member: int) -> MemberEnd:
        """Return why a network ended."""
        return MemberEnd(int(self.reasons[member]))

    @property
    def count(self) -> int:
        """How many networks have ended before the run did."""
        return int(np.isin(self.reasons, (MemberEnd.EARLY, MemberEnd.DIVERGED)).sum())


@dataclass(eq=False)
class StoppingState:
    """Of each of N networks; changed in place by the engine that trains them.

    A network that has ended has the best of its weights by validation, where it has validated, and keeps the last ones:
    it learns on from these.

    Attributes
    ----------
    best_losses, best_epochs : (N,)
        The smallest validation loss so far, infinite before the first epoch, and the epochs that had ended then.
    patience_from : (N,)
        The epoch since which it has not improved: the best one, or where a run was taken up again that had ended.
    ends : (N,)
        A `MemberEnd` each.
    end_epochs : (N,)
        The epochs that had ended when a network did; 0 for one that still learns.
    best_w1, best_w2 : (N, ., .)
        The weights after the best epoch.
    last_w1, last_w2 : (N, ., .)
        Of a network that has ended with its best weights, those that it came to; of others 0.
    """

    best_losses: NDArray[np.float64]
    best_epochs: NDArray[np.int64]
    patience_from: NDArray[np.int64]
    ends: NDArray[np.int8]
    end_epochs: NDArray[np.int64]
    best_w1: NDArray[np.floating]
    best_w2: NDArray[np.floating]
    last_w1: NDArray[np.floating]
    last_w2: NDArray[np.floating]

    @classmethod
    def fresh(cls, w1: NDArray[np.floating], w2: NDArray[np.floating], epoch: int = 0) -> Self:
        """Return the state of networks that begin to learn at an epoch, with these weights."""
        networks = len(w1)
        return cls(
            best_losses=np.full(networks, np.inf),
            best_epochs=np.zeros(networks, np.int64),
            patience_from=np.full(networks, epoch, np.int64),
            ends=np.zeros(networks, np.int8),
            end_epochs=np.zeros(networks, np.int64),
            best_w1=np.array(w1),
            best_w2=np.array(w2),
            last_w1=np.zeros_like(w1),
            last_w2=np.zeros_like(w2),
        )

    def copy(self) -> Self:
        """Return a copy that does not change with this one."""
        return type(self)(**{name: value.copy() for name, value in vars(self).items()})

    def of_member(self, member: int) -> Self:
        """Return the state of one network alone."""
        return type(self)(**{name: value[member : member + 1].copy() for name, value in vars(self).items()})

    def summary(self) -> Ends:
        """Return why and where each network has ended so far."""
        at_best = self.at_best
        kept = np.where(at_best, self.best_epochs, self.end_epochs)
        return Ends(self.ends.copy(), self.end_epochs.copy(), kept, at_best)

    @property
    def at_best(self) -> NDArray[np.bool_]:
        """(N,), True for each network that has ended with its best weights."""
        return np.asarray(~self.learns & (self.best_epochs > 0))

    @property
    def learns(self) -> NDArray[np.bool_]:
        """(N,), True for each network that has not ended."""
        return np.asarray(self.ends == _NOT_YET)

    @property
    def all_have_ended(self) -> bool:
        """Whether no network learns any more."""
        return _NOT_YET not in self.ends

    def has_best(self, member: int) -> bool:
        """Whether a network has validated at least once."""
        return int(self.best_epochs[member]) > 0

    def note_validation(
        self,
        losses: NDArray[np.float64],
        members: NDArray[np.bool_],
        epoch: int,
        w1: NDArray[np.floating],
        w2: NDArray[np.floating],
    ) -> None:
        """Take in the validation losses (N,) after an epoch of some networks, and keep the weights of the best."""
        better = members & (losses < self.best_losses)
        self.best_losses[better] = losses[better]
        self.best_epochs[better] = self.patience_from[better] = epoch
        self.best_w1[better], self.best_w2[better] = w1[better], w2[better]

    def out_of_patience(self, patience: int, epoch: int) -> list[int]:
        """Return the networks that learn and have not improved for so many epochs; with a patience of 0, none."""
        tired = (
            self.learns & (epoch - self.patience_from >= patience) if patience else np.zeros(len(self.ends), np.bool_)
        )
        return [int(member) for member in np.flatnonzero(tired)]

    def complete(self, epoch: int, w1: NDArray[np.floating], w2: NDArray[np.floating]) -> NDArray[np.bool_]:
        """End every network that learns and was better before this epoch, and keep these weights (N, ., .) as its last.

        Return which these are, (N,): it is for the caller to give them their best weights.
        """
        chosen = self.learns & (self.best_epochs > 0) & (self.best_epochs < epoch)
        self.last_w1[chosen], self.last_w2[chosen] = w1[chosen], w2[chosen]
        self.ends[chosen], self.end_epochs[chosen] = MemberEnd.COMPLETED, epoch
        return np.asarray(chosen)

    @property
    def to_take_up(self) -> NDArray[np.bool_]:
        """(N,), True for each network that learns on with the run: those that the run's end has ended, or else all."""
        return np.asarray(self.ends == MemberEnd.COMPLETED) | self.all_have_ended

    def take_up(self, epoch: int) -> None:
        """Let networks learn on from an epoch; of those that had ended before the run, with as much patience as at
        first."""
        chosen = self.to_take_up
        afresh = chosen & (self.ends != MemberEnd.COMPLETED)
        self.ends[chosen], self.end_epochs[chosen] = MemberEnd.NOT_YET, 0
        self.last_w1[chosen], self.last_w2[chosen] = 0.0, 0.0
        self.patience_from[afresh] = epoch
