"""How the losses of many networks are spread, epoch by epoch, while there come more and more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elman_core.support.quantiles import BAND_SHARES, quantiles_of

__all__ = ["LossBands", "losses_known_at"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class LossBands:
    """Quantiles over N networks at some epochs of a run, evenly chosen; each is computed once.

    Where a run grows longer every other one is left, so that there are never many more than `most`: what it costs to
    follow a run depends neither on how long that is nor on how often one looks.

    A network that has ended counts with its last loss; one that never had any as worse than all others, so that a
    quantile that falls among these is NaN.
    """

    def __init__(self, shares: Sequence[float] = BAND_SHARES, most: int = 300) -> None:
        self._shares, self._most = tuple(shares), most
        self.begin()

    def begin(self) -> None:
        """Forget the run: another one comes."""
        self._every = 1
        self._looked_at = 0  # epochs of the run
        self._kept: list[Array] = []  # (Q,) of epochs 0, every, 2 every, ...
        self._last_known: Array = np.empty(0)  # (N,) up to the epoch looked at last
        self._newest: Array | None = None

    def follow(self, losses: Array) -> None:
        """Look at what has come: (E, N) losses of all epochs so far, NaN for networks that had ended."""
        epochs, networks = losses.shape
        if epochs < self._looked_at or (self._looked_at and networks != len(self._last_known)):
            self.begin()
        if epochs == self._looked_at or not networks:
            return
        if not self._looked_at:
            self._last_known = np.full(networks, np.nan)
        while -(-epochs // self._every) > 2 * self._most:
            self._every, self._kept = 2 * self._every, self._kept[::2]
        wanted = np.arange(len(self._kept) * self._every, epochs, self._every)
        rows = np.append(wanted, epochs - 1)  # the newest is shown too, but kept only if it is its turn
        known = self._known_at(losses, rows)
        self._looked_at, self._last_known = epochs, known[-1]
        found = quantiles_of(known, self._shares, axis=1).T  # (rows, Q)
        self._kept += list(found[:-1])
        self._newest = found[-1]

    def _known_at(self, losses: Array, rows: Integers) -> Array:
        """Return the losses at some epochs, (rows, N), of networks that had ended the last one before."""
        known = losses[rows]
        before, since = self._last_known, self._looked_at
        for place, row in enumerate(rows.tolist()):
            gone = np.flatnonzero(np.isnan(known[place]))
            if len(gone):
                between = losses[min(since, row) : row, gone]
                known[place, gone] = _last_of(between, before[gone])
            before, since = known[place], row + 1
        return known

    @property
    def epochs(self) -> Integers:
        """(P,) the epochs that there are quantiles of, counted from 0, the newest last."""
        kept = np.arange(len(self._kept)) * self._every
        newest = self._looked_at - 1
        return kept if not self._looked_at or (len(kept) and kept[-1] == newest) else np.append(kept, newest)

    @property
    def quantiles(self) -> Array:
        """(Q, P) the quantiles at these epochs."""
        rows = list(self._kept)
        if self._newest is not None and len(self.epochs) > len(rows):
            rows.append(self._newest)
        return np.array(rows).T if rows else np.empty((len(self._shares), 0))


def losses_known_at(losses: Array, epoch: int) -> Array:
    """Return the loss of each network at an epoch, (N,), or the last one before where it had ended; else NaN."""
    known: Array = losses[epoch].copy()
    gone = np.flatnonzero(np.isnan(known))
    if len(gone):
        known[gone] = _last_of(losses[:epoch, gone], known[gone])
    return known


def _last_of(losses: Array, otherwise: Array) -> Array:
    """Return the last number of each column of (E, n), or what it is otherwise."""
    if not len(losses):
        return otherwise
    known = ~np.isnan(losses)
    last = len(losses) - 1 - known[::-1].argmax(axis=0)
    return np.where(known.any(axis=0), losses[last, np.arange(losses.shape[1])], otherwise)
