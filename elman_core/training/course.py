"""How one network of an ensemble learned, and how to have its course again where it was not kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from elman_core.errors import ConfigError
from elman_core.support.jobs import Job
from elman_core.training.checkpoints import CheckpointPath
from elman_core.training.events import TrainingUpdate
from elman_core.training.history import Branch, History
from elman_core.training.rates import RateSince
from elman_core.training.stopping import Ends, MemberEnd

if TYPE_CHECKING:
    from elman_core.experiment import Run
    from elman_core.training.trainer import Trainer

__all__ = ["Course", "train_again"]

_TOLERANCE = 1e-3
"""Engines differ in the order of their sums; a run with other settings differs by more."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """The losses of one network of an ensemble, and the weights that are known along its run.

    Attributes
    ----------
    history
        Of the whole ensemble.
    member
        Which network.
    kept
        Its weights along the run, where the history has those of another one.
    ends
        Which networks have ended, and with which weights; None where none has.
    """

    history: History
    member: int = 0
    kept: CheckpointPath | None = None
    ends: Ends | None = None

    @property
    def epochs(self) -> int:
        """How many epochs the ensemble has done."""
        return self.history.epochs

    @property
    def own_epochs(self) -> int:
        """How many epochs this network has learned in."""
        return int((~np.isnan(self.train)).sum())

    @property
    def is_back_at_best(self) -> bool:
        """Whether it has the weights of an epoch before its last one."""
        return self.weights_epoch < self.epochs and self.weights_epoch < self.own_epochs

    @property
    def networks(self) -> int:
        """How many networks the losses are of."""
        return int(self.history.train.shape[1])

    @property
    def train(self) -> Array:
        """(epochs,) its training losses; NaN after its end."""
        return self._of(self.history.train)

    @property
    def validation(self) -> Array | None:
        """(epochs,) its validation losses; None where there is no validation part."""
        validation = self.history.validation
        return None if validation is None else self._of(validation)

    @property
    def best_epoch(self) -> int | None:
        """Index of its best epoch."""
        return self.history.best_epoch_of(self.member)

    @property
    def end(self) -> MemberEnd:
        """Why it learns no more."""
        return MemberEnd.NOT_YET if self.ends is None else self.ends.of(self.member)

    @property
    def weights_epoch(self) -> int:
        """The epoch whose weights it has: not the last one of the run, where it has ended before."""
        return self.epochs if self.ends is None else self.ends.weights_epoch(self.member, self.epochs)

    def epoch_words(self, planned: int | None = None) -> str:
        """Say of which epoch its weights are, and how many are planned: "epoch 83 of 600 (best; training went on to
        133)"."""
        done = self.weights_epoch
        words = f"epoch {done:,}" if planned is None else f"epoch {done:,} of {planned:,}"
        if self.ends is None:
            return words
        went_on, at_best = int(self.ends.epochs[self.member]), bool(self.ends.at_best[self.member])
        if self.end is MemberEnd.DIVERGED:
            words += f" (best; it diverged after {went_on:,})" if at_best else " (the last before it diverged)"
        elif at_best and went_on > done:
            words += f" (best; training went on to {went_on:,})"
        return words

    @property
    def last_train_loss(self) -> float | None:
        """Its training loss in the last epoch that it has done."""
        return _last(self.train)

    @property
    def train_loss(self) -> float | None:
        """Its training loss in the epoch whose weights it has."""
        return _last(self.train[: self.weights_epoch])

    @property
    def validation_loss(self) -> float | None:
        """Its validation loss in the epoch whose weights it has."""
        validation = self.validation
        return None if validation is None else _last(validation[: self.weights_epoch])

    @property
    def path(self) -> CheckpointPath:
        """Its weights along the run; empty where they are not known."""
        if self.history.path.member == self.member:
            return self.history.path
        return CheckpointPath(member=self.member) if self.kept is None else self.kept

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Runs that were left for this one."""
        return self.history.branches

    def _of(self, losses: Array) -> Array:
        # Before the first epoch has ended, a history need not know how many networks there are.
        return losses[:, self.member] if self.member < losses.shape[1] else np.empty(0)


def _last(losses: Array | None) -> float | None:
    """Return the last loss that is there."""
    if losses is None or not len(losses):
        return None
    last = float(losses[-1])
    if np.isnan(last):
        known = np.flatnonzero(~np.isnan(losses))
        last = float(losses[known[-1]]) if len(known) else last
    return last


def train_again(experiment: Run, member: int, engine: str, before: Run | None = None) -> Job[Run]:
    """Train one network of an ensemble again from its seed, alone, and keep its weights along the way.

    The learning rate changes where it did in the ensemble.

    `before` is what an earlier call returned; it goes on from there.

    Raises
    ------
    ConfigError
        When it learns other than it did in the ensemble, as after a change of settings on the way.
    """
    yield 0.0
    import torch

    from elman_core.training.trainer import Trainer

    torch.set_num_threads(1)
    alone, history = experiment.training.of_member(member), experiment.history
    epochs = int(history.own_epochs(member, np.array([history.epochs]))[0])
    rates = history.of_member(member).rates
    begun = replace(experiment.untrained(), training=alone.with_learning_rate(rates[0].rate) if rates else alone)
    if before is not None and before.history.epochs <= epochs:
        begun = before
    again = begun.history.first(begun.history.epochs)
    trainer = Trainer(replace(begun, history=again), engine=engine)
    if again.epochs < epochs:
        for update in _updates_at(rates, trainer, epochs):
            again.extend([update])
            yield again.epochs / epochs
    expected = history.train[:, member]
    expected = expected[~np.isnan(expected)]
    if not (again.epochs == len(expected) and np.allclose(again.train[:, 0], expected, rtol=_TOLERANCE, atol=1e-12)):
        raise ConfigError(
            f"network {member + 1:,} did not learn as its seed and these settings say: its settings or weights were "
            "changed on the way, so its course cannot be shown"
        )
    return replace(begun, training=trainer.training, weights=trainer.weights(), history=again)


def _updates_at(rates: tuple[RateSince, ...], trainer: Trainer, epochs: int) -> Iterator[TrainingUpdate]:
    """Train so many epochs, each update at the rate that it had."""
    for since in rates:
        if since.place < (trainer.epoch, trainer.time_step):
            continue
        if trainer.epoch < since.epoch:
            yield from trainer.updates(last_epoch=min(since.epoch, epochs), keep_checkpoints=True)
        while trainer.epoch == since.epoch and trainer.time_step < since.time_step and trainer.epoch < epochs:
            yield from trainer.updates(one_time_step=True, last_epoch=epochs, keep_checkpoints=True)
        if trainer.stopping.all_have_ended:
            return  # to train on would take it up again
        trainer.set_learning_rate(since.rate)
    if trainer.epoch < epochs:
        yield from trainer.updates(last_epoch=epochs, keep_checkpoints=True)
