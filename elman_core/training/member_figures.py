"""What each network of an ensemble has come to, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from elman_core.data.splits import Part
from elman_core.experiment import Run
from elman_core.training.history import History
from elman_core.training.stopping import Ends, MemberEnd

__all__ = ["MemberFigures"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MemberFigures:
    """The errors of N networks with the weights that they have: those of the best epoch by validation, else the last.

    Attributes
    ----------
    seeds : (N,)
    epochs : (N,)
        The epoch that the weights are of, counted from 1; 0 for a network that has not ended any.
    train : (N,)
        Loss a time step of training in that epoch; NaN where there is none.
    validation : (N,) or None
        Loss a time step of validation in that epoch; None where there is no such part.
    test : (N,) or None
        RMSE of the test part, of symbols the bits for each; None while it is not known.
    ends : (N,)
        Why each network ended: a `MemberEnd`.
    """

    seeds: Integers
    epochs: Integers
    train: Array
    validation: Array | None
    test: Array | None
    ends: NDArray[np.int8]

    @classmethod
    def of(cls, run: Run, ends: Ends | None = None) -> Self:
        """Return those of a run, with the test errors not yet known; `ends` where the run does not know them yet."""
        history, dataset, networks = run.history, run.dataset, run.training.networks
        ends = run.ends if ends is None else ends
        seeds = run.training.seed + np.arange(networks)
        reasons = np.zeros(networks, np.int8) if ends is None else ends.reasons
        if not history.epochs or history.train.shape[1] != networks:
            nothing = np.full(networks, np.nan)
            validation = nothing if dataset.validation_steps else None
            return cls(seeds, np.zeros(networks, np.int64), nothing, validation, None, reasons)
        rows, members = _epochs_of_weights(history), np.arange(networks)
        train = history.train[rows, members] / dataset.train_steps
        validation = None
        if history.validation is not None and dataset.validation_steps:
            validation = history.validation[rows, members] / dataset.validation_steps
        return cls(seeds, np.where(np.isnan(train), 0, rows + 1), train, validation, None, reasons)

    def with_test(self, errors: Array | None) -> Self:
        """Return the same with these test errors, (N,)."""
        return replace(self, test=errors)

    @property
    def networks(self) -> int:
        """N."""
        return len(self.seeds)

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """(N,), True for each network whose loss or weights were no longer finite numbers."""
        return np.asarray(self.ends == MemberEnd.DIVERGED)

    def errors(self, part: Part) -> Array | None:
        """Return the errors on a part, (N,): infinite for networks that diverged, NaN where nothing is known yet."""
        found = {Part.TRAIN: self.train, Part.VALIDATION: self.validation, Part.TEST: self.test}[part]
        return None if found is None else np.where(self.diverged, np.inf, found)

    @property
    def chosen_by(self) -> Part:
        """The part by which a network is to be chosen: validation, where there is one; never the test part."""
        return Part.TRAIN if self.validation is None else Part.VALIDATION

    @property
    def chosen(self) -> int | None:
        """The network with the smallest error there, counted from 0; None where none is known."""
        errors = self.errors(self.chosen_by)
        assert errors is not None
        return int(np.nanargmin(errors)) if np.isfinite(errors).any() else None


def _epochs_of_weights(history: History) -> Integers:
    """Return the epoch of each network's weights, (N,), counted from 0."""
    if history.validation is not None:
        return history.best_epochs
    train, last = history.train, np.full(history.train.shape[1], history.epochs - 1)
    gone = np.flatnonzero(np.isnan(train[-1]))
    if len(gone):
        known = ~np.isnan(train[:, gone])
        last[gone] = np.where(known.any(axis=0), history.epochs - 1 - known[::-1].argmax(axis=0), 0)
    return last
