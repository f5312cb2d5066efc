"""Experiment, and Run: an experiment with what its training has brought about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from elman_core.config import NetworkConfig, TrainingConfig
from elman_core.data.dataset import SequenceDataset
from elman_core.training.checkpoints import CheckpointPath
from elman_core.training.engines.base import Position
from elman_core.training.history import History
from elman_core.training.stopping import Ends, MemberEnd, StoppingState

__all__ = ["Experiment", "Run", "Weights"]


@dataclass(frozen=True)
class Weights:
    """All that training has brought about, as plain arrays.

    Attributes
    ----------
    w1 : (N, I + H [+ 1], H)
        Rows in the order input, context, bias.
    w2 : (N, H [+ 1], O)
        Rows in the order hidden, bias.
    context : (N, H)
        State of the context units after the last time step of training.
    optimizer
        State of the optimiser by name, such as "w1.exp_avg"; empty before training.
    stopping
        Why each network ended, if it did, and its best weights; None before training.
    position
        Where the run stands within an epoch; None at the beginning of one.
    """

    w1: NDArray[np.floating]
    w2: NDArray[np.floating]
    context: NDArray[np.floating]
    optimizer: dict[str, NDArray[np.floating]] = field(default_factory=dict)
    stopping: StoppingState | None = None
    position: Position | None = None

    def at_epoch_start(self) -> Weights:
        """Return those that the epoch under way began with; the optimiser's memory stays as it is."""
        if self.position is None:
            return self
        learns = np.ones(len(self.w1), np.bool_) if self.stopping is None else self.stopping.learns
        chosen = learns[:, None, None]  # one that has ended is not under way
        w1, w2 = np.where(chosen, self.position.w1_start, self.w1), np.where(chosen, self.position.w2_start, self.w2)
        return replace(self, w1=w1, w2=w2, position=None)

    def with_matrix(self, name: str, matrix: NDArray[np.floating], member: int) -> Weights:
        """Return these with another w1 or w2, (N, ., .), changed in one network: it learns on from what it now has."""
        changed = replace(self, w1=matrix) if name == "w1" else replace(self, w2=matrix)
        if self.stopping is None or not self.stopping.at_best[member]:
            return changed
        stopping = self.stopping.copy()
        stopping.last_w1[member], stopping.last_w2[member] = changed.w1[member], changed.w2[member]
        return replace(changed, stopping=stopping)

    @property
    def ends(self) -> Ends | None:
        """Which networks have ended, and with which weights; None where no account was kept."""
        return None if self.stopping is None else self.stopping.summary()

    def at_best(self, epochs: int) -> Weights:
        """Return those of the best epoch of each network that has validated, as if the run had ended after so many.

        A run that goes on does so from the weights as they are now, or where an epoch is under way, as it began.
        """
        if self.stopping is None:
            return self
        now, stopping = self.at_epoch_start(), self.stopping.copy()
        chosen = stopping.complete(epochs, now.w1, now.w2)[:, None, None]
        w1, w2 = np.where(chosen, stopping.best_w1, now.w1), np.where(chosen, stopping.best_w2, now.w2)
        return replace(now, w1=w1, w2=w2, stopping=stopping)

    def for_other_data(self, epochs: int) -> Weights:
        """Return those that a run came to after so many epochs, without what validation on its own data said of them.

        A run that goes on with other data has to find its best epoch there.
        """
        if self.stopping is None:
            return self
        at_best = self.stopping.at_best[:, None, None]
        w1, w2 = np.where(at_best, self.stopping.last_w1, self.w1), np.where(at_best, self.stopping.last_w2, self.w2)
        return replace(self, w1=w1, w2=w2, stopping=StoppingState.fresh(w1, w2, epochs), position=None)

    def of_member(self, member: int) -> Weights:
        """Return those of one network alone."""
        one = slice(member, member + 1)
        stopping = None if self.stopping is None else self.stopping.of_member(member)
        learns = stopping is None or bool(stopping.learns.all())
        return Weights(
            self.w1[one].copy(),
            self.w2[one].copy(),
            self.context[one].copy(),
            {name: array[one].copy() if array.ndim else array for name, array in self.optimizer.items()},
            stopping,
            self.position.of_member(member) if self.position is not None and learns else None,
        )


@dataclass(frozen=True)
class Experiment:
    """Data, a network and how it learns: all that is decided before training. It never changes.

    Attributes
    ----------
    name
        "sine", "sunspots", ... or the stem of a file's name.
    """

    name: str
    dataset: SequenceDataset
    network: NetworkConfig
    training: TrainingConfig


@dataclass(frozen=True)
class Run(Experiment):
    """An experiment, and what its training has brought about so far. It is what a model file holds.

    A run is a value: a trainer begins from it and leaves it as it is.

    Attributes
    ----------
    weights
        With the optimiser's memory, why networks ended, and the position within an epoch; None before training.
    history
        The losses of each epoch so far, and checkpoints.
    """

    weights: Weights | None = None
    history: History = field(default_factory=History)

    @property
    def ends(self) -> Ends | None:
        """Which networks have ended, and with which weights; None before training."""
        return None if self.weights is None else self.weights.ends

    def untrained(self) -> Run:
        """Return the same experiment before training."""
        return replace(self, weights=None, history=History())

    def of_member(self, member: int, path: CheckpointPath | None = None) -> Run:
        """Return one network of the ensemble alone, with the epochs that it learned in.

        `path` has the weights along its run, where the history has not.
        """
        if self.training.networks == 1:
            return self
        history, training = self.history.of_member(member, path), self.training.of_member(member)
        weights = None if self.weights is None else self.weights.of_member(member)
        if weights is not None and weights.stopping is not None:
            stopping = weights.stopping
            for name in ("best_epochs", "patience_from", "end_epochs"):
                setattr(stopping, name, self.history.own_epochs(member, getattr(stopping, name)))
            if stopping.ends[0] == MemberEnd.NOT_YET:
                stopping.end_epochs[:] = 0
        return replace(self, training=training, weights=weights, history=history)
